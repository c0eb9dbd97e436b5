import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Place, SavedEntry, Store } from '../../../src/store/store.ts'
import {
  ACCOUNTS,
  all,
  below,
  CHANGES,
  contents,
  dirty,
  gone,
  listed,
  OPPORTUNITIES,
  type OpenStore,
  opened,
  page,
  present,
  ROOT,
  settleDirt,
} from './opened.ts'

export function dossierContract(open: OpenStore): void {
  describe('dossiers', () => {
    test('come by id with their records by kind, at and id', async () => {
      const { store } = await opened(open)
      await store.savePage(
        page(OPPORTUNITIES, [
          present('o3', below('account', 'a'), '', 5),
          present('o1', below('account', 'a'), '', 5),
          present('o2', below('account', 'a'), '', -4),
          present('free', ROOT, '', 1),
        ]),
      )
      await store.savePage(page(ACCOUNTS, [present('b', ROOT), present('a', ROOT, 'é😀 "\\n"', 9)]))
      expect(await contents(store)).toEqual({
        'account:a': ['account a', 'opportunity o2', 'opportunity o1', 'opportunity o3'],
        'account:b': ['account b'],
        'opportunity:free': ['opportunity free'],
      })
      const first = (await all(store.dossiers('all')))[0]
      expect(first?.id).toBe('account:a')
      expect(first?.records[0]).toEqual({
        kind: 'account',
        id: 'a',
        at: 9,
        body: JSON.stringify({ id: 'a', text: 'é😀 "\\n"' }),
      })
      expect(Object.keys(await contents(store))).toEqual(['account:a', 'account:b', 'opportunity:free'])
    })

    test('by id: those asked for, in the order of ids, also such as hold nothing', async () => {
      const { store } = await opened(open)
      await store.savePage(page(ACCOUNTS, [present('b', ROOT), present('a', ROOT), present('c', ROOT)]))
      const found = await all(
        store.dossiers({ ids: ['account:c', 'nobody', 'account:a', 'account:a', '\u{1f600}', '\uff21'] }),
      )
      expect(found.map((it) => [it.id, it.records.length])).toEqual([
        ['account:a', 1],
        ['account:c', 1],
        ['nobody', 0],
        ['\uff21', 0],
        ['\u{1f600}', 0],
      ])
      expect(await all(store.dossiers({ ids: [] }))).toEqual([])
    })

    test('dirty ones are given with a mark, also such as hold no record any more; clean ones have mark 0', async () => {
      const { store } = await opened(open)
      await store.savePage(page(ACCOUNTS, [present('a', ROOT), present('b', ROOT)]))
      await settleDirt(store)
      await store.savePage(page(ACCOUNTS, [gone('a')]))
      const found = await all(store.dossiers('dirty'))
      expect(found).toMatchObject([{ id: 'account:a', records: [] }])
      expect(found[0]?.mark).toBeGreaterThan(0)
      expect(await all(store.dossiers('all'))).toMatchObject([{ id: 'account:b', mark: 0 }])
      expect(await store.dirtyCount()).toBe(1)
    })

    test('are dirty once they are touched, whether they hold anything or not', async () => {
      const { store } = await opened(open)
      await store.savePage(page(ACCOUNTS, [present('a', ROOT), present('b', ROOT)]))
      await settleDirt(store)
      await store.touchDossiers(['account:b', 'nobody'])
      expect((await all(store.dossiers('dirty'))).map(({ id }) => id)).toEqual(['account:b', 'nobody'])
      await store.touchDossiers([])
      expect(await store.dirtyCount()).toBe(2)
    })

    test('a dossier is never cut in two between pages', async () => {
      const { store } = await opened(open)
      const text = 'x'.repeat(1000)
      const children = Array.from({ length: 3000 }, (_, n) => present(`o${n}`, below('account', 'big'), text, n))
      const others = Array.from({ length: 3000 }, (_, n) => present(`p${n}`, below('account', `a${n}`), text))
      await store.savePage(page(OPPORTUNITIES, [...others, ...children]))
      let pages = 0
      const sizes = new Map<string, number>()
      for await (const batch of store.dossiers('all')) {
        pages += 1
        for (const it of batch) {
          expect(sizes.has(it.id)).toBe(false)
          sizes.set(it.id, it.records.length)
        }
      }
      expect(pages).toBeGreaterThan(1)
      expect(sizes.get('account:big')).toBe(3000)
      expect(sizes.size).toBe(3001)
    })

    test('while the parent is unknown a child is in the dossier the parent would head', async () => {
      const { store } = await opened(open)
      await store.savePage(page(CHANGES, [present('c', below('opportunity', 'o'))]))
      expect(await contents(store)).toEqual({ 'opportunity:o': ['stage_change c'] })
    })

    test('when the parent arrives or moves its children are with it, and theirs; old and new dossier are dirty', async () => {
      const { store } = await opened(open)
      await store.savePage(page(CHANGES, [present('c', below('opportunity', 'o'))]))
      await store.savePage(page({ source: 's', kind: 'note' }, [present('n', below('stage_change', 'c'))]))
      expect(await contents(store)).toEqual({ 'opportunity:o': ['note n', 'stage_change c'] })
      await settleDirt(store)
      await store.savePage(page(OPPORTUNITIES, [present('o', below('account', 'a'))]))
      expect(await contents(store)).toEqual({ 'account:a': ['note n', 'opportunity o', 'stage_change c'] })
      expect(await dirty(store)).toEqual(['account:a', 'opportunity:o'])
      await settleDirt(store)
      await store.savePage(page(OPPORTUNITIES, [present('o', below('account', 'b'))]))
      expect(await contents(store)).toEqual({ 'account:b': ['note n', 'opportunity o', 'stage_change c'] })
      expect(await dirty(store)).toEqual(['account:a', 'account:b'])
    })

    test('when a parent is deleted its children are as if it was unknown', async () => {
      const { store } = await opened(open)
      await store.savePage(page(ACCOUNTS, [present('a', ROOT)]))
      await store.savePage(page(OPPORTUNITIES, [present('o', below('account', 'a'))]))
      await store.savePage(page(CHANGES, [present('c', below('opportunity', 'o'))]))
      await settleDirt(store)
      await store.savePage(page(OPPORTUNITIES, [gone('o')]))
      expect(await contents(store)).toEqual({ 'account:a': ['account a'], 'opportunity:o': ['stage_change c'] })
      expect(await dirty(store)).toEqual(['account:a', 'opportunity:o'])
      await store.savePage(page(CHANGES, [present('d', below('account', 'a'))]))
      await store.savePage(page(ACCOUNTS, [gone('a')]))
      expect(await contents(store)).toEqual({ 'account:a': ['stage_change d'], 'opportunity:o': ['stage_change c'] })
    })

    test('records that name each other in a circle share a dossier, and leave it when the circle is broken', async () => {
      const { store } = await opened(open)
      await store.savePage(page(ACCOUNTS, [present('a', below('account', 'b')), present('b', below('account', 'a'))]))
      expect(await contents(store)).toEqual({ 'account:a': ['account a', 'account b'] })
      await store.savePage(page(ACCOUNTS, [present('a', ROOT)]))
      expect(await contents(store)).toEqual({ 'account:a': ['account a', 'account b'] })
      await store.savePage(page(ACCOUNTS, [present('b', ROOT)]))
      expect(await contents(store)).toEqual({ 'account:a': ['account a'], 'account:b': ['account b'] })
    })

    const o = present('o', below('account', 'a'))
    const loser = present('a', ROOT)
    const survivor = present('b', ROOT)

    test.each([
      [
        'the child before the merge',
        [
          [ACCOUNTS, loser, survivor],
          [OPPORTUNITIES, o],
          [ACCOUNTS, gone('a', 'b')],
        ],
      ],
      [
        'the child after the merge',
        [
          [ACCOUNTS, loser, survivor],
          [ACCOUNTS, gone('a', 'b')],
          [OPPORTUNITIES, o],
        ],
      ],
      [
        'the survivor last',
        [
          [ACCOUNTS, loser],
          [OPPORTUNITIES, o],
          [ACCOUNTS, gone('a', 'b')],
          [ACCOUNTS, survivor],
        ],
      ],
      [
        'a loser that was never held',
        [
          [ACCOUNTS, gone('a', 'b'), survivor],
          [OPPORTUNITIES, o],
        ],
      ],
      [
        'the merge told after the deletion',
        [
          [OPPORTUNITIES, o],
          [ACCOUNTS, loser, survivor],
          [ACCOUNTS, gone('a')],
          [ACCOUNTS, gone('a', 'b')],
        ],
      ],
      [
        'the deletion told again without the merge',
        [
          [OPPORTUNITIES, o],
          [ACCOUNTS, gone('a', 'b'), survivor],
          [ACCOUNTS, gone('a')],
        ],
      ],
    ] as [string, [typeof ACCOUNTS, ...SavedEntry[]][]][])(
      'a child that names a merged record is with its survivor: %s',
      async (_, pages) => {
        const { store } = await opened(open)
        for (const [stream, ...entries] of pages) await store.savePage(page(stream, entries))
        expect(await contents(store)).toEqual({ 'account:b': ['account b', 'opportunity o'] })
        expect(await all(store.survivors())).toEqual([{ kind: 'account', id: 'a', survivor: 'b' }])
      },
    )

    test('a merge dirties the dossiers of loser and survivor, and no other', async () => {
      const { store } = await opened(open)
      await store.savePage(page(ACCOUNTS, [loser, survivor, present('c', ROOT)]))
      await store.savePage(page(OPPORTUNITIES, [o]))
      await store.savePage(page(CHANGES, [present('h', below('opportunity', 'o'))]))
      await settleDirt(store)
      await store.savePage(page(ACCOUNTS, [gone('a', 'b')]))
      expect(await contents(store)).toMatchObject({ 'account:b': ['account b', 'opportunity o', 'stage_change h'] })
      expect(await dirty(store)).toEqual(['account:a', 'account:b'])
      await settleDirt(store)
      await store.savePage(page(ACCOUNTS, [gone('a', 'b')]))
      expect(await dirty(store)).toEqual([])
    })

    test('merges are followed to their end; an undeleted loser takes its children back', async () => {
      const { store } = await opened(open)
      await store.savePage(page(OPPORTUNITIES, [o]))
      await store.savePage(page(ACCOUNTS, [loser, survivor, present('c', ROOT)]))
      await store.savePage(page(ACCOUNTS, [gone('a', 'b')]))
      await store.savePage(page(ACCOUNTS, [gone('b', 'c')]))
      expect(await contents(store)).toEqual({ 'account:c': ['account c', 'opportunity o'] })
      expect(await all(store.survivors())).toEqual([
        { kind: 'account', id: 'a', survivor: 'c' },
        { kind: 'account', id: 'b', survivor: 'c' },
      ])
      await store.savePage(page(ACCOUNTS, [survivor]))
      expect(await contents(store)).toEqual({ 'account:b': ['account b', 'opportunity o'], 'account:c': ['account c'] })
      await store.savePage(page(ACCOUNTS, [loser]))
      expect(await contents(store)).toMatchObject({ 'account:a': ['account a', 'opportunity o'] })
      expect(await all(store.survivors())).toEqual([])
      await store.savePage(page(ACCOUNTS, [gone('a')]))
      expect(await contents(store)).toMatchObject({ 'account:a': ['opportunity o'] })
    })

    test('a survivor that is deleted without a merge keeps the children of those merged into it', async () => {
      const { store } = await opened(open)
      await store.savePage(page(ACCOUNTS, [loser, survivor]))
      await store.savePage(page(OPPORTUNITIES, [o]))
      await store.savePage(page(ACCOUNTS, [gone('a', 'b')]))
      await store.savePage(page(ACCOUNTS, [gone('b')]))
      expect(await contents(store)).toEqual({ 'account:b': ['opportunity o'] })
    })

    test('records that are said to be merged into each other end nowhere but at the first of them', async () => {
      const { store } = await opened(open)
      await store.savePage(page(OPPORTUNITIES, [o, present('p', below('account', 'b'))]))
      await store.savePage(page(ACCOUNTS, [gone('b', 'a'), gone('a', 'b')]))
      expect(await contents(store)).toEqual({ 'account:a': ['opportunity o', 'opportunity p'] })
      expect((await all(store.survivors())).map((it) => it.survivor)).toEqual(['a', 'a'])
    })

    test('what one source merged stands for itself while another source holds it', async () => {
      const { store } = await opened(open)
      const files = { source: 'files', kind: 'account' }
      await store.savePage(page(files, [loser]))
      await store.savePage(page(OPPORTUNITIES, [o]))
      await store.savePage(page(ACCOUNTS, [gone('a', 'b')]))
      expect(await contents(store)).toEqual({ 'account:a': ['account a', 'opportunity o'] })
      expect(await all(store.survivors())).toEqual([])
      await store.savePage(page(files, [gone('a')]))
      expect(await contents(store)).toEqual({ 'account:b': ['opportunity o'] })
    })

    test('a dossier that used an id is dirty once the id stands for another record, however far the merge', async () => {
      const { store } = await opened(open)
      const use = async () => {
        for await (const batch of store.dossiers('dirty')) {
          await store.saveDerived({
            boards: [],
            dossiers: batch.map(({ id, mark }) => {
              const uses = id === 'account:child' ? ['account:a'] : []
              return { id, mark, facts: '{}', changesOn: null, uses, items: [] }
            }),
            totals: [],
          })
        }
      }
      await store.savePage(page(ACCOUNTS, [present('child', ROOT), loser, survivor]))
      const rounds: [SavedEntry, boolean][] = [
        [gone('a', 'b'), true],
        [present('b', ROOT, 'renamed'), false],
        [gone('b', 'c'), true],
        [survivor, true],
        [gone('b'), false],
        [loser, true],
        [gone('a'), false],
      ]
      for (const [entry, isDirty] of rounds) {
        await use()
        await store.savePage(page(ACCOUNTS, [entry]))
        expect([entry, (await dirty(store)).includes('account:child')]).toEqual([entry, isDirty])
      }
    })

    test('context records of one entry dirty whoever used the entry: with one that comes, changes, moves to another or goes', async () => {
      const { store } = await opened(open)
      const rates = { source: 'salesforce', kind: 'exchange_rate' }
      const rate = (id: string, currency: string, text = '') =>
        present(id, { as: 'context', of: { kind: 'rate', id: currency } }, text)
      await store.savePage(page(ACCOUNTS, [present('eur', ROOT), present('jpy', ROOT)]))
      const rounds: [SavedEntry, string[]][] = [
        [rate('r1', 'EUR'), ['account:eur']],
        [rate('r2', 'JPY'), ['account:jpy']],
        [rate('r1', 'EUR', 'changed'), ['account:eur']],
        [rate('r1', 'EUR', 'changed'), []],
        [rate('r1', 'JPY', 'changed'), ['account:eur', 'account:jpy']],
        [gone('r1'), ['account:jpy']],
      ]
      for (const [entry, ids] of rounds) {
        for await (const batch of store.dossiers('dirty')) {
          const dossiers = batch.map(({ id, mark }) => {
            return { id, mark, facts: '{}', changesOn: null, uses: [`rate:${id.slice(-3).toUpperCase()}`], items: [] }
          })
          await store.saveDerived({ boards: [], dossiers, totals: [] })
        }
        await store.savePage(page(rates, [entry]))
        expect(await dirty(store)).toEqual(ids)
      }
    })

    test('any order of arrival, any split into pages and any edits in between give the same dossiers', async () => {
      const { store } = await opened(open)
      await fc.assert(
        fc.asyncProperty(
          fc.array(anEdit, { maxLength: 24 }),
          fc.array(fc.nat(), { maxLength: 24 }),
          async (edits, lots) => {
            await empty(store)
            const last = new Map<string, Edit>()
            for (const edit of edits) {
              const name = `${edit.kind} ${edit.id}`
              // Once it is known what a deleted record was merged into, that it is deleted says no more.
              if (edit.place !== null || last.get(name)?.place !== 'merged') last.set(name, edit)
            }
            // The same final state, reached in two ways: all edits in order, then only the last ones in another order.
            for (const edit of edits) await save(store, [edit])
            const inOrder = await contents(store)
            const survivors = await all(store.survivors())
            await empty(store)
            const shuffled = shuffle([...last.values()], lots)
            for (let from = 0; from < shuffled.length; from += 3) await save(store, shuffled.slice(from, from + 3))
            expect(await contents(store)).toEqual(inOrder)
            expect(await all(store.survivors())).toEqual(survivors)
            expect(inOrder).toEqual(expected([...last.values()]))
          },
        ),
        { numRuns: 60 },
      )
    })

    test('whatever moves between dossiers dirties both', async () => {
      const { store } = await opened(open)
      await fc.assert(
        fc.asyncProperty(fc.array(anEdit, { maxLength: 12 }), anEdit, async (edits, one) => {
          await empty(store)
          await save(store, edits)
          await settleDirt(store)
          const before = await bodies(store)
          await save(store, [one])
          const after = await bodies(store)
          const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
            (id) => before.get(id) !== after.get(id),
          )
          const marked = await dirty(store)
          expect(marked).toEqual(expect.arrayContaining(changed))
          // What was kept of one that was merged is the other's now, though nothing moved.
          const besides = marked.filter((id) => !changed.includes(id))
          expect(besides.length).toBeLessThanOrEqual(one.place === 'merged' ? 1 : 0)
        }),
        { numRuns: 80 },
      )
    })
  })
}

