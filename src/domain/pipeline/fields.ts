import { day, field, flag, id, integer, money, oneOf, ratio, text } from '../fact-field.ts'
import type { FactSchema } from '../facts.ts'
import type { FactField, Fields } from '../fields.ts'
import { SEGMENTS } from '../records.ts'
import { PIPELINE_PARTS, PIPELINE_WINDOWS } from './pipeline-walk.ts'

const overlapping = { additive: false, always: true } as const
const moved = (meaning: string, formula?: string) =>
  money(meaning, formula === undefined ? overlapping : { ...overlapping, formula })
const counted = (meaning: string, formula?: string) =>
  integer(meaning, '3', { ...overlapping, unit: 'opportunities', ...(formula === undefined ? {} : { formula }) })

const window = oneOf('Which opportunities it is about.', PIPELINE_WINDOWS, {
  always: true,
  formula:
    'all_open: all that are open; due_in_quarter, due_in_month: open ones with a close date in the quarter of the month, in the month',
})
const FROM_END_TO_END =
  'where an opportunity stood at the end of the month before, against the end of the month; back and forth in between is nothing'

const pipelineMonth: Fields<FactField> = {
  id: text('The row’s own key: window, month and segment.', 'due_in_quarter:2026-03:all', { always: true }),
  name: text('The row in words.', '2026-03, enterprise (due in quarter)', { always: true }),
  window,
  month: text('The month.', '2026-03', { always: true }),
  monthOn: field('day')('The first day of the month.', '2026-03-01', { always: true }),
  segment: oneOf('Size class of the accounts, as it is today.', ['all', ...SEGMENTS, 'none'], { always: true }),
  isOpen: flag('Whether the month goes on: then everything is up to today.'),
  start: moved('Pipeline at the end of the month before, in the window of this month.'),
  created: moved('Pipeline created in the month, and in the window at its end or closed.', FROM_END_TO_END),
  pulledIn: moved(
    'Pipeline whose close date moved into the window, from later or earlier, or that closed before or after it.',
  ),
  dated: moved(
    'Pipeline in the window whose close date was not known at the start of the month.',
    'known: from the first history row that bears a close date; without one, from when the record last changed',
  ),
  reopened: moved('Pipeline that had been won or lost before.'),
  increased: moved('By how much pipeline that was there at the start grew, up to the end of the month or its closing.'),
  decreased: moved('By how much pipeline that was there at the start shrank; not below 0.'),
  pushedOut: moved(
    'Pipeline still open whose close date left the window, for later or earlier; at its ARR at the start.',
  ),
  won: moved(
    'What was won in the month, whatever close date was expected; at its ARR today, of one opened again at that of then.',
  ),
  lost: moved(
    'What was lost in the month, whatever close date was expected; at its ARR today, of one opened again at that of then.',
  ),
  end: moved(
    'Pipeline at the end of the month.',
    'start + created + pulledIn + dated + reopened + increased − decreased − pushedOut − won − lost',
  ),
  startCount: counted('Opportunities at the start.'),
  createdCount: counted('How many were created.'),
  pulledInCount: counted('How many moved into the window.'),
  datedCount: counted('How many got a known close date.'),
  reopenedCount: counted('How many were opened again.'),
  increasedCount: counted('How many grew.'),
  decreasedCount: counted('How many shrank.'),
  pushedOutCount: counted('How many left the window, still open.'),
  wonCount: counted('How many were won.'),
  lostCount: counted('How many were lost.'),
  endCount: counted(
    'Opportunities at the end.',
    'startCount + createdCount + pulledInCount + datedCount + reopenedCount − pushedOutCount − wonCount − lostCount',
  ),
  endLastYear: moved('Pipeline at the end of the same month a year ago.'),
  slippage: ratio('Share of the ARR at the start whose close date has left the window, unclosed.', {
    formula: 'pushedOut ÷ start; empty for all_open',
  }),
  slippageByCount: ratio('Share of the opportunities at the start whose close date has left the window, unclosed.', {
    formula: 'pushedOutCount ÷ startCount; empty for all_open',
  }),
}

const pipelineMovement: Fields<FactField> = {
  id: text('The opportunity, month, window and kind.', '0065g00000KcZ2wAAF:2026-03:due_in_quarter:pushedOut', {
    always: true,
  }),
  opportunityId: id('The opportunity.', 'opportunity', { always: true }),
  name: text('What the opportunity is called.', 'Acme - 50 seats'),
  window,
  month: text('The month.', '2026-03', { always: true }),
  monthOn: day('The first day of the month.', { always: true }),
  kind: oneOf('What happened: the part of the waterfall it belongs to.', PIPELINE_PARTS, {
    always: true,
    formula: FROM_END_TO_END,
  }),
  change: money('ARR that came (above 0) or went (below 0).', {
    always: true,
    additive: false,
    formula: 'additive within one window',
  }),
  stage: text('The CRM’s own stage, as it is today.', 'Negotiation/Review'),
  segment: oneOf('Size class of its account, as it is today.', SEGMENTS),
  closeOn: day('Its close date, as it is today.'),
  accountId: id('The account it would be sold to.', 'account'),
  ownerId: id('Who owns it today.', 'user'),
  url: text('Where it can be opened in the source.', 'https://acme.my.salesforce.com/0065g00000KcZ2wAAF'),
}

/** What mappings see of the pipeline waterfall. */
export const PIPELINE_FACTS: Readonly<Record<'pipeline_movement' | 'pipeline_month', FactSchema>> = {
  pipeline_movement: {
    meaning: 'What one opportunity did to the pipeline of a month, in one window.',
    fields: pipelineMovement,
    scope: { account: 'account', owner: 'user' },
  },
  pipeline_month: {
    meaning: 'The open pipeline of a month and why it moved, in one window, for one segment.',
    fields: pipelineMonth,
    scope: {},
  },
}
