import { ACTIVITY_FACTS } from './activity/fields.ts'
import { BOOK_FACTS } from './books/fields.ts'
import { ACCOUNT_BUCKET, BUCKET_FACTS } from './buckets/fields.ts'
import { CONTACT, REQUEST, TICKET, USAGE_WEEK } from './customer-fact-fields.ts'
import { day, field, flag, id, instant, integer, money, number, oneOf, ratio, text } from './fact-field.ts'
import type { FactKind, FactSchema } from './facts.ts'
import type { FactField, Fields } from './fields.ts'
import { FORECAST_FACTS } from './forecast/fields.ts'
import { IMPLEMENTATION_FACTS } from './implementations/fields.ts'
import { BLOCKER_FIELDS, INFLUENCE_FACTS } from './influence/fields.ts'
import { HAND_OVER, LEAD_FACTS, LEAD_SCORE } from './leads/fields.ts'
import { ARR_SOURCES, FUNNEL_STAGES } from './model.ts'
import { PIPELINE_FACTS } from './pipeline/fields.ts'
import { PRIORITY_FACTS } from './priority/fields.ts'
import { LEAD_ORIGINS, LEAD_ROUTES, MOTIONS, OPPORTUNITY_KINDS, OPPORTUNITY_STATES, SEGMENTS } from './records.ts'
import { REVENUE_FACTS } from './revenue/fields.ts'
import { ACCOUNT_RISK, RISK_FACTS } from './risk/fields.ts'
import { SUPPORT_FACTS } from './support/fields.ts'
import { TARGET_FACTS } from './targets/fields.ts'
import { VOICE_FACTS } from './voice/fields.ts'

/** The three ways to count a month, always named: entered in it, was in it at any time, in it when the month ended. */
export const FUNNEL_VIEWS = ['entry_cohort', 'active', 'snapshot'] as const
export type FunnelView = (typeof FUNNEL_VIEWS)[number]

/** Whether a row of the funnel is about one of our own stages or about one stage of the CRM. */
export const FUNNEL_LEVELS = ['funnel_stage', 'crm_stage'] as const

/** `all` is every segment together; `none` is what has no segment. */
export const FUNNEL_SEGMENTS = ['all', ...SEGMENTS, 'none'] as const
export type FunnelSegment = (typeof FUNNEL_SEGMENTS)[number]

/** Where an opportunity's ARR comes from: its own ARR field, or its amount where no such field has a value. */
export const OPPORTUNITY_ARR_SOURCES = ['arr_field', 'amount'] as const
/** Where a segment comes from. */
export const SEGMENT_SOURCES = ['account_field', 'employees'] as const

