/**
 * Writes `mappings/REFERENCE.md` and the editors' JSON Schemas (`mappings/schema/`) from the schemas that check
 * mappings. With `--check` writes nothing and exits 1 when a file is not what it would write.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { RECORD_KINDS, RECORDS } from '../src/domain/records.ts'
import { SHOWABLE } from '../src/mapping/cells.ts'
import { factsToJson } from '../src/mapping/describe-facts.ts'
import { FUNCTIONS } from '../src/mapping/functions.ts'
import { NUMBER_FORMATS, READINGS_OF, usualReading } from '../src/mapping/readings.ts'
import { COLORS, READINGS, type Reading } from '../src/mapping/schema/values.ts'
import { FILE_SCHEMAS, type FileKind, RENAMED_KEYS } from '../src/mapping/schema.ts'
import { type JsonSchema, jsonSchemaOf } from '../src/mapping/shape.ts'

const KINDS = Object.keys(FILE_SCHEMAS) as FileKind[]

/** Every generated file by its path from the top of the repository. */
export function generatedFiles(): Record<string, string> {
  const files: Record<string, string> = { 'mappings/REFERENCE.md': referencePage() }
  for (const kind of KINDS)
    files[`mappings/schema/${kind}.schema.json`] = `${JSON.stringify(editorSchema(kind), null, 2)}\n`
  return files
}

/** What editors check against: the same, with `extra.…` the only free field name. */
function editorSchema(kind: FileKind): JsonSchema {
  const schema = structuredClone(jsonSchemaOf(kind))
  if (kind !== 'source') return schema
  for (const record of Object.values(schema.properties?.records?.properties ?? {})) {
    const fields = record.properties?.fields as Record<string, unknown> | undefined
    if (!fields) continue
    fields.patternProperties = { '^extra\\.[A-Za-z]\\w*$': fields.additionalProperties }
    fields.additionalProperties = false
  }
  return schema
}

function referencePage(): string {
  return `${[
    '# Mapping reference',
    'Made by `scripts/mapping-reference.ts` from the schemas that check mappings; do not edit it here.',
    'An admin edits the files of the mapping folder (`BOARDSYNC_MAPPINGS`, default `./mappings`) and nothing else. ' +
      'A file with an error is left out and reported with file, line and column; the others go on. ' +
      '`boardsync lint` checks them without a network, `boardsync lint --test` also runs their cases, `boardsync check` ' +
      'compares them with the live sources and boards.',
    ...KINDS.map(fileSection),
    recordsSection(),
    readingsSection(),
    valuesSection(),
    columnsSection(),
    factsSection(),
  ].join('\n\n')}\n`
}

const FILE_NAMES: Readonly<Record<FileKind, string>> = {
  source: 'sources/<name>.yaml',
  board: 'boards/<name>.yaml',
  model: 'model.yaml',
  cases: 'boards/<board>.test.yaml',
  identity: 'identity.yaml',
}

function fileSection(kind: FileKind): string {
  const schema = jsonSchemaOf(kind)
  const rows = kind === 'source' ? sourceRows(schema) : keyRows(schema, schema, '')
  const renamed = Object.entries(RENAMED_KEYS[kind]).map(([old, now]) => `\`${old}\` (now \`${now}\`)`)
  return [
    `## \`${FILE_NAMES[kind]}\``,
    schema.description ?? '',
    table(['key', 'what it says', 'default', 'example'], rows),
    ...(renamed.length === 0 ? [] : [`Also taken, with a warning: ${renamed.join(', ')}.`]),
  ].join('\n\n')
}

/** All kinds of record know the same keys: they are written down once. */
function sourceRows(schema: JsonSchema): string[][] {
  const { records, ...others } = schema.properties ?? {}
  const record = records?.properties?.account
  const top = keyRows(schema, { ...schema, properties: others, required: ['source', 'records'] }, '')
  const kinds = `\`${RECORD_KINDS.join('`, `')}\``
  const recordRow = ['`records`', `${records?.description ?? ''} Kinds: ${kinds}. Required.`, '', '`opportunity:`']
  const { fields, ...keys } = record?.properties ?? {}
  return [
    ...top,
    recordRow,
    ...keyRows(schema, { ...record, properties: keys }, 'records.<kind>'),
    ['`records.<kind>.fields`', `${fields?.description ?? ''} Required.`, '', code(fields?.examples?.[0])],
    ...keyRows(schema, resolve(schema, schema.$defs?.Field ?? {}), 'records.<kind>.fields.<field>'),
  ]
}

