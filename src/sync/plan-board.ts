import { randomUUID } from 'node:crypto'
import {
  type BoardColumn,
  type BoardHost,
  type BoardLayout,
  type BoardProblem,
  type BoardSpec,
  type ColumnSpec,
  type ColumnType,
  isOurWords,
  type Prepared,
} from '../board/board.ts'
import type { Day } from '../domain/day.ts'
import type { Definition } from '../domain/definitions/definitions.ts'
import { recordBehind } from '../domain/facts.ts'
import type { BoardMapping, GuardLimits } from '../mapping/mapping.ts'
import { recipientsOf } from '../plan/announce.ts'
import { Lacking } from '../plan/demands.ts'
import type { DesiredItem } from '../plan/desired.ts'
import { fullSentence } from '../plan/drift.ts'
import { withIds } from '../plan/follow.ts'
import {
  type GuardAllowance,
  type GuardVerdict,
  guardPlan,
  type StaleObject,
  staleHint,
  staleSentence,
} from '../plan/guard.ts'
import { GONE_GROUP, isSaying, LEFT_GROUP, type PlannedChange, type PlanSummary, SENDING_RANK } from '../plan/plan.ts'
import { asksGone, createPlanner, type PlanOptions } from '../plan/planner.ts'
import type { CallOptions } from '../platform/call-options.ts'
import type { Clock } from '../platform/clock.ts'
import { Fault } from '../platform/errors.ts'
import type { LedgerEntry, Pair, Refusal, Store } from '../store/store.ts'
import { establishedOf, readMemory, saveMemory } from './board-memory.ts'
import { describeColumn } from './column-words.ts'
import type { OnEvent } from './events.ts'
import { type LinkedBoards, Links, linkedBoards } from './links.ts'
import { lookAtBoard } from './look-at-board.ts'
import type { DuplicateItem } from './reread.ts'

/** Up to so many pairs are read from the store once for both looks at them. */
const KEPT_PAIRS = 1_500
/** What says something is sent behind all that shows something, whatever its urgency. */
const SAID_LAST = -Number.MAX_VALUE
/** What planning found is saved in parts of about so many keys. */
const SAVED_AT_ONCE = 500

export interface PlanPorts {
  readonly host: BoardHost
  readonly store: Store
  readonly clock: Clock
  readonly onEvent: OnEvent
}

export interface PlanRequest {
  readonly today: Day
  readonly limits: GuardLimits
  /** How long the ledger is believed before the board is read again, ms. */
  readonly rereadEveryMs: number
  /** True: boards, columns, groups and labels may be made now. False (the command `plan`): nothing is written to the host. */
  readonly mayPrepare: boolean
  /** Read the board again now, whatever its age. */
  readonly reread: boolean
  readonly allowed?: GuardAllowance
  /** Write over what people edited, and make a board anew that is gone: a plan of `repair`. */
  readonly repair?: boolean
  /** Objects that were never read to their end: until they are, an item that no record speaks of stays where it is. */
  readonly unread?: readonly string[]
  /** Objects that were read longer ago than the board allows. */
  readonly stale?: readonly StaleObject[]
  /** Those in force: columns say what they show by them. */
  readonly definitions: readonly Definition[]
}

/** A board that is equal to what is old: said, though nothing is held back. */
function oldNews(stale: readonly StaleObject[], summary: PlanSummary): BoardProblem[] {
  if (stale.length === 0 || summary.steps > 0) return []
  const message = `The board shows what is old: ${staleSentence(stale)}`
  return [{ level: 'warning', code: 'board-stale', message, hint: staleHint(stale) }]
}

