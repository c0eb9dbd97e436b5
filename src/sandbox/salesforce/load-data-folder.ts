import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { Fault } from '../../platform/errors.ts'
import { normaliseId } from './ids.ts'
import type { Org } from './org.ts'
import { type FieldDef, type FieldType, field, type ObjectDef, picklist, reference } from './schema.ts'
import { COMMON_FIELDS } from './standard-objects.ts'
import { isDay, parseInstant, type Stored, wholeSecond } from './values.ts'

/** What became of a data folder: read by people on stderr, and by tests at `/__sandbox/state`. */
export interface DataFolderReport {
  readonly folder: string
  readonly objects: readonly { readonly object: string; readonly file: string; readonly rows: number }[]
  /** What a real org has and the folder lacks. */
  readonly madeUp: readonly string[]
  /** What the folder has and no real org could hold, or that cannot be read. */
  readonly leftOut: readonly string[]
}

const DAY_MS = 86_400_000
const API_NAME = /^[A-Za-z]\w*$/

interface Table {
  readonly file: string
  readonly object: string
  readonly columns: readonly string[]
  readonly rows: readonly Readonly<Record<string, string>>[]
}

/**
 * Loads a folder of object CSVs (`Account.csv`, `Opportunity.csv`; headers are Salesforce API names) into an org.
 *
 * Ids, owners and stamps stay as the files have them; nobody invents users, so their owners are unknown to the org. Custom
 * columns, and objects that no org has by itself, get the type that their content has. A cell that does not fit a standard
 * field is left empty and reported: a real org could not hold it either. A file without an `Id` column is no object.
 */
export function loadDataFolder(org: Org, folder: string): DataFolderReport {
  const madeUp: string[] = []
  const leftOut: string[] = []
  const objects: { object: string; file: string; rows: number }[] = []
  const tables = readTables(org, folder, leftOut)
  // References are typed by the ids in them, so all objects must be known before the first custom field is.
  const prefixes = new Map(org.objects.map((object) => [object.keyPrefix, object.name]))
  for (const table of tables) {
    const prefix = table.rows[0]?.Id?.slice(0, 3)
    if (prefix !== undefined) prefixes.set(prefix, table.object)
  }
  org.transaction(() => {
    for (const table of tables) {
      const object = ensureObject(org, table, prefixes)
      const rows = insertRows(org, object, table, madeUp, leftOut)
      objects.push({ object: object.name, file: table.file, rows })
    }
  })
  for (const object of org.objects) {
    const isLoaded = objects.some((each) => each.object === object.name)
    if (!isLoaded && !['User', 'UserRole', 'Organization'].includes(object.name)) {
      madeUp.push(`${object.name}: no file, so the org has none`)
    }
  }
  if (!objects.some((each) => each.object === 'User')) {
    madeUp.push('User: no file; the only user is the one that clients run as, so owners are unknown')
  }
  return { folder, objects, madeUp, leftOut }
}

function readTables(org: Org, folder: string, leftOut: string[]): Table[] {
  let names: string[]
  try {
    names = readdirSync(folder).filter((name) => name.toLowerCase().endsWith('.csv'))
  } catch (cause) {
    throw new Fault('sandbox-no-data', `The data folder "${folder}" cannot be read`, {
      blame: 'operator',
      hint: 'Give --data a folder that holds object CSVs such as Account.csv',
      cause,
    })
  }
  if (names.length === 0) {
    throw new Fault('sandbox-no-data', `The data folder "${folder}" holds no .csv file`, {
      blame: 'operator',
      hint: 'Give --data a folder that holds object CSVs such as Account.csv',
    })
  }
  return names.sort().flatMap((file) => readTable(org, folder, file, leftOut) ?? [])
}

