import fc from 'fast-check'
import { FACTS } from '../../../src/domain/fact-fields.ts'
import { FACT_KINDS, type FactKind, isOfTotals } from '../../../src/domain/facts.ts'
import type { Field, Fields } from '../../../src/domain/fields.ts'
import { RECORD_KINDS, RECORDS, type RecordKind } from '../../../src/domain/records.ts'

/** Fields of a record as a source delivers them, by our own names; `null`: empty. */
export type Texts = Readonly<Record<string, string | null>>

/** What may happen to a company from one pull to the next. */
export type Edit =
  /** Fields that are not named stay as they are. */
  | { readonly do: 'put'; readonly kind: RecordKind; readonly id: string; readonly fields: Texts }
  | { readonly do: 'remove'; readonly kind: RecordKind; readonly id: string }
  | { readonly do: 'merge'; readonly account: string; readonly into: string }
  | { readonly do: 'days'; readonly days: number }
  | { readonly do: 'pull' }

/** A company's life: what its `model.yaml` says, and all that happens. */
export interface Life {
  readonly model: string
  /** A line of `model.yaml` more: up to which month months are closed, if any. */
  readonly closing: string
  readonly edits: readonly Edit[]
}

/** The day on which each life begins. */
export const BEGIN = Date.parse('2026-03-02T09:00:00Z')
export const MS_PER_DAY = 86_400_000

/** A source that delivers every field of every kind of record under our own names. */
export const SOURCE = [
  'source: crm',
  'type: salesforce',
  'records:',
  ...RECORD_KINDS.map((kind) => {
    const fields = Object.keys(fieldsOf(kind)).map((name) => `${name}: ${name}`)
    const currency = 'currency' in RECORDS[kind].fields ? '' : 'currency: { field: currency }, '
    return `  ${kind}: { object: ${kind}, ${currency}fields: { ${fields.join(', ')} } }`
  }),
].join('\n')

/** A board for each kind of fact but a plan, which takes a solver: each field of the fact is a column. */
export const BOARDS: Readonly<Record<string, string>> = Object.fromEntries(
  FACT_KINDS.filter((kind) => kind !== 'priority').map((kind) => [kind.replaceAll('_', '-'), boardOf(kind)]),
)

function boardOf(kind: FactKind): string {
  const columns = Object.keys(FACTS[kind].fields).map((name) => `  its ${name}: { type: text, value: ${kind}.${name} }`)
  const owner = 'owner' in FACTS[kind].scope ? ['  owner name: { type: text, value: owner.name }'] : []
  return [
    `board: { name: ${kind}, create: true }`,
    `items: ${kind}`,
    `key: ${kind}.id`,
    `name: '{${kind}.id}'`,
    `group: ${isOfTotals(kind) ? 'Totals' : 'All'}`,
    'columns:',
    ...columns,
    ...owner,
  ].join('\n')
}

const STAGES = ['Prospecting', 'Negotiation', 'Closed Won', 'Closed Lost']
/** What each `model.yaml` begins with. */
export const COMPANY = `
company: { name: Test, currency: USD, time_zone: Europe/Stockholm }
stages:
  crm:
    '*':
      - { name: Prospecting, funnelStage: opportunity }
      - { name: Negotiation, funnelStage: opportunity }
      - { name: Closed Won, funnelStage: won }
      - { name: Closed Lost, funnelStage: lost }
    Partner:
      - { name: Prospecting, funnelStage: lead }
      - { name: Negotiation, funnelStage: opportunity }
      - { name: Closed Won, funnelStage: expansion }
`
/** Definitions that change on a day of the life. */
const ERAS = `
buckets: { green_from: { seats: 40, arr: 2000 } }
definitions:
  green_account:
    version: 2
    from: 2026-04-01
    applies: from_date
    was: [{ version: 1, from: 2025-01-01, buckets: { green_from: { seats: 10, arr: 500 } } }]
  qualified_lead:
    version: 2
    from: 2026-04-10
    applies: from_date
    was: [{ version: 1, from: 2025-01-01, icp: { employees: 10, countries: [SE] } }]`
