import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/platform/clock.ts'
import { deleteRecord, updateRecord } from '../../src/sandbox/salesforce/records.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { isThorough } from '../thorough.ts'
import { readBoards } from './boards.ts'
import { type Journey, openJourney } from './journey.ts'
import { readOrg } from './projection.ts'
import { runCli, runHere } from './run-cli.ts'

const MAIN = path.resolve('src/cli/main.ts')

let journey: Journey
let deal: string

beforeAll(async () => {
  journey = await openJourney({ accounts: 12, seed: 1, speed: 60, now: Date.now() })
  const [row] = await readOrg(journey.env, 'SELECT Id FROM Opportunity WHERE IsClosed = false ORDER BY Id LIMIT 1')
  deal = String(row?.Id)
}, 60_000)

afterAll(() => journey[Symbol.asyncDispose]())

/** As a process of its own in CI, and in this one by `npm test`: each process takes a second to start. */
const runOne = isThorough ? runCli : runHere
const run = (...args: string[]) => runOne(args, journey.env)

/** Lines of a table or text, with what differs from run to run taken out. */
function steady(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<instant>')
    .replace(/\b[0-9a-f]{12}\b/g, '<digest>')
    .replace(/\(\d+ used\)/g, '(n used)')
    .replace(/[ \t]+$/gm, '')
}

