import { createRandom, type Random } from '../engine/random.ts'
import { type AccountState, selfServe, sellTo } from './deals.ts'
import { HISTORY_DAYS, makeLooseLeads } from './leads.ts'
import { companyName, INDUSTRIES, PLACES, TITLES } from './names.ts'
import { emailOf, employeesOf, makeUsers, person, timeOfDay, withRole } from './people.ts'
import type { DealKind, DealStep } from './walk-deal.ts'

export interface CompanyOptions {
  readonly seed: number
  readonly accounts: number
  /** Midnight (UTC) of the day as of which the company is seen; nothing in it is later. */
  readonly asOf: number
}

export type Role = 'Sales Manager' | 'Account Executive' | 'Account Manager' | 'CSM' | 'SDR' | 'BDR'

export interface CompanyUser {
  readonly firstName: string
  readonly lastName: string
  readonly email: string
  readonly role: Role
  readonly team: string
  /** Place in the list of users. */
  readonly manager: number | null
  readonly isActive: boolean
}

export type Segment = 'SMB' | 'Mid-Market' | 'Enterprise'

export interface CompanyContact {
  readonly firstName: string
  readonly lastName: string
  readonly email: string
  readonly title: string
  readonly createdAt: number
}

export interface CompanyDeal {
  readonly name: string
  readonly kind: DealKind
  readonly seats: number
  /** Cents a year; for an expansion the increase. */
  readonly arr: number
  /** Oldest first; the first one created it. */
  readonly steps: readonly DealStep[]
  readonly owner: number
  readonly leadSource: string
  readonly lossReason: string | null
  readonly competitor: string | null
  readonly nextStep: string | null
  /** A planted bad value: nobody linked it to an account. */
  readonly isOrphan: boolean
  /** The lead that became this deal. */
  readonly lead: CompanyLead | null
}

export interface CompanyLead {
  readonly firstName: string
  readonly lastName: string
  readonly email: string
  /** `null`: a planted bad value. */
  readonly company: string | null
  readonly title: string
  readonly country: string
  readonly industry: string
  readonly employees: number
  readonly source: string
  readonly status: string
  readonly owner: number
  readonly createdAt: number
  readonly changedAt: number
}

export interface CompanyAccount {
  readonly name: string
  readonly domain: string
  readonly country: string
  readonly city: string
  /** May be `#N/A`: a planted bad value. */
  readonly industry: string
  readonly employees: number
  readonly segment: Segment
  readonly type: 'Prospect' | 'Customer' | 'Former Customer' | 'Partner'
  readonly plan: string | null
  readonly seats: number
  /** Cents a year. */
  readonly arr: number
  readonly tier: string | null
  /** Midnight (UTC) of the day. */
  readonly renewalOn: number | null
  /** `null`: a planted bad value, an owner that the org does not know. */
  readonly owner: number | null
  readonly createdAt: number
  readonly changedAt: number
  readonly contacts: readonly CompanyContact[]
  readonly deals: readonly CompanyDeal[]
  /** Leads of people who were never turned into a deal; not all of them work there. */
  readonly leads: readonly CompanyLead[]
}

export interface Company {
  readonly users: readonly CompanyUser[]
  /** Made one by one, so that a million of them need no memory. */
  accounts(): Generator<CompanyAccount>
}

const DAY_MS = 86_400_000

/** The bad values that real orgs hold too. */
export type Planted = 'orphan' | 'no company' | 'unknown owner' | 'not available' | 'no amount' | 'shared domain'

/** Which account, counted within each 97, has which. */
const PLANTED: Readonly<Record<number, Planted>> = {
  7: 'orphan',
  13: 'no company',
  29: 'unknown owner',
  41: 'not available',
  53: 'no amount',
  61: 'shared domain',
}

/**
 * A company that sells software by the seat: the same for the same seed, number of accounts and day.
 *
 * Most accounts are small, few are enterprises; of the new-business deals that closed, 20 to 25 in a hundred were won.
 * Six in every 97 accounts have a bad value planted, so that who reads the data meets what real orgs hold: a deal without
 * an account, a lead without a company, an unknown owner, `#N/A` in a text, an empty amount, the domain of another account.
 */
