import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { Fault } from '../src/platform/errors.ts'
import { type Sandbox, startSandbox } from '../src/sandbox/sandbox.ts'
import { doubledKeys, readBoards } from '../test/journey/boards.ts'
import { runCli } from '../test/journey/run-cli.ts'

const HELP = `Sends items to a board while one thing goes wrong: the naive way, one call an item, and by sync.

  node scripts/peer-failures.ts [--items 1000]

The naive way is a small loop that does what was measured on n8n 1.123.0 with its own monday node. Exit 1 where sync falls
short of: every item once after a 429 in the middle; all but one after a label that the board refuses, that one named with
its reason, and sent once the cause is mended.`

const BAD_LABEL = 'Legacy'

/** One row of the source. */
interface Row {
  readonly id: string
  readonly name: string
  readonly plan: string
}

/** What a board holds afterwards, read with monday's own client. */
interface Seen {
  readonly items: number
  readonly duplicates: number
  readonly missing: number
}

/** What somebody who looks at the tool afterwards knows of what went wrong. */
interface Told {
  readonly ended: string
  readonly says: string
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { items: { type: 'string', default: '1000' }, help: { type: 'boolean', default: false } },
  })
  const items = Number(values.items)
  if (values.help || !Number.isInteger(items) || items < 2) {
    console.log(HELP)
    return values.help ? 0 : 2
  }
  const rows = makeRows(items)
  const failures: string[] = []

  console.log(`One 429 at item ${middle(rows)} of ${items}`)
  print('naive, retried', ...(await naively(rows, { limited: true, retryOnFail: true })))
  print('naive, not retried', ...(await naively(rows, { limited: true, retryOnFail: false })))
  const limited = await bySync(rows, 'limited')
  print('sync', limited.seen, limited.told)
  expectEqual(failures, 'items after the 429', limited.seen, { items, duplicates: 0, missing: 0 })
  expectEqual(failures, 'how that sync ended', limited.told.ended, 'exit 0')

  console.log(`\nOne label that the board refuses, at item ${middle(rows)} of ${items}`)
  print('naive', ...(await naively(rows, { limited: false, retryOnFail: false })))
  const refused = await bySync(rows, 'bad label')
  print('sync', refused.seen, refused.told)
  print('then refused --retry', refused.mended, { ended: '', says: '' })
  expectEqual(failures, 'items beside the refused one', refused.seen, { items: items - 1, duplicates: 0, missing: 1 })
  expectEqual(failures, 'how that sync ended', refused.told.ended, 'exit 3')
  const key = rows[middle(rows) - 1]?.id
  const [one, ...others] = refused.refusals
  expectEqual(failures, 'refusals', [one?.key, one?.column, one?.value, others.length], [key, 'Plan', BAD_LABEL, 0])
  if (!one?.message.includes('label') || !one.hint) failures.push(`The refusal says too little: ${JSON.stringify(one)}`)
  expectEqual(failures, 'items once it was mended', refused.mended, { items, duplicates: 0, missing: 0 })

  const whole = await bySync(rows, 'bad label', 400)
  print('sync, refused whole', whole.seen, whole.told)
  expectEqual(failures, 'items beside the one for which whole requests are refused', whole.seen, refused.seen)
  expectEqual(failures, 'refusals of it', [whole.refusals[0]?.key, whole.refusals.length], [key, 1])

  for (const failure of failures) console.error(failure)
  if (failures.length === 0) console.log(`\n${items} items and no duplicate; ${items - 1} and one named refusal`)
  return failures.length === 0 ? 0 : 1
}

function expectEqual(failures: string[], what: string, is: unknown, wanted: unknown): void {
  if (JSON.stringify(is) !== JSON.stringify(wanted))
    failures.push(`${what}: ${JSON.stringify(is)} instead of ${JSON.stringify(wanted)}`)
}

function print(who: string, seen: Seen, told: Told): void {
  const counts = `${seen.items} items, ${seen.duplicates} duplicates, ${seen.missing} missing`
  console.log(`  ${who.padEnd(22)}${counts.padEnd(48)}${told.ended}${told.says === '' ? '' : `: ${told.says}`}`)
}

function makeRows(items: number): Row[] {
  return Array.from({ length: items }, (_, at) => ({
    id: `001${String(at + 1).padStart(12, '0')}AAA`,
    name: `Account ${at + 1}`,
    plan: at + 1 === Math.floor(items / 2) ? BAD_LABEL : 'Pro',
  }))
}

