import { describe, expect, test } from 'vitest'
import { canonicalValue, toId18, toRecord } from '../../../src/source/salesforce/to-records.ts'

describe('ids', () => {
  // Pairs from public Salesforce material and from exports of real orgs.
  const pairs: readonly (readonly [string, string])[] = [
    ['001bm00001ZL8U9', '001bm00001ZL8U9AAL'],
    ['003bm00000zapth', '003bm00000zapthAAA'],
    ['a00Ec000009WFup', 'a00Ec000009WFupIAG'],
    ['00QEc00000BBafD', '00QEc00000BBafDMAT'],
    ['005dM00000awSFJ', '005dM00000awSFJQA2'],
  ]
  for (const [short, long] of pairs) {
    test(`${short} is ${long} in 18 characters`, () => {
      expect(toId18(short)).toBe(long)
      expect(toId18(long)).toBe(long)
    })
  }

  test('a text that is no id comes back as it is', () => {
    expect(toId18('Won')).toBe('Won')
  })
})

describe('a value', () => {
  test('has the same form whether it came as JSON or as CSV text', () => {
    const pairs: readonly (readonly [string, unknown, unknown])[] = [
      ['currency', '1000000', '1.0E6'],
      ['boolean', true, 'true'],
      ['boolean', false, 'false'],
      ['datetime', '2026-11-22T10:00:00.000+0000', '2026-11-22T10:00:00.000Z'],
      ['date', '2026-11-22', '2026-11-22'],
      ['string', null, ''],
      ['reference', '001bm00001ZL8U9AAL', '001bm00001ZL8U9'],
    ]
    for (const [type, json, csv] of pairs) expect(canonicalValue(json, type)).toBe(canonicalValue(csv, type))
  })

  test('that is text stays as it is, even when it looks like something else', () => {
    expect(canonicalValue('2018-12-10T17:50:19.000+0000', 'string')).toBe('2018-12-10T17:50:19.000+0000')
    expect(canonicalValue('1.0', 'string')).toBe('1.0')
    expect(canonicalValue(' 300000 ', 'string')).toBe(' 300000 ')
  })
})

describe('a row', () => {
  const plan = {
    stampField: 'SystemModstamp',
    fields: [
      { asked: 'amount', path: ['Amount'], type: 'currency' },
      { asked: 'Owner.Email', path: ['Owner', 'Email'], type: 'email' },
    ],
  }
  const row = { Id: '006bm00000zapthAAA', SystemModstamp: '2026-11-22T10:00:00.000+0000', IsDeleted: false }

  test('is a record with the fields as the mapping spells them, parents followed', () => {
    expect(toRecord({ ...row, Amount: '12.50', Owner: { Email: 'a@b.example' } }, plan)).toEqual({
      kind: 'present',
      id: '006bm00000zapthAAA',
      changedAt: '2026-11-22T10:00:00.000Z',
      fields: { amount: '12.5', 'Owner.Email': 'a@b.example' },
    })
  })

  test('without an id or a stamp is no record', () => {
    expect(() => toRecord({ ...row, Id: null }, plan)).toThrow(
      'Salesforce answered a record in an unknown shape: at "Id", no text',
    )
    expect(() => toRecord({ ...row, SystemModstamp: null }, plan)).toThrow('at "SystemModstamp"')
  })

  test('without a parent has nothing there', () => {
    expect(toRecord({ ...row, Amount: null, Owner: null }, plan)).toMatchObject({
      fields: { amount: null, 'Owner.Email': null },
    })
  })

  test('that is deleted says so, and which record it was merged into', () => {
    expect(toRecord({ ...row, IsDeleted: true, MasterRecordId: null }, plan)).toEqual({
      kind: 'deleted',
      id: '006bm00000zapthAAA',
      changedAt: '2026-11-22T10:00:00.000Z',
    })
    expect(toRecord({ ...row, IsDeleted: true, MasterRecordId: '001bm00001ZL8U9' }, plan)).toMatchObject({
      kind: 'deleted',
      mergedInto: '001bm00001ZL8U9AAL',
    })
  })
})
