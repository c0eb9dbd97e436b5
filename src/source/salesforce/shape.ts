import type { CallOptions } from '../../platform/call-options.ts'
import { Fault } from '../../platform/errors.ts'
import type { ObjectDescription, ObjectNeed, ReadRequest } from '../source.ts'
import type { Standing } from './cursor.ts'
import { hiddenFields, readUserName } from './hidden.ts'
import { isOpen, openTogether } from './opening.ts'
import { type AskedBy, type Org, takeOwed } from './org.ts'
import { type FoundField, findField, hasField, stampFieldOf } from './schema.ts'
import type { RowPlan } from './to-records.ts'
import type { Describe } from './wire.ts'

/** How an object is read: settled by what the org says of it. */
export interface Shape {
  readonly rows: RowPlan
  /** What is selected in any read. */
  readonly select: readonly string[]
  /** What is selected besides when deleted records come too. */
  readonly selectDeleted: readonly string[]
  readonly deletes: boolean
  readonly replicateable: boolean
  /** What its ids begin with; empty where that is not known. */
  readonly keyPrefix: string
}

export async function shapeOf(
  org: Org,
  request: Pick<ReadRequest, 'object' | 'fields'>,
  asked: AskedBy,
): Promise<Shape> {
  const describe = await org.schemas.describe(request.object, asked)
  const found = await Promise.all(request.fields.map((field) => findField(org.schemas, describe, field, asked)))
  const missing = found.filter((field) => field.is !== 'found')
  if (missing.length > 0) throw hiddenFields(request.object, missing, await readUserName(org, asked))
  const stampField = stampFieldOf(describe)
  if (stampField === null || !describe.queryable) throw unreadable(describe)
  const fields = found.filter((field): field is Extract<FoundField, { is: 'found' }> => field.is === 'found')
  const rows = { fields: fields.map((field) => field.plan), stampField }
  return {
    rows,
    select: unique(['Id', stampField, ...rows.fields.map((field) => field.path.join('.'))]),
    selectDeleted: ['IsDeleted', 'MasterRecordId'].filter((name) => hasField(describe, name)),
    deletes: hasField(describe, 'IsDeleted'),
    replicateable: describe.replicateable,
    keyPrefix: describe.keyPrefix ?? '',
  }
}

function unreadable(describe: Describe): Fault {
  const problem = describe.queryable ? 'has no field that tells when a record changed' : 'cannot be queried'
  return new Fault('salesforce-object-unreadable', `The object "${describe.name}" ${problem}`, {
    blame: 'operator',
    hint: `Leave ${describe.name} out of the source mapping`,
  })
}

/** What is selected, id and stamp first. */
export function columnsOf({ select, selectDeleted }: Shape, mode: Standing['mode']): string[] {
  return mode === 'everything' ? [...select] : unique([...select, ...selectDeleted])
}

/** The type of each field of the request, in its order. */
export function typesOf({ rows }: Shape): string[] {
  return rows.fields.map((field) => field.type)
}

/** Types whose values look otherwise in CSV than in JSON, or are not there at all. */
const NOT_IN_CSV = new Set(['anyType', 'complexvalue', 'base64', 'address', 'location'])

export function isFitForBulk({ rows }: Shape): boolean {
  return !rows.fields.some((field) => NOT_IN_CSV.has(field.type))
}

/** Formulas, roll-ups and fields of a parent change without the stamp of the record that shows them. */
export async function describeObject(
  org: Org,
  { object, fields, reads }: ObjectNeed,
  options: CallOptions = {},
): Promise<ObjectDescription> {
  const { schemas } = org
  const tally = takeOwed(org, object)
  const asked = { tally, signal: options.signal }
  if (reads !== undefined && !isOpen(org, object)) await openTogether(org, [{ object, fields, ...reads }], asked)
  const describe = await schemas.describe(object, asked)
  const found = await Promise.all(fields.map((field) => findField(schemas, describe, field, asked)))
  return {
    asked: found
      .filter((each) => each.is === 'found')
      .map(({ plan, field }) => ({
        name: plan.asked,
        type: plan.type,
        stamped: plan.path.length === 1 && field?.calculated !== true,
      })),
    fields: describe.fields.map(({ name, type }) => ({ name, type, isOwn: name.endsWith('__c') })),
    alwaysWhole: false,
    ...tally,
  }
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)]
}
