import { type Day, type Month, monthIndexOf } from './day.ts'
import type { Ladder } from './ladder.ts'
import type { OpportunityState } from './records.ts'

/** Stage of a point whose stage `model.yaml` does not know, or that nothing tells: open, in no known stage. */
export const UNKNOWN_STAGE = -1
/** Stage of the last point of an opportunity that is won (lost) though its stage is not one of that state. */
export const WON_BESIDE_STAGES = -2
export const LOST_BESIDE_STAGES = -3

/** From `day` on an opportunity was in `stage`, worth `arr`, and expected to close on `dueOn`. Made by `pathPoint`. */
export interface PathPoint {
  /** Place in the ladder's stages, or one of the negative constants above. */
  readonly stage: number
  readonly day: Day
  /** The month that holds the day. */
  readonly month: Month
  /** Minor units of company currency, as known then; 0 where nothing is known. */
  readonly arr: number
  /** True when no history row tells the day. */
  readonly guessed: boolean
  /** The close date as known then; `undefined` where nothing tells. Once known it stays so. */
  readonly dueOn: Day | undefined
}

/** Whether an opportunity is open, won or lost in a stage of a path; open where nothing tells. */
export function stateOf({ stages }: Ladder, stage: number): OpportunityState {
  if (stage === WON_BESIDE_STAGES) return 'won'
  if (stage === LOST_BESIDE_STAGES) return 'lost'
  return stages[stage]?.state ?? 'open'
}

/** The stages an opportunity was in, by the day on which it came into each; and the days on which its ARR or close date changed. */
export type Path = readonly PathPoint[]

export function pathPoint(stage: number, day: Day, arr: number, guessed: boolean, dueOn?: Day): PathPoint {
  return { stage, day, month: monthIndexOf(day), arr, guessed, dueOn }
}

/**
 * A path as short text, in which it is stored: `0@20345:500000/20440 3@20360 9~20400`: stage, `@` or (guessed) `~`, day, and
 * the ARR and the close date where they are not those of the point before.
 */
export function formatPath(points: Path): string {
  let text = ''
  let arr: number | undefined
  let dueOn: Day | undefined
  for (const point of points) {
    if (text !== '') text += ' '
    text += point.stage + (point.guessed ? '~' : '@') + point.day
    if (point.arr !== arr) text += `:${point.arr}`
    if (point.dueOn !== dueOn) text += `/${point.dueOn}`
    arr = point.arr
    dueOn = point.dueOn
  }
  return text
}

/** Reads what `formatPath` wrote. */
export function parsePath(text: string): PathPoint[] {
  const points: PathPoint[] = []
  let arr = 0
  let stage = 0
  let day = 0
  let guessed = false
  let value = 0
  let negative = false
  let dueOn: Day | undefined
  let reading: 'day' | 'arr' | 'dueOn' = 'day'
  for (let i = 0; i <= text.length; i += 1) {
    const code = i < text.length ? text.charCodeAt(i) : SPACE
    if (code >= ZERO && code <= NINE) {
      value = value * 10 + (code - ZERO)
      continue
    }
    if (code === MINUS) {
      negative = true
      continue
    }
    const number = negative ? -value : value
    value = 0
    negative = false
    if (code === AT || code === TILDE) {
      stage = number
      guessed = code === TILDE
    } else {
      if (reading === 'day') day = number
      else if (reading === 'arr') arr = number
      else dueOn = number
      reading = code === COLON ? 'arr' : code === SLASH ? 'dueOn' : 'day'
      if (code === SPACE) points.push(pathPoint(stage, day, arr, guessed, dueOn))
    }
  }
  return points
}

const SPACE = 32
const MINUS = 45
const SLASH = 47
const ZERO = 48
const NINE = 57
const COLON = 58
const AT = 64
const TILDE = 126
