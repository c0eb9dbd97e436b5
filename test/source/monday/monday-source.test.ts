import { existsSync, readFileSync } from 'node:fs'
import { buildSchema, parse, validate } from 'graphql'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseMappings } from '../../../src/mapping/parse.ts'
import { createZone } from '../../../src/platform/zone.ts'
import { createCompany } from '../../../src/sandbox/company/company.ts'
import { demandOf } from '../../../src/sandbox/company/demand.ts'
import { FEATURES } from '../../../src/sandbox/company/features.ts'
import { makeOwnBoards } from '../../../src/sandbox/monday/own-boards.ts'
import { makeId } from '../../../src/sandbox/salesforce/ids.ts'
import { createMondaySource } from '../../../src/source/monday/monday-source.ts'
import * as questions from '../../../src/source/monday/questions.ts'
import type { Cursor, FieldValue, Page } from '../../../src/source/source.ts'
import { openAccount, type SimulatedAccount } from './simulated-account.ts'

let simulated: SimulatedAccount
beforeEach(async () => {
  simulated = await openAccount()
})
afterEach(() => simulated[Symbol.asyncDispose]())

function source(objects: readonly string[], pageSize = 500) {
  return createMondaySource({ name: 'boards', account: simulated.account, objects, pageSize })
}

async function read(object: string, fields: readonly string[], after: Cursor | null = null, pageSize = 500) {
  const pages: Page[] = []
  for await (const page of source([object], pageSize).read({ object, fields, where: null, after })) pages.push(page)
  const last = pages.at(-1) as Page
  const records = pages.flatMap((page) => page.records)
  const calls = pages.reduce((sum, page) => sum + page.requests, 0)
  return { pages, records, cursor: last.cursor, snapshot: last.snapshot, calls }
}

async function values(object: string, ...fields: string[]): Promise<Record<string, FieldValue>[]> {
  const { records } = await read(object, fields)
  return records.map((record) => (record.kind === 'present' ? { ...record.fields } : {}))
}

const SCHEMA = new URL('../../../../shared/api/monday-2026-10.graphql', import.meta.url)
test.skipIf(!existsSync(SCHEMA))('every question fits the official schema of 2026-10', () => {
  const schema = buildSchema(readFileSync(SCHEMA, 'utf8'))
  const types = new Set(['board_relation', 'dependency', 'mirror', 'formula', 'vote'])
  const all = Object.values(questions).map((one) => (typeof one === 'string' ? one : one(types)))
  expect(all.length).toBeGreaterThan(5)
  for (const query of all) expect(validate(schema, parse(query)).map(({ message }) => message)).toEqual([])
})

