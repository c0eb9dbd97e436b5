import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CsvDamage, CsvRows } from '../../../src/source/salesforce/csv-rows.ts'

function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = []
  let at = 0
  for (let i = 0; at < bytes.length; i += 1) {
    const size = sizes.length === 0 ? bytes.length : (sizes[i % sizes.length] as number)
    pieces.push(bytes.subarray(at, at + size))
    at += size
  }
  return pieces
}

function rowsOf(text: string, sizes: readonly number[] = [], longestRow = 1_000): string[][] {
  const csv = new CsvRows(longestRow)
  const rows = cut(Buffer.from(text), sizes).flatMap((piece) => csv.push(piece))
  return [...rows, ...csv.end()]
}

/** What csv-parse makes of it; `null` where it refuses. */
function oracle(text: string): string[][] | null {
  try {
    return parse(text, { bom: true, record_delimiter: ['\n', '\r\n'] })
  } catch {
    return null
  }
}

function orRefused(text: string, sizes: readonly number[]): string[][] | null {
  try {
    return rowsOf(text, sizes)
  } catch (error) {
    if (error instanceof CsvDamage) return null
    throw error
  }
}

const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 4 })
const cell = fc.string({ unit: fc.constantFrom('a', 'é', '漢', '😀', '"', ',', '\n', '\r', ' ', ''), maxLength: 6 })
const table = fc
  .integer({ min: 1, max: 4 })
  .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 5 }))

describe('rows of CSV in pieces', () => {
  test('are the cells that were written, wherever the pieces are cut', () => {
    fc.assert(
      fc.property(table, sizes, fc.constantFrom('\n', '\r\n'), fc.boolean(), (rows, at, ending, isEnded) => {
        const lines = rows.map((row) => row.map((text) => `"${text.replaceAll('"', '""')}"`).join(','))
        const text = lines.join(ending) + (isEnded ? ending : '')
        expect(rowsOf(text, at)).toEqual(rows)
        expect(rowsOf(`\uFEFF${text}`, at)).toEqual(rows)
      }),
    )
  })

  test('are those that csv-parse finds in any text, and what it refuses is refused', () => {
    const any = fc.string({ unit: fc.constantFrom('a', 'é', '"', '"', ',', '\n', '\r\n', '\r', ' '), maxLength: 24 })
    fc.assert(
      fc.property(any, sizes, (text, at) => {
        expect(orRefused(text, at)).toEqual(oracle(text))
      }),
      { numRuns: 3_000 },
    )
  })

  test.for([
    ['"a","b"\n"c"\n', 'a row has 1 cells, the first one 2'],
    ['"a"b\n', 'text follows a closing quote'],
    ['a"b\n', 'a quote stands inside a cell without quotes'],
    ['"a\n', 'a quote is opened and never closed'],
    [`"${'a'.repeat(1_001)}`, 'a row is longer than 1000 characters'],
  ])('%j is refused: %s', ([text, why]) => {
    expect(() => rowsOf(text as string)).toThrow(why)
  })

  test('a row that is still to come is no row', () => {
    const csv = new CsvRows(1_000)
    expect(csv.push(Buffer.from('"a"\n"b'))).toEqual([['a']])
    expect(csv.push(Buffer.from('"'))).toEqual([])
    expect(csv.push(Buffer.from('\n'))).toEqual([['b']])
    expect(csv.end()).toEqual([])
  })
})
