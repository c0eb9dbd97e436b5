import { setImmediate } from 'node:timers/promises'
import { type Catalogue, nameEntry } from '../domain/catalogue.ts'
import { isClosing, lastClosed } from '../domain/closed-months.ts'
import { companyOf, companyText } from '../domain/company.ts'
import { type ContextRow, createContext } from '../domain/context.ts'
import type { Calendar, Day, Month } from '../domain/day.ts'
import { type Context, deriveDossier } from '../domain/derive.ts'
import { readDossier } from '../domain/dossier.ts'
import { type DossierFacts, isOfCatalogue, isOfTotals } from '../domain/facts.ts'
import { PARTNER_LIST } from '../domain/implementations/implementation-fact.ts'
import { type KeptFacts, readKeptFacts, writeKeptFacts } from '../domain/kept-facts.ts'
import type { Model } from '../domain/model.ts'
import { readParents } from '../domain/revenue/arr-families.ts'
import { scopesOf } from '../domain/scopes.ts'
import { Totals } from '../domain/totals.ts'
import { partsOf, TOTALS_PARTS, type TotalsPart } from '../domain/totals-parts.ts'
import type { BoardMapping } from '../mapping/mapping.ts'
import type { CallOptions } from '../platform/call-options.ts'
import type { Clock } from '../platform/clock.ts'
import { whileStreaming } from '../platform/footprint.ts'
import type { Store, StoredDossier } from '../store/store.ts'
import { type KeptOf, noteKept, openArrSnapshots, readWatched, watchSources } from './arr-snapshots.ts'
import { type BoardMapped, type BoardsMapped, readBoardsMapped, saveBoardsMapped } from './boards-mapped.ts'
import { closeMonths, type Reopened } from './closed-months.ts'
import { DerivedSaves } from './derived-saves.ts'
import { mapTotals, mapWhole, readTotals, toItems } from './desired.ts'
import { digestOf } from './digest.ts'
import type { OnEvent } from './events.ts'
import { keepPriority, type PriorityPorts } from './priority.ts'

/** Moves on when the same records would give other facts: a from-scratch derive follows by itself. */
const DERIVE_VERSION = '17'

export interface DerivePorts {
  readonly store: Store
  readonly zone: Calendar
  readonly clock: Clock
  readonly model: Model
  readonly boards: readonly BoardMapping[]
  /** The last month that is closed; `null`: none is. */
  readonly closedThrough: Month | null
  /** Whether everything was read to its end once: before that no month is reported, none is closed, and nobody's ARR is new. */
  readonly isWhole: boolean
  /** Sources whose mapping fills the ARR of accounts: what it says is kept day by day. */
  readonly sourcesWithArr: readonly string[]
  readonly openSolver: PriorityPorts['openSolver']
  readonly onEvent: OnEvent
}

export interface Derived {
  readonly dossiers: number
  readonly fromScratch: boolean
  /** How many rows of closed months would differ now, of boards that were told anew. */
  readonly restated: number
  /** Months that were reported and are open now; `null`: there are none. */
  readonly reopened: Reopened | null
  readonly today: Day
  readonly ms: number
}

/**
 * Brings facts, totals and desired items up to what the records say today.
 *
 * Only dossiers that changed, that used something that changed, or whose day has come are derived again; their old
 * part of the totals is subtracted and the new one added. A changed model or program derives everything anew, and so does
 * the first board of totals that nothing was counted for so far.
 */
export function derive(ports: DerivePorts, options?: CallOptions): Promise<Derived> {
  return whileStreaming('deriving', () => deriveAll(ports, options))
}

