import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { MondayClient } from '../board/monday/client.ts'
import { loadMappingFiles } from '../mapping/load.ts'
import type { Mappings, SourceMapping } from '../mapping/mapping.ts'
import { type ParsedMappings, parseMappings } from '../mapping/parse.ts'
import { type Clock, clockAt, systemClock } from '../platform/clock.ts'
import {
  type Config,
  type Environment,
  needDatabase,
  needHubSpot,
  needMonday,
  needSalesforce,
  type ReadConfig,
  readConfig,
  withEnvFile,
} from '../platform/config.ts'
import { Fault } from '../platform/errors.ts'
import { createHttpClient } from '../platform/http.ts'
import { type BoundLog, createLog } from '../platform/logging.ts'
import type { Problem } from '../platform/problem.ts'
import { systemRandom } from '../platform/random.ts'
import { createRedactor, type Redactor } from '../platform/redaction.ts'
import { needService, type Service, type ServiceName } from '../platform/services.ts'
import { openSolver } from '../platform/solver.ts'
import { createZone } from '../platform/zone.ts'
import { createBudgets, type HubSpotBudgets } from '../source/hubspot/budgets.ts'
import type { PosthogSourceOptions } from '../source/posthog/posthog-source.ts'
import { type Connections, createConnections } from '../source/salesforce/connections.ts'
import type { Source } from '../source/source.ts'
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts'
import type { Store } from '../store/store.ts'
import type { OnEvent } from '../sync/events.ts'
import type { SyncPorts } from '../sync/run.ts'
import type { Output } from './output.ts'

const USER_AGENT = 'boardsync/0.1.0'
const MINUTE = 60_000

/** What every command starts from: the environment, read once. */
export interface House {
  readonly env: Environment
  readonly config: Config
  readonly configProblems: ReadConfig['problems']
  readonly redactor: Redactor
  readonly log: BoundLog
  readonly clock: Clock
  /** Every source of one Salesforce org shares what holds for the org, in all runs of this process. */
  readonly salesforce: Connections
  /** What HubSpot allows with a token, for all runs of this process. */
  readonly hubspot: HubSpotBudgets
}

/** Reads the environment, with `.env` beside the command added. Variables that are set win over the file. */
export function openHouse(processEnv: Environment, options: { readonly quiet: boolean }): House {
  const env = existsSync('.env') ? withEnvFile(processEnv, readFileSync('.env', 'utf8')) : processEnv
  const { config, problems, secrets } = readConfig(env, { readFile: (file) => readFileSync(file, 'utf8') })
  const redactor = createRedactor(secrets)
  const log = createLog({
    level: options.quiet && env.BOARDSYNC_LOG_LEVEL === undefined ? 'warn' : config.logLevel,
    redactor,
  })
  const salesforce = createConnections({
    http: httpFor({ redactor, log }),
    clock: systemClock,
    random: systemRandom,
    log: log.child({ source: 'salesforce' }),
    learnSecret: (secret) => redactor.learn(secret),
  })
  return {
    env,
    config,
    configProblems: problems,
    redactor,
    log,
    clock: systemClock,
    salesforce,
    hubspot: createBudgets(clockAt(config.sandboxSpeed, systemClock)),
  }
}

export interface LoadedMappings extends ParsedMappings {
  readonly folder: string
  /** How many files the folder holds. */
  readonly files: number
}

export async function loadMappings(house: House, folder: string = house.config.mappings): Promise<LoadedMappings> {
  const files = await loadMappingFiles(folder)
  return { ...parseMappings(files, house.env), folder, files: files.length }
}

/** The mappings of the good files; a Fault when nothing can be done with what is there, with every problem printed to `output`. */
export async function needMappings(
  house: House,
  output?: Pick<Output, 'problems'>,
): Promise<{ mappings: Mappings; problems: readonly Problem[]; broken: readonly string[] }> {
  const { mappings, problems, broken, folder } = await loadMappings(house)
  if (mappings !== null) return { mappings, problems, broken }
  output?.problems(problems.filter((problem) => problem.level === 'error'))
  throw new Fault('mappings-broken', `No mapping in ${folder} can be used while these problems stand`, {
    blame: 'operator',
    hint: 'Correct them, then run lint until it is content',
  })
}

export async function openStore(house: House, file: string = house.config.database.path): Promise<Store> {
  const store = await openSqliteStore({ path: file, clock: house.clock })
  await store.migrate()
  return store
}

