import type { DesiredItem, RejectedItem } from './desired.ts'
import { readKnownCells } from './known.ts'
import {
  type Cause,
  type Difference,
  GONE_GROUP,
  GROUP,
  KEY,
  type Known,
  LEFT_GROUP,
  LOST,
  NAME,
  type Note,
  type PairPlan,
  type PlannedChange,
  type PlanPair,
  REMOVED,
  type Step,
} from './plan.ts'
import type { PlanOptions } from './planner.ts'
import { isLink, presentItem } from './present.ts'

/**
 * What is to be done for one key, and nothing else.
 *
 * Only cells that differ from the text the board last read back are sent; the name counts as a cell. Columns that the
 * desired item does not name, and `once` cells of an existing item, keep what people typed into them. A desired item
 * whose digest is the one the item was last made equal to is unchanged, save for cells that people edited since. A fact
 * whose mapping failed is refused with its reason, and an item it has already stays as it is.
 */
export function planPair(pair: PlanPair, options: PlanOptions): PairPlan {
  const { ledger, desired } = pair
  const removal = desired.length === 0
  if (ledger !== null && ledger.state !== 'settled') return { is: 'in doubt', removal }
  if (desired.length > 1) return refuseDuplicateKey(pair, options)

  const only = desired[0]
  const item = only === undefined ? null : (JSON.parse(only.body) as DesiredItem | RejectedItem)
  if (item !== null && only !== undefined && 'rejected' in item) {
    return refuseRejected(pair, item, only.digest, options)
  }
  const own =
    item === null || only === undefined || 'rejected' in item
      ? planUnwanted(pair, options)
      : planWanted(pair, item, only.digest, options)
  const plan = withCopies(own, pair, options)
  if (plan.is !== 'change') return plan
  const { refusal } = pair
  const group = plan.change.group?.after
  if (group !== undefined && options.layout !== null && !Object.hasOwn(options.layout.groups, group)) {
    return refuseGroup(plan.change, group, refusal)
  }
  if (refusal !== null && stands(refusal, plan.change, options)) {
    const { code, message, column, hint } = refusal
    return { is: 'refused', fresh: false, code, message, column, hint, desired: refusal.desired, removal }
  }
  return plan
}

/**
 * Whether what was refused would be refused again: the item is the same, and so is what it was refused for. Of what the
 * board lacked, planning and preparing find out anew.
 */
function stands(refusal: NonNullable<PlanPair['refusal']>, change: PlannedChange, options: PlanOptions): boolean {
  if (refusal.desired !== change.desired) return false
  switch (refusal.code) {
    case 'group-missing':
    case 'column-missing':
    case 'board-missing':
      return false
    case 'board-rule':
      return options.layout?.demands !== undefined
    case 'item-missing':
      return change.kind !== 'create'
    case 'board-forbidden':
      return options.layout?.closed === true
    case 'board-full':
      return options.layout?.itemsLimit != null && options.layout.itemsCount >= options.layout.itemsLimit
    default:
      return true
  }
}

/** Archives further items with the same key beside whatever else is planned; the ledger's own item is none of them. */
function withCopies(plan: PairPlan, pair: PlanPair, options: PlanOptions): PairPlan {
  const { ledger } = pair
  const copies: Step[] = (pair.copies ?? [])
    .filter((copy) => copy.itemId !== ledger?.itemId)
    .map((copy) => ({ kind: 'archive', itemId: copy.itemId }))
  if (copies.length === 0 || ledger === null || ledger.itemId === null) return plan
  if (plan.is === 'change') {
    return plan.change.kind === 'create'
      ? plan
      : { ...plan, change: { ...plan.change, steps: [...plan.change.steps, ...copies] } }
  }
  if (plan.is !== 'unchanged' && plan.is !== 'nothing') return plan
  const { kept, notes } = plan.is === 'unchanged' ? plan : { kept: [], notes: [] }
  return {
    is: 'change',
    kept,
    notes,
    change: {
      ...removalOf(pair.key, ledger, options),
      kind: 'archive',
      cause: 'duplicate',
      why: 'another item carries the same key',
      group: null,
      desired: pair.desired[0]?.digest ?? REMOVED,
      place: ledger.place,
      leftOn: ledger.leftOn,
      steps: copies,
    },
  }
}

function refuseGroup(change: PlannedChange, group: string, refusal: PlanPair['refusal']): PairPlan {
  return {
    is: 'refused',
    fresh: refusal?.code !== 'group-missing' || refusal.desired !== change.desired,
    code: 'group-missing',
    message: `Board ${change.board} has no group "${group}"`,
    column: null,
    hint: `Run check ${change.board}; it says why the group could not be made`,
    desired: change.desired,
    removal: change.removal,
  }
}

