import { createRequire } from 'node:module'
import type HolidaysOf from 'date-holidays'

const MS_PER_DAY = 86_400_000

/** Loaded when first asked: most companies name no holidays, and the library is a tenth of a second. */
function load(): typeof HolidaysOf {
  const loaded = createRequire(import.meta.url)('date-holidays') as { default: typeof HolidaysOf } | typeof HolidaysOf
  return 'default' in loaded ? loaded.default : loaded
}

const years = new Map<string, ReadonlySet<number>>()

/**
 * Whether a day (since 1970-01-01) is a public holiday in a country, or a state of one: `DE`, `DE-BY`, `US-CA`. A place that
 * nobody knows has none.
 */
export function isPublicHoliday(place: string, day: number): boolean {
  const year = new Date(day * MS_PER_DAY).getUTCFullYear()
  const key = `${place} ${year}`
  let days = years.get(key)
  if (days === undefined) {
    days = holidaysOf(place, year)
    years.set(key, days)
  }
  return days.has(day)
}

/** Whether there are holidays to look up for a place. */
export function isHolidayPlace(place: string): boolean {
  const [country = '', state] = split(place)
  const known = new (load())()
  if (!(country in known.getCountries())) return false
  return state === undefined || state in (known.getStates(country) ?? {})
}

function holidaysOf(place: string, year: number): ReadonlySet<number> {
  if (!isHolidayPlace(place)) return new Set()
  const [country = '', state] = split(place)
  const calendar = state === undefined ? new (load())(country) : new (load())(country, state)
  const days = new Set<number>()
  for (const { date, start, end, type } of calendar.getHolidays(year)) {
    if (type !== 'public') continue
    // `date` is the day by the place's own clock; some last for more than one.
    const first = Date.parse(`${date.slice(0, 10)}T00:00:00Z`) / MS_PER_DAY
    const lasts = Math.max(1, Math.round((end.getTime() - start.getTime()) / MS_PER_DAY))
    for (let day = first; day < first + lasts; day += 1) days.add(day)
  }
  return days
}

function split(place: string): string[] {
  const dash = place.indexOf('-')
  return dash < 0 ? [place] : [place.slice(0, dash), place.slice(dash + 1)]
}
