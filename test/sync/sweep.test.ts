import { expect, test } from 'vitest'
import type { Page, ReadRequest, Source } from '../../src/source/source.ts'
import { type RunResult, sync } from '../../src/sync/run.ts'
import { isSweepDue } from '../../src/sync/sweep.ts'
import { EVERYTHING, FILES, openWorld, putAccount, putOpportunity, putUser, type World } from './world.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** One sync is done; the amounts of opportunities are formulas. */
async function company(opportunities = 30): Promise<World> {
  const world = await openWorld()
  putUser(world, 'u1', 'Ada')
  for (const account of ['a1', 'a2']) putAccount(world, account)
  for (let n = 0; n < opportunities; n++) putOpportunity(world, `o${n}`)
  // From here on the source says that no stamp tells of them.
  world.crm.recalculate('Opportunity', 'o0', 'Amount', '1200.50')
  await world.sync()
  return world
}

function countsOf(result: RunResult, object = 'Opportunity') {
  const counts = result.sources.find((source) => source.object === object)
  if (counts === undefined) throw new Error(object)
  const { read, stored, unchanged, rejected, deleted } = counts
  expect(read).toBe(stored + unchanged + rejected + deleted)
  return counts
}

async function arrOf(world: World, key: string): Promise<string | undefined> {
  return (await world.items('Deals')).find((item) => item.key === key)?.cells.ARR
}

test('a formula that changed is on the board after a day, and no sooner', async () => {
  await using world = await company()
  world.crm.recalculate('Opportunity', 'o7', 'Amount', '77')
  world.clock.move(22 * HOUR)
  expect(countsOf(await world.sync()).swept).toBeNull()
  expect(await arrOf(world, 'o7')).toBe('1200.5')
  world.clock.move(2 * HOUR)
  const counts = countsOf(await world.sync())
  expect(counts.swept).toEqual({ records: 30, changed: 1, gone: 0, appeared: 0 })
  expect(counts).toMatchObject({ stored: 1, unchanged: 29, deleted: 0 })
  expect(await arrOf(world, 'o7')).toBe('77')
  // And not again until the next day.
  expect(countsOf(await world.sync()).swept).toBeNull()
})

test('a swept value keeps the record’s stamp and its other fields', async () => {
  await using world = await company()
  const before = await world.store.rawRecord('opportunity', 'o7')
  world.crm.recalculate('Opportunity', 'o7', 'Amount', '77')
  await world.sync({ sweep: true })
  const after = await world.store.rawRecord('opportunity', 'o7')
  expect(after?.changedAt).toBe(before?.changedAt)
  expect(JSON.parse(after?.fields ?? '')).toEqual({ ...JSON.parse(before?.fields ?? ''), Amount: '77' })
})

test('a swept record older than the stored one changes nothing', async () => {
  await using world = await company()
  const stale: Source = {
    ...world.crm,
    async *read(request: ReadRequest, options) {
      for await (const page of world.crm.read(request, options)) {
        if (!page.snapshot) yield page
        else yield { ...page, records: page.records.map(older) }
      }
    },
  }
  const older = (record: Page['records'][number]): Page['records'][number] =>
    record.kind === 'deleted' ? record : { ...record, changedAt: '1969-01-01T00:00:00.000Z', fields: { Amount: '1' } }
  const result = await sync(
    { ...world.ports(), sources: new Map([['crm', stale]]) },
    { ...EVERYTHING, sources: ['crm'], sweep: true },
  )
  expect(countsOf(result).swept).toMatchObject({ records: 30, changed: 0 })
  expect(await arrOf(world, 'o7')).toBe('1200.5')
})

test('a sweep after which nothing changed writes nothing to a board, and dirties no dossier', async () => {
  await using world = await company()
  const sent = world.host.sent
  const result = await world.sync({ sweep: true })
  expect(countsOf(result).swept).toEqual({ records: 30, changed: 0, gone: 0, appeared: 0 })
  expect(result.derived?.dossiers).toBe(0)
  expect(world.host.sent).toBe(sent)
})

test('every week each object is compared with what is kept of it', async () => {
  await using world = await company()
  world.crm.vanish('Account', 'a2')
  world.clock.move(5 * DAY)
  expect(countsOf(await world.sync(), 'Account').swept).toBeNull()
  world.clock.move(2 * DAY)
  const result = await world.sync()
  expect(countsOf(result, 'Account').swept).toEqual({ records: 1, changed: 0, gone: 1, appeared: 0 })
})

