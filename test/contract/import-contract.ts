import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { BoardChange, BoardImports, BoardLayout, Cells, ChangeOutcome } from '../../src/board/board.ts'
import { collect, FULL, type OpenHost, SPEC } from './board-contract.ts'

/** What every host that takes imports must do. */
export function importContract(name: string, open: () => Promise<OpenHost>): void {
  describe(`${name} keeps the contract of imports`, { timeout: 30_000 }, () => {
    let account: OpenHost
    let imports: BoardImports
    let layout: BoardLayout
    let runs = 0
    beforeEach(async () => {
      account = await open()
      if (account.host.imports === undefined) throw new Error('The host takes no imports')
      imports = account.host.imports
      layout = (await account.host.prepare(SPEC)).layout
    })
    afterEach(() => account.close())

    const create = (key: string, more: { name?: string; cells?: Cells; group?: string } = {}) =>
      ({ kind: 'create', key, layout, name: `Item ${key}`, group: 'lead', cells: {}, ...more }) satisfies BoardChange
    const run = async (changes: readonly BoardChange[]): Promise<readonly ChangeOutcome[]> => {
      expect(changes.filter((change) => !imports.takes(change))).toEqual([])
      const { body, taken } = imports.compose(changes)
      expect(taken).toBe(changes.length)
      runs += 1
      const opened = await imports.open(body, `import-${runs}`)
      const result = await imports.finish(opened.body, { fresh: true })
      if (result.is !== 'done') throw new Error(JSON.stringify(result))
      return result.outcomes
    }
    const own = async () => (await collect(account.host.ownItems(layout))).sort((a, b) => (a.key < b.key ? -1 : 1))
    const idOf = (outcome: ChangeOutcome | undefined) => (outcome?.status === 'applied' ? outcome.itemId : '')

    test('rows whose key no item carries make items in the group, with one outcome each, in order', async () => {
      const cells: Cells = Object.fromEntries(Object.entries(FULL).filter(([title]) => title !== 'At risk'))
      const outcomes = await run([create('006A', { name: 'Acme, "1"', cells }), create('006B'), create('006C')])
      expect(outcomes).toMatchObject(Array(3).fill({ status: 'applied', made: true }))
      const items = await own()
      expect(items.map(({ key, itemId, group }) => [key, itemId, group])).toEqual(
        ['006A', '006B', '006C'].map((key, at) => [key, idOf(outcomes[at]), 'lead']),
      )
      expect(items[0]).toMatchObject({ name: 'Acme, "1"', cells })
    })

    test('a row whose key an item carries changes the cells it names, empties those it names as empty, and nothing else', async () => {
      const [outcome] = await run([
        create('a', { cells: { ARR: '5', Note: 'old', 'Next step': 'call', Owner: 'ada@acme.example' }, group: 'won' }),
      ])
      await account.settle()
      const change: BoardChange = {
        kind: 'update',
        key: 'a',
        layout,
        itemId: idOf(outcome),
        cells: { ARR: '6', Note: '' },
      }
      expect(await run([change])).toEqual([{ status: 'applied', itemId: idOf(outcome), made: false }])
      expect(await own()).toMatchObject([
        {
          name: 'Item a',
          group: 'won',
          cells: { ARR: '6', Note: '', 'Next step': 'call', Owner: 'ada@acme.example' },
        },
      ])
    })

    test('an update that names no new name makes no item when none carries its key', async () => {
      const change: BoardChange = { kind: 'update', key: 'gone', layout, itemId: '999999999', cells: { ARR: '6' } }
      expect(await run([change, create('a')])).toMatchObject([{ status: 'unknown' }, { status: 'applied' }])
      expect((await own()).map(({ key }) => key)).toEqual(['a'])
    })

    test('moves, archives and keys to restore are no rows', () => {
      const item = { key: 'a', layout, itemId: '1' } as const
      expect(imports.takes({ ...item, kind: 'move', group: 'won' })).toBe(false)
      expect(imports.takes({ ...item, kind: 'archive' })).toBe(false)
      expect(imports.takes({ ...item, kind: 'update', restoresKey: true, cells: {} })).toBe(false)
      expect(imports.takes({ ...item, kind: 'update', cells: { ARR: '1' } })).toBe(true)
    })

    test('opening a job writes nothing; a stored body of it is told from others', async () => {
      const { body } = imports.compose([create('a')])
      const opened = await imports.open(body, 'opened')
      expect(imports.isImport(opened.body)).toBe(true)
      expect(imports.isImport(account.host.compose([create('a')]).body)).toBe(false)
      expect(await own()).toEqual([])
    })

    test('another process finishes an opened job, and asking for a finished one tells the same once more', async () => {
      const opened = await imports.open(imports.compose([create('a'), create('b')]).body, 'crashed')
      const other = account.reopen().imports
      const first = await other?.finish(opened.body)
      expect(first).toMatchObject({ is: 'done', outcomes: [{ status: 'applied' }, { status: 'applied' }] })
      const again = await account.reopen().imports?.finish(opened.body)
      expect(again?.is === 'done' && again.outcomes).toEqual(first?.is === 'done' && first.outcomes)
      expect((await own()).map(({ key }) => key)).toEqual(['a', 'b'])
    })

    test('no more rows are taken than a file holds', () => {
      const many = Array.from({ length: imports.limits.rowsPerFile + 5 }, (_, n) => create(`k${n}`))
      expect(imports.compose(many).taken).toBe(imports.limits.rowsPerFile)
    })

    test('an import is said to cost some calls, and more rows never less', () => {
      const [few, many] = [imports.estimate(100), imports.estimate(10_000)]
      expect(few.calls).toBeGreaterThan(1)
      expect(many.calls).toBeGreaterThanOrEqual(few.calls)
      expect(many.ms).toBeGreaterThanOrEqual(few.ms)
    })
  })
}
