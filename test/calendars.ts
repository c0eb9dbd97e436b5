import type { Calendar } from '../src/domain/day.ts'

const MS_PER_DAY = 86_400_000
const MS_PER_MINUTE = 60_000

/** A calendar without holidays so many hours ahead of UTC, in which clocks never change; other zones are the same one. */
export function fixedCalendar(name: string, hoursAhead: number): Calendar {
  const shift = hoursAhead * 3_600_000
  const calendar: Calendar = {
    name,
    dayOf: (instant) => Math.floor((instant + shift) / MS_PER_DAY),
    startOf: (day) => day * MS_PER_DAY - shift,
    minuteOf: (instant) =>
      (Math.floor((((instant + shift) % MS_PER_DAY) + MS_PER_DAY) % MS_PER_DAY) / MS_PER_MINUTE) | 0,
    at: (day, minute) => day * MS_PER_DAY - shift + minute * MS_PER_MINUTE,
    in: () => calendar,
    isHoliday: () => false,
  }
  return calendar
}
