import type { FactValues } from '../facts.ts'
import type { Association } from './association.ts'
import { MIN_IN_ARM } from './association.ts'
import { MAX_AGE } from './measures.ts'

type Row = Record<string, FactValues[string]>

/** Adds to a feature's fact how opportunities with it fared beside comparable ones without: numbers, and the same in words. */
export function addAssociation(row: Row, association: Association | undefined): void {
  if (association === undefined) return
  const { withWon, withClosed, withoutWon, withoutClosed, compared, wonBy } = association
  Object.assign(row, { withWon, withClosed, withoutWon, withoutClosed, notCompared: association.leftOut })
  row.association = association.verdict
  row.associationInWords = inWords(association)
  row.seenBefore = wonBy.beforeSeen
  row.seenWith = wonBy.withSeen
  if (wonBy.before !== undefined) row.wonByDay90Before = wonBy.before.share
  if (wonBy.with !== undefined) row.wonByDay90With = wonBy.with.share
  if (compared === undefined) return
  row.withRate = withWon / withClosed
  row.withRateLow = compared.withInterval.lower
  row.withRateHigh = compared.withInterval.upper
  row.withoutRate = withoutWon / withoutClosed
  row.rateDifference = compared.crude.difference
  row.rateDifferenceLow = compared.crude.lower
  row.rateDifferenceHigh = compared.crude.upper
  row.adjustedDifference = compared.adjusted.estimate
  if (compared.adjusted.interval !== null) {
    row.adjustedLow = compared.adjusted.interval.lower
    row.adjustedHigh = compared.adjusted.interval.upper
  }
  row.pValue = compared.p
  row.adjustedPValue = compared.adjustedP
  row.shrunkRate = compared.shrunk.rate
  row.shrunkRateLow = compared.shrunk.interval.lower
  row.shrunkRateHigh = compared.shrunk.interval.upper
}

function inWords({ withWon, withClosed, withoutWon, withoutClosed, compared, wonBy }: Association): string {
  const counts = `${withWon} of ${withClosed} closed opportunities with it were won, ${withoutWon} of ${withoutClosed} comparable ones without.`
  if (compared === undefined) return `${counts} Not enough data (under ${MIN_IN_ARM} on a side, or no win or no loss).`
  const { withInterval, withoutInterval, adjusted } = compared
  const rates =
    `With: ${percent(withWon / withClosed)} (${range(withInterval)}); ` +
    `without: ${percent(withoutWon / withoutClosed)} (${range(withoutInterval)}).`
  const within = adjusted.interval === null ? '' : ` (${range(adjusted.interval)})`
  const difference = `Adjusted for segment and size: ${percent(adjusted.estimate)} points${within}.`
  const share = (of: typeof wonBy.with) => (of === undefined ? 'too few' : percent(of.share))
  const time = `Won by day ${MAX_AGE}: ${share(wonBy.with)} with it, ${share(wonBy.before)} before.`
  return `${counts} ${rates} ${difference} ${time} This is an association.`
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}

function range({ lower, upper }: { readonly lower: number; readonly upper: number }): string {
  return `${(lower * 100).toFixed(1)} to ${(upper * 100).toFixed(1)}`
}
