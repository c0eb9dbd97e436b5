import { day, field, flag, id, integer, money, number, oneOf, ratio, text } from '../fact-field.ts'
import type { FactSchema } from '../facts.ts'
import type { FactField, Fields } from '../fields.ts'
import { MOTIONS, SEGMENTS } from '../records.ts'
import { ARR_MOVEMENTS } from './arr-movements.ts'
import { ARR_METHODS } from './arr-path.ts'

const RATE = 'money at today’s rate, so that a rate that moves makes no movement'
const overlapping = { additive: false, always: true } as const
const accounts = (meaning: string) =>
  integer(meaning, '3', { ...overlapping, unit: 'accounts, or families (arr: customer: of model.yaml)' })
const moved = (meaning: string) => money(meaning, { ...overlapping, formula: RATE })

const arrMonth: Fields<FactField> = {
  id: text('The row’s own key: month, segment and motion.', '2026-03:all:all', { always: true }),
  name: text('The row in words.', '2026-03, enterprise', { always: true }),
  month: text('The month.', '2026-03', { always: true }),
  monthOn: field('day')('The first day of the month.', '2026-03-01', { always: true }),
  segment: oneOf('Size class of the accounts, as it is today.', ['all', ...SEGMENTS, 'none'], { always: true }),
  motion: oneOf('Motion of the accounts, as it is today.', ['all', ...MOTIONS, 'none'], { always: true }),
  isOpen: flag('Whether the month goes on: then everything is up to today.'),
  start: money('ARR at the end of the month before, and what histories open with in this one.', {
    ...overlapping,
    formula: `end of the month before + opening; ${RATE}`,
  }),
  opening: money(
    'How much of the start was not there at the end of the month before: of accounts whose snapshots begin in this month, what they begin with, less what another method had told of them. Nobody knows when that moved.',
    overlapping,
  ),
  new: moved('ARR of accounts that never had any before.'),
  expansion: moved('What grew at accounts that had ARR.'),
  contraction: moved('What shrank at accounts that kept some ARR; not above 0.'),
  churn: moved('ARR of accounts that have none any more; not above 0.'),
  reactivation: moved('ARR of accounts that had lost all of theirs.'),
  end: money('ARR at the end of the month.', {
    ...overlapping,
    formula: 'start + new + expansion + contraction + churn + reactivation',
  }),
  startAccounts: accounts('Accounts with ARR at the end of the month before, and of what histories open with.'),
  newAccounts: accounts('How many accounts are new.'),
  expansionAccounts: accounts('How many accounts grew.'),
  contractionAccounts: accounts('How many accounts shrank.'),
  churnAccounts: accounts('How many accounts churned.'),
  reactivationAccounts: accounts('How many accounts came back.'),
  endAccounts: accounts('Accounts with ARR at the end of the month.'),
  nrr: ratio('Net revenue retention of the month.', {
    formula: '(start + expansion + contraction + churn) ÷ start; new and reactivated accounts left out',
  }),
  grr: ratio('Gross revenue retention of the month; never above 1.', {
    formula: '(start + contraction + churn) ÷ start',
  }),
  nrrYear: ratio('Net revenue retention over 12 months.', {
    formula: 'ARR now of accounts with ARR 12 months ago ÷ their ARR then',
  }),
  grrYear: ratio('Gross revenue retention over 12 months; never above 1.', {
    formula: 'Σ min(ARR now, ARR 12 months ago) of accounts with ARR 12 months ago ÷ their ARR then',
  }),
  accountsKeptYear: ratio('Share of the accounts with ARR 12 months ago that have some now.', {
    formula: 'accounts with ARR then and now ÷ accounts with ARR then',
  }),
  retentionMethod: text('How NRR and GRR are reckoned.', 'cohort', { always: true }),
  quickRatio: number('What came for each unit that went; empty where nothing went.', '2.9', {
    unit: 'times',
    additive: false,
    formula: '(new + expansion + reactivation) ÷ −(contraction + churn)',
  }),
  endLastYear: moved('ARR at the end of the same month a year ago.'),
  growthYear: number('Growth of ARR within a year; 0.25 is a quarter more.', '0.25', {
    additive: false,
    formula: 'end ÷ endLastYear − 1; empty where histories opened in between',
  }),
  fromSubscriptions: money('How much of the end is from subscription periods.', overlapping),
  fromSnapshots: money(
    'How much of the end is from daily snapshots of accounts’ own ARR field; what neither tells is from won opportunities.',
    overlapping,
  ),
}

