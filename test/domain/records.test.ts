import { describe, expect, test } from 'vitest'
import { parentField, RECORD_KINDS, RECORDS } from '../../src/domain/records.ts'

const kinds = RECORD_KINDS.map((kind) => [kind, RECORDS[kind]] as const)

describe('every kind of record', () => {
  test.each(kinds)('%s has every field described for a person', (_, { meaning, fields }) => {
    expect(meaning).toMatch(/^[A-Z].*\.$/s)
    for (const [name, field] of Object.entries(fields)) {
      expect([name, field.meaning]).toEqual([name, expect.stringMatching(/^(?:[A-Z0-9]|sdr).*[.…]$/s)])
      expect([name, field.example]).not.toEqual([name, ''])
      if (field.type === 'enum') expect(field.values).toContain(field.example)
      if (field.type === 'id') expect(RECORDS).toHaveProperty(field.refersTo ?? 'nothing')
    }
  })

  test.each(kinds)('%s is placed by references, and ordered by an instant or a day, that it has', (_, schema) => {
    const { place, orderedBy, fields } = schema
    if (orderedBy !== 'changedAt') expect(['instant', 'day']).toContain(fields[orderedBy]?.type)
    if (place.as === 'child') {
      for (const name of [place.by, ...(place.or ?? [])]) expect(fields[name]?.type).toBe('id')
    }
  })
})

test('a child is with the record its first field names, else with that of the first further field that is not empty', () => {
  const { activity, account, feature } = RECORDS
  const ids = { accountId: 'A1', opportunityId: 'O1', contactId: 'C1' }
  expect(parentField(activity, ids)).toBe('accountId')
  expect(parentField(activity, { opportunityId: 'O1', contactId: 'C1' })).toBe('opportunityId')
  expect(parentField(activity, { contactId: 'C1' })).toBe('contactId')
  expect(parentField(activity, {})).toBe('accountId')
  expect(parentField(account, ids)).toBeUndefined()
  expect(parentField(feature, ids)).toBeUndefined()
})
