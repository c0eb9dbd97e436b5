import { day, flag, id, integer, number, oneOf, ratio, text } from '../fact-field.ts'
import type { FactSchema } from '../facts.ts'
import type { FactField, Fields } from '../fields.ts'
import { WEEKDAYS } from './support-hour-facts.ts'

const tickets = (meaning: string, more: Partial<FactField> = {}) =>
  integer(meaning, '42', { unit: 'tickets', additive: false, always: true, ...more })
const minutes = (meaning: string, formula: string) =>
  number(meaning, '9', { unit: 'minutes', additive: false, formula })

const KAPLAN_MEIER =
  'Kaplan–Meier, as seen at the start of today: what was unanswered then lasts longer; over 1,000 minutes to three digits'
const RESTRICTED = 'area under the Kaplan–Meier curve up to the longest wait seen, those still open included'
const OPEN_HOURS = 'in the hours of the agent’s team: its zone, weekdays, holidays'

const CSAT: Fields<FactField> = {
  answers: tickets('How many were rated.', { unit: 'answers' }),
  csat: ratio('Share of those who answered that were satisfied.', {
    formula: 'answers from good_from of model.yaml on ÷ answers',
  }),
  csatLow: ratio('Lower end of its 95 % interval.', { formula: 'Wilson' }),
  csatHigh: ratio('Upper end of its 95 % interval.', { formula: 'Wilson' }),
}

const period: Fields<FactField> = {
  id: text('The row’s own key: period, its beginning and slice.', 'month:2026-03:channel:mail', { always: true }),
  name: text('The row in words.', '2026-03, channel mail', { always: true }),
  period: oneOf('Whether it is a month or a week.', ['month', 'week'], { always: true }),
  fromOn: day('Its first day.', { always: true }),
  isOpen: flag('Whether it goes on: then everything is up to today.'),
  isNewest: flag('Whether it is the newest week in which anybody was answered: the one to put on a wall.'),
  by: oneOf('What the slice is of.', ['all', 'channel', 'team', 'plan'], { always: true }),
  of: text('Which channel, team or plan; empty for all. Teams as of then, plans as they are today.', 'mail'),
  tickets: tickets('Tickets that came in, those of bots left out.'),
  solved: tickets('How many of them are solved by now.'),
  answered: tickets('On how many first replies the times rest.', { formula: 'answered before the start of today' }),
  unanswered: tickets('How many had no reply by the start of today; their waits count as longer than seen.'),
  medianMinutes: minutes('Median minutes to the first reply by a person, by the calendar.', KAPLAN_MEIER),
  meanMinutes: minutes('Mean minutes to the first reply by a person, by the calendar.', RESTRICTED),
  medianOpenMinutes: minutes('Median minutes to the first reply, of office hours.', `${KAPLAN_MEIER}; ${OPEN_HOURS}`),
  meanOpenMinutes: minutes('Mean minutes to the first reply, of office hours.', `${RESTRICTED}; ${OPEN_HOURS}`),
  targetMinutes: integer('Within how many minutes they should have been answered.', '60', {
    unit: 'minutes',
    additive: false,
    formula: 'of the channel in model.yaml; empty where several channels differ',
  }),
  inTime: ratio('Share of those decided that were answered within the target of their channel.', {
    formula: 'in time ÷ (in time + late); open ones are late once they waited longer, and undecided before',
  }),
  late: tickets('How many were not answered within the target.'),
  ...CSAT,
  responseRate: ratio('Share of solved tickets that were rated.', { formula: 'answers ÷ solved' }),
  customers: integer('Accounts that paid at the end of the month; for all together only.', '310', {
    unit: 'accounts',
    additive: false,
    formula: 'accounts with ARR, as in arr_month',
  }),
  contactRate: number('Tickets for each account that pays.', '0.4', {
    unit: 'tickets per account',
    additive: false,
    formula: 'tickets ÷ customers',
  }),
}

const agent: Fields<FactField> = {
  id: text('The agent and the team.', '0055g00000KcZ2w:Central', { always: true }),
  agentId: id('The agent.', 'user', { always: true }),
  agent: text('The agent’s name.', 'Anna Snelling', { always: true }),
  team: text('The team the agent was in when tickets came in; none where nobody knows.', 'Central', { always: true }),
  assigned: tickets('Tickets of the last 7 days that are the agent’s.', { additive: true }),
  replied: tickets('Tickets of the agent that had their first reply in the last 7 days.', { additive: true }),
  solved: tickets('Tickets of the agent that were solved in the last 7 days.', { additive: true }),
  open: tickets('Tickets on hand today.', { additive: true }),
  escalated: tickets('How many of them were escalated.', { additive: true }),
  onHold: tickets('How many of them wait for somebody else.', { additive: true }),
  ...CSAT,
  responseRate: ratio('Share of the tickets of the last 90 days that were rated.', {
    formula: 'answers ÷ tickets that came in in the last 90 days, as for csat',
  }),
}

