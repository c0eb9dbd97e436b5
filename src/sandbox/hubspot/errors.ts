import { randomUUID } from 'node:crypto'
import type { FaultRule, SandboxAnswer } from '../engine/engine.ts'
import { htmlAnswer } from '../engine/faults.ts'

export const JSON_HEADERS = { 'Content-Type': 'application/json;charset=utf-8' }

/** An answer of the API that is no success, on its way out. */
export class HubSpotError extends Error {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    message: string,
    body: Readonly<Record<string, unknown>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message)
    this.status = status
    this.body = body
    this.headers = headers
  }
}

export function invalid(message: string, status = 400): HubSpotError {
  return new HubSpotError(status, message, { category: 'VALIDATION_ERROR' })
}

export function notFound(message = 'resource not found'): HubSpotError {
  return new HubSpotError(404, message, { category: 'OBJECT_NOT_FOUND' })
}

export function errorAnswer(error: HubSpotError): SandboxAnswer {
  const { status, message, body, headers } = error
  return {
    status,
    headers: { ...JSON_HEADERS, ...headers },
    body: JSON.stringify({ status: 'error', message, correlationId: randomUUID(), ...body }),
  }
}

/** 429 of the search endpoint names no policy. */
export const SEARCH_LIMIT = new HubSpotError(429, 'You have reached your secondly limit.', { category: 'RATE_LIMITS' })
export const BURST_LIMIT = new HubSpotError(429, 'You have reached your ten_secondly_rolling limit.', {
  errorType: 'RATE_LIMIT',
  policyName: 'TEN_SECONDLY_ROLLING',
  groupName: 'publicapi:private-apps:api-calls',
})
export const DAILY_LIMIT = new HubSpotError(429, 'You have reached your daily limit.', {
  errorType: 'RATE_LIMIT',
  policyName: 'DAILY',
  groupName: 'publicapi:private-apps:daily',
})

const EXPIRED = 'Authentication credentials are expired. Renew them and try again.'

/** Errors by the names that fault rules call them. */
const NAMED: Readonly<Record<string, HubSpotError>> = {
  'ten-secondly': BURST_LIMIT,
  secondly: SEARCH_LIMIT,
  'secondly-old': new HubSpotError(429, 'You have reached your secondly limit.', {
    errorType: 'RATE_LIMIT',
    policyName: 'SECONDLY',
  }),
  daily: DAILY_LIMIT,
  'token-wrong': new HubSpotError(401, 'Authentication credentials not found. This API supports OAuth 2.0.', {
    category: 'INVALID_AUTHENTICATION',
  }),
  'token-expired': new HubSpotError(401, EXPIRED, {
    category: 'EXPIRED_AUTHENTICATION',
    context: { 'expire time': ['2026-11-21T09:00:00Z'] },
  }),
  'token-of-1970': new HubSpotError(401, 'The OAuth token used to make this call expired 20705 day(s) ago.', {
    category: 'EXPIRED_AUTHENTICATION',
    context: { 'expire time': ['1970-01-01T00:00:00Z'] },
  }),
  scopes: new HubSpotError(403, 'This app hasn’t been granted all required scopes to make this call.', {
    category: 'MISSING_SCOPES',
    errors: [
      {
        message: 'One or more of the following scopes are required.',
        context: { requiredGranularScopes: ['crm.objects.deals.read'] },
      },
    ],
  }),
  banned: new HubSpotError(403, 'This account does not have access to this API.', { category: 'BANNED' }),
  locked: new HubSpotError(423, 'The resource is currently locked.', { category: 'LOCKED' }),
  validation: invalid('There was a problem with the request.'),
}

/** What `action: error` of a fault rule answers: a name of ours, or 477, 429 of the edge, or a plain status with a body of HubSpot's. */
export function faultAnswer(rule: FaultRule): SandboxAnswer {
  const { code = 'unavailable', retryAfter, status } = rule.with ?? {}
  const wait = retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }
  if (code === 'edge-1015') return { status: 429, headers: { 'Content-Type': 'text/plain' }, body: 'error code: 1015' }
  if (code === 'moving') {
    const headers = { 'Retry-After': String(retryAfter ?? 3600) }
    return errorAnswer(new HubSpotError(477, 'This account is being moved.', { category: 'MIGRATION' }, headers))
  }
  if (code === 'uri-too-long') return htmlAnswer(414)
  const named = NAMED[String(code)]
  if (named === undefined) {
    const message = String(rule.with?.['message'] ?? 'internal error')
    return errorAnswer(new HubSpotError(Number(status ?? 500), message, { category: String(code) }, wait))
  }
  return errorAnswer(new HubSpotError(named.status, named.message, named.body, { ...named.headers, ...wait }))
}
