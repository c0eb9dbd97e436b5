import { expect, test } from 'vitest'
import { defaultModel } from '../../src/domain/default-model.ts'
import { openSolver } from '../../src/platform/solver.ts'
import type { Cursor } from '../../src/source/source.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { RecordToStore, Store } from '../../src/store/store.ts'
import { planFeatures } from '../../src/sync/priority.ts'
import { utc } from '../domain/builders.ts'

const clock = { now: () => Date.UTC(2026, 10, 22), sleep: async () => {} }

async function save(store: Store, kind: string, id: string, place: RecordToStore['place'], fields: object) {
  const body = JSON.stringify({ id, source: 'salesforce', sourceId: id, changedAt: 0, ...fields })
  const entry = { kind: 'present', id, changedAt: '2026-11-01T00:00:00.000Z', fields: body, rejections: [] } as const
  const entries = [{ ...entry, record: { at: 0, place, body } }]
  const page = { object: kind, cursor: 'c' as Cursor, snapshot: false, mapping: 'm', request: 'r', entries }
  await store.savePage({ stream: { source: 'salesforce', kind }, ...page })
}

test('what is worth building is found in what the store holds: the feature that a deal and an account at risk wait for', async () => {
  await using store = await openSqliteStore({ path: ':memory:', clock })
  await store.migrate()
  await save(store, 'feature', 'sso', { as: 'context' }, { name: 'Single sign-on', status: 'planned', effortHours: 80 })
  await save(store, 'feature', 'dark', { as: 'context' }, { name: 'Dark mode', status: 'planned', effortHours: 40 })
  await save(store, 'account', 'A1', { as: 'root' }, { arr: 10_000_00 })
  const ofAccount = { as: 'child', of: { kind: 'account', id: 'A1' } } as const
  const deal = { accountId: 'A1', stage: 'Prospecting', arr: 100_000_00, probability: 0.5 }
  await save(store, 'opportunity', 'O1', ofAccount, deal)
  const request = { accountId: 'A1', opportunityId: 'O1', featureId: 'sso', role: 'blocker', certainty: 0.5 }
  await save(store, 'request', 'Q1', ofAccount, request)
  const risk = { accountId: 'A1', featureId: 'sso', likelihood: 'high', status: 'identified' }
  await save(store, 'risk', 'R1', ofAccount, risk)
  const model = { ...defaultModel() }
  const periods = [{ name: '2026-Q4', effort: 100, squads: {} }]
  await using solver = openSolver()
  const ports = { store, zone: utc, clock, solver }
  const plan = await planFeatures({ ...ports, model: { ...model, priority: { ...model.priority, periods } } })
  // 100,000 × 0.5 × 0.5, and 10,000 × 0.75 × 0.5.
  expect(plan.best).toMatchObject({ chosen: ['sso'], value: 28_750_00, isExact: true })
  expect(plan.best.deals.map(({ id }) => id)).toEqual(['O1', 'R1'])
  expect(plan.features.find(({ id }) => id === 'dark')?.otherwise).toMatchObject({ decision: 'yes', cost: 28_750_00 })

  const without = await planFeatures({ ...ports, model })
  expect(without.best.chosen).toEqual([])
  expect(without.leftOut).toContainEqual({ kind: 'feature', id: 'sso', reason: 'no-period' })
})
