import { byClosingMonth, isClosing, lastClosed } from '../domain/closed-months.ts'
import { formatDay } from '../domain/day.ts'
import { type Definition, definitionsBehind, inForceOn } from '../domain/definitions/definitions.ts'
import { deriveDossier } from '../domain/derive.ts'
import { readDossier } from '../domain/dossier.ts'
import { FACTS, USER_FIELDS } from '../domain/fact-fields.ts'
import {
  FACT_KINDS,
  type FactKind,
  type FactValues,
  isOfTotals,
  recordBehind,
  type TotalsKind,
} from '../domain/facts.ts'
import type { FactField } from '../domain/fields.ts'
import { decimalsOf } from '../domain/money.ts'
import { RECORDS, type RecordKind } from '../domain/records.ts'
import { scopesOf, totalsScopes } from '../domain/scopes.ts'
import { NO_PARTS } from '../domain/totals-parts.ts'
import { textWriter, type Value } from '../mapping/cells.ts'
import type { BoardMapping, ColumnMapping, RecordMapping } from '../mapping/mapping.ts'
import type { DesiredItem } from '../plan/desired.ts'
import { readKnownCells } from '../plan/known.ts'
import { Fault } from '../platform/errors.ts'
import type { LedgerEntry, Refusal, Store } from '../store/store.ts'
import { openArrSnapshots } from './arr-snapshots.ts'
import { factsShown } from './closed-months.ts'
import { readContext, readSurvivors } from './derive.ts'
import { companyNow, readTotals, withRecord } from './desired.ts'
import { type ExplainedTogether, explainTogether } from './explain-together.ts'
import type { SyncPorts } from './run.ts'

/** Where one item of a board comes from, from the cell down to the vendor's field. */
export interface Explanation {
  readonly board: string
  readonly key: string
  /** `opportunity 006…`; `null` when nothing is known behind the key. */
  readonly from: string | null
  /** One sentence on whether and where it is on the board. */
  readonly state: string
  readonly name: string | null
  readonly group: string | null
  /** What decides whether it is on this board; `null` where every fact is. */
  readonly where: Pick<ExplainedColumn, 'value' | 'fields'> | null
  readonly columns: readonly ExplainedColumn[]
  readonly refusal: Pick<Refusal, 'code' | 'message' | 'hint' | 'column'> | null
  readonly records: readonly ExplainedRecord[]
  /** Of an account: what stands with it, of all sources; `null` for other facts. */
  readonly together: ExplainedTogether | null
  /** Merged records that it is, or names by id: it shows what is known of the survivor. */
  readonly merged: readonly ExplainedMerge[]
  /** Of a row of a closed month: when it was reported, as it stays; `null` for anything else. */
  readonly reportedOn: string | null
}

export interface ExplainedMerge {
  readonly kind: string
  readonly id: string
  /** The record that stands for it now, at the end of all merges. */
  readonly into: string
}

export interface ExplainedColumn {
  readonly title: string
  /** Text that the mapping asks for; `null` when the fact is not on this board. */
  readonly desired: string | null
  /** Text on the board as last read back. */
  readonly onBoard: string | null
  readonly editedByHand: boolean
  /** As the mapping has it. */
  readonly value: string
  readonly fields: readonly ExplainedField[]
}

export interface ExplainedField {
  /** `opportunity.stage`. */
  readonly path: string
  readonly value: unknown
  /** The value as people read it: money in major units with its currency, days as dates; `null` when it is empty. */
  readonly text: string | null
  /** How it is reckoned, where it is derived and not copied from a record; `null` where there is no more to say. */
  readonly formula: string | null
  /** What it means, where people argue about it: the definitions in force. */
  readonly definitions: readonly Definition[]
  /** The vendor's field and its raw text, where the field is copied from a record. */
  readonly source: {
    readonly source: string
    readonly object: string
    readonly id: string
    readonly field: string
    readonly raw: unknown
    /** What the raw amount is in, where that is not the company's currency; `null` for all that is no such money. */
    readonly currency: string | null
  } | null
}

