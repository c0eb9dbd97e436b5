import type { FieldValue, ReadRequest, SourceRecord } from '../source.ts'
import type { Account, AskedBy } from './account.ts'
import { type Associated, readAssociations, theOne } from './associations.ts'
import {
  type FieldPlan,
  findField,
  followedOf,
  missingFields,
  nearestField,
  type Reading,
  readingOf,
  type StageNames,
  stageNames,
} from './fields.ts'
import { momentsOf, type PastValue } from './history.ts'
import type { Pipelines } from './schema.ts'
import { canonicalValue, instantOf } from './values.ts'
import { type Condition, conditionOf } from './where.ts'

/** A record as HubSpot's client hands it over, as far as we look at it. */
export interface RawObject {
  readonly id: string
  readonly properties: Readonly<Record<string, string | null>>
  readonly propertiesWithHistory?: Readonly<Record<string, readonly PastValue[]>>
  readonly updatedAt: Date
  readonly archivedAt?: Date
  readonly associations?: Readonly<
    Record<string, { readonly results: readonly { readonly id: string }[]; readonly paging?: object }>
  >
}

/** How an object is read: settled by what the account says of it. */
export interface Shape {
  readonly object: string
  readonly reading: Reading
  readonly type: string
  readonly fields: readonly { readonly name: string; readonly plan: FieldPlan }[]
  /** What is asked for of each record, beside what always comes. */
  readonly properties: readonly string[]
  readonly histories: readonly string[]
  readonly associations: readonly string[]
  readonly stages: StageNames | null
  readonly pipelines: Pipelines | null
  readonly condition: Condition | null
  /** Where HubSpot says which records were merged into one. */
  readonly mergedIn: string | null
  /** The property that moves when a record changes. */
  readonly modified: string
}

export const MERGED = 'hs_merged_object_ids'

export async function shapeOf(
  account: Account,
  { object, fields, where }: Pick<ReadRequest, 'object' | 'fields' | 'where'>,
  asked: AskedBy,
): Promise<Shape> {
  const reading = readingOf(object)
  const { type } = reading
  const properties = await account.schemas.properties(type, asked)
  const plans = fields.map((name) => ({ name, plan: findField(reading, properties, name) }))
  const missing = plans.flatMap(({ name, plan }) => (plan === null ? [name] : []))
  const condition = conditionOf(object, where)
  for (const name of condition?.properties ?? []) if (!properties.has(name)) missing.push(name)
  if (missing.length > 0) throw missingFields(object, missing, nearestField(reading, properties, missing[0] ?? ''))
  const found = plans.flatMap(({ name, plan }) => (plan === null ? [] : [{ name, plan }]))
  const stages = stageNames(properties)
  const isStaged = found.some(({ plan }) => plan.from === 'stage' || plan.from === 'pipeline')
  const named = found.flatMap(({ plan }) => (plan.from === 'property' ? [plan.name] : []))
  const staged = isStaged && stages !== null ? [stages.stage, stages.pipeline] : []
  const histories = reading.as === 'history' ? [...new Set([...followedOf(properties), ...named])] : []
  const mergedIn = properties.has(MERGED) && reading.as === 'records' ? MERGED : null
  return {
    object,
    reading,
    type,
    fields: found,
    properties: [...new Set([...named, ...staged, ...histories, ...(condition?.properties ?? [])])].sort(),
    histories,
    associations: [...new Set(found.flatMap(({ plan }) => (plan.from === 'association' ? [plan.to] : [])))],
    stages,
    pipelines: isStaged ? await account.schemas.pipelines(type, asked) : null,
    condition,
    mergedIn,
    // Contacts have the other one too, and it is empty.
    modified: properties.has('lastmodifieddate') ? 'lastmodifieddate' : 'hs_lastmodifieddate',
  }
}

/** What each of some records is associated with, by type and id. */
export type AssociationsByType = ReadonlyMap<string, ReadonlyMap<string, Associated>>

export async function associationsOf(
  account: Account,
  { type, associations }: Shape,
  ids: readonly string[],
  asked: AskedBy,
): Promise<AssociationsByType> {
  const all = new Map<string, ReadonlyMap<string, Associated>>()
  if (ids.length === 0) return all
  for (const to of associations) all.set(to, await readAssociations(account, type, to, ids, asked))
  return all
}

/**
 * The same of records that came along with their associations: a record stands there once for each type of association, and
 * only where several are left is it asked which of them is the primary one.
 */
