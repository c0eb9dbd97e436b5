import type { Zone } from '../domain/day.ts'
import type { FactField, Field, Fields } from '../domain/fields.ts'
import { parentField, RECORDS, type RecordBase, type RecordKind } from '../domain/records.ts'
import type { FieldValue } from '../source/source.ts'
import { isCurrency } from './currencies.ts'
import { digestOf } from './digest.ts'
import { type AccountKeys, keysOf } from './identity-mapping.ts'
import type { MappedRecord, RecordMapping, Rejection } from './mapping.ts'
import { compareText } from './nearest.ts'
import { instantMs, readerFor, Unreadable } from './readings.ts'
import type { FieldObject, RecordFile } from './schema/source-file.ts'
import type { Reading } from './schema/values.ts'

/** Changes when this program reads the same text in another way than it did, so that stored records are mapped again. */
const READING_VERSION = 2
const MS_PER_DAY = 86_400_000
/** Longest piece of a value that a rejection keeps. */
const VALUE_LENGTH = 200
/** The company's settings that decide how records are read. */
export interface Company {
  readonly currency: string
  readonly timeZone: string
}

/** What is decided about a kind of record before the first one is mapped. */
export interface RecordPlan {
  readonly kind: RecordKind
  readonly record: RecordFile
  /** Of accounts that others may be found to be the same as; `null`: nothing looks. */
  readonly keys: AccountKeys | null
  /** Fields that hold the id by which another source knows the same record. */
  readonly twins: readonly { readonly field: string; readonly of: string }[]
  readonly fields: readonly FieldPlan[]
  readonly currency: { readonly literal: string } | { readonly field: string } | null
  readonly url: readonly (string | { readonly field: string })[] | null
  readonly reads: readonly string[]
  readonly optionalReads: readonly string[]
  readonly reading: Readonly<Record<string, string>>
  readonly line: number
  readonly extras: Fields<FactField>
}

export interface FieldPlan {
  /** Our name, `extra.` left out. */
  readonly name: string
  readonly extra: boolean
  readonly from: string | null
  readonly constant: string | number | boolean | undefined
  readonly reading: Reading
  readonly target: Field
  readonly form: FieldObject
  readonly nulls: readonly string[]
  readonly aliases: Readonly<Record<string, string>>
}

interface Making {
  readonly raw: { readonly id: string; readonly fields: Readonly<Record<string, FieldValue>> }
  readonly zone: Zone
  readonly currency: string | null
  readonly rejections: Rejection[]
  /** Set when a required field is empty or unreadable. */
  refused: Rejection | null
}

interface Step {
  readonly name: string
  fill(body: Record<string, unknown>, making: Making): void
}

