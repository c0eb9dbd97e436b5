import type { Day } from '../day.ts'

/** Where the ARR history of an account comes from: what it paid for, or what it was sold. */
export const ARR_METHODS = ['subscription_periods', 'won_opportunities'] as const
export type ArrMethod = (typeof ARR_METHODS)[number]

/** From `day` on an account paid `arr` a year for `seats`. */
export interface ArrPoint {
  readonly day: Day
  /** Minor units of company currency. */
  readonly arr: number
  readonly seats: number
}

/** The ARR of an account over time: points ascending by day, one for each day on which something changed; nothing before the first. */
export interface ArrPath {
  readonly method: ArrMethod
  readonly points: readonly ArrPoint[]
}

const LETTERS: Readonly<Record<ArrMethod, string>> = { subscription_periods: 's', won_opportunities: 'w' }

/** A path as short text, in which it is stored: `s 17836:60000:5 17928:0:0`: method, then day, ARR and seats of each point. */
export function formatArrPath({ method, points }: ArrPath): string {
  let text = LETTERS[method]
  for (const { day, arr, seats } of points) text += ` ${day}:${arr}:${seats}`
  return text
}

/** Reads what `formatArrPath` wrote. */
export function parseArrPath(text: string): ArrPath {
  const [letter, ...points] = text.split(' ')
  return {
    method: letter === 's' ? 'subscription_periods' : 'won_opportunities',
    points: points.map((point) => {
      const [day = 0, arr = 0, seats = 0] = point.split(':').map(Number)
      return { day, arr, seats }
    }),
  }
}

/** What a path comes to on a day. */
export function arrOn({ points }: ArrPath, day: Day): number {
  return points.findLast((point) => point.day <= day)?.arr ?? 0
}