/** Whether earlier runs left a store. */
export function hasStore(house: House): boolean {
  return existsSync(house.config.database.path)
}

/** The store of a command that only looks: one that is not there yet is not made. */
export async function openStoreThatIs(house: House): Promise<Store> {
  const { path: file } = house.config.database
  if (file === ':memory:' || hasStore(house)) return openStore(house)
  throw new Fault('store-missing', `Nothing was read or written yet: there is no store at ${file}`, {
    blame: 'operator',
    hint: 'Run pull or sync first, or set DATABASE_URL to the store you mean',
  })
}

/** Puts the parts of a run together, and loads those it needs. The only place that names concrete adapters. */
export async function wirePorts(house: House, mappings: Mappings, store: Store, onEvent: OnEvent): Promise<SyncPorts> {
  const { sandboxSpeed: speed } = house.config
  const account = mondayOf(house)
  const { createMondayClient, createMondayHost } = await import('../board/monday/monday-host.ts')
  const { importTimesAt } = await import('../board/monday/imports.ts')
  const client = createMondayClient(account)
  return {
    store,
    host: createMondayHost({ ...account, importTimes: importTimesAt(speed), client }),
    sources: await wireSources(house, mappings, client),
    mappings,
    zone: createZone(mappings.model.timeZone),
    clock: house.clock,
    times: {
      replayMs: (25 * MINUTE) / speed,
      lookupLagMs: 40_000 / speed,
      retryMs: [1_000, 5_000, 15_000].map((ms) => ms / speed),
      leaseMs: Math.max(2_000, MINUTE / speed),
    },
    openSolver,
    onEvent,
    run: randomUUID(),
  }
}

/** Refuses early, in words, what would else fail in the middle of a run. Everything that is missing is named at once. */
export function assertReady(
  house: House,
  mappings: Mappings,
  needs: { readonly boards: boolean; readonly sources: boolean },
): void {
  const missing = missingFor(house, mappings).filter(({ board }) => (board ? needs.boards : needs.sources))
  const faults = missing.map(({ fault }) => fault)
  // Several sources may lack the same.
  const [first, ...others] = faults.filter(({ message }, i) => faults.findIndex((one) => one.message === message) === i)
  if (first === undefined) return
  if (others.length === 0) throw first
  const all = [first, ...others]
  throw new Fault('not-configured', all.map((fault) => fault.message).join('; '), {
    blame: 'operator',
    hint: all.flatMap((fault) => fault.hint ?? []).join('\n  '),
  })
}

/** What the environment must hold for these mappings and does not; with the source that lacks it. */
export function missingFor(
  { config }: Pick<House, 'config'>,
  mappings: Mappings,
): { readonly board: boolean; readonly source: string | null; readonly fault: Fault }[] {
  const wants = [
    ...mappings.sources.map((mapping) => ({ source: mapping.source, need: () => needFor(config, mapping) })),
    ...(mappings.boards.length > 0 ? [{ source: null, need: () => void needMonday(config) }] : []),
  ]
  return wants.flatMap(({ source, need }) => {
    try {
      need()
      return []
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      return [{ board: source === null, source, fault: error }]
    }
  })
}

function needFor(config: Config, { type, database }: SourceMapping): void {
  switch (type) {
    case 'files':
      return
    case 'salesforce':
      return void needSalesforce(config)
    case 'monday':
      return void needMonday(config)
    case 'hubspot':
      return void needHubSpot(config)
    case 'postgres':
      return void needDatabase(config, database ?? '')
    default:
      return void needService(config.services, type)
  }
}

/** One source alone, for looking at what it has; what the environment lacks for it is a Fault. */
export async function openSource(house: House, mappings: Mappings, mapping: SourceMapping): Promise<Source> {
  needFor(house.config, mapping)
  const { createMondayClient } = await import('../board/monday/monday-host.ts')
  const source = await wireSource(house, mappings, mapping, createMondayClient(mondayOf(house)))
  if (source === null) throw new Error(`Source ${mapping.source} has all it needs and cannot be opened`)
  return source
}

function mondayOf(house: House) {
  const { monday } = house.config
  return {
    token: monday?.token ?? '',
    url: monday?.url ?? 'https://api.monday.com/v2',
    http: httpFor(house),
    clock: house.clock,
    log: house.log.child({ board: 'monday' }),
    random: systemRandom,
  }
}

