import { z } from 'zod'
import type { Blame, ExitCode } from '../../platform/errors.ts'

/** What the client does about an answer that is no success. */
export interface Reaction {
  readonly when: {
    readonly status?: readonly number[]
    readonly category?: readonly string[]
    readonly policy?: readonly string[]
    readonly message?: RegExp
  }
  /**
   * `retry`: wait and try again. `close`: no further request to this account for a while, whoever asks gets the same fault.
   * `fail`: trying again cannot help.
   */
  readonly do: 'retry' | 'close' | 'fail'
  /** How often the request is made in all; for `retry`. */
  readonly attempts?: number
  /** How long to wait where HubSpot names no time: so long, once for each attempt so far (`step`), or doubling from it. */
  readonly waitMs?: number
  readonly step?: true
  /** Whom the wait holds back: this request alone, all searches, or all requests. Absent: this request. */
  readonly holds?: 'searches' | 'all'
  /** For `close`, where HubSpot names no time. */
  readonly closedMs?: number
  readonly code: string
  readonly blame: Blame
  /** Where it does not follow from `blame`. */
  readonly exit?: ExitCode
  readonly problem: string
  readonly hint: string
  /** Whether HubSpot's own sentence helps. */
  readonly quote?: true
}

const MINUTE = 60_000
const TOKEN_HINT =
  'In HubSpot > Settings > Integrations > Service Keys (or Private Apps) look the token up, set HUBSPOT_ACCESS_TOKEN, then run check hubspot'

/** How to react, first match first. Decided by the status before the body: an edge answers in HubSpot's place with texts of its own. */
export const REACTIONS: readonly Reaction[] = [
  {
    when: { status: [429], policy: ['DAILY'] },
    do: 'close',
    closedMs: 60 * MINUTE,
    code: 'hubspot-daily-limit',
    blame: 'remote',
    problem: 'has no requests left for today (counted by the account’s own day, all private apps together)',
    hint: 'Wait for midnight in the account’s time zone, or find in HubSpot > Settings > Integrations who uses the quota; the read goes on from where it stopped',
  },
  {
    // Searches are counted by themselves, and their answer names no policy.
    when: { status: [429], message: /secondly limit/i, policy: ['', 'SECONDLY'] },
    do: 'retry',
    attempts: 8,
    waitMs: 1_000,
    step: true,
    holds: 'searches',
    code: 'hubspot-search-limit',
    blame: 'remote',
    problem: 'allows no more searches just now',
    hint: 'Wait and run again; other integrations of this account may be searching too',
  },
  {
    when: { status: [429] },
    do: 'retry',
    attempts: 6,
    waitMs: 10_000,
    holds: 'all',
    code: 'hubspot-limited',
    blame: 'remote',
    problem: 'asks to slow down',
    hint: 'Wait and run again; see whether another program uses the same token',
  },
  {
    // It names the day on which time began: no token of theirs.
    when: { status: [401], message: /1970|\d{5} day\(s\) ago/ },
    do: 'close',
    closedMs: 15 * MINUTE,
    code: 'hubspot-token-refused',
    blame: 'operator',
    problem: 'does not know the token (it says "expired in 1970", which means: a wrong one)',
    hint: TOKEN_HINT,
  },
  {
    when: { status: [401], category: ['EXPIRED_AUTHENTICATION'] },
    do: 'close',
    closedMs: 15 * MINUTE,
    code: 'hubspot-token-expired',
    blame: 'operator',
    problem: 'says that the token has expired',
    hint: 'Use the token of a service key, which does not expire, in HUBSPOT_ACCESS_TOKEN; then run check hubspot',
  },
  {
    when: { status: [401] },
    do: 'close',
    closedMs: 15 * MINUTE,
    code: 'hubspot-token-refused',
    blame: 'operator',
    problem: 'refuses the token',
    hint: TOKEN_HINT,
  },
  {
    when: { status: [403], category: ['MISSING_SCOPES'] },
    do: 'fail',
    code: 'hubspot-scope-missing',
    blame: 'operator',
    problem: 'does not let the token read this',
    hint: 'In HubSpot > Settings > Integrations > Service Keys give the key the scopes that are missing, then run check hubspot',
  },
  {
    when: { status: [403] },
    do: 'fail',
    code: 'hubspot-forbidden',
    blame: 'operator',
    problem: 'does not let this account read this',
    hint: 'Check the subscription of the account and the scopes of the token, then run check hubspot',
    quote: true,
  },
  {
    when: { status: [423] },
    do: 'retry',
    attempts: 6,
    waitMs: 2_000,
    step: true,
    code: 'hubspot-locked',
    blame: 'remote',
    problem: 'has this locked at the moment',
    hint: 'Wait and run again',
  },
  {
    // The account moves to another data centre: up to a day, and no failure of anybody's.
    when: { status: [477] },
    do: 'close',
    closedMs: 60 * MINUTE,
    code: 'hubspot-moving',
    blame: 'remote',
    problem: 'moves this account to another data centre',
    hint: 'Wait; the read goes on from where it stopped',
  },
  {
    when: { status: [414] },
    do: 'fail',
    code: 'hubspot-address-too-long',
    blame: 'operator',
    problem: 'finds the address too long',
    hint: 'Map fewer fields of this object',
  },
  {
    when: { status: [400] },
    do: 'fail',
    code: 'hubspot-request-invalid',
    blame: 'operator',
    problem: 'finds the request invalid',
    hint: 'Check the object and the fields in the source mapping, then run check hubspot',
    quote: true,
  },
  {
    when: { status: [404, 410] },
    do: 'fail',
    code: 'hubspot-not-found',
    blame: 'operator',
    problem: 'knows nothing at this address',
    hint: 'Check the spelling of the object, and HUBSPOT_BASE_URL if you set it',
  },
  {
    when: { status: [301, 302, 303, 307, 308] },
    do: 'fail',
    code: 'hubspot-moved',
    blame: 'operator',
    problem: 'sends us to another address, where the token does not go',
    hint: 'Unset HUBSPOT_BASE_URL, or set it to the address of the API',
  },
  {
    // The edge does not reach HubSpot.
    when: { status: [522, 525, 526] },
    do: 'retry',
    attempts: 3,
    code: 'hubspot-edge',
    blame: 'remote',
    problem: 'cannot be reached behind its edge',
    hint: 'Run again; status.hubspot.com tells of outages',
  },
  {
    when: { status: [500, 502, 503, 504, 520, 521, 523, 524] },
    do: 'retry',
    attempts: 6,
    waitMs: 1_000,
    code: 'hubspot-server-error',
    blame: 'remote',
    problem: 'failed with an error of its own',
    hint: 'Run again; status.hubspot.com tells of outages',
  },
]

