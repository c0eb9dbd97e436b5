import type { Dossier } from './dossier.ts'
import type { Model } from './model.ts'
import type { Opportunity, RecordBase, StageChange } from './records.ts'

/** Kinds of records of which two systems may hold one and the same, beside accounts. */
export const JOINED_KINDS = ['opportunity', 'lead', 'contact'] as const
export type JoinedKind = (typeof JOINED_KINDS)[number]

/** An opportunity that stays out of everything that is counted, and why. */
export interface SetAside {
  readonly opportunity: Opportunity
  readonly leading: string
}

export interface Joined {
  readonly dossier: Dossier
  readonly aside: readonly SetAside[]
}

const NONE: readonly never[] = []

/**
 * Makes one record of those that two systems hold of the same thing: only an explicit id of one stored in the other says
 * so. The values of the leading system win, the other's fill gaps, and what names the other names the leading one. Of two
 * records that claim to be the same third one, neither is; nobody guesses.
 *
 * In an account that the leading system and another one hold, opportunities of the other that match none are set aside: they
 * would be counted twice, or are not known to be real. The history of an opportunity is that of the leading system, where it
 * has any.
 */
export function joinRecords(dossier: Dossier, { leading }: Pick<Model, 'leading'>): Joined {
  if (leading.opportunity === undefined && leading.lead === undefined && leading.contact === undefined)
    return { dossier, aside: NONE }
  const opportunities = joinTwins(dossier.opportunities, leading.opportunity ?? NONE)
  const leads = joinTwins(dossier.leads, leading.lead ?? NONE)
  const contacts = joinTwins(dossier.contacts, leading.contact ?? NONE)
  const aside = setAside(dossier, opportunities.records, leading.opportunity ?? NONE)
  const gone = new Set(aside.map(({ opportunity }) => opportunity.id))
  const renamed = renaming(opportunities.now, leads.now, contacts.now)
  return {
    dossier: {
      ...dossier,
      opportunities: opportunities.records.filter(({ id }) => !gone.has(id)).map(renamed),
      leads: leads.records.map(renamed),
      contacts: contacts.records,
      changes: changesOf(dossier.changes, opportunities.now, gone),
      requests: dossier.requests.map(renamed),
      commitments: dossier.commitments.map(renamed),
      tickets: dossier.tickets.map(renamed),
      activities: dossier.activities.map(renamed),
      implementations: dossier.implementations.map(renamed),
    },
    aside,
  }
}

interface Twins<T> {
  readonly records: readonly T[]
  /** What ids of records that were joined to another stand for. */
  readonly now: ReadonlyMap<string, string>
}

function joinTwins<T extends RecordBase>(records: readonly T[], order: readonly string[]): Twins<T> {
  const now = new Map<string, string>()
  if (order.length < 2 || !records.some(({ sameAs }) => sameAs !== undefined)) return { records, now }
  const byId = new Map(records.map((record) => [record.id, record]))
  const pairs = new Map<string, Set<string>>()
  const pair = (a: string, b: string) => pairs.set(a, (pairs.get(a) ?? new Set()).add(b))
  for (const { id, sameAs = [] } of records) {
    for (const other of sameAs) {
      const found = byId.get(other.id)
      if (found === undefined || found.source !== other.source || found.id === id) continue
      pair(id, found.id)
      pair(found.id, id)
    }
  }
  const rank = (record: T) => (order.includes(record.source) ? order.indexOf(record.source) : order.length)
  const followers = new Map<string, T[]>()
  for (const [id, others] of pairs) {
    const record = byId.get(id) as T
    const [only] = others
    const leader = byId.get(only ?? '')
    // One that might be several, or of whose source there are others that claim the same.
    if (leader === undefined || others.size > 1 || rank(leader) >= rank(record)) continue
    const rivals = [...(pairs.get(leader.id) ?? [])].filter((other) => byId.get(other)?.source === record.source)
    if (rivals.length > 1) continue
    now.set(id, leader.id)
    followers.set(leader.id, [...(followers.get(leader.id) ?? []), record])
  }
  const joined = records
    .filter(({ id }) => !now.has(id))
    .map((record) => {
      const some = followers.get(record.id)
      return some === undefined
        ? record
        : joinTo(
            record,
            some.toSorted((a, b) => rank(a) - rank(b)),
          )
    })
  return { records: joined, now }
}

/** Money comes with its currency: none is taken over from a record in another one. */
function joinTo<T extends RecordBase>(leader: T, followers: readonly T[]): T {
  let joined = leader
  for (const { currency, extra, ...rest } of followers) {
    const values = currency === leader.currency ? rest : withoutMoney(rest)
    const both = extra === undefined && joined.extra === undefined ? {} : { extra: { ...extra, ...joined.extra } }
    joined = { ...values, ...joined, ...both } as T
  }
  return joined
}

function withoutMoney(record: object): object {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== 'amount' && name !== 'arr'))
}

function setAside(dossier: Dossier, opportunities: readonly Opportunity[], order: readonly string[]): SetAside[] {
  const { account } = dossier
  if (account === null || account.joined === undefined || order.length < 2) return []
  const holders = new Set([account.source, ...account.joined.map(({ source }) => source)])
  const leading = order.find((source) => holders.has(source))
  if (leading === undefined) return []
  return opportunities
    .filter(({ source }) => source !== leading && holders.has(source) && order.includes(source))
    .map((opportunity) => ({ opportunity, leading }))
}

/** Those of the other system count only where the leading one has none. */
function changesOf(
  changes: readonly StageChange[],
  now: ReadonlyMap<string, string>,
  gone: ReadonlySet<string>,
): readonly StageChange[] {
  if (now.size === 0 && gone.size === 0) return changes
  const told = new Set(changes.map(({ opportunityId }) => opportunityId))
  return changes.flatMap((change) => {
    const { opportunityId = '' } = change
    const leader = now.get(opportunityId)
    if (gone.has(opportunityId) || (leader !== undefined && told.has(leader))) return []
    return [leader === undefined ? change : { ...change, opportunityId: leader }]
  })
}

interface Naming {
  readonly opportunityId?: string
  readonly leadId?: string
  readonly contactId?: string
}

function renaming(
  opportunities: ReadonlyMap<string, string>,
  leads: ReadonlyMap<string, string>,
  contacts: ReadonlyMap<string, string>,
) {
  return <T extends object>(record: T): T => {
    const { opportunityId = '', leadId = '', contactId = '' } = record as Naming
    const [opportunity, lead, contact] = [opportunities.get(opportunityId), leads.get(leadId), contacts.get(contactId)]
    if (opportunity === undefined && lead === undefined && contact === undefined) return record
    return {
      ...record,
      ...(opportunity === undefined ? {} : { opportunityId: opportunity }),
      ...(lead === undefined ? {} : { leadId: lead }),
      ...(contact === undefined ? {} : { contactId: contact }),
    }
  }
}
