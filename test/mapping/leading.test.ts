import { expect, test } from 'vitest'
import { parseMappings } from '../../src/mapping/parse.ts'
import { createZone } from '../../src/platform/zone.ts'

const SALESFORCE = `source: salesforce
records:
  opportunity: { object: Opportunity, fields: { accountId: AccountId, stage: StageName } }
`
const hubspot = (match: string) => `source: hubspot
records:
  opportunity: { object: deals, match: ${match}, fields: { accountId: associations.companies, stage: stage.label } }
`
const MATCH = '[{ id: salesforceopportunityid, of: salesforce }]'
const STAGES = '[{ name: Open, funnelStage: opportunity }]'

function parsed(match = MATCH, leading = '', withSalesforce = true) {
  const crms = withSalesforce ? ['salesforce', 'hubspot'] : ['hubspot']
  const stages = crms.map((crm) => `${crm}: ${STAGES}`).join(', ')
  return parseMappings(
    [
      ...(withSalesforce ? [{ path: 'mappings/sources/salesforce.yaml', text: SALESFORCE }] : []),
      { path: 'mappings/sources/hubspot.yaml', text: hubspot(match) },
      { path: 'mappings/model.yaml', text: `company: { currency: USD }\nstages: { ${stages} }\n${leading}` },
    ],
    {},
  )
}

const problemsOf = ({ problems }: ReturnType<typeof parsed>) =>
  problems.filter(({ level }) => level === 'error').map(({ code, message }) => `${code}: ${message}`)

test('Salesforce leads unless model.yaml says otherwise; where nothing matches, nobody does', () => {
  expect(parsed().mappings?.model.leading).toEqual({ opportunity: ['salesforce', 'hubspot'] })
  const other = parsed(MATCH, 'leading: { opportunity: hubspot }')
  expect(other.mappings?.model.leading).toEqual({ opportunity: ['hubspot', 'salesforce'] })
  expect(parsed('[]').mappings?.model.leading).toEqual({})
})

test('a source that is not there, and a way that is none, are refused', () => {
  expect(problemsOf(parsed(MATCH, '', false))).toEqual(['unknown-source: There is no source "salesforce"'])
  expect(problemsOf(parsed(MATCH, 'leading: { opportunity: hubspott }'))).toEqual([
    'unknown-name: There is no source "hubspott"',
  ])
  expect(problemsOf(parsed('[domain]'))).toHaveLength(1)
})

test('the id of the other source stands in the record; one without an account is placed where the other is', () => {
  const [record] = parsed().mappings?.sources.find(({ source }) => source === 'hubspot')?.records ?? []
  expect(record?.reads).toContain('salesforceopportunityid')
  const map = (fields: Record<string, string | null>) =>
    record?.map({ kind: 'present', id: '7', changedAt: '2026-11-22T10:00:00.000Z', fields }, createZone('UTC')).record
  const orphan = map({ salesforceopportunityid: '006A', 'stage.label': 'Open' })
  expect(JSON.parse(orphan?.body ?? '')).toMatchObject({ sameAs: [{ id: '006A', source: 'salesforce' }] })
  expect(orphan?.place).toEqual({ as: 'child', of: { kind: 'opportunity', id: '006A' } })
  const placed = map({ salesforceopportunityid: '006A', 'associations.companies': '11' })
  expect(placed?.place).toEqual({ as: 'child', of: { kind: 'account', id: '11' } })
})
