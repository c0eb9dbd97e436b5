/** ISO weeks in the company's zone, as days since 1970-01-01, and what a mapping says about counting events. */

export interface WeekZone {
  dayOf(instant: number): number
  startOf(day: number): number
}

/** Use of one event, or of the whole product, by one account in one week. */
export interface WeekPoint {
  /** `''`: the event named none. */
  readonly account: string
  /** `''`: the whole product. */
  readonly event: string
  /** The day of its Monday. */
  readonly week: number
  /** Distinct persons. */
  readonly users: number
  readonly events: number
}

/** Mondays, the first and the last. */
export interface Weeks {
  readonly from: number
  readonly to: number
}

/** How the events of an object are counted. */
export interface EventReading {
  readonly account: string
  readonly person: string | null
  /** `null`: all of them. */
  readonly only: readonly string[] | null
  /** The day from which on anything is read; `null`: recent weeks only. */
  readonly since: number | null
  readonly recentWeeks: number
}

const RECENT_WEEKS = 4
const MS_PER_DAY = 86_400_000

export function eventReadingOf(written: Readonly<Record<string, string>>): EventReading {
  const { account = '', person, only, since, recentWeeks } = written
  return {
    account,
    person: person ?? null,
    only: only === undefined ? null : (JSON.parse(only) as string[]),
    since: since === undefined ? null : dayOfText(since),
    recentWeeks: recentWeeks === undefined ? RECENT_WEEKS : Number(recentWeeks),
  }
}

/** 1970-01-01 was a Thursday. */
export function mondayOf(day: number): number {
  return day - ((((day + 3) % 7) + 7) % 7)
}

export function dayText(day: number): string {
  return new Date(day * MS_PER_DAY).toISOString().slice(0, 10)
}

export function dayOfText(text: string): number {
  return Math.floor(Date.parse(`${text}T00:00:00Z`) / MS_PER_DAY)
}

/** The Monday of the week in which an instant is, of some weeks; `null` for all others. */
export function weekFinder(zone: WeekZone, { from, to }: Weeks): (instant: number) => number | null {
  const count = (to - from) / 7 + 1
  const starts = Float64Array.from({ length: count + 1 }, (_, i) => zone.startOf(from + 7 * i))
  const first = starts[0] as number
  const end = starts[count] as number
  return (instant) => {
    if (!(instant >= first && instant < end)) return null
    // Where clocks change, a week is an hour longer or shorter.
    let i = Math.min(count - 1, Math.floor((instant - first) / MS_PER_WEEK))
    while (instant < (starts[i] as number)) i -= 1
    while (instant >= (starts[i + 1] as number)) i += 1
    return from + 7 * i
  }
}

const MS_PER_WEEK = 7 * MS_PER_DAY

/** The id of a point: no two points with other keys share one, nor do those of two services. */
export function pointId(
  vendor: string,
  { account, event, week }: Pick<WeekPoint, 'account' | 'event' | 'week'>,
): string {
  return [vendor, account, event, dayText(week)]
    .map((part) => part.replaceAll('\\', '\\\\').replaceAll('|', '\\|'))
    .join('|')
}

/** The week of a point's id; `null` for what is none. */
export function weekOfId(id: string): number | null {
  const text = /\|(\d{4}-\d\d-\d\d)$/.exec(id)?.[1]
  return text === undefined ? null : dayOfText(text)
}
