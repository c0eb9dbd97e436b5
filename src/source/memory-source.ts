import type { CallOptions } from '../platform/call-options.ts'
import { Fault } from '../platform/errors.ts'
import type {
  ByIdRequest,
  CheckProblem,
  Cursor,
  FieldValue,
  ObjectNeed,
  Page,
  ReadRequest,
  RecordsById,
  Source,
  SourceRecord,
} from './source.ts'

/** A source that lives in this process: for trials, and as the plainest example of the contract. */
export interface MemorySource extends Source {
  /** Creates or changes a record. */
  put(object: string, id: string, fields: Readonly<Record<string, FieldValue>>): void
  remove(object: string, id: string, mergedInto?: string): void
  /** Changes a field as a formula does: no read of changes tells. From now on `describe` says so of the field. */
  recalculate(object: string, id: string, field: string, value: FieldValue): void
  /** Takes a record away without a trace, as a lost permission does. */
  vanish(object: string, id: string): void
}

interface Entry {
  readonly id: string
  /** Every change has the next number: what cursors count in. */
  readonly change: number
  /** `null`: deleted. */
  readonly fields: Readonly<Record<string, FieldValue>> | null
  readonly mergedInto: string | undefined
}

/** In `everything` a read of all records is under way, which began after change `began`. */
interface Standing {
  readonly mode: 'everything' | 'changes'
  readonly after: number
  readonly began: number
}

export function createMemorySource(options: { readonly name: string; readonly pageSize?: number }): MemorySource {
  const objects = new Map<string, Map<string, Entry>>()
  const unstamped = new Map<string, Set<string>>()
  const pageSize = options.pageSize ?? 100
  let change = 0

  const entries = (object: string): Map<string, Entry> => {
    const found = objects.get(object) ?? new Map<string, Entry>()
    objects.set(object, found)
    return found
  }

  const readable = ({ object, where }: Pick<ReadRequest, 'object' | 'where'>): Map<string, Entry> => {
    const known = objects.get(object)
    if (known === undefined) throw new Fault('memory-object-missing', noObject(object), { blame: 'operator' })
    if (where !== null) throw new Fault('memory-where', 'A memory source knows no conditions', { blame: 'operator' })
    return known
  }

  async function* readByIds(request: ByIdRequest, callOptions: CallOptions = {}): AsyncGenerator<RecordsById> {
    const known = readable(request)
    const ids = [...new Set(request.ids)]
    for (let i = 0; i < ids.length; i += pageSize) {
      callOptions.signal?.throwIfAborted()
      const records = ids.slice(i, i + pageSize).map((id): SourceRecord => {
        const entry = known.get(id)
        return toRecord(entry ?? { id, change, fields: null, mergedInto: undefined }, request.fields)
      })
      yield { records, requests: 1 }
    }
  }

  async function* read(request: ReadRequest, callOptions: CallOptions = {}): AsyncGenerator<Page> {
    const known = readable(request)
    const start: Standing =
      request.after === null ? { mode: 'everything', after: 0, began: change } : JSON.parse(request.after)
    const snapshot = start.mode === 'everything'
    let after = start.after
    for (;;) {
      callOptions.signal?.throwIfAborted()
      const rest = [...known.values()]
        .filter((entry) => entry.change > after && (!snapshot || entry.fields !== null))
        .sort((a, b) => a.change - b.change)
      const page = rest.slice(0, pageSize)
      const isLast = rest.length <= pageSize
      after = page.at(-1)?.change ?? after
      // Records that changed while everything was read come again: no order of saving loses them.
      const next: Standing = isLast
        ? { mode: 'changes', after: snapshot ? start.began : after, began: start.began }
        : { ...start, after }
      const records = page.map((entry) => toRecord(entry, request.fields))
      yield { records, cursor: JSON.stringify(next) as Cursor, snapshot, requests: 1 }
      if (isLast) return
    }
  }

  return {
    name: options.name,
    put: (object, id, fields) => {
      change += 1
      entries(object).set(id, { id, change, fields, mergedInto: undefined })
    },
    remove: (object, id, mergedInto) => {
      if (!entries(object).has(id)) return
      change += 1
      entries(object).set(id, { id, change, fields: null, mergedInto })
    },
    recalculate: (object, id, field, value) => {
      const entry = entries(object).get(id)
      if (entry?.fields == null) return
      unstamped.set(object, (unstamped.get(object) ?? new Set()).add(field))
      entries(object).set(id, { ...entry, fields: { ...entry.fields, [field]: value } })
    },
    vanish: (object, id) => void entries(object).delete(id),
    describe: async ({ object, fields }) => {
      const names = fieldsOf(readable({ object, where: null }))
      return {
        asked: fields
          .filter((name) => names.has(name))
          .map((name) => ({ name, type: 'text', stamped: unstamped.get(object)?.has(name) !== true })),
        fields: [...names].map((name) => ({ name, type: 'text' })),
        alwaysWhole: false,
        requests: 0,
        sharedRequests: 0,
      }
    },
    readByIds,
    check: async (needs) => needs.flatMap((need) => checkNeed(need, objects.get(need.object))),
    read,
    estimate: async (requests) => ({ requests: requests.length, uncounted: [] }),
    quota: () => null,
  }
}

function toRecord(entry: Entry, fields: readonly string[]): SourceRecord {
  const { id } = entry
  const changedAt = new Date(entry.change * 1000).toISOString()
  if (entry.fields !== null) {
    const values = entry.fields
    return {
      kind: 'present',
      id,
      changedAt,
      fields: Object.fromEntries(fields.map((name) => [name, values[name] ?? null])),
    }
  }
  return { kind: 'deleted', id, changedAt, ...(entry.mergedInto === undefined ? {} : { mergedInto: entry.mergedInto }) }
}

function checkNeed(need: ObjectNeed, entries: Map<string, Entry> | undefined): CheckProblem[] {
  const { object } = need
  if (entries === undefined) {
    return [{ level: 'error', code: 'memory-object-missing', message: noObject(object), object }]
  }
  const known = fieldsOf(entries)
  return need.fields
    .filter((field) => !known.has(field))
    .map((field) => {
      const message = `No record of "${object}" has a field "${field}"`
      return { level: 'error', code: 'memory-field-missing', message, object, field }
    })
}

function fieldsOf(entries: Map<string, Entry>): Set<string> {
  return new Set([...entries.values()].flatMap((entry) => Object.keys(entry.fields ?? {})))
}

function noObject(object: string): string {
  return `There is no object "${object}"`
}
