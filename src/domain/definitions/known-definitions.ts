import type { FactKind } from '../facts.ts'
import { MONTH_NAMES, type YearStart } from '../fiscal.ts'
import type { BucketRules, IcpRules, Model } from '../model.ts'
import { grouped, moneyText } from '../money.ts'

/** What a contested number means: a sentence that people read beside the number, and what of the model is said in it. */
export interface KnownDefinition {
  /** The sentence that is printed unless `model.yaml` has its own; `{limits}` stands for a part. */
  readonly sentence: string
  /** What the model has in its place, as people read it, by name of the part. */
  readonly parts: (model: Model) => Readonly<Record<string, string>>
  /** The keys of `model.yaml` that hold its numbers; none: it is decided, and only its words are yours. */
  readonly settings: readonly string[]
  /** The fields it is printed with: `account.bucket`. */
  readonly fields: readonly `${FactKind}.${string}`[]
  /** Whether a change may hold from a day on; else it restates history. */
  readonly canBeDated: boolean
}

const NO_PARTS = () => ({})
const decided = { parts: NO_PARTS, settings: [], canBeDated: false } as const

/** Every number that people argue about, by the name it has under `definitions:`. */
export const KNOWN_DEFINITIONS = {
  arr: {
    sentence:
      'An account’s ARR is taken from the first of these that is known: {sources}. Its history is told by the same, of its own field by snapshots of the days on which a sync saw another value. One-off and services money is no ARR.',
    parts: ({ arrFrom }) => ({ sources: listed(arrFrom.map(spaced), 'then') }),
    settings: ['arr.from'],
    fields: ['account.arr', 'account.arrFrom'],
    canBeDated: false,
  },
  pipeline_created: {
    ...decided,
    sentence:
      'Pipeline counts as created in the month in which the opportunity was created, at its ARR when that month ends or when it closed in it.',
    fields: ['pipeline_month.created', 'pipeline_month.createdCount'],
  },
  win_rate: {
    sentence: 'A win rate is what was won as a share of {of}; by count and by amount are told apart.',
    parts: ({ winRateOf }) => ({
      of: winRateOf === 'closed' ? 'what was closed, won or lost' : 'all there is, open ones included',
    }),
    settings: ['funnel.win_rate_of'],
    fields: [
      'account.winRateByCount',
      'account.winRateByAmount',
      'funnel_stage.winRateByCount',
      'funnel_stage.winRateByAmount',
    ],
    canBeDated: false,
  },
  mature_cohort: {
    sentence: 'A cohort of the funnel is mature, so that its rates can be trusted, once {share} of it is closed.',
    parts: ({ matureAt }) => ({ share: percent(matureAt) }),
    settings: ['funnel.mature_at'],
    fields: ['funnel_stage.isMature'],
    canBeDated: false,
  },
  segment: {
    sentence:
      'Where no source names the segment of an account, it is {bounds}. An account counts with the segment it has today, also in months gone by.',
    parts: ({ segments }) => ({
      bounds: listed(
        segments.map(({ segment, minEmployees }) => `${spaced(segment)} from ${grouped(minEmployees)} employees on`),
        'else',
      ),
    }),
    settings: ['segments'],
    fields: [
      'account.segment',
      'lead.segment',
      'funnel_stage.segment',
      'pipeline_month.segment',
      'arr_month.segment',
      'feature_deal.segment',
    ],
    canBeDated: false,
  },
  customer: {
    sentence: 'A customer is {what}.',
    parts: ({ customer }) => ({ what: CUSTOMERS[customer] }),
    settings: ['arr.customer'],
    fields: [
      'account.isCustomer',
      'arr_month.endAccounts',
      'arr_month.startAccounts',
      'arr_month.newAccounts',
      'arr_month.churnAccounts',
      'arr_month.reactivationAccounts',
      'arr_month.accountsKeptYear',
    ],
    canBeDated: false,
  },
  churn: {
    sentence: 'ARR churns {when}.',
    parts: ({ churnAt }) => ({ when: CHURNS[churnAt] }),
    settings: ['arr.churn_at'],
    fields: [
      'arr_month.churn',
      'arr_month.churnAccounts',
      'arr_movement.change',
      'bucket_month.orangeChurn',
      'bucket_month.greenChurn',
    ],
    canBeDated: false,
  },
  green_account: {
    sentence: 'An account that sales works on is green from {limits} on, and {latch}; below that it is orange.',
    parts: ({ buckets, currency }) => greenParts(buckets, currency),
    settings: ['buckets.green_from', 'buckets.fall_back', 'buckets.near_within'],
    fields: [
      'account.bucket',
      'account.greenOn',
      'account.seatsToGreen',
      'account.arrToGreen',
      'account.isNearGreen',
      'account.canReachGreen',
      'bucket_month.orangeEnd',
      'bucket_month.greenEnd',
      'bucket_month.graduations',
      'bucket_month.orangeAccounts',
      'bucket_month.greenAccounts',
      'bucket_month.nearAccounts',
      'bucket_month.outOfReachAccounts',
      'bucket_movement.bucket',
    ],
    canBeDated: true,
  },
  graduation_owner: {
    ...decided,
    sentence:
      'A graduation, and the green ARR that comes of it, counts for the owner and team of the day on which the account turned green, whoever follows.',
    fields: ['account.greenOwnerId', 'account.greenTeam', 'bucket_month.graduated', 'bucket_month.greenExpansion'],
  },
  hand_over: {
    sentence: 'An account is its account manager’s from {at} on; the hand-over may take {days} days.',
    parts: ({ handOver }) => ({
      at: handOver.at === 'green' ? 'the day it turns green' : 'its first win',
      days: grouped(handOver.withinDays),
    }),
    settings: ['hand_over'],
    fields: ['account.handOverDueOn', 'account.isHandedOver', 'account.isHandOverOverdue'],
    canBeDated: false,
  },
  qualified_lead: {
    sentence:
      'A lead is of the kind we look for when it is from one of {countries} countries, its company has at least {employees} employees, and it is no bot.',
    parts: ({ leads }) => icpParts(leads.icp),
    settings: ['leads.icp'],
    fields: ['lead.isIcp', 'lead.notIcpBecause', 'lead.fit'],
    canBeDated: true,
  },
  lead_score: {
    sentence:
      'The score of a lead is half fit, half use of the product in its first {days} days, where a week counts half for each {half_life} days it lies back. Whether it wants to buy is not in it.',
    parts: ({ leads }) => ({
      days: grouped(leads.engagement.days),
      half_life: grouped(leads.engagement.halfLifeDays),
    }),
    settings: ['leads.engagement', 'leads.titles'],
    fields: ['lead.score', 'lead.engagement'],
    canBeDated: false,
  },
  forecast_commit: {
    sentence: 'Sales commits to opportunities of the forecast categories {commit}; {best_case} may well be won.',
    parts: ({ forecast }) => ({ commit: listed(forecast.commit, 'and'), best_case: listed(forecast.bestCase, 'and') }),
    settings: ['forecast.commit', 'forecast.best_case', 'forecast.omitted'],
    fields: ['forecast.commit', 'forecast.bestCase'],
    canBeDated: false,
  },
  must_win: {
    sentence: 'Must-win are the {count} largest open opportunities due in the quarter, from {arr} of ARR on.',
    parts: ({ forecast, currency }) => ({
      count: grouped(forecast.mustWin.count),
      arr: moneyText(forecast.mustWin.minArr, currency),
    }),
    settings: ['forecast.must_win'],
    fields: ['must_win.arr', 'must_win.rank'],
    canBeDated: false,
  },
  blocker: {
    ...decided,
    sentence:
      'A feature blocks an opportunity where a request says blocker: without it they do not buy. Wanted and shown block nothing.',
    fields: ['feature.blockedDeals', 'feature.blockedArr', 'feature.onlyBlockerArr', 'feature_deal.role'],
  },
  request_certainty: {
    sentence:
      'Where a request does not say how sure it is, it is {buyer} by the buyer’s own words, {rep} by a rep’s note before close, {at_close} by a reason entered at or after close.',
    parts: ({ priority }) => ({
      buyer: percent(priority.certainty[3]),
      rep: percent(priority.certainty[2]),
      at_close: percent(priority.certainty[1]),
    }),
    settings: ['priority.certainty'],
    fields: ['feature_deal.certainty', 'feature.blockedExpectedArr', 'priority.worth'],
    canBeDated: false,
  },
  feature_window: {
    sentence:
      'What happens to opportunities within {days} days after a feature shipped, or was promised, is told of it.',
    parts: ({ influence }) => ({ days: grouped(influence.windowDays) }),
    settings: ['influence.window_days'],
    fields: [
      'feature.createdArr',
      'feature.advancedArr',
      'feature.unblockedArr',
      'feature.createdDeals',
      'feature.advancedDeals',
      'feature.unblockedDeals',
    ],
    canBeDated: false,
  },
  attribution: {
    sentence: 'Credit for a won opportunity is split over the features that blocked it: {split}.',
    parts: ({ influence }) => ({ split: SPLITS[influence.attribution] }),
    settings: ['influence.attribution', 'influence.weights'],
    fields: ['feature.attributedArr', 'feature_deal.attributedArr', 'feature_deal.weight'],
    canBeDated: false,
  },
  risk_probability: {
    sentence: 'A risk that names no number is as likely as its word says: {words}.',
    parts: ({ risks }) => ({
      words: listed(
        Object.entries(risks.likelihoods).map(([word, likelihood]) => `${word} ${percent(likelihood)}`),
        'and',
      ),
    }),
    settings: ['risks.likelihoods'],
    fields: ['risk.probability', 'risk.weightedArr', 'account.weightedArrAtRisk', 'renewal_month.weightedArrAtRisk'],
    canBeDated: false,
  },
  active_person: {
    ...decided,
    sentence:
      'An active person is one who used the product, or the feature, within one calendar week, Monday to Sunday.',
    fields: ['usage_week.activeUsers', 'account.activeUsers', 'account.seatsUsed', 'feature.usingPeople'],
  },
  reply_clock: {
    sentence:
      'The first reply is the first public one by a person, bots left out; whether it came in time goes by {clock}.',
    parts: ({ support }) => ({
      clock: support.clock === 'calendar' ? 'the calendar, nights and weekends included' : 'office hours',
    }),
    settings: ['support.clock', 'support.targets'],
    fields: ['ticket.isInTime', 'ticket.firstReplyMinutes', 'support_period.inTime', 'support_period.late'],
    canBeDated: false,
  },
  fiscal_calendar: {
    sentence: 'Months are those of the calendar, by the days of {zone}; quarters and years are {years}.',
    parts: ({ timeZone, yearStart }) => ({ zone: timeZone, years: yearsText(yearStart) }),
    settings: ['company.time_zone', 'company.fiscal_year_starts'],
    fields: [
      'forecast.period',
      'attainment.period',
      'must_win.quarter',
      'risk_quarter.quarter',
      'pipeline_month.window',
      'pipeline_movement.window',
    ],
    canBeDated: false,
  },
} as const satisfies Readonly<Record<string, KnownDefinition>>

