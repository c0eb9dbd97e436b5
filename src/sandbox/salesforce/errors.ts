import { Fault } from '../../platform/errors.ts'
import type { FaultRule, SandboxAnswer } from '../engine/engine.ts'
import { htmlAnswer } from '../engine/faults.ts'

/** An error in Salesforce's own words, as the REST API answers it. */
export class SalesforceError extends Error {
  readonly status: number
  readonly code: string
  readonly fields: readonly string[] | undefined

  constructor(status: number, code: string, message: string, fields?: readonly string[]) {
    super(message)
    this.name = 'SalesforceError'
    this.status = status
    this.code = code
    this.fields = fields
  }
}

/** An error of the token endpoint, which has a form of its own. */
export class OAuthError extends Error {
  readonly status: number
  readonly code: string

  constructor(code: string, description: string, status = 400) {
    super(description)
    this.name = 'OAuthError'
    this.status = status
    this.code = code
  }
}

export const JSON_HEADERS = {
  'Content-Type': 'application/json;charset=UTF-8',
  'Cache-Control': 'no-cache,must-revalidate,max-age=0,no-store,private',
}

export function errorAnswer(error: SalesforceError | OAuthError, headers: Record<string, string> = {}): SandboxAnswer {
  const body =
    error instanceof OAuthError
      ? { error: error.code, error_description: error.message }
      : [
          {
            message: error.message,
            errorCode: error.code,
            ...(error.fields === undefined ? {} : { fields: error.fields }),
          },
        ]
  return { status: error.status, headers: { ...JSON_HEADERS, ...headers }, body: JSON.stringify(body) }
}

/** Errors that a fault rule may ask for by their error code, with the status and words that real orgs were seen to use. */
const BY_CODE: Readonly<Record<string, readonly [status: number, message: string]>> = {
  INVALID_SESSION_ID: [401, 'Session expired or invalid'],
  REQUEST_LIMIT_EXCEEDED: [403, 'TotalRequests Limit exceeded.'],
  API_DISABLED_FOR_ORG: [403, 'The REST API is not enabled for this Organization.'],
  API_CURRENTLY_DISABLED: [403, 'API is currently disabled for this user.'],
  INSUFFICIENT_ACCESS: [403, 'insufficient access rights on object id'],
  INVALID_FIELD: [400, 'No such column on entity.'],
  INVALID_TYPE: [400, 'sObject type is not supported.'],
  MALFORMED_QUERY: [400, 'unexpected token'],
  QUERY_TOO_COMPLICATED: [
    400,
    'Query is either selecting too many fields or the filter conditions are too complicated.',
  ],
  QUERY_TIMEOUT: [400, 'Your query request was running for too long.'],
  OPERATION_TOO_LARGE: [400, 'exceeded 100000 distinct ids'],
  INVALID_QUERY_LOCATOR: [400, 'invalid query locator'],
  UNABLE_TO_LOCK_ROW: [400, 'unable to obtain exclusive access to this record or 1 records'],
  SERVER_UNAVAILABLE: [503, 'The server is temporarily unavailable.'],
  UNKNOWN_EXCEPTION: [500, 'An unexpected error occurred. ErrorId: 1234567890-12345 (-1234567890)'],
  UNSUPPORTED_API_VERSION: [500, 'UNSUPPORTED_API_VERSION: the API version is not supported'],
  GONE: [410, 'The requested resource is no longer available.'],
  NOT_FOUND: [404, 'The requested resource does not exist'],
  EXCEEDED_ID_LIMIT: [400, 'The number of ids exceeds the limit of 600000.'],
  INVALID_REPLICATION_DATE: [400, 'startDate cannot be more than 30 days ago'],
  LIMIT_EXCEEDED: [400, 'Max bulk v2 query jobs (10000) per 24 hrs has been reached'],
  INVALIDENTITY: [400, "Entity 'X' is not supported by the Bulk API."],
  ExceededQuota: [400, 'Query job daily quota exceeded'],
  JOB_NOT_COMPLETE: [412, 'can only download query results of successfully completed bulk job'],
}

