import type { BoardLayout } from '../../src/board/board.ts'
import type { DesiredItem } from '../../src/plan/desired.ts'
import { writeKnownCells } from '../../src/plan/known.ts'
import type { Known, PairPlan, PlannedChange, PlanPair } from '../../src/plan/plan.ts'
import type { PlanOptions } from '../../src/plan/planner.ts'

export function anItem(more: Partial<DesiredItem> = {}): DesiredItem {
  const key = more.key ?? 'a'
  return {
    key,
    name: 'Acme',
    group: 'lead',
    cells: { ARR: '100' },
    once: {},
    urgency: 0,
    from: `opportunity ${key}`,
    ...more,
  }
}

/** What the ledger knows of `anItem()` after it was settled. */
export function aKnown(
  more: Partial<Omit<Known, 'cells'>> & { readonly cells?: Record<string, string>; readonly edited?: string[] } = {},
): Known {
  const { cells, edited, ...rest } = more
  return {
    version: 3,
    state: 'settled',
    itemId: '77',
    place: 'active',
    name: 'Acme',
    group: 'lead',
    leftOn: null,
    desired: null,
    ...rest,
    cells: writeKnownCells(cells ?? { ARR: '100' }, edited),
  }
}

export function aPair(item: DesiredItem | null, ledger: Known | null, more: Partial<PlanPair> = {}): PlanPair {
  return {
    key: item?.key ?? 'a',
    desired: item === null ? [] : [{ body: JSON.stringify(item), digest: 'd' }],
    ledger,
    refusal: null,
    ...more,
  }
}

export function aLayout(more: Partial<BoardLayout> = {}): BoardLayout {
  const groups = ['lead', 'won', 'Left', 'Gone']
  return {
    board: 'deals',
    boardId: '1',
    title: 'Deals',
    url: null,
    keyColumnId: 'boardsync_key',
    columns: {
      ARR: { id: 'arr', title: 'ARR', type: 'numbers' },
      Stage: { id: 'stage', title: 'Stage', type: 'status', labels: { Open: '1', Won: '2' } },
      Owner: { id: 'owner', title: 'Owner', type: 'people' },
    },
    groups: Object.fromEntries(groups.map((group) => [group, `id of ${group}`])),
    itemsCount: 10,
    itemsLimit: null,
    ...more,
  }
}

export const TODAY = 20_000

export function planOptions(more: Partial<PlanOptions> = {}): PlanOptions {
  return {
    board: 'deals',
    layout: null,
    unknownPeople: new Set(),
    whenGone: 'archive',
    whenEditedByHand: 'overwrite',
    leftFor: 90,
    today: TODAY,
    mappingChanged: false,
    nameLength: 255,
    ...more,
  }
}

/** The change of a plan that must be one. */
export function changeOf(plan: PairPlan): PlannedChange {
  if (plan.is !== 'change') throw new Error(`Not a change: ${JSON.stringify(plan)}`)
  return plan.change
}
