import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Org } from '../../src/sandbox/salesforce/org.ts'
import {
  applyOperations,
  type OperationResult,
  type OrgOperation,
} from '../../src/sandbox/salesforce/org-operations.ts'
import { type Json, NOW, SalesforceClient } from './salesforce-client.ts'

let client: SalesforceClient
beforeEach(async () => {
  client = await SalesforceClient.open()
  client.sandbox.engine.limits.set('salesforce.sessionMs', 1_000 * DAY)
})
afterEach(() => client[Symbol.asyncDispose]())

const MINUTE = 60_000
const DAY = 86_400_000
const org = () => client.sandbox.org
const pass = (ms: number) => client.sandbox.engine.clock.advance(ms)
const now = () => client.sandbox.engine.clock.now()
/** Does one thing, which must go well. */
function does(operation: OrgOperation): Json {
  const [result] = applyOperations(org(), [operation])
  if (result?.ok !== true) throw new Error(JSON.stringify(result))
  return result
}
function refusal(operation: OrgOperation): { code: string; message: string } {
  const [result] = applyOperations(org(), [operation]) as [OperationResult]
  if (result.ok) throw new Error('It was done')
  return result.error
}
const newAccount = (values: Record<string, string | number> = {}): string =>
  does({ do: 'create', object: 'Account', values: { Name: 'A', ...values } }).id
const newDeal = (values: Record<string, string | number> = {}): string =>
  does({
    do: 'create',
    object: 'Opportunity',
    values: { Name: 'D', StageName: 'Prospecting', CloseDate: '2026-12-24', ...values },
  }).id
const rows = async (soql: string, isAll = false): Promise<Json[]> => {
  const { status, text, body } = isAll ? await client.queryAll(soql) : await client.query(soql)
  if (status !== 200) throw new Error(text)
  return body.records.map(({ attributes, ...row }: Json) => row)
}
const codeOf = async (soql: string) => (await client.query(soql)).body[0]?.errorCode
const described = async (object: string) => (await client.get(`/sobjects/${object}/describe`)).body
const fieldNames = async (object: string): Promise<string[]> =>
  (await described(object)).fields.map((field: Json) => field.name)
const iso = (ms: number) => new Date(ms).toISOString()
const listed = async (what: 'updated' | 'deleted', object = 'Account', from = NOW) => {
  const { body } = await client.get(`/sobjects/${object}/${what}?start=${iso(from)}&end=${iso(now() + MINUTE)}`)
  return what === 'updated' ? body.ids : body.deletedRecords.map((each: Json) => each.id)
}

describe('POST /__sandbox/org', () => {
  const post = (body: unknown) =>
    fetch(`${client.sandbox.baseUrl}/__sandbox/org`, { method: 'POST', body: JSON.stringify(body) })

  test('does one thing after the other and tells what became of each; one that is refused stops none', async () => {
    const answer = await post([
      { do: 'create', object: 'Account', values: { Name: 'First' } },
      { do: 'create', object: 'Account', values: { Nme: 'x' } },
      { do: 'removeField', object: 'Account', field: 'Industry' },
      { do: 'create', object: 'Account', values: { Name: 'Last' } },
    ])
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual([
      { ok: true, id: expect.stringMatching(/^001/) },
      { ok: false, error: { code: 'INVALID_FIELD', message: "No such column 'Nme' on sobject of type Account" } },
      {
        ok: false,
        error: {
          code: 'sandbox-org-refused',
          message: 'Account.Industry is a standard field',
          hint: 'Hide it instead',
        },
      },
      { ok: true, id: expect.stringMatching(/^001/) },
    ])
    expect(await rows('SELECT Name FROM Account')).toHaveLength(2)
  })

  test('does nothing when the list is not written rightly, and says where', async () => {
    const answer = await post([
      { do: 'create', object: 'Account', values: { Name: 'First' } },
      { do: 'dance' },
      { do: 'delete', object: 'Account', id: 'short' },
    ])
    expect(answer.status).toBe(400)
    const { error } = (await answer.json()) as Json
    expect(error.code).toBe('sandbox-bad-operations')
    expect(error.message).toContain('1.do: Invalid')
    expect(error.message).toContain('2.id: an id has 15 or 18 letters and digits')
    expect(await rows('SELECT Name FROM Account')).toEqual([])
  })

  test('is no write of a client', async () => {
    await post([{ do: 'create', object: 'Account', values: { Name: 'First' } }])
    expect(client.sandbox.engine.sideEffects.count()).toBe(0)
  })
})

