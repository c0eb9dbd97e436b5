import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { attributionInWords, type Claim, splitCredit } from '../../../src/domain/influence/attribution.ts'
import { ATTRIBUTION_MODELS, type AttributionModel, DEFAULT_INFLUENCE } from '../../../src/domain/influence/settings.ts'

const settings = (attribution: AttributionModel) => ({ ...DEFAULT_INFLUENCE, attribution })
const claim = (featureId: string, fields: Partial<Claim> = {}): Claim => ({
  featureId,
  role: 'blocker',
  certainty: 0.5,
  askedAt: 100,
  shippedOn: 10,
  ...fields,
})

test('every model splits the ARR of a won opportunity to the minor unit, or leaves all of it to no feature', () => {
  const someClaim = fc.record({
    role: fc.constantFrom('blocker' as const, 'wanted' as const, 'shown' as const),
    certainty: fc.constantFrom(0.2, 0.5, 0.9),
    askedAt: fc.nat(3),
    shippedOn: fc.nat(3),
  })
  fc.assert(
    fc.property(
      fc.integer({ min: -500, max: 10_000_000 }),
      fc.array(someClaim, { maxLength: 7 }),
      fc.constantFrom(...ATTRIBUTION_MODELS),
      (arr, list, attribution) => {
        const credits = splitCredit(
          arr,
          list.map((one, i) => ({ ...one, featureId: `F${i}` })),
          settings(attribution),
        )
        if (credits === null) {
          // Only `custom` has weights that may all be 0.
          expect(list.length === 0 || (attribution === 'custom' && list.every(({ role }) => role === 'shown'))).toBe(
            true,
          )
          return
        }
        expect(credits.length).toBe(list.length)
        expect(credits.every(Number.isSafeInteger)).toBe(true)
        expect(credits.reduce((sum, credit) => sum + credit, 0)).toBe(arr)
      },
    ),
  )
})

describe('credit', () => {
  test('goes in equal parts to the blockers, and to all where there is none', () => {
    const wanted = claim('F3', { role: 'wanted' })
    expect(splitCredit(100, [claim('F1'), claim('F2'), wanted], settings('even'))).toEqual([50, 50, 0])
    expect(splitCredit(101, [wanted, claim('F4', { role: 'shown' })], settings('even'))).toEqual([51, 50])
  })

  test('is the Shapley value of a sale that needs every blocker', () => {
    // v(S) = ARR if S holds all three, else 0: enumerating all orders, each is the last to come in a third of them.
    expect(splitCredit(90, [claim('F1'), claim('F2'), claim('F3')], settings('even'))).toEqual([30, 30, 30])
  })

  test('goes to the first asked for, the last shipped, or the most certain; equals by certainty, then the older request', () => {
    const list = [
      claim('F1', { askedAt: 5, shippedOn: 3, certainty: 0.2 }),
      claim('F2', { askedAt: 1, shippedOn: 2, certainty: 0.3, role: 'wanted' }),
      claim('F3', { askedAt: 4, shippedOn: 3, certainty: 0.2 }),
      claim('F4', { askedAt: 9, shippedOn: 1, certainty: 0.9 }),
    ]
    expect(splitCredit(10, list, settings('first'))).toEqual([0, 10, 0, 0])
    expect(splitCredit(10, list, settings('last'))).toEqual([0, 0, 10, 0])
    expect(splitCredit(10, list, settings('primary'))).toEqual([0, 0, 0, 10])
  })

  test('goes by importance as 3 : 2 : 1, or by weights of your own', () => {
    const list = [claim('F1'), claim('F2', { role: 'wanted' }), claim('F3', { role: 'shown' })]
    expect(splitCredit(60, list, settings('importance'))).toEqual([30, 20, 10])
    expect(splitCredit(60, list, settings('custom'))).toEqual([45, 15, 0])
  })
})

test('the weights of every model are said in words', () => {
  for (const model of ATTRIBUTION_MODELS)
    expect(attributionInWords(settings(model))).toMatch(new RegExp(`^${model}: .*(\\d|part)`))
  expect(attributionInWords(settings('importance'))).toBe('importance: blocker 3 : wanted 2 : shown 1')
})
