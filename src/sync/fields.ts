import { boardsFedBy, feedsSentence, listed } from '../mapping/feeds.ts'
import type { BoardMapping, RecordMapping, SourceMapping } from '../mapping/mapping.ts'
import { Fault } from '../platform/errors.ts'
import type { ObjectDescription } from '../source/source.ts'
import type { Store, Stream } from '../store/store.ts'
import type { RunProblem } from './problem.ts'

/** What is remembered of an object's fields between runs. */
export interface KnownFields {
  readonly object: string
  /** Types of the mapped fields, as they were when last seen; optional ones only while they are there. */
  readonly mapped: Readonly<Record<string, string>>
  /** Mapped fields for want of which the object could not be read. */
  readonly missing: readonly string[]
  /** Types of all fields of the object itself. */
  readonly all: Readonly<Record<string, string>>
}

/** What changed about an object's fields since they were last looked at. */
export interface FieldNews {
  readonly retyped: readonly { readonly field: string; readonly from: string; readonly to: string }[]
  /** Mapped fields that were missing and are back. */
  readonly back: readonly string[]
  /** Fields that no mapping names. */
  readonly added: readonly { readonly name: string; readonly type: string }[]
  readonly removed: readonly string[]
}

/** Compares an object's fields with what was known of them. Of an object seen for the first time nothing is news. */
export function compareFields(
  before: KnownFields | null,
  record: Pick<RecordMapping, 'object' | 'reads' | 'optionalReads' | 'reading'>,
  description: Pick<ObjectDescription, 'asked' | 'fields'>,
): { readonly known: KnownFields; readonly news: FieldNews } {
  const old = before?.object === record.object ? before : null
  const asked = Object.fromEntries(description.asked.map(({ name, type }) => [name, type]))
  const all = Object.fromEntries(description.fields.map(({ name, type }) => [name, type]))
  // The columns of a file's ids and stamps are named, too.
  const named = [...record.reads, record.reading.id ?? '', record.reading.changedAt ?? '']
  const isMapped = new Set(named.map((name) => name.toLowerCase()))
  const isStillMissing = (field: string) => record.reads.includes(field) && asked[field] === undefined
  const mapped = { ...old?.mapped, ...asked }
  for (const field of record.optionalReads) if (asked[field] === undefined) delete mapped[field]
  const known: KnownFields = {
    object: record.object,
    mapped: Object.fromEntries(record.reads.flatMap((name) => (mapped[name] ? [[name, mapped[name]]] : []))),
    missing: (old?.missing ?? []).filter(isStillMissing),
    all,
  }
  const unmapped = (names: readonly string[]) => names.filter((name) => !isMapped.has(name.toLowerCase()))
  const news: FieldNews = {
    retyped: Object.entries(asked).flatMap(([field, to]) => {
      const from = old?.mapped[field]
      return from === undefined || from === to ? [] : [{ field, from, to }]
    }),
    back: (old?.missing ?? []).filter((field) => asked[field] !== undefined),
    added: old === null ? [] : unmapped(Object.keys(all)).flatMap((name) => (old.all[name] ? [] : [typed(name, all)])),
    removed: old === null ? [] : unmapped(Object.keys(old.all)).filter((name) => all[name] === undefined),
  }
  return { known, news }
}

function typed(name: string, types: Readonly<Record<string, string>>) {
  return { name, type: types[name] ?? '' }
}