/** The number of the row at which something goes wrong, from 1. */
function middle(rows: readonly Row[]): number {
  return Math.floor(rows.length / 2)
}

// ── the naive way ─────────────────────────────────────────────────────────────────────────────────────

/**
 * The tool's node for monday, as measured: one mutation a row, one after another; any answer that is no 2xx is an error of
 * the whole node. With "Retry On Fail" the node begins anew with all rows. Only when all were sent does it look at the
 * answers, and an item that is null breaks it off.
 */
async function naively(
  rows: readonly Row[],
  how: { readonly limited: boolean; readonly retryOnFail: boolean },
): Promise<[Seen, Told]> {
  await using sandbox = await startSandbox({ accounts: 1 })
  allowMany(sandbox)
  const board = await naiveBoard(sandbox)
  const label = (row: Row) => (how.limited ? 'Pro' : row.plan)
  if (how.limited) {
    sandbox.engine.faults.add([
      {
        operation: 'monday.mutation',
        nth: middle(rows),
        action: 'error',
        with: { code: 'MINUTE_RATE_LIMIT_EXCEEDED' },
      },
    ])
  }
  const node = async () => {
    const answers: { create_item: { id: string } | null }[] = []
    for (const row of rows) {
      const values = JSON.stringify({ boardsync_key: row.id, plan: { label: label(row) } })
      answers.push(await call(sandbox, CREATE_ITEM, { board, name: row.name, values }))
    }
    return answers.map(({ create_item }) => (create_item as { id: string }).id)
  }
  const told = await runNode(node, how.retryOnFail ? 2 : 1)
  return [await look(sandbox, rows), told]
}

async function runNode(node: () => Promise<readonly string[]>, tries: number): Promise<Told> {
  for (let left = tries; ; left -= 1) {
    try {
      await node()
      return { ended: 'success', says: '' }
    } catch (error) {
      if (left === 1) return { ended: 'error', says: (error as Error).message }
    }
  }
}

const CREATE_ITEM =
  'mutation ($board: ID!, $name: String!, $values: JSON) { create_item(board_id: $board, item_name: $name, column_values: $values) { id } }'

async function naiveBoard(sandbox: Sandbox): Promise<string> {
  const { create_board: board } = await call<{ create_board: { id: string } }>(
    sandbox,
    'mutation { create_board(board_name: "Items", board_kind: public, empty: true) { id } }',
    {},
  )
  await call(
    sandbox,
    `mutation ($board: ID!) {
      create_column(board_id: $board, id: "boardsync_key", title: "Key", column_type: text) { id }
      create_status_column(board_id: $board, id: "plan", title: "Plan", defaults: { labels: [{ label: "Pro", color: done_green, index: 1 }] }) { id }
    }`,
    { board: board.id },
  )
  return board.id
}

/** As the node does it: the status decides, and what stands in `errors` of a 2xx is not looked at. */
async function call<T>(sandbox: Sandbox, query: string, variables: Readonly<Record<string, unknown>>): Promise<T> {
  const answer = await fetch(sandbox.env.MONDAY_API_URL ?? '', {
    method: 'POST',
    headers: {
      Authorization: sandbox.env.MONDAY_API_TOKEN ?? '',
      'API-Version': '2026-10',
      'Content-Type': 'application/json',
    },
    body: JSON.stringify({ query, variables }),
  })
  const { data } = (await answer.json()) as { data: T }
  if (!answer.ok) throw new Error(`The service is receiving too many requests from you (${answer.status})`)
  return data
}

// ── by sync ───────────────────────────────────────────────────────────────────────────────────────────

interface Refusal {
  readonly key: string
  readonly column: string | null
  readonly value: string | null
  readonly message: string
  readonly hint: string | null
}

interface BySync {
  readonly seen: Seen
  readonly told: Told
  readonly refusals: readonly Refusal[]
  /** After `refused --retry` and another sync. */
  readonly mended: Seen
}

/**
 * The same rows as accounts of a CRM, kept on the board by `sync`. `limited`: the request that holds the row in the middle
 * meets the 429. `bad label`: right before the first items are written a person deletes the label that this row needs; with
 * `refusesAll` monday refuses with that status the whole request that names it.
 */
