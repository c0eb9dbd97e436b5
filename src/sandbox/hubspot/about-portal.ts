import { invalid, notFound } from './errors.ts'
import type { Owner, Portal } from './portal.ts'
import type { ObjectType, PipelineDef } from './standard.ts'

/** What comes with a new account was made when time began. */
const LONG_AGO = '1970-01-01T00:00:00Z'

export function propertiesOf(portal: Portal, type: ObjectType, archived: boolean): unknown {
  const results = archived ? [] : portal.properties(type)
  return {
    results: results.map(({ options = [], ...def }) => ({
      ...def,
      updatedAt: LONG_AGO,
      createdAt: LONG_AGO,
      description: '',
      groupName: `${type}information`,
      options: options.map((value, displayOrder) => ({ label: value, value, displayOrder, hidden: false })),
      displayOrder: -1,
      calculated: false,
      externalOptions: false,
      hasUniqueValue: false,
      hidden: false,
      archived: false,
      modificationMetadata: { archivable: true, readOnlyDefinition: def.hubspotDefined, readOnlyValue: false },
      formField: false,
    })),
  }
}

export function pipelinesOf(portal: Portal, type: ObjectType): unknown {
  return { results: portal.pipelines(type).map(shownPipeline) }
}

function shownPipeline({ id, label, stages, archived = false }: PipelineDef, displayOrder: number): unknown {
  const stamps = { createdAt: LONG_AGO, updatedAt: LONG_AGO }
  return {
    id,
    label,
    displayOrder,
    archived,
    ...stamps,
    stages: stages.map((stage, place) => ({
      archived: false,
      ...stage,
      displayOrder: place,
      writePermissions: 'CRM_PERMISSIONS_ENFORCEMENT',
      ...stamps,
    })),
  }
}

/** Owners, those who left only where they are asked for. */
export function listOwners(portal: Portal, [id]: readonly string[], query: URLSearchParams): unknown {
  const archived = query.get('archived') === 'true'
  const owners = portal.owners().filter((owner) => owner.archived === archived)
  if (id !== undefined) {
    const owner = owners.find((each) => each.id === id)
    if (owner === undefined) throw notFound()
    return shownOwner(owner)
  }
  const limit = Number(query.get('limit') ?? 100)
  if (!Number.isInteger(limit) || limit < 1 || limit > portal.engine.limits.get('hubspot.ownersPage')) {
    throw invalid('limit is out of range')
  }
  const from = Number(query.get('after') ?? 0)
  const next = from + limit
  return {
    results: owners.slice(from, next).map(shownOwner),
    ...(next < owners.length ? { paging: { next: { after: String(next), link: '' } } } : {}),
  }
}

function shownOwner({ id, email, firstName, lastName, userId, teams, createdAt, archived }: Owner): unknown {
  const at = new Date(createdAt).toISOString()
  return {
    id,
    email,
    type: 'PERSON',
    firstName,
    lastName,
    ...(archived ? {} : { userId }),
    userIdIncludingInactive: userId,
    createdAt: at,
    updatedAt: at,
    archived,
    ...(teams.length === 0
      ? {}
      : { teams: teams.map((name, place) => ({ id: String(place + 1), name, primary: place === 0 })) }),
  }
}
