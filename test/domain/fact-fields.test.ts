import { describe, expect, test } from 'vitest'
import { FACTS, USER_FIELDS } from '../../src/domain/fact-fields.ts'
import { RECORDS } from '../../src/domain/records.ts'

const everyField = [
  ...Object.entries(FACTS).flatMap(([kind, { fields }]) =>
    Object.entries(fields).map(([name, field]) => [`${kind}.${name}`, field] as const),
  ),
  ...Object.entries(USER_FIELDS).map(([name, field]) => [`owner.${name}`, field] as const),
]

describe('every field', () => {
  test.each(everyField)('%s is described for a person', (_, { meaning, example, type, values, refersTo }) => {
    expect(meaning).toMatch(/^[A-Z].*\.$/)
    expect(example).not.toBe('')
    expect(values !== undefined).toBe(type === 'enum')
    if (type === 'enum') expect(values).toContain(example)
    if (type === 'id' && refersTo !== undefined) expect(RECORDS).toHaveProperty(refersTo)
  })

  test('that is a number says whether adding it up makes sense, unless it is never added', () => {
    for (const [name, { type, additive }] of everyField) {
      if (['money', 'integer', 'number', 'ratio'].includes(type))
        expect([name, typeof additive]).toEqual([name, 'boolean'])
    }
  })

  test('ratios and everything in the funnel’s overlapping rows do not add up', () => {
    for (const [name, { type, additive }] of everyField) {
      if (type === 'ratio' || name.startsWith('funnel_stage.')) expect([name, additive ?? false]).toEqual([name, false])
    }
  })
})

test('no field begins with an underscore: those are not for mappings', () => {
  expect(everyField.filter(([name]) => name.includes('._'))).toEqual([])
})

test('extra fields of records come along', () => {
  expect(Object.entries(FACTS).map(([kind, { extra }]) => [kind, extra])).toEqual([
    ['account', 'account'],
    ['opportunity', 'opportunity'],
    ['lead', 'lead'],
    ['contact', 'contact'],
    ['request', 'request'],
    ['ticket', 'ticket'],
    ['usage_week', 'usage_week'],
    ['arr_movement', undefined],
    ['arr_family', undefined],
    ['arr_month', undefined],
    ['seat_rung', undefined],
    ['wapp_month', undefined],
    ['book', undefined],
    ['lead_decile', undefined],
    ['pipeline_movement', undefined],
    ['pipeline_month', undefined],
    ['must_win', undefined],
    ['forecast', undefined],
    ['forecast_calibration', undefined],
    ['bucket_movement', undefined],
    ['bucket_month', undefined],
    ['attainment', undefined],
    ['support_period', undefined],
    ['support_agent', undefined],
    ['support_hour', undefined],
    ['support_staffing', undefined],
    ['risk', 'risk'],
    ['risk_signal', undefined],
    ['risk_quarter', undefined],
    ['shared_cause', undefined],
    ['renewal_month', undefined],
    ['feature_voice', undefined],
    ['implementation', 'implementation'],
    ['implementation_signal', undefined],
    ['partner', undefined],
    ['feature', undefined],
    ['theme', undefined],
    ['feature_deal', undefined],
    ['priority', undefined],
    ['funnel_stage', undefined],
  ])
})
