import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Fault } from '../../../src/platform/errors.ts'
import { property } from '../../../src/sandbox/hubspot/standard.ts'
import type { SourceRecord } from '../../../src/source/source.ts'
import { isThorough } from '../../thorough.ts'
import {
  cursorOf,
  DAY,
  HOUR,
  MINUTE,
  openPortal,
  pagesOf,
  recordsOf,
  requestsOf,
  SECOND,
  shown,
  type VirtualPortal,
  ways,
} from './virtual-portal.ts'

let virtual: VirtualPortal

beforeEach(() => {
  virtual = openPortal()
})
afterEach(() => virtual[Symbol.dispose]())

const DEAL = { dealstage: 'appointmentscheduled', pipeline: 'default' }

function addDeals(count: number, name = 'Deal'): number[] {
  return virtual.portal.transaction(() =>
    Array.from({ length: count }, (_, i) => virtual.portal.create('deals', { ...DEAL, dealname: `${name} ${i}` })),
  )
}

/** What a store holds after saving records in their order. */
function held(records: readonly SourceRecord[], before = new Map<string, SourceRecord>()): Map<string, SourceRecord> {
  for (const record of records) {
    if (record.kind === 'present') before.set(record.id, record)
    else before.delete(record.id)
  }
  return before
}

const namesOf = (records: ReadonlyMap<string, SourceRecord>) => shown([...records.values()]).sort()

describe('a first read', () => {
  test('goes through the list, 100 records to a page, in the order of ids as numbers', async () => {
    addDeals(150)
    const pages = await pagesOf(virtual.connect())
    expect(pages.map(({ records }) => records.length)).toEqual([100, 50])
    const ids = recordsOf(pages).map(({ id }) => Number(id))
    // Ids get one more digit among these: as texts they would be in another order.
    expect(ids[0]).toBe(9_991)
    expect(ids).toEqual(ids.toSorted((a, b) => a - b))
    expect(ways(virtual.asked)).toEqual(['GET properties/deals', 'GET deals', 'GET deals'])
  })

  test('asks for what is mapped on each page, and never for a property that the account lacks', async () => {
    addDeals(101)
    await pagesOf(virtual.connect(), { fields: ['dealname', 'amount'] })
    for (const { url } of virtual.asked.slice(1)) {
      expect(new URL(url).searchParams.getAll('properties')).toEqual(['amount', 'dealname', 'hs_merged_object_ids'])
    }
    const fault = await pagesOf(virtual.connect(), { fields: ['dealname', 'ammount'] }).catch((error: unknown) => error)
    // HubSpot itself would leave it out without a word.
    expect((fault as Fault).code).toBe('hubspot-field-missing')
    expect((fault as Fault).message).toBe('HubSpot has no property "ammount" of deals')
    expect((fault as Fault).hint).toContain('Did you mean "amount"?')
  })

  test('of very many properties asks by ids in a body, where an address would be too long', async () => {
    const many = Array.from({ length: 300 }, (_, i) => property(`a_rather_long_name_of_a_property_${i}`))
    virtual.portal.addProperties('deals', many)
    virtual.portal.create('deals', { ...DEAL, a_rather_long_name_of_a_property_299: 'here' })
    virtual.portal.engine.limits.set('hubspot.uriBytes', 8_000)
    const [record] = recordsOf(await pagesOf(virtual.connect(), { fields: many.map(({ name }) => name) }))
    expect(shown(record === undefined ? [] : [record], 'a_rather_long_name_of_a_property_299')).toEqual(['here'])
    expect(ways(virtual.asked)).toEqual(['GET properties/deals', 'GET deals', 'POST deals/batch/read'])
  })

  test('values are in the one form: numbers, instants, days, true and false, nothing', async () => {
    virtual.portal.addProperties(
      'deals',
      ['bool is_new', 'date signed_on'].map((each) => property(each)),
    )
    virtual.portal.create('deals', {
      ...DEAL,
      amount: '1200.50',
      closedate: '1790000000000',
      is_new: 'false',
      signed_on: '1790035200000',
      dealname: '',
    })
    const fields = ['amount', 'closedate', 'is_new', 'signed_on', 'dealname', 'hs_object_id', 'createdate']
    const [record] = recordsOf(await pagesOf(virtual.connect(), { fields }))
    expect(record).toMatchObject({
      kind: 'present',
      id: '9991',
      fields: {
        amount: '1200.5',
        closedate: '2026-09-21T14:13:20.000Z',
        is_new: false,
        signed_on: '2026-09-22',
        dealname: null,
        hs_object_id: '9991',
        createdate: '2026-11-22T10:00:00.000Z',
      },
    })
  })

  test('begins anew, and says so, when the page that comes next is forgotten or the cursor is not ours', async () => {
    addDeals(250)
    const source = virtual.connect()
    const [first] = await pagesOf(source)
    virtual.fault('list', { action: 'error', nth: 1, with: { code: 'validation' } })
    const pages = await pagesOf(virtual.connect(), { after: first?.cursor ?? null })
    expect(pages.map(({ snapshot, records }) => [snapshot, records.length])).toEqual([
      [false, 0],
      [true, 100],
      [true, 100],
      [true, 50],
    ])
    const strange = await pagesOf(source, { after: 'what is this' as never })
    expect(strange.map(({ snapshot }) => snapshot)).toEqual([false, true, true, true])
  })
})

