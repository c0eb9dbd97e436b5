import { companyOf } from '../domain/company.ts'
import { createContext } from '../domain/context.ts'
import { type Calendar, type Day, parseDay } from '../domain/day.ts'
import { deriveDossier } from '../domain/derive.ts'
import { type DossierRow, readDossier } from '../domain/dossier.ts'
import { type FactKind, isOfTotals, recordBehind, type Scope } from '../domain/facts.ts'
import { planFacts } from '../domain/priority/priority-facts.ts'
import { parentField, RECORD_KINDS, RECORDS, type RecordKind } from '../domain/records.ts'
import { behind, scopesOf, totalsScopes, withNames } from '../domain/scopes.ts'
import { factsOfTotals, Totals } from '../domain/totals.ts'
import { partsOf } from '../domain/totals-parts.ts'
import type { DesiredItem } from '../plan/desired.ts'
import type { Problem } from '../platform/problem.ts'
import type { Solver } from '../platform/solver.ts'
import { caseRecord } from './cases-file.ts'
import type { BoardMapping, ItemResult, Mappings } from './mapping.ts'
import type { BoardCases, ParsedMappings } from './parse.ts'
import type { CasesFile } from './schema/cases-file.ts'
import { type Path, Problems } from './yaml-file.ts'

export interface CaseResults {
  readonly passed: number
  readonly failed: number
  /** One problem per difference between what a case says and what came out, at its place in the file. */
  readonly problems: readonly Problem[]
}

/** For each step of a plan of features: what cases hold is planned in no time. */
const PLAN_MS = 5_000

type Case = CasesFile['cases'][number]

/**
 * Runs the cases that stand beside boards: records in, items out.
 *
 * A case passes when exactly the items it names come out; of each, the name, group and cells that the case mentions
 * are compared. Cases of boards or files with errors are not run, for `parseMappings` has told about those.
 */
export async function runCases(parsed: ParsedMappings, zone: Calendar, openSolver: () => Solver): Promise<CaseResults> {
  const { mappings } = parsed
  if (!mappings) return { passed: 0, failed: 0, problems: [] }
  await using solver = openSolver()
  const problems = new Problems()
  let passed = 0
  let failed = 0
  for (const cases of parsed.cases) {
    const board = mappings.boards.find((mapping) => mapping.board === cases.board)
    if (!board) continue
    for (const [i, one] of cases.file.data.cases.entries()) {
      const before = problems.all.length
      await runCase(cases, one, ['cases', i], board, { mappings, zone, solver }, problems)
      if (problems.all.length === before) passed += 1
      else failed += 1
    }
  }
  return { passed, failed, problems: problems.all }
}

interface CasePorts {
  readonly mappings: Mappings
  readonly zone: Calendar
  readonly solver: Solver
}

async function runCase(
  { file }: BoardCases,
  one: Case,
  path: Path,
  board: BoardMapping,
  ports: CasePorts,
  problems: Problems,
): Promise<void> {
  const today = parseDay(one.today ?? file.data.today) as Day
  const scopes = await scopesFor(one, board.items, ports, today)
  const results = scopes.map((scope) => ({ scope, result: board.toItem(scope, today) }))
  const fail = (at: Path, code: string, message: string, hint?: string) =>
    problems.error(file.file, file.at([...path, ...at]), code, `${one.name}: ${message}`, hint)

  const items = new Map<string, DesiredItem>()
  for (const { scope, result } of results) {
    if (result.is === 'rejected') {
      fail(['name'], 'case-rejected', `${scope.kind} ${scope.id} is rejected: ${result.problem.message}`)
    } else if (result.is === 'item') items.set(result.item.key, result.item)
  }
  const wanted = new Set(one.items.map(({ key }) => String(key)))
  one.items.forEach((expected, i) => {
    const key = String(expected.key)
    const item = items.get(key)
    if (!item) {
      fail(['items', i, 'key'], 'case-item-missing', `there is no item "${key}"`, whyMissing(key, results, items))
      return
    }
    const at: Path = ['items', i]
    if (expected.name !== undefined && expected.name !== item.name) {
      fail([...at, 'name'], 'case-differs', `the name of "${key}" is "${item.name}", not "${expected.name}"`)
    }
    if (expected.group !== undefined && expected.group !== item.group) {
      fail([...at, 'group'], 'case-differs', `the group of "${key}" is "${item.group}", not "${expected.group}"`)
    }
    const cells = { ...item.once, ...item.cells }
    for (const [title, value] of Object.entries(expected.cells)) {
      const text = cellText(value)
      const found = cells[title] ?? ''
      if (found !== text) {
        fail([...at, 'cells', title], 'case-differs', `"${title}" of "${key}" is ${shown(found)}, not ${shown(text)}`)
      }
    }
  })
  for (const key of items.keys()) {
    if (!wanted.has(key)) {
      fail(
        ['items'],
        'case-item-unexpected',
        `there is also an item "${key}" (${items.get(key)?.name})`,
        'Name it, or fix where:',
      )
    }
  }
}