const opportunity: Fields<FactField> = {
  id: id('The id of the opportunity.', 'opportunity', { always: true }),
  source: text('The source it was read from.', 'salesforce', { always: true }),
  name: text('What the opportunity is called.', 'Acme - 50 seats'),
  kind: oneOf('First sale, growth of a customer, or renewal.', OPPORTUNITY_KINDS),
  stage: text('The CRM’s own stage.', 'Negotiation/Review'),
  pipeline: text('The pipeline it runs in, where the CRM has several.', 'Enterprise'),
  amount: money('What it is worth.', {
    additive: true,
    formula:
      'amount at the rate of the day it closed or is expected to close, else of the day it was created; rates of model.yaml before those of the source',
  }),
  arr: money('Its annual recurring revenue; of an expansion, the increase.', {
    additive: true,
    formula: 'the ARR field, else the amount, at the same rate as the amount',
  }),
  arrFrom: oneOf('Where the ARR comes from: its own field, or the amount for want of one.', OPPORTUNITY_ARR_SOURCES),
  currency: text('The currency it was entered in, ISO 4217.', 'EUR', { always: true }),
  seats: integer('Seats sold.', '50', { unit: 'seats', additive: true }),
  probability: ratio('The CRM’s probability of winning.'),
  forecastCategory: text('The CRM’s forecast category.', 'Commit'),
  createdAt: instant('When it was created.'),
  createdOn: day('The day it was created.', { formula: 'company day of createdAt' }),
  closeOn: day('The day it is expected to close, or closed, as the CRM has it.'),
  closedAt: instant('When it was won or lost; empty while it is open.', {
    formula: 'first history row of the final unbroken run of closed stages; without one, start of closeOn',
  }),
  closedOn: day('The day it was won or lost; empty while it is open.', { formula: 'company day of closedAt' }),
  reconstructed: flag('Whether the dates of its stages are guessed, for want of stage history in the source.', {
    formula: 'true when no history row tells when it entered its present stage',
  }),
  state: oneOf('Open, won or lost.', OPPORTUNITY_STATES, {
    always: true,
    formula: 'its own state where the source has one, else that of its stage in model.yaml, else open',
  }),
  isOpen: flag('Whether it is neither won nor lost.', { formula: 'state is open' }),
  isWon: flag('Whether it is won.', { formula: 'state is won' }),
  isOverdue: flag('Whether it is open though the day it should have closed has passed.', {
    formula: 'isOpen and closeOn before today',
  }),
  funnelStage: oneOf('Its stage in the one funnel.', FUNNEL_STAGES, {
    always: true,
    formula: 'of its stage in model.yaml; a won opportunity of kind expansion is in expansion',
  }),
  stageEnteredOn: day('The day it entered its present stage.', {
    formula: 'company day of the first history row of its present stay; without history, closedOn or createdOn',
  }),
  firstCloseOn: day('The first close date that history tells; empty where no history row bears one.'),
  pushes: integer('How often its close date was moved to a later day, as far as history tells.', '2', {
    unit: 'times',
    additive: true,
    formula: 'moves to a later day between history rows, the last of them being the record; while it is open',
  }),
  daysSlipped: integer('Days from the first known close date to the present one; below 0: to an earlier one.', '34', {
    unit: 'days',
    additive: false,
    formula: 'closeOn − firstCloseOn; of a closed one, closedOn − firstCloseOn',
  }),
  lossReason: text('Why it was lost.', 'No SSO'),
  competitor: text('Who else is in it.', 'Initech'),
  nextStep: text('What sales does next.', 'Call legal'),
  motion: oneOf('Whether sales takes part (sales_assisted) or not (self_serve).', MOTIONS, {
    formula: 'its own, else its account’s',
  }),
  segment: oneOf('Size class of its account, as it is today.', SEGMENTS, { formula: 'segment of the account' }),
  accountId: id('The account it would be sold to.', 'account', {
    formula: 'its own; the survivor, if that was merged',
  }),
  ownerId: id('The user who owns it.', 'user'),
  leadId: id('The lead it came from.', 'lead', { formula: 'its own, else the first lead that was converted to it' }),
  url: text('Where it can be opened in the source.', 'https://acme.my.salesforce.com/0065g00000KcZ2wAAF'),
  hasAccount: flag('Whether the account it belongs to is known.'),
  ...BLOCKER_FIELDS,
}

