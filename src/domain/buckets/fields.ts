import { day, field, flag, id, integer, money, oneOf, text } from '../fact-field.ts'
import type { FactSchema } from '../facts.ts'
import type { FactField, Fields } from '../fields.ts'
import { BUCKET_CHANGES, BUCKET_LEVELS } from './bucket-month-facts.ts'
import { BUCKET_MOVEMENTS, BUCKETS } from './bucket-walk.ts'

const THRESHOLD = 'buckets: of model.yaml'
const running = { additive: false, always: true } as const

/** What an account tells of its bucket. */
export const ACCOUNT_BUCKET: Fields<FactField> = {
  bucket: oneOf('Below the threshold (orange) or grown past it (green); empty while sales takes no part.', BUCKETS, {
    formula: `green from the day on which it first met green_from under ${THRESHOLD}; without ARR history, by its ARR and seats of today`,
  }),
  greenOn: day(
    'The day it graduated to green, or was born green; empty while it is orange, and where nothing tells when.',
  ),
  isBornGreen: field('boolean')('Whether it began above the threshold, with its first ARR under sales.', 'false'),
  graduatedArr: money('Its ARR at the instant it graduated, all of which went to green.', { additive: true }),
  greenOwnerId: id('Whose green account it is: the owner of that day, whoever owns it now.', 'user'),
  greenTeam: text('The team that owner was in on that day.', 'Central'),
  seatsToGreen: integer('Seats it lacks to graduate by seats; of an orange account.', '12', {
    unit: 'seats',
    additive: true,
    formula: `seats of green_from − seats paid for; ${THRESHOLD}`,
  }),
  arrToGreen: money('ARR it lacks to graduate by ARR; of an orange account.', {
    additive: true,
    formula: `arr of green_from − ARR; ${THRESHOLD}`,
  }),
  isNearGreen: field('boolean')('Whether it is orange and near the threshold.', 'true', {
    formula: `meets green_from less the share near_within (20 %); ${THRESHOLD}`,
  }),
  canReachGreen: field('boolean')(
    'Whether an orange account could graduate if everybody there had a seat; false: it may be released. Empty where its employees are unknown.',
    'false',
    { formula: `employees, and employees × its ARR per seat, meet green_from; ${THRESHOLD}` },
  ),
}

const CHANGE: Readonly<Record<string, string>> = {
  new: 'ARR of accounts that never had any before',
  expansion: 'What grew at accounts that had ARR',
  contraction: 'What shrank at accounts that kept some; not above 0',
  churn: 'ARR of accounts that have none any more; not above 0',
  reactivation: 'ARR of accounts that had lost all of theirs',
  opening: 'What snapshots of accounts began with, less what had been told of them before; nobody knows when it moved',
  entered: 'ARR of accounts that sales took over',
  left: 'ARR of accounts that went back to self-serve; not above 0',
  reassigned: 'ARR of accounts that came from another owner or team, less that of those that went to one',
}

const changes = Object.fromEntries(
  BUCKET_CHANGES.map(({ name, bucket, kind }) => [
    name,
    money(`${CHANGE[kind]}, ${bucket === 'orange' ? 'below the threshold' : 'green'}.`, {
      ...running,
      formula: 'day by day: what came and went within the month is in two movements',
    }),
  ]),
)
const accounts = (meaning: string) => integer(meaning, '3', { ...running, unit: 'accounts' })
const OWNERS =
  'orange: the owner of the opportunity won last, before the first win the account’s; green: of the day it turned green'