describe('a read of changes', () => {
  test('finds 12,000 records of one millisecond, in one window paged by id, beyond what one search can page through', async () => {
    const count = isThorough ? 12_000 : 1_200
    virtual.portal.engine.limits.set('hubspot.searchResults', isThorough ? 10_000 : 1_000)
    const ids = addDeals(count)
    const source = virtual.connect()
    const first = await pagesOf(source)
    virtual.clock.advance(2 * HOUR)
    const at = virtual.clock.now()
    virtual.portal.transaction(() => {
      for (const id of ids) virtual.portal.update('deals', id, { dealname: 'moved' }, at)
    })
    virtual.clock.advance(MINUTE)
    virtual.asked.length = 0
    const changes = await pagesOf(source, { after: cursorOf(first) })
    expect(recordsOf(changes)).toHaveLength(count)
    expect(new Set(shown(recordsOf(changes)))).toEqual(new Set(['moved']))
    const searches = virtual.asked
      .filter(({ url }) => url.endsWith('/search'))
      .map(({ body }) => JSON.parse(body ?? ''))
    expect(searches.length).toBe(count / 200 + 1)
    const windows = searches.map(({ filterGroups }) => filterGroups[0].filters[0])
    // The window stays; ids go up; nobody pages beyond 10,000.
    expect(new Set(windows.map((one) => JSON.stringify(one))).size).toBe(1)
    expect(searches.every(({ after }) => after === undefined)).toBe(true)
    expect(searches.at(-1).filterGroups[0].filters[1]).toEqual({
      propertyName: 'hs_object_id',
      operator: 'GT',
      value: String(ids.at(-1)),
    })
  }, 60_000)

  test('goes on within its window after it broke off, and then from the window’s end up to now', async () => {
    const ids = addDeals(450)
    const first = await pagesOf(virtual.connect())
    virtual.clock.advance(2 * HOUR)
    virtual.portal.transaction(() => {
      for (const id of ids) virtual.portal.update('deals', id, { dealname: 'once' })
    })
    virtual.clock.advance(MINUTE)
    const store = held(recordsOf(first))
    let broken: Awaited<ReturnType<typeof pagesOf>>[number] | undefined
    for await (const page of virtual
      .connect()
      .read({ object: 'deals', fields: ['dealname'], where: null, after: cursorOf(first) })) {
      broken = page
      break
    }
    held(broken?.records ?? [], store)
    expect(broken?.records.length).toBe(200)
    virtual.clock.advance(HOUR)
    virtual.portal.update('deals', ids[0] ?? 0, { dealname: 'twice' })
    virtual.clock.advance(MINUTE)
    const rest = await pagesOf(virtual.connect(), { after: broken?.cursor ?? null })
    held(recordsOf(rest), store)
    expect(recordsOf(rest)).toHaveLength(251)
    expect(namesOf(store)).toEqual([...Array.from({ length: 449 }, () => 'once'), 'twice'])
    expect(recordsOf(await pagesOf(virtual.connect(), { after: cursorOf(rest) }))).toEqual([])
  })

  test('that goes on tells what was deleted since it broke off, too', async () => {
    const ids = addDeals(300)
    const first = await pagesOf(virtual.connect())
    virtual.clock.advance(2 * HOUR)
    virtual.portal.transaction(() => {
      for (const id of ids) virtual.portal.update('deals', id, { dealname: 'once' })
    })
    virtual.clock.advance(MINUTE)
    const [broken] = await pagesOf(virtual.connect(), { after: cursorOf(first) })
    virtual.clock.advance(HOUR)
    virtual.portal.archive('deals', ids[0] ?? 0)
    virtual.clock.advance(MINUTE)
    const rest = await pagesOf(virtual.connect(), { after: broken?.cursor ?? null })
    expect(shown(recordsOf(rest)).filter((name) => name !== 'once')).toEqual([`${ids[0]} deleted`])
  })

  test('sees what the index of searches shows late, and reads records themselves, never out of the index', async () => {
    virtual.portal.engine.limits.set('hubspot.searchLagMs', 5 * MINUTE)
    const [id = 0] = addDeals(1)
    const source = virtual.connect()
    virtual.clock.advance(HOUR)
    const first = await pagesOf(source)
    virtual.portal.update('deals', id, { dealname: 'first' })
    virtual.clock.advance(MINUTE)
    // The index does not know of it, and the next read begins after it.
    const early = await pagesOf(source, { after: cursorOf(first) })
    expect(recordsOf(early)).toEqual([])
    virtual.clock.advance(4 * MINUTE)
    virtual.portal.update('deals', id, { dealname: 'second' })
    virtual.clock.advance(SECOND)
    const late = await pagesOf(source, { after: cursorOf(early) })
    // The index now knows of the first change; the record is read as it is.
    expect(shown(recordsOf(late))).toEqual(['second'])
    virtual.clock.advance(10 * MINUTE)
    expect(recordsOf(await pagesOf(source, { after: cursorOf(late) }))).toEqual([])
  })

  test('that finds nothing asks twice: what changed, and what was deleted', async () => {
    addDeals(3)
    const source = virtual.connect()
    const first = await pagesOf(source)
    virtual.clock.advance(MINUTE)
    virtual.asked.length = 0
    const pages = await pagesOf(source, { after: cursorOf(first) })
    expect(pages.map(({ records, requests }) => [records.length, requests])).toEqual([[0, 3]])
    expect(ways(virtual.asked)).toEqual(['GET properties/deals', 'GET deals archived', 'POST deals/search'])
  })

  test('asks contacts by the property that moves: the usual one is empty there, and finds nothing', async () => {
    const { portal } = virtual
    const id = portal.create('contacts', { lastname: 'Doe' })
    const source = virtual.connect()
    const request = { object: 'contacts', fields: ['lastname', 'hs_lastmodifieddate'] }
    const first = await pagesOf(source, request)
    virtual.clock.advance(MINUTE)
    portal.update('contacts', id, { lastname: 'Roe' })
    virtual.clock.advance(MINUTE)
    const changes = await pagesOf(source, { ...request, after: cursorOf(first) })
    expect(shown(recordsOf(changes), 'lastname')).toEqual(['Roe'])
    expect(shown(recordsOf(changes), 'hs_lastmodifieddate')).toEqual(['null'])
    const search = virtual.asked.find(({ url }) => url.endsWith('/search'))
    expect(search?.body).toContain('"propertyName":"lastmodifieddate"')
  })

  test('finds what was deleted in the list of archived records, whose stamps did not move, once', async () => {
    const [kept, gone = 0] = addDeals(2)
    const source = virtual.connect()
    const first = await pagesOf(source)
    virtual.clock.advance(DAY)
    virtual.portal.archive('deals', gone)
    virtual.clock.advance(MINUTE)
    const changes = await pagesOf(source, { after: cursorOf(first) })
    const deletedAt = new Date(virtual.clock.now() - MINUTE).toISOString()
    expect(recordsOf(changes)).toEqual([{ kind: 'deleted', id: String(gone), changedAt: deletedAt }])
    expect(recordsOf(await pagesOf(source, { after: cursorOf(changes) }))).toEqual([])
    // What was deleted long ago is in that list for weeks, and is not told again.
    virtual.clock.advance(7 * DAY)
    virtual.portal.archive('deals', kept ?? 0)
    virtual.clock.advance(MINUTE)
    expect(shown(recordsOf(await pagesOf(source, { after: cursorOf(changes) })))).toEqual([`${kept} deleted`])
  })

  test('does not go through a long list of archived records each time', async () => {
    const ids = addDeals(450)
    const source = virtual.connect()
    let after = cursorOf(await pagesOf(source))
    virtual.portal.transaction(() => {
      for (const id of ids.slice(1)) virtual.portal.archive('deals', id)
    })
    const lists = async () => {
      virtual.asked.length = 0
      const pages = await pagesOf(source, { after })
      after = cursorOf(pages)
      return ways(virtual.asked).filter((way) => way.endsWith('archived')).length
    }
    virtual.clock.advance(MINUTE)
    expect(await lists()).toBe(5)
    virtual.clock.advance(MINUTE)
    expect(await lists()).toBe(0)
    virtual.clock.advance(5 * MINUTE)
    expect(await lists()).toBe(5)
  })

  test('a record that the index still shows and that is gone counts as deleted, told by a 207', async () => {
    const [id = 0] = addDeals(2)
    const source = virtual.connect()
    const first = await pagesOf(source)
    virtual.clock.advance(HOUR)
    virtual.portal.update('deals', id, { dealname: 'soon gone' })
    virtual.clock.advance(10 * SECOND)
    virtual.portal.archive('deals', id)
    virtual.clock.advance(SECOND)
    const changes = await pagesOf(source, { after: cursorOf(first) })
    expect(new Set(shown(recordsOf(changes)))).toEqual(new Set([`${id} deleted`]))
  })

  test('tells what was merged into what', async () => {
    const [winner = 0, loser = 0] = addDeals(2)
    const source = virtual.connect()
    const first = await pagesOf(source)
    virtual.clock.advance(HOUR)
    virtual.portal.merge('deals', winner, loser)
    virtual.clock.advance(MINUTE)
    const changes = recordsOf(await pagesOf(source, { after: cursorOf(first) }))
    expect(changes.map(({ kind, id }) => [kind, id])).toEqual([
      ['deleted', String(loser)],
      ['present', String(winner)],
    ])
    expect(changes[0]).toMatchObject({ mergedInto: String(winner) })
    const again = recordsOf(await pagesOf(source, { heldBefore: true }))
    expect(again.filter(({ kind }) => kind === 'deleted')).toMatchObject([{ id: String(loser) }])
  })
})