describe('each command against one small company', () => {
  test('lint finds nothing wrong with the shipped mappings, and their cases pass', async () => {
    const lint = await run('lint', '--test')
    expect(lint.stdout).toMatch(/^\d+ files in mappings: no problems\n\d+ cases passed, 0 failed\n$/)
    expect(lint.code).toBe(0)
  })

  test('check finds every field, and boards that the first apply makes', async () => {
    const check = await run('check')
    expect(check.stdout).toMatchInlineSnapshot(`
      "✓ salesforce  6 objects, 60 fields
          source-field-absent: Account has no field "CurrencyIsoCode"; it is optional, and is left empty (mappings/sources/salesforce.yaml:6)
          source-field-absent: Opportunity has no field "CurrencyIsoCode"; it is optional, and is left empty (mappings/sources/salesforce.yaml:52)
          source-field-absent: OpportunityHistory has no field "CurrencyIsoCode"; it is optional, and is left empty (mappings/sources/salesforce.yaml:74)
          source-object-absent: There is no object "CurrencyType"; it is optional, and is left out (mappings/sources/salesforce.yaml:97)
          source-object-absent: There is no object "DatedConversionRate"; it is optional, and is left out (mappings/sources/salesforce.yaml:104)
      ✓ accounts  not there yet; the first apply makes it
      ✓ arr-accounts  not there yet; the first apply makes it
      ✓ arr  not there yet; the first apply makes it
      ✓ books  not there yet; the first apply makes it
      ✓ bucket-accounts  not there yet; the first apply makes it
      ✓ buckets  not there yet; the first apply makes it
      ✓ deals  not there yet; the first apply makes it
      ✓ feature-deals  not there yet; the first apply makes it
      ✓ features  not there yet; the first apply makes it
      ✓ forecast  not there yet; the first apply makes it
      ✓ funnel  not there yet; the first apply makes it
      ✓ leads  not there yet; the first apply makes it
      ✓ must-win  not there yet; the first apply makes it
      ✓ pipeline  not there yet; the first apply makes it
      ✓ priorities  not there yet; the first apply makes it
      ✓ scoreboard  not there yet; the first apply makes it
      ✓ seat-ladder  not there yet; the first apply makes it
      ✓ themes  not there yet; the first apply makes it
      "
    `)
    expect(check.code).toBe(0)
  })

  test('fields lists what a mapping can use; another fact is wrong usage', async () => {
    const fields = await run('fields', 'lead')
    expect(fields.stdout).toMatch(/^lead: .+\n {2}lead\.id +id +\S/)
    const all = JSON.parse((await run('fields', '--json')).stdout) as object
    expect(JSON.stringify(all)).toContain('opportunity.arr')
    const wrong = await run('fields', 'leed')
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).toMatchInlineSnapshot(`
      "name-unknown: "leed" is no fact
        Did you mean "lead"? There are: account, opportunity, lead, contact, request, ticket, usage_week, arr_movement, pipeline_movement, bucket_movement, risk, risk_signal, implementation, implementation_signal, feature_deal, funnel_stage, arr_month, arr_family, seat_rung, pipeline_month, forecast, forecast_calibration, bucket_month, attainment, wapp_month, book, lead_decile, must_win, support_period, support_agent, support_hour, support_staffing, risk_quarter, renewal_month, shared_cause, feature_voice, partner, feature, theme, priority
      "
    `)
  })

  test('pull reads the sources and touches no board', async () => {
    const pull = await run('pull', '--json')
    expect(pull.code).toBe(0)
    expect(JSON.parse(pull.stdout)).toMatchObject({ boards: [], problems: [] })
    expect(await readBoards(journey.env)).toEqual(new Map())
  })

  test('plan shows what apply would do and writes nothing; apply without a yes sends nothing', async () => {
    const plan = await run('plan', 'deals')
    expect(plan.code).toBe(0)
    expect(steady(plan.stdout)).toMatch(/^deals: plan <digest>\n {2}\d+ to create; 0 unchanged\n/)
    const apply = await run('apply', 'deals')
    expect(apply.code).toBe(1)
    expect(apply.stderr).toContain('not-confirmed: Nothing was sent')
    expect(await readBoards(journey.env)).toEqual(new Map())
  })

  test('sync says per object and board what it did', async () => {
    const sync = await run('sync')
    expect(sync.code).toBe(0)
    expect(sync.stdout).toMatch(/^source +object +read +stored +unchanged +rejected +deleted +requests\n/)
    expect(sync.stdout).toMatch(/\nDeals +4 +0 +4 +0 +0 +0 +0 +0 +0 +0 +\d+\n/)
  })

  test('apply --digest sends the plan that was shown', async () => {
    updateRecord(journey.sandbox.org, 'Opportunity', deal, { ARR__c: 4321 })
    journey.settle()
    expect((await run('pull')).code).toBe(0)
    const plan = await run('plan', 'deals')
    expect(steady(plan.stdout)).toMatchInlineSnapshot(`
      "deals: plan <digest>
        1 to update; 3 unchanged

        ~ Dapplefield Studios: New 200 seats  update  opportunity 006sb0000000004AAA changed
            ARR: 36,480 → 4,321

        About 1 call of today's 10,000 (n used)

      "
    `)
    const digest = /plan ([0-9a-f]{12})/.exec(plan.stdout)?.[1] ?? ''
    const apply = await run('apply', 'deals', '--digest', digest, '--json')
    expect(apply.code).toBe(0)
    expect(JSON.parse(apply.stdout)).toMatchObject({ boards: [{ board: 'deals', planned: 1, updated: 1 }] })
    const seen = (await readBoards(journey.env)).get('Deals')?.find(({ key }) => key === deal)
    expect(seen?.cells.ARR).toBe('4321')
    expect((await run('sync')).code).toBe(0)
  })

  test('apply --digest with a digest of no plan sends nothing', async () => {
    updateRecord(journey.sandbox.org, 'Opportunity', deal, { ARR__c: 4322 })
    journey.settle()
    expect((await run('pull')).code).toBe(0)
    const apply = await run('apply', '--digest', 'ffffffffffff')
    expect(apply.code).toBe(1)
    expect(apply.stderr).toContain('plan-unknown')
    const seen = (await readBoards(journey.env)).get('Deals')?.find(({ key }) => key === deal)
    expect(seen?.cells.ARR).toBe('4321')
    expect((await run('sync')).code).toBe(0)
  })

  test('explain goes down to the raw field', async () => {
    const explain = await run('explain', 'deals', deal)
    expect(explain.code).toBe(0)
    expect(explain.stdout).toContain('ARR: 4322\n')
    expect(explain.stdout).toContain(`raw      salesforce Opportunity ${deal} ARR__c = "4322"`)
    const json = JSON.parse((await run('explain', 'deals', deal, '--json')).stdout) as { key: string }
    expect(json.key).toBe(deal)
  })

  test('status tells records, items, findings and that nothing is open', async () => {
    const status = await run('status', '--json')
    expect(status.code).toBe(0)
    const json = JSON.parse(status.stdout) as {
      sources: { object: string; mapped: number }[]
      boards: { board: string; desired: number; items: number }[]
    }
    expect(json).toMatchObject({ openRequests: 0, leases: [], dirty: 0 })
    expect(json.sources.find(({ object }) => object === 'Account')?.mapped).toBe(12)
    for (const { desired, items } of json.boards) expect(items).toBe(desired)
  })

  test('rejected, refused and runs say so when there is nothing, and what there was', async () => {
    expect(await run('rejected')).toMatchObject({ code: 0, stdout: 'Nothing is rejected\n' })
    expect(await run('refused')).toMatchObject({ code: 0, stdout: 'Nothing is refused\n' })
    const runs = await run('runs', '--last', '2')
    expect(runs.code).toBe(0)
    expect(steady(runs.stdout)).toMatch(
      /^started +what +state .*\n<instant> +sync +done .*\n<instant> +apply +failed .* plan-unknown\n$/,
    )
  })

  test('init writes mappings that lint takes, and never over files that are there', async () => {
    const folder = path.join(journey.folder, 'mine')
    expect((await run('init', folder)).code).toBe(0)
    expect((await run('lint', folder)).code).toBe(0)
    const again = await run('init', folder)
    expect(again.code).toBe(1)
    expect(again.stderr).toContain('init-not-empty')
  })
})

