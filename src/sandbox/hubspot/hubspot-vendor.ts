import type { SandboxAnswer, SandboxRequest, Vendor } from '../engine/engine.ts'
import { htmlAnswer, underFaults } from '../engine/faults.ts'
import { listOwners, pipelinesOf, propertiesOf } from './about-portal.ts'
import { readAssociations } from './associations.ts'
import { errorAnswer, faultAnswer, HubSpotError, invalid, JSON_HEADERS, notFound } from './errors.ts'
import { batchRead, listObjects, readObject } from './objects.ts'
import type { Portal, Properties } from './portal.ts'
import { RateLimits } from './rate-limits.ts'
import { searchObjects } from './search.ts'
import { type ObjectType, objectType } from './standard.ts'

const TOKEN = 'pat-na1-00000000-boardsync-sandbox'

interface Call {
  /** What fault rules and side effects call it. */
  readonly operation: string
  readonly run: () => SandboxAnswer
}

/** Answers as one HubSpot account does: the CRM API by its numbered and its dated addresses. */
export function createHubSpotVendor(portal: Portal): Vendor {
  const rates = new RateLimits(portal.engine)
  return {
    name: 'hubspot',
    paths: ['/crm'],
    env: (baseUrl) => ({ HUBSPOT_ACCESS_TOKEN: TOKEN, HUBSPOT_BASE_URL: baseUrl }),
    async handle(request) {
      if (addressBytes(request) > portal.engine.limits.get('hubspot.uriBytes')) return htmlAnswer(414)
      let call: Call
      try {
        call = findCall(portal, request)
      } catch (error) {
        if (error instanceof HubSpotError) return errorAnswer(error)
        throw error
      }
      const isSearch = call.operation === 'hubspot.search'
      const answer = await underFaults({
        faults: portal.engine.faults,
        request,
        operation: call.operation,
        error: faultAnswer,
        run: () => carryOut(rates, request, call, isSearch),
      })
      return answer?.status === 401 ? answer : rates.told(answer, isSearch)
    },
  }
}

function carryOut(rates: RateLimits, request: SandboxRequest, call: Call, isSearch: boolean): SandboxAnswer {
  if (request.headers['authorization'] !== `Bearer ${TOKEN}`) {
    return faultAnswer({ operation: call.operation, action: 'error', with: { code: 'token-wrong' } })
  }
  const refused = rates.take(isSearch)
  if (refused !== null) return errorAnswer(refused)
  try {
    return call.run()
  } catch (error) {
    if (error instanceof HubSpotError) return errorAnswer(error)
    throw error
  }
}

function addressBytes(request: SandboxRequest): number {
  return request.uriBytes ?? request.path.length + request.query.toString().length + 1
}

/** `/crm/v3/objects/deals` and `/crm/objects/2026-03/deals` are one. */
function findCall(portal: Portal, request: SandboxRequest): Call {
  const parts = request.path.split('/').filter((part) => part !== '')
  const [, first = '', second = ''] = parts
  const isNumbered = /^v[34]$/.test(first)
  if (!isNumbered && !/^\d{4}-(03|09)$/.test(second)) throw notFound('There is no such API')
  const api = isNumbered ? second : first
  const rest = parts.slice(3)
  const call = callOf(portal, request, api, rest)
  if (call === null) throw notFound('There is no such API')
  return call
}

