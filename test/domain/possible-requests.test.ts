import { expect, test } from 'vitest'
import { createCatalogue } from '../../src/domain/catalogue.ts'
import { findPossibleRequests } from '../../src/domain/possible-requests.ts'
import { aDossier, anOpportunity } from './builders.ts'

const base = { source: 'x', changedAt: 5 }
const feature = (id: string, name: string, aliases = '') => [id, { ...base, id, sourceId: id, name, aliases }] as const
const catalogue = createCatalogue(
  new Map([feature('F1', 'Single sign-on', 'SSO'), feature('F2', 'API', 'EX'), feature('F3', 'Rest', 'API')]),
)
const ticket = { ...base, id: 'T1', sourceId: 'T1', subject: 'Nothing works', text: 'Where is the single sign on?' }

test('features that loss reasons, next steps and tickets name as whole words are possible requests', () => {
  const dossier = aDossier({
    opportunities: [
      anOpportunity({ id: 'O1', lossReason: 'No SSO!' }),
      anOpportunity({ id: 'O2', nextStep: 'Call legal about crossovers' }),
    ],
    tickets: [ticket],
  })
  expect(findPossibleRequests(dossier, catalogue).map(({ id, name, from }) => [id, name, from.field])).toEqual([
    ['opportunity:O1:F1', 'sso', 'lossReason'],
    ['ticket:T1:F1', 'single sign on', 'text'],
  ])
})

test('names that several features have, or of fewer than three letters, are not looked for', () => {
  const dossier = aDossier({ opportunities: [anOpportunity({ lossReason: 'API, EX' })] })
  expect(findPossibleRequests(dossier, catalogue)).toEqual([])
})

test('what the account asks for already is left out', () => {
  const request = { ...base, id: 'R1', sourceId: 'R1', feature: 'SSO' }
  expect(findPossibleRequests(aDossier({ tickets: [ticket], requests: [request] }), catalogue)).toEqual([])
})