function keyRows(root: JsonSchema, schema: JsonSchema, prefix: string): string[][] {
  const own = resolve(root, schema)
  const rows: string[][] = []
  for (const [key, rule] of Object.entries(own.properties ?? {})) {
    const name = prefix === '' ? key : `${prefix}.${key}`
    const inner = resolve(root, rule)
    const required = own.required?.includes(key) === true
    const values = inner.enum ? ` One of ${inner.enum.map((value) => code(value)).join(', ')}.` : ''
    const longValues = (inner.enum?.length ?? 0) > 12 ? '' : values
    rows.push([
      `\`${name}\``,
      `${rule.description ?? inner.description ?? ''}${longValues}${required ? ' Required.' : ''}`,
      rule.default === undefined || isEmpty(rule.default) ? '' : code(rule.default),
      code((rule.examples ?? inner.examples)?.[0]),
    ])
    // Entries are alike: their keys are written down once.
    if (prefix !== 'definitions') rows.push(...innerRows(root, rule, name))
  }
  return prefix === 'definitions' ? [...rows, ...definitionRows(root)] : rows
}

/** The keys of an entry under `definitions`: those of every one, and those of the two that may change from a day on. */
function definitionRows(root: JsonSchema): string[][] {
  const rowsOf = (id: string) => keyRows(root, root.$defs?.[id] ?? {}, 'definitions.<name>')
  const green = rowsOf('GreenAccountDefinition')
  const known = new Set(green.map(([name]) => name))
  return [...green, ...rowsOf('QualifiedLeadDefinition').filter(([name]) => !known.has(name))]
}

function innerRows(root: JsonSchema, rule: JsonSchema, name: string): string[][] {
  const inner = resolve(root, rule)
  if (inner.properties) return keyRows(root, inner, name)
  if (inner.items) {
    const item = resolve(root, inner.items)
    return item.properties ? keyRows(root, item, `${name}[]`) : []
  }
  if (typeof inner.additionalProperties === 'object') {
    const each = resolve(root, inner.additionalProperties)
    const label =
      name === 'columns' ? '<title>' : name === 'rates' ? '<currency>' : name === 'stages' ? '<source>' : '<name>'
    return innerRows(root, each, `${name}.${label}`)
  }
  return []
}

/** Follows references; of alternatives, the one with the most to say. */
function resolve(root: JsonSchema, schema: JsonSchema): JsonSchema {
  if (schema.$ref) return resolve(root, root.$defs?.[schema.$ref.replace('#/$defs/', '')] ?? {})
  if (schema.anyOf) {
    const options = schema.anyOf.map((option) => resolve(root, option))
    const best = options.find(({ properties }) => properties) ?? options.find(({ items }) => items) ?? options[0]
    return { ...best, ...(schema.description ? { description: schema.description } : {}) }
  }
  return schema
}

function isEmpty(value: unknown): boolean {
  return value === false || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
}

function recordsSection(): string {
  const sections = RECORD_KINDS.map((kind) => {
    const { meaning, fields } = RECORDS[kind]
    const rows = Object.entries(fields).map(([name, field]) => [
      `\`${name}\``,
      field.meaning + (field.values ? ` One of ${field.values.map((value) => code(value)).join(', ')}.` : ''),
      field.type,
      usualReading(name, field),
      READINGS_OF[field.type].join(', '),
    ])
    return [`### \`${kind}\``, meaning, table(['field', 'what it is', 'type', 'read as', 'can be read as'], rows)].join(
      '\n\n',
    )
  })
  return [
    '## Fields of records',
    'What a source mapping can fill. Any further field has a name of the admin’s own, `extra.tier`, and says how it is ' +
      'read; boards see it as `account.extra.tier`. Money read into a further field is a plain number in the record’s own ' +
      'currency and takes no part in totals.',
    ...sections,
  ].join('\n\n')
}

const READING_WORDS: Readonly<Record<Reading, readonly [string, string]>> = {
  text: ['the text as it is', '`Acme Corporation`'],
  integer: ['a whole number; where it counts something, not below zero', '`1200`, `25.0`'],
  number: ['a plain decimal number', '`3.75`'],
  ratio: ['a share between 0 and 1', '`0.25`'],
  percent: ['a share between 0 and 100, kept as 0 to 1', '`25`'],
  money: ['an amount in major units, with no more decimals than its currency has', '`24710.50`'],
  day: ['a day, or an instant, of which the company’s day is kept', '`2026-11-22`'],
  instant: [
    'an instant, or a day, of which the first moment in the company’s zone is kept',
    '`2026-11-22T10:00:00.000Z`',
  ],
  boolean: ['`true`, `false`, `TRUE`, `FALSE`, `True`, `False`, `1` or `0`', '`true`'],
  domain: ['the registered name out of a web or e-mail address', '`https://www.acme.com` → `acme.com`'],
  country: ['a country by its two capital letters or its full English name', '`Sweden` → `SE`'],
  currency: ['a currency by its code of ISO 4217', '`EUR`'],
}

