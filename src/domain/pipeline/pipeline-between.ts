import { type Day, monthIndexOf } from '../day.ts'
import type { Period } from '../fiscal.ts'
import type { Ladder } from '../ladder.ts'
import { type Path, type PathPoint, stateOf } from '../path.ts'
import type { OpportunityState } from '../records.ts'
import type { PipelinePart } from './pipeline-walk.ts'

/** Two days, and which open opportunities a waterfall between them is about. */
export interface Stretch {
  /** The first day whose changes are in it: it starts from how things stood when that day began. */
  readonly from: Day
  /** The last day whose changes are in it. */
  readonly to: Day
  /** Those whose known close date lies in these months; `null`: all that are open. */
  readonly due: Period | null
}

/** What one opportunity did between two days. */
export interface Move {
  /** As it stood when the first day began; `undefined` where it was not there yet. */
  readonly before: PathPoint | undefined
  /** As it stood when the last day ended. */
  readonly now: PathPoint
  /** Its ARR in the pipeline when the first day began; `undefined` where it was not in it. */
  readonly start: number | undefined
  /** Each with its ARR, whichever way it counts. */
  readonly parts: readonly { readonly part: PipelinePart; readonly arr: number }[]
  /** Its ARR in the pipeline when the last day ended; `undefined` where it was not in it. */
  readonly end: number | undefined
  /** The day it was won or lost on; `undefined` where it was not, between these days. */
  readonly closedOn: Day | undefined
}

/**
 * What an opportunity did to the pipeline between two days, by where it stood when the first began and where it stood when the
 * last ended; back and forth in between is nothing. `undefined` where it was in the pipeline at neither end, and passed
 * through it at no time.
 *
 * Parts are those of `walkPipeline`, and over a whole month, of what is due in the month or its quarter, they are the same. A
 * closing is in the pipeline where the day of closing is due, or where the opportunity was in it before. What is dated
 * after `today` has happened by today.
 */
export function moveBetween(
  path: Path,
  ladder: Ladder,
  { from, to, due }: Stretch,
  today: Day = Number.POSITIVE_INFINITY,
): Move | undefined {
  const dayOf = (point: PathPoint) => Math.min(point.day, today)
  let before: PathPoint | undefined
  let now: PathPoint | undefined
  let wasOpen = false
  for (const point of path) {
    if (dayOf(point) > to) break
    now = point
    if (dayOf(point) < from) before = point
    else wasOpen ||= stateOf(ladder, point.stage) === 'open'
  }
  if (now === undefined) return undefined
  const stateBefore = before === undefined ? undefined : stateOf(ladder, before.stage)
  const state = stateOf(ladder, now.stage)
  const hasMoved = now !== before
  const isClosing = hasMoved && state !== 'open' && (wasOpen || stateBefore !== state)
  const closedOn = isClosing ? dayOf(now) : undefined
  const wasIn = before !== undefined && stateBefore === 'open' && isDue(before.dueOn, due)
  const isIn = state === 'open' && isDue(now.dueOn, due)
  const closes = isClosing && (wasIn || isDue(closedOn, due))
  if (!wasIn && !isIn && !closes) return undefined
  const parts: { part: PipelinePart; arr: number }[] = []
  if (wasIn) {
    const { arr } = before as PathPoint
    if (!isIn && !closes) parts.push({ part: 'pushedOut', arr })
    else if (now.arr > arr) parts.push({ part: 'increased', arr: now.arr - arr })
    else if (now.arr < arr) parts.push({ part: 'decreased', arr: arr - now.arr })
  } else parts.push({ part: entryOf(before, stateBefore), arr: now.arr })
  if (closes) parts.push({ part: state === 'won' ? 'won' : 'lost', arr: now.arr })
  return {
    before,
    now,
    start: wasIn ? before?.arr : undefined,
    parts,
    end: isIn ? now.arr : undefined,
    closedOn,
  }
}

function isDue(day: Day | undefined, due: Period | null): boolean {
  if (due === null) return true
  if (day === undefined) return false
  const month = monthIndexOf(day)
  return month >= due.from && month <= due.to
}

function entryOf(before: PathPoint | undefined, stateBefore: OpportunityState | undefined): PipelinePart {
  if (before === undefined) return 'created'
  if (stateBefore !== 'open') return 'reopened'
  return before.dueOn === undefined ? 'dated' : 'pulledIn'
}
