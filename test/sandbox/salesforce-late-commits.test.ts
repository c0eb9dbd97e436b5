import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createRandom } from '../../src/sandbox/engine/random.ts'
import {
  createRecord,
  deleteRecord,
  mergeRecords,
  undeleteRecord,
  updateRecord,
} from '../../src/sandbox/salesforce/records.ts'
import { NOW, SalesforceClient } from './salesforce-client.ts'

let client: SalesforceClient
beforeEach(async () => {
  client = await SalesforceClient.open()
})
afterEach(() => client[Symbol.asyncDispose]())

const MINUTE = 60_000
const org = () => client.sandbox.org
const pass = (ms: number) => client.sandbox.engine.clock.advance(ms)
const begin = (name = 'long') => org().transactions.begin(name)
const commit = (name = 'long') => org().transactions.commit(name)
const rollBack = (name = 'long') => org().transactions.rollBack(name)
const write = <T>(work: () => T, name = 'long') => org().transactions.write(name, work)
const newAccount = (name: string) => createRecord(org(), 'Account', { Name: name })
const rows = async (soql: string) => (await client.query(soql)).body.records
const names = async (soql = 'SELECT Name FROM Account ORDER BY Name') =>
  (await rows(soql)).map((row: { Name: string }) => row.Name)
const iso = (ms: number) => new Date(ms).toISOString().replace('.000Z', 'Z')
const listed = async (what: 'updated' | 'deleted', from = NOW, to = NOW + 600 * MINUTE) =>
  (await client.get(`/sobjects/Account/${what}?start=${iso(from)}&end=${iso(to)}`)).body
const covered = async (what: 'updated' | 'deleted') => Date.parse((await listed(what)).latestDateCovered)

describe('a copy kept by stamps', () => {
  /** Lives for a while with one transaction or another open, and reads what is new after each step. */
  async function live(seed: number, cursorOf: () => Promise<number> | number): Promise<[copy: object, org: object]> {
    const random = createRandom(String(seed))
    const copy = new Map<string, string>()
    let cursor = NOW - MINUTE
    const read = async () => {
      const to = await cursorOf()
      const soql = `SELECT Id, Name, IsDeleted FROM Account WHERE SystemModstamp >= ${iso(cursor)} AND SystemModstamp < ${iso(to)}`
      for (const { Id, Name, IsDeleted } of (await client.queryAll(soql)).body.records) {
        if (IsDeleted) copy.delete(Id)
        else copy.set(Id, Name)
      }
      cursor = to
    }
    const open = new Set<string>()
    for (let step = 0; step < 60; step++) {
      pass(random.int(1, 90) * 1_000)
      const name = random.pick(['t1', 't2', 't3'])
      const ids: string[] = (await rows('SELECT Id FROM Account')).map((row: { Id: string }) => row.Id)
      const change = (): unknown => {
        const id = ids.length === 0 || random.int(0, 2) === 0 ? null : random.pick(ids)
        if (id === null) return newAccount(`new ${step}`)
        if (random.int(0, 4) === 0) return deleteRecord(org(), 'Account', id)
        return updateRecord(org(), 'Account', id, { Name: `changed ${step}` })
      }
      try {
        if (open.has(name)) write(change, name)
        else change()
      } catch {
        // Somebody else's record: deleted in this transaction, or locked by another.
      }
      if (random.int(0, 3) > 0) await read()
      if (open.has(name)) {
        if (random.int(0, 3) > 0) continue
        if (random.int(0, 4) === 0) rollBack(name)
        else commit(name)
        open.delete(name)
      } else {
        begin(name)
        open.add(name)
      }
    }
    for (const name of open) commit(name)
    pass(5_000)
    await read()
    const truth = await rows('SELECT Id, Name FROM Account')
    return [
      Object.fromEntries(copy),
      Object.fromEntries(truth.map(({ Id, Name }: Record<string, string>) => [Id, Name])),
    ]
  }

  test.each([1, 2, 3, 4])('up to latestDateCovered is complete (seed %i)', async (seed) => {
    const [copy, truth] = await live(seed, () => covered('updated'))
    expect(Object.keys(truth).length).toBeGreaterThan(3)
    expect(copy).toEqual(truth)
  })

  test('up to now lacks what was committed late', async () => {
    const [copy, truth] = await live(1, () => Math.floor(client.sandbox.engine.clock.now() / 1000) * 1000)
    expect(copy).not.toEqual(truth)
  })
})