function readingsSection(): string {
  return [
    '## How values are read',
    'A value passes, in this order, `trim`, `null_values`, `aliases` and `values`, and is then read. Nothing is rounded, ' +
      'trimmed or guessed that the mapping does not declare: a value that cannot be read becomes a *rejected value* ' +
      '(`boardsync rejected`), the record is kept and the field is empty. A record is rejected as a whole only when a ' +
      'field marked `required: true` is empty or cannot be read.',
    table(
      ['read as', 'takes', 'for example'],
      READINGS.map((reading) => [`\`${reading}\``, ...READING_WORDS[reading]]),
    ),
    `Formats of numbers: ${Object.keys(NUMBER_FORMATS)
      .map((format) => `\`${format}\``)
      .join(
        ', ',
      )}. Formats of dates are made of \`YYYY\` \`YY\` \`MM\` \`M\` \`DD\` \`D\` \`HH\` \`H\` \`hh\` \`h\` \`mm\` ` +
      '`ss` `A`, for example `MM/DD/YY hh:mm A`; two-digit years up to 68 are 20YY, later ones 19YY; times of day count ' +
      'from the start of the day in the company’s zone.',
    'These are no values unless the mapping says so, in text as elsewhere: `#N/A` and other errors of spreadsheets, ' +
      '`N/A`, `NULL`, `null`, `NaN`, `undefined`, `Select`, `--None--`; `01-May` (a range that a spreadsheet turned ' +
      'into a date); `-1` where something is counted or an amount is expected. List them under `null_values`, or, where ' +
      'one is meant, as an alias of itself: `aliases: { name: { Select: Select } }`. Blank texts are empty.',
  ].join('\n\n')
}

function valuesSection(): string {
  return [
    '## Values on boards',
    'A value (`value`, `where`, `group.by`, `urgency`) is one of three things.',
    '- **A field**: `opportunity.stage`. Empty gives empty. `boardsync fields opportunity` lists them.\n' +
      '- **A fixed value**: `true`, `5`; a text in quotes of its own: `"\'Pilot\'"`.\n' +
      '- **An expression** in CEL: `opportunity.isOpen && orElse(opportunity.arr, 0) > 10000`.',
    'In an expression a field that can be empty stands behind `has(…) &&` or in `orElse(…, …)`; lint says where. An ' +
      'expression that cannot be computed for one item (a division by zero) rejects that item and no other.',
    '- Numbers are decimal: `1 / 2` is 0.5.\n' +
      '- Money compares and counts in major units of company currency: `opportunity.arr > 10000`.\n' +
      '- `today` is the company’s day. A day minus a day is a number of days; a day plus or minus a number is a day. ' +
      'Instants can be compared and subtracted (days, with a fraction).\n' +
      '- Operators: `&&` `||` `!` `==` `!=` `<` `<=` `>` `>=` `+` `-` `*` `/` `%` `in` `? :`. Lists: ' +
      "`opportunity.stage in ['Proposal', 'Negotiation']`.\n" +
      "- Fields with fixed values are compared with these only: `opportunity.state == 'wonn'` is an error.\n" +
      '- Regular expressions (`matches`), and conditions over lists inside one another, are refused: they can take forever.',
    table(
      ['function', 'gives', 'for example'],
      Object.entries(FUNCTIONS).map(([name, { usage, meaning }]) => [`\`${name}\``, meaning, `\`${usage}\``]),
    ),
    'Names (`name`, `text` of links) are texts with fields in braces. A field that is empty is left out together with ' +
      'the text that joins it to its neighbour and the brackets around it: `{account.name}: {opportunity.name}` is ' +
      '`Acme: 50 seats`, `Acme` or `50 seats`. When all are empty, the item is called by its key. Names are cut at 255 characters.',
    '`$' +
      '{NAME}` in a source’s `path` and `url`, and in a board’s `id`, `name` and `workspace`, stands for a variable of ' +
      'the environment; one that is not set is an error.',
    'Two groups belong to this program: items whose `where` no longer holds move to `Left`; with `when_gone: mark`, ' +
      'items whose record is gone at its source move to `Gone`.',
  ].join('\n\n')
}

