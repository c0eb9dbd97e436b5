import { createRandom, type Random } from '../engine/random.ts'
import {
  COMPETITORS,
  companyName,
  FIRST_NAMES,
  INDUSTRIES,
  LAST_NAMES,
  LOSS_REASONS,
  NEXT_STEPS,
  PLACES,
  TITLES,
} from './names.ts'
import { type DealKind, type DealStep, walkDeal } from './walk-deal.ts'

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
const HISTORY_DAYS = 3 * 365

/** Rungs on which accounts buy and grow. */
export const SEAT_LADDER = [5, 10, 25, 50, 100, 200, 500, 1_000] as const

/** Per seat and month in cents, by plan. */
const PRICES: Readonly<Record<string, number>> = { Basic: 900, Standard: 1_200, Pro: 1_900, Enterprise: 3_300 }

/**
 * A company that sells software by the seat: the same for the same seed, number of accounts and day.
 *
 * Most accounts are small, few are enterprises; of the new-business deals that closed, 20 to 25 in a hundred were won.
 * Sparse bad values are planted (account numbers 7, 13, 29, 41 and 53 of every 97), so that who reads the data meets what
 * real orgs hold: a deal without an account, a lead without a company, an unknown owner, `#N/A` in a text, an empty amount.
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

function makeUsers(options: CompanyOptions): CompanyUser[] {
  const random = createRandom(`${options.seed}/users`)
  const sellers = Math.min(300, Math.max(4, Math.ceil(options.accounts / 110)))
  const counts: readonly (readonly [Role, number])[] = [
    ['Sales Manager', Math.max(2, Math.ceil(sellers / 8))],
    ['Account Executive', sellers],
    ['Account Manager', Math.max(2, Math.ceil(sellers / 2))],
    ['CSM', Math.max(2, Math.ceil(sellers / 3))],
    ['SDR', Math.max(2, Math.ceil(sellers / 3))],
    ['BDR', Math.max(1, Math.ceil(sellers / 4))],
  ]
  const managers = counts[0]?.[1] ?? 1
  const users: CompanyUser[] = []
  const taken = new Set<string>()
  for (const [role, count] of counts) {
    for (let i = 0; i < count; i++) {
      const { firstName, lastName } = person(random)
      const plain = `${firstName}.${lastName}`.toLowerCase()
      const local = taken.has(plain) ? `${plain}${users.length}` : plain
      taken.add(local)
      users.push({
        firstName,
        lastName,
        email: `${local}@boardworks.example`,
        role,
        team: ['North', 'South', 'West', 'East'][i % Math.min(4, managers)] as string,
        manager: role === 'Sales Manager' ? null : i % managers,
        isActive: role === 'Sales Manager' || i === 0 || !random.chance(0.06),
      })
    }
  }
  return users
}

function person(random: Random): { firstName: string; lastName: string } {
  return { firstName: random.pick(FIRST_NAMES), lastName: random.pick(LAST_NAMES) }
}

function emailOf(who: { firstName: string; lastName: string }, domain: string): string {
  return `${who.firstName}.${who.lastName}@${domain}`.toLowerCase()
}

function withRole(users: readonly CompanyUser[], role: Role): number[] {
  return users.flatMap((user, index) => (user.role === role ? [index] : []))
}

function makeAccount(options: CompanyOptions, users: readonly CompanyUser[], index: number): CompanyAccount {
  const random = createRandom(`${options.seed}/account/${index}`)
  const planted = index % 97
  const { name, domain } = companyName(index)
  const place = random.weighted(PLACES)
  const segment = random.weighted<Segment>([
    ['SMB', 80],
    ['Mid-Market', 16],
    ['Enterprise', 4],
  ])
  const createdAt = options.asOf - Math.floor(HISTORY_DAYS * random.next() ** 1.3 + 1) * DAY_MS + timeOfDay(random)
  const isPartner = planted !== 7 && planted !== 53 && random.chance(0.02)
  const isAssisted = planted === 7 || planted === 53 || (!isPartner && random.chance(segment === 'SMB' ? 0.6 : 0.9))
  const sellers = {
    executive: random.pick(withRole(users, 'Account Executive')),
    manager: random.pick(withRole(users, 'Account Manager')),
  }
  const start: AccountState = { seats: 0, plan: null, priceCents: 0, wonAt: null, churnedAt: null }
  const history = isAssisted
    ? sellTo(options, users, random, { name, domain, place, segment, createdAt, sellers, planted, index }, start)
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
    industry: planted === 41 ? '#N/A' : random.pick(INDUSTRIES),
    employees: employeesOf(segment, random),
    segment,
    type: isPartner ? 'Partner' : state.churnedAt !== null ? 'Former Customer' : isCustomer ? 'Customer' : 'Prospect',
    plan: isCustomer ? state.plan : null,
    seats: isCustomer ? state.seats : 0,
    arr,
    tier: isCustomer ? (arr >= 5_000_000 ? 'Gold' : arr >= 1_000_000 ? 'Silver' : 'Bronze') : null,
    renewalOn: isCustomer ? nextRenewal(state.wonAt as number, options.asOf) : null,
    owner: planted === 29 ? null : isCustomer && isAssisted ? sellers.manager : sellers.executive,
    createdAt,
    changedAt,
    contacts: makeContacts(random, domain, segment, createdAt, options.asOf),
    deals,
    leads: makeLooseLeads(options, users, random, planted, index),
  }
}

interface AccountState {
  readonly seats: number
  readonly plan: string | null
  readonly priceCents: number
  readonly wonAt: number | null
  readonly churnedAt: number | null
}

/** Signed up and maybe paid, without ever meeting a salesperson. */
function selfServe(random: Random, createdAt: number): AccountState {
  if (random.chance(0.45)) return { seats: 0, plan: null, priceCents: 0, wonAt: null, churnedAt: null }
  const plan = random.weighted([
    ['Basic', 5],
    ['Standard', 4],
    ['Pro', 1],
  ] as const)
  const seats = random.weighted([
    [5, 6],
    [10, 3],
    [25, 1],
  ] as const)
  const churnedAt = random.chance(0.12) ? createdAt : null
  return { seats, plan, priceCents: PRICES[plan] as number, wonAt: createdAt, churnedAt }
}