const account: Fields<FactField> = {
  id: id('The id of the account.', 'account', { always: true }),
  source: text('The source it was read from.', 'salesforce', { always: true }),
  name: text('What the company is called.', 'Acme Corporation'),
  domain: text('Its registrable web domain.', 'acme.com'),
  country: text('Country of its head office, ISO 3166-1 alpha-2.', 'SE'),
  industry: text('Its industry, as the source spells it.', 'Electronics'),
  employees: integer('How many people work there.', '1200', { unit: 'people', additive: true }),
  segment: oneOf('Size class of the company.', SEGMENTS, {
    formula: 'the account’s own field, else by employees as model.yaml says',
  }),
  segmentFrom: oneOf('Where the segment comes from.', SEGMENT_SOURCES),
  seatsPaid: integer('Seats the account pays for now.', '25', {
    unit: 'seats',
    additive: true,
    formula: 'its own field, else those of the subscription periods that run today',
  }),
  plan: text('The plan it is on.', 'Pro'),
  arr: money('Its annual recurring revenue now.', {
    additive: true,
    formula:
      'the first that is known, in the order of model.yaml: what its subscription periods come to today, its own field, the ARR of its won opportunities, renewals left out; money of the first two at today’s rate',
  }),
  arrFrom: oneOf('Where the ARR comes from.', ARR_SOURCES),
  arrBySubscription: money('ARR by its subscription periods; empty where none tells what was paid.', {
    additive: true,
    formula: '12 × the monthly amounts of those that run today',
  }),
  arrByField: money('ARR by the account’s own field.', { additive: true }),
  arrByOpportunities: money('ARR by its won opportunities, renewals left out.', { additive: true }),
  arrDifference: money('By how much the ARR differs from the next that is known; empty where there is no other.', {
    additive: true,
    formula: 'arr − the next known of arrBySubscription, arrByField, arrByOpportunities',
  }),
  renewalOn: day('When the subscription renews.'),
  motion: oneOf('Whether sales takes part (sales_assisted) or not (self_serve).', MOTIONS),
  parentId: id('The parent company.', 'account', { formula: 'its own; the survivor, if that was merged' }),
  ownerId: id('The user who owns the account.', 'user'),
  accountManagerId: id('The user who manages the account after the first win.', 'user'),
  csmId: id('The customer success manager.', 'user'),
  businessGoal: text('What the customer wants to reach.', 'Cut onboarding time by half'),
  createdOn: day('The day it was created in the source.'),
  isCustomer: flag('Whether it pays today, as far as is known.', {
    formula:
      'arr above 0 where the account has subscription periods or an ARR field; else seats paid for, or an opportunity won',
  }),
  funnelStage: oneOf(
    'The furthest it got in the funnel; empty when it has neither leads nor opportunities.',
    FUNNEL_STAGES,
    {
      formula: 'expansion won, else won, else an open opportunity, else an open lead, else lost',
    },
  ),
  openOpportunities: integer('How many of its opportunities are open.', '2', {
    always: true,
    unit: 'opportunities',
    additive: true,
  }),
  openPipeline: money('ARR of its open opportunities.', {
    always: true,
    additive: true,
    formula: 'Σ arr of open ones',
  }),
  wonOpportunities: integer('How many of its opportunities were won.', '3', {
    always: true,
    unit: 'opportunities',
    additive: true,
  }),
  wonArr: money('ARR of its won opportunities, renewals included.', {
    always: true,
    additive: true,
    formula: 'Σ arr of won ones',
  }),
  lostOpportunities: integer('How many of its opportunities were lost.', '1', {
    always: true,
    unit: 'opportunities',
    additive: true,
  }),
  winRateByCount: ratio('Share of its closed opportunities that were won, by count.', {
    formula: 'won ÷ (won + lost); where funnel: win_rate_of: all, ÷ (won + lost + open)',
  }),
  winRateByAmount: ratio('Share of its closed ARR that was won, by amount.', {
    formula: 'ARR won ÷ (ARR won + ARR lost); where funnel: win_rate_of: all, ÷ (ARR won + ARR lost + open pipeline)',
  }),
  firstWonOn: day('The day of its first win.'),
  lastWonOn: day('The day of its latest win.'),
  leads: integer('How many leads belong to it.', '4', { always: true, unit: 'leads', additive: true }),
  contacts: integer('How many people at it are known.', '6', { always: true, unit: 'people', additive: true }),
  requests: integer('How many requests for features it has made.', '3', {
    always: true,
    unit: 'requests',
    additive: true,
  }),
  tickets: integer('How many tickets it has written.', '12', { always: true, unit: 'tickets', additive: true }),
  openTickets: integer('How many of its tickets are not solved yet.', '1', {
    always: true,
    unit: 'tickets',
    additive: true,
  }),
  usageWeek: day('The newest week of which its use of the whole product is known.'),
  activeUsers: integer('How many of its people used the product in that week.', '12', {
    unit: 'people',
    additive: true,
    formula: 'active users of the whole product in usageWeek',
  }),
  ...ACCOUNT_BUCKET,
  ...HAND_OVER,
  ...ACCOUNT_RISK,
  url: text('Where it can be opened in the source.', 'https://acme.my.salesforce.com/0015g00000KcZ2wAAF'),
}

