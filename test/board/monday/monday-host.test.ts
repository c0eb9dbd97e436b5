import { describe, expect, test } from 'vitest'
import type { BoardChange, BoardHost, BoardLayout } from '../../../src/board/board.ts'
import { createMondayHost } from '../../../src/board/monday/monday-host.ts'
import type { Clock } from '../../../src/platform/clock.ts'
import type { Fault } from '../../../src/platform/errors.ts'
import type { HttpAnswer, HttpClient, HttpRequest } from '../../../src/platform/http.ts'
import { HttpFault } from '../../../src/platform/http-fault.ts'
import type { Log } from '../../../src/platform/log.ts'
import { collect, SPEC } from '../../contract/board-contract.ts'
import { SteppedClock, StillClock } from '../still-clock.ts'
import { openMonday } from './account.ts'

type Scripted = { status?: number; headers?: Record<string, string>; body?: unknown } | HttpFault | Error

/** A host whose requests are answered from a list; asking for more than is on it fails the test. */
function scripted<C extends Clock = StillClock>(answers: readonly Scripted[], given?: C) {
  const clock = (given ?? new StillClock()) as C
  const requests: HttpRequest[] = []
  const logged: string[] = []
  const write = (fields: object, message: string) => void logged.push(JSON.stringify({ ...fields, message }))
  const log: Log = { debug: write, info: write, warn: write, error: write }
  const left = [...answers]
  const http: HttpClient = {
    request: async (request): Promise<HttpAnswer> => {
      requests.push(request)
      const answer = left.shift()
      if (answer === undefined) throw new Error(`Unexpected request ${requests.length}: ${request.body}`)
      if (answer instanceof Error) throw answer
      const { status = 200, headers = {}, body = {} } = answer
      return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body), ms: 100 }
    },
  }
  const host = createMondayHost({
    token: 'secret-token',
    url: 'https://api.monday.com/v2',
    http,
    clock,
    log,
    random: () => 0.5,
  })
  return { host, clock, requests, logged, left }
}

const LAYOUT: BoardLayout = {
  board: 'deals',
  boardId: '1',
  title: 'Deals',
  url: null,
  keyColumnId: 'boardsync_key',
  columns: { ARR: { id: 'arr', title: 'ARR', type: 'numbers' }, Owner: { id: 'who', title: 'Owner', type: 'people' } },
  groups: { lead: 'g1' },
  itemsCount: 0,
  itemsLimit: null,
}

const create = (key: string): BoardChange => ({
  kind: 'create',
  key,
  layout: LAYOUT,
  name: key,
  group: 'lead',
  cells: { ARR: '1' },
})
const wireItem = (id: string, key: string, more: object = {}) => ({
  id,
  name: key,
  state: 'active',
  created_at: '2026-11-22T10:00:00Z',
  group: { title: 'lead' },
  column_values: [
    { id: 'boardsync_key', type: 'text', text: key, value: `"${key}"` },
    { id: 'arr', type: 'numbers', text: '1', value: '"1"' },
  ],
  ...more,
})
const made = (keys: readonly string[]) => ({
  body: { data: Object.fromEntries(keys.map((key, n) => [`m${n}`, wireItem(String(100 + n), key)])) },
})
const limited = (code: string, seconds?: number, status = 429) => ({
  status,
  body: { errors: [{ message: code, extensions: { code, retry_in_seconds: seconds } }] },
})
const fault = (code: 'http-timeout' | 'http-reset' | 'http-truncated' | 'http-unreachable') =>
  new HttpFault(code, 'POST api.monday.com/v2 broke', { blame: 'remote', sent: code !== 'http-unreachable' })
const sendTo = (host: BoardHost, changes: readonly BoardChange[] = [create('a'), create('b')]) =>
  host.send(host.compose(changes).body, 'key-1')
const failing = async (promise: Promise<unknown>): Promise<Fault> => {
  try {
    await promise
  } catch (error) {
    return error as Fault
  }
  throw new Error('It did not fail')
}

describe('a request', () => {
  test('carries token, pinned version and idempotency key, and is the composed body to the byte', async () => {
    const { host, requests } = scripted([made(['a', 'b'])])
    const { body } = host.compose([create('a'), create('b')])
    await host.send(body, 'key-1')
    expect(requests[0]).toMatchObject({
      method: 'POST',
      url: 'https://api.monday.com/v2',
      headers: { Authorization: 'secret-token', 'API-Version': '2026-10', 'Idempotency-Key': 'key-1' },
    })
    expect(requests[0]?.body).toBe((JSON.parse(body) as { http: string }).http)
  })

  test('never puts token, names or addresses into the log', async () => {
    const { host, logged } = scripted([
      limited('MINUTE_RATE_LIMIT_EXCEEDED', 1),
      { ...made(['a', 'b']), headers: { 'api-version': '2026-07' } },
    ])
    await sendTo(host, [{ ...create('a'), name: 'Ada Lovelace' } as BoardChange, create('b')])
    expect(logged.join()).toContain('waiting for monday')
    expect(logged.join()).toContain('another version')
    expect(logged.join()).not.toMatch(/secret-token|Lovelace|key-1/)
  })
})

