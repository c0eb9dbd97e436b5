import { expect, test } from 'vitest'
import { readDossier } from '../../src/domain/dossier.ts'
import { RECORD_KINDS, RECORDS } from '../../src/domain/records.ts'
import { aLead, anAccount, anOpportunity, history } from './builders.ts'

const NOTHING = readDossier([])

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
  expect(readDossier([row('lead', aLead())])).toEqual({ ...NOTHING, leads: [aLead()] })
})

test('a stage change without opportunity or instant tells nothing and is left out', () => {
  const [one] = history('O1', ['2026-01-10', 'Prospecting'])
  if (one === undefined) expect.fail()
  const { at: _, ...timeless } = one
  const { opportunityId: __, ...orphan } = one
  expect(readDossier([one, timeless, orphan].map((change) => row('stage_change', change))).changes).toEqual([one])
})

test('kinds that this program does not know are left unread', () => {
  expect(readDossier([{ kind: 'invoice', id: 'P1', body: 'never parsed' }])).toEqual(NOTHING)
})

test('every kind of record that is a child has its list in the dossier, by id', () => {
  for (const kind of RECORD_KINDS) {
    if (RECORDS[kind].place.as !== 'child' || kind === 'stage_change') continue
    const dossier = readDossier(['X2', 'X1'].map((id) => row(kind, { id })))
    const filled = Object.entries(dossier).filter(([, list]) => Array.isArray(list) && list.length > 0)
    expect([kind, filled.map(([, list]) => list)]).toEqual([kind, [[{ id: 'X1' }, { id: 'X2' }]]])
  }
})