describe('values', () => {
  test('each type of column is read in the one form of sources', async () => {
    const { hands } = simulated
    hands.addBoard('Other', [{ title: 'Domain', type: 'text' }])
    const other = hands.addItem('Other', 'Acme', { Domain: 'acme.com' })
    const second = hands.addItem('Other', 'Initech', { Domain: 'initech.com' })
    hands.addBoard('All', [
      { title: 'Amount', type: 'numbers' },
      { title: 'Stage', type: 'status', labels: ['Open', 'Done'] },
      { title: 'Kinds', type: 'dropdown', labels: ['A', 'B, C'] },
      { title: 'Day', type: 'date' },
      { title: 'At', type: 'date' },
      { title: 'Flag', type: 'checkbox' },
      { title: 'Owner', type: 'people' },
      { title: 'Page', type: 'link' },
      { title: 'Term', type: 'timeline' },
      { title: 'Companies', type: 'board_relation', boards: ['Other'] },
    ])
    hands.addItem('All', 'One', {
      Amount: '0012.50',
      Stage: { label: 'Done' },
      Kinds: { labels: ['A', 'B, C'] },
      Day: { date: '2026-03-01' },
      At: { date: '2026-03-01', time: '13:25:00' },
      Flag: { checked: 'true' },
      Owner: { personsAndTeams: [{ id: 104_094_002, kind: 'person' }] },
      Page: { url: 'https://acme.com/a', text: 'Acme' },
      Term: { from: '2026-01-01', to: '2026-03-31' },
      Companies: { item_ids: [other, second] },
    })
    hands.addItem('All', 'Two')
    const fields = ['item.name', 'item.group', 'Amount', 'Stage', 'Stage.id', 'Kinds', 'Day', 'At', 'Flag', 'Owner']
    const parts = ['Owner.email', 'Page', 'Page.text', 'Term.to', 'Companies', 'Companies.Domain', 'Companies.Name']
    const [one, two] = await values('All', ...fields, ...parts)
    expect(one).toEqual({
      'item.name': 'One',
      'item.group': 'Items',
      Amount: '12.5',
      Stage: 'Done',
      'Stage.id': expect.stringMatching(/^\d+$/),
      Kinds: 'A, B, C',
      Day: '2026-03-01',
      At: '2026-03-01T13:25:00.000Z',
      Flag: true,
      Owner: 'Ada',
      'Owner.email': 'ada@acme.example',
      Page: 'https://acme.com/a',
      'Page.text': 'Acme',
      'Term.to': '2026-03-31',
      Companies: `${other}, ${second}`,
      'Companies.Domain': 'acme.com, initech.com',
      'Companies.Name': 'Acme, Initech',
    })
    expect(two).toMatchObject({ 'item.name': 'Two', Amount: null, Stage: null, Flag: false, Companies: null })
  })

  test('relations come by the ids of linked items: text and value of such a cell are always null', async () => {
    const { hands } = simulated
    hands.addBoard('Features', [])
    const sso = hands.addItem('Features', 'SSO')
    hands.addBoard('Requests', [{ title: 'Feature', type: 'board_relation', boards: ['Features'] }])
    hands.addItem('Requests', 'Acme', { Feature: { item_ids: [sso] } })
    expect(await values('Requests', 'Feature')).toEqual([{ Feature: String(sso) }])
    const asked = simulated.asked.filter(({ query }) => query.includes('linked_item_ids'))
    expect(asked).toHaveLength(1)
  })

  test('labels go by their ids: one that was renamed has its new name in every item, and its number stays', async () => {
    const { hands } = simulated
    hands.addBoard('Things', [{ title: 'Status', type: 'status', labels: ['Open', 'Done'] }])
    hands.addItem('Things', 'a', { Status: { label: 'Open' } })
    const [before] = await values('Things', 'Status', 'Status.id')
    hands.renameLabel('Things', 'Status', 'Open', 'Under way')
    const [after] = await values('Things', 'Status', 'Status.id')
    expect([before?.Status, after?.Status]).toEqual(['Open', 'Under way'])
    expect(after?.['Status.id']).toBe(before?.['Status.id'])
  })

  test('a column is found by its title, its id, and in other capitals; what is not there is named with the nearest', async () => {
    const { hands } = simulated
    hands.addBoard('Things', [{ title: 'Written as', type: 'text' }])
    hands.addItem('Things', 'a', { 'Written as': 'SSO' })
    expect(await values('Things', 'written as')).toEqual([{ 'written as': 'SSO' }])
    await expect(read('Things', ['Writen as'])).rejects.toMatchObject({
      code: 'monday-field-missing',
      message: 'Board "Things" has no column "Writen as"',
      hint: 'Did you mean "Written as"? Columns: Name, Written as',
    })
    await expect(read('Thingz', [])).rejects.toMatchObject({
      code: 'monday-board-missing',
      hint: expect.stringContaining('Did you mean "Things"?'),
    })
  })

  test('of two boards with one name neither is guessed: their numbers are told', async () => {
    const { hands } = simulated
    const one = hands.addBoard('Things', [])
    hands.addBoard('Things', [])
    await expect(read('Things', [])).rejects.toMatchObject({
      code: 'monday-board-ambiguous',
      message: expect.stringContaining(String(one)),
    })
    expect((await read(String(one), [])).records).toEqual([])
  })
})

