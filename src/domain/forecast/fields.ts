import { field, flag, id, integer, money, number, oneOf, ratio, text } from '../fact-field.ts'
import type { FactSchema } from '../facts.ts'
import type { FactField, Fields } from '../fields.ts'
import { FORECAST_PERIODS } from './forecast-period.ts'
import { LEARN_MONTHS, MIN_LEARNT } from './stage-rates.ts'

const always = { additive: false, always: true } as const
const period = oneOf('What is forecast, seen from the month at whose beginning it was made.', FORECAST_PERIODS, {
  always: true,
  formula: 'the month; its quarter; the quarter after that; the one after the next',
})

const forecast: Fields<FactField> = {
  id: text('The row’s own key: period and month.', 'quarter:2026-03', { always: true }),
  name: text('The row in words: when it was made, for which months.', '2026-03: 2026-03 to 2026-03', { always: true }),
  period,
  month: text('The month at whose beginning it was made.', '2026-03', { always: true }),
  madeOn: field('day')('The day it was made for: the first of the month.', '2026-03-01', { always: true }),
  fromOn: field('day')('The first day of the period.', '2026-01-01', { always: true }),
  toOn: field('day')('The last day of the period.', '2026-03-31', { always: true }),
  isCurrent: flag('Whether it is the latest one: made at the beginning of this month.'),
  isOver: flag('Whether the period is over: then what came of it is final.'),
  open: integer('How many opportunities stood open when it was made.', '42', { ...always, unit: 'opportunities' }),
  openArr: money('Their ARR then.', always),
  wonBefore: money('ARR won in the period before it was made.', {
    ...always,
    formula: 'less that of earlier wins that were opened again in those months',
  }),
  expectedCount: number('How many of the open ones are expected to be won in the period.', '3.5', {
    additive: false,
    unit: 'opportunities',
    formula: 'Σ over stages: open × rate',
  }),
  expected: money('ARR expected to be won in the period of what stood open; what is created later is not in it.', {
    additive: false,
    formula: `Σ over stages: openArr × rate; rate: share of what stood in the stage at the beginnings of the latest ${LEARN_MONTHS} months, as far as over when it was made, that was won in such a span, by count`,
  }),
  forecast: money('What the period is expected to come to, new opportunities apart.', {
    additive: false,
    formula: 'wonBefore + expected',
  }),
  low: money('The low end of what it may come to, by how far off earlier forecasts were.', {
    additive: false,
    formula:
      'wonBefore + expected × 10th percentile of won ÷ expected of up to 12 earlier forecasts that were over; empty below 6 of them',
  }),
  high: money('The high end of what it may come to, by how far off earlier forecasts were.', {
    additive: false,
    formula: 'as low, at the 90th percentile',
  }),
  earlierForecasts: integer('On how many earlier forecasts low and high rest.', '12', { ...always, unit: 'forecasts' }),
  wonSince: money('All ARR won in the period since it was made, so far.', {
    ...always,
    formula: 'less that of earlier wins that were opened again in those months',
  }),
  wonOfOpen: money('How much of that is of what stood open and was forecast.', {
    ...always,
    formula:
      'the rest of wonSince was created later, had no rate, or had a stage that no history tells; what was opened again since is in it',
  }),
  brier: number(
    'Brier score of the forecasts of each opportunity: 0 is perfect; empty until the period is over.',
    '0.09',
    {
      additive: false,
      formula: 'mean of (chance − 1 if won, else 0)², of opportunities in stages that history tells',
    },
  ),
  withoutRate: money('ARR of open ones that no forecast is made of, for want of history.', {
    ...always,
    formula: `of pipelines with fewer than ${MIN_LEARNT} opportunities to learn from, counted at the beginning of each month`,
  }),
  byPipelineRate: money(
    'ARR of open ones forecast by the rate of their pipeline, their stage having too little history.',
    {
      ...always,
      formula: `of stages with fewer than ${MIN_LEARNT} opportunities to learn from`,
    },
  ),
  won: money('ARR won in the period so far.', { ...always, formula: 'wonBefore + wonSince' }),
  renewalsWon: money('How much of it is of renewals.', always),
  expansionsWon: money('How much of it is of opportunities of kind expansion.', always),
  wonLastYear: money('ARR won in the same period a year ago, all of it.', always),
  target: money('What is to be won in the period; empty where there is no target.', {
    additive: false,
    formula:
      'targets of the company for just this period, else the sum of those of its months or quarters, of the measures that forecast: of model.yaml names (arr_new + arr_expansion)',
  }),
  targetLastYear: money('The target of the same period a year ago.', { additive: false }),
  gap: money('What is lacking to the target.', {
    additive: false,
    formula:
      'target − what counts towards it of won, not below 0: all where arr_won is among the measures; without renewals and expansions where they are arr_new alone; expansionsWon where they are arr_expansion alone; else all but renewalsWon',
  }),
  openDue: money('ARR that is open now and due in the period; of the latest forecast.', {
    additive: false,
    formula: 'by close date; without forecast categories that are omitted; what is overdue from before is not in it',
  }),
  coverage: number('How often what is open and due would fill the gap.', '3.2', {
    additive: false,
    unit: 'times',
    formula: 'openDue ÷ gap, of it only what would count towards the target, as for gap; empty where there is no gap',
  }),
  commit: money('What sales commits to; of the latest forecast.', {
    additive: false,
    formula: 'won + open, due in the period, and of a forecast category that is commit in model.yaml',
  }),
  bestCase: money('What may well be; of the latest forecast.', {
    additive: false,
    formula: 'commit + open, due in the period, and of a forecast category that is best case in model.yaml',
  }),
  repCall: money('What the reps say the period will come to.', {
    additive: false,
    formula: 'Σ over users: their target records of measure rep_call for the period, or for its months',
  }),
  managerCall: money('What the managers say the period will come to.', {
    additive: false,
    formula: 'Σ over teams: their target records of measure manager_call, else the company’s',
  }),
  openNow: integer('How many opportunities stand open today; of the latest forecast, as all that says now.', '42', {
    additive: false,
    unit: 'opportunities',
  }),
  openArrNow: money('Their ARR.', { additive: false }),
  now: money('What the period is expected to come to, seen from today.', {
    additive: false,
    formula:
      'won + Σ over open opportunities: ARR × chance of being won and closed by the end of the period; empty where no chance is known of any',
  }),
  p10: money(
    'With 90 % it comes to at least this much, seen from today, if opportunities do not depend on each other.',
    {
      additive: false,
      formula:
        'won + 10th percentile of the convolution of open opportunities; the true spread is wider: they do depend',
    },
  ),
  p50: money('As likely more as less, seen from today.', {
    additive: false,
    formula: 'won + median of the convolution of open opportunities',
  }),
  p90: money('With 90 % it comes to this much at most, seen from today; as p10.', {
    additive: false,
    formula: 'won + 90th percentile of the convolution of open opportunities',
  }),
  nowError: money('How far p10, p50 and p90 may be off for being reckoned on a grid; 0 when exact.', {
    additive: false,
    formula: 'a bound, exceeded less than once in a hundred million',
  }),
  nowByAge: money('ARR of open ones whose chance is that of what stood as long in their stage.', {
    additive: false,
    formula: `share won within the time that is left, of those that stood there when the latest ${LEARN_MONTHS} months began, by age (up to 1 month, 2 to 3, longer); from ${MIN_LEARNT} cases on`,
  }),
  nowByStage: money('ARR of those whose chance is that of their stage, too few having been of their age.', {
    additive: false,
    formula: 'as nowByAge, whatever the age',
  }),
  nowByCrm: money('ARR of those whose chance is what the CRM says, their stage having too little history.', {
    additive: false,
    formula: 'the CRM’s probability where the close date lies within the period or is past, else 0',
  }),
  nowWithoutChance: money('ARR of those of which no chance is known: no history, and the CRM says none.', {
    additive: false,
  }),
  nowMethod: text('How p10, p50 and p90 are reckoned.', 'each of 5 open opportunities by itself, every total exactly'),
  method: text('How it is reckoned.', 'what stood open at the start × the share that was won', { always: true }),
}

