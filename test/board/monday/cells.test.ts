import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CellColumn, canonicalDecimal, decodeCell, encodeCell } from '../../../src/board/monday/cells.ts'

const LABELS = { Open: '0', Won: '12', '5': '3', 'A, B': '7' }
const USERS: Readonly<Record<string, string>> = { 'ada@acme.example': '11', 'ben@acme.example': '12' }
const EMAILS = Object.fromEntries(Object.entries(USERS).map(([email, id]) => [id, email]))
const idOf = (email: string) => USERS[email]
const emailOf = (id: string) => EMAILS[id]

/** Type, canonical text, what is sent, and what monday reads back: text and value. */
const CASES: readonly (readonly [CellColumn['type'], string, unknown, string | null, unknown])[] = [
  ['text', 'abc', 'abc', 'abc', '"abc"'],
  ['text', '', null, '', null],
  ['text', '', null, null, null],
  ['long_text', 'a\nb', { text: 'a\nb' }, 'a\nb', '{"text":"a\\nb","changed_at":"2026-11-22T10:00:00Z"}'],
  ['numbers', '24710.5', '24710.5', '24710.50', '"24710.50"'],
  ['numbers', '-0.25', '-0.25', '-0.25', '"-0.25"'],
  ['numbers', '', null, '', null],
  ['status', 'Won', { index: 12 }, 'Won', '{"index":12,"post_id":null}'],
  ['status', '5', { index: 3 }, '5', '{"index":3}'],
  ['status', 'Unheard of', { label: 'Unheard of' }, 'Unheard of', '{"index":99}'],
  ['status', '', null, null, '{"index":5}'],
  ['date', '2026-11-22', { date: '2026-11-22' }, '2026-11-22', '{"date":"2026-11-22","icon":null}'],
  [
    'date',
    '2026-11-22 10:30',
    { date: '2026-11-22', time: '10:30:00' },
    '2026-11-22 11:30',
    '{"date":"2026-11-22","time":"10:30:00"}',
  ],
  ['date', '', null, '', '{"date":""}'],
  [
    'people',
    'ada@acme.example, ben@acme.example',
    {
      personsAndTeams: [
        { id: 11, kind: 'person' },
        { id: 12, kind: 'person' },
      ],
    },
    'Ben, Ada',
    '{"personsAndTeams":[{"id":12,"kind":"person"},{"id":11,"kind":"person"}]}',
  ],
  ['checkbox', 'v', { checked: 'true' }, 'v', '{"checked":true}'],
  ['checkbox', 'v', { checked: 'true' }, 'v', { checked: 'true' }],
  ['checkbox', '', null, '', '{"checked":false}'],
  [
    'link',
    'https://x.example',
    { url: 'https://x.example', text: 'https://x.example' },
    '',
    '{"url":"https://x.example","text":"https://x.example"}',
  ],
  [
    'link',
    'https://x.example In the CRM',
    { url: 'https://x.example', text: 'In the CRM' },
    '',
    '{"url":"https://x.example","text":"In the CRM"}',
  ],
  [
    'email',
    'ann@acme.example',
    { email: 'ann@acme.example', text: 'ann@acme.example' },
    'ann@acme.example',
    '{"email":"ann@acme.example","text":"ann@acme.example","changed_at":"2026-11-22T10:00:00Z"}',
  ],
  [
    'email',
    'a@b.example Ann A',
    { email: 'a@b.example', text: 'Ann A' },
    'Ann A',
    '{"email":"a@b.example","text":"Ann A"}',
  ],
  [
    'phone',
    '+4930123456 DE',
    { phone: '+4930123456', countryShortName: 'DE' },
    '+4930123456',
    '{"phone":"+4930123456","countryShortName":"DE"}',
  ],
  [
    'country',
    'US',
    { countryCode: 'US', countryName: 'United States' },
    'United States',
    '{"countryCode":"US","countryName":"United States"}',
  ],
  [
    'location',
    '52.52,13.405 Alexanderplatz 1, Berlin',
    { lat: '52.52', lng: '13.405', address: 'Alexanderplatz 1, Berlin' },
    'Alexanderplatz 1, Berlin',
    '{"lat":"52.5200","lng":13.405,"address":"Alexanderplatz 1, Berlin"}',
  ],
  ['location', '0,-0.5', { lat: '0', lng: '-0.5' }, '', '{"lat":"0","lng":"-0.5","address":""}'],
  ['rating', '4', { rating: 4 }, '4', '{"rating":4}'],
  ['rating', '', null, '0', '{"rating":0}'],
  [
    'timeline',
    '2026-11-01/2026-11-30',
    { from: '2026-11-01', to: '2026-11-30' },
    '2026-11-01 - 2026-11-30',
    '{"from":"2026-11-01","to":"2026-11-30"}',
  ],
  [
    'week',
    '2026-11-16/2026-11-22',
    { week: { startDate: '2026-11-16', endDate: '2026-11-22' } },
    '2026-11-16 - 2026-11-22',
    '{"week":{"startDate":"2026-11-16","endDate":"2026-11-22"}}',
  ],
  ['hour', '09:05', { hour: 9, minute: 5 }, '09:05 AM', '{"hour":9,"minute":5}'],
  ['world_clock', 'Europe/Berlin', { timezone: 'Europe/Berlin' }, '', '{"timezone":"Europe/Berlin"}'],
  ...(['email', 'phone', 'country', 'location', 'timeline', 'week', 'hour', 'world_clock'] as const).map(
    (type) => [type, '', null, null, null] as const,
  ),
  ['dropdown', 'Open, Won', { ids: [0, 12] }, 'Won, Open', '{"ids":[12,0]}'],
  ['dropdown', 'A, B', { ids: [7] }, 'A, B', '{"ids":[7]}'],
  ['dropdown', 'Open, Other', { labels: ['Open', 'Other'] }, 'Other, Open', '{"ids":[0,99]}'],
]

