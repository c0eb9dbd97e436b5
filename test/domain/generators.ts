import fc from 'fast-check'
import { ACTIVITY_KINDS, IMPLEMENTATION_STAGES, SENTIMENTS } from '../../src/domain/customer-records.ts'
import { SALESFORCE_STAGES } from '../../src/domain/default-model.ts'
import {
  COMMITMENT_STATUSES,
  type Feature,
  REQUEST_ROLES,
  RISK_KINDS,
  RISK_LIKELIHOODS,
  RISK_RESOLUTIONS,
  RISK_STATUSES,
} from '../../src/domain/demand-records.ts'
import type { DossierRow } from '../../src/domain/dossier.ts'
import {
  LEAD_ORIGINS,
  MOTIONS,
  OPPORTUNITY_KINDS,
  OPPORTUNITY_STATES,
  SEGMENTS,
  type StageChange,
} from '../../src/domain/records.ts'
import { day } from './builders.ts'

const MS_PER_DAY = 86_400_000
const FIRST_DAY = day('2026-01-01')

export const someDay = fc.integer({ min: FIRST_DAY, max: day('2026-12-31') })
const instant = fc.tuple(someDay, fc.nat(MS_PER_DAY - 1)).map(([on, ms]) => on * MS_PER_DAY + ms)
const stage = fc.constantFrom(...SALESFORCE_STAGES.map(({ name }) => name), 'Retired stage')
const money = fc.integer({ min: -500, max: 10_000_000 })
const currency = fc.constantFrom('USD', 'USD', 'EUR', 'XXX')
const owner = fc.constantFrom('U1', 'U2', 'U9')
const maybe = <T>(arb: fc.Arbitrary<T>) => fc.option(arb, { nil: undefined })

/** Leaves empty fields out, as records do. */
function withoutEmpty<T extends object>(record: T): T {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as T
}

function recordOf<T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<object> {
  return fc
    .record({ source: fc.constantFrom('salesforce', 'salesforce', 'files'), changedAt: instant, ...fields })
    .map(withoutEmpty)
}

const account = recordOf({
  name: maybe(fc.constantFrom('Acme', 'Initech')),
  employees: maybe(fc.nat(5000)),
  segment: maybe(fc.constantFrom(...SEGMENTS)),
  country: fc.constantFrom(undefined, 'SE', 'BR'),
  ownerId: maybe(owner),
  accountManagerId: fc.constantFrom(undefined, undefined, 'U1'),
  csmId: maybe(owner),
  domain: maybe(fc.constant('acme.com')),
  businessGoal: maybe(fc.constant('Grow')),
  successPlanOn: maybe(someDay),
  lastBusinessReviewOn: maybe(someDay),
  seatsPaid: maybe(fc.nat(100)),
  arr: maybe(money),
  currency: maybe(currency),
  renewalOn: maybe(someDay),
  motion: maybe(fc.constantFrom(...MOTIONS)),
  motionSince: fc.option(someDay, { nil: undefined, freq: 1 }),
  createdAt: maybe(instant),
  parentId: fc.constantFrom(undefined, undefined, 'A9'),
  extra: maybe(fc.constant({ tier: 'gold' })),
})

const opportunity = recordOf({
  accountId: fc.constantFrom('A1', 'A1', undefined),
  kind: maybe(fc.constantFrom(...OPPORTUNITY_KINDS)),
  stage: fc.constantFrom(...SALESFORCE_STAGES.map(({ name }) => name), 'Retired stage', undefined),
  pipeline: fc.constantFrom(undefined, undefined, 'Partner'),
  amount: maybe(money),
  arr: fc.option(money, { nil: undefined, freq: 1 }),
  currency: maybe(currency),
  seats: maybe(fc.nat(70)),
  probability: maybe(fc.constantFrom(0.1, 0.5)),
  forecastCategory: maybe(fc.constantFrom('Commit', 'Omitted', 'Pipeline')),
  createdAt: fc.option(instant, { nil: undefined, freq: 9 }),
  closeOn: fc.option(someDay, { nil: undefined, freq: 9 }),
  state: fc.option(fc.constantFrom(...OPPORTUNITY_STATES), { nil: undefined, freq: 1 }),
  ownerId: maybe(owner),
  leadId: fc.constantFrom(undefined, undefined, 'L1'),
  url: maybe(fc.constant('https://acme.example/1')),
})

const change = fc
  .record({
    source: fc.constant('salesforce'),
    changedAt: instant,
    at: maybe(instant),
    stage: maybe(stage),
    amount: maybe(money),
    closeOn: maybe(someDay),
    probability: maybe(fc.constantFrom(0.1, 0.5)),
  })
  .map(withoutEmpty)