interface Edit {
  readonly kind: string
  readonly id: string
  /** `null`: deleted; `merged`: into the record `into` of its kind. */
  readonly place: Place | null | 'merged'
  readonly into: string
}

const KINDS = ['account', 'opportunity', 'stage_change'] as const
const aName = fc.record({ kind: fc.constantFrom(...KINDS), id: fc.constantFrom('1', '2', '3') })
const aPlace = fc.oneof(
  { arbitrary: aName.map((of): Place => ({ as: 'child', of })), weight: 5 },
  { arbitrary: fc.constant<Place>({ as: 'root' }), weight: 2 },
  { arbitrary: fc.constant(null), weight: 1 },
  { arbitrary: fc.constant('merged' as const), weight: 2 },
)
const anEdit: fc.Arbitrary<Edit> = fc
  .tuple(aName, aPlace, fc.constantFrom('1', '2', '3'))
  .map(([name, place, into]) => ({ ...name, place, into }))
  .filter(({ id, place, into }) => place !== 'merged' || id !== into)

/** Where every record belongs, from the definition alone. */
function expected(edits: readonly Edit[]): Record<string, string[]> {
  const parents = new Map<string, string | null>()
  const held: string[] = []
  for (const { kind, id, place, into } of edits) {
    if (place === null) continue
    if (place === 'merged') parents.set(`${kind}:${id}`, `${kind}:${into}`)
    else {
      parents.set(`${kind}:${id}`, place.as === 'child' ? headOf(place.of) : null)
      held.push(`${kind}:${id}`)
    }
  }
  const dossiers: Record<string, string[]> = {}
  for (const record of held.sort()) {
    const path = [record]
    let dossier: string | undefined
    while (dossier === undefined) {
      const last = path[path.length - 1] as string
      const parent = parents.get(last)
      if (parent === null || parent === undefined) dossier = last
      else if (path.includes(parent)) dossier = path.slice(path.indexOf(parent)).sort()[0] as string
      else path.push(parent)
    }
    dossiers[dossier] = [...(dossiers[dossier] ?? []), record.replace(':', ' ')]
  }
  return dossiers
}