/** A plan of one board, kept in the store under its digest. */
export interface BoardPlan {
  readonly board: string
  readonly id: string
  readonly summary: PlanSummary
  readonly guard: GuardVerdict
  /** `null` when the board does not exist and was not to be made. */
  readonly layout: BoardLayout | null
  readonly prepared: Prepared | null
  /** The desired items of the whole board, looked at or not. */
  readonly desired: number
  readonly mappingChanged: boolean
  /** Calls that preparing and reading the board took. */
  readonly calls: number
  /** The board as it will be when it is prepared, with made-up ids for what is not there yet: for estimates only. */
  readonly expected: BoardLayout
  /** What people did to the board and its items since it was last equal. */
  readonly drift: readonly BoardProblem[]
  /** Which of its changes are sent; without it, all. The summary's counts of what is sent follow it. */
  readonly sends?: (change: PlannedChange) => boolean
}

/** What a plan keeps per change: the change and the fact it comes from. */
export interface StoredChange {
  readonly change: PlannedChange
  readonly from: string | null
}

/**
 * Plans one board: desired items against the ledger, only for keys that are out of step, or for all of them when the
 * board was just read again or its mapping changed. Memory stays flat: changes go to the plan table as they are found.
 */
export async function planBoard(
  ports: PlanPorts,
  board: BoardMapping,
  request: PlanRequest,
  options?: CallOptions,
): Promise<BoardPlan> {
  const { host, store, onEvent } = ports
  const memory = await readMemory(store, board.board)
  const mappingChanged = memory.pushed !== null && memory.pushed !== board.digest
  onEvent({ on: 'board', is: 'planning', board: board.board, detail: '' })

  const looked = await lookAtBoard(ports, board, memory, request, options)
  const { due, copies, drift, ref } = looked
  let { layout, calls } = looked
  const whole = due || mappingChanged || memory.pushed === null
  if (whole) await store.listKeys(board.board, 'all')

  const links = await linkedBoards(store, board)
  const listed = readTwice(() => store.pairs(board.board, 'listed'))
  const needs = await readNeeds(listed, board, layout, links, host.can.labelLength, request.definitions)
  const anything = needs.keys > 0
  let prepared: Prepared | null = null
  let unknownPeople: readonly string[] = memory.unknownPeople
  const { people } = needs.spec
  // Somebody whom nobody knew may have joined: with each reading of the board they are asked for again.
  const knows = (email: string) => (!due && memory.unknownPeople.includes(email)) || host.knowsPerson(email)
  if (anything && request.mayPrepare && !isReady(layout, needs) && layout?.closed !== true) {
    onEvent({ on: 'board', is: 'preparing', board: board.board, detail: '' })
    prepared = await host.prepare({ ...needs.spec, ref }, options)
    layout = prepared.layout
    unknownPeople = prepared.unknownPeople
  } else if (anything && request.mayPrepare && !people.every(knows)) {
    const unknown = await host.unknownPeople(people, options)
    calls += 1
    unknownPeople = [...unknownPeople.filter((email) => !people.includes(email)), ...unknown]
    await saveMemory(store, board.board, { ...(await readMemory(store, board.board)), unknownPeople })
  } else if (!request.mayPrepare && layout !== null && people.length > 0) {
    unknownPeople = await peopleUnknownNow(host, people, unknownPeople, options)
    calls += 1
  }
  if (prepared !== null) {
    calls += prepared.calls
    const { lost: _, ...rest } = await readMemory(store, board.board)
    const named = 'name' in board.ref ? { named: board.ref.name } : {}
    await saveMemory(store, board.board, { ...rest, ...named, layout, unknownPeople })
  }
  const shown = request.mayPrepare || layout === null ? layout : asIfPrepared(layout, needs.spec)
  const planned = await planKeys(
    ports,
    board,
    {
      board: board.board,
      layout: shown,
      unknownPeople: new Set(unknownPeople),
      whenGone: board.whenGone,
      whenEditedByHand: request.repair === true ? 'overwrite' : board.whenEditedByHand,
      repair: request.repair === true,
      leftFor: board.leftFor,
      today: request.today,
      mappingChanged,
      nameLength: host.can.nameLength,
      announces: establishedOf(board, memory),
    },
    copies,
    listed,
    options,
  )

  const counts = await store.ledgerCounts(board.board)
  const desired = await store.desiredCount(board.board)
  // What was not looked at is equal: it is on no list.
  const summary: PlanSummary = {
    ...planned.summary,
    desired,
    unchanged: planned.summary.unchanged + (desired - planned.summary.desired),
    existing: counts.active,
  }
  // As the guard is asked about it now, and again when a person names its digest.
  await store.finishPlan(planned.id, summary.digest, JSON.stringify(summary))
  const guard = guardPlan(summary, {
    limits: request.limits,
    whenGone: board.whenGone,
    mappingChanged,
    emptied: [],
    stale: request.stale ?? [],
    closed: layout?.closed === true,
    ...(planned.unspoken > 0 && request.unread !== undefined ? { unread: request.unread } : {}),
    ofTotals: board.ofTotals,
    ...(request.allowed === undefined ? {} : { allowed: request.allowed }),
  })
  const full = fullSentence(layout, summary.create, summary.archive)
  const expected = asIfPrepared(layout ?? noLayout(board), needs.spec)
  return {
    board: board.board,
    id: planned.id,
    summary,
    guard,
    layout,
    prepared,
    desired,
    mappingChanged,
    calls,
    expected,
    drift: [...drift, ...planned.demands, ...(full === null ? [] : [full]), ...oldNews(request.stale ?? [], summary)],
  }
}

