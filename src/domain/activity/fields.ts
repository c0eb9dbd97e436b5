import { field, flag, integer, money, number, oneOf, ratio, text } from '../fact-field.ts'
import type { FactSchema } from '../facts.ts'
import type { FactField, Fields } from '../fields.ts'
import { ACTIVE_SLICES } from './active-weeks.ts'
import { MAX_LAG, MIN_PAIRS } from './wapp-facts.ts'

const people = (meaning: string, more: object = {}) =>
  integer(meaning, '1240', { additive: false, unit: 'people', ...more })
const PICKED = 'the lag at which it is largest is picked, so that chance alone gives more than 0'

const wappMonth: Fields<FactField> = {
  id: text('The row’s own key: month and motion.', '2026-03:all', { always: true }),
  name: text('The row in words.', '2026-03, sales-assisted', { always: true }),
  month: text('The month.', '2026-03', { always: true }),
  monthOn: field('day')('Its first day.', '2026-03-01', { always: true }),
  motion: oneOf('Motion of the accounts, as it is today.', ACTIVE_SLICES, { always: true }),
  isOpen: flag('Whether the month goes on: then it is its whole weeks so far.'),
  wapp: people('Weekly active paying people.', {
    always: true,
    formula:
      'mean over the whole weeks that begin in the month: Σ people active in the whole product, of accounts with ARR on the week’s Monday; of accounts without an ARR history, those that are customers today',
  }),
  accounts: integer('Paying accounts with anybody active, in an average week.', '310', {
    additive: false,
    always: true,
    unit: 'accounts',
  }),
  activeShare: ratio('Share of their users who are active.', {
    formula: 'active people ÷ paid seats, of accounts whose seats are known, over the same weeks',
  }),
  wappLastYear: people('The same in the month a year ago.'),
  signedArr: money('ARR that was signed in the month.', {
    additive: false,
    always: true,
    formula: 'new + expansion + reactivation, as movements of ARR tell',
  }),
  lagMonths: integer(
    'After how many months activity and what was signed went together most; of the current month’s row.',
    '3',
    {
      additive: false,
      unit: 'months',
      formula: `of 0 to ${MAX_LAG} months; by how much wapp moved in a month, beside signedArr so many months before, over the latest 24 whole months`,
    },
  ),
  correlation: number(
    'How much they went together at that lag: 1 fully, 0 not at all, −1 against each other.',
    '0.62',
    {
      additive: false,
      formula: `Pearson’s; ${PICKED}; empty below ${MIN_PAIRS} months`,
    },
  ),
  correlationLow: number('Low end of its 95 % interval.', '0.2', {
    additive: false,
    formula: 'Fisher’s; months are taken as independent',
  }),
  correlationHigh: number('High end of its 95 % interval.', '0.85', { additive: false, formula: 'as correlationLow' }),
  lagMonthsKnown: integer('On how many months that rests.', '20', { additive: false, unit: 'months' }),
  lagNote: text('What there is to say of it, in words; that it is not enough data where it is not.', 'not enough data'),
}

/** What mappings see of people who use what is paid for. */
export const ACTIVITY_FACTS: Readonly<Record<'wapp_month', FactSchema>> = {
  wapp_month: {
    meaning: 'Weekly active paying people of a month, for all accounts or one motion, beside what was signed.',
    fields: wappMonth,
    scope: {},
  },
}