const hour: Fields<FactField> = {
  id: text('The team and the hour.', 'all:09:00', { always: true }),
  team: text('The team; all for all together, each ticket by the clock of its own team.', 'Central', { always: true }),
  hour: integer('The hour of the day.', '9', { additive: false, always: true }),
  clock: text('The hour as a clock shows it.', '09:00', { always: true }),
  tickets: tickets('Tickets that came in in this hour, of any day.', { formula: 'additive within one team' }),
  inTime: ratio('Share of them that was answered in time.', { formula: 'in time ÷ (in time + late)' }),
  gaps: text('Weekdays on which too few were answered in time.', 'mon, fri', {
    always: true,
    formula: 'share in time below keep of model.yaml, with at least 5 decided tickets',
  }),
  ...Object.fromEntries(
    WEEKDAYS.flatMap((weekday) => [
      [
        weekday,
        number(`Tickets per hour, ${weekday}.`, '1.5', {
          unit: 'tickets per hour',
          additive: false,
          formula: 'tickets ÷ how often the hour was there: none or two on days when clocks change',
        }),
      ],
      [`${weekday}InTime`, ratio(`Share answered in time, ${weekday}.`, { formula: 'in time ÷ (in time + late)' })],
    ]),
  ),
}

const staffing: Fields<FactField> = {
  id: text('How far ahead.', 'in-04-weeks', { always: true }),
  name: text('How far ahead, in words.', 'In 4 weeks', { always: true }),
  weeksAhead: integer('How many weeks ahead.', '4', { additive: false, always: true }),
  tickets: number('Tickets per week to expect.', '420', {
    unit: 'tickets per week',
    additive: false,
    always: true,
    formula: 'level × (1 + growthPerWeek) ^ weeksAhead',
  }),
  growthPerWeek: number('Growth of tickets per week; 0.01 is 1 %.', '0.01', {
    additive: false,
    always: true,
    formula: 'straight line through the logarithms of the last 12 whole weeks; 0 with fewer than 4',
  }),
  agents: integer('Agents who answered anybody in the last whole week.', '9', {
    unit: 'people',
    additive: false,
    always: true,
  }),
  ticketsPerAgent: number(
    'The most tickets per agent and week that keep the target; empty where own data do not tell.',
    '48',
    {
      unit: 'tickets per agent and week',
      additive: false,
      formula:
        'the highest load such that of the last 26 whole weeks with no more, four in five had keep of their tickets in time; at least 4 weeks',
    },
  ),
  agentsNeeded: integer('Agents who keep the target at that load.', '10', {
    unit: 'people',
    additive: false,
    formula: 'tickets ÷ ticketsPerAgent, rounded up',
  }),
  agentsMissing: integer('How many more are needed; below 0: fewer.', '1', {
    unit: 'people',
    additive: false,
    formula: 'agentsNeeded − agents',
  }),
  growthPerAgent: ratio('By how much tickets grow for one more agent to be needed.', {
    formula: 'ticketsPerAgent ÷ tickets',
  }),
  weeksLearnt: integer('On how many weeks it rests.', '26', { unit: 'weeks', additive: false, always: true }),
  weeksInTime: integer('In how many of them enough was answered in time.', '20', {
    unit: 'weeks',
    additive: false,
    always: true,
  }),
}

/** What mappings see of support. */
export const SUPPORT_FACTS: Readonly<
  Record<'support_period' | 'support_agent' | 'support_hour' | 'support_staffing', FactSchema>
> = {
  support_period: {
    meaning:
      'How fast support answered what came in in a month or week, and how satisfied customers were, in one slice.',
    fields: period,
    scope: {},
  },
  support_agent: {
    meaning: 'What an agent of support did in the last 7 days and has on hand.',
    fields: agent,
    scope: {},
  },
  support_hour: {
    meaning: 'One hour of the day: how many tickets come in on each weekday, and how many are answered in time.',
    fields: hour,
    scope: {},
  },
  support_staffing: {
    meaning: 'How many agents it takes to keep the target, from own data.',
    fields: staffing,
    scope: {},
  },
}
