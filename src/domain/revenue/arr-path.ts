import type { Day } from '../day.ts'

/** Where the ARR history of an account comes from: what it paid for, what its own field was seen to say, or what it was sold. */
export const ARR_METHODS = ['subscription_periods', 'snapshots', 'won_opportunities'] as const
export type ArrMethod = (typeof ARR_METHODS)[number]

/** From `day` on an account paid `arr` a year for `seats`. */
export interface ArrPoint {
  readonly day: Day
  /** Minor units of company currency. */
  readonly arr: number
  readonly seats: number
  /**
   * By how much ARR differs from the point before though nothing moved: snapshots begin on this day, and what was before is
   * unknown, or was told by another method. What is left of the difference moved on this day.
   */
  readonly opening?: number
}

/** The ARR of an account over time: points ascending by day, one for each day on which something changed; nothing before the first. */
export interface ArrPath {
  readonly method: ArrMethod
  readonly points: readonly ArrPoint[]
  /** What told the days before `until`; absent: nothing did, or the same. */
  readonly before?: { readonly method: ArrMethod; readonly until: Day }
}

const LETTERS: Readonly<Record<ArrMethod, string>> = {
  subscription_periods: 's',
  snapshots: 'd',
  won_opportunities: 'w',
}

/**
 * A path as short text, in which it is stored: `s 17836:60000:5 17928:0:0`: method, then day, ARR and seats of each point, with its
 * opening where it has one; `dw17900` for the method: by snapshots from day 17900 on, before by won opportunities.
 */
export function formatArrPath({ method, points, before }: ArrPath): string {
  let text = LETTERS[method]
  if (before !== undefined) text += LETTERS[before.method] + before.until
  for (const { day, arr, seats, opening } of points) {
    text += ` ${day}:${arr}:${seats}`
    if (opening !== undefined) text += `:${opening}`
  }
  return text
}

/** Reads what `formatArrPath` wrote. */
export function parseArrPath(text: string): ArrPath {
  const [methods = '', ...points] = text.split(' ')
  return {
    method: methodOf(methods.charAt(0)),
    ...(methods.length > 1 ? { before: { method: methodOf(methods.charAt(1)), until: Number(methods.slice(2)) } } : {}),
    points: points.map((point) => {
      const [day = 0, arr = 0, seats = 0, opening] = point.split(':').map(Number)
      return opening === undefined ? { day, arr, seats } : { day, arr, seats, opening }
    }),
  }
}

function methodOf(letter: string): ArrMethod {
  return ARR_METHODS.find((method) => LETTERS[method] === letter) ?? 'won_opportunities'
}

/** What told a path on a day. */
export function methodOn({ method, before }: ArrPath, day: Day): ArrMethod {
  return before !== undefined && day < before.until ? before.method : method
}

/** What a path comes to on a day; before snapshots began, where nothing else tells of those days, what was there when they did. */
export function arrOn({ points }: ArrPath, day: Day): number {
  return points.findLast((point) => point.day <= day)?.arr ?? points[0]?.opening ?? 0
}