async function wireSources(house: House, mappings: Mappings, monday: MondayClient): Promise<Map<string, Source>> {
  const sources = new Map<string, Source>()
  for (const mapping of mappings.sources) {
    const source = await wireSource(house, mappings, mapping, monday)
    if (source !== null) sources.set(mapping.source, source)
  }
  return sources
}

/** `null`: the environment lacks what it needs. */
async function wireSource(
  house: House,
  mappings: Mappings,
  mapping: SourceMapping,
  monday: MondayClient,
): Promise<Source | null> {
  const { source: name, type } = mapping
  const { config, clock } = house
  const log = house.log.child({ source: name })
  const objects = Object.fromEntries(mapping.records.map((record) => [record.object, record.reading]))
  const zone = createZone(mappings.model.timeZone)
  const today = () => zone.dayOf(clock.now())
  switch (type) {
    case 'files': {
      const folder = path.resolve(path.dirname(mapping.file), mapping.path ?? '.')
      const { createFilesSource } = await import('../source/files/files-source.ts')
      return createFilesSource({ name, folder, objects })
    }
    case 'postgres': {
      const url = config.databases[mapping.database ?? '']
      const { timeZone } = mappings.model
      if (url === undefined) return null
      const { createPostgresSource } = await import('../source/postgres/postgres-source.ts')
      return createPostgresSource({ name, url, objects, timeZone, today })
    }
    case 'monday': {
      if (config.monday === null) return null
      const { mondayAccountOf } = await import('./monday-account.ts')
      const account = mondayAccountOf(monday, () => clock.now())
      const { createMondaySource } = await import('../source/monday/monday-source.ts')
      return createMondaySource({ name, account, objects: Object.keys(objects) })
    }
    case 'hubspot': {
      const { hubspot } = config
      if (hubspot === null) return null
      const { createHubSpotSource } = await import('../source/hubspot/hubspot-source.ts')
      return createHubSpotSource({
        name,
        accessToken: hubspot.accessToken,
        ...(hubspot.baseUrl === null ? {} : { baseUrl: hubspot.baseUrl }),
        quotaShare: mappings.settings.quotaShare[name] ?? 0.5,
        http: httpFor(house),
        clock,
        log,
        budgets: house.hubspot,
      })
    }
    case 'salesforce': {
      const { salesforce } = config
      if (salesforce === null) return null
      const { createSalesforceSource } = await import('../source/salesforce/salesforce-source.ts')
      return createSalesforceSource({
        name,
        credentials: salesforce,
        ...('loginUrl' in salesforce ? { loginUrl: salesforce.loginUrl } : {}),
        quotaShare: mappings.settings.quotaShare[name] ?? 0.5,
        http: httpFor(house),
        clock,
        log,
        connections: house.salesforce,
      })
    }
    default: {
      const given = config.services[type]
      if (given === undefined) return null
      const speed = config.sandboxSpeed
      const common = { name, http: httpFor(house), clock, random: systemRandom, log, speed }
      return serviceSource(type, given, { ...common, objects, today, zone })
    }
  }
}

type ServiceOptions = Omit<PosthogSourceOptions, 'url' | 'project' | 'key'>

/** A source that is read with a key. */
async function serviceSource(type: ServiceName, given: Service, options: ServiceOptions): Promise<Source> {
  const { url = '', project = '', key = '', username = '', secret = '', email = '', token = '' } = given
  switch (type) {
    case 'zendesk': {
      const { createZendeskSource } = await import('../source/zendesk/zendesk-source.ts')
      return createZendeskSource({ ...options, url, email, token, reading: Object.values(options.objects)[0] ?? {} })
    }
    case 'posthog': {
      const { createPosthogSource } = await import('../source/posthog/posthog-source.ts')
      return createPosthogSource({ ...options, url, project, key })
    }
    case 'mixpanel': {
      const { createMixpanelSource } = await import('../source/mixpanel/mixpanel-source.ts')
      return createMixpanelSource({ ...options, url, project, username, secret })
    }
    case 'amplitude': {
      const { createAmplitudeSource } = await import('../source/amplitude/amplitude-source.ts')
      return createAmplitudeSource({ ...options, url, key, secret })
    }
  }
}

function httpFor(house: Pick<House, 'redactor' | 'log'>) {
  return createHttpClient({
    totalTimeoutMs: 5 * MINUTE,
    idleTimeoutMs: 65_000,
    redact: (text) => house.redactor.text(text),
    log: house.log,
    userAgent: USER_AGENT,
  })
}
