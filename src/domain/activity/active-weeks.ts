import { firstDayOf, type Month } from '../day.ts'
import type { Motion } from '../records.ts'
import { weekOf } from '../support/office-hours.ts'
import { parseKey, sumsUnder } from '../tally.ts'
import { ACTIVE_HEAD, ACTIVE_MEASURES, monthOfWeek } from './counted-active.ts'

/** Who was active in one week, or in several on average. */
export interface Active {
  readonly people: number
  readonly accounts: number
  /** Active people ÷ paid seats, of accounts whose seats are known; `undefined` where none are. */
  readonly share: number | undefined
}

/** The weeks of one motion, or of all. */
export class ActiveWeeks {
  readonly #weeks = new Map<number, number[]>()

  add(measure: number, week: number, value: number): void {
    const sums = this.#weeks.get(week) ?? [0, 0, 0, 0]
    this.#weeks.set(week, sums)
    sums[measure] = (sums[measure] ?? 0) + value
  }

  /** The mean over the weeks before `until` whose Monday lies in a month; weeks without a point between others are weeks of nobody. */
  inMonth(month: Month, until: number): Active | undefined {
    const weeks: number[] = []
    for (let week = weekOf(firstDayOf(month)); monthOfWeek(week) <= month; week += 1)
      if (monthOfWeek(week) === month && week < until) weeks.push(week)
    return this.#mean(weeks)
  }

  /** The latest whole week that begins in some months; `undefined` where none has yet. */
  last(from: Month, to: Month, until: number): Active | undefined {
    let week = Math.min(until - 1, weekOf(firstDayOf(to + 1) - 1))
    if (monthOfWeek(week) > to) week -= 1
    return monthOfWeek(week) < from ? undefined : this.#mean([week])
  }

  #mean(weeks: readonly number[]): Active | undefined {
    const first = Math.min(...this.#weeks.keys())
    const known = weeks.filter((week) => week >= first)
    if (known.length === 0) return undefined
    const sums = [0, 0, 0, 0]
    for (const week of known)
      (this.#weeks.get(week) ?? []).forEach((value, i) => {
        sums[i] = (sums[i] ?? 0) + value
      })
    const [people = 0, accounts = 0, seated = 0, seats = 0] = sums
    return {
      people: Math.round(people / known.length),
      accounts: Math.round(accounts / known.length),
      share: seats > 0 ? seated / seats : undefined,
    }
  }
}

export const ACTIVE_SLICES = ['all', 'sales_assisted', 'self_serve'] as const

/** Reads what `addToActive` added up to, by motion and for all; `totals` may hold other things. */
export function readActive(
  totals: ReadonlyMap<string, number>,
): Readonly<Record<(typeof ACTIVE_SLICES)[number], ActiveWeeks>> {
  const slices = { all: new ActiveWeeks(), sales_assisted: new ActiveWeeks(), self_serve: new ActiveWeeks() }
  for (const [key, value] of sumsUnder(totals, ACTIVE_HEAD)) {
    const parsed = value === 0 ? undefined : parseKey(key, ACTIVE_HEAD)
    const measure = (ACTIVE_MEASURES as readonly string[]).indexOf(parsed?.measure ?? '')
    if (parsed === undefined || measure < 0) continue
    for (const slice of [slices.all, slices[parsed.tail as Motion]]) slice.add(measure, parsed.month, value)
  }
  return slices
}
