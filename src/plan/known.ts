import type { BoardChange, BoardItem, BoardLayout, Cells, ChangeOutcome } from '../board/board.ts'
import { GROUP, KEY, type Known, LOST, NAME, type Place, type PlannedChange, type Step } from './plan.ts'

/** An item as the ledger has it: cells as read back, and which of them people changed on the board since. */
export interface KnownCells {
  readonly cells: Cells
  /** Column titles (and `NAME`, `GROUP`) that people edited, sorted. */
  readonly edited: readonly string[]
}

/** Hand edits are kept among the cells under the empty title, which no column has. */
const EDITED = ''

/** Reads the ledger's `cells`. Plain JSON of cells has no hand edits. */
export function readKnownCells(text: string): KnownCells {
  if (text === '') return { cells: {}, edited: [] }
  const all = JSON.parse(text) as Record<string, string>
  const edited = all[EDITED]
  if (edited === undefined) return { cells: all, edited: [] }
  delete all[EDITED]
  return { cells: all, edited: JSON.parse(edited) as string[] }
}

/** Writes the ledger's `cells`: columns sorted, empty cells left out, so that equal cells give equal text. */
export function writeKnownCells(cells: Cells, edited: readonly string[] = []): string {
  const sorted: Record<string, string> = {}
  for (const title of Object.keys(cells).sort()) {
    const text = cells[title]
    if (text !== undefined && text !== '') sorted[title] = text
  }
  return JSON.stringify(edited.length === 0 ? sorted : { [EDITED]: JSON.stringify([...edited].sort()), ...sorted })
}

/** The parts of a ledger entry that follow from what is on the board. */
export interface KnownAfter {
  readonly itemId: string | null
  readonly place: Place
  readonly name: string
  readonly group: string
  readonly cells: string
  readonly unread: boolean
  readonly leftOn: number | null
  readonly desired: string | null
}

/** A change as the board host takes it: one board change per step, in order. */
export function toBoardChanges(change: PlannedChange, layout: BoardLayout): BoardChange[] {
  return change.steps.map((step) => ({ key: change.key, layout, ...asSent(step) }))
}

/** What tells occasions apart is ours alone. */
function asSent(step: Step) {
  if (step.kind !== 'post' && step.kind !== 'notify') return step
  const { name: _, token: __, ...sent } = step
  return sent
}

/**
 * What came of a change whose steps had these outcomes, in step order. `applied`: every step took effect. `unknown`:
 * some step may have; nothing may be concluded before the board was asked. `refused`: some step surely did not, the
 * others did; `known` holds what they changed, or `null` when nothing did.
 */
export type Settled =
  | { readonly status: 'applied'; readonly known: KnownAfter }
  | { readonly status: 'unknown'; readonly message: string }
  | {
      readonly status: 'refused'
      readonly known: KnownAfter | null
      readonly refusal: Extract<ChangeOutcome, { status: 'refused' }>
    }

/**
 * The ledger entry after a change, from its outcomes and the entry before (`null`: none).
 *
 * Cells are as the board read them back; where it read nothing back they are the text we sent, marked `unread`. A
 * column the change left alone keeps its text, and its mark when people edited it.
 */
