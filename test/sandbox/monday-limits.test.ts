import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { versionFor, versionsAt } from '../../src/sandbox/monday/versions.ts'
import { BOB, MondayAccount } from './monday-account.ts'

const MINUTE = 60_000
const CREATE = (n: number) =>
  `mutation ($b: ID!) { ${Array.from({ length: n }, (_, i) => `a${i}: create_item(board_id: $b, item_name: "I") { id }`).join('\n')} }`

describe('budgets of a monday account', () => {
  test('every answer tells them in RateLimit and RateLimit-Policy', async () => {
    await using account = await MondayAccount.open({ plan: 'enterprise' })
    const { headers } = await account.ask('{ me { id } }')
    assert.equal(
      headers.get('ratelimit-policy'),
      '"minuteRate";q=5000;w=60, "concurrency";q=250;qu="concurrent-requests", "complexityMinute";q=10000000;w=60;qu="content-bytes"',
    )
    assert.match(
      headers.get('ratelimit') ?? '',
      /^"minuteRate";r=4999, "concurrency";r=249, "complexityMinute";r=9999997;t=(59|60)$/,
    )
    assert.equal(headers.get('api-version'), '2026-10')
    assert.match(headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/)
  })

  test('every body carries the request id of the header', async () => {
    await using account = await MondayAccount.open()
    const { body, headers } = await account.ask('{ me { id } }')
    assert.deepEqual(body.extensions, { request_id: headers.get('x-request-id') })
  })

  test.each([
    ['free', 1_000, 1_000],
    ['standard', 1_000, 1_000],
    ['pro', 10_000, 2_500],
    ['enterprise', 25_000, 5_000],
  ] as const)('plan %s has %i calls a day and %i requests a minute', async (plan, day, minute) => {
    await using account = await MondayAccount.open({ plan })
    const { data, headers } = await account.ask(
      '{ platform_api { daily_limit { base total } } account { plan { tier } } }',
    )
    assert.deepEqual(data.platform_api.daily_limit, { base: day, total: day })
    assert.equal(data.account.plan.tier, plan)
    assert.match(headers.get('ratelimit-policy') ?? '', new RegExp(`"minuteRate";q=${minute};`))
  })

  test('one request too many in a minute is refused with the seconds to wait, and the next minute is free', async () => {
    await using account = await MondayAccount.open()
    account.engine.limits.set('monday.requestsPerMinute', 2)
    await account.ask('{ me { id } }')
    account.engine.clock.advance(20_000)
    await account.ask('{ me { id } }')
    const refused = await account.ask('{ me { id } }')
    assert.equal(refused.status, 429)
    const { request_id } = refused.body.extensions as { request_id: string }
    const wait = Number(refused.headers.get('retry-after'))
    assert.ok(wait === 40 || wait === 39, `Retry-After is ${wait}`)
    assert.deepEqual(refused.body, {
      errors: [
        {
          message: 'Minute rate limit exceeded',
          extensions: { code: 'MINUTE_RATE_LIMIT_EXCEEDED', retry_in_seconds: wait },
        },
      ],
      extensions: { request_id },
    })
    assert.match(refused.headers.get('ratelimit') ?? '', /^"minuteRate";r=0;t=(39|40), /)
    account.engine.clock.advance(wait * 1_000)
    assert.equal((await account.ask('{ me { id } }')).status, 200)
  })

  test('hints are in real seconds: at speed 60 a minute is waited for in one', async () => {
    await using account = await MondayAccount.open({ speed: 60 })
    account.engine.limits.set('monday.requestsPerMinute', 1)
    await account.ask('{ me { id } }')
    const refused = await account.ask('{ me { id } }')
    assert.equal(refused.headers.get('retry-after'), '1')
    assert.match(refused.headers.get('ratelimit-policy') ?? '', /"minuteRate";q=1;w=1,/)
  })

  test('the daily limit ends at midnight UTC; failed requests count', async () => {
    await using account = await MondayAccount.open({ now: Date.UTC(2026, 11, 1, 23, 59) })
    account.engine.limits.set('monday.callsPerDay', 2)
    await account.ask('{ me { id } }')
    assert.equal((await account.ask('{ nonsense }')).status, 400)
    const refused = await account.ask('{ me { id } }')
    assert.equal(refused.status, 429)
    assert.equal(refused.errors[0]?.extensions.code, 'DAILY_LIMIT_EXCEEDED')
    assert.ok(Number(refused.headers.get('retry-after')) <= 60)
    account.engine.clock.advance(MINUTE)
    assert.equal((await account.ask('{ me { id } }')).status, 200)
  })

  test('a rate-limited request and a lone complexity query count a tenth of a call', async () => {
    await using account = await MondayAccount.open()
    const used = async () => {
      const { data } = await account.ask(
        '{ platform_api { daily_analytics { by_day { day usage } by_user { usage user { email } } } } }',
      )
      return data.platform_api.daily_analytics
    }
    for (let i = 0; i < 9; i++) await account.ask('{ complexity { before } }')
    assert.deepEqual((await used()).by_day, [{ day: '2026-12-01', usage: 1 }])
    account.engine.limits.set('monday.requestsPerMinute', 0)
    for (let i = 0; i < 10; i++) assert.equal((await account.ask('{ me { id } }')).status, 429)
    account.engine.limits.set('monday.requestsPerMinute', 1_000)
    await account.ask('{ me { id } }', {}, { Authorization: account.vendor.tokenOf(BOB.email) })
    const { by_day, by_user } = await used()
    // 0.9 + 1 (asking) + 1.0 + 1 (Bob) + 1 (asking)
    assert.deepEqual(by_day, [{ day: '2026-12-01', usage: 4 }])
    assert.deepEqual(by_user, [
      { usage: 3, user: { email: 'ann@acme.example' } },
      { usage: 1, user: { email: BOB.email } },
    ])
  })

  test('more requests at once than allowed are refused with MAX_CONCURRENCY_EXCEEDED', async () => {
    await using account = await MondayAccount.open()
    account.engine.limits.set('monday.concurrency', 2)
    account.engine.limits.set('monday.latencyMs', 100)
    const answers = await Promise.all(Array.from({ length: 4 }, () => account.ask('{ me { id } }')))
    assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, 200, 429, 429])
    const refused = answers.find((answer) => answer.status === 429)
    assert.deepEqual(refused?.errors[0], {
      message: 'Too many concurrent requests',
      extensions: { code: 'MAX_CONCURRENCY_EXCEEDED', retry_in_seconds: 15 },
    })
    assert.equal((await account.ask('{ me { id } }')).status, 200)
  })

  test('too many requests of one IP are refused before anybody asks who sends them', async () => {
    await using account = await MondayAccount.open()
    account.engine.limits.set('monday.ipRequests', 1)
    await account.ask('{ me { id } }', {}, { Authorization: 'wrong' })
    const refused = await account.ask('{ me { id } }', {}, { Authorization: 'wrong' })
    assert.equal(refused.errors[0]?.extensions.code, 'IP_RATE_LIMIT_EXCEEDED')
    account.engine.clock.advance(10_000)
    assert.equal((await account.ask('{ me { id } }')).status, 200)
  })

  test('complexity is spent by what is asked for, and told before and after', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    const ask = async (selection: string) => {
      const { data } = await account.ask(
        `query ($b: [ID!]) { complexity { before query after reset_in_x_seconds } boards(ids: $b) { ${selection} } }`,
        { b: [board] },
      )
      return data.complexity as { before: number; query: number; after: number; reset_in_x_seconds: number }
    }
    const small = await ask('items_page(limit: 10) { items { id } }')
    const large = await ask('items_page(limit: 500) { items { id } }')
    const named = await ask('items_page(limit: 500) { items { id column_values(ids: ["a", "b"]) { text } } }')
    const all = await ask('items_page(limit: 500) { items { id column_values { text } } }')
    assert.ok(small.query * 20 < large.query)
    assert.ok(large.query < named.query && named.query < all.query)
    assert.equal(small.after, small.before - small.query)
    assert.equal(large.before, small.after)
    assert.ok(small.reset_in_x_seconds > 0 && small.reset_in_x_seconds <= 60)
  })

  test('what does not fit the minute is refused, costs nothing and runs after the reset', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    account.engine.clock.advance(MINUTE)
    account.engine.limits.set('monday.complexityPerMinute', 12_000)
    assert.equal((await account.ask(CREATE(2), { b: board })).status, 200)
    const refused = await account.ask(CREATE(2), { b: board })
    assert.equal(refused.status, 429)
    assert.equal(refused.errors[0]?.message, 'Complexity budget exhausted')
    const wait = Number(refused.headers.get('retry-after'))
    assert.equal(refused.errors[0]?.extensions.retry_in_seconds, wait)
    account.engine.clock.advance(wait * 1_000)
    assert.equal((await account.ask(CREATE(2), { b: board })).status, 200)
  })

  test.each([
    ['optimistic', 100, 200],
    ['pessimistic', 25, 429],
  ] as const)(
    'under the %s reading %i item writes fit one request, and ten times as many never do',
    async (reading, fitting, status) => {
      await using account = await MondayAccount.open({ reading })
      const board = await account.board()
      account.engine.clock.advance(MINUTE)
      const whole = `mutation ($b: ID!, $v: JSON!) { ${Array.from(
        { length: fitting },
        (_, i) =>
          `a${i}: create_item(board_id: $b, item_name: "I", column_values: $v) { id name state created_at group { id title } column_values { id text type value } }`,
      ).join('\n')} }`
      const done = await account.ask(whole, { b: board, v: '{"note":"x"}' })
      assert.deepEqual([done.status, done.errors], [200, []])
      account.engine.clock.advance(MINUTE)
      const refused = await account.ask(CREATE(fitting * 10 + 20), { b: board })
      assert.equal(refused.status, status)
      assert.equal(refused.errors[0]?.extensions.code, 'maxComplexityExceeded')
      assert.equal(refused.headers.get('retry-after'), null)
    },
  )

  test('under the pessimistic reading a costly request counts more than one call', async () => {
    await using account = await MondayAccount.open({ reading: 'pessimistic' })
    const board = await account.board()
    const used = () => account.engine.db.prepare('SELECT sum(tenths) AS n FROM monday_calls').get() as { n: number }
    const before = used().n
    await account.ask(CREATE(25), { b: board })
    assert.equal(used().n - before, 20)
  })

  test('more than 40 boards a minute are refused', async () => {
    await using account = await MondayAccount.open()
    account.engine.limits.set('monday.boardsPerMinute', 1)
    const { data, errors } = await account.ask(
      'mutation { a: create_board(board_name: "A", board_kind: public) { id } b: create_board(board_name: "B", board_kind: public) { id } }',
    )
    assert.equal(data.b, null)
    assert.match(errors[0]?.message ?? '', /Call limit exceeded for CreateBoard/)
  })
})

