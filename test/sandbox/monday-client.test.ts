import assert from 'node:assert/strict'
import { ApiClient, ClientError } from '@mondaydotcomorg/api'
import { describe, test } from 'vitest'
import { ANN, MondayAccount } from './monday-account.ts'

function clientOf(account: MondayAccount, apiVersion?: string, requestConfig = {}): ApiClient {
  return new ApiClient({
    token: account.token,
    endpoint: account.endpoint,
    ...(apiVersion === undefined ? {} : { apiVersion }),
    requestConfig,
  })
}

describe('the official client, unchanged, against the sandbox', () => {
  test('its ready operations work with the version it sends by itself', async () => {
    await using account = await MondayAccount.open()
    const { operations } = clientOf(account)
    const board = await account.board()
    const me = await operations.getMeOp()
    assert.equal(me.me?.email, ANN.email)
    const made = await operations.createItemOp({ boardId: board, groupId: 'topics', itemName: 'From the client' })
    const itemId = made.create_item?.id as string
    await operations.changeSimpleColumnValueOp({ boardId: board, itemId, columnId: 'note', value: 'simple' })
    await operations.changeColumnValueOp({ boardId: board, itemId, columnId: 'arr', value: JSON.stringify('12') })
    const changed = await operations.changeMultipleColumnValuesOp({
      boardId: board,
      itemId,
      columnValues: JSON.stringify({ stage: { label: 'Won' } }),
    })
    assert.equal(changed.change_multiple_column_values?.name, 'From the client')
    const read = await operations.getBoardItemsOp({ ids: [board] })
    const [item] = read.boards?.[0]?.items_page.items ?? []
    const values = Object.fromEntries(item?.column_values.map((value) => [value.id, value.value]) ?? [])
    assert.equal(values.note, '"simple"')
    assert.equal(values.arr, '"12"')
    assert.equal(JSON.parse(values.stage as string).index, 1)
    const groups = await operations.getBoardGroupsOp({ ids: [board] })
    assert.deepEqual(groups.boards?.[0]?.groups, [{ id: 'topics', title: 'Group Title' }])
  })

  test('rawRequest with errorPolicy all gives the data that came and the errors of the rest', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    const client = clientOf(account, '2026-10', { errorPolicy: 'all' })
    const answer = await client.rawRequest<Record<string, { id: string } | null>>(
      `mutation ($b: ID!) { good: create_item(board_id: $b, item_name: "A") { id } bad: create_item(board_id: $b, item_name: "") { id } }`,
      { b: board },
    )
    assert.equal(answer.data.bad, null)
    assert.match(answer.data.good?.id ?? '', /^\d+$/)
    const errors = (answer as { errors?: readonly { path?: readonly unknown[] }[] }).errors
    assert.deepEqual(
      errors?.map((error) => error.path),
      [['bad']],
    )
  })

  test('a 429 reaches it as status, Retry-After and code', async () => {
    await using account = await MondayAccount.open()
    account.engine.limits.set('monday.requestsPerMinute', 0)
    const error = await clientOf(account, '2026-10')
      .request('{ me { id } }')
      .then(
        () => assert.fail('was answered'),
        (caught: unknown) => caught,
      )
    assert.ok(error instanceof ClientError)
    assert.equal(error.response.status, 429)
    const first = error.response.errors?.[0] as unknown as { extensions: { code: string } }
    assert.equal(first.extensions.code, 'MINUTE_RATE_LIMIT_EXCEEDED')
    assert.ok((error.response.headers as unknown as Headers).has('retry-after'))
  })

  test('env points a client at the account', async () => {
    await using account = await MondayAccount.open({ token: 'secret-of-mine' })
    const env = account.vendor.env(account.baseUrl)
    const client = new ApiClient({ token: env.MONDAY_API_TOKEN as string, endpoint: env.MONDAY_API_URL as string })
    assert.deepEqual(await client.request('{ me { name } }'), { me: { name: ANN.name } })
  })
})
