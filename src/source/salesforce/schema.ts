import { abortable } from '../../platform/abortable.ts'
import type { Clock } from '../../platform/clock.ts'
import { Fault } from '../../platform/errors.ts'
import { nearestName } from '../../platform/nearest.ts'
import type { SalesforceClient, Tally } from './client.ts'
import type { FieldPlan } from './to-records.ts'
import { Describe, type DescribedField, parseWith } from './wire.ts'

/** What the org says of its objects, asked once and kept for a while. */
export interface Schemas {
  describe(object: string, asked: Asked): Promise<Describe>
  /** Takes what was told along with other things, and believes it until then, by our clock. */
  keep(object: string, describe: Describe, until: number): void
  /** What it was is no longer believed: the next `describe` asks again. */
  forget(object: string): void
}

export interface Asked {
  readonly tally: Tally
  readonly signal?: AbortSignal | undefined
}

/**
 * As long as one sync may share it between objects. The next one asks anew: that is where a new field is seen, and how
 * it learns the clock of the server before it asks for changes up to now.
 */
const KEPT_MS = 30_000

export function createSchemas(client: SalesforceClient, root: string, clock: Clock): Schemas {
  const kept = new Map<string, { readonly describe: Promise<Describe>; readonly until: number }>()
  return {
    describe: (object, { tally, signal }) => {
      const found = kept.get(object)
      if (found !== undefined && clock.now() < found.until) return abortable(found.describe, signal)
      // Not bound to one caller's signal: others may wait for the same answer.
      const describe = askDescribe(client, root, object, tally)
      kept.set(object, { describe, until: clock.now() + KEPT_MS })
      describe.catch(() => kept.delete(object))
      return abortable(describe, signal)
    },
    keep: (object, describe, until) => void kept.set(object, { describe: Promise.resolve(describe), until }),
    forget: (object) => void kept.delete(object),
  }
}

async function askDescribe(client: SalesforceClient, root: string, object: string, tally: Tally): Promise<Describe> {
  if (!/^\w+$/.test(object)) throw hiddenObject(object, null)
  try {
    const path = `${root}/sobjects/${object}/describe`
    return await client.get({ path, what: object, parse: parseWith(Describe, `a describe of ${object}`), tally })
  } catch (error) {
    if (error instanceof Fault && error.code === 'salesforce-not-found') throw hiddenObject(object, error)
    throw error
  }
}

export function hiddenObject(object: string, cause: Fault | null): Fault {
  return new Fault('salesforce-object-hidden', `Salesforce shows no object "${object}" to this user`, {
    blame: 'operator',
    hint: `Check the spelling (API names, like Deal__c), and in Setup > Permission Sets give the user read access to ${object}`,
    ...(cause === null ? {} : { cause }),
  })
}

export type FoundField =
  | { readonly is: 'found'; readonly plan: FieldPlan; readonly field: DescribedField | null }
  | {
      readonly is: 'hidden' | 'compound'
      readonly asked: string
      /** Object and field where the path ends, as far as it is known: `User`, `Emial`. */
      readonly object: string
      readonly field: string
      /** What was meant, most likely, from its beginning: `Owner.Email`. */
      readonly nearest: string | null
    }

/** A parent that can be of several objects (an owner: user or queue) is read as a `Name`, which has these fields only. */
const NAME_FIELDS: Readonly<Record<string, string>> = {
  Alias: 'string',
  Email: 'email',
  FirstName: 'string',
  Id: 'id',
  IsActive: 'boolean',
  LastName: 'string',
  Name: 'string',
  Phone: 'phone',
  Title: 'string',
  Type: 'picklist',
  Username: 'string',
}

/**
 * Finds a field as a mapping spells it: `Amount`, or `Owner.Email` through a relation, of whatever case (SOQL does not
 * mind; its answers come in the org's spelling).
 */
export async function findField(schemas: Schemas, describe: Describe, asked: string, by: Asked): Promise<FoundField> {
  const parts = asked.split('.')
  const path: string[] = []
  let object = describe
  const suggest = (i: number, nearest: string | null) => (nearest === null ? null : parts.with(i, nearest).join('.'))
  for (const [i, relation] of parts.slice(0, -1).entries()) {
    const link = object.fields.find((field) => same(field.relationshipName ?? '', relation))
    if (link === undefined) {
      const relations = object.fields.flatMap((field) => field.relationshipName ?? [])
      return {
        is: 'hidden',
        asked,
        object: object.name,
        field: relation,
        nearest: suggest(i, nearestName(relation, relations)),
      }
    }
    path.push(link.relationshipName ?? relation)
    const [target, ...others] = link.referenceTo
    if (target === undefined || others.length > 0) return findNameField(asked, path, parts)
    object = await describeBeside(schemas, target, by)
  }
  const last = parts.at(-1) ?? ''
  const field = object.fields.find((candidate) => same(candidate.name, last))
  if (field === undefined) {
    const names = object.fields.map((candidate) => candidate.name)
    return {
      is: 'hidden',
      asked,
      object: object.name,
      field: last,
      nearest: suggest(parts.length - 1, nearestName(last, names)),
    }
  }
  if (field.type === 'address' || field.type === 'location') {
    return {
      is: 'compound',
      asked,
      object: object.name,
      field: field.name,
      nearest: suggest(parts.length - 1, partOf(field.name, object)),
    }
  }
  return { is: 'found', plan: { asked, path: [...path, field.name], type: field.type }, field }
}

/** What an object is that others point to: asked once for all of them, so it is counted as asked for the org. */
async function describeBeside(schemas: Schemas, object: string, { tally, signal }: Asked): Promise<Describe> {
  const own: Tally = { requests: 0, sharedRequests: 0 }
  try {
    return await schemas.describe(object, { tally: own, signal })
  } finally {
    tally.sharedRequests += own.requests + own.sharedRequests
  }
}

function findNameField(asked: string, path: readonly string[], parts: readonly string[]): FoundField {
  const last = parts.at(-1) ?? ''
  const name = Object.keys(NAME_FIELDS).find((candidate) => same(candidate, last))
  if (name === undefined || parts.length !== path.length + 1) {
    const near = nearestName(last, Object.keys(NAME_FIELDS))
    const nearest = near === null ? null : [...path, near].join('.')
    return { is: 'hidden', asked, object: 'Name', field: last, nearest }
  }
  return { is: 'found', plan: { asked, path: [...path, name], type: NAME_FIELDS[name] ?? 'string' }, field: null }
}

/** `BillingCountry` for `BillingAddress`. */
function partOf(compound: string, object: Describe): string | null {
  const stem = compound.replace(/(Address|__c)$/, '')
  const parts = object.fields.filter((field) => field.name !== compound && field.name.startsWith(stem))
  return parts.find((field) => /Country$/.test(field.name))?.name ?? parts[0]?.name ?? null
}

/** What orders changes of an object: `null` where nothing does. */
export function stampFieldOf(describe: Describe): string | null {
  const names = new Set(describe.fields.map((field) => field.name))
  return ['SystemModstamp', 'LastModifiedDate', 'CreatedDate'].find((name) => names.has(name)) ?? null
}

export function hasField(describe: Describe, name: string): boolean {
  return describe.fields.some((field) => field.name === name)
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