/** The mapping itself: everything is decided here, so that a record costs little. */
export function compileRecord(source: string, plan: RecordPlan, company: Company): RecordMapping {
  const { kind, record } = plan
  const steps: Step[] = plan.fields.filter((field) => !field.extra).map((field) => fieldStep(kind, field))
  const extras = plan.fields
    .filter((field) => field.extra)
    .map((field) => fieldStep(kind, field))
    .sort((a, b) => compareText(a.name, b.name))
  if (extras.length > 0) steps.push(extraStep(extras))
  if (plan.twins.length > 0) steps.push({ name: 'sameAs', fill: (body, making) => fillTwins(body, making, plan.twins) })
  const url = plan.url
  if (url) steps.push({ name: 'url', fill: (body, making) => fillUrl(body, making, url) })
  const baseKeys = ['changedAt', 'currency', 'id', 'source', 'sourceId'] as const
  // Keys are set in order of their names: equal records have equal bytes.
  const ownCurrency = steps.some(({ name }) => name === 'currency')
  const ordered: Step[] = [
    ...steps,
    ...baseKeys.filter((name) => name !== 'currency' || !ownCurrency).map((name): Step => ({ name, fill: () => {} })),
  ].sort((a, b) => compareText(a.name, b.name))
  const { orderedBy } = RECORDS[kind]
  const orderedByDay = RECORDS[kind].fields[orderedBy]?.type === 'day'
  const { currency } = plan

  const digest = digestOf({
    version: READING_VERSION,
    source,
    kind,
    object: record.object,
    company,
    fields: plan.fields
      .toSorted((a, b) => compareText(a.name, b.name) || Number(a.extra) - Number(b.extra))
      .map(({ name, extra, from, constant, reading, form, nulls, aliases }) => ({
        name,
        extra,
        from,
        constant,
        reading,
        format: form.format,
        trim: form.trim,
        required: form.required,
        nulls,
        aliases,
      })),
    currency,
    url,
    ...(plan.keys === null ? {} : { keys: plan.keys }),
    ...(plan.twins.length === 0 ? {} : { twins: plan.twins }),
  })

  return {
    kind,
    object: record.object,
    where: record.where ?? null,
    reads: plan.reads,
    optional: record.optional,
    optionalReads: plan.optionalReads,
    fields: Object.fromEntries(
      plan.fields.flatMap(({ name, extra, from }) => (from === null ? [] : [[extra ? `extra.${name}` : name, from]])),
    ),
    feeds: feedsOf(plan),
    digest,
    line: plan.line,
    reading: plan.reading,
    map(raw, zone): MappedRecord {
      const rejections: Rejection[] = []
      const problem = raw.fields[PROBLEM_FIELD]
      if (typeof problem === 'string') {
        return {
          record: null,
          rejections: [{ field: '', from: '', value: '', code: 'unreadable-row', reason: problem }],
        }
      }
      const changedAt = instantMs(raw.changedAt)
      if (changedAt === undefined) {
        const reason = `The change stamp "${raw.changedAt}" is no instant`
        return { record: null, rejections: [{ field: '', from: '', value: raw.changedAt, code: 'bad-stamp', reason }] }
      }
      const code = recordCurrency(currency, raw.fields, rejections)
      const making: Making = {
        raw,
        zone,
        currency: code === undefined ? company.currency : code,
        rejections,
        refused: null,
      }
      const body: Record<string, unknown> = {}
      for (const step of ordered) {
        switch (step.name) {
          case 'changedAt':
            body.changedAt = changedAt
            break
          case 'currency':
            // Of an exchange rate it is a field like others: it has no money.
            if (ownCurrency) step.fill(body, making)
            else if (typeof code === 'string') body.currency = code
            break
          case 'id':
            body.id = raw.id
            break
          case 'source':
            body.source = source
            break
          case 'sourceId':
            body.sourceId = raw.id
            break
          default:
            step.fill(body, making)
        }
      }
      if (making.refused) return { record: null, rejections: [making.refused] }
      if (rejections.length > 0) body.unread = rejections.map(({ field }) => field)
      const when = body[orderedBy] as number | undefined
      const at = when === undefined ? changedAt : orderedByDay ? when * MS_PER_DAY : when
      const record = { at, place: placeOf(kind, body), body: JSON.stringify(body) }
      if (plan.keys === null) return { record, rejections }
      return { record: { ...record, keys: keysOf(source, raw.id, body.domain, raw.fields, plan.keys) }, rejections }
    },
  }
}

function feedsOf({ fields, currency, url }: RecordPlan): Record<string, string[]> {
  const feeds: Record<string, string[]> = {}
  const add = (from: string, ours: string) => {
    feeds[from] = [...(feeds[from] ?? []), ours]
  }
  for (const { name, extra, from } of fields) if (from !== null) add(from, extra ? `extra.${name}` : name)
  if (currency !== null && 'field' in currency) add(currency.field, 'currency')
  for (const part of url ?? []) if (typeof part !== 'string' && part.field !== 'id') add(part.field, 'url')
  return feeds
}

function placeOf(kind: RecordKind, body: Readonly<Record<string, unknown>>) {
  const schema = RECORDS[kind]
  const { place } = schema
  if (place.as === 'context') {
    const value = place.by === undefined ? undefined : body[place.by]
    const isPart = place.entry !== undefined && typeof value === 'string'
    return isPart ? ({ as: 'context', of: { kind: place.entry, id: value } } as const) : CONTEXT
  }
  if (place.as === 'root') return ROOT
  const by = parentField(schema, body) ?? place.by
  const id = body[by]
  const parent = schema.fields[by]?.refersTo
  if (typeof id !== 'string' || parent === undefined) {
    // Without an account it is where the same record of the other source is.
    const [twin] = (body.sameAs ?? []) as NonNullable<RecordBase['sameAs']>
    return twin === undefined ? ROOT : ({ as: 'child', of: { kind, id: twin.id } } as const)
  }
  return { as: 'child', of: { kind: parent, id } } as const
}

/** Where a source says in words why it could not read a record whole (a row of a file with too few columns). */
const PROBLEM_FIELD = '__problem'

