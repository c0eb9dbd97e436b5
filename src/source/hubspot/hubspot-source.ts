import type { Clock } from '../../platform/clock.ts'
import type { HttpClient } from '../../platform/http.ts'
import type { Log } from '../../platform/log.ts'
import { systemRandom } from '../../platform/random.ts'
import type { CostEstimate, ReadRequest, Source } from '../source.ts'
import type { Account } from './account.ts'
import { createBudgets, type HubSpotBudgets } from './budgets.ts'
import { readByIds } from './by-id.ts'
import { checkNeeds, describeObject } from './check.ts'
import { createHubSpotClient } from './client.ts'
import { readCursor } from './cursor.ts'
import { readObject } from './read-object.ts'
import { createSchemas } from './schema.ts'

export interface HubSpotSourceOptions {
  readonly name: string
  /** Of a service key, or of a private app. */
  readonly accessToken: string
  /** Default `https://api.hubapi.com`. */
  readonly baseUrl?: string
  /** Default `2026-09`. */
  readonly apiVersion?: string
  /** Share 0..1 of the account's daily requests up to which this program goes on. Default 0.5. */
  readonly quotaShare?: number
  /** How far changes are read again, since searches lag. Default one hour. */
  readonly lookBackMs?: number
  readonly http: HttpClient
  readonly clock: Clock
  readonly log: Log
  readonly random?: () => number
  /** Shared with other sources of this process. Default: this source's own. */
  readonly budgets?: HubSpotBudgets
}

export const HUBSPOT_URL = 'https://api.hubapi.com'
const HOUR_MS = 3_600_000

/** Reads the CRM of one HubSpot account, by HubSpot's own client over our transport, and writes nothing. */
export function createHubSpotSource(options: HubSpotSourceOptions): Source {
  const { accessToken, http, clock, log, random = systemRandom, lookBackMs = HOUR_MS } = options
  const { baseUrl = HUBSPOT_URL, apiVersion = '2026-09', quotaShare = 0.5 } = options
  const budgets = (options.budgets ?? createBudgets(clock)).of(accessToken)
  const client = createHubSpotClient({
    baseUrl,
    accessToken,
    apiVersion,
    quotaShare,
    budgets,
    http,
    clock,
    random,
    log,
  })
  const account: Account = { client, schemas: createSchemas(client, clock), lookBackMs }
  return {
    name: options.name,
    check: (needs, callOptions) => checkNeeds(account, needs, callOptions),
    read: (request, callOptions) => readObject(account, request, callOptions),
    describe: (need, callOptions) => describeObject(account, need, callOptions),
    readByIds: (request, callOptions) => readByIds(account, request, callOptions),
    estimate: async (requests) => estimateReads(requests),
    quota: () => client.quota(),
  }
}

/** What the object is, what was deleted, what changed: one page of each. */
const OF_CHANGES = 3

/** Asks nothing: where the quota stands is told with the first answer. */
function estimateReads(requests: readonly ReadRequest[]): CostEstimate {
  const uncounted = requests.filter(({ after }) => !['changes', 'owners'].includes(readCursor(after)?.mode ?? ''))
  const requestsOfChanges = OF_CHANGES * (requests.length - uncounted.length)
  return { requests: requestsOfChanges, uncounted: uncounted.map(({ object }) => object) }
}
