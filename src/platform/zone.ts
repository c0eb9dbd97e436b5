import { Temporal } from 'temporal-polyfill'

const MS_PER_DAY = 86_400_000

/**
 * Days and instants in one time zone, fast enough for millions of instants.
 *
 * Asking the zone's rules costs microseconds, so the offset is asked twice per UTC day and kept: only on days on
 * which the clocks change is an instant looked up by itself.
 */
export function createZone(name: string): {
  readonly name: string
  dayOf(instant: number): number
  startOf(day: number): number
} {
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

  return {
    name,
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