export interface ExplainedRecord {
  readonly kind: string
  readonly id: string
  readonly source: string
  readonly object: string
  readonly changedAt: string
}

/** Explains an item of a board by its key; a fact that is not on the board is explained as well, by its id. */
export async function explain(ports: SyncPorts, board: BoardMapping, key: string): Promise<Explanation> {
  const { store } = ports
  const ledger = await store.ledgerEntry(board.board, key)
  const refusal = await store.refusal(board.board, key)
  const desired = await desiredItem(store, board.board, key)
  const from = desired?.from ?? ledger?.from ?? (await guessFact(store, board.items, key))
  const survivors = await readSurvivors(store)
  const survivor = survivors.get(`${board.items}:${key}`)
  const isOff = ledger === null ? from === null : ledger.place === 'archived' && desired === null
  if (isOff && survivor !== undefined) {
    throw new Fault(
      'key-merged',
      `Board "${board.board}" has no item with key "${key}": it was merged into "${survivor}"`,
      {
        blame: 'operator',
        hint: `Run explain ${board.board} ${survivor}`,
      },
    )
  }
  if (from === null && ledger === null) {
    throw new Fault(
      'key-unknown',
      `Board "${board.board}" has no item with key "${key}", and no ${board.items} has that id`,
      {
        blame: 'operator',
        hint: `Copy the key from the board's column boardsync_key, or an id from the source; plan ${board.board} lists what is new`,
      },
    )
  }
  const [kind = '', id = ''] = from === null ? [] : splitFact(from)
  const scope = from === null ? null : await findScope(ports, kind, id)
  const known = ledger === null || ledger.place === 'archived' ? null : readKnownCells(ledger.cells)
  const records = new Map<string, ExplainedRecord>()
  const together = kind === 'account' ? await explainTogether(store, id) : null
  const others = together?.also.map((one) => one.id) ?? []
  const columns: ExplainedColumn[] = []
  for (const column of board.columns) {
    columns.push({
      title: column.title,
      desired: desired === null ? null : (desired.cells[column.title] ?? desired.once[column.title] ?? ''),
      onBoard: known === null ? null : (known.cells[column.title] ?? ''),
      editedByHand: known?.edited.includes(column.title) ?? false,
      value: column.value,
      fields: await explainFields(ports, column.reads, scope, records, others),
    })
  }
  return {
    board: board.board,
    key,
    from,
    state: stateOf(ledger, desired, scope !== null),
    name: desired?.name ?? ledger?.name ?? null,
    group: desired?.group ?? ledger?.group ?? null,
    where:
      board.where === null
        ? null
        : { value: board.where.value, fields: await explainFields(ports, board.where.reads, scope, records, others) },
    columns,
    refusal,
    records: [...records.values()],
    together,
    merged: from === null ? [] : await mergedOf(store, survivors, kind, id),
    reportedOn: scope === null || !isClosing(kind) ? null : await reportedOn(ports, kind as TotalsKind, scope),
  }
}

/** The day on which a row of a closed month was reported; `null` where its month is open. */
async function reportedOn(
  { store, mappings, zone, clock }: SyncPorts,
  kind: TotalsKind,
  names: Names,
): Promise<string | null> {
  const closed = lastClosed(mappings.closedThrough, zone.dayOf(clock.now()))
  const [month] = byClosingMonth(kind, [names[kind] ?? {}]).keys()
  if (closed === null || month === undefined || month > closed) return null
  for await (const page of store.reported(kind))
    for (const one of page) if (one.month === month) return formatDay(zone.dayOf(one.at))
  return null
}

