import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { ApiClient } from '@mondaydotcomorg/api'
import { needMappings, openHouse, openStore, wirePorts } from '../../src/cli/wire.ts'
import type { FaultRule } from '../../src/sandbox/engine/engine.ts'
import { createRecord, deleteRecord, updateRecord } from '../../src/sandbox/salesforce/records.ts'
import { type RunResult, sync } from '../../src/sync/run.ts'
import { doubledKeys, readBoards } from './boards.ts'
import { type Journey, openJourney, type SyncReport, unbalanced, writesOf } from './journey.ts'
import { differences, projectBoards, readOrg } from './projection.ts'
import { type CliRun, runCli } from './run-cli.ts'

/** What goes wrong at the nth request that writes. */
export interface CrashWay {
  readonly is: string
  readonly action: FaultRule['action']
  /** How many requests in a row; default 1. */
  readonly times?: number
  /** monday keeps no answers for idempotency keys: what is sent again is done again. */
  readonly forgets?: true
  /** The next run comes when monday no longer keeps the answer. */
  readonly late?: true
  /** The next run comes when monday no longer knows the import. */
  readonly lost?: true
}

/** Two workers: one is paused at the request, another takes over and comes to rest, and the first wakes. */
const PAUSED = {
  'paused before': { is: 'paused before it took effect; another worker took over', action: 'stop-before' },
  'paused after': { is: 'paused when it had taken effect; another worker took over', action: 'stop-after' },
  'paused, forgotten': { is: 'the same, and monday kept no answer', action: 'stop-after', forgets: true },
} as const satisfies Readonly<Record<string, CrashWay>>

export const CRASH_WAYS = {
  'died before': { is: 'the process died before the write took effect', action: 'kill-before' },
  'died after': { is: 'the process died when the write had taken effect', action: 'kill-after' },
  'died, forgotten': { is: 'the same, and monday kept no answer', action: 'kill-after', forgets: true },
  'died, late': { is: 'the same, and the next run came half an hour later', action: 'kill-after', late: true },
  replayed: { is: 'the answer was lost; sent again, it is replayed', action: 'cut-after' },
  repeated: { is: 'the answer was lost; sent again, it is done again', action: 'cut-after', forgets: true },
  'looked up': { is: 'every answer was lost; the board is asked, and look-ups lag', action: 'cut-after', times: 4 },
  ...PAUSED,
} as const satisfies Readonly<Record<string, CrashWay>>

/** What goes wrong at a request of an import. */
export const IMPORT_CRASH_WAYS = {
  'died before': { is: 'the process died before the request took effect', action: 'kill-before' },
  'died after': { is: 'the process died when it had taken effect', action: 'kill-after' },
  'died, lost': { is: 'the same, and monday forgot the import before the next run', action: 'kill-after', lost: true },
  'cut before': { is: 'the connection broke before the request took effect', action: 'cut-before' },
  'cut after': { is: 'it took effect, and the answer was lost', action: 'cut-after' },
  repeated: { is: 'the same; sent again, it is done again', action: 'cut-after', forgets: true },
  'cut for long': { is: 'no answer came, however often it was asked for', action: 'cut-after', times: 6 },
  ...PAUSED,
  'paused, lost': {
    is: 'the same, and monday forgot the import before the other came',
    action: 'stop-after',
    lost: true,
  },
} as const satisfies Readonly<Record<string, CrashWay>>

export type ImportCrashWayName = keyof typeof IMPORT_CRASH_WAYS
export type CrashWayName = keyof typeof CRASH_WAYS
/** The first sync of an empty account, or one that finds changes. */
export type CrashedRun = 'first' | 'update'

export interface CrashOptions {
  readonly accounts: number
  /** The boards to sync, by file name; the fewer, the quicker. */
  readonly boards: readonly string[]
  /** How many item writes one request may hold, at most. */
  readonly writesPerRequest: number
  /** The board of deals says that deals are won: updates under items, and notifications. */
  readonly says?: true
  /** All items of the board stand in one group of this name: what one import makes. */
  readonly oneGroup?: string
  readonly reading?: 'optimistic' | 'pessimistic'
}