describe('associations', () => {
  const request = { fields: ['dealname', 'associations.companies'] }

  test('the one company, or the primary one of several, whatever their order; of several without one, none', async () => {
    const { portal } = virtual
    const [one = 0, several = 0, unclear = 0, none = 0] = addDeals(4)
    const [a, b] = [portal.create('companies', { name: 'A' }), portal.create('companies', { name: 'B' })]
    portal.associate('deals', one, 'companies', a, true)
    portal.associate('deals', several, 'companies', a)
    portal.associate('deals', several, 'companies', b, true)
    portal.associate('deals', unclear, 'companies', a)
    portal.associate('deals', unclear, 'companies', b)
    virtual.clock.advance(MINUTE)
    const wanted = new Map([
      [String(one), String(a)],
      [String(several), String(b)],
      [String(unclear), 'null'],
      [String(none), 'null'],
    ])
    const companies = (records: readonly SourceRecord[]) =>
      new Map(records.map((record) => [record.id, shown([record], 'associations.companies')[0]]))
    const first = await pagesOf(virtual.connect(), request)
    expect(companies(recordsOf(first))).toEqual(wanted)
    // A company stands there twice, once for each type: only where two are left is it asked which is the primary one.
    expect(ways(virtual.asked)).toEqual([
      'GET properties/deals',
      'GET deals',
      'POST associations/deals/companies/batch/read',
    ])
    expect(JSON.parse(virtual.asked.at(-1)?.body ?? '').inputs).toEqual([
      { id: String(several) },
      { id: String(unclear) },
    ])
    // A read of changes asks for all of them: batches come without, and a deal without any is a 207.
    virtual.clock.advance(2 * HOUR)
    for (const id of [one, several, unclear, none]) portal.update('deals', id, { dealname: 'again' })
    virtual.clock.advance(MINUTE)
    const changes = await pagesOf(virtual.connect(), { ...request, after: cursorOf(first) })
    expect(companies(recordsOf(changes))).toEqual(wanted)
    const byId: SourceRecord[] = []
    const ids = [...wanted.keys()]
    for await (const part of virtual.connect().readByIds({ object: 'deals', ...request, where: null, ids })) {
      byId.push(...part.records)
    }
    expect(companies(byId)).toEqual(wanted)
  })

  test('more than 500 of one record come in pages', async () => {
    const { portal } = virtual
    const [id = 0] = addDeals(1)
    portal.transaction(() => {
      for (let i = 0; i < 1_100; i++) {
        portal.associate('deals', id, 'companies', portal.create('companies', { name: `C ${i}` }), i === 1_099)
      }
    })
    const [record] = recordsOf(await pagesOf(virtual.connect(), request))
    expect(record).toMatchObject({ fields: { 'associations.companies': String(9_990 + 1_100) } })
    expect(ways(virtual.asked).filter((way) => way.startsWith('POST associations'))).toHaveLength(3)
  })

  test('a new one moves no stamp, so that the field is one of those that are swept', async () => {
    const { portal } = virtual
    const [id = 0] = addDeals(1)
    const source = virtual.connect()
    const first = await pagesOf(source, request)
    virtual.clock.advance(HOUR)
    portal.associate('deals', id, 'companies', portal.create('companies', { name: 'A' }), true)
    virtual.clock.advance(MINUTE)
    expect(recordsOf(await pagesOf(source, { ...request, after: cursorOf(first) }))).toEqual([])
    const { asked } = await source.describe({ object: 'deals', fields: [...request.fields, 'stage.state'] })
    expect(asked.map(({ name, stamped }) => [name, stamped])).toEqual([
      ['dealname', true],
      ['associations.companies', false],
      ['stage.state', false],
    ])
    // What a sweep reads: ids and such fields, for a request for each hundred records.
    const swept = await pagesOf(source, { fields: ['associations.companies'] })
    expect(shown(recordsOf(swept), 'associations.companies')).toEqual(['9991'])
  })
})

