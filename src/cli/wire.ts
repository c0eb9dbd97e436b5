import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { importTimesAt } from '../board/monday/imports.ts'
import { createMondayHost } from '../board/monday/monday-host.ts'
import { loadMappingFiles } from '../mapping/load.ts'
import type { Mappings } from '../mapping/mapping.ts'
import { type ParsedMappings, parseMappings } from '../mapping/parse.ts'
import { type Clock, systemClock } from '../platform/clock.ts'
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
import { createZone } from '../platform/zone.ts'
import { createFilesSource } from '../source/files/files-source.ts'
import { createBudgets, type HubSpotBudgets } from '../source/hubspot/budgets.ts'
import { createHubSpotSource } from '../source/hubspot/hubspot-source.ts'
import { createPostgresSource } from '../source/postgres/postgres-source.ts'
import { type Connections, createConnections } from '../source/salesforce/connections.ts'
import { createSalesforceSource } from '../source/salesforce/salesforce-source.ts'
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
    hubspot: createBudgets(systemClock),
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

/** Puts the parts of a run together. The only place that names concrete adapters. */
export function wirePorts(house: House, mappings: Mappings, store: Store, onEvent: OnEvent): SyncPorts {
  const { monday, sandboxSpeed: speed } = house.config
  return {
    store,
    host: createMondayHost({
      token: monday?.token ?? '',
      url: monday?.url ?? 'https://api.monday.com/v2',
      http: httpFor(house),
      clock: house.clock,
      log: house.log.child({ board: 'monday' }),
      random: systemRandom,
      importTimes: importTimesAt(speed),
    }),
    sources: wireSources(house, mappings),
    mappings,
    zone: createZone(mappings.model.timeZone),
    clock: house.clock,
    times: {
      replayMs: (25 * MINUTE) / speed,
      lookupLagMs: 40_000 / speed,
      retryMs: [1_000, 5_000, 15_000].map((ms) => ms / speed),
      leaseMs: Math.max(2_000, MINUTE / speed),
    },
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
  const [first, ...others] = missing.map(({ fault }) => fault)
  if (first === undefined) return
  if (others.length === 0) throw first
  const all = [first, ...others]
  throw new Fault('not-configured', all.map((fault) => fault.message).join('; '), {
    blame: 'operator',
    hint: all.flatMap((fault) => fault.hint ?? []).join('\n  '),
  })
}

/** What the environment must hold for these mappings and does not. */
export function missingFor(
  { config }: Pick<House, 'config'>,
  mappings: Mappings,
): { readonly board: boolean; readonly fault: Fault }[] {
  const wants = [
    ...(mappings.sources.some((source) => source.type === 'salesforce')
      ? [{ board: false, need: () => void needSalesforce(config) }]
      : []),
    ...(mappings.sources.some((source) => source.type === 'hubspot')
      ? [{ board: false, need: () => void needHubSpot(config) }]
      : []),
    ...mappings.sources.flatMap(({ database }) =>
      database === null ? [] : [{ board: false, need: () => void needDatabase(config, database) }],
    ),
    ...(mappings.boards.length > 0 ? [{ board: true, need: () => void needMonday(config) }] : []),
  ]
  return wants.flatMap(({ board, need }) => {
    try {
      need()
      return []
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      return [{ board, fault: error }]
    }
  })
}

function wireSources(house: House, mappings: Mappings): Map<string, Source> {
  const sources = new Map<string, Source>()
  for (const mapping of mappings.sources) {
    const log = house.log.child({ source: mapping.source })
    if (mapping.type === 'files') {
      const folder = path.resolve(path.dirname(mapping.file), mapping.path ?? '.')
      const objects = Object.fromEntries(mapping.records.map((record) => [record.object, record.reading]))
      sources.set(mapping.source, createFilesSource({ name: mapping.source, folder, objects }))
    } else if (mapping.type === 'postgres') {
      const url = house.config.databases[mapping.database ?? '']
      if (url === undefined) continue
      const { timeZone } = mappings.model
      const zone = createZone(timeZone)
      const objects = Object.fromEntries(mapping.records.map((record) => [record.object, record.reading]))
      const today = () => zone.dayOf(house.clock.now())
      sources.set(mapping.source, createPostgresSource({ name: mapping.source, url, objects, timeZone, today }))
    } else if (mapping.type === 'hubspot') {
      const { hubspot } = house.config
      if (hubspot === null) continue
      sources.set(
        mapping.source,
        createHubSpotSource({
          name: mapping.source,
          accessToken: hubspot.accessToken,
          ...(hubspot.baseUrl === null ? {} : { baseUrl: hubspot.baseUrl }),
          quotaShare: mappings.settings.quotaShare[mapping.source] ?? 0.5,
          http: httpFor(house),
          clock: house.clock,
          log,
          budgets: house.hubspot,
        }),
      )
    } else if (house.config.salesforce !== null) {
      const { salesforce } = house.config
      sources.set(
        mapping.source,
        createSalesforceSource({
          name: mapping.source,
          credentials: salesforce,
          ...('loginUrl' in salesforce ? { loginUrl: salesforce.loginUrl } : {}),
          quotaShare: mappings.settings.quotaShare[mapping.source] ?? 0.5,
          http: httpFor(house),
          clock: house.clock,
          log,
          connections: house.salesforce,
        }),
      )
    }
  }
  return sources
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