function headOf(of: { readonly kind: string; readonly id: string }): string {
  return `${of.kind}:${of.id}`
}

async function save(store: Store, edits: readonly Edit[]): Promise<void> {
  for (const kind of KINDS) {
    const entries = edits
      .filter((it) => it.kind === kind)
      .map(
        (it): SavedEntry =>
          it.place === null ? gone(it.id) : it.place === 'merged' ? gone(it.id, it.into) : present(it.id, it.place),
      )
    if (entries.length > 0) await store.savePage(page({ source: 's', kind }, entries))
  }
}

async function empty(store: Store): Promise<void> {
  const ids = ['1', '2', '3']
  for (const kind of KINDS) {
    // Records that are there again are merged into nothing any more.
    for (const entries of [ids.map((id) => present(id, ROOT)), ids.map((id) => gone(id))])
      await store.savePage(page({ source: 's', kind }, entries))
  }
  await settleDirt(store)
}

async function bodies(store: Store): Promise<Map<string, string>> {
  return new Map((await all(store.dossiers('all'))).map((it) => [it.id, JSON.stringify([listed(it), it.records])]))
}

function shuffle<T>(items: readonly T[], lots: readonly number[]): T[] {
  return items
    .map((item, index) => ({ item, lot: lots[index] ?? 0 }))
    .sort((a, b) => a.lot - b.lot)
    .map((it) => it.item)
}
