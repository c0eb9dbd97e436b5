const DAY_MS = 86_400_000

/** Days that a date literal covers, as ms since 1970 in UTC: `from` is included, `to` is not. */
export interface DayRange {
  readonly from: number
  readonly to: number
}

type Unit = 'DAY' | 'WEEK' | 'MONTH' | 'QUARTER' | 'YEAR'

/**
 * What a date literal such as `TODAY` or `LAST_N_DAYS:30` means at `now`, in the org's zone, which here is UTC; `null` for
 * a literal nobody knows.
 *
 * Weeks begin on Sunday, fiscal years with January. `LAST_N_DAYS` includes today, as do `LAST_90_DAYS`; every other
 * `LAST_` and `NEXT_` leaves the current unit out.
 */
export function rangeOfLiteral(literal: string, n: number | undefined, now: number): DayRange | null {
  const name = literal.split(':')[0]?.toUpperCase().replace('FISCAL_', '') ?? ''
  const range = (unit: Unit, first: number, last: number): DayRange => ({
    from: startOf(unit, now, first),
    to: startOf(unit, now, last + 1),
  })
  if (name === 'YESTERDAY') return range('DAY', -1, -1)
  if (name === 'TODAY') return range('DAY', 0, 0)
  if (name === 'TOMORROW') return range('DAY', 1, 1)
  if (name === 'LAST_90_DAYS') return range('DAY', -90, 0)
  if (name === 'NEXT_90_DAYS') return range('DAY', 1, 90)

  const single = /^(LAST|THIS|NEXT)_(WEEK|MONTH|QUARTER|YEAR)$/.exec(name)
  if (single !== null) {
    const offset = { LAST: -1, THIS: 0, NEXT: 1 }[single[1] as 'LAST' | 'THIS' | 'NEXT']
    return range(single[2] as Unit, offset, offset)
  }
  if (n === undefined) return null
  const several = /^(LAST|NEXT)_N_(DAY|WEEK|MONTH|QUARTER|YEAR)S$/.exec(name)
  if (several !== null) {
    const unit = several[2] as Unit
    if (several[1] === 'NEXT') return range(unit, 1, n)
    return unit === 'DAY' ? range(unit, -n, 0) : range(unit, -n, -1)
  }
  const ago = /^N_(DAY|WEEK|MONTH|QUARTER|YEAR)S_AGO$/.exec(name)
  return ago === null ? null : range(ago[1] as Unit, -n, -n)
}

/** Start of the unit that holds `now`, moved by `offset` units. */
function startOf(unit: Unit, now: number, offset: number): number {
  const today = Math.floor(now / DAY_MS) * DAY_MS
  const date = new Date(today)
  const year = date.getUTCFullYear()
  const month = date.getUTCMonth()
  switch (unit) {
    case 'DAY':
      return today + offset * DAY_MS
    case 'WEEK':
      return today + (offset * 7 - date.getUTCDay()) * DAY_MS
    case 'MONTH':
      return Date.UTC(year, month + offset, 1)
    case 'QUARTER':
      return Date.UTC(year, (Math.floor(month / 3) + offset) * 3, 1)
    case 'YEAR':
      return Date.UTC(year + offset, 0, 1)
  }
}