const calibration: Fields<FactField> = {
  id: text('The row’s own key: period and chance.', 'quarter:20', { always: true }),
  name: text('The row in words.', 'quarter, 20–30 %', { always: true }),
  period,
  from: ratio('The smallest chance of the row.', { always: true }),
  to: ratio('Where chances of the next row begin.', { always: true }),
  opportunities: integer('How many forecasts of that chance are over, one for each opportunity and month.', '40', {
    ...always,
    unit: 'forecasts',
  }),
  won: integer('How many of them came true.', '9', { ...always, unit: 'forecasts' }),
  expected: ratio('The chance they gave, on average.', { always: true }),
  observed: ratio('The share that came true.', { always: true, formula: 'won ÷ opportunities' }),
  low: ratio(
    'Low end of the 95 % interval of observed (Wilson); one opportunity counts in several months, so it is too narrow.',
    {
      always: true,
    },
  ),
  high: ratio('High end of the same interval.', { always: true }),
  brier: number('Brier score of all forecasts of the period, whatever their chance: 0 is perfect.', '0.09', {
    ...always,
    formula: 'mean of (chance − 1 if won, else 0)²',
  }),
  brierOfOneRate: number(
    'The Brier score had each been given the share that came true of all; known only afterwards.',
    '0.16',
    {
      ...always,
      formula: 'share × (1 − share)',
    },
  ),
}

const mustWin: Fields<FactField> = {
  id: id('The id of the opportunity.', 'opportunity', { always: true }),
  rank: integer('Its place among the largest, from 1.', '3', always),
  opportunityId: id('The opportunity.', 'opportunity', { always: true }),
  quarter: text('The quarter it is due in.', '2026-Q1', { always: true }),
  fromOn: field('day')('The first day of the quarter.', '2026-01-01', { always: true }),
  toOn: field('day')('The last day of the quarter.', '2026-03-31', { always: true }),
  arr: money('Its ARR.', { additive: true, always: true }),
  odds: ratio('How likely it is won in what is left of the quarter; empty for want of history.', {
    formula: 'the rate of its stage, as the forecast of the quarter has it',
  }),
  expected: money('What may be expected of it in the quarter.', { additive: true, formula: 'arr × odds' }),
}

/** What mappings see of forecasts. */
export const FORECAST_FACTS: Readonly<Record<'forecast' | 'forecast_calibration' | 'must_win', FactSchema>> = {
  must_win: {
    meaning:
      'One of the largest open opportunities due in the current quarter (forecast: must_win: of model.yaml says how many, and from which ARR).',
    fields: mustWin,
    scope: { opportunity: 'opportunity', account: 'account', owner: 'user' },
  },
  forecast: {
    meaning: 'What was, or is, expected of a month or quarter at the beginning of a month, and what came of it.',
    fields: forecast,
    scope: {},
  },
  forecast_calibration: {
    meaning: 'What came of forecasts that gave opportunities about one chance.',
    fields: calibration,
    scope: {},
  },
}