/** For what no row knows. */
export const OTHERWISE: Reaction = {
  when: {},
  do: 'fail',
  code: 'hubspot-refused',
  blame: 'us',
  problem: 'refuses the request',
  hint: 'Report this message',
  quote: true,
}

/** An answer that is no success, as far as reactions look at it. */
export interface ReadError {
  readonly status: number
  /** Empty where the body names none, or is none of HubSpot's (nothing at all, HTML, `error code: 1015`). */
  readonly category: string
  readonly policy: string
  readonly message: string
  /** Scopes that the token lacks. */
  readonly scopes: readonly string[]
}

const ErrorBody = z.object({
  category: z.string().catch(''),
  errorType: z.string().catch(''),
  policyName: z.string().catch(''),
  message: z.string().catch(''),
  errors: z
    .array(
      z.object({
        context: z
          .object({ requiredGranularScopes: z.array(z.string()).catch([]) })
          .catch({ requiredGranularScopes: [] }),
      }),
    )
    .catch([]),
})

export function readError(status: number, body: string): ReadError {
  try {
    const { category, errorType, policyName, message, errors } = ErrorBody.parse(JSON.parse(body))
    const scopes = [...new Set(errors.flatMap(({ context }) => context.requiredGranularScopes))]
    return { status, category: category || errorType, policy: policyName, message, scopes }
  } catch {
    return { status, category: '', policy: '', message: '', scopes: [] }
  }
}

export function reactionTo(error: ReadError): Reaction {
  return REACTIONS.find(({ when }) => matches(when, error)) ?? OTHERWISE
}

function matches(when: Reaction['when'], { status, category, policy, message }: ReadError): boolean {
  if (when.status?.includes(status) === false) return false
  if (when.category?.includes(category) === false) return false
  if (when.policy?.includes(policy) === false) return false
  return when.message === undefined || when.message.test(message)
}
