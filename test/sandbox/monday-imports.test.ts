import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { MondayAccount } from './monday-account.ts'

const MINUTE = 60_000
const START = `mutation ($b: ID!, $g: ID!, $k: String!) {
  ingest_items(board_id: $b, group_id: $g, on_match: { match_column_id: $k, behaviour: UPSERT }) { job_id upload_url }
}`
const STATUS = `query ($j: ID!) { fetch_job_status(job_id: $j) { ... on ItemsJobStatus {
  status counts { submitted invalid skipped created updated failed } progress_percentage failure_reason failure_message
  fully_imported report_created report_url } } }`

async function start(account: MondayAccount, board: string, key = 'boardsync_key') {
  const { data: found } = await account.ask('query ($b: [ID!]) { boards(ids: $b) { groups { id } } }', { b: [board] })
  const { data, errors, status } = await account.ask(START, { b: board, g: found.boards[0].groups[0].id, k: key })
  return { job: data?.ingest_items as { job_id: string; upload_url: string }, errors, status }
}

const put = (url: string, body: string, headers: Record<string, string> = {}) =>
  fetch(url, { method: 'PUT', headers: { 'Content-Type': 'text/csv', ...headers }, body })

async function statusOf(account: MondayAccount, job: string) {
  return (await account.ask(STATUS, { j: job })).data?.fetch_job_status
}

async function run(account: MondayAccount, board: string, csv: string) {
  const { job } = await start(account, board)
  assert.equal((await put(job.upload_url, csv)).status, 200)
  account.engine.clock.advance(5 * MINUTE)
  const status = await statusOf(account, job.job_id)
  const report = status.report_url === null ? '' : await (await fetch(status.report_url)).text()
  return { status, report: report.trim().split('\n').slice(1) }
}

async function itemsOf(account: MondayAccount, board: string) {
  const { data } = await account.ask(
    'query ($b: [ID!]) { boards(ids: $b) { items_page(limit: 100) { items { id name column_values { id text } } } } }',
    { b: [board] },
  )
  return (
    data.boards[0].items_page.items as { id: string; name: string; column_values: { id: string; text: string }[] }[]
  ).map(({ id, name, column_values }) => ({
    id,
    name,
    ...Object.fromEntries(column_values.filter(({ text }) => text).map((cell) => [cell.id, cell.text])),
  }))
}

