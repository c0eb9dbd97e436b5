import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { property } from '../../src/sandbox/hubspot/standard.ts'
import { applyOperations } from '../../src/sandbox/salesforce/org-operations.ts'
import { openJourney } from './journey.ts'
import { runHere } from './run-cli.ts'

test('init --from asks the live Salesforce and HubSpot what they have, and lint and check are content with what it writes', async () => {
  await using journey = await openJourney({ accounts: 5 })
  const { env, folder, sandbox } = journey
  const results = applyOperations(sandbox.org, [
    { do: 'removeField', object: 'Account', field: 'Plan__c' },
    { do: 'removeField', object: 'Opportunity', field: 'Account_Tier__c' },
    { do: 'removeField', object: 'Account', field: 'Customer_Tier__c' },
    { do: 'addField', object: 'Account', field: { name: 'Price_Plan__c', type: 'string', length: 40 } },
    { do: 'addField', object: 'Account', field: { name: 'Go_Live__c', type: 'date' } },
  ])
  expect(results.filter(({ ok }) => !ok)).toEqual([])
  journey.settle()
  const mine = path.join(folder, 'mine')
  const made = await runHere(['init', mine, '--from', 'salesforce', '--json'], env)
  expect([made.code, made.stderr]).toEqual([0, expect.stringContaining('not there: 2 fields; your own, as comments: ')])
  const accounts = /account:[\s\S]*?contact:/.exec(
    readFileSync(path.join(mine, 'sources/salesforce.yaml'), 'utf8'),
  )?.[0]
  expect(accounts).toMatchInlineSnapshot(`
      "account:
          object: Account
          currency: { field: CurrencyIsoCode, optional: true }   # orgs with one currency lack it: then money is in the company's
          # url: 'https://your-company.lightning.force.com/{id}'   # your own address; then boards can link to the account
          fields:
            name: Name
            domain: Website                       # only the name a company registered is kept: acme.com
            country: { field: BillingCountry, aliases: { USA: US, UK: GB } }
            industry: Industry
            employees: NumberOfEmployees
            segment: { field: Segment__c, values: { SMB: smb, Mid-Market: mid_market, Enterprise: enterprise } }
            ownerId: OwnerId
            parentId: ParentId
            createdAt: CreatedDate
            seatsPaid: Seats__c
            # plan: Plan__c   # not there
            arr: ARR__c
            renewalOn: Renewal_Date__c
            # extra.tier: { field: Customer_Tier__c, as: text }   # a field of your own: account.extra.tier on boards   # not there
            # Fields of your own; take the # away from those you want:
            # extra.openOpportunities: { field: Open_Opportunities__c, as: number }
            # plan: Price_Plan__c
            # extra.goLive: { field: Go_Live__c, as: day }

        contact:"
    `)
  expect(readFileSync(path.join(mine, 'boards/accounts.yaml'), 'utf8')).toMatch(
    /^ {2}# Tier: .*account\.extra\.tier.* # its field is not there$/m,
  )
  const run = (...args: string[]) => runHere(args, { ...env, BOARDSYNC_MAPPINGS: mine })
  expect(await run('lint', '--test')).toMatchObject({ code: 0, stderr: '' })
  expect(await run('check', 'salesforce')).toMatchObject({ code: 0 })

  sandbox.portal.addProperties('companies', [property('number seat_count'), property('date go_live')])
  sandbox.portal.removeProperty('companies', 'seats')
  const theirs = path.join(folder, 'theirs')
  const asked = await runHere(['init', theirs, '--from', 'hubspot', '--json'], env)
  expect([asked.code, JSON.parse(asked.stdout)]).toMatchObject([
    0,
    { asked: [{ source: 'hubspot', missing: 1, stages: 8 }] },
  ])
  const companies = /account:[\s\S]*?contact:/.exec(
    readFileSync(path.join(theirs, 'sources/hubspot.yaml'), 'utf8'),
  )?.[0]
  expect(companies).toContain('      # seatsPaid: seats   # not there\n')
  expect(companies).toContain('      # seatsPaid: seat_count\n      # extra.goLive: { field: go_live, as: day }\n')
  expect(await runHere(['lint'], { ...env, BOARDSYNC_MAPPINGS: theirs })).toMatchObject({ code: 0 })
}, 60_000)