describe('stages', () => {
  const fields = ['stage.label', 'stage.state', 'stage.probability', 'pipeline.label']
  const won = (id: string, label: string) => ({ id, label, metadata: { isClosed: 'true', probability: '1.0' } })
  const open = (id: string, label: string) => ({ id, label, metadata: { isClosed: 'false', probability: '0.4' } })
  const lost = (id: string, label: string) => ({ id, label, metadata: { isClosed: 'true', probability: '0.0' } })

  test('won and lost are what the pipeline says, never what a stage is called', async () => {
    const { portal } = virtual
    portal.setPipelines('deals', [
      {
        id: 'default',
        label: 'Sales',
        stages: [
          open('closedwon', 'Proposal sent'),
          won('77', 'Signed'),
          open('closedlost', 'In negotiation'),
          lost('78', 'No'),
        ],
      },
      { id: 'partners', label: 'Partners', stages: [won('5', 'Won with partner'), open('77', 'Talking')] },
    ])
    const deals = [
      ['default', 'closedwon'],
      ['default', '77'],
      ['default', 'closedlost'],
      ['default', '78'],
      ['partners', '77'],
      ['gone', '5'],
      ['gone', '77'],
    ]
    for (const [pipeline = '', dealstage = ''] of deals) portal.create('deals', { pipeline, dealstage })
    const records = recordsOf(await pagesOf(virtual.connect(), { fields }))
    expect(records.map((record) => (record.kind === 'present' ? Object.values(record.fields) : []))).toEqual([
      ['Proposal sent', 'open', '0.4', 'Sales'],
      ['Signed', 'won', '1', 'Sales'],
      ['In negotiation', 'open', '0.4', 'Sales'],
      ['No', 'lost', '0', 'Sales'],
      ['Talking', 'open', '0.4', 'Partners'],
      // The stage is of one pipeline only, of which the deal does not say that it is in it.
      ['Won with partner', 'won', '1', 'gone'],
      ['77', null, null, 'gone'],
    ])
  })

  test('tickets are open or closed', async () => {
    const { portal } = virtual
    for (const stage of ['1', '4']) portal.create('tickets', { hs_pipeline: '0', hs_pipeline_stage: stage })
    const records = recordsOf(await pagesOf(virtual.connect(), { object: 'tickets', fields: ['stage.state'] }))
    expect(shown(records, 'stage.state')).toEqual(['open', 'closed'])
  })
})

