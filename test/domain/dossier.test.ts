import { expect, test } from 'vitest'
import { readDossier } from '../../src/domain/dossier.ts'
import { aLead, anAccount, anOpportunity, history } from './builders.ts'

const row = (kind: string, record: { readonly id: string }) => ({ kind, id: record.id, body: JSON.stringify(record) })

test('a dossier holds the records of an account, each list by id, changes by instant and id', () => {
  const changes = history(
    'O1',
    ['2026-01-10', 'Prospecting'],
    ['2026-01-10', 'Qualification'],
    ['2026-01-09', 'Prospecting'],
  )
  const rows = [
    row('account', anAccount()),
    ...[anOpportunity({ id: 'O2' }), anOpportunity({ id: 'O1' })].map((one) => row('opportunity', one)),
    ...[aLead({ id: 'L2' }), aLead({ id: 'L1' })].map((one) => row('lead', one)),
    ...changes.map((one) => row('stage_change', one)),
  ]
  const dossier = readDossier(rows)
  expect(dossier.account).toEqual(anAccount())
  expect(dossier.opportunities.map(({ id }) => id)).toEqual(['O1', 'O2'])
  expect(dossier.leads.map(({ id }) => id)).toEqual(['L1', 'L2'])
  expect(dossier.changes.map(({ id }) => id)).toEqual(['O1-002', 'O1-000', 'O1-001'])
})

test('a single record without an account is a dossier too', () => {
  expect(readDossier([row('lead', aLead())])).toEqual({
    account: null,
    opportunities: [],
    leads: [aLead()],
    changes: [],
    periods: [],
  })
})

test('a stage change without opportunity or instant tells nothing and is left out', () => {
  const [one] = history('O1', ['2026-01-10', 'Prospecting'])
  if (one === undefined) expect.fail()
  const { at: _, ...timeless } = one
  const { opportunityId: __, ...orphan } = one
  expect(readDossier([one, timeless, orphan].map((change) => row('stage_change', change))).changes).toEqual([one])
})

test('kinds that nothing is derived from are left unread', () => {
  expect(readDossier([{ kind: 'contact', id: 'P1', body: 'never parsed' }])).toEqual({
    account: null,
    opportunities: [],
    leads: [],
    changes: [],
    periods: [],
  })
})