async function deriveAll(ports: DerivePorts, options: CallOptions | undefined): Promise<Derived> {
  const { store, zone, clock, model, onEvent } = ports
  const started = clock.now()
  const today = zone.dayOf(started)
  const { fromScratch, parts } = await startOver(store, model, ports.boards)
  await watchSources(store, ports.sourcesWithArr)
  let context = await readContext(ports)
  await followCatalogue(store, context.catalogue)
  await followPartners(store, context)
  await store.wake(today)
  const of = await store.dirtyCount()

  const mapped = await readBoardsMapped(store)
  // People and targets are of no dossier: when they change, nothing else tells that the boards of totals do.
  const company = digestOf([companyText(context, today)])
  const catalogue = [...context.features.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  const features = digestOf(catalogue.map((feature) => JSON.stringify(feature)))
  const closed = lastClosed(ports.closedThrough, today)
  const asMapped = (board: BoardMapping): BoardMapped => ({
    digest: board.digest,
    day: today,
    ...(isOfTotals(board.items) ? { company } : {}),
    ...(isOfCatalogue(board.items) ? { features } : {}),
    ...(closed !== null && isClosing(board.items) ? { closed } : {}),
  })
  // Followed dossier by dossier: boards that are mapped as far as nothing changed, and, when every dossier is derived,
  // boards that show nothing yet. The others are mapped whole.
  const along: BoardMapping[] = []
  const whole: BoardMapping[] = []
  const totals: BoardMapping[] = []
  for (const board of ports.boards) {
    const isCurrent = isMapped(mapped, board, asMapped(board))
    if (isOfTotals(board.items) && isCurrent) totals.push(board)
    else if (!isOfTotals(board.items) && (isCurrent || (fromScratch && (await store.desiredCount(board.board)) === 0)))
      along.push(board)
    else whole.push(board)
  }
  // A board that is not named here is mapped whole the next time it is seen, should this run be cut short: one that is
  // mapped whole below, one of totals, one that this run does not know.
  if (of > 0) await saveBoardsMapped(store, Object.fromEntries(along.map((board) => [board.board, asMapped(board)])))

  const saves = new DerivedSaves(store, along, new Totals(model, parts))
  let dossiers = 0
  const deriveDirty = async () => {
    const readSnapshots = await openArrSnapshots(store, context)
    for await (const batch of store.dossiers('dirty')) {
      await deriveBatch(saves, batch, await readSnapshots(batch), context, today, options)
      await saves.saveIfLarge()
      dossiers += batch.length
      onEvent({ on: 'derive', is: 'deriving', dossiers, of: Math.max(of, dossiers), ms: clock.now() - started })
    }
    await saves.finish()
  }
  const areFamiliesBehind = parts.includes('families') && (of > 0 || (await store.note(FAMILIES_BEHIND)) !== null)
  if (areFamiliesBehind) await store.setNote(FAMILIES_BEHIND, 'yes')
  await deriveDirty()
  if (areFamiliesBehind) {
    if (await followParents(store)) {
      context = await readContext(ports)
      await deriveDirty()
    }
    await store.setNote(FAMILIES_BEHIND, null)
  }
  if (saves.sourcesSeen.size > 0 || ports.isWhole) await noteKept(store, saves.sourcesSeen, ports.isWhole, today)
  // Nothing moves them any more: all boards are told from one reading.
  let read: Promise<ReadonlyMap<string, number>> | undefined
  const sums = () => {
    read ??= readTotals(store)
    return read
  }
  const now = { sums, closedThrough: ports.closedThrough }
  const reopened =
    ports.closedThrough === null || ports.isWhole
      ? await closeMonths(ports, parts, now, context, companyOf(context, today), today)
      : null
  // Whatever changes the plan has such a board mapped: facts, the catalogue, the model, a new day.
  const isPlanned = ({ items }: BoardMapping) => items === 'priority'
  if (whole.some(isPlanned) || (dossiers > 0 && totals.some(isPlanned)))
    await keepPriority(ports, await sums(), context, today, options)
  let restated = 0
  for (const board of whole) restated += await mapWhole(store, board, now, context, today, onEvent, options)
  if (dossiers > 0) for (const board of totals) restated += await mapTotals(store, board, now, context, today, onEvent)
  await saveBoardsMapped(store, Object.fromEntries(ports.boards.map((board) => [board.board, asMapped(board)])))
  onEvent({ on: 'derive', is: 'done', dossiers, of, ms: clock.now() - started })
  return { dossiers, fromScratch, restated, reopened, today, ms: clock.now() - started }
}

/** Notes: accounts that are somebody's parent, and that a run may have died before it looked for them. */
const [PARENTS, FAMILIES_BEHIND] = ['parents', 'families-behind'] as const

/** Has accounts derived again that became a parent, or are none any more: only what names them tells. */
async function followParents(store: Store): Promise<boolean> {
  const before = new Set(await readParentIds(store))
  const now = readParents(await readTotals(store))
  const changed = now.filter((id) => !before.has(id))
  const after = new Set(now)
  for (const id of before) if (!after.has(id)) changed.push(id)
  if (changed.length === 0) return false
  const dossiers = new Set<string>()
  for (const id of changed) dossiers.add((await store.record('account', id))?.dossier ?? `account:${id}`)
  await store.touchDossiers([...dossiers])
  await store.setNote(PARENTS, JSON.stringify(now))
  return true
}

async function readParentIds(store: Pick<Store, 'note'>): Promise<readonly string[]> {
  return JSON.parse((await store.note(PARENTS)) ?? '[]') as string[]
}

/** Dossiers that are derived before the store's answers are listened to: it is asked for the next page all the sooner. */
const AT_A_TIME = 256

async function deriveBatch(
  saves: DerivedSaves,
  batch: readonly StoredDossier[],
  snapshotsOf: KeptOf,
  context: Context,
  today: Day,
  options: CallOptions | undefined,
): Promise<void> {
  const { boards, totals } = saves
  const { parts } = totals
  totals.takeAway(keptFacts(batch))
  // One dossier at a time through all of it: what is not stored or shown is forgotten at once.
  function* deriveEach(some: readonly StoredDossier[]): Iterable<DossierFacts> {
    for (const one of some) {
      const { id, mark, records } = one
      if (records.length === 0) {
        saves.add({ id, mark, facts: null, changesOn: null, uses: [], items: boards.map(() => []) })
        continue
      }
      const kept = snapshotsOf(one)
      const { facts, changesOn, uses, snapshots } = deriveDossier(readDossier(records, id), context, today, parts, kept)
      for (const snapshot of snapshots) saves.keep(snapshot)
      const items = boards.map((board) => toItems(board, scopesOf(board.items, facts), today))
      saves.add({ id, mark, facts: writeKeptFacts(facts, parts), changesOn, uses, items })
      yield facts
    }
  }
  for (let i = 0; i < batch.length; i += AT_A_TIME) {
    await setImmediate()
    options?.signal?.throwIfAborted()
    totals.add(deriveEach(batch.slice(i, i + AT_A_TIME)))
  }
}

function* keptFacts(batch: readonly StoredDossier[]): Iterable<KeptFacts> {
  for (const { facts } of batch) if (facts !== null) yield readKeptFacts(facts)
}

/**
 * Has dossiers derived again that named a feature by what now means another one, or none, or one at last. Names are noted once
 * that is done: a run that dies in between does it again.
 */
async function followCatalogue(store: Store, { names }: Catalogue): Promise<void> {
  const before = new Map(JSON.parse((await store.note('catalogue')) ?? '[]') as [string, readonly string[]][])
  const isOther = (name: string) => before.get(name)?.join() !== names.get(name)?.join()
  const changed = [...new Set([...before.keys(), ...names.keys()])].filter(isOther)
  if (changed.length === 0) return
  await store.touchEntries(changed.map(nameEntry))
  await store.setNote('catalogue', JSON.stringify([...names]))
}

/** Has dossiers derived again that looked for a partner when there are others than then; noted once that is done. */
async function followPartners(store: Store, { partners }: Context): Promise<void> {
  const now = [...partners.values()].map(({ id, changedAt }) => `${id}@${changedAt}`)
  const digest = now.length === 0 ? '' : digestOf(now.sort())
  if (((await store.note('partners')) ?? '') === digest) return
  await store.touchEntries([PARTNER_LIST])
  await store.setNote('partners', digest)
}

/**
 * Empties everything derived when model or program are not those it was derived with, or when boards need parts of the totals
 * that were not counted; tells the parts that are. Counting costs as much as deriving, so a part that no board shows is left
 * out; one that was counted once stays until all is derived anew: another run may know other boards.
 */
async function startOver(
  store: Store,
  model: Model,
  boards: readonly BoardMapping[],
): Promise<{ readonly fromScratch: boolean; readonly parts: readonly TotalsPart[] }> {
  const counted = await countedParts(store, model)
  const needed = new Set(boards.flatMap(({ items }) => (isOfTotals(items) ? partsOf(items, model) : [])))
  const isCounted = (part: TotalsPart) => counted?.has(part) === true
  const parts = TOTALS_PARTS.filter((part) => needed.has(part) || isCounted(part))
  // A from-scratch derive that was cut short goes on as an incremental one: its facts are then there to subtract.
  if (counted !== null && parts.every(isCounted)) return { fromScratch: false, parts }
  await store.resetDerived()
  await store.setNote('derived-with', [derivedWith(model), ...parts].join(' '))
  return { fromScratch: true, parts }
}

/** The parts of the totals that are counted; `null`: nothing is yet, or by another model or program than these. */
export async function countedParts(store: Pick<Store, 'note'>, model: Model): Promise<ReadonlySet<string> | null> {
  const [before, ...counted] = (await store.note('derived-with'))?.split(' ') ?? []
  return before === derivedWith(model) ? new Set(counted) : null
}

function derivedWith(model: Model): string {
  return digestOf([DERIVE_VERSION, JSON.stringify(model)])
}

/** What deriving needs beside a dossier, as it is in the store now. */
export async function readContext({
  store,
  model,
  zone,
}: Pick<DerivePorts, 'store' | 'model' | 'zone'>): Promise<Context> {
  const rows: ContextRow[] = []
  for await (const page of store.contextRecords()) rows.push(...page)
  const parents = new Set(await readParentIds(store))
  return createContext(model, zone, rows, await readSurvivors(store), parents, await readWatched(store))
}

/** Which record an id stands for now, by `kind:id`; ids that stand for their own record are left out. */
export async function readSurvivors(store: Store): Promise<Map<string, string>> {
  const survivors = new Map<string, string>()
  for await (const page of store.survivors()) {
    for (const { kind, id, survivor } of page) survivors.set(`${kind}:${id}`, survivor)
  }
  return survivors
}

function isMapped(mapped: BoardsMapped, board: BoardMapping, now: BoardMapped): boolean {
  const before = mapped[board.board]
  if (before === undefined || before === null || before.digest !== now.digest) return false
  if (before.company !== now.company || before.features !== now.features || before.closed !== now.closed) return false
  return before.day === now.day || (!board.usesToday && !isOfTotals(board.items))
}