const MODELS = [
  COMPANY,
  `${COMPANY}buckets: { green_from: { seats: 20, arr: 500, match: all }, fall_back: { seats: 15, arr: 400, after: 20d } }\n`,
  `${COMPANY}${ERAS}\n`,
  `${COMPANY}arr: { from: [won_opportunities, account_field] }\nfunnel: { win_rate_of: all, months: 3 }\n`,
  `${COMPANY}arr: { from: [account_field, subscription_periods] }\nhand_over: { at: first_win, within: 10d }\n`,
  `${COMPANY}rates: { EUR: [{ from: 2026-04-01, rate: 1.08 }] }\ninfluence: { window_days: 20, link_days: 5, size_bands: [100] }\n`,
  // Its year begins in February, and families are customers.
  `${COMPANY.replace('currency: USD', 'currency: USD, fiscal_year_starts: february')}arr: { customer: parent, churn_at: notice }\n`,
]

/** Ids of each kind: few, so that records meet. The last account, user, feature and partner is only named at first. */
export const IDS: Readonly<Record<RecordKind, readonly string[]>> = {
  account: idsOf('a', 4),
  contact: idsOf('c', 3),
  lead: idsOf('l', 4),
  opportunity: idsOf('o', 6),
  stage_change: idsOf('h', 10),
  subscription_period: idsOf('s', 5),
  usage_week: idsOf('w', 8),
  feature: idsOf('f', 5),
  request: idsOf('q', 6),
  commitment: idsOf('m', 4),
  ticket: idsOf('t', 6),
  risk: idsOf('r', 4),
  activity: idsOf('v', 4),
  implementation: idsOf('i', 4),
  partner: idsOf('p', 3),
  target: idsOf('g', 4),
  user: idsOf('u', 4),
  user_period: idsOf('e', 4),
  exchange_rate: idsOf('x', 3),
  dated_exchange_rate: idsOf('d', 4),
}

