import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type BoardChange,
  type BoardHost,
  type BoardItem,
  type BoardLayout,
  type BoardSpec,
  type Cells,
  type ChangeOutcome,
  OUR_WORDS,
} from '../../src/board/board.ts'
import { settleChange, toBoardChanges } from '../../src/plan/known.ts'
import type { Known } from '../../src/plan/plan.ts'
import { planPair } from '../../src/plan/plan-pair.ts'

/** An account of a host with nothing of ours on it, known people, and hands to work on it as people do. */
export interface OpenHost {
  readonly host: BoardHost
  /** The same account, seen by a process that was just started. */
  reopen(): BoardHost
  /** Lets so much time pass that look-ups by key see everything written. */
  settle(): Promise<void>
  addByHand(layout: BoardLayout, item: { name: string; group: string; key?: string }): Promise<string>
  editByHand(layout: BoardLayout, itemId: string, edit: { name?: string; cells?: Cells }): Promise<void>
  close(): Promise<void>
}

/** E-mail addresses that people on the account have. */
export const PEOPLE = ['ada@acme.example', 'grace@acme.example']

export const SPEC: BoardSpec = {
  board: 'deals',
  ref: { name: 'Deals', workspace: 'BizOps' },
  create: true,
  columns: [
    { title: 'boardsync key', type: 'text', key: true },
    { title: 'Next step', type: 'text' },
    { title: 'Note', type: 'long_text' },
    { title: 'ARR', type: 'numbers' },
    {
      title: 'Stage',
      type: 'status',
      labels: [{ label: 'Qualified' }, { label: 'Closed Won', color: 'done-green' }, { label: '5' }],
    },
    { title: 'Close date', type: 'date' },
    { title: 'Owner', type: 'people' },
    { title: 'At risk', type: 'checkbox' },
    { title: 'Record', type: 'link' },
    {
      title: 'Products',
      type: 'dropdown',
      labels: [{ label: 'Core' }, { label: 'Add-on' }, { label: 'Seats, extra' }],
    },
  ],
  groups: ['lead', 'opportunity', 'won', 'Left', 'Gone'],
  people: PEOPLE,
}

export const FULL: Cells = {
  'Next step': 'Call "Ben" — 10 % off?\\',
  Note: 'Two\nlines & <tags> 日本 🎉',
  ARR: '24710.5',
  Stage: 'Closed Won',
  'Close date': '2026-11-22',
  Owner: 'ada@acme.example, grace@acme.example',
  'At risk': 'v',
  Record: 'https://crm.example/006A?x=1&y=2 Open in the CRM',
  Products: 'Add-on, Core',
}

export async function collect<T>(all: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const one of all) list.push(one)
  return list
}

