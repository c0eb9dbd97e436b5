import { Fault } from '../../platform/errors.ts'
import type { ReadRequest } from '../source.ts'
import { type BulkRead, readInBulk } from './bulk-read.ts'
import { finished, type Standing, type Step } from './cursor.ts'
import type { AskedBy, Org } from './org.ts'
import { rowsOf } from './query.ts'
import { isFitForBulk, type Shape, shapeOf } from './shape.ts'
import { selectEverything } from './soql.ts'

/**
 * Everything, from where `start` stands. A read that begins asks for the first page over REST: its answer tells how many
 * records there are, and for most objects it is the first page. From `fromRecords` on it is put aside for a Bulk job, as it
 * is when the query is too much for REST.
 */
export async function* everythingFrom(
  org: Org,
  request: ReadRequest,
  described: Shape,
  start: Standing,
  asked: AskedBy,
): AsyncGenerator<Step> {
  let shape = described
  let refusal: Fault | null = null
  if (start.bulk === null) {
    const rest = overRest(org, request, shape, start, asked)
    const mayBulk = start.from === null && isFitForBulk(shape)
    let first: IteratorResult<RestStep> | null = null
    try {
      first = await rest.next()
    } catch (error) {
      if (!mayBulk || !isTooMuchForRest(error)) throw error
      refusal = error
    }
    const isMany = first?.done === false && first.value.total >= org.bulk.fromRecords
    if (first !== null && !(mayBulk && isMany)) {
      if (!first.done) yield first.value
      return yield* rest
    }
    await rest.return(undefined)
    // Described anew where a field had vanished.
    shape = await shapeOf(org, request, asked)
  }
  const end = yield* readInBulk(bulkReadOf(org, request, shape, asked), start)
  if (end === 'read') return
  if (refusal !== null) throw refusal
  yield* overRest(org, request, shape, { ...start, from: null, bulk: null }, asked)
}

/** What REST cannot do, and Bulk may: its query stands in the body, and has no order that takes long to make. */
function isTooMuchForRest(error: unknown): error is Fault {
  const codes = ['salesforce-query-too-long', 'salesforce-query-timeout', 'salesforce-operation-too-large']
  return error instanceof Fault && codes.includes(error.code)
}

type RestStep = Step & { readonly total: number }

async function* overRest(
  org: Org,
  request: ReadRequest,
  shape: Shape,
  start: Standing,
  asked: AskedBy,
): AsyncGenerator<RestStep> {
  for await (const { records, position, total, isLast } of rowsOf(org, request, shape, start, asked)) {
    yield { records, at: isLast ? finished(start) : { ...start, from: position }, total }
  }
}

function bulkReadOf(org: Org, request: ReadRequest, shape: Shape, asked: AskedBy): BulkRead {
  const { jobs, clock, log, apiVersion } = org
  const { object } = request
  const soql = bulkSoql(request, shape)
  return { jobs, clock, log, apiVersion, soql, columns: shape.select, plan: shape.rows, call: { object, ...asked } }
}

export function bulkSoql({ object, where }: ReadRequest, { select }: Shape): string {
  return selectEverything({ object, fields: select, where })
}
