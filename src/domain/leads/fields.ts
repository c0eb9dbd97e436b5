import { day, field, instant, integer, money, number, oneOf, ratio, text } from '../fact-field.ts'
import type { FactSchema } from '../facts.ts'
import type { FactField, Fields } from '../fields.ts'
import { LEAD_ROUTES } from '../records.ts'
import { MIN_IN_DECILE, NOT_ENOUGH } from './score-proof.ts'

const points = (meaning: string, formula: string) =>
  integer(meaning, '62', { unit: 'points, 0 to 100', additive: false, formula })

/** What a lead tells of its worth and way. */
export const LEAD_SCORE: Fields<FactField> = {
  isIcp: field('boolean')('Whether it is of the kind you look for; empty where country or size is unknown.', 'true', {
    formula: 'country in the list, enough employees, no bot: leads: icp: of model.yaml',
  }),
  notIcpBecause: text('Why it is not.', '40 employees'),
  score: points(
    'How well it fits and how much it does, half each. Whether it wants to buy is not in it.',
    '50 % fit + 50 % engagement; a part of which nothing is known counts as 0',
  ),
  fit: points(
    'How well it fits; does not change with what it does.',
    'country in the list 30, employees 40 (half at the least size, all from ten times that), title 30; of the parts that are known',
  ),
  fitCoverage: ratio('How much of what fit is made of is known.', {
    always: true,
    formula: 'points of the known parts ÷ 100',
  }),
  engagement: points(
    'How much its account used the product in the first days; empty where no use is known.',
    'people of each week that ends by the last of those days ÷ full_users, a week counting half for each half_life it begins before that day; nothing later counts',
  ),
  scoreReasons: text('What the score is made of, in words.', 'country SE: 30 of 30; 1200 employees: 40 of 40'),
  route: oneOf('Where it should go.', LEAD_ROUTES, {
    formula: 'the first rule under leads: routes: of model.yaml of which every condition holds; bots go nowhere',
  }),
  routeRule: integer('Which rule that is, from 1.', '2', { additive: false }),
  firstTouchAt: instant('When somebody of yours first called, met or wrote to its account after it came.'),
  hoursToFirstTouch: number('Hours from its creation to that.', '3.5', {
    unit: 'hours',
    additive: false,
    formula: 'firstTouchAt − createdAt, by the calendar',
  }),
}

const inDecile = (meaning: string, unit: string, more: object = {}) =>
  integer(meaning, '240', { additive: true, always: true, unit, ...more })
const least = `empty below ${MIN_IN_DECILE}`

const leadDecile: Fields<FactField> = {
  id: text('The row’s own key: which tenth, from the lowest scores.', 'decile-10', { always: true }),
  name: text('The row in words.', 'Scores 81 to 97', { always: true }),
  decile: integer('Which tenth of all leads by score, 10 the highest.', '10', { additive: false, always: true }),
  fromScore: integer('The lowest score in it.', '81', { additive: false, always: true }),
  toScore: integer('The highest score in it.', '97', { additive: false, always: true }),
  leads: inDecile(
    'Leads of quarters that ended a year ago or longer, whose account was not green by the day of the score.',
    'leads',
  ),
  grew: inDecile('Those whose account turned green within a year of the lead, after the day of its score.', 'leads'),
  grewShare: ratio('Share of them.', { formula: `grew ÷ leads; ${least}` }),
  grewLow: ratio('Low end of its 95 % interval (Wilson).'),
  grewHigh: ratio('High end of the same interval.'),
  gain: number('How often its leads grew, against all: 1 is as often.', '2.1', {
    additive: false,
    unit: 'times',
    formula: `grewShare ÷ the share of all leads; ${least}, and where none grew`,
  }),
  unconverted: inDecile('Leads of those quarters that were not converted by the day of their score.', 'leads'),
  converted: inDecile('Those that were converted within a year, after that day.', 'leads'),
  convertedShare: ratio('Share of them.', { formula: `converted ÷ unconverted; ${least}` }),
  convertedLow: ratio('Low end of its 95 % interval (Wilson).'),
  convertedHigh: ratio('High end of the same interval.'),
  customers: inDecile('Leads that were converted and have an account, at any time.', 'leads'),
  growthArr: money(
    'By how much the account of such a lead grew, on average, from the day of the score to a year after the lead came.',
    {
      additive: false,
      formula: `mean ARR then − ARR on the day of the score; ${least}`,
    },
  ),
  note: text('Whether there is enough to compare.', NOT_ENOUGH, {
    always: true,
    formula: `enough from ${MIN_IN_DECILE} leads on, where of all leads some grew and some did not`,
  }),
}

/** What mappings see of leads together. */
export const LEAD_FACTS: Readonly<Record<'lead_decile', FactSchema>> = {
  lead_decile: {
    meaning: 'A tenth of all leads by score, and what came of them within a year: whether a high score grows more.',
    fields: leadDecile,
    scope: {},
  },
}

/** What an account tells of its hand-over. */
export const HAND_OVER: Fields<FactField> = {
  handOverDueOn: day('By when its account manager should have it; empty before that is due, and of no customer.', {
    formula: 'greenOn, or firstWonOn, + the days that hand_over: of model.yaml gives',
  }),
  isHandedOver: field('boolean')('Whether it has an account manager who is not the one who brought it there.', 'true', {
    formula: 'not greenOwnerId, or the owner of the first opportunity won; where nobody is known, not its owner',
  }),
  isHandOverOverdue: field('boolean')('Whether that day has passed and it is not handed over.', 'false'),
}
