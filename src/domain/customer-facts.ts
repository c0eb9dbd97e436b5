import type { Contact, Ticket, UsageWeek } from './customer-records.ts'
import type { Feature, FeatureRequest } from './demand-records.ts'
import type { Derivation, Draft } from './derivation.ts'
import type { DossierLists } from './dossier.ts'
import type { FactValues } from './facts.ts'
import type { CountedTicket } from './support/counted-ticket.ts'
import { addSupport } from './support/ticket-fact.ts'
import { type CountedMention, featuresOfTags, mentionOf } from './voice/counted-mention.ts'

/** Facts of the records by which customers use a product, ask for more of it and complain. */
export interface CustomerFacts {
  readonly contacts: readonly FactValues[]
  readonly requests: readonly FactValues[]
  readonly tickets: readonly FactValues[]
  readonly usage: readonly FactValues[]
  readonly usageSum: UsageSum
  readonly countedTickets: readonly CountedTicket[]
  readonly mentions: readonly CountedMention[]
}

/** What a dossier's usage comes to, to tell how much of all usage belongs to no account that is known. */
export interface UsageSum {
  readonly points: number
  readonly events: number
  readonly hasAccount: boolean
}

export function customerFacts(lists: DossierLists, account: FactValues | null, derivation: Derivation): CustomerFacts {
  const { contacts, requests, tickets, usage } = lists
  if (contacts.length + requests.length + tickets.length + usage.length === 0) return NONE
  const countedTickets: CountedTicket[] = []
  const mentions: CountedMention[] = []
  return {
    contacts: contacts.map((one) => contactFact(one, account, derivation)),
    requests: requests.map((one) => requestFact(one, account, derivation, mentions)),
    tickets: tickets.map((one) => ticketFact(one, account, derivation, countedTickets, mentions)),
    usage: usage.map((one) => usageFact(one, account, derivation)),
    usageSum: {
      points: usage.length,
      events: usage.reduce((sum, { events = 0 }) => sum + events, 0),
      hasAccount: usage.length > 0 && account !== null,
    },
    countedTickets,
    mentions,
  }
}

const NO_FACTS: readonly never[] = []
const NO_USAGE: UsageSum = { points: 0, events: 0, hasAccount: false }
const NONE: CustomerFacts = {
  contacts: NO_FACTS,
  requests: NO_FACTS,
  tickets: NO_FACTS,
  usage: NO_FACTS,
  usageSum: NO_USAGE,
  countedTickets: NO_FACTS,
  mentions: NO_FACTS,
}

/** Adds to an account what its people, requests, tickets and usage add up to. */
export function addCustomer(fact: Draft, { contacts, requests, tickets, usage }: CustomerFacts): void {
  fact.contacts = contacts.length
  fact.requests = requests.length
  fact.tickets = tickets.length
  fact.openTickets = tickets.filter((one) => one.isOpen === true).length
  const whole = usage.filter((one) => one.featureId === undefined && one.feature === undefined)
  let newest: FactValues | undefined
  for (const one of whole) if (Number(one.week ?? 0) > Number(newest?.week ?? 0)) newest = one
  if (newest?.week !== undefined) fact.usageWeek = newest.week
  if (newest?.activeUsers !== undefined) fact.activeUsers = newest.activeUsers
}

function contactFact(contact: Contact, account: FactValues | null, derivation: Derivation): FactValues {
  const fact = start(contact, account, derivation)
  copy(fact, contact, ['name', 'email', 'title', 'role', 'lastTwoWayContactAt', 'url', 'extra'])
  if (contact.createdAt !== undefined) fact.createdOn = derivation.context.zone.dayOf(contact.createdAt)
  return fact
}

function requestFact(
  request: FeatureRequest,
  account: FactValues | null,
  derivation: Derivation,
  mentions: CountedMention[],
): FactValues {
  const fact = start(request, account, derivation)
  if (account === null) derivation.findStray('request', request.id, request.accountId)
  const feature = featureOf(request, 'request', derivation)
  if (feature?.status !== undefined) fact.featureStatus = feature.status
  if (feature?.theme !== undefined) fact.theme = feature.theme
  nameFeature(fact, feature, request.feature ?? request.featureId)
  fact.isMatched = feature !== undefined
  copy(fact, request, ['opportunityId', 'role', 'certainty', 'evidence', 'createdAt', 'author', 'channel', 'text'])
  copy(fact, request, ['votes', 'need', 'workaround', 'url', 'extra'])
  if (request.createdAt !== undefined) {
    const createdOn = derivation.context.zone.dayOf(request.createdAt)
    fact.createdOn = createdOn
    if (feature !== undefined) mentions.push(mentionOf(feature, createdOn, true, undefined, derivation))
  }
  return fact
}

