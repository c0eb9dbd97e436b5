import { type Month, monthIndexOf } from '../day.ts'
import { quarterOf, quarterStart, type YearStart } from '../fiscal.ts'
import type { Ladder } from '../ladder.ts'
import { type Path, type PathPoint, stateOf } from '../path.ts'
import type { OpportunityState } from '../records.ts'

/** Which open opportunities a waterfall is about: all; those due in the quarter of the month; those due in the month. */
export const PIPELINE_WINDOWS = ['all_open', 'due_in_quarter', 'due_in_month'] as const
export type PipelineWindow = (typeof PIPELINE_WINDOWS)[number]

/** What may make a month's pipeline differ at its end from its start. */
export const PIPELINE_PARTS = [
  'created',
  'pulledIn',
  'dated',
  'reopened',
  'increased',
  'decreased',
  'pushedOut',
  'won',
  'lost',
] as const
export type PipelinePart = (typeof PIPELINE_PARTS)[number]

// Windows and parts by their place: opportunities are walked by the million.
const [ALL_OPEN, DUE_IN_QUARTER, DUE_IN_MONTH] = [0, 1, 2] as const
const [CREATED, PULLED_IN, DATED, REOPENED, INCREASED, DECREASED, PUSHED_OUT, WON, LOST] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8,
] as const

/** Told what one opportunity does to the pipeline of months. `window` and `part` are places in the lists above. */
export interface PipelineSink {
  /**
   * It was in the window when the month began, with this ARR; told of windows of a due date only. Of months ahead: as it
   * stands now.
   */
  start(window: number, month: Month, arr: number): void
  /** ARR that came into the window (created, pulledIn, dated, reopened, increased) or went out of it (all others). */
  part(window: number, month: Month, part: number, arr: number): void
  /** What was told as won before, at this ARR, is no longer, or is told as won again: it was opened again, or turned out lost. */
  takenBack(month: Month, arr: number): void
}

/**
 * Tells what an opportunity does to the pipeline of each month, by where it stood at the end of the month before and where it
 * stands at the end of the month; back and forth in between is nothing.
 *
 * What is open is in `all_open`; with a known close date in the month (its quarter), also in that window. It comes
 * in as *created* in the month it was created, as *reopened* after having been closed, as *dated* when its close date was
 * not known at the start of the month, else as *pulledIn*: its close date moved into the window, from later or earlier. It
 * goes out as *won*, *lost*, or *pushedOut*: its close date left the window, for later or earlier. A closing happens in
 * every window, whatever close date was expected, since it is then the close date. *increased* and *decreased* are of those
 * that stay, or are closed, after having been in the window.
 */
export function walkPipeline(path: Path, ladder: Ladder, yearStart: YearStart, sink: PipelineSink): void {
  let before: PathPoint | undefined
  let stateBefore: OpportunityState = 'open'
  let dueBefore: Month | undefined
  let wasOpen = false
  for (let i = 0; i < path.length; i += 1) {
    const point = path[i] as PathPoint
    const next = path[i + 1]
    const state = stateOf(ladder, point.stage)
    wasOpen ||= state === 'open'
    const { month, dueOn, arr } = point
    if (next?.month === month) continue
    const due = dueOn === before?.dueOn ? dueBefore : dueOn === undefined ? undefined : monthIndexOf(dueOn)
    const isClosing = state !== 'open' && (wasOpen || before === undefined || stateBefore !== state)
    if (stateBefore === 'won' && before !== undefined && (state !== 'won' || isClosing))
      sink.takenBack(month, before.arr)
    const entry =
      before === undefined ? CREATED : stateBefore !== 'open' ? REOPENED : dueBefore === undefined ? DATED : PULLED_IN
    for (let window = ALL_OPEN; window <= DUE_IN_MONTH; window += 1) {
      const wasIn = before !== undefined && stateBefore === 'open' && isDue(window, dueBefore, month, yearStart)
      const stays = isClosing || (state === 'open' && isDue(window, due, month, yearStart))
      if (wasIn) addStay(sink, window, month, (before as PathPoint).arr, arr, stays)
      else if (stays) sink.part(window, month, entry, arr)
      if (isClosing) sink.part(window, month, state === 'won' ? WON : LOST, arr)
    }
    if (state === 'open' && due !== undefined) {
      addQuietMonths(sink, due, arr, month, next?.month ?? Number.POSITIVE_INFINITY, yearStart)
    }
    before = point
    stateBefore = state
    dueBefore = due
    wasOpen = false
  }
}

function isDue(window: number, due: Month | undefined, month: Month, yearStart: YearStart): boolean {
  if (window === ALL_OPEN) return true
  if (due === undefined) return false
  return window === DUE_IN_MONTH ? due === month : quarterStart(due, yearStart) === quarterStart(month, yearStart)
}

/** What was in the window when the month began. */
function addStay(sink: PipelineSink, window: number, month: Month, start: number, arr: number, stays: boolean): void {
  if (window !== ALL_OPEN) sink.start(window, month, start)
  if (!stays) sink.part(window, month, PUSHED_OUT, start)
  else if (arr > start) sink.part(window, month, INCREASED, arr - start)
  else if (arr < start) sink.part(window, month, DECREASED, start - arr)
}

/** Months between `after` and `until` in which nothing happens, as far as it is due in them. */
function addQuietMonths(
  sink: PipelineSink,
  due: Month,
  arr: number,
  after: Month,
  until: Month,
  yearStart: YearStart,
): void {
  if (due > after && due < until) sink.start(DUE_IN_MONTH, due, arr)
  const { from, to } = quarterOf(due, yearStart)
  for (let month = Math.max(from, after + 1); month <= to && month < until; month += 1)
    sink.start(DUE_IN_QUARTER, month, arr)
}
