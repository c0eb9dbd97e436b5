import { Fault } from '../../platform/errors.ts'
import { instantText } from '../canonical.ts'
import type { ReadRequest, SourceRecord } from '../source.ts'
import { HALF_A_QUERY, LONGEST_QUERY, lengthInUrl, partsOf } from './columns.ts'
import type { Standing } from './cursor.ts'
import { type AskedBy, instant, type Org } from './org.ts'
import { locatorAfter, nextPage, query } from './query.ts'
import { columnsOf, type Shape, shapeOf } from './shape.ts'
import { type Position, selectFrom } from './soql.ts'
import { toRecord } from './to-records.ts'
import { joinParts, type WideRead } from './wide.ts'
import { Windows } from './windows.ts'
import type { QueryPage, Row } from './wire.ts'

const RESTARTS = 3

export interface Rows {
  readonly records: readonly SourceRecord[]
  /** Up to where everything was handed over by then. */
  readonly position: Position | null
  readonly isLast: boolean
}

/**
 * What was queried, page by page, to the last. Returns `many` in place of the first page where that tells of so many
 * records and more.
 *
 * A page that Salesforce forgot is asked for anew after the last record handed over; a field that vanished since the
 * describe is looked for in a new one, once. Changes that are too much for Salesforce at once are read in windows of time.
 * Where the columns do not fit into one address, the rows of a page are joined from parts.
 */
export async function* rowsOf(
  org: Org,
  request: ReadRequest,
  described: Shape,
  start: Standing,
  asked: AskedBy,
  many: number,
): AsyncGenerator<Rows, 'read' | 'many'> {
  const { object } = request
  const { mode } = start
  const windows = new Windows()
  let shape = described
  let position = start.from
  let next: { readonly locator: string; readonly read: WideRead } | null = null
  let restarts = 0
  for (let handed = 0; ; ) {
    asked.signal?.throwIfAborted()
    const until = windows.until === null ? null : instant(windows.until)
    let read: WideRead
    let page: QueryPage
    let rows: readonly (Row | null)[]
    try {
      read = next?.read ?? wideRead(request, shape, { mode, from: position }, until)
      page = await (next === null
        ? query(org, firstQuery(read, position, until), object, read.withDeleted, asked)
        : nextPage(org, next.locator, object, asked))
      if (handed === 0 && until === null && Number(page.totalSize) >= many) return 'many'
      rows = await joinParts(org, read, page.records, asked)
    } catch (error) {
      const code = error instanceof Fault ? error.code : null
      if (code === 'salesforce-locator-expired' && next !== null && restarts < RESTARTS) {
        org.log.info({ object }, 'Salesforce forgot the next page; asking again from the last record read')
        restarts += 1
      } else if (code === 'salesforce-invalid-field' && shape === described) {
        org.schemas.forget(object)
        shape = await shapeOf(org, request, asked)
      } else if (mode === 'changes' && position !== null && isTooMuch(error)) {
        if (!windows.halve(Date.parse(position.stamp), org.client.serverNow())) throw tooSlow(object, position, error)
        org.log.info({ object, code, from: position.stamp }, 'too much at once; reading a smaller window of time')
      } else throw error
      next = null
      continue
    }
    const locator = locatorAfter(page, object)
    position = positionAfter(page.records, shape.rows.stampField) ?? position
    next = locator === null ? null : { locator, read }
    const isLast = locator === null && until === null
    if (locator === null && until !== null) {
      position = { stamp: until, id: null }
      windows.next(org.client.serverNow())
    }
    yield { records: recordsOf(page.records, rows, shape, mode), position, isLast }
    if (isLast) return 'read'
    handed += rows.length
    if (rows.length > 0) restarts = 0
  }
}

function recordsOf(
  firsts: readonly Row[],
  rows: readonly (Row | null)[],
  shape: Shape,
  mode: Standing['mode'],
): SourceRecord[] {
  return rows.flatMap((row, i) => {
    if (row !== null) return [toRecord(row, shape.rows)]
    // Gone since its first part was read: everything has it no longer, and a change of it is that it went.
    const first = firsts[i]
    if (mode === 'everything' || first === undefined) return []
    const { id, changedAt } = toRecord(first, { ...shape.rows, fields: [] })
    return [{ kind: 'deleted', id, changedAt }]
  })
}

function wideRead(
  request: ReadRequest,
  shape: Shape,
  { mode, from }: Pick<Standing, 'mode' | 'from'>,
  until: string | null,
): WideRead {
  const { object } = request
  const { stampField } = shape.rows
  // Changes are read without the condition: a record that no longer meets it is a change too.
  const where = mode === 'everything' ? request.where : null
  const withDeleted = mode === 'changes' && shape.deletes
  const bare = selectFrom({ object, fields: [], stampField, where, from, until })
  const room = { first: LONGEST_QUERY - lengthInUrl(bare), others: HALF_A_QUERY }
  const always = ['Id', stampField]
  const columns = columnsOf(shape, mode)
  const parts = partsOf(columns, always, room)
  if (lengthInUrl(selectFrom({ object, fields: parts[0] ?? [], stampField, where, from, until })) > LONGEST_QUERY) {
    throw new Fault('salesforce-query-too-long', `The where of ${object} makes a query too long for Salesforce`, {
      blame: 'operator',
      hint: `Make the where of ${object} shorter`,
    })
  }
  return { object, stampField, parts, where, withDeleted }
}

function firstQuery({ object, parts, stampField, where }: WideRead, from: Position | null, until: string | null) {
  return selectFrom({ object, fields: parts[0] ?? [], stampField, where, from, until })
}

/** Too many records for Salesforce to order, or to check who may see them, in the time it gives a query. */
function isTooMuch(error: unknown): error is Fault {
  return error instanceof Fault && ['salesforce-query-timeout', 'salesforce-operation-too-large'].includes(error.code)
}

function tooSlow(object: string, { stamp }: Position, cause: Fault): Fault {
  return new Fault(
    'salesforce-changes-too-much',
    `Salesforce gives no changes of ${object}, not even those of one second (from ${stamp}): ${cause.message}`,
    { blame: cause.blame, exit: 1, cause, ...(cause.hint === undefined ? {} : { hint: cause.hint }) },
  )
}

function positionAfter(rows: readonly Row[], stampField: string): Position | null {
  const last = rows.at(-1)
  return last === undefined ? null : { stamp: instantText(String(last[stampField])), id: String(last['Id']) }
}