function idsOf(letter: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${letter}${i + 1}`)
}

/** How often records of a kind are put; 2, where it is not said. */
const WEIGHTS: Readonly<Partial<Record<RecordKind, number>>> = {
  opportunity: 6,
  stage_change: 5,
  account: 4,
  subscription_period: 3,
  feature: 4,
  request: 4,
  usage_week: 3,
  ticket: 3,
}

/** Words of fields that something depends on; others are a name or another. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  aliases: ['SSO, Login', 'Two factor', 'Audit'],
  certifications: ['ISO 27001'],
  channel: ['mail', 'chat', 'phone'],
  country: ['SE', 'US', 'BR'],
  currency: ['USD', 'EUR', 'JPY', 'KWD'],
  domain: ['acme.com', 'initech.com'],
  email: ['emma@acme.com', 'u1@you.example', 'U2@you.example', 'joe@initech.com'],
  etaQuarter: ['2026-Q2', '2026-Q3', '2027-Q1'],
  feature: ['SSO', 'Login', 'two-factor', 'f1', 'f5', 'Audit', 'Nothing'],
  forecastCategory: ['Commit', 'Best Case', 'Omitted', 'Pipeline'],
  industries: ['Retail', 'Electronics, Retail'],
  industry: ['Retail', 'Electronics'],
  language: ['Swedish', 'German'],
  languages: ['Swedish', 'German, Swedish'],
  measure: ['arr_new', 'arr_expansion', 'arr_green', 'pipeline_created', 'won', 'frt', 'wapp', 'graduations'],
  period: ['2026-03', '2026-04', '2026-Q2', '2026-Q3', '2026'],
  pipeline: ['Partner', 'Other'],
  plays: ['ramped price', 'a, b'],
  reason: ['price', 'product', 'missing feature', 'mood'],
  requiredCertification: ['ISO 27001'],
  role: ['ae', 'am', 'csm', 'agent'],
  squad: ['Growth', 'Core'],
  stage: [...STAGES, 'Unheard Of'],
  subject: ['SSO', 'How do we downgrade?', 'Hello'],
  subjectName: ['u1', 'u2@you.example', 'North', 'Growth', 'u4'],
  tags: ['sso', 'audit, login', 'billing'],
  team: ['North', 'South'],
  theme: ['Security', 'Access'],
  title: ['Head of Sales', 'Clerk'],
}
/** Fields of a kind that mean something else than those of the same name elsewhere. */
const WORDS_OF: Readonly<Record<string, readonly string[]>> = {
  'feature.name': ['SSO', 'Login', 'Two factor', 'Audit'],
  'ticket.status': ['open', 'solved', 'closed'],
  'ticket.priority': ['urgent', 'low'],
}
/** Up to how much whole numbers go, where it is not 60. */
const UP_TO: Readonly<Record<string, number>> = { employees: 3000, evidence: 3, effortHours: 400 }

/** Fields that are mostly empty, or half of the time: with them other things count no more. */
const OFTEN_EMPTY: ReadonlySet<string> = new Set([
  ...[
    'usage_week.featureId',
    'usage_week.feature',
    'subscription_period.endOn',
    'user_period.endOn',
    'lead.convertedAt',
  ],
  ...['opportunity.state', 'opportunity.arr', 'account.motionSince', 'account.segment', 'account.parentId'],
  ...[
    'ticket.firstPublicReplyAt',
    'ticket.solvedAt',
    'ticket.isBot',
    'lead.isBot',
    'risk.closedAt',
    'implementation.stage',
  ],
  ...['feature.status', 'feature.supersededById', 'request.featureId', 'commitment.opportunityId', 'commitment.status'],
])

const hour = fc.nat({ max: 23 }).map((at) => `T${String(at).padStart(2, '0')}:30:00.000Z`)
/** From three quarters before the beginning to as much after it; mostly around it. */
const day = fc
  .oneof(fc.integer({ min: -45, max: 90 }), fc.integer({ min: -270, max: 270 }))
  .map((away) => new Date(BEGIN + away * MS_PER_DAY).toISOString().slice(0, 10))

function textOf(kind: RecordKind, name: string, field: Field): fc.Arbitrary<string> {
  const words = WORDS_OF[`${kind}.${name}`] ?? WORDS[name]
  if (field.values !== undefined) return fc.constantFrom(...field.values)
  if (field.type === 'id') return fc.constantFrom(...IDS[(field.refersTo ?? kind) as RecordKind])
  if (field.type === 'text') return fc.constantFrom(...(words ?? ['One', 'Other']))
  switch (field.type) {
    case 'boolean':
      return fc.constantFrom('true', 'false')
    case 'day':
      return name === 'week' ? day.map(mondayOf) : day
    case 'instant':
      return fc.tuple(day, hour).map(([on, at]) => on + at)
    case 'money':
      return fc
        .tuple(fc.nat({ max: 90_000 }), fc.constantFrom('', '.5', '.25', '', '.5', '.25', ' ?'))
        .map(([whole, part]) => whole + part)
    case 'ratio':
      return fc.constantFrom('0', '0.1', '0.5', '0.9', '1')
    case 'number':
      return name === 'perCorporate'
        ? fc.integer({ min: 1, max: 400 }).map((rate) => (rate / 100).toFixed(2))
        : fc.integer({ min: 1, max: 7 }).map(String)
    default:
      return fc.nat({ max: UP_TO[name] ?? 60 }).map(String)
  }
}

function mondayOf(text: string): string {
  const at = Date.parse(text)
  const weekday = (new Date(at).getUTCDay() + 6) % 7
  return new Date(at - weekday * MS_PER_DAY).toISOString().slice(0, 10)
}

/** What the fields of a record may hold, and its currency. */
function textsOf(kind: RecordKind): [string, fc.Arbitrary<string | null>][] {
  const fields = fieldsOf(kind)
  const texts = Object.entries(fields).map(([name, field]) => [name, textOf(kind, name, field)] as const)
  const own = 'currency' in fields ? [] : [['currency', fc.constantFrom(...(WORDS.currency ?? []))] as const]
  return [...texts, ...own].map(([name, text]) => [
    name,
    fc.option(text, { nil: null, freq: OFTEN_EMPTY.has(`${kind}.${name}`) ? 1 : 9 }),
  ])
}

/** All but `rate`, which says in another way what `perCorporate` does. */
function fieldsOf(kind: RecordKind): Fields {
  const { rate: _, ...fields } = RECORDS[kind].fields
  return fields
}

/** All of a record; few of its fields are empty. */
function wholeOf(kind: RecordKind): fc.Arbitrary<Texts> {
  return fc.record(Object.fromEntries(textsOf(kind)))
}

/** How many fields of a record change when not all of it does. */
export const FEW = 3

/** All of a record, or a few fields of it. */
function someOf(kind: RecordKind): fc.Arbitrary<Texts> {
  const few = textsOf(kind).map(([name, value]) => value.map((text) => [name, text] as const))
  const entries = fc.array(fc.oneof(...few), { minLength: 1, maxLength: FEW })
  return fc.oneof(
    wholeOf(kind),
    entries.map((some): Texts => Object.fromEntries(some)),
  )
}

function putOf(kind: RecordKind, fieldsOf: (kind: RecordKind) => fc.Arbitrary<Texts>, id?: string): fc.Arbitrary<Edit> {
  return fc.record({
    do: fc.constant('put' as const),
    kind: fc.constant(kind),
    id: id === undefined ? fc.constantFrom(...IDS[kind]) : fc.constant(id),
    fields: fieldsOf(kind),
  })
}

const account = fc.constantFrom(...IDS.account)
const change: fc.Arbitrary<Edit> = fc.oneof(
  ...RECORD_KINDS.map((kind) => ({ weight: WEIGHTS[kind] ?? 2, arbitrary: putOf(kind, someOf) })),
  {
    weight: 5,
    arbitrary: fc
      .constantFrom(...RECORD_KINDS)
      .chain((kind) =>
        fc.record({ do: fc.constant('remove' as const), kind: fc.constant(kind), id: fc.constantFrom(...IDS[kind]) }),
      ),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('merge' as const), account, into: account }) },
)
const days: fc.Arbitrary<Edit> = fc.record({
  do: fc.constant('days' as const),
  days: fc.oneof(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 40 })),
})
/** What happens between two pulls: little, for what much would have derived again shows nothing. */
const step: fc.Arbitrary<Edit[]> = fc.oneof(
  { weight: 3, arbitrary: days.map((one) => [one]) },
  { weight: 3, arbitrary: change.map((one) => [one]) },
  { weight: 1, arbitrary: fc.array(fc.oneof(change, days), { minLength: 2, maxLength: 6 }) },
)

/** Any life of up to so many pulls. A company is there at the first of them. */
export function lives(pulls: number): fc.Arbitrary<Life> {
  const company = RECORD_KINDS.flatMap((kind) => IDS[kind].slice(0, -1).map((id) => putOf(kind, wholeOf, id)))
  return fc.noBias(
    fc
      .record({
        model: fc.constantFrom(...MODELS),
        closing: fc.constantFrom('', 'closed_through: 2026-01\n', 'closed_through: 2026-03\n'),
        company: fc.tuple(...company.map((one) => fc.option(one, { freq: 15 }))),
        steps: fc.array(step, { minLength: 2, maxLength: pulls, size: 'max' }),
      })
      .map(({ model, closing, company, steps }) => ({
        closing,
        model,
        edits: [company.filter((one) => one !== null), ...steps].flatMap((edits) => [
          ...edits,
          { do: 'pull' as const },
        ]),
      })),
  )
}
