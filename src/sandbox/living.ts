import type { EventBook } from './analytics/event-book.ts'
import type { Engine } from './engine/engine.ts'
import type { Random } from './engine/random.ts'
import type { Portal } from './hubspot/portal.ts'
import type { BoardHands } from './monday/hands.ts'
import { OWN_BOARDS } from './monday/own-boards.ts'
import type { ZendeskVendor } from './zendesk/zendesk-vendor.ts'

/** Where the example company lives beside its Salesforce. */
export interface Surroundings {
  readonly engine: Engine
  readonly portal: Portal
  readonly zendesk: ZendeskVendor
  readonly book: EventBook
  readonly hands: BoardHands
}

/** One thing that happens at a service; a sentence that says what, or `null` where nobody looks or there was nothing to do it to. */
type Happening = (around: Surroundings, random: Random) => string | null

const HAPPENINGS: readonly Happening[] = [ticketIsSolved, featureIsUsed, featureIsAskedFor, companyGrows]

/**
 * Lets one thing happen beside Salesforce, if there is anybody to see it: a service that no client has asked yet has no data,
 * and making them for this alone would cost more than all the rest. Returns sentences.
 */
export function liveBeside(around: Surroundings, random: Random): string[] {
  const happened = random.pick(HAPPENINGS)(around, random)
  return happened === null ? [] : [happened]
}

function ticketIsSolved({ zendesk }: Surroundings): string | null {
  const id = zendesk.solveOldest()
  return id === null ? null : `Support solved ticket ${id}`
}

function featureIsUsed({ book, engine }: Surroundings, random: Random): string | null {
  if (!book.isMade || book.events.length === 0) return null
  const like = random.pick(book.events)
  const now = engine.clock.now()
  book.add([{ ...like, id: `live-${book.events.length}`, at: now, uploadedAt: now }])
  return `Somebody of ${like.account ?? 'an unknown company'} used ${like.event}`
}

function featureIsAskedFor({ hands, engine }: Surroundings, random: Random): string | null {
  if (!hands.hasBoard(OWN_BOARDS.requests)) return null
  const feature = random.pick(['SSO', 'audit trail', 'timesheets', 'offline'])
  hands.addItem(OWN_BOARDS.requests, 'Overheard at a fair', {
    'Written as': feature,
    Role: { label: 'Wanted' },
    'Heard by': { label: 'Sales' },
    'Asked on': { date: new Date(engine.clock.now()).toISOString().slice(0, 10) },
  })
  return `Somebody asked for ${feature}`
}

function companyGrows({ portal }: Surroundings, random: Random): string | null {
  if (!portal.isFilled) return null
  const company = random.pick(portal.page('companies', false, 0, 100))
  const employees = Math.ceil(Number(company.properties['numberofemployees'] ?? 10) * 1.1)
  portal.update('companies', company.id, { numberofemployees: String(employees) })
  return `${company.properties['name']} grew to ${employees} people`
}