describe('GET /__sandbox/org', () => {
  const truth = async (path: string) => {
    const answer = await fetch(`${client.sandbox.baseUrl}/__sandbox/org/${path}`)
    return { status: answer.status, body: (await answer.json()) as Json }
  }

  test('tells all that a reader can have by now, flat and in the order of ids', async () => {
    const ids = ['B', 'A', 'C'].map((Name) => newAccount({ Name }))
    does({ do: 'delete', object: 'Account', id: newAccount({ Name: 'deleted' }) })
    does({ do: 'hideRecords', object: 'Account', ids: [newAccount({ Name: 'hidden' })] })
    does({ do: 'begin', transaction: 't' })
    does({ do: 'create', object: 'Account', values: { Name: 'open' }, in: 't' })
    const { body } = await truth('Account?fields=Id,Name,Owner.Name,Open_Opportunities__c')
    const shown = { 'Owner.Name': 'Sync User', Open_Opportunities__c: 0 }
    expect(body).toEqual(['B', 'A', 'C'].map((Name, i) => ({ Id: ids[i], Name, ...shown })))
  })

  test('takes a condition, and all fields when none are named', async () => {
    newAccount({ Name: 'A' })
    newAccount({ Name: "O'Neil" })
    const { body } = await truth(`Account?where=${encodeURIComponent("Name = 'O\\'Neil'")}`)
    expect(body).toHaveLength(1)
    expect(body[0]).toMatchObject({ Name: "O'Neil", IsDeleted: false, CreatedDate: expect.stringMatching(/\+0000$/) })
  })

  test('is not cut into pages', async () => {
    const add = org().loader('Account', ['Id', 'Name', 'SystemModstamp'])
    org().transaction(() => {
      for (let n = 0; n < 10_000; n++) add([org().newId('Account'), `Account ${n}`, NOW])
    })
    expect((await truth('Account?fields=Id,Name')).body).toHaveLength(10_000)
  })

  test('says what it cannot be asked', async () => {
    const { status, body } = await truth('Account?fields=Nme')
    expect(status).toBe(400)
    expect(body.error).toMatchObject({ code: 'sandbox-bad-truth' })
    expect(body.error.message).toContain("No such column 'Nme' on entity 'Account'")
    expect((await truth('Nothing')).body.error.message).toContain("sObject type 'Nothing' is not supported")
  })
})

