import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BoardHands } from '../../src/sandbox/monday/hands.ts'
import { createRecord } from '../../src/sandbox/salesforce/records.ts'
import { isThorough } from '../thorough.ts'
import { doubledKeys, readBoards, type SeenItem } from './boards.ts'
import { type Journey, openJourney } from './journey.ts'
import { runHere } from './run-cli.ts'

let journey: Journey

beforeAll(async () => {
  journey = await openJourney({ accounts: 30, seed: 4 })
  await journey.sync()
}, 120_000)

afterAll(() => journey[Symbol.asyncDispose]())

interface Told {
  readonly plans: readonly {
    readonly digest: string
    readonly drift: readonly { readonly code: string; readonly message: string }[]
    readonly changes: readonly {
      readonly kind: string
      readonly why: string
      readonly cells: Record<string, unknown>
    }[]
  }[]
  readonly problems: readonly { readonly code: string }[]
}

async function told(...args: string[]): Promise<Told['plans'][number] & Pick<Told, 'problems'>> {
  const { stdout, stderr } = await runHere([...args, '--json'], journey.env)
  const { plans, problems } = JSON.parse(stdout) as Told
  const [first = { digest: '', drift: [], changes: [] }] = plans
  if (plans.length > 1) throw new Error(stderr)
  return { ...first, problems }
}

/** Items with our key, as the vendor's own client reads them: what this program keeps of them, by key. */
async function deals(board = 'Deals'): Promise<Map<string, Omit<SeenItem, 'id'>>> {
  const items = ((await readBoards(journey.env)).get(board) ?? []).map((item) => withKey(item))
  const ours = items.filter(({ key }) => key !== '')
  expect(doubledKeys(ours)).toEqual([])
  return new Map(ours.map(({ id: _, ...item }) => [item.key, item]))
}

const KEPT = ['Stage', 'ARR', 'Seats', 'Close date', 'Overdue', 'Do not upsell', 'Owner']

/** The key may be in a column of monday's own id, when ours was deleted. */
function withKey(item: SeenItem): SeenItem {
  const key = item.key === '' ? (item.cells['boardsync_key'] ?? '') : item.key
  return { ...item, key, cells: Object.fromEntries(KEPT.map((title) => [title, item.cells[title] ?? ''])) }
}

interface Way {
  readonly way: string
  readonly hands: (hands: BoardHands, one: string, two: string, group: string) => unknown
  /** Codes of the sentences that the plan says. */
  readonly says: readonly string[]
  /** The board's name afterwards. */
  readonly board?: string
}

const D = 'Deals'

