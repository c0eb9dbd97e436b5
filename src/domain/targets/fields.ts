import { TARGET_SUBJECTS } from '../company-records.ts'
import { day, flag, id, money, number, oneOf, ratio, text } from '../fact-field.ts'
import type { FactSchema } from '../facts.ts'
import type { FactField, Fields } from '../fields.ts'
import { MEASURES } from './attainment-facts.ts'

const overlapping = { additive: false } as const
const REACHED =
  'arr_new, arr_expansion: of the company, movements of ARR; of a team or user, those of accounts that sales works on; arr_green: green ARR at the end − at the start; arr_won: of the company, ARR won, less that of earlier wins opened again; pipeline_created: of the company, ARR created; pipeline_influenced: of the company, ARR of open opportunities that are linked to any feature, each once, as it is today, of periods that go on; wapp, wapp_sales_assisted, wapp_self_serve: of the company, people active in the latest whole week that begins in the period, of accounts that pay; active_share: of sales-assisted accounts in that week, active people ÷ paid seats'

const attainment: Fields<FactField> = {
  id: id('The id of the target.', 'target', { always: true }),
  name: text('The target in words.', 'arr_new, Central, 2026-Q4', { always: true }),
  subject: oneOf('Whose target it is.', TARGET_SUBJECTS, { always: true }),
  subjectName: text('Which team or squad, or the user, as the target has it.', 'Central'),
  ownerId: id('The user whose target it is; empty where no source delivered such a user.', 'user', {
    formula: 'by id, else by e-mail address',
  }),
  measure: text(`What is measured; what is reached is known of ${MEASURES.join(', ')}.`, 'arr_new', { always: true }),
  period: text('The period.', '2026-Q4', { always: true }),
  fromOn: day('Its first day.', { always: true }),
  toOn: day('Its last day.', { always: true }),
  isOver: flag('Whether the period is over.'),
  elapsed: ratio('How much of the period has gone by, today included.', { always: true }),
  target: money('What is to be reached, of measures in money.', overlapping),
  targetNumber: number('What is to be reached, of measures that are no money.', '10', overlapping),
  reached: money('What is reached so far, of measures in money; empty where nothing measures it.', {
    ...overlapping,
    formula: REACHED,
  }),
  reachedNumber: number('What is reached so far, of measures that are no money: graduations, people, a share.', '4', {
    ...overlapping,
    unit: 'accounts',
  }),
  reachedLastYear: money('What was reached in the same period a year ago, all of it.', overlapping),
  reachedNumberLastYear: number('The same in the same period a year ago.', '3', {
    ...overlapping,
    unit: 'accounts',
  }),
  attainment: ratio('How much of the target is reached; above 1, more than that.', {
    formula: 'reached ÷ target, or reachedNumber ÷ targetNumber',
  }),
}

/** What mappings see of targets. */
export const TARGET_FACTS: Readonly<Record<'attainment', FactSchema>> = {
  attainment: {
    meaning: 'A target of the company, a team or a user, and what is reached of it.',
    fields: attainment,
    scope: { owner: 'user' },
  },
}