async function planKeys(
  { store, clock }: PlanPorts,
  board: BoardMapping,
  options: PlanOptions,
  copies: readonly DuplicateItem[],
  listed: Listed,
  call?: CallOptions,
): Promise<{ id: string; summary: PlanSummary; unspoken: number; demands: readonly BoardProblem[] }> {
  const links = new Links(store, board)
  const planner = createPlanner({ ...options, linkedItem: (title, key) => links.itemOf(title, key) })
  const copiesOf = Map.groupBy(copies, (copy) => copy.key)
  const id = randomUUID()
  // Removals of items that were found on the board, and of which this store has never seen a fact.
  let unspoken = 0
  const lacking = new Lacking(options.layout)
  await store.beginPlan({ id, board: board.board, at: clock.now() })
  let seq = 0
  let changes: StoredChange[] = []
  let refusals: Refusal[] = []
  let equal: string[] = []
  let told: LedgerEntry[] = []
  const save = async () => {
    const rows = changes.map(({ change, from }) => ({
      seq: seq++,
      key: change.key,
      body: JSON.stringify({ change, from }),
      urgency: isSaying(change.kind) ? SAID_LAST : Number.isFinite(change.urgency) ? change.urgency : 0,
      rank: SENDING_RANK[change.kind],
    }))
    if (rows.length > 0) await store.appendPlan(id, rows)
    if (refusals.length > 0) await store.saveRefusals(refusals)
    if (told.length > 0) await store.saveReread(board.board, told)
    if (equal.length > 0) await store.unlistKeys(board.board, equal)
    changes = []
    refusals = []
    equal = []
    told = []
  }
  for await (const page of listed()) {
    call?.signal?.throwIfAborted()
    const gone = await goneAmong(store, page)
    await links.lookUp(page)
    for (const pair of page) {
      const own = copiesOf.get(pair.key)?.filter((copy) => copy.itemId !== pair.ledger?.itemId)
      const asked = own === undefined ? pair : { ...pair, copies: own }
      const result = planner.plan(gone.has(pair) ? { ...asked, gone: gone.get(pair) === true } : asked)
      const announced = planner.announce(pair, result)
      for (const change of announced.changes) changes.push({ change, from: fromOf(pair) })
      if (announced.told !== null && result.is === 'unchanged' && pair.ledger !== null)
        told.push({ ...pair.ledger, told: announced.told })
      if (result.is === 'change') {
        const from = fromOf(pair)
        const { change } = result
        changes.push({ change: announced.told === null ? change : { ...change, told: announced.told }, from })
        lacking.add(result.change)
        if (from === null && result.change.removal && result.change.cause !== 'duplicate') unspoken += 1
      } else if (result.is === 'refused' && result.fresh) {
        const { code, message, column, hint, desired } = result
        refusals.push({ board: board.board, key: pair.key, code, message, column, hint, desired, at: clock.now() })
      } else if (announced.changes.length > 0) continue
      else if (result.is === 'nothing' || (result.is === 'unchanged' && !links.isWaiting(result.notes)))
        equal.push(pair.key)
    }
    if (changes.length + equal.length + refusals.length + told.length >= SAVED_AT_ONCE) await save()
  }
  const { changes: last, summary } = planner.finish()
  for (const change of last) changes.push({ change, from: null })
  await save()
  return { id, summary, unspoken, demands: lacking.sentences(board.columns.map(({ title }) => title)) }
}

