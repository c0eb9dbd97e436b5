import type { Clock } from '../../platform/clock.ts'
import type { StreamingHttpClient } from '../../platform/http.ts'
import type { Log } from '../../platform/log.ts'
import { systemRandom } from '../../platform/random.ts'
import type { Source } from '../source.ts'
import type { SalesforceCredentials } from './auth.ts'
import { BULK_DEFAULTS, type BulkSettings, createBulkJobs } from './bulk-jobs.ts'
import { readByIds } from './by-id.ts'
import { checkOrg } from './check.ts'
import { createSalesforceClient } from './client.ts'
import { type Connections, createConnections } from './connections.ts'
import { estimateReads } from './estimate.ts'
import type { Org } from './org.ts'
import { readObject } from './read-object.ts'
import { createSchemas } from './schema.ts'
import { describeObject } from './shape.ts'

export interface SalesforceSourceOptions {
  readonly name: string
  readonly credentials: SalesforceCredentials
  /** Where tokens are asked for: the My Domain, or `https://login.salesforce.com` for JWT. Not used with a given token. */
  readonly loginUrl?: string
  /** Default `68.0`. */
  readonly apiVersion?: string
  /** Share 0..1 of the org's daily requests up to which this program goes on. Default 0.5. */
  readonly quotaShare?: number
  /** How large objects are read; each setting has a default of its own. */
  readonly bulk?: Partial<BulkSettings>
  readonly http: StreamingHttpClient
  readonly clock: Clock
  readonly log: Log
  readonly random?: () => number
  /** Shared with other sources, which may read the same org. Default: this source's own. */
  readonly connections?: Connections
  /** Told every token that is fetched, so that logs can leave it out; where `connections` are given, they tell. */
  readonly learnSecret?: (secret: string) => void
}

export function createSalesforceSource(options: SalesforceSourceOptions): Source {
  const { clock, log, apiVersion = '68.0', random = systemRandom } = options
  const { credentials, loginUrl = 'https://login.salesforce.com', quotaShare = 0.5, http } = options
  const { learnSecret = () => {} } = options
  const connections = options.connections ?? createConnections({ http, clock, random, log, learnSecret })
  const connection = connections.of({ credentials, loginUrl })
  const client = createSalesforceClient({ connection, quotaShare, http, clock, random, log })
  const root = `/services/data/v${apiVersion}`
  const schemas = createSchemas(client, root, clock)
  const bulk = { ...BULK_DEFAULTS, ...options.bulk }
  const jobs = createBulkJobs({ client, root, settings: bulk, clock, random, log })
  const shared = { owed: new Map(), openings: new Map() }
  const org: Org = { client, schemas, credentials, root, apiVersion, jobs, bulk, ...shared, clock, log }
  return {
    name: options.name,
    check: (needs, callOptions) => checkOrg(org, needs, callOptions),
    read: (request, callOptions) => readObject(org, request, callOptions),
    describe: (need, callOptions) => describeObject(org, need, callOptions),
    readByIds: (request, callOptions) => readByIds(org, request, callOptions),
    estimate: (requests, callOptions) => estimateReads(org, requests, callOptions),
    quota: () => client.quota(),
  }
}