describe('changes', () => {
  /** A board of `count` items on pages of three. */
  async function started(count: number) {
    const { hands, engine } = simulated
    hands.addBoard('Things', [{ title: 'Note', type: 'text' }])
    const ids = Array.from({ length: count }, (_, i) => hands.addItem('Things', `t${i}`, { Note: 'x' }))
    engine.clock.advance(300_000)
    hands.editItem(ids.at(-1) as number, { Note: 'x' })
    const first = await read('Things', ['Note'], null, 3)
    engine.clock.advance(300_000)
    return { ids, first }
  }

  test('of a large board the items that changed are read, and a look costs one call beside finding the board', async () => {
    const { ids, first } = await started(30)
    expect([first.records.length, first.snapshot]).toEqual([30, true])
    simulated.hands.editItem(ids[7] as number, { Note: 'y' })
    const next = await read('Things', ['Note'], first.cursor, 3)
    expect(next.snapshot).toBe(false)
    // The newest of the read before is within the minute that is read again.
    expect(next.records.map(({ id }) => id)).toEqual([String(ids[7]), String(ids[29])])
    expect(next.calls).toBe(3)
  })

  test('stamps overlap: what changed within a minute before the last read is read again', async () => {
    const { hands, engine } = simulated
    const { ids, first } = await started(30)
    hands.editItem(ids[1] as number, { Note: 'y' })
    const second = await read('Things', ['Note'], first.cursor, 3)
    engine.clock.advance(10_000)
    hands.editItem(ids[2] as number, { Note: 'z' })
    const third = await read('Things', ['Note'], second.cursor, 3)
    expect(third.records.map(({ id }) => id).sort()).toEqual([String(ids[1]), String(ids[2])].sort())
  })

  test.each(['archived', 'deleted'] as const)(
    'an item that was %s on a large board is noticed by the number of items',
    async (how) => {
      const { ids, first } = await started(30)
      simulated.hands.putItem(ids[4] as number, how)
      const next = await read('Things', ['Note'], first.cursor, 3)
      expect(next.snapshot).toBe(true)
      const whole = next.pages.filter(({ snapshot }) => snapshot).flatMap(({ records }) => records)
      expect(whole).toHaveLength(29)
      expect(whole.map(({ id }) => id)).not.toContain(String(ids[4]))
      simulated.hands.putItem(ids[4] as number, 'active')
      expect((await read('Things', ['Note'], next.cursor, 3)).records.map(({ id }) => id)).toContain(String(ids[4]))
    },
  )

  test('new items are no reason to read everything', async () => {
    const { ids, first } = await started(30)
    const made = [1, 2, 3, 4, 5].map((n) => simulated.hands.addItem('Things', `new ${n}`, { Note: 'x' }))
    const next = await read('Things', ['Note'], first.cursor, 3)
    expect(next.snapshot).toBe(false)
    expect(next.records.map(({ id }) => id).sort()).toEqual([...made, ids[29]].map(String).sort())
    expect((await read('Things', ['Note'], next.cursor, 3)).snapshot).toBe(false)
  })

  test('a board on one page is handed over whole when anything differs, and not at all when nothing does', async () => {
    const { ids, first } = await started(3)
    const same = await read('Things', ['Note'], first.cursor, 3)
    expect([same.records, same.snapshot]).toEqual([[], false])
    simulated.hands.putItem(ids[0] as number, 'archived')
    const next = await read('Things', ['Note'], same.cursor, 3)
    expect([next.records.length, next.snapshot]).toEqual([2, true])
  })

  test('a cursor that expires between pages begins the read anew, and what was handed over before no longer counts', async () => {
    const { hands, engine } = simulated
    hands.addBoard('Things', [{ title: 'Note', type: 'text' }])
    for (let i = 0; i < 8; i += 1) hands.addItem('Things', `t${i}`, { Note: 'x' })
    const pages: Page[] = []
    for await (const page of source(['Things'], 3).read({
      object: 'Things',
      fields: ['Note'],
      where: null,
      after: null,
    })) {
      pages.push(page)
      if (pages.length === 2) engine.clock.advance(3_700_000)
    }
    expect(pages.map(({ snapshot, records }) => [snapshot, records.length])).toEqual([
      [true, 3],
      [true, 3],
      [false, 0],
      [true, 3],
      [true, 3],
      [true, 2],
    ])
  })

  test('a read that died goes on at its place while the listing lives', async () => {
    const { first } = await started(8)
    const resumed = await read('Things', ['Note'], first.pages[0]?.cursor ?? null, 3)
    expect(resumed.pages.map(({ snapshot, records }) => [snapshot, records.length])).toEqual([
      [true, 3],
      [true, 2],
    ])
  })

  test('a request that monday finds too complex is made smaller', async () => {
    const { hands, engine } = simulated
    hands.addBoard('Things', [{ title: 'Note', type: 'text' }])
    for (let i = 0; i < 60; i += 1) hands.addItem('Things', `t${i}`, { Note: 'x' })
    engine.limits.set('monday.complexityPerQuery', 1_200)
    const { pages, records } = await read('Things', ['Note'])
    expect(records).toHaveLength(60)
    expect(pages.length).toBeGreaterThan(0)
  })
})

