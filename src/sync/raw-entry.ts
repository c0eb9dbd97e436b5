import type { Zone } from '../domain/day.ts'
import type { RecordMapping } from '../mapping/mapping.ts'
import type { SourceRecord } from '../source/source.ts'
import type { SavedEntry } from '../store/store.ts'

/** A record as the store keeps it: raw, and what the mapping makes of it. */
export function toEntry(
  record: RecordMapping,
  raw: Extract<SourceRecord, { kind: 'present' }>,
  zone: Zone,
): Extract<SavedEntry, { kind: 'present' }> {
  const { id, changedAt } = raw
  return { kind: 'present', id, changedAt, fields: sortedJson(raw.fields), ...record.map(raw, zone) }
}

/** Sorted keys, so that the same record read in another way has the same bytes. */
function sortedJson(fields: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(fields)
  // Mostly they come sorted: a mapping asks for its fields in order.
  if (names.every((name, i) => i === 0 || (names[i - 1] as string) < name)) return JSON.stringify(fields)
  return JSON.stringify(Object.fromEntries(names.sort().map((name) => [name, fields[name]])))
}