describe('a history', () => {
  const request = { object: 'deals.history', fields: ['history.objectId', 'history.at', 'stage.label', 'amount'] }
  const valuesOf = (records: readonly SourceRecord[]) =>
    records.map((record) =>
      record.kind === 'present' ? [record.id, ...Object.values(record.fields)] : [record.id, 'deleted'],
    )

  async function walk() {
    const { portal, clock } = virtual
    const id = portal.create('deals', { ...DEAL, amount: '100' })
    clock.advance(MINUTE)
    portal.update('deals', id, { dealstage: 'qualifiedtobuy' })
    clock.advance(MINUTE)
    portal.update('deals', id, { dealstage: 'contractsent', amount: '150' })
    clock.advance(MINUTE)
    return id
  }

  test('is one record for each moment at which anything that is followed changed, with all values as they then were', async () => {
    const id = await walk()
    const records = recordsOf(await pagesOf(virtual.connect(), request))
    const at = (minutes: number) => new Date(virtual.clock.now() - (3 - minutes) * MINUTE).toISOString()
    const row = (minutes: number, label: string, amount: string) => {
      const instant = at(minutes)
      return [`${id}:${Date.parse(instant)}`, String(id), instant, label, amount]
    }
    expect(valuesOf(records)).toEqual([
      row(0, 'Appointment Scheduled', '100'),
      row(1, 'Qualified To Buy', '100'),
      row(2, 'Contract Sent', '150'),
    ])
    // Histories come with lists of 50, not of 100.
    expect(virtual.asked.at(-1)?.url).toContain('limit=50')
  })

  test('grows by what changed, is whole by id, and goes with its deal', async () => {
    const id = await walk()
    const source = virtual.connect()
    const first = await pagesOf(source, request)
    virtual.clock.advance(2 * HOUR)
    virtual.portal.update('deals', id, { dealstage: 'closedwon' })
    virtual.clock.advance(MINUTE)
    const changes = await pagesOf(source, { ...request, after: cursorOf(first) })
    expect(valuesOf(recordsOf(changes)).map(([, , , label]) => label)).toEqual([
      'Appointment Scheduled',
      'Qualified To Buy',
      'Contract Sent',
      'Closed Won',
    ])
    const all = recordsOf(changes)
    const byId: SourceRecord[] = []
    const ids = [...all.map((record) => record.id), `${id}:1`, 'nobody']
    for await (const part of source.readByIds({ ...request, where: null, ids })) byId.push(...part.records)
    expect(byId.filter(({ kind }) => kind === 'present')).toEqual(all)
    expect(byId.filter(({ kind }) => kind === 'deleted').map((record) => record.id)).toEqual(['nobody', `${id}:1`])
    virtual.portal.archive('deals', id)
    virtual.clock.advance(MINUTE)
    const gone = recordsOf(await pagesOf(source, { ...request, after: cursorOf(changes) }))
    expect(gone.map((record) => [record.kind, record.id])).toEqual(all.map((record) => ['deleted', record.id]))
  })

  test('that does not lead to what the deal says of itself gets a further record that does', async () => {
    const id = await walk()
    virtual.portal.addHistory('deals', id, 'dealstage', [{ value: 'qualifiedtobuy', at: virtual.clock.now() }])
    const last = valuesOf(recordsOf(await pagesOf(virtual.connect(), request))).at(-1)
    expect(last).toEqual([`${id}:now`, String(id), expect.any(String), 'Contract Sent', '150'])
  })
})

