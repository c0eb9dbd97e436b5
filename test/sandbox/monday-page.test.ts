import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { boardPage } from '../../src/sandbox/monday/board-page.ts'
import { MondayState } from '../../src/sandbox/monday/state.ts'
import { MondayAccount } from './monday-account.ts'

async function html(account: MondayAccount, path: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${account.baseUrl}${path}`)
  return { status: response.status, text: await response.text() }
}

describe('a board as a page', () => {
  test('shows groups, column headers, labels in their colours, people by name and sums of numbers', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    const { data } = await account.ask('{ me { id } }')
    await account.create(board, 'Alpha', {
      arr: '1200.5',
      stage: { label: 'Won' },
      owner: { personsAndTeams: [{ id: Number(data.me.id), kind: 'person' }] },
      risk: { checked: 'true' },
      tags: { labels: ['EU'] },
      crm: { url: 'https://crm.example/1', text: 'Open' },
    })
    await account.create(board, 'Beta', { arr: '800' })
    const { status, text } = await html(account, `/boards/${board}`)
    assert.equal(status, 200)
    assert.match(text, /<h1>Deals<\/h1>/)
    assert.match(text, /2 items in 1 group/)
    assert.match(text, /<section style="--bar:#037f4c">\s*<h2>Group Title <span>2 items<\/span><\/h2>/)
    assert.match(text, /<th class="numbers">ARR<\/th>/)
    assert.match(text, /<td class="status" style="background:#00c875">Won<\/td>/)
    assert.match(text, /<span class="face">AA<\/span>Ann Archer/)
    assert.match(text, /<td class="numbers">1,200.5<\/td>/)
    assert.match(text, /<b>2,000.5<\/b><i>sum<\/i>/)
    assert.match(text, /<a href="https:\/\/crm.example\/1"/)
    assert.match(text, /<span class="tag">EU<\/span>/)
    assert.doesNotMatch(text, /<script|<link|<img|@import|url\(/)
  })

  test('draws the first 200 items of a group and says how many more there are, all counted in the sum', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    const hundred = `mutation ($b: ID!) { ${Array.from({ length: 101 }, (_, i) => `a${i}: create_item(board_id: $b, item_name: "I", column_values: "{\\"arr\\":\\"1\\"}") { id }`).join('\n')} }`
    await account.ask(hundred, { b: board })
    await account.ask(hundred, { b: board })
    const { text } = await html(account, `/boards/${board}`)
    assert.equal(text.match(/<td class="name">I<\/td>/g)?.length, 200)
    assert.match(text, /&hellip; 2 more/)
    assert.match(text, /<b>202<\/b>/)
  })

  test('what people typed is never markup, and only web addresses are links', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    await account.create(board, '<b>x</b>', {
      note: '"><script>alert(1)</script>',
      crm: { url: 'javascript:alert(1)', text: 'go' },
    })
    const { text } = await html(account, `/boards/${board}`)
    assert.doesNotMatch(text, /<script|<b>x<\/b>|javascript:/)
    assert.match(text, /&#60;b&#62;x/)
  })

  test('the list of boards links to each, and an unknown board is a 404', async () => {
    await using account = await MondayAccount.open()
    assert.match((await html(account, '/boards')).text, /There are no boards yet/)
    const board = await account.board()
    assert.match((await html(account, '/boards')).text, new RegExp(`<a href="/boards/${board}">Deals</a>`))
    assert.equal((await html(account, '/boards/1')).status, 404)
    assert.equal((await html(account, '/boards/x')).status, 404)
  })

  test('the url that the API tells opens the page', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    const { data } = await account.ask('query ($b: [ID!]) { boards(ids: $b) { url } }', { b: [board] })
    assert.equal((await fetch(data.boards[0].url)).status, 200)
  })
})

describe('a board of 100,000 items', () => {
  test('is listed, looked up and shown without reading it whole', { timeout: 20_000 }, async () => {
    await using account = await MondayAccount.open()
    const board = Number(await account.board())
    const state = new MondayState(account.engine.db)
    const at = new Date(account.engine.clock.now()).toISOString()
    state.atomically(() => {
      for (let i = 0; i < 100_000; i++) {
        const cells = {
          boardsync_key: { type: 'text', text: `K-${i}` },
          arr: { type: 'numbers', number: '2' },
        } as const
        const item = { id: i + 1, board_id: board, group_id: 'topics', name: `I${i}`, state: 'active', creator_id: 1 }
        state.saveItem({ ...item, created_at: at, updated_at: at, cells }, undefined, { now: 0, from: 0 })
      }
    })
    const started = performance.now()
    assert.deepEqual(await account.find(String(board), 'boardsync_key', 'K-77777'), ['77778'])
    const { data } = await account.ask(
      'query ($b: [ID!]) { boards(ids: $b) { items_count items_page(limit: 500) { cursor items { id column_values(ids: ["arr"]) { text } } } } }',
      { b: [board] },
    )
    assert.equal(data.boards[0].items_count, 100_000)
    assert.equal(data.boards[0].items_page.items.length, 500)
    assert.match(boardPage(state, board) ?? '', /99,800 more/)
    assert.ok(performance.now() - started < 3_000, `took ${performance.now() - started} ms`)
  })
})
