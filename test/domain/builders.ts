import type { User, UserPeriod } from '../../src/domain/company-records.ts'
import { createContext } from '../../src/domain/context.ts'
import type { SubscriptionPeriod } from '../../src/domain/customer-records.ts'
import type { Calendar } from '../../src/domain/day.ts'
import { parseDay } from '../../src/domain/day.ts'
import { defaultModel } from '../../src/domain/default-model.ts'
import type { Feature } from '../../src/domain/demand-records.ts'
import { type Context, deriveDossier } from '../../src/domain/derive.ts'
import { createDossier, type Dossier, type DossierLists } from '../../src/domain/dossier.ts'
import type { DossierFacts, FactValues } from '../../src/domain/facts.ts'
import { funnelFacts } from '../../src/domain/funnel-facts.ts'
import type { Model } from '../../src/domain/model.ts'
import type { Path } from '../../src/domain/path.ts'
import type { Account, ExchangeRate, Lead, Opportunity, StageChange } from '../../src/domain/records.ts'
import { Totals } from '../../src/domain/totals.ts'
import { TOTALS_PARTS } from '../../src/domain/totals-parts.ts'
import { fixedCalendar } from '../calendars.ts'

const MS_PER_DAY = 86_400_000

export const utc = fixedCalendar('UTC', 0)

/** The day that a text names. */
export function day(text: string): number {
  const parsed = parseDay(text)
  if (parsed === undefined) throw new Error(`"${text}" is no day`)
  return parsed
}

/** Noon of a day. */
export function noon(text: string): number {
  return day(text) * MS_PER_DAY + MS_PER_DAY / 2
}

const base = { source: 'salesforce', changedAt: noon('2026-11-01') }

export function anAccount(fields: Partial<Account> = {}): Account {
  return { ...base, id: 'A1', sourceId: 'A1', ...fields }
}

export function anOpportunity(fields: Partial<Opportunity> = {}): Opportunity {
  const id = fields.id ?? 'O1'
  return { ...base, id, sourceId: id, stage: 'Prospecting', createdAt: noon('2026-01-10'), accountId: 'A1', ...fields }
}

export function aLead(fields: Partial<Lead> = {}): Lead {
  const id = fields.id ?? 'L1'
  return { ...base, id, sourceId: id, createdAt: noon('2026-01-05'), ...fields }
}

export function aUser(fields: Partial<User> = {}): User {
  const id = fields.id ?? 'U1'
  return { ...base, id, sourceId: id, name: 'Anna Snelling', ...fields }
}

/** A period of 100.00 a month in company currency, from 2026-01-01 on, unless it says otherwise. */
export function aPeriod(fields: Partial<SubscriptionPeriod> = {}): SubscriptionPeriod {
  const id = fields.id ?? 'P1'
  return { ...base, id, sourceId: id, accountId: 'A1', startOn: day('2026-01-01'), mrr: 10_000, ...fields }
}

/** Stage changes at noon of each day: `['2026-01-10', 'Prospecting']`, with an amount where one is given. */
export function history(
  opportunityId: string,
  ...rows: readonly (readonly [string, string, number?])[]
): StageChange[] {
  return rows.map(([on, stage, amount], i) => ({
    ...base,
    id: `${opportunityId}-${String(i).padStart(3, '0')}`,
    sourceId: `${opportunityId}-${i}`,
    opportunityId,
    at: noon(on),
    stage,
    ...(amount === undefined ? {} : { amount }),
  }))
}

export function contextOf(
  model: Model = defaultModel(),
  users: readonly User[] = [],
  zone: Calendar = utc,
  rest: {
    readonly rates?: readonly ExchangeRate[]
    readonly features?: readonly Feature[]
    readonly survivors?: Readonly<Record<string, string>>
    readonly userPeriods?: readonly Pick<UserPeriod, 'id' | 'userId' | 'team' | 'startOn' | 'endOn'>[]
  } = {},
): Context {
  const rows = (kind: string, records: readonly object[]) => records.map((one) => ({ kind, body: JSON.stringify(one) }))
  const all = [
    ...rows('user', users),
    ...rows('exchange_rate', rest.rates ?? []),
    ...rows('feature', rest.features ?? []),
    ...rows('user_period', rest.userPeriods ?? []),
  ]
  return createContext(model, zone, all, new Map(Object.entries(rest.survivors ?? {})))
}

export interface Records extends Partial<DossierLists> {
  readonly account?: Account | null
}

/** A dossier of these records, of account A1 unless it says otherwise. */
export function aDossier({ account = anAccount(), ...lists }: Records): Dossier {
  return createDossier(account, lists)
}

export const TODAY = day('2026-11-22')

/** The facts of a dossier as of 2026-11-22. */
export function factsOf(records: Records, context: Context = contextOf()): DossierFacts {
  return deriveDossier(aDossier(records), context, TODAY).facts
}

/** The fact of the only opportunity there is. */
export function factOf(opportunity: Opportunity, changes: readonly StageChange[] = [], context?: Context): FactValues {
  const [fact] = factsOf({ opportunities: [opportunity], changes }, context).opportunities
  if (fact === undefined) throw new Error('A dossier with one opportunity gave no fact')
  return fact
}

/** The stages the only opportunity was in. */
export function pathOf(opportunity: Opportunity, changes: readonly StageChange[] = [], context?: Context): Path {
  const [one] = factsOf({ opportunities: [opportunity], changes }, context).counted.opportunities
  if (one === undefined) throw new Error('A dossier with one opportunity gave no path')
  return one.path
}

/** Totals of dossiers, those that came to nothing left out. */
export function totalsOf(dossiers: readonly DossierFacts[], model: Model = defaultModel()): Map<string, number> {
  const totals = new Totals(model, TOTALS_PARTS)
  totals.add(dossiers)
  return withoutZeros(totals.take())
}

export function withoutZeros(totals: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...totals].filter(([, value]) => value !== 0).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The funnel of dossiers by row id. */
export function funnelOf(
  dossiers: readonly DossierFacts[],
  model: Model = defaultModel(),
  today: number = TODAY,
): Map<string, FactValues> {
  return new Map(funnelFacts(totalsOf(dossiers, model), model, today).map((fact) => [String(fact.id), fact]))
}
