import type { FactValues } from '../facts.ts'
import { fitRatePrior, shrinkRate } from '../statistics/beta-prior.ts'
import { wilsonInterval } from '../statistics/wilson.ts'
import { Cell, parseKey, sumsUnder, type Tally } from '../tally.ts'
import type { CountedPartner } from './counted-project.ts'

/** First letter of keys: projects by partner. */
const HEAD = 'z'
const SUMS = [
  'projects',
  'open',
  'live',
  'good',
  'bad',
  'served',
  'kept',
  'arrThen',
  'arrNow',
  'openArr',
  'services',
] as const
const MEASURES = [...'polgbskxyaw']
/** Projects are counted as they stand, of no month. */
const NOW = 0
/** The name of projects that no partner does. */
export const IN_HOUSE = 'in house'

const cells = new Map<string, Cell>()

/** Adds what an account's projects contribute to their partner; integers only. */
export function addToPartners(tally: Tally, [id, partner, ...sums]: CountedPartner): void {
  const tail = JSON.stringify([id, partner])
  let cell = cells.get(tail)
  if (cell === undefined) {
    cell = new Cell(HEAD, tail, MEASURES)
    cells.set(tail, cell)
  }
  const row = tally.row(cell, NOW)
  for (const [measure, value] of sums.entries()) if (value !== 0) tally.add(row, measure, value)
}

/**
 * What came of each partner's projects, by id, with those of no partner beside: projects, satisfaction, how many customers stayed and
 * how their ARR grew since they went live. With few customers a partner's rate is drawn towards that of all (beta-binomial), so that
 * one lost customer of two is no verdict. `totals` may hold other things.
 */
export function partnerFacts(totals: ReadonlyMap<string, number>): FactValues[] {
  const partners = new Map<string, Record<string, number | string>>()
  for (const [key, value] of sumsUnder(totals, HEAD)) {
    const parsed = value === 0 ? undefined : parseKey(key, HEAD)
    if (parsed === undefined) continue
    const [id = '', partner = ''] = JSON.parse(parsed.tail) as string[]
    const name = id === '' ? IN_HOUSE : partner
    const sums = partners.get(parsed.tail) ?? { id: id === '' ? IN_HOUSE : id, name }
    partners.set(parsed.tail, sums)
    sums[SUMS[MEASURES.indexOf(parsed.measure)] as string] = value
  }
  const of = (sums: Record<string, number | string>, name: (typeof SUMS)[number]) => Number(sums[name] ?? 0)
  // In one order, so that sums of fractions come out the same.
  const all = [...partners.values()].sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1))
  const prior = fitRatePrior(all.map((sums) => ({ successes: of(sums, 'kept'), total: of(sums, 'served') })))
  return all.map((sums): FactValues => {
    const [good, bad, served, kept] = [of(sums, 'good'), of(sums, 'bad'), of(sums, 'served'), of(sums, 'kept')]
    const interval = wilsonInterval(good, good + bad)
    const row: Record<string, string | number | boolean> = {
      id: String(sums.id),
      partner: String(sums.name),
      isPartner: sums.name !== IN_HOUSE,
      projects: of(sums, 'projects'),
      open: of(sums, 'open'),
      live: of(sums, 'live'),
      answers: good + bad,
      customers: served,
      customersKept: kept,
      openPipeline: of(sums, 'openArr'),
      services: of(sums, 'services'),
    }
    if (interval !== null) {
      row.csat = good / (good + bad)
      row.csatLow = interval.lower
      row.csatHigh = interval.upper
    }
    if (served > 0) {
      row.retention = kept / served
      row.arrKept = of(sums, 'arrNow') / of(sums, 'arrThen')
    }
    const others = all.filter((one) => one !== sums)
    const total = (name: (typeof SUMS)[number]) => others.reduce((sum, one) => sum + of(one, name), 0)
    if (total('served') > 0) {
      row.retentionOfOthers = total('kept') / total('served')
      row.arrKeptOfOthers = total('arrNow') / total('arrThen')
    }
    if (served > 0 && prior !== null) {
      const shrunk = shrinkRate(prior, kept, served)
      row.retentionShrunk = shrunk.rate
      row.retentionLow = shrunk.interval.lower
      row.retentionHigh = shrunk.interval.upper
    }
    return row
  })
}