describe('typical mistakes', () => {
  const wrong = [
    ['a command that there is not', ['synk']],
    ['an option that there is not', ['plan', '--bogus']],
    ['a board that there is not', ['sync', 'dels']],
    ['explain of a board that there is not', ['explain', 'dels', 'x']],
    ['explain without a key', ['explain', 'deals']],
    ['a sandbox on a port that is no number', ['sandbox', '--port', 'x']],
  ] as const
  test.for(isThorough ? wrong : wrong.slice(2, 4))('%s is wrong usage: exit 2 with a next step', async ([, args]) => {
    const { code, stdout, stderr } = await run(...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).not.toContain('    at ')
    expect(stderr.trimEnd().split('\n').length).toBeGreaterThan(1)
  })

  test('a misspelt key in a mapping is a lint problem at its line: exit 1; the other boards go on', async () => {
    const folder = path.join(journey.folder, 'misspelt')
    await cp('mappings', folder, { recursive: true })
    const file = path.join(folder, 'boards/deals.yaml')
    await writeFile(file, (await readFile(file, 'utf8')).replace('opportunity.seats }', 'opportunity.seat }'))
    const lint = await run('lint', folder)
    expect(lint.code).toBe(1)
    expect(lint.stdout).toMatch(/boards\/deals\.yaml:\d+:\d+ error unknown-field: "seat" is not a field of opportunity/)
    expect(lint.stdout).toContain('Did you mean "seats"?')
    const sync = await runOne(['sync', '--json'], { ...journey.env, BOARDSYNC_MAPPINGS: folder })
    expect(sync.code).toBe(1)
    const { boards } = JSON.parse(sync.stdout) as { boards: { board: string }[] }
    expect(boards.map(({ board }) => board)).toEqual([
      ...[
        'accounts',
        'arr-accounts',
        'arr',
        'books',
        'bucket-accounts',
        'buckets',
        'feature-deals',
        'features',
        'forecast',
      ],
      ...['funnel', 'leads', 'must-win', 'pipeline', 'priorities', 'scoreboard', 'seat-ladder', 'themes'],
    ])
  })

  test('no credentials: exit 1 with the names of the variables', async () => {
    const { MONDAY_API_TOKEN: _, ...env } = journey.env
    const sync = await runOne(['sync'], env)
    expect(sync.code).toBe(1)
    expect(sync.stderr).toContain('MONDAY_API_TOKEN')
  })

  test('a plan that would archive too much is refused: exit 4, with the command that allows it; nothing is archived', async () => {
    await using own = await openJourney({ accounts: 30, seed: 2, speed: 60 })
    // Other boards have no part in it, but for one that goes on all the same.
    await own.sync('salesforce', 'accounts')
    const before = (await readBoards(own.env)).get('Accounts')?.length
    const { org } = own.sandbox
    const rows = await readOrg(own.env, 'SELECT Id FROM Account ORDER BY Id LIMIT 10')
    for (const { Id } of rows) deleteRecord(org, 'Account', String(Id))
    own.settle()
    const sync = await runOne(['sync', 'salesforce', 'accounts', 'leads'], own.env)
    expect(sync.code).toBe(4)
    expect(sync.stdout).toMatch(/accounts: .*10/)
    expect((await readBoards(own.env)).get('Leads')?.length).toBeGreaterThan(0)
    const command = /apply.*--digest [0-9a-f]{12}.*--allow-archive \d+/.exec(sync.stdout)?.[0] ?? ''
    expect(command).not.toBe('')
    expect((await readBoards(own.env)).get('Accounts')?.length).toBe(before)

    const allowed = await runOne(command.split(' '), own.env)
    expect(allowed.code).toBe(0)
    expect((await readBoards(own.env)).get('Accounts')?.length).toBe((before ?? 0) - 10)
  }, 60_000)

  test('what another run holds is left alone: exit 75', async () => {
    await using store = await openSqliteStore({
      path: (journey.env.DATABASE_URL ?? '').replace('sqlite:', ''),
      clock: systemClock,
    })
    await store.migrate()
    await store.takeLease('source salesforce', 'another run', 60_000)
    const second = await run('sync', '--json')
    await store.releaseLease('source salesforce', 'another run')
    await store.saveRun({ id: 'killed', kind: 'sync', state: 'running', startedAt: 0, endedAt: null, result: '{}' })
    expect((await run('runs', '--last', '50')).stdout).toMatch(/1970-01-01T00:00:00.000Z +sync +cut short/)
    expect(second.code).toBe(75)
    expect(second.stdout).toContain('lease-held')
    expect((await run('sync')).code).toBe(0)
  }, 60_000)
})

