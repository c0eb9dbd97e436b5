import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, test } from 'vitest'
import type { FaultRule } from '../../src/sandbox/engine/engine.ts'
import { MondayAccount } from './monday-account.ts'

const TWO = `mutation ($b: ID!) {
  a: create_item(board_id: $b, item_name: "A") { id } b: create_item(board_id: $b, item_name: "B") { id } }`

async function names(account: MondayAccount, board: string): Promise<string[]> {
  const { data } = await account.ask('query ($b: [ID!]) { boards(ids: $b) { items_page { items { name } } } }', {
    b: [board],
  })
  return data.boards[0].items_page.items.map((item: { name: string }) => item.name)
}

/** A request's fate as a client sees it: its status, or `dropped`. */
async function fate(account: MondayAccount, board: string, headers: Readonly<Record<string, string>> = {}) {
  try {
    const { status, text } = await account.ask(TWO, { b: board }, headers)
    return { status, text }
  } catch {
    return { status: 'dropped', text: '' }
  }
}

describe('idempotency keys', () => {
  const key = { 'Idempotency-Key': 'batch-1' }

  test('the first answer is replayed for 30 virtual minutes, then the mutation runs again', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    const first = await account.ask(TWO, { b: board }, key)
    assert.equal(first.headers.get('idempotency-replayed'), null)
    account.engine.clock.advance(29 * 60_000)
    const replay = await account.ask(TWO, { b: board }, key)
    assert.equal(replay.headers.get('idempotency-replayed'), 'true')
    assert.deepEqual(replay.body, first.body)
    assert.deepEqual(await names(account, board), ['A', 'B'])
    account.engine.clock.advance(60_000)
    const again = await account.ask(TWO, { b: board }, key)
    assert.equal(again.headers.get('idempotency-replayed'), null)
    assert.deepEqual(await names(account, board), ['A', 'B', 'A', 'B'])
  })

  test('keys are ignored on queries, and another user may have the same key', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    assert.deepEqual((await account.ask('{ me { name } }', {}, key)).data.me, { name: 'Ann Archer' })
    assert.equal((await account.ask('{ me { id } }', {}, key)).headers.get('idempotency-replayed'), null)
    await account.ask(TWO, { b: board }, key)
    const bob = { ...key, Authorization: account.vendor.tokenOf('bob@acme.example') }
    assert.equal((await account.ask(TWO, { b: board }, bob)).headers.get('idempotency-replayed'), null)
  })

  test('a duplicate while the first still runs is a conflict, and only one is carried out', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    account.engine.limits.set('monday.latencyMs', 100)
    const answers = await Promise.all([account.ask(TWO, { b: board }, key), account.ask(TWO, { b: board }, key)])
    assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, 409])
    const refused = answers.find((answer) => answer.status === 409)
    assert.equal(refused?.errors[0]?.extensions.code, 'IDEMPOTENCY_CONFLICT')
    assert.equal(refused?.headers.get('retry-after'), '2')
    assert.deepEqual(await names(account, board), ['A', 'B'])
  })

  test.each([
    ['optimistic', 'true', ['A', 'B']],
    ['pessimistic', null, ['A', 'B', 'C']],
  ] as const)(
    'under the %s reading the same key with another body is replayed: %s',
    async (reading, replayed, left) => {
      await using account = await MondayAccount.open({ reading })
      const board = await account.board()
      await account.ask(TWO, { b: board }, key)
      const other = await account.ask(
        'mutation ($b: ID!) { c: create_item(board_id: $b, item_name: "C") { id } }',
        { b: board },
        key,
      )
      assert.equal(other.headers.get('idempotency-replayed'), replayed)
      const first = await account.ask(TWO, { b: board }, key)
      assert.equal(first.headers.get('idempotency-replayed'), 'true')
      assert.deepEqual(await names(account, board), left)
    },
  )

  test.each([
    ['optimistic', 'true', ['A', 'B']],
    ['pessimistic', null, ['A', 'B', 'A', 'B']],
  ] as const)('under the %s reading a partly failed batch is replayed: %s', async (reading, replayed, left) => {
    await using account = await MondayAccount.open({ reading })
    const board = await account.board()
    const body = `mutation ($b: ID!) { a: create_item(board_id: $b, item_name: "A") { id }
      x: create_item(board_id: $b, item_name: "") { id } b: create_item(board_id: $b, item_name: "B") { id } }`
    const first = await account.ask(body, { b: board }, key)
    assert.equal(first.data.x, null)
    assert.equal((await account.ask(body, { b: board }, key)).headers.get('idempotency-replayed'), replayed)
    assert.deepEqual(await names(account, board), left)
  })

  test('an answer over 1 MB is carried out but not kept', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    account.engine.limits.set('monday.idempotencyBytes', 20)
    await account.ask(TWO, { b: board }, key)
    assert.equal((await account.ask(TWO, { b: board }, key)).headers.get('idempotency-replayed'), null)
    assert.equal((await names(account, board)).length, 4)
  })

  test('skip-cache: done, but the answer is not kept', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    account.engine.faults.add([{ operation: 'monday.mutation', nth: 1, action: 'skip-cache' }])
    await account.ask(TWO, { b: board }, key)
    assert.equal((await account.ask(TWO, { b: board }, key)).headers.get('idempotency-replayed'), null)
  })

  test('after a 429 nothing ran and nothing is kept', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    account.engine.limits.set('monday.requestsPerMinute', 0)
    assert.equal((await account.ask(TWO, { b: board }, key)).status, 429)
    account.engine.limits.set('monday.requestsPerMinute', 1_000)
    const { status, headers } = await account.ask(TWO, { b: board }, key)
    assert.deepEqual([status, headers.get('idempotency-replayed')], [200, null])
    assert.deepEqual(await names(account, board), ['A', 'B'])
  })

  test('a cut connection after the write leaves an answer to replay', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    account.engine.faults.add([{ operation: 'monday.mutation', nth: 1, action: 'cut-after' }])
    assert.equal((await fate(account, board, key)).status, 'dropped')
    const replay = await account.ask(TWO, { b: board }, key)
    assert.equal(replay.headers.get('idempotency-replayed'), 'true')
    assert.ok(replay.data.a.id !== replay.data.b.id)
    assert.deepEqual(await names(account, board), ['A', 'B'])
  })
})

