import type { Day } from '../day.ts'
import type { Feature } from '../demand-records.ts'
import type { FactValues } from '../facts.ts'
import type { Model } from '../model.ts'
import { formatMoney } from '../money.ts'
import { type Association, compareFeatures } from './association.ts'
import { addAssociation } from './association-fields.ts'
import { attributionInWords } from './attribution.ts'
import { isShippedOn } from './feature-state.ts'
import type { BaseTotals, SubjectTotals } from './influence-totals.ts'
import { EVERY_SEGMENT, type InfluenceTotals, readInfluence } from './read-totals.ts'
import { ALL_FEATURES, featureSubject, themeSubject } from './subject-sums.ts'

/** What a row is about: one feature, all of them together, or opportunities that are linked to none. */
export const FEATURE_ROWS = ['feature', 'all_features', 'no_feature'] as const
export type FeatureRow = (typeof FEATURE_ROWS)[number]

/** The catalogue, by id. */
export type Features = ReadonlyMap<string, Feature>

type Row = Record<string, FactValues[string]>

/**
 * What each feature of the catalogue is to the pipeline as of a day, for all segments together and for each, with a row of *all
 * features together* (each opportunity once) and one of *no feature linked*; by id. Attributed ARR of the features and of *no
 * feature* is all ARR won, to the minor unit. The comparison with opportunities without the feature is made for all segments
 * together, since it is told by segment in itself. `totals` may hold other things.
 */
export function featureFacts(
  totals: ReadonlyMap<string, number>,
  model: Model,
  features: Features,
  day: Day,
): FactValues[] {
  const influence = readInfluence(totals)
  const associations = associationsOf(influence, model, features, day)
  const rows: Row[] = []
  for (const segment of influence.segments.length === 0 ? [EVERY_SEGMENT] : influence.segments) {
    const base = influence.base(segment)
    const known = new Set(influence.subjects(segment))
    for (const feature of features.values()) {
      if (segment !== EVERY_SEGMENT && !known.has(featureSubject(feature.id))) continue
      const subject = influence.subject(segment, featureSubject(feature.id))
      const row = startRow('feature', feature.id, feature.name ?? feature.id, segment, model, day)
      addFeature(row, feature, features, day)
      addMeasures(row, subject, base, model)
      addShipping(row, subject, base, feature, model, day)
      addReach(row, subject)
      row.attributedArr = subject.sum('credit')
      row.excludedLinks = subject.sum('excluded')
      row.inWords = inWords(subject, model)
      if (segment === EVERY_SEGMENT) addAssociation(row, associations.get(feature.id))
      rows.push(row)
    }
    const all = influence.subject(segment, ALL_FEATURES)
    const together = startRow('all_features', 'all_features', 'All features together', segment, model, day)
    addMeasures(together, all, base, model)
    together.inWords = inWords(all, model)
    rows.push(together, noFeatureRow(all, base, segment, model, day))
  }
  return rows.sort(byId)
}

/** What each theme is to the pipeline: its features together, each opportunity and account once; by id. */
export function themeFacts(
  totals: ReadonlyMap<string, number>,
  model: Model,
  features: Features,
  day: Day,
): FactValues[] {
  const themes = Map.groupBy(
    [...features.values()].filter(({ theme }) => theme !== undefined && theme !== ''),
    ({ theme = '' }) => theme,
  )
  if (themes.size === 0) return []
  const influence = readInfluence(totals)
  const rows: Row[] = []
  for (const [theme, list] of themes) {
    for (const segment of influence.segments.length === 0 ? [EVERY_SEGMENT] : influence.segments) {
      const isKnown = influence.subjects(segment).includes(themeSubject(theme))
      if (segment !== EVERY_SEGMENT && !isKnown) continue
      const subject = influence.subject(segment, themeSubject(theme))
      const row = startOf(`${encodeURIComponent(theme)}`, theme, segment, model, day)
      const shipped = list.filter((feature) => isShippedOn(feature, day))
      row.features = list.length
      row.shippedFeatures = shipped.length
      row.featureNames = list
        .map(({ id, name }) => name ?? id)
        .sort()
        .join(', ')
      const missing = list.filter((feature) => !isShippedOn(feature, day) && feature.status !== 'declined')
      row.effortHours = missing.reduce((sum, { effortHours = 0 }) => sum + effortHours, 0)
      addMeasures(row, subject, influence.base(segment), model)
      row.attributedArr = subject.sum('credit')
      row.inWords = inWords(subject, model)
      rows.push(row)
    }
  }
  return rows.sort(byId)
}