describe('start', () => {
  test('answers /healthz, runs its jobs, reads .env and _FILE twins, and ends with 0 on SIGTERM', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'boardsync-start-'))
    await cp('mappings', path.join(folder, 'mappings'), { recursive: true })
    const model = path.join(folder, 'mappings/model.yaml')
    const text = await readFile(model, 'utf8')
    await writeFile(
      model,
      text.replace(
        /^schedules:\n(?: {2}.*\n)+/m,
        "schedules:\n  source salesforce: '* * * * *'\n  board deals: '* * * * *'\n",
      ),
    )
    const { MONDAY_API_TOKEN = '', SALESFORCE_CLIENT_SECRET = '', ...others } = journey.env
    const own = {
      ...others,
      DATABASE_URL: 'sqlite:./start.db',
      BOARDSYNC_MAPPINGS: './mappings',
      BOARDSYNC_HEALTH_PORT: '0',
    }
    const lines = Object.entries({ ...own, MONDAY_API_TOKEN_FILE: './token' }).map(
      ([name, value]) => `${name}=${value}`,
    )
    await writeFile(path.join(folder, '.env'), `${lines.join('\n')}\n`)
    await writeFile(path.join(folder, 'token'), `${MONDAY_API_TOKEN}\n`)
    await writeFile(path.join(folder, 'secret'), SALESFORCE_CLIENT_SECRET)

    const child = spawn(process.execPath, [MAIN, 'start'], {
      cwd: folder,
      env: { PATH: process.env.PATH ?? '', SALESFORCE_CLIENT_SECRET_FILE: path.join(folder, 'secret') },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const closed = once(child, 'close')
    let output = ''
    const url = new Promise<string>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (part: string) => {
          output += part
          const found = /health at (\S+)/.exec(output)?.[1]
          if (found !== undefined) resolve(found)
        })
      }
      child.once('close', () => reject(new Error(output)))
    })
    const health = new URL('/healthz', await url)
    type Answer = { status: string; jobs: { name: string; state: string; lastOutcome: string | null }[] }
    const ask = async () => (await (await fetch(health)).json()) as Answer
    // The jobs never ran, so they are caught up at once.
    while ((await ask()).jobs.some(({ lastOutcome }) => lastOutcome === null))
      await new Promise((resolve) => setTimeout(resolve, 50))
    expect(await ask()).toMatchObject({
      status: 'ok',
      jobs: [
        { name: 'source salesforce', lastOutcome: 'done' },
        { name: 'board deals', lastOutcome: 'done' },
      ],
    })

    child.kill('SIGTERM')
    await closed
    expect(child.exitCode, output).toBe(0)
    expect(output).toContain('the worker has stopped; nothing was left')
    expect(output).toContain('Run ended')
    expect(output).not.toContain(SALESFORCE_CLIENT_SECRET)
    expect(output).not.toContain(MONDAY_API_TOKEN)
    const runs = await runOne(['runs', '--json'], {
      ...journey.env,
      DATABASE_URL: `sqlite:${path.join(folder, 'start.db')}`,
    })
    expect((JSON.parse(runs.stdout) as { runs: { kind: string; state: string }[] }).runs).toMatchObject([
      { kind: 'sync', state: 'done' },
      { kind: 'pull', state: 'done' },
    ])
  }, 60_000)
})
