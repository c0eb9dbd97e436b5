import { type Calendar, type Day, firstDayOf, monthIndexOf } from '../day.ts'
import type { FactValues } from '../facts.ts'
import type { Model } from '../model.ts'
import { weekdayOf } from './office-hours.ts'
import { hoursOf } from './support-model.ts'
import { type HourSums, readSupport } from './support-totals.ts'

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

/** Fewer decided tickets than this tell nothing about a target. */
const FEW = 5
const MS_PER_HOUR = 3_600_000

/**
 * The heat map, a row for each hour of the day: tickets per hour on each weekday by the clock of the team, how many were answered in
 * time, and on which weekdays too few were. Over the newest `heatMapMonths` months up to `day`, for all together (each ticket by
 * the clock of its own team) and for each team, by id. An hour that the clock leaves out or shows twice counts as often as it was.
 */
export function supportHourFacts(
  totals: ReadonlyMap<string, number>,
  model: Model,
  day: Day,
  calendar: Calendar,
): FactValues[] {
  const { hours } = readSupport(totals)
  const { support } = model
  const current = monthIndexOf(day)
  const from = firstDayOf(current - support.heatMapMonths + 1)
  const rows: FactValues[] = []
  for (const [team, months] of hours) {
    const sums = new Map<number, HourSums>()
    for (const [month, byPlace] of months) {
      if (month <= current - support.heatMapMonths || month > current) continue
      for (const [place, { came, inTime, late }] of byPlace) {
        const sum = sums.get(place) ?? { came: 0, inTime: 0, late: 0 }
        sums.set(place, { came: sum.came + came, inTime: sum.inTime + inTime, late: sum.late + late })
      }
    }
    if (sums.size === 0) continue
    const zone = hoursOf(support, team === 'all' ? undefined : team).zone
    const times = timesOf(calendar.in(zone), from, day)
    for (let hour = 0; hour < 24; hour += 1) rows.push(rowOf(team, hour, sums, times, support.keep))
  }
  return rows.sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1))
}

function rowOf(
  team: string,
  hour: number,
  sums: ReadonlyMap<number, HourSums>,
  times: readonly number[],
  keep: number,
): FactValues {
  const clock = `${String(hour).padStart(2, '0')}:00`
  const row: Record<string, string | number> = { id: `${team}:${clock}`, team, hour, clock }
  const gaps: string[] = []
  let [tickets, inTime, late] = [0, 0, 0]
  WEEKDAYS.forEach((weekday, i) => {
    const sum = sums.get(i * 24 + hour)
    const often = times[i * 24 + hour] ?? 0
    if (often > 0) row[weekday] = (sum?.came ?? 0) / often
    if (sum === undefined) return
    tickets += sum.came
    inTime += sum.inTime
    late += sum.late
    const decided = sum.inTime + sum.late
    if (decided > 0) row[`${weekday}InTime`] = sum.inTime / decided
    if (decided >= FEW && sum.inTime / decided < keep) gaps.push(weekday)
  })
  row.tickets = tickets
  if (inTime + late > 0) row.inTime = inTime / (inTime + late)
  row.gaps = gaps.join(', ')
  return row
}

/** How often each hour of the week was there. */
function timesOf(calendar: Calendar, from: Day, to: Day): number[] {
  const times = Array.from({ length: 7 * 24 }, () => 0)
  for (let day = from; day <= to; day += 1) {
    const isWhole = calendar.startOf(day + 1) - calendar.startOf(day) === 24 * MS_PER_HOUR
    for (let hour = 0; hour < 24; hour += 1) {
      const often = isWhole ? 1 : (calendar.at(day, hour * 60 + 60) - calendar.at(day, hour * 60)) / MS_PER_HOUR
      times[weekdayOf(day) * 24 + hour] = (times[weekdayOf(day) * 24 + hour] ?? 0) + often
    }
  }
  return times
}
