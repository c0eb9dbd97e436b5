import { Temporal } from 'temporal-polyfill'
import { isPublicHoliday } from './holidays.ts'

const MS_PER_DAY = 86_400_000
const MS_PER_MINUTE = 60_000
const MINUTES_PER_DAY = 1440

/** Days, the clock and holidays of one time zone. */
interface ZoneCalendar {
  readonly name: string
  dayOf(instant: number): number
  startOf(day: number): number
  minuteOf(instant: number): number
  at(day: number, minute: number): number
  in(zone: string): ZoneCalendar
  isHoliday(place: string, day: number): boolean
}

const zones = new Map<string, ZoneCalendar>()

/**
 * Days and instants in one time zone, fast enough for millions of instants.
 *
 * Asking the zone's rules costs microseconds, so the offset is asked twice per UTC day and kept: only on days on
 * which the clocks change is an instant looked up by itself.
 */
export function createZone(name: string): ZoneCalendar {
  const offsets = new Map<number, number | null>()
  const starts = new Map<number, number>()

  const offsetAt = (instant: number) =>
    Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(name).offsetNanoseconds / 1_000_000

  const offsetOf = (instant: number) => {
    const utcDay = Math.floor(instant / MS_PER_DAY)
    let offset = offsets.get(utcDay)
    if (offset === undefined) {
      const first = offsetAt(utcDay * MS_PER_DAY)
      offset = first === offsetAt((utcDay + 1) * MS_PER_DAY - 1) ? first : null
      offsets.set(utcDay, offset)
    }
    return offset ?? offsetAt(instant)
  }

  const times = new Map<number, number>()
  const at = (day: number, minute: number) => {
    const key = day * MINUTES_PER_DAY + minute
    let instant = times.get(key)
    if (instant === undefined) {
      const clock = new Date(key * MS_PER_MINUTE).toISOString().slice(0, 16)
      instant = Temporal.PlainDateTime.from(clock).toZonedDateTime(name).epochMilliseconds
      times.set(key, instant)
    }
    return instant
  }

  return {
    name,
    at,
    minuteOf: (instant) => {
      const local = instant + offsetOf(instant)
      return Math.floor((local - Math.floor(local / MS_PER_DAY) * MS_PER_DAY) / MS_PER_MINUTE)
    },
    in: (zone) => {
      let other = zones.get(zone)
      if (other === undefined) {
        other = createZone(zone)
        zones.set(zone, other)
      }
      return other
    },
    isHoliday: isPublicHoliday,
    dayOf: (instant) => Math.floor((instant + offsetOf(instant)) / MS_PER_DAY),
    startOf: (day) => {
      let start = starts.get(day)
      if (start === undefined) {
        const date = Temporal.Instant.fromEpochMilliseconds(day * MS_PER_DAY)
          .toZonedDateTimeISO('UTC')
          .toPlainDate()
        start = date.toZonedDateTime({ timeZone: name }).epochMilliseconds
        starts.set(day, start)
      }
      return start
    },
  }
}
