import type { FactField, Field, Fields } from '../domain/fields.ts'
import { isRate } from '../domain/rates.ts'
import { RECORDS, type RecordKind } from '../domain/records.ts'
import { checkCurrency, isCurrency } from './currencies.ts'
import { durationMs } from './duration.ts'
import type { AccountKeys } from './identity-mapping.ts'
import type { RecordMapping, SourceMapping } from './mapping.ts'
import { compareText, didYouMean } from './nearest.ts'
import { dateFormatProblem, NUMBER_FORMATS, READINGS_OF, TYPE_OF_READING, usualReading } from './readings.ts'
import { type Company, compileRecord, type FieldPlan, type RecordPlan } from './record-mapping.ts'
import type { FieldForm, FieldObject, RecordFile, SourceFile } from './schema/source-file.ts'
import { type Reading, SOURCE_TYPES } from './schema/values.ts'
import type { Shaped } from './shape.ts'
import { type Environment, fillVariables } from './variables.ts'
import type { Path, Problems } from './yaml-file.ts'

const FIELD_DEFAULTS: FieldObject = {
  required: false,
  optional: false,
  trim: false,
  null_values: [],
  aliases: {},
  values: {},
}

const USAGE_DATABASE = 'USAGE_DATABASE_URL'

/** Fields without which a record of a kind is of no use, with what they are called in Salesforce; and why. */
const NEEDED: Readonly<
  Partial<Record<RecordKind, { readonly fields: Readonly<Record<string, string>>; why: string }>>
> = {
  stage_change: {
    fields: { opportunityId: 'OpportunityId', at: 'CreatedDate', stage: 'StageName' },
    why: 'a change says nothing',
  },
  usage_week: { fields: { week: 'week' }, why: 'nobody knows when it was' },
  feature: { fields: { name: 'Name' }, why: 'no request finds it' },
  user_period: { fields: { userId: 'User__c', startOn: 'Start__c' }, why: 'a period says nothing' },
  exchange_rate: { fields: { currency: 'IsoCode' }, why: 'a rate says nothing' },
  dated_exchange_rate: { fields: { currency: 'IsoCode', from: 'StartDate' }, why: 'a dated rate says nothing' },
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
  accountKeys: AccountKeys | null = null,
): CheckedSource {
  const { data } = file
  const type = data.type ?? SOURCE_TYPES.find((one) => one === data.source)
  if (type === undefined) {
    problems.error(
      file.file,
      file.at(['source']),
      'missing-key',
      `"type" is missing: "${data.source}" does not say what kind of source it is`,
      `Add type: ${SOURCE_TYPES.slice(0, -1).join(', ')} or ${SOURCE_TYPES.at(-1)}`,
    )
  }
  if (data.database !== undefined && type !== 'postgres') {
    problems.error(
      file.file,
      file.atKey(['database']),
      'key-not-for-type',
      `"database" means nothing to a ${type ?? 'files'} source`,
      'Remove it, or write type: postgres',
    )
  }
  const path = checkFolder(file, type, environment, problems)
  const records: RecordMapping[] = []
  const extras: Partial<Record<RecordKind, Fields<FactField>>> = {}
  for (const [kind, record] of Object.entries(data.records) as [RecordKind, RecordFile | undefined][]) {
    if (!record) continue
    const keys = kind === 'account' ? accountKeys : null
    const plan = planRecord(file, kind, record, type ?? 'salesforce', environment, problems, keys)
    extras[kind] = plan.extras
    records.push(compileRecord(data.source, plan, company))
  }
  checkHistoryCurrency(file, problems)
  if (records.length === 0) {
    problems.error(
      file.file,
      file.at(['records']),
      'no-records',
      'The source delivers no records',
      'Add opportunity: or another kind under records:',
    )
  }
  return {
    mapping: {
      source: data.source,
      type: type ?? 'salesforce',
      file: file.file,
      database: type === 'postgres' ? (data.database ?? USAGE_DATABASE) : null,
      path,
      formulasEveryMs: durationMs(data.formulas_every),
      reconcileEveryMs: durationMs(data.reconcile_every),
      records,
    },
    extras,
  }
}

