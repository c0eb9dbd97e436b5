import type { Blame } from '../../platform/errors.ts'

/** What the client does about an answer that is no success. */
export interface Reaction {
  readonly when: {
    readonly status?: readonly number[]
    readonly errorCode?: readonly string[]
    readonly message?: RegExp
  }
  /**
   * `renew`: a new token, then once more. `retry`: wait and try again. `close`: no further request to this org for a while.
   * `fail`: trying again cannot help.
   */
  readonly do: 'renew' | 'retry' | 'close' | 'fail'
  /** How often the request is made in all; for `retry`. */
  readonly attempts?: number
  /** How long to wait at least where Salesforce names no time. */
  readonly waitMs?: number
  readonly code: string
  readonly blame: Blame
  readonly problem: string
  readonly hint: string
  /** Whether Salesforce's own sentence helps (it may quote the query, never a record). */
  readonly quote?: boolean
}

/**
 * How to react, first match first. From the reference of REST errors; statuses marked unsure there are not tested for,
 * their error codes are.
 */
export const REACTIONS: readonly Reaction[] = [
  {
    when: { message: /not valid for use with the REST API/i },
    do: 'fail',
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
    problem: 'refuses the session, a new one too',
    hint: 'Check that the user is active and the app still allowed, then run check salesforce',
  },
  {
    // Too many requests of 20 seconds and more at one time: a matter of minutes, not of the day's quota.
    when: { errorCode: ['REQUEST_LIMIT_EXCEEDED'], message: /concurrent/i },
    do: 'retry',
    attempts: 4,
    waitMs: 30_000,
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
    do: 'fail',
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
    problem: 'does not allow this to the user',
    hint: 'In Setup > Permission Sets give the user read access, then run check salesforce',
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
    when: { errorCode: ['QUERY_TIMEOUT'] },
    do: 'retry',
    attempts: 3,
    code: 'salesforce-query-timeout',
    blame: 'remote',
    problem: 'did not finish the query in time',
    hint: 'Make the where of this object simpler (indexed fields, no leading %), or run again at a quieter hour',
  },
  {
    when: { errorCode: ['OPERATION_TOO_LARGE'] },
    do: 'fail',
    code: 'salesforce-operation-too-large',
    blame: 'operator',
    problem: 'has to check sharing for too many records',
    hint: 'Give the user "View All" on this object',
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
    when: { errorCode: ['UNKNOWN_EXCEPTION'] },
    do: 'retry',
    attempts: 3,
    code: 'salesforce-unknown-exception',
    blame: 'remote',
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
    problem: 'asks to wait',
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
    code: 'salesforce-api-version',
    blame: 'operator',
    problem: 'no longer serves this API version',
    hint: 'Set a newer API version',
  },
  {
    when: { errorCode: ['UNSUPPORTED_API_VERSION'] },
    do: 'fail',
    code: 'salesforce-api-version',
    blame: 'operator',
    problem: 'does not serve this API version',
    hint: 'Set an API version that the org serves',
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

export interface ReadError {
  readonly status: number
  readonly errorCode: string | null
  readonly message: string
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
