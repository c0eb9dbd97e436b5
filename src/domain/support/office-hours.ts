import type { Calendar, Day } from '../day.ts'
import type { OfficeHours } from './support-model.ts'

const MS_PER_MINUTE = 60_000

/** Minutes between two instants (ms) by the calendar, begun ones left out; 0 where the second is not later. */
export function minutesBetween(from: number, to: number): number {
  return Math.max(0, Math.floor((to - from) / MS_PER_MINUTE))
}

/**
 * Minutes between two instants (ms) in which a team answers: on its weekdays, within its hours by the clock of its zone, not
 * on holidays. A day on which clocks change is as long as it is. 0 for an answer after hours to what came in after hours.
 */
export function minutesOpen(hours: OfficeHours, calendar: Calendar, from: number, to: number): number {
  if (to <= from) return 0
  const zone = calendar.in(hours.zone)
  const last = zone.dayOf(to)
  let open = 0
  for (let day = zone.dayOf(from); day <= last; day += 1) {
    if (!isOpenOn(hours, zone, day)) continue
    const opens = Math.max(from, zone.at(day, hours.from))
    const closes = Math.min(to, zone.at(day, hours.until))
    if (closes > opens) open += closes - opens
  }
  return Math.floor(open / MS_PER_MINUTE)
}

/** Whether a team works on a day: what is named in `openOn` and `closedOn` wins over weekdays and holidays. */
export function isOpenOn(hours: OfficeHours, calendar: Calendar, day: Day): boolean {
  if (hours.openOn.includes(day)) return true
  if (hours.closedOn.includes(day) || !hours.days.includes(weekdayOf(day))) return false
  return hours.holidays === null || !calendar.isHoliday(hours.holidays, day)
}

/** Monday 0 to Sunday 6. */
export function weekdayOf(day: Day): number {
  return (((day + 3) % 7) + 7) % 7
}

/** Number of the week that holds a day, from Monday on; weeks of neighbouring numbers are neighbours. */
export function weekOf(day: Day): number {
  return Math.floor((day + 3) / 7)
}

/** The Monday of a week. */
export function mondayOf(week: number): Day {
  return week * 7 - 3
}
