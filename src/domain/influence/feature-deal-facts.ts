import { arrToday } from '../counted.ts'
import type { FactValues } from '../facts.ts'
import { attributionInWords } from './attribution.ts'
import { EXCLUSIONS, numberOf } from './links.ts'
import type { InfluenceSettings } from './settings.ts'
import type { Stake } from './stakes.ts'

type Row = Record<string, FactValues[string]>

/** What a row says of its opportunity, as it is today. */
const OF_OPPORTUNITY = [
  ...['name', 'kind', 'stage', 'state', 'segment', 'accountId', 'ownerId', 'closeOn', 'closedOn', 'probability', 'url'],
] as const

/** The opportunity and the feature behind the numbers of a feature, with dates, money and the buyer's words. */
export function featureDealFact(stake: Stake, settings: InfluenceSettings): FactValues {
  const { opportunity, counted, feature, link } = stake
  const row: Row = {
    // Ids of sources may hold colons; what follows the last one here does not.
    id: `${opportunity.id}:${encodeURIComponent(feature.id)}`,
    opportunityId: String(opportunity.id),
    featureId: feature.id,
    feature: feature.name,
  }
  put(row, 'theme', feature.theme)
  put(row, 'featureStatus', feature.status)
  put(row, 'etaQuarter', feature.etaQuarter)
  put(row, 'shippedOn', feature.shippedOn)
  for (const name of OF_OPPORTUNITY) put(row, name, opportunity[name])
  put(row, 'openedOn', counted.path[0]?.day)
  row.arr = arrToday(counted)
  addLink(row, stake)
  row.isOnlyBlocker = stake.part === 'blocked' && stake.missing.length === 1
  row.isCreated = stake.isCreated
  put(row, 'advancedOn', stake.advancedOn)
  put(row, 'promisedOn', stake.promisedOn)
  put(row, 'advancedByPromiseOn', stake.advancedByPromiseOn)
  put(row, 'improvedOn', stake.improvedOn)
  row.isUnblocked = stake.unblockedOn !== undefined
  row.hasHelpedUnblock = stake.hasHelped
  if (stake.unblockedOn !== undefined) {
    if (link?.askedOn !== undefined) row.askToShipDays = stake.unblockedOn - link.askedOn
    const closedOn = numberOf(opportunity.closedOn)
    if (opportunity.isWon === true && closedOn !== undefined) {
      row.shipToWonDays = Math.max(0, closedOn - stake.unblockedOn)
    }
  }
  if (stake.part === 'won') {
    row.attributedArr = stake.credit
    if (row.arr !== 0) row.weight = stake.credit / row.arr
    row.attribution = attributionInWords(settings)
  }
  if (stake.exclusion !== undefined) {
    row.excluded = stake.exclusion
    row.excludedWhy = EXCLUSIONS[stake.exclusion]
  }
  row.isMissed = stake.isMissed
  return row
}

function addLink(row: Row, { link, part }: Stake): void {
  row.isLinked = link !== undefined
  put(row, 'part', part)
  if (link === undefined) return
  row.role = link.role
  row.certainty = link.certainty
  row.evidence = link.evidence
  put(row, 'askedOn', link.askedOn)
  put(row, 'words', link.words)
  put(row, 'author', link.author)
  put(row, 'channel', link.channel)
}

function put(row: Row, name: string, value: FactValues[string] | undefined): void {
  if (value !== undefined) row[name] = value
}