/** The news in plain sentences. None of them fails a run. */
export function fieldSentences(
  { retyped, back, added, removed }: FieldNews,
  mapping: Pick<SourceMapping, 'source' | 'file'>,
  record: RecordMapping,
  boards: readonly BoardMapping[],
): RunProblem[] {
  const { object } = record
  const say = (code: string, message: string, hint?: string): RunProblem => ({
    subject: `${mapping.source} ${object}`,
    code,
    message,
    hint,
    exit: 0,
  })
  const feeds = (field: string) => feedsSentence(boardsFedBy(record, field, boards))
  const place = `${mapping.file}:${record.line}`
  return [
    ...retyped.map(({ field, from, to }) =>
      say(
        'field-retyped',
        `The type of the field "${field}" of ${object} changed from ${from} to ${to}; it ${feeds(field)}`,
        `Look at its values with rejected ${mapping.source}, and at how ${place} reads it`,
      ),
    ),
    ...(back.length === 0
      ? []
      : [
          say(
            'field-back',
            `${object} shows ${quoted(back)} again; it is read whole once, since values may have changed unseen`,
          ),
        ]),
    ...(added.length === 0
      ? []
      : [
          say(
            'field-new',
            `${object} has ${many(added.length, 'new field')} that no mapping names: ${some(added.map(({ name, type }) => `${name} (${type})`))}`,
            `To use one, add it under fields: in ${place}, for example extra.${ownName(added[0]?.name ?? '')}: { field: ${added[0]?.name}, as: text }`,
          ),
        ]),
    ...(removed.length === 0
      ? []
      : [
          say(
            'field-gone',
            `${object} no longer has ${quoted(removed)} (removed, or hidden from this user); no mapping names ${removed.length === 1 ? 'it' : 'them'}, so nothing is missing`,
          ),
        ]),
  ]
}

/** `Customer_Tier__c` as an admin might call it: `customerTier`. */
function ownName(field: string): string {
  const [first = '', ...rest] = field.replace(/__c$/, '').split(/[^A-Za-z0-9]+/)
  return (
    first.charAt(0).toLowerCase() +
    first.slice(1) +
    rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
  )
}

/** The fault of a read that lacks mapped fields, with the board columns that each of them feeds. */
export function namingColumns(
  fault: Fault,
  missing: readonly string[],
  record: RecordMapping,
  boards: readonly BoardMapping[],
): Fault {
  const [only] = missing
  const sentence = (field: string) => feedsSentence(boardsFedBy(record, field, boards))
  const told = missing.length > MOST_FED + 1 ? missing.slice(0, MOST_FED) : missing
  const rest = missing.length - told.length
  const feeds =
    missing.length === 1 && only !== undefined
      ? `it ${sentence(only)}`
      : [
          ...told.map((field) => `"${field}" ${sentence(field)}`),
          ...(rest > 0 ? [`check tells what the other ${rest} feed`] : []),
        ].join('; ')
  const { blame, hint, exit, retryAfterMs } = fault
  return new Fault(fault.code, `${fault.message}; ${feeds}`, {
    blame,
    exit,
    cause: fault,
    ...(hint === undefined ? {} : { hint }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}

export async function readKnownFields(store: Pick<Store, 'note'>, stream: Stream): Promise<KnownFields | null> {
  const note = await store.note(noteOf(stream))
  return note === null ? null : (JSON.parse(note) as KnownFields)
}

/** Writes only what changed. */
export async function rememberFields(
  store: Pick<Store, 'setNote'>,
  stream: Stream,
  before: KnownFields | null,
  known: KnownFields,
): Promise<void> {
  const note = JSON.stringify(known)
  if (note !== JSON.stringify(before)) await store.setNote(noteOf(stream), note)
}

function noteOf({ source, kind }: Stream): string {
  return `fields ${source} ${kind}`
}

function quoted(names: readonly string[]): string {
  return `${names.length === 1 ? 'the field' : 'the fields'} ${some(names.map((name) => `"${name}"`))}`
}

/** An admin who grants a permission set can change hundreds at once. */
function some(names: readonly string[]): string {
  const more = names.length - MOST_NAMED
  return listed(more > 1 ? [...names.slice(0, MOST_NAMED), `${more} more`] : names)
}

const MOST_NAMED = 20

/** Of how many missing fields one message says what they feed: each may feed a dozen boards. */
const MOST_FED = 2

function many(n: number, word: string): string {
  return n === 1 ? `a ${word}` : `${n} ${word}s`
}