const arrMovement: Fields<FactField> = {
  id: text('The account and the month.', '0015g00000KcZ2wAAF:2026-03', { always: true }),
  accountId: id('The account.', 'account', { always: true }),
  month: text('The month.', '2026-03', { always: true }),
  monthOn: day('The first day of the month.', { always: true }),
  kind: oneOf('What happened, from the end of the month before to the end of the month.', ARR_MOVEMENTS, {
    always: true,
    formula:
      'new: its first ARR; churn: none left; reactivation: ARR after churn; else expansion or contraction; what came and went within the month is no movement',
  }),
  start: money('ARR at the end of the month before, and what its history opens with.', {
    always: true,
    additive: false,
  }),
  opening: money(
    'How much of the start was not there at the end of the month before; only in the month in which snapshots of the account begin.',
    { additive: true, formula: 'what the first snapshot says − what another method had told of that day' },
  ),
  change: money('By how much ARR moved.', { always: true, additive: true, formula: `end − start; ${RATE}` }),
  end: money('ARR at the end of the month; of the current one, today.', { always: true, additive: false }),
  method: oneOf('Where the ARR history comes from.', ARR_METHODS, {
    always: true,
    formula:
      'in the order of arr.from of model.yaml, the first that tells: subscription periods; snapshots, kept on each day on which a sync saw another value in the account’s own ARR field, from the first on; won opportunities, renewals left out',
  }),
  isOpen: flag('Whether the month goes on.'),
  ownerId: id('Who owned it then.', 'user', {
    formula: 'owner of the opportunity won last by the end of the month, else of the account',
  }),
}

const arrFamily: Fields<FactField> = {
  id: text('The row’s own key: the parent and the month.', '0015g00000KcZ2wAAF:2026-03', { always: true }),
  accountId: id('The parent.', 'account', { always: true }),
  month: arrMovement.month as FactField,
  monthOn: arrMovement.monthOn as FactField,
  kind: oneOf('What happened to the family as if it were one customer.', ARR_MOVEMENTS, {
    always: true,
    formula:
      'of the parent and all accounts that name it as their parent, together: new with its first ARR, churn when none is left; one account of several that leaves is a contraction',
  }),
  start: money('ARR of the family at the end of the month before, and what histories of its accounts open with.', {
    always: true,
    additive: false,
  }),
  change: money('By how much it moved.', {
    ...overlapping,
    formula: 'end − start; an account that is both a parent and has one counts in both families',
  }),
  end: money('ARR of the family at the end of the month; of the current one, today.', {
    always: true,
    additive: false,
  }),
  accounts: accounts('Accounts of the family with ARR at the end of the month.'),
  isOpen: flag('Whether the month goes on.'),
}

const seatRung: Fields<FactField> = {
  id: text('The row’s own key: the number of the rung, from below.', 'rung-3', { always: true }),
  name: text('The rung in words.', '10 to 24 seats', { always: true }),
  fromSeats: integer('From how many seats on; empty where seats are unknown.', '10', {
    additive: false,
    unit: 'seats',
  }),
  toSeats: integer('Up to how many seats; empty for the highest rung.', '24', { additive: false, unit: 'seats' }),
  accounts: integer('Paying accounts that stand on it today.', '31', {
    additive: true,
    always: true,
    unit: 'accounts',
  }),
  arr: money('Their ARR today.', { additive: true, always: true }),
  reached: integer('Accounts that reached it as the highest until then; one that jumped past it did not.', '40', {
    additive: false,
    always: true,
    unit: 'accounts',
  }),
  movedUp: integer('Of those, the ones that went further up since.', '12', {
    additive: false,
    always: true,
    unit: 'accounts',
  }),
  left: integer('Of those, the ones that left before.', '3', { additive: false, always: true, unit: 'accounts' }),
  medianDays: number('Days from reaching it until half have gone further up.', '210', {
    additive: false,
    unit: 'days',
    formula:
      'Kaplan–Meier over the days from reaching it to the next rung above; those still there, and those that left, count until then. Empty where fewer than half have gone further',
  }),
}

/** What mappings see of ARR. */
export const REVENUE_FACTS: Readonly<Record<'arr_movement' | 'arr_family' | 'arr_month' | 'seat_rung', FactSchema>> = {
  arr_movement: {
    meaning: 'A month in which the ARR of one account moved.',
    fields: arrMovement,
    scope: { account: 'account', owner: 'user' },
  },
  arr_family: {
    meaning: 'A month in which the ARR of a parent and of the accounts under it moved, as that of one customer.',
    fields: arrFamily,
    scope: { account: 'account', owner: 'user' },
  },
  arr_month: {
    meaning: 'The ARR of one month and how it moved, for one segment or motion.',
    fields: arrMonth,
    scope: {},
  },
  seat_rung: {
    meaning: 'A rung of the seat ladder: who stands on it, and how long it took to the next one.',
    fields: seatRung,
    scope: {},
  },
}