const lead = recordOf({
  company: maybe(fc.constantFrom('Acme', 'Initech')),
  country: fc.constantFrom(undefined, 'SE', 'BR'),
  title: fc.constantFrom(undefined, 'Head of Sales', 'Clerk'),
  origin: maybe(fc.constantFrom(...LEAD_ORIGINS)),
  employees: maybe(fc.nat(5000)),
  createdAt: fc.option(instant, { nil: undefined, freq: 9 }),
  qualifiedAt: maybe(instant),
  isConverted: fc.constantFrom(undefined, true, false),
  convertedOn: maybe(someDay),
  convertedAt: fc.option(instant, { nil: undefined, freq: 1 }),
  opportunityId: fc.constantFrom(undefined, 'O0', 'O1', 'O7'),
  ownerId: maybe(owner),
  isBot: fc.constantFrom(undefined, false, true),
})

const accountId = fc.constantFrom('A1', 'A1', undefined)
const feature = maybe(fc.constantFrom('SSO', 'F1', 'Two factor'))
const contact = recordOf({
  accountId,
  name: maybe(fc.constant('Emma')),
  email: maybe(fc.constantFrom('emma@acme.com', 'emma@initech.com')),
  lastTwoWayContactAt: maybe(instant),
  createdAt: maybe(instant),
})
const request = recordOf({
  accountId,
  feature,
  featureId: feature,
  certainty: maybe(fc.constantFrom(0.5, 0.9)),
  opportunityId: fc.constantFrom('O0', 'O0', 'O1', 'O7', undefined),
  role: maybe(fc.constantFrom(...REQUEST_ROLES)),
  evidence: maybe(fc.constantFrom(1, 2, 3)),
  createdAt: maybe(instant),
  text: maybe(fc.constant('We need it')),
})
const ticket = recordOf({
  accountId,
  createdAt: maybe(instant),
  firstPublicReplyAt: maybe(instant),
  solvedAt: maybe(instant),
  isBot: maybe(fc.boolean()),
  channel: maybe(fc.constantFrom('mail', 'chat')),
  agentId: maybe(owner),
  satisfaction: maybe(fc.integer({ min: 1, max: 7 })),
  subject: maybe(fc.constantFrom('How do we downgrade?', 'SSO')),
  tags: maybe(fc.constantFrom('sso', 'audit log, login', 'billing')),
  sentiment: maybe(fc.constantFrom(...SENTIMENTS)),
  isEscalated: maybe(fc.boolean()),
  isOnHold: maybe(fc.boolean()),
})
const usage = recordOf({
  accountId,
  feature,
  week: maybe(someDay),
  activeUsers: maybe(fc.nat(50)),
  events: maybe(fc.nat(50)),
})
const commitment = recordOf({
  accountId,
  opportunityId: fc.constantFrom('O0', undefined),
  featureId: feature,
  madeAt: maybe(instant),
  madeBy: maybe(owner),
  dueOn: maybe(someDay),
  status: maybe(fc.constantFrom(...COMMITMENT_STATUSES)),
  customerCondition: maybe(fc.constant('Signs')),
})
const activity = recordOf({
  accountId,
  at: maybe(instant),
  kind: maybe(fc.constantFrom(...ACTIVITY_KINDS)),
  twoWay: maybe(fc.boolean()),
})
const implementation = recordOf({
  accountId,
  opportunityId: fc.constantFrom('O0', undefined),
  partnerId: fc.constantFrom('P1', undefined),
  requestedAt: maybe(instant),
  requestedBy: maybe(owner),
  stage: fc.option(fc.constantFrom(...IMPLEMENTATION_STAGES), { nil: undefined, freq: 1 }),
  qualifiedOn: maybe(someDay),
  signedOn: maybe(someDay),
  liveOn: maybe(someDay),
  declinedOn: fc.option(someDay, { nil: undefined, freq: 1 }),
  language: maybe(fc.constant('Swedish')),
  servicesAmount: maybe(money),
  currency: maybe(currency),
  csat: maybe(fc.integer({ min: 1, max: 7 })),
  isBlocker: maybe(fc.boolean()),
})
const risk = recordOf({
  accountId,
  reason: maybe(fc.constantFrom('price', 'product', 'missing feature', 'mood')),
  featureId: feature,
  competitor: maybe(fc.constant('Initech')),
  kind: maybe(fc.constantFrom(...RISK_KINDS)),
  likelihood: maybe(fc.constantFrom(...RISK_LIKELIHOODS)),
  seatsAtRisk: maybe(fc.nat(50)),
  arrAtRisk: maybe(money),
  currency: maybe(currency),
  status: maybe(fc.constantFrom(...RISK_STATUSES)),
  plays: maybe(fc.constantFrom('ramped price', 'a, b')),
  openedAt: maybe(instant),
  closedAt: fc.option(instant, { nil: undefined, freq: 1 }),
  resolution: maybe(fc.constantFrom(...RISK_RESOLUTIONS)),
})
const customer = fc.array(
  fc.oneof(
    activity.map((one) => ['activity', one] as const),
    contact.map((one) => ['contact', one] as const),
    request.map((one) => ['request', one] as const),
    ticket.map((one) => ['ticket', one] as const),
    usage.map((one) => ['usage_week', one] as const),
    commitment.map((one) => ['commitment', one] as const),
    risk.map((one) => ['risk', one] as const),
    implementation.map((one) => ['implementation', one] as const),
  ),
  { maxLength: 5 },
)
const period = recordOf({
  startOn: fc.option(someDay, { nil: undefined, freq: 9 }),
  endOn: maybe(fc.integer({ min: FIRST_DAY, max: day('2027-06-30') })),
  mrr: fc.option(fc.integer({ min: 0, max: 500_000 }), { nil: undefined, freq: 9 }),
  currency: maybe(currency),
  seats: maybe(fc.nat(120)),
  noticeOn: maybe(someDay),
})

