import { expect, test } from 'vitest'
import type { RecordMapping } from '../../src/mapping/mapping.ts'
import { Fault } from '../../src/platform/errors.ts'
import type { ObjectDescription, Source } from '../../src/source/source.ts'
import { checkSources } from '../../src/sync/check.ts'
import { compareFields, fieldSentences, namingColumns } from '../../src/sync/fields.ts'
import { sync } from '../../src/sync/run.ts'
import { EVERYTHING, openWorld, putAccount, putOpportunity, putUser, type World } from './world.ts'

/** What an org shows of opportunities, beside the memory source behind it. */
interface Shown {
  hidden: string[]
  types: Record<string, string>
  reads: number
}

async function company(): Promise<{ world: World; shown: Shown; source: Source; run: () => ReturnType<typeof sync> }> {
  const world = await openWorld()
  putUser(world, 'u1', 'Ada')
  putAccount(world, 'a1')
  for (const id of ['o1', 'o2', 'o3']) putOpportunity(world, id, { Extra__c: 'x' })
  const shown: Shown = { hidden: [], types: {}, reads: 0 }
  const { crm } = world
  const isHidden = (object: string, field: string) => object === 'Opportunity' && shown.hidden.includes(field)
  const source: Source = {
    ...crm,
    describe: async (need, options) => {
      const all = await crm.describe(need, options)
      const seen = <F extends { name: string; type: string }>(fields: readonly F[]) =>
        fields
          .filter(({ name }) => !isHidden(need.object, name))
          .map((field) => ({ ...field, type: shown.types[field.name] ?? field.type }))
      return { ...all, asked: seen(all.asked), fields: seen(all.fields) }
    },
    check: async (needs) =>
      needs.flatMap(({ object, fields }) =>
        fields
          .filter((field) => isHidden(object, field))
          .map((field) => ({ level: 'error', code: 'field-hidden', message: `No field "${field}"`, object, field })),
      ),
    async *read(request, options) {
      const missing = request.fields.filter((field) => isHidden(request.object, field))
      if (missing.length > 0) throw new Fault('field-hidden', `No field "${missing}"`, { blame: 'operator' })
      for await (const page of crm.read(request, options)) {
        if (request.object === 'Opportunity') shown.reads += page.records.length
        yield page
      }
    },
  }
  const run = () => sync({ ...world.ports(), sources: new Map([['crm', source]]) }, EVERYTHING)
  return { world, shown, source, run }
}

test('a mapped field that is gone stops its object, and names the columns it feeds; others go on', async () => {
  const { world, shown, run } = await company()
  await using _ = world
  expect((await run()).problems).toEqual([])
  const before = await world.store.readState({ source: 'crm', kind: 'opportunity' })
  shown.hidden = ['Amount']
  putAccount(world, 'a2')
  const result = await run()
  expect(result.problems).toEqual([
    {
      subject: 'crm Opportunity',
      code: 'field-hidden',
      message: 'No field "Amount"; it feeds "ARR" on Deals; "Won ARR" and "ARR" on Accounts; "ARR" on Funnel',
      hint: undefined,
      exit: 1,
    },
  ])
  expect(await world.store.readState({ source: 'crm', kind: 'opportunity' })).toEqual(before)
  expect((await world.items('Accounts')).map(({ key }) => key)).toEqual(['a1', 'a2'])
  // It is said as long as it hurts.
  expect((await run()).problems).toHaveLength(1)
})

test('a mapped field that is back is read of every record once: values may have changed unseen', async () => {
  const { world, shown, run } = await company()
  await using _ = world
  await run()
  shown.hidden = ['Amount']
  await run()
  world.crm.recalculate('Opportunity', 'o2', 'Amount', '99')
  shown.hidden = []
  shown.reads = 0
  const { problems } = await run()
  expect(problems).toMatchObject([{ code: 'field-back', exit: 0, subject: 'crm Opportunity' }])
  expect(problems[0]?.message).toBe(
    'Opportunity shows the field "Amount" again; it is read whole once, since values may have changed unseen',
  )
  expect(shown.reads).toBe(3)
  expect((await world.items('Deals')).find(({ key }) => key === 'o2')?.cells.ARR).toBe('99')
  expect((await run()).problems).toEqual([])
  expect(shown.reads).toBe(3)
})

test('several missing fields are each named with their columns', async () => {
  const { world, shown, run } = await company()
  await using _ = world
  await run()
  shown.hidden = ['CloseDate', 'OwnerId']
  expect((await run()).problems[0]?.message).toMatch(
    /^No field "CloseDate,OwnerId"; "CloseDate" feeds "Close date" on Deals.*; "OwnerId" feeds "Owner" on Deals$/,
  )
})

test('of many missing fields the first are named with their columns, and check tells the rest', () => {
  const record = { kind: 'opportunity', fields: {}, feeds: {} } as unknown as RecordMapping
  const fault = new Fault('field-hidden', 'No field', { blame: 'operator', hint: 'Grant it' })
  const said = namingColumns(fault, ['A', 'B', 'C', 'D'], record, [])
  expect([said.message, said.hint]).toEqual([
    'No field; "A" feeds no board; "B" feeds no board; check tells what the other 2 feed',
    'Grant it',
  ])
})

