import { parse } from 'csv-parse/sync'
import { z } from 'zod'
import type { ChangeOutcome } from '../board.ts'
import type { ImportBody } from './import-file.ts'

const reportRow = z.object({
  serialNo: z.coerce.number().int(),
  status: z.string().transform((text) => text.toLowerCase()),
  itemId: z.string().optional().default(''),
  error: z.string().optional().default(''),
})
type ReportRow = z.infer<typeof reportRow>

/**
 * What became of each row of a file, from the report's text. A row of which the report says nothing that can be relied on
 * is `unknown`; when rows cannot be told apart, all are.
 */
export function outcomesOf(body: ImportBody, report: string): ChangeOutcome[] {
  const bySerial = readReport(report)
  const base = bySerial === null ? null : firstSerial([...bySerial.keys()], body.rows.length)
  const texts = parse(body.csv, { columns: true, skip_empty_lines: true }) as Record<string, string>[]
  return body.rows.map((_, at) => {
    const row = base === null ? undefined : bySerial?.get(at + base)
    return row === undefined ? NOT_TOLD : outcomeOf(body, at, row, texts[at] ?? {})
  })
}

const NOT_TOLD: ChangeOutcome = { status: 'unknown', message: 'the report of the import does not tell of this row' }

function readReport(report: string): Map<number, ReportRow> | null {
  let lines: unknown
  try {
    lines = parse(report, { columns: true, bom: true, skip_empty_lines: true, relax_column_count: true })
  } catch {
    return null
  }
  const rows = z.array(reportRow).safeParse(lines)
  if (!rows.success) return null
  const bySerial = new Map(rows.data.map((row) => [row.serialNo, row]))
  return bySerial.size === rows.data.length ? bySerial : null
}

/**
 * The number of the first row. No page says whether the header counts as a row or where counting starts, so only a
 * report of every row tells.
 */
function firstSerial(serials: readonly number[], rows: number): number | null {
  if (serials.length !== rows || rows === 0) return null
  const first = serials.reduce((least, serial) => Math.min(least, serial), Number.POSITIVE_INFINITY)
  const last = serials.reduce((most, serial) => Math.max(most, serial), Number.NEGATIVE_INFINITY)
  return last - first === rows - 1 ? first : null
}

function outcomeOf(body: ImportBody, at: number, row: ReportRow, texts: Record<string, string>): ChangeOutcome {
  switch (row.status) {
    case 'created':
    case 'updated':
    case 'skipped':
      if (row.itemId === '') return NOT_TOLD
      // A row that equals what is there is skipped: the item shows what it was to show.
      return { status: 'applied', itemId: row.itemId, made: row.status === 'created' }
    case 'invalid':
      return refusalOf(body, at, row.error, texts)
    default:
      return { status: 'unknown', message: `monday reports this row as ${row.status}` }
  }
}

const LONGEST_REASON = 200

function refusalOf(body: ImportBody, at: number, error: string, texts: Record<string, string>): ChangeOutcome {
  const { title, columns } = body.import
  const key = body.rows[at]?.key ?? ''
  const reason = reasonOf(error, texts)
  const told = reason === '' ? '' : `: ${reason}`
  const column = Object.entries(columns).find(([id, one]) => names(error, id) || names(error, one.title))?.[1]
  if (column !== undefined) {
    return {
      status: 'refused',
      code: 'cell-refused',
      message: `Column "${column.title}" (${column.type}) on board "${title}" does not take the value of "${key}"${told}`,
      column: column.title,
      hint: 'Correct the value at its source or the column in the mapping; run explain to see where the value is from',
    }
  }
  if (/\bname\b/i.test(error)) {
    // A row without a name was to change an item; it made none only because nothing carries its key.
    if (texts['name'] === '') return { status: 'unknown', message: 'no item was found by the key' }
    return {
      status: 'refused',
      code: 'name-length',
      message: `Item "${key}" on board "${title}" has a name that monday does not take (1 to 255 characters)${told}`,
      hint: 'Shorten the name in the mapping',
    }
  }
  return {
    status: 'refused',
    code: 'board-refused',
    message: `Item "${key}" on board "${title}" was refused by monday in an import${told}`,
    hint: 'Run refused --retry after looking at the item; if it stays, report the message',
  }
}

function names(error: string, name: string): boolean {
  return name !== '' && error.includes(`"${name}"`)
}

/** monday's own words without the values of the row, which may be somebody's. */
function reasonOf(error: string, texts: Record<string, string>): string {
  let words = error.replaceAll(/\s+/g, ' ')
  for (const value of Object.values(texts)) if (value.length > 2) words = words.replaceAll(value, '…')
  words = words.replaceAll(/[^\s"'<>]+@[^\s"'<>]+/g, '…').trim()
  return words.length > LONGEST_REASON ? `${words.slice(0, LONGEST_REASON)}…` : words
}