export type DefinitionName = keyof typeof KNOWN_DEFINITIONS
export const DEFINITION_NAMES = Object.keys(KNOWN_DEFINITIONS) as readonly DefinitionName[]

const SPLITS: Readonly<Record<Model['influence']['attribution'], string>> = {
  even: 'in equal parts',
  first: 'all to the one first asked for',
  last: 'all to the one that shipped last',
  primary: 'all to the most certain one',
  importance: '3 : 2 : 1 for blocker, wanted and shown',
  custom: 'by weights of your own',
}

const CUSTOMERS: Readonly<Record<Model['customer'], string>> = {
  account: 'a single account that pays, or has won; accounts of one parent are several customers',
  parent:
    'a parent with the accounts that name it as theirs, counted as one while any of them pays; an account that is a parent and has one counts with its own parent. ARR moves by account all the same, and a single account says for itself whether it pays',
}

const CHURNS: Readonly<Record<Model['churnAt'], string>> = {
  end: 'on the day after the last day that is paid for, not when notice is given',
  notice:
    'on the day on which notice is given, as far as a source tells that day, else on the day after the last day that is paid for; from then on the account has none, though it pays to the end',
}

/** What the sentence of a green account says of the rules of one time. */
export function greenParts(
  { green, match, fallBack }: BucketRules,
  currency: string,
): { readonly limits: string; readonly latch: string } {
  return {
    limits: limitsText(green, match === 'any' ? 'or' : 'and', currency),
    latch:
      fallBack === null
        ? 'stays green'
        : `falls back once it has not had ${limitsText(fallBack.below, match === 'any' ? 'or' : 'and', currency)} for ${grouped(fallBack.afterDays)} days`,
  }
}

