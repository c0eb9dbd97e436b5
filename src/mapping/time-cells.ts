import type { Cell } from './cells.ts'

const EMPTY: Cell = { text: '' }
const DAY_MS = 86_400_000

function unreadable(code: string, message: string): Cell {
  return { text: '', problem: { code, message } }
}

/** From one day to another, `2026-11-01/2026-11-30` (ISO 8601); empty when either is. Instants count by their day in UTC. */
export function timelineCell(from: string, to: string): Cell {
  const [first, last] = [from.slice(0, 10), to.slice(0, 10)]
  if (first === '' || last === '') return EMPTY
  if (first > last) return unreadable('timeline-backwards', `the timeline ends (${last}) before it starts (${first})`)
  return { text: `${first}/${last}` }
}

/** The week that a day is in, from its first to its last day: `2026-11-16/2026-11-22`. */
export function weekCell(day: string, starts: 'monday' | 'sunday'): Cell {
  if (day === '') return EMPTY
  const at = Date.parse(`${day.slice(0, 10)}T00:00:00Z`)
  const weekday = new Date(at).getUTCDay()
  const first = at - ((weekday + (starts === 'monday' ? 6 : 0)) % 7) * DAY_MS
  return { text: `${isoDay(first)}/${isoDay(first + 6 * DAY_MS)}` }
}

function isoDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

/** A time of day, `09:30`, from text such as `9:30`, `09:30:00` or `9:30 pm`, or from the end of an instant's text. */
export function hourCell(text: string): Cell {
  if (text === '') return EMPTY
  const parts = /(?:^|\s)(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?Z?\s*(am|pm)?$/i.exec(text)
  const half = parts?.[3]?.toLowerCase()
  const said = Number(parts?.[1])
  const hour = half === undefined ? said : (said % 12) + (half === 'pm' ? 12 : 0)
  const isHour =
    parts !== null && hour <= 23 && Number(parts[2]) <= 59 && (half === undefined || (said > 0 && said <= 12))
  if (!isHour) return unreadable('not-an-hour', 'the value is no time of day, such as 09:30')
  return { text: `${String(hour).padStart(2, '0')}:${parts[2]}` }
}

const zones = new Map<string, boolean>()

/** A time zone by its IANA name, such as `Europe/Berlin`. */
export function zoneCell(text: string): Cell {
  if (text === '') return EMPTY
  let known = zones.get(text)
  if (known === undefined) {
    known = isZone(text)
    if (zones.size < 1_000) zones.set(text, known)
  }
  if (known) return { text }
  return unreadable('not-a-time-zone', 'the value is no time zone by its IANA name, such as Europe/Berlin')
}

function isZone(name: string): boolean {
  if (!/^[A-Za-z]+(\/[A-Za-z_+\-0-9]+)*$/.test(name)) return false
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
