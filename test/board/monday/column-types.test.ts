import { expect, test } from 'vitest'
import type { BoardSpec, Cells } from '../../../src/board/board.ts'
import { COLUMN_TYPES } from '../../../src/board/board.ts'
import { collect } from '../../contract/board-contract.ts'
import { openMonday } from './account.ts'

/** Links need items to link to: they have a test of their own below. */
const TYPES = COLUMN_TYPES.filter((type) => type !== 'board_relation' && type !== 'dependency')

/** By type, two texts that a cell can hold. */
const TEXTS: Readonly<Record<(typeof TYPES)[number], readonly [string, string]>> = {
  text: ['abc', '12'],
  long_text: ['two\nlines', 'one'],
  numbers: ['24710.5', '-0.25'],
  status: ['Open', '5'],
  date: ['2026-11-22', '2026-11-22 10:30'],
  people: ['ada@acme.example', 'ada@acme.example, sync@acme.example'],
  checkbox: ['v', 'v'],
  link: ['https://x.example', 'https://x.example In the CRM'],
  dropdown: ['EU', 'EU, US'],
  email: ['ann@acme.example', 'bob@acme.example'],
  phone: ['+4930123456 DE', '02079460000 GB'],
  country: ['SE', 'US'],
  location: ['52.52,13.405', '-33.9,18.4 Cape Town'],
  rating: ['1', '5'],
  timeline: ['2026-11-01/2026-11-30', '2026-11-22/2026-11-22'],
  week: ['2026-11-16/2026-11-22', '2026-12-28/2027-01-03'],
  hour: ['00:05', '23:59'],
  world_clock: ['Europe/Berlin', 'America/New_York'],
  tags: ['EU', 'EU, US'],
}

const SPEC: BoardSpec = {
  board: 'all',
  ref: { name: 'All types', workspace: null },
  create: true,
  columns: [
    ...TYPES.map((type) => ({
      title: type,
      type,
      ...(type === 'status' || type === 'dropdown' || type === 'tags'
        ? { labels: ['Open', '5', 'EU', 'US'].map((label) => ({ label })) }
        : {}),
    })),
    { title: 'boardsync_key', type: 'text', key: true },
  ],
  groups: ['Items'],
  people: ['ada@acme.example', 'sync@acme.example'],
}

test('a cell of every type of column is written, read back, changed and emptied', async () => {
  const { host, close } = await openMonday()
  try {
    const { layout, problems } = await host.prepare(SPEC)
    expect(problems).toEqual([])
    const [first, second] = [0, 1].map((n) =>
      Object.fromEntries(TYPES.map((type) => [type, TEXTS[type][n] ?? ''])),
    ) as [Cells, Cells]
    const empty = Object.fromEntries(TYPES.map((type) => [type, '']))
    const read = async () => (await collect(host.ownItems(layout)))[0]
    const send = async (change: Parameters<typeof host.compose>[0][number], key: string) => {
      const [outcome] = (await host.send(host.compose([change]).body, key)).outcomes
      expect(outcome).toMatchObject({ status: 'applied' })
    }

    await send({ kind: 'create', key: 'K1', layout, name: 'One', group: 'Items', cells: first }, 'a')
    const made = await read()
    expect(made?.cells).toEqual(first)
    const itemId = made?.itemId ?? ''
    await send({ kind: 'update', key: 'K1', layout, itemId, cells: second }, 'b')
    expect((await read())?.cells).toEqual(second)
    await send({ kind: 'update', key: 'K1', layout, itemId, cells: empty }, 'c')
    expect((await read())?.cells).toEqual(empty)
  } finally {
    await close()
  }
})