test('a record that went without a trace is gone from the board', async () => {
  await using world = await company()
  world.crm.vanish('Opportunity', 'o3')
  expect(countsOf(await world.sync()).deleted).toBe(0)
  const counts = countsOf(await world.sync({ sweep: true }))
  expect(counts.swept).toEqual({ records: 29, changed: 0, gone: 1, appeared: 0 })
  expect(counts).toMatchObject({ read: 30, unchanged: 29, deleted: 1 })
  expect(await world.store.rawRecord('opportunity', 'o3')).toMatchObject({ state: 'deleted' })
  expect((await world.items('Deals')).some((item) => item.key === 'o3')).toBe(false)
})

test('a record that was missed, or became visible, is read whole', async () => {
  await using world = await company()
  const hidden: Source = {
    ...world.crm,
    async *read(request: ReadRequest, options) {
      const isChanges = request.after !== null && request.fields.includes('Name')
      for await (const page of world.crm.read(request, options))
        yield isChanges ? { ...page, records: page.records.filter(({ id }) => id !== 'new') } : page
    },
  }
  putOpportunity(world, 'new', { Name: 'Late' })
  const run = (sweep: boolean) =>
    sync({ ...world.ports(), sources: new Map([['crm', hidden]]) }, { ...EVERYTHING, sweep })
  await run(false)
  expect(await world.store.record('opportunity', 'new')).toBeNull()
  expect(countsOf(await run(true)).swept).toEqual({ records: 31, changed: 0, gone: 0, appeared: 1 })
  expect((await world.items('Deals')).find((item) => item.key === 'new')?.name).toBe('Company a1: Late')
})

test('a record that changed while the source hid it is read whole', async () => {
  await using world = await company()
  const hidden: Source = {
    ...world.crm,
    async *read(request: ReadRequest, options) {
      const isChanges = request.after !== null && request.fields.includes('Name')
      for await (const page of world.crm.read(request, options))
        yield isChanges ? { ...page, records: page.records.filter(({ id }) => id !== 'o7') } : page
    },
  }
  putOpportunity(world, 'o7', { Amount: '77', Name: 'Renamed' })
  const run = (sweep: boolean) =>
    sync({ ...world.ports(), sources: new Map([['crm', hidden]]) }, { ...EVERYTHING, sweep })
  await run(false)
  expect(await arrOf(world, 'o7')).toBe('1200.5')
  const counts = countsOf(await run(true))
  expect(counts.swept).toEqual({ records: 30, changed: 0, gone: 0, appeared: 0 })
  expect(counts).toMatchObject({ stored: 1, unchanged: 29 })
  expect((await world.items('Deals')).find((item) => item.key === 'o7')).toMatchObject({
    name: 'Company a1: Renamed',
    cells: { ARR: '77' },
  })
})

test('what a sweep reads whole is asked for without the optional fields that the source lacks', async () => {
  await using world = await company()
  const asked: (readonly string[])[] = []
  const lacking: Source = {
    ...world.crm,
    readByIds: (request, options) => {
      asked.push(request.fields)
      return world.crm.readByIds(request, options)
    },
  }
  world.crm.vanish('Opportunity', 'o3')
  await sync({ ...world.ports(), sources: new Map([['crm', lacking]]) }, { ...EVERYTHING, sweep: true })
  expect(asked).toHaveLength(1)
  expect(asked[0]).toContain('Amount')
  expect(asked[0]).not.toContain('CurrencyIsoCode')
})

test('a record that the sweep did not see and that is there after all is kept', async () => {
  await using world = await company()
  const blind: Source = {
    ...world.crm,
    async *read(request: ReadRequest, options) {
      for await (const page of world.crm.read(request, options))
        yield { ...page, records: page.records.filter(({ id }) => id !== 'o3') }
    },
  }
  const result = await sync({ ...world.ports(), sources: new Map([['crm', blind]]) }, { ...EVERYTHING, sweep: true })
  expect(countsOf(result).swept).toMatchObject({ records: 29, gone: 0 })
  expect(await world.store.record('opportunity', 'o3')).not.toBeNull()
})

test('an object that was just read whole is not swept', async () => {
  await using world = await openWorld()
  putAccount(world, 'a1')
  putOpportunity(world, 'o1')
  expect(countsOf(await world.sync({ sweep: true })).swept).toBeNull()
})

test('a source that is always read whole is never swept', async () => {
  await using world = await company()
  const whole: Source = {
    ...world.crm,
    describe: async (need, options) => ({ ...(await world.crm.describe(need, options)), alwaysWhole: true }),
  }
  world.clock.move(40 * DAY)
  const result = await sync({ ...world.ports(), sources: new Map([['crm', whole]]) }, { ...EVERYTHING, sweep: true })
  expect(countsOf(result).swept).toBeNull()
})

