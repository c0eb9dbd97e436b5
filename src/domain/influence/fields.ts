import {
  COMMITMENT_STATUSES,
  FEATURE_AUDIENCES,
  FEATURE_STATUSES,
  REQUEST_CHANNELS,
  REQUEST_ROLES,
} from '../demand-records.ts'
import { day, flag, id, integer, money, number, oneOf, ratio, text } from '../fact-field.ts'
import type { FactSchema } from '../facts.ts'
import type { FactField, Fields } from '../fields.ts'
import { OPPORTUNITY_KINDS, OPPORTUNITY_STATES, SEGMENTS } from '../records.ts'
import { MIN_IN_ARM, VERDICTS } from './association.ts'
import { FEATURE_ROWS } from './feature-facts.ts'
import { EXCLUSIONS } from './links.ts'
import { REACH_WEEKS } from './reach.ts'
import { STAKE_PARTS } from './stakes.ts'

const WINDOW = 'influence.window_days of model.yaml (90)'
const always = { additive: false, always: true } as const
/** Of opportunities that other rows may count, too. */
const deals = (meaning: string, formula?: string) =>
  integer(meaning, '7', { ...always, unit: 'opportunities', ...(formula === undefined ? {} : { formula }) })
const arr = (meaning: string, formula?: string) =>
  money(meaning, { ...always, ...(formula === undefined ? {} : { formula }) })

/** What features, themes and all features together have alike. */
const shared: Fields<FactField> = {
  requests: integer('How many requests there are for it.', '12', { ...always, unit: 'requests' }),
  accounts: integer('How many accounts ask for it.', '6', { ...always, unit: 'accounts' }),
  openDeals: deals('Open opportunities that are linked to it: influenced open pipeline. Renewals are apart.'),
  openArr: arr(
    'ARR of the open opportunities that are linked to it.',
    'blockedArr + waitingArr + supportedArr; each opportunity once in a row',
  ),
  openShare: ratio('Their share in the ARR of all open opportunities, renewals left out.'),
  blockedDeals: deals('Of them, those that it blocks: named as a blocker, and not shipped.'),
  blockedArr: arr('ARR of those it blocks.'),
  onlyBlockerDeals: deals(
    'Of them, those that nothing else blocks.',
    'every blocker that is not shipped belongs to the row',
  ),
  onlyBlockerArr: arr('ARR of those that nothing else blocks.'),
  blockedExpectedArr: arr('What those it blocks are expected to bring.', 'Σ ARR × the CRM’s probability'),
  blockedWithoutProbability: deals(
    'Blocked ones of which the CRM has no probability: they are not in blockedExpectedArr.',
  ),
  waitingDeals: deals('Open opportunities that want it or were shown it, and it is not shipped.'),
  waitingArr: arr('ARR of those that wait for it.'),
  supportedDeals: deals('Open opportunities that are linked to it, and it is shipped.'),
  supportedArr: arr('ARR of those that it supports.'),
  renewalsAtRisk: integer(
    'Renewals at risk for want of it: open renewals linked to it, and accounts with an open risk that names it.',
    '2',
    {
      ...always,
      unit: 'renewals',
    },
  ),
  renewalsAtRiskArr: arr('ARR of these renewals; of a risk, what is at risk by it.'),
  createdDeals: deals(
    'Opened after shipping by accounts that had asked for it.',
    `opened from the day it shipped to ${WINDOW} days later, first asked for by then`,
  ),
  createdArr: arr('ARR of those opened after shipping by accounts that had asked.'),
  standingDeals: deals('Opportunities that were linked to it and stood open on the day it shipped.'),
  advancedDeals: deals(
    'Of those, the ones that moved forward after shipping.',
    `a stage further up, or a win, from the day it shipped to ${WINDOW} days later; each once`,
  ),
  advancedArr: arr('ARR of those that moved forward after shipping.'),
  advancedShare: ratio('Share of those that stood open that moved forward; beside it stands that of all others.', {
    formula: 'advancedDeals ÷ standingDeals',
  }),
  promisedDeals: deals('Opportunities that were linked to it and stood open when it was promised.'),
  advancedByPromiseDeals: deals(
    'Of those, the ones that moved forward after the promise.',
    `within ${WINDOW} days of a commitment`,
  ),
  advancedByPromiseArr: arr('ARR of those that moved forward after the promise.'),
  improvedDeals: deals(
    'Of those that stood open when it shipped, the ones whose ARR or probability was raised.',
    `within ${WINDOW} days of shipping`,
  ),
  improvedArr: arr('ARR of those that were raised.'),
  unblockedDeals: deals(
    'Opportunities it unblocked: with it the last blocker shipped, and they moved forward or were won.',
    `the last such day, within ${WINDOW} days; of two features that shipped on one day the one with the larger certainty, then the older request; each opportunity is unblocked by one feature`,
  ),
  unblockedArr: arr('ARR of those it unblocked.'),
  helpedUnblockDeals: deals(
    'Opportunities that another feature unblocked after this one, a blocker as well, had shipped.',
  ),
  influencedDeals: deals('Won opportunities linked to it: asked for before the win, and shipped before the win.'),
  influencedArr: arr('ARR of the won opportunities linked to it; each counts whole, so rows overlap.'),
  missedDeals: deals(
    'Lost opportunities that named it as a blocker while it was not shipped: what was claimed, not what was so.',
  ),
  missedArr: arr(
    'ARR of the lost ones that named it as missing.',
    'missedArrByBuyer + missedArrByNote + missedArrByReason',
  ),
  missedArrByBuyer: arr('Of it, by the buyer’s own words or a signed requirement (evidence 3).'),
  missedArrByNote: arr('Of it, by a rep’s note before close (evidence 2).'),
  missedArrByReason: arr('Of it, by a reason entered at or after close (evidence 1), or of unknown evidence.'),
  windowDays: integer('Within how many days what happens after shipping, or after a promise, is told.', '90', {
    ...always,
    unit: 'days',
  }),
  attribution: text('How credit is split over features, with the weights.', 'even: equal parts to its blockers', {
    always: true,
  }),
  inWords: text(
    'What it is worth, in a sentence.',
    '6 accounts ask for it; 500000.00 USD of ARR in open opportunities, 120000.00 of it blocked',
  ),
  asOf: day('The day the numbers are of.', { always: true }),
}