/**
 * Of these an import takes half the calls of requests or fewer, on any machine: a first sync goes by guesses alone, and
 * from how long fewer than a hundred rows took nothing is learned.
 */
export const IMPORT_OPTIONS: Readonly<Record<CrashedRun, CrashOptions>> = {
  first: { accounts: 340, boards: ['accounts'], writesPerRequest: 10, oneGroup: 'Accounts' },
  update: { accounts: 96, boards: ['accounts'], writesPerRequest: 4, oneGroup: 'Accounts' },
}

/** A request of an import: the nth of its operation, counted from the start of the run. */
export interface ImportPoint {
  readonly operation: 'monday.mutation' | 'monday.upload' | 'monday.query' | 'monday.report'
  readonly nth: number
}

const EVERYTHING = { sources: 'all', boards: 'all', allowEmpty: false, reread: true, sweep: false } as const

/** What a request that writes is about: parts of boards, their items, or nothing, since it was refused. */
export type CrashPoint = 'structure' | 'items' | 'refused'

/** The requests that write which such a run makes when nothing goes wrong, in order: its crash points. */
export async function findCrashPoints(run: CrashedRun, options: CrashOptions): Promise<CrashPoint[]> {
  await using stage = await openStage(run, options, CRASH_WAYS['died before'])
  const points: CrashPoint[] = []
  const { faults } = stage.journey.sandbox.engine
  const hit = faults.hit.bind(faults)
  faults.hit = (operation) => {
    if (operation === 'monday.mutation') points.push('refused')
    else if (/^monday\.mutation\.(.*(item|column_values)|create_(update|notification))/.test(operation))
      points.splice(-1, 1, 'items')
    else if (operation.startsWith('monday.mutation.')) points.splice(-1, 1, 'structure')
    return hit(operation)
  }
  await stage.journey.sync()
  return points
}

/** The requests of the first import that such a run makes: opening it, handing over its file, looks at it, its report. */
export async function findImportPoints(run: CrashedRun, options: CrashOptions): Promise<ImportPoint[]> {
  await using stage = await openStage(run, options, IMPORT_CRASH_WAYS['died before'])
  const points: ImportPoint[] = []
  const counts = new Map<string, number>()
  const { faults } = stage.journey.sandbox.engine
  const hit = faults.hit.bind(faults)
  let state: 'before' | 'under way' | 'over' = 'before'
  let opening: ImportPoint | null = null
  faults.hit = (operation) => {
    const nth = (counts.get(operation) ?? 0) + 1
    counts.set(operation, nth)
    if (operation === 'monday.mutation') opening = { operation, nth }
    if (operation === 'monday.mutation.ingest_items' && state === 'before') {
      state = 'under way'
      points.push(opening as ImportPoint)
    } else if (state === 'under way' && /^monday\.(upload|query|report)$/.test(operation)) {
      points.push({ operation: operation as ImportPoint['operation'], nth })
      if (operation === 'monday.report') state = 'over'
    }
    return hit(operation)
  }
  await stage.journey.sync()
  return points
}

/** Lets one run go wrong at one request of its import, syncs undisturbed, and says which promises were broken. */
export async function crashImportAt(
  run: CrashedRun,
  name: ImportCrashWayName,
  point: ImportPoint,
  options: CrashOptions,
): Promise<string[]> {
  return crash(run, IMPORT_CRASH_WAYS[name], point, options)
}

/**
 * Whether a way is one that can be asked for at a point. Boards, columns and groups are made under the vendor's
 * idempotency keys alone, so that a vendor which forgets them at once may make some of them twice.
 */
export function isPromised(name: CrashWayName, point: CrashPoint): boolean {
  const way: CrashWay = CRASH_WAYS[name]
  return way.forgets !== true || point !== 'structure'
}