test('after a gap of more than 15 days an object is swept, however rarely it is otherwise', async () => {
  await using world = await company()
  world.edit({
    source: FILES.source.replace('type: salesforce', 'type: salesforce\nformulas_every: 90d\nreconcile_every: 90d'),
  })
  world.clock.move(14 * DAY)
  expect(countsOf(await world.sync()).swept).toBeNull()
  world.clock.move(16 * DAY)
  world.crm.vanish('Opportunity', 'o3')
  expect(countsOf(await world.sync()).swept).toMatchObject({ gone: 1 })
})

test('a read of everything that dies before it deletes what it did not contain leaves that to a sweep of the next pull', async () => {
  await using world = await company()
  await world.store.forgetCursor({ source: 'crm', kind: 'opportunity' })
  world.crm.vanish('Opportunity', 'o3')
  const { store } = world
  const dying = new Proxy(store, {
    get: (target, name) => {
      if (name === 'finishSnapshot') return () => Promise.reject(new Error('died'))
      const member: unknown = Reflect.get(target, name, target)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
  await expect(sync({ ...world.ports(), store: dying }, EVERYTHING)).rejects.toThrow('died')
  expect(await store.record('opportunity', 'o3')).not.toBeNull()
  expect(countsOf(await world.sync()).swept).toMatchObject({ gone: 1 })
  expect(await store.record('opportunity', 'o3')).toBeNull()
})

test('a read that died before it deleted what it did not contain does so next time, where each change is followed by a read of everything', async () => {
  await using world = await company()
  const { store } = world
  // Reads all there is, unless nothing changed since.
  const whole: Source = {
    ...world.crm,
    describe: async (need, options) => ({ ...(await world.crm.describe(need, options)), alwaysWhole: true }),
    async *read(request, options) {
      const pages: Page[] = []
      for await (const page of world.crm.read({ ...request, after: null }, options)) pages.push(page)
      const cursor = JSON.stringify(pages.flatMap(({ records }) => records)) as Page['cursor']
      if (cursor === request.after) yield { records: [], cursor, snapshot: false, unchanged: true, requests: 1 }
      else {
        if (request.after !== null)
          yield { records: [], cursor: 'nowhere' as Page['cursor'], snapshot: false, requests: 0 }
        for (const page of pages) yield { ...page, cursor, snapshot: true }
      }
    },
  }
  const dying = new Proxy(store, {
    get: (target, name) => {
      if (name === 'finishSnapshot') return () => Promise.reject(new Error('died'))
      const member: unknown = Reflect.get(target, name, target)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
  const ports = { ...world.ports(), sources: new Map([['crm', whole]]) }
  await sync(ports, EVERYTHING)
  world.crm.vanish('Opportunity', 'o3')
  await expect(sync({ ...ports, store: dying }, EVERYTHING)).rejects.toThrow('died')
  expect(await store.record('opportunity', 'o3')).not.toBeNull()
  expect(countsOf(await sync(ports, EVERYTHING))).toMatchObject({ read: 0, vanished: 1 })
  expect(await store.record('opportunity', 'o3')).toBeNull()
  // And where more went before the next read: what the one that died had contained counts for nothing.
  world.crm.vanish('Opportunity', 'o4')
  await expect(sync({ ...ports, store: dying }, EVERYTHING)).rejects.toThrow('died')
  world.crm.vanish('Opportunity', 'o5')
  expect(countsOf(await sync(ports, EVERYTHING))).toMatchObject({ vanished: 2 })
  // Nothing more is to be ended.
  expect(countsOf(await sync(ports, EVERYTHING))).toMatchObject({ read: 0, vanished: 0 })
})

test('a sweep that finds far fewer records is refused, deletes nothing, and says what overrides it', async () => {
  await using world = await company(60)
  for (let n = 0; n < 25; n++) world.crm.vanish('Opportunity', `o${n}`)
  const refused = await world.sync({ sweep: true })
  expect(refused.exit).toBe(4)
  expect(refused.problems).toMatchInlineSnapshot(`
    [
      {
        "code": "source-shrunk",
        "exit": 4,
        "hint": "Check what the source's user may see (View All Records); if the records are really gone, run pull crm --allow-empty",
        "message": "A sweep of Opportunity from crm no longer finds at least 25 of its 60 records; nothing was deleted",
        "subject": "crm Opportunity",
      },
    ]
  `)
  expect(await world.store.record('opportunity', 'o0')).not.toBeNull()
  // It stays so, and costs no second read of everything.
  const again = await world.sync()
  expect(again.problems).toMatchObject([{ code: 'source-shrunk' }])
  expect(again.sources.some((source) => source.swept !== null)).toBe(false)
  // They become visible again: asked for anew, nothing is gone.
  for (let n = 0; n < 10; n++) putOpportunity(world, `o${n}`)
  expect(countsOf(await world.sync()).swept).toMatchObject({ gone: 15 })
})

test('formulas are swept on, though what seems gone is refused', async () => {
  await using world = await company(60)
  for (let n = 0; n < 25; n++) world.crm.vanish('Opportunity', `o${n}`)
  await world.sync({ sweep: true })
  world.crm.recalculate('Opportunity', 'o40', 'Amount', '77')
  world.clock.move(DAY)
  const result = await world.sync()
  expect(result.problems).toMatchObject([{ code: 'source-shrunk' }])
  expect(countsOf(result).swept).toMatchObject({ records: 35, changed: 1 })
  expect(await arrOf(world, 'o40')).toBe('77')
})

test('what a person allows is deleted', async () => {
  await using world = await company(60)
  for (let n = 0; n < 25; n++) world.crm.vanish('Opportunity', `o${n}`)
  await world.sync({ sweep: true })
  const allowed = await world.sync({ allowEmpty: true, boards: [] })
  expect(allowed.problems).toEqual([])
  expect(countsOf(allowed).swept).toEqual({ records: 0, changed: 0, gone: 25, appeared: 0 })
  expect((await world.store.sweepState({ source: 'crm', kind: 'opportunity' })).underWay).toBeNull()
})

test('a handful may go, and everything may not', async () => {
  await using world = await company(60)
  for (let n = 0; n < 19; n++) world.crm.vanish('Opportunity', `o${n}`)
  world.crm.vanish('User', 'u1')
  const result = await world.sync({ sweep: true, boards: [] })
  expect(countsOf(result).swept).toMatchObject({ gone: 19 })
  expect(result.problems).toMatchObject([{ subject: 'crm User', code: 'source-shrunk' }])
})

test('a source that begins anew makes the sweep forget what it saw', async () => {
  await using world = await company()
  const anew: Source = {
    ...world.crm,
    async *read(request: ReadRequest, options) {
      let pages = 0
      for await (const page of world.crm.read(request, options)) {
        yield page
        // Before the first page of the second read o1 goes.
        pages += 1
        if (!page.snapshot || request.object !== 'Opportunity' || pages !== 2) continue
        world.crm.vanish('Opportunity', 'o1')
        yield { records: [], cursor: 'nowhere' as Page['cursor'], snapshot: false, requests: 0 }
        return yield* world.crm.read({ ...request, after: null }, options)
      }
    },
  }
  const result = await sync({ ...world.ports(), sources: new Map([['crm', anew]]) }, { ...EVERYTHING, sweep: true })
  expect(countsOf(result).swept).toMatchObject({ gone: 1 })
})

test('a mapping of other formulas begins the sweep that was under way anew', async () => {
  await using world = await company()
  await world.store.beginSweep({ source: 'crm', kind: 'opportunity' }, 'another-request')
  await world.store.saveSwept({
    stream: { source: 'crm', kind: 'opportunity' },
    mapping: 'm',
    read: { cursor: 'c' as Page['cursor'], isLast: true },
    same: ['o1'],
    entries: [],
    gone: [],
  })
  world.crm.vanish('Opportunity', 'o1')
  expect(countsOf(await world.sync()).swept).toMatchObject({ records: 29, gone: 1 })
})

test('a sweep is due by the shorter of both times where a formula is mapped, a little early', () => {
  const every = { formulasEveryMs: DAY, reconcileEveryMs: 7 * DAY }
  const swept = (ago: number, unstamped: string[]) =>
    isSweepDue(100 * DAY, { underWay: null, sweptAt: 100 * DAY - ago }, every, unstamped)
  expect(swept(DAY - 60_000, ['ARR__c'])).toBe(true)
  expect(swept(22 * HOUR, ['ARR__c'])).toBe(false)
  expect(swept(6 * DAY, [])).toBe(false)
  expect(swept(7 * DAY - 60_000, [])).toBe(true)
  expect(isSweepDue(0, { underWay: null, sweptAt: null }, every, [])).toBe(true)
})

test('every read after the first says that records are held, also where a run that forgot the cursor died', async () => {
  await using world = await openWorld()
  for (let n = 0; n < 3; n++) putOpportunity(world, `o${n}`)
  const said: (boolean | undefined)[] = []
  const listening: Source = {
    ...world.crm,
    read: (request, options) => {
      if (request.object === 'Opportunity') said.push(request.heldBefore)
      return world.crm.read(request, options)
    },
  }
  const run = () => sync({ ...world.ports(), sources: new Map([['crm', listening]]) }, EVERYTHING)
  await run()
  await run()
  await world.store.forgetCursor({ source: 'crm', kind: 'opportunity' })
  await run()
  expect(said).toEqual([false, true, true])
})