describe('where monday surely did nothing and names a short time', () => {
  test.each([
    ['COMPLEXITY_BUDGET_EXHAUSTED', limited('COMPLEXITY_BUDGET_EXHAUSTED', 22), 22_000],
    ['MINUTE_RATE_LIMIT_EXCEEDED', limited('MINUTE_RATE_LIMIT_EXCEEDED', 58), 58_000],
    ['MAX_CONCURRENCY_EXCEEDED', limited('MAX_CONCURRENCY_EXCEEDED', 15), 15_000],
    ['IP_RATE_LIMIT_EXCEEDED', limited('IP_RATE_LIMIT_EXCEEDED', 10), 10_000],
    ['an HTML page with Retry-After', { status: 429, headers: { 'retry-after': '7' }, body: '<html>' }, 7_000],
    [
      'the longer of header and body',
      { ...limited('MINUTE_RATE_LIMIT_EXCEEDED', 3), headers: { 'retry-after': '9' } },
      9_000,
    ],
    [
      'the old complexity error on 200',
      { body: { error_code: 'ComplexityException', error_message: 'reset in 3 seconds' } },
      3_000,
    ],
    ['a conflict with the same key', limited('IDEMPOTENCY_CONFLICT', 2, 409), 2_000],
    ['a locked resource', limited('ResourceLocked', undefined, 423), 1_500],
  ] as const)('%s: it waits and sends the same body with the same key again', async (_, trouble, ms) => {
    const { host, clock, requests } = scripted([trouble, made(['a', 'b'])])
    const { outcomes, calls } = await sendTo(host)
    expect(outcomes.map((one) => one.status)).toEqual(['applied', 'applied'])
    expect(calls).toBe(2)
    const waited = clock.slept.reduce((sum, one) => sum + one, 0)
    expect(waited).toBeGreaterThanOrEqual(ms)
    expect(waited).toBeLessThanOrEqual(ms * 1.1 + 1)
    expect(requests[1]?.body).toBe(requests[0]?.body)
    expect(requests[1]?.headers).toEqual(requests[0]?.headers)
  })

  test('a host that cannot be reached is tried three times, then it is a fault', async () => {
    const { host, requests } = scripted([
      fault('http-unreachable'),
      fault('http-unreachable'),
      fault('http-unreachable'),
    ])
    expect(await failing(sendTo(host))).toMatchObject({ code: 'http-unreachable', exit: 75 })
    expect(requests).toHaveLength(3)
  })

  test('nobody sends anything while monday said wait', async () => {
    const clock = new SteppedClock()
    const { host, requests } = scripted(
      [limited('MINUTE_RATE_LIMIT_EXCEEDED', 30), { body: { data: { i0: [] } } }, { body: { data: { i0: [] } } }],
      clock,
    )
    const first = host.findByIds(LAYOUT, ['1'])
    await clock.somebodySleeps()
    const second = host.findByIds(LAYOUT, ['2'])
    await clock.advance(29_000)
    expect(requests).toHaveLength(1)
    await clock.advance(5_000)
    expect(await Promise.all([first, second])).toEqual([[], []])
    expect(requests).toHaveLength(3)
  })

  test('a request waits when the points left do not carry it', async () => {
    const headers = {
      'ratelimit-policy': '"complexityMinute";q=1000000;w=60',
      ratelimit: '"complexityMinute";r=10000;t=40',
    }
    const answer = made(['a', 'b'])
    const data = { ...answer.body.data, complexity: { query: 20_000, after: 10_000 } }
    const { host, clock } = scripted([{ headers, body: { data } }, made(['a', 'b'])])
    await sendTo(host)
    expect(clock.slept).toEqual([])
    await sendTo(host)
    expect(clock.slept).toEqual([40_000])
  })
})

describe('where the run has to stop', () => {
  test.each([
    [
      'daily limit',
      limited('DAILY_LIMIT_EXCEEDED', 3599),
      { code: 'monday-daily-limit', exit: 75, retryAfterMs: 3_599_000 },
    ],
    [
      'a long wait',
      limited('MINUTE_RATE_LIMIT_EXCEEDED', 600),
      { code: 'monday-limited', exit: 75, retryAfterMs: 600_000 },
    ],
    [
      'blocked',
      { body: { errors: [{ message: 'x', extensions: { code: 'API_TEMPORARILY_BLOCKED' } }] } },
      { code: 'monday-blocked', exit: 75 },
    ],
    ['too complex', limited('maxComplexityExceeded', undefined, 200), { code: 'monday-too-complex', exit: 75 }],
    ['bad token', limited('NOT_AUTHENTICATED', undefined, 401), { code: 'monday-token-refused', blame: 'operator' }],
    ['no permission', limited('USER_UNAUTHORIZED', undefined, 403), { code: 'monday-forbidden', blame: 'operator' }],
    [
      'a version that is none',
      limited('InvalidVersionException', undefined, 200),
      { code: 'monday-request-refused', blame: 'us' },
    ],
    ['a page that is not there', { status: 404, body: '<html>' }, { code: 'monday-request-refused', blame: 'us' }],
  ] as const)('%s is a fault, and nothing was carried out', async (_, trouble, expected) => {
    const { host, clock } = scripted([trouble])
    const error = await failing(sendTo(host))
    expect(error).toMatchObject(expected)
    expect(error.message).not.toContain('secret-token')
    expect(clock.slept).toEqual([])
  })

  test('after the daily limit nothing is sent until it is over', async () => {
    const { host, clock, requests } = scripted([limited('DAILY_LIMIT_EXCEEDED', 3599), made(['a', 'b'])])
    await failing(sendTo(host))
    expect(await failing(sendTo(host))).toMatchObject({ code: 'monday-daily-limit' })
    expect(requests).toHaveLength(1)
    await clock.sleep(3_600_000)
    expect((await sendTo(host)).outcomes).toHaveLength(2)
  })

  test('a batch that was too complex is composed smaller the next time', async () => {
    const { host } = scripted([limited('maxComplexityExceeded', undefined, 200)])
    const many = Array.from({ length: 60 }, (_, n) => create(`k${n}`))
    const first = host.compose(many)
    expect(first.taken).toBe(25)
    await failing(host.send(first.body, 'k'))
    expect(host.compose(many).taken).toBe(12)
  })
})

