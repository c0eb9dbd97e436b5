import { companyName, FIRST_NAMES, LAST_NAMES, LOSS_REASONS, TITLES } from '../company/names.ts'
import { OPEN_STAGE_NAMES } from '../company/walk-deal.ts'
import type { Random } from '../engine/random.ts'
import { SalesforceError } from './errors.ts'
import type { Org, Row } from './org.ts'
import { convertLead, createRecord, updateRecord } from './records.ts'
import type { ObjectDef } from './schema.ts'
import { STAGES } from './standard-objects.ts'
import { tableOf } from './tables.ts'

const DAY_MS = 86_400_000

/** One thing that happens in the company; returns a sentence that says what, or `null` when there was nothing to do it to. */
type Happening = (org: Org, random: Random) => string | null

/** What happens, and how often in comparison. */
const HAPPENINGS: readonly (readonly [Happening, number])[] = [
  [leadComesIn, 5],
  [leadIsContacted, 3],
  [leadIsConverted, 2],
  [dealMovesOn, 6],
  [amountChanges, 2],
  [closeDateMoves, 2],
  [dealIsWon, 1],
  [dealIsLost, 2],
]

/**
 * Lets one thing happen in the org at the virtual now, by the rules of its API: a lead comes in, is contacted or converted,
 * a deal moves on, changes its amount or close date, is won or lost. Returns a sentence for whoever watches.
 */
export function liveOneStep(org: Org, random: Random): string {
  const first = random.weighted(HAPPENINGS)
  return ifFree(org, () => first(org, random)) ?? leadComesIn(org, random)
}

/** What happens, wholly; `null` when an open transaction has locked a record of it. */
function ifFree(org: Org, happen: () => string | null): string | null {
  try {
    return org.transaction(happen)
  } catch (error) {
    if (error instanceof SalesforceError && error.code === 'UNABLE_TO_LOCK_ROW') return null
    throw error
  }
}

function leadComesIn(org: Org, random: Random): string {
  const firstName = random.pick(FIRST_NAMES)
  const lastName = random.pick(LAST_NAMES)
  const employer = companyName(random.int(20_000, 110_000))
  createRecord(org, 'Lead', {
    FirstName: firstName,
    LastName: lastName,
    Company: employer.name,
    Email: `${firstName}.${lastName}@${employer.domain}`.toLowerCase(),
    Title: random.pick(TITLES),
    Country: 'US',
    LeadSource: random.weighted([
      ['Web', 7],
      ['Phone Inquiry', 1],
      ['Partner Referral', 1],
    ] as const),
    NumberOfEmployees: Math.max(1, Math.round(random.logNormal(60, 1.3))),
    OwnerId: someUser(org, random),
  })
  return `A lead from ${employer.name} came in`
}

function leadIsContacted(org: Org, random: Random): string | null {
  const lead = pick(org, random, 'Lead', `"Status" = 'Open - Not Contacted' AND "IsConverted" = 0`)
  if (lead === null) return null
  updateRecord(org, 'Lead', lead.Id as string, { Status: 'Working - Contacted' })
  return `The lead from ${lead.Company ?? 'an unnamed company'} was contacted`
}

function leadIsConverted(org: Org, random: Random): string | null {
  const lead = pick(
    org,
    random,
    'Lead',
    `"Status" = 'Working - Contacted' AND "IsConverted" = 0 AND "Company" IS NOT NULL`,
  )
  if (lead === null) return null
  const seats = random.pick([5, 10, 25, 50, 100])
  const amount = seats * 144
  convertLead(org, lead.Id as string, {
    opportunity: {
      Name: `New ${seats} seats`,
      StageName: 'Qualification',
      Type: 'New Business',
      Amount: amount,
      CloseDate: dayFromNow(org, random.int(30, 90)),
      ...known(org, 'Opportunity', { Seats__c: seats, ARR__c: amount }),
    },
  })
  return `The lead from ${lead.Company} became an opportunity of ${amount} USD`
}

