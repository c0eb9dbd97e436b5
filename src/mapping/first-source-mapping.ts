import { isMap, isScalar, isSeq, LineCounter, parseDocument, type YAMLMap } from 'yaml'
import { RECORDS, type RecordKind } from '../domain/records.ts'
import type { Reading } from './schema/values.ts'

/** An object as a live org has it. */
export interface LiveObject {
  /** Which of the fields that the mapping names are there, as it spells them. */
  readonly there: ReadonlySet<string>
  /** Fields that the org made for itself, with the vendor's word for what they hold. */
  readonly own: readonly { readonly name: string; readonly type: string }[]
}

export interface FirstSourceMapping {
  readonly text: string
  /** Fields that the org lacks, commented out. */
  readonly missing: number
  /** Fields of the org's own, as commented lines. */
  readonly offered: number
}

/** More are counted, not listed: some orgs have hundreds. */
const MOST_OFFERED = 60

/**
 * Makes a source mapping, as it ships, a first one of a live org: fields that the org lacks are commented out, and fields that
 * the org made for itself stand below the others as comments, under the name of ours that they look like, else as `extra.…`.
 * A kind of record of whose fields the org has none is commented out whole.
 * Kinds of record that are not in `objects` stay as they are, and so does everything else, to the byte.
 */
export function firstSourceMapping(text: string, objects: ReadonlyMap<string, LiveObject>): FirstSourceMapping {
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter })
  const lines = text.split('\n')
  const added = new Map<number, string[]>()
  let missing = 0
  let offered = 0
  for (const [kind, object] of objects) {
    const fields = document.getIn(['records', kind, 'fields'])
    if (!isMap(fields)) continue
    const used = new Set<string>()
    let last = 0
    let indent = ''
    const places = placesOf(fields, counter)
    const record = placeOfRecord(document.get('records'), kind, counter)
    if (record !== null && places.length > 0 && !places.some(({ of }) => object.there.has(of))) {
      // A record without a field is no mapping.
      missing += places.length
      for (let line = record.from; line <= record.to; line += 1) lines[line] = commented(lines[line] ?? '')
      continue
    }
    for (const field of places) {
      last = Math.max(last, field.to)
      indent = /^\s*/.exec(lines[field.from] ?? '')?.[0] ?? ''
      if (object.there.has(field.of)) {
        used.add(field.name)
        continue
      }
      missing += 1
      for (let line = field.from; line <= field.to; line += 1) lines[line] = commented(lines[line] ?? '')
      lines[field.to] += '   # not there'
    }
    const taken = new Set(places.map(({ of }) => of.toLowerCase()))
    const free = object.own.filter(({ name }) => !taken.has(name.toLowerCase()))
    if (free.length === 0) continue
    const shown = free.slice(0, MOST_OFFERED)
    offered += shown.length
    const more = free.length - shown.length
    added.set(last, [
      `${indent}# Fields of your own; take the # away from those you want:`,
      ...shown.map((field) => `${indent}# ${offerOf(kind, field, used)}`),
      ...(more > 0 ? [`${indent}# … and ${more} more`] : []),
    ])
  }
  return { text: lines.flatMap((line, i) => [line, ...(added.get(i) ?? [])]).join('\n'), missing, offered }
}

/**
 * Takes out of a source mapping, as it ships, what it says of sources that are not used: by whose ids records are the same;
 * and how the file is to be put to use, once it is.
 */
