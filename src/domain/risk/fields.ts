import { RISK_CHANNELS, RISK_KINDS, RISK_LIKELIHOODS, RISK_RESOLUTIONS, RISK_STATUSES } from '../demand-records.ts'
import { day, field, flag, id, integer, money, number, oneOf, ratio, text } from '../fact-field.ts'
import type { FactSchema } from '../facts.ts'
import type { FactField, Fields } from '../fields.ts'
import { HEALTHS } from './health.ts'
import { RISK_GROUPS } from './risk-model.ts'
import { RISK_VIEWS } from './risk-totals.ts'
import { RENEWAL_HEALTHS } from './risk-trend-facts.ts'
import { CAUSE_VIEWS, SHARED_BY } from './shared-causes.ts'
import { SIGNALS } from './signals.ts'

/** Where the ARR at risk comes from. */
const WORTH_FROM = ['arr_at_risk', 'seats', 'account'] as const

const risk: Fields<FactField> = {
  id: id('The id of the risk.', 'risk', { always: true }),
  source: text('The source it was read from.', 'salesforce', { always: true }),
  accountId: id('The account that may leave or shrink.', 'account', {
    formula: 'its own; the survivor, if that was merged',
  }),
  hasAccount: flag('Whether the account is known.'),
  group: oneOf('Which of four groups the reason is in.', RISK_GROUPS, { formula: 'of the reason in model.yaml' }),
  reason: text('Why.', 'missing feature', {
    formula: 'the reason of model.yaml that its subReason means, else its reason; as written where none does',
  }),
  featureId: id('The feature it is about.', 'feature', {
    formula: 'by id, name or alias; of one that is superseded and not shipped, what takes its place',
  }),
  feature: text('The feature’s name; the id where the catalogue lacks it.', 'Single sign-on'),
  featureStatus: text('How far the feature is.', 'building'),
  featureShippedOn: day('The day the feature shipped; empty while it has not.'),
  competitor: text('Where the customer would go.', 'Initech'),
  channel: oneOf('How it came to light.', RISK_CHANNELS),
  kind: oneOf('Whether all of it may go, or a part.', RISK_KINDS),
  likelihood: oneOf('How likely it is, in a word.', RISK_LIKELIHOODS),
  probability: ratio('How likely it is, as a number.', { formula: 'its own, else that of the word in model.yaml' }),
  seatsAtRisk: integer('Seats that may go.', '40', { unit: 'seats', additive: false }),
  arrAtRisk: money('ARR that may go, unweighted.', {
    additive: false,
    formula:
      'its own; else its share of the paid seats of the account’s ARR; else, unless it may only shrink, all of that; ARR as of the day it was opened; several risks of an account may be about the same ARR; not below 0',
  }),
  arrAtRiskFrom: oneOf('Where that comes from.', WORTH_FROM),
  weightedArr: money('ARR at risk, weighted by how likely it is.', {
    additive: false,
    formula: 'arrAtRisk × probability',
  }),
  openedOn: day('The day it was raised.', { formula: 'company day of openedAt' }),
  closedOn: day('The day it was closed; empty while it is not.', { formula: 'company day of closedAt' }),
  status: oneOf('How far it is dealt with.', RISK_STATUSES, {
    always: true,
    formula: 'its own; planned and mitigating with fewer plays than min_plays of model.yaml count as assessed',
  }),
  plays: integer('How many plays it has.', '2', { additive: false, always: true }),
  playList: text('What is done about it.', 'roadmap commitment, ramped price'),
  playsMissing: integer('How many plays it lacks to be planned.', '1', {
    additive: false,
    always: true,
    formula: 'min_plays of model.yaml (2) − plays; 0 once it is closed',
  }),
  playIdeas: text('What helps against this reason, by model.yaml.', 'roadmap commitment, third-party tool'),
  resolution: oneOf('What came of it.', RISK_RESOLUTIONS),
  ownerId: id('Who owns it.', 'user', {
    formula: 'its own; else the account’s csm, account manager or owner, as model.yaml says for the reason',
  }),
  escalatedTo: id('Who took it up.', 'user'),
  lacks: text('What it must still tell to be more than a hunch.', 'feature', {
    formula: 'the needs of its reason in model.yaml that are empty',
  }),
  isHunch: flag('Whether it tells too little to count as a risk.', { formula: 'lacks is not empty' }),
  isOpen: flag('Whether it counts and is not closed.'),
  isFalseAlarm: flag('Whether it was closed and nothing had come of it.', { formula: 'closed without a resolution' }),
  isWinBack: flag('Whether the account left for want of a feature that has shipped since.', {
    formula: 'resolution is churned, and featureShippedOn after closedOn',
  }),
  url: text('Where it can be opened in the source.', 'https://acme.my.salesforce.com/a015g00000KcZ2w'),
}