describe('owners', () => {
  const owner = (id: string, archived: boolean) => ({
    id,
    email: `${id}@acme.example`,
    firstName: 'Ada',
    lastName: id,
    userId: 900,
    teams: ['North'],
    createdAt: 0,
    archived,
  })

  test('come with those who left, by the id that records name; unchanged they are not handed over again', async () => {
    virtual.portal.setOwners([owner('11', false), owner('12', true)])
    const source = virtual.connect()
    const request = { object: 'owners', fields: ['name', 'email', 'team', 'active', 'userId'] }
    const first = await pagesOf(source, request)
    expect(first.map(({ snapshot }) => snapshot)).toEqual([true])
    expect(recordsOf(first)).toMatchObject([
      { id: '11', fields: { name: 'Ada 11', email: '11@acme.example', team: 'North', active: true, userId: '900' } },
      { id: '12', fields: { name: 'Ada 12', active: false } },
    ])
    const again = await pagesOf(source, { ...request, after: cursorOf(first) })
    expect(again).toMatchObject([{ records: [], snapshot: false, unchanged: true, requests: 2 }])
    virtual.portal.setOwners([owner('11', true), owner('12', true)])
    const changed = await pagesOf(source, { ...request, after: cursorOf(first) })
    // What was read before is called off: nobody may have ended that read.
    expect(changed.map(({ snapshot, records }) => [snapshot, records.length])).toEqual([
      [false, 0],
      [true, 2],
    ])
  })

  test('more than 100 come in pages', async () => {
    virtual.portal.setOwners(Array.from({ length: 130 }, (_, i) => owner(String(i + 1_000), false)))
    const pages = await pagesOf(virtual.connect(), { object: 'owners', fields: ['email'] })
    expect(recordsOf(pages)).toHaveLength(130)
    expect(requestsOf(pages)).toBe(3)
  })
})

