import { describe, expect, test } from 'vitest'
import type { BoardChange, BoardImports, BoardLayout, ImportResult } from '../../../src/board/board.ts'
import { createMondayHost } from '../../../src/board/monday/monday-host.ts'
import { silentLog } from '../../../src/platform/log.ts'
import { SPEC } from '../../contract/board-contract.ts'
import { StillClock } from '../still-clock.ts'
import { type MondayAccount, openMonday } from './account.ts'

const HOUR = 3_600_000

interface Stage extends AsyncDisposable {
  readonly account: MondayAccount
  readonly imports: BoardImports
  readonly layout: BoardLayout
  create(keys: readonly string[], cells?: Readonly<Record<string, string>>): BoardChange[]
  open(changes: readonly BoardChange[]): Promise<string>
  /** Names of the items on the board, by key. */
  keys(): Promise<string[]>
}

async function stage(options: Parameters<typeof openMonday>[0] = {}): Promise<Stage> {
  const account = await openMonday({ speed: 600, ...options })
  const { imports } = account.host
  if (imports === undefined) throw new Error('no imports')
  const { layout } = await account.host.prepare(SPEC)
  return {
    account,
    imports,
    layout,
    create: (keys, cells = {}) =>
      keys.map((key) => ({ kind: 'create', key, layout, name: `Item ${key}`, group: 'lead', cells })),
    open: async (changes) => (await imports.open(imports.compose(changes).body, `key-${changes[0]?.key}`)).body,
    keys: async () => {
      const keys: string[] = []
      for await (const item of account.reopen().ownItems(layout)) keys.push(item.key)
      return keys.sort()
    },
    [Symbol.asyncDispose]: () => account.close(),
  }
}

const statuses = (result: ImportResult) =>
  result.is === 'done' ? result.outcomes.map(({ status }) => status) : result.is

describe('whatever goes wrong on the way, the file arrives once and the report is read', () => {
  test.each([
    ['the upload is cut off before it arrived', 'monday.upload', 'cut-before', 1],
    ['the upload took effect, its answer is lost', 'monday.upload', 'cut-after', 1],
    ['the storage answers 503', 'monday.upload', 'status', 2],
    ['looking at the job fails for a while', 'monday.query', 'cut-after', 2],
    ['the report is cut off', 'monday.report', 'cut-before', 1],
  ] as const)('%s', async (_, operation, action, times) => {
    await using on = await stage()
    const body = await on.open(on.create(['a', 'b']))
    on.account.engine.faults.add([{ operation, nth: 1, times, action, with: { status: 503 } }])
    expect(statuses(await on.imports.finish(body, { fresh: true }))).toEqual(['applied', 'applied'])
    expect(await on.keys()).toEqual(['a', 'b'])
  })

  test('the answer to opening a job is lost: it is asked for with the same key, and one job is opened', async () => {
    await using on = await stage()
    on.account.engine.faults.add([{ operation: 'monday.mutation', nth: 1, times: 1, action: 'cut-after' }])
    const body = await on.open(on.create(['a']))
    expect(statuses(await on.imports.finish(body, { fresh: true }))).toEqual(['applied'])
    const jobs = on.account.engine.sideEffects.list().filter(({ operation }) => operation.endsWith('ingest_items'))
    expect(jobs).toHaveLength(1)
  })
})

