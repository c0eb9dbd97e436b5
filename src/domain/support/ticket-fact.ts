import type { User } from '../company-records.ts'
import type { Ticket } from '../customer-records.ts'
import type { Derivation, Draft } from '../derivation.ts'
import type { FactValues } from '../facts.ts'
import { type CountedTicket, DISSATISFIED, NO_NAME, SATISFIED, UNRATED } from './counted-ticket.ts'
import { minutesBetween, minutesOpen } from './office-hours.ts'
import { hoursOf, type OfficeHours, type SupportModel, targetOf } from './support-model.ts'
import { roundWait, type Wait, waitOf } from './ticket-wait.ts'

/**
 * Adds to the fact of a ticket how long its customer waited, by whose clock, and whether that was in time; tells what totals
 * count of it: `null` for a bot, and where nobody knows when it came in.
 */
export function addSupport(
  fact: Draft,
  ticket: Ticket,
  account: FactValues | null,
  derivation: Derivation,
): CountedTicket | null {
  const { context } = derivation
  const { support } = context.model
  const { createdAt, firstPublicReplyAt: repliedAt, agentId } = ticket
  const agent = agentId === undefined ? undefined : agentOf(agentId, createdAt, derivation)
  const hours = hoursOf(support, agent?.team)
  if (agent?.name !== undefined) fact.agent = agent.name
  if (agent?.team !== undefined) fact.team = agent.team
  const target = targetOf(support, ticket.channel)
  if (target !== undefined) fact.targetMinutes = target
  const rating = ratingOf(ticket, support, derivation)
  if (rating !== UNRATED) fact.isSatisfied = rating === SATISFIED
  fact.isOnHold = ticket.isOnHold ?? false
  fact.waitsForReply = repliedAt === undefined && ticket.solvedAt === undefined && fact.isBot !== true
  if (createdAt === undefined) {
    derivation.find('ticket-undated', 'ticket', ticket.id, 'does not say when it came in')
    return null
  }
  if (repliedAt !== undefined && repliedAt >= createdAt) {
    fact.firstReplyMinutes = minutesBetween(createdAt, repliedAt)
    fact.firstReplyOpenMinutes = minutesOpen(hours, context.zone, createdAt, repliedAt)
  }
  if (fact.isBot === true) return null
  const wait = waitOf(ticket, hours, derivation)
  const inTime = wait === undefined || target === undefined ? -1 : isInTime(wait, target, support)
  if (inTime !== -1) fact.isInTime = inTime === 1
  return countedOf(ticket, createdAt, agent, account, { wait, inTime, rating, hours }, derivation)
}

interface Judged {
  readonly wait: Wait | undefined
  readonly inTime: -1 | 0 | 1
  readonly rating: 0 | 1 | 2
  readonly hours: OfficeHours
}

function countedOf(
  ticket: Ticket,
  createdAt: number,
  agent: Agent | undefined,
  account: FactValues | null,
  { wait, inTime, rating, hours }: Judged,
  { context }: Derivation,
): CountedTicket {
  const zone = context.zone.in(hours.zone)
  const dayOf = (at: number | undefined) => (at === undefined ? null : zone.dayOf(at))
  const { firstPublicReplyAt: repliedAt } = ticket
  return [
    zone.dayOf(createdAt),
    Math.floor(zone.minuteOf(createdAt) / 60),
    ticket.channel ?? NO_NAME,
    agent?.team ?? NO_NAME,
    typeof account?.plan === 'string' ? account.plan : NO_NAME,
    agent?.id ?? '',
    agent?.name ?? '',
    wait === undefined ? -1 : roundWait(wait.calendar),
    wait === undefined ? -1 : roundWait(wait.business),
    wait?.isAnswered === true ? 1 : 0,
    inTime,
    dayOf(repliedAt !== undefined && repliedAt >= createdAt ? repliedAt : undefined),
    dayOf(ticket.solvedAt),
    rating,
    ticket.isEscalated === true ? 1 : 0,
    ticket.isOnHold === true ? 1 : 0,
  ]
}

/** In time once answered within the target, not so once waited longer, and open until then. */
function isInTime(wait: Wait, target: number, { clock }: SupportModel): -1 | 0 | 1 {
  const minutes = clock === 'business' ? wait.business : wait.calendar
  if (minutes > target) return 0
  return wait.isAnswered ? 1 : -1
}

interface Agent {
  readonly id: string
  readonly name: string
  readonly team: string | undefined
}

/** Who takes care of it, in the team of then. */
function agentOf(id: string, at: number | undefined, { context, uses }: Derivation): Agent {
  uses.push(`user:${id}`)
  const user: User | undefined = context.user(id)
  const on = at === undefined ? undefined : context.zone.dayOf(at)
  const period = context
    .periodsOf(id)
    .findLast(({ startOn = 0, endOn = Number.POSITIVE_INFINITY }) => on !== undefined && startOn <= on && on <= endOn)
  return { id, name: user?.name ?? id, team: period?.team ?? user?.team }
}

function ratingOf(
  { id, satisfaction }: Ticket,
  { satisfaction: scale }: SupportModel,
  derivation: Derivation,
): 0 | 1 | 2 {
  if (satisfaction === undefined) return UNRATED
  if (satisfaction < scale.from || satisfaction > scale.to) {
    const detail = `has satisfaction ${satisfaction}, which is not on the scale from ${scale.from} to ${scale.to}`
    derivation.find('off-scale', 'ticket', id, detail)
    return UNRATED
  }
  return satisfaction >= scale.goodFrom ? SATISFIED : DISSATISFIED
}