/** That monday keeps no answer to a request matters only where one has an idempotency key: at the opening. */
export function isImportPromised(name: ImportCrashWayName, { operation }: ImportPoint): boolean {
  const way: CrashWay = IMPORT_CRASH_WAYS[name]
  return way.forgets !== true || operation === 'monday.mutation'
}

/** Lets one run go wrong at one request, syncs undisturbed, and says which promises were broken; none when all is well. */
export async function crashAt(
  run: CrashedRun,
  name: CrashWayName,
  nth: number,
  options: CrashOptions,
): Promise<string[]> {
  return crash(run, CRASH_WAYS[name], { operation: 'monday.mutation', nth }, options)
}

async function crash(
  run: CrashedRun,
  way: CrashWay,
  { operation, nth }: ImportPoint,
  options: CrashOptions,
): Promise<string[]> {
  await using stage = await openStage(run, options, way)
  const { journey } = stage
  const { engine } = journey.sandbox
  let pid = 0
  const paused = pausedBy(engine)
  const running = runCli(['sync', '--json'], journey.env, (child) => {
    pid = child.pid ?? 0
    const { action, times = 1 } = way
    engine.faults.add([{ operation, nth, times, action, with: { pid } }])
  })
  const broken: string[] = []
  if (way.action.startsWith('stop')) {
    const ended = await Promise.race([paused, running])
    if (ended !== true) return [`The run was never paused: ${ended.stdout}`]
    engine.faults.clear()
    if (way.lost) engine.clock.advance(25 * 3_600_000)
    broken.push(...(await syncToRest(journey)))
    process.kill(pid, 'SIGCONT')
    broken.push(...wrongOfPaused(await running))
  } else {
    const crashed = await running
    engine.faults.clear()
    if (way.lost) engine.clock.advance(25 * 3_600_000)
    if (way.action.startsWith('kill') !== (crashed.code === null))
      broken.push(`The disturbed run ended with ${crashed.code}: ${crashed.stdout} ${crashed.stderr}`)
  }
  broken.push(...(await syncToRest(journey)))
  if (broken.length > 0) return broken
  return [...(await lookAtBoards(journey, options)), ...(options.says ? wrongSaid(journey, way) : [])]
}

/** The one deal that `change` let be won is said to be, once; that monday forgets its answers may double a notification. */
function wrongSaid({ sandbox }: Journey, way: CrashWay): string[] {
  const [won] = sandbox.org.findAll('Opportunity', 'ARR__c', 777)
  const updates = sandbox.hands.updates('Deals', String(won?.Id))
  const notified = sandbox.hands.notifications()
  return [
    ...(updates.length === 1 ? [] : [`${updates.length} updates say that a deal is won`]),
    ...(notified.length === 1 || way.forgets ? [] : [`Its owner was notified ${notified.length} times`]),
  ]
}

/** Resolves when a fault has paused a process. */
function pausedBy({ faults }: Journey['sandbox']['engine']): Promise<true> {
  const hit = faults.hit.bind(faults)
  return new Promise((resolve) => {
    faults.hit = (operation) => {
      const rule = hit(operation)
      // What the vendor still does for it is done by then.
      if (rule?.action.startsWith('stop')) globalThis.setTimeout(resolve, 50, true)
      return rule
    }
  })
}

/** What a worker that slept while another went on may not do: end otherwise than by saying so, or lose count of a change. */
function wrongOfPaused({ code, stdout, stderr }: CliRun): string[] {
  let report: SyncReport
  try {
    report = JSON.parse(stdout) as SyncReport
  } catch {
    return [`The run that was paused ended with ${code}: ${stdout} ${stderr}`]
  }
  const odd = report.problems.filter(({ code, exit }) => exit !== 0 && !['lease-lost', 'run-overtaken'].includes(code))
  return [
    ...unbalanced(report),
    ...(odd.length === 0 ? [] : [`The run that was paused ended with ${code}: ${JSON.stringify(odd)}`]),
  ]
}