describe('records', () => {
  test('are created, changed, deleted and undeleted by anyone', async () => {
    const by = does({
      do: 'create',
      object: 'User',
      values: { Username: 'u@x.example', LastName: 'U', Email: 'u@x.example', Alias: 'u' },
    }).id
    const id = newAccount()
    does({ do: 'update', object: 'Account', id, values: { Name: 'B' }, by })
    expect(await rows('SELECT Name, LastModifiedById FROM Account')).toEqual([{ Name: 'B', LastModifiedById: by }])
    does({ do: 'delete', object: 'Account', id })
    expect(await rows('SELECT Name FROM Account')).toEqual([])
    does({ do: 'undelete', object: 'Account', id })
    expect(await rows('SELECT Name FROM Account')).toEqual([{ Name: 'B' }])
  })

  test('are merged, and leads converted', async () => {
    const [id, loser] = [newAccount({ Name: 'kept' }), newAccount({ Name: 'lost' })]
    does({ do: 'merge', object: 'Account', id, loser })
    expect(await rows('SELECT MasterRecordId FROM Account WHERE IsDeleted = true', true)).toEqual([
      { MasterRecordId: id },
    ])
    const lead = does({ do: 'create', object: 'Lead', values: { LastName: 'L', Company: 'C' } }).id
    const made = does({
      do: 'convertLead',
      id: lead,
      accountId: id,
      opportunity: { Name: 'D', StageName: 'Prospecting', CloseDate: '2026-12-24' },
    })
    expect(made).toMatchObject({ ok: true, accountId: id, opportunityId: expect.stringMatching(/^006/) })
    expect(await rows('SELECT ConvertedOpportunityId FROM Lead')).toEqual([
      { ConvertedOpportunityId: made.opportunityId },
    ])
  })

  test('deleted for good are listed as deleted, shown by queryAll for a day, and never undeleted', async () => {
    const [live, binned] = [newAccount(), newAccount()]
    does({ do: 'delete', object: 'Account', id: binned })
    expect(does({ do: 'hardDelete', object: 'Account', id: live })).toEqual({ ok: true, purged: 1 })
    expect(does({ do: 'emptyRecycleBin' })).toEqual({ ok: true, purged: 1 })
    expect(await rows('SELECT Id FROM Account', true)).toHaveLength(2)
    expect(refusal({ do: 'undelete', object: 'Account', id: live }).code).toBe('UNDELETE_FAILED')
    pass(DAY + MINUTE)
    expect(await rows('SELECT Id FROM Account', true)).toEqual([])
    expect(await listed('deleted')).toEqual([live, binned].sort())
  })

  test('deleted for good take along what hangs on them', () => {
    const account = newAccount()
    const deal = newDeal({ AccountId: account })
    // The account, the opportunity and its one history row.
    expect(does({ do: 'hardDelete', object: 'Account', id: account })).toEqual({ ok: true, purged: 3 })
    expect(refusal({ do: 'undelete', object: 'Opportunity', id: deal }).code).toBe('UNDELETE_FAILED')
  })

  test('deleted for good are gone from queryAll at once in the pessimistic reading', async () => {
    await using careful = await SalesforceClient.open({ reading: 'pessimistic' })
    const id = await careful.create('Account', { Name: 'A' })
    applyOperations(careful.sandbox.org, [{ do: 'hardDelete', object: 'Account', id }])
    expect((await careful.queryAll('SELECT Id FROM Account')).body.totalSize).toBe(0)
  })

  test('are written in an open transaction by its name', async () => {
    does({ do: 'begin', transaction: 't1' })
    const id = does({ do: 'create', object: 'Account', values: { Name: 'A' }, in: 't1' }).id
    expect(await rows('SELECT Id FROM Account')).toEqual([])
    does({ do: 'commit', transaction: 't1' })
    expect(await rows('SELECT Id FROM Account')).toEqual([{ Id: id }])
    expect(refusal({ do: 'rollBack', transaction: 't1' })).toMatchObject({ code: 'sandbox-transaction' })
  })
})

