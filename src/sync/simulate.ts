import { setImmediate } from 'node:timers/promises'
import {
  asReported,
  byClosingMonth,
  firstShown,
  isClosing,
  lastClosed,
  restatementsOf,
} from '../domain/closed-months.ts'
import { companyOf } from '../domain/company.ts'
import type { Calendar, Day } from '../domain/day.ts'
import { inForceOn } from '../domain/definitions/definitions.ts'
import { type Context, deriveDossier } from '../domain/derive.ts'
import { readDossier } from '../domain/dossier.ts'
import { type DossierFacts, type FactValues, isOfTotals, type TotalsKind } from '../domain/facts.ts'
import { readParents } from '../domain/revenue/arr-families.ts'
import type { ArrSnapshot } from '../domain/revenue/arr-snapshots.ts'
import { scopesOf, totalsScopes } from '../domain/scopes.ts'
import { Comparison, type FactDifference } from '../domain/simulation.ts'
import { factsOfTotals, Totals } from '../domain/totals.ts'
import { ALL_PARTS, partsOf, type TotalsPart, type TotalsParts } from '../domain/totals-parts.ts'
import type { BoardMapping, Mappings } from '../mapping/mapping.ts'
import type { CallOptions } from '../platform/call-options.ts'
import type { Clock } from '../platform/clock.ts'
import { whileStreaming } from '../platform/footprint.ts'
import type { Store, StoredDossier } from '../store/store.ts'
import { openArrSnapshots } from './arr-snapshots.ts'
import { readReported } from './closed-months.ts'
import { countedParts, readContext } from './derive.ts'
import { toItems, withRecord } from './desired.ts'

export interface SimulatePorts {
  /** Is read and nothing else. */
  readonly store: Store
  readonly clock: Clock
  readonly before: Mappings
  readonly after: Mappings
  readonly zoneOf: (name: string) => Calendar
  /** The day as of which both are derived; `null`: today. */
  readonly on: Day | null
}

/** What a change of `model.yaml` would do, before it is saved. */
export interface Simulation {
  /** Definitions that would read differently. */
  readonly definitions: readonly { readonly name: string; readonly before: string; readonly after: string }[]
  /** Facts that would differ; as boards show them, so that closed months stay. */
  readonly facts: readonly FactDifference[]
  readonly boards: readonly BoardDifference[]
  /** Rows of closed months that would stay, and be on the list of restatements where they are not now. */
  readonly restated: number
  /** Boards of what is not simulated: a plan of features takes a solver. */
  readonly left: readonly string[]
  readonly dossiers: number
}

export interface BoardDifference {
  readonly board: string
  readonly items: { readonly before: number; readonly after: number }
  readonly changed: number
  readonly added: number
  readonly gone: number
}

/** One of the two ways to derive. */
interface Side {
  readonly mappings: Mappings
  readonly context: Context
  readonly totals: Totals
  readonly today: Day
}

/**
 * Derives everything that is in the store with two models side by side and tells what differs. Reads in pages, keeps counts and
 * sums, and writes nothing anywhere.
 */
export function simulate(ports: SimulatePorts, options?: CallOptions): Promise<Simulation> {
  return whileStreaming('deriving', () => simulateAll(ports, options))
}

async function simulateAll(ports: SimulatePorts, options: CallOptions | undefined): Promise<Simulation> {
  const { store } = ports
  const boards = [...ports.before.boards, ...ports.after.boards]
  const models = [ports.before.model, ports.after.model]
  const parts = new Set<TotalsPart>(
    boards.flatMap(({ items }) => (isOfTotals(items) ? models.flatMap((model) => partsOf(items, model)) : [])),
  )
  const parents = await parentsNow(ports, parts, options)
  const sides: readonly [Side, Side] = [
    await sideOf(ports, ports.before, parts, parents),
    await sideOf(ports, ports.after, parts, parents),
  ]
  const comparison = new Comparison()
  const tally = new BoardTally()
  let dossiers = 0
  const readSnapshots = await openArrSnapshots(store, sides[0].context)
  for await (const page of store.dossiers('all')) {
    await setImmediate()
    options?.signal?.throwIfAborted()
    const snapshotsOf = await readSnapshots(page)
    for (const one of page) compareDossier(one, snapshotsOf(one), sides, comparison, tally)
    dossiers += page.length
  }
  const restated = await compareTotals(store, sides, comparison, tally)
  return {
    definitions: readDifferently(sides),
    facts: comparison.differences(),
    boards: tally.differences(),
    restated,
    left: [...new Set(boards.filter(({ items }) => items === 'priority').map(({ board }) => board))],
    dossiers,
  }
}

async function sideOf(
  { store, clock, zoneOf, on }: SimulatePorts,
  mappings: Mappings,
  parts: Iterable<TotalsPart>,
  parents: ReadonlySet<string> | null,
): Promise<Side> {
  const { model } = mappings
  const zone = zoneOf(model.timeZone)
  const noted = await readContext({ store, model, zone })
  const context = parents === null ? noted : { ...noted, parents }
  return { mappings, context, totals: new Totals(model, parts), today: on ?? zone.dayOf(clock.now()) }
}

/** Whom accounts name as their parent, where families are simulated and no run has noted them; else `null`. */
async function parentsNow(
  { store, clock, zoneOf, before }: SimulatePorts,
  parts: ReadonlySet<TotalsPart>,
  options: CallOptions | undefined,
): Promise<ReadonlySet<string> | null> {
  const { model } = before
  if (!parts.has('families') || (await countedParts(store, model))?.has('families') === true) return null
  const zone = zoneOf(model.timeZone)
  const context = await readContext({ store, model, zone })
  const today = zone.dayOf(clock.now())
  const families: TotalsParts = new Set(['families'])
  const totals = new Totals(model, families)
  const readSnapshots = await openArrSnapshots(store, context)
  for await (const page of store.dossiers('all')) {
    await setImmediate()
    options?.signal?.throwIfAborted()
    const snapshotsOf = await readSnapshots(page)
    for (const one of page) {
      if (one.records.length === 0) continue
      const dossier = readDossier(one.records, one.id)
      totals.add([deriveDossier(dossier, context, today, families, snapshotsOf(one)).facts])
    }
  }
  return new Set(readParents(totals.take()))
}