function callOf(portal: Portal, request: SandboxRequest, api: string, rest: readonly string[]): Call | null {
  const [type = '', second, third, fourth] = rest
  const { method, query } = request
  switch (api) {
    case 'objects':
      return objectCall(portal, request, typeOf(type), rest.slice(1))
    case 'associations': {
      if (method !== 'POST' || third !== 'batch' || fourth !== 'read') return null
      const [from, to] = [typeOf(type), typeOf(second ?? '')]
      return { operation: 'hubspot.associations', run: () => json(readAssociations(portal, from, to, bodyOf(request))) }
    }
    case 'owners':
      if (method !== 'GET') return null
      return { operation: 'hubspot.owners', run: () => json({ status: 200, body: listOwners(portal, rest, query) }) }
    case 'pipelines':
      if (method !== 'GET' || rest.length !== 1) return null
      return {
        operation: 'hubspot.pipelines',
        run: () => json({ status: 200, body: pipelinesOf(portal, typeOf(type)) }),
      }
    case 'properties':
      if (method !== 'GET' || rest.length !== 1) return null
      return {
        operation: 'hubspot.properties',
        run: () => json({ status: 200, body: propertiesOf(portal, typeOf(type), query.get('archived') === 'true') }),
      }
    default:
      return null
  }
}

function objectCall(portal: Portal, request: SandboxRequest, type: ObjectType, rest: readonly string[]): Call | null {
  const { method, query } = request
  const [id, action] = rest
  if (method === 'POST' && id === 'search')
    return {
      operation: 'hubspot.search',
      run: () => json({ status: 200, body: searchObjects(portal, type, request.body) }),
    }
  if (method === 'POST' && id === 'batch' && action === 'read') {
    const archived = query.get('archived') === 'true'
    return { operation: 'hubspot.batchRead', run: () => json(batchRead(portal, type, bodyOf(request), archived)) }
  }
  if (rest.length > 1) return null
  if (method === 'GET' && id === undefined)
    return { operation: 'hubspot.list', run: () => json({ status: 200, body: listObjects(portal, type, query) }) }
  if (method === 'GET' && id !== undefined)
    return { operation: 'hubspot.read', run: () => json({ status: 200, body: readObject(portal, type, id, query) }) }
  if (method === 'POST' && id === undefined) {
    return {
      operation: 'hubspot.create',
      run: () => {
        const made = portal.create(type, writtenProperties(portal, type, request))
        portal.engine.sideEffects.record('hubspot.create', `${type} ${made}`)
        return json({ status: 201, body: readObject(portal, type, String(made), query) })
      },
    }
  }
  if (id === undefined || (method !== 'PATCH' && method !== 'DELETE')) return null
  const operation = method === 'PATCH' ? 'hubspot.update' : 'hubspot.archive'
  return {
    operation,
    run: () => {
      const record = portal.find(type, Number(id))
      if (method === 'DELETE') portal.archive(type, Number(id))
      else if (record === undefined || record.archivedAt !== null) throw notFound()
      else portal.update(type, record.id, writtenProperties(portal, type, request))
      portal.engine.sideEffects.record(operation, `${type} ${id}`)
      if (method === 'DELETE') return { status: 204, headers: {}, body: '' }
      return json({ status: 200, body: readObject(portal, type, id, query) })
    },
  }
}

function writtenProperties(portal: Portal, type: ObjectType, request: SandboxRequest): Properties {
  const { properties = {} } = bodyOf<{ properties?: Record<string, string> }>(request)
  const known = new Set(portal.properties(type).map(({ name }) => name))
  const unknown = Object.keys(properties).find((name) => !known.has(name))
  if (unknown !== undefined) throw invalid(`Property values were not valid: Property "${unknown}" does not exist`)
  return properties
}

function typeOf(written: string): ObjectType {
  const type = objectType(written)
  if (type === null) throw invalid(`Unable to infer object type from: ${written}`)
  return type
}

function bodyOf<T extends object>(request: SandboxRequest): T {
  try {
    const value: unknown = JSON.parse(request.body)
    if (typeof value === 'object' && value !== null) return value as T
  } catch {
    // Answered below, as any other body that is no JSON object.
  }
  throw invalid('Invalid input JSON on line 1, column 1')
}

function json({ status, body }: { readonly status: number; readonly body: unknown }): SandboxAnswer {
  return { status, headers: JSON_HEADERS, body: JSON.stringify(body) }
}
