import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pilesOf } from '../../../src/store/sqlite/piles.ts'
import { DamagedRun, type Landed, mergeRuns, type Run, writeRun } from '../../../src/store/sqlite/runs.ts'

const text = fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom('account:a', 'account:ä', '😀', '\uffff'))
const aRecord = fc.record({
  dossier: text,
  at: fc.integer({ min: -3, max: 3 }),
  id: text,
  body: fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.constant(new Uint8Array(9_000).fill(7))),
})

interface Plain extends Omit<Landed, 'body'> {
  readonly body: readonly number[]
}

function plain({ dossier, at, id, body }: Landed): Plain {
  return { dossier, at, id, body: [...body] }
}

function putDown(runs: readonly (readonly Landed[])[]) {
  const piles = pilesOf(':memory:')
  let begins = 0
  const written = runs.map((records): Run => {
    const { bytes, checksum } = writeRun([...records])
    piles.append(1, begins, bytes)
    const run = { kind: 'opportunity', begins, bytes: bytes.byteLength, checksum }
    begins += bytes.byteLength
    return run
  })
  return { piles, runs: written, bytes: begins }
}

test('runs that are merged give every record once, in the order of dossier, stamp and id', () => {
  fc.assert(
    fc.property(fc.array(fc.array(aRecord, { minLength: 1, maxLength: 8 }), { maxLength: 6 }), (runs) => {
      const { piles, runs: written } = putDown(runs)
      using pile = piles.open(1)
      const merged = Array.from(mergeRuns(pile, written), plain)
      const inOrder = (a: Plain, b: Plain) =>
        a.dossier === b.dossier
          ? a.at - b.at || (a.id < b.id ? -1 : Number(a.id > b.id))
          : a.dossier < b.dossier
            ? -1
            : 1
      expect(merged.map(({ dossier, at, id }) => [dossier, at, id])).toEqual(
        runs
          .flat()
          .map(plain)
          .sort(inOrder)
          .map(({ dossier, at, id }) => [dossier, at, id]),
      )
      const key = (record: Plain) => JSON.stringify(record)
      expect(merged.map(key).sort()).toEqual(runs.flat().map(plain).map(key).sort())
    }),
    { numRuns: 60 },
  )
})

test('a run of which one byte changed, or the end is missing, is found out', () => {
  const records = ['a', 'b', 'c'].map((id): Landed => ({ dossier: `account:${id}`, at: 1, id, body: Buffer.from(id) }))
  const whole = putDown([records])
  const [run] = whole.runs as [Run]
  for (let at = 0; at < run.bytes; at += 1) {
    const { piles } = putDown([records])
    using before = piles.open(1)
    const byte = new Uint8Array(1)
    before.read(at, byte)
    const rest = new Uint8Array(run.bytes - at)
    before.read(at, rest)
    rest[0] = (byte[0] as number) ^ 1
    piles.append(1, at, rest)
    using pile = piles.open(1)
    expect(() => [...mergeRuns(pile, [run])], `byte ${at}`).toThrow(DamagedRun)
  }
  const cut = putDown([records])
  cut.piles.append(1, run.bytes - 1, new Uint8Array())
  using pile = cut.piles.open(1)
  expect(() => [...mergeRuns(pile, [run])]).toThrow(DamagedRun)
})
