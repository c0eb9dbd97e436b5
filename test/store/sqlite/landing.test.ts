import fc from 'fast-check'
import { expect, test } from 'vitest'
import { unpackDossiers } from '../../../src/store/sqlite/dossiers.ts'
import { type Engine, openEngine } from '../../../src/store/sqlite/engine.ts'
import { toEntryColumns } from '../../../src/store/sqlite/entry-columns.ts'
import { unpack } from '../../../src/store/sqlite/pages.ts'
import type { SavedEntry, SavedPage } from '../../../src/store/store.ts'
import {
  ACCOUNTS,
  below,
  CHANGES,
  gone,
  OPPORTUNITIES,
  page,
  present,
  ROOT,
  unmappable,
} from '../../contract/store/opened.ts'
import { ownFolder } from './folder.ts'

function opened(path = ':memory:'): Engine {
  const engine = openEngine({ path, readOnly: false, busyMs: 100 })
  engine.migrate()
  return engine
}

function save(engine: Engine, { entries, ...rest }: SavedPage) {
  return engine.call('savePage', [{ ...rest, columns: toEntryColumns(entries) }, 1])
}

function contentsOf(engine: Engine) {
  const dossiers = unpackDossiers(engine.call('allPage', ['', 2_000]))
  return dossiers.map(({ id, records }) => [id, records])
}

/** All that can be seen of what was saved, but for where sweeps stand. */
function stateOf(engine: Engine) {
  return {
    records: IDS.map((id) => engine.call('record', ['opportunity', id])),
    contents: contentsOf(engine),
    dirty: unpackDossiers(engine.call('dirtyPage', ['', 2_000])).map(({ id }) => id),
    survivors: engine.call('survivorPage', [['', ''], 100]),
    raw: unpack(engine.call('rawPage', [OPPORTUNITIES, '', 100])),
    rejections: engine.call('rejectionPage', [undefined, ['', '', '', -1], 100]),
    counts: engine.call('streamCounts', []).map(({ sweptAt: _, ...counts }) => counts),
  }
}

const IDS = ['o0', 'o1', 'o2', 'o3', 'o4', 'o5']
const n = fc.integer({ min: 0, max: 5 })
const aPageBefore = fc.oneof(
  n.map((a) => page(ACCOUNTS, [present(`a${a}`, ROOT)])),
  fc.tuple(n, n).map(([a, to]) => page(ACCOUNTS, [present(`a${a}`, below('account', `a${to}`))])),
  fc.tuple(n, n).map(([a, to]) => page(ACCOUNTS, [gone(`a${a}`, `a${to}`)])),
  n.map((o) => page(CHANGES, [present('c', below('opportunity', `o${o}`))])),
  fc.tuple(n, n).map(([a, o]) => page(ACCOUNTS, [present(`a${a}`, below('opportunity', `o${o}`))])),
  n.map((o) => page({ source: 'files', kind: 'opportunity' }, [present(`o${o}`, ROOT)])),
)
const aBadValue: SavedEntry = {
  ...present('o0', below('account', 'a0')),
  rejections: [{ field: 'seats', from: 'Seats__c', value: 'x', code: 'not-a-number', reason: 'is no number' }],
} as SavedEntry
const child = fc.tuple(n, n, n).map(([o, a, at]) => present(`o${o}`, below('account', `a${a}`), '', at))
const anEntry = fc.oneof(
  { arbitrary: child, weight: 6 },
  n.map((o) => present(`o${o}`, ROOT)),
  n.map((o) => unmappable(`o${o}`)),
  fc.constant(aBadValue),
  { arbitrary: n.map((o) => gone(`o${o}`)), weight: 1 },
)
const aRead = fc.array(fc.array(anEntry, { maxLength: 5 }), { maxLength: 4 })

