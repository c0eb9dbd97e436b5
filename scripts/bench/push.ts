import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { needMappings, openHouse, openStore, wirePorts } from '../../src/cli/wire.ts'
import { updateRecord } from '../../src/sandbox/salesforce/records.ts'
import { startSandbox } from '../../src/sandbox/sandbox.ts'
import { apply, pull, type RunResult, type SyncRequest, sync } from '../../src/sync/run.ts'
import type { Figure } from './figures.ts'
import { benchRuns } from './push-time.ts'

const CHANGED = 1_000
const FIRST = 10_000
const REQUEST: SyncRequest = { sources: 'all', boards: ['deals'], allowEmpty: false, reread: false, sweep: false }
const TARGETS = { optimistic: 12, pessimistic: 45 } as const

/** All calls of monday's API that a first push of 10,000 items to a board of one group takes, the making of the board included. */
async function benchFirstPush(): Promise<Figure> {
  const file = path.join(tmpdir(), `boardsync-bench-first-push-${process.pid}.db`)
  const folder = mkdtempSync(path.join(tmpdir(), 'boardsync-bench-mappings-'))
  try {
    cpSync('mappings', folder, { recursive: true })
    const board = path.join(folder, 'boards/accounts.yaml')
    writeFileSync(board, readFileSync(board, 'utf8').replace(/^group:.*\n(?: {2}.*\n)*/m, 'group: Accounts\n'))
    await using sandbox = await startSandbox({ accounts: FIRST, speed: 10 })
    const env = { ...sandbox.env, DATABASE_URL: `sqlite:${file}`, BOARDSYNC_MAPPINGS: folder }
    const house = openHouse(env, { quiet: true })
    const { mappings } = await needMappings(house)
    await using store = await openStore(house)
    await pull(await wirePorts(house, mappings, store, () => {}), REQUEST)
    let calls = 0
    const { faults } = sandbox.engine
    const hit = faults.hit.bind(faults)
    faults.hit = (operation) => {
      if (operation === 'monday.query' || operation === 'monday.mutation') calls += 1
      return hit(operation)
    }
    const started = performance.now()
    const result = await apply(await wirePorts(house, mappings, store, () => {}), { ...REQUEST, boards: ['accounts'] })
    assertFine(result)
    const created = result.boards[0]?.created ?? 0
    if (created !== FIRST) throw new Error(`${created} items were created`)
    return {
      name: `first push of ${FIRST.toLocaleString('en')} items of the shipped Accounts board: calls`,
      value: calls,
      target: 12,
      unit: 'calls',
      detail: `${Math.round(performance.now() - started)} ms at ten times the pace`,
    }
  } finally {
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true })
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Calls of a first push, and for 1,000 changed items of Deals under both readings of monday's documents: looks at imports and at the board among them. */
export async function benchPush(): Promise<Figure[]> {
  const figures: Figure[] = [await benchFirstPush(), ...(await benchRuns())]
  for (const reading of ['optimistic', 'pessimistic'] as const) {
    const file = path.join(tmpdir(), `boardsync-bench-push-${process.pid}.db`)
    try {
      await using sandbox = await startSandbox({ accounts: 8_000, reading, speed: 600 })
      const house = openHouse({ ...sandbox.env, DATABASE_URL: `sqlite:${file}` }, { quiet: true })
      const { mappings } = await needMappings(house)
      await using store = await openStore(house)
      const run = async (name: string) =>
        sync({ ...(await wirePorts(house, mappings, store, () => {})), run: name }, REQUEST)
      assertFine(await run('first'))

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
        name: `calls for 1,000 changed items, ${reading} reading`,
        value: result.boards[0]?.calls ?? 0,
        target: TARGETS[reading],
        unit: 'calls',
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