interface Target {
  readonly name: string
  readonly domain: string
  readonly place: { readonly country: string }
  readonly segment: Segment
  readonly createdAt: number
  readonly sellers: { readonly executive: number; readonly manager: number }
  readonly planted: number
  readonly index: number
}

/** All deals with an account, one after the other, from the first try to the latest renewal. */
function sellTo(
  options: CompanyOptions,
  users: readonly CompanyUser[],
  random: Random,
  target: Target,
  start: AccountState,
): { readonly state: AccountState; readonly deals: CompanyDeal[] } {
  const deals: CompanyDeal[] = []
  let state = start
  let from = target.createdAt + random.int(0, 20) * DAY_MS
  let tries = 0
  let renewalDueAt: number | null = null
  // The planted accounts must have a deal to plant something in.
  if (target.planted === 7 || target.planted === 53) from = Math.min(from, options.asOf - 20 * DAY_MS)
  while (from < options.asOf && deals.length < 9) {
    const kind: DealKind =
      state.wonAt === null ? 'new_business' : renewalDueAt !== null && from >= renewalDueAt ? 'renewal' : 'expansion'
    const planned = planDeal(random, target.segment, kind, state)
    const outcome = random.chance(WIN_CHANCE[kind]) ? 'won' : 'lost'
    const isFirst = deals.length === 0
    const steps = walkDeal(random, {
      kind,
      outcome,
      createdAt: businessHour(from, random),
      asOf: options.asOf,
      amount: planned.amount,
      slowness: { SMB: 1, 'Mid-Market': 1.4, Enterprise: 2 }[target.segment],
      hasAmount: !(target.planted === 53 && isFirst),
    })
    const last = steps.at(-1) as DealStep
    const isLost = last.stage === 'Closed Lost'
    const lossReason = isLost ? random.pick(LOSS_REASONS) : null
    const lead = isFirst && random.chance(0.55) ? convertedLead(users, random, target, steps[0] as DealStep) : null
    deals.push({
      name: `${target.name} ${NAMES[kind]} ${planned.seats} seats`,
      kind,
      seats: planned.seats,
      arr: planned.arr,
      steps,
      owner: kind === 'new_business' ? target.sellers.executive : target.sellers.manager,
      leadSource: lead?.source ?? random.weighted(SOURCES),
      lossReason,
      competitor: lossReason === 'Lost to competitor' || random.chance(0.15) ? random.pick(COMPETITORS) : null,
      nextStep:
        target.planted === 41
          ? '#N/A'
          : last.stage.startsWith('Closed') || random.chance(0.3)
            ? null
            : random.pick(NEXT_STEPS),
      isOrphan: target.planted === 7 && isFirst,
      lead,
    })
    if (!last.stage.startsWith('Closed')) break
    if (!isLost) {
      const seats =
        kind === 'new_business' ? planned.seats : kind === 'expansion' ? state.seats + planned.seats : state.seats
      state = { ...state, seats, plan: planned.plan, priceCents: planned.priceCents, wonAt: state.wonAt ?? last.at }
      if (kind !== 'expansion') renewalDueAt = last.at + 335 * DAY_MS
      from = Math.min(last.at + random.int(90, 330) * DAY_MS, renewalDueAt ?? Number.POSITIVE_INFINITY)
      from = Math.max(from, last.at + DAY_MS)
    } else if (kind === 'renewal') {
      state = { ...state, churnedAt: last.at }
      break
    } else if (kind === 'expansion') {
      from = Math.max(
        last.at + DAY_MS,
        Math.min(last.at + random.int(120, 300) * DAY_MS, renewalDueAt ?? Number.POSITIVE_INFINITY),
      )
    } else {
      tries += 1
      if (tries === 3 || !random.chance(0.45)) break
      from = last.at + random.int(60, 260) * DAY_MS
    }
  }
  return { state, deals }
}