/** The row of no feature has none of these. */
const notOfNone = (fields: Fields<FactField>): Fields<FactField> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [
      name,
      ['openDeals', 'openArr', 'influencedDeals', 'windowDays', 'attribution', 'asOf'].includes(name)
        ? field
        : { ...field, always: false },
    ]),
  )

const segment = oneOf(
  'Size class of the accounts, as it is today; `all` is every one together.',
  ['all', ...SEGMENTS, 'none'],
  {
    always: true,
  },
)
const attributedArr = money(
  'ARR won that is credited to it. Over all features and *no feature linked* it adds up to all ARR won.',
  {
    additive: true,
    formula:
      'credit of links made, and features shipped, before the win; split as attribution says, to the minor unit by largest remainders; empty for all features together; additive within one segment',
  },
)
const people = (meaning: string) => integer(meaning, '40', { additive: false, unit: 'people' })
const accounts = (meaning: string, formula?: string) =>
  integer(meaning, '5', { additive: false, unit: 'accounts', ...(formula === undefined ? {} : { formula }) })
const counted = (meaning: string, formula?: string) =>
  integer(meaning, '14', { additive: false, unit: 'opportunities', ...(formula === undefined ? {} : { formula }) })

const ARMS =
  'with: opened in a month after it shipped, linked to it within influence.link_days of model.yaml (14) of opening; without: all others opened in those months; both still open that many days after opening, and closed since'

