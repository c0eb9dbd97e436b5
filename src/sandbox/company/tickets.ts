import { createRandom, type Random } from '../engine/random.ts'
import type { Company, CompanyAccount } from './company.ts'
import { FEATURES } from './features.ts'

/** One message of a ticket. `bot` writes what triggers and answer bots write. */
export interface CompanyMessage {
  readonly by: 'customer' | 'agent' | 'bot'
  readonly isPublic: boolean
  readonly at: number
  readonly text: string
}

export interface CompanyTicket {
  readonly company: string
  readonly domain: string
  readonly requester: { readonly name: string; readonly email: string }
  /** Which agent of the help desk it is with. */
  readonly agent: number
  readonly subject: string
  readonly channel: 'email' | 'web' | 'chat'
  readonly priority: 'low' | 'normal' | 'high' | 'urgent' | null
  readonly status: 'new' | 'open' | 'pending' | 'solved' | 'closed'
  readonly satisfaction: 'good' | 'bad' | null
  readonly tags: readonly string[]
  /** Oldest first; the first is the question. */
  readonly messages: readonly CompanyMessage[]
  readonly solvedAt: number | null
}

export const AGENTS = [
  { name: 'Ines Calder', email: 'ines.calder@boardworks.example' },
  { name: 'Tomas Wren', email: 'tomas.wren@boardworks.example' },
  { name: 'Mara Solheim', email: 'mara.solheim@boardworks.example' },
] as const

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

/**
 * What customers of the example company ask its help desk: the same for the same company. A machine thanks a third of them
 * before a person does, agents leave notes that nobody outside sees, and some write from a private address.
 */
export function* ticketsOf(company: Company, seed: number, asOf: number): Generator<CompanyTicket> {
  let index = 0
  for (const account of company.accounts()) {
    const random = createRandom(`${seed}/tickets/${index}`)
    index += 1
    if (account.type !== 'Customer' && account.type !== 'Former Customer') continue
    const count = random.int(0, account.segment === 'Enterprise' ? 5 : 2)
    for (let n = 0; n < count; n += 1) yield ticket(account, random, asOf)
  }
}

function ticket(account: CompanyAccount, random: Random, asOf: number): CompanyTicket {
  const asked = Math.max(account.createdAt, asOf - random.int(1, 200) * DAY_MS) + random.int(0, 600) * MINUTE_MS
  const at = Math.min(asked, asOf - 3_600_000)
  const contact = random.pick(account.contacts)
  const { name, aliases } = random.pick(FEATURES)
  const isAnswered = random.chance(0.85)
  const isSolved = isAnswered && random.chance(0.8)
  const messages: CompanyMessage[] = [{ by: 'customer', isPublic: true, at, text: `How do we use ${name}?` }]
  const answeredAt = Math.min(at + random.int(4, 900) * MINUTE_MS, asOf - 600_000)
  if (random.chance(0.33)) messages.push({ by: 'bot', isPublic: true, at: at + 1_000, text: 'We got your message.' })
  if (random.chance(0.25)) {
    const noted = Math.min(at + 2 * MINUTE_MS, answeredAt - 1_000)
    messages.push({ by: 'agent', isPublic: false, at: noted, text: 'Looks like the one of last week.' })
  }
  if (isAnswered) messages.push({ by: 'agent', isPublic: true, at: answeredAt, text: 'Here is how.' })
  const solvedAt = isSolved ? answeredAt + 300_000 : null
  const who = `${contact.firstName} ${contact.lastName}`
  const isPrivate = random.chance(0.05)
  return {
    company: account.name,
    domain: account.domain,
    requester: { name: who, email: isPrivate ? `${who.toLowerCase().replaceAll(' ', '.')}@gmail.com` : contact.email },
    agent: random.int(0, AGENTS.length - 1),
    subject: `${name}: a question`,
    channel: random.pick(['email', 'email', 'web', 'chat'] as const),
    priority: random.pick([null, 'low', 'normal', 'normal', 'high', 'urgent'] as const),
    status: solvedAt !== null ? random.pick(['solved', 'closed'] as const) : isAnswered ? 'pending' : 'open',
    satisfaction: solvedAt !== null && random.chance(0.3) ? (random.chance(0.85) ? 'good' : 'bad') : null,
    tags: [(aliases.split(', ')[0] ?? '').toLowerCase().replaceAll(' ', '_')],
    messages,
    solvedAt,
  }
}