interface Stage extends AsyncDisposable {
  readonly journey: Journey
}

async function openStage(run: CrashedRun, options: CrashOptions, way: CrashWay): Promise<Stage> {
  const mappings = await someMappings(options)
  // At 1,000 the lease that the dead run held outlives the half hour for which monday keeps answers.
  const speed = way.late || way.lost ? 1_000 : 60
  const { accounts, reading = 'optimistic' } = options
  const journey = await openJourney({ accounts, seed: 1, speed, reading, mappings })
  const { limits } = journey.sandbox.engine
  limits.set(
    'monday.cost.itemWrite',
    Math.floor(limits.get('monday.complexityPerQuery') / options.writesPerRequest) - 1_000,
  )
  limits.set('monday.complexityPerMinute', 1_000_000_000)
  // An hour of so quick a clock is gone before a busy machine has read the boards.
  limits.set('monday.cursorMs', 1_000_000_000)
  if (run === 'update') {
    const ready = await syncHere(journey)
    if (ready.exit !== 0) throw new Error(`The first sync ended with ${JSON.stringify(ready.problems)}`)
    // Many enough for an import, and fewer than the guard would hold back.
    await change(journey, Math.ceil(options.accounts * (options.oneGroup === undefined ? 1 / 3 : 0.52)))
  }
  if (way.forgets) limits.set('monday.idempotencyMs', 0)
  return {
    journey,
    [Symbol.asyncDispose]: async () => {
      await journey[Symbol.asyncDispose]()
      await rm(mappings, { recursive: true, force: true })
    },
  }
}

const SAYS = `
updates: { Won: { when: opportunity.isWon, text: 'Won: {account.name}' } }
notify: { Won: { when: opportunity.isWon, to: owner.email, text: '{opportunity.name} is won' } }
`

/** The shipped mappings with some of their boards only. */
export async function someMappings({
  boards,
  oneGroup,
  says,
}: Pick<CrashOptions, 'boards' | 'oneGroup' | 'says'>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'boardsync-mappings-'))
  for (const file of ['sources/salesforce.yaml', ...boards.map((board) => `boards/${board}.yaml`)])
    await cp(path.join('mappings', file), path.join(folder, file), { recursive: true })
  // A column that links to a board which is not there is an error.
  const isThere = (line: string) => {
    const linked = /^ {2}\w.*\bboard: ([\w-]+)\.yaml/.exec(line)?.[1]
    return linked === undefined || boards.includes(linked)
  }
  for (const board of boards) {
    const file = path.join(folder, `boards/${board}.yaml`)
    const text = (await readFile(file, 'utf8')).split('\n').filter(isThere).join('\n')
    const grouped = /^group:.*\n(?: {2}.*\n)*/m
    await writeFile(file, oneGroup === undefined ? text : text.replace(grouped, `group: ${oneGroup}\n`))
  }
  if (says) await appendFile(path.join(folder, 'boards/deals.yaml'), SAYS)
  const model = await readFile('mappings/model.yaml', 'utf8')
  const isScheduled = (line: string) => {
    const board = /^ {2}board ([\w-]+):/.exec(line)?.[1]
    return board === undefined || boards.includes(board)
  }
  await writeFile(path.join(folder, 'model.yaml'), model.split('\n').filter(isScheduled).join('\n'))
  return folder
}

