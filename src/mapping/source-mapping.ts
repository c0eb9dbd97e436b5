import type { Zone } from '../domain/day.ts'
import type { FactField, Field, Fields } from '../domain/fields.ts'
import { RECORDS, type RecordKind } from '../domain/records.ts'
import type { FieldValue } from '../source/source.ts'
import { digestOf } from './digest.ts'
import type { MappedRecord, RecordMapping, Rejection, SourceMapping } from './mapping.ts'
import { compareText, didYouMean } from './nearest.ts'
import {
  dateFormatProblem,
  instantMs,
  NUMBER_FORMATS,
  READINGS_OF,
  readerFor,
  TYPE_OF_READING,
  Unreadable,
  usualReading,
} from './readings.ts'
import type { FieldForm, FieldObject, Reading, RecordFile, SourceFile } from './schema.ts'
import type { Shaped } from './shape.ts'
import type { Path, Problems } from './yaml-file.ts'

/** Changes when this program reads the same text in another way than it did, so that stored records are mapped again. */
const READING_VERSION = 1

const FIELD_DEFAULTS: FieldObject = { required: false, trim: false, null_values: [], aliases: {}, values: {} }
const MS_PER_DAY = 86_400_000
/** Longest piece of a value that a rejection keeps. */
const VALUE_LENGTH = 200

/** Fields without which a stage change is of no use, with what they are called in Salesforce. */
const NEEDED_OF_CHANGES = [
  ['opportunityId', 'OpportunityId'],
  ['at', 'CreatedDate'],
  ['stage', 'StageName'],
] as const

/** The company's settings that decide how records are read. */
export interface Company {
  readonly currency: string
  readonly timeZone: string
}

/** A checked source file, with what board mappings must know of it. */
export interface CheckedSource {
  readonly mapping: SourceMapping
  /** Further fields (`extra.…`) by kind of record. */
  readonly extras: Readonly<Partial<Record<RecordKind, Fields<FactField>>>>
}

/** Turns a source file into mappings, reporting everything that is wrong with it. */
export function compileSource(
  file: Shaped<SourceFile>,
  company: Company,
  environment: Environment,
  problems: Problems,
): CheckedSource {
  const { data } = file
  const type = data.type ?? (data.source === 'salesforce' || data.source === 'files' ? data.source : undefined)
  if (type === undefined) {
    problems.error(
      file.file,
      file.at(['source']),
      'missing-key',
      `"type" is missing: "${data.source}" does not say what kind of source it is`,
      'Add type: salesforce or type: files',
    )
  }
  const path = checkFolder(file, type, environment, problems)
  const records: RecordMapping[] = []
  const extras: Partial<Record<RecordKind, Fields<FactField>>> = {}
  for (const [kind, record] of Object.entries(data.records) as [RecordKind, RecordFile | undefined][]) {
    if (!record) continue
    const plan = planRecord(file, kind, record, type ?? 'salesforce', environment, problems)
    extras[kind] = plan.extras
    records.push(compileRecord(data.source, plan, company))
  }
  if (records.length === 0) {
    problems.error(
      file.file,
      file.at(['records']),
      'no-records',
      'The source delivers no records',
      'Add opportunity: or another kind under records:',
    )
  }
  return { mapping: { source: data.source, type: type ?? 'salesforce', file: file.file, path, records }, extras }
}

function checkFolder(
  file: Shaped<SourceFile>,
  type: SourceMapping['type'] | undefined,
  environment: Environment,
  problems: Problems,
): string | null {
  const { path } = file.data
  if (type === 'files' && path === undefined) {
    problems.error(
      file.file,
      file.at([]),
      'missing-key',
      '"path" is missing: a source of files needs its folder',
      'For example path: ../exports',
    )
  }
  if (path === undefined) return null
  if (type === 'salesforce') {
    problems.error(
      file.file,
      file.atKey(['path']),
      'key-not-for-type',
      '"path" means nothing to a salesforce source',
      'Remove it, or write type: files',
    )
    return null
  }
  return fillVariables(path, file, ['path'], environment, problems)
}

/** Values of the variables that files may name as `${NAME}`. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Puts the environment's values in place of `${NAME}`; a variable without value is a problem. */
export function fillVariables(
  text: string,
  file: Shaped<unknown>,
  path: Path,
  environment: Environment,
  problems: Problems,
): string {
  return text.replace(/\$\{([^}]*)\}/g, (whole, name: string, offset: number) => {
    const value = environment[name]
    if (value !== undefined && value !== '') return value
    problems.error(
      file.file,
      file.inText(path, offset),
      'variable-not-set',
      `The environment has no value for "${name}"`,
      `Set ${name}, in the environment or in .env`,
    )
    return whole
  })
}