describe('faults of a whole request', () => {
  const FATES: readonly (readonly [FaultRule['action'], FaultRule['with'] | undefined, string | number, number])[] = [
    ['cut-before', undefined, 'dropped', 0],
    ['cut-after', undefined, 'dropped', 2],
    ['truncate', undefined, 'dropped', 2],
    ['status', { status: 502 }, 502, 0],
    ['status-after', { status: 504 }, 504, 2],
    ['html', { status: 429 }, 429, 0],
  ]
  test.each(FATES)('%s leaves what it says behind', async (action, details, status, left) => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    const before = account.engine.sideEffects.count()
    account.engine.faults.add([{ operation: 'monday.mutation', nth: 1, action, ...(details ? { with: details } : {}) }])
    const got = await fate(account, board)
    assert.equal(got.status, status)
    if (action === 'html') assert.match(got.text, /^<!DOCTYPE html>/)
    assert.equal((await names(account, board)).length, left)
    assert.equal(account.engine.sideEffects.count() - before, left)
  })

  const CODES: readonly (readonly [string, number, boolean])[] = [
    ['COMPLEXITY_BUDGET_EXHAUSTED', 429, true],
    ['MINUTE_RATE_LIMIT_EXCEEDED', 429, true],
    ['MAX_CONCURRENCY_EXCEEDED', 429, true],
    ['DAILY_LIMIT_EXCEEDED', 429, true],
    ['IP_RATE_LIMIT_EXCEEDED', 429, true],
    ['tooManyRequests', 200, false],
    ['INTERNAL_SERVER_ERROR', 500, false],
    ['ResourceLocked', 423, true],
    ['API_TEMPORARILY_BLOCKED', 200, false],
    ['NOT_AUTHENTICATED', 401, false],
    ['USER_UNAUTHORIZED', 403, false],
  ]
  test.each(CODES)('error %s is answered with %i and nothing is done', async (code, status, hasHint) => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    account.engine.faults.add([{ operation: 'monday.mutation', nth: 1, action: 'error', with: { code } }])
    const answer = await account.ask(TWO, { b: board })
    assert.deepEqual([answer.status, answer.errors[0]?.extensions.code], [status, code])
    assert.equal(answer.headers.has('retry-after'), hasHint)
    assert.deepEqual(await names(account, board), [])
  })

  test('an internal error may ride inside 200, with every alias null', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    account.engine.faults.add([
      { operation: 'monday.mutation', nth: 1, action: 'error', with: { code: 'INTERNAL_SERVER_ERROR', status: 200 } },
    ])
    const { status, data, errors } = await account.ask(TWO, { b: board })
    assert.deepEqual([status, data, errors.map((error) => error.path)], [200, { a: null, b: null }, [['a'], ['b']]])
  })

  test('lag: look-ups do not see this write for so long', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    account.engine.faults.add([{ operation: 'monday.mutation', nth: 1, action: 'lag', with: { ms: 90_000 } }])
    const id = await account.create(board, 'A', { boardsync_key: 'K' })
    account.engine.clock.advance(89_000)
    assert.deepEqual(await account.find(board, 'boardsync_key', 'K'), [])
    account.engine.clock.advance(2_000)
    assert.deepEqual(await account.find(board, 'boardsync_key', 'K'), [id])
  })

  test('queries have faults of their own', async () => {
    await using account = await MondayAccount.open()
    account.engine.faults.add([{ operation: 'monday.query', nth: 2, action: 'status', with: { status: 503 } }])
    const statuses = []
    for (let i = 0; i < 3; i++) statuses.push((await account.ask('{ me { id } }')).status)
    assert.deepEqual(statuses, [200, 503, 200])
  })
})

