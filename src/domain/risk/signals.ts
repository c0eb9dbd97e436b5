import type { Contact, Ticket } from '../customer-records.ts'
import { type Day, formatDay } from '../day.ts'
import type { Derivation } from '../derivation.ts'
import type { DossierLists } from '../dossier.ts'
import type { FactValues } from '../facts.ts'
import { isPublicMail } from '../public-mail.ts'
import type { Account } from '../records.ts'
import type { Health } from './health.ts'

export const SIGNALS = [
  'usage_drop',
  'did_not_return',
  'seats_unused',
  'new_mail_domain',
  'no_engaged_contact',
  'single_threaded',
  'few_contacts',
  'no_business_goal',
  'no_success_plan',
  'no_business_review',
  'weak_before_renewal',
  'csat_low',
  'downgrade_asked',
] as const
export type Signal = (typeof SIGNALS)[number]

/** People of another mail domain than the account's, newly written down: so many are many. */
const NEW_PEOPLE = 3
const NEW_SHARE = 0.3
const NEW_DAYS = 90
/** Answers of the last days that tell whether customers are satisfied, and the share below which they are not. */
const ANSWERS = 3
const ANSWER_DAYS = 90
const CSAT = 0.7

/**
 * What the data of a paying account say by themselves about it leaving, each with its evidence in words. Nothing is said of what
 * no source tells: an account without contacts, activities or usage has no signal of these.
 */
export function signalsOf(
  account: FactValues,
  record: Account,
  lists: Pick<DossierLists, 'contacts' | 'tickets' | 'activities' | 'requests'>,
  health: Health | undefined,
  derivation: Derivation,
): FactValues[] {
  if (account.isCustomer !== true) return []
  const found: FactValues[] = []
  const say = (signal: Signal, evidence: string) => {
    found.push({
      id: `${account.id}:${signal}`,
      accountId: String(account.id),
      signal,
      evidence,
      ...(account.arr === undefined ? {} : { arr: account.arr }),
      ...(account.csmId === undefined ? {} : { ownerId: account.csmId }),
      hasOpenRisk: account.hasOpenRisk === true,
    })
  }
  ofUse(account, health, derivation, say)
  ofPeople(account, lists.contacts, health, derivation, say)
  ofPlans(account, record, lists, derivation, say)
  ofTickets(lists.tickets, derivation, say)
  for (const { ownerId } of found.slice(0, 1))
    if (typeof ownerId === 'string') derivation.nameOwner(ownerId, 'account', String(account.id))
  return found
}

type Say = (signal: Signal, evidence: string) => void

function ofUse(account: FactValues, health: Health | undefined, derivation: Derivation, say: Say): void {
  if (health === undefined) return
  const { context, day } = derivation
  const { health: model } = context.model.risks
  const percent = (share: number) => `${Math.round(100 * share)} %`
  if (health.hasDropped && health.trend !== undefined)
    say('usage_drop', `Use of the last 4 weeks is ${percent(health.trend)} of what was to be expected`)
  if (health.didNotReturn) say('did_not_return', 'The quiet time of its country is over, and use is not back')
  if (health.seatsUsed !== undefined && health.seatsUsed < model.seatsUsed)
    say('seats_unused', `${percent(health.seatsUsed)} of ${account.seatsPaid} paid seats are in use`)
  const { renewalOn } = account
  const { renewalDays } = context.model.risks
  if (typeof renewalOn === 'number') {
    derivation.wakeOn(renewalOn - renewalDays)
    derivation.wakeOn(renewalOn + 1)
  }
  if (
    health.band === 'very_weak' &&
    typeof renewalOn === 'number' &&
    renewalOn >= day &&
    renewalOn <= day + renewalDays
  )
    say('weak_before_renewal', `Renews on ${formatDay(renewalOn)}, and health is very weak (${health.score} of 100)`)
}

