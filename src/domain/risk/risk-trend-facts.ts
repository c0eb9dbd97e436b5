import { type Day, firstDayOf, formatMonth, monthIndexOf } from '../day.ts'
import type { FactValues } from '../facts.ts'
import { quarterAfter, quarterName, quarterStart } from '../fiscal.ts'
import type { Model } from '../model.ts'
import { HEALTHS } from './health.ts'
import { readRenewals, readRisks } from './risk-totals.ts'

/** Quarters that are told, the present one among them. */
const QUARTERS = 8
/** Months ahead for which renewals are told. */
const MONTHS_AHEAD = 12
const COUNTED = ['opened', 'saved', 'contracted', 'churned', 'falseAlarms', 'stillOpen'] as const

/**
 * What risks came to per quarter, by id: opened in it, saved, contracted and churned in it, with their ARR; all together and by group,
 * reason, feature and competitor, for the newest 8 quarters. `totals` may hold other things.
 */
export function riskQuarterFacts(totals: ReadonlyMap<string, number>, { yearStart }: Model, day: Day): FactValues[] {
  const current = quarterStart(monthIndexOf(day), yearStart)
  const first = quarterAfter(current, 1 - QUARTERS, yearStart).from
  const rows: FactValues[] = []
  for (const [quarter, slices] of readRisks(totals)) {
    if (quarter > current || quarter < first) continue
    const name = quarterName(quarter, yearStart)
    for (const [slice, sums] of slices) {
      const at = slice.indexOf(':')
      const [by, cause] = [slice.slice(0, at), slice.slice(at + 1)]
      const row: Record<string, string | number | boolean> = {
        id: `${name}:${by}${cause === '' ? '' : `:${cause}`}`,
        name: cause === '' ? name : `${name}, ${cause}`,
        quarter: name,
        fromOn: firstDayOf(quarter),
        isOpen: quarter === current,
        by,
      }
      if (cause !== '') row.cause = cause
      for (const kind of COUNTED) {
        row[kind] = sums[kind] ?? 0
        if (kind !== 'falseAlarms') row[`${kind}Arr`] = sums[`${kind}Arr`] ?? 0
      }
      const ended = Number(row.saved) + Number(row.contracted) + Number(row.churned)
      if (ended > 0) row.savedShare = Number(row.saved) / ended
      rows.push(row)
    }
  }
  return rows.sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1))
}

/**
 * What renews in each month from the present one on, 12 ahead, and what is expected to: all together and by health, by id. `totals`
 * may hold other things.
 */
export function renewalMonthFacts(totals: ReadonlyMap<string, number>, day: Day): FactValues[] {
  const current = monthIndexOf(day)
  const rows: FactValues[] = []
  for (const [month, byHealth] of readRenewals(totals)) {
    if (month < current || month > current + MONTHS_AHEAD) continue
    const all = [0, 0, 0, 0]
    for (const sums of byHealth.values()) for (const [i, value] of sums.entries()) all[i] = (all[i] ?? 0) + value
    for (const [health, sums] of [['all', all] as const, ...byHealth]) {
      const name = formatMonth(month)
      const known = health === '' ? 'unknown' : health
      const [accounts = 0, arr = 0, atRisk = 0, weighted = 0] = sums
      rows.push({
        id: `${name}:${known}`,
        name: known === 'all' ? name : `${name}, health ${known.replaceAll('_', ' ')}`,
        month: name,
        monthOn: firstDayOf(month),
        health: known,
        accounts,
        arr,
        arrAtRisk: atRisk,
        weightedArrAtRisk: weighted,
        expectedArr: arr - weighted,
      })
    }
  }
  return rows.sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1))
}

export const RENEWAL_HEALTHS = ['all', ...HEALTHS, 'unknown'] as const