const signal: Fields<FactField> = {
  id: text('The account and the signal.', '0015g00000KcZ2wAAF:usage_drop', { always: true }),
  accountId: id('The account.', 'account', { always: true }),
  signal: oneOf('What was noticed.', SIGNALS, { always: true }),
  evidence: text('The evidence, in words.', 'Use of the last 4 weeks is 45 % of what was to be expected', {
    always: true,
  }),
  arr: money('ARR of the account.', { additive: false, formula: 'the same for each signal of an account' }),
  ownerId: id('The account’s customer success manager.', 'user'),
  hasOpenRisk: flag('Whether somebody has raised a risk for it already.'),
}

const count = (meaning: string, unit = 'risks') => integer(meaning, '4', { unit, additive: false, always: true })
const worth = (meaning: string) => money(meaning, { additive: false, always: true })

const quarter: Fields<FactField> = {
  id: text('The quarter and the cause.', '2026-Q4:reason:price', { always: true }),
  name: text('The row in words.', '2026-Q4, price', { always: true }),
  quarter: text('The quarter.', '2026-Q4', { always: true }),
  fromOn: day('Its first day.', { always: true }),
  isOpen: flag('Whether it goes on: then everything is up to today.'),
  by: oneOf('What the cause is of.', RISK_VIEWS, { always: true }),
  cause: text('Which group, reason, feature or competitor; empty for all together.', 'price'),
  opened: count('Risks opened in it, hunches left out.'),
  saved: count('Risks closed in it, the account saved.'),
  contracted: count('Risks closed in it, the account smaller.'),
  churned: count('Risks closed in it, the account gone.'),
  falseAlarms: count('Risks closed in it of which nothing came.'),
  stillOpen: count('Risks opened in it that are open today.'),
  openedArr: worth('ARR at risk of those opened.'),
  savedArr: worth('ARR at risk of those saved.'),
  contractedArr: worth('ARR at risk of those that contracted.'),
  churnedArr: worth('ARR at risk of those that churned.'),
  stillOpenArr: worth('ARR at risk of those still open.'),
  savedShare: ratio('Share saved of those that ended.', { formula: 'saved ÷ (saved + contracted + churned)' }),
}

const renewal: Fields<FactField> = {
  id: text('The month and health.', '2026-12:all', { always: true }),
  name: text('The row in words.', '2026-12, health very weak', { always: true }),
  month: text('The month.', '2026-12', { always: true }),
  monthOn: field('day')('The first day of the month.', '2026-12-01', { always: true }),
  health: oneOf('Health of the accounts; all for all together.', RENEWAL_HEALTHS, { always: true }),
  accounts: count('Accounts that renew in it.', 'accounts'),
  arr: worth('ARR today of the accounts that renew in it.'),
  arrAtRisk: worth('How much of it is at risk, unweighted.'),
  weightedArrAtRisk: worth('How much of it is at risk, weighted by how likely that is.'),
  expectedArr: money('What is expected to renew.', {
    additive: false,
    always: true,
    formula: 'arr − weightedArrAtRisk; of each account no more than it pays is at risk',
  }),
}