/** Amounts of another currency than the opportunity's are not compared with it: the history would be of no use. */
function checkHistoryCurrency(file: Shaped<SourceFile>, problems: Problems): void {
  const { opportunity, stage_change: change } = file.data.records
  if (opportunity?.currency === undefined || change?.fields.amount === undefined || change.currency !== undefined)
    return
  problems.warning(
    file.file,
    file.atKey(['records', 'stage_change']),
    'currency-missing',
    'The opportunity names its currency and stage_change does not: its amounts are taken for company currency',
    'Write the same currency: under stage_change',
  )
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
  if (type !== undefined && type !== 'files') {
    problems.error(
      file.file,
      file.atKey(['path']),
      'key-not-for-type',
      `"path" means nothing to a ${type} source`,
      'Remove it, or write type: files',
    )
    return null
  }
  return fillVariables(path, file, ['path'], environment, problems)
}
// ── what one kind of record needs, decided once ───────────────────────────────────────────────────────

function planRecord(
  file: Shaped<SourceFile>,
  kind: RecordKind,
  record: RecordFile,
  type: SourceMapping['type'],
  environment: Environment,
  problems: Problems,
  keys: AccountKeys | null,
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
  const needed = NEEDED[kind]
  for (const [name, example] of Object.entries(needed?.fields ?? {})) {
    if (record.fields[name] !== undefined) continue
    problems.error(
      file.file,
      file.atKey([...base, 'fields']),
      'missing-key',
      `"${name}" is missing in records > ${kind} > fields: without it ${needed?.why}`,
      `For example ${name}: ${example}`,
    )
  }
  if (isRate(kind)) checkRate(file, base, record, problems)
  const currency = planCurrency(file, [...base, 'currency'], record.currency, problems)
  const url =
    record.url === undefined
      ? null
      : splitTemplate(fillVariables(record.url, file, [...base, 'url'], environment, problems))
  const reads = new Set<string>()
  const needs = new Set<string>()
  const read = (field: string, isOptional: boolean) => {
    reads.add(field)
    if (!isOptional) needs.add(field)
  }
  for (const { from, form } of fields) if (from !== null) read(from, form.optional)
  if (currency && 'field' in currency) read(currency.field, isOptionalCurrency(record.currency))
  for (const part of url ?? []) if (typeof part !== 'string' && part.field !== 'id') read(part.field, false)
  for (const { field } of keys?.ids ?? []) read(field, false)
  const twins = kind === 'account' ? [] : twinsOf(record)
  for (const { field } of twins) read(field, false)
  const sorted = [...reads].filter((field) => type !== 'salesforce' || field !== 'Id').sort(compareText)
  return {
    kind,
    record,
    keys,
    twins,
    fields,
    currency,
    url,
    reads: sorted,
    optionalReads: sorted.filter((field) => !needs.has(field)),
    reading: type === 'salesforce' ? {} : readingOptions(record),
    line: file.atKey(base).line,
    extras,
  }
}

function twinsOf(record: RecordFile): RecordPlan['twins'] {
  return (record.match ?? []).flatMap((one) => (typeof one === 'string' ? [] : [{ field: one.id, of: one.of }]))
}

