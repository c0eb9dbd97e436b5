import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { type SyncReport, unbalanced, writesOf } from './journey.ts'

interface DemoReport extends SyncReport {
  readonly second: { readonly writes: number; readonly requests: number }
  readonly seconds: number
}

const BOARDS = [
  ...['ARR movements', 'ARR movements by account', 'Accounts', 'Accounts by bucket', 'Buckets', 'Deals'],
  ...[
    'Feature deals',
    'Feature influence',
    'Feature priority',
    'Forecast',
    'Funnel',
    'Leads',
    'Must-win',
    'Pipeline waterfall',
  ],
  ...['Scoreboard', 'Seat ladder', 'Themes'],
]
const OBJECTS = ['Account', 'Contact', 'Lead', 'Opportunity', 'OpportunityHistory', 'User']
const OPTIONAL = ['CurrencyType', 'DatedConversionRate']

test('npm run demo -- --once --json prints one JSON object with balanced counts, and a second sync writes nothing', async () => {
  const child = spawn('npm', ['run', '-s', 'demo', '--', '--once', '--json', '--accounts', '150'], {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  await once(child, 'close')
  expect(child.exitCode, stderr).toBe(0)

  expect(stdout.trimEnd().split('\n')).toHaveLength(1)
  const report = JSON.parse(stdout) as DemoReport
  const count = expect.any(Number) as number
  const counts = { read: count, stored: count, unchanged: count, rejected: count, deleted: count, requests: count }
  expect(report).toMatchObject({
    sources: [
      ...OBJECTS.map((object) => ({ name: 'salesforce', object, ...counts, note: null })),
      // What an org with one currency lacks was asked for, too: the requests add up, and the note says why nothing came.
      ...OPTIONAL.map((object) => ({ name: 'salesforce', object, ...counts, read: 0, note: 'source-object-absent' })),
    ],
    second: { writes: 0 },
    seconds: count,
  })
  const changes = { created: count, updated: count, moved: count, archived: count }
  const others = { refused: count, unknown: count, stale: count, pending: count, calls: count }
  for (const board of report.boards)
    expect(board).toMatchObject({ items: count, unchanged: count, ...changes, ...others })
  expect(report.boards.map(({ name }) => name).toSorted()).toEqual(BOARDS)

  expect(unbalanced(report)).toEqual([])
  expect(report.problems).toEqual([])
  expect(report.sources.find(({ object }) => object === 'Account')).toMatchObject({ read: 150, stored: 150 })
  expect(report.boards.find(({ name }) => name === 'Accounts')).toMatchObject({ items: 150, created: 150 })
  for (const { items, desired } of report.boards) expect(items).toBe(desired)
  expect(writesOf(report)).toBe(report.boards.reduce((sum, { items }) => sum + items, 0))
  // At most 3 requests per source object and 3 per org, and none to a board.
  expect(report.second.requests).toBeLessThanOrEqual(3 * OBJECTS.length + 3)
}, 60_000)

test('demo refuses an option it does not know with exit 2 and says how to find those it knows', async () => {
  const child = spawn(process.execPath, ['src/cli/main.ts', 'demo', '--acounts', '5'], {
    env: { PATH: process.env.PATH ?? '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  await once(child, 'close')
  expect(child.exitCode).toBe(2)
  expect(stderr).toMatchInlineSnapshot(`
    "usage: Unknown option "--acounts"
      Did you mean "--accounts"? Run boardsync demo --help to see what there is
    "
  `)
})
