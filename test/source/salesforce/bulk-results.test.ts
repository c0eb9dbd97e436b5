import { describe, expect, test } from 'vitest'
import type { HttpStream } from '../../../src/platform/http.ts'
import {
  DamagedPage,
  nextLocator,
  type Portion,
  readResults,
  rowsOfPage,
} from '../../../src/source/salesforce/bulk-results.ts'

const COLUMNS = ['Id', 'SystemModstamp', 'Name', 'Owner.Email']
const HEADER = '"Id","SystemModstamp","Name","Owner.Email"\n'
const PLAN = {
  stampField: 'SystemModstamp',
  fields: [
    { asked: 'Name', path: ['Name'], type: 'string' },
    { asked: 'owner.email', path: ['Owner', 'Email'], type: 'email' },
  ],
}

const idOf = (n: number) => `00Q${String(n).padStart(12, '0')}EAA`
const row = (n: number, name = `Lead ${n}`) => `"${idOf(n)}","2026-11-20T00:00:00.000Z","${name}","a@acme.example"\n`
const rows = (count: number) => Array.from({ length: count }, (_, i) => row(i)).join('')

/** A page as it arrives, in pieces of so many bytes; `end` is what happens after the last. */
function pageOf(csv: string, promised: number | string, pieceBytes = 1000, end: () => void = () => {}): HttpStream {
  const bytes = Buffer.from(csv)
  async function* pieces() {
    for (let i = 0; i < bytes.length; i += pieceBytes) yield bytes.subarray(i, i + pieceBytes)
    end()
  }
  return {
    status: 200,
    headers: { 'sforce-numberofrecords': String(promised), 'sforce-locator': 'null' },
    pieces: pieces(),
    [Symbol.asyncDispose]: async () => {},
  }
}

async function portionsOf(page: HttpStream): Promise<Portion[]> {
  const portions: Portion[] = []
  for await (const portion of readResults(page, COLUMNS, PLAN, 2000)) portions.push(portion)
  return portions
}

/** What was handed over of a page before it proved damaged, and why. */
async function damageOf(page: HttpStream): Promise<{ ids: string[]; why: string }> {
  const ids: string[] = []
  try {
    for await (const { records } of readResults(page, COLUMNS, PLAN, 2000))
      ids.push(...records.map((record) => record.id))
  } catch (error) {
    if (error instanceof DamagedPage) return { ids, why: error.message }
    throw error
  }
  throw new Error('the page was whole')
}

describe('a results page', () => {
  test('gives its rows as records and drops its header, wherever the pieces are cut', async () => {
    const csv = `${HEADER}${row(1, 'a ""quoted"", name\nof two lines ü漢🙂')}${row(2, '')}`
    for (const pieceBytes of [1, 2, 3, 7, 1000]) {
      const [portion, ...others] = await portionsOf(pageOf(csv, 2, pieceBytes))
      expect(others).toEqual([])
      expect(portion).toEqual({
        isLast: true,
        records: [
          {
            kind: 'present',
            id: idOf(1),
            changedAt: '2026-11-20T00:00:00.000Z',
            fields: { Name: 'a "quoted", name\nof two lines ü漢🙂', 'owner.email': 'a@acme.example' },
          },
          {
            kind: 'present',
            id: idOf(2),
            changedAt: '2026-11-20T00:00:00.000Z',
            fields: { Name: null, 'owner.email': 'a@acme.example' },
          },
        ],
      })
    }
  })

  test('comes in portions as large as asked for, the last one when the page has proven whole', async () => {
    const portions = await portionsOf(pageOf(HEADER + rows(4500), 4500, 65_536))
    expect(portions.map(({ records, isLast }) => [records.length, isLast])).toEqual([
      [2000, false],
      [2000, false],
      [500, true],
    ])
  })

  test('may hold no rows', async () => {
    expect(await portionsOf(pageOf(HEADER, 0))).toEqual([{ records: [], isLast: true }])
  })

  test('with lines that end in CR LF, or a byte order mark, reads the same', async () => {
    const csv = `${HEADER}${row(1)}`
    const plain = await portionsOf(pageOf(csv, 1))
    expect(await portionsOf(pageOf(csv.replaceAll('\n', '\r\n'), 1))).toEqual(plain)
    expect(await portionsOf(pageOf(`\uFEFF${csv}`, 1))).toEqual(plain)
  })

  test('that ends in the middle of a row never hands that row over', async () => {
    const csv = HEADER + rows(4000)
    for (const missing of [1, 2, 5, 40, row(3999).length, row(3999).length + 30]) {
      const { ids } = await damageOf(pageOf(csv.slice(0, -missing - 1), 4000, 65_536))
      expect(ids).toHaveLength(2000)
    }
  })

  test('with fewer or more rows than it says is damaged', async () => {
    expect((await damageOf(pageOf(HEADER + rows(3), 4))).why).toBe('it holds 3 rows and says 4')
    expect((await damageOf(pageOf(HEADER + rows(5), 4))).why).toBe('it holds 5 rows and says 4')
  })

  const damaged: readonly (readonly [string, string, RegExp])[] = [
    ['without a header', rows(1), /^its header does not name Id, SystemModstamp, Name, Owner\.Email$/],
    [
      'with its columns in another order',
      `"Id","Name","SystemModstamp","Owner.Email"\n${row(0)}`,
      /^its header names 4 columns in an order of its own, asked for 4$/,
    ],
    ['with nothing in it', '', /^it is empty, without a header$/],
    [
      'with a row that has a value too few',
      `${HEADER}"${idOf(0)}","2026-11-20T00:00:00.000Z","x"\n`,
      /a row has 3 cells, the first one 4/,
    ],
    [
      'with a quote that is never closed',
      `${HEADER}"${idOf(0)}","2026-11-20T00:00:00.000Z","x,y\n`,
      /a quote is opened and never closed/,
    ],
    ['with a row that has no id', `${HEADER}"","2026-11-20T00:00:00.000Z","x","y"\n`, /a row without id or stamp/],
  ]
  for (const [how, csv, why] of damaged) {
    test(`${how} is damaged`, async () => {
      expect((await damageOf(pageOf(csv, 1))).why).toMatch(why)
    })
  }

  test('that does not say how many rows it holds, or which page comes next, is damaged', () => {
    expect(() => rowsOfPage({ headers: {} })).toThrow(DamagedPage)
    expect(() => rowsOfPage({ headers: { 'sforce-numberofrecords': 'many' } })).toThrow(DamagedPage)
    expect(() => nextLocator({ headers: {} })).toThrow(DamagedPage)
    expect(nextLocator({ headers: { 'sforce-locator': 'null' } })).toBeNull()
    expect(nextLocator({ headers: { 'sforce-locator': 'MTAwMDA' } })).toBe('MTAwMDA')
  })

  test('that breaks off on its way ends with that error', async () => {
    const broken = pageOf(HEADER + rows(3), 3, 50, () => {
      throw new Error('socket hang up')
    })
    await expect(portionsOf(broken)).rejects.toThrow('socket hang up')
  })
})
