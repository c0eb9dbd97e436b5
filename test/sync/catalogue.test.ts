import { expect, test } from 'vitest'
import { defaultModel } from '../../src/domain/default-model.ts'
import { parseMappings } from '../../src/mapping/parse.ts'
import { openSolver } from '../../src/platform/solver.ts'
import type { Cursor } from '../../src/source/source.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { RecordToStore, Store } from '../../src/store/store.ts'
import { derive } from '../../src/sync/derive.ts'
import { utc } from '../domain/builders.ts'
import { boardOf } from './world.ts'

const clock = { now: () => Date.UTC(2026, 10, 22), sleep: async () => {} }

async function save(store: Store, kind: string, id: string, place: RecordToStore['place'], fields: object) {
  const body = JSON.stringify({ id, source: 'x', sourceId: id, changedAt: 0, ...fields })
  const entry = { kind: 'present', id, changedAt: '2026-11-01T00:00:00.000Z', fields: body, rejections: [] } as const
  const entries = [{ ...entry, record: { at: 0, place, body } }]
  const page = { object: kind, cursor: 'c' as Cursor, snapshot: false, mapping: 'm', request: 'r', entries }
  await store.savePage({ stream: { source: 'x', kind }, ...page })
}

async function findingsOf(store: Store): Promise<string[]> {
  const found: string[] = []
  for await (const page of store.facts())
    for (const { dossier, facts } of page) if (facts.includes('unknown-feature')) found.push(dossier)
  return found
}

test('requests that wait for a feature are derived again when the catalogue gets one of that name, and no others', async () => {
  await using store = await openSqliteStore({ path: ':memory:', clock })
  await store.migrate()
  const ports = {
    store,
    zone: utc,
    clock,
    model: defaultModel(),
    boards: [],
    closedThrough: null,
    isWhole: true,
    sourcesWithArr: [],
    openSolver,
    onEvent: () => {},
  }
  const ask = (id: string, feature: string) => save(store, 'request', id, { as: 'root' }, { feature })
  await save(store, 'feature', 'F1', { as: 'context' }, { name: 'Export' })
  await ask('R1', 'SSO')
  await ask('R2', 'export')
  await derive(ports)
  expect(await findingsOf(store)).toEqual(['request:R1'])
  expect((await derive(ports)).dossiers).toBe(0)
  await save(store, 'feature', 'F2', { as: 'context' }, { name: 'Single sign-on', aliases: 'SSO' })
  expect((await derive(ports)).dossiers).toBe(1)
  expect(await findingsOf(store)).toEqual([])
  // Now two features have the name: nobody guesses.
  await save(store, 'feature', 'F3', { as: 'context' }, { name: 'Export' })
  expect((await derive(ports)).dossiers).toBe(1)
  expect(await findingsOf(store)).toEqual(['request:R2'])
})

test('a feature that changes is shown anew on the board of features, though no dossier uses it', async () => {
  await using store = await openSqliteStore({ path: ':memory:', clock })
  await store.migrate()
  const { mappings } = parseMappings(
    [
      { path: 'mappings/boards/features.yaml', text: boardOf('feature', 'effortHours') },
      { path: 'mappings/model.yaml', text: 'company: { currency: USD }\n' },
    ],
    {},
  )
  const { model, boards } = mappings ?? expect.fail('the mapping has problems')
  const ports = {
    store,
    zone: utc,
    clock,
    model,
    boards,
    closedThrough: null,
    isWhole: true,
    sourcesWithArr: [],
    openSolver,
    onEvent: () => {},
  }
  const shown = async () =>
    (await store.desiredItems('features', 'F1')).map(({ body }) => (JSON.parse(body) as { cells: object }).cells)
  await save(store, 'feature', 'F1', { as: 'context' }, { name: 'Export', effortHours: 40 })
  await derive(ports)
  expect(await shown()).toEqual([{ Value: '40' }])
  await save(store, 'feature', 'F1', { as: 'context' }, { name: 'Export', effortHours: 60 })
  expect((await derive(ports)).dossiers).toBe(0)
  expect(await shown()).toEqual([{ Value: '60' }])
})
