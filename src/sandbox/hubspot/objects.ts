import { associationTypes } from './associations.ts'
import { invalid, notFound } from './errors.ts'
import { type Portal, type StoredObject, valueIn } from './portal.ts'
import { modifiedProperty, type ObjectType, objectType, USUAL_PROPERTIES } from './standard.ts'

const LIST_LIMIT = 10

export interface Asked {
  readonly properties: readonly string[]
  readonly withHistory: readonly string[]
  readonly associations: readonly string[]
  readonly archived: boolean
}

/** What the query of a list or of one record asks for; names are repeated or separated by commas. */
export function askedOf(query: URLSearchParams): Asked {
  const names = (key: string) => query.getAll(key).flatMap((text) => text.split(',').filter((name) => name !== ''))
  return {
    properties: names('properties'),
    withHistory: names('propertiesWithHistory'),
    associations: names('associations'),
    archived: query.get('archived') === 'true',
  }
}

export function listObjects(portal: Portal, type: ObjectType, query: URLSearchParams): unknown {
  const asked = askedOf(query)
  const { limits } = portal.engine
  const limit = Number(query.get('limit') ?? LIST_LIMIT)
  const most = asked.withHistory.length > 0 ? limits.get('hubspot.listWithHistory') : limits.get('hubspot.listPage')
  if (!Number.isInteger(limit) || limit < 1 || limit > most) throw invalid(`limit must be at most ${most}`)
  const after = query.get('after') ?? '0'
  if (!/^\d+$/.test(after)) throw invalid(`after: ${after} is no cursor`)
  const page = portal.page(type, asked.archived, Number(after), limit + 1)
  const next = page[limit]
  return {
    results: page.slice(0, limit).map((record) => shown(portal, type, record, asked)),
    ...(next === undefined ? {} : { paging: { next: { after: String(next.id), link: '' } } }),
  }
}

export function readObject(portal: Portal, type: ObjectType, id: string, query: URLSearchParams): unknown {
  const asked = askedOf(query)
  const record = /^\d+$/.test(id) ? portal.find(type, Number(id)) : undefined
  if (record === undefined || (record.archivedAt !== null) !== asked.archived) throw notFound()
  return shown(portal, type, record, asked)
}

interface BatchRead {
  readonly inputs?: readonly { readonly id?: string }[]
  readonly properties?: readonly string[]
  readonly propertiesWithHistory?: readonly string[]
}

/** Answers in the order of ids; those that are not there are an error beside them, and the status is then 207. */
export function batchRead(
  portal: Portal,
  type: ObjectType,
  body: BatchRead,
  archived: boolean,
): { readonly status: number; readonly body: unknown } {
  const { limits, clock } = portal.engine
  const inputs = body.inputs ?? []
  const withHistory = body.propertiesWithHistory ?? []
  const most = withHistory.length > 0 ? limits.get('hubspot.batchWithHistory') : limits.get('hubspot.batchRead')
  if (inputs.length === 0 || inputs.length > most) throw invalid(`inputs must be from 1 to ${most}`)
  const asked: Asked = { properties: body.properties ?? [], withHistory, associations: [], archived }
  const ids = [...new Set(inputs.map(({ id }) => Number(id)))].sort((a, b) => a - b)
  const found = ids.flatMap((id) => {
    const record = portal.find(type, id)
    return record === undefined || (record.archivedAt !== null) !== archived ? [] : [record]
  })
  const missing = ids.filter((id) => !found.some((record) => record.id === id)).map(String)
  const at = new Date(clock.now()).toISOString()
  const answer = {
    status: 'COMPLETE',
    results: found.map((record) => shown(portal, type, record, asked)),
    startedAt: at,
    completedAt: at,
  }
  if (missing.length === 0) return { status: 200, body: answer }
  const error = {
    status: 'error',
    category: 'OBJECT_NOT_FOUND',
    message: `Could not get some ${type.toUpperCase()} objects, they may be deleted or not exist. Check that ids are valid.`,
    context: { ids: missing },
  }
  return { status: 207, body: { ...answer, numErrors: 1, errors: [error] } }
}

/** A record as the API tells it: what is not known is left out without a word. */
export function shown(portal: Portal, type: ObjectType, record: StoredObject, asked: Asked): unknown {
  const known = new Set(portal.properties(type).map(({ name }) => name))
  const wanted = asked.properties.length > 0 ? asked.properties : USUAL_PROPERTIES[type]
  const names = new Set([...wanted, 'createdate', modifiedProperty(type), 'hs_object_id'])
  for (const name of asked.withHistory) names.add(name)
  const properties = [...names].filter((name) => known.has(name)).sort()
  const histories = asked.withHistory.filter((name) => known.has(name))
  return {
    id: String(record.id),
    properties: Object.fromEntries(properties.map((name) => [name, valueIn(type, record, name)])),
    ...(histories.length === 0
      ? {}
      : {
          propertiesWithHistory: Object.fromEntries(histories.map((name) => [name, told(portal, type, record, name)])),
        }),
    createdAt: new Date(record.createdAt).toISOString(),
    updatedAt: new Date(record.updatedAt).toISOString(),
    archived: record.archivedAt !== null,
    ...(record.archivedAt === null ? {} : { archivedAt: new Date(record.archivedAt).toISOString() }),
    ...associationsOf(portal, type, record, asked.associations),
  }
}

/** Newest first. */
function told(portal: Portal, type: ObjectType, record: StoredObject, name: string): unknown[] {
  const rows = portal.history(type, record.id, name)
  const value = valueIn(type, record, name)
  const all = rows.length > 0 ? rows : value === null ? [] : [{ value, at: record.createdAt }]
  return all.toReversed().map((row) => ({
    value: row.value,
    timestamp: new Date(row.at).toISOString(),
    sourceType: 'CRM_UI',
    sourceId: 'userId:1',
  }))
}

/** The same record stands there once for each type of association that it has. */
function associationsOf(portal: Portal, type: ObjectType, record: StoredObject, wanted: readonly string[]): object {
  const most = portal.engine.limits.get('hubspot.inlineAssociations')
  const entries = wanted.flatMap((name) => {
    const to = objectType(name)
    if (to === null) throw invalid(`Unable to infer object type from: ${name}`)
    const all = portal.associated(type, record.id, to)
    if (all.length === 0) return []
    const results = all
      .slice(0, most)
      .flatMap(({ id, isPrimary }) =>
        associationTypes(type, to, isPrimary).map(({ inline }) => ({ id: String(id), type: inline })),
      )
    const next = all[most]
    const paging = next === undefined ? {} : { paging: { next: { after: String(next.id), link: '' } } }
    return [[to, { results, ...paging }] as const]
  })
  return entries.length === 0 ? {} : { associations: Object.fromEntries(entries) }
}
