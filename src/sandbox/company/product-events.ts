import { createRandom } from '../engine/random.ts'
import type { Company } from './company.ts'
import { EVENTS } from './features.ts'

/** One thing that somebody did in the example company's product. */
export interface ProductEvent {
  readonly id: string
  readonly event: string
  readonly person: string
  /** The account's domain, by which the product knows it; `null`: it was sent without a group. */
  readonly account: string | null
  readonly at: number
  /** When it arrived: most at once, some days late. */
  readonly uploadedAt: number
}

const DAY_MS = 86_400_000
const DAYS = 70

/**
 * What customers did in the ten weeks before: the same for the same company. Planted as real ones are: events that name no
 * account, one told twice, and some that arrive days late.
 */
export function* productEventsOf(company: Company, seed: number, asOf: number): Generator<ProductEvent> {
  let index = 0
  for (const account of company.accounts()) {
    const random = createRandom(`${seed}/events/${index}`)
    index += 1
    if (account.type !== 'Customer') continue
    const people = account.contacts.slice(0, Math.max(1, Math.min(account.seats, 4)))
    for (const [who, { email }] of people.entries()) {
      for (let n = random.int(0, 24); n > 0; n -= 1) {
        const at = asOf - random.int(1, DAYS * 24) * 3_600_000 - random.int(0, 3_599) * 1000
        const event: ProductEvent = {
          id: `e-${index}-${who}-${n}`,
          event: random.chance(0.2) ? 'login' : random.pick(EVENTS),
          person: email,
          account: random.chance(0.02) ? null : account.domain,
          at,
          uploadedAt: random.chance(0.03) ? Math.min(at + 6 * DAY_MS, asOf - 60_000) : at + 1_000,
        }
        yield event
        if (random.chance(0.01)) yield event
      }
    }
  }
}