const WAYS: readonly Way[] = [
  { way: 'a number is typed over', hands: (h, one) => h.edit(D, one, { ARR: '1' }), says: ['items-cells'] },
  { way: 'a number is emptied', hands: (h, one) => h.edit(D, one, { ARR: null }), says: ['items-cells'] },
  {
    way: 'a status is set to another',
    hands: (h, one) => h.edit(D, one, { Stage: { index: 5 } }),
    says: ['items-cells'],
  },
  { way: 'a date is moved', hands: (h, one) => h.edit(D, one, { 'Close date': '2031-01-01' }), says: ['items-cells'] },
  { way: 'an owner is taken off', hands: (h, one) => h.edit(D, one, { Owner: null }), says: ['items-cells'] },
  {
    way: 'several cells of several items are edited',
    hands: (h, one, two) => {
      h.edit(D, one, { ARR: '1', Seats: '2' })
      h.edit(D, two, { Seats: null })
    },
    says: ['items-cells'],
  },
  { way: 'an item is renamed', hands: (h, one) => h.rename(D, one, 'Ask Bob'), says: ['items-names'] },
  {
    way: 'an item is moved to a group of ours',
    hands: (h, one, _, group) => h.moveToGroup(D, one, group === 'won' ? 'lost' : 'won'),
    says: ['items-moved'],
  },
  {
    way: 'an item is moved to a group of their own',
    hands: (h, one) => {
      h.addGroup(D, 'My favourites')
      h.moveToGroup(D, one, 'My favourites')
    },
    says: ['items-moved'],
  },
  { way: 'an item is archived', hands: (h, one) => h.archive(D, one), says: ['items-archived'] },
  { way: 'an item is deleted', hands: (h, one) => h.delete(D, one), says: ['items-deleted'] },
  {
    way: 'several items are archived and deleted',
    hands: (h, one, two) => {
      h.archive(D, one)
      h.delete(D, two)
    },
    says: ['items-archived', 'items-deleted'],
  },
  {
    way: 'an item is moved to another board',
    hands: (h, one) => h.moveToBoard(D, one, 'Leads'),
    says: ['items-elsewhere'],
  },
  { way: 'an item is duplicated', hands: (h, one) => h.duplicate(D, one), says: ['items-copies'] },
  {
    way: 'an item is duplicated twice',
    hands: (h, one) => {
      h.duplicate(D, one)
      h.duplicate(D, one)
    },
    says: ['items-copies'],
  },
  {
    way: 'an item is archived and its copy kept',
    hands: (h, one) => {
      const { id } = h.item(D, one)
      h.duplicate(D, one)
      h.archive(D, one)
      expect(h.item(D, one).id).not.toBe(id)
    },
    says: ['items-replaced'],
  },
  { way: 'a key is emptied', hands: (h, one) => h.edit(D, one, { boardsync_key: null }), says: ['items-keys'] },
  { way: 'a key is written over', hands: (h, one) => h.edit(D, one, { boardsync_key: 'mine' }), says: ['items-keys'] },
  {
    way: 'a key is written over with that of an older item',
    hands: (h, one, two) => h.edit(D, two, { boardsync_key: one }),
    says: ['items-keys'],
  },
  {
    way: 'a key is written over with that of a younger item',
    hands: (h, one, two) => h.edit(D, one, { boardsync_key: two }),
    says: ['items-keys'],
  },
  {
    way: 'two items get each other’s keys',
    hands: (h, one, two) => {
      const [first, second] = [h.item(D, one).id, h.item(D, two).id]
      h.editItem(first, { boardsync_key: two })
      h.editItem(second, { boardsync_key: one })
    },
    says: ['items-exchanged'],
  },
  { way: 'a column is deleted', hands: (h) => h.deleteColumn(D, 'Seats'), says: ['column-deleted'] },
  { way: 'a column of labels is deleted', hands: (h) => h.deleteColumn(D, 'Stage'), says: ['column-deleted'] },
  {
    way: 'a column is deleted and made again',
    hands: (h) => {
      h.deleteColumn(D, 'Close date')
      h.addColumn(D, 'Close date', 'date')
    },
    says: ['column-replaced'],
  },
  {
    way: 'the column of our keys is deleted',
    hands: (h) => h.deleteColumn(D, 'boardsync_key'),
    says: ['key-column-deleted', 'items-keys'],
  },
  {
    way: 'a label is deleted',
    hands: (h, one) => h.deleteLabel(D, 'Stage', stageOf(one)),
    says: ['label-deleted', 'items-cells'],
  },
  {
    way: 'a label is hidden and a cell that showed it emptied',
    hands: (h, one) => {
      h.deactivateLabel(D, 'Stage', stageOf(one))
      h.edit(D, one, { Stage: null })
    },
    says: ['label-deleted', 'items-cells'],
  },
  {
    way: 'a group is archived with its items',
    hands: (h, _, __, group) => h.archiveGroup(D, group),
    says: ['group-deleted', 'items-archived'],
  },
  {
    way: 'a group is deleted with its items',
    hands: (h, _, __, group) => h.deleteGroup(D, group),
    says: ['group-deleted', 'items-deleted'],
  },
  {
    way: 'an item, a column, a key and a group are all broken at once',
    hands: (h, one, two, group) => {
      h.delete(D, one)
      h.edit(D, two, { boardsync_key: null })
      h.deleteColumn(D, 'Owner')
      h.deleteGroup(D, group === 'won' ? 'lost' : 'won')
    },
    says: ['column-deleted', 'group-deleted', 'items-deleted', 'items-keys'],
  },
  { way: 'the board is archived', hands: (h) => h.archiveBoard(D), says: ['board-lost'] },
  { way: 'the board is deleted', hands: (h) => h.deleteBoard(D), says: ['board-lost'] },
  {
    way: 'the board is renamed and a cell edited',
    hands: (h, one) => {
      h.edit(D, one, { ARR: '1' })
      h.renameBoard(D, 'Deals of 2026')
    },
    says: ['board-renamed', 'items-cells'],
    board: 'Deals of 2026',
  },
]

