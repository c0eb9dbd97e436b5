import fc from 'fast-check'
import { expect, test } from 'vitest'
import { defaultModel } from '../../src/domain/default-model.ts'
import { deriveDossier } from '../../src/domain/derive.ts'
import { readDossier } from '../../src/domain/dossier.ts'
import { readKeptFacts, writeKeptFacts } from '../../src/domain/kept-facts.ts'
import { TOTALS_PARTS, Totals } from '../../src/domain/totals.ts'
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