/** The pairs to plan, from the first on at every call. */
type Listed = () => AsyncIterable<readonly Pair[]>

/** Few pages are kept for the second reading; of many none, so that memory stays flat. */
function readTwice(read: Listed): Listed {
  let kept: (readonly Pair[])[] | null = null
  return async function* () {
    if (kept !== null) {
      yield* kept
      return
    }
    let pages: (readonly Pair[])[] | null = []
    let pairs = 0
    for await (const page of read()) {
      pairs += page.length
      if (pairs > KEPT_PAIRS) pages = null
      pages?.push(page)
      yield page
    }
    kept = pages
  }
}

/** For pairs whose item nothing is desired for any more: whether its fact is gone, too. */
async function goneAmong(store: Store, page: readonly Pair[]): Promise<ReadonlyMap<Pair, boolean>> {
  const asking = page.filter(asksGone)
  return new Map(await Promise.all(asking.map(async (pair) => [pair, await isGone(store, pair)] as const)))
}

/** Whether the fact behind an item no longer exists: then it vanished at its source, else it left by `where`. */
async function isGone(store: Store, pair: Pair): Promise<boolean> {
  const from = pair.ledger?.from
  if (from == null) return false
  const space = from.indexOf(' ')
  const record = recordBehind(from.slice(0, space), from.slice(space + 1))
  // Facts made from totals are of no record: a month that is no longer shown has left.
  return record !== null && (await store.record(record.kind, record.id)) === null
}

function fromOf(pair: Pair): string | null {
  const body = pair.desired[0]?.body
  return body === undefined ? (pair.ledger?.from ?? null) : ((JSON.parse(body) as Partial<DesiredItem>).from ?? null)
}

/** Asked for plans that only look; a host that cannot be asked now leaves what was known. */
async function peopleUnknownNow(
  host: BoardHost,
  people: readonly string[],
  known: readonly string[],
  options?: CallOptions,
): Promise<readonly string[]> {
  try {
    return await host.unknownPeople(people, options)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return known
  }
}

// ── what a board needs before its items can be written ────────────────────────────────────────────────

interface Needs {
  readonly spec: BoardSpec
  readonly keys: number
}

