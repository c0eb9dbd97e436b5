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

/** The Monday of the week in which an instant is, found once a day. */
export function weekFinder(zone: WeekZone): (instant: number) => number {
  const known = new Map<number, number>()
  let last = { from: 0, to: 0, week: 0 }
  return (instant) => {
    if (instant >= last.from && instant < last.to) return last.week
    const day = zone.dayOf(instant)
    let week = known.get(day)
    if (week === undefined) {
      week = mondayOf(day)
      known.set(day, week)
    }
    last = { from: zone.startOf(day), to: zone.startOf(day + 1), week }
    return week
  }
}

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
