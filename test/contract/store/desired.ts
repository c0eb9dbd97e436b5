import { describe, expect, test } from 'vitest'
import type { DesiredOfDossier, LedgerEntry, Pair, Refusal, Store } from '../../../src/store/store.ts'
import { all, type OpenStore, opened } from './opened.ts'

type Item = DesiredOfDossier['items'][number]

export function item(key: string, text = ''): Item {
  return { key, body: JSON.stringify({ key, text }), digest: `${key}-${text}` }
}

export function entryOf(board: string, key: string, rest: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    board,
    key,
    version: 0,
    state: 'settled',
    request: null,
    itemId: `item-${key}`,
    place: 'active',
    name: key,
    group: 'open',
    cells: '{}',
    unread: false,
    leftOn: null,
    desired: null,
    from: null,
    at: 1,
    ...rest,
  }
}

export function refusalOf(board: string, key: string): Refusal {
  return { board, key, code: 'bad-label', message: 'no such label', column: 'Stage', hint: null, desired: 'd', at: 3 }
}

async function keys(store: Store, which: 'all' | 'listed' = 'listed'): Promise<string[]> {
  return (await all(store.pairs('deals', which))).map((it) => it.key)
}

async function forgetList(store: Store): Promise<void> {
  await store.unlistKeys('deals', await keys(store))
}

