import { type Day, firstDayOf, formatDay, formatMonth, monthIndexOf } from '../day.ts'
import type { FactValues } from '../facts.ts'
import type { Model } from '../model.ts'
import { arrMonthFacts } from '../revenue/arr-month-facts.ts'
import { medianSurvival } from '../statistics/kaplan-meier.ts'
import { restrictedMean } from '../statistics/restricted-mean.ts'
import type { Durations } from '../statistics/risk-sets.ts'
import { wilsonInterval } from '../statistics/wilson.ts'
import { mondayOf, weekOf } from './office-hours.ts'
import { targetOf } from './support-model.ts'
import { readSupport, type TicketSums } from './support-totals.ts'

/** How many weeks are told, the present one among them. */
export const SUPPORT_WEEKS = 13

type Row = Record<string, string | number | boolean>

/**
 * How fast support answered what came in, and how satisfied customers were, by id: for the newest `funnelMonths` months in slices
 * (all, and each channel, team and plan), for the newest 13 weeks all together. Waits go up to the start of `day`; those that had no
 * answer by then are censored, not left out. A slice without tickets has no row. `totals` may hold other things.
 */
export function supportPeriodFacts(totals: ReadonlyMap<string, number>, model: Model, day: Day): FactValues[] {
  const { months, weeks } = readSupport(totals)
  const current = monthIndexOf(day)
  const rows: FactValues[] = []
  const customers = payingAccounts(totals, model, day)
  for (let month = current - model.funnelMonths + 1; month <= current; month += 1) {
    for (const [slice, sums] of months.get(month) ?? []) {
      const name = formatMonth(month)
      const [by = 'all', ...rest] = slice.split(':')
      const row = rowOf(`month:${name}:${slice}`, 'month', firstDayOf(month), by, rest.join(':'), sums)
      row.name = rest.length === 0 ? name : `${name}, ${by} ${rest.join(':')}`
      row.isOpen = month === current
      addTarget(row, model)
      const paying = customers.get(name) ?? 0
      if (slice === 'all' && paying > 0) {
        row.customers = paying
        row.contactRate = sums.came / paying
      }
      rows.push(row)
    }
  }
  const newest = weekOf(day)
  for (let week = newest - SUPPORT_WEEKS + 1; week <= newest; week += 1) {
    const sums = weeks.get(week)
    if (sums === undefined || sums.came === 0) continue
    const from = mondayOf(week)
    const row = rowOf(`week:${formatDay(from)}`, 'week', from, 'all', '', sums)
    row.name = `Week from ${formatDay(from)}`
    row.isOpen = week === newest
    addTarget(row, model)
    rows.push(row)
  }
  markNewest(rows)
  return rows.sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1))
}

/** A row without name and mark of being open. */
function rowOf(id: string, period: string, fromOn: Day, by: string, of: string, sums: TicketSums): Row {
  const row: Row = { id, name: '', period, fromOn, by, isOpen: false, isNewest: false, tickets: sums.came }
  if (of !== '') row.of = of
  row.solved = sums.solved
  addWaits(row, '', sums.waits)
  addWaits(row, 'Open', sums.openWaits)
  const decided = sums.inTime + sums.late
  row.late = sums.late
  if (decided > 0) row.inTime = sums.inTime / decided
  const answers = sums.good + sums.bad
  row.answers = answers
  const interval = wilsonInterval(sums.good, answers)
  if (interval !== null) {
    row.csat = sums.good / answers
    row.csatLow = interval.lower
    row.csatHigh = interval.upper
  }
  // Somebody may answer before the ticket is solved.
  if (sums.solved > 0) row.responseRate = Math.min(1, answers / sums.solved)
  return row
}

/** `medianMinutes` and `meanMinutes`, or those of open hours. */
function addWaits(row: Row, of: '' | 'Open', waits: ReadonlyMap<number, Durations>): void {
  const durations = [...waits.values()].filter(({ ended, censored }) => ended + censored > 0)
  if (of === '') {
    row.answered = durations.reduce((sum, { ended }) => sum + ended, 0)
    row.unanswered = durations.reduce((sum, { censored }) => sum + censored, 0)
  }
  if (durations.length === 0) return
  const median = medianSurvival(durations)
  if (median !== undefined) row[`median${of}Minutes`] = median
  const longest = Math.max(...durations.map(({ at }) => at))
  const mean = longest === 0 ? 0 : restrictedMean(durations, longest)?.mean
  if (mean !== undefined) row[`mean${of}Minutes`] = mean
}

/** Where the row is of one channel; where there is but one target, everywhere. */
function addTarget(row: Row, { support }: Model): void {
  const only = new Set(Object.values(support.targets))
  const target = row.by === 'channel' ? targetOf(support, String(row.of)) : only.size === 1 ? [...only][0] : undefined
  if (target !== undefined) row.targetMinutes = target
}

/** The newest week in which anybody was answered: what a wall shows. */
function markNewest(rows: readonly FactValues[]): void {
  const newest = rows.findLast(({ period, answered }) => period === 'week' && Number(answered) > 0)
  if (newest !== undefined) (newest as Row).isNewest = true
}

/** Accounts with ARR at the end of months, by month. */
function payingAccounts(totals: ReadonlyMap<string, number>, model: Model, day: Day): Map<string, number> {
  const rows = arrMonthFacts(totals, model, day).filter(({ segment, motion }) => segment === 'all' && motion === 'all')
  return new Map(rows.map(({ month, endAccounts }) => [String(month), Number(endAccounts)]))
}