describe('records that are hidden', () => {
  test('are in no answer though no stamp and no list of deletions tells, and come back as they are by then', async () => {
    const [hidden, seen] = [newAccount({ Name: 'hidden' }), newAccount({ Name: 'seen' })]
    does({ do: 'create', object: 'Contact', values: { LastName: 'C', AccountId: hidden } })
    pass(5 * MINUTE)
    does({ do: 'hideRecords', object: 'Account', ids: [hidden] })
    expect(await rows('SELECT Id FROM Account', true)).toEqual([{ Id: seen }])
    expect((await client.query('SELECT COUNT() FROM Account')).body.totalSize).toBe(1)
    expect((await client.get(`/sobjects/Account/${hidden}`)).status).toBe(404)
    expect((await client.send('PATCH', `/sobjects/Account/${hidden}`, { Name: 'x' })).status).toBe(404)
    expect((await client.send('DELETE', `/sobjects/Account/${hidden}`)).status).toBe(404)
    expect(await listed('deleted')).toEqual([])
    expect(await listed('updated')).toEqual([seen])
    expect(await rows('SELECT AccountId, Account.Name FROM Contact')).toEqual([{ AccountId: hidden, Account: null }])
    expect(await rows(`SELECT Id FROM Contact WHERE AccountId IN (SELECT Id FROM Account)`)).toEqual([])
    const body = { operation: 'query', query: 'SELECT Id FROM Account' }
    const job = (await client.send('POST', '/jobs/query', body)).body
    pass(MINUTE)
    expect((await client.get(`/jobs/query/${job.id}/results`)).text).toBe(`"Id"\n"${seen}"\n`)

    does({ do: 'update', object: 'Account', id: hidden, values: { Name: 'changed' } })
    const at = now()
    pass(5 * MINUTE)
    does({ do: 'showRecords', object: 'Account', ids: [hidden] })
    const [row] = await rows(`SELECT Name, SystemModstamp FROM Account WHERE Id = '${hidden}'`)
    expect(row.Name).toBe('changed')
    expect(Date.parse(row.SystemModstamp)).toBeLessThanOrEqual(at)
  })

  test('are in no list of deletions, even when they are deleted', async () => {
    const [hidden, seen] = [newAccount(), newAccount()]
    does({ do: 'hideRecords', object: 'Account', ids: [hidden] })
    for (const id of [hidden, seen]) does({ do: 'delete', object: 'Account', id })
    pass(2 * MINUTE)
    expect(await listed('deleted')).toEqual([seen])
  })

  test('are records of the org', () => {
    const id = '001sb0000000009AAA'
    expect(refusal({ do: 'hideRecords', object: 'Account', ids: [id] }).message).toBe(`The org has no Account "${id}"`)
  })

  test('stay hidden in a sandbox that is gone on with', async () => {
    const id = newAccount()
    does({ do: 'hideRecords', object: 'Account', ids: [id] })
    const again = new Org(client.sandbox.engine)
    expect(again.sharing.isShared(again.wholeObject('Account') as Json, id)).toBe(false)
  })
})

