import { expect, test } from 'vitest'
import { defaultModel } from '../../src/domain/default-model.ts'
import { readDossier } from '../../src/domain/dossier.ts'
import type { Cursor } from '../../src/source/source.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { RecordToStore, Store } from '../../src/store/store.ts'
import { acceptRequest, findRequests, refuseRequest } from '../../src/sync/requests.ts'
import { utc } from '../domain/builders.ts'

const clock = { now: () => Date.UTC(2026, 10, 22), sleep: async () => {} }

async function open() {
  const store = await openSqliteStore({ path: ':memory:', clock })
  await store.migrate()
  const save = async (kind: string, id: string, place: RecordToStore['place'], fields: object) => {
    const body = JSON.stringify({ id, source: 'x', sourceId: id, changedAt: 0, ...fields })
    const entry = { kind: 'present', id, changedAt: '2026-11-01T00:00:00.000Z', fields: body, rejections: [] } as const
    const entries = [{ ...entry, record: { at: 0, place, body } }]
    const page = { object: kind, cursor: 'c' as Cursor, snapshot: false, mapping: 'm', request: 'r', entries }
    await store.savePage({ stream: { source: 'x', kind }, ...page })
  }
  const ofAccount = { as: 'child', of: { kind: 'account', id: 'A1' } } as const
  await save('feature', 'F1', { as: 'context' }, { name: 'Single sign-on', aliases: 'SSO' })
  await save('account', 'A1', { as: 'root' }, {})
  await save('opportunity', 'O1', ofAccount, { accountId: 'A1', lossReason: 'No SSO' })
  await save('request', 'R1', ofAccount, { feature: 'Single sign-off' })
  await save('request', 'R2', ofAccount, { feature: 'single sign-off' })
  return { store, ports: { store, model: defaultModel(), zone: utc } }
}

async function requestsOf(store: Store) {
  for await (const page of store.dossiers({ ids: ['account:A1'] }))
    return readDossier(page[0]?.records ?? [], 'account:A1').requests
  return []
}

test('requests that match no feature are listed with the nearest names, and texts that may ask for one with their id', async () => {
  const { store, ports } = await open()
  const { unmatched, possible } = await findRequests(ports)
  expect(unmatched).toEqual([{ feature: 'Single sign-off', count: 2, nearest: ['Single sign-on'] }])
  expect(possible.map(({ id, text }) => [id, text])).toEqual([['opportunity:O1:F1', 'No SSO']])
  await store[Symbol.asyncDispose]()
})

test('a yes makes a request of it, once, which stands with the text; a no is never asked about again', async () => {
  const { store, ports } = await open()
  await acceptRequest(ports, 'opportunity:O1:F1')
  expect(
    (await requestsOf(store)).map(({ id, featureId, opportunityId, evidence }) => [
      id,
      featureId,
      opportunityId,
      evidence,
    ]),
  ).toContainEqual(['opportunity:O1:F1', 'F1', 'O1', 1])
  expect((await findRequests(ports)).possible).toEqual([])
  await expect(acceptRequest(ports, 'opportunity:O1:F1')).rejects.toMatchObject({ code: 'request-unknown', exit: 2 })
  await store[Symbol.asyncDispose]()

  const other = await open()
  await refuseRequest(other.ports, 'opportunity:O1:F1')
  expect((await findRequests(other.ports)).possible).toEqual([])
  expect(await requestsOf(other.store)).toHaveLength(2)
  await other.store[Symbol.asyncDispose]()
})
