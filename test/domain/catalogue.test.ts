import { expect, test } from 'vitest'
import { createCatalogue } from '../../src/domain/catalogue.ts'
import type { Feature } from '../../src/domain/demand-records.ts'

const feature = (id: string, name: string, aliases?: string): [string, Feature] => [
  id,
  { id, source: 'monday', sourceId: id, changedAt: 0, name, ...(aliases === undefined ? {} : { aliases }) },
]
const catalogue = createCatalogue(
  new Map([
    feature('F1', 'Single sign-on', 'SSO, SAML login'),
    feature('F2', 'Export', 'CSV'),
    feature('F3', 'Export to Excel', 'XLSX, CSV'),
    feature('export', 'Something else'),
  ]),
)

test('a feature is found by id, name or alias, whatever the case and punctuation', () => {
  const found = (text: string) => catalogue.find(text)?.id
  expect(['F1', 'single_sign_on', ' SSO ', 'saml-login', 'Export'].map(found)).toEqual(['F1', 'F1', 'F1', 'F1', 'F2'])
})

test('an id goes before a name', () => {
  expect(catalogue.find('export')?.id).toBe('export')
})

test('a name that several features have, or none, means none: nobody guesses', () => {
  expect([catalogue.find('CSV'), catalogue.find('Two factor'), catalogue.find('')]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})
