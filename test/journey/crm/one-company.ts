import { readFileSync } from 'node:fs'
import type { FactValues } from '../../../src/domain/facts.ts'
import { funnelFacts } from '../../../src/domain/funnel-facts.ts'
import { readKeptFacts } from '../../../src/domain/kept-facts.ts'
import type { Mappings } from '../../../src/mapping/mapping.ts'
import { parseMappings } from '../../../src/mapping/parse.ts'
import type { Clock } from '../../../src/platform/clock.ts'
import { createHttpClient } from '../../../src/platform/http.ts'
import { silentLog } from '../../../src/platform/log.ts'
import { openSolver } from '../../../src/platform/solver.ts'
import { createZone } from '../../../src/platform/zone.ts'
import type { Sandbox } from '../../../src/sandbox/sandbox.ts'
import { createHubSpotSource } from '../../../src/source/hubspot/hubspot-source.ts'
import { createSalesforceSource } from '../../../src/source/salesforce/salesforce-source.ts'
import type { Source } from '../../../src/source/source.ts'
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../../src/store/store.ts'
import { derive } from '../../../src/sync/derive.ts'
import { identifyAccounts } from '../../../src/sync/identify.ts'
import type { RunProblem } from '../../../src/sync/problem.ts'
import type { PullCounts } from '../../../src/sync/pull-counts.ts'
import { pullSource } from '../../../src/sync/pull-source.ts'
import type { SyncPorts } from '../../../src/sync/run.ts'

export type Crm = 'salesforce' | 'hubspot'

const STAGES = [
  'Prospecting|Qualification|Needs Analysis|Value Proposition|Proposal/Price Quote|Negotiation/Review'
    .split('|')
    .map((name) => `{ name: ${name}, funnelStage: opportunity }`),
  '{ name: Closed Won, funnelStage: won }',
  '{ name: Closed Lost, funnelStage: lost }',
].flat()

/** The shipped mappings of some CRMs; a CRM that is alone looks for nobody in the other. */
export function mappingsOf(crms: readonly Crm[]): Mappings {
  const isAlone = crms.length === 1
  const texts = crms.map((crm) => {
    const text = readFileSync(`mappings/sources/${crm}.yaml${crm === 'hubspot' ? '.example' : ''}`, 'utf8')
    return isAlone ? text.replace(/^ {4}match:.*\n( {6}- .*\n)*/gm, '') : text
  })
  const model = [
    'company: { name: Example Inc, currency: USD, time_zone: UTC }',
    'stages:',
    ...crms.map((crm) => `  ${crm}: [${STAGES.join(', ')}]`),
  ]
  const { mappings, problems } = parseMappings(
    [
      ...crms.map((crm, i) => ({ path: `mappings/sources/${crm}.yaml`, text: texts[i] ?? '' })),
      { path: 'mappings/model.yaml', text: model.join('\n') },
      // Totals are counted for boards that show them.
      { path: 'mappings/boards/funnel.yaml', text: readFileSync('mappings/boards/funnel.yaml', 'utf8') },
    ],
    {},
  )
  const errors = problems.filter(({ level }) => level === 'error')
  if (mappings === null || errors.length > 0) throw new Error(JSON.stringify(problems, null, 1))
  return mappings
}

export interface Seen {
  readonly counts: readonly PullCounts[]
  readonly problems: readonly RunProblem[]
  readonly funnel: readonly FactValues[]
  /** Ids of opportunities by what was found out about them. */
  readonly found: ReadonlyMap<string, readonly string[]>
  /** Opportunities that totals are made of. */
  readonly counted: number
  readonly links: { readonly linked: number; readonly open: number }
  readonly store: Store
}

/** What comes of the sandbox's company when it is read through some CRMs. */
export async function seeThrough(sandbox: Sandbox, crms: readonly Crm[]): Promise<Seen> {
  const mappings = mappingsOf(crms)
  const clock: Clock = {
    now: () => sandbox.engine.clock.now(),
    sleep: async (ms) => sandbox.engine.clock.advance(ms),
  }
  const zone = createZone('UTC')
  const store = await openSqliteStore({ path: ':memory:', clock })
  await store.migrate()
  const sources = new Map<string, Source>(crms.map((crm) => [crm, sourceOf(sandbox, crm, clock)]))
  const pulled = { counts: [] as PullCounts[], costs: [], problems: [] as RunProblem[] }
  const ports = { store, sources, mappings, zone, clock, onEvent: () => {} } as unknown as SyncPorts
  const request = { sources: 'all', boards: 'all', allowEmpty: false, reread: false, sweep: false } as const
  for (const mapping of mappings.sources) {
    await pullSource(ports, mapping, request, pulled, new AbortController().signal)
  }
  await identifyAccounts(store, mappings.identity)
  const { today } = await derive({
    store,
    zone,
    clock,
    model: mappings.model,
    boards: mappings.boards,
    closedThrough: null,
    isWhole: true,
    sourcesWithArr: [],
    openSolver,
    onEvent: () => {},
  })
  const totals = new Map<string, number>()
  for await (const page of store.totals()) for (const [key, value] of page) totals.set(key, value)
  return {
    ...pulled,
    funnel: funnelFacts(totals, mappings.model, today),
    ...(await keptIn(store)),
    links: await store.linkCounts(),
    store,
  }
}

async function keptIn(store: Store): Promise<Pick<Seen, 'found' | 'counted'>> {
  let opportunities = 0
  const found = new Map<string, string[]>()
  for await (const page of store.facts()) {
    for (const { facts } of page) {
      const { counted, findings } = readKeptFacts(facts)
      opportunities += counted.opportunities.length
      for (const { code, kind, id } of findings) {
        if (kind === 'opportunity') found.set(code, [...(found.get(code) ?? []), id])
      }
    }
  }
  return { found, counted: opportunities }
}

function sourceOf({ env }: Sandbox, crm: Crm, clock: Clock): Source {
  const http = createHttpClient({
    totalTimeoutMs: 60_000,
    idleTimeoutMs: 60_000,
    redact: (text) => text,
    log: silentLog,
    userAgent: 'boardsync-test',
  })
  const shared = { name: crm, quotaShare: 1, http, clock, log: silentLog, random: () => 0 }
  if (crm === 'hubspot') {
    const { HUBSPOT_ACCESS_TOKEN: accessToken = '', HUBSPOT_BASE_URL: baseUrl = '' } = env
    return createHubSpotSource({ ...shared, accessToken, baseUrl })
  }
  const { SALESFORCE_LOGIN_URL = '', SALESFORCE_CLIENT_ID = '', SALESFORCE_CLIENT_SECRET = '' } = env
  return createSalesforceSource({
    ...shared,
    loginUrl: SALESFORCE_LOGIN_URL,
    credentials: {
      flow: 'client-credentials',
      clientId: SALESFORCE_CLIENT_ID,
      clientSecret: SALESFORCE_CLIENT_SECRET,
    },
  })
}