function readingOptions(record: RecordFile): Record<string, string> {
  return Object.fromEntries(
    Object.entries({
      id: record.id,
      changedAt: record.changed_at,
      delimiter: record.delimiter,
      encoding: record.encoding,
      query: record.query,
      recentWeeks: record.recent_weeks === undefined ? undefined : String(record.recent_weeks),
      since: record.since,
      account: record.events?.account,
      person: record.events?.person,
      only: record.events?.only === undefined ? undefined : JSON.stringify(record.events.only),
      bots: record.bots.length === 0 ? undefined : JSON.stringify(record.bots.map(String)),
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
  const foreign = Object.entries(KEYS_OF_TYPES).flatMap(([name, types]) => {
    const key = name as keyof typeof KEYS_OF_TYPES
    const isWritten = record[key] !== undefined && !(key === 'bots' && record.bots.length === 0)
    const isFine =
      (types as readonly string[]).includes(type) || (type === 'salesforce' && record.id === 'Id' && key === 'id')
    return isWritten && !isFine ? [key] : []
  })
  for (const key of foreign) {
    problems.error(
      file.file,
      file.atKey([...base, key]),
      'key-not-for-type',
      `"${key}" means nothing to a ${type} source`,
      key === 'where' ? 'Leave records out on the board, with its own where:' : 'Remove it',
    )
  }
  const only = ONLY_KIND[type]
  if (only !== undefined && base.at(-1) !== only) {
    problems.error(
      file.file,
      file.atKey(base),
      'kind-not-for-type',
      `A ${type} source delivers ${only} and no ${String(base.at(-1))}`,
      `Write ${only}: in its place, or read ${String(base.at(-1))} from another source`,
    )
  } else if (only === 'usage_week' && record.events === undefined) {
    problems.error(
      file.file,
      file.atKey(base),
      'missing-key',
      '"events" is missing: nothing says whose use an event is',
      'For example events: { account: company_id }',
    )
  }
  if (type !== 'postgres' || record.recent_weeks === undefined || /(?<!:):from\b/.test(record.query ?? '')) return
  problems.error(
    file.file,
    file.atKey([...base, 'recent_weeks']),
    'missing-key',
    '"recent_weeks" reads recent weeks again, and no query says with :from from when',
    'For example where happened_at >= (:from::date)::timestamp at time zone :zone',
  )
}

/** Keys of a kind of record that only some types of source take, and which those are. */
const KEYS_OF_TYPES = {
  where: ['salesforce', 'hubspot', 'postgres'],
  id: ['files', 'postgres'],
  changed_at: ['files', 'postgres'],
  delimiter: ['files'],
  encoding: ['files'],
  query: ['postgres'],
  recent_weeks: ['postgres', 'posthog', 'mixpanel', 'amplitude'],
  since: ['zendesk', 'posthog', 'mixpanel', 'amplitude'],
  events: ['posthog', 'mixpanel', 'amplitude'],
  bots: ['zendesk'],
} as const satisfies Partial<Record<keyof RecordFile, readonly SourceMapping['type'][]>>

/** The one kind of record that a type of source delivers, where it delivers one. */
const ONLY_KIND: Readonly<Partial<Record<SourceMapping['type'], RecordKind>>> = {
  zendesk: 'ticket',
  posthog: 'usage_week',
  mixpanel: 'usage_week',
  amplitude: 'usage_week',
}

function planCurrency(
  file: Shaped<SourceFile>,
  path: Path,
  written: RecordFile['currency'],
  problems: Problems,
): RecordPlan['currency'] {
  if (written === undefined) return null
  if (typeof written !== 'string') {
    if (isCurrency(written.field)) {
      problems.error(
        file.file,
        file.at([...path, 'field']),
        'bad-value',
        `"${written.field}" is a currency and no field that holds one`,
        `Write currency: ${written.field}`,
      )
    }
    return { field: written.field }
  }
  if (!/^[A-Z]{3}$/.test(written)) {
    const code = written.toUpperCase()
    if (isCurrency(code)) {
      const hint = `Write currency: ${code}`
      problems.error(file.file, file.at(path), 'bad-value', `"${written}" is a currency in other letters`, hint)
    }
    return { field: written }
  }
  checkCurrency(written, file, path, problems)
  return { literal: written }
}

function isOptionalCurrency(written: RecordFile['currency']): boolean {
  return typeof written === 'object' && written.optional
}

/** A rate says what it is worth in one way, and has no money of its own. */
function checkRate(file: Shaped<SourceFile>, base: Path, { currency, fields }: RecordFile, problems: Problems): void {
  const kind = String(base.at(-1))
  if (currency !== undefined) {
    problems.error(
      file.file,
      file.atKey([...base, 'currency']),
      'key-not-for-kind',
      `"currency" beside fields says what money is in, and ${kind} has none`,
      'Write it under fields: currency: IsoCode',
    )
  }
  const ways = ['perCorporate', 'rate'].filter((name) => fields[name] !== undefined)
  if (ways.length === 1) return
  problems.error(
    file.file,
    file.atKey([...base, 'fields']),
    ways.length === 0 ? 'missing-key' : 'keys-exclude',
    ways.length === 0
      ? `"perCorporate" or "rate" is missing in records > ${kind} > fields: nothing says what the currency is worth`
      : `"perCorporate" and "rate" are both in records > ${kind} > fields: nobody can say which of them counts`,
    'Write perCorporate for units of it to one of the corporate currency (Salesforce), rate for units of company currency to one of it',
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
  if (object.optional && (object.required || object.value !== undefined)) {
    error(
      [...path, 'optional'],
      'keys-exclude',
      object.required
        ? `"${fullName}" is required and optional: where the field is missing, every record would be rejected`
        : `"${fullName}" has a fixed value, which no source can lack`,
      'Remove optional',
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
  if (known?.type === 'id' && reading === 'domain' && known.refersTo !== 'account') {
    const message = `"${fullName}" names no account: only accounts are found by their domain`
    error([...path, 'as'], 'wrong-type', message, 'Read it as text')
  }
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
