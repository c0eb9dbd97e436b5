import type { Day } from './day.ts'
import type { Model } from './model.ts'
import type { ExchangeRate } from './records.ts'

/** One unit of a currency is `times` ÷ `over` units of another; both count as the decimals that were written. */
export interface Rate {
  readonly times: number
  readonly over: number
}

/** What a source says of one currency. */
interface Quotes {
  /** By first day, ascending. */
  readonly dated: (ExchangeRate & { readonly from: Day })[]
  undated: ExchangeRate | undefined
}

/** The exchange rates that sources delivered: by source, then by currency; sources in the order of their names. */
export type Rates = ReadonlyMap<string, ReadonlyMap<string, Quotes>>

/** Whether records of a kind are exchange rates. */
export function isRate(kind: string): boolean {
  return kind === 'exchange_rate' || kind === 'dated_exchange_rate'
}

/**
 * Puts delivered rates in order. Of two rates of one source for one currency and first day, the one that changed last
 * counts (of equals, the greater id): the order of arrival never matters. A rate without currency or number is none.
 */
export function createRates(records: readonly ExchangeRate[]): Rates {
  const rates = new Map<string, Map<string, Quotes>>()
  for (const record of records.toSorted(inOrder)) {
    const { source, currency, from } = record
    if (currency === undefined || (record.perCorporate ?? record.rate) === undefined) continue
    const ofSource = rates.get(source) ?? new Map<string, Quotes>()
    rates.set(source, ofSource)
    const quotes = ofSource.get(currency) ?? { dated: [], undated: undefined }
    ofSource.set(currency, quotes)
    if (from === undefined) quotes.undated = record
    else {
      if (quotes.dated.at(-1)?.from === from) quotes.dated.pop()
      quotes.dated.push({ ...record, from })
    }
  }
  return rates
}

/**
 * What one unit of a currency is worth in company currency on a day, for a record of `source`; `undefined` where
 * nothing says it. `look` is told each currency of which delivered rates were looked at, found or not.
 *
 * A rate written in `model.yaml` that is valid on the day wins. Then come the rates of the record's own source, then
 * those of other sources in the order of their names; of each, the newest dated one on or before the day, else the
 * undated one. Rates against a corporate currency are crossed through it: the same source must have one for the company
 * currency too.
 */
export function rateOn(
  rates: Rates,
  model: Model,
  source: string,
  currency: string,
  day: Day,
  look: (currency: string) => void,
): Rate | undefined {
  const written = model.rates[currency]?.findLast(({ from }) => from <= day)
  if (written !== undefined) return { times: written.rate, over: 1 }
  look(currency)
  const own = rates.get(source)
  const found = own === undefined ? undefined : crossed(own, model, currency, day, look)
  if (found !== undefined) return found
  for (const [name, others] of rates) {
    const other = name === source ? undefined : crossed(others, model, currency, day, look)
    if (other !== undefined) return other
  }
  return undefined
}

function crossed(
  quotes: ReadonlyMap<string, Quotes>,
  model: Model,
  currency: string,
  day: Day,
  look: (currency: string) => void,
): Rate | undefined {
  const quote = quoteOn(quotes.get(currency), day)
  if (quote?.rate !== undefined) return { times: quote.rate, over: 1 }
  if (quote?.perCorporate === undefined) return undefined
  look(model.currency)
  const company = quoteOn(quotes.get(model.currency), day)?.perCorporate
  return company === undefined ? undefined : { times: company, over: quote.perCorporate }
}

function quoteOn(quotes: Quotes | undefined, day: Day): ExchangeRate | undefined {
  return quotes?.dated.findLast(({ from }) => from <= day) ?? quotes?.undated
}

/** The next day after `day` on which a currency may be worth something else, as far as is known; `undefined` for none. */
export function nextRateDay(rates: Rates, model: Model, currency: string, day: Day): Day | undefined {
  const written = model.rates[currency] ?? []
  const days: (readonly { readonly from: Day }[])[] = [written]
  // Where a written rate holds, delivered ones never count again.
  if (!written.some(({ from }) => from <= day)) {
    for (const quotes of rates.values()) {
      for (const code of [currency, model.currency]) days.push(quotes.get(code)?.dated ?? [])
    }
  }
  const next = Math.min(...days.map((list) => list.find(({ from }) => from > day)?.from ?? Number.POSITIVE_INFINITY))
  return Number.isFinite(next) ? next : undefined
}

function inOrder(a: ExchangeRate, b: ExchangeRate): number {
  return (
    compare(a.source, b.source) ||
    (a.from ?? Number.MIN_SAFE_INTEGER) - (b.from ?? Number.MIN_SAFE_INTEGER) ||
    a.changedAt - b.changedAt ||
    compare(a.id, b.id)
  )
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