describe('a condition', () => {
  const request = {
    object: 'contacts',
    fields: ['lastname'],
    where: "hs_lead_status in (NEW, 'IN PROGRESS') and lastname != Bot",
  }

  test('leaves out what does not meet it, and what no longer does is deleted', async () => {
    const { portal } = virtual
    const [, b] = ['A', 'B'].map((lastname) => portal.create('contacts', { lastname, hs_lead_status: 'NEW' }))
    portal.create('contacts', { lastname: 'Bot', hs_lead_status: 'NEW' })
    portal.create('contacts', { lastname: 'C', hs_lead_status: 'IN PROGRESS' })
    portal.create('contacts', { lastname: 'D' })
    const source = virtual.connect()
    const first = await pagesOf(source, request)
    expect(shown(recordsOf(first), 'lastname')).toEqual(['A', 'B', 'C'])
    virtual.clock.advance(2 * HOUR)
    portal.update('contacts', b ?? 0, { hs_lead_status: 'UNQUALIFIED' })
    virtual.clock.advance(MINUTE)
    expect(shown(recordsOf(await pagesOf(source, { ...request, after: cursorOf(first) })), 'lastname')).toEqual([
      `${b} deleted`,
    ])
  })

  test.each(['lastname', 'lastname like A', "lastname = 'A", 'where 1 = 1 or 2'])(
    'that cannot be read is refused: %s',
    async (where) => {
      const fault = await pagesOf(virtual.connect(), { ...request, where }).catch((error: unknown) => error)
      expect((fault as Fault).code).toBe('hubspot-where-unreadable')
    },
  )
})

describe('check', () => {
  test('tells of an object that is not there, of properties that are not, and of scopes', async () => {
    const source = virtual.connect()
    virtual.fault('list', { action: 'error', nth: 2, with: { code: 'scopes' } })
    const problems = await source.check([
      { object: 'deals', fields: ['dealname', 'stage.lable', 'associations.companies', 'associations.firms'] },
      { object: 'widgets', fields: [] },
      { object: 'companies', fields: ['name'], place: 'mappings/sources/hubspot.yaml:4' },
      { object: 'owners', fields: ['email', 'mail'] },
    ])
    expect(problems.map(({ code, object, field }) => [code, object, field])).toEqual([
      ['hubspot-field-missing', 'deals', 'stage.lable'],
      ['hubspot-field-missing', 'deals', 'associations.firms'],
      ['hubspot-object-missing', 'widgets', undefined],
      ['hubspot-scope-missing', 'companies', undefined],
      ['hubspot-field-missing', 'owners', 'mail'],
    ])
    expect(problems[0]?.hint).toContain('Did you mean "stage.label"?')
    expect(problems[3]?.message).toContain('it lacks crm.objects.deals.read')
  })

  test('of an account that refuses the token says so once', async () => {
    const source = virtual.connect({ accessToken: 'pat-na1-wrong' })
    const problems = await source.check([
      { object: 'deals', fields: [] },
      { object: 'companies', fields: [] },
    ])
    expect(problems.map(({ code }) => code)).toEqual(['hubspot-token-refused'])
  })
})