/** What people did to the board itself, items apart, is said by `check` too. */
async function expectCheck(says: readonly string[]): Promise<void> {
  const wanted = says.filter((code) => !code.startsWith('items-'))
  if (wanted.length === 0) return
  const { stdout } = await runHere(['check', 'deals', '--json'], journey.env)
  const { checked } = JSON.parse(stdout) as { checked: { problems: { code: string }[] }[] }
  expect(checked[0]?.problems.map(({ code }) => code).toSorted()).toEqual(wanted.toSorted())
}

let before: Map<string, Omit<SeenItem, 'id'>>

function stageOf(key: string): string {
  return before.get(key)?.cells['Stage'] ?? ''
}

describe('ways in which people break a board', () => {
  test('there are at least thirty', () => {
    expect(WAYS.length).toBeGreaterThanOrEqual(30)
  })

  // One in sixteen, and those that leave the board under another name.
  const tried = WAYS.filter(({ board }, i) => isThorough || board !== undefined || i % 24 === 0)
  test.each(tried)(
    '$way: the plan says so, and one command mends it',
    async ({ hands, says, board = D }) => {
      before = await deals()
      const open = [...before.values()].filter(
        (item) => item.cells['ARR'] !== '' && item.cells['Owner'] !== '' && item.cells['Close date'] !== '',
      )
      // Two items of one group, the older first.
      const [one, two] = (Object.values(Object.groupBy(open, ({ group }) => group)).find(
        (items = []) => items.length > 1,
      ) ?? []) as { key: string; group: string }[]
      hands(journey.sandbox.hands, one?.key ?? '', two?.key ?? '', one?.group ?? '')

      await expectCheck(says)
      const plan = await told('repair', 'deals')
      expect(plan.problems).toEqual([])
      expect(plan.drift.map(({ code }) => code).toSorted()).toEqual([...says].toSorted())
      expect(plan.changes.length).toBeGreaterThan(0)
      const mended = await runHere(['apply', '--digest', plan.digest.slice(0, 12)], journey.env)
      expect(mended.code, mended.stdout + mended.stderr).toBe(0)
      expect(await deals(board)).toEqual(before)
      const after = await told('plan', 'deals', '--reread')
      expect([after.drift, after.changes]).toEqual([[], []])
    },
    60_000,
  )
})

/** The deals board after a sync that has nothing to say or to send. */
async function atRest(): Promise<void> {
  await runHere(['sync', 'deals', '--reread'], journey.env)
  const { drift, changes } = await told('plan', 'deals', '--reread')
  expect([drift, changes]).toEqual([[], []])
}

