import type { Account, Lead, Opportunity, StageChange, SubscriptionPeriod } from './records.ts'

/** An account with its records, or a single record that has no account. Each list is ordered by id, whatever the order of arrival. */
export interface Dossier {
  readonly account: Account | null
  readonly opportunities: readonly Opportunity[]
  readonly leads: readonly Lead[]
  /** Stage changes with their opportunity and instant, ordered by instant, then id. */
  readonly changes: readonly StageChange[]
  readonly periods: readonly SubscriptionPeriod[]
}

export interface DossierRow {
  readonly kind: string
  readonly id: string
  /** JSON of the record. */
  readonly body: string
}

/** Reads the stored records of one dossier. Kinds that nothing is derived from are left unread. */
export function readDossier(rows: readonly DossierRow[]): Dossier {
  let account: Account | null = null
  const opportunities: Opportunity[] = []
  const leads: Lead[] = []
  const changes: StageChange[] = []
  let periods: SubscriptionPeriod[] | undefined
  for (const row of rows) {
    switch (row.kind) {
      case 'account':
        account = JSON.parse(row.body) as Account
        break
      case 'opportunity':
        opportunities.push(JSON.parse(row.body) as Opportunity)
        break
      case 'lead':
        leads.push(JSON.parse(row.body) as Lead)
        break
      case 'stage_change':
        changes.push(JSON.parse(row.body) as StageChange)
        break
      case 'subscription_period':
        periods ??= []
        periods.push(JSON.parse(row.body) as SubscriptionPeriod)
        break
    }
  }
  return createDossier(account, opportunities, leads, changes, periods === undefined ? {} : { periods })
}

const NO_PERIODS: readonly SubscriptionPeriod[] = []

/** Puts records together in the order a dossier promises. A stage change without opportunity or instant tells nothing and is left out. */
export function createDossier(
  account: Account | null,
  opportunities: readonly Opportunity[],
  leads: readonly Lead[],
  changes: readonly StageChange[],
  { periods = NO_PERIODS }: Partial<Pick<Dossier, 'periods'>> = {},
): Dossier {
  return {
    account,
    opportunities: inOrder(opportunities, byId),
    leads: inOrder(leads, byId),
    changes: inOrder(changes.every(isTelling) ? changes : changes.filter(isTelling), byInstant),
    periods: inOrder(periods, byId),
  }
}

function isTelling(change: StageChange): boolean {
  return change.at !== undefined && change.opportunityId !== undefined
}

/** Most lists arrive in order or hold one record: looking is cheaper than sorting. */
function inOrder<T>(list: readonly T[], compare: (a: T, b: T) => number): readonly T[] {
  for (let i = 1; i < list.length; i += 1) {
    if (compare(list[i - 1] as T, list[i] as T) > 0) return list.toSorted(compare)
  }
  return list
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}

function byInstant(a: StageChange, b: StageChange): number {
  return (a.at ?? 0) - (b.at ?? 0) || byId(a, b)
}