const feature: Fields<FactField> = {
  id: text('The id of the feature, with the segment where the row is of one.', 'F-17', { always: true }),
  row: oneOf(
    'Whether the row is of one feature, of all features together (each opportunity once), or of no feature.',
    FEATURE_ROWS,
    {
      always: true,
    },
  ),
  name: text('What the feature is called.', 'Single sign-on', { always: true }),
  segment,
  theme: text('The bigger need it is part of.', 'Enterprise security'),
  status: oneOf('How far it is.', FEATURE_STATUSES, { formula: 'shipped from its ship date on; else its own status' }),
  etaQuarter: text('The quarter in which it should ship.', '2026-Q4'),
  shippedOn: day('The day it shipped, or should.'),
  effortHours: integer('Hours of work it takes.', '320', { additive: true, unit: 'hours' }),
  audience: oneOf('Who gets it.', FEATURE_AUDIENCES),
  squad: text('The squad that builds it.', 'Growth'),
  isBug: flag('Whether it is a bug rather than something new.', { always: false }),
  supersededBy: text(
    'The bigger feature that takes its place; while it is not shipped, its requests count there.',
    'Enterprise login',
  ),
  enabledBy: text('The feature that must come first.', 'Audit log'),
  url: text('Where it can be opened in the source.', 'https://you.monday.com/boards/1/pulses/2'),
  ...notOfNone(shared),
  createdByOthersDeals: counted('Opened in the same days by all other accounts.'),
  createdByOthersArr: money('ARR of those opened by all other accounts.', { additive: false }),
  baseDeals: counted('All other opportunities that stood open on the day it shipped: the base rate rests on them.'),
  baseAdvancedShare: ratio(
    'Base rate: share of all other opportunities open on that day that moved forward within as many days.',
  ),
  isWindowOver: flag('Whether the days after shipping in which things are told are over.', { always: false }),
  askToShipDays: number('Days from asking to shipping of those it unblocked, in the middle.', '41', {
    additive: false,
    unit: 'days',
    formula: 'median',
  }),
  shipToWonDays: number('Days from shipping to the win of those it unblocked, in the middle.', '12', {
    additive: false,
    unit: 'days',
    formula: 'median',
  }),
  attributedArr,
  excludedLinks: integer('Links to won opportunities that earn no credit; feature_deal tells why, one by one.', '3', {
    additive: true,
    unit: 'links',
  }),
  usingAccounts: accounts(
    'Reach: accounts that use it.',
    `used in the newest ${REACH_WEEKS} weeks of which any use by the account is known`,
  ),
  usingPeople: people('Reach: how many people use it, at most, in one of those weeks, summed over accounts.'),
  usingAccountsBeforeWin: accounts('Accounts that used it before their first win.'),
  usingPeopleBeforeWin: people('How many people did so, at most, in one week, summed over accounts.'),
  usingAccountsAfterWin: accounts('Accounts that used it after their first win.'),
  usingPeopleAfterWin: people('How many people did so, at most, in one week, summed over accounts.'),
  askedBeforeShip: accounts('Accounts that had asked for it before it shipped.'),
  adopted: accounts('Of those, the accounts that have used it since.'),
  adoption: ratio('Share of the accounts that had asked that have used it since it shipped.', {
    formula: 'adopted ÷ askedBeforeShip',
  }),
  association: oneOf(
    `How opportunities with it fared beside comparable ones without: whether the interval of the adjusted difference contains 0. An association, no more; under ${MIN_IN_ARM} on a side, or no win or no loss on one, is not enough data.`,
    VERDICTS,
  ),
  associationInWords: text(
    'The same in sentences, with all counts.',
    '12 of 40 closed opportunities with it were won, 100 of 400 comparable ones without.',
  ),
  withWon: counted('Won ones with it.', ARMS),
  withClosed: counted('Closed ones with it.', ARMS),
  withoutWon: counted('Won ones without it.', ARMS),
  withoutClosed: counted('Closed ones without it.', ARMS),
  notCompared: counted('Of those, the ones in a segment and size that has no counterpart on the other side.'),
  withRate: ratio('Win rate with it.', { formula: 'withWon ÷ withClosed' }),
  withRateLow: ratio('Low end of its 95 % interval (Wilson).'),
  withRateHigh: ratio('High end of its 95 % interval (Wilson).'),
  withoutRate: ratio('Win rate of comparable ones without it.', { formula: 'withoutWon ÷ withoutClosed' }),
  rateDifference: ratio('Difference of the two rates, whatever segment and size.', {
    formula: 'withRate − withoutRate',
  }),
  rateDifferenceLow: ratio('Low end of its 95 % interval (Newcombe).'),
  rateDifferenceHigh: ratio('High end of its 95 % interval (Newcombe).'),
  adjustedDifference: ratio('Difference of the two rates, adjusted for segment and size.', {
    formula:
      'Mantel–Haenszel risk difference over segment × size; size by the ARR it opened with, in the bands of model.yaml',
  }),
  adjustedLow: ratio('Low end of its 95 % interval (Greenland and Robins).'),
  adjustedHigh: ratio('High end of its 95 % interval (Greenland and Robins).'),
  pValue: ratio('The p value of the test for any association within segments and sizes.', {
    formula: 'Cochran–Mantel–Haenszel',
  }),
  adjustedPValue: ratio('The p value of that test, adjusted for how many features are compared.', {
    formula: 'Benjamini–Hochberg over all features',
  }),
  shrunkRate: ratio(
    'Win rate with it, drawn towards that of all features, the more so the fewer opportunities it rests on.',
    {
      formula: 'beta-binomial',
    },
  ),
  shrunkRateLow: ratio('Low end of its 95 % interval.'),
  shrunkRateHigh: ratio('High end of its 95 % interval.'),
  seenBefore: counted('Linked opportunities seen before it shipped, those that were open across the day among them.'),
  seenWith: counted('Linked opportunities seen with it, those that were open across the day it shipped among them.'),
  wonByDay90Before: ratio('Share of linked opportunities won by day 90, before it shipped.', {
    formula: 'Aalen–Johansen, by days since opening; lost is another end; seen from the day it was linked on',
  }),
  wonByDay90With: ratio('Share of linked opportunities won by day 90, with it.', {
    formula: 'the same, from the day it shipped on',
  }),
}

