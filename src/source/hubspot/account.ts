import type { Page } from '../source.ts'
import type { HubSpotClient, Tally } from './client.ts'
import type { Schemas } from './schema.ts'

/** What a read needs to know, beside the request. */
export interface Account {
  readonly client: HubSpotClient
  readonly schemas: Schemas
  /** How far changes are read again, ms: the index of searches lags behind the records. */
  readonly lookBackMs: number
}

export interface AskedBy {
  readonly tally: Tally
  readonly signal?: AbortSignal | undefined
}

export function take(tally: Tally): Pick<Page, 'requests' | 'sharedRequests'> {
  const { requests, sharedRequests } = tally
  tally.requests = 0
  tally.sharedRequests = 0
  return sharedRequests === 0 ? { requests } : { requests, sharedRequests }
}

export function newTally(): Tally {
  return { requests: 0, sharedRequests: 0 }
}
