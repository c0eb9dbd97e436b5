import type { Account, AskedBy } from './account.ts'
import { failedBatch } from './associations.ts'
import type { RawObject, Shape } from './shape.ts'
import { compareIds } from './values.ts'
import { wholeList } from './whole.ts'

const LIST = 100
const LIST_WITH_HISTORY = 50
const BATCH = 100
const BATCH_WITH_HISTORY = 50
const SEARCH = 200
/** An address may be so long, all names of properties together; some edges take no more than 8,000. */
const ADDRESS_CHARS = 6_000
const NAME_CHARS = '&propertiesWithHistory='.length

export interface Listed {
  readonly raws: readonly RawObject[]
  /** Where the next page begins; `null` after the last. */
  readonly after: string | null
}

/** What is asked for does not fit into an address: it is asked for by ids then, in a body. */
function isWide({ properties, histories, associations }: Shape): boolean {
  const chars = [...properties, ...histories, ...associations].reduce((sum, name) => sum + name.length + NAME_CHARS, 0)
  return chars > ADDRESS_CHARS
}

/** One page of all records, in the order of ids. */
export async function listPage(account: Account, shape: Shape, after: string | null, asked: AskedBy): Promise<Listed> {
  const wide = isWide(shape)
  const properties = wide ? [] : propertiesOf(shape)
  const page = await list(account, shape, {
    after,
    archived: false,
    properties,
    histories: wide ? [] : shape.histories,
    associations: shape.associations,
    asked,
  })
  if (!wide) return page
  const values = await readBatch(
    account,
    shape,
    page.raws.map(({ id }) => id),
    asked,
  )
  const byId = new Map(values.found.map((raw) => [raw.id, raw]))
  return {
    ...page,
    raws: page.raws.flatMap(({ id, associations }) => {
      const raw = byId.get(id)
      return raw === undefined ? [] : [{ ...raw, ...(associations === undefined ? {} : { associations }) }]
    }),
  }
}

/** One page of the records that were deleted, with when that was. */
export function listArchived(account: Account, shape: Shape, after: string | null, asked: AskedBy): Promise<Listed> {
  return list(account, shape, { after, archived: true, properties: [], histories: [], associations: [], asked })
}

interface ListRequest {
  readonly after: string | null
  readonly archived: boolean
  readonly properties: readonly string[]
  readonly histories: readonly string[]
  readonly associations: readonly string[]
  readonly asked: AskedBy
}

async function list({ client }: Account, { type }: Shape, request: ListRequest): Promise<Listed> {
  const { after, archived, histories, associations, asked } = request
  // With none named, HubSpot sends what it thinks is usual.
  const properties = request.properties.length === 0 ? ['hs_object_id'] : [...request.properties]
  return client.ask({ what: archived ? `deleted ${type}` : type, ...asked }, async ({ objects }) => {
    const page = await objects.getPage(
      type,
      histories.length > 0 ? LIST_WITH_HISTORY : LIST,
      after ?? undefined,
      properties,
      histories.length > 0 ? [...histories] : undefined,
      associations.length > 0 ? [...associations] : undefined,
      archived,
    )
    return { raws: wholeList<RawObject>(page, type), after: page.paging?.next?.after ?? null }
  })
}

function propertiesOf({ properties, mergedIn }: Shape): string[] {
  return mergedIn === null ? [...properties] : [...properties, mergedIn]
}

export interface Fetched {
  readonly found: readonly RawObject[]
  /** Ids under which nothing is (any more). */
  readonly missing: readonly string[]
}

/** Records as they are now, by id: never out of the index that searches are answered from. */
export async function readBatch(
  { client }: Account,
  shape: Shape,
  ids: readonly string[],
  asked: AskedBy,
  archived = false,
): Promise<Fetched> {
  const { type, histories } = shape
  const properties = propertiesOf(shape)
  const atOnce = histories.length > 0 ? BATCH_WITH_HISTORY : BATCH
  const found: RawObject[] = []
  for (let i = 0; i < ids.length; i += atOnce) {
    const inputs = ids.slice(i, i + atOnce).map((id) => ({ id }))
    const what = archived ? `deleted ${type}` : type
    const answer = await client.ask({ what, ...asked }, async ({ batch }) => {
      const request = { inputs, properties: properties.length > 0 ? properties : ['hs_object_id'] }
      const all = await batch.read(type, { ...request, propertiesWithHistory: [...histories] }, archived)
      return { results: wholeList<RawObject>(all, what), errors: 'errors' in all ? (all.errors ?? []) : [] }
    })
    const failed = answer.errors.find(({ category }) => category !== 'OBJECT_NOT_FOUND')
    if (failed !== undefined) throw failedBatch(what, failed.category)
    found.push(...answer.results)
  }
  const seen = new Set(found.map(({ id }) => id))
  return { found, missing: ids.filter((id) => !seen.has(id)) }
}

export interface Found {
  /** In the order of ids as numbers, each with the stamp that the index knows. */
  readonly changed: readonly { readonly id: string; readonly stamp: string }[]
  readonly isLast: boolean
}

/**
 * What changed within a window of time, by the index: the ids that come after `after`. A window that stays where it is and
 * ids that go up reach every record, however many there are and though all of them changed in the same millisecond.
 */
export async function searchChanged(
  { client }: Account,
  { type, modified }: Shape,
  window: { readonly from: number; readonly to: number },
  after: string | null,
  asked: AskedBy,
): Promise<Found> {
  const what = `changed ${type}`
  const within = {
    propertyName: modified,
    operator: 'BETWEEN',
    value: String(window.from),
    highValue: String(window.to),
  }
  const behind = after === null ? [] : [{ propertyName: 'hs_object_id', operator: 'GT', value: after }]
  return client.ask({ what, ...asked, spending: 'search' }, async ({ search }) => {
    const answer = await search.doSearch(type, {
      filterGroups: [{ filters: [within, ...behind] as never }],
      sorts: ['hs_object_id'],
      properties: ['hs_object_id'],
      limit: SEARCH,
    })
    const results = wholeList(answer, what)
    const changed = results
      .map(({ id, updatedAt }) => ({ id, stamp: updatedAt.toISOString() }))
      .sort((a, b) => compareIds(a.id, b.id))
    return { changed, isLast: results.length === 0 || (answer.total <= results.length && results.length < SEARCH) }
  })
}
