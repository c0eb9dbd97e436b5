import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FACTS } from '../../src/domain/fact-fields.ts'
import { FACT_KINDS } from '../../src/domain/facts.ts'
import { sentencesOf } from '../../src/domain/simulation.ts'
import { changesOfModel, setInModel } from '../../src/mapping/model-changes.ts'
import { createZone } from '../../src/platform/zone.ts'
import type { Store } from '../../src/store/store.ts'
import { simulate } from '../../src/sync/simulate.ts'
import { boardOf, FILES, openWorld, putAccount, putOpportunity, putUser, type World } from './world.ts'

const OTHERS = {
  arr: boardOf('arr_month', 'end'),
  pipeline: boardOf('pipeline_month', 'end'),
  forecast: boardOf('forecast', 'open'),
  buckets: boardOf('bucket_month', 'greenEnd'),
  must: boardOf('must_win', 'arr'),
  near: boardOf('account', 'arrToGreen'),
}
const MODEL = `${FILES.model}buckets: { green_from: { seats: null, arr: 1000 } }\n`

async function openCompany(model = MODEL): Promise<World> {
  const world = await openWorld()
  world.edit({ others: OTHERS, model })
  putUser(world, 'u1', 'Ada')
  for (const [id, amount] of [
    ['a1', '1500'],
    ['a2', '2500'],
    ['a3', '6000'],
    ['a4', '400'],
  ] as const) {
    putAccount(world, id)
    putOpportunity(world, `o-${id}`, {
      AccountId: id,
      StageName: 'Closed Won',
      Amount: amount,
      CloseDate: '2026-01-15',
    })
  }
  putOpportunity(world, 'open', { Amount: '90000', CloseDate: '2026-03-20' })
  await world.sync()
  return world
}

/** What another model would do, and that nothing in the store changed. */
async function simulated(world: World, model: string, on: number | null = null) {
  const { store, clock, mappings: before } = world.ports()
  world.edit({ model })
  const { mappings: after } = world.ports()
  world.edit({ model: MODEL })
  const unread = await contentsOf(store)
  const found = await simulate({ store: readOnly(store), clock, before, after, zoneOf: createZone, on })
  expect(await contentsOf(store)).toEqual(unread)
  return found
}