/** Which of a record and the records it names by id were merged into others. */
async function mergedOf(
  store: Store,
  survivors: ReadonlyMap<string, string>,
  kind: string,
  id: string,
): Promise<ExplainedMerge[]> {
  const record = await store.record(kind, id)
  const body = JSON.parse(record?.body ?? '{}') as Record<string, unknown>
  const named = Object.entries(RECORDS[kind as RecordKind]?.fields ?? {}).flatMap(([name, { refersTo }]) =>
    refersTo !== undefined && typeof body[name] === 'string' ? [{ kind: refersTo, id: body[name] }] : [],
  )
  return [{ kind, id }, ...named].flatMap((one) => {
    const into = survivors.get(`${one.kind}:${one.id}`)
    return into === undefined ? [] : [{ ...one, into }]
  })
}

async function desiredItem(store: Store, board: string, key: string): Promise<DesiredItem | null> {
  const found = await store.desiredItems(board, key)
  const item = found[0] === undefined ? null : (JSON.parse(found[0].body) as Partial<DesiredItem>)
  return item?.cells === undefined ? null : (item as DesiredItem)
}

/** A key is mostly the id of its fact; then something off the board can be explained, too. */
async function guessFact(store: Store, items: FactKind, key: string): Promise<string | null> {
  const record = recordBehind(items, key)
  return record !== null && (await store.record(record.kind, record.id)) !== null ? `${items} ${key}` : null
}

function splitFact(from: string): [string, string] {
  const space = from.indexOf(' ')
  return [from.slice(0, space), from.slice(space + 1)]
}

type Names = Readonly<Record<string, FactValues>>

/** The names in scope for one fact, derived anew from its dossier as of today. */
async function findScope(ports: SyncPorts, kind: string, id: string): Promise<Names | null> {
  const { store, zone, clock, mappings } = ports
  if (isOfTotals(kind)) return findTotals(ports, kind, id)
  if (!(FACT_KINDS as readonly string[]).includes(kind)) return null
  const behind = recordBehind(kind, id)
  const record = behind === null ? null : await store.record(behind.kind, behind.id)
  if (record?.dossier == null) return null
  const context = await readContext({ store, zone, model: mappings.model })
  for await (const page of store.dossiers({ ids: [record.dossier] })) {
    const snapshotsOf = await (await openArrSnapshots(store, context))(page)
    for (const one of page) {
      const dossier = readDossier(one.records, record.dossier)
      const { facts } = deriveDossier(dossier, context, zone.dayOf(clock.now()), NO_PARTS, snapshotsOf(one))
      for (const scope of scopesOf(kind as FactKind, facts)) if (scope.id === id) return scope.names
    }
  }
  return null
}

async function findTotals(
  { store, zone, clock, mappings }: SyncPorts,
  kind: TotalsKind,
  id: string,
): Promise<Names | null> {
  const today = zone.dayOf(clock.now())
  const context = await readContext({ store, zone, model: mappings.model })
  const company = await companyNow(store, kind, context, today)
  const now = { sums: () => readTotals(store), closedThrough: mappings.closedThrough }
  const { facts } = await factsShown(store, kind, now, context, company, today)
  const scope = totalsScopes(kind, facts, company).find((one) => one.id === id)
  return scope === undefined ? null : (await withRecord(scope, store, context, today)).names
}

async function explainFields(
  ports: SyncPorts,
  reads: ColumnMapping['reads'],
  scope: Names | null,
  records: Map<string, ExplainedRecord>,
  others: readonly string[],
): Promise<ExplainedField[]> {
  const { mappings, zone, clock } = ports
  const fields: ExplainedField[] = []
  for (const path of reads) {
    const [name = '', ...rest] = path.split('.')
    const thing = scope?.[name]
    const value = rest.reduce<unknown>((inner, part) => (inner as Record<string, unknown> | undefined)?.[part], thing)
    const source = thing === undefined ? null : await sourceIn(ports, name, thing, rest.join('.'), records, others)
    fields.push({
      path,
      value: value ?? null,
      text: value === undefined || value === null ? null : textOf(path, value, mappings.model.currency),
      formula: source === null ? (fieldOf(path)?.formula ?? null) : null,
      definitions: definitionsBehind(path, inForceOn(mappings.definitions, zone.dayOf(clock.now()))),
      source,
    })
  }
  return fields
}

