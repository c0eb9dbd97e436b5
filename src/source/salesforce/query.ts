import type { Fault } from '../../platform/errors.ts'
import { parseExactJson } from '../canonical.ts'
import { LONGEST_QUERY, lengthInUrl } from './columns.ts'
import type { AskedBy, Org } from './org.ts'
import { parseWith, QueryPage, type Row, unexpectedAnswer } from './wire.ts'

const readPage = (what: string) => parseWith(QueryPage, `a query of ${what}`, parseExactJson)

export function query(org: Org, soql: string, what: string, withDeleted: boolean, asked: AskedBy): Promise<QueryPage> {
  const path = `${org.root}/${withDeleted ? 'queryAll' : 'query'}`
  return org.client.get({ path, query: { q: soql }, what, parse: readPage(what), ...asked })
}

/** The page after this one; `null` after the last. */
export function locatorAfter({ done, nextRecordsUrl }: QueryPage, what: string): string | null {
  if (done) return null
  if (nextRecordsUrl == null) throw noNextPage(what)
  return nextRecordsUrl
}

export function nextPage(org: Org, locator: string, what: string, asked: AskedBy): Promise<QueryPage> {
  // A path of the same org: anything else would carry the token elsewhere.
  if (!locator.startsWith('/services/')) throw noNextPage(what)
  return org.client.get({ path: locator, what, parse: readPage(what), ...asked })
}

function noNextPage(object: string): Fault {
  return unexpectedAnswer(
    `a query of ${object}`,
    'nextRecordsUrl',
    'no path of this org, though there are more records',
  )
}

/** What is asked about records by their ids. */
export interface IdQuestion {
  readonly object: string
  readonly select: (ids: readonly string[]) => string
  readonly withDeleted: boolean
}

/** Rows of many ids, in portions, each with the ids that were asked for and are all answered by then. */
export async function* rowsByIds(
  org: Org,
  { object, select, withDeleted }: IdQuestion,
  ids: readonly string[],
  asked: AskedBy,
): AsyncGenerator<{ readonly rows: readonly Row[]; readonly ids: readonly string[] }> {
  for (const { soql, ids: some } of idQueries(select, ids)) {
    let page = await query(org, soql, object, withDeleted, asked)
    for (let locator = locatorAfter(page, object); locator !== null; locator = locatorAfter(page, object)) {
      yield { rows: page.records, ids: [] }
      page = await nextPage(org, locator, object, asked)
    }
    yield { rows: page.records, ids: some }
  }
}

/** As many ids to a query as its address carries. */
function* idQueries(
  select: (ids: readonly string[]) => string,
  ids: readonly string[],
): Generator<{ readonly soql: string; readonly ids: readonly string[] }> {
  const room = LONGEST_QUERY - lengthInUrl(select([]))
  const each = lengthInUrl(`'${ids[0] ?? ''}',`)
  const count = Math.max(1, Math.floor(room / each))
  for (let i = 0; i < ids.length; i += count) {
    const some = ids.slice(i, i + count)
    yield { soql: select(some), ids: some }
  }
}
