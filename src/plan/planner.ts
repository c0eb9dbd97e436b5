import { createHash } from 'node:crypto'
import type { BoardLayout } from '../board/board.ts'
import { type Announced, planAnnouncements } from './announce.ts'
import type { Cause, Known, Note, PairPlan, PlannedChange, PlanPair, PlanSummary, Step } from './plan.ts'
import { archive, byTitle, planPair } from './plan-pair.ts'

/** What the planner must know of a board beside the pairs. */
export interface PlanOptions {
  readonly board: string
  /** The board as prepared; `null` when there is none yet: then everything is planned as if it could be shown. */
  readonly layout: BoardLayout | null
  /** E-mail addresses that nobody on the account has: they are left out of `people` cells. */
  readonly unknownPeople: ReadonlySet<string>
  readonly whenGone: 'archive' | 'mark' | 'keep'
  readonly whenEditedByHand: 'overwrite' | 'keep' | 'report'
  /** Days in `Left` after which an item is archived. */
  readonly leftFor: number
  /** Company day. */
  readonly today: number
  /** Whether the mapping changed since the board was last made equal: then changes are said to come from that. */
  readonly mappingChanged: boolean
  /** The item that carries a key on the board which a column links to; absent or `null`: there is none yet. */
  readonly linkedItem?: (title: string, key: string) => string | null
  /** Announcements that are no longer new to the board: what comes true of them is said. Absent: none are. */
  readonly announces?: ReadonlySet<string>
  /** A plan of `repair`; its summary says so. */
  readonly repair?: boolean
  /** Longest item name; longer ones are cut. */
  readonly nameLength: number
}

/** Plans a board pair by pair and keeps only counters, so that memory stays flat however large the board. */
export interface Planner {
  /** Pairs must come in key order, each key once: the same pairs give the same plan and digest on every run. */
  plan(pair: PlanPair): PairPlan
  /** What is to be said of a pair that was just planned so. */
  announce(pair: PlanPair, plan: PairPlan): Announcing
  /**
   * Call once, after the last pair. Returns what only the whole board tells (the oldest of `Left` when the board is
   * above 80 % of its limit, as far as pairs showed them) and the summary, which counts them.
   */
  finish(): { readonly changes: readonly PlannedChange[]; readonly summary: PlanSummary }
}

/** What is to be said of a pair: what is sent, how much was refused before and stands, and what is taken as said. */
export interface Announcing extends Pick<Announced, 'changes' | 'told'> {
  readonly refused: number
}

/** Whether planning this pair depends on `gone`: nothing is desired, and there is an item to do something with. */
export function asksGone(pair: PlanPair): boolean {
  const { ledger } = pair
  return (
    pair.desired.length === 0 &&
    ledger !== null &&
    ledger.state === 'settled' &&
    ledger.itemId !== null &&
    ledger.place !== 'archived'
  )
}

/** Above this share of a board's item limit the oldest of `Left` are archived. */
const CROWDED = 0.8
/** More than this many are never archived for room in one plan; what is over waits for the next. */
const MAX_CROWDED = 20_000

interface LeftItem {
  readonly key: string
  readonly ledger: Known
  readonly leftOn: number
}