function planWanted(pair: PlanPair, item: DesiredItem, digest: string, options: PlanOptions): PairPlan {
  const { ledger } = pair
  if (ledger === null || ledger.itemId === null || ledger.place === 'archived') {
    return planCreate(pair, item, digest, options)
  }
  const { notes, kept, ...change } = compare(pair.key, item, digest, ledger, options)
  const { differences, name, cells, moves } = change
  const itemId = ledger.itemId
  const steps: Step[] = []
  if (moves) steps.push({ kind: 'move', itemId, group: item.group })
  if (name !== undefined || change.restoresKey || Object.keys(cells).length > 0) {
    const named = name === undefined ? {} : { name }
    steps.push({ kind: 'update', itemId, ...named, ...(change.restoresKey ? { restoresKey: true } : {}), cells })
  }
  if (steps.length === 0) return { is: 'unchanged', kept, notes }
  return {
    is: 'change',
    kept,
    notes,
    change: {
      board: options.board,
      key: pair.key,
      kind: moves ? 'move' : 'update',
      cause: change.cause,
      why: change.lost ? 'a column of the board was deleted' : whyWanted(change.cause, item.from),
      removal: false,
      version: ledger.version,
      name: name ?? ledger.name,
      group: moves ? { before: ledger.group, after: item.group } : null,
      cells: differences,
      urgency: item.urgency,
      desired: digest,
      complete: change.complete,
      place: 'active',
      leftOn: null,
      steps,
    },
  }
}

function planCreate(pair: PlanPair, item: DesiredItem, digest: string, options: PlanOptions): PairPlan {
  const shown = presentItem(item, options)
  const once = presentItem({ ...item, cells: item.once }, options)
  const cells: Record<string, string> = {}
  const differences: Record<string, Difference> = {}
  for (const [title, text] of [...Object.entries(shown.cells), ...Object.entries(once.cells)].sort(byTitle)) {
    if (text === '') continue
    cells[title] = text
    differences[title] = { before: null, after: text }
  }
  return {
    is: 'change',
    kept: [],
    notes: [...shown.notes, ...once.notes],
    change: {
      board: options.board,
      key: pair.key,
      kind: 'create',
      cause: 'new',
      why: pair.ledger === null ? `${item.from} is new` : `${item.from} is wanted again; its old item was archived`,
      removal: false,
      version: pair.ledger?.version ?? 0,
      name: shown.name,
      group: { before: null, after: item.group },
      cells: differences,
      urgency: item.urgency,
      desired: digest,
      complete: shown.complete,
      place: 'active',
      leftOn: null,
      steps: [{ kind: 'create', name: shown.name, group: item.group, cells }],
    },
  }
}

interface Comparison {
  readonly cause: Cause
  readonly name: string | undefined
  readonly moves: boolean
  readonly restoresKey: boolean
  /** Whether a column was taken off the board, and nothing else happened. */
  readonly lost: boolean
  readonly cells: Record<string, string>
  readonly differences: Record<string, Difference>
  readonly kept: string[]
  readonly notes: Note[]
  readonly complete: boolean
}

function compare(key: string, item: DesiredItem, digest: string, ledger: Known, options: PlanOptions): Comparison {
  const { cells: before, edited } = readKnownCells(ledger.cells)
  const returned = ledger.place !== 'active'
  const madeEqual = ledger.desired === digest
  const shown = presentItem(item, options)
  const notes = [...shown.notes]
  const kept: string[] = []
  const differences: Record<string, Difference> = {}
  const cells: Record<string, string> = {}
  let overEdit = false
  let refills = false

  /** Whether text that differs is to be written. */
  const writes = (title: string): boolean => {
    // The item behind a key may be another one now, though the key is the same.
    if (!edited.includes(title)) return !madeEqual || isLink(options.layout?.columns[title]?.type)
    if (options.whenEditedByHand === 'overwrite') {
      overEdit = true
      return true
    }
    kept.push(title)
    if (options.whenEditedByHand === 'report') notes.push(editedByHand(title))
    return false
  }

  let name: string | undefined
  if (shown.name !== ledger.name && writes(NAME)) {
    name = shown.name
    differences[NAME] = { before: ledger.name, after: shown.name }
  }
  for (const [title, text] of Object.entries(shown.cells).sort(byTitle)) {
    const was = before[title] ?? ''
    if (was === text) continue
    // What a column lost when it was taken off the board is no edit that anybody wants kept.
    const lost = was === '' && edited.includes(LOST) && !edited.includes(title)
    if (!lost && !writes(title)) continue
    refills ||= lost && madeEqual
    cells[title] = text
    differences[title] = { before: was, after: text }
  }
  const restoresKey = edited.includes(KEY)
  if (restoresKey) differences[KEY] = { before: '', after: key }
  const moves = returned || (item.group !== ledger.group && writes(GROUP))
  const cause: Cause = returned
    ? 'returned'
    : (overEdit || refills || restoresKey) && madeEqual
      ? 'edited'
      : options.mappingChanged
        ? 'mapping'
        : 'data'
  const lost = cause === 'edited' && refills && !overEdit && !restoresKey
  return { cause, name, moves, restoresKey, lost, cells, differences, kept, notes, complete: shown.complete }
}

