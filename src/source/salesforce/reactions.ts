import type { Blame, ExitCode } from '../../platform/errors.ts'
import { HttpFault } from '../../platform/http-fault.ts'
import { ApiErrors, parseWith } from './wire.ts'

/**
 * What the client does about an answer that is no success.
 *
 * A fault of blame `remote` ends a command with 75, try later, and the objects that were to be read next are left for
 * then; any other, and one with an `exit` of its own, ends the read of its object only.
 */
export interface Reaction {
  readonly when: {
    readonly status?: readonly number[]
    readonly errorCode?: readonly string[]
    readonly message?: RegExp
  }
  /**
   * `renew`: a new token, then once more; refused again, the org is closed. `retry`: wait and try again. `close`: no further
   * request to this org for a quarter of an hour at least, whoever asks gets the same fault. `fail`: trying again cannot help.
   */
  readonly do: 'renew' | 'retry' | 'close' | 'fail'
  /** How often the request is made in all; for `retry`. */
  readonly attempts?: number
  /** Between which times to wait where Salesforce names none; else a random part of what doubles from one second to thirty. */
  readonly waitMs?: readonly [least: number, most: number]
  /** Requests to this org go one at a time for a while. */
  readonly calm?: true
  readonly code: string
  readonly blame: Blame
  /** Where it does not follow from `blame`. */
  readonly exit?: ExitCode
  readonly problem: string
  readonly hint: string
  /** Whether Salesforce's own sentence helps (it may quote the query, never a record). */
  readonly quote?: boolean
}

const API_VERSION = {
  code: 'salesforce-api-version',
  blame: 'operator',
  problem: 'does not serve this API version (any more)',
  hint: 'Update boardsync: it asks for a version that this org does not serve (its /services/data lists those it does)',
} as const

/**
 * How to react, first match first. Where only the error code of an error is documented, its row does not ask for a
 * status. Rows by status alone stand last, for what has no error code (HTML of an edge or a proxy) or one that no row
 * knows; but for 401, which has one meaning.
 */