/** Groups, labels and people that the keys to plan will name. */
async function readNeeds(
  listed: Listed,
  board: BoardMapping,
  layout: BoardLayout | null,
  links: LinkedBoards,
  labelLength: number,
  definitions: readonly Definition[],
): Promise<Needs> {
  const labels = new Map<string, Set<string>>()
  for (const column of board.columns) {
    if (hasLabels(column.type)) labels.set(column.title, new Set(column.labels))
  }
  const people = new Set<string>()
  const peopleColumns = board.columns.filter((column) => column.type === 'people').map((column) => column.title)
  const groups = new Set(board.groups)
  let keys = 0
  let leaves = false
  let gone = false
  for await (const page of listed()) {
    for (const { desired, ledger } of page) {
      keys += 1
      if (desired.length === 0 && ledger?.place === 'active') {
        leaves = true
        gone ||= board.whenGone === 'mark'
      }
      for (const { body } of desired) {
        const item = JSON.parse(body) as Partial<DesiredItem>
        if (item.cells === undefined) continue
        if (item.group !== undefined) groups.add(item.group)
        const cells = { ...item.cells, ...item.once }
        for (const [title, known] of labels) {
          const text = cells[title] ?? ''
          if (text !== '')
            for (const label of typeOf(board, title) === 'status' ? [text] : text.split(', '))
              if (label.length <= labelLength || typeOf(board, title) === 'tags') known.add(label)
        }
        for (const email of recipientsOf(item)) people.add(email)
        for (const title of peopleColumns)
          for (const email of (cells[title] ?? '').split(', ')) if (email !== '') people.add(email)
      }
    }
  }
  if (leaves) groups.add(LEFT_GROUP)
  if (gone) groups.add(GONE_GROUP)
  const spec: BoardSpec = {
    board: board.board,
    ref: board.ref,
    create: board.create,
    columns: [
      ...board.columns.flatMap((column): BoardSpec['columns'] => {
        const own = labels.get(column.title)
        const { title, type } = column
        const description = describeColumn(column, definitions)
        const spec = { title, type, ...(description === undefined ? {} : { description }) }
        if (column.linksTo !== undefined && column.type !== 'dependency') {
          const linksTo = links.get(column.linksTo)
          return linksTo === undefined ? [] : [{ ...spec, linksTo }]
        }
        if (own === undefined) return [spec]
        const all = [...own].map((label) => {
          const color = column.colors[label]
          return color === undefined ? { label } : { label, color }
        })
        return [{ ...spec, labels: all }]
      }),
      { title: 'boardsync_key', type: 'text', key: true },
    ],
    groups: [...groups],
    people: [...people],
  }
  return { spec: withIds(spec, layout), keys }
}

function hasLabels(type: ColumnType): boolean {
  return type === 'status' || type === 'dropdown' || type === 'tags'
}

function typeOf(board: BoardMapping, title: string): ColumnType | undefined {
  return board.columns.find((column) => column.title === title)?.type
}

/** Whether the board as last seen has all that is needed, people aside. */
function isReady(layout: BoardLayout | null, { spec }: Needs): boolean {
  if (layout === null) return false
  return (
    spec.groups.every((group) => Object.hasOwn(layout.groups, group)) &&
    spec.columns.every((column) => {
      if (column.key) return layout.keyColumnId !== ''
      const has = layout.columns[column.title]
      if (has !== undefined && isToDescribe(has, column)) return false
      return (
        has?.type === column.type && (column.labels ?? []).every(({ label }) => Object.hasOwn(has.labels ?? {}, label))
      )
    })
  )
}

function isToDescribe(has: BoardColumn, { description }: ColumnSpec): boolean {
  return description !== undefined && has.description !== description && isOurWords(has.description)
}

/** The layout that `prepare` would make, for planning without writing: ids are made up and never sent. */
function asIfPrepared(layout: BoardLayout, spec: BoardSpec): BoardLayout {
  const columns = { ...layout.columns }
  for (const [n, column] of spec.columns.entries()) {
    if (column.key) continue
    const has = columns[column.title] ?? { id: `new_${n}`, title: column.title, type: column.type }
    const labels = { ...Object.fromEntries((column.labels ?? []).map(({ label }) => [label, '0'])), ...has.labels }
    columns[column.title] = column.labels === undefined ? has : { ...has, labels }
  }
  return {
    ...layout,
    columns,
    groups: { ...Object.fromEntries(spec.groups.map((group, n) => [group, `new_group_${n}`])), ...layout.groups },
  }
}

/** Stands for a board that is not there yet. */
function noLayout({ board, ref }: BoardMapping): BoardLayout {
  return {
    board,
    boardId: '0000000000',
    title: 'name' in ref ? ref.name : board,
    url: null,
    keyColumnId: 'boardsync_key',
    columns: {},
    groups: {},
    itemsCount: 0,
    itemsLimit: null,
  }
}
