import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type SyncReport, unbalanced, writesOf } from './journey.ts'
import { runHere } from './run-cli.ts'

interface DemoReport extends SyncReport {
  readonly second: { readonly writes: number; readonly requests: number }
  readonly seconds: number
  readonly identity: { readonly linked: number; readonly open: number; readonly conflicts: readonly { id: string }[] }
  readonly findings: readonly { readonly code: string; readonly count: number }[]
}

const BOARDS = [
  ...[
    'ARR movements',
    'ARR movements by account',
    'Accounts',
    'Accounts by bucket',
    'Books of business',
    'Buckets',
    'Deals',
  ],
  ...['Feature deals', 'Feature influence', 'Feature priority', 'Forecast', 'Funnel', 'Leads', 'Must-win'],
  ...['Pipeline waterfall', 'Renewals', 'Requests', 'Risk', 'Scoreboard', 'Seat ladder', 'Support', 'Support times'],
  ...['Themes', 'Voice of the customer'],
]
/** Without anything to show in so small a company. */
const MAY_BE_EMPTY = ['ARR movements by account', 'Must-win']
const OBJECTS = ['Account', 'Contact', 'Lead', 'Opportunity', 'OpportunityHistory', 'User']
const BESIDE = [
  ['boards', ['Feature catalogue', 'Feature requests', 'Commitments', 'Risks', 'Targets']],
  ['hubspot', ['companies', 'contacts', 'contacts', 'deals', 'deals.history', 'tickets', 'owners']],
  ['posthog', ['use']],
] as const
const OPTIONAL = ['CurrencyType', 'DatedConversionRate']

test('npm run demo -- --once --json joins all services, prints one JSON object with balanced counts, and a second sync writes nothing', async () => {
  const parent = await mkdtemp(path.join(tmpdir(), 'boardsync-test-'))
  onTestFinished(() => rm(parent, { recursive: true }))
  const kept = path.join(parent, 'demo')
  const child = spawn('npm', ['run', '-s', 'demo', '--', '--once', '--json', '--accounts', '150', '--keep', kept], {
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
      ...BESIDE.flatMap(([name, objects]) => objects.map((object) => ({ name, object, ...counts, note: null }))),
      ...OBJECTS.map((object) => ({ name: 'salesforce', object, ...counts, note: null })),
      // What an org with one currency lacks was asked for, too: the requests add up, and the note says why nothing came.
      ...OPTIONAL.map((object) => ({ name: 'salesforce', object, ...counts, read: 0, note: 'source-object-absent' })),
      { name: 'zendesk', object: 'tickets', ...counts, note: null },
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
  // Contacts of HubSpot are read as two kinds of record, and told apart.
  expect(stderr).toMatch(/hubspot +contacts \(contact\) [\s\S]*hubspot +contacts \(lead\) /)
  expect(report.problems).toEqual([])
  expect(report.sources.find(({ object }) => object === 'Account')).toMatchObject({ read: 150, stored: 150 })
  expect(report.boards.find(({ name }) => name === 'Accounts')).toMatchObject({ items: 150, created: 150 })
  for (const { name, items, desired } of report.boards) {
    expect([name, items]).toEqual([name, desired])
    if (!MAY_BE_EMPTY.includes(name)) expect([name, items > 0]).toEqual([name, true])
  }
  expect(writesOf(report)).toBe(report.boards.reduce((sum, { items }) => sum + items, 0))
  // At most 3 requests per source object and 3 per source, and none to a board; weeks of usage are counted again.
  const objects = report.sources.length - OPTIONAL.length
  expect(report.second.requests).toBeLessThanOrEqual(3 * objects + 3 * 5 + 10)

  // Companies of HubSpot, and the domains by which product and help desk know them, stand for accounts of Salesforce.
  expect(report.identity.linked).toBeGreaterThan(150)
  expect(report.identity.conflicts).toHaveLength(report.identity.open)
  expect(report.findings.find(({ code }) => code === 'no-account')?.count).toBeGreaterThan(1)

  // What was kept explains an account as one, and lists what belongs to nobody.
  const env = { DATABASE_URL: `sqlite:${path.join(kept, 'demo.db')}`, BOARDSYNC_MAPPINGS: path.join(kept, 'mappings') }
  const said = /explain accounts (\S+)/.exec(stderr)?.[1] ?? ''
  const explained = JSON.parse((await runHere(['explain', 'accounts', said, '--json'], env)).stdout) as Explained
  expect(explained.together.holds.map(({ kind, source }) => `${kind} of ${source}`)).toEqual(
    expect.arrayContaining([
      ...['account of salesforce', 'account of hubspot', 'opportunity of salesforce', 'contact of hubspot'],
      ...['usage_week of posthog', 'request of boards', 'ticket of zendesk'],
    ]),
  )
  const listed = JSON.parse((await runHere(['status', '--list', 'no-account', '--json'], env)).stdout) as Listed
  expect(listed.findings).toHaveLength(report.findings.find(({ code }) => code === 'no-account')?.count ?? 0)
}, 120_000)

interface Explained {
  readonly together: { readonly holds: readonly { readonly kind: string; readonly source: string }[] }
}

interface Listed {
  readonly findings: readonly { readonly code: string }[]
}

test('the demo keeps its store in no folder that holds files', async () => {
  const { code, stderr } = await runHere(['demo', '--once', '--keep', 'mappings'], {})
  expect([code, stderr.replace(process.cwd(), '…')]).toMatchInlineSnapshot(`
    [
      2,
      "demo-folder-not-empty: …/mappings holds files already
      Give --keep a folder that is empty or not there yet
    ",
    ]
  `)
})

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
