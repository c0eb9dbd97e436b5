import { Fault } from '../../platform/errors.ts'
import type { ReadRequest } from '../source.ts'
import { type BulkRead, readInBulk } from './bulk-read.ts'
import { capped } from './changes.ts'
import { LONGEST_QUERY, roomOf } from './columns.ts'
import { finished, type Standing, type Step } from './cursor.ts'
import type { AskedBy, Org } from './org.ts'
import { type Rows, rowsOf } from './rows.ts'
import { columnsOf, isFitForBulk, type Shape, shapeOf } from './shape.ts'
import { selectUnordered } from './soql.ts'

/** An object whose columns do not fit into one address takes many requests a page over REST. */
const MANY_IF_WIDE = 2000
/** Changes are so many only after something went over the whole object: a job for them pays from twice as many on. */
const MANY_CHANGES = 2
/** Records of a portion: what is made of them is soon forgotten. For portions of changes more is asked (`withLeavers`). */
const PORTION = 250
const PORTION_OF_CHANGES = 2000

/**
 * Everything, or all changes, from where `start` stands. Where nobody has counted the records, the first page is asked for
 * over REST: its answer tells how many there are, and for most reads it is the only one. Where they are many it is put
 * aside for a Bulk job, as it is when a query of everything is too much for REST.
 */
export async function* stepsFrom(
  org: Org,
  request: ReadRequest,
  described: Shape,
  start: Standing,
  counted: number | null,
  asked: AskedBy,
): AsyncGenerator<Step> {
  let shape = described
  let refusal: Fault | null = null
  if (start.bulk === null) {
    const isNew = start.mode === 'changes' || start.from === null
    const many = isNew && isFitForBulk(shape) ? manyFor(org, shape, start.mode) : Number.POSITIVE_INFINITY
    const isMany = counted !== null && counted >= many
    const end = isMany ? 'many' : yield* overRest(org, request, shape, start, asked, many)
    if (end === 'read') return
    if (end !== 'many') refusal = end
    // Described anew where a field had vanished.
    shape = await shapeOf(org, request, asked)
  }
  const end = yield* readInBulk(bulkReadOf(org, request, shape, start, asked), start)
  if (end === 'read') return
  if (refusal !== null) throw refusal
  const rest = { ...start, bulk: null }
  yield* overRest(org, request, shape, rest, asked, Number.POSITIVE_INFINITY)
}

function manyFor({ bulk }: Org, shape: Shape, mode: Standing['mode']): number {
  const isWide = roomOf(columnsOf(shape, mode)) > LONGEST_QUERY
  const many = isWide ? Math.min(MANY_IF_WIDE, bulk.fromRecords) : bulk.fromRecords
  return mode === 'changes' ? many * MANY_CHANGES : many
}

/** Returns `many` before the first step, or the fault of a first page that was too much where Bulk may do. */
async function* overRest(
  org: Org,
  request: ReadRequest,
  shape: Shape,
  start: Standing,
  asked: AskedBy,
  many: number,
): AsyncGenerator<Step, 'read' | 'many' | Fault> {
  const pages = rowsOf(org, request, shape, start, asked, many)
  let page: IteratorResult<Rows, 'read' | 'many'>
  try {
    page = await pages.next()
  } catch (error) {
    if (start.mode === 'everything' && many < Number.POSITIVE_INFINITY && isTooMuchForRest(error)) return error
    throw error
  }
  for (; !page.done; page = await pages.next()) {
    const { records, position, isLast } = page.value
    yield { records, at: isLast ? finished(start) : { ...start, from: reached(start, position) } }
  }
  return page.value
}

function reached({ mode, covered }: Standing, position: Rows['position']): Rows['position'] {
  return mode === 'changes' ? capped(position, covered) : position
}

/** What REST cannot do, and Bulk may: its query stands in the body, and has no order that takes long to make. */
function isTooMuchForRest(error: unknown): error is Fault {
  const codes = ['salesforce-query-too-long', 'salesforce-query-timeout', 'salesforce-operation-too-large']
  return error instanceof Fault && codes.includes(error.code)
}

function bulkReadOf(org: Org, request: ReadRequest, shape: Shape, start: Standing, asked: AskedBy): BulkRead {
  const { jobs, clock, log, apiVersion } = org
  const { object } = request
  const soql = bulkSoql(request, shape, start)
  const columns = columnsOf(shape, start.mode)
  const portion = start.mode === 'everything' ? PORTION : PORTION_OF_CHANGES
  return { jobs, clock, log, apiVersion, soql, columns, plan: shape.rows, portion, call: { object, ...asked } }
}

/** The query of a job for a read that begins, or began, at `from`. */
export function bulkSoql(
  { object, where }: ReadRequest,
  shape: Shape,
  { mode, from }: Pick<Standing, 'mode' | 'from'>,
): string {
  const selection = { object, fields: columnsOf(shape, mode), stampField: shape.rows.stampField }
  // As over REST: changes are read without the condition.
  return mode === 'everything'
    ? selectUnordered({ ...selection, where, since: null })
    : selectUnordered({ ...selection, where: null, since: from?.stamp ?? null })
}
