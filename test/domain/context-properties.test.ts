import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Catalogue, nameEntry } from '../../src/domain/catalogue.ts'
import { type ContextRow, createContext } from '../../src/domain/context.ts'
import { defaultModel } from '../../src/domain/default-model.ts'
import { deriveDossier } from '../../src/domain/derive.ts'
import { readDossier } from '../../src/domain/dossier.ts'
import { PARTNER_LIST } from '../../src/domain/implementations/implementation-fact.ts'
import { aUser, day, utc } from './builders.ts'
import { FEATURES, someDay, someRows } from './generators.ts'

interface Entry {
  readonly kind: string
  readonly record: Readonly<Record<string, unknown>> & { readonly id: string }
}

const base = { source: 'files', changedAt: 0 }
const entry = (kind: string, id: string, fields: object): Entry => ({
  kind,
  record: { ...base, id, sourceId: id, ...fields },
})
const ENTRIES: readonly Entry[] = [
  { kind: 'user', record: { ...aUser({ id: 'U1', email: 'anna@you.example', team: 'Central' }) } },
  { kind: 'user', record: { ...aUser({ id: 'U2' }) } },
  entry('user_period', 'P1', { userId: 'U1', team: 'North', startOn: day('2026-03-01') }),
  entry('partner', 'P1', { name: 'Nordic Cloud', languages: 'Swedish' }),
  entry('exchange_rate', 'R1', { currency: 'EUR', from: day('2026-03-01'), rate: 1.1 }),
  entry('exchange_rate', 'R2', { currency: 'EUR', rate: 1.2 }),
  ...FEATURES.map((feature): Entry => ({ kind: 'feature', record: { ...feature } })),
]

/** What may be said anew of an entry, known or not; `null`: it goes. */
const someFeature = change(
  'feature',
  ['F1', 'F2', 'F3', 'F4', 'F5'],
  [
    ...[{ status: 'shipped' }, { status: 'declined' }, { shippedOn: day('2026-04-01') }, { shippedOn: undefined }],
    ...[
      { supersededById: 'F1' },
      { supersededById: 'F2' },
      { name: 'SSO' },
      { name: 'Other' },
      { aliases: 'Two factor' },
    ],
    ...[{ theme: 'Growth' }, { etaQuarter: '2027-Q1' }],
  ],
)
const someChange = fc.oneof(
  { arbitrary: someFeature, weight: 4 },
  change('user', ['U1', 'U2', 'U9'], [{ name: 'Ben' }, { team: 'South' }]),
  change(
    'user_period',
    ['P1', 'P2'],
    [
      { userId: 'U2', team: 'West', startOn: day('2026-05-01') },
      { userId: 'U1', team: 'West', startOn: day('2026-06-01') },
    ],
  ),
  change('partner', ['P1', 'P2'], [{ name: 'Sund' }, { languages: 'German' }, { capacity: 0 }]),
  change(
    'exchange_rate',
    ['R1', 'R2', 'R3'],
    [
      { currency: 'EUR', rate: 2 },
      { currency: 'XXX', rate: 2 },
    ],
  ),
)

function change(kind: string, ids: readonly string[], patches: readonly object[]) {
  return fc.record({
    kind: fc.constant(kind),
    id: fc.constantFrom(...ids),
    patch: fc.constantFrom<object | null>(...patches, null),
  })
}

const model = defaultModel()
const contextOf = (entries: readonly Entry[]) =>
  createContext(
    model,
    utc,
    entries.map(({ kind, record }): ContextRow => ({ kind, body: JSON.stringify(record) })),
    new Map(),
  )

/** The name under which an entry is noted as used. */
function nameOf({ kind, record }: Entry): string {
  if (kind === 'user_period') return `user:${String(record.userId)}`
  return kind === 'exchange_rate' ? `rate:${String(record.currency)}` : `${kind}:${record.id}`
}

function changedNames(before: Catalogue, after: Catalogue): string[] {
  const names = new Set([...before.names.keys(), ...after.names.keys()])
  return [...names].filter((name) => before.names.get(name)?.join() !== after.names.get(name)?.join()).map(nameEntry)
}

test('facts that another context would change, and the day on which they change, are noted as made from what differs in it', () => {
  fc.assert(
    fc.property(someRows, someDay, someChange, (rows, today, { kind, id, patch }) => {
      const before = ENTRIES.filter((one) => one.kind === kind && one.record.id === id)
      const after = patch === null ? [] : [entry(kind, id, { ...before[0]?.record, ...patch })]
      const was = contextOf(ENTRIES)
      const is = contextOf([...ENTRIES.filter((one) => !before.includes(one)), ...after])
      const dossier = readDossier(rows)
      const { facts, changesOn, uses } = deriveDossier(dossier, was, today)
      const now = deriveDossier(dossier, is, today)
      const told = (one: typeof facts, wakes: number | null) => JSON.stringify([one, [...one.users], wakes])
      if (told(facts, changesOn) === told(now.facts, now.changesOn)) return
      const touched = [
        ...[...before, ...after].map(nameOf),
        ...changedNames(was.catalogue, is.catalogue),
        ...(kind === 'partner' ? [PARTNER_LIST] : []),
      ]
      expect(uses.some((use) => touched.includes(use))).toBe(true)
    }),
    { numRuns: 600 },
  )
})
