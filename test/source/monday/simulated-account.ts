import { createMondayClient } from '../../../src/board/monday/monday-host.ts'
import { mondayAccountOf } from '../../../src/cli/monday-account.ts'
import { systemClock } from '../../../src/platform/clock.ts'
import { silentLog } from '../../../src/platform/log.ts'
import { createEngine } from '../../../src/sandbox/engine/create-engine.ts'
import type { Engine } from '../../../src/sandbox/engine/engine.ts'
import { serve } from '../../../src/sandbox/engine/server.ts'
import type { BoardHands } from '../../../src/sandbox/monday/hands.ts'
import { createMondayVendor } from '../../../src/sandbox/monday/monday-vendor.ts'
import type { MondayAccount, Question } from '../../../src/source/monday/account.ts'

export interface SimulatedAccount extends AsyncDisposable {
  readonly engine: Engine
  readonly hands: BoardHands
  readonly account: MondayAccount
  /** Every question put, in order. */
  readonly asked: Question[]
}

/** A simulated monday account with people's own boards on it. */
export async function openAccount(
  options: { speed?: number; reading?: 'optimistic' | 'pessimistic' } = {},
): Promise<SimulatedAccount> {
  const { speed = 60, reading = 'optimistic' } = options
  const engine = createEngine({ speed, reading, seed: 1, now: Date.UTC(2026, 10, 23, 9) })
  const users = [
    { name: 'Sync', email: 'sync@acme.example' },
    { name: 'Ada', email: 'ada@acme.example' },
  ]
  const vendor = createMondayVendor(engine, { users, plan: 'pro' })
  const server = await serve({ engine, vendors: [vendor] })
  const env = vendor.env(server.baseUrl)
  const client = createMondayClient({
    token: env['MONDAY_API_TOKEN'] ?? '',
    url: env['MONDAY_API_URL'] ?? '',
    clock: systemClock,
    log: silentLog,
    random: () => 0.5,
  })
  const asked: Question[] = []
  const account = mondayAccountOf(client, () => systemClock.now())
  return {
    engine,
    hands: vendor.hands,
    asked,
    account: {
      ...account,
      ask: (question, callOptions) => {
        asked.push(question)
        return account.ask(question, callOptions)
      },
    },
    [Symbol.asyncDispose]: () => server.close(),
  }
}