test('init --from hubspot writes mappings for HubSpot alone, with its stages by pipeline, and they lint and sync', async () => {
  await using journey = await openJourney({ accounts: 5 })
  const { env, folder, sandbox } = journey
  const [sales, ...others] = sandbox.portal.pipelines('deals')
  if (sales === undefined) throw new Error('The simulated HubSpot has no pipeline of deals')
  const renewals = { ...sales, id: 'renewals', label: 'Renewals: all', stages: sales.stages.slice(-3) }
  sandbox.portal.setPipelines('deals', [sales, ...others, renewals])
  const mine = path.join(folder, 'mine')
  const alone = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('SALESFORCE_')))
  const run = (...args: string[]) => runHere(args, { ...alone, BOARDSYNC_MAPPINGS: mine })
  expect(await run('init', '--from', 'hubspot')).toMatchObject({ code: 0 })
  expect(
    ['salesforce.yaml', 'hubspot.yaml.example'].filter((name) => existsSync(path.join(mine, 'sources', name))),
  ).toEqual([])
  const hubspot = readFileSync(path.join(mine, 'sources/hubspot.yaml'), 'utf8')
  expect(hubspot).not.toMatch(/of: salesforce|To use this/)
  const model = readFileSync(path.join(mine, 'model.yaml'), 'utf8')
  expect(model).not.toContain('salesforce')
  expect(model).toContain("  source hubspot: '*/15 * * * *'\n")
  expect(/^stages:[\s\S]*?\n\n/m.exec(model)?.[0]).toMatchInlineSnapshot(`
    "stages:                                     # the CRM's stages in order, and where each stands in the one funnel
      hubspot:
        Sales Pipeline:
          - { name: Prospecting, funnelStage: opportunity }
          - { name: Qualification, funnelStage: opportunity }
          - { name: Needs Analysis, funnelStage: opportunity }
          - { name: Value Proposition, funnelStage: opportunity }
          - { name: Proposal/Price Quote, funnelStage: opportunity }
          - { name: Negotiation/Review, funnelStage: opportunity }
          - { name: Closed Won, funnelStage: won }
          - { name: Closed Lost, funnelStage: lost }
        "Renewals: all":
          - { name: Negotiation/Review, funnelStage: opportunity }
          - { name: Closed Won, funnelStage: won }
          - { name: Closed Lost, funnelStage: lost }

    "
  `)
  expect(readFileSync(path.join(folder, '.env.example'), 'utf8')).toMatch(/^HUBSPOT_ACCESS_TOKEN=$/m)
  expect(await run('lint', '--test')).toMatchObject({ code: 0 })
  expect(await run('sync', '--json')).toMatchObject({ code: 0 })
}, 60_000)

test('init --from both writes mappings in which what HubSpot and Salesforce both hold is one', async () => {
  await using journey = await openJourney({ accounts: 5 })
  const mine = path.join(journey.folder, 'mine')
  const env = { ...journey.env, BOARDSYNC_MAPPINGS: mine }
  expect(await runHere(['init', '--from', 'hubspot,salesforce'], env)).toMatchObject({ code: 0 })
  expect(readFileSync(path.join(mine, 'sources/hubspot.yaml'), 'utf8').match(/of: salesforce/g)).toHaveLength(3)
  expect(readFileSync(path.join(mine, 'model.yaml'), 'utf8')).toMatch(/^ {2}salesforce:[\s\S]*^ {2}hubspot:/m)
  expect(await runHere(['sync'], env)).toMatchObject({ code: 0 })
}, 60_000)

test('init --from writes nothing where the source cannot be asked', async () => {
  await using journey = await openJourney({ accounts: 1 })
  const mine = path.join(journey.folder, 'mine')
  const { HUBSPOT_ACCESS_TOKEN: _, ...env } = journey.env
  for (const [source, code] of [
    ['hubspot', 'hubspot-not-configured'],
    ['zendesk', 'name-unknown'],
  ] as const) {
    const refused = await runHere(['init', mine, '--from', source], env)
    expect(refused.code).toBeGreaterThan(0)
    expect(refused.stderr).toContain(code)
    expect(() => readFileSync(path.join(mine, 'model.yaml'))).toThrow('ENOENT')
  }
})
