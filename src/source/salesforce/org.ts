import type { Clock } from '../../platform/clock.ts'
import type { Fault } from '../../platform/errors.ts'
import type { Log } from '../../platform/log.ts'
import type { Page } from '../source.ts'
import type { SalesforceCredentials } from './auth.ts'
import type { BulkJobs, BulkSettings } from './bulk-jobs.ts'
import type { SalesforceClient, Tally } from './client.ts'
import type { Opening } from './opening.ts'
import type { Schemas } from './schema.ts'

/** What a read needs to know, beside the request. */
export interface Org {
  readonly client: SalesforceClient
  readonly schemas: Schemas
  readonly credentials: SalesforceCredentials
  /** `/services/data/v68.0`. */
  readonly root: string
  readonly apiVersion: string
  readonly jobs: BulkJobs
  readonly bulk: BulkSettings
  /** What an estimate asked, by object: counted, and thrown, by the describe or read that follows. */
  readonly owed: Map<string, Tally & { readonly fault: Fault | null }>
  /** What reads begin with, by object, as far as it was asked together; each is taken by the read that follows. */
  readonly openings: Map<string, Opening>
  readonly clock: Clock
  readonly log: Log
}

export type AskedBy = { readonly tally: Tally; readonly signal: AbortSignal | undefined }

/** Takes over what an estimate asked of an object: its requests, or its fault, which is thrown. */
export function takeOwed({ owed }: Org, object: string): Tally {
  const { fault = null, requests = 0, sharedRequests = 0 } = owed.get(object) ?? {}
  owed.delete(object)
  if (fault !== null) throw fault
  return { requests, sharedRequests }
}

export function take(tally: Tally): Pick<Page, 'requests' | 'sharedRequests'> {
  const { requests, sharedRequests } = tally
  tally.requests = 0
  tally.sharedRequests = 0
  return sharedRequests === 0 ? { requests } : { requests, sharedRequests }
}

export function instant(ms: number): string {
  return new Date(ms).toISOString()
}
