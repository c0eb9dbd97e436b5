import { type Month, monthIndexOf } from '../day.ts'
import type { Ladder } from '../ladder.ts'
import { LOST_BESIDE_STAGES, type Path, type PathPoint, WON_BESIDE_STAGES } from '../path.ts'
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

/** Told what one opportunity does to the pipeline of months. */
export interface PipelineSink {
  /**
   * It was in the window when the month began, with this ARR; told of windows of a due date only. Of months ahead: as it
   * stands now.
   */
  start(window: PipelineWindow, month: Month, arr: number): void
  /** ARR that came into the window (created, pulledIn, dated, reopened, increased) or went out of it (all others). */
  part(window: PipelineWindow, month: Month, part: PipelinePart, arr: number): void
}

/** Where an opportunity stood at some moment. */
interface Standing {
  readonly state: OpportunityState
  readonly point: PathPoint
  /** The month it is due in; `undefined` while nothing tells. */
  readonly due: Month | undefined
}

const MONTHS_PER_QUARTER = 3

/**
 * Tells what an opportunity does to the pipeline of each month, by where it stood at the end of the month before and where it
 * stands at the end of the month; back and forth in between is nothing.
 *
 * What is open is in `all_open`; with a known close date in the month (its calendar quarter), also in that window. It comes
 * in as *created* in the month it was created, as *reopened* after having been closed, as *dated* when its close date was
 * not known at the start of the month, else as *pulledIn*: its close date moved into the window, from later or earlier. It
 * goes out as *won*, *lost*, or *pushedOut*: its close date left the window, for later or earlier. A closing happens in
 * every window, whatever close date was expected, since it is then the close date. *increased* and *decreased* are of those
 * that stay, or are closed, after having been in the window.
 */
export function walkPipeline(path: Path, ladder: Ladder, sink: PipelineSink): void {
  let before: Standing | undefined
  let wasOpen = false
  for (let i = 0; i < path.length; i += 1) {
    const point = path[i] as PathPoint
    const next = path[i + 1]
    const state = stateOf(ladder, point.stage)
    wasOpen ||= state === 'open'
    if (next?.month === point.month) continue
    const { month, dueOn } = point
    const now = { state, point, due: dueOn === undefined ? undefined : monthIndexOf(dueOn) }
    for (const window of PIPELINE_WINDOWS) addMonth(sink, window, month, before, now, wasOpen)
    addQuietMonths(sink, now, month, next?.month ?? Number.POSITIVE_INFINITY)
    before = now
    wasOpen = false
  }
}

function stateOf({ stages }: Ladder, stage: number): OpportunityState {
  if (stage === WON_BESIDE_STAGES) return 'won'
  if (stage === LOST_BESIDE_STAGES) return 'lost'
  return stages[stage]?.state ?? 'open'
}

function isIn(window: PipelineWindow, { state, due }: Standing, month: Month): boolean {
  if (state !== 'open') return false
  if (window === 'all_open') return true
  if (due === undefined) return false
  return window === 'due_in_month' ? due === month : quarterOf(due) === quarterOf(month)
}

function quarterOf(month: Month): number {
  return Math.floor(month / MONTHS_PER_QUARTER)
}

/** A month in which something happened. `wasOpen`: at some time of it. */
function addMonth(
  sink: PipelineSink,
  window: PipelineWindow,
  month: Month,
  before: Standing | undefined,
  now: Standing,
  wasOpen: boolean,
): void {
  const { state } = now
  const { arr } = now.point
  const wasIn = before !== undefined && isIn(window, before, month)
  const isClosing = state !== 'open' && (wasOpen || before?.state !== state)
  const stays = isClosing || isIn(window, now, month)
  if (wasIn) {
    const start = before.point.arr
    if (window !== 'all_open') sink.start(window, month, start)
    if (!stays) sink.part(window, month, 'pushedOut', start)
    else if (arr > start) sink.part(window, month, 'increased', arr - start)
    else if (arr < start) sink.part(window, month, 'decreased', start - arr)
  } else if (stays) {
    sink.part(window, month, entryOf(before), arr)
  }
  if (isClosing) sink.part(window, month, state, arr)
}

function entryOf(before: Standing | undefined): PipelinePart {
  if (before === undefined) return 'created'
  if (before.state !== 'open') return 'reopened'
  return before.due === undefined ? 'dated' : 'pulledIn'
}

/** Months between `after` and `until` in which nothing happens, as far as it is due in them. */
function addQuietMonths(sink: PipelineSink, { state, point, due }: Standing, after: Month, until: Month): void {
  if (state !== 'open' || due === undefined) return
  if (due > after && due < until) sink.start('due_in_month', due, point.arr)
  const first = quarterOf(due) * MONTHS_PER_QUARTER
  for (let month = Math.max(first, after + 1); month < Math.min(first + MONTHS_PER_QUARTER, until); month += 1) {
    sink.start('due_in_quarter', month, point.arr)
  }
}