/** Errors that share their error code with another, or have none, by a name of ours. */
const BY_NAME: Readonly<Record<string, readonly [status: number, errorCode: string, message: string]>> = {
  'session-not-for-rest': [401, 'INVALID_SESSION_ID', 'This session is not valid for use with the REST API'],
  'concurrent-limit': [403, 'REQUEST_LIMIT_EXCEEDED', 'ConcurrentPerOrgLongTxn Limit exceeded.'],
  'locator-not-found': [404, 'INVALID_QUERY_LOCATOR', 'invalid query locator'],
  'bulk-compound': [400, 'API_ERROR', 'Selecting compound data not supported in Bulk Query'],
  'job-version': [409, 'INVALID_VERSION', 'The API version differs from the one that the job was created with'],
}

/** What an edge or a proxy answers with a page of its own, by a name of ours. */
const PAGES: Readonly<Record<string, number>> = {
  'moved-away': 302,
  'uri-too-long': 414,
  'edge-no-route': 420,
  'headers-too-long': 431,
  'server-error': 500,
  'bad-gateway': 502,
  maintenance: 503,
  'gateway-timeout': 504,
}

/** Errors of the token endpoint, by their error code, or a name of ours where several share one. */
const OAUTH: Readonly<Record<string, readonly [error: string, description: string]>> = {
  invalid_grant: ['invalid_grant', 'authentication failure'],
  'token-expired': ['invalid_grant', 'expired access/refresh token'],
  'user-not-approved': ['invalid_grant', "user hasn't approved this consumer"],
  'user-inactive': ['invalid_grant', 'inactive user'],
  'login-domain': ['invalid_grant', 'request not supported on this domain'],
  invalid_client_id: ['invalid_client_id', 'client identifier invalid'],
  invalid_client: ['invalid_client', 'invalid client credentials'],
  unsupported_grant_type: ['unsupported_grant_type', 'grant type not supported'],
  rate_limit_exceeded: ['rate_limit_exceeded', 'login rate exceeded'],
}

/** Every name that `with.code` of a rule `action: error` has an answer of its own for. */
export const NAMED_FAULTS: readonly string[] = [BY_CODE, BY_NAME, PAGES, OAUTH].flatMap((table) => Object.keys(table))

/**
 * The error that a rule `action: error` asks for with `with.code`: an error code of Salesforce, or one of the names above.
 * `with.message` and `with.status` replace what is usual for it (a page has no message), `with.retryAfter` adds the header.
 * A code nobody knows is answered as a plain 400 with that code.
 */
export function faultAnswer(rule: FaultRule): SandboxAnswer {
  const { code = 'UNKNOWN_EXCEPTION', message, status, retryAfter } = rule.with ?? {}
  const headers = retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }
  const page = PAGES[code]
  if (page !== undefined) return htmlAnswer(Number(status ?? page), headers)
  const oauth = OAUTH[code]
  if (oauth !== undefined) {
    const [error, description] = oauth
    return errorAnswer(new OAuthError(error, String(message ?? description), Number(status ?? 400)), headers)
  }
  const [usualStatus, errorCode, words] = BY_NAME[code] ?? named(String(code))
  return errorAnswer(new SalesforceError(Number(status ?? usualStatus), errorCode, String(message ?? words)), headers)
}

function named(code: string): readonly [status: number, errorCode: string, message: string] {
  const [status, message] = BY_CODE[code] ?? [400, code]
  return [status, code, message]
}

export function notFound(): SalesforceError {
  return new SalesforceError(404, 'NOT_FOUND', 'The requested resource does not exist')
}

/** What the sandbox itself refuses to whoever steers the org: no answer of Salesforce. */
export function refused(message: string, hint: string): Fault {
  return new Fault('sandbox-org-refused', message, { blame: 'operator', hint })
}
