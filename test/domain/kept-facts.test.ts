import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NO_INFLUENCE } from '../../src/domain/counted.ts'
import { defaultModel } from '../../src/domain/default-model.ts'
import { deriveDossier } from '../../src/domain/derive.ts'
import { readDossier } from '../../src/domain/dossier.ts'
import { readKeptFacts, writeKeptFacts } from '../../src/domain/kept-facts.ts'
import { Totals } from '../../src/domain/totals.ts'
import { NO_PARTS, TOTALS_PARTS } from '../../src/domain/totals-parts.ts'
import { contextOf, TODAY, utc } from './builders.ts'
import { FEATURES, someRows } from './generators.ts'

const context = contextOf(defaultModel(), [], utc, { features: FEATURES })

test('what is stored of facts is all that taking a dossier out of the totals needs', () => {
  fc.assert(
    fc.property(someRows, (rows) => {
      const { facts } = deriveDossier(readDossier(rows), context, TODAY)
      const stored = readKeptFacts(writeKeptFacts(facts))
      const totals = new Totals(context.model, TOTALS_PARTS)
      totals.add([facts])
      totals.takeAway([stored])
      expect([...totals.take()]).toEqual([])
    }),
  )
})

test('what totals count of facts is stored whole, nothing changed', () => {
  fc.assert(
    fc.property(someRows, (rows) => {
      const { facts } = deriveDossier(readDossier(rows), context, TODAY)
      const stored = readKeptFacts(writeKeptFacts(facts))
      expect(stored).toEqual({ counted: facts.counted, findings: facts.findings, asOf: facts.asOf })
    }),
  )
})

test('of parts of the totals that nobody asks for nothing is counted or stored; facts, findings and the other parts are the same', () => {
  fc.assert(
    fc.property(someRows, fc.subarray([...TOTALS_PARTS]), (rows, some) => {
      const parts = new Set(some)
      const whole = deriveDossier(readDossier(rows), context, TODAY).facts
      const { facts } = deriveDossier(readDossier(rows), context, TODAY, parts)
      expect({ ...facts, counted: null }).toEqual({ ...whole, counted: null })
      const stored = readKeptFacts(writeKeptFacts(facts, parts))
      const totals = new Totals(context.model, parts)
      totals.add([whole])
      totals.takeAway([stored])
      expect([...totals.take()]).toEqual([])
    }),
  )
})

test('where no board shows totals, nothing is stored of a dossier without findings but its usage', () => {
  fc.assert(
    fc.property(someRows, (rows) => {
      const { facts } = deriveDossier(readDossier(rows), context, TODAY, NO_PARTS)
      const { counted } = readKeptFacts(writeKeptFacts({ ...facts, findings: [] }, NO_PARTS))
      const { usage, ...rest } = counted
      expect(usage).toEqual(facts.counted.usage)
      expect(rest).toEqual({
        ...{ arr: null, opportunities: [], leads: [], active: null, books: [], proofs: [], care: null },
        ...{ influence: NO_INFLUENCE, priority: null },
      })
    }),
  )
})