/** What every board host must do, whoever's boards they are. */
export function boardContract(name: string, open: () => Promise<OpenHost>): void {
  describe(`${name} keeps the board contract`, () => {
    let account: OpenHost
    let host: BoardHost
    let keys = 0
    beforeEach(async () => {
      account = await open()
      host = account.host
    })
    afterEach(() => account.close())

    const prepared = async (spec: BoardSpec = SPEC) => (await host.prepare(spec)).layout
    const create = (layout: BoardLayout, key: string, more: { name?: string; cells?: Cells; group?: string } = {}) =>
      ({ kind: 'create', key, layout, name: `Item ${key}`, group: 'lead', cells: {}, ...more }) satisfies BoardChange
    const send = async (changes: readonly BoardChange[]): Promise<ChangeOutcome[]> => {
      const outcomes: ChangeOutcome[] = []
      for (let rest = changes; rest.length > 0; ) {
        const { body, taken } = host.compose(rest)
        keys += 1
        outcomes.push(...(await host.send(body, `contract-${keys}`)).outcomes)
        rest = rest.slice(taken)
      }
      return outcomes
    }
    const make = async (change: Extract<BoardChange, { kind: 'create' }>): Promise<BoardItem> => {
      const [outcome] = await send([change])
      if (outcome?.status !== 'applied' || outcome.item === undefined) throw new Error(JSON.stringify(outcome))
      return outcome.item
    }
    const own = (layout: BoardLayout) => collect(host.ownItems(layout))

    test('preparing makes board, columns, groups and labels; a second time it makes nothing', async () => {
      const first = await host.prepare(SPEC)
      expect(first.problems).toEqual([])
      expect(first.made).toContain('board "Deals" created')
      expect(first.made).toContain('column "ARR" (numbers) created')
      expect(first.layout.board).toBe('deals')
      expect(Object.keys(first.layout.columns).sort()).toEqual(Object.keys(FULL).sort())
      expect(Object.keys(first.layout.columns.Stage?.labels ?? {}).sort()).toEqual(['5', 'Closed Won', 'Qualified'])
      expect(Object.keys(first.layout.groups)).toEqual(SPEC.groups)
      expect(first.layout.keyColumnId).not.toBe('')

      const second = await account.reopen().prepare(SPEC)
      expect(second).toEqual({ ...first, made: [], calls: second.calls })
    })

    test('inspect says null where there is no board, and what there is without making anything', async () => {
      expect(await host.inspect(SPEC.ref)).toBeNull()
      const layout = await prepared()
      const seen = await host.inspect(SPEC.ref)
      expect(seen?.boardId).toBe(layout.boardId)
      expect(seen?.keyColumnId).toBe(layout.keyColumnId)
      expect(seen?.columns.ARR).toEqual(layout.columns.ARR)
      expect((await host.inspect({ id: layout.boardId }))?.title).toBe('Deals')
    })

    test('a column is described when it is made, and when what it shows means something else; what people wrote stays', async () => {
      const described = async (description: string) => {
        const columns = SPEC.columns.map((column) => (column.title === 'ARR' ? { ...column, description } : column))
        const { layout, made, problems } = await account.reopen().prepare({ ...SPEC, columns })
        expect(problems).toEqual([])
        return { is: layout.columns.ARR?.description, made }
      }
      await host.prepare(SPEC)
      expect((await host.inspect(SPEC.ref))?.columns.ARR).not.toHaveProperty('description')
      const [first, second] = [`Once.${OUR_WORDS}`, `Now.${OUR_WORDS}`]
      expect(await described(first)).toEqual({ is: first, made: ['column "ARR" described'] })
      expect(await described(first)).toEqual({ is: first, made: [] })
      expect(await described(second)).toEqual({ is: second, made: ['column "ARR" described'] })
      expect(await described('By hand.')).toEqual({ is: 'By hand.', made: ['column "ARR" described'] })
      expect(await described(first)).toEqual({ is: 'By hand.', made: [] })
      const spec = { ...SPEC, ref: { name: 'New', workspace: 'BizOps' } }
      const columns = SPEC.columns.map((column) => ({ ...column, ...(column.key ? {} : { description: first }) }))
      const { layout } = await host.prepare({ ...spec, columns })
      expect(layout.columns.Stage?.description).toBe(first)
    })

    test('a board that is absent and may not be created is a fault', async () => {
      await expect(host.prepare({ ...SPEC, create: false })).rejects.toMatchObject({ code: 'board-absent' })
    })

    test('a column of another type is a problem and left out of pushes; the others are not stopped', async () => {
      await prepared()
      const columns = SPEC.columns.map((one) => (one.title === 'ARR' ? { title: 'ARR', type: 'text' as const } : one))
      const { layout, problems } = await host.prepare({ ...SPEC, columns })
      expect(problems).toMatchObject([{ level: 'error', code: 'column-type-differs', column: 'ARR' }])
      expect(layout.columns.ARR).toBeUndefined()
      expect(layout.columns.Stage).toBeDefined()
    })

    test('labels and groups wanted later are added, and what was there stays', async () => {
      const before = await prepared()
      const item = await make(create(before, 'a', { cells: { Stage: 'Qualified', Products: 'Core' } }))
      const columns = SPEC.columns.map((one) =>
        one.labels === undefined ? one : { ...one, labels: [{ label: 'Proposal' }, ...one.labels] },
      )
      const groups = ['lead', 'proposal', 'opportunity', 'won', 'Left', 'Gone']
      const { layout, made, problems } = await host.prepare({ ...SPEC, columns, groups })
      expect(problems).toEqual([])
      expect([...made].sort()).toEqual([
        'group "proposal" created',
        'label "Proposal" of column "Products" created',
        'label "Proposal" of column "Stage" created',
      ])
      expect(Object.keys(layout.groups).sort()).toEqual([...groups].sort())
      await send([{ kind: 'update', key: 'a', layout, itemId: item.itemId, cells: { Stage: 'Proposal' } }])
      const cells = (await own(layout))[0]?.cells
      expect(cells).toMatchObject({ Stage: 'Proposal', Products: 'Core' })
    })

    test('a label that is too long is a problem, and the other labels are made', async () => {
      const long = 'A label that has more than thirty characters'
      const columns = SPEC.columns.map((one) =>
        one.title === 'Stage' ? { ...one, labels: [{ label: long }, { label: 'Short' }] } : one,
      )
      const { layout, problems } = await host.prepare({ ...SPEC, columns })
      expect(problems).toMatchObject([{ code: 'label-too-long', column: 'Stage' }])
      expect(Object.keys(layout.columns.Stage?.labels ?? {})).toEqual(['Short'])
    })

    test('nothing costs nothing, and more changes never take fewer calls', async () => {
      expect(host.estimate(0)).toEqual({ calls: 0, ms: 0 })
      const costs = [1, 2, 30, 300, 3_000].map((changes) => host.estimate(changes))
      expect(costs[0]?.calls).toBe(1)
      expect(costs.map(({ calls }) => calls)).toEqual(costs.map(({ calls }) => calls).sort((a, b) => a - b))
      expect(costs.map(({ ms }) => ms)).toEqual(costs.map(({ ms }) => ms).sort((a, b) => a - b))
    })

    test('whom preparing found is known from then on; who is not on the account never is', async () => {
      await host.prepare({ ...SPEC, people: [...PEOPLE, 'nobody@acme.example'] })
      expect([...PEOPLE, 'nobody@acme.example'].map((email) => host.knowsPerson(email))).toEqual([true, true, false])
    })

    test('what a process found out spares the next one asking; a text that is none of its own is passed over', async () => {
      await host.prepare({ ...SPEC, people: PEOPLE })
      const next = account.reopen()
      for (const text of ['', 'nonsense', '{"version":1}', host.learned()]) next.recall(text)
      expect(PEOPLE.map((email) => next.knowsPerson(email))).toEqual(PEOPLE.map(() => true))
    })

    test('people whom nobody knows are reported', async () => {
      const { unknownPeople } = await host.prepare({ ...SPEC, people: [...PEOPLE, 'nobody@acme.example'] })
      expect(unknownPeople).toEqual(['nobody@acme.example'])
    })

    test('cells of every type read back as the text they were written from', async () => {
      const layout = await prepared()
      const item = await make(create(layout, '006A', { name: 'Acme "1"', cells: FULL, group: 'won' }))
      expect(item.cells).toEqual(FULL)
      expect(item).toMatchObject({ key: '006A', name: 'Acme "1"', group: 'won', state: 'active' })
      expect(Number.isNaN(Date.parse(item.createdAt))).toBe(false)
      expect(await own(layout)).toEqual([item])

      const other = {
        ARR: '-0.5',
        Stage: '5',
        'Close date': '2026-11-22 10:30',
        Owner: 'grace@acme.example',
        Record: 'https://crm.example/006B',
        Products: 'Seats, extra',
      }
      const [outcome] = await send([{ kind: 'update', key: '006A', layout, itemId: item.itemId, cells: other }])
      expect(outcome).toMatchObject({ status: 'applied', item: { cells: { ...FULL, ...other } } })
    })

    test('empty text empties a cell of every type', async () => {
      const layout = await prepared()
      const item = await make(create(layout, 'a', { cells: FULL }))
      const empty = Object.fromEntries(Object.keys(FULL).map((title) => [title, '']))
      await send([{ kind: 'update', key: 'a', layout, itemId: item.itemId, cells: empty }])
      expect((await own(layout))[0]?.cells).toEqual(empty)
    })

    test('an update changes the cells it names, and the name when it names one, and nothing else', async () => {
      const layout = await prepared()
      const item = await make(create(layout, 'a', { cells: FULL }))
      await send([
        { kind: 'update', key: 'a', layout, itemId: item.itemId, name: 'Renamed', cells: { ARR: '1' } },
        { kind: 'update', key: 'a', layout, itemId: item.itemId, cells: { Stage: 'Qualified' } },
      ])
      const [now] = await own(layout)
      expect(now).toEqual({ ...item, name: 'Renamed', cells: { ...FULL, ARR: '1', Stage: 'Qualified' } })
    })

    test('items move between groups, and an archived one is no longer listed but found by its id', async () => {
      const layout = await prepared()
      const a = await make(create(layout, 'a', { cells: FULL }))
      const b = await make(create(layout, 'b'))
      const outcomes = await send([
        { kind: 'move', key: 'a', layout, itemId: a.itemId, group: 'Left' },
        { kind: 'archive', key: 'b', layout, itemId: b.itemId },
      ])
      expect(outcomes).toMatchObject([
        { status: 'applied', itemId: a.itemId, item: { group: 'Left', cells: FULL } },
        { status: 'applied', itemId: b.itemId },
      ])
      expect((await own(layout)).map((item) => [item.key, item.group])).toEqual([['a', 'Left']])
      const found = await host.findByIds(layout, [a.itemId, b.itemId, '999999999'])
      expect(found.map((item) => [item.key, item.state]).sort()).toEqual([
        ['a', 'active'],
        ['b', 'archived'],
      ])
    })

    test('a change that fails does not stop the changes after it', async () => {
      const layout = await prepared()
      const outcomes = await send([
        { kind: 'update', key: 'gone', layout, itemId: '999999999', cells: { ARR: '1' } },
        create(layout, 'a', { cells: { ARR: '2' } }),
      ])
      expect(outcomes).toMatchObject([{ status: 'refused', code: 'item-missing' }, { status: 'applied' }])
      expect((await own(layout)).map((item) => item.cells.ARR)).toEqual(['2'])
    })

    test('an update is written under an item as it is, markup and all, and read back without lag', async () => {
      const layout = await prepared()
      const [a, b] = [await make(create(layout, 'a')), await make(create(layout, 'b'))]
      const text = 'Won: <b>Acme</b> & Söhne\n24,000 a year 🎉'
      const posts = [
        { kind: 'post', key: 'a', layout, itemId: a.itemId, text: 'The first' },
        { kind: 'post', key: 'a', layout, itemId: a.itemId, text },
        { kind: 'post', key: 'gone', layout, itemId: '999999999', text },
      ] as const
      expect(await send(posts)).toMatchObject([
        { status: 'applied', itemId: a.itemId },
        { status: 'applied', itemId: a.itemId },
        { status: 'refused', code: 'item-missing' },
      ])
      const updates = await host.updatesOn(layout, [a.itemId, b.itemId])
      expect(updates.map((update) => [update.itemId, update.text])).toEqual([
        [a.itemId, text],
        [a.itemId, 'The first'],
      ])
      expect(updates.every(({ createdAt }) => Date.parse(createdAt) > 0)).toBe(true)
    })

    test('people are notified of an item', async () => {
      const layout = await prepared()
      const { itemId } = await make(create(layout, 'a'))
      const told = PEOPLE.map(
        (email) => ({ kind: 'notify', key: 'a', layout, itemId, email, text: 'It is won' }) as const,
      )
      expect(await send(told)).toMatchObject([
        { status: 'applied', itemId },
        { status: 'applied', itemId },
      ])
    })

    test('changes of several boards share one request, one outcome each, in order', async () => {
      const deals = await prepared()
      const accounts = await prepared({ ...SPEC, board: 'accounts', ref: { name: 'Accounts', workspace: 'BizOps' } })
      const changes = [create(deals, 'd1'), create(accounts, 'a1'), create(deals, 'd2')]
      const { body, taken } = host.compose(changes)
      expect(taken).toBe(3)
      const { outcomes, calls } = await host.send(body, 'several')
      expect(calls).toBe(1)
      expect(outcomes.map((one) => one.status === 'applied' && one.item?.key)).toEqual(['d1', 'a1', 'd2'])
      expect((await own(accounts)).map((item) => item.key)).toEqual(['a1'])
    })

    test('changes of one key that follow each other are never parted, and at least one is taken', async () => {
      const layout = await prepared()
      const changes: BoardChange[] = Array.from({ length: 300 }, (_, n) => [
        { kind: 'move' as const, key: `k${n}`, layout, itemId: String(n), group: 'won' },
        { kind: 'update' as const, key: `k${n}`, layout, itemId: String(n), cells: { ARR: '1' } },
      ]).flat()
      for (let rest = changes; rest.length > 0; ) {
        const { taken } = host.compose(rest)
        expect(taken).toBeGreaterThan(0)
        expect(rest[taken]?.key).not.toBe(rest[taken - 1]?.key)
        rest = rest.slice(taken)
      }
    })

    test('the same body with the same key, sent by another process, is carried out once and answers the same', async () => {
      const layout = await prepared()
      const { body } = host.compose([create(layout, 'a', { cells: FULL }), create(layout, 'b')])
      const first = await host.send(body, 'once')
      const again = await account.reopen().send(body, 'once')
      expect(first.replayed).toBe(false)
      expect(again.replayed).toBe(true)
      expect(again.outcomes).toEqual(first.outcomes)
      expect((await own(layout)).length).toBe(2)
    })

    test('items that carry no key of ours are not listed', async () => {
      const layout = await prepared()
      await account.addByHand(layout, { name: "Somebody's own", group: 'lead' })
      await make(create(layout, 'a'))
      expect((await own(layout)).map((item) => item.key)).toEqual(['a'])
    })

    test('items are found by their keys, case counting; missing ones are left out', async () => {
      const layout = await prepared()
      const upper = await make(create(layout, '006A', { cells: FULL }))
      await make(create(layout, '006a'))
      await make(create(layout, 'b'))
      const copy = await account.addByHand(layout, { name: 'A copy', group: 'lead', key: '006A' })
      await account.settle()
      const found = await host.findByKeys(layout, ['006A', 'missing'])
      expect(found.map((item) => item.itemId).sort()).toEqual([upper.itemId, copy].sort())
      expect(found.find((item) => item.itemId === upper.itemId)).toEqual(upper)
    })

    test('what people change by hand is seen', async () => {
      const layout = await prepared()
      const item = await make(create(layout, 'a', { cells: FULL }))
      await account.editByHand(layout, item.itemId, { name: 'By hand', cells: { 'Next step': 'ask Ben' } })
      expect(await own(layout)).toMatchObject([{ name: 'By hand', cells: { ...FULL, 'Next step': 'ask Ben' } }])
    })

    test('after a plan is applied, planning again finds nothing to do', async () => {
      const layout = await prepared()
      const desired = { key: 'a', name: 'Acme', group: 'won', cells: FULL, once: {}, urgency: 0, from: 'opportunity a' }
      const pair = (ledger: Known | null) => ({
        key: 'a',
        desired: [{ body: JSON.stringify(desired), digest: 'd1' }],
        ledger,
        refusal: null,
      })
      const options = {
        board: 'deals',
        layout,
        unknownPeople: new Set<string>(),
        whenGone: 'archive',
        whenEditedByHand: 'overwrite',
        leftFor: 90,
        today: 20_000,
        mappingChanged: false,
        nameLength: host.can.nameLength,
      } as const
      const plan = planPair(pair(null), options)
      if (plan.is !== 'change') throw new Error(plan.is)
      const settled = settleChange(plan.change, null, await send(toBoardChanges(plan.change, layout)))
      if (settled.status !== 'applied') throw new Error(settled.status)
      // Also without the digest: the texts themselves are equal.
      for (const known of [settled.known, { ...settled.known, desired: null }]) {
        expect(planPair(pair({ ...known, version: 1, state: 'settled' }), options).is).toBe('unchanged')
      }
    })

    test('an aborted signal ends a call with its reason', async () => {
      const layout = await prepared()
      const reason = new Error('stop')
      const { body } = host.compose([create(layout, 'a')])
      await expect(host.send(body, 'aborted', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
      expect(await own(layout)).toEqual([])
    })
  })
}
