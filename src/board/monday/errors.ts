import { Fault } from '../../platform/errors.ts'
import type { WireError } from './wire.ts'

/**
 * What an error of monday means to us.
 *
 * Of the whole request, surely nothing done: `limited` (wait and send again), `daily` (stop until monday's midnight),
 * `too-complex` (waiting never helps), `blocked` (a long pause), `locked` (a short one), `conflict` (the same key is
 * being carried out right now), `token`, `forbidden`, `schema` (our request does not fit the API).
 * Of one change, surely not done: `value`, `rule`, `argument`, `item-missing`, `not-found` (of what, monday does not say), `column-missing`, `group-missing`, `board-missing`,
 * `user-unknown`, `name-length`, `board-full`.
 * `busy` and `internal`: a read may be repeated; a write may have taken effect.
 */
export type Meaning =
  | 'limited'
  | 'daily'
  | 'too-complex'
  | 'blocked'
  | 'locked'
  | 'conflict'
  | 'token'
  | 'forbidden'
  | 'schema'
  | 'cursor'
  | 'revision'
  | 'value'
  | 'rule'
  | 'argument'
  | 'item-missing'
  | 'not-found'
  | 'column-missing'
  | 'group-missing'
  | 'board-missing'
  | 'user-unknown'
  | 'name-length'
  | 'board-full'
  | 'busy'
  | 'internal'
  | 'other'

/** By code in lower case without `_`. */
const BY_CODE: Readonly<Record<string, Meaning>> = {
  complexitybudgetexhausted: 'limited',
  complexityexception: 'limited',
  minuteratelimitexceeded: 'limited',
  ratelimitexceeded: 'limited',
  maxconcurrencyexceeded: 'limited',
  concurrencylimitexceeded: 'limited',
  ipratelimitexceeded: 'limited',
  fieldlimitexceeded: 'limited',
  http429: 'limited',
  dailylimitexceeded: 'daily',
  maxcomplexityexceeded: 'too-complex',
  complexitylimitexceeded: 'too-complex',
  querytoocomplex: 'too-complex',
  apitemporarilyblocked: 'blocked',
  resourcelocked: 'locked',
  resourceislocked: 'locked',
  http423: 'locked',
  idempotencyconflict: 'conflict',
  http409: 'conflict',
  notauthenticated: 'token',
  unauthenticated: 'token',
  http401: 'token',
  userunauthorizedexception: 'forbidden',
  userunauthorized: 'forbidden',
  useraccessdenied: 'forbidden',
  missingrequiredpermissions: 'forbidden',
  unauthorizedfieldortype: 'forbidden',
  http403: 'forbidden',
  graphqlvalidationfailed: 'schema',
  graphqlparsefailed: 'schema',
  undefinedfield: 'schema',
  parseerror: 'schema',
  badrequest: 'schema',
  baduserinput: 'schema',
  invalidargumentexception: 'argument',
  invalidversionexception: 'schema',
  http400: 'schema',
  http404: 'schema',
  cursorexpirederror: 'cursor',
  cursorexception: 'cursor',
  invalidcursor: 'cursor',
  revisionmismatch: 'revision',
  columnvalueexception: 'value',
  correctedvalueexception: 'value',
  jsonparseexception: 'value',
  invalidvalue: 'value',
  datavalidationserror: 'rule',
  recordinvalidexception: 'rule',
  invaliditemidexception: 'item-missing',
  resourcenotfoundexception: 'not-found',
  inactiveitemsexception: 'item-missing',
  invalidcolumnidexception: 'column-missing',
  invalidgroupidexception: 'group-missing',
  invalidboardidexception: 'board-missing',
  invaliduseridexception: 'user-unknown',
  itemnametoolongexception: 'name-length',
  itemslimitationexception: 'board-full',
  toomanyrequests: 'busy',
  internalservererror: 'internal',
}

/** By the words of the message, where the code says too little (`ResourceNotFoundException`, `other`). Checked first. */
const BY_WORDS: readonly (readonly [RegExp, Meaning])[] = [
  [/cursor.*(expired|no longer valid)/i, 'cursor'],
  [/\brevision\b/i, 'revision'],
  [/(complexity|query).*(exceeds|larger than|over).*(max|single|5,?000,?000)/i, 'too-complex'],
]

export function meaningOf(error: WireError): Meaning {
  const byWords = BY_WORDS.find(([words]) => words.test(error.message))?.[1]
  if (byWords !== undefined) return byWords
  const byCode = BY_CODE[error.code.toLowerCase().replaceAll('_', '')]
  if (byCode === 'not-found' && error.data['item_id'] !== undefined) return 'item-missing'
  if (byCode !== undefined) return byCode
  if (/^HTTP_([25]\d\d|408)$/.test(error.code)) return 'internal'
  // A redirect, or a refusal by whatever stands in front of monday: nothing got through.
  return /^HTTP_[34]\d\d$/.test(error.code) ? 'schema' : 'other'
}

