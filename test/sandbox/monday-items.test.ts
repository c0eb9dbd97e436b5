import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { ANN, BOB, MondayAccount } from './monday-account.ts'

const READ = `query ($ids: [ID!]) { items(ids: $ids) { id name state group { id } column_values { id text value type } } }`

interface Value {
  readonly id: string
  readonly text: string | null
  readonly value: string | null
}

async function cells(account: MondayAccount, id: string): Promise<Record<string, Value>> {
  const { data } = await account.ask(READ, { ids: [id] })
  return Object.fromEntries(data.items[0].column_values.map((value: Value) => [value.id, value]))
}

async function userId(account: MondayAccount, email: string): Promise<string> {
  const { data } = await account.ask('query ($e: [String!]) { users(emails: $e) { id } }', { e: [email] })
  return data.users[0].id as string
}

describe('items on a monday board', () => {
  test('a new board made with empty: true has the name column and one group, and no items', async () => {
    await using account = await MondayAccount.open()
    const { data } = await account.ask(
      `mutation { create_board(board_name: "B", board_kind: public, empty: true) {
         name state board_kind workspace { name is_default_workspace } items_count columns { id type } groups { id title position } } }`,
    )
    assert.deepEqual(data.create_board, {
      name: 'B',
      state: 'active',
      board_kind: 'public',
      workspace: { name: 'Main workspace', is_default_workspace: true },
      items_count: 0,
      columns: [{ id: 'name', type: 'name' }],
      groups: [{ id: 'topics', title: 'Group Title', position: '65536' }],
    })
  })

  test('text and value of each type read as monday tells them, with typed fragments beside', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    const ann = await userId(account, ANN.email)
    const id = await account.create(board, 'Big deal', {
      note: 'hello',
      story: { text: 'long' },
      arr: '42.50',
      close: { date: '2026-06-15', time: '09:30:00' },
      owner: { personsAndTeams: [{ id: Number(ann), kind: 'person' }] },
      risk: { checked: 'true' },
      crm: { url: 'https://crm.example/1', text: 'Open' },
      stage: { index: 158 },
      tags: { labels: ['US', 'EU'] },
    })
    const read = await cells(account, id)
    const text = Object.fromEntries(Object.entries(read).map(([column, value]) => [column, value.text]))
    assert.deepEqual(text, {
      boardsync_key: '',
      note: 'hello',
      story: 'long',
      arr: '42.50',
      close: '2026-06-15 09:30',
      owner: 'Ann Archer',
      risk: 'v',
      crm: 'Open - https://crm.example/1',
      stage: 'Legal',
      tags: 'EU, US',
    })
    const value = (column: string) => JSON.parse(read[column]?.value ?? 'null')
    assert.equal(read.boardsync_key?.value, null)
    assert.equal(value('note'), 'hello')
    assert.equal(value('arr'), '42.50')
    assert.equal(value('stage').index, 158)
    assert.deepEqual(value('tags').ids, [1, 2])
    assert.deepEqual(value('owner').personsAndTeams, [{ id: Number(ann), kind: 'person' }])
    assert.equal(value('close').time, '09:30:00')
    assert.equal(value('risk').checked, true)

    const typed = await account.ask(
      `query ($ids: [ID!]) { items(ids: $ids) { column_values(ids: ["stage", "owner", "close", "arr", "risk", "crm", "tags"]) {
        __typename id
        ... on StatusValue { index label is_done label_style { color } }
        ... on PeopleValue { persons_and_teams { id kind } }
        ... on DateValue { date time }
        ... on NumbersValue { number }
        ... on CheckboxValue { checked }
        ... on LinkValue { url url_text }
        ... on DropdownValue { values { id label } } } } }`,
      { ids: [id] },
    )
    assert.deepEqual(typed.data.items[0].column_values, [
      { __typename: 'NumbersValue', id: 'arr', number: 42.5 },
      { __typename: 'DateValue', id: 'close', date: '2026-06-15', time: '09:30' },
      { __typename: 'PeopleValue', id: 'owner', persons_and_teams: [{ id: ann, kind: 'person' }] },
      { __typename: 'CheckboxValue', id: 'risk', checked: true },
      { __typename: 'LinkValue', id: 'crm', url: 'https://crm.example/1', url_text: 'Open' },
      {
        __typename: 'StatusValue',
        id: 'stage',
        index: 158,
        label: 'Legal',
        is_done: false,
        label_style: { color: '#a1e3f6' },
      },
      {
        __typename: 'DropdownValue',
        id: 'tags',
        values: [
          { id: '1', label: 'EU' },
          { id: '2', label: 'US' },
        ],
      },
    ])
  })

  test('null clears a cell, and what a change does not name stays', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    const id = await account.create(board, 'A', { note: 'x', stage: 'Won', risk: { checked: 'true' }, arr: 3 })
    const changed = await account.ask(
      'mutation ($b: ID!, $i: ID!, $v: JSON!) { change_multiple_column_values(board_id: $b, item_id: $i, column_values: $v) { name } }',
      { b: board, i: id, v: JSON.stringify({ name: 'A2', stage: null, risk: null, arr: '' }) },
    )
    assert.equal(changed.data.change_multiple_column_values.name, 'A2')
    const read = await cells(account, id)
    assert.deepEqual(
      [read.note?.text, read.stage?.text, read.stage?.value, read.risk?.text, read.arr?.value],
      ['x', '', null, '', null],
    )
  })

  test('change_simple_column_value takes plain text, change_column_value takes JSON', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    const id = await account.create(board, 'A')
    const bob = await userId(account, BOB.email)
    const { errors } = await account.ask(
      `mutation ($b: ID!, $i: ID!, $bob: String, $j: JSON!) {
        a: change_simple_column_value(board_id: $b, item_id: $i, column_id: "stage", value: "Won") { id }
        b: change_simple_column_value(board_id: $b, item_id: $i, column_id: "close", value: "2026-06-15 09:00:00") { id }
        c: change_simple_column_value(board_id: $b, item_id: $i, column_id: "owner", value: $bob) { id }
        d: change_simple_column_value(board_id: $b, item_id: $i, column_id: "tags", value: "2") { id }
        e: change_column_value(board_id: $b, item_id: $i, column_id: "note", value: $j) { id } }`,
      { b: board, i: id, bob, j: JSON.stringify('from JSON') },
    )
    assert.deepEqual(errors, [])
    const read = await cells(account, id)
    assert.deepEqual(
      [read.stage?.text, read.close?.text, read.owner?.text, read.tags?.text, read.note?.text],
      ['Won', '2026-06-15 09:00', 'Bob Baker', 'US', 'from JSON'],
    )
  })

  test('a status label whose text is a number is read as an index', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    const id = await account.create(board, 'A', { stage: { label: '1' } })
    assert.equal((await cells(account, id)).stage?.text, 'Won')
  })

  test('an empty status shows label 5 when the column has one', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    await account.ask(
      `mutation ($b: ID!) { create_status_column(board_id: $b, id: "prio", title: "Priority",
        defaults: { labels: [{ label: "Missing", color: explosive, index: 0 }] }) { id } }`,
      { b: board },
    )
    const id = await account.create(board, 'A')
    const read = await cells(account, id)
    assert.deepEqual([read.prio?.text, read.prio?.value], ['Missing', null])
  })

  const REFUSED: readonly (readonly [string, Readonly<Record<string, unknown>>, string])[] = [
    ['an unknown status label', { stage: { label: 'Lost' } }, 'ColumnValueException'],
    ['an unknown status index', { stage: { index: 77 } }, 'ColumnValueException'],
    ['an unknown dropdown label', { tags: { labels: ['APAC'] } }, 'ColumnValueException'],
    ['text where an object is wanted', { owner: 7 }, 'ColumnValueException'],
    ['an object in a text column', { note: { text: 'x' } }, 'ColumnValueException'],
    ['a word in a numbers column', { arr: 'many' }, 'ColumnValueException'],
    ['a day that does not exist', { close: { date: '2026-02-30' } }, 'ColumnValueException'],
    ['more than 2,000 characters of long text', { story: 'x'.repeat(2_001) }, 'ColumnValueException'],
    ['a user nobody knows', { owner: { personsAndTeams: [{ id: 1, kind: 'person' }] } }, 'InvalidUserIdException'],
    ['a column the board does not have', { nothing: 'x' }, 'InvalidColumnIdException'],
    ['an item name of 256 characters', { name: 'x'.repeat(256) }, 'ItemNameTooLongException'],
  ]
  test.each(REFUSED)('%s fails the whole alias and writes nothing of it', async (_, values, code) => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    const id = await account.create(board, 'A', { note: 'before' })
    const effects = account.engine.sideEffects.count()
    const answer = await account.ask(
      `mutation ($b: ID!, $i: ID!, $v: JSON!, $w: JSON!) {
        bad: change_multiple_column_values(board_id: $b, item_id: $i, column_values: $v) { id }
        worse: create_item(board_id: $b, item_name: "N", column_values: $v) { id }
        good: change_multiple_column_values(board_id: $b, item_id: $i, column_values: $w) { id } }`,
      { b: board, i: id, v: JSON.stringify({ note: 'after', ...values }), w: JSON.stringify({ arr: '1' }) },
    )
    assert.equal(answer.status, 200)
    assert.deepEqual([answer.data.bad, answer.data.worse, answer.data.good], [null, null, { id }])
    assert.deepEqual(
      answer.errors.map((error) => [error.path, error.extensions.code]),
      [
        [['bad'], code],
        [['worse'], code],
      ],
    )
    const read = await cells(account, id)
    assert.deepEqual([read.note?.text, read.arr?.text], ['before', '1'])
    assert.equal(account.engine.sideEffects.count(), effects + 1)
  })

  test('an unknown label is made when create_labels_if_missing says so', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    const { errors } = await account.ask(
      `mutation ($b: ID!, $v: JSON) { create_item(board_id: $b, item_name: "A", column_values: $v, create_labels_if_missing: true) { id } }`,
      { b: board, v: JSON.stringify({ stage: { label: 'Lost' }, tags: { labels: ['APAC', 'EU'] } }) },
    )
    assert.deepEqual(errors, [])
    const { data } = await account.ask(
      'query ($b: [ID!]) { boards(ids: $b) { columns(ids: ["stage", "tags"]) { settings } items_page { items { column_values(ids: ["stage", "tags"]) { text } } } } }',
      { b: [board] },
    )
    const [stage, tags] = data.boards[0].columns
    assert.deepEqual(
      stage.settings.labels.map((label: { id: number; label: string }) => [label.id, label.label]),
      [
        [0, 'Proposal'],
        [1, 'Won'],
        [158, 'Legal'],
        [2, 'Lost'],
      ],
    )
    assert.deepEqual(
      tags.settings.labels.map((label: { label: string }) => label.label),
      ['EU', 'US', 'APAC'],
    )
    assert.deepEqual(data.boards[0].items_page.items[0].column_values, [{ text: 'Lost' }, { text: 'EU, APAC' }])
  })

  test('a label that a failed alias would have made is not there', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    const columns = async () =>
      (await account.ask('query ($b: [ID!]) { boards(ids: $b) { columns { id revision settings } } }', { b: [board] }))
        .data
    const before = await columns()
    const { errors } = await account.ask(
      `mutation ($b: ID!, $v: JSON) { create_item(board_id: $b, item_name: "A", column_values: $v, create_labels_if_missing: true) { id } }`,
      { b: board, v: JSON.stringify({ stage: { label: 'Lost' }, arr: 'many' }) },
    )
    assert.equal(errors[0]?.extensions.code, 'ColumnValueException')
    assert.deepEqual(await columns(), before)
  })

  test('archived and deleted items are still read by id, with their state, and cannot be changed', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    const [a, b, c] = [
      await account.create(board, 'A'),
      await account.create(board, 'B'),
      await account.create(board, 'C'),
    ]
    await account.ask(
      'mutation ($a: ID!, $b: ID!) { x: archive_item(item_id: $a) { state } y: delete_item(item_id: $b) { id } }',
      { a, b },
    )
    const { data } = await account.ask(READ, { ids: [a, b, c, '1'] })
    assert.deepEqual(
      data.items.map((item: { id: string; state: string }) => [item.id, item.state]),
      [
        [a, 'archived'],
        [b, 'deleted'],
        [c, 'active'],
      ],
    )
    const listed = await account.ask(
      'query ($b: [ID!]) { boards(ids: $b) { items_count items_page { items { id } } } }',
      { b: [board] },
    )
    assert.deepEqual(listed.data.boards[0], { items_count: 1, items_page: { items: [{ id: c }] } })
    const { errors } = await account.ask(
      'mutation ($b: ID!, $i: ID!) { change_simple_column_value(board_id: $b, item_id: $i, column_id: "note", value: "x") { id } }',
      { b: board, i: a },
    )
    assert.equal(errors[0]?.extensions.code, 'InvalidItemIdException')
  })

  test('a full board refuses further items with ItemsLimitationException', async () => {
    await using account = await MondayAccount.open()
    account.engine.limits.set('monday.itemsPerBoard', 2)
    const board = await account.board()
    await account.create(board, 'A')
    const b = await account.create(board, 'B')
    const full = 'mutation ($b: ID!) { create_item(board_id: $b, item_name: "C") { id } }'
    assert.equal((await account.ask(full, { b: board })).errors[0]?.extensions.code, 'ItemsLimitationException')
    await account.ask('mutation ($i: ID!) { archive_item(item_id: $i) { id } }', { i: b })
    assert.deepEqual((await account.ask(full, { b: board })).errors, [])
  })

  test('under the pessimistic reading archived items still fill the board', async () => {
    await using account = await MondayAccount.open({ reading: 'pessimistic' })
    account.engine.limits.set('monday.itemsPerBoard', 1)
    const board = await account.board()
    const id = await account.create(board, 'A')
    const { errors } = await account.ask(
      'mutation ($i: ID!, $b: ID!) { archive_item(item_id: $i) { id } create_item(board_id: $b, item_name: "C") { id } }',
      { i: id, b: board },
    )
    assert.equal(errors[0]?.extensions.code, 'ItemsLimitationException')
  })

  test('an item moves between groups, and new groups stand on top or beside another', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    const id = await account.create(board, 'A')
    const made = await account.ask(
      `mutation ($b: ID!) {
        won: create_group(board_id: $b, group_name: "won", group_color: "#00c875") { id color }
        left: create_group(board_id: $b, group_name: "Left", position_relative_method: after_at, relative_to: "topics") { id } }`,
      { b: board },
    )
    assert.equal(made.data.won.color, '#00c875')
    await account.ask('mutation ($i: ID!, $g: String!) { move_item_to_group(item_id: $i, group_id: $g) { id } }', {
      i: id,
      g: made.data.left.id,
    })
    const { data } = await account.ask(
      'query ($b: [ID!]) { boards(ids: $b) { groups { title items_page { items { id } } } } }',
      { b: [board] },
    )
    assert.deepEqual(data.boards[0].groups, [
      { title: 'won', items_page: { items: [] } },
      { title: 'Group Title', items_page: { items: [] } },
      { title: 'Left', items_page: { items: [{ id }] } },
    ])
    const lost = await account.ask(
      'mutation ($i: ID!) { move_item_to_group(item_id: $i, group_id: "nowhere") { id } }',
      { i: id },
    )
    assert.equal(lost.errors[0]?.extensions.code, 'InvalidGroupIdException')
  })

  test("edits by another token are another user's", async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    const { data } = await account.ask(
      'mutation ($b: ID!) { create_item(board_id: $b, item_name: "By hand") { creator { email } } }',
      { b: board },
      { Authorization: account.vendor.tokenOf(BOB.email) },
    )
    assert.equal(data.create_item.creator.email, BOB.email)
    assert.equal((await account.ask('{ me { email } }')).data.me.email, ANN.email)
  })
})

