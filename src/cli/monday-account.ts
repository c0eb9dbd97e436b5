import { CursorExpired, type MondayClient } from '../board/monday/client.ts'
import { Fault } from '../platform/errors.ts'
import type { MondayAccount } from '../source/monday/account.ts'

/** The account on which boards are kept, as the source asks it: both through one client. */
export function mondayAccountOf(client: MondayClient, now: () => number): MondayAccount {
  return {
    async ask(question, options) {
      const meter = { calls: 0 }
      try {
        const data = await client.query(question, { ...options, meter })
        return { is: 'answer', data, calls: meter.calls }
      } catch (error) {
        if (error instanceof CursorExpired) return { is: 'expired', calls: meter.calls }
        const isTooComplex = error instanceof Fault && error.code === 'monday-too-complex'
        if (isTooComplex) return { is: 'too-complex', calls: meter.calls }
        throw error
      }
    },
    quota() {
      const { day } = client.budget.told(now())
      return day === null ? null : { ...day, ours: day.limit }
    },
  }
}
