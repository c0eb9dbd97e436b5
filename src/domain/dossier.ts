import type { Activity, Contact, Implementation, SubscriptionPeriod, Ticket, UsageWeek } from './customer-records.ts'
import type { Commitment, FeatureRequest, Risk } from './demand-records.ts'
import type { Account, Lead, Opportunity, StageChange } from './records.ts'

/** The lists of a dossier by what they hold. */
export interface DossierLists {
  readonly opportunities: readonly Opportunity[]
  readonly leads: readonly Lead[]
  /** Stage changes with their opportunity and instant, ordered by instant, then id. */
  readonly changes: readonly StageChange[]
  readonly contacts: readonly Contact[]
  readonly periods: readonly SubscriptionPeriod[]
  readonly usage: readonly UsageWeek[]
  readonly requests: readonly FeatureRequest[]
  readonly commitments: readonly Commitment[]
  readonly tickets: readonly Ticket[]
  readonly risks: readonly Risk[]
  readonly activities: readonly Activity[]
  readonly implementations: readonly Implementation[]
}

/**
 * An account with its records, or a single record that has no account. Each list but the changes is ordered by id, whatever
 * the order of arrival.
 */
export interface Dossier extends DossierLists {
  readonly account: Account | null
}

export interface DossierRow {
  readonly kind: string
  readonly id: string
  /** JSON of the record. */
  readonly body: string
}

/** The list of a dossier that a kind of record is in; the account heads it, and other kinds are context. */
const LIST_OF: Readonly<Record<string, keyof DossierLists | undefined>> = {
  opportunity: 'opportunities',
  lead: 'leads',
  stage_change: 'changes',
  contact: 'contacts',
  subscription_period: 'periods',
  usage_week: 'usage',
  request: 'requests',
  commitment: 'commitments',
  ticket: 'tickets',
  risk: 'risks',
  activity: 'activities',
  implementation: 'implementations',
}

/** Reads the stored records of one dossier. Kinds that this program does not know are left unread. */
export function readDossier(rows: readonly DossierRow[]): Dossier {
  let account: Account | null = null
  const lists: { -readonly [name in keyof DossierLists]?: object[] } = {}
  for (const { kind, body } of rows) {
    if (kind === 'account') {
      account = JSON.parse(body) as Account
      continue
    }
    const name = LIST_OF[kind]
    if (name === undefined) continue
    const record = JSON.parse(body) as object
    const list = lists[name]
    if (list === undefined) lists[name] = [record]
    else list.push(record)
  }
  return createDossier(account, lists as Partial<DossierLists>)
}

/** Puts records together in the order a dossier promises. A stage change without opportunity or instant tells nothing and is left out. */
export function createDossier(account: Account | null, lists: Partial<DossierLists>): Dossier {
  const { changes } = lists
  return {
    account,
    opportunities: inOrder(lists.opportunities, byId),
    leads: inOrder(lists.leads, byId),
    changes: inOrder(changes?.every(isTelling) === false ? changes.filter(isTelling) : changes, byInstant),
    contacts: inOrder(lists.contacts, byId),
    periods: inOrder(lists.periods, byId),
    usage: inOrder(lists.usage, byId),
    requests: inOrder(lists.requests, byId),
    commitments: inOrder(lists.commitments, byId),
    tickets: inOrder(lists.tickets, byId),
    risks: inOrder(lists.risks, byId),
    activities: inOrder(lists.activities, byId),
    implementations: inOrder(lists.implementations, byId),
  }
}

function isTelling(change: StageChange): boolean {
  return change.at !== undefined && change.opportunityId !== undefined
}

const NONE: readonly never[] = []

/** Most lists arrive in order or hold one record: looking is cheaper than sorting. */
function inOrder<T>(list: readonly T[] | undefined, compare: (a: T, b: T) => number): readonly T[] {
  if (list === undefined) return NONE
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