describe.runIf(isThorough)('a column or label that people renamed', () => {
  // As the last of the ways above left it.
  const RENAMED = 'Deals of 2026'

  test('a column is the same column: it is said, not made anew, and goes on being kept up to date', async () => {
    before = await deals('Deals of 2026')
    const [key = ''] = [...before].find(([, item]) => item.cells['ARR'] !== '') ?? []
    journey.sandbox.hands.renameColumn(RENAMED, 'ARR', 'ARR (USD)')
    await expectCheck(['column-renamed'])
    const plan = await told('plan', 'deals', '--reread')
    expect(plan.drift.map(({ message }) => message)).toEqual([
      'Column "ARR" is now called "ARR (USD)" on the board; it is known by its id and is kept up to date',
    ])
    expect(plan.changes).toEqual([])
    await atRest()
    journey.sandbox.hands.edit(RENAMED, key, { 'ARR (USD)': '1' })
    await atRest()
    const items = (await readBoards(journey.env)).get(RENAMED) ?? []
    const item = items.find((one) => one.key === key)
    expect(item?.cells['ARR (USD)']).toBe(before.get(key)?.cells['ARR'])
    expect(item?.cells).not.toHaveProperty('ARR')
    journey.sandbox.hands.renameColumn(RENAMED, 'ARR (USD)', 'ARR')
    await atRest()
    expect(await deals(RENAMED)).toEqual(before)
  }, 90_000)

  test('a label is the same label: it is said, not made anew, and goes on being written', async () => {
    before = await deals('Deals of 2026')
    const [[key = '', { cells }] = ['', { cells: {} as Record<string, string> }]] = [...before]
    const stage = cells['Stage'] ?? ''
    journey.sandbox.hands.renameLabel(RENAMED, 'Stage', stage, 'Nearly there')
    const plan = await told('plan', 'deals', '--reread')
    expect(plan.drift.map(({ code }) => code)).toEqual(['label-renamed'])
    expect(plan.changes).toEqual([])
    await atRest()
    journey.sandbox.hands.edit(RENAMED, key, { Stage: null })
    await atRest()
    expect((await deals(RENAMED)).get(key)?.cells['Stage']).toBe('Nearly there')
    journey.sandbox.hands.renameLabel(RENAMED, 'Stage', 'Nearly there', stage)
    await atRest()
    expect(await deals(RENAMED)).toEqual(before)
  }, 90_000)
})

describe.runIf(isThorough)('a group that people renamed', () => {
  test('is the same group: it is said, no other is made, and items go on moving in and out of it', async () => {
    const BOARD = 'Deals of 2026'
    before = await deals(BOARD)
    const [[key = '', { group }] = ['', { group: '' }]] = [...before]
    journey.sandbox.hands.renameGroup(BOARD, group, 'Hot')
    await expectCheck(['group-renamed'])
    const plan = await told('plan', 'deals', '--reread')
    expect(plan.drift.map(({ code }) => code)).toEqual(['group-renamed'])
    expect(plan.changes).toEqual([])
    await atRest()
    journey.sandbox.hands.moveToGroup(BOARD, key, group === 'won' ? 'lost' : 'won')
    await atRest()
    expect((await deals(BOARD)).get(key)?.group).toBe('Hot')
    journey.sandbox.hands.renameGroup(BOARD, 'Hot', group)
    await atRest()
    expect(await deals(BOARD)).toEqual(before)
  }, 90_000)
})

describe.runIf(isThorough)('what a board demands of its items', () => {
  const BOARD = 'Deals of 2026'

  test('a required column that the mapping does not fill, and a rule, are said by check and plan before anything is refused', async () => {
    const { hands, org } = journey.sandbox
    before = await deals(BOARD)
    hands.addColumn(BOARD, 'Region', 'text')
    hands.requireColumn(BOARD, 'Region')
    hands.addRule(BOARD, 'ARR', 'GREATER_THAN', 0)
    await expectCheck(['column-required', 'board-rules'])
    const AccountId = createRecord(org, 'Account', { Name: 'Late Ltd', NumberOfEmployees: 9 })
    const id = createRecord(org, 'Opportunity', {
      Name: 'Late deal',
      AccountId,
      StageName: 'Prospecting',
      Amount: 99,
      CloseDate: '2031-01-01',
    })
    journey.settle()
    await runHere(['pull'], journey.env)
    const plan = await told('plan', 'deals', '--reread')
    expect(plan.drift.map(({ message }) => message)).toEqual([
      'The board requires column "Region", which the mapping does not fill: new items will be refused',
      'The board has a validation rule of its own: items that do not meet it will be refused',
    ])
    const sync = await runHere(['sync', 'deals'], journey.env)
    expect(sync.code, sync.stdout).toBe(3)
    const { refused } = JSON.parse((await runHere(['refused', '--json'], journey.env)).stdout) as {
      refused: { key: string; code: string; hint: string }[]
    }
    expect(refused).toMatchObject([{ key: id, code: 'board-rule', hint: expect.stringContaining('validation rules') }])
    hands.demandNothing(BOARD)
    await atRest()
    expect([...(await deals(BOARD)).keys()]).toEqual(expect.arrayContaining([...before.keys(), id]))
  }, 120_000)
})