export const REACTIONS: readonly Reaction[] = [
  {
    when: { message: /not valid for use with the REST API/i },
    do: 'close',
    code: 'salesforce-session-refused',
    blame: 'operator',
    problem: 'does not let this session use the REST API',
    hint: 'Check the session policies of the external client app and the user, then run check salesforce',
  },
  {
    when: { status: [401] },
    do: 'renew',
    code: 'salesforce-session-refused',
    blame: 'operator',
    problem: 'refuses the session, and no new one helps',
    hint: 'Check that the user is active and the app (or the token that was given) still allowed, then run check salesforce',
  },
  {
    // Too many requests of 20 seconds and more at one time: a matter of minutes, not of the day's quota.
    when: { errorCode: ['REQUEST_LIMIT_EXCEEDED'], message: /concurrent/i },
    do: 'retry',
    attempts: 4,
    // The wait is drawn out by up to a tenth: two minutes at most.
    waitMs: [30_000, 109_000],
    calm: true,
    code: 'salesforce-busy',
    blame: 'remote',
    problem: 'runs too many long requests at once',
    hint: 'Wait and run again; other integrations of this org may be reading too',
  },
  {
    when: { errorCode: ['REQUEST_LIMIT_EXCEEDED'] },
    do: 'close',
    code: 'salesforce-request-limit',
    blame: 'remote',
    problem: 'has no requests left for today (counted over 24 hours, all programs of the org together)',
    hint: 'Wait, or find in Setup > System Overview who uses the quota; the read goes on from where it stopped',
  },
  {
    when: { errorCode: ['API_DISABLED_FOR_ORG', 'API_CURRENTLY_DISABLED'] },
    do: 'close',
    code: 'salesforce-api-disabled',
    blame: 'operator',
    problem: 'has its API switched off for this org or user',
    hint: 'Give the user the permission "API Enabled"; editions below Enterprise need the API as an add-on',
  },
  {
    when: { errorCode: ['INSUFFICIENT_ACCESS', 'INSUFFICIENT_ACCESS_OR_READONLY', 'FUNCTIONALITY_NOT_ENABLED'] },
    do: 'fail',
    code: 'salesforce-access-refused',
    blame: 'operator',
    problem: 'does not let the user read this',
    hint: 'In Setup > Permission Sets give the user read access, then run check salesforce',
  },
  {
    when: { errorCode: ['INVALIDENTITY'] },
    do: 'fail',
    code: 'salesforce-bulk-object',
    blame: 'operator',
    problem: 'does not offer this object in bulk',
    hint: 'Report this message: such an object is to be read over REST',
    quote: true,
  },
  {
    when: { message: /compound data not supported in bulk/i },
    do: 'fail',
    code: 'salesforce-bulk-compound',
    blame: 'operator',
    problem: 'does not offer a field of this query in bulk: it is made of several',
    hint: 'Map its parts (BillingCity in place of BillingAddress), then run check salesforce',
    quote: true,
  },
  {
    // Of Bulk jobs alone, counted over 24 hours: REST goes on.
    when: { errorCode: ['ExceededQuota', 'EXCEEDEDQUOTA', 'EXCEEDED_QUOTA', 'LIMIT_EXCEEDED'] },
    do: 'fail',
    code: 'salesforce-bulk-quota',
    blame: 'remote',
    problem: 'has no Bulk jobs or results left for today (counted over 24 hours, all programs of the org together)',
    hint: 'Wait for older jobs to fall out of the 24 hours, or find in Setup > Bulk Data Load Jobs who uses them',
  },
  {
    when: { errorCode: ['JOB_NOT_COMPLETE', 'JobNotComplete'] },
    do: 'retry',
    attempts: 6,
    code: 'salesforce-job-not-complete',
    blame: 'remote',
    problem: 'has the results of this Bulk job not ready',
    hint: 'Wait and run again: the job goes on in Salesforce',
  },
  {
    when: { errorCode: ['INVALID_FIELD'] },
    do: 'fail',
    code: 'salesforce-invalid-field',
    blame: 'operator',
    problem: 'does not know a field of the query',
    hint: 'Check the fields and the where of this object in the source mapping, then run check salesforce',
    quote: true,
  },
  {
    when: { errorCode: ['INVALID_TYPE', 'INVALID_TYPE_FOR_OPERATION'] },
    do: 'fail',
    code: 'salesforce-object-hidden',
    blame: 'operator',
    problem: 'shows no such object to the user',
    hint: 'Check the spelling, and give the user read access to the object in Setup > Permission Sets',
    quote: true,
  },
  {
    when: { errorCode: ['MALFORMED_QUERY', 'MALFORMED_ID', 'INVALID_QUERY_FILTER_OPERATOR', 'INVALID_OPERATOR'] },
    do: 'fail',
    code: 'salesforce-malformed-query',
    blame: 'operator',
    problem: 'cannot read the query',
    hint: 'Check the where of this object in the source mapping: it is passed on to Salesforce as it is',
    quote: true,
  },
  {
    when: { errorCode: ['QUERY_TOO_COMPLICATED'] },
    do: 'fail',
    code: 'salesforce-query-too-complicated',
    blame: 'operator',
    problem: 'finds the query too complicated',
    hint: 'Map fewer formula fields of this object',
  },
  {
    // Each attempt takes Salesforce two minutes: then the query is made smaller, or asked in bulk.
    when: { errorCode: ['QUERY_TIMEOUT'] },
    do: 'retry',
    attempts: 2,
    code: 'salesforce-query-timeout',
    blame: 'remote',
    // The query is too slow, not the org: other objects can be read.
    exit: 1,
    problem: 'did not finish the query in time',
    hint: 'Make the where of this object simpler (indexed fields, no leading %), or run again at a quieter hour',
  },
  {
    when: { errorCode: ['OPERATION_TOO_LARGE'] },
    do: 'fail',
    code: 'salesforce-operation-too-large',
    blame: 'operator',
    problem: 'has to check sharing for too many records',
    hint: 'In Setup > Permission Sets give the user "View All" on this object, or make its where narrower',
  },
  {
    when: { errorCode: ['INVALID_QUERY_LOCATOR'] },
    do: 'fail',
    code: 'salesforce-locator-expired',
    blame: 'remote',
    problem: 'no longer knows the page that comes next',
    hint: 'Run again: the read goes on from where it stopped',
  },
  {
    when: { errorCode: ['INVALID_REPLICATION_DATE'] },
    do: 'fail',
    code: 'salesforce-replication-date',
    blame: 'remote',
    problem: 'no longer knows the changes since the last read',
    hint: 'Run again: everything is read anew',
  },
  {
    when: { errorCode: ['EXCEEDED_ID_LIMIT'] },
    do: 'fail',
    code: 'salesforce-id-limit',
    blame: 'remote',
    problem: 'has more changes than it lists at once',
    hint: 'Run again later',
  },
  {
    when: { errorCode: ['UNABLE_TO_LOCK_ROW', 'SERVER_UNAVAILABLE'] },
    do: 'retry',
    attempts: 6,
    code: 'salesforce-unavailable',
    blame: 'remote',
    problem: 'is not available',
    hint: 'Wait and run again; status.salesforce.com tells of outages',
  },
  {
    when: { errorCode: ['GONE', 'UNSUPPORTED_API_VERSION'] },
    do: 'fail',
    ...API_VERSION,
  },
  {
    when: { errorCode: ['UNKNOWN_EXCEPTION'] },
    do: 'retry',
    attempts: 3,
    code: 'salesforce-unknown-exception',
    blame: 'remote',
    // A bug in Salesforce: waiting does not mend it, and other objects can be read.
    exit: 1,
    problem: 'failed with an error of its own',
    hint: 'Run again; when it stays, open a case at Salesforce with the ErrorId',
    quote: true,
  },
  {
    when: { status: [429, 503] },
    do: 'retry',
    attempts: 6,
    code: 'salesforce-unavailable',
    blame: 'remote',
    problem: 'is not available, or asks to wait',
    hint: 'Wait and run again; status.salesforce.com tells of outages',
  },
  {
    // 420: the edge knows no route to the org; for long, the org is gone or moved.
    when: { status: [420] },
    do: 'retry',
    attempts: 3,
    code: 'salesforce-org-unreachable',
    blame: 'remote',
    problem: 'has no route to this org',
    hint: 'Check that the org still exists and that SALESFORCE_LOGIN_URL is its My Domain',
  },
  {
    when: { status: [500, 502, 504] },
    do: 'retry',
    attempts: 5,
    code: 'salesforce-server-error',
    blame: 'remote',
    problem: 'failed with an error of its own',
    hint: 'Run again; status.salesforce.com tells of outages',
  },
  {
    when: { status: [410] },
    do: 'fail',
    ...API_VERSION,
  },
  {
    when: { status: [409] },
    do: 'fail',
    code: 'salesforce-job-version',
    blame: 'remote',
    exit: 1,
    problem: 'holds this Bulk job under another API version',
    hint: 'Run again: a new job is made; keep one API version per org where two programs share a job',
    quote: true,
  },
  {
    // Documents tell of several answers to results that are asked for too early; 204 comes without a body.
    when: { status: [204, 412] },
    do: 'retry',
    attempts: 6,
    code: 'salesforce-job-not-complete',
    blame: 'remote',
    problem: 'has the results of this Bulk job not ready',
    hint: 'Wait and run again: the job goes on in Salesforce',
  },
  {
    when: { status: [404] },
    do: 'fail',
    code: 'salesforce-not-found',
    blame: 'operator',
    problem: 'knows nothing at this address',
    hint: 'Check the spelling of the object, and that the user has read access to it in Setup > Permission Sets',
  },
  {
    when: { status: [414, 431] },
    do: 'fail',
    code: 'salesforce-query-too-long',
    blame: 'operator',
    problem: 'finds the query too long',
    hint: 'Map fewer fields of this object',
  },
  {
    when: { status: [301, 302, 303, 307, 308] },
    do: 'fail',
    code: 'salesforce-moved',
    blame: 'operator',
    problem: 'sends us to another address, where the token does not go',
    hint: 'Set SALESFORCE_LOGIN_URL (or SALESFORCE_INSTANCE_URL) to the My Domain of the org as it is now',
  },
]