describe('fields', () => {
  test('that are hidden are not there, and come back with the values they have by then', async () => {
    const id = newAccount({ Industry: 'Energy' })
    const other = newAccount({ Industry: 'Banking' })
    const stamp = (await rows(`SELECT SystemModstamp FROM Account WHERE Id = '${other}'`))[0].SystemModstamp
    does({ do: 'hideField', object: 'Account', field: 'Industry' })
    expect(await codeOf('SELECT Industry FROM Account')).toBe('INVALID_FIELD')
    expect(await codeOf("SELECT Id FROM Account WHERE Industry = 'Energy'")).toBe('INVALID_FIELD')
    expect(await fieldNames('Account')).not.toContain('Industry')
    expect((await client.get(`/sobjects/Account/${id}`)).body).not.toHaveProperty('Industry')
    const refused = await client.send('PATCH', `/sobjects/Account/${id}`, { Industry: 'Media' })
    expect(refused.body[0].errorCode).toBe('INVALID_FIELD')
    pass(MINUTE)
    does({ do: 'update', object: 'Account', id, values: { Industry: 'Media' } })
    does({ do: 'showField', object: 'Account', field: 'Industry' })
    expect(await rows('SELECT Industry FROM Account ORDER BY Id')).toEqual([
      { Industry: 'Media' },
      { Industry: 'Banking' },
    ])
    const [after] = await rows(`SELECT SystemModstamp FROM Account WHERE Id = '${other}'`)
    expect(after.SystemModstamp).toBe(stamp)
  })

  test('that are parts of an address can be hidden, one or all', async () => {
    newAccount({ BillingCity: 'Oslo', BillingCountry: 'NO' })
    const parts = (await fieldNames('Account')).filter((name) => /^Billing(?!Address)/.test(name))
    const address = async () => (await rows('SELECT BillingAddress FROM Account'))[0].BillingAddress
    does({ do: 'hideField', object: 'Account', field: 'BillingCountry' })
    expect(await address()).toMatchObject({ city: 'Oslo' })
    expect(await address()).not.toHaveProperty('country')
    for (const field of parts) does({ do: 'hideField', object: 'Account', field })
    expect(await address()).toBeNull()
  })

  test.each([
    [{ type: 'string', length: 20 }, 'text', 'text'],
    [{ type: 'picklist', picklist: ['a', 'b'] }, 'a', 'a'],
    [{ type: 'double', scale: 1 }, 1.25, 1.3],
    [{ type: 'currency' }, 10, 10],
    [{ type: 'boolean' }, true, true],
    [{ type: 'date' }, '2026-12-24', '2026-12-24'],
    [{ type: 'datetime' }, '2026-12-24T10:00:00Z', '2026-12-24T10:00:00.000+0000'],
    [{ type: 'textarea' }, 'long', 'long'],
  ] as const)('of the form %j are added, empty at first', async (form, value, shown) => {
    const id = newAccount()
    const { SystemModstamp: before } = (await rows('SELECT SystemModstamp FROM Account'))[0]
    pass(MINUTE)
    does({ do: 'addField', object: 'Account', field: { name: 'New__c', ...form } as Json })
    const empty = form.type === 'boolean' ? false : null
    expect(await rows('SELECT New__c, SystemModstamp FROM Account')).toEqual([
      { New__c: empty, SystemModstamp: before },
    ])
    does({ do: 'update', object: 'Account', id, values: { New__c: value } })
    expect(await rows('SELECT New__c FROM Account')).toEqual([{ New__c: shown }])
    expect((await described('Account')).fields.at(-1)).toMatchObject({ name: 'New__c', custom: true, type: form.type })
  })

  test('that lead to another object are added with their relationship', async () => {
    const partner = newAccount({ Name: 'Partner' })
    does({
      do: 'addField',
      object: 'Opportunity',
      field: { name: 'Partner__c', type: 'reference', referenceTo: 'Account' },
    })
    newDeal({ Partner__c: partner })
    expect(await rows('SELECT Partner__r.Name FROM Opportunity')).toMatchObject([{ Partner__r: { Name: 'Partner' } }])
  })

  test('that are computed are added by their formula; a roll-up moves the stamps of all its records', async () => {
    const account = newAccount()
    const deal = newDeal({ AccountId: account, Amount: 5 })
    pass(MINUTE)
    const at = now()
    does({
      do: 'addField',
      object: 'Opportunity',
      field: { name: 'Account_Name__c', type: 'string', formula: { kind: 'copy', of: 'Account.Name' } },
    })
    const rollup = { kind: 'rollup', function: 'SUM', child: 'Opportunity', by: 'AccountId', of: 'Amount' } as const
    does({ do: 'addField', object: 'Account', field: { name: 'Total__c', type: 'currency', formula: rollup } })
    expect(await rows('SELECT Account_Name__c FROM Opportunity')).toEqual([{ Account_Name__c: 'A' }])
    const [row] = await rows('SELECT Total__c, SystemModstamp, LastModifiedDate FROM Account')
    expect(row.Total__c).toBe(5)
    expect(Date.parse(row.SystemModstamp)).toBeGreaterThanOrEqual(at - 1_000)
    expect(Date.parse(row.LastModifiedDate)).toBeLessThan(at - 1_000)
    expect(await listed('updated', 'Opportunity', NOW - 2 * MINUTE)).toEqual([deal])
  })

  test('of one name are added once, and not with a formula that does not fit', () => {
    const field = { name: 'ARR__c', type: 'double' } as const
    expect(refusal({ do: 'addField', object: 'Account', field }).message).toBe('Account has a field "ARR__c" already')
    const formula = { kind: 'copy', of: 'Name' } as const
    expect(
      refusal({ do: 'addField', object: 'Account', field: { name: 'F__c', type: 'double', formula } }).message,
    ).toBe('The formula of Account.F__c does not fit: Name is no double')
    expect(refusal({ do: 'hideField', object: 'Account', field: 'F__c' }).message).toBe('Account has no field "F__c"')
  })

  test('that are removed are gone with their values', async () => {
    newAccount({ Plan__c: 'Pro' })
    does({ do: 'removeField', object: 'Account', field: 'Plan__c' })
    expect(await codeOf('SELECT Plan__c FROM Account')).toBe('INVALID_FIELD')
    does({ do: 'addField', object: 'Account', field: { name: 'Plan__c', type: 'string' } })
    expect(await rows('SELECT Plan__c FROM Account')).toEqual([{ Plan__c: null }])
  })

  test('that a formula reads, or under an open transaction, are not removed', () => {
    expect(refusal({ do: 'removeField', object: 'Account', field: 'Customer_Tier__c' }).message).toBe(
      'Account.Customer_Tier__c is read by the formula Opportunity.Account_Tier__c',
    )
    does({ do: 'removeField', object: 'Opportunity', field: 'Account_Tier__c' })
    does({ do: 'removeField', object: 'Account', field: 'Customer_Tier__c' })
    does({ do: 'begin', transaction: 't' })
    expect(refusal({ do: 'removeField', object: 'Account', field: 'Plan__c' }).message).toBe(
      'The schema cannot be changed under an open transaction',
    )
  })

  test.each([
    [{ type: 'string' }, '12.50', { type: 'double' }, 12.5],
    [{ type: 'string' }, 'a dozen', { type: 'double' }, null],
    [{ type: 'double' }, 12.5, { type: 'string' }, '12.5'],
    [{ type: 'string' }, '2026-12-24', { type: 'date' }, '2026-12-24'],
    [{ type: 'date' }, '2026-12-24', { type: 'datetime' }, '2026-12-24T00:00:00.000+0000'],
    [{ type: 'string' }, 'a', { type: 'picklist', picklist: ['a'] }, 'a'],
    [{ type: 'boolean' }, true, { type: 'string' }, 'true'],
    [{ type: 'string' }, 'True', { type: 'boolean' }, true],
  ] as const)('of the form %j with %j become %j with %j, and move no stamp', async (from, value, to, shown) => {
    does({ do: 'addField', object: 'Account', field: { name: 'F__c', ...from } as Json })
    newAccount({ F__c: value as string })
    const [{ SystemModstamp }] = (await rows('SELECT SystemModstamp FROM Account')) as [Json]
    pass(MINUTE)
    does({ do: 'retypeField', object: 'Account', field: 'F__c', to: to as Json })
    expect(await rows('SELECT F__c, SystemModstamp FROM Account')).toEqual([{ F__c: shown, SystemModstamp }])
    expect((await described('Account')).fields.at(-1)).toMatchObject({ name: 'F__c', type: to.type })
  })

  test('whose picklist value is renamed have it in all records, whose SystemModstamp moves', async () => {
    newAccount({ Industry: 'Energy' })
    newAccount({ Industry: 'Banking' })
    pass(MINUTE)
    const at = now()
    const rename = { do: 'renamePicklistValue', object: 'Account', field: 'Industry' } as const
    expect(does({ ...rename, from: 'Energy', to: 'Power' })).toEqual({ ok: true, renamed: 1 })
    const moved = await rows(`SELECT Industry FROM Account WHERE SystemModstamp >= ${iso(at - 1_000)}`)
    expect(moved).toEqual([{ Industry: 'Power' }])
    expect(await rows(`SELECT Id FROM Account WHERE LastModifiedDate >= ${iso(at - 1_000)}`)).toEqual([])
    const { picklistValues } = (await described('Account')).fields.find((each: Json) => each.name === 'Industry')
    const values = picklistValues.map((each: Json) => each.value)
    expect(values).toContain('Power')
    expect(values).not.toContain('Energy')
    expect(refusal({ ...rename, from: 'Energy', to: 'x' }).message).toBe(
      'Account.Industry has no picklist value "Energy"',
    )
  })

  test('that change are told by If-Modified-Since, even within the second of the last describe', async () => {
    for (const [n, name] of ['A__c', 'B__c', 'C__c'].entries()) {
      const first = await client.get('/sobjects/Account/describe')
      does({ do: 'addField', object: 'Account', field: { name, type: 'string' } })
      const since = { 'if-modified-since': first.headers.get('last-modified') as string }
      const again = await client.get('/sobjects/Account/describe', since)
      expect([n, again.status]).toEqual([n, 200])
    }
  })
})