function associationsOf(
  influence: InfluenceTotals,
  model: Model,
  features: Features,
  day: Day,
): ReadonlyMap<string, Association> {
  const list = [...features.values()]
    .map((feature) => ({ id: feature.id, shippedOn: isShippedOn(feature, day) ? feature.shippedOn : undefined }))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
  return compareFeatures(list, influence, model.influence.sizeBands.length + 1, day)
}

function startRow(kind: FeatureRow, id: string, name: string, segment: string, model: Model, day: Day): Row {
  return { ...startOf(id, name, segment, model, day), row: kind }
}

function startOf(id: string, name: string, segment: string, model: Model, day: Day): Row {
  const isAll = segment === EVERY_SEGMENT
  return {
    // The rows of all segments are what other boards link to, by the id of the feature alone.
    id: isAll ? id : `${id}:${segment}`,
    name: isAll ? name : `${name}, ${segment}`,
    segment,
    attribution: attributionInWords(model.influence),
    asOf: day,
  }
}

function addFeature(row: Row, feature: Feature, features: Features, day: Day): void {
  put(row, 'theme', feature.theme)
  const isShipped = isShippedOn(feature, day)
  put(row, 'status', isShipped ? 'shipped' : feature.status)
  put(row, 'etaQuarter', feature.etaQuarter)
  put(row, 'shippedOn', feature.shippedOn)
  put(row, 'effortHours', feature.effortHours)
  put(row, 'audience', feature.audience)
  put(row, 'squad', feature.squad)
  put(row, 'isBug', feature.isBug)
  put(row, 'url', feature.url)
  const nameOf = (id: string) => features.get(id)?.name ?? id
  if (feature.supersededById !== undefined) row.supersededBy = nameOf(feature.supersededById)
  if (feature.enabledById !== undefined) row.enabledBy = nameOf(feature.enabledById)
}

function put(row: Row, name: string, value: FactValues[string] | undefined): void {
  if (value !== undefined) row[name] = value
}

/** Numbers that a feature, a theme and all features together have alike; each opportunity counts once in a row. */
function addMeasures(row: Row, subject: SubjectTotals, base: BaseTotals, model: Model): void {
  const copy = (names: Readonly<Record<string, string>>) => {
    for (const [field, measure] of Object.entries(names)) row[field] = subject.sum(measure)
  }
  copy({
    requests: 'requests',
    accounts: 'accounts',
    openDeals: 'open',
    openArr: 'openArr',
    blockedDeals: 'blocked',
    blockedArr: 'blockedArr',
    onlyBlockerDeals: 'sole',
    onlyBlockerArr: 'soleArr',
    blockedExpectedArr: 'expected',
    blockedWithoutProbability: 'without',
    supportedDeals: 'supported',
    supportedArr: 'supportedArr',
    renewalsAtRisk: 'renewals',
    renewalsAtRiskArr: 'renewalsArr',
    createdDeals: 'created',
    createdArr: 'createdArr',
    standingDeals: 'standing',
    advancedDeals: 'advanced',
    advancedArr: 'advancedArr',
    promisedDeals: 'promised',
    advancedByPromiseDeals: 'byPromise',
    advancedByPromiseArr: 'byPromiseArr',
    improvedDeals: 'improved',
    improvedArr: 'improvedArr',
    unblockedDeals: 'unblocked',
    unblockedArr: 'unblockedArr',
    helpedUnblockDeals: 'helped',
    influencedDeals: 'won',
    influencedArr: 'wonArr',
    missedDeals: 'lost',
    missedArr: 'lostArr',
    missedArrByBuyer: 'lostC',
    missedArrByNote: 'lostB',
    missedArrByReason: 'lostA',
  })
  row.waitingDeals = subject.sum('open') - subject.sum('blocked') - subject.sum('supported')
  row.waitingArr = subject.sum('openArr') - subject.sum('blockedArr') - subject.sum('supportedArr')
  const stood = subject.sum('standing')
  if (stood > 0) row.advancedShare = subject.sum('advanced') / stood
  const open = base.state('openArr')
  if (open > 0) row.openShare = subject.sum('openArr') / open
  row.windowDays = model.influence.windowDays
}