function textOf(path: string, value: unknown, currency: string): string {
  const type = fieldOf(path)?.type
  // Fields of an admin's own are typed by the source mapping, and are texts and numbers that read as they are.
  if (type === undefined) return String(value)
  const text = textWriter(type, { moneyDecimals: decimalsOf(currency) })(value as Value)
  return type === 'money' ? `${text} ${currency}` : type === 'ratio' ? `${text} %` : text
}

function fieldOf(path: string): FactField | undefined {
  const [name = '', field = ''] = path.split('.')
  return (name === 'owner' ? USER_FIELDS : (FACTS as Partial<typeof FACTS>)[name as FactKind]?.fields)?.[field]
}

/** As `sourceOf`; a field that the leading account leaves empty is filled by one of the others that are the same company. */
async function sourceIn(
  ports: SyncPorts,
  name: string,
  thing: FactValues,
  field: string,
  records: Map<string, ExplainedRecord>,
  others: readonly string[],
): Promise<ExplainedField['source']> {
  const own = await sourceOf(ports, name, thing, field, records)
  if (name !== 'account' || thing[field] === undefined || (own !== null && own.raw !== null)) return own
  for (const id of others) {
    const filled = await sourceOf(ports, name, { id }, field, records)
    if (filled !== null && filled.raw !== null) return filled
  }
  return own
}

/** The raw text behind a field, when the record has a field of that name that a mapping reads. */
async function sourceOf(
  { store, mappings }: SyncPorts,
  name: string,
  thing: FactValues,
  field: string,
  records: Map<string, ExplainedRecord>,
): Promise<ExplainedField['source']> {
  const kind = name === 'owner' ? 'user' : name
  const id = String(thing.id ?? '')
  const raw = await store.rawRecord(kind, id)
  if (raw === null) return null
  const { source } = raw.stream
  records.set(`${kind} ${id}`, { kind, id, source, object: raw.object, changedAt: raw.changedAt })
  const mapping = mappings.sources.find((one) => one.source === source)?.records.find((one) => one.kind === kind)
  const vendorField = mapping === undefined ? undefined : vendorFieldOf(mapping, field)
  if (vendorField === undefined) return null
  const fields = JSON.parse(raw.fields) as Record<string, unknown>
  const currency = isMoney(name, field) ? await currencyOf(store, kind, id) : null
  const isForeign = currency !== mappings.model.currency
  return {
    source,
    object: raw.object,
    id,
    field: vendorField,
    raw: fields[vendorField] ?? null,
    currency: isForeign ? currency : null,
  }
}

function isMoney(name: string, field: string): boolean {
  return (FACTS as Partial<typeof FACTS>)[name as FactKind]?.fields[field]?.type === 'money'
}

async function currencyOf(store: Store, kind: string, id: string): Promise<string | null> {
  const record = await store.record(kind, id)
  return (JSON.parse(record?.body ?? '{}') as { readonly currency?: string }).currency ?? null
}

/** `createdOn` of a fact is the day of the record's `createdAt`. */
function vendorFieldOf(mapping: RecordMapping, field: string): string | undefined {
  return mapping.fields[field] ?? mapping.fields[field.replace(/On$/, 'At')]
}

function stateOf(ledger: LedgerEntry | null, desired: DesiredItem | null, exists: boolean): string {
  if (ledger !== null && ledger.state !== 'settled')
    return 'A request for it is under way, or its outcome is not known yet'
  const shown = ledger?.itemId == null || ledger.place === 'archived' ? null : ledger
  if (desired === null && shown === null)
    return exists ? 'It is not on this board: it does not match `where`' : 'It is not on this board'
  if (desired === null)
    return `Item ${shown?.itemId} is in the group ${shown?.group}: ${exists ? 'it no longer matches `where`' : 'it is gone at its source'}`
  return shown === null
    ? 'It is not on the board yet: the next apply creates it'
    : `Item ${shown.itemId} in the group ${shown.group}`
}