/** What the sentence of a qualified lead says of the rules of one time. */
export function icpParts({ countries, minEmployees }: IcpRules): {
  readonly countries: string
  readonly employees: string
} {
  return { countries: grouped(countries.length), employees: grouped(minEmployees) }
}

function limitsText({ seats, arr }: BucketRules['green'], word: string, currency: string): string {
  return [
    ...(seats === null ? [] : [`${grouped(seats)} seats`]),
    ...(arr === null ? [] : [`${moneyText(arr, currency)} of ARR`]),
  ].join(` ${word} `)
}

/** How years are counted and named. */
function yearsText(yearStart: YearStart): string {
  if (yearStart === 0) return 'those of the calendar too'
  const month = (place: number) => capitalized(MONTH_NAMES[place % MONTH_NAMES.length] ?? '')
  return `of a year that begins with ${month(yearStart)} and is named by the calendar year in which it ends: FY2027-Q1 is ${month(yearStart)} to ${month(yearStart + 2)} 2026`
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`
}

function spaced(name: string): string {
  return name.replaceAll('_', ' ')
}

/** `a, b, then c`. */
function listed(words: readonly string[], last: string): string {
  if (words.length < 2) return words[0] ?? 'none'
  return `${words.slice(0, -1).join(', ')}${words.length > 2 ? ',' : ''} ${last} ${words.at(-1)}`
}