const lead: Fields<FactField> = {
  id: id('The id of the lead.', 'lead', { always: true }),
  source: text('The source it was read from.', 'salesforce', { always: true }),
  name: text('The person’s name.', 'Bertha Boxer'),
  email: text('E-mail address.', 'bertha@fcof.net'),
  company: text('The company as the lead gave it.', 'Farmers Coop. of Florida'),
  origin: oneOf('How the lead came to you.', LEAD_ORIGINS),
  leadSource: text('The source’s own word for where it came from.', 'Web'),
  campaign: text('The campaign that brought it.', 'Spring webinar'),
  country: text('Country, ISO 3166-1 alpha-2.', 'US'),
  employees: integer('How many people work at the company.', '130', {
    unit: 'people',
    additive: false,
    formula: 'its own; several leads may be of one company',
  }),
  segment: oneOf('Size class of its account; without an account, of the company the lead named.', SEGMENTS, {
    formula: 'segment of the account, else by employees as model.yaml says',
  }),
  title: text('Job title.', 'Director of Vendor Relations'),
  status: text('The source’s own status.', 'Working - Contacted'),
  createdAt: instant('When the lead was created.'),
  createdOn: day('The day the lead was created.', { formula: 'company day of createdAt' }),
  qualifiedOn: day('The day it was found worth a salesperson’s time.'),
  convertedAt: instant('When it was converted; empty while it is not.', {
    formula: 'the instant the source has; else when its opportunity was created; else start of the day the source has',
  }),
  convertedOn: day('The day it was converted; empty while it is not.', { formula: 'company day of convertedAt' }),
  isConverted: flag('Whether it became an opportunity or an account.'),
  isOpen: flag('Whether it is neither converted nor a bot.'),
  routedTo: oneOf('Who takes care of it.', LEAD_ROUTES),
  opportunityId: id('The opportunity it became.', 'opportunity'),
  accountId: id('The account it belongs to, or was converted to.', 'account', {
    formula: 'its own; the survivor, if that was merged',
  }),
  ownerId: id('The user who owns the lead.', 'user'),
  isBot: flag('Whether it is a bot or spam.'),
  daysToConvert: integer('Days from creation to conversion; empty while it is not converted.', '12', {
    unit: 'days',
    additive: false,
    formula: 'convertedOn − createdOn',
  }),
  funnelStage: oneOf('Where it stands in the funnel; empty for bots.', FUNNEL_STAGES, {
    formula: 'lead until it is converted, then the stage of the opportunity it became',
  }),
  ...LEAD_SCORE,
  url: text('Where it can be opened in the source.', 'https://acme.my.salesforce.com/00Q5g00000KcZ2wAAF'),
}

const overlapping = { additive: false } as const

const funnelStage: Fields<FactField> = {
  id: text('The row’s own key: view, month, segment and stage.', 'entry_cohort:2026-03:all:opportunity', {
    always: true,
  }),
  name: text('The row in words.', '2026-03 opportunity (entry cohort)', { always: true }),
  view: oneOf(
    'How the month is counted: entered in it, was in it at any time, in it when the month ended.',
    FUNNEL_VIEWS,
    {
      always: true,
    },
  ),
  level: oneOf('Whether the row is about a stage of the one funnel or about one stage of the CRM.', FUNNEL_LEVELS, {
    always: true,
  }),
  month: text('The month.', '2026-03', { always: true }),
  monthOn: field('day')('The first day of the month.', '2026-03-01', { always: true }),
  segment: oneOf(
    'Size class of the accounts, as it is today; CRM stages are counted for all together.',
    FUNNEL_SEGMENTS,
    {
      always: true,
    },
  ),
  pipeline: text(
    'The source and pipeline the CRM stage belongs to; empty for stages of the one funnel.',
    'salesforce: Enterprise',
  ),
  stage: text('The stage: the CRM’s own, or the funnel’s.', 'Negotiation/Review', { always: true }),
  stageOrder: integer('Its place in the order of stages, from 1.', '8', { always: true, additive: false }),
  funnelStage: oneOf('The stage of the one funnel it belongs to.', FUNNEL_STAGES, { always: true }),
  count: integer('How many opportunities (or leads) the row counts, in the way its view says.', '42', {
    always: true,
    unit: 'opportunities or leads',
    ...overlapping,
  }),
  arr: money('ARR of what the row counts, as it was known then.', { always: true, ...overlapping }),
  reachedNext: integer('Entry cohorts: how many of them have reached the next stage so far.', '12', {
    unit: 'opportunities or leads',
    ...overlapping,
  }),
  conversion: ratio('Entry cohorts: share of them that has reached the next stage so far.', {
    formula: 'reachedNext ÷ count',
  }),
  stillOpen: integer('Entry cohorts: how many of them are open today.', '7', {
    unit: 'opportunities or leads',
    ...overlapping,
  }),
  stillOpenShare: ratio('Entry cohorts: share of them that is open today.', { formula: 'stillOpen ÷ count' }),
  isMature: field('boolean')('Entry cohorts: whether enough of them is closed to trust the rates.', 'true', {
    formula: '1 − stillOpenShare at or above mature_at of model.yaml (95 %)',
  }),
  medianDays: number('Entry cohorts: median days spent in the stage, those still in it counted as censored.', '14', {
    unit: 'days',
    additive: false,
    formula: 'Kaplan–Meier median; empty while fewer than half have left',
  }),
  dwellCounted: integer('Entry cohorts: on how many stays the median rests.', '39', {
    unit: 'opportunities or leads',
    ...overlapping,
  }),
  reconstructedLeftOut: integer('Entry cohorts: how many were left out because their dates are reconstructed.', '3', {
    unit: 'opportunities or leads',
    ...overlapping,
  }),
  winRateByCount: ratio(
    'Share won, by count: of the cohort’s closed ones; in the active view, of those closed in the month.',
    {
      formula: 'won ÷ (won + lost); of a cohort where funnel: win_rate_of: all, ÷ count',
    },
  ),
  winRateByAmount: ratio(
    'Share won, by amount: of the cohort’s closed ones; in the active view, of those closed in the month.',
    {
      formula:
        'ARR won ÷ (ARR won + ARR lost); of a cohort where funnel: win_rate_of: all, ÷ arr, above 100 % where wins grew',
    },
  ),
}