describe('a transaction that is open', () => {
  test('shows nothing of what was created, updated, deleted and undeleted in it, in no answer', async () => {
    newAccount('kept')
    const [changed, removed, binned] = ['changed', 'removed', 'binned'].map(newAccount)
    deleteRecord(org(), 'Account', binned as string)
    pass(5 * MINUTE)
    const soql = 'SELECT Id, Name, IsDeleted, SystemModstamp FROM Account ORDER BY Id'
    const before = (await client.queryAll(soql)).text
    begin()
    const added = write(() => newAccount('added'))
    write(() => {
      updateRecord(org(), 'Account', changed as string, { Name: 'changed twice' })
      deleteRecord(org(), 'Account', removed as string)
      undeleteRecord(org(), 'Account', binned as string)
    })
    pass(5 * MINUTE)
    expect((await client.queryAll(soql)).text).toBe(before)
    expect((await client.query('SELECT COUNT() FROM Account')).body.totalSize).toBe(3)
    expect((await client.get(`/sobjects/Account/${added}`)).status).toBe(404)
    expect((await listed('updated', NOW + 3 * MINUTE)).ids).toEqual([])
    expect((await listed('deleted', NOW + 3 * MINUTE)).deletedRecords).toEqual([])
    commit()
    expect(await names()).toEqual(['added', 'binned', 'changed twice', 'kept'])
    expect((await listed('deleted')).deletedRecords.map((each: { id: string }) => each.id)).toEqual([removed])
    expect((await listed('updated', NOW + 4 * MINUTE)).ids.sort()).toEqual([changed, binned, added].sort())
  })

  test('is committed with the stamps of when things were written: below a cursor that has passed them', async () => {
    begin()
    const late = write(() => newAccount('late'))
    pass(MINUTE)
    newAccount('early')
    pass(MINUTE)
    const soql = 'SELECT Name, SystemModstamp FROM Account ORDER BY SystemModstamp'
    const [cursor] = (await rows(soql)).map((row: { SystemModstamp: string }) => Date.parse(row.SystemModstamp))
    commit()
    const found = await rows(`SELECT Id, SystemModstamp FROM Account WHERE SystemModstamp < ${iso(cursor)}`)
    expect(found).toMatchObject([{ Id: late }])
    expect(Date.parse(found[0].SystemModstamp)).toBeLessThan(NOW + MINUTE)
  })

  test('holds latestDateCovered at the start of the oldest one, until it is committed or rolled back', async () => {
    const start = Math.floor(client.sandbox.engine.clock.now() / 1000) * 1000
    begin('old')
    pass(10 * MINUTE)
    begin('young')
    pass(10 * MINUTE)
    expect([await covered('updated'), await covered('deleted')]).toEqual([start, start])
    commit('old')
    expect(await covered('updated')).toBeGreaterThanOrEqual(start + 10 * MINUTE)
    expect(await covered('updated')).toBeLessThan(start + 11 * MINUTE)
    rollBack('young')
    expect(await covered('updated')).toBeGreaterThanOrEqual(start + 20 * MINUTE)
  })

  test('builds on what was written in it before', async () => {
    begin()
    const account = write(() => newAccount('parent'))
    const contact = write(() => createRecord(org(), 'Contact', { LastName: 'Child', AccountId: account }))
    write(() => updateRecord(org(), 'Contact', contact, { LastName: 'Renamed' }))
    expect(await rows('SELECT Id FROM Contact')).toEqual([])
    commit()
    expect(await rows('SELECT LastName, Account.Name FROM Contact')).toMatchObject([
      { LastName: 'Renamed', Account: { Name: 'parent' } },
    ])
  })

  test('takes a merge and the history of an opportunity along', async () => {
    const [master, loser] = ['master', 'loser'].map(newAccount) as [string, string]
    const values = { Name: 'Deal', StageName: 'Prospecting', CloseDate: '2026-12-24', AccountId: loser }
    const deal = createRecord(org(), 'Opportunity', values)
    begin()
    write(() => updateRecord(org(), 'Opportunity', deal, { StageName: 'Qualification' }))
    write(() => mergeRecords(org(), 'Account', master, loser))
    expect(await rows('SELECT StageName FROM OpportunityHistory')).toHaveLength(1)
    expect(await rows('SELECT AccountId FROM Opportunity')).toMatchObject([{ AccountId: loser }])
    commit()
    expect(await rows('SELECT StageName FROM OpportunityHistory')).toHaveLength(2)
    expect(await rows('SELECT AccountId FROM Opportunity')).toMatchObject([{ AccountId: master }])
    expect(await names()).toEqual(['master'])
  })

  test('leaves nothing behind when it is rolled back, and no id is used twice', async () => {
    begin()
    const gone = write(() => newAccount('gone'))
    rollBack()
    expect(await names()).toEqual([])
    expect(newAccount('next')).not.toBe(gone)
  })

  test('undoes a write that Salesforce refuses, and only that', async () => {
    begin()
    write(() => newAccount('kept'))
    const refused = () =>
      write(() => {
        newAccount('undone')
        createRecord(org(), 'Account', {})
      })
    expect(refused).toThrow('Required fields are missing')
    commit()
    expect(await names()).toEqual(['kept'])
  })

  test('locks its records and the parents they hang on against others', async () => {
    const account = newAccount('parent')
    const contact = createRecord(org(), 'Contact', { LastName: 'Free' })
    begin()
    write(() => createRecord(org(), 'Contact', { LastName: 'Child', AccountId: account }))
    const answer = await client.send('PATCH', `/sobjects/Account/${account}`, { Name: 'other' })
    expect(answer.status).toBe(400)
    expect(answer.body[0].errorCode).toBe('UNABLE_TO_LOCK_ROW')
    begin('second')
    expect(() => write(() => deleteRecord(org(), 'Account', account), 'second')).toThrow('exclusive access')
    updateRecord(org(), 'Contact', contact, { LastName: 'Still free' })
    commit()
    updateRecord(org(), 'Account', account, { Name: 'other' })
    expect(await names()).toEqual(['other'])
  })

  test('is named once: opened twice or closed twice it is an error', () => {
    begin()
    expect(() => begin()).toThrow('A transaction "long" is open already')
    commit()
    expect(() => commit()).toThrow('No transaction "long" is open')
  })

  test('does not stop the company from living', () => {
    const deal = { Name: 'Deal', StageName: 'Prospecting', CloseDate: '2026-12-24', Amount: 10 }
    const id = createRecord(org(), 'Opportunity', deal)
    begin()
    write(() => updateRecord(org(), 'Opportunity', id, { Amount: 11 }))
    for (let step = 0; step < 20; step++) expect(client.sandbox.live(step).length).toBeGreaterThan(0)
    commit()
    expect(org().find('Opportunity', id)).toMatchObject({ Amount: 11, StageName: 'Prospecting' })
  })
})
