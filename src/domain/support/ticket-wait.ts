import type { Ticket } from '../customer-records.ts'
import type { Derivation } from '../derivation.ts'
import { minutesBetween, minutesOpen } from './office-hours.ts'
import type { OfficeHours } from './support-model.ts'

/** After so many days without an answer a wait is no longer followed: it lasts at least so long. */
export const FOLLOWED_DAYS = 90
const MS_PER_DAY = 86_400_000

/** How long a customer waited for a person's first answer, as far as was seen when the day began. */
export interface Wait {
  /** By the calendar, and of the hours in which the team answers; in minutes. */
  readonly calendar: number
  readonly business: number
  /** Whether it ended with an answer; else it lasted longer than was seen (censored). */
  readonly isAnswered: boolean
}

/**
 * The wait for the first public reply. What was not answered when the day began was seen for as long as it was open then, or
 * until it was solved without a reply; so answers of today count from tomorrow on, and the ticket is looked at again then.
 * `undefined` where there is nothing to wait for: no creation, a first reply that is older than the ticket.
 */
export function waitOf(ticket: Ticket, hours: OfficeHours, derivation: Derivation): Wait | undefined {
  const { createdAt, firstPublicReplyAt: repliedAt, solvedAt } = ticket
  if (createdAt === undefined || (repliedAt !== undefined && repliedAt < createdAt)) return undefined
  const { zone } = derivation.context
  const seenUntil = zone.startOf(derivation.day)
  const follow = createdAt + FOLLOWED_DAYS * MS_PER_DAY
  for (const at of [repliedAt, solvedAt]) if (at !== undefined && at >= seenUntil) derivation.wakeOn(zone.dayOf(at) + 1)
  const isAnswered = repliedAt !== undefined && repliedAt < seenUntil
  const isSolved = solvedAt !== undefined && solvedAt < seenUntil
  if (!isAnswered && !isSolved && follow > seenUntil) derivation.wakeOn(derivation.day + 1)
  const end = isAnswered ? repliedAt : isSolved ? Math.min(solvedAt, follow) : Math.min(seenUntil, follow)
  return {
    calendar: minutesBetween(createdAt, end),
    business: minutesOpen(hours, zone, createdAt, end),
    isAnswered,
  }
}

/** Waits are counted exactly up to 1,000 minutes, beyond that to three digits: there are only so many different ones. */
export function roundWait(minutes: number): number {
  if (minutes < 1000) return minutes
  const unit = 10 ** (Math.floor(Math.log10(minutes)) - 2)
  return Math.floor(minutes / unit) * unit
}
