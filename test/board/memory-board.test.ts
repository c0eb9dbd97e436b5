import { expect, test } from 'vitest'
import { MemoryHost } from '../../src/board/memory-board.ts'
import { memoryImports } from '../../src/board/memory-imports.ts'
import { boardContract, collect, type OpenHost, PEOPLE, SPEC } from '../contract/board-contract.ts'
import { importContract } from '../contract/import-contract.ts'
import { StillClock } from './still-clock.ts'

const open = async (): Promise<OpenHost> => {
  const clock = new StillClock()
  const host = new MemoryHost({ clock, people: PEOPLE, lagMs: 30_000, imports: memoryImports() })
  return {
    host,
    reopen: () => host,
    settle: () => clock.sleep(60_000),
    addByHand: async (layout, item) => host.addByHand(layout.boardId, item),
    editByHand: async (layout, itemId, edit) => host.edit(layout.boardId, itemId, edit),
    close: async () => {},
  }
}
boardContract('MemoryHost', open)
importContract('MemoryHost', open)

const change = { kind: 'create', key: 'a', name: 'A', group: 'lead', cells: {} } as const

async function opened(options: Partial<ConstructorParameters<typeof MemoryHost>[0]>) {
  const clock = new StillClock()
  const host = new MemoryHost({ clock, ...options })
  const { layout } = await host.prepare(SPEC)
  const { body } = host.compose([{ ...change, layout }])
  const keys = async () => (await collect(host.ownItems(layout))).map((item) => item.key)
  return { clock, host, layout, body, keys }
}

test('a request lost before it arrived leaves nothing; lost after, its effect; both outcomes are unknown', async () => {
  for (const [fault, left] of [
    ['lost-before', []],
    ['lost-after', ['a']],
  ] as const) {
    const { host, body, keys } = await opened({ faults: { 1: fault } })
    expect((await host.send(body, 'k')).outcomes).toMatchObject([{ status: 'unknown' }])
    expect(await keys()).toEqual(left)
    expect((await host.send(body, 'k')).outcomes).toMatchObject([{ status: 'applied' }])
    expect(await keys()).toEqual(['a'])
  }
})

test('a limited request is a fault and did nothing', async () => {
  const { host, body, keys } = await opened({ faults: { 1: 'limited' } })
  await expect(host.send(body, 'k')).rejects.toMatchObject({ code: 'memory-limited', exit: 75 })
  expect(await keys()).toEqual([])
})

test('look-ups by key lag, look-ups by id do not', async () => {
  const { clock, host, layout, body } = await opened({ lagMs: 1000 })
  const [outcome] = (await host.send(body, 'k')).outcomes
  const itemId = outcome?.status === 'applied' ? outcome.itemId : ''
  expect(await host.findByKeys(layout, ['a'])).toEqual([])
  expect(await host.findByIds(layout, [itemId])).toHaveLength(1)
  await clock.sleep(1000)
  expect(await host.findByKeys(layout, ['a'])).toHaveLength(1)
})

test('a full board refuses another item', async () => {
  const { host, layout, keys } = await opened({ itemsLimit: 1 })
  const { body } = host.compose([
    { ...change, layout },
    { ...change, key: 'b', layout },
  ])
  expect((await host.send(body, 'k')).outcomes).toMatchObject([{ status: 'applied' }, { code: 'board-full' }])
  expect(await keys()).toEqual(['a'])
})