function cellText(value: string | number | boolean): string {
  return value === true ? 'v' : value === false ? '' : String(value)
}

function shown(text: string): string {
  return text === '' ? 'empty' : `"${text}"`
}

function whyMissing(
  key: string,
  results: readonly { readonly scope: Scope; readonly result: ItemResult }[],
  items: ReadonlyMap<string, DesiredItem>,
): string {
  const left = results.some(({ scope, result }) => result.is === 'left' && scope.id === key)
  if (left) return 'The condition where: leaves it out'
  return items.size === 0 ? 'There is no item at all' : `There are: ${[...items.keys()].join(', ')}`
}

/** Derives the records of a case as a run would, and gives what the board makes items of. */
async function scopesFor(
  one: Case,
  items: FactKind,
  { mappings, zone, solver }: CasePorts,
  today: Day,
): Promise<Scope[]> {
  const { model } = mappings
  const source = one.source ?? sourceFor(items, mappings)
  const records = RECORD_KINDS.flatMap((kind) =>
    (one.records[kind] ?? []).map((record) => ({
      kind,
      record: caseRecord(kind, record, { source, zone, currency: model.currency, extras: {} }),
    })),
  )
  const rows = records.map(({ kind, record }) => ({ kind, body: JSON.stringify(record) }))
  const named = (one.records.account ?? []).flatMap(({ parentId }) => (parentId == null ? [] : [String(parentId)]))
  const context = createContext(model, zone, rows, new Map(), new Set(named))
  const parents = new Map(records.map(({ kind, record }) => [`${kind}:${record.id}`, parentOf(kind, record)]))
  const dossiers = new Map<string, DossierRow[]>()
  for (const { kind, record } of records) {
    if (RECORDS[kind].place.as === 'context') continue
    const dossier = rootOf(`${kind}:${record.id}`, parents)
    const rows = dossiers.get(dossier) ?? []
    rows.push({ kind, id: record.id, body: JSON.stringify(record) })
    dossiers.set(dossier, rows)
  }
  const facts = [...dossiers.values()].map((rows) => deriveDossier(readDossier(rows), context, today).facts)
  if (!isOfTotals(items)) return facts.flatMap((fact) => scopesOf(items, fact))
  const totals = new Totals(model, partsOf(items, model))
  totals.add(facts)
  const sums = totals.take()
  const time = { solve: solver.solve, leftMs: () => PLAN_MS }
  const priority = items === 'priority' ? await planFacts(sums, context.features, model, today, time) : []
  const company = companyOf(context, today, priority)
  const scopes = totalsScopes(items, factsOfTotals(items, sums, model, today, zone, company), company)
  return scopes.map((scope) => {
    const about = behind(scope)
    if (about === undefined) return scope
    const found = facts.flatMap((fact) => scopesOf(about.kind, fact)).find(({ id }) => id === about.id)
    return withNames(scope, found?.names)
  })
}

function sourceFor(items: FactKind, { sources }: Mappings): string {
  const kind = recordBehind(items, '')?.kind ?? 'opportunity'
  const delivering = sources.find(({ records }) => records.some((record) => record.kind === kind))
  return delivering?.source ?? sources[0]?.source ?? ''
}

function parentOf(kind: RecordKind, record: Readonly<Record<string, unknown>>): string | undefined {
  const by = parentField(RECORDS[kind], record)
  const id = by === undefined ? undefined : record[by]
  return by === undefined || id === undefined ? undefined : `${RECORDS[kind].fields[by]?.refersTo}:${id}`
}

function rootOf(own: string, parents: ReadonlyMap<string, string | undefined>): string {
  let root = own
  for (let parent = parents.get(root); parent !== undefined; parent = parents.get(root)) root = parent
  return root
}
