import { FEATURE_STATUSES } from '../demand-records.ts'
import { day, flag, integer, money, number, oneOf, ratio, text } from '../fact-field.ts'
import type { FactSchema } from '../facts.ts'
import type { FactField, Fields } from '../fields.ts'
import { MIN_CLOSED } from './settings.ts'

/** What a row is about: the plan as a whole, one feature, or what some share of the hours would be worth. */
export const PRIORITY_ROWS = ['plan', 'feature', 'capacity'] as const
/** What the plan says of a feature; of the other rows, what they are. */
export const PRIORITY_DECISIONS = ['plan', 'build', 'later', 'not_planned', 'left_out', 'capacity'] as const
export type PriorityDecision = (typeof PRIORITY_DECISIONS)[number]

const EFFORT = 'units of effort'
const never = { additive: false } as const

const priority: Fields<FactField> = {
  id: text('The row’s own key: the id of the feature, plan, or a share of the effort.', 'F-17', { always: true }),
  row: oneOf('Whether it is the plan as a whole, a feature, or what a share of the effort is worth.', PRIORITY_ROWS, {
    always: true,
  }),
  name: text('What the feature is called.', 'Single sign-on', { always: true }),
  inWords: text(
    'The row in a sentence.',
    'Waiting for it: 3 open opportunities, 120000.00 USD of ARR. In the plan for 2027-Q1. Left out, the plan is worth 38000.00 USD less',
    { always: true },
  ),
  decision: oneOf('What the plan says.', PRIORITY_DECISIONS, {
    always: true,
    formula:
      'build: in the next period; later: in a period after it, by the outlook; not_planned: in none; left_out: it cannot be planned, leftOut says why',
  }),
  isChosen: flag('Whether it is built in the next period.', {
    formula:
      'the set of features that is worth most within the effort of the period; an opportunity counts when all its blockers are in the set or shipped',
  }),
  decided: text('What people decided about it in model.yaml, whatever it is worth: yes or no.', 'yes'),
  period: text('The period it is planned for; beyond the next one it is an outlook.', '2027-Q1'),
  leftOut: text('Why it can be in no plan.', 'nobody has said how much effort it takes'),
  theme: text('The bigger need it is part of.', 'Enterprise security'),
  status: oneOf('How far it is.', FEATURE_STATUSES),
  squad: text('Who builds it.', 'Growth'),
  etaQuarter: text('The quarter that people have named for it.', '2027-Q1'),
  needs: text('The feature that must be there first.', 'Login service'),
  supersededBy: text('The bigger feature that takes its place: what waits for this one waits for that.', 'Identity'),
  url: text('Where it can be opened in the source.', 'https://acme.monday.com/boards/1/pulses/2'),
  rank: integer('Its place by worth per effort: an explanation, not the plan.', '3', { ...never, unit: 'places' }),
  effort: number('What it takes to build it; of the plan, what all its features take.', '120', {
    ...never,
    unit: EFFORT,
    formula: 'hours, points, or what a source mapping makes of T-shirt sizes: as the catalogue has it',
  }),
  worth: money(
    'What is gained where all that waits for it is cleared, alone or with others: overlaps between features. Of the plan, what its set is worth.',
    {
      ...never,
      formula: `Σ of ARR × (chance if unblocked × least certainty of its blockers − chance although blocked), never below 0; of a risk ARR × its probability × certainty. Chance: how often what passed the stage was won, below ${MIN_CLOSED} closed ones of the pipeline, then the CRM’s probability`,
    },
  ),
  worthAlone: money('The part of it that waits for nothing else.', never),
  perEffort: money('What one unit of effort brings, by the worth of all that waits for it.', {
    ...never,
    formula: 'worth ÷ effort',
  }),
  deals: integer('Open opportunities that it blocks; of the plan, those that it clears.', '3', {
    ...never,
    always: true,
    unit: 'opportunities',
  }),
  dealsArr: money('Their ARR.', { ...never, always: true }),
  accounts: integer('Accounts that wait for it, by an opportunity or a risk.', '4', {
    ...never,
    always: true,
    unit: 'accounts',
  }),
  risks: integer('Open risks that name it.', '1', { ...never, always: true, unit: 'risks' }),
  riskArr: money('ARR at risk for want of it.', { ...never, always: true }),
  riskWorth: money('What that is worth: the part of the worth that comes from risks.', {
    ...never,
    always: true,
    formula: 'Σ ARR × probability of the risk × certainty',
  }),
  otherBlockers: text('What else blocks the opportunities that wait for it.', 'Audit log, Permissions per column'),
  workings: text(
    'How the worth is reckoned: a line for each opportunity and risk, the largest first.',
    'Acme: 50 seats: 30000.00 × 0.5 (probability of the CRM) × 0.8 sure = 12000.00',
  ),
  costOfNo: money('By how much the plan is worth less without it; only of features in it.', {
    ...never,
    formula: 'worth of the plan − worth of the best set without it; below 0 only where people decided about it',
  }),
  costOfYes: money('By how much the plan is worth less with it; only of features that are not in it.', {
    ...never,
    formula: 'worth of the plan − worth of the best set with it; below 0 only where people decided about it',
  }),
  costAtLeast: money('The least that this cost can be, where not all possibilities were looked at.', never),
  costAtMost: money('The most that this cost can be.', never),
  isCostExact: flag('Whether the cost is certain.', { always: false }),
  isOtherwisePossible: flag('Whether it could be decided otherwise at all: it may not fit, or be needed.', {
    always: false,
  }),
  otherwiseLoses: text(
    'What would no longer be cleared if it were decided otherwise.',
    'Acme: 50 seats (30000.00 USD)',
  ),
  otherwiseGains: text('What would be cleared instead.', 'Initech: 80 seats (20000.00 USD)'),
  otherwiseMoves: text('The other features that would ship in another period.', 'Audit log from 2027-Q1 to 2027-Q2'),
  isChosenWithLess: flag('Whether it is in the plan with a tenth less effort.', { always: false }),
  isChosenWithMore: flag('Whether it is in the plan with a tenth more effort.', { always: false }),
  features: integer('How many features are built; only of the plan and of shares of the effort.', '4', {
    ...never,
    unit: 'features',
  }),
  bound: money('What nothing that fits can be worth more than; only of the plan and of shares of the effort.', {
    ...never,
    formula: 'the smaller of the solver’s bound and one by prices of the effort',
  }),
  isBest: flag('Whether nothing that fits is worth more; only of the plan and of shares of the effort.', {
    always: false,
    formula: 'worth = bound',
  }),
  worthByRanking: money(
    'What it would be worth to follow the ranking and skip what does not fit; only of the plan.',
    never,
  ),
  differenceWithLess: money('By how much a tenth less effort changes the worth; only of the plan.', never),
  differenceWithMore: money('By how much a tenth more effort changes the worth; only of the plan.', never),
  withLess: text('What a tenth less effort changes; only of the plan.', 'without Audit log'),
  withMore: text('What a tenth more effort changes; only of the plan.', 'also Time tracking'),
  capacity: integer('The effort that there is; only of shares of the effort.', '600', { ...never, unit: EFFORT }),
  capacityShare: ratio('Its share of the effort of the next period; only of shares of the effort.'),
  plannedOn: day('The day the plan was made; it holds until something that it is made from changes.', { always: true }),
}

/** What mappings see of the plan of features. */
export const PRIORITY_FACTS: Readonly<Record<'priority', FactSchema>> = {
  priority: {
    meaning:
      'What is worth building next: the plan as a whole, each feature that has not shipped, and what more and less effort would be worth.',
    fields: priority,
    scope: {},
  },
}