/** What happened around the day a feature shipped, with what happened to all other opportunities at the same time. */
function addShipping(
  row: Row,
  subject: SubjectTotals,
  base: BaseTotals,
  feature: Feature,
  model: Model,
  day: Day,
): void {
  const askToShip = median(subject.counts('ka'))
  const shipToWon = median(subject.counts('kw'))
  if (askToShip !== undefined) row.askToShipDays = askToShip
  if (shipToWon !== undefined) row.shipToWonDays = shipToWon
  const { shippedOn } = feature
  if (shippedOn === undefined || !isShippedOn(feature, day)) return
  const { windowDays } = model.influence
  row.isWindowOver = day >= shippedOn + windowDays
  const opened = base.opened(shippedOn, shippedOn + windowDays)
  row.createdByOthersDeals = opened.count - subject.sum('created')
  row.createdByOthersArr = opened.arr - subject.sum('createdArr')
  const { stood, moved } = base.standing(shippedOn)
  const others = stood - subject.sum('standing')
  row.baseDeals = others
  if (others > 0) row.baseAdvancedShare = (moved - subject.sum('advanced')) / others
}

function addReach(row: Row, subject: SubjectTotals): void {
  row.usingAccounts = subject.sum('usedBy')
  row.usingPeople = subject.sum('users')
  row.usingAccountsBeforeWin = subject.sum('usedBefore')
  row.usingPeopleBeforeWin = subject.sum('usersBefore')
  row.usingAccountsAfterWin = subject.sum('usedAfter')
  row.usingPeopleAfterWin = subject.sum('usersAfter')
  const asked = subject.sum('askedFirst')
  row.askedBeforeShip = asked
  row.adopted = subject.sum('adopters')
  if (asked > 0) row.adoption = subject.sum('adopters') / asked
}

/** What is left of all opportunities when those that are linked to any feature are taken off. */
function noFeatureRow(all: SubjectTotals, base: BaseTotals, segment: string, model: Model, day: Day): Row {
  const row = startRow('no_feature', 'no_feature', 'No feature linked', segment, model, day)
  row.openDeals = base.state('open') - all.sum('open')
  row.openArr = base.state('openArr') - all.sum('openArr')
  row.influencedDeals = base.state('won') - all.sum('won')
  row.attributedArr = base.state('wonArr') - all.sum('credit')
  const open = base.state('openArr')
  if (open > 0) row.openShare = (open - all.sum('openArr')) / open
  row.windowDays = model.influence.windowDays
  return row
}

/** `6 accounts ask for it; 500000.00 USD of open opportunities, 120000.00 of them blocked by it`. */
function inWords(subject: SubjectTotals, { currency }: Model): string {
  const accounts = subject.sum('accounts')
  const money = (minor: number) => formatMoney(minor, currency)
  const asked = `${accounts} account${accounts === 1 ? ' asks' : 's ask'} for it`
  const open = `${money(subject.sum('openArr'))} ${currency} of ARR in open opportunities`
  return `${asked}; ${open}, ${money(subject.sum('blockedArr'))} of it blocked`
}

/** The middle of counted numbers; the mean of the two in the middle of an even number of them. */
export function median(counts: ReadonlyMap<number, number>): number | undefined {
  const sorted = [...counts].filter(([, count]) => count > 0).sort(([a], [b]) => a - b)
  const total = sorted.reduce((sum, [, count]) => sum + count, 0)
  if (total === 0) return undefined
  const at = (place: number) => {
    let before = 0
    for (const [value, count] of sorted) {
      before += count
      if (place < before) return value
    }
    return 0
  }
  return (at(Math.floor((total - 1) / 2)) + at(Math.floor(total / 2))) / 2
}

function byId(a: Row, b: Row): number {
  return String(a.id) < String(b.id) ? -1 : 1
}