// ── what one kind of record needs, decided once ───────────────────────────────────────────────────────

interface RecordPlan {
  readonly kind: RecordKind
  readonly record: RecordFile
  readonly fields: readonly FieldPlan[]
  readonly currency: { readonly literal: string } | { readonly field: string } | null
  readonly url: readonly (string | { readonly field: string })[] | null
  readonly reads: readonly string[]
  readonly reading: Readonly<Record<string, string>>
  readonly line: number
  readonly extras: Fields<FactField>
}

interface FieldPlan {
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

function planRecord(
  file: Shaped<SourceFile>,
  kind: RecordKind,
  record: RecordFile,
  type: SourceMapping['type'],
  environment: Environment,
  problems: Problems,
): RecordPlan {
  const base: Path = ['records', kind]
  const known = RECORDS[kind].fields
  const fields: FieldPlan[] = []
  const extras: Record<string, FactField> = {}
  for (const [name, form] of Object.entries(record.fields)) {
    const path = [...base, 'fields', name]
    const extra = name.startsWith('extra.')
    const target = extra ? undefined : known[name]
    if (!extra && !target) {
      problems.error(
        file.file,
        file.atKey(path),
        'unknown-field',
        `"${name}" is not a field of ${kind}`,
        `${didYouMean(name, Object.keys(known), 'fields')}. A field of your own is written extra.${name}`,
      )
      continue
    }
    const plan = planField(file, path, record, name, form, target, problems)
    fields.push(plan)
    if (extra) {
      extras[plan.name] = {
        type: TYPE_OF_READING[plan.reading],
        meaning: `The field ${plan.from ?? plan.name} of the source ${file.data.source}.`,
        example: String(plan.constant ?? ''),
      }
    }
  }
  for (const name of Object.keys(record.aliases)) {
    if (record.fields[name] !== undefined) continue
    problems.error(
      file.file,
      file.atKey([...base, 'aliases', name]),
      'unknown-field',
      `"${name}" is not a field that is mapped here`,
      didYouMean(name, Object.keys(record.fields), 'mapped fields'),
    )
  }
  checkForType(file, base, record, type, problems)
  for (const [name, example] of kind === 'stage_change' ? NEEDED_OF_CHANGES : []) {
    if (record.fields[name] !== undefined) continue
    problems.error(
      file.file,
      file.atKey([...base, 'fields']),
      'missing-key',
      `"${name}" is missing in records > ${kind} > fields: without it a change says nothing`,
      `For example ${name}: ${example}`,
    )
  }
  const currency = planCurrency(file, [...base, 'currency'], record.currency, problems)
  const url =
    record.url === undefined
      ? null
      : splitTemplate(fillVariables(record.url, file, [...base, 'url'], environment, problems))
  const reads = new Set<string>()
  for (const field of fields) if (field.from !== null) reads.add(field.from)
  if (currency && 'field' in currency) reads.add(currency.field)
  for (const part of url ?? []) if (typeof part !== 'string' && part.field !== 'id') reads.add(part.field)
  return {
    kind,
    record,
    fields,
    currency,
    url,
    reads: [...reads].filter((field) => type !== 'salesforce' || field !== 'Id').sort(compareText),
    reading: type === 'files' ? readingOptions(record) : {},
    line: file.atKey(base).line,
    extras,
  }
}

function readingOptions(record: RecordFile): Record<string, string> {
  return Object.fromEntries(
    Object.entries({
      id: record.id,
      changedAt: record.changed_at,
      delimiter: record.delimiter,
      encoding: record.encoding,
    }).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}

function checkForType(
  file: Shaped<SourceFile>,
  base: Path,
  record: RecordFile,
  type: SourceMapping['type'],
  problems: Problems,
): void {
  const wrong =
    type === 'files'
      ? record.where === undefined
        ? []
        : ['where']
      : (['changed_at', 'delimiter', 'encoding', 'id'] as const).filter(
          (key) => record[key] !== undefined && !(key === 'id' && record.id === 'Id'),
        )
  for (const key of wrong) {
    problems.error(
      file.file,
      file.atKey([...base, key]),
      'key-not-for-type',
      `"${key}" means nothing to a ${type} source`,
      type === 'files' ? 'Leave records out on the board, with its own where:' : 'Remove it',
    )
  }
}

function planCurrency(
  file: Shaped<SourceFile>,
  path: Path,
  written: string | undefined,
  problems: Problems,
): RecordPlan['currency'] {
  if (written === undefined) return null
  if (!/^[A-Z]{3}$/.test(written)) return { field: written }
  checkCurrency(written, file, path, problems)
  return { literal: written }
}

/** Reports a code that is no currency. */
export function checkCurrency(
  code: string,
  file: Shaped<unknown>,
  path: Path,
  problems: Problems,
  atKey = false,
): void {
  if (isCurrency(code)) return
  const near = didYouMean(code, Intl.supportedValuesOf('currency'), 'currencies')
  problems.error(
    file.file,
    atKey ? file.atKey(path) : file.at(path),
    'unknown-currency',
    `"${code}" is no currency`,
    near.startsWith('Did')
      ? near.slice(0, near.indexOf('?') + 1)
      : 'Write its three-letter code of ISO 4217, such as USD',
  )
}

function planField(
  file: Shaped<SourceFile>,
  path: Path,
  record: RecordFile,
  fullName: string,
  form: FieldForm,
  known: Field | undefined,
  problems: Problems,
): FieldPlan {
  const extra = known === undefined
  const name = extra ? fullName.slice('extra.'.length) : fullName
  const object: FieldObject = typeof form === 'string' ? { ...FIELD_DEFAULTS, field: form } : form
  const error = (at: Path, code: string, message: string, hint?: string) =>
    problems.error(file.file, file.at(at), code, message, hint)
  if (extra && !/^[A-Za-z]\w*$/.test(name)) {
    problems.error(
      file.file,
      file.atKey(path),
      'bad-name',
      `"${fullName}" is no name that expressions can use`,
      'Use letters, digits and _: extra.tier',
    )
  }
  if ((object.field === undefined) === (object.value === undefined)) {
    error(
      path,
      'missing-key',
      `"${fullName}" needs either field or value`,
      `For example ${fullName}: { field: My_Field__c, as: text }`,
    )
  }
  if (extra && object.as === undefined && object.value === undefined) {
    error(
      path,
      'missing-key',
      `"as" is missing in ${fullName}: nothing says how it is read`,
      `For example ${fullName}: { field: ${object.field ?? 'My_Field__c'}, as: text }`,
    )
  }
  const reading = object.as ?? (known ? usualReading(name, known) : readingOfConstant(object.value))
  if (known && !READINGS_OF[known.type].includes(reading)) {
    error(
      [...path, 'as'],
      'wrong-type',
      `"${fullName}" is ${describeType(known)} and cannot be read as ${reading}`,
      `Read it as ${READINGS_OF[known.type].join(' or ')}`,
    )
  }
  const target: Field = known ?? { type: TYPE_OF_READING[reading], meaning: '', example: '' }
  checkFormat(object, reading, [...path, 'format'], error)
  const aliases = textsOf({ ...record.aliases[fullName], ...object.aliases })
  const values = textsOf(object.values)
  checkTranslations(file, path, known, object.values, problems)
  return {
    name,
    extra,
    from: object.field ?? null,
    constant: object.value === undefined ? undefined : constantFor(object.value, target, [...path, 'value'], error),
    reading,
    target,
    form: object,
    nulls: [...record.null_values, ...object.null_values].map(String),
    aliases: { ...aliases, ...values },
  }
}

function readingOfConstant(value: string | number | boolean | undefined): Reading {
  return typeof value === 'number' ? 'number' : typeof value === 'boolean' ? 'boolean' : 'text'
}

function describeType(field: Field): string {
  return field.type === 'enum' ? `one of ${field.values?.join(', ')}` : `of type ${field.type}`
}

type Report = (at: Path, code: string, message: string, hint?: string) => void

function checkFormat(object: FieldObject, reading: Reading, path: Path, error: Report): void {
  const { format } = object
  if (format === undefined) return
  if (reading === 'day' || reading === 'instant') {
    const problem = dateFormatProblem(format)
    if (problem)
      error(path, 'bad-format', `The format "${format}" ${problem}`, 'For example MM/DD/YYYY or DD.MM.YY HH:mm')
  } else if (['integer', 'number', 'money', 'ratio', 'percent'].includes(reading)) {
    if (!(format in NUMBER_FORMATS)) {
      error(
        path,
        'bad-format',
        `The format "${format}" is no way to write numbers`,
        `Use one of ${Object.keys(NUMBER_FORMATS).join('  ')}`,
      )
    }
  } else
    error(
      path,
      'bad-format',
      `A format means nothing to a value read as ${reading}`,
      'Remove it, or read the field as day, instant, number or money',
    )
}

/** What `values` translate to must be values the field can have. */
function checkTranslations(
  file: Shaped<SourceFile>,
  path: Path,
  known: Field | undefined,
  values: FieldObject['values'],
  problems: Problems,
): void {
  const allowed = known?.type === 'enum' ? known.values : known?.type === 'boolean' ? ['true', 'false'] : undefined
  if (!allowed) return
  for (const [word, value] of Object.entries(values)) {
    if (allowed.includes(String(value))) continue
    problems.error(
      file.file,
      file.at([...path, 'values', word]),
      'unknown-value',
      `"${value}" is not a value of ${String(path.at(-1))}`,
      didYouMean(String(value), allowed, 'values'),
    )
  }
}

function constantFor(
  value: string | number | boolean,
  target: Field,
  path: Path,
  error: Report,
): string | number | boolean {
  const fits =
    target.type === 'enum'
      ? target.values?.includes(String(value)) === true
      : target.type === 'boolean'
        ? typeof value === 'boolean'
        : target.type === 'text' || target.type === 'id'
          ? true
          : ['number', 'integer', 'ratio'].includes(target.type)
            ? typeof value === 'number'
            : false
  if (!fits) {
    error(
      path,
      'unknown-value',
      `"${value}" is not a value of a field that is ${describeType(target)}`,
      target.values ? didYouMean(String(value), target.values, 'values') : undefined,
    )
  }
  return target.type === 'text' || target.type === 'id' ? String(value) : value
}

function textsOf(translations: Readonly<Record<string, string | number | boolean>>): Record<string, string> {
  return Object.fromEntries(Object.entries(translations).map(([from, to]) => [from, String(to)]))
}

/** `https://x/{id}` in pieces. */
function splitTemplate(template: string): (string | { field: string })[] {
  return template
    .split(/(\{[^{}]+\})/)
    .filter((part) => part !== '')
    .map((part) => (/^\{.+\}$/.test(part) ? { field: part.slice(1, -1) } : part))
}

// ── the mapping itself: everything decided, so that a record costs little ─────────────────────────────

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

function compileRecord(source: string, plan: RecordPlan, company: Company): RecordMapping {
  const { kind, record } = plan
  const steps: Step[] = plan.fields.filter((field) => !field.extra).map((field) => fieldStep(kind, field))
  const extras = plan.fields
    .filter((field) => field.extra)
    .map((field) => fieldStep(kind, field))
    .sort((a, b) => compareText(a.name, b.name))
  if (extras.length > 0) steps.push(extraStep(extras))
  const url = plan.url
  if (url) steps.push({ name: 'url', fill: (body, making) => fillUrl(body, making, url) })
  const baseKeys = ['changedAt', 'currency', 'id', 'source', 'sourceId'] as const
  // Keys are set in order of their names: equal records have equal bytes.
  const ordered: Step[] = [...steps, ...baseKeys.map((name): Step => ({ name, fill: () => {} }))].sort((a, b) =>
    compareText(a.name, b.name),
  )
  const { place, orderedBy } = RECORDS[kind]
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
  })