/** A store of which only what reads can be asked. */
function readOnly(store: Store): Store {
  const reads = ['dossiers', 'contextRecords', 'survivors', 'record', 'reported', 'hasSnapshots', 'snapshots', 'note']
  return new Proxy(store, {
    get(target, name) {
      if (!reads.includes(String(name))) throw new Error(`A simulation asks the store for ${String(name)}`)
      const member: unknown = Reflect.get(target, name, target)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}

async function contentsOf(store: Store): Promise<unknown> {
  const lists = [store.totals(), store.facts(), store.reported('arr_month'), store.pairs('buckets', 'all')]
  const contents: unknown[] = []
  for (const list of lists) for await (const page of list) contents.push(...page)
  return [contents, await store.dirtyCount(), await store.note('derived-with'), await store.note('boards-mapped')]
}

test('what differs is told in words: what a field tells, and yes and no', () => {
  const rows = { before: 9, after: 9, changed: 2, added: 0, gone: 0 }
  const difference = { kind: 'account', rows, accounts: 2, sums: [] } as const
  const moves = [
    { field: 'canReachGreen', from: 'false', to: 'true', rows: 2, arr: 500_00 },
    { field: 'segment', from: 'mid_market', to: 'enterprise', rows: 1, arr: null },
  ]
  expect(sentencesOf({ ...difference, moves }, 'USD')).toEqual([
    '2 accounts with 500 USD of ARR go from no to yes: whether an orange account could graduate if everybody there had a seat',
    '1 account goes from mid market to enterprise: size class of the company',
  ])
  for (const kind of FACT_KINDS) {
    for (const [field, { type }] of Object.entries(FACTS[kind].fields)) {
      if (type !== 'boolean' && type !== 'enum') continue
      const known = { ...difference, kind, moves: [{ field, from: 'false', to: 'true', rows: 1, arr: null }] }
      expect(sentencesOf(known, 'USD')[0]).toMatch(/^1 [a-z_ ]+ goes from no to yes: [a-z][^.;:]+$/)
    }
  }
})

describe('a simulation', () => {
  test('of the same model finds no difference, and asks the store for nothing but reading', async () => {
    await using world = await openCompany()
    expect(await simulated(world, MODEL)).toEqual({
      definitions: [],
      facts: [],
      boards: [],
      restated: 0,
      left: [],
      dossiers: 4,
    })
  })

  test('of a higher threshold tells which accounts go back to orange, with their ARR, sums and boards', async () => {
    await using world = await openCompany()
    const { facts, boards, definitions } = await simulated(world, MODEL.replace('1000', '5000'))
    const account = facts.find(({ kind }) => kind === 'account')
    expect(account).toMatchObject({ accounts: 3, rows: { before: 4, after: 4, changed: 3, added: 0, gone: 0 } })
    expect(account && sentencesOf(account, 'USD')).toEqual(['2 accounts with 4,000 USD of ARR go back to orange'])
    const movement = facts.find(({ kind }) => kind === 'bucket_movement')
    expect(movement?.accounts).toBe(2)
    expect(boards.map(({ board }) => board)).toEqual(['near', 'buckets'])
    expect(boards.find(({ board }) => board === 'near')).toMatchObject({ items: { before: 4, after: 4 }, changed: 3 })
    expect(definitions).toEqual([
      {
        name: 'green_account',
        before: expect.stringContaining('from 1,000 USD'),
        after: expect.stringContaining('from 5,000 USD'),
      },
    ])
  })

  test('of a change from a day on differs from that day on only', async () => {
    await using world = await openCompany()
    const from = 20_820 // 2027-01-02
    const later = `${MODEL.replace('1000', '300')}definitions:
  green_account: { version: 2, from: 2027-01-02, applies: from_date, was: [{ version: 1, buckets: { green_from: { seats: null, arr: 1000 } } }] }
`
    expect((await simulated(world, later)).facts).toEqual([])
    const { facts } = await simulated(world, later, from)
    const account = facts.find(({ kind }) => kind === 'account')
    expect(account && sentencesOf(account, 'USD')).toEqual([
      '1 account with 400 USD of ARR goes from orange to green: below the threshold (orange) or grown past it (green)',
    ])
  })

  test('leaves closed months as they were reported, counts what would be restated, and tells what opening them would do', async () => {
    const closed = `${MODEL}closed_through: 2026-02\n`
    await using world = await openCompany(closed)
    const { restated, boards } = await simulated(world, closed.replace('1000', '5000'))
    expect(restated).toBeGreaterThan(0)
    const buckets = boards.find(({ board }) => board === 'buckets')
    const open = (await simulated(world, MODEL.replace('1000', '5000'))).boards.find(({ board }) => board === 'buckets')
    expect(buckets?.changed).toBeGreaterThan(0)
    expect(open?.changed).toBeGreaterThan(buckets?.changed ?? 0)
  })

  test('of the model that is in force finds nothing, whatever the data', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            id: fc.nat(5),
            account: fc.constantFrom('a1', 'a2', null),
            stage: fc.constantFrom('Prospecting', 'Negotiation', 'Closed Won', 'Closed Lost', 'Unheard Of'),
            amount: fc.nat(90_000),
            month: fc.integer({ min: 1, max: 6 }),
          }),
          { maxLength: 12 },
        ),
        fc.constantFrom(1, 100, 5000),
        async (edits, threshold) => {
          const model = MODEL.replace('1000', String(threshold))
          await using world = await openCompany(model)
          for (const { id, account, stage, amount, month } of edits)
            putOpportunity(world, `o${id}`, {
              AccountId: account,
              StageName: stage,
              Amount: `${amount}.25`,
              CloseDate: `2026-0${month}-15`,
            })
          await world.sync()
          const { store, clock, mappings } = world.ports()
          const found = await simulate({
            store,
            clock,
            before: mappings,
            after: mappings,
            zoneOf: createZone,
            on: null,
          })
          expect(found).toMatchObject({ facts: [], boards: [], definitions: [], restated: 0 })
        },
      ),
      { numRuns: 5 },
    )
  })
})

describe('a setting of model.yaml', () => {
  test('is set in its text, and told with what it was, defaults filled in', () => {
    const text = setInModel(MODEL, 'buckets.green_from.arr=5000')
    expect(changesOfModel(MODEL, text)).toEqual([{ path: 'buckets.green_from.arr', before: '1000', after: '5000' }])
    const more = setInModel(text, 'funnel.win_rate_of=all')
    expect(changesOfModel(MODEL, more)).toEqual([
      { path: 'buckets.green_from.arr', before: '1000', after: '5000' },
      { path: 'funnel.win_rate_of', before: 'closed', after: 'all' },
    ])
    expect(changesOfModel(MODEL, setInModel(MODEL, 'buckets.fall_back={ seats: null, arr: 500 }'))).toEqual([
      { path: 'buckets.fall_back.after', before: null, after: '90d' },
      { path: 'buckets.fall_back.arr', before: null, after: '500' },
      { path: 'buckets.fall_back.seats', before: null, after: 'null' },
    ])
  })

  test('that has no path or value, or stands below what is no group of settings, is wrong usage', () => {
    for (const setting of ['buckets', '=3', 'a..b=3', 'company.currency.code=USD'])
      expect(() => setInModel(MODEL, setting)).toThrow(/cannot be read/)
  })
})