/** A catalogue of what `someRows` asks for: shipped, to be shipped, and one that takes the place of another. */
export const FEATURES: readonly Feature[] = [
  { id: 'F1', name: 'Audit log', theme: 'Security', shippedOn: day('2026-05-20') },
  { id: 'F2', name: 'SSO', theme: 'Security', shippedOn: day('2026-08-11'), status: 'building' as const },
  { id: 'F3', name: 'Two factor', etaQuarter: '2026-Q4', supersededById: 'F4' },
  { id: 'F4', name: 'Login', theme: 'Access', status: 'planned' as const, shippedOn: day('2026-11-30') },
].map((one) => ({ source: 'requests', sourceId: one.id, changedAt: 0, ...one }))

/** Stored records of one dossier, whatever a source may hold; ids are unique within it. */
export const someRows: fc.Arbitrary<DossierRow[]> = fc
  .record({
    account: maybe(account),
    opportunities: fc.array(fc.tuple(opportunity, fc.array(change, { maxLength: 6 })), { maxLength: 4 }),
    leads: fc.array(lead, { maxLength: 2 }),
    customer,
    periods: fc.array(period, { maxLength: 4 }).map((list) => (list.length > 2 ? [] : list)),
  })
  .map(({ account, opportunities, leads, customer, periods }) => {
    const rows: DossierRow[] = []
    const add = (kind: string, id: string, fields: object) => {
      rows.push({ kind, id, body: JSON.stringify({ id, sourceId: id, ...fields }) })
    }
    if (account !== undefined) add('account', 'A1', account)
    opportunities.forEach(([fields, changes], i) => {
      add('opportunity', `O${i}`, fields)
      changes.forEach((one, j) => {
        add('stage_change', `C${i}-${j}`, { ...one, opportunityId: `O${i}` })
      })
    })
    leads.forEach((fields, i) => {
      add('lead', `L${i}`, fields)
    })
    customer.forEach(([kind, fields], i) => {
      add(kind, `X${i}`, fields)
    })
    periods.forEach((fields, i) => {
      add('subscription_period', `P${i}`, { ...fields, accountId: 'A1' })
    })
    return rows
  })

export interface KnownDeal {
  readonly id: string
  /** From its creation on, ascending; `due`: the close date, where the row bears one. */
  readonly rows: readonly {
    readonly day: number
    readonly place: number
    readonly amount: number
    readonly due: number | undefined
  }[]
}

/** An opportunity whose whole way the source knows, up to today: stages by their place, moves in any direction. */
export function someKnownDeal(today: number): fc.Arbitrary<Omit<KnownDeal, 'id'>> {
  const row = fc.record({
    gap: fc.oneof(fc.nat(3), fc.nat(60)),
    place: fc.integer({ min: 0, max: SALESFORCE_STAGES.length - 1 }),
    amount: fc.nat(1000),
    dueIn: fc.option(fc.integer({ min: -40, max: 150 }), { nil: undefined }),
  })
  return fc
    .tuple(fc.integer({ min: FIRST_DAY, max: today }), fc.array(row, { minLength: 1, maxLength: 8 }))
    .map(([created, moves]) => {
      let day = created
      return {
        rows: moves.map(({ gap, place, amount, dueIn }, i) => {
          day = Math.min(today, day + (i === 0 ? 0 : gap))
          return { day, place, amount, due: dueIn === undefined ? undefined : day + dueIn }
        }),
      }
    })
}

/** The stage changes of a known deal, at noon. */
export function changesOf({ id, rows }: KnownDeal): StageChange[] {
  return rows.map(({ day, place, amount, due }, i) => ({
    id: `${id}-${String(i).padStart(2, '0')}`,
    source: 'salesforce',
    sourceId: `${id}-${i}`,
    changedAt: day * MS_PER_DAY + MS_PER_DAY / 2,
    opportunityId: id,
    at: day * MS_PER_DAY + MS_PER_DAY / 2,
    stage: SALESFORCE_STAGES[place]?.name ?? '',
    amount,
    ...(due === undefined ? {} : { closeOn: due }),
  }))
}