const sharedCause: Fields<FactField> = {
  id: text('The row’s own key: month, what the cause is, and which.', '2026-03:feature:SSO', { always: true }),
  name: text('The row in words.', 'SSO, 2026-03', { always: true }),
  month: text('The month in which the risks were raised: this one or one of the two before.', '2026-03', {
    always: true,
  }),
  monthOn: day('Its first day.', { always: true }),
  by: oneOf('What the cause is.', CAUSE_VIEWS, { always: true }),
  cause: text('Which reason, feature or competitor was named.', 'SSO', { always: true }),
  accounts: integer('For how many accounts it was named in the month.', '4', {
    additive: false,
    always: true,
    unit: 'accounts',
    formula: `from ${SHARED_BY} on; hunches, false alarms and risks raised more than 91 days ago left out`,
  }),
  accountsMonthBefore: integer('For how many it was in the month before.', '1', {
    additive: false,
    always: true,
    unit: 'accounts',
  }),
  arrAtRisk: money('Their ARR at risk for it, unweighted.', { additive: false, always: true }),
  evidence: text('The accounts, each with its ARR at risk, the largest first.', 'Acme (12000.00), Initech (4000.00)', {
    always: true,
  }),
  isOpen: flag('Whether the month goes on.'),
}

/** What mappings see of accounts that may leave. */
export const RISK_FACTS: Readonly<
  Record<'risk' | 'risk_signal' | 'risk_quarter' | 'renewal_month' | 'shared_cause', FactSchema>
> = {
  risk: {
    meaning: 'That an account may leave or shrink, why, and what is done about it.',
    fields: risk,
    scope: { account: 'account', owner: 'user' },
    extra: 'risk',
  },
  risk_signal: {
    meaning: 'Something in the data of an account that often comes before it leaves, with evidence.',
    fields: signal,
    scope: { account: 'account', owner: 'user' },
  },
  risk_quarter: {
    meaning: 'What risks came to in a quarter: all together, or of one group, reason, feature or competitor.',
    fields: quarter,
    scope: {},
  },
  shared_cause: {
    meaning: 'A signal over accounts: several named one cause for leaving in one month.',
    fields: sharedCause,
    scope: {},
  },
  renewal_month: {
    meaning: 'What renews in a month, how much of it is at risk, and what is expected.',
    fields: renewal,
    scope: {},
  },
}

/** What an account tells of its risks and its health. */
export const ACCOUNT_RISK: Fields<FactField> = {
  hasOpenRisk: flag('Whether it has an open risk: do not upsell.', { formula: 'openRisks above 0' }),
  openRisks: integer('How many open risks it has, hunches left out.', '1', {
    always: true,
    unit: 'risks',
    additive: true,
  }),
  arrAtRisk: money('How much of its ARR is at risk, unweighted.', {
    additive: true,
    formula: 'of several open risks the largest arrAtRisk',
  }),
  weightedArrAtRisk: money('How much of its ARR is at risk, weighted by how likely that is.', {
    additive: true,
    formula: 'of several open risks the largest weightedArr',
  }),
  riskReasons: text('Why, of its open risks.', 'missing feature, price'),
  health: oneOf('How well it does, by its use of the product.', HEALTHS, {
    formula:
      'healthScore below 40 very weak, from 70 high; numbers in model.yaml. Whole weeks; quiet times and holidays of its country, or with two years its own season, taken into account',
  }),
  healthScore: integer('The same as a number from 0 to 100.', '55', {
    additive: false,
    formula: 'weighted mean of the measures there are: seatsUsed, usageTrend (half is 0), featuresUsed',
  }),
  healthCoverage: ratio('Share of the weights of health that the measures there are bear.'),
  seatsUsed: ratio('Paid seats in use.', { formula: 'mean active users of the last 4 whole weeks ÷ seatsPaid' }),
  usageTrend: number('Use of the last 4 whole weeks against what was to be expected; 1 is as before.', '0.9', {
    additive: false,
    formula: 'mean of them ÷ mean of the 12 weeks before that were not quiet; empty in quiet times',
  }),
  featuresUsed: integer('How many features it used in the last 4 whole weeks.', '5', {
    additive: false,
    unit: 'features',
  }),
  healthBeforeChurn: oneOf('How well it seemed to do when it left.', HEALTHS, {
    formula: 'health as of the day its ARR went to 0',
  }),
  signals: integer('How many signals its data give.', '2', { always: true, unit: 'signals', additive: true }),
}