  return {
    kind,
    object: record.object,
    where: record.where ?? null,
    reads: plan.reads,
    fields: Object.fromEntries(
      plan.fields.flatMap(({ name, extra, from }) => (from === null ? [] : [[extra ? `extra.${name}` : name, from]])),
    ),
    digest,
    line: plan.line,
    reading: plan.reading,
    map(raw, zone): MappedRecord {
      const rejections: Rejection[] = []
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
            if (typeof code === 'string') body.currency = code
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
      const when = body[orderedBy] as number | undefined
      const at = when === undefined ? changedAt : orderedByDay ? when * MS_PER_DAY : when
      return { record: { at, place: placeOf(place, kind, body), body: JSON.stringify(body) }, rejections }
    },
  }
}

function placeOf(
  place: (typeof RECORDS)[RecordKind]['place'],
  kind: RecordKind,
  body: Readonly<Record<string, unknown>>,
) {
  if (place.as !== 'child') return place
  const id = body[place.by]
  const parent = RECORDS[kind].fields[place.by]?.refersTo
  if (typeof id !== 'string' || parent === undefined) return ROOT
  return { as: 'child', of: { kind: parent, id } } as const
}

const ROOT = { as: 'root' } as const

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

let currencies: ReadonlySet<string> | undefined
function isCurrency(code: string): boolean {
  currencies ??= new Set(Intl.supportedValuesOf('currency'))
  return currencies.has(code)
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