export function settleChange(change: PlannedChange, before: Known | null, outcomes: readonly ChangeOutcome[]): Settled {
  const unknown = outcomes.find((outcome) => outcome.status === 'unknown')
  if (unknown !== undefined || outcomes.length !== change.steps.length) {
    return { status: 'unknown', message: unknown?.message ?? 'The board gave no outcome for every step' }
  }
  let known = startOf(before)
  let moved = false
  let touched = false
  let refusal: Extract<ChangeOutcome, { status: 'refused' }> | undefined
  change.steps.forEach((step, index) => {
    const outcome = outcomes[index]
    if (outcome === undefined || outcome.status === 'unknown') return
    if (outcome.status === 'refused') {
      refusal ??= outcome
      return
    }
    // Saying something changes no item.
    if (step.kind === 'post' || step.kind === 'notify') return
    if (step.kind === 'archive') {
      // A copy of the key is archived beside the item that the ledger follows, which stays.
      if (before?.itemId === step.itemId) {
        known = { ...known, place: 'archived', leftOn: null, desired: null }
        touched = true
      }
      return
    }
    touched = true
    // What was sent and never read back is read now, all of it.
    if (known.unread && step.kind !== 'create' && outcome.item !== undefined) known = asRead(known, outcome.item)
    if (step.kind === 'move') {
      moved = true
      known = { ...known, group: outcome.item?.group ?? step.group, place: change.place, leftOn: change.leftOn }
      return
    }
    const { cells, edited } = step.kind === 'create' ? readKnownCells('') : readKnownCells(known.cells)
    const name = outcome.item?.name ?? step.name ?? known.name
    const group = outcome.item?.group ?? (step.kind === 'create' ? step.group : known.group)
    const written = new Set([
      ...Object.keys(step.cells),
      LOST,
      ...(step.name === undefined ? [] : [NAME]),
      ...('restoresKey' in step ? [KEY] : []),
    ])
    known = {
      ...known,
      itemId: outcome.itemId,
      name,
      group,
      place: step.kind === 'create' ? change.place : known.place,
      leftOn: step.kind === 'create' ? change.leftOn : known.leftOn,
      cells: writeKnownCells(
        readBack(cells, step.cells, outcome.item),
        edited.filter((title) => !written.has(title)),
      ),
      unread: outcome.item === undefined || (known.unread && step.kind !== 'create'),
    }
  })
  if (moved) {
    const { cells, edited } = readKnownCells(known.cells)
    known = {
      ...known,
      cells: writeKnownCells(
        cells,
        edited.filter((title) => title !== GROUP),
      ),
    }
  }
  if (refusal !== undefined) return { status: 'refused', known: touched ? { ...known, desired: null } : null, refusal }
  if (change.removal) return { status: 'applied', known: touched ? { ...known, desired: null } : known }
  return { status: 'applied', known: { ...known, desired: change.complete ? change.desired : null } }
}

/** An entry of text that we sent, as the vendor writes it. */
function asRead(known: KnownAfter, { name, group, cells }: BoardItem): KnownAfter {
  const { edited } = readKnownCells(known.cells)
  return { ...known, name, group, cells: writeKnownCells(cells, edited), unread: false }
}

/** Cells after our own write: what was sent, as read back where it was; columns we did not send keep their text. */
function readBack(before: Cells, sent: Cells, item: BoardItem | undefined): Cells {
  if (item === undefined) return { ...before, ...sent }
  const after: Record<string, string> = { ...before }
  for (const title of Object.keys(sent)) after[title] = item.cells[title] ?? ''
  return after
}

/**
 * The ledger entry after the board was read again and the item found, and whether anything differs from before.
 *
 * A cell, name or group that differs from what we last read back was edited by a person and is marked so, unless our
 * text was `unread`: then the difference is the vendor's way of writing and simply replaces it. Only columns that the
 * entry holds, or that `titles` (the columns that are still the same) names, are looked at. What was in a column that the
 * board no longer has is nobody's edit: it is lost (`LOST`), and so is a key that is no longer ours (`KEY`).
 */
export function rereadKnown(
  before: Known & { readonly unread: boolean },
  found: BoardItem,
  titles: readonly string[],
  key?: string,
): { readonly changed: boolean; readonly known: KnownAfter } {
  const { cells, edited } = readKnownCells(before.cells)
  const marks = new Set(edited)
  const now: Record<string, string> = {}
  let changed = before.itemId !== found.itemId || before.unread
  for (const title of new Set([...Object.keys(cells), ...titles])) {
    const text = found.cells[title] ?? ''
    now[title] = text
    if (text === (cells[title] ?? '')) continue
    changed = true
    if (text === '' && !titles.includes(title)) marks.add(LOST)
    else if (!before.unread) marks.add(title)
  }
  if (found.name !== before.name) {
    changed = true
    if (!before.unread) marks.add(NAME)
  }
  if (found.group !== before.group) {
    changed = true
    if (!before.unread) marks.add(GROUP)
  }
  if (key !== undefined && found.key !== key && !marks.has(KEY)) {
    changed = true
    marks.add(KEY)
  }
  return {
    changed,
    known: {
      itemId: found.itemId,
      place: found.state === 'active' ? before.place : 'archived',
      name: found.name,
      group: found.group,
      cells: writeKnownCells(now, [...marks]),
      unread: false,
      leftOn: found.state === 'active' ? before.leftOn : null,
      desired: before.desired,
    },
  }
}

function startOf(before: Known | null): KnownAfter {
  if (before === null) {
    return {
      itemId: null,
      place: 'active',
      name: '',
      group: '',
      cells: writeKnownCells({}),
      unread: false,
      leftOn: null,
      desired: null,
    }
  }
  const { itemId, place, name, group, cells, leftOn, desired, unread = false } = before
  return { itemId, place, name, group, cells, unread, leftOn, desired }
}