/** What board mappings see of each kind of fact, by the name used in `items:`. Money is in company currency everywhere. */
export const FACTS: Readonly<Record<FactKind, FactSchema>> = {
  account: {
    meaning: 'A company you sell to, or may, with what its leads and opportunities add up to.',
    fields: account,
    scope: { owner: 'user' },
    extra: 'account',
  },
  opportunity: {
    meaning: 'A possible sale, with its stage in the one funnel.',
    fields: opportunity,
    scope: { account: 'account', owner: 'user' },
    extra: 'opportunity',
  },
  lead: {
    meaning: 'A person or company that may become a customer.',
    fields: lead,
    scope: { account: 'account', owner: 'user' },
    extra: 'lead',
  },
  contact: {
    meaning: 'A person at an account.',
    fields: CONTACT,
    scope: { account: 'account' },
    extra: 'contact',
  },
  request: {
    meaning: 'That an account wants a feature, matched to the catalogue by id, name or alias.',
    fields: REQUEST,
    scope: { account: 'account' },
    extra: 'request',
  },
  ticket: {
    meaning: 'A question or complaint of a customer.',
    fields: TICKET,
    scope: { account: 'account' },
    extra: 'ticket',
  },
  usage_week: {
    meaning: 'How much an account used one feature, or the whole product, in one week.',
    fields: USAGE_WEEK,
    scope: { account: 'account' },
    extra: 'usage_week',
  },
  ...REVENUE_FACTS,
  ...ACTIVITY_FACTS,
  ...BOOK_FACTS,
  ...LEAD_FACTS,
  ...PIPELINE_FACTS,
  ...FORECAST_FACTS,
  ...BUCKET_FACTS,
  ...TARGET_FACTS,
  ...SUPPORT_FACTS,
  ...RISK_FACTS,
  ...VOICE_FACTS,
  ...IMPLEMENTATION_FACTS,
  ...INFLUENCE_FACTS,
  ...PRIORITY_FACTS,
  funnel_stage: {
    meaning: 'One stage of the funnel in one month, for one segment, in one of three named views.',
    fields: funnelStage,
    scope: {},
  },
}

/** What board mappings see of a user (`owner`). */
export const USER_FIELDS: Fields<FactField> = {
  id: id('The id of the user.', 'user', { always: true }),
  name: text('The person’s name; the id where the user is unknown or nameless.', 'Anna Snelling', { always: true }),
  email: text('E-mail address, by which people columns find the person.', 'anna@you.example'),
  role: text('Role: sdr, bdr, ae, am, csm, pm, agent or your own word.', 'ae'),
  team: text('Team.', 'Central'),
  squad: text('Squad.', 'Growth'),
  site: text('Site.', 'London'),
  active: field('boolean')('Whether the person still works here; empty where the source does not say.', 'true'),
  known: flag('Whether the source has such a user.'),
}
