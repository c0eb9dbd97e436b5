import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { needMappings, openHouse, openStore, wirePorts } from '../../src/cli/wire.ts'
import { updateRecord } from '../../src/sandbox/salesforce/records.ts'
import { startSandbox } from '../../src/sandbox/sandbox.ts'
import { type RunResult, type SyncRequest, sync } from '../../src/sync/run.ts'
import type { Figure } from './figures.ts'

const CHANGED = 1_000
const REQUEST: SyncRequest = { sources: 'all', boards: ['deals'], allowEmpty: false, reread: false, sweep: false }
const TARGETS = { optimistic: 12, pessimistic: 45 } as const

/** Mutation requests for 1,000 changed items of Deals, counted by the sandbox, under both readings of monday's documents. */
export async function benchPush(): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const reading of ['optimistic', 'pessimistic'] as const) {
    const file = path.join(tmpdir(), `boardsync-bench-push-${process.pid}.db`)
    try {
      await using sandbox = await startSandbox({ accounts: 8_000, reading, speed: 600 })
      const house = openHouse({ ...sandbox.env, DATABASE_URL: `sqlite:${file}` }, { quiet: true })
      const { mappings } = await needMappings(house)
      await using store = await openStore(house)
      const run = (name: string) => sync({ ...wirePorts(house, mappings, store, () => {}), run: name }, REQUEST)
      assertFine(await run('first'))

      let mutations = 0
      const { faults } = sandbox.engine
      const hit = faults.hit.bind(faults)
      faults.hit = (operation) => {
        if (operation === 'monday.mutation') mutations += 1
        return hit(operation)
      }
      const shown: string[] = []
      for await (const page of store.pairs('deals', 'all'))
        shown.push(...page.filter((pair) => pair.desired.length > 0).map((pair) => pair.key))
      if (shown.length < CHANGED) throw new Error(`Deals shows ${shown.length} items`)
      for (const id of shown.slice(0, CHANGED))
        updateRecord(sandbox.org, 'Opportunity', id, { NextStep: 'Call again', Seats__c: 77 })
      sandbox.engine.clock.advance(5 * 60_000)
      const result = await run('second')
      assertFine(result)
      const updated = result.boards[0]?.updated ?? 0
      if (updated !== CHANGED) throw new Error(`${updated} items were updated`)
      figures.push({
        name: `mutation requests for 1,000 changed items, ${reading} reading`,
        value: mutations,
        target: TARGETS[reading],
        unit: 'requests',
        detail: '',
      })
    } finally {
      for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true })
    }
  }
  return figures
}

function assertFine(result: RunResult): void {
  const bad = result.problems.filter((problem) => problem.exit !== 0)
  if (bad.length > 0) throw new Error(JSON.stringify(bad))
}
