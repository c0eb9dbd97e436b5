import { FUNNEL_SEGMENTS, type FunnelSegment } from './fact-fields.ts'
import type { Ladder } from './ladder.ts'
import { FUNNEL_STAGES, type FunnelStage } from './model.ts'
import { UNKNOWN_STAGE } from './path.ts'
import { Cell } from './tally.ts'

/** First letters of the keys of the funnel: cells of a funnel stage of one segment, and of a CRM stage. */
export const FUNNEL_HEADS = 'FC'

/**
 * What is counted per cell and month; the letters are part of stored keys.
 *
 * Flows: `n` came in, `a` with this ARR (and by how much it changed inside), `m` left, `b` with this ARR; `y` and `z`
 * are those of `n` and `a` that had left in the same month and would count twice among the active.
 * Entry cohorts: `e` entered, `v` with this ARR, `x` of them reached the next stage, `o` are open, `w`/`W` were won (count,
 * ARR), `l`/`L` lost, `r` left out as reconstructed; besides, `d<days>` stays that ended after so many days, and
 * `q<day>` stays that go on since that day.
 * Closings by the stage they came from: `c`/`C` won, `k`/`K` lost.
 */
export const MEASURES = [...'nambyzevxowWlLrcCkK'] as const
export const [CAME, CAME_ARR, LEFT, LEFT_ARR, CAME_BACK, CAME_BACK_ARR] = [0, 1, 2, 3, 4, 5] as const
export const [ENTERED, ENTERED_ARR, REACHED_NEXT, STILL_OPEN] = [6, 7, 8, 9] as const
export const [COHORT_WON, COHORT_WON_ARR, COHORT_LOST, COHORT_LOST_ARR, LEFT_OUT] = [10, 11, 12, 13, 14] as const
export const [CLOSED_WON, CLOSED_WON_ARR, CLOSED_LOST, CLOSED_LOST_ARR] = [15, 16, 17, 18] as const

/** Place in CRM cell keys of opportunities that are open in no known stage. */
export const NO_STAGE = '?'

/** `opportunity|smb`. */
export function funnelTail(stage: FunnelStage, segment: FunnelSegment): string {
  return `${stage}|${segment}`
}

/** `salesforce|3|Enterprise`: the pipeline is last, since its name is free. */
export function crmTail(ladder: Ladder, place: number | typeof NO_STAGE): string {
  return `${ladder.source}|${place}|${ladder.pipeline}`
}

export function parseFunnelTail(tail: string): { readonly stage: FunnelStage; readonly segment: FunnelSegment } {
  const [stage, segment] = tail.split('|') as [FunnelStage, FunnelSegment]
  return { stage, segment }
}

export function parseCrmTail(tail: string): {
  readonly source: string
  readonly place: number | typeof NO_STAGE
  readonly pipeline: string
} {
  const [source = '', place = '', ...pipeline] = tail.split('|')
  return { source, place: place === NO_STAGE ? NO_STAGE : Number(place), pipeline: pipeline.join('|') }
}

const funnelCells = new Map<string, Readonly<Record<FunnelStage, Cell>>>(
  FUNNEL_SEGMENTS.map((segment) => [
    segment,
    Object.fromEntries(
      FUNNEL_STAGES.map((stage) => [stage, new Cell('F', funnelTail(stage, segment), MEASURES)]),
    ) as Record<FunnelStage, Cell>,
  ]),
)

/** The cell of a funnel stage; `segment` as facts have it. */
export function funnelCell(stage: FunnelStage, segment: unknown): Cell {
  const cells = funnelCells.get(typeof segment === 'string' ? segment : 'none') ?? funnelCells.get('none')
  return (cells as Readonly<Record<FunnelStage, Cell>>)[stage]
}

/** One way to look at a path: by the CRM's stages, or by those of the one funnel. */
export interface Level {
  /** Cell of an open stage, by its place; `undefined` for closed stages. */
  cell(stage: number): Cell | undefined
  /** How far up an open stage stands; -1 for closed ones. */
  rung(stage: number): number
  /** Cells by rung, from the bottom. */
  readonly rungs: readonly Cell[]
  /** Where a closing is counted that came from no open stage. */
  readonly unknown: Cell
  /** Where a closing in `stage` arrives (`null`: nowhere that is counted), and how many rungs a win has then passed. */
  closing(stage: number, funnelStage: FunnelStage): { readonly cell: Cell | null; readonly passes: number }
}

/** Both ways to look at the path of an opportunity. */
export interface Levels {
  readonly crm: Level
  readonly funnel: Level
}

const levelsOfLadder = new WeakMap<Ladder, Map<unknown, Levels>>()

/** Both ways to look at the path of an opportunity of a segment. */
export function levelsOf(ladder: Ladder, segment: unknown): Levels {
  let bySegment = levelsOfLadder.get(ladder)
  if (bySegment === undefined) {
    bySegment = new Map()
    levelsOfLadder.set(ladder, bySegment)
  }
  let levels = bySegment.get(segment)
  if (levels === undefined) {
    const [any] = bySegment.values()
    levels = { crm: any?.crm ?? crmLevel(ladder), funnel: funnelLevel(ladder, segment) }
    bySegment.set(segment, levels)
  }
  return levels
}

function crmLevel(ladder: Ladder): Level {
  const { stages } = ladder
  const cells = stages.map((_, place) => new Cell('C', crmTail(ladder, place), MEASURES))
  const unknown = new Cell('C', crmTail(ladder, NO_STAGE), MEASURES)
  const rungs = cells.filter((_, place) => stages[place]?.state === 'open')
  const openCells = cells.map((cell, place) => (stages[place]?.state === 'open' ? cell : undefined))
  const rungOf = openCells.map((cell) => (cell === undefined ? -1 : rungs.indexOf(cell)))
  return {
    cell: (stage) => (stage === UNKNOWN_STAGE ? unknown : openCells[stage]),
    // Being in the pipeline at all means having passed its first stage.
    rung: (stage) => (stage === UNKNOWN_STAGE ? 0 : (rungOf[stage] ?? -1)),
    rungs,
    unknown,
    closing: (stage) => ({ cell: cells[stage] ?? null, passes: rungs.length }),
  }
}

function funnelLevel(ladder: Ladder, segment: unknown): Level {
  const { stages, openFunnelStages } = ladder
  const unknown = funnelCell('opportunity', segment)
  const rungs = openFunnelStages.map((stage) => funnelCell(stage, segment))
  const openCells = stages.map(({ state, funnelStage }) =>
    state === 'open' ? funnelCell(funnelStage, segment) : undefined,
  )
  const rungOf = openCells.map((cell) => (cell === undefined ? -1 : rungs.indexOf(cell)))
  const unknownRung = Math.max(0, openFunnelStages.indexOf('opportunity'))
  const order = (stage: FunnelStage) => FUNNEL_STAGES.indexOf(stage)
  const closings = new Map(
    FUNNEL_STAGES.map((arrived) => [
      arrived,
      {
        cell: funnelCell(arrived, segment),
        passes: openFunnelStages.filter((stage) => order(stage) < order(arrived)).length,
      },
    ]),
  )
  return {
    cell: (stage) => (stage === UNKNOWN_STAGE ? unknown : openCells[stage]),
    rung: (stage) => (stage === UNKNOWN_STAGE ? unknownRung : (rungOf[stage] ?? -1)),
    rungs,
    unknown,
    closing: (_, funnelStage) => closings.get(funnelStage) as { cell: Cell; passes: number },
  }
}
