import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { formatDay, formatMonth, monthIndexOf } from '../../src/domain/day.ts'
import { runHere } from '../journey/run-cli.ts'

/** A company of files with one opportunity that was there, one that came and one that grew in the latest days. */
let folder: string
const today = Math.floor(Date.now() / 86_400_000)
const on = (daysAgo: number) => formatDay(today - daysAgo)
const due = formatDay(today + 10)

const SOURCE = `
source: crm
type: files
path: ../../data
records:
  account: { object: accounts.csv, id: Id, fields: { name: Name, createdAt: Created } }
  user: { object: users.csv, id: Id, fields: { name: Name } }
  opportunity:
    object: deals.csv
    id: Id
    fields: { accountId: Account, ownerId: Owner, name: Name, stage: Stage, amount: Amount, closeOn: Close, createdAt: Created }
  stage_change:
    object: history.csv
    id: Id
    fields: { opportunityId: Deal, at: At, stage: Stage, amount: Amount, closeOn: Close }
`
const MODEL = `company: { currency: USD }
stages: { crm: [{ name: Open, funnelStage: opportunity }, { name: Won, funnelStage: won }] }
`

function write(file: string, text: string): void {
  const full = path.join(folder, file)
  mkdirSync(path.dirname(full), { recursive: true })
  writeFileSync(full, text)
}

const run = (...args: string[]) =>
  runHere(['waterfall', ...args], {
    BOARDSYNC_MAPPINGS: path.join(folder, 'mappings'),
    DATABASE_URL: `sqlite:${path.join(folder, 'store.db')}`,
  })

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'boardsync-waterfall-'))
  write('mappings/sources/crm.yaml', SOURCE)
  write('mappings/model.yaml', MODEL)
  write('data/accounts.csv', `Id,Name,Created\na1,Acme,${on(90)}\n`)
  write('data/users.csv', 'Id,Name\nu1,Ada\n')
  const deals = [
    ['d1', 'Old', '1000.10', on(60)],
    ['d2', 'New', '200.20', on(2)],
    ['d3', 'More', '5000.70', on(60)],
  ]
  write(
    'data/deals.csv',
    `Id,Account,Owner,Name,Stage,Amount,Close,Created\n${deals.map(([id, name, amount, at]) => `${id},a1,u1,${name},Open,${amount},${due},${at}`).join('\n')}\n`,
  )
  const rows = [
    ['d1', on(60), '1000.10'],
    ['d2', on(2), '200.20'],
    ['d3', on(60), '4000.40'],
    ['d3', on(1), '5000.70'],
  ]
  write(
    'data/history.csv',
    `Id,Deal,At,Stage,Amount,Close\n${rows.map(([deal, at, amount], i) => `h${i},${deal},${at}T12:00:00Z,Open,${amount},${due}`).join('\n')}\n`,
  )
  const env = {
    BOARDSYNC_MAPPINGS: path.join(folder, 'mappings'),
    DATABASE_URL: `sqlite:${path.join(folder, 'store.db')}`,
  }
  expect(await runHere(['pull'], env)).toMatchObject({ code: 0 })
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('waterfall says from what to what the open pipeline went, to the cent, and lists the opportunities of each part', async () => {
  const { stdout, code } = await run('--from', on(7), '--due', 'all')
  expect(code).toBe(0)
  expect(stdout).toContain(`From the start of ${on(7)} to the end of ${on(0)}: all that is open; ARR in USD`)
  expect(stdout).toMatch(/^start +2 +5,000\.50$/m)
  expect(stdout).toMatch(/^created +1 +\+200\.20$/m)
  expect(stdout).toMatch(/^increased +1 +\+1,000\.30$/m)
  expect(stdout).toMatch(/^end +3 +6,201\.00$/m)
  expect(stdout).toMatch(new RegExp(`^More +Acme +Ada +\\+1,000\\.30 +4,000\\.40 +5,000\\.70 +${due} +${due}$`, 'm'))
})

test('by default it goes from the Monday before today, over what is due in the quarter of today', async () => {
  const { from, to, due: months } = JSON.parse((await run('--json')).stdout)
  expect(to).toBe(on(0))
  expect(new Date(`${from}T00:00:00Z`).getUTCDay()).toBe(1)
  expect([1, 2, 3, 4, 5, 6, 7]).toContain((Date.parse(to) - Date.parse(from)) / 86_400_000)
  const month = monthIndexOf(today)
  expect(months).toBe(`${formatMonth(month).slice(0, 4)}-Q${1 + Math.floor((month % 12) / 3)}`)
})

test('takes a month, and the opportunities of a segment', async () => {
  const json = async (...args: string[]) => JSON.parse((await run(...args, '--json')).stdout)
  expect(await json('--from', on(7), '--due', due.slice(0, 7), '--segment', 'none')).toMatchObject({
    segment: 'none',
    due: due.slice(0, 7),
    currency: 'USD',
    end: { arr: 6201_00, count: 3 },
  })
  expect(await json('--due', '2026')).toMatchObject({ due: '2026' })
  expect(await json('--due', '2026-Q4')).toMatchObject({ due: '2026-Q4' })
  expect(await json('--from', on(7), '--due', 'all', '--segment', 'smb')).toMatchObject({ end: { arr: 0, count: 0 } })
})

test('says what is wrong with days, periods and segments', async () => {
  const hints = [
    [['--from', 'monday'], 'Give --from a day: 2026-11-23'],
    [['--to', formatDay(today + 1)], `Give --to a day up to today, ${on(0)}`],
    [['--from', on(1), '--to', on(3)], `Give --from a day up to the last one, ${on(3)}`],
    [['--due', 'soon'], 'Give --due a quarter, a month, a year, or all: 2026-Q4'],
    [['--segment', 'enterprize'], 'Did you mean "enterprise"?'],
  ] as const
  for (const [args, hint] of hints)
    expect(await run(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(hint) })
})