function ofPeople(
  account: FactValues,
  contacts: readonly Contact[],
  health: Health | undefined,
  derivation: Derivation,
  say: Say,
): void {
  if (contacts.length === 0) return
  const { zone, model } = derivation.context
  const { engagedDays, contactsPer100 } = model.risks
  let engaged = 0
  for (const { lastTwoWayContactAt } of contacts) {
    if (lastTwoWayContactAt === undefined) continue
    const lastOn = zone.dayOf(lastTwoWayContactAt)
    derivation.wakeOn(lastOn + engagedDays + 1)
    if (lastOn > derivation.day - engagedDays - 1) engaged += 1
  }
  if (contacts.some(({ lastTwoWayContactAt }) => lastTwoWayContactAt !== undefined)) {
    const users = health?.seatsUsed === undefined ? 0 : health.seatsUsed * Number(account.seatsPaid ?? 0)
    const wanted = Math.ceil((users * contactsPer100) / 100)
    const within = `of the last ${engagedDays} days`
    if (engaged === 0) say('no_engaged_contact', `None of ${contacts.length} contacts answered us ${within}`)
    else if (engaged === 1) say('single_threaded', `One person alone of ${contacts.length} answered us ${within}`)
    else if (engaged < wanted)
      say('few_contacts', `${engaged} engaged contacts for ${Math.round(users)} users; ${wanted} are wanted`)
  }
  const { domain } = account
  if (typeof domain !== 'string') return
  const others = new Map<string, number>()
  for (const { email, createdAt } of contacts) {
    const of = email?.split('@')[1]?.toLowerCase()
    if (of === undefined || of === domain || of.endsWith(`.${domain}`) || createdAt === undefined) continue
    if (isPublicMail(of)) continue
    const createdOn = zone.dayOf(createdAt)
    derivation.wakeOn(createdOn + NEW_DAYS + 1)
    if (createdOn >= derivation.day - NEW_DAYS) others.set(of, (others.get(of) ?? 0) + 1)
  }
  for (const [of, people] of [...others].sort())
    if (people >= NEW_PEOPLE && people / contacts.length >= NEW_SHARE) {
      say('new_mail_domain', `${people} of ${contacts.length} people are newly known at ${of} instead of ${domain}`)
      return
    }
}

function ofPlans(
  account: FactValues,
  record: Account,
  { activities, requests, tickets }: Pick<DossierLists, 'activities' | 'requests' | 'tickets'>,
  derivation: Derivation,
  say: Say,
): void {
  const { zone, model } = derivation.context
  const { successPlanOn } = record
  // Where nobody plans at all, nothing is missing.
  const isPlanned = account.csmId !== undefined
  if (isPlanned && record.businessGoal === undefined)
    say('no_business_goal', 'Nobody wrote down what it wants to reach')
  if (isPlanned && successPlanOn === undefined) say('no_success_plan', 'No success plan was agreed')
  let lastReview = record.lastBusinessReviewOn
  if (lastReview !== undefined && lastReview > derivation.day) {
    derivation.wakeOn(lastReview)
    lastReview = undefined
  }
  for (const { kind, at } of activities) {
    if (kind !== 'business_review' || at === undefined) continue
    const on = zone.dayOf(at)
    // One that is planned has not been held.
    if (on > derivation.day) derivation.wakeOn(on)
    else lastReview = Math.max(lastReview ?? Number.NEGATIVE_INFINITY, on)
  }
  const due: Day | undefined = lastReview === undefined ? undefined : lastReview + model.risks.reviewDays
  if (due !== undefined) derivation.wakeOn(due + 1)
  if (isPlanned && (due === undefined || due < derivation.day))
    say(
      'no_business_review',
      lastReview === undefined
        ? 'No business review was ever held'
        : `The last business review was on ${formatDay(lastReview)}`,
    )
  if (requests.length + tickets.length === 0) return
  const asked = [...requests.map(({ text }) => text), ...tickets.flatMap(({ subject, tags }) => [subject, tags])]
  const words = asked.find((text) => text !== undefined && /\bdowngrad(e|es|ed|ing)\b/i.test(text))
  if (words !== undefined) say('downgrade_asked', `Asked about a downgrade: ${words.slice(0, 120)}`)
}

function ofTickets(tickets: readonly Ticket[], derivation: Derivation, say: Say): void {
  const { zone, model } = derivation.context
  const { from, to, goodFrom } = model.support.satisfaction
  let [good, all] = [0, 0]
  for (const { satisfaction, createdAt } of tickets) {
    if (satisfaction === undefined || createdAt === undefined || satisfaction < from || satisfaction > to) continue
    const createdOn = zone.dayOf(createdAt)
    derivation.wakeOn(createdOn + ANSWER_DAYS + 1)
    if (createdOn < derivation.day - ANSWER_DAYS) continue
    all += 1
    if (satisfaction >= goodFrom) good += 1
  }
  if (all >= ANSWERS && good / all < CSAT)
    say('csat_low', `${good} of ${all} answers of the last ${ANSWER_DAYS} days were satisfied`)
}