describe('columns of a monday board', () => {
  test('a label gets the number of its colour as id, not its place', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    const { data } = await account.ask(
      'query ($b: [ID!]) { boards(ids: $b) { columns(ids: ["stage"]) { settings settings_str revision } } }',
      { b: [board] },
    )
    const [stage] = data.boards[0].columns
    assert.deepEqual(stage.settings.labels[2], {
      id: 158,
      label: 'Legal',
      color: 158,
      index: 2,
      is_done: false,
      is_deactivated: false,
      hex: '#a1e3f6',
    })
    assert.deepEqual(JSON.parse(stage.settings_str).labels, { 0: 'Proposal', 1: 'Won', 158: 'Legal' })
    assert.match(stage.revision, /^[0-9a-f]{32}$/)
  })

  test('the labels of update_status_column replace the set, and a stale revision is refused', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    const id = await account.create(board, 'A', { stage: { label: 'Legal' } })
    const read = async () => {
      const { data } = await account.ask(
        'query ($b: [ID!]) { boards(ids: $b) { columns(ids: ["stage"]) { revision settings } } }',
        { b: [board] },
      )
      return data.boards[0].columns[0]
    }
    const update = (revision: string) =>
      account.ask(
        `mutation ($b: ID!, $r: String!) { update_status_column(board_id: $b, id: "stage", revision: $r, settings: { labels: [
          { label: "Won", color: done_green, index: 0 }, { label: "Lost", color: stuck_red, index: 1 }] }) { revision } }`,
        { b: board, r: revision },
      )
    const before = await read()
    const done = await update(before.revision)
    const after = await read()
    assert.equal(done.data.update_status_column.revision, after.revision)
    assert.notEqual(before.revision, after.revision)
    assert.deepEqual(
      after.settings.labels.map((label: { id: number; label: string }) => [label.id, label.label]),
      [
        [1, 'Won'],
        [2, 'Lost'],
      ],
    )
    // Its label is gone: the cell keeps the id, and shows nothing.
    assert.equal((await cells(account, id)).stage?.text, '')
    const stale = await update(before.revision)
    assert.equal(stale.errors[0]?.extensions.code, 'REVISION_MISMATCH')
  })

  test('a status column has at most 40 labels of at most 30 characters', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    const create = (labels: readonly string[]) =>
      account.ask(
        'mutation ($b: ID!, $l: [CreateStatusLabelInput!]!) { create_status_column(board_id: $b, title: "S", defaults: { labels: $l }) { id } }',
        { b: board, l: labels.map((label, index) => ({ label, index, color: 'done_green' })) },
      )
    const names = Array.from({ length: 41 }, (_, i) => `label ${i}`)
    assert.deepEqual((await create(names.slice(0, 40))).errors, [])
    assert.equal((await create(names)).errors[0]?.extensions.code, 'INVALID_INPUT')
    assert.deepEqual((await create(['x'.repeat(30)])).errors, [])
    assert.equal((await create(['x'.repeat(31)])).errors[0]?.extensions.code, 'INVALID_INPUT')
  })

  test('one update of a dropdown takes away one label at most, and never adds too', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    const update = async (labels: readonly string[]) => {
      const { data } = await account.ask(
        'query ($b: [ID!]) { boards(ids: $b) { columns(ids: ["tags"]) { revision } } }',
        { b: [board] },
      )
      return account.ask(
        `mutation ($b: ID!, $r: String!, $l: [UpdateDropdownLabelInput!]!) {
          update_dropdown_column(board_id: $b, id: "tags", revision: $r, settings: { labels: $l }) { settings } }`,
        { b: board, r: data.boards[0].columns[0].revision, l: labels.map((label) => ({ label })) },
      )
    }
    assert.deepEqual((await update(['EU', 'US', 'APAC', 'LATAM'])).errors, [])
    assert.equal((await update(['EU', 'US'])).errors[0]?.extensions.code, 'INVALID_INPUT')
    assert.equal((await update(['EU', 'US', 'APAC', 'MEA'])).errors[0]?.extensions.code, 'INVALID_INPUT')
    assert.deepEqual((await update(['EU', 'US', 'LATAM'])).data.update_dropdown_column.settings.labels, [
      { id: 1, label: 'EU', is_deactivated: false },
      { id: 2, label: 'US', is_deactivated: false },
      { id: 4, label: 'LATAM', is_deactivated: false },
    ])
  })

  test('a custom column id follows the rules and is never given twice, not even after deletion', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    const create = (id: string) =>
      account.ask(
        'mutation ($b: ID!, $i: String) { create_column(board_id: $b, id: $i, title: "T", column_type: text) { id } }',
        { b: board, i: id },
      )
    for (const bad of ['Upper', '1st', 'with-dash', 'x'.repeat(25), 'note']) {
      assert.equal((await create(bad)).errors[0]?.extensions.code, 'InvalidArgumentException', bad)
    }
    await account.ask('mutation ($b: ID!) { delete_column(board_id: $b, column_id: "note") { id } }', { b: board })
    assert.equal((await create('note')).errors[0]?.extensions.code, 'InvalidArgumentException')
    assert.deepEqual((await create('fine_1')).data, { create_column: { id: 'fine_1' } })
  })

  test('other column types exist, but cannot be written', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    await account.ask(
      'mutation ($b: ID!) { create_column(board_id: $b, id: "rel", title: "R", column_type: board_relation) { id } }',
      { b: board },
    )
    const id = await account.create(board, 'A')
    assert.deepEqual((await cells(account, id)).rel, { id: 'rel', text: null, value: null, type: 'board_relation' })
    const { errors } = await account.ask(
      'mutation ($b: ID!, $i: ID!) { change_simple_column_value(board_id: $b, item_id: $i, column_id: "rel", value: "x") { id } }',
      { b: board, i: id },
    )
    assert.equal(errors[0]?.extensions.code, 'ColumnValueException')
  })
})

