import { day, field, instant, integer, number, oneOf, ratio, text } from '../fact-field.ts'
import type { FactField, Fields } from '../fields.ts'
import { LEAD_ROUTES } from '../records.ts'

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