describe.runIf(isThorough)('what only a person can mend on the board', () => {
  const BOARD = 'Deals of 2026'

  test('a board that only its owners may change is said before anything is sent; once it is open, a sync mends it', async () => {
    const { hands } = journey.sandbox
    before = await deals(BOARD)
    const [key = ''] = [...before].find(([, item]) => item.cells['ARR'] !== '') ?? []
    hands.edit(BOARD, key, { ARR: '1' })
    hands.closeBoard(BOARD)
    await expectCheck(['board-closed'])
    const { stdout, code } = await runHere(['plan', 'deals', '--reread'], journey.env)
    expect([code, stdout]).toEqual([4, expect.stringContaining('Only its owners may change board')])
    const sync = await runHere(['sync', 'deals'], journey.env)
    expect([sync.code, sync.stdout]).toEqual([4, expect.stringContaining('plan-board-closed')])
    expect((await runHere(['refused'], journey.env)).stdout).not.toContain('board-forbidden')
    hands.openBoard(BOARD)
    await runHere(['sync', 'deals'], journey.env)
    expect(await deals(BOARD)).toEqual(before)
  }, 120_000)

  test('a column of another type in the place of ours is said by check and plan; once it has another name, ours is made and filled', async () => {
    const { hands } = journey.sandbox
    hands.deleteColumn(BOARD, 'Seats')
    hands.addColumn(BOARD, 'Seats', 'text')
    await expectCheck(['column-type'])
    const plan = await told('plan', 'deals', '--reread')
    expect(plan.drift.map(({ message }) => message)).toEqual([
      'Column "Seats" was deleted, and one of type text made in its place; the mapping says numbers',
    ])
    hands.renameColumn(BOARD, 'Seats', 'Seats by hand')
    await runHere(['sync', 'deals', '--reread'], journey.env)
    expect(await deals(BOARD)).toEqual(before)
  }, 120_000)

  test('a board that is full is said before anything is refused; once there is room, a sync makes what was missing', async () => {
    const { engine, org } = journey.sandbox
    const full = [...(await deals(BOARD)).keys()].length
    const was = engine.limits.get('monday.itemsPerBoard')
    engine.limits.set('monday.itemsPerBoard', full)
    const AccountId = createRecord(org, 'Account', { Name: 'Too many', NumberOfEmployees: 9 })
    const deal = { Name: 'One more', AccountId, StageName: 'Prospecting', Amount: 99, CloseDate: '2031-01-01' }
    const id = createRecord(org, 'Opportunity', deal)
    journey.settle()
    await runHere(['pull'], journey.env)
    const plan = await told('plan', 'deals', '--reread')
    expect(plan.drift.map(({ code }) => code)).toEqual(['board-full'])
    await runHere(['sync', 'deals'], journey.env)
    expect((await deals(BOARD)).has(id)).toBe(false)
    engine.limits.set('monday.itemsPerBoard', was)
    await runHere(['sync', 'deals', '--reread'], journey.env)
    expect((await deals(BOARD)).has(id)).toBe(true)
  }, 120_000)
})

test('a board that is gone is said by plan, is not made anew unasked, and is by repair', async () => {
  before = await deals('Deals of 2026')
  journey.sandbox.hands.archiveBoard('Deals of 2026')
  const plan = await told('plan', 'deals', '--reread')
  expect(plan.problems).toMatchObject([{ code: 'board-lost', hint: expect.stringContaining('run repair deals') }])
  const sync = await runHere(['sync'], journey.env)
  expect(sync.code).toBe(1)
  expect(sync.stdout).toContain('The board of deals')
  expect([...(await readBoards(journey.env)).keys()].filter((name) => name.startsWith('Deals'))).toEqual([])
  const { digest } = await told('repair', 'deals')
  expect((await runHere(['apply', '--digest', digest.slice(0, 12)], journey.env)).code).toBe(0)
  expect(await deals()).toEqual(before)
}, 60_000)
