import type { z } from 'zod'
import { Fault } from '../../platform/errors.ts'
import type { ReadRequest, SourceRecord } from '../source.ts'
import { type Opening, SHORTEST_WINDOW_MS } from './opening.ts'
import { type AskedBy, instant, type Org } from './org.ts'
import { locatorAfter, nextPage, query, rowsByIds } from './query.ts'
import type { Shape } from './shape.ts'
import { type Position, selectByIds } from './soql.ts'
import { deletedRecord, toId18, toRecord } from './to-records.ts'
import { Deleted, parseWith, Updated } from './wire.ts'

/** Where Salesforce does not tell how far changes are complete: no transaction runs for longer than this. */
const LONGEST_TRANSACTION_MS = 10 * 60_000

/** An undeleted record may still name one. */
const MERGED = 'IsDeleted = true AND MasterRecordId != null'

/**
 * Up to when Salesforce says that all changes are there to be read. Asking for the last minutes is enough; while a long
 * transaction runs anywhere on the instance, the answer is its beginning, hours ago at times.
 */
export async function readCovered(
  org: Org,
  object: string,
  shape: Shape,
  opening: Opening | null,
  asked: AskedBy,
): Promise<string> {
  if (!shape.replicateable) return safelyBefore(org)
  if (opening !== null && opening.covered !== null) return opening.covered
  const now = org.client.serverNow()
  try {
    const updated = await org.client.get({
      path: `${org.root}/sobjects/${object}/updated/`,
      query: { start: instant(now - SHORTEST_WINDOW_MS), end: instant(now) },
      what: `changes of ${object}`,
      parse: parseWith(Updated, `the changes of ${object}`),
      ...asked,
    })
    return updated.latestDateCovered
  } catch (error) {
    if (isForgotten(error) || isUntold(error)) return safelyBefore(org)
    throw error
  }
}

/**
 * The same, and what was deleted since: it is not documented that deleting moves the stamp of a record, and what was
 * deleted past the recycle bin is in no query at all. `forgotten`: the log of deletions no longer reaches back so far.
 */
export async function readChanges(
  org: Org,
  object: string,
  shape: Shape,
  since: string,
  opening: Opening | null,
  asked: AskedBy,
): Promise<{ readonly covered: string; readonly deleted: readonly SourceRecord[] } | 'forgotten'> {
  if (!shape.deletes || !shape.replicateable)
    return { covered: await readCovered(org, object, shape, opening, asked), deleted: [] }
  try {
    const answer = toldBefore(opening, since) ?? (await readDeleted(org, object, since, asked))
    // Salesforce cuts the seconds off the start. What was deleted before it and undeleted since is not to go again.
    const deleted = answer.deletedRecords
      .map(({ id, deletedDate }) => ({ id: toId18(id), changedAt: deletedDate }))
      .filter(({ id, changedAt }) => changedAt >= since && id.startsWith(shape.keyPrefix))
      .map((gone): SourceRecord => ({ kind: 'deleted', ...gone }))
    return { covered: answer.latestDateCovered, deleted }
  } catch (error) {
    if (isForgotten(error)) return 'forgotten'
    if (isUntold(error)) return { covered: await readCovered(org, object, shape, opening, asked), deleted: [] }
    throw error
  }
}

function toldBefore(opening: Opening | null, since: string): z.infer<typeof Deleted> | null {
  if (opening === null || opening.covered === null || opening.deleted?.since !== since) return null
  return { deletedRecords: opening.deleted.records, latestDateCovered: opening.covered }
}

function readDeleted(org: Org, object: string, since: string, asked: AskedBy): Promise<z.infer<typeof Deleted>> {
  const now = org.client.serverNow()
  return org.client.get({
    path: `${org.root}/sobjects/${object}/deleted/`,
    query: { start: instant(Math.min(Date.parse(since), now - SHORTEST_WINDOW_MS)), end: instant(now) },
    what: `deletions of ${object}`,
    parse: parseWith(Deleted, `the deletions of ${object}`),
    ...asked,
  })
}

/**
 * `/deleted` does not tell of merges, and where deleting moves no stamp, the changes do not either: which of these records
 * were merged, and into which, is asked for by id.
 */
export async function withSurvivors(
  org: Org,
  object: string,
  shape: Shape,
  deleted: readonly SourceRecord[],
  asked: AskedBy,
): Promise<readonly SourceRecord[]> {
  if (!shape.selectDeleted.includes('MasterRecordId') || deleted.length === 0) return deleted
  const survivors = new Map<string, string>()
  const select = (some: readonly string[]) => selectByIds(object, ['Id', 'MasterRecordId'], MERGED, some)
  const ids = deleted.map(({ id }) => id)
  for await (const { rows } of rowsByIds(org, { object, select, withDeleted: true }, ids, asked)) {
    for (const row of rows) survivors.set(toId18(String(row['Id'])), String(row['MasterRecordId']))
  }
  return deleted.map(({ id, changedAt }) => deletedRecord(id, changedAt, survivors.get(id)))
}

/** Records of the recycle bin that were merged: a read of everything does not contain them, nor tell of merges. */
export async function readMerged(
  org: Org,
  object: string,
  shape: Shape,
  asked: AskedBy,
): Promise<readonly SourceRecord[]> {
  if (!shape.selectDeleted.includes('MasterRecordId')) return []
  const { stampField } = shape.rows
  const columns = ['Id', stampField, ...shape.selectDeleted]
  const merged: SourceRecord[] = []
  let page = await query(org, `SELECT ${columns.join(',')} FROM ${object} WHERE ${MERGED}`, object, true, asked)
  for (;;) {
    merged.push(...page.records.map((row) => toRecord(row, { stampField, fields: [] })))
    const locator = locatorAfter(page, object)
    if (locator === null) return merged
    page = await nextPage(org, locator, object, asked)
  }
}

function isForgotten(error: unknown): boolean {
  return error instanceof Fault && ['salesforce-replication-date', 'salesforce-id-limit'].includes(error.code)
}

/** What is described and keeps no log of changes, whatever its describe says: queries, and the next sweep, tell of them. */
function isUntold(error: unknown): boolean {
  const codes = ['salesforce-object-hidden', 'salesforce-not-found', 'salesforce-access-refused']
  return error instanceof Fault && codes.includes(error.code)
}

function safelyBefore(org: Org): string {
  return instant(org.client.serverNow() - LONGEST_TRANSACTION_MS)
}

/** With a condition: records that changed and do not meet it (any more) are gone for us. */
export async function withLeavers(
  org: Org,
  request: ReadRequest,
  records: readonly SourceRecord[],
  asked: AskedBy,
): Promise<readonly SourceRecord[]> {
  if (request.where === null) return records
  const ids = records.filter((record) => record.kind === 'present').map((record) => record.id)
  const matching = new Set<string>()
  // By id and not by stamp: a record that changes between the two queries is told right all the same.
  const { object, where } = request
  const select = (some: readonly string[]) => selectByIds(object, ['Id'], where, some)
  for await (const { rows } of rowsByIds(org, { object, select, withDeleted: false }, ids, asked)) {
    for (const row of rows) matching.add(String(row['Id']))
  }
  return records.map((record) =>
    record.kind === 'present' && !matching.has(record.id)
      ? { kind: 'deleted', id: record.id, changedAt: record.changedAt }
      : record,
  )
}

/** The cursor of a read of changes may not pass `covered`: behind it, records can still turn up. */
export function capped(position: Position | null, covered: string): Position | null {
  return position !== null && position.stamp < covered ? position : { stamp: covered, id: null }
}