describe('cells', () => {
  test.each(CASES)('%s %j goes as %j and comes back as it was', (type, canonical, sent, text, value) => {
    const column = { type, labels: LABELS }
    expect(encodeCell(column, canonical, idOf)).toEqual(sent)
    expect(decodeCell(column, { text, value }, emailOf)).toBe(canonical)
  })

  test('people whom nobody knows are left out; users and teams without an address are shown by id', () => {
    const column = { type: 'people' } as const
    expect(encodeCell(column, 'ada@acme.example, nobody@acme.example', idOf)).toEqual({
      personsAndTeams: [{ id: 11, kind: 'person' }],
    })
    expect(encodeCell(column, 'nobody@acme.example', idOf)).toBeNull()
    const value = '{"personsAndTeams":[{"id":99,"kind":"person"},{"id":5,"kind":"team"},{"id":-4,"kind":"person"}]}'
    expect(decodeCell(column, { text: '', value }, emailOf)).toBe('#-4, #99, team #5')
  })

  test('half a surrogate pair does not reach monday', () => {
    expect(encodeCell({ type: 'text' }, 'a\ud83d', idOf)).toBe('a\ufffd')
  })

  test('a value that is no JSON reads as an empty cell', () => {
    expect(decodeCell({ type: 'link' }, { text: 'x', value: '{' }, emailOf)).toBe('')
    expect(decodeCell({ type: 'people' }, { text: 'x', value: '[]' }, emailOf)).toBe('')
  })

  test('a dropdown comes back as it was, whatever labels it has', () => {
    fc.assert(
      fc.property(fc.subarray(Object.keys(LABELS), { minLength: 1 }), (labels) => {
        const column = { type: 'dropdown', labels: LABELS } as const
        const ids = labels.map((label) => Number(LABELS[label as keyof typeof LABELS]))
        const read = { text: labels.join(', '), value: JSON.stringify({ ids }) }
        expect(decodeCell(column, read, emailOf)).toBe([...labels].sort().join(', '))
      }),
    )
  })
})

describe('decimals', () => {
  test.each([
    ['24710.00', '24710'],
    ['007', '7'],
    ['+1', '1'],
    ['-0', '0'],
    ['-0.0', '0'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['1e3', '1000'],
    ['1.25E-3', '0.00125'],
    ['-1.5e2', '-150'],
    ['12345678901234567890.10', '12345678901234567890.1'],
    ['', ''],
    ['n/a', 'n/a'],
    ['1e999999999', '1e999999999'],
  ])('%j is written %j', (text, canonical) => {
    expect(canonicalDecimal(text)).toBe(canonical)
  })

  test('are plain, and the same number, whatever way they are written', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (n) => {
        const text = canonicalDecimal(String(n))
        expect(text).toMatch(/^-?(0|[1-9]\d*)(\.\d*[1-9])?$/)
        expect(Number(text)).toBe(n === 0 ? 0 : n)
        expect(canonicalDecimal(text)).toBe(text)
      }),
    )
  })
})