/** A token that was given is never renewed: what the row for 401 says of a new one does not hold of it. */
export const OF_GIVEN_TOKEN: Pick<Reaction, 'problem' | 'hint'> = {
  problem: 'refuses the token that was given: its session has ended',
  hint: 'Set SALESFORCE_ACCESS_TOKEN to a new one, or sign in by client credentials or JWT, which get their own',
}

/** For what no row knows. */
export const OTHERWISE: Reaction = {
  when: {},
  do: 'fail',
  code: 'salesforce-refused',
  blame: 'us',
  problem: 'refuses the request',
  hint: 'Report this message',
  quote: true,
}

/** An answer that is no success, as far as reactions look at it. */
export interface ReadError {
  readonly status: number
  readonly errorCode: string | null
  readonly message: string
}

/**
 * Reads the body of an answer that is no success: the first error of a list, or one that stands alone; `errorCode` is `null`
 * for what is neither (HTML of an edge or a proxy), whose text is not kept.
 */
export function readError(status: number, body: string): ReadError {
  try {
    const [first] = parseWith(ApiErrors, 'an error', (text) => [JSON.parse(text)].flat())(body)
    return { status, errorCode: first?.errorCode ?? null, message: first?.message ?? '' }
  } catch {
    return { status, errorCode: null, message: '' }
  }
}

export function reactionTo(error: ReadError): Reaction {
  return REACTIONS.find(({ when }) => matches(when, error)) ?? OTHERWISE
}

function matches(when: Reaction['when'], error: ReadError): boolean {
  if (when.status !== undefined && !when.status.includes(error.status)) return false
  if (when.errorCode !== undefined && (error.errorCode === null || !when.errorCode.includes(error.errorCode)))
    return false
  return when.message === undefined || when.message.test(error.message)
}

/**
 * How long to wait before attempt number `attempt` + 1, where the reaction says: a random time, at first up to twice the least,
 * then up to the most. `undefined`: the usual back-off.
 */
export function waitMs(reaction: Reaction, attempt: number, random: () => number): number | undefined {
  if (reaction.waitMs === undefined) return undefined
  const [least, most] = reaction.waitMs
  const ceiling = Math.min(most, least * 2 ** attempt)
  return Math.round(least + random() * (ceiling - least))
}

/** The network, or the org, broke off each time: says so in the words of what was asked for. */
export function neverWhole(error: HttpFault, what: string, attempts: number): HttpFault {
  return new HttpFault(
    error.code,
    `Salesforce gave no whole answer, asked for ${what} ${attempts} times: ${error.message}`,
    {
      blame: error.blame,
      hint:
        error.hint ??
        'Run again: the read goes on from where it stopped; when it stays, check the network and proxy between here and Salesforce',
      sent: error.sent,
      cause: error,
    },
  )
}
