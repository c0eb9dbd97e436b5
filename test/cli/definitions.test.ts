import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { firstDayOf, formatDay, formatMonth, monthIndexOf } from '../../src/domain/day.ts'
import { runHere } from '../journey/run-cli.ts'
import { boardOf } from '../sync/world.ts'

/** A company of files whose accounts all won something three months ago, closed up to last month. */
let folder: string
const now = monthIndexOf(Date.now() / 86_400_000)
const wonOn = formatDay(firstDayOf(now - 3) + 14)

const SOURCE = `
source: crm
type: files
path: ../../data
records:
  account: { object: accounts.csv, id: Id, fields: { name: Name, createdAt: Created } }
  opportunity:
    object: deals.csv
    id: Id
    fields: { accountId: Account, name: Name, stage: Stage, amount: Amount, closeOn: Close, createdAt: Created, seats: Seats }
`
const MODEL = `# As the sales team has it.
company: { currency: USD }
stages: { crm: [{ name: Open, funnelStage: opportunity }, { name: Won, funnelStage: won }] }
buckets: { green_from: { seats: 50, arr: null } }
definitions: { green_account: { owner: Head of Sales, version: 1, from: 2026-01-01 } }
closed_through: ${formatMonth(now - 1)}
`

function write(file: string, text: string): void {
  const full = path.join(folder, file)
  mkdirSync(path.dirname(full), { recursive: true })
  writeFileSync(full, text)
}

function writeDeals(amount: number): void {
  const rows = [20, 60, 80, 120].map(
    (seats, i) => `d${i},a${i},Deal ${i},Won,${amount},${wonOn},${formatDay(firstDayOf(now - 5))},${seats}`,
  )
  write('data/deals.csv', `Id,Account,Name,Stage,Amount,Close,Created,Seats\n${rows.join('\n')}\n`)
}

const run = (...args: string[]) =>
  runHere(args, {
    BOARDSYNC_MAPPINGS: path.join(folder, 'mappings'),
    DATABASE_URL: `sqlite:${path.join(folder, 'store.db')}`,
  })

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'boardsync-definitions-'))
  write('mappings/sources/crm.yaml', SOURCE)
  write('mappings/boards/buckets.yaml', boardOf('bucket_month', 'greenEnd'))
  write('mappings/model.yaml', MODEL)
  const accounts = [0, 1, 2, 3].map((i) => `a${i},Company ${i},${formatDay(firstDayOf(now - 5))}`)
  write('data/accounts.csv', `Id,Name,Created\n${accounts.join('\n')}\n`)
  writeDeals(1000)
  expect(await run('pull')).toMatchObject({ code: 0 })
})
afterAll(() => rmSync(folder, { recursive: true }))

test('simulate tells what another threshold would do, and leaves model.yaml and the store as they are', async () => {
  const { code, stdout } = await run('simulate', '--set', 'buckets.green_from.seats=100')
  expect(code).toBe(0)
  expect(stdout).toContain('buckets.green_from.seats: 50 → 100\n')
  expect(stdout).toContain('2 accounts with 2,000 USD of ARR go back to orange\n')
  expect(stdout).toContain('of closed months stay as they were reported, and would be on the list of restatements')
  expect(stdout).toContain('green_account would read: An account that sales works on is green from 100 seats on')
  const { stdout: json } = await run('simulate', '--set', 'buckets.green_from.seats=100', '--json')
  expect(JSON.parse(json)).toMatchObject({
    changes: [{ path: 'buckets.green_from.seats', before: '50', after: '100' }],
    sentences: expect.arrayContaining(['2 accounts with 2,000 USD of ARR go back to orange']),
    boards: [{ board: 'buckets' }],
  })
  write('other.yaml', MODEL)
  expect((await run('simulate', '--model', path.join(folder, 'other.yaml'))).stdout).toBe('Nothing would differ\n')
})

test('a model that is wrong is told with its place, and nothing to simulate is wrong usage', async () => {
  const wrong = await run('simulate', '--set', 'buckets.green_frm.seats=3')
  expect(wrong.code).toBe(1)
  expect(wrong.stdout).toContain('"green_frm" is not a key of buckets')
  expect(wrong.stderr).toContain('model-broken: The other model cannot be used while the problems above stand')
  expect(await run('simulate')).toMatchObject({ code: 2, stderr: expect.stringContaining('Give --model') })
  expect(await run('simulate', '--set', 'buckets')).toMatchObject({ code: 2 })
  expect(await run('simulate', '--set', 'funnel.months=6', '--on', 'May')).toMatchObject({ code: 2 })
})

test('definitions lists what is in force; one of them with where it is set and when it was first used', async () => {
  const all = await run('definitions')
  expect(all.stdout).toContain('green_account  version 1 from 2026-01-01, Head of Sales\n')
  expect(all.stdout).toContain('churn  version 1\n  ARR churns on the day after')
  const one = await run('definitions', 'green_account')
  expect(one.stdout).toContain('set by buckets.green_from, buckets.fall_back, buckets.near_within')
  expect(one.stdout).toMatch(/first used \d{4}-\d\d-\d\d \d\d:\d\d UTC: version 1 from 2026-01-01, Head of Sales/)
  const { definitions, log } = JSON.parse((await run('definitions', 'green_account', '--json')).stdout)
  expect(definitions).toMatchObject([{ name: 'green_account', version: 1, from: '2026-01-01', applies: 'restates' }])
  expect(log).toHaveLength(1)
  expect(await run('definitions', 'green_acount')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Did you mean "green_account"?'),
  })
})

test('fields names the definition of a field and says it below', async () => {
  const { stdout } = await run('fields', 'bucket_month')
  expect(stdout).toMatch(/bucket_month\.greenEnd .*definition green_account/)
  expect(stdout).toContain('green_account, version 1 from 2026-01-01, Head of Sales: An account that sales works on')
})

test('restatements lists what would be different in closed months, and the run and the report say so', async () => {
  expect((await run('restatements')).stdout).toMatch(/are closed, and nothing of them would be different now/)
  writeDeals(3000)
  expect((await run('pull')).stdout).toContain(
    'of closed months would be different now; boardsync restatements lists them',
  )
  const month = formatMonth(now - 3)
  const { stdout } = await run('restatements', '--month', month)
  expect(stdout).toMatch(new RegExp(`${month} +bucket_month +${month} +greenEnd +3,000.00 +9,000.00 +6,000.00`))
  const { restatements } = JSON.parse((await run('restatements', '--json')).stdout)
  expect(restatements).toContainEqual({
    kind: 'bucket_month',
    month,
    id: `${month}:company`,
    name: month,
    field: 'greenEnd',
    reported: 3000_00,
    now: 9000_00,
    difference: 6000_00,
  })
})

test('restatements --report-anew has what was reported of a month and later ones forgotten: the next run reports them as they are', async () => {
  expect(await run('restatements', '--report-anew', 'May')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Give --report-anew a month, or all: 2026-10'),
  })
  expect(await run('restatements', '--month', '2026-13')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Give --month a month: 2026-10'),
  })
  const { stdout } = await run('restatements', '--report-anew', 'all')
  expect(stdout).toBe(
    'What was reported of all months is forgotten; the next run reports those that are closed as they are then\n',
  )
  await run('pull')
  expect((await run('restatements')).stdout).toMatch(/are closed, and nothing of them would be different now/)
})