async function bySync(rows: readonly Row[], what: 'limited' | 'bad label', refusesAll = 0): Promise<BySync> {
  const folder = await mkdtemp(path.join(tmpdir(), 'boardsync-peer-failures-'))
  try {
    await writeMappings(folder)
    await writeData(folder, what === 'limited' ? rows.map((row) => ({ ...row, plan: 'Pro' })) : rows)
    await using sandbox = await startSandbox({ data: folder, speed: 60 })
    allowMany(sandbox)
    sandbox.engine.limits.set('monday.badValueRefusesAll', refusesAll)
    const happened = what === 'limited' ? limitInTheMiddle(sandbox, middle(rows)) : deleteLabelMeanwhile(sandbox)
    const env = {
      ...sandbox.env,
      DATABASE_URL: `sqlite:${path.join(folder, 'items.db')}`,
      BOARDSYNC_MAPPINGS: path.join(folder, 'mappings'),
    }
    const run = await runCli(['sync', '--json'], env)
    if (!happened()) throw new Error(`The run was never disturbed: ${what}`)
    const seen = await look(sandbox, rows)
    const { refused } = JSON.parse((await runCli(['refused', '--json'], env)).stdout) as { refused: Refusal[] }
    const told = { ended: `exit ${run.code}`, says: refused.map(({ message }) => message).join('; ') }
    await runCli(['refused', '--retry'], env)
    await runCli(['sync', '--json'], env)
    return { seen, told, refusals: refused, mended: await look(sandbox, rows) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Answers 429 to the request whose items would include the nth to be created, or to the import whose file would. */
function limitInTheMiddle({ engine }: Sandbox, nth: number): () => boolean {
  let created = 0
  let before = 0
  let done = false
  const hit = engine.faults.hit.bind(engine.faults)
  engine.faults.hit = (operation) => {
    if (operation === 'monday.mutation.create_item') created += 1
    const refusal = { operation, action: 'error', with: { code: 'MINUTE_RATE_LIMIT_EXCEEDED' } } as const
    // One file holds them all.
    if (operation === 'monday.mutation.ingest_items' && !done) {
      done = true
      return refusal
    }
    if (operation !== 'monday.mutation') return hit(operation)
    // Requests only grow while all goes well: one as large as the last, or larger, reaches the item.
    const reaches = created > 0 && created + (created - before) >= nth
    before = created
    if (!reaches || done) return hit(operation)
    done = true
    return refusal
  }
  return () => done
}

/** Deletes the label before the first request that writes once it is there: between making the board ready and filling it. */
function deleteLabelMeanwhile({ engine, hands }: Sandbox): () => boolean {
  const hit = engine.faults.hit.bind(engine.faults)
  let done = false
  engine.faults.hit = (operation) => {
    if (operation === 'monday.mutation' && !done) {
      try {
        hands.deleteLabel('Items', 'Plan', BAD_LABEL)
        done = true
      } catch (error) {
        if (!(error instanceof Fault)) throw error // Not there yet.
      }
    }
    return hit(operation)
  }
  return () => done
}

async function writeData(folder: string, rows: readonly Row[]): Promise<void> {
  const stamp = '2026-01-05T08:00:00.000Z'
  const lines = rows.map(({ id, name, plan }) => [id, name, plan, stamp, stamp].join(','))
  await writeFile(path.join(folder, 'Account.csv'), ['Id,Name,Plan__c,CreatedDate,SystemModstamp', ...lines].join('\n'))
}

async function writeMappings(folder: string): Promise<void> {
  const files = {
    'sources/salesforce.yaml': `
source: salesforce
records:
  account: { object: Account, fields: { name: Name, plan: Plan__c, createdAt: CreatedDate } }
`,
    'boards/items.yaml': `
board: { name: Items, create: true }
items: account
key: account.id
name: '{account.name}'
group: Items
columns:
  Plan: { type: status, value: account.plan }
`,
    'model.yaml': `
company: { name: Example Inc, currency: USD, time_zone: UTC }
`,
  }
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, 'mappings', name)
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, text.trimStart())
  }
}

// ── both ──────────────────────────────────────────────────────────────────────────────────────────────

/** The measurements were made without limits, so that only the one fault counts. */
function allowMany({ engine }: Sandbox): void {
  for (const name of ['complexityPerMinute', 'requestsPerMinute.pro', 'callsPerDay.pro', 'ipRequests'])
    engine.limits.set(`monday.${name}`, 1_000_000_000)
}

async function look(sandbox: Sandbox, rows: readonly Row[]): Promise<Seen> {
  const items = (await readBoards(sandbox.env)).get('Items') ?? []
  const keys = new Set(items.map(({ key }) => key))
  return {
    items: items.length,
    duplicates: doubledKeys(items).length,
    missing: rows.filter(({ id }) => !keys.has(id)).length,
  }
}

process.exitCode = await main()