const ROOT = { as: 'root' } as const
const CONTEXT = { as: 'context' } as const

/** The record's own currency; `undefined` when it names none, `null` when what it names is no currency. */
function recordCurrency(
  currency: RecordPlan['currency'],
  fields: Readonly<Record<string, FieldValue>>,
  rejections: Rejection[],
): string | null | undefined {
  if (!currency) return undefined
  if ('literal' in currency) return currency.literal
  const value = fields[currency.field]
  if (value === null || value === undefined || value === '') return undefined
  if (typeof value === 'string' && isCurrency(value)) return value
  const reason = `"${value}" is no currency`
  rejections.push({ field: 'currency', from: currency.field, value: String(value), code: 'unknown-currency', reason })
  return null
}

function fillUrl(body: Record<string, unknown>, making: Making, parts: NonNullable<RecordPlan['url']>): void {
  let url = ''
  for (const part of parts) {
    if (typeof part === 'string') url += part
    else {
      const value = part.field === 'id' ? making.raw.id : making.raw.fields[part.field]
      if (value === null || value === undefined) return
      url += encodeURIComponent(String(value))
    }
  }
  body.url = url
}

function fillTwins(body: Record<string, unknown>, { raw }: Making, twins: RecordPlan['twins']): void {
  const named = twins.flatMap(({ field, of }) => {
    const id = raw.fields[field]
    return typeof id === 'string' && id.trim() !== '' ? [{ id: id.trim(), source: of }] : []
  })
  if (named.length > 0) body.sameAs = named
}

function extraStep(steps: readonly Step[]): Step {
  return {
    name: 'extra',
    fill(body, making) {
      const extra: Record<string, unknown> = {}
      for (const step of steps) step.fill(extra, making)
      for (const _ in extra) {
        body.extra = extra
        return
      }
    },
  }
}

function fieldStep(kind: RecordKind, plan: FieldPlan): Step {
  const { name, constant } = plan
  if (constant !== undefined) {
    return {
      name,
      fill(body) {
        body[name] = constant
      },
    }
  }
  const from = plan.from ?? ''
  const fullName = plan.extra ? `extra.${name}` : name
  const { required, trim } = plan.form
  const nulls = new Set(plan.nulls)
  const aliases = new Map(Object.entries(plan.aliases))
  const translatesEmpty = aliases.has('')
  const isMoney = plan.reading === 'money'
  const ours = plan.target.type === 'integer' || plan.target.type === 'money'
  const read = readerFor(plan.reading, plan.target, {
    format: plan.form.format,
    count: !plan.extra && ours,
    keepMajor: plan.extra,
  })
  const plainText = plan.reading === 'text' && plan.target.type !== 'enum'

  const reject = (making: Making, value: string, code: string, reason: string) => {
    const shown = value.length > VALUE_LENGTH ? `${value.slice(0, VALUE_LENGTH)}…` : value
    if (required) {
      const why = `The ${kind} has no readable ${fullName}, which is required: ${reason}`
      making.refused ??= { field: '', from, value: shown, code: 'required-field', reason: why }
    } else making.rejections.push({ field: fullName, from, value: shown, code, reason })
  }

  return {
    name,
    fill(body, making) {
      const raw = making.raw.fields[from]
      let text = typeof raw === 'string' ? raw : raw === true ? 'true' : raw === false ? 'false' : ''
      if (trim) text = text.trim()
      if (nulls.size > 0 && nulls.has(text)) text = ''
      let declared = false
      if (aliases.size > 0) {
        const other = aliases.get(text)
        if (other !== undefined) {
          text = other
          declared = true
        }
      }
      if (text === '' || (!translatesEmpty && isBlank(text))) {
        if (required) reject(making, '', 'empty', 'it is empty')
        return
      }
      if (declared && plainText) {
        body[name] = text
        return
      }
      if (isMoney && making.currency === null) {
        reject(making, text, 'unknown-currency', 'the currency of the record is unreadable')
        return
      }
      const value = read(text, making.zone, making.currency ?? '')
      if (value instanceof Unreadable) reject(making, typeof raw === 'string' ? raw : text, value.code, value.reason)
      else body[name] = value
    },
  }
}

function isBlank(text: string): boolean {
  return (text.charCodeAt(0) <= 32 || text.charCodeAt(0) === 160) && text.trim() === ''
}
