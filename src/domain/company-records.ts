import { boolean, day, id, integer, money, number, oneOf, text } from './record-field.ts'
import type { RecordBase, RecordSchema } from './records.ts'

/** A person of our own company. */
export interface User extends RecordBase {
  readonly name?: string
  readonly email?: string
  readonly role?: string
  readonly team?: string
  readonly squad?: string
  readonly site?: string
  readonly managerId?: string
  readonly active?: boolean
}

/** What a user was over a time, so that a deal of March counts for March's team. */
export interface UserPeriod extends RecordBase {
  readonly userId?: string
  readonly startOn?: number
  /** The last day; absent while it holds. */
  readonly endOn?: number
  readonly role?: string
  readonly team?: string
  readonly squad?: string
  readonly site?: string
  readonly managerId?: string
}

/** What somebody is to reach in a period. */
export interface Target extends RecordBase {
  readonly subject?: TargetSubject
  /** Name of the team or squad, e-mail address or id of the user; absent for the company. */
  readonly subjectName?: string
  readonly measure?: string
  /** `2026-11`, `2026-Q4` or `2026`. */
  readonly period?: string
  /** Of measures that are no money. */
  readonly value?: number
  /** Of measures that are money. */
  readonly amount?: number
}

/** A company that implements the product for customers. */
export interface Partner extends RecordBase {
  readonly name?: string
  /** Lists are separated by commas. */
  readonly industries?: string
  readonly regions?: string
  readonly languages?: string
  readonly products?: string
  readonly certifications?: string
  readonly capacity?: number
}

export const TARGET_SUBJECTS = ['company', 'team', 'user', 'squad'] as const
export type TargetSubject = (typeof TARGET_SUBJECTS)[number]

const assignment = {
  role: text('sdr, bdr, ae, am, csm, pm, agent or your own word.', 'ae'),
  team: text('Team.', 'Central'),
  squad: text('Squad.', 'Growth'),
  site: text('Site.', 'London'),
  managerId: id('The manager.', 'user'),
} as const

export const COMPANY_RECORDS = {
  user: {
    meaning: 'A person of your own company.',
    place: { as: 'context' },
    orderedBy: 'changedAt',
    fields: {
      name: text('The person’s name.', 'Anna Snelling'),
      email: text('E-mail address, by which people columns find the person.', 'anna@you.example'),
      ...assignment,
      active: boolean('Whether the person still works here.'),
    },
  },
  user_period: {
    meaning: 'What a user was over a time: role, team, squad, site and manager.',
    place: { as: 'context', entry: 'user', by: 'userId' },
    orderedBy: 'startOn',
    fields: {
      userId: id('The user.', 'user'),
      startOn: day('The first day it holds.'),
      endOn: day('The last day it holds; empty while it does.'),
      ...assignment,
    },
  },
  target: {
    meaning: 'What the company, a team, a squad or a user is to reach in a period.',
    place: { as: 'context' },
    orderedBy: 'changedAt',
    fields: {
      subject: oneOf('Whose target it is.', TARGET_SUBJECTS),
      subjectName: text('Which team or squad, or the user by e-mail address or id.', 'Central'),
      measure: text('What is measured: arr_new, arr_expansion, arr_green, pipeline_created, frt …', 'arr_new'),
      period: text('The month, quarter or year: of your own year, where it does not begin in January.', '2026-Q4'),
      value: number('What is to be reached, where the measure is no money.', '10'),
      amount: money('What is to be reached, where the measure is money.'),
    },
  },
  partner: {
    meaning: 'A company that implements the product for customers.',
    place: { as: 'context' },
    orderedBy: 'changedAt',
    fields: {
      name: text('What the partner is called.', 'Nordic Cloud'),
      industries: text('Industries it knows, separated by commas.', 'Retail, Electronics'),
      regions: text('Regions it works in, separated by commas.', 'Nordics, DACH'),
      languages: text('Languages it speaks, separated by commas.', 'Swedish, English'),
      products: text('Products it knows, separated by commas.', 'Platform'),
      certifications: text('Certificates it has, separated by commas.', 'ISO 27001'),
      capacity: integer('How many projects it can take on at once.', '3'),
    },
  },
} as const satisfies Readonly<Record<string, RecordSchema>>