export function desiredContract(open: OpenStore): void {
  describe('what boards should show', () => {
    test('a key that is added, removed or changed is put on the list; an unchanged one is not', async () => {
      const { store } = await opened(open)
      const save = (items: readonly Item[]) => store.saveDesired('deals', [{ dossier: 'account:a', items }])
      await save([item('1'), item('2'), item('3')])
      expect(await keys(store)).toEqual(['1', '2', '3'])
      await forgetList(store)
      await save([item('1'), item('2', 'changed'), item('4')])
      expect(await keys(store)).toEqual(['2', '3', '4'])
      expect(await store.desiredCount('deals')).toBe(3)
      await forgetList(store)
      await save([])
      expect(await keys(store)).toEqual(['1', '2', '4'])
      expect(await store.desiredCount('deals')).toBe(0)
    })

    test('dossiers and boards that are not mentioned keep theirs', async () => {
      const { store } = await opened(open)
      await store.saveDesired('deals', [{ dossier: 'account:a', items: [item('1')] }])
      await store.saveDesired('deals', [{ dossier: 'account:b', items: [item('2')] }])
      await store.saveDesired('leads', [{ dossier: 'account:a', items: [item('3')] }])
      expect(await keys(store, 'all')).toEqual(['1', '2'])
      expect(await store.desiredCount('leads')).toBe(1)
    })

    test('two items with one key on one board are both kept', async () => {
      const { store } = await opened(open)
      await store.saveDesired('deals', [
        { dossier: 'account:b', items: [item('1', 'b')] },
        { dossier: 'account:a', items: [item('1', 'first'), item('1', 'second')] },
      ])
      const [pair] = await all(store.pairs('deals', 'all'))
      expect(pair?.desired.map((it) => [it.dossier, it.digest])).toEqual([
        ['account:a', '1-first'],
        ['account:a', '1-second'],
        ['account:b', '1-b'],
      ])
      expect(await store.desiredItems('deals', '1')).toEqual(pair?.desired)
      expect(await store.desiredItems('deals', 'nobody')).toEqual([])
      expect(await store.desiredCount('deals')).toBe(3)
      await forgetList(store)
      await store.saveDesired('deals', [{ dossier: 'account:a', items: [item('1', 'first')] }])
      expect(await keys(store)).toEqual(['1'])
    })

    test('a whole re-map removes what it did not save again, and lists only what changed', async () => {
      const { store } = await opened(open)
      await store.saveDesired('deals', [
        { dossier: 'account:a', items: [item('1'), item('2')] },
        { dossier: 'account:b', items: [item('3')] },
      ])
      await store.saveDesired('leads', [{ dossier: 'account:a', items: [item('9')] }])
      await forgetList(store)
      const whole = { generation: 'g2' }
      await store.saveDesired('deals', [{ dossier: 'account:a', items: [item('1'), item('2', 'changed')] }], whole)
      expect(await store.finishDesired('deals', 'g2')).toBe(1)
      expect(await keys(store)).toEqual(['2', '3'])
      expect(await keys(store, 'all')).toEqual(['1', '2'])
      expect(await store.desiredCount('deals')).toBe(2)
      expect(await store.desiredCount('leads')).toBe(1)
      // What is saved for a few dossiers afterwards belongs to the board as much as the rest.
      await store.saveDesired('deals', [{ dossier: 'account:a', items: [item('1', 'changed'), item('2', 'changed')] }])
      expect(await store.finishDesired('deals', 'g2')).toBe(0)
    })

    test('desired items and ledger entries are side by side, merged by key', async () => {
      const { store } = await opened(open)
      await store.saveDesired('deals', [{ dossier: 'account:a', items: [item('both'), item('desired')] }])
      await store.saveReread('deals', [entryOf('deals', 'both'), entryOf('deals', 'ledger')])
      await store.saveReread('leads', [entryOf('leads', 'other')])
      await store.saveRefusals([refusalOf('deals', 'desired'), refusalOf('deals', 'unknown')])
      const pairs = await all(store.pairs('deals', 'all'))
      expect(pairs.map(sides)).toEqual([
        ['both', 1, 'item-both', undefined],
        ['desired', 1, undefined, 'bad-label'],
        ['ledger', 0, 'item-ledger', undefined],
      ])
      expect(pairs[0]?.ledger).toEqual(await store.ledgerEntry('deals', 'both'))
      expect(pairs[1]?.refusal).toEqual(refusalOf('deals', 'desired'))
    })

    test('the list restricts pairs to its keys, also such as nothing holds any more', async () => {
      const { store } = await opened(open)
      await store.saveDesired('deals', [{ dossier: 'account:a', items: [item('1'), item('2'), item('3')] }])
      await store.saveReread('deals', [entryOf('deals', '2'), entryOf('deals', '4')])
      await store.unlistKeys('deals', ['1', '3'])
      await store.listKeys('deals', ['4', '5'])
      expect((await all(store.pairs('deals', 'listed'))).map(sides)).toEqual([
        ['2', 1, 'item-2', undefined],
        ['4', 0, 'item-4', undefined],
        ['5', 0, undefined, undefined],
      ])
    })

    test('all keys that desired or ledger hold can be listed', async () => {
      const { store } = await opened(open)
      await store.saveDesired('deals', [{ dossier: 'account:a', items: [item('1')] }])
      await store.saveReread('deals', [entryOf('deals', '2')])
      await forgetList(store)
      await store.listKeys('deals', 'all')
      expect(await keys(store)).toEqual(['1', '2'])
    })

    test('keys ascend in binary order, over many pages, in the middle of which others may write', async () => {
      const { store } = await opened(open)
      const odd = ['\u{1f600}', '\uff21', 'Z', 'a', 'é', '']
      const many = Array.from({ length: 2500 }, (_, n) => `k${n}`)
      await store.saveDesired('deals', [{ dossier: 'totals', items: [...odd, ...many].map((key) => item(key)) }])
      await store.saveReread(
        'deals',
        many.map((key) => entryOf('deals', `${key}-ledger`)),
      )
      const expected = [...odd.filter((key) => key !== ''), ...many, ...many.map((key) => `${key}-ledger`)].sort(
        (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)),
      )
      expect(await keys(store, 'all')).toEqual(['', ...expected])
      await store.listKeys('deals', 'all')
      const seen: string[] = []
      for await (const pairs of store.pairs('deals', 'listed')) {
        seen.push(...pairs.map((it) => it.key))
        await store.unlistKeys(
          'deals',
          pairs.map((it) => it.key),
        )
      }
      expect(seen).toEqual(['', ...expected])
      expect(await keys(store)).toEqual([])
    })

    test('forgetting a board forgets everything about it, and about no other', async () => {
      const { store } = await opened(open)
      for (const board of ['deals', 'leads']) {
        await store.saveDesired(board, [{ dossier: 'account:a', items: [item('1')] }])
        await store.saveReread(board, [entryOf(board, '2')])
        await store.saveRefusals([refusalOf(board, '1')])
        await store.beginPlan({ id: `plan-${board}`, board, at: 1 })
        await store.appendPlan(`plan-${board}`, [{ seq: 0, key: '1', body: '{}' }])
        await store.finishPlan(`plan-${board}`, `digest-${board}`, '{}')
      }
      await store.forgetBoard('deals')
      expect(await all(store.pairs('deals', 'all'))).toEqual([])
      expect(await keys(store)).toEqual([])
      expect(await all(store.refusals('deals'))).toEqual([])
      expect(await store.latestPlan('deals')).toBeNull()
      expect(await all(store.planChanges('plan-deals'))).toEqual([])
      expect(await all(store.pairs('leads', 'listed'))).toHaveLength(1)
      expect(await all(store.pairs('leads', 'all'))).toHaveLength(2)
      expect(await store.latestPlan('leads')).not.toBeNull()
    })

    test('a board with open requests cannot be forgotten: what they did would be lost', async () => {
      const { store } = await opened(open)
      await store.claim('r1', [{ board: 'deals', key: '1', version: 0 }])
      await expect(store.forgetBoard('deals')).rejects.toMatchObject({ code: 'board-has-open-requests' })
      await store.unclaim('r1')
      await store.forgetBoard('deals')
    })
  })
}

function sides(pair: Pair): unknown[] {
  return [pair.key, pair.desired.length, pair.ledger?.itemId, pair.refusal?.code]
}
