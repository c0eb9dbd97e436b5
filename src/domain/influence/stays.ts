import type { Day } from '../day.ts'
import type { Ladder } from '../ladder.ts'
import { type Path, type PathPoint, stateOf, UNKNOWN_STAGE } from '../path.ts'

/** How far up an opportunity stands while it is lost, and once it is won; open stages are in between, from 0. */
const LOST_RUNG = -1
const WON_RUNG = 1_000

/** Where an opportunity stood from a day on, until the next stay begins. */
export interface Stay {
  readonly day: Day
  readonly rung: number
  /** Whether nothing tells the day. */
  readonly guessed: boolean
}

const rungsOfLadder = new WeakMap<Ladder, readonly number[]>()

/** How far up the CRM's stages an opportunity stood over time. What stays as far up is one stay. */
export function staysOf(path: Path, ladder: Ladder): Stay[] {
  const rungs = rungsOf(ladder)
  const stays: Stay[] = []
  let last: number | undefined
  for (let i = 0; i < path.length; i += 1) {
    const { stage, day, guessed } = path[i] as PathPoint
    const rung = stage >= 0 ? (rungs[stage] ?? 0) : stage === UNKNOWN_STAGE ? 0 : rungBeside(ladder, stage)
    if (rung === last) continue
    stays.push({ day, rung, guessed })
    last = rung
  }
  return stays
}

function rungBeside(ladder: Ladder, stage: number): number {
  return stateOf(ladder, stage) === 'won' ? WON_RUNG : LOST_RUNG
}

function rungsOf(ladder: Ladder): readonly number[] {
  let rungs = rungsOfLadder.get(ladder)
  if (rungs === undefined) {
    let open = 0
    rungs = ladder.stages.map(({ state }) => (state === 'open' ? open++ : state === 'won' ? WON_RUNG : LOST_RUNG))
    rungsOfLadder.set(ladder, rungs)
  }
  return rungs
}

export function isOpenStay({ rung }: Stay): boolean {
  return rung !== WON_RUNG && rung !== LOST_RUNG
}

/** The stay in which a day found it: the last that began before that day; -1 where it was not there yet. */
export function stayBefore(stays: readonly Stay[], day: Day): number {
  let at = -1
  for (let i = 0; i < stays.length && (stays[i] as Stay).day < day; i += 1) at = i
  return at
}

/** The first later stay that is further up, or a win; -1 for none. A day that is guessed tells no move, but for a win. */
export function forwardAfter(stays: readonly Stay[], from: number): number {
  const { rung } = stays[from] as Stay
  for (let i = from + 1; i < stays.length; i += 1) {
    const stay = stays[i] as Stay
    if (stay.rung > rung && (stay.rung === WON_RUNG || !stay.guessed)) return i
  }
  return -1
}

/** Whether it stood open when a day began. */
export function wasOpenOn(stays: readonly Stay[], day: Day): boolean {
  const at = stayBefore(stays, day)
  return at >= 0 && isOpenStay(stays[at] as Stay)
}

/** The day of its first move forward, or of its win, from `day` to `days` later; `undefined` where it made none, or did not stand open. */
export function forwardWithin(stays: readonly Stay[], day: Day, days: number): Day | undefined {
  const at = stayBefore(stays, day)
  if (at < 0 || !isOpenStay(stays[at] as Stay)) return undefined
  const move = stays[forwardAfter(stays, at)]
  return move !== undefined && move.day <= day + days ? move.day : undefined
}