const COLUMN_WORDS: Readonly<Record<keyof typeof SHOWABLE, string>> = {
  text: 'One line. Numbers, money and days as below; true and false as yes and no.',
  long_text: 'Text with its line breaks.',
  numbers: 'Money in major units of company currency; a ratio in percent (0.25 is 25); else at most six decimals.',
  status: 'A label. Longer ones than 30 characters are cut, with a warning.',
  date: 'A day; an instant with its time, in UTC.',
  people: 'People by e-mail address; several with commas. Others leave the cell empty, with a warning.',
  checkbox: 'Ticked when true.',
  link: 'A web address (`https://…`), with `text` as its words. Others leave the cell empty, with a warning.',
  dropdown: 'Labels, sorted. One, unless `split` says what stands between several.',
  email: 'One e-mail address. Anything else leaves the cell empty, with a warning.',
  phone:
    'A number of 3 to 15 digits, with or without `+`, and the `country` it is of (needed). Blanks, brackets and dashes are left out.',
  country: 'A country, from its two-letter code or English name.',
  location: 'Latitude and longitude in degrees (`52.52,13.405`), with `text` as the address shown.',
  rating: 'One to five stars; none for 0.',
  timeline: 'From the day of `value` to the day of `to` (needed); empty when either is.',
  week: 'The week that a day is in; `week_starts` says on which day weeks start.',
  hour: 'A time of day (`9:30`, `09:30:00`, `9:30 pm`), or that of an instant, in UTC.',
  world_clock: 'A time zone by its IANA name (`Europe/Berlin`).',
  board_relation:
    'Items of another of your boards, by their keys there; `board` names its mapping (needed). One, unless `split` says what stands between several.',
  dependency:
    'Items of the same board that this one waits for, by their keys. One, unless `split` says what stands between several; one such column to a board. What monday moves when dates of such items collide is up to its settings on the board.',
  tags: 'Tags of the account, sorted; made where nobody has them yet. One, unless `split` says what stands between several.',
}

function columnsSection(): string {
  return [
    '## Column types',
    table(
      ['type', 'shows', 'takes values of type'],
      Object.entries(SHOWABLE).map(([type, takes]) => [
        `\`${type}\``,
        COLUMN_WORDS[type as keyof typeof SHOWABLE],
        takes.length === 10 ? 'any' : takes.join(', '),
      ]),
    ),
    `Colours of labels: ${COLORS.map((color) => `\`${color}\``).join(', ')}.`,
  ].join('\n\n')
}

function factsSection(): string {
  const sections = factsToJson().map(({ fact, meaning, fields }) => {
    const own = fields.filter(({ name }) => name.startsWith(`${fact}.`))
    const others = [...new Set(fields.map(({ name }) => name.split('.')[0]))].filter((name) => name !== fact)
    const scope = others.length === 0 ? '' : ` Also in scope: ${others.map((name) => `\`${name}\``).join(', ')}.`
    return [`### \`items: ${fact}\``, `${meaning}${scope}`, table(FACT_HEAD, own.map(factRow))].join('\n\n')
  })
  const owner = factsToJson('opportunity')[0]?.fields.filter(({ name }) => name.startsWith('owner.')) ?? []
  return [
    '## Facts: what is in scope on boards',
    'The same as `boardsync fields`. *can be empty*: in expressions it needs `has()` or `orElse()`. *adds up*: whether a total of it makes sense.',
    ...sections,
    ['### `owner`', 'The user who owns the account, opportunity or lead.', table(FACT_HEAD, owner.map(factRow))].join(
      '\n\n',
    ),
  ].join('\n\n')
}

const FACT_HEAD = ['field', 'what it is', 'type', 'unit', 'can be empty', 'adds up']

function factRow(field: ReturnType<typeof factsToJson>[number]['fields'][number]): string[] {
  const values = field.values ? ` One of ${field.values.map((value) => code(value)).join(', ')}.` : ''
  const formula = field.formula === null ? '' : ` = ${field.formula}`
  return [
    `\`${field.name}\``,
    `${field.meaning}${values}${formula}`,
    field.type,
    field.unit ?? '',
    field.optional ? 'yes' : '',
    field.additive === null ? '' : field.additive ? 'yes' : 'no',
  ]
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n')
}

function code(value: unknown): string {
  if (value === undefined) return ''
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text === '' ? '`""`' : `\`${text === '\t' ? '\\t' : text}\``
}

async function main(check: boolean): Promise<number> {
  const root = path.resolve(import.meta.dirname, '..')
  let stale = 0
  for (const [file, text] of Object.entries(generatedFiles())) {
    const target = path.join(root, file)
    if (!check) {
      await mkdir(path.dirname(target), { recursive: true })
      await writeFile(target, text)
      continue
    }
    const found = await readFile(target, 'utf8').catch(() => '')
    if (found === text) continue
    stale += 1
    console.error(
      `${file}:1:1 error stale-reference: The file is not what the schemas say\n    Run node scripts/mapping-reference.ts`,
    )
  }
  return stale === 0 ? 0 : 1
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await main(process.argv.includes('--check'))
}