export function createCompany(options: CompanyOptions): Company {
  const users = makeUsers(options)
  return {
    users,
    *accounts() {
      for (let index = 0; index < options.accounts; index++) yield makeAccount(options, users, index)
    },
  }
}

function makeAccount(options: CompanyOptions, users: readonly CompanyUser[], index: number): CompanyAccount {
  const random = createRandom(`${options.seed}/account/${index}`)
  const planted = PLANTED[index % 97] ?? null
  const needsDeal = planted === 'orphan' || planted === 'no amount'
  const { name } = companyName(index)
  const { domain } = companyName(planted === 'shared domain' ? index - 1 : index)
  const place = random.weighted(PLACES)
  const segment = random.weighted<Segment>([
    ['SMB', 80],
    ['Mid-Market', 16],
    ['Enterprise', 4],
  ])
  const ageDays = Math.max(needsDeal ? 10 : 1, Math.ceil(HISTORY_DAYS * random.next() ** 1.3))
  const createdAt = options.asOf - ageDays * DAY_MS + timeOfDay(random)
  const isPartner = !needsDeal && random.chance(0.02)
  const isAssisted = needsDeal || (!isPartner && random.chance(segment === 'SMB' ? 0.6 : 0.9))
  const sellers = {
    executive: random.pick(withRole(users, 'Account Executive')),
    manager: random.pick(withRole(users, 'Account Manager')),
  }
  const start: AccountState = { seats: 0, plan: null, priceCents: 0, wonAt: null, churnedAt: null }
  const history = isAssisted
    ? sellTo(options, users, random, { name, domain, place, segment, createdAt, sellers, planted, needsDeal }, start)
    : { state: isPartner ? start : selfServe(random, createdAt), deals: [] }
  const { state, deals } = history
  const changedAt = Math.max(createdAt, ...deals.map((deal) => deal.steps.at(-1)?.at ?? 0))
  const isCustomer = state.wonAt !== null && state.churnedAt === null
  const arr = isCustomer ? state.seats * state.priceCents * 12 : 0
  return {
    name,
    domain,
    country: place.country,
    city: place.city,
    industry: planted === 'not available' ? '#N/A' : random.pick(INDUSTRIES),
    employees: employeesOf(segment, random),
    segment,
    type: isPartner ? 'Partner' : state.churnedAt !== null ? 'Former Customer' : isCustomer ? 'Customer' : 'Prospect',
    plan: isCustomer ? state.plan : null,
    seats: isCustomer ? state.seats : 0,
    arr,
    tier: isCustomer ? (arr >= 5_000_000 ? 'Gold' : arr >= 1_000_000 ? 'Silver' : 'Bronze') : null,
    renewalOn: isCustomer ? nextRenewal(state.wonAt as number, options.asOf) : null,
    owner: planted === 'unknown owner' ? null : isCustomer && isAssisted ? sellers.manager : sellers.executive,
    createdAt,
    changedAt,
    contacts: makeContacts(random, domain, segment, createdAt, options.asOf),
    deals,
    leads: makeLooseLeads(options, users, random, planted === 'no company', index),
  }
}

function makeContacts(
  random: Random,
  domain: string,
  segment: Segment,
  createdAt: number,
  asOf: number,
): CompanyContact[] {
  const count = random.int(1, { SMB: 3, 'Mid-Market': 5, Enterprise: 8 }[segment])
  return Array.from({ length: count }, () => {
    const who = person(random)
    const joinedAt = createdAt + Math.floor(random.next() ** 3 * (asOf - createdAt))
    return { ...who, email: emailOf(who, domain), title: random.pick(TITLES), createdAt: wholeSecond(joinedAt) }
  })
}

/** The first anniversary of the first win that is still ahead. */
function nextRenewal(wonAt: number, asOf: number): number {
  const years = Math.floor((asOf - wonAt) / (365 * DAY_MS)) + 1
  return Math.floor((wonAt + years * 365 * DAY_MS) / DAY_MS) * DAY_MS
}

function wholeSecond(ms: number): number {
  return Math.floor(ms / 1_000) * 1_000
}