describe('objects', () => {
  test('are added, with their fields, and behave as any', async () => {
    does({
      do: 'addObject',
      object: {
        name: 'Deal__c',
        fields: [
          { name: 'Amount__c', type: 'currency' },
          { name: 'Account__c', type: 'reference', referenceTo: 'Account', cascadeDelete: true },
        ],
      },
    })
    const account = newAccount()
    const values = { Name: 'Big', Amount__c: 10, Account__c: account }
    const id = does({ do: 'create', object: 'Deal__c', values }).id
    expect(await rows('SELECT Id, Name, Amount__c, Account__r.Name, OwnerId FROM Deal__c')).toMatchObject([
      { Id: id, Name: 'Big', Amount__c: 10, Account__r: { Name: 'A' }, OwnerId: org().apiUserId },
    ])
    expect((await client.get('/sobjects')).body.sobjects.map((each: Json) => each.name)).toContain('Deal__c')
    const rollup = { kind: 'rollup', function: 'MAX', child: 'Deal__c', by: 'Account__c', of: 'Amount__c' } as const
    does({ do: 'addField', object: 'Account', field: { name: 'Largest__c', type: 'currency', formula: rollup } })
    expect(await rows('SELECT Largest__c FROM Account')).toEqual([{ Largest__c: 10 }])
    pass(2 * MINUTE)
    does({ do: 'delete', object: 'Account', id: account })
    pass(MINUTE)
    expect(await listed('deleted', 'Deal__c')).toEqual([id])
    does({ do: 'addObject', object: { name: 'Other__c' } })
    const prefixes = org().objects.map((object) => object.keyPrefix)
    expect(new Set(prefixes).size).toBe(prefixes.length)
  })

  test('that cannot be added leave nothing behind', () => {
    const fields = [
      { name: 'A__c', type: 'string' },
      { name: 'B__c', type: 'reference', referenceTo: 'Nothing' },
    ] as const
    const object = { name: 'Deal__c', fields: [...fields] }
    expect(refusal({ do: 'addObject', object }).message).toBe('The org has no object "Nothing"')
    expect(org().wholeObject('Deal__c')).toBeUndefined()
    does({ do: 'addObject', object: { name: 'Deal__c' } })
  })

  test('that are hidden are not there, and come back whole', async () => {
    const id = newAccount()
    newDeal({ AccountId: id })
    does({ do: 'hideObject', object: 'Account' })
    expect(await codeOf('SELECT Id FROM Account')).toBe('INVALID_TYPE')
    expect((await client.get('/sobjects/Account/describe')).status).toBe(404)
    expect((await client.get(`/sobjects/Account/${id}`)).status).toBe(404)
    expect((await client.send('POST', '/sobjects/Account', { Name: 'x' })).status).toBe(404)
    expect((await client.get('/sobjects')).body.sobjects.map((each: Json) => each.name)).not.toContain('Account')
    expect(await codeOf('SELECT Account.Name FROM Opportunity')).toBe('INVALID_FIELD')
    does({ do: 'update', object: 'Account', id, values: { Name: 'changed' } })
    does({ do: 'showObject', object: 'Account' })
    expect(await rows('SELECT Name FROM Account')).toEqual([{ Name: 'changed' }])
  })

  test('and fields that are hidden stay so in a sandbox that is gone on with', async () => {
    does({ do: 'hideObject', object: 'Case' })
    does({ do: 'hideField', object: 'Account', field: 'Industry' })
    const again = new Org(client.sandbox.engine)
    expect(again.object('Case')).toBeUndefined()
    expect(again.wholeObject('Case')).toBeDefined()
    const names = again.object('Account')?.fields.map((field) => field.name)
    expect(names).not.toContain('Industry')
    expect(names).toContain('Customer_Tier__c')
  })
})

describe('time', () => {
  test('passes, or a day begins, but never goes back', () => {
    const before = now()
    expect(does({ do: 'advance', ms: DAY }).now).toBeGreaterThanOrEqual(before + DAY)
    expect(iso(does({ do: 'setDay', day: '2026-12-24' }).now)).toMatch(/^2026-12-24T00:00:0/)
    expect(refusal({ do: 'setDay', day: '2026-12-23' }).message).toBe(
      'The day 2026-12-23 has begun already; time never goes back',
    )
  })
})