/** Creates, changes, moves and removals on boards, all at once. */
export async function change({ sandbox, env, settle }: Journey, renamed: number): Promise<void> {
  const { org } = sandbox
  const deals = await readOrg(env, 'SELECT Id, AccountId FROM Opportunity WHERE IsClosed = false ORDER BY Id')
  const [won, gone, ...others] = deals.map(({ Id }) => String(Id))
  if (won === undefined || gone === undefined) throw new Error('The example company has too few open opportunities')
  updateRecord(org, 'Opportunity', won, { StageName: 'Closed Won', ARR__c: 777 })
  deleteRecord(org, 'Opportunity', gone)
  for (const id of others) updateRecord(org, 'Opportunity', id, { ARR__c: 1_234.5 })
  for (const row of await readOrg(env, `SELECT Id FROM Account ORDER BY Id LIMIT ${renamed}`))
    updateRecord(org, 'Account', String(row.Id), { Name: `Renamed ${row.Id}` })
  for (const Name of ['New one', 'New two', 'New three']) {
    const AccountId = createRecord(org, 'Account', { Name, NumberOfEmployees: 50 })
    createRecord(org, 'Opportunity', { Name, AccountId, StageName: 'Prospecting', Amount: 99, CloseDate: '2031-01-01' })
  }
  settle()
}

/** One sync in this process: as the command does it, without the time that a process takes to start. */
async function syncHere({ env }: Journey): Promise<RunResult> {
  const house = openHouse({ ...process.env, ...env }, { quiet: true })
  const { mappings } = await needMappings(house)
  await using store = await openStore(house)
  return await sync(await wirePorts(house, mappings, store, () => {}), EVERYTHING)
}

/** Syncs undisturbed until nothing is written, waiting out the lease of a run that died. */
async function syncToRest(journey: Journey): Promise<string[]> {
  const started = performance.now()
  for (let runs = 0; runs < 6; runs++) {
    const result = await syncHere(journey)
    const waits = result.problems.some(({ code }) => code === 'lease-held' || code === 'import-lost')
    if (waits && performance.now() - started < 20_000) {
      await setTimeout(200)
      runs -= 1
      continue
    }
    const wrong = unbalanced(result)
    if (result.exit !== 0) wrong.push(`A quiet sync ended with ${result.exit}: ${JSON.stringify(result.problems)}`)
    if (wrong.length > 0) return wrong
    if (writesOf(result) === 0) return []
  }
  return ['Syncs without faults did not come to rest']
}

export async function lookAtBoards({ env }: Journey, options: CrashOptions): Promise<string[]> {
  const broken: string[] = []
  const seen = await readBoards(env)
  for (const [name, items] of seen) {
    for (const key of doubledKeys(items)) broken.push(`Board ${name} holds ${key} more than once`)
  }
  const titled = options.boards.map((board) => board[0]?.toUpperCase() + board.slice(1))
  const expected = new Map([...(await projectBoards(env))].filter(([name]) => titled.includes(name)))
  if (options.oneGroup !== undefined)
    for (const [name, items] of expected) {
      const group = options.oneGroup
      expected.set(
        name,
        items.map((item) => ({ ...item, group })),
      )
    }
  broken.push(...differences(seen, expected), ...(await doubledParts(env)))
  const house = openHouse({ ...process.env, ...env }, { quiet: true })
  await using store = await openStore(house)
  const open = await store.openRequests()
  if (open.length > 0) broken.push(`${open.length} requests are still open`)
  return broken
}

/** Boards, columns and groups that were made twice. */
async function doubledParts(env: Readonly<Record<string, string>>): Promise<string[]> {
  const client = new ApiClient({
    token: env.MONDAY_API_TOKEN ?? '',
    endpoint: env.MONDAY_API_URL ?? '',
    apiVersion: '2026-10',
  })
  const { boards } = await client.request<{
    boards: { name: string; columns: { title: string }[]; groups: { title: string }[] }[]
  }>('{ boards(limit: 100) { name columns { title } groups { title } } }')
  const twice = (names: readonly string[]) => names.filter((name, at) => names.indexOf(name) !== at)
  return [
    ...twice(boards.map(({ name }) => name)).map((name) => `There are two boards "${name}"`),
    ...boards.flatMap(({ name, columns, groups }) => [
      ...twice(columns.map(({ title }) => title)).map((title) => `Board ${name} has two columns "${title}"`),
      ...twice(groups.map(({ title }) => title)).map((title) => `Board ${name} has two groups "${title}"`),
    ]),
  ]
}