const WIN_CHANCE: Readonly<Record<DealKind, number>> = { new_business: 0.225, expansion: 0.3, renewal: 0.86 }
const NAMES: Readonly<Record<DealKind, string>> = { new_business: 'New', expansion: 'Expansion', renewal: 'Renewal' }
const SOURCES = [
  ['Web', 6],
  ['Phone Inquiry', 1],
  ['Partner Referral', 1],
  ['Purchased List', 2],
  ['Other', 1],
] as const

interface PlannedDeal {
  readonly seats: number
  readonly plan: string
  readonly priceCents: number
  readonly arr: number
  readonly amount: number
}

function planDeal(random: Random, segment: Segment, kind: DealKind, state: AccountState): PlannedDeal {
  const plan =
    state.plan ??
    random.weighted(
      segment === 'Enterprise'
        ? ([
            ['Enterprise', 8],
            ['Pro', 2],
          ] as const)
        : ([
            ['Basic', 2],
            ['Standard', 5],
            ['Pro', 4],
            ['Enterprise', segment === 'SMB' ? 0 : 2],
          ] as const),
    )
  const discount = state.priceCents > 0 ? 0 : random.pick([0, 0, 0, 5, 10, 15, 20])
  const priceCents =
    state.priceCents > 0 ? state.priceCents : Math.round((PRICES[plan] as number) * (1 - discount / 100))
  const seats =
    kind === 'renewal' ? state.seats : kind === 'expansion' ? growth(state.seats, random) : firstSeats(segment, random)
  const arr = seats * priceCents * 12
  const services = segment === 'Enterprise' && kind === 'new_business' ? random.int(0, 15) : 0
  return { seats, plan, priceCents, arr, amount: arr + Math.round((arr * services) / 100) }
}

function firstSeats(segment: Segment, random: Random): number {
  const weights: Readonly<Record<Segment, readonly number[]>> = {
    SMB: [40, 30, 20, 8, 2, 0, 0, 0],
    'Mid-Market': [5, 15, 25, 25, 18, 10, 2, 0],
    Enterprise: [0, 3, 8, 18, 25, 24, 15, 7],
  }
  return random.weighted(SEAT_LADDER.map((seats, rung) => [seats, weights[segment][rung] as number] as const))
}

