import { type Day, monthIndexOf } from '../day.ts'
import type { FactValues } from '../facts.ts'
import { readVoice } from './voice-totals.ts'

/** Months that are told, and as many before them that they are held against; the present month is on top. */
const MONTHS = 3
/** Fewer mentions than this are no trend. */
const FEW = 5

/**
 * What customers say of each feature, by id: mentions in tickets and requests in the last 3 whole months and the present one, against
 * the 3 before; moods; tickets in the 90 days before and after it shipped. A feature that nobody mentioned in that time, nor around
 * shipping, has no row. `totals` may hold other things.
 */
export function featureVoiceFacts(totals: ReadonlyMap<string, number>, day: Day): FactValues[] {
  const current = monthIndexOf(day)
  const rows: FactValues[] = []
  for (const { id, feature, theme, months } of readVoice(totals)) {
    const sum = (place: number, from: number, to: number) => {
      let total = 0
      for (const [month, sums] of months) if (month >= from && month <= to) total += sums[place] ?? 0
      return total
    }
    const recent = (place: number) => sum(place, current - MONTHS, current)
    const [tickets, requests, positive, negative] = [recent(0), recent(1), recent(2), recent(3)]
    const [before, after] = [sum(4, Number.NEGATIVE_INFINITY, current), sum(5, Number.NEGATIVE_INFINITY, current)]
    const whole = sum(0, current - MONTHS, current - 1) + sum(1, current - MONTHS, current - 1)
    const earlier =
      sum(0, current - 2 * MONTHS, current - MONTHS - 1) + sum(1, current - 2 * MONTHS, current - MONTHS - 1)
    if (tickets + requests + earlier + before + after === 0) continue
    const row: Record<string, string | number | boolean> = {
      id,
      feature,
      tickets,
      requests,
      positive,
      negative,
      mentions: whole,
      mentionsBefore: earlier,
      isTrending: whole >= FEW && whole >= 2 * earlier,
      ticketsBeforeShipping: before,
      ticketsAfterShipping: after,
    }
    if (theme !== '') row.theme = theme
    if (earlier > 0) row.growth = whole / earlier - 1
    rows.push(row)
  }
  return rows.sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1))
}
