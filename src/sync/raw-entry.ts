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
  // Mostly they come sorted: a mapping asks for its fields in order.
  if (isSorted(fields)) return JSON.stringify(fields)
  const names = Object.keys(fields).sort()
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, fields[name]])))
}

function isSorted(fields: Readonly<Record<string, unknown>>): boolean {
  let before = ''
  for (const name in fields) {
    if (name < before) return false
    before = name
  }
  return true
}