const theme: Fields<FactField> = {
  id: text('The theme, with the segment where the row is of one.', 'Enterprise%20security', { always: true }),
  name: text('The theme.', 'Enterprise security', { always: true }),
  segment,
  features: integer('How many features of the catalogue belong to it.', '4', { ...always, unit: 'features' }),
  shippedFeatures: integer('How many of them are shipped.', '1', { ...always, unit: 'features' }),
  featureNames: text('What they are called.', 'Audit log, Single sign-on', { always: true }),
  effortHours: integer(
    'Hours of work that those not shipped take, as far as written down; declined ones left out.',
    '640',
    {
      ...always,
      unit: 'hours',
    },
  ),
  ...shared,
  attributedArr: money('ARR won that is credited to its features.', {
    additive: true,
    always: true,
    formula: 'sum over its features; additive within one segment, and less than all by features of no theme',
  }),
}

const featureDeal: Fields<FactField> = {
  id: text('The opportunity and the feature.', '0065g00000KcZ2wAAF:F-17', { always: true }),
  opportunityId: id('The opportunity.', 'opportunity', { always: true }),
  featureId: id('The feature.', 'feature', {
    always: true,
    formula: 'what a superseded one, not shipped, is superseded by',
  }),
  feature: text('What the feature is called.', 'Single sign-on', { always: true }),
  theme: text('The bigger need it is part of.', 'Enterprise security'),
  featureStatus: oneOf('How far the feature is.', FEATURE_STATUSES),
  etaQuarter: text('The quarter in which it should ship.', '2026-Q4'),
  shippedOn: day('The day it shipped.'),
  name: text('What the opportunity is called.', 'Acme - 50 seats'),
  kind: oneOf('First sale, growth of a customer, or renewal.', OPPORTUNITY_KINDS),
  stage: text('The CRM’s own stage.', 'Negotiation/Review'),
  state: oneOf('Open, won or lost.', OPPORTUNITY_STATES, { always: true }),
  segment: oneOf('Size class of its account, as it is today.', SEGMENTS),
  accountId: id('The account it would be sold to.', 'account'),
  ownerId: id('The user who owns it.', 'user'),
  openedOn: day('The day it opened, as far as is known.'),
  closeOn: day('The day it is expected to close, or closed, as the CRM has it.'),
  closedOn: day('The day it was won or lost; empty while it is open.'),
  probability: ratio('The CRM’s probability of winning.'),
  arr: money('Its ARR; the same opportunity is in a row of each of its features.', always),
  url: text('Where the opportunity can be opened in the source.', 'https://acme.my.salesforce.com/0065g00000KcZ2wAAF'),
  isLinked: flag(
    'Whether a request names both. If not, the account had asked, and the opportunity opened after shipping.',
  ),
  part: oneOf('What the feature is to it while it is open, or how it closed.', STAKE_PARTS, {
    formula:
      'blocked: a blocker that is not shipped; waiting: wanted or shown, not shipped; supported: shipped; renewals are apart',
  }),
  role: oneOf(
    'Whether it blocks the purchase, is wanted, or was shown: the strongest of its requests.',
    REQUEST_ROLES,
    {
      formula: 'of those made by close, where there are any; wanted where none says',
    },
  ),
  certainty: ratio('How sure it is that the feature decides: the largest of its requests.', {
    formula: 'without any, by evidence: 3 is 0.8, 2 is 0.5, 1 is 0.2',
  }),
  evidence: integer('How good the evidence is: the best of its requests.', '3', {
    additive: false,
    formula: 'a note made after close counts as 1; without any, 1',
  }),
  askedOn: day('The day it was first asked for.'),
  words: text('The words: the buyer’s own before others.', 'We cannot sign without SSO'),
  author: text('Who wrote them down.', 'Anna Snelling'),
  channel: oneOf('Where they were heard.', REQUEST_CHANNELS),
  isOnlyBlocker: flag('Whether nothing else blocks it.'),
  isCreated: flag('Whether it opened after shipping, by an account that had asked.'),
  advancedOn: day('The day it first moved forward after shipping, within the window.'),
  promisedOn: day('The day the feature was first promised for it.'),
  advancedByPromiseOn: day('The day it first moved forward after the promise, within the window.'),
  improvedOn: day('The day its ARR or probability was first raised after shipping, within the window.'),
  isUnblocked: flag('Whether this feature unblocked it; of all features of an opportunity one at most did.'),
  hasHelpedUnblock: flag('Whether it is one of the other blockers of an opportunity that was unblocked.'),
  askToShipDays: integer('Days from asking to shipping, where it was unblocked.', '41', {
    additive: false,
    unit: 'days',
  }),
  shipToWonDays: integer('Days from shipping to the win, where it was unblocked.', '12', {
    additive: false,
    unit: 'days',
  }),
  weight: ratio('The share of the opportunity that is credited to the feature.', { formula: 'attributedArr ÷ arr' }),
  attributedArr: money(
    'ARR that is credited to the feature; over the features of an opportunity never more than its ARR.',
    {
      additive: true,
      formula: 'as attribution says; what is left is credited to no feature',
    },
  ),
  attribution: text('How credit is split, with the weights.', 'even: equal parts to its blockers'),
  excluded: oneOf('Why the link earns no credit though the opportunity was won.', Object.keys(EXCLUSIONS)),
  excludedWhy: text('The same in words.', EXCLUSIONS.asked_after_close),
  isMissed: flag('Whether it was lost, and the feature was named as a blocker that was not shipped.'),
}