describe('listing and searching items', () => {
  async function filled(account: MondayAccount, n: number): Promise<{ board: string; ids: string[] }> {
    const board = await account.board()
    const ids: string[] = []
    for (let i = 0; i < n; i++) {
      ids.push(
        await account.create(board, `Item ${i}`, {
          boardsync_key: `K-${i}`,
          arr: String((n - i) * 10),
          stage: i % 2 === 0 ? 'Won' : 'Proposal',
        }),
      )
    }
    return { board, ids }
  }

  test('pages follow each other by cursor until it is null', async () => {
    await using account = await MondayAccount.open()
    const { board, ids } = await filled(account, 5)
    const first = await account.ask(
      'query ($b: [ID!]) { boards(ids: $b) { items_page(limit: 2) { cursor items { id } } } }',
      { b: [board] },
    )
    const seen: string[] = first.data.boards[0].items_page.items.map((item: { id: string }) => item.id)
    let cursor: string | null = first.data.boards[0].items_page.cursor
    let pages = 1
    while (cursor !== null) {
      const next = await account.ask(
        'query ($c: String!) { next_items_page(cursor: $c, limit: 2) { cursor items { id } } }',
        { c: cursor },
      )
      seen.push(...next.data.next_items_page.items.map((item: { id: string }) => item.id))
      cursor = next.data.next_items_page.cursor
      pages += 1
    }
    assert.deepEqual(seen, ids)
    assert.equal(pages, 3)
  })

  test('a cursor is dead 60 virtual minutes after the first page, however far it got', async () => {
    await using account = await MondayAccount.open()
    const { board } = await filled(account, 4)
    const first = await account.ask('query ($b: [ID!]) { boards(ids: $b) { items_page(limit: 1) { cursor } } }', {
      b: [board],
    })
    const next = (cursor: string) =>
      account.ask('query ($c: String!) { next_items_page(cursor: $c, limit: 1) { cursor } }', { c: cursor })
    account.engine.clock.advance(50 * 60_000)
    const second = await next(first.data.boards[0].items_page.cursor)
    assert.deepEqual(second.errors, [])
    account.engine.clock.advance(10 * 60_000)
    const third = await next(second.data.next_items_page.cursor)
    assert.equal(third.status, 200)
    assert.equal(third.errors[0]?.extensions.code, 'CursorExpiredError')
    assert.match(third.errors[0]?.message ?? '', /cursor .* has expired/)
  })

  test('a new value is findable only after the lag, and until then the old one is', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    const id = await account.create(board, 'A', { boardsync_key: 'Key-1' })
    assert.deepEqual(await account.find(board, 'boardsync_key', 'Key-1'), [])
    account.engine.clock.advance(30_000)
    assert.deepEqual(await account.find(board, 'boardsync_key', 'Key-1'), [id])
    await account.ask(
      'mutation ($b: ID!, $i: ID!) { change_simple_column_value(board_id: $b, item_id: $i, column_id: "boardsync_key", value: "Key-2") { id } }',
      { b: board, i: id },
    )
    assert.deepEqual(await account.find(board, 'boardsync_key', 'Key-1'), [id])
    assert.deepEqual(await account.find(board, 'boardsync_key', 'Key-2'), [])
    account.engine.clock.advance(30_000)
    assert.deepEqual(await account.find(board, 'boardsync_key', 'Key-1'), [])
    assert.deepEqual(await account.find(board, 'boardsync_key', 'Key-2'), [id])
  })

  test('a look-up finds text by its whole value without regard to case, any of several', async () => {
    await using account = await MondayAccount.open()
    const { board, ids } = await filled(account, 4)
    account.engine.clock.advance(30_000)
    assert.deepEqual(await account.find(board, 'boardsync_key', 'k-1', 'K-3', 'K'), [ids[1], ids[3]])
    assert.deepEqual(await account.find(board, 'stage', 'Won'), [ids[0], ids[2]])
    assert.deepEqual(await account.find(board, 'stage', 'won'), [])
    assert.deepEqual(await account.find(board, 'arr', '40'), [ids[0]])
    await account.ask('mutation ($i: ID!) { archive_item(item_id: $i) { id } }', { i: ids[1] })
    assert.deepEqual(await account.find(board, 'boardsync_key', 'k-1', 'K-3'), [ids[3]])
  })

  const RULES: readonly (readonly [string, readonly number[]])[] = [
    ['{ column_id: "boardsync_key", compare_value: ["K-1", "K-2"] }', [1, 2]],
    ['{ column_id: "name", operator: contains_text, compare_value: "item 3" }', [3]],
    ['{ column_id: "stage", compare_value: [1] }', [0, 2]],
    ['{ column_id: "stage", compare_value: ["Won"] }', []],
    ['{ column_id: "arr", operator: greater_than, compare_value: 20 }', [0, 1]],
    ['{ column_id: "arr", operator: between, compare_value: [20, 30] }', [1, 2]],
    ['{ column_id: "note", operator: is_empty, compare_value: [] }', [0, 1, 2, 3]],
    ['{ column_id: "note", operator: is_not_empty, compare_value: [] }', []],
  ]
  test.each(RULES)('query_params rule %s', async (rule, expected) => {
    await using account = await MondayAccount.open()
    const { board, ids } = await filled(account, 4)
    const { data } = await account.ask(
      `query ($b: [ID!]) { boards(ids: $b) { items_page(query_params: { rules: [${rule}] }) { items { id } } } }`,
      { b: [board] },
    )
    assert.deepEqual(
      data.boards[0].items_page.items.map((item: { id: string }) => ids.indexOf(item.id)),
      expected,
    )
  })

  test('order_by sorts by number where there are numbers, and pages keep the order', async () => {
    await using account = await MondayAccount.open()
    const { board, ids } = await filled(account, 3)
    const first = await account.ask(
      'query ($b: [ID!]) { boards(ids: $b) { items_page(limit: 2, query_params: { order_by: [{ column_id: "arr" }] }) { cursor items { id } } } }',
      { b: [board] },
    )
    const { cursor, items } = first.data.boards[0].items_page
    const next = await account.ask(
      'query ($c: String!) { next_items_page(cursor: $c, limit: 2) { cursor items { id } } }',
      { c: cursor },
    )
    assert.deepEqual(
      [...items, ...next.data.next_items_page.items].map((item: { id: string }) => ids.indexOf(item.id)),
      [2, 1, 0],
    )
  })

  test('pages of more than 500 items and more than 100 ids are refused', async () => {
    await using account = await MondayAccount.open()
    const board = await account.board()
    const many = await account.ask('query ($b: [ID!]) { boards(ids: $b) { items_page(limit: 501) { cursor } } }', {
      b: [board],
    })
    assert.equal(many.errors[0]?.extensions.code, 'InvalidArgumentException')
    const ids = await account.ask(READ, { ids: Array.from({ length: 101 }, (_, i) => String(i + 1)) })
    assert.equal(ids.errors[0]?.extensions.code, 'InvalidArgumentException')
  })
})