describe('a job that changed nothing and never will is a fault that says so', () => {
  test('its file did not arrive before the link ended', async () => {
    await using on = await stage()
    const body = await on.open(on.create(['a']))
    on.account.engine.faults.add([{ operation: 'monday.upload', action: 'cut-before' }])
    on.account.engine.clock.advance(9 * 60_000)
    await expect(on.imports.finish(body, { fresh: true })).rejects.toMatchObject({ code: 'import-expired', exit: 75 })
    expect(await on.keys()).toEqual([])
  })

  test('the hour holds no more items', async () => {
    await using on = await stage()
    on.account.engine.limits.set('monday.importItemsPerHour', 1)
    const body = await on.open(on.create(['a', 'b']))
    await expect(on.imports.finish(body, { fresh: true })).rejects.toMatchObject({ code: 'import-hour-used' })
  })

  test('the hour holds no more jobs; other requests are sent all the same', async () => {
    await using on = await stage()
    on.account.engine.limits.set('monday.importJobsPerHour', 0)
    await expect(on.open(on.create(['a']))).rejects.toMatchObject({ code: 'import-hour-used', exit: 75 })
    const { outcomes } = await on.account.host.send(on.account.host.compose(on.create(['a'])).body, 'k')
    expect(outcomes).toMatchObject([{ status: 'applied' }])
  })

  test('monday takes no file with a checkbox: such changes are no rows any more, others are', async () => {
    await using on = await stage({ reading: 'pessimistic' })
    const [ticked] = on.create(['a'], { 'At risk': 'v' })
    const [plain] = on.create(['b'], { ARR: '1' })
    if (ticked === undefined || plain === undefined) throw new Error('nothing to import')
    const body = await on.open([ticked, plain])
    await expect(on.imports.finish(body, { fresh: true })).rejects.toMatchObject({ code: 'import-refused' })
    expect([on.imports.takes(ticked), on.imports.takes(plain)]).toEqual([false, true])
  })

  test('the board takes no import at all: no change of it is a row any more', async () => {
    await using on = await stage()
    on.account.engine.limits.set('monday.itemsPerBoard', 1)
    const changes = on.create(['a', 'b'])
    const body = await on.open(changes)
    await expect(on.imports.finish(body, { fresh: true })).rejects.toMatchObject({
      code: 'import-refused',
      message: expect.stringContaining('BOARD_CAPACITY_EXCEEDED'),
    })
    expect(changes.map((change) => on.imports.takes(change))).toEqual([false, false])
  })
})

describe('a job whose end cannot be known', () => {
  test('is lost when monday no longer knows it, with the time from which on it is surely over', async () => {
    await using on = await stage()
    const body = await on.open(on.create(['a']))
    await on.imports.finish(body, { fresh: true })
    on.account.engine.clock.advance(25 * HOUR)
    const result = await on.account.reopen().imports?.finish(body)
    expect(result).toMatchObject({ is: 'lost', message: 'monday no longer knows the job' })
    expect(result?.is === 'lost' && result.overAt).toBeGreaterThan(0)
  })

  test('is open when its stored body cannot be read', async () => {
    await using on = await stage()
    const body = await on.open(on.create(['a']))
    const unreadable = await on.imports.finish(body.replace('"csv"', '"file"'))
    expect(unreadable).toMatchObject({ is: 'open', fault: { code: 'board-request-unreadable' } })
  })

  test('is open when the calls of the day are used up: it goes on all the same', async () => {
    await using on = await stage()
    const body = await on.open(on.create(['a']))
    on.account.engine.limits.set('monday.callsPerDay', 0)
    const result = await on.imports.finish(body, { fresh: true })
    expect(result).toMatchObject({ is: 'open', fault: { code: 'monday-daily-limit' } })
    on.account.engine.limits.set('monday.callsPerDay', 10_000)
    expect(statuses((await on.account.reopen().imports?.finish(body)) as ImportResult)).toEqual(['applied'])
  })

  test('is open when we are told to stop', async () => {
    await using on = await stage({ reading: 'pessimistic' })
    const body = await on.open(on.create(['a']))
    const stop = new AbortController()
    const finishing = on.imports.finish(body, { fresh: true, signal: stop.signal })
    stop.abort(new Error('stop'))
    expect(await finishing).toMatchObject({ is: 'open', fault: { code: 'import-under-way', exit: 75 } })
  })

  test('its rows are unknown when the report does not tell them apart', async () => {
    await using on = await stage()
    const body = await on.open(on.create(['a', 'b']))
    const wrong = JSON.stringify({
      ...JSON.parse(body),
      rows: [...JSON.parse(body).rows, { key: 'c', kind: 'create' }],
    })
    expect(statuses(await on.imports.finish(wrong, { fresh: true }))).toEqual(['unknown', 'unknown', 'unknown'])
  })
})