function readTable(org: Org, folder: string, file: string, leftOut: string[]): Table | null {
  const fileName = basename(file, file.slice(-4)).replace(/^.*__(?=[A-Z])/, '')
  const known = org.object(fileName)
  const object = known?.name ?? fileName
  if (!API_NAME.test(object)) {
    leftOut.push(`${file}: its name is no API name, so it is no object`)
    return null
  }
  const lines = readLines(join(folder, file), file, leftOut)
  const columns = new Map<string, number>()
  const odd: string[] = []
  for (const [place, title] of (lines[0] ?? []).entries()) {
    const written = title.trim()
    // Salesforce tells no case apart in names.
    const same = (field: FieldDef) => field.name.toLowerCase() === written.toLowerCase()
    const name = (known?.fields ?? COMMON_FIELDS).find(same)?.name ?? written
    const isTaken = [...columns.keys()].some((each) => each.toLowerCase() === name.toLowerCase())
    if (!API_NAME.test(name) || isTaken) odd.push(written)
    else columns.set(name, place)
  }
  if (!columns.has('Id')) {
    leftOut.push(`${file}: no column "Id", so it is no object`)
    return null
  }
  if (odd.length > 0) leftOut.push(`${file}: columns that are no API names, or come twice: ${odd.join(', ')}`)
  const cellsOf = (line: string[]) => [...columns].map(([name, place]) => [name, (line[place] ?? '').trim()] as const)
  return {
    file,
    object,
    columns: [...columns.keys()],
    rows: lines.slice(1).map((line) => Object.fromEntries(cellsOf(line))),
  }
}

/** Cells by line. Spreadsheets write semicolons or tabs in many countries; API names hold neither. */
function readLines(path: string, file: string, leftOut: string[]): string[][] {
  const bytes = readFileSync(path)
  const text = new TextDecoder().decode(bytes)
  if (text.includes('\uFFFD') && !bytes.includes('\uFFFD')) {
    leftOut.push(`${file}: letters that are no UTF-8, shown as \uFFFD; save the file as UTF-8 to have them`)
  }
  const header = text.slice(0, text.search(/\r|\n|$/))
  const delimiter = [',', ';', '\t'].sort((a, b) => header.split(b).length - header.split(a).length)[0] ?? ','
  try {
    return parse(text, { delimiter, skip_empty_lines: true, relax_column_count: true })
  } catch (cause) {
    throw new Fault(
      'sandbox-bad-file',
      `"${file}" in the data folder is no CSV: ${cause instanceof Error ? cause.message : String(cause)}`,
      { blame: 'operator', hint: 'Correct the line, or take the file out of the folder', cause },
    )
  }
}

/** The object that a file belongs to, with a field for each of its columns. */
function ensureObject(org: Org, table: Table, prefixes: ReadonlyMap<string, string>): ObjectDef {
  if (org.object(table.object) === undefined) {
    const isCustom = table.object.endsWith('__c')
    const label = table.object.replace(/__c$/, '').replaceAll('_', ' ')
    const firstId = table.rows[0]?.Id ?? ''
    org.addObject({
      name: table.object,
      label,
      labelPlural: `${label}s`,
      keyPrefix: firstId.length >= 15 ? firstId.slice(0, 3) : 'a00',
      custom: isCustom,
      createable: true,
      updateable: true,
      deletable: true,
      replicateable: true,
      fields: COMMON_FIELDS.filter((common) => isMadeUp(common.name) || table.columns.includes(common.name)),
    })
  }
  const object = org.object(table.object) as ObjectDef
  const unknown = table.columns.filter((name) => org.fieldOf(object, name) === undefined)
  org.addFields(
    object.name,
    unknown.map((name) => inferField(table, name, prefixes)),
  )
  return org.object(table.object) as ObjectDef
}

/** Fields that every object of a real org has, whatever its file says. */
function isMadeUp(name: string): boolean {
  return [
    'Id',
    'IsDeleted',
    'CreatedDate',
    'CreatedById',
    'LastModifiedDate',
    'LastModifiedById',
    'SystemModstamp',
  ].includes(name)
}

const KEEPS_ITS_ZEROS = /(code|number|phone|zip|fax|id)(__c)?$/i