test('a first read gives what the same pages saved as changes give, whatever was there before and whoever looks or writes in between', () => {
  fc.assert(
    fc.property(
      fc.array(aPageBefore, { maxLength: 3 }),
      aRead,
      fc.array(fc.option(fc.oneof(fc.constant('look' as const), aPageBefore), { nil: null }), { maxLength: 4 }),
      (before, read, between) => {
        const [first, changes] = [true, false].map((snapshot) => {
          const engine = opened()
          for (const one of before) save(engine, one)
          const seen: unknown[] = []
          read.forEach((entries, i) => {
            seen.push(save(engine, page(OPPORTUNITIES, entries, { snapshot })))
            const other = between[i] ?? null
            if (other === 'look') seen.push(stateOf(engine))
            else if (other !== null) seen.push(save(engine, other))
          })
          engine.call('finishSnapshot', [OPPORTUNITIES, undefined])
          seen.push(stateOf(engine))
          engine.close()
          return seen
        })
        expect(first).toEqual(changes)
      },
    ),
    { numRuns: 60 },
  )
})

test('a first read that dies before its records are in their dossiers loses none of them', () => {
  const { path } = ownFolder()
  const entries = IDS.map((id) => present(id, below('account', 'a')))
  const first = opened(path)
  save(first, page(OPPORTUNITIES, entries.slice(0, 3), { snapshot: true }))
  first.close()
  const second = opened(path)
  save(second, page(OPPORTUNITIES, entries.slice(3), { snapshot: true }))
  second.close()
  const third = opened(path)
  expect(contentsOf(third)).toEqual([
    ['account:a', IDS.map((id) => ({ kind: 'opportunity', id, at: 0, body: JSON.stringify({ id, text: '' }) }))],
  ])
  third.close()
})

test('records of a first read are brought to their dossiers at rest, once it has ended', () => {
  const { path } = ownFolder()
  const engine = opened(path)
  const reader = () => {
    const other = openEngine({ path, readOnly: true, busyMs: 100 })
    try {
      return contentsOf(other).length
    } finally {
      other.close()
    }
  }
  save(engine, page(OPPORTUNITIES, [present('o0', below('account', 'a0'))], { snapshot: true }))
  engine.rest()
  // Else the pages that follow could not be put down any more.
  expect(reader()).toBe(0)
  save(engine, page(OPPORTUNITIES, [present('o1', below('account', 'a1'))], { snapshot: true }))
  engine.call('finishSnapshot', [OPPORTUNITIES, undefined])
  expect(reader()).toBe(0)
  engine.rest()
  expect(reader()).toBe(2)
  engine.close()
})

test('a first read that has ended is brought to its dossiers before the store is closed, for who only reads it', () => {
  const { path } = ownFolder()
  const engine = opened(path)
  save(engine, page(OPPORTUNITIES, [present('o0', below('account', 'a0'))], { snapshot: true }))
  engine.call('finishSnapshot', [OPPORTUNITIES, undefined])
  engine.close()
  const reader = openEngine({ path, readOnly: true, busyMs: 100 })
  expect(contentsOf(reader)).toHaveLength(1)
  reader.close()
})

test('the first read of another stream is put down too, when the one before has ended', () => {
  const { path } = ownFolder()
  const engine = opened(path)
  save(engine, page(OPPORTUNITIES, [present('o0', below('account', 'a'))], { snapshot: true }))
  engine.call('finishSnapshot', [OPPORTUNITIES, undefined])
  const tickets = { source: 'desk', kind: 'ticket' }
  save(engine, page(tickets, [present('t0', below('account', 'a'))], { snapshot: true }))
  const kindsSeen = () => {
    const other = openEngine({ path, readOnly: true, busyMs: 100 })
    try {
      return contentsOf(other)
    } finally {
      other.close()
    }
  }
  expect(kindsSeen()).toEqual([['account:a', [expect.objectContaining({ kind: 'opportunity' })]]])
  expect(contentsOf(engine)).toEqual([
    ['account:a', [expect.objectContaining({ kind: 'opportunity' }), expect.objectContaining({ kind: 'ticket' })]],
  ])
  engine.close()
})