describe('faults at one alias', () => {
  test('an error fails that alias alone', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    account.engine.faults.add([
      { operation: 'monday.mutation.create_item', nth: 1, action: 'error', with: { code: 'ColumnValueException' } },
    ])
    const { status, data, errors } = await account.ask(TWO, { b: board })
    assert.equal(status, 200)
    assert.equal(data.a, null)
    assert.deepEqual([errors[0]?.path, errors[0]?.extensions.code], [['a'], 'ColumnValueException'])
    assert.deepEqual(await names(account, board), ['B'])
  })

  test('a cut before the second leaves the first behind, and nothing to replay', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    const key = { 'Idempotency-Key': 'k' }
    account.engine.faults.add([{ operation: 'monday.mutation.create_item', nth: 2, action: 'cut-before' }])
    assert.equal((await fate(account, board, key)).status, 'dropped')
    assert.deepEqual(await names(account, board), ['A'])
    await account.ask(TWO, { b: board }, key)
    assert.deepEqual(await names(account, board), ['A', 'A', 'B'])
  })

  test('a cut after the first lets the batch finish, and the answer can be replayed', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    const key = { 'Idempotency-Key': 'k' }
    account.engine.faults.add([{ operation: 'monday.mutation.create_item', nth: 1, action: 'cut-after' }])
    assert.equal((await fate(account, board, key)).status, 'dropped')
    assert.deepEqual(await names(account, board), ['A', 'B'])
    assert.equal((await account.ask(TWO, { b: board }, key)).headers.get('idempotency-replayed'), 'true')
  })

  test('a client killed after the first alias is dead, and the batch is finished without it', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    const client = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    const dead = once(client, 'exit')
    account.engine.faults.add([
      { operation: 'monday.mutation.create_item', nth: 1, action: 'kill-after', with: { pid: client.pid as number } },
    ])
    await fate(account, board)
    assert.deepEqual(await dead, [null, 'SIGKILL'])
    assert.deepEqual(await names(account, board), ['A', 'B'])
  })

  test('each alias that changed something is one side effect, in order, without personal data', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    const before = account.engine.sideEffects.count()
    const { data } = await account.ask(TWO, { b: board })
    await account.ask(
      'mutation ($i: ID!, $j: ID!) { x: archive_item(item_id: $i) { id } y: archive_item(item_id: $i) { id } z: archive_item(item_id: $j) { id } }',
      {
        i: data.a.id,
        j: data.b.id,
      },
    )
    assert.deepEqual(
      account.engine.sideEffects
        .list()
        .slice(before)
        .map(({ operation, detail }) => `${operation}: ${detail}`),
      [
        `monday.mutation.create_item: item ${data.a.id} on board ${board}`,
        `monday.mutation.create_item: item ${data.b.id} on board ${board}`,
        `monday.mutation.archive_item: item ${data.a.id} on board ${board}`,
        `monday.mutation.archive_item: item ${data.b.id} on board ${board}`,
      ],
    )
  })
})