describe('a request that is refused as a whole', () => {
  const errors = (...all: object[]) => ({ body: { errors: all } })
  test.each([
    [
      'a variable, in a 200 without a code',
      errors({ message: 'Variable "$v1" got invalid value 7; String cannot represent a non string value: 7' }),
    ],
    [
      'a variable, in a 200 with a code',
      errors({ message: 'Variable "$v1" got invalid value', extensions: { code: 'BAD_USER_INPUT' } }),
    ],
    ['a field', limited('undefinedField', undefined, 200)],
    [
      'data null beside it',
      { body: { data: null, errors: [{ message: 'x', extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] } },
    ],
    ['JSON that is none', { ...errors({ message: 'x', extensions: { code: 'JsonParseException' } }), status: 400 }],
    ['400 without a code', { ...errors({ message: 'That is no request' }), status: 400 }],
    ['the older shape', { status: 400, body: { error_code: 'InvalidArgumentException', error_message: 'x' } }],
    ['its size, by a proxy', { status: 413, body: '<html>' }],
  ] as const)('for %s: every outcome is that refusal, said to be of all together', async (_, trouble) => {
    const { host, requests } = scripted([trouble])
    const result = await sendTo(host)
    expect(result).toMatchObject({ calls: 1, replayed: false, together: true })
    expect(result.outcomes).toMatchObject([{ status: 'refused' }, { status: 'refused' }])
    expect(requests).toHaveLength(1)
  })

  test('of a change alone names board, item, reason and what to do', async () => {
    const message = 'Variable "$n0" got invalid value'
    const { host } = scripted([errors({ message })])
    const { outcomes } = await sendTo(host, [create('a')])
    expect(outcomes).toEqual([
      {
        status: 'refused',
        code: 'board-refused',
        message: `Item "a" on board "Deals" was refused by monday (GRAPHQL_VALIDATION_FAILED): ${message}`,
        hint: 'Run refused --retry after looking at the item; if it stays, report the code',
      },
    ])
  })

  test('for a value, without a word on whose or on what was done, is unknown, and says what is suspected', async () => {
    const data = { column_id: 'arr' }
    const trouble = { message: 'no number', extensions: { code: 'ColumnValueException', error_data: data } }
    const { host } = scripted([{ body: { data: null, errors: [trouble] } }])
    const { outcomes, together } = await sendTo(host)
    expect(together).toBeUndefined()
    expect(outcomes).toMatchObject([
      { status: 'unknown', suspect: { status: 'refused', code: 'cell-refused', column: 'ARR' } },
      { status: 'unknown', suspect: { status: 'refused', code: 'cell-refused', column: 'ARR' } },
    ])
  })
})

describe('where a write may have been carried out', () => {
  test.each([
    ['a timeout', fault('http-timeout')],
    ['a cut connection', fault('http-reset')],
    ['a body that ends early', fault('http-truncated')],
    ['502 without body', { status: 502, body: '' }],
    ['503 with HTML', { status: 503, body: '<html>' }],
    ['500', limited('INTERNAL_SERVER_ERROR', undefined, 500)],
    ['an internal error inside 200', { body: { errors: [{ message: 'Internal Server Error' }] } }],
    [
      'tooManyRequests without data',
      { body: { errors: [{ message: 'x', extensions: { code: 'tooManyRequests', status_code: 400 } }] } },
    ],
    ['an answer that is no JSON', { body: '{"data":{"m0":{"id"' }],
    ['something unheard of', { body: { errors: [{ message: 'x', extensions: { code: 'Novel' } }] } }],
    [
      'an error of some item, not said of which',
      { body: { data: null, errors: [{ message: 'x', extensions: { code: 'ColumnValueException' } }] } },
    ],
  ] as const)('%s makes every outcome unknown, and it is not sent again', async (_, trouble) => {
    const { host, requests } = scripted([trouble])
    const { outcomes, calls, replayed } = await sendTo(host)
    expect(outcomes.map((one) => one.status)).toEqual(['unknown', 'unknown'])
    expect({ calls, replayed, sent: requests.length }).toEqual({ calls: 1, replayed: false, sent: 1 })
  })

  test('a conflict that does not end is unknown: the first request may still go through', async () => {
    const { host } = scripted(Array.from({ length: 8 }, () => limited('IDEMPOTENCY_CONFLICT', 1, 409)))
    expect((await sendTo(host)).outcomes).toMatchObject([{ status: 'unknown' }, { status: 'unknown' }])
  })

  test('whatever ends a run after a conflict, the first request may still go through', async () => {
    const { host } = scripted([limited('IDEMPOTENCY_CONFLICT', 1, 409), limited('DAILY_LIMIT_EXCEEDED', 3599)])
    expect((await sendTo(host)).outcomes).toMatchObject([{ status: 'unknown' }, { status: 'unknown' }])
  })

  test('the signal ends waiting, but never a request under way', async () => {
    const stop = new AbortController()
    const reason = new Error('stop')
    const { host, requests } = scripted([made(['a', 'b'])])
    const { body } = host.compose([create('a'), create('b')])
    const sent = host.send(body, 'k', { signal: stop.signal })
    await new Promise((resolve) => setImmediate(resolve))
    stop.abort(reason)
    expect((await sent).outcomes).toMatchObject([{ status: 'applied' }, { status: 'applied' }])
    expect(requests[0]?.signal).toBeUndefined()
    expect(await failing(host.send(body, 'k', { signal: stop.signal }))).toBe(reason)
  })
})

describe('single aliases', () => {
  const partly = (errors: readonly object[], data: object = { m0: null, m1: wireItem('101', 'b') }) => ({
    body: { data, errors },
  })
  const error = (code: string, more: object = {}, path: readonly (string | number)[] = ['m0']) => ({
    message: 'what monday says',
    path,
    extensions: { code, status_code: 200, ...more },
  })

  test('a bad value is refused with column, type, reason and what to do; the others are applied', async () => {
    const { host } = scripted([
      partly([error('ColumnValueException', { error_data: { column_id: 'arr', column_value: 'xyz' } })]),
    ])
    expect((await sendTo(host)).outcomes).toMatchObject([
      {
        status: 'refused',
        code: 'cell-refused',
        column: 'ARR',
        message: 'Column "ARR" (numbers) on board "Deals" does not take the value of "a": what monday says',
        hint: 'Correct the value at its source or the column in the mapping; run explain to see where the value is from',
      },
      { status: 'applied', itemId: '101' },
    ])
  })

  test.each([
    ['DATA_VALIDATIONS_ERROR', 'board-rule'],
    ['InvalidItemIdException', 'item-missing'],
    ['ResourceNotFoundException', 'not-found'],
    ['InvalidColumnIdException', 'column-missing'],
    ['InvalidGroupIdException', 'group-missing'],
    ['InvalidBoardIdException', 'board-missing'],
    ['InvalidUserIdException', 'person-refused'],
    ['ItemNameTooLongException', 'name-length'],
    ['ItemsLimitationException', 'board-full'],
    ['UserUnauthorizedException', 'board-forbidden'],
    ['InvalidArgumentException', 'board-refused'],
  ])('%s is refused as %s, with what to do', async (code, ours) => {
    const { host } = scripted([partly([error(code)])])
    const [first, second] = (await sendTo(host)).outcomes
    expect(first).toMatchObject({ status: 'refused', code: ours })
    if (first?.status !== 'refused') throw new Error()
    expect(first.message).toMatch(/^Item "a" on board "Deals" .*: what monday says$/)
    expect(first.hint).toMatch(/\w/)
    expect(second).toMatchObject({ status: 'applied' })
  })

  test.each([
    ['tooManyRequests: null is unknown, not empty', [error('tooManyRequests', { status_code: 400 })]],
    ['an internal error', [error('INTERNAL_SERVER_ERROR', { status_code: 500 })]],
    ['a lock', [error('ResourceLocked', { status_code: 423 })]],
    ['an error while reading back', [error('ColumnValueException', {}, ['m0', 'column_values'])]],
    ['no error at all', []],
    ['something unheard of', [error('Novel')]],
  ])('%s is unknown', async (_, errors) => {
    const { host } = scripted([partly(errors)])
    expect((await sendTo(host)).outcomes).toMatchObject([{ status: 'unknown' }, { status: 'applied' }])
  })

  test('something unheard of that says it is the caller\u2019s fault is refused', async () => {
    const { host } = scripted([partly([error('Novel', { status_code: 422 })])])
    expect((await sendTo(host)).outcomes).toMatchObject([
      { status: 'refused', code: 'board-refused' },
      { status: 'applied' },
    ])
  })

  test('an item that cannot be read back whole was applied all the same', async () => {
    const { host } = scripted([partly([], { m0: { id: '9' }, m1: wireItem('101', 'b') })])
    expect((await sendTo(host)).outcomes[0]).toEqual({ status: 'applied', itemId: '9' })
  })

  test('what was done counts, also beside an error that names no alias', async () => {
    const { host } = scripted([partly([{ message: 'x', extensions: { code: 'COMPLEXITY_BUDGET_EXHAUSTED' } }])])
    expect((await sendTo(host)).outcomes).toMatchObject([{ status: 'unknown' }, { status: 'applied' }])
  })

  test('a replay says so', async () => {
    const { host } = scripted([{ ...made(['a', 'b']), headers: { 'idempotency-replayed': 'true' } }])
    expect((await sendTo(host)).replayed).toBe(true)
  })

  test('people nobody looked up yet are looked up once, and shown by id when that does not help', async () => {
    const who = (id: string) => ({
      id: 'who',
      type: 'people',
      text: 'A',
      value: `{"personsAndTeams":[{"id":${id},"kind":"person"}]}`,
    })
    const withWho = (id: string) => ({ body: { data: { m0: wireItem('1', 'a', { column_values: [who(id)] }) } } })
    const { host, left } = scripted([
      withWho('7'),
      { body: { data: { users: [{ id: '7', email: 'Ada@Acme.example' }] } } },
      withWho('7'),
      withWho('8'),
      limited('USER_UNAUTHORIZED', undefined, 403),
    ])
    const owner = async () => {
      const [outcome] = (await sendTo(host, [create('a')])).outcomes
      return outcome?.status === 'applied' ? outcome.item?.cells['Owner'] : outcome
    }
    expect(await owner()).toBe('ada@acme.example')
    expect(await owner()).toBe('ada@acme.example')
    expect(await owner()).toBe('#8')
    expect(left).toEqual([])
  })
})

describe('reading', () => {
  const page = (cursor: string | null, ids: readonly number[]) => ({
    cursor,
    items: ids.map((id) => wireItem(String(id), `k${id}`)),
  })
  const first = (cursor: string | null, ids: readonly number[]) => ({
    body: { data: { boards: [{ items_page: page(cursor, ids) }] } },
  })
  const next = (cursor: string | null, ids: readonly number[]) => ({
    body: { data: { next_items_page: page(cursor, ids) } },
  })
  const expired = { body: { errors: [{ message: 'Cursor has expired', extensions: { code: 'CursorExpiredError' } }] } }

  test('starts again when the cursor expires, and yields no item twice', async () => {
    const { host, left } = scripted([first('c1', [1, 2]), expired, first('c2', [2, 1]), next(null, [3, 2])])
    expect((await collect(host.ownItems(LAYOUT))).map((item) => item.itemId)).toEqual(['1', '2', '3'])
    expect(left).toEqual([])
  })

  test('gives up with try later when it expires again and again', async () => {
    const { host } = scripted(Array.from({ length: 6 }, () => [first('c', [1]), expired]).flat())
    expect(await failing(collect(host.ownItems(LAYOUT)))).toMatchObject({ code: 'monday-listing-expired', exit: 75 })
  })

  test('takes smaller pages where 500 are too complex', async () => {
    const { host, requests } = scripted([limited('maxComplexityExceeded', undefined, 200), first(null, [1])])
    await collect(host.ownItems(LAYOUT))
    expect(
      requests.map((one) => (JSON.parse(one.body ?? '') as { variables: { limit: number } }).variables.limit),
    ).toEqual([500, 250])
  })

  test.each([
    ['a cut connection', fault('http-reset')],
    ['502', { status: 502, body: '<html>' }],
    ['an internal error inside 200', { body: { errors: [{ message: 'Internal Server Error' }] } }],
    [
      'tooManyRequests beside partial data',
      {
        body: {
          data: { boards: null },
          errors: [{ message: 'x', path: ['boards'], extensions: { code: 'tooManyRequests' } }],
        },
      },
    ],
  ] as const)('%s is asked again', async (_, trouble) => {
    const { host, requests } = scripted([trouble, first(null, [1])])
    expect(await collect(host.ownItems(LAYOUT))).toHaveLength(1)
    expect(requests).toHaveLength(2)
  })

  test('a listing that is stopped early asks for no further page', async () => {
    const { host, requests } = scripted([first('c1', [1, 2])])
    for await (const item of host.ownItems(LAYOUT)) {
      expect(item.itemId).toBe('1')
      break
    }
    expect(requests).toHaveLength(1)
  })

  test('a board that is gone is a fault, not an empty one', async () => {
    const { host } = scripted([{ body: { data: { boards: [] } } }])
    expect(await failing(collect(host.ownItems(LAYOUT)))).toMatchObject({ code: 'board-absent' })
  })

  test('items that moved to another board are not ours any more', async () => {
    const items = [wireItem('1', 'a', { board: { id: '1' } }), wireItem('2', 'b', { board: { id: '9' } }), null]
    const { host } = scripted([{ body: { data: { i0: items } } }])
    expect((await host.findByIds(LAYOUT, ['1', '2', '3'])).map((item) => item.itemId)).toEqual(['1'])
  })

  test('keys and ids are asked for in chunks of 100, five to a request', async () => {
    const ids = Array.from({ length: 720 }, (_, n) => String(n))
    const nothing = (alias: string, n: number, value: unknown) => ({
      body: { data: Object.fromEntries(Array.from({ length: n }, (_, i) => [`${alias}${i}`, value])) },
    })
    const { host, requests } = scripted([
      nothing('i', 5, []),
      nothing('i', 3, []),
      nothing('k', 5, { cursor: null, items: [] }),
      nothing('k', 3, { cursor: null, items: [] }),
    ])
    await host.findByIds(LAYOUT, ids)
    await host.findByKeys(LAYOUT, ids)
    const sizes = requests.map((one) => {
      const { variables } = JSON.parse(one.body ?? '') as { variables: Record<string, unknown> }
      return Object.entries(variables)
        .filter(([name]) => /^v\d/.test(name))
        .map(([, chunk]) => (chunk as unknown[]).length)
    })
    expect(sizes).toEqual([
      [100, 100, 100, 100, 100],
      [100, 100, 20],
      [100, 100, 100, 100, 100],
      [100, 100, 20],
    ])
  })
})

describe('people in cells', () => {
  const owned = (email: string): BoardChange => ({ ...create('a'), cells: { Owner: email } }) as BoardChange
  const spec = { ...SPEC, ref: { id: '1' }, columns: [], groups: [] }
  const key = { id: 'boardsync_key', title: 'boardsync key', type: 'text' }
  const board = {
    body: { data: { boards: [{ id: '1', name: 'Deals', state: 'active', columns: [key], groups: [] }] } },
  }

  test('whom nobody asked about are a fault and never an empty cell', () => {
    const { host } = scripted([])
    expect(() => host.compose([owned('ada@acme.example')])).toThrow(/names somebody whom prepare was not told of/)
  })

  test('go by id when prepare found them, and are left out when the account has nobody of that address', async () => {
    const { host } = scripted([board, { body: { data: { users: [{ id: '7', email: 'ada@acme.example' }] } } }])
    const { unknownPeople } = await host.prepare({ ...spec, people: ['ada@acme.example', 'ben@acme.example'] })
    expect(unknownPeople).toEqual(['ben@acme.example'])
    const { body } = host.compose([owned('ada@acme.example, ben@acme.example'), owned('ben@acme.example')])
    const { variables } = JSON.parse((JSON.parse(body) as { http: string }).http) as {
      variables: Record<string, string>
    }
    expect(JSON.parse(variables['v0'] ?? '')).toMatchObject({ who: { personsAndTeams: [{ id: 7, kind: 'person' }] } })
    expect(JSON.parse(variables['v1'] ?? '')).not.toHaveProperty('who')
  })
})

describe('what an earlier process found out', () => {
  const users = { body: { data: { users: [{ id: '7', email: 'ada@acme.example' }] } } }
  const find = ['ada@acme.example']

  test('of people is believed for a day, and of the same account alone', async () => {
    const first = scripted([users])
    await first.host.unknownPeople(find)
    const next = scripted([])
    next.host.recall(first.host.learned())
    expect(await next.host.unknownPeople(find)).toEqual([])
    const dayLater = scripted([])
    await dayLater.clock.sleep(24 * 3_600_000)
    dayLater.host.recall(first.host.learned())
    expect(dayLater.host.knowsPerson('ada@acme.example')).toBe(false)
    const other = scripted([])
    other.host.recall(first.host.learned().replace(/"account":"\w+"/, '"account":"another"'))
    expect(other.host.knowsPerson('ada@acme.example')).toBe(false)
    expect(first.host.learned()).not.toContain('secret-token')
  })

  test('is not older for being handed on', async () => {
    const first = scripted([users])
    await first.host.unknownPeople(find)
    const next = scripted([])
    await next.clock.sleep(12 * 3_600_000)
    next.host.recall(first.host.learned())
    expect(next.host.learned()).toContain('ada@acme.example')
    const last = scripted([])
    await last.clock.sleep(25 * 3_600_000)
    last.host.recall(next.host.learned())
    expect(last.host.knowsPerson('ada@acme.example')).toBe(false)
  })

  test('leaves out people of a request of which monday did not take one', async () => {
    const error = { message: 'no such user', path: ['m0'], extensions: { code: 'InvalidUserIdException' } }
    const { host } = scripted([users, { body: { data: { m0: null }, errors: [error] } }])
    await host.unknownPeople(find)
    const { body } = host.compose([{ ...create('a'), cells: { Owner: 'ada@acme.example' } } as BoardChange])
    expect((await host.send(body, 'key')).outcomes).toMatchObject([{ status: 'refused', code: 'person-refused' }])
    expect(host.knowsPerson('ada@acme.example')).toBe(true)
    expect(host.learned()).not.toContain('ada@acme.example')
  })
})

describe('the budget', () => {
  const told = (platform: object) => ({ body: { data: { platform_api: platform } } })

  test('is asked for once, then counted', async () => {
    const daily = {
      daily_limit: { base: 1000, total: 6000 },
      daily_analytics: {
        by_day: [
          { day: '2026-11-21', usage: 9 },
          { day: '2026-11-22', usage: 40 },
        ],
      },
    }
    const { host } = scripted([told(daily), made(['a', 'b'])])
    expect((await host.budget()).day).toEqual({ limit: 6000, used: 40 })
    await sendTo(host)
    expect((await host.budget()).day).toEqual({ limit: 6000, used: 41 })
  })

  test('stays unknown for a token that may not see it', async () => {
    const { host } = scripted([limited('USER_UNAUTHORIZED', undefined, 403)])
    expect((await host.budget()).day).toBeNull()
  })
})

describe('preparing', () => {
  const stage = (revision: string, labels: readonly object[]) => ({
    id: 's',
    title: 'Stage',
    type: 'status',
    revision,
    settings: { labels },
  })
  const key = { id: 'boardsync_key', title: 'boardsync key', type: 'text', revision: '1' }
  const board = (columns: readonly object[]) => ({
    body: { data: { boards: [{ id: '1', name: 'Deals', state: 'active', columns, groups: [] }] } },
  })
  const spec = {
    ...SPEC,
    ref: { id: '1' },
    columns: [{ title: 'Stage', type: 'status' as const, labels: [{ label: 'Won' }] }],
    groups: [],
    people: [],
  }
  const stale = {
    body: {
      data: { update_status_column: null },
      errors: [{ message: 'Revision mismatch', path: ['update_status_column'], extensions: { code: 'X' } }],
    },
  }

  test('adds labels with the revision, and once more on what is there now when that is stale', async () => {
    const done = { id: 1, label: 'Done', color: 1, index: 0 }
    const updated = {
      body: { data: { update_status_column: stage('r3', [done, { id: 0, label: 'Won', color: 0, index: 1 }]) } },
    }
    const { host, requests } = scripted([
      board([key, stage('r1', [])]),
      stale,
      board([key, stage('r2', [done])]),
      updated,
    ])
    const { layout, made, problems } = await host.prepare(spec)
    expect({ made, problems }).toEqual({ made: ['label "Won" of column "Stage" created'], problems: [] })
    expect(layout.columns.Stage?.labels).toEqual({ Done: '1', Won: '0' })
    const sent = [requests[1], requests[3]].map(
      (one) => (JSON.parse(one?.body ?? '') as { variables: Record<string, unknown> }).variables,
    )
    expect(sent.map((one) => one['revision'])).toEqual(['r1', 'r2'])
    expect(sent[1]?.['settings']).toMatchObject({ labels: [{ id: 1, label: 'Done' }, { label: 'Won' }] })
  })

  test('a revision that is stale twice is a problem, and the rest goes on', async () => {
    const { host } = scripted([board([key, stage('r1', [])]), stale, board([key, stage('r2', [])]), stale])
    const { layout, problems } = await host.prepare(spec)
    expect(problems).toMatchObject([{ code: 'board-structure-refused', column: 'Stage' }])
    expect(layout.columns.Stage?.labels).toEqual({})
  })

  test('what may not be made is a problem that says what to do; the key column is needed', async () => {
    const refused = (alias: string) => ({
      message: 'not allowed',
      path: [alias],
      extensions: { code: 'UserUnauthorizedException' },
    })
    const wants = { ...spec, columns: [{ title: 'ARR', type: 'numbers' as const }], groups: ['lead'] }
    const { host } = scripted([
      board([key]),
      { body: { data: { c0: null, g0: null }, errors: [refused('c0'), refused('g0')] } },
      board([key]),
    ])
    const { layout, problems } = await host.prepare(wants)
    expect(problems.map((one) => one.message)).toEqual([
      'Column "ARR" could not be made on board "Deals" (UserUnauthorizedException: not allowed)',
      'Group "lead" could not be made on board "Deals" (UserUnauthorizedException: not allowed)',
    ])
    expect(layout.columns).toEqual({})

    const keyless = scripted([
      board([]),
      { body: { data: { c0: null }, errors: [refused('c0')] } },
      { body: { data: { c0: null }, errors: [refused('c0')] } },
    ])
    expect(await failing(keyless.host.prepare({ ...spec, columns: [] }))).toMatchObject({
      code: 'board-key-column-missing',
    })
  })

  test('looks, and asks again with the same key, when it is not known whether a structure was made', async () => {
    const created = { body: { data: { c0: { id: 'boardsync_key' } } } }
    const { host, requests } = scripted([board([]), fault('http-reset'), board([]), created, board([key])])
    const { made } = await host.prepare({ ...spec, columns: [] })
    expect(made).toEqual(['column "boardsync key" (text) created'])
    expect(requests[3]?.headers).toEqual(requests[1]?.headers)
    expect(requests[3]?.body).toBe(requests[1]?.body)
  })

  test('a structure of which no answer came and that is there is not made twice; one half made is waited for', async () => {
    const wants = { ...spec, columns: [{ title: 'ARR', type: 'numbers' as const }] }
    const arr = { id: 'arr', title: 'ARR', type: 'numbers' }
    const { host, left } = scripted([board([]), { status: 502 }, board([arr]), board([arr, key])])
    const { made } = await host.prepare(wants)
    expect(made).toEqual(['column "ARR" (numbers) created', 'column "boardsync key" (text) created'])
    expect(left).toEqual([])

    const half = scripted([board([]), { status: 502 }, board([arr]), board([arr]), board([arr])])
    expect(await failing(half.host.prepare(wants))).toMatchObject({ code: 'monday-unavailable', exit: 75 })
  })

  test('workspace and board of which no answer came and that are there are not made twice', async () => {
    const listing = (field: string, ...found: object[]) => ({ body: { data: { [field]: found } } })
    const bizOps = { id: '5', name: 'BizOps' }
    const { host, left } = scripted([
      listing('boards'),
      listing('workspaces'),
      fault('http-reset'),
      listing('workspaces', bizOps),
      fault('http-truncated'),
      listing('boards', { id: '1', name: 'Deals', workspace: bizOps }),
      board([key]),
    ])
    const { layout, made } = await host.prepare({
      ...spec,
      columns: [],
      ref: { name: 'Deals', workspace: 'BizOps' },
      create: true,
    })
    expect(made).toEqual(['workspace "BizOps" created', 'board "Deals" created'])
    expect(layout.boardId).toBe('1')
    expect(left).toEqual([])
  })

  test('two boards of one name are not guessed between', async () => {
    const named = { name: 'Deals', workspace: { id: '5', name: 'BizOps' } }
    const { host } = scripted([
      {
        body: {
          data: {
            boards: [
              { id: '1', ...named },
              { id: '2', ...named },
              { id: '3', name: 'Deals', workspace: null },
            ],
          },
        },
      },
    ])
    expect(await failing(host.inspect({ name: 'Deals', workspace: 'BizOps' }))).toMatchObject({
      code: 'board-ambiguous',
      message: 'monday has 2 boards named "Deals" (ids 1, 2)',
    })
  })

  test('one listing serves all boards that are looked for by name; one that is not on it is looked for anew', async () => {
    const workspace = { id: '5', name: 'BizOps' }
    const listing = (...names: string[]) => ({
      body: { data: { boards: names.map((name, n) => ({ id: String(n + 1), name, workspace })) } },
    })
    const detail = (id: string, name: string) => ({ body: { data: { boards: [{ id, name, state: 'active' }] } } })
    const { host, left } = scripted([
      listing('Deals', 'Leads'),
      detail('1', 'Deals'),
      detail('2', 'Leads'),
      listing('Deals', 'Leads', 'Funnel'),
      detail('3', 'Funnel'),
    ])
    for (const name of ['Deals', 'Leads', 'Funnel']) {
      expect((await host.inspect({ name, workspace: 'BizOps' }))?.title).toBe(name)
    }
    expect(left).toEqual([])
  })

  test('a board that was archived is absent', async () => {
    const { host } = scripted([{ body: { data: { boards: [{ id: '1', name: 'Deals', state: 'archived' }] } } }])
    expect(await host.inspect({ id: '1' })).toBeNull()
  })
})

describe('against the sandbox', () => {
  test.each([
    ['optimistic', 12],
    ['pessimistic', 45],
  ] as const)('1,000 changed items take few requests under the %s reading: at most %i', async (reading, most) => {
    const account = await openMonday({ reading, speed: 5000 })
    try {
      const { layout } = await account.host.prepare(SPEC)
      const sendAll = async (changes: readonly BoardChange[], name: string) => {
        const itemIds: string[] = []
        let calls = 0
        for (let rest = changes; rest.length > 0; ) {
          const { body, taken } = account.host.compose(rest)
          const result = await account.host.send(body, `${name}-${rest.length}`)
          calls += result.calls
          for (const one of result.outcomes) if (one.status === 'applied') itemIds.push(one.itemId)
          rest = rest.slice(taken)
        }
        return { itemIds, calls }
      }
      const cells = { ARR: '100', Stage: 'Qualified', Owner: 'ada@acme.example', 'Close date': '2026-11-22' }
      const creates = Array.from(
        { length: 1000 },
        (_, n): BoardChange => ({ kind: 'create', key: `k${n}`, layout, name: `Item ${n}`, group: 'lead', cells }),
      )
      const { itemIds } = await sendAll(creates, 'create')
      expect(itemIds).toHaveLength(1000)
      const fresh = account.reopen()
      await fresh.prepare(SPEC)
      const updates = itemIds.map(
        (itemId, n): BoardChange => ({
          kind: 'update',
          key: `k${n}`,
          layout,
          itemId,
          cells: { ARR: '200', Stage: 'Closed Won' },
        }),
      )
      const { calls, itemIds: updated } = await sendAll(updates, 'update')
      expect(updated).toEqual(itemIds)
      expect(calls).toBeLessThanOrEqual(most)
      expect((await account.host.budget()).day).toMatchObject({ limit: 10_000 })
    } finally {
      await account.close()
    }
  })

  test.each(['cut-before', 'cut-after', 'truncate', 'status', 'status-after', 'html'] as const)(
    'a write that meets %s is unknown, and the same body with the same key settles it with one item',
    async (action) => {
      const account = await openMonday()
      try {
        const { layout } = await account.host.prepare(SPEC)
        account.engine.faults.add([{ operation: 'monday.mutation', nth: 1, action, with: { status: 502, bytes: 20 } }])
        const { body } = account.host.compose([{ ...create('a'), layout, cells: {} } as BoardChange])
        expect((await account.host.send(body, 'k')).outcomes).toMatchObject([{ status: 'unknown' }])
        expect((await account.host.send(body, 'k')).outcomes).toMatchObject([{ status: 'applied' }])
        expect(await collect(account.host.ownItems(layout))).toHaveLength(1)
      } finally {
        await account.close()
      }
    },
  )

  test('a listing longer than the life of its cursor is read to the end, every item once', async () => {
    const account = await openMonday()
    try {
      const { layout } = await account.host.prepare(SPEC)
      for (let n = 0; n < 11; n += 1) {
        const changes = Array.from(
          { length: 60 },
          (_, i): BoardChange => ({ ...create(`${n}-${i}`), layout, cells: {} }) as BoardChange,
        )
        for (let rest = changes; rest.length > 0; ) {
          const { body, taken } = account.host.compose(rest)
          await account.host.send(body, `${n}-${rest.length}`)
          rest = rest.slice(taken)
        }
      }
      const keys: string[] = []
      let late = false
      for await (const item of account.host.ownItems(layout)) {
        keys.push(item.key)
        if (!late) account.engine.clock.advance(3_700_000)
        late = true
      }
      expect(keys).toHaveLength(660)
      expect(new Set(keys).size).toBe(660)
    } finally {
      await account.close()
    }
  })
})
