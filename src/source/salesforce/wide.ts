import { Fault } from '../../platform/errors.ts'
import { instantText } from '../canonical.ts'
import type { AskedBy, Org } from './org.ts'
import { rowsByIds } from './query.ts'
import { selectByIds } from './soql.ts'
import type { Row } from './wire.ts'

/** A read whose columns are asked for in parts. */
export interface WideRead {
  readonly object: string
  readonly stampField: string
  /** Columns of each part, id and stamp in all of them. */
  readonly parts: readonly (readonly string[])[]
  /** What a record has to meet, where it is asked for again. */
  readonly where: string | null
  readonly withDeleted: boolean
}

/** How often records are asked for that change while their parts are read. */
const ROUNDS = 5

/**
 * Rows of the first part, each with what the other parts hold of it, or `null` where its record is gone by now. A record
 * whose stamp is not the same in all parts changed in between: all its parts are asked for again.
 */
export async function joinParts(
  org: Org,
  read: WideRead,
  rows: readonly Row[],
  asked: AskedBy,
): Promise<readonly (Row | null)[]> {
  const [first = [], ...others] = read.parts
  if (others.length === 0 || rows.length === 0) return rows
  const whole = new Map<string, Row>()
  let open = rows
  for (let round = 0; round < ROUNDS; round += 1) {
    const ids = open.map(idOf)
    const parts: Map<string, Row>[] = []
    for (const part of others) parts.push(await partByIds(org, { ...read, where: null }, part, ids, asked))
    const changed: string[] = []
    for (const row of open) {
      const id = idOf(row)
      const rest = parts.map((part) => part.get(id)).filter((part) => part !== undefined)
      if (rest.length < parts.length) continue
      const stamp = stampOf(row, read)
      if (rest.some((one) => stampOf(one, read) !== stamp)) changed.push(id)
      else whole.set(id, rest.reduce(joined, row))
    }
    if (changed.length === 0) return rows.map((row) => whole.get(idOf(row)) ?? null)
    open = [...(await partByIds(org, read, first, changed, asked)).values()]
  }
  throw new Fault(
    'salesforce-record-unsteady',
    `${open.length} records of ${read.object} changed each time their ${read.parts.length} parts were read, ${ROUNDS} times`,
    { blame: 'remote', exit: 1, hint: `Run again at a quieter hour, or map fewer fields of ${read.object}` },
  )
}

async function partByIds(
  org: Org,
  { object, where, withDeleted }: WideRead,
  columns: readonly string[],
  ids: readonly string[],
  asked: AskedBy,
): Promise<Map<string, Row>> {
  const select = (some: readonly string[]) => selectByIds(object, columns, where, some)
  const found = new Map<string, Row>()
  for await (const { rows } of rowsByIds(org, { object, select, withDeleted }, ids, asked)) {
    for (const row of rows) found.set(idOf(row), row)
  }
  return found
}

/** Parents are joined too: fields of one may stand in several parts. */
function joined(row: Row, more: Row): Row {
  const both: Record<string, unknown> = { ...row }
  for (const [name, value] of Object.entries(more)) {
    const had = both[name]
    both[name] = isRow(had) && isRow(value) ? joined(had, value) : value
  }
  return both
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null
}

function idOf(row: Row): string {
  return String(row['Id'])
}

function stampOf(row: Row, { stampField }: WideRead): string {
  return instantText(String(row[stampField]))
}
