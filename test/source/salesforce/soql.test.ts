import { describe, expect, test } from 'vitest'
import { selectByIds, selectFrom, selectUnordered, soqlText } from '../../../src/source/salesforce/soql.ts'

const selection = {
  object: 'Lead',
  fields: ['Id', 'SystemModstamp'],
  stampField: 'SystemModstamp',
  where: null,
  from: null,
  until: null,
}
const stamp = '2026-11-22T10:00:00.000Z'

describe('SOQL', () => {
  test('reads everything, oldest change first', () => {
    expect(selectFrom(selection)).toBe('SELECT Id,SystemModstamp FROM Lead ORDER BY SystemModstamp,Id')
  })

  test('goes on from a stamp with that stamp included', () => {
    expect(selectFrom({ ...selection, from: { stamp, id: null } })).toContain(`WHERE SystemModstamp >= ${stamp} ORDER`)
  })

  test('goes on among records that share a stamp exactly after the last one', () => {
    expect(selectFrom({ ...selection, from: { stamp, id: '00Qx' } })).toContain(
      `WHERE ((SystemModstamp = ${stamp} AND Id > '00Qx') OR SystemModstamp > ${stamp}) ORDER`,
    )
  })

  test('ends before an instant', () => {
    expect(selectFrom({ ...selection, from: { stamp, id: null }, until: '2026-11-22T11:00:00.000Z' })).toContain(
      `WHERE SystemModstamp >= ${stamp} AND SystemModstamp < 2026-11-22T11:00:00.000Z ORDER`,
    )
  })

  test('reads everything, or what changed since an instant, in no order', () => {
    const { from: _, until: __, ...unordered } = selection
    expect(selectUnordered({ ...unordered, since: null })).toBe('SELECT Id,SystemModstamp FROM Lead')
    expect(selectUnordered({ ...unordered, where: 'A = 1', since: stamp })).toBe(
      `SELECT Id,SystemModstamp FROM Lead WHERE (A = 1) AND SystemModstamp >= ${stamp}`,
    )
  })

  test('keeps a condition together, whatever it holds', () => {
    expect(selectFrom({ ...selection, where: 'A = 1 OR B = 2', from: { stamp, id: null } })).toContain(
      `WHERE (A = 1 OR B = 2) AND SystemModstamp >= ${stamp}`,
    )
    expect(selectByIds('Lead', ['Id'], 'A = 1 OR B = 2', ['x', 'y'])).toBe(
      "SELECT Id FROM Lead WHERE (A = 1 OR B = 2) AND Id IN ('x','y')",
    )
  })

  test('escapes text literals', () => {
    expect(soqlText("O'Neil \\ Co")).toBe("'O\\'Neil \\\\ Co'")
  })
})
