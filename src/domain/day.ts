/** A calendar day of the company, as days since 1970-01-01. */
export type Day = number

const MS_PER_DAY = 86_400_000

/** `2026-11-22` for a day. */
export function formatDay(day: Day): string {
  return new Date(day * MS_PER_DAY).toISOString().slice(0, 10)
}

/** The day that `2026-11-22` names, or `undefined` when the text is no such day (`2026-02-30` is none). */
export function parseDay(text: string): Day | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined
  const ms = Date.parse(`${text}T00:00:00Z`)
  if (Number.isNaN(ms)) return undefined
  const day = ms / MS_PER_DAY
  return formatDay(day) === text ? day : undefined
}

/** `2026-11` for the month that holds a day. */
export function monthOf(day: Day): string {
  return formatDay(day).slice(0, 7)
}

/** A month, as months since January 1970. */
export type Month = number

/** The month that holds a day. Integers only, so that it may be asked for every record. */
export function monthIndexOf(day: Day): Month {
  // Days counted from 0000-03-01, in eras of 400 years: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
  const shifted = day + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153)
  return (era * 400 + yearOfEra - 1970) * 12 + marchMonth + 2
}

/** The first day of a month. */
export function firstDayOf(month: Month): Day {
  return Date.UTC(1970, month, 1) / MS_PER_DAY
}

/** `2026-11` for a month. */
export function formatMonth(month: Month): string {
  return monthOf(firstDayOf(month))
}

/**
 * Turns instants into days and back in one time zone. Made at the edges (it needs the zone's rules) and handed to
 * pure code, which calls it millions of times.
 */
export interface Zone {
  readonly name: string
  /** The day that an instant (ms) falls on. */
  dayOf(instant: number): Day
  /** The first instant (ms) of a day. */
  startOf(day: Day): number
}

/** What days, clocks and holidays are in a time zone and in others; made at the edges like a zone. */
export interface Calendar extends Zone {
  /** How many minutes after midnight the clock shows at an instant (ms). */
  minuteOf(instant: number): number
  /**
   * The instant (ms) at which the clock of a day first shows so many minutes after midnight; 1440 is the start of the next
   * day. A time that the clock leaves out is the instant so much later.
   */
  at(day: Day, minute: number): number
  /** The same in another zone, by its IANA name. */
  in(zone: string): Calendar
  /** Whether a day is a public holiday in a country or one of its states: `DE`, `DE-BY`. */
  isHoliday(place: string, day: Day): boolean
}