describe('answers that the sandbox does not give', () => {
  const opened = { import: { boardId: '1', title: 'Deals', groupId: 'g', keyColumnId: 'k', columns: {} } }
  const rows = [{ key: 'a', kind: 'create' }]
  const job = { id: 'j', url: 'https://storage.example/j?signature=x', openedAt: new StillClock().now() }
  const body = JSON.stringify({ ...opened, rows, csv: 'name,k\nA,a\n', job })

  /** A host whose job has this status whenever it is asked, with a storage that takes everything. */
  function told(status: object, clock = new StillClock()) {
    const asked: string[] = []
    const host = createMondayHost({
      token: 't',
      url: 'https://api.monday.com/v2',
      clock,
      log: silentLog,
      random: () => 0.5,
      http: {
        request: async ({ method }) => {
          asked.push(method)
          const answer = method === 'POST' ? status : ''
          return { status: 200, headers: {}, body: JSON.stringify(answer), ms: 1 }
        },
      },
    })
    const finish = async (fresh: boolean) => await host.imports?.finish(body, { fresh })
    return { finish, asked, clock }
  }
  const statusOf = (job: object) => ({ data: { fetch_job_status: job } })

  test('a job that was rejected half-way is lost: the board shows what was done', async () => {
    const half = { status: 'REJECTED', failure_reason: 'ACCOUNT_CAPACITY_EXCEEDED', counts: { created: 3, updated: 0 } }
    expect(await told(statusOf(half)).finish(true)).toMatchObject({ is: 'lost' })
    const untold = { status: 'REJECTED', failure_reason: 'BOARD_CAPACITY_EXCEEDED', counts: null }
    expect(await told(statusOf(untold)).finish(true)).toMatchObject({ is: 'lost' })
    const none = { ...half, counts: { created: 0, updated: 0 } }
    await expect(told(statusOf(none)).finish(true)).rejects.toMatchObject({ code: 'import-hour-used' })
  })

  test('a job that has its file and never begins is lost, never let go', async () => {
    const { finish, asked } = told(statusOf({ status: 'UPLOAD_PENDING' }))
    expect(await finish(true)).toMatchObject({ is: 'lost', message: 'monday has its file and does not begin' })
    expect(asked.filter((method) => method === 'PUT')).toHaveLength(1)
  })

  test('a job found waiting after its link has ended is let go: no upload can arrive any more', async () => {
    const clock = new StillClock(job.openedAt + 16 * 60_000)
    const { finish, asked } = told(statusOf({ status: 'UPLOAD_PENDING' }), clock)
    await expect(finish(false)).rejects.toMatchObject({ code: 'import-expired' })
    expect(asked).not.toContain('PUT')
  })

  test('a job found waiting just when its link ends is waited for, as an upload may be on its way', async () => {
    const clock = new StillClock(job.openedAt + 10 * 60_000 + 1)
    await expect(told(statusOf({ status: 'UPLOAD_PENDING' }), clock).finish(false)).rejects.toMatchObject({
      code: 'import-expired',
    })
    expect(clock.now()).toBeGreaterThanOrEqual(job.openedAt + 15 * 60_000)
  })

  test('words nobody knows leave a job open for a day; then it is lost', async () => {
    const odd = statusOf({ status: 'RESTING' })
    expect(await told(odd).finish(true)).toMatchObject({ is: 'open', fault: { code: 'monday-answer-unreadable' } })
    const late = new StillClock(job.openedAt + 25 * HOUR)
    expect(await told(odd, late).finish(false)).toMatchObject({ is: 'lost' })
    const working = statusOf({ status: 'PROCESSING', progress_percentage: 5 })
    expect(await told(working).finish(true)).toMatchObject({ is: 'open', fault: { code: 'import-under-way' } })
    expect(await told(working, new StillClock(late.now())).finish(false)).toMatchObject({ is: 'lost' })
  })
})

test('a row that monday refuses is a refusal that names column and key, without the value; the others are made', async () => {
  await using on = await stage()
  const [bad] = on.create(['a'], { ARR: 'twelve thousand', 'Next step': 'Call Ada' })
  const [good] = on.create(['b'], { ARR: '12' })
  if (bad === undefined || good === undefined) throw new Error('nothing to import')
  const result = await on.imports.finish(await on.open([bad, good]), { fresh: true })
  expect(result).toMatchObject({
    is: 'done',
    outcomes: [
      {
        status: 'refused',
        code: 'cell-refused',
        column: 'ARR',
        message: expect.stringMatching(/^Column "ARR" \(numbers\) on board "Deals" does not take the value of "a"/),
      },
      { status: 'applied', made: true },
    ],
  })
  expect(JSON.stringify(result)).not.toMatch(/twelve|Ada/)
})

test('the file goes to the storage once, and the token never', async () => {
  await using on = await stage()
  const seen: string[] = []
  const { faults } = on.account.engine
  const hit = faults.hit.bind(faults)
  faults.hit = (operation) => {
    seen.push(operation)
    return hit(operation)
  }
  expect(statuses(await on.imports.finish(await on.open(on.create(['a'])), { fresh: true }))).toEqual(['applied'])
  // The sandbox refuses uploads that carry a token, as the storage does.
  expect(seen.filter((operation) => operation === 'monday.upload')).toHaveLength(1)
})