test('a mapped field of another type is told once, with both types and what it feeds', async () => {
  const { world, shown, run } = await company()
  await using _ = world
  await run()
  shown.types = { Amount: 'currency' }
  const result = await run()
  expect(result.exit).toBe(0)
  expect(result.problems).toMatchObject([
    {
      code: 'field-retyped',
      message:
        'The type of the field "Amount" of Opportunity changed from text to currency; it feeds "ARR" on Deals; "Won ARR" and "ARR" on Accounts; "ARR" on Funnel',
      exit: 0,
    },
  ])
  expect((await run()).problems).toEqual([])
})

test('a new field is told once with its type and how to map it; one that goes, too', async () => {
  const { world, shown, run } = await company()
  await using _ = world
  shown.hidden = ['Extra__c']
  expect((await run()).problems).toEqual([])
  shown.hidden = []
  shown.types = { Extra__c: 'picklist' }
  expect((await run()).problems).toMatchInlineSnapshot(`
    [
      {
        "code": "field-new",
        "exit": 0,
        "hint": "To use one, add it under fields: in mappings/sources/crm.yaml:21, for example extra.extra: { field: Extra__c, as: text }",
        "message": "Opportunity has a new field that no mapping names: Extra__c (picklist)",
        "subject": "crm Opportunity",
      },
    ]
  `)
  expect((await run()).problems).toEqual([])
  shown.hidden = ['Extra__c']
  expect((await run()).problems).toMatchInlineSnapshot(`
    [
      {
        "code": "field-gone",
        "exit": 0,
        "hint": undefined,
        "message": "Opportunity no longer has the field "Extra__c" (removed, or hidden from this user); no mapping names it, so nothing is missing",
        "subject": "crm Opportunity",
      },
    ]
  `)
  expect((await run()).problems).toEqual([])
})

test('a check names the columns that a missing field feeds', async () => {
  const { world, shown, source } = await company()
  await using _ = world
  shown.hidden = ['CloseDate']
  const checked = await checkSources(
    { ...world.ports(), sources: new Map([['crm', source]]) },
    () => true,
    () => null,
  )
  expect(checked[0]?.problems[0]?.message).toMatch(/^No field "CloseDate"; it feeds "Close date" on Deals/)
})

const RECORD = { object: 'Deal', reads: ['Amount', 'Owner.Email'], optionalReads: [], reading: {} }

function described(asked: Record<string, string>, others: Record<string, string> = {}): ObjectDescription {
  const fields = (of: Record<string, string>) => Object.entries(of).map(([name, type]) => ({ name, type }))
  return {
    asked: fields(asked).map((field) => ({ ...field, stamped: true })),
    fields: fields({ ...asked, ...others }),
    alwaysWhole: false,
    requests: 0,
    sharedRequests: 0,
  }
}

test('of an object seen for the first time nothing is news, nor of another object in its place', () => {
  const seen = described({ Amount: 'currency' }, { Tier: 'text' })
  const { known, news } = compareFields(null, RECORD, seen)
  expect(news).toEqual({ retyped: [], back: [], added: [], removed: [] })
  expect(compareFields({ ...known, object: 'Sale' }, RECORD, described({ Amount: 'text' })).news).toEqual(news)
})

test('a missing field keeps its type, so that it is seen when it comes back as another', () => {
  const { known } = compareFields(null, RECORD, described({ Amount: 'currency' }))
  const without = compareFields(known, RECORD, described({}))
  expect(without.news).toEqual({ retyped: [], back: [], added: [], removed: [] })
  const missing = { ...without.known, missing: ['Amount'] }
  expect(compareFields(missing, RECORD, described({})).known.missing).toEqual(['Amount'])
  const back = compareFields(missing, RECORD, described({ Amount: 'text' }))
  expect(back.news).toMatchObject({ back: ['Amount'], retyped: [{ field: 'Amount', from: 'currency', to: 'text' }] })
  expect(back.known.missing).toEqual([])
})

test('of hundreds of new fields twenty are named', () => {
  const [sentence] = fieldSentences(
    {
      retyped: [],
      back: [],
      added: Array.from({ length: 200 }, (_, n) => ({ name: `F${n}`, type: 'text' })),
      removed: [],
    },
    { source: 'crm', file: 'mappings/sources/crm.yaml' },
    { object: 'Deal', line: 3 } as RecordMapping,
    [],
  )
  expect(sentence?.message).toMatch(
    /^Deal has 200 new fields that no mapping names: F0 \(text\), .*F19 \(text\) and 180 more$/,
  )
})

test('a field that the mapping names is no new one, in whatever case it is written', () => {
  const { known } = compareFields(null, RECORD, described({}))
  expect(compareFields(known, RECORD, described({}, { AMOUNT: 'currency', Tier: 'text' })).news.added).toEqual([
    { name: 'Tier', type: 'text' },
  ])
})

test("the columns of a file's ids and stamps are named by the mapping", () => {
  const record = { ...RECORD, reading: { id: 'deal_id', changedAt: 'Changed' } }
  const { known } = compareFields(null, record, described({}, { deal_id: 'text', Tier: 'text' }))
  const { news } = compareFields(known, record, described({}, { changed: 'text' }))
  expect(news).toMatchObject({ added: [], removed: ['Tier'] })
})