test('links to items of another board are written, read back in every way, changed and emptied; others are refused', async () => {
  const { host, close } = await openMonday()
  try {
    const key = { title: 'boardsync_key', type: 'text', key: true } as const
    const base = { create: true, groups: ['Items'], people: [] }
    const target = await host.prepare({
      ...base,
      board: 'a',
      ref: { name: 'Accounts', workspace: null },
      columns: [key],
    })
    const create = (name: string) =>
      ({ kind: 'create', key: name, layout: target.layout, name, group: 'Items', cells: {} }) as const
    const made = await host.send(host.compose([create('A'), create('B')]).body, 'made')
    const ids = made.outcomes.map((one) => ('itemId' in one ? one.itemId : ''))

    const column = { title: 'Accounts', type: 'board_relation', linksTo: target.layout.boardId } as const
    const spec = { ...base, board: 'd', ref: { name: 'Deals', workspace: null }, columns: [column, key] }
    const { layout, problems } = await host.prepare(spec)
    expect(problems).toEqual([])
    expect((await host.prepare(spec)).made).toEqual([])
    const cells = { Accounts: ids.join(', ') }
    const full = { kind: 'create', key: 'K1', layout, name: 'One', group: 'Items', cells } as const
    const [written] = (await host.send(host.compose([full]).body, 'a')).outcomes
    expect(written).toMatchObject({ status: 'applied', item: { cells } })
    const itemId = written?.status === 'applied' ? written.itemId : ''
    expect((await collect(host.ownItems(layout)))[0]?.cells).toEqual(cells)
    expect((await host.findByIds(layout, [itemId]))[0]?.cells).toEqual(cells)
    for (const [n, text] of [ids[1] ?? '', ''].entries()) {
      const change = { kind: 'update', key: 'K1', layout, itemId, cells: { Accounts: text } } as const
      const [outcome] = (await host.send(host.compose([change]).body, `b${n}`)).outcomes
      expect(outcome).toMatchObject({ status: 'applied', item: { cells: { Accounts: text } } })
    }
    const stranger = { kind: 'update', key: 'K1', layout, itemId, cells: { Accounts: itemId } } as const
    const [refused] = (await host.send(host.compose([stranger]).body, 'c')).outcomes
    expect(refused).toMatchObject({ status: 'refused', code: 'cell-refused', column: 'Accounts' })

    const elsewhere = { ...spec, columns: [{ ...column, linksTo: layout.boardId }, key] }
    expect((await host.prepare(elsewhere)).problems).toMatchObject([{ code: 'column-not-linked', column: 'Accounts' }])
  } finally {
    await close()
  }
})

test('dependencies name items of the same board: written, read back in every way, changed and emptied; others are refused', async () => {
  const { host, close } = await openMonday()
  try {
    const spec: BoardSpec = {
      board: 'd',
      ref: { name: 'Deals', workspace: null },
      create: true,
      groups: ['Items'],
      people: [],
      columns: [
        { title: 'Waits for', type: 'dependency' },
        { title: 'boardsync_key', type: 'text', key: true },
      ],
    }
    const { layout, problems } = await host.prepare(spec)
    expect(problems).toEqual([])
    expect((await host.prepare(spec)).made).toEqual([])
    const other = await host.prepare({ ...spec, board: 'o', ref: { name: 'Others', workspace: null } })
    const create = (name: string, cells: Cells = {}, on = layout) =>
      ({ kind: 'create', key: name, layout: on, name, group: 'Items', cells }) as const
    const made = await host.send(host.compose([create('A'), create('B'), create('X', {}, other.layout)]).body, 'made')
    const [a = '', b = '', stranger = ''] = made.outcomes.map((one) => ('itemId' in one ? one.itemId : ''))

    const cells = { 'Waits for': [a, b].join(', ') }
    const [written] = (await host.send(host.compose([create('C', cells)]).body, 'a')).outcomes
    expect(written).toMatchObject({ status: 'applied', item: { cells } })
    const itemId = written?.status === 'applied' ? written.itemId : ''
    expect((await collect(host.ownItems(layout))).find(({ key }) => key === 'C')?.cells).toEqual(cells)
    expect((await host.findByIds(layout, [itemId]))[0]?.cells).toEqual(cells)
    for (const [n, text] of [b, ''].entries()) {
      const change = { kind: 'update', key: 'C', layout, itemId, cells: { 'Waits for': text } } as const
      const [outcome] = (await host.send(host.compose([change]).body, `b${n}`)).outcomes
      expect(outcome).toMatchObject({ status: 'applied', item: { cells: { 'Waits for': text } } })
    }
    const wrong = { kind: 'update', key: 'C', layout, itemId, cells: { 'Waits for': stranger } } as const
    const [refused] = (await host.send(host.compose([wrong]).body, 'c')).outcomes
    expect(refused).toMatchObject({ status: 'refused', code: 'cell-refused', column: 'Waits for' })
  } finally {
    await close()
  }
})
