import type { HttpStream } from '../../platform/http.ts'
import { instantText } from '../canonical.ts'
import type { FieldValue, SourceRecord } from '../source.ts'
import { CsvDamage, CsvRows } from './csv-rows.ts'
import { deletedRecord, type RowPlan, textReader, toId18 } from './to-records.ts'

/** A results page that is not what its job holds: it can be asked for again. The message says what is wrong with it. */
export class DamagedPage extends Error {}

/** Records of one results page, in portions. */
export interface Portion {
  readonly records: readonly SourceRecord[]
  /** The page is whole, up to here. */
  readonly isLast: boolean
}

/** A longer row is none: a quote that is never closed would take the rest of the page for one value. */
const LONGEST_ROW = 32 * 1024 * 1024

/** How many rows the page holds by its own word. */
export function rowsOfPage({ headers }: Pick<HttpStream, 'headers'>): number {
  const told = headers['sforce-numberofrecords'] ?? ''
  if (!/^\d+$/.test(told)) throw new DamagedPage('it does not tell how many rows it holds (Sforce-NumberOfRecords)')
  return Number(told)
}

/** What Salesforce calls the page after this one; `null` after the last. */
export function nextLocator({ headers }: Pick<HttpStream, 'headers'>): string | null {
  const told = headers['sforce-locator'] ?? ''
  if (told === '') throw new DamagedPage('it does not tell which page comes next (Sforce-Locator)')
  return told === 'null' ? null : told
}

/**
 * Reads a results page as it arrives: no more of it is held than a portion of so many records, and no more is asked for than was taken.
 *
 * Its header has to name the columns that were selected. The last portion comes only once the page has proven to hold
 * as many rows as it says, so that a row cut in two is never handed over: a page that proves otherwise throws `DamagedPage`.
 */
export async function* readResults(
  page: HttpStream,
  columns: readonly string[],
  plan: RowPlan,
  portion: number,
): AsyncGenerator<Portion> {
  const promised = rowsOfPage(page)
  const toRecord = cellReader(columns, plan)
  let records: SourceRecord[] = []
  let count = -1
  const csv = new CsvRows(LONGEST_ROW)
  const take = (rows: readonly (readonly string[])[]) => {
    for (const cells of rows) {
      if (count === -1) assertColumns(cells, columns)
      else records.push(toRecord(cells))
      count += 1
    }
  }
  try {
    for await (const piece of page.pieces) {
      take(csv.push(piece))
      while (records.length > portion) {
        yield { records: records.slice(0, portion), isLast: false }
        records = records.slice(portion)
      }
    }
    take(csv.end())
  } catch (error) {
    if (error instanceof CsvDamage)
      throw new DamagedPage(`it is no whole CSV after row ${Math.max(count, 0)}: ${error.message}`)
    throw error
  }
  if (count === -1) throw new DamagedPage('it is empty, without a header')
  if (count !== promised) throw new DamagedPage(`it holds ${count} rows and says ${promised}`)
  yield { records, isLast: true }
}

/** Tells of the columns that were asked for only: a first row that is no header holds somebody's data. */
function assertColumns(header: readonly string[], columns: readonly string[]): void {
  const found = header.map((name) => name.toLowerCase())
  const wanted = columns.map((name) => name.toLowerCase())
  if (found.length === wanted.length && wanted.every((name, i) => name === found[i])) return
  const missing = columns.filter((_, i) => !found.includes(wanted[i] ?? ''))
  if (missing.length > 0) throw new DamagedPage(`its header does not name ${missing.join(', ').slice(0, 300)}`)
  throw new DamagedPage(`its header names ${found.length} columns in an order of its own, asked for ${wanted.length}`)
}

/** Makes the record of a row that `toRecord` makes of the same row as JSON, to the byte. */
function cellReader(columns: readonly string[], plan: RowPlan): (cells: readonly string[]) => SourceRecord {
  const at = new Map(columns.map((column, i) => [column, i]))
  const idAt = at.get('Id') ?? -1
  const stampAt = at.get(plan.stampField) ?? -1
  const deletedAt = at.get('IsDeleted') ?? -1
  const masterAt = at.get('MasterRecordId') ?? -1
  const fields = plan.fields.map(({ asked, path, type }) => ({
    asked,
    read: textReader(type),
    at: at.get(path.join('.')) ?? -1,
  }))
  // Copied for each record: an object that is made whole at once costs half of one that grows.
  const blank: Record<string, FieldValue> = Object.fromEntries(fields.map(({ asked }) => [asked, null]))
  return (cells) => {
    const id = cells[idAt] ?? ''
    const changedAt = instantText(cells[stampAt] ?? '')
    if (id === '' || changedAt === '') throw new DamagedPage('it holds a row without id or stamp')
    if (cells[deletedAt] === 'true') return deletedRecord(toId18(id), changedAt, cells[masterAt])
    const values = { ...blank }
    for (const { asked, read, at } of fields) values[asked] = read(cells[at] ?? '')
    return { kind: 'present', id: toId18(id), changedAt, fields: values }
  }
}
