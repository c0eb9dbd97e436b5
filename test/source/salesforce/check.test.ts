import nock from 'nock'
import { afterEach, describe, expect, test } from 'vitest'
import { answerDescribe, answerToken, DATA, DATE, FIELDS, page, query, scriptedOrg } from './scripted-org.ts'

afterEach(() => {
  const left = nock.pendingMocks()
  nock.cleanAll()
  expect(left, 'requests that were expected and not made').toEqual([])
})

function readyOrg(options: Parameters<typeof scriptedOrg>[0] = {}) {
  const scripted = scriptedOrg(options)
  answerToken(scripted.org)
  scripted.org.get(`${DATA}/sobjects/`).reply(
    200,
    {
      sobjects: [
        { name: 'Lead', queryable: true },
        { name: 'Account', queryable: true },
      ],
    },
    { date: DATE },
  )
  scripted.org.get('/services/oauth2/userinfo').reply(200, { user_id: '005x', preferred_username: 'sync@acme.example' })
  return scripted
}

const seesAll = (org: nock.Scope) =>
  query(org, /FROM PermissionSetAssignment WHERE AssigneeId = '005x'/).reply(200, page([{ Id: '0Pa' }]))

describe('a check', () => {
  test('finds nothing where everything can be read', async () => {
    const { source, org } = readyOrg()
    answerDescribe(org)
    seesAll(org)
    expect(await source.check([{ object: 'Lead', fields: ['Name', 'Owner.Email'] }])).toEqual([])
  })

  test('reports every problem of every object at once, each with its place and what to do', async () => {
    const { source, org } = readyOrg()
    org
      .get(`${DATA}/sobjects/Acount/describe`)
      .reply(404, [{ errorCode: 'NOT_FOUND', message: 'The requested resource does not exist' }])
    answerDescribe(org)
    seesAll(org)
    const problems = await source.check([
      { object: 'Acount', fields: ['Name'], place: 'mappings/sources/salesforce.yaml:4' },
      {
        object: 'Lead',
        fields: ['Nmae', 'Name', 'Address', 'Score__c', 'Onwer.Email'],
        place: 'mappings/sources/salesforce.yaml:12',
      },
    ])
    const text = problems
      .map((one) => `${one.level} ${one.code} ${one.object}.${one.field}: ${one.message}\n  ${one.hint}`)
      .join('\n')
    expect(text).toMatchInlineSnapshot(`
      "error salesforce-object-hidden Acount.undefined: Salesforce shows no object "Acount" to this user (mappings/sources/salesforce.yaml:4)
        Did you mean "Account"? If not: Check the spelling (API names, like Deal__c), and in Setup > Permission Sets give the user read access to Acount
      error salesforce-field-hidden Lead.Nmae: Salesforce shows no field "Nmae" on Lead to the user "sync@acme.example" (mappings/sources/salesforce.yaml:12)
        Did you mean "Name"? If not: In Setup > Permission Sets give that user read access to Lead.Nmae, then run check salesforce
      error salesforce-field-compound Lead.Address: Salesforce field "Address" on Lead is made of several fields and has no value of its own (mappings/sources/salesforce.yaml:12)
        Map its parts instead, like "AddressCountry"
      error salesforce-field-hidden Lead.Onwer.Email: Salesforce shows no field "Onwer.Email" on Lead to the user "sync@acme.example" (mappings/sources/salesforce.yaml:12)
        Did you mean "Owner.Email"? If not: In Setup > Permission Sets give that user read access to Lead.Onwer, then run check salesforce
      warning salesforce-formula-field Lead.Score__c: Salesforce field "Score__c" on Lead is a formula: when only its result changes, Salesforce does not say that the record changed (mappings/sources/salesforce.yaml:12)
        A sweep reads it of all records, every 24 hours unless formulas_every says otherwise; to have it sooner, map the fields that it is made of"
    `)
  })

  test('without a session reports that alone', async () => {
    const { source, org } = scriptedOrg()
    org
      .post('/services/oauth2/token')
      .reply(400, { error: 'invalid_client', error_description: 'invalid client credentials' })
    expect(await source.check([{ object: 'Lead', fields: ['Name'] }])).toMatchObject([
      { level: 'error', code: 'salesforce-login-client' },
    ])
  })

  test('warns when money of several currencies is read without its currency', async () => {
    const { source, org } = readyOrg()
    const field = { ...FIELDS[1], name: 'Deal_Size__c', type: 'currency' }
    const fields = [...FIELDS, field, { ...field, name: 'CurrencyIsoCode', type: 'picklist' }]
    answerDescribe(org, { fields })
    answerDescribe(org, { fields }, 'Account')
    seesAll(org)
    const problems = await source.check([
      { object: 'Lead', fields: ['Name', 'Deal_Size__c'] },
      { object: 'Account', fields: ['Deal_Size__c', 'CurrencyIsoCode'] },
    ])
    expect(problems).toEqual([
      {
        level: 'warning',
        code: 'salesforce-currency-unread',
        message:
          'Records of Lead are in several currencies, and the mapping does not read in which: all money is taken for one',
        hint: 'Write currency: { field: CurrencyIsoCode, optional: true } beside its fields in the source mapping',
        object: 'Lead',
      },
    ])
  })

  test('warns when sharing may hide records, where the permissions of the user can be known', async () => {
    const { source, org } = readyOrg()
    answerDescribe(org)
    answerDescribe(org, {}, 'Account')
    query(org, /PermissionsViewAllData/).reply(200, page([]))
    query(org, /PermissionsViewAllRecords/).reply(200, page([{ SobjectType: 'Account' }]))
    const problems = await source.check([
      { object: 'Lead', fields: ['Name'] },
      { object: 'Account', fields: ['Name'] },
    ])
    expect(problems).toEqual([
      {
        level: 'warning',
        code: 'salesforce-sees-part',
        message:
          'The user "sync@acme.example" may see a part of Lead only: it has neither "View All Data" nor "View All" on Lead',
        hint: 'In Setup > Permission Sets give that user "View All" on Lead; records that sharing hides are missing everywhere',
        object: 'Lead',
      },
    ])
  })

  test('says nothing about sharing where the permissions cannot be known', async () => {
    const { source, org } = readyOrg()
    answerDescribe(org)
    query(org, /PermissionsViewAllData/).reply(400, [{ errorCode: 'INVALID_TYPE', message: 'not supported' }])
    expect(await source.check([{ object: 'Lead', fields: ['Name'] }])).toEqual([])
  })

  test('warns when our share of the quota is used', async () => {
    const { source, org } = readyOrg({ quotaShare: 0.5 })
    answerDescribe(org)
    query(org, /PermissionsViewAllData/).reply(200, page([{ Id: '0Pa' }]), {
      'sforce-limit-info': 'api-usage=600/1000',
    })
    expect(await source.check([{ object: 'Lead', fields: ['Name'] }])).toMatchObject([
      { code: 'salesforce-quota-share-used', level: 'warning' },
    ])
  })
})