/** Of one alias: did it surely do nothing? Anything unheard of may have done something. */
export function isRefusal(meaning: Meaning, error: WireError): boolean {
  switch (meaning) {
    case 'value':
    case 'rule':
    case 'argument':
    case 'item-missing':
    case 'not-found':
    case 'column-missing':
    case 'group-missing':
    case 'board-missing':
    case 'user-unknown':
    case 'name-length':
    case 'board-full':
    case 'forbidden':
    case 'schema':
      return true
    case 'other':
      return error.statusCode !== null && error.statusCode >= 400 && error.statusCode < 500
    default:
      return false
  }
}

/** A fault for an error of the whole request, of which surely nothing was carried out. */
export function faultOf(meaning: Meaning, error: WireError, retryAfterMs: number | null): Fault {
  const told = toldBy(error)
  const after = retryAfterMs === null ? {} : { retryAfterMs }
  switch (meaning) {
    case 'token':
      return new Fault('monday-token-refused', `monday refuses the token (${error.code})`, {
        blame: 'operator',
        hint: 'Make a new token in monday (your picture > Developers > API token) and set MONDAY_API_TOKEN',
      })
    case 'forbidden':
      return new Fault('monday-forbidden', `monday does not let this token do that: ${told}`, {
        blame: 'operator',
        hint: "Give the token's user edit rights on the board, and the scopes boards:read, boards:write, workspaces:read and users:read; where mappings have updates or notify, also updates:write and notifications:write",
      })
    case 'daily':
      return new Fault('monday-daily-limit', `monday's calls of this day are used up (${error.code})`, {
        blame: 'remote',
        exit: 75,
        hint: 'Run again after 00:00 UTC; the rest is planned anew then',
        ...after,
      })
    case 'limited':
    case 'locked':
    case 'busy':
      return new Fault('monday-limited', `monday is limiting us (${error.code}) and wants a longer wait`, {
        blame: 'remote',
        exit: 75,
        hint: 'Run again later',
        ...after,
      })
    case 'too-complex':
      return new Fault('monday-too-complex', `monday finds one request too complex (${error.code})`, {
        blame: 'remote',
        exit: 75,
        hint: 'Run again: the next requests are smaller',
      })
    case 'blocked':
      return new Fault('monday-blocked', `monday has blocked its API for this account for a while (${error.code})`, {
        blame: 'remote',
        exit: 75,
        hint: 'Run again in ten minutes',
        retryAfterMs: retryAfterMs ?? 600_000,
      })
    case 'conflict':
      return new Fault('monday-conflict', 'monday is still carrying out the same request', {
        blame: 'remote',
        exit: 75,
        ...after,
      })
    case 'schema':
      return new Fault('monday-request-refused', `monday does not understand a request: ${told}`, {
        blame: 'us',
        hint: 'Check that MONDAY_API_URL is right; else report this with the version of this program',
      })
    case 'not-found':
      return new Fault('monday-not-found', `monday does not find what it was asked for: ${told}`, {
        blame: 'remote',
        exit: 75,
      })
    case 'internal':
      return new Fault('monday-unavailable', `monday answers with errors of its own (${told})`, {
        blame: 'remote',
        exit: 75,
        hint: 'Run again later; status.monday.com says whether it is known',
        ...after,
      })
    default:
      return new Fault('monday-error', `monday answers: ${told}`, { blame: 'remote', exit: 75 })
  }
}

/** Code and words of an error without the value it quotes, which may be somebody's. */
export function toldBy(error: WireError): string {
  const words = reasonOf(error)
  return words === '' ? error.code : `${error.code}: ${words}`
}

const LONGEST_REASON = 200

/** monday's own words, with values, e-mail addresses and line breaks taken out. */
export function reasonOf(error: WireError): string {
  let words = error.message.replaceAll(/\s+/g, ' ')
  for (const value of quotedValues(error.data)) words = words.replaceAll(value, '…')
  words = words.replaceAll(/[^\s"'<>]+@[^\s"'<>]+/g, '…').trim()
  return words.length > LONGEST_REASON ? `${words.slice(0, LONGEST_REASON)}…` : words
}

function quotedValues(data: Readonly<Record<string, unknown>>): string[] {
  return ['column_value', 'value', 'item_name', 'column_values']
    .map((key) => data[key])
    .filter((value) => value !== undefined && value !== null)
    .map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
    .filter((value) => value.length > 2)
}