test('the shipped mapping reads the boards that people of the example company keep, every item of them', async () => {
  const asOf = Date.UTC(2026, 10, 23)
  const demand = demandOf(createCompany({ seed: 1, accounts: 600, asOf }), 1)
  makeOwnBoards(simulated.hands, demand, asOf, (deal) => makeId('006', deal))
  const text = readFileSync('mappings/sources/boards.yaml.example', 'utf8')
  const model = {
    path: 'model.yaml',
    text: 'company: { currency: USD }\nstages: { boards: [{ name: Won, funnelStage: won }] }\n',
  }
  const { mappings, problems } = parseMappings([{ path: 'sources/boards.yaml', text }, model], {})
  expect(problems.filter(({ file }) => file.startsWith('sources'))).toEqual([])
  const zone = createZone('UTC')
  const counts: Record<string, number> = {}
  const rejected: string[] = []
  const bodies: Record<string, Record<string, unknown>[]> = {}
  for (const record of mappings?.sources[0]?.records ?? []) {
    const { records } = await read(record.object, record.reads)
    counts[record.kind] = records.length
    for (const raw of records) {
      if (raw.kind === 'deleted') continue
      const mapped = record.map(raw, zone)
      rejected.push(...mapped.rejections.map(({ code, value }) => `${code} ${value}`))
      const body = mapped.record === null ? [] : [JSON.parse(mapped.record.body)]
      bodies[record.kind] = [...(bodies[record.kind] ?? []), ...body]
    }
  }
  expect(counts).toEqual({
    feature: FEATURES.length,
    request: demand.requests.length,
    risk: demand.risks.length,
    commitment: demand.commitments.length,
    target: 4,
  })
  expect(Math.min(...Object.values(counts))).toBeGreaterThan(0)
  // Of a mail provider's domain it is said so; nothing else is wrong.
  expect(rejected).toEqual(
    demand.requests.filter(({ domain }) => domain === 'gmail.com').map(() => 'public-mail gmail.com'),
  )
  const ids = new Set(bodies['feature']?.map(({ id }) => id))
  const linked = bodies['request']?.filter(({ featureId }) => featureId !== undefined) ?? []
  expect(linked.length).toBe(demand.requests.filter(({ feature }, i) => feature !== null && i % 3 !== 2).length)
  expect(linked.every(({ featureId }) => ids.has(featureId))).toBe(true)
  const arr = (bodies['risk'] ?? []).reduce((sum, { arrAtRisk }) => sum + Number(arrAtRisk ?? 0), 0)
  expect(arr).toBe(demand.risks.reduce((sum, risk) => sum + risk.arr * 100, 0))
})