function ticketFact(
  ticket: Ticket,
  account: FactValues | null,
  derivation: Derivation,
  counted: CountedTicket[],
  mentions: CountedMention[],
): FactValues {
  const fact = start(ticket, account, derivation)
  if (account === null && ticket.isBot !== true) derivation.findStray('ticket', ticket.id, ticket.accountId)
  const { zone } = derivation.context
  copy(fact, ticket, ['contactId', 'email', 'subject', 'channel', 'status', 'priority', 'createdAt', 'solvedAt'])
  copy(fact, ticket, ['firstPublicReplyAt', 'agentId', 'satisfaction', 'tags', 'sentiment', 'url', 'extra'])
  if (ticket.createdAt !== undefined) fact.createdOn = zone.dayOf(ticket.createdAt)
  if (ticket.solvedAt !== undefined) fact.solvedOn = zone.dayOf(ticket.solvedAt)
  fact.isOpen = ticket.solvedAt === undefined
  fact.isBot = ticket.isBot ?? false
  fact.isEscalated = ticket.isEscalated ?? false
  const one = addSupport(fact, ticket, account, derivation)
  if (one !== null) counted.push(one)
  const features = ticket.tags === undefined ? [] : featuresOfTags(ticket.tags, derivation)
  if (features.length > 0) fact.features = features.map(({ id, name = id }) => name).join(', ')
  const { createdOn } = fact
  if (typeof createdOn === 'number' && fact.isBot !== true)
    for (const feature of features) mentions.push(mentionOf(feature, createdOn, false, ticket.sentiment, derivation))
  return fact
}

function usageFact(usage: UsageWeek, account: FactValues | null, derivation: Derivation): FactValues {
  const feature = featureOf(usage, 'usage_week', derivation)
  // In one piece, as opportunities are: there is one for each week, account and feature.
  return {
    id: usage.id,
    source: usage.source,
    accountId: accountOf(usage, account, derivation),
    hasAccount: account !== null,
    featureId: feature?.id,
    feature: feature?.name ?? usage.feature ?? usage.featureId,
    week: usage.week,
    activeUsers: usage.activeUsers,
    events: usage.events,
    url: usage.url,
    extra: usage.extra,
  }
}

function start(
  record: { readonly id: string; readonly source: string; readonly accountId?: string },
  account: FactValues | null,
  derivation: Derivation,
): Draft {
  return {
    id: record.id,
    source: record.source,
    accountId: accountOf(record, account, derivation),
    hasAccount: account !== null,
  }
}

/** The account of a record, which can hang on it by way of another one: an opportunity, a contact. */
function accountOf(
  record: { readonly accountId?: string },
  account: FactValues | null,
  { context }: Derivation,
): string | undefined {
  const accountId = record.accountId ?? account?.id
  return accountId === undefined ? undefined : context.survivor('account', String(accountId))
}

/** A number, text or flag as the record has it. */
function copy<T extends object>(fact: Draft, record: T, names: readonly (keyof T & string)[]): void {
  const into: Record<string, unknown> = fact
  for (const name of names) {
    const value = record[name]
    if (value !== undefined) into[name] = value
  }
}

function nameFeature(fact: Draft, feature: Feature | undefined, written: string | undefined): void {
  if (feature !== undefined) fact.featureId = feature.id
  const name = feature?.name ?? written
  if (name !== undefined) fact.feature = name
}

/** The feature that a record means; one that is named and not found is listed, unless it is usage of what is no feature. */
function featureOf(
  record: { readonly id: string; readonly featureId?: string; readonly feature?: string },
  kind: string,
  derivation: Derivation,
): Feature | undefined {
  for (const written of [record.featureId, record.feature]) {
    const found = written === undefined ? undefined : derivation.findFeature(written)
    if (found !== undefined) return found
  }
  const written = record.feature ?? record.featureId
  if (written !== undefined && kind === 'request') {
    derivation.find('unknown-feature', kind, record.id, `asks for "${written}", which is no feature of the catalogue`)
  }
  return undefined
}