function dealMovesOn(org: Org, random: Random): string | null {
  const deal = openDeal(org, random)
  const place = STAGES.findIndex((stage) => stage.name === deal?.StageName)
  const next = place < 0 ? undefined : STAGES.slice(place + 1).find((stage) => OPEN_STAGE_NAMES.includes(stage.name))
  if (deal === null || next === undefined) return null
  updateRecord(org, 'Opportunity', deal.Id as string, { StageName: next.name })
  return `${deal.Name} moved from ${deal.StageName} to ${next.name}`
}

function amountChanges(org: Org, random: Random): string | null {
  const deal = openDeal(org, random)
  if (deal === null || typeof deal.Amount !== 'number') return null
  const amount = Math.round(deal.Amount * random.pick([80, 90, 110, 125, 150])) / 100 // whole cents
  updateRecord(org, 'Opportunity', deal.Id as string, { Amount: amount })
  return `${deal.Name} changed from ${deal.Amount} to ${amount} USD`
}

function closeDateMoves(org: Org, random: Random): string | null {
  const deal = openDeal(org, random)
  if (deal === null) return null
  const closeDate = dayFromNow(org, random.int(7, 75))
  updateRecord(org, 'Opportunity', deal.Id as string, { CloseDate: closeDate })
  return `${deal.Name} is now to close on ${closeDate}`
}

function dealIsWon(org: Org, random: Random): string | null {
  const deal = openDeal(org, random)
  if (deal === null) return null
  updateRecord(org, 'Opportunity', deal.Id as string, { StageName: 'Closed Won', CloseDate: dayFromNow(org, 0) })
  const account = typeof deal.AccountId === 'string' ? org.find('Account', deal.AccountId) : undefined
  if (account !== undefined && deal.Type !== 'Renewal') {
    const grown = {
      Seats__c: Number(account.Seats__c ?? 0) + Number(deal.Seats__c ?? 0),
      ARR__c: Number(account.ARR__c ?? 0) + Number(deal.ARR__c ?? 0),
    }
    updateRecord(org, 'Account', account.Id as string, { Type: 'Customer', ...known(org, 'Account', grown) })
  }
  return `${deal.Name} was won: ${deal.Amount ?? 0} USD`
}

function dealIsLost(org: Org, random: Random): string | null {
  const deal = openDeal(org, random)
  if (deal === null) return null
  const reason = random.pick(LOSS_REASONS)
  const values = {
    StageName: 'Closed Lost',
    CloseDate: dayFromNow(org, 0),
    ...known(org, 'Opportunity', { Loss_Reason__c: reason }),
  }
  updateRecord(org, 'Opportunity', deal.Id as string, values)
  return `${deal.Name} was lost: ${reason.toLowerCase()}`
}

function openDeal(org: Org, random: Random): Row | null {
  return pick(org, random, 'Opportunity', '"IsClosed" = 0')
}

function someUser(org: Org, random: Random): string {
  return (pick(org, random, 'User', '"IsActive" = 1')?.Id as string | undefined) ?? org.apiUserId
}

/** One live record that meets a condition, each as likely as the other. */
function pick(org: Org, random: Random, objectName: string, condition: string): Row | null {
  const object = org.wholeObject(objectName) as ObjectDef
  const isLive = org.fieldOf(object, 'IsDeleted') === undefined ? '' : ' AND "IsDeleted" = 0'
  const from = `FROM ${tableOf(object)} WHERE ${condition}${isLive}`
  const { n } = org.engine.db.prepare(`SELECT count(*) AS n ${from}`).get() as { n: number }
  if (n === 0) return null
  const sql = `SELECT * ${from} ORDER BY "Id" LIMIT 1 OFFSET ?`
  return org.engine.db.prepare(sql).get(random.int(0, n - 1)) as Row
}

/** Those of the values that this org has a field for: one loaded from a data folder lacks the example company's. */
function known(org: Org, objectName: string, values: Record<string, unknown>): Record<string, unknown> {
  const object = org.wholeObject(objectName) as ObjectDef
  return Object.fromEntries(Object.entries(values).filter(([name]) => org.fieldOf(object, name) !== undefined))
}

function dayFromNow(org: Org, days: number): string {
  return new Date(org.engine.clock.now() + days * DAY_MS).toISOString().slice(0, 10)
}