/** A planner for one board and one plan. */
export function createPlanner(options: PlanOptions): Planner {
  const digest = createHash('sha256').update(JSON.stringify([options.board]))
  const counts = {
    desired: 0,
    unchanged: 0,
    planned: 0,
    create: 0,
    update: 0,
    move: 0,
    archive: 0,
    post: 0,
    notify: 0,
    refused: 0,
    inDoubt: 0,
    removals: 0,
    existing: 0,
    steps: 0,
    keptCells: 0,
  }
  const byCause: Record<Cause, number> = {
    new: 0,
    data: 0,
    mapping: 0,
    edited: 0,
    returned: 0,
    left: 0,
    vanished: 0,
    expired: 0,
    crowded: 0,
    duplicate: 0,
    announced: 0,
  }
  const notes: Record<Note['code'], number> = {
    'column-missing': 0,
    'person-unknown': 0,
    'label-missing': 0,
    'link-missing': 0,
    'edited-by-hand': 0,
  }
  let left: LeftItem[] = []

  function count(change: PlannedChange): void {
    counts.planned += 1
    counts[change.kind] += 1
    counts.steps += change.steps.length
    byCause[change.cause] += 1
    if (change.removal) counts.removals += 1
    digest.update(digestLine(change))
  }

  function rememberLeft(pair: PlanPair): void {
    const { ledger } = pair
    if (options.layout?.itemsLimit == null || ledger?.place !== 'left' || ledger.itemId === null) return
    // The change holds all it needs; the pair's cells are let go.
    left.push({ key: pair.key, ledger: { ...ledger, cells: '' }, leftOn: ledger.leftOn ?? options.today })
    if (left.length >= 2 * MAX_CROWDED) left = left.sort(oldestFirst).slice(0, MAX_CROWDED)
  }

  function plan(pair: PlanPair): PairPlan {
    const result = planPair(pair, options)
    const wanted = pair.desired.length
    counts.desired += wanted
    if (pair.ledger?.place === 'active' && pair.ledger.itemId !== null) counts.existing += 1
    switch (result.is) {
      case 'unchanged':
        counts.unchanged += wanted
        break
      case 'change':
        // A change that only archives copies leaves the desired item as it is.
        if (result.change.removal) counts.unchanged += wanted
        count(result.change)
        break
      case 'refused':
      case 'in doubt': {
        const planned = Math.max(wanted, 1)
        counts.planned += planned
        counts[result.is === 'refused' ? 'refused' : 'inDoubt'] += planned
        if (result.removal) counts.removals += planned
        break
      }
      case 'nothing':
        rememberLeft(pair)
    }
    if ('notes' in result) {
      counts.keptCells += result.kept.length
      for (const note of result.notes) notes[note.code] += 1
    }
    return result
  }

  function announce(pair: PlanPair, plan: PairPlan): Announcing {
    const { changes, told, strangers } = planAnnouncements(pair, plan, options)
    notes['person-unknown'] += strangers
    const fresh = changes.filter((change) => pair.refusal?.desired !== change.desired)
    for (const change of fresh) count(change)
    const refused = changes.length - fresh.length
    counts.planned += refused
    counts.refused += refused
    counts.removals += refused
    return { changes: fresh, told, refused }
  }

  function finish(): { changes: PlannedChange[]; summary: PlanSummary } {
    const changes = makeRoom(options, left, counts.create - counts.archive)
    for (const change of changes) count(change)
    const repair = options.repair === true ? { repair: true as const } : {}
    return {
      changes,
      summary: { board: options.board, ...counts, byCause, notes, digest: digest.digest('hex'), ...repair },
    }
  }

  return { plan, announce, finish }
}

/** Archives of the oldest of `Left`, as many as the board is over 80 % of its limit once `grows` more items are on it. */
function makeRoom(options: PlanOptions, left: LeftItem[], grows: number): PlannedChange[] {
  const { layout } = options
  if (layout === null || layout.itemsLimit === null) return []
  const room = Math.floor(layout.itemsLimit * CROWDED)
  const over = Math.min(layout.itemsCount + grows - room, MAX_CROWDED)
  if (over <= 0) return []
  const why = `the board is above ${CROWDED * 100} % of its limit of ${layout.itemsLimit} items, and this one left first`
  return left
    .sort(oldestFirst)
    .slice(0, over)
    .map(({ key, ledger }) => archive(key, ledger, 'crowded', why, options).change)
}

function oldestFirst(a: LeftItem, b: LeftItem): number {
  return a.leftOn - b.leftOn || (a.key < b.key ? -1 : 1)
}

/** What is done, to which item; not when, why or how urgently, so that equal plans have equal digests on every day. */
function digestLine(change: PlannedChange): string {
  const { key, kind, group, cells, steps } = change
  return `\n${JSON.stringify([key, kind, group, cells, steps.map(sortedCells)])}`
}

function sortedCells(step: Step): unknown {
  return 'cells' in step ? { ...step, cells: Object.entries(step.cells).sort(byTitle) } : step
}
