import fc from 'fast-check'
import { expect, test } from 'vitest'
import { deriveDossier } from '../../src/domain/derive.ts'
import { readDossier } from '../../src/domain/dossier.ts'
import { readKeptFacts, writeKeptFacts } from '../../src/domain/kept-facts.ts'
import { addToTotals } from '../../src/domain/totals.ts'
import { contextOf, TODAY } from './builders.ts'
import { someRows } from './generators.ts'

const context = contextOf()

test('what is stored of facts is all that taking a dossier out of the totals needs', () => {
  fc.assert(
    fc.property(someRows, (rows) => {
      const { facts } = deriveDossier(readDossier(rows), context, TODAY)
      const stored = readKeptFacts(writeKeptFacts(facts))
      const totals = new Map<string, number>()
      addToTotals(totals, [facts], 1, context.model)
      addToTotals(totals, [stored], -1, context.model)
      expect([...totals.values()].filter((value) => value !== 0)).toEqual([])
    }),
  )
})

test('what is stored of facts is part of them: nothing else, nothing changed', () => {
  fc.assert(
    fc.property(someRows, (rows) => {
      const { facts } = deriveDossier(readDossier(rows), context, TODAY)
      const stored = readKeptFacts(writeKeptFacts(facts))
      const { account, ...others } = stored
      expect(facts).toMatchObject(account === null ? others : stored)
    }),
  )
})
