import { expect, test } from 'vitest'
import type { RecordKind } from '../../../src/domain/records.ts'
import { isThorough } from '../../thorough.ts'
import { differs, sayDifference, type Way } from './differs.ts'
import { livedInStore } from './in-store.ts'
import { COMPANY, type Edit, type Texts } from './life.ts'

/** Seeds that nobody tried before: what is found is printed with its seed. */
async function live(runs: number, way: Way): Promise<void> {
  const from = Date.now() % 1_000_000_000
  for (let seed = from; seed < from + runs; seed += 1) {
    const difference = await differs(seed, way)
    if (difference !== null) expect.fail(sayDifference(difference))
  }
}

test('deriving what changed gives the same as deriving everything from scratch, after any edits and days', async () => {
  await live(isThorough ? 200 : 20, 'memory')
}, 60_000)

test('so it does in a store, with every board', async () => {
  await live(isThorough ? 12 : 1, 'store')
}, 60_000)

test('the board of targets follows people and rates that no dossier has to do with', async () => {
  const put = (kind: RecordKind, id: string, fields: Texts): Edit => ({ do: 'put', kind, id, fields })
  const target = { measure: 'arr_new', period: '2026-03', amount: '100' }
  const edits: Edit[] = [
    put('account', 'a1', { arr: '1' }),
    put('user', 'u1', { name: 'Ada', email: 'ada@you.example' }),
    put('exchange_rate', 'x1', { currency: 'USD', perCorporate: '1' }),
    put('exchange_rate', 'x2', { currency: 'EUR', perCorporate: '2' }),
    put('target', 'g1', { ...target, subject: 'user', subjectName: 'ada@you.example' }),
    put('target', 'g2', { ...target, subject: 'company', currency: 'EUR' }),
    { do: 'pull' },
  ]
  const after = (edit: Edit) => livedInStore({ model: COMPANY, closing: '', edits: [...edits, edit, { do: 'pull' }] })
  expect(await after(put('user', 'u1', { name: 'Eva' }))).toEqual([])
  expect(await after(put('exchange_rate', 'x2', { perCorporate: '3' }))).toEqual([])
}, 60_000)