function compareDossier(
  { id, records }: StoredDossier,
  snapshots: readonly ArrSnapshot[],
  sides: readonly [Side, Side],
  comparison: Comparison,
  tally: BoardTally,
): void {
  if (records.length === 0) return
  const [before, after] = sides.map(({ context, today, totals }) => {
    const { facts } = deriveDossier(readDossier(records, id), context, today, ALL_PARTS, snapshots)
    totals.add([facts])
    return facts
  }) as [DossierFacts, DossierFacts]
  comparison.addDossier(before, after)
  const itemsOf = ({ mappings, today }: Side, facts: DossierFacts) =>
    new Map(
      mappings.boards.flatMap((board) =>
        isOfTotals(board.items) ? [] : [[board.board, toItems(board, scopesOf(board.items, facts), today)] as const],
      ),
    )
  tally.add(itemsOf(sides[0], before), itemsOf(sides[1], after))
}

/** Facts of totals, and boards of them. Returns how many rows of closed months would differ and stay. */
async function compareTotals(
  store: Store,
  sides: readonly [Side, Side],
  comparison: Comparison,
  tally: BoardTally,
): Promise<number> {
  const kinds = new Set(
    sides.flatMap(({ mappings }) => mappings.boards.flatMap(({ items }) => (isOfTotals(items) ? [items] : []))),
  )
  kinds.delete('priority')
  const sums = sides.map(({ totals }) => totals.take()) as [Map<string, number>, Map<string, number>]
  let restated = 0
  for (const kind of kinds) {
    const now = sides.map((side, i) => factsNow(kind, side, sums[i] as Map<string, number>)) as [Facts, Facts]
    const reported = isClosing(kind) ? await readReported(store, kind) : new Map()
    const shown = now.map((facts, i) => {
      const { mappings, today } = sides[i] as Side
      const first = firstShown(kind, mappings.model.funnelMonths, today)
      return asReported(kind, facts, reported, lastClosed(mappings.closedThrough, today), first)
    }) as [Facts, Facts]
    const [, after] = sides
    const closed = lastClosed(after.mappings.closedThrough, after.today)
    const before = byClosingMonth(kind, now[0])
    const then = new Map([...reported].map(([month]) => [month, before.get(month) ?? []]))
    restated += new Set(
      restatementsOf(kind, now[1], then, closed, firstShown(kind, after.context.model.funnelMonths, after.today)).map(
        ({ id }) => id,
      ),
    ).size
    comparison.addTotals(kind, shown[0], shown[1])
    const items = await Promise.all(sides.map((side, i) => itemsOfTotals(store, kind, side, shown[i] as Facts)))
    tally.add(items[0] as Items, items[1] as Items)
  }
  return restated
}

type Facts = readonly FactValues[]
type Items = ReadonlyMap<string, ReturnType<typeof toItems>>

function factsNow(kind: TotalsKind, { context, today }: Side, sums: ReadonlyMap<string, number>): Facts {
  return factsOfTotals(kind, sums, context.model, today, context.zone, companyOf(context, today))
}

async function itemsOfTotals(store: Store, kind: TotalsKind, side: Side, facts: Facts): Promise<Items> {
  const { mappings, context, today } = side
  const items = new Map<string, ReturnType<typeof toItems>>()
  const boards = mappings.boards.filter((board) => board.items === kind)
  if (boards.length === 0) return items
  const scopes = []
  for (const scope of totalsScopes(kind, facts, companyOf(context, today)))
    scopes.push(await withRecord(scope, store, context, today))
  for (const board of boards) items.set(board.board, toItems(board, scopes, today))
  return items
}

function readDifferently([one, other]: readonly [Side, Side]): Simulation['definitions'] {
  const before = inForceOn(one.mappings.definitions, one.today)
  return inForceOn(other.mappings.definitions, other.today).flatMap(({ name, sentence }) => {
    const was = before.find((definition) => definition.name === name)?.sentence ?? ''
    return was === sentence ? [] : [{ name, before: was, after: sentence }]
  })
}

/** How many items of each board are not the same. */
class BoardTally {
  readonly #boards = new Map<
    BoardMapping['board'],
    { before: number; after: number; changed: number; added: number; gone: number }
  >()

  add(before: Items, after: Items): void {
    for (const board of new Set([...before.keys(), ...after.keys()])) {
      const [was, is] = [before.get(board) ?? [], after.get(board) ?? []]
      let counts = this.#boards.get(board)
      if (counts === undefined) {
        counts = { before: 0, after: 0, changed: 0, added: 0, gone: 0 }
        this.#boards.set(board, counts)
      }
      counts.before += was.length
      counts.after += is.length
      const digests = new Map(was.map(({ key, digest }) => [key, digest]))
      for (const { key, digest } of is) {
        const known = digests.get(key)
        digests.delete(key)
        if (known === undefined) counts.added += 1
        else if (known !== digest) counts.changed += 1
      }
      counts.gone += digests.size
    }
  }

  differences(): BoardDifference[] {
    return [...this.#boards].flatMap(([board, { before, after, changed, added, gone }]) =>
      changed + added + gone === 0 ? [] : [{ board, items: { before, after }, changed, added, gone }],
    )
  }
}