describe('who may ask, and for which version', () => {
  test('a wrong token is answered with 401 and NOT_AUTHENTICATED', async () => {
    await using account = await MondayAccount.open()
    for (const Authorization of ['wrong', '', `${account.token}.nobody@acme.example`]) {
      const { status, errors } = await account.ask('{ me { id } }', {}, { Authorization })
      assert.deepEqual([status, errors[0]?.extensions.code], [401, 'NOT_AUTHENTICATED'])
    }
    assert.equal((await account.ask('{ me { id } }', {}, { Authorization: `Bearer ${account.token}` })).status, 200)
  })

  const NOW = Date.UTC(2026, 11, 1)
  test.each([
    [undefined, '2026-10'],
    ['2026-10', '2026-10'],
    ['2026-01', '2026-01'],
    ['2027-01', '2027-01'],
    ['2026-02', '2026-10'],
    ['2024-10', '2026-07'],
    ['dev', 'dev'],
  ])('API-Version %s is answered by %s', (header, served) => {
    assert.equal(versionFor(header, NOW).value, served)
  })

  test('versions tell what each is on that day', () => {
    assert.deepEqual(
      versionsAt(NOW).map(({ value, kind }) => `${value} ${kind}`),
      [
        '2027-01 release_candidate',
        '2026-10 current',
        '2026-07 maintenance',
        '2026-04 previous_maintenance',
        '2026-01 old_previous_maintenance',
        '2025-10 old__maintenance',
        '2025-07 old__maintenance',
        '2025-04 old__maintenance',
      ],
    )
  })

  test('a malformed version is an InvalidVersionException inside 200', async () => {
    await using account = await MondayAccount.open()
    const { status, errors } = await account.ask('{ me { id } }', {}, { 'API-Version': 'latest' })
    assert.deepEqual([status, errors[0]?.extensions.code], [200, 'InvalidVersionException'])
  })

  test.each([
    ['{ me { nickname } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['{ me { id ', 'GRAPHQL_PARSE_FAILED'],
  ])('%s is refused with 400 and %s', async (query, code) => {
    await using account = await MondayAccount.open()
    const { status, errors } = await account.ask(query)
    assert.deepEqual([status, errors[0]?.extensions.code], [400, code])
  })

  test('variables as text are refused, and so is anything but POST', async () => {
    await using account = await MondayAccount.open()
    const response = await fetch(account.endpoint, {
      method: 'POST',
      headers: { Authorization: account.token },
      body: JSON.stringify({ query: '{ me { id } }', variables: '{}' }),
    })
    assert.equal(response.status, 400)
    assert.equal((await fetch(account.endpoint)).status, 405)
  })
})