export async function inlineAssociations(
  account: Account,
  shape: Shape,
  raws: readonly RawObject[],
  asked: AskedBy,
): Promise<AssociationsByType> {
  const all = new Map<string, ReadonlyMap<string, Associated>>()
  for (const to of shape.associations) {
    const found = new Map<string, Associated>()
    const unclear: string[] = []
    for (const { id, associations } of raws) {
      const hung = associations?.[to]
      const ids = [...new Set((hung?.results ?? []).map((one) => one.id))]
      if (ids.length > 1 || hung?.paging !== undefined) unclear.push(id)
      else if (ids.length === 1) found.set(id, { ids, primary: null })
    }
    const asked2 = unclear.length === 0 ? [] : await readAssociations(account, shape.type, to, unclear, asked)
    all.set(to, new Map([...found, ...asked2]))
  }
  return all
}

/** What a record of HubSpot's comes to: one record, or one for each change of its history; deleted where it does not meet the condition. */
export function toRecords(shape: Shape, raw: RawObject, associations: AssociationsByType): SourceRecord[] {
  const isThere = shape.condition === null || shape.condition.meets(raw.properties)
  const gone = (id: string): SourceRecord => ({ kind: 'deleted', id, changedAt: stampOf(raw) })
  if (shape.reading.as === 'history') {
    const records = historyRecords(shape, raw)
    return isThere ? records : records.map(({ id }) => gone(id))
  }
  if (!isThere) return [gone(raw.id)]
  const one = (to: string) => {
    const associated = associations.get(to)?.get(raw.id)
    return associated === undefined ? null : theOne(associated)
  }
  const fields = fieldsOf(shape, raw.properties, (plan) => (plan.from === 'association' ? one(plan.to) : null))
  return [{ kind: 'present', id: raw.id, changedAt: stampOf(raw), fields }]
}

/** Records that are gone because they were merged into this one. */
export function mergedRecords({ mergedIn }: Shape, raw: RawObject): SourceRecord[] {
  const text = mergedIn === null ? null : raw.properties[mergedIn]
  const ids = (text ?? '').split(';').filter((id) => id !== '' && id !== raw.id)
  return ids.map((id) => ({ kind: 'deleted', id, changedAt: stampOf(raw), mergedInto: raw.id }))
}

function fieldsOf(
  shape: Shape,
  values: Readonly<Record<string, string | null>>,
  other: (plan: FieldPlan) => FieldValue,
): Record<string, FieldValue> {
  const fields: Record<string, FieldValue> = {}
  for (const { name, plan } of shape.fields) {
    if (plan.from === 'property') fields[name] = canonicalValue(values[plan.name], plan.type)
    else if (plan.from === 'stage' || plan.from === 'pipeline') fields[name] = stageField(shape, plan, values)
    else fields[name] = other(plan)
  }
  return fields
}

function stageField(
  { stages, pipelines }: Shape,
  plan: Extract<FieldPlan, { from: 'stage' | 'pipeline' }>,
  values: Readonly<Record<string, string | null>>,
): FieldValue {
  if (stages === null || pipelines === null) return null
  const pipeline = values[stages.pipeline] ?? null
  // An id that no pipeline has any more stands for itself.
  if (plan.from === 'pipeline') return pipeline === null ? null : (pipelines.labels.get(pipeline) ?? pipeline)
  const id = values[stages.stage] ?? null
  const stage = pipelines.find(pipeline, id)
  if (plan.what === 'label') return stage?.label ?? id
  if (plan.what === 'state') return stage?.state ?? null
  return canonicalValue(stage?.probability, 'number')
}

/**
 * One record for each moment of the history. Where the newest one is not what the record says of itself, which happens, a
 * further one brings it there: its own values count.
 */
function historyRecords(shape: Shape, raw: RawObject): SourceRecord[] {
  const histories = raw.propertiesWithHistory ?? {}
  const followed = Object.fromEntries(shape.histories.map((name) => [name, histories[name] ?? []]))
  const record = (id: string, at: number, values: Readonly<Record<string, string | null>>): SourceRecord => {
    const changedAt = instantOf(at)
    const fields = fieldsOf(shape, values, (plan) =>
      plan.from === 'history' ? (plan.what === 'at' ? changedAt : raw.id) : null,
    )
    return { kind: 'present', id, changedAt, fields }
  }
  const moments = momentsOf(followed)
  const records = moments.map(({ at, values }) => record(`${raw.id}:${at}`, at, Object.fromEntries(values)))
  const last = moments.at(-1)
  const differs = shape.histories.some((name) => (raw.properties[name] || null) !== (last?.values.get(name) ?? null))
  return differs ? [...records, record(`${raw.id}:now`, raw.updatedAt.getTime(), raw.properties)] : records
}

/** `12345:1790000000000` is of the deal `12345`. */
export function objectIdOf({ reading }: Shape, id: string): string {
  return reading.as === 'history' ? (id.split(':')[0] ?? id) : id
}

function stampOf({ updatedAt }: RawObject): string {
  return updatedAt.toISOString()
}
