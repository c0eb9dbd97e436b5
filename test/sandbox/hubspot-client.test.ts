import { Client } from '@hubspot/api-client'
import { expect, test } from 'vitest'
import { startSandbox } from '../../src/sandbox/sandbox.ts'

/** 22 November 2026, 10:00 UTC. */
const NOW = Date.UTC(2026, 10, 22, 10)

test('the official client runs against the sandbox as it is: lists, batches, histories, searches, associations, owners, pipelines, properties', async () => {
  await using sandbox = await startSandbox({ accounts: 60, seed: 1, now: NOW })
  const { HUBSPOT_ACCESS_TOKEN: accessToken = '', HUBSPOT_BASE_URL: basePath = '' } = sandbox.env
  const { crm } = new Client({ accessToken, basePath, numberOfApiCallRetries: 1 })
  const deals = await crm.deals.getAll(50, undefined, ['dealname', 'dealstage'], ['dealstage'], ['companies'])
  expect(deals.length).toBe(sandbox.portal.count('deals'))
  const [deal] = deals
  expect(deal?.propertiesWithHistory?.['dealstage']?.[0]?.value).toBe(deal?.properties['dealstage'])
  expect(deal?.properties['hs_object_id']).toBe(deal?.id)

  const read = await crm.deals.batchApi.read({
    inputs: [{ id: deal?.id ?? '' }, { id: '1' }],
    properties: ['dealname'],
    propertiesWithHistory: [],
  })
  expect(read.results.map(({ id }) => id)).toEqual([deal?.id])
  expect('errors' in read && read.errors?.[0]?.category).toBe('OBJECT_NOT_FOUND')

  const found = await crm.companies.searchApi.doSearch({
    filterGroups: [{ filters: [{ propertyName: 'name', operator: 'HAS_PROPERTY' as never }] }],
    sorts: ['-createdate'],
    properties: ['name'],
    limit: 5,
  })
  expect([found.total, found.results.length, found.paging?.next?.after]).toEqual([60, 5, '5'])
  const created = found.results.map(({ createdAt }) => createdAt.getTime())
  expect(created).toEqual(created.toSorted((a, b) => b - a))

  const associations = await crm.associations.v4.batchApi.getPage('deals', 'companies', {
    inputs: [{ id: deal?.id ?? '' }],
  })
  expect(associations.results[0]?.to.map(({ toObjectId }) => String(toObjectId))).toEqual([
    deal?.associations?.['companies']?.results[0]?.id,
  ])
  const { results: owners } = await crm.owners.ownersApi.getPage(undefined, undefined, 100, false)
  const { results: left } = await crm.owners.ownersApi.getPage(undefined, undefined, 100, true)
  expect([...owners, ...left].length).toBe(sandbox.portal.owners().length)
  const { results: pipelines } = await crm.pipelines.pipelinesApi.getAll('deals')
  expect(pipelines[0]?.stages.find(({ id }) => id === 'closedwon')).toMatchObject({
    label: 'Proposal/Price Quote',
    metadata: { isClosed: 'false' },
  })
  const { results: properties } = await crm.properties.coreApi.getAll('companies', false)
  expect(properties.map(({ name }) => name)).toEqual(expect.arrayContaining(['domain', 'salesforceaccountid']))

  const made = await crm.companies.basicApi.create({ properties: { name: 'Acme' }, associations: [] })
  await crm.companies.basicApi.update(made.id, { properties: { name: 'Acme Ltd' } })
  await crm.companies.basicApi.archive(made.id)
  const gone = await crm.companies.basicApi.getPage(100, undefined, ['name'], undefined, undefined, true)
  expect(gone.results.map(({ id, properties: { name }, archivedAt }) => [id, name, archivedAt !== undefined])).toEqual([
    [made.id, 'Acme Ltd', true],
  ])
  await expect(crm.deals.basicApi.getPage(101)).rejects.toMatchObject({ code: 400 })
  const stranger = new Client({ accessToken: 'pat-na1-other', basePath, numberOfApiCallRetries: 1 })
  await expect(stranger.crm.deals.basicApi.getPage(1)).rejects.toMatchObject({
    code: 401,
    body: { category: 'INVALID_AUTHENTICATION' },
  })
}, 60_000)

test('the HubSpot account is of the same company: ids of Salesforce in nine of ten records lead to the same names', async () => {
  await using sandbox = await startSandbox({ accounts: 200, seed: 3, now: NOW })
  const { org, portal } = sandbox
  const companies = portal.page('companies', false, 0, 1_000)
  expect(companies.length).toBe(org.count('Account'))
  const linked = companies.filter(({ properties }) => properties['salesforceaccountid'] !== undefined)
  expect(linked.length).toBe(companies.length * 0.9)
  for (const { properties } of linked) {
    const account = org.find('Account', String(properties['salesforceaccountid']))
    expect(String(account?.['Name']).toLowerCase()).toBe(properties['name']?.toLowerCase())
  }
  for (const { properties } of portal.page('deals', false, 0, 10_000)) {
    if (properties['salesforceopportunityid'] === undefined) continue
    const opportunity = org.find('Opportunity', String(properties['salesforceopportunityid']))
    expect([opportunity?.['Name'], String(opportunity?.['Amount'] ?? '')]).toEqual([
      properties['dealname'],
      properties['amount'] ?? '',
    ])
  }
  for (const { properties } of portal.page('contacts', false, 0, 10_000)) {
    if (properties['hs_lead_status'] === undefined) continue
    expect(org.find('Lead', String(properties['salesforceleadid']))?.['Email']).toBe(properties['email'])
  }
})