/** A field for a column that no standard object has, typed by what is in it. */
function inferField(table: Table, name: string, prefixes: ReadonlyMap<string, string>): FieldDef {
  const values = [...new Set(table.rows.map((row) => row[name] ?? '').filter((value) => value !== ''))]
  const all = (test: (value: string) => boolean) => values.length > 0 && values.every(test)
  const longest = Math.max(0, ...values.map((value) => value.length))
  if (name === 'Name') return field(name, 'string', { length: Math.max(80, longest), nameField: true })
  if (/^(Is|Has|Can|Do)[A-Z]/.test(name) && (values.length === 0 || all(isBooleanText))) {
    return field(name, 'boolean', { nillable: false, defaultedOnCreate: true })
  }
  if (all((value) => /^(true|false)$/i.test(value)))
    return field(name, 'boolean', { nillable: false, defaultedOnCreate: true })
  if (
    all((value) => normaliseId(value) !== null && /^[0-9a-zA-Z]{3}[0-9A-Za-z]{2,3}0/.test(value)) &&
    /(Id|__c)$/.test(name)
  ) {
    const targets = [...new Set(values.map((value) => prefixes.get(value.slice(0, 3))))].filter(
      (each) => each !== undefined,
    )
    return targets.length > 0 ? reference(name, targets) : field(name, 'string', { length: 18 })
  }
  if (all((value) => readInstant(value) !== null && readDay(value) === null)) return field(name, 'datetime')
  if (all((value) => readDay(value) !== null)) return field(name, 'date')
  if (!KEEPS_ITS_ZEROS.test(name) && all((value) => /^-?\d+$/.test(value)) && !name.endsWith('__c'))
    return field(name, 'int')
  if (!KEEPS_ITS_ZEROS.test(name) && all((value) => readNumber(value) !== null)) {
    return field(name, 'double', { precision: 18, scale: 2 })
  }
  if (longest > 255) return field(name, 'textarea', { length: 32_000 })
  const isChoice = values.length > 0 && values.length <= 12 && values.length * 3 <= table.rows.length
  return isChoice ? picklist(name, values.sort()) : field(name, 'string', { length: 255 })
}

function insertRows(org: Org, object: ObjectDef, table: Table, madeUp: string[], leftOut: string[]): number {
  const defaults = missingFields(org, object, table, madeUp)
  const fields = object.fields.filter((each) => each.type !== 'address' && table.columns.includes(each.name))
  const extra = [...defaults.keys()]
  const insert = org.loader(object.name, [...fields.map((each) => each.name), ...extra])
  const misfits = new Map<string, { count: number; example: string }>()
  const seen = new Set<string>()
  for (const row of table.rows) {
    const id = normaliseId(row.Id ?? '')
    if (id === null || seen.has(id)) {
      leftOut.push(
        `${table.file}: a row with ${id === null ? `the Id "${row.Id}", which is none` : `the Id ${id} again`}`,
      )
      continue
    }
    seen.add(id)
    const values = fields.map((each): Stored => {
      const cell = row[each.name] ?? ''
      const stored = each.name === 'Id' ? id : readCell(each.type, cell)
      if (stored !== undefined) return stored
      const misfit = misfits.get(each.name)
      misfits.set(each.name, { count: (misfit?.count ?? 0) + 1, example: misfit?.example ?? cell })
      return null
    })
    insert([...values, ...extra.map((name) => (defaults.get(name) as MakeUp)(row))])
  }
  for (const [name, { count, example }] of misfits) {
    const type = org.fieldOf(object, name)?.type
    leftOut.push(`${table.file}: ${count} × ${name}, such as "${example}", left empty: no ${type}`)
  }
  return seen.size
}

type MakeUp = (row: Readonly<Record<string, string>>) => Stored

