import { notFound, SalesforceError } from './errors.ts'
import type { Org } from './org.ts'
import type { ObjectDef } from './schema.ts'
import { tableOf } from './tables.ts'
import { formatInstant, parseInstant } from './values.ts'

const MINUTE_MS = 60_000

/**
 * Up to when every change is known to be visible: nothing with an earlier stamp can still appear.
 *
 * Behind now by the lag of the limits, never after the start of the oldest transaction that is still open, and cut to the
 * grain of the limits.
 */
export function horizonOf(org: Org): number {
  const { clock, limits } = org.engine
  const settled = clock.now() - limits.get('salesforce.replicationLagMs')
  const horizon = Math.min(settled, org.transactions.oldestStart() ?? settled)
  return cut(horizon, limits.get('salesforce.replicationGrainMs'))
}

/** `/sobjects/X/updated`: ids of records that were created or changed in a window, and how far that answer reaches. */
export function readUpdated(org: Org, objectName: string, start: string | null, end: string | null): object {
  const object = replicateable(org, objectName)
  const window = readWindow(org, start, end, 'salesforce.updatedWindowMs')
  const rows = org.engine.db
    .prepare(
      `SELECT "Id" AS id FROM ${tableOf(object)}
       WHERE "SystemModstamp" >= ? AND "SystemModstamp" < ?${liveOnly(org, object)}${sharedOnly(org, object, '"Id"')}
       ORDER BY "SystemModstamp", "Id"`,
    )
    .all(window.from, window.to) as { id: string }[]
  refuseTooMany(org, rows.length)
  return { ids: rows.map((row) => row.id), latestDateCovered: formatInstant(window.to) }
}

/** `/sobjects/X/deleted`: ids of records that were deleted in a window, as far back as the recycle bin reaches. */
export function readDeleted(org: Org, objectName: string, start: string | null, end: string | null): object {
  const object = replicateable(org, objectName)
  const window = readWindow(org, start, end, 'salesforce.deletedWindowMs')
  const rows = org.engine.db
    .prepare(
      `SELECT id, at FROM sf_deletion WHERE object = ? AND at >= ? AND at < ?${sharedOnly(org, object, 'id')} ORDER BY at, id`,
    )
    .all(object.name, window.from, window.to) as { id: string; at: number }[]
  refuseTooMany(org, rows.length)
  const earliest = org.engine.clock.now() - org.engine.limits.get('salesforce.deletedWindowMs')
  return {
    deletedRecords: rows.map((row) => ({ id: row.id, deletedDate: formatInstant(row.at) })),
    earliestDateAvailable: formatInstant(cut(earliest, MINUTE_MS)),
    latestDateCovered: formatInstant(window.to),
  }
}

function replicateable(org: Org, objectName: string): ObjectDef {
  const object = org.object(objectName)
  if (object === undefined) throw notFound()
  if (object.replicateable) return object
  throw new SalesforceError(400, 'INVALID_TYPE', `object type '${object.name}' is not replicateable`)
}

/** Seconds of the bounds do not count; a window is a minute at least, and its end is never after the horizon. */
function readWindow(org: Org, start: string | null, end: string | null, limit: string): { from: number; to: number } {
  const from = readBound(start, 'start')
  const to = readBound(end, 'end')
  const reach = org.engine.limits.get(limit)
  if (from < org.engine.clock.now() - reach - MINUTE_MS) {
    const message = `startDate cannot be more than ${Math.round(reach / 86_400_000)} days ago`
    throw new SalesforceError(400, 'INVALID_REPLICATION_DATE', message)
  }
  if (cut(to, MINUTE_MS) - cut(from, MINUTE_MS) < MINUTE_MS) {
    const message = 'endDate must be at least one minute greater than startDate'
    throw new SalesforceError(400, 'INVALID_REPLICATION_DATE', message)
  }
  const covered = Math.min(cut(to, org.engine.limits.get('salesforce.replicationGrainMs')), horizonOf(org))
  return { from: cut(from, MINUTE_MS), to: covered }
}

function readBound(value: string | null, name: string): number {
  // A `+` that the client did not encode arrives as a space.
  const ms = value === null ? null : parseInstant(value.replace(' ', '+'))
  if (ms !== null) return ms
  throw new SalesforceError(400, 'INVALID_REPLICATION_DATE', `${name}: invalid date ${value ?? ''}`.trim())
}

function refuseTooMany(org: Org, count: number): void {
  const most = org.engine.limits.get('salesforce.replicationIds')
  if (count <= most) return
  throw new SalesforceError(400, 'EXCEEDED_ID_LIMIT', `The number of ids exceeds the limit of ${most}.`)
}

function liveOnly(org: Org, object: ObjectDef): string {
  const whole = org.wholeObject(object.name) ?? object
  return whole.fields.some((field) => field.name === 'IsDeleted') ? ' AND "IsDeleted" = 0' : ''
}

function sharedOnly(org: Org, object: ObjectDef, column: string): string {
  const condition = org.sharing.condition(object, column)
  return condition === null ? '' : ` AND ${condition}`
}

function cut(ms: number, grain: number): number {
  return Math.floor(ms / grain) * grain
}
