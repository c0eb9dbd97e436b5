import { describe, expect, test } from 'vitest'
import { defaultModel } from '../../../src/domain/default-model.ts'
import type { FactValues } from '../../../src/domain/facts.ts'
import { addToProof, type CountedProof, countedProof } from '../../../src/domain/leads/score-proof.ts'
import { Tally } from '../../../src/domain/tally.ts'
import { factsOfTotals } from '../../../src/domain/totals.ts'
import { day, TODAY, utc } from '../builders.ts'

const model = defaultModel()
const CAME = day('2025-02-10')
const LEAD: FactValues = { id: 'L1', createdOn: CAME, score: 70, isConverted: false, isBot: false }

function proofOf(lead: FactValues, account: FactValues | null = null): CountedProof | null {
  return countedProof({ ...LEAD, ...lead }, account, null, model.leads)
}

function decilesOf(proofs: readonly CountedProof[]): FactValues[] {
  const tally = new Tally()
  for (const proof of proofs) addToProof(tally, proof, model.yearStart)
  return factsOfTotals('lead_decile', tally.take(), model, TODAY, utc)
}

/** So many leads of a score of which some grew. */
function leads(score: number, count: number, grew: number): CountedProof[] {
  return Array.from({ length: count }, (_, i) => [CAME, score, 1, i < grew ? 1 : 0, 1, i < grew ? 1 : 0, 1, 1000])
}

describe('what came of a lead', () => {
  test('counts from the day after its score to a year after it came', () => {
    const green = (on: number) => ({ id: 'A1', bucket: 'green', greenOn: on })
    // Scored after 14 days.
    expect(proofOf({}, green(CAME + 15))?.slice(2, 4)).toEqual([1, 1])
    expect(proofOf({}, green(CAME + 365))?.slice(2, 4)).toEqual([1, 1])
    expect(proofOf({}, green(CAME + 366))?.slice(2, 4)).toEqual([1, 0])
    expect(proofOf({ isConverted: true, convertedOn: CAME + 20 })?.slice(4, 6)).toEqual([1, 1])
  })

  test('by the day of its score is left out: no score proves what was known', () => {
    expect(proofOf({}, { id: 'A1', bucket: 'green', greenOn: CAME + 14 })?.slice(2, 4)).toEqual([0, 0])
    expect(proofOf({}, { id: 'A1', bucket: 'green' })?.slice(2, 4)).toEqual([0, 0])
    expect(proofOf({ isConverted: true, convertedOn: CAME + 3 })?.slice(4, 6)).toEqual([0, 0])
    expect(proofOf({ isConverted: true })?.slice(4, 6)).toEqual([0, 0])
  })

  test('is not asked of bots, nor of leads without a score or a day', () => {
    expect(proofOf({ isBot: true })).toBeNull()
    const { score: _, ...unscored } = LEAD
    expect(countedProof(unscored, null, null, model.leads)).toBeNull()
  })
})

describe('tenths of leads by score', () => {
  test('tell the share that grew with its interval, and how often that is against all', () => {
    const rows = decilesOf([...leads(10, 50, 1), ...leads(30, 50, 5), ...leads(60, 50, 10), ...leads(90, 50, 24)])
    expect(rows.map(({ name, leads: count, grew, grewShare }) => [name, count, grew, grewShare])).toEqual([
      ['Scores 10 to 10', 50, 1, 0.02],
      ['Scores 30 to 30', 50, 5, 0.1],
      ['Scores 60 to 60', 50, 10, 0.2],
      ['Scores 90 to 90', 50, 24, 0.48],
    ])
    expect(rows[3]).toMatchObject({ gain: 0.48 / (40 / 200), growthArr: 1000, note: 'enough to compare' })
    expect(rows[3]?.grewLow).toBeCloseTo(0.348, 3)
    expect(rows[3]?.grewHigh).toBeCloseTo(0.6149, 3)
  })

  test('are ten where scores are many, of about equal size', () => {
    const rows = decilesOf(Array.from({ length: 100 }, (_, score) => leads(score, 10, score % 3)).flat())
    expect(rows.map(({ decile }) => decile)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    for (const { leads: count } of rows) expect(count).toBe(100)
  })

  test('of too few leads, or where none grew, are counts alone, and say so', () => {
    const [few] = decilesOf(leads(50, 9, 3))
    expect(few).toMatchObject({ leads: 9, grew: 3, note: 'not enough data' })
    for (const name of ['grewShare', 'gain', 'grewLow', 'convertedShare', 'growthArr'])
      expect(few).not.toHaveProperty(name)
    expect(decilesOf(leads(50, 40, 0))[0]).toMatchObject({ grewShare: 0, note: 'not enough data' })
  })

  test('hold no lead whose year is not over', () => {
    const late = leads(50, 20, 3).map(([, ...rest]): CountedProof => [day('2025-11-30'), ...rest])
    expect(decilesOf(late)).toEqual([])
  })
})
