import { type Day, firstDayOf, formatMonth, type Month, monthIndexOf } from '../day.ts'
import type { FactValues } from '../facts.ts'
import type { Model } from '../model.ts'
import { ARR_HEAD, ArrSeries, parseArrKey } from '../revenue/arr-contributions.ts'
import { correlation } from '../statistics/correlation.ts'
import { weekOf } from '../support/office-hours.ts'
import { sumsUnder } from '../tally.ts'
import { ACTIVE_SLICES, type ActiveWeeks, readActive } from './active-weeks.ts'

/** How many months later than a signature activity is looked for, at most. */
export const MAX_LAG = 6
/** Fewer pairs of months than these say nothing. */
export const MIN_PAIRS = 12
const PAIR_MONTHS = 24
const MONTHS_PER_YEAR = 12
export const NOT_ENOUGH = 'not enough data'

type Row = Record<string, string | number | boolean>

/**
 * Weekly active paying people of the newest `funnelMonths` months, all together and by motion, beside what was signed in each; by id. The
 * row of the current month tells with which lag both went together most, over the 24 months before. `totals` may hold other things.
 */
export function wappFacts(totals: ReadonlyMap<string, number>, model: Model, day: Day): FactValues[] {
  const current = monthIndexOf(day)
  const until = weekOf(day)
  const active = readActive(totals)
  const arr = readSigned(totals, model)
  const rows: Row[] = []
  for (const motion of ACTIVE_SLICES) {
    const weeks = active[motion]
    for (let month = current - model.funnelMonths + 1; month <= current; month += 1) {
      const now = weeks.inMonth(month, until)
      if (now === undefined) continue
      const name = formatMonth(month)
      const row: Row = {
        id: `${name}:${motion}`,
        name: motion === 'all' ? name : `${name}, ${motion.replace('_', '-')}`,
        month: name,
        monthOn: firstDayOf(month),
        motion,
        isOpen: month === current,
        wapp: now.people,
        accounts: now.accounts,
        signedArr: signedIn(arr[motion], month),
      }
      if (now.share !== undefined) row.activeShare = now.share
      const lastYear = weeks.inMonth(month - MONTHS_PER_YEAR, until)
      if (lastYear !== undefined) row.wappLastYear = lastYear.people
      if (month === current) addLag(row, weeks, arr[motion], current, until)
      rows.push(row)
    }
  }
  return rows.sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1))
}

/** ARR that was signed in a month: new, grown and come back. */
function signedIn(arr: ArrSeries, month: Month): number {
  return arr.change('new', month) + arr.change('expansion', month) + arr.change('reactivation', month)
}

/**
 * What was signed in months, beside by how much activity moved so many months later: at the lag at which both went together most. One of
 * several lags is picked, so that chance alone gives more than none.
 */
function addLag(row: Row, weeks: ActiveWeeks, arr: ArrSeries, current: Month, until: number): void {
  const people = (month: Month) => weeks.inMonth(month, until)?.people
  let best: { lag: number; pairs: number; value: number; low: number; high: number } | undefined
  let most = 0
  for (let lag = 0; lag <= MAX_LAG; lag += 1) {
    const pairs: [number, number][] = []
    for (let month = current - PAIR_MONTHS; month < current; month += 1) {
      const [before, now] = [people(month - 1), people(month)]
      if (before !== undefined && now !== undefined) pairs.push([signedIn(arr, month - lag), now - before])
    }
    most = Math.max(most, pairs.length)
    const told = pairs.length < MIN_PAIRS ? null : correlation(pairs)
    if (told === null || (best !== undefined && told.value <= best.value)) continue
    best = { lag, pairs: pairs.length, value: told.value, low: told.interval.lower, high: told.interval.upper }
  }
  row.lagMonthsKnown = best?.pairs ?? most
  row.lagNote = NOT_ENOUGH
  if (best === undefined) return
  row.lagMonths = best.lag
  row.correlation = best.value
  row.correlationLow = best.low
  row.correlationHigh = best.high
  row.lagNote =
    best.low > 0
      ? `went together most ${best.lag} months after signing, over ${best.pairs} months`
      : `over ${best.pairs} months they went together no more than by chance at any lag up to ${MAX_LAG}`
}

function readSigned(totals: ReadonlyMap<string, number>, model: Model) {
  const series = { all: new ArrSeries(), sales_assisted: new ArrSeries(), self_serve: new ArrSeries() }
  for (const [key, value] of sumsUnder(totals, ARR_HEAD)) {
    const parsed = value === 0 ? undefined : parseArrKey(key)
    if (parsed === undefined) continue
    const { measure, month, motion } = parsed
    series.all.add(measure, month, value)
    const known = motion === 'none' ? model.buckets.unknownMotion : motion
    if (known === 'sales_assisted' || known === 'self_serve') series[known].add(measure, month, value)
  }
  return series
}
