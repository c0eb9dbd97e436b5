import fc from 'fast-check'
import { Temporal } from 'temporal-polyfill'
import { expect, test } from 'vitest'
import { createZone } from '../../src/platform/zone.ts'

const ZONES = [
  'UTC',
  'Europe/Stockholm',
  'America/New_York',
  'Asia/Kolkata',
  'Pacific/Apia',
  'America/Sao_Paulo',
  'Australia/Lord_Howe',
]

test('the day of an instant is the calendar day of the zone, also on days on which the clocks change', () => {
  const zones = new Map(ZONES.map((name) => [name, createZone(name)]))
  fc.assert(
    fc.property(fc.constantFrom(...ZONES), fc.integer({ min: 0, max: 2_000_000_000_000 }), (name, instant) => {
      const date = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(name).toPlainDate()
      const expected = Date.parse(`${date.toString()}T00:00:00Z`) / 86_400_000
      expect(zones.get(name)?.dayOf(instant)).toBe(expected)
    }),
    { numRuns: 2000 },
  )
})

test('a day starts at its first instant, also where midnight does not exist', () => {
  for (const name of ZONES) {
    const zone = createZone(name)
    for (let day = 17_000; day < 17_800; day++) {
      const start = zone.startOf(day)
      if (zone.dayOf(start) !== day) {
        // Pacific/Apia-like skipped days have no instants; the start is then the next instant there is.
        expect(zone.dayOf(start)).toBeGreaterThan(day)
        continue
      }
      expect(zone.dayOf(start - 1)).toBeLessThan(day)
    }
  }
})
