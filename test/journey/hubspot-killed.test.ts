import path from 'node:path'
import { expect, test } from 'vitest'
import { clockAt, systemClock } from '../../src/platform/clock.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { openJourney } from './journey.ts'
import { type CliRun, runCli, runHere } from './run-cli.ts'

const KINDS = ['account', 'contact', 'lead', 'opportunity', 'stage_change', 'ticket', 'user']

/** Every raw record that a store holds of HubSpot. */
async function held(file: string): Promise<string[]> {
  await using store = await openSqliteStore({ path: file, clock: clockAt(1, systemClock) })
  const records: string[] = []
  for (const kind of KINDS)
    for await (const page of store.rawRecords({ source: 'hubspot', kind }))
      for (const { id, fields } of page) records.push(`${kind} ${id} ${fields}`)
  return records.sort()
}

/** How a run ends that waits for its turn. */
async function endOf(run: () => Promise<CliRun>): Promise<number | null> {
  for (;;) {
    const { code, stdout } = await run()
    if (code !== 75 || !stdout.includes('lease-held')) return code
  }
}

test('a pull of HubSpot that is killed at any request is gone on with by the next, and the store is as if it never was', async () => {
  await using journey = await openJourney({ accounts: 40 })
  const { folder, sandbox } = journey
  const { faults } = sandbox.engine
  const mine = path.join(folder, 'mine')
  const envOf = (name: string) => ({
    ...journey.env,
    BOARDSYNC_MAPPINGS: mine,
    DATABASE_URL: `sqlite:${path.join(folder, `${name}.db`)}`,
  })
  expect(await runHere(['init', mine, '--from', 'hubspot'], journey.env)).toMatchObject({ code: 0 })
  expect(await runHere(['pull'], envOf('whole'))).toMatchObject({ code: 0 })
  // One pull is killed again, a little further on; in between the lease of the dead one is waited out.
  for (const [nth, action] of [
    [4, 'kill-before'],
    [7, 'kill-after'],
  ] as const) {
    const pull = () => {
      faults.clear()
      return runCli(['pull'], envOf('killed'), ({ pid = 0 }) =>
        faults.add([{ operation: 'hubspot.*', nth, action, with: { pid } }]),
      )
    }
    expect(await endOf(pull)).toBe(null)
  }
  faults.clear()
  expect(await endOf(() => runHere(['pull'], envOf('killed')))).toBe(0)
  const whole = await held(path.join(folder, 'whole.db'))
  expect(whole.length).toBeGreaterThan(300)
  expect(await held(path.join(folder, 'killed.db'))).toEqual(whole)
}, 60_000)