const bucketMonth: Fields<FactField> = {
  id: text('The row’s own key: month, and whose it is.', '2026-03:team Central', { always: true }),
  name: text('The row in words.', '2026-03, Central', { always: true }),
  month: text('The month.', '2026-03', { always: true }),
  monthOn: field('day')('The first day of the month.', '2026-03-01', { always: true }),
  isOpen: flag('Whether the month goes on: then everything is up to today.'),
  level: oneOf('Whether the row is about the company, a team or an owner.', BUCKET_LEVELS, { always: true }),
  team: text('The team; empty in rows of other levels, and for accounts whose owner was in none.', 'Central', {
    formula: `team of the owner: orange, as of then; green, as of the day it turned green; ${OWNERS}`,
  }),
  ownerId: id('The owner; empty in rows of other levels, and for accounts without one.', 'user', { formula: OWNERS }),
  orangeStart: money('ARR below the threshold at the end of the month before.', running),
  greenStart: money('Green ARR at the end of the month before.', running),
  ...changes,
  graduated: money(
    'ARR that went from orange to green: of accounts that met the threshold, all they had then.',
    running,
  ),
  fellBack: money('ARR that went from green back to orange; only where fall_back of model.yaml is set.', running),
  orangeEnd: money('ARR below the threshold at the end of the month.', {
    ...running,
    formula: 'orangeStart + the orange movements − graduated + fellBack',
  }),
  greenEnd: money('Green ARR at the end of the month: what sales claims.', {
    ...running,
    formula: 'greenStart + the green movements + graduated − fellBack',
  }),
  total: money('All ARR of accounts that sales takes part in.', { ...running, formula: 'orangeEnd + greenEnd' }),
  greenLastYear: money('Green ARR at the end of the same month a year ago.', running),
  totalLastYear: money('All of it at the end of the same month a year ago.', running),
  graduations: accounts('How many accounts graduated.'),
  fallBacks: accounts('How many accounts fell back.'),
  bornGreenAccounts: accounts('How many accounts began above the threshold; they are no graduations.'),
  orangeAccounts: accounts('Paying accounts below the threshold at the end of the month.'),
  greenAccounts: accounts('Paying green accounts at the end of the month.'),
  nearAccounts: accounts(
    'Orange accounts near the threshold at the end of the month (near_within of model.yaml, 20 %).',
  ),
  outOfReachAccounts: accounts(
    'Orange accounts that cannot reach the threshold with the employees they have today, and may be released.',
  ),
}

const bucketMovement: Fields<FactField> = {
  id: text('The account, the day and the movement.', '0015g00000KcZ2wAAF:2026-03-05:graduated', { always: true }),
  accountId: id('The account.', 'account', { always: true }),
  on: day('The day.', { always: true }),
  month: text('The month.', '2026-03', { always: true }),
  monthOn: day('The first day of the month.', { always: true }),
  kind: oneOf('What happened.', BUCKET_MOVEMENTS, {
    always: true,
    formula:
      'opening: snapshots of it begin, and nobody knows when what they begin with moved; graduated: from orange to green; fell_back: from green to orange; entered, left: sales took the account over, or let it go; reassigned: it came from one owner or team (below 0), and went to another; the others as in the ARR movements, by day',
  }),
  bucket: oneOf('The bucket; of graduated and fell_back, where the ARR went.', BUCKETS, { always: true }),
  change: money('ARR that moved.', {
    always: true,
    additive: false,
    formula: 'graduated and fell_back: ARR that changed its bucket; the others: a change of the bucket',
  }),
  isBornGreen: flag('Whether it is the first ARR of an account that began above the threshold.'),
  ownerId: id('Whom it counts for.', 'user', { formula: OWNERS }),
  team: text('The team that person was in then.', 'Central'),
}

/** What mappings see of buckets. */
export const BUCKET_FACTS: Readonly<Record<'bucket_movement' | 'bucket_month', FactSchema>> = {
  bucket_movement: {
    meaning: 'What moved ARR of an account that sales works on: into, out of, or between the buckets orange and green.',
    fields: bucketMovement,
    scope: { account: 'account', owner: 'user' },
  },
  bucket_month: {
    meaning:
      'The ARR below the threshold (orange) and past it (green) in one month, of the company, a team or an owner.',
    fields: bucketMonth,
    scope: { owner: 'user' },
  },
}
