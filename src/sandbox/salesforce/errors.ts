import type { FaultRule, SandboxAnswer } from '../engine/engine.ts'

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

/** Errors that a fault rule may ask for by code, with the status and words that real orgs were seen to use. */
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
  GONE: [410, 'The requested resource is no longer available.'],
  NOT_FOUND: [404, 'The requested resource does not exist'],
  EXCEEDED_ID_LIMIT: [400, 'The number of ids exceeds the limit of 600000.'],
  INVALID_REPLICATION_DATE: [400, 'startDate cannot be more than 30 days ago'],
}

const OAUTH_BY_CODE: Readonly<Record<string, string>> = {
  invalid_grant: 'authentication failure',
  invalid_client_id: 'client identifier invalid',
  invalid_client: 'invalid client credentials',
  unsupported_grant_type: 'grant type not supported',
  rate_limit_exceeded: 'login rate exceeded',
}

/**
 * The error that a rule `action: error` asks for with `with.code`; `with.message` and `with.status` replace what is usual
 * for that code, `with.retryAfter` adds the header. A code nobody knows is answered as a plain 400 with that code.
 */
export function faultAnswer(rule: FaultRule): SandboxAnswer {
  const { code = 'UNKNOWN_EXCEPTION', message, status, retryAfter } = rule.with ?? {}
  const oauth = OAUTH_BY_CODE[code]
  const [usualStatus, usualMessage] = oauth === undefined ? (BY_CODE[code] ?? [400, String(code)]) : [400, oauth]
  const words = String(message ?? usualMessage)
  const error =
    oauth === undefined
      ? new SalesforceError(Number(status ?? usualStatus), String(code), words)
      : new OAuthError(String(code), words, Number(status ?? usualStatus))
  return errorAnswer(error, retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) })
}

export function notFound(): SalesforceError {
  return new SalesforceError(404, 'NOT_FOUND', 'The requested resource does not exist')
}