export function withoutOthers(text: string, sources: readonly string[]): string {
  const counter = new LineCounter()
  const used = text.replace(/^# To use this[\s\S]*?\n#\n/m, '')
  const records = parseDocument(used, { lineCounter: counter }).get('records')
  const lines: (string | null)[] = used.split('\n')
  if (!isMap(records)) return used
  const lineOf = (offset: number) => counter.linePos(offset).line - 1
  for (const { value: record } of records.items) {
    const match = isMap(record) ? record.items.find(({ key }) => isScalar(key) && key.value === 'match') : undefined
    if (match === undefined || !isScalar(match.key) || !match.key.range || !isSeq(match.value)) continue
    const isOther = (rule: unknown) => isMap(rule) && rule.has('of') && !sources.includes(String(rule.get('of')))
    const others = match.value.items.filter(isOther)
    if (others.length === 0) continue
    const gone = others.length === match.value.items.length ? [match.key, ...others] : others
    for (const node of gone) if ((isMap(node) || isScalar(node)) && node.range) lines[lineOf(node.range[0])] = null
  }
  return lines.filter((line) => line !== null).join('\n')
}

interface Place {
  /** Ours: `seatsPaid`. */
  readonly name: string
  /** The vendor's: `Seats__c`. */
  readonly of: string
  readonly from: number
  readonly to: number
}

/** Fields that name one of the vendor's, with the lines they stand on. */
function placesOf(fields: YAMLMap, counter: LineCounter): Place[] {
  return fields.items.flatMap(({ key, value }) => {
    const of = isScalar(value) ? value.value : isMap(value) ? value.get('field') : undefined
    if (!isScalar(key) || typeof of !== 'string' || !key.range || !(isScalar(value) || isMap(value)) || !value.range)
      return []
    const lineOf = (offset: number) => counter.linePos(offset).line - 1
    return [{ name: String(key.value), of, from: lineOf(key.range[0]), to: lineOf(value.range[1] - 1) }]
  })
}

/** The lines of one kind of record, from its name on. */
function placeOfRecord(
  records: unknown,
  kind: string,
  counter: LineCounter,
): { readonly from: number; readonly to: number } | null {
  const pair = isMap(records) ? records.items.find(({ key }) => isScalar(key) && key.value === kind) : undefined
  if (pair === undefined || !isScalar(pair.key) || !pair.key.range || !isMap(pair.value)) return null
  const fields = pair.value.get('fields', true)
  const end = isMap(fields) && fields.range ? fields.range[1] : pair.value.range?.[1]
  if (end === undefined) return null
  return { from: counter.linePos(pair.key.range[0]).line - 1, to: counter.linePos(end - 1).line - 1 }
}

/**
 * Comments out the columns of a board, one to a line as boards ship, that stand on these lines (from 1). Other lines stay.
 */
export function withoutColumns(
  text: string,
  lines: ReadonlySet<number>,
): { readonly text: string; readonly gone: number } {
  let gone = 0
  const kept = text.split('\n').map((line, i) => {
    if (!lines.has(i + 1) || !/^\s+[^\s#].*:\s*\{.*\}\s*(#.*)?$/.test(line)) return line
    gone += 1
    return `${commented(line)}   # its field is not there`
  })
  return { text: kept.join('\n'), gone }
}

function commented(line: string): string {
  if (line.trim() === '') return line
  return line.replace(/^(\s*)/, '$1# ')
}

function offerOf(kind: string, { name, type }: LiveObject['own'][number], used: Set<string>): string {
  const ours = Object.keys(RECORDS[kind as RecordKind]?.fields ?? {}).find(
    (field) => !used.has(field) && isLike(field, name),
  )
  if (ours !== undefined) {
    used.add(ours)
    return `${ours}: ${name}`
  }
  const [first = '', ...others] = wordsOf(name)
  const own = [first, ...others.map((word) => word.charAt(0).toUpperCase() + word.slice(1))].join('')
  return `extra.${own}: { field: ${name}, as: ${READ_AS[type] ?? 'text'} }`
}

/** `seatsPaid` is like `Number_of_Seats__c`: each of its words that says something is there, in singular or plural. */
function isLike(ours: string, theirs: string): boolean {
  const told = new Set(wordsOf(theirs).map(singular))
  const needed = wordsOf(ours).filter((word) => !SAYS_LITTLE.has(word))
  return needed.length > 0 && needed.every((word) => told.has(singular(word)))
}

const SAYS_LITTLE = new Set(['on', 'at', 'id', 'is', 'paid', 'of'])

/** Words of a name in snake_case or camelCase, in small letters, without what marks it as the org's own. */
function wordsOf(name: string): string[] {
  const spaced = name.replace(/__c$/, '').replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
  return spaced
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
}

function singular(word: string): string {
  return word.length > 3 ? word.replace(/s$/, '') : word
}

/** How a vendor's type is read; what is not here is text. */
const READ_AS: Readonly<Record<string, Reading>> = {
  // Salesforce
  currency: 'money',
  double: 'number',
  int: 'integer',
  percent: 'percent',
  // HubSpot
  number: 'number',
  bool: 'boolean',
  // both
  boolean: 'boolean',
  date: 'day',
  datetime: 'instant',
}
