import type { BoardHost, BoardLayout, Cells } from '../../../src/board/board.ts'
import { importTimesAt } from '../../../src/board/monday/imports.ts'
import { createMondayHost } from '../../../src/board/monday/monday-host.ts'
import { systemClock } from '../../../src/platform/clock.ts'
import { silentLog } from '../../../src/platform/log.ts'
import { createEngine } from '../../../src/sandbox/engine/create-engine.ts'
import type { Engine } from '../../../src/sandbox/engine/engine.ts'
import { serve } from '../../../src/sandbox/engine/server.ts'
import { createMondayVendor } from '../../../src/sandbox/monday/monday-vendor.ts'
import { type OpenHost, PEOPLE } from '../../contract/board-contract.ts'

export interface MondayAccount extends OpenHost {
  readonly engine: Engine
  /** Any GraphQL request, as the person with this e-mail address. */
  ask(email: string, query: string, variables: Record<string, unknown>): Promise<Record<string, unknown>>
}

/** A simulated monday account and a host that works on it. */
export async function openMonday(
  options: { reading?: 'optimistic' | 'pessimistic'; speed?: number; plan?: 'free' | 'standard' | 'pro' } = {},
): Promise<MondayAccount> {
  const engine = createEngine({ speed: options.speed ?? 60, reading: options.reading ?? 'optimistic', seed: 1 })
  const users = [
    { name: 'Sync', email: 'sync@acme.example' },
    { name: 'Ada', email: 'Ada@acme.example' },
    { name: 'Grace', email: PEOPLE[1] ?? '' },
  ]
  const vendor = createMondayVendor(engine, { users, plan: options.plan ?? 'pro' })
  const server = await serve({ engine, vendors: [vendor] })
  const env = vendor.env(server.baseUrl)
  const url = env['MONDAY_API_URL'] ?? ''
  let keys = 0
  const start = (): BoardHost =>
    createMondayHost({
      token: env['MONDAY_API_TOKEN'] ?? '',
      url,
      clock: systemClock,
      log: silentLog,
      random: () => (keys++ % 997) / 997,
      importTimes: importTimesAt(options.speed ?? 60),
    })
  const ask = async (email: string, query: string, variables: Record<string, unknown>) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: vendor.tokenOf(email), 'API-Version': '2026-10' },
      body: JSON.stringify({ query, variables }),
    })
    const answer = (await response.json()) as { data?: Record<string, unknown>; errors?: unknown }
    if (answer.errors !== undefined || answer.data == null) throw new Error(JSON.stringify(answer))
    return answer.data
  }
  const hand = 'Ada@acme.example'
  return {
    engine,
    host: start(),
    reopen: start,
    ask,
    settle: async () => engine.clock.advance(60_000),
    addByHand: async (layout, { name, group, key }) => {
      const data = await ask(
        hand,
        'mutation ($b: ID!, $g: String!, $n: String!, $v: JSON!) { create_item(board_id: $b, group_id: $g, item_name: $n, column_values: $v) { id } }',
        {
          b: layout.boardId,
          g: layout.groups[group],
          n: name,
          v: JSON.stringify(key === undefined ? {} : { [layout.keyColumnId]: key }),
        },
      )
      return (data['create_item'] as { id: string }).id
    },
    editByHand: async (layout: BoardLayout, itemId: string, edit: { name?: string; cells?: Cells }) => {
      const cells = Object.entries(edit.cells ?? {}).map(([title, text]) => [layout.columns[title]?.id, text])
      const values = { ...(edit.name === undefined ? {} : { name: edit.name }), ...Object.fromEntries(cells) }
      await ask(
        hand,
        'mutation ($b: ID!, $i: ID!, $v: JSON!) { change_multiple_column_values(board_id: $b, item_id: $i, column_values: $v) { id } }',
        { b: layout.boardId, i: itemId, v: JSON.stringify(values) },
      )
    },
    close: () => server.close(),
  }
}