/** Seats that lift the account to the next rung, or the one after. */
function growth(seats: number, random: Random): number {
  const rungs = SEAT_LADDER.filter((rung) => rung > seats)
  const next = rungs[random.chance(0.8) ? 0 : 1] ?? rungs[0] ?? seats + 500
  return next - seats
}

function employeesOf(segment: Segment, random: Random): number {
  const [median, low, high] = {
    SMB: [45, 2, 199],
    'Mid-Market': [550, 200, 1_999],
    Enterprise: [5_200, 2_000, 90_000],
  }[segment]
  return Math.round(Math.min(high as number, Math.max(low as number, random.logNormal(median as number, 0.7))))
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

function convertedLead(users: readonly CompanyUser[], random: Random, target: Target, first: DealStep): CompanyLead {
  const who = person(random)
  const source = random.weighted(SOURCES)
  return {
    ...who,
    email: emailOf(who, target.domain),
    company: target.name,
    title: random.pick(TITLES),
    country: target.place.country,
    industry: random.pick(INDUSTRIES),
    employees: employeesOf(target.segment, random),
    source,
    status: 'Closed - Converted',
    owner: random.pick(withRole(users, source === 'Purchased List' ? 'BDR' : 'SDR')),
    createdAt: first.at - random.int(0, 20) * DAY_MS - random.int(600, 20_000) * 1_000,
    changedAt: first.at,
  }
}

function makeLooseLeads(
  options: CompanyOptions,
  users: readonly CompanyUser[],
  random: Random,
  planted: number,
  index: number,
): CompanyLead[] {
  const count =
    planted === 13
      ? 1
      : random.weighted([
          [0, 3],
          [1, 4],
          [2, 2],
          [4, 1],
        ] as const)
  return Array.from({ length: count }, (_, place): CompanyLead => {
    const who = person(random)
    const employer = companyName(options.accounts + index * 4 + place)
    const ageDays = Math.min(HISTORY_DAYS, 1 + Math.floor(-Math.log(1 - random.next()) * 110))
    const createdAt = options.asOf - ageDays * DAY_MS + timeOfDay(random)
    const source = random.weighted(SOURCES)
    const status =
      ageDays < 4
        ? 'Open - Not Contacted'
        : random.weighted([
            ['Open - Not Contacted', ageDays < 30 ? 4 : 1],
            ['Working - Contacted', ageDays < 60 ? 5 : 1],
            ['Closed - Not Converted', ageDays < 14 ? 1 : 8],
          ] as const)
    const worked = status === 'Open - Not Contacted' ? 0 : random.int(1, Math.min(ageDays, 21)) * DAY_MS
    return {
      ...who,
      email: emailOf(who, random.chance(0.12) ? 'freemail.example' : employer.domain),
      company: planted === 13 && place === 0 ? null : employer.name,
      title: random.pick(TITLES),
      country: random.weighted(PLACES).country,
      industry: random.pick(INDUSTRIES),
      employees: Math.max(1, Math.round(random.logNormal(60, 1.3))),
      source,
      status,
      owner: random.pick(withRole(users, source === 'Purchased List' ? 'BDR' : 'SDR')),
      createdAt,
      changedAt: Math.min(createdAt + worked, options.asOf - 1_000),
    }
  })
}

/** The first anniversary of the first win that is still ahead. */
function nextRenewal(wonAt: number, asOf: number): number {
  const years = Math.floor((asOf - wonAt) / (365 * DAY_MS)) + 1
  return Math.floor((wonAt + years * 365 * DAY_MS) / DAY_MS) * DAY_MS
}

/** Between eight and six, to the second. */
function timeOfDay(random: Random): number {
  return random.int(8 * 3_600, 18 * 3_600 - 1) * 1_000
}

function businessHour(at: number, random: Random): number {
  return Math.floor(at / DAY_MS) * DAY_MS + timeOfDay(random)
}

function wholeSecond(ms: number): number {
  return Math.floor(ms / 1_000) * 1_000
}