describe('an import', () => {
  test('goes from waiting for its file over working on it to a report with a row each', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    const { job } = await start(account, board)
    assert.equal((await statusOf(account, job.job_id)).status, 'UPLOAD_PENDING')
    await put(job.upload_url, 'name,boardsync_key,arr,stage\nAcme,1,5,Won\nBeta,2,x,Won\nGamma,3,,won\n')
    assert.equal((await statusOf(account, job.job_id)).status, 'PROCESSING')
    account.engine.clock.advance(MINUTE)
    const { report_url, ...status } = await statusOf(account, job.job_id)
    assert.deepEqual(status, {
      status: 'COMPLETED',
      counts: { submitted: 3, invalid: 2, skipped: 0, created: 1, updated: 0, failed: 0 },
      progress_percentage: 100,
      failure_reason: null,
      failure_message: null,
      fully_imported: true,
      report_created: true,
    })
    const report = await (await fetch(report_url)).text()
    assert.match(
      report,
      /^serialNo,status,itemId,error\n1,created,\d+,""\n2,invalid,,"Column ""arr"":.*"\n3,invalid,,.*label/,
    )
  })

  test('changes what matches, keeps empty cells, clears with <NULL>, and never moves or repeats an item', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    await run(account, board, 'name,boardsync_key,arr,note\nAcme,1,5,hello\n')
    const { status } = await run(account, board, 'name,boardsync_key,arr,note\n,1,6,\nBeta,2,7,\n')
    assert.equal(status.counts.updated, 1)
    await run(account, board, 'name,boardsync_key,arr,note\n,2,<NULL>,\n')
    const seen = (await itemsOf(account, board)).map(({ id: _, ...item }) => item)
    assert.deepEqual(seen, [
      { name: 'Acme', boardsync_key: '1', arr: '6', note: 'hello' },
      { name: 'Beta', boardsync_key: '2' },
    ])
  })

  test('takes an address with a name before it, and first and last day of a timeline', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    await account.ask(
      `mutation ($b: ID!) { m: create_column(board_id: $b, id: "mail", title: "Mail", column_type: email) { id }
        t: create_column(board_id: $b, id: "span", title: "Span", column_type: timeline) { id } }`,
      { b: board },
    )
    await run(
      account,
      board,
      'name,boardsync_key,mail,span\nA,1,Ada <ada@a.example>,2026-11-16/2026-11-22\nB,2,b@a.example,\n',
    )
    const [a, b] = await itemsOf(account, board)
    assert.partialDeepStrictEqual(a, { mail: 'Ada', span: '2026-11-16 - 2026-11-22' })
    assert.partialDeepStrictEqual(b, { mail: 'b@a.example' })
  })

  test('takes the youngest of several items that match, and the last of several rows with one value', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    await account.create(board, 'Old', { boardsync_key: '1' })
    await account.create(board, 'Young', { boardsync_key: '1' })
    await run(account, board, 'name,boardsync_key,arr\n,1,5\n,1,6\n')
    const seen = (await itemsOf(account, board)).map(({ id: _, ...item }) => item)
    assert.deepEqual(seen, [
      { name: 'Old', boardsync_key: '1' },
      { name: 'Young', boardsync_key: '1', arr: '6' },
    ])
  })

  test.each([
    ['a column that the board lacks', 'name,boardsync_key,nope\nA,1,2\n', 'INVALID_UPLOAD'],
    ['a header without the column to match on', 'name,arr\nA,1\n', 'INVALID_UPLOAD'],
    ['more rows than a file may have', `name,boardsync_key\n${'A,1\n'.repeat(10_001)}`, 'INVALID_UPLOAD'],
  ])('is rejected whole for %s', async (_, csv, reason) => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    const { status } = await run(account, board, csv)
    assert.deepEqual([status.status, status.failure_reason], ['REJECTED', reason])
    assert.deepEqual(await itemsOf(account, board), [])
  })

  test('is rejected when the hour holds no more items', async () => {
    await using account = await MondayAccount.open()
    account.engine.limits.set('monday.importItemsPerHour', 3)
    const board = await account.board()
    await run(account, board, 'name,boardsync_key\nA,1\nB,2\n')
    const { status } = await run(account, board, 'name,boardsync_key\nC,3\nD,4\n')
    assert.equal(status.failure_reason, 'ACCOUNT_CAPACITY_EXCEEDED')
    account.engine.clock.advance(61 * MINUTE)
    assert.equal((await run(account, board, 'name,boardsync_key\nC,3\nD,4\n')).status.status, 'COMPLETED')
  })

  test('cannot be started when the hour holds no more jobs: 429 with milliseconds to wait', async () => {
    await using account = await MondayAccount.open()
    account.engine.limits.set('monday.importJobsPerHour', 1)
    const board = await account.board()
    await start(account, board)
    const { status, errors } = await start(account, board)
    assert.equal(status, 429)
    assert.equal(errors[0]?.extensions.code, 'RATE_LIMIT_EXCEEDED')
    assert.ok(Number(errors[0]?.extensions.retryAfterMs) > 59 * MINUTE)
  })

  test('takes its file only as text/csv, without other headers, within ten minutes', async () => {
    await using account = await MondayAccount.open()
    const { job } = await start(account, await account.board())
    const csv = 'name,boardsync_key\nA,1\n'
    assert.equal((await put(job.upload_url, csv, { 'Content-Type': 'text/plain' })).status, 403)
    assert.equal((await put(job.upload_url, csv, { 'x-amz-checksum-crc32': 'AAAA' })).status, 403)
    assert.equal((await put(job.upload_url, csv, { Authorization: account.token })).status, 403)
    account.engine.clock.advance(11 * MINUTE)
    assert.equal((await put(job.upload_url, csv)).status, 403)
    assert.equal((await statusOf(account, job.job_id)).status, 'UPLOAD_PENDING')
  })

  test('in the pessimistic reading: matches as late as look-ups, takes no checkbox, counts the header line', async () => {
    await using account = await MondayAccount.open({ reading: 'pessimistic' })
    const board = await account.board()
    assert.equal(
      (await run(account, board, 'name,boardsync_key,risk\nA,1,true\n')).status.failure_reason,
      'INVALID_UPLOAD',
    )
    assert.match((await run(account, board, 'name,boardsync_key\nA,1\n')).report[0] ?? '', /^2,created/)
    await account.create(board, 'B', { boardsync_key: '2' })
    account.engine.limits.set('monday.importStartMs', 0)
    account.engine.limits.set('monday.importRowMs', 0)
    await run(account, board, 'name,boardsync_key\nB,2\n')
    assert.equal((await itemsOf(account, board)).filter(({ name }) => name === 'B').length, 2)
  })
})