function editedByHand(title: string): Note {
  const what = title === NAME ? 'The name' : title === GROUP ? 'The group' : `Column "${title}"`
  return { code: 'edited-by-hand', column: title, message: `${what} was edited on the board and is left as it is` }
}

function planUnwanted(pair: PlanPair, options: PlanOptions): PairPlan {
  const { ledger } = pair
  if (ledger === null || ledger.itemId === null || ledger.place === 'archived') return { is: 'nothing' }
  const gone = pair.gone === true
  if (gone && ledger.place !== 'gone' && options.whenGone !== 'keep') {
    const why = 'it no longer exists at its source'
    if (options.whenGone === 'archive') return archive(pair.key, ledger, 'vanished', why, options)
    return moveAside(pair.key, ledger, 'gone', why, options)
  }
  if (ledger.place === 'left') {
    const days = options.today - (ledger.leftOn ?? options.today)
    if (days < options.leftFor) return { is: 'nothing' }
    const why = `it was in ${LEFT_GROUP} for ${days} days (left_for is ${options.leftFor})`
    return archive(pair.key, ledger, 'expired', why, options)
  }
  if (gone) return { is: 'nothing' }
  return moveAside(pair.key, ledger, 'left', 'it no longer matches where', options)
}

function moveAside(key: string, ledger: Known, place: 'left' | 'gone', why: string, options: PlanOptions): PairPlan {
  const group = place === 'left' ? LEFT_GROUP : GONE_GROUP
  return {
    is: 'change',
    kept: [],
    notes: [],
    change: {
      ...removalOf(key, ledger, options),
      kind: 'move',
      cause: place === 'left' ? 'left' : 'vanished',
      why,
      group: { before: ledger.group, after: group },
      place,
      leftOn: options.today,
      steps: [{ kind: 'move', itemId: ledger.itemId ?? '', group }],
    },
  }
}

/** Archives a key's item for good: hosts cannot bring it back. */
export function archive(
  key: string,
  ledger: Known,
  cause: Cause,
  why: string,
  options: PlanOptions,
): Extract<PairPlan, { is: 'change' }> {
  return {
    is: 'change',
    kept: [],
    notes: [],
    change: {
      ...removalOf(key, ledger, options),
      kind: 'archive',
      cause,
      why,
      group: null,
      place: 'archived',
      leftOn: null,
      steps: [{ kind: 'archive', itemId: ledger.itemId ?? '' }],
    },
  }
}

function removalOf(key: string, ledger: Known, options: PlanOptions) {
  return {
    board: options.board,
    key,
    removal: true,
    version: ledger.version,
    name: ledger.name,
    cells: {},
    urgency: 0,
    desired: REMOVED,
    complete: true,
  } as const
}

function refuseRejected(pair: PlanPair, item: RejectedItem, digest: string, options: PlanOptions): PairPlan {
  const { code, message, column } = item.rejected
  return {
    is: 'refused',
    fresh: pair.refusal?.desired !== digest,
    code,
    message,
    column,
    hint: `Run explain ${options.board} ${pair.key} to see the values behind it; then correct the mapping or the record`,
    desired: digest,
    removal: false,
  }
}

/** Two facts with one key: neither is sent, and an item that the key has already stays as it is. */
function refuseDuplicateKey(pair: PlanPair, options: PlanOptions): PairPlan {
  const digest = pair.desired.map((one) => one.digest).join('+')
  const facts = pair.desired.map((one) => (JSON.parse(one.body) as DesiredItem).from)
  const named = facts.length === 2 ? facts.join(' and ') : `${facts.slice(0, 3).join(', ')} (${facts.length} facts)`
  return {
    is: 'refused',
    fresh: pair.refusal?.code !== 'duplicate-key' || pair.refusal.desired !== digest,
    code: 'duplicate-key',
    message: `Key "${pair.key}" on board ${options.board} belongs to several facts: ${named}`,
    column: null,
    hint: `Give every item its own key in the mapping of ${options.board}; an id is one`,
    desired: digest,
    removal: false,
  }
}

function whyWanted(cause: Cause, from: string): string {
  switch (cause) {
    case 'returned':
      return `${from} is wanted again`
    case 'edited':
      return 'people edited it on the board'
    case 'mapping':
      return 'the mapping changed'
    default:
      return `${from} changed`
  }
}

/** Orders entries by column title, in code units. */
export function byTitle(a: readonly [string, string], b: readonly [string, string]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0
}