/** What blocks an opportunity, among the fields of its fact; only of opportunities that a request names. */
export const BLOCKER_FIELDS: Fields<FactField> = {
  blockers: text(
    'The ids of the features that block it, those not shipped first: what a board relation to Features links.',
    'F-17, F-3',
    {
      formula: 'features that a request with the role blocker names for it',
    },
  ),
  blockerNames: text('What these features are called.', 'Single sign-on, Audit log'),
  blockerStatuses: text('How far each of them is.', 'Single sign-on: building, 2026-Q4; Audit log: shipped 2026-05-01'),
  openBlockers: integer('How many of them are not shipped.', '1', { additive: true, unit: 'features' }),
  isCleared: flag('Whether all of them are shipped; empty where nothing blocks it.', { always: false }),
  blockersEta: text('The quarter by which all of them should ship; empty where one has none.', '2026-Q4', {
    formula: 'the latest etaQuarter of those not shipped',
  }),
  blockersClearedOn: day('The day the last of them shipped; empty while one is not.'),
  commitmentFeature: text('The feature that was promised for it.', 'Single sign-on', {
    formula:
      'of several promises an open one, then the one due first; for itself, or for its account and a feature it is linked to',
  }),
  commitmentStatus: oneOf('How the promise stands.', COMMITMENT_STATUSES),
  commitmentMadeOn: day('The day it was promised.'),
  commitmentDueOn: day('The day it is due.'),
  commitmentBy: text('Who promised it.', 'Anna Snelling'),
  commitmentCondition: text('What the buyer promised in return.', 'Signs for 200 seats'),
}

/** What mappings see of features. */
export const INFLUENCE_FACTS: Readonly<Record<'feature' | 'theme' | 'feature_deal', FactSchema>> = {
  feature: {
    meaning: 'What one feature is to the pipeline, with a row of all features together and one of no feature.',
    fields: feature,
    scope: {},
  },
  theme: {
    meaning: 'What the features of one theme are to the pipeline together, each opportunity once.',
    fields: theme,
    scope: {},
  },
  feature_deal: {
    meaning:
      'An opportunity and a feature it has to do with: the names, dates, money and words behind the numbers of the feature.',
    fields: featureDeal,
    scope: { account: 'account', owner: 'user' },
  },
}