/** Values for fields that a real org always fills and the file has no column for. */
function missingFields(org: Org, object: ObjectDef, table: Table, madeUp: string[]): Map<string, MakeUp> {
  // A day old, so that no client's first window is too early for it.
  const yesterday = (Math.floor(org.engine.clock.now() / DAY_MS) - 1) * DAY_MS
  const stampOf = (names: readonly string[]): MakeUp => {
    return (row) => names.map((name) => readInstant(row[name] ?? '')).find((ms) => ms !== null) ?? yesterday
  }
  const known = (names: readonly string[]) => names.filter((name) => table.columns.includes(name))
  const rules: Readonly<Record<string, readonly [sources: readonly string[], make: MakeUp]>> = {
    CreatedDate: [known(['LastModifiedDate', 'SystemModstamp']), stampOf(['LastModifiedDate', 'SystemModstamp'])],
    LastModifiedDate: [known(['SystemModstamp', 'CreatedDate']), stampOf(['SystemModstamp', 'CreatedDate'])],
    SystemModstamp: [known(['LastModifiedDate', 'CreatedDate']), stampOf(['LastModifiedDate', 'CreatedDate'])],
    CreatedById: [[], () => org.apiUserId],
    LastModifiedById: [[], () => org.apiUserId],
    OwnerId: [[], () => org.apiUserId],
  }
  const absent = object.fields
    .filter(
      (each) => !each.custom && each.calculated !== true && rules[each.name] === undefined && !isMadeUp(each.name),
    )
    .map(({ name }) => name)
    .filter((name) => !table.columns.includes(name))
  if (absent.length > 0) madeUp.push(`${object.name}: no column, so empty: ${absent.join(', ')}`)
  const missing = new Map<string, MakeUp>()
  for (const [name, [sources, make]] of Object.entries(rules)) {
    if (org.fieldOf(object, name) === undefined || table.columns.includes(name)) continue
    missing.set(name, make)
    const origin = sources[0] ?? (name.endsWith('Id') ? 'the user that clients run as' : 'midnight of yesterday')
    madeUp.push(`${object.name}.${name}: no column; taken from ${origin}`)
  }
  return missing
}

function isBooleanText(value: string): boolean {
  return /^(true|false|1|0|yes|no)$/i.test(value)
}

/** A cell as it is stored; `undefined` when it does not fit the type. Empty is false for a boolean. */
function readCell(type: FieldType, cell: string): Stored | undefined {
  if (type === 'boolean') {
    if (cell === '') return 0
    return isBooleanText(cell) ? Number(/^(true|1|yes)$/i.test(cell)) : undefined
  }
  if (cell === '') return null
  switch (type) {
    case 'int':
    case 'double':
    case 'currency':
    case 'percent':
      return readNumber(cell) ?? undefined
    case 'date':
      return (
        readDay(cell) ??
        (readInstant(cell) === null ? undefined : new Date(readInstant(cell) as number).toISOString().slice(0, 10))
      )
    case 'datetime': {
      const ms = readInstant(cell)
      return ms === null ? undefined : wholeSecond(ms)
    }
    case 'reference':
      return normaliseId(cell) ?? undefined
    default:
      return cell
  }
}

function readNumber(cell: string): number | null {
  return /^-?(\d+\.?\d*|\.\d+)(E[+-]?\d+)?$/i.test(cell) ? Number(cell) : null
}

/** `2024-11-10`, or `11/10/24` and `11/10/2024` as American spreadsheets write it. */
function readDay(cell: string): string | null {
  if (isDay(cell)) return cell
  const us = /^(\d{1,2})\/(\d{1,2})\/(\d{2}|\d{4})$/.exec(cell)
  if (us === null) return null
  const [, month = '', day = '', year = ''] = us
  const iso = `${year.padStart(4, '20')}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  return isDay(iso) ? iso : null
}

/** `2017-10-10T08:38:20.000+0000`, `02/23/26 08:55 PM`, or a day, which begins at midnight. UTC where no zone is named. */
function readInstant(cell: string): number | null {
  const exact = parseInstant(cell)
  if (exact !== null) return exact
  const [date = '', time, half] = cell.split(' ')
  const day = readDay(date)
  if (day === null) return null
  if (time === undefined) return Date.parse(`${day}T00:00:00Z`)
  const clock = /^(\d{1,2}):(\d\d)(?::(\d\d))?$/.exec(time)
  if (clock === null || (half !== undefined && !/^[AP]M$/i.test(half))) return null
  const hour = half === undefined ? Number(clock[1]) : (Number(clock[1]) % 12) + (/^PM$/i.test(half) ? 12 : 0)
  return Date.parse(`${day}T00:00:00Z`) + ((hour * 60 + Number(clock[2])) * 60 + Number(clock[3] ?? 0)) * 1000
}
