import { hash } from 'node:crypto'
import { type Company, companyOf } from '../domain/company.ts'
import type { Day } from '../domain/day.ts'
import { type Context, deriveDossier } from '../domain/derive.ts'
import { readDossier } from '../domain/dossier.ts'
import { isOfTotals, type Scope, type TotalsKind } from '../domain/facts.ts'
import { behind, scopesOf, totalsScopes, withNames } from '../domain/scopes.ts'
import { Sums } from '../domain/tally.ts'
import { NO_PARTS } from '../domain/totals-parts.ts'
import type { BoardMapping } from '../mapping/mapping.ts'
import type { CallOptions } from '../platform/call-options.ts'
import type { DesiredOfDossier, Store } from '../store/store.ts'
import { openArrSnapshots } from './arr-snapshots.ts'
import { factsShown, type TotalsNow } from './closed-months.ts'
import type { OnEvent } from './events.ts'
import { readPriorityFacts } from './priority.ts'

/** The dossier under which items made from totals are kept. */
export const TOTALS = 'totals'

/** All totals as they are now. */
export async function readTotals(store: Store): Promise<Sums> {
  const totals = new Sums()
  for await (const page of store.totals()) for (const [key, value] of page) totals.set(key, value)
  return totals
}

/** Replaces what a board of totals should show. Returns how many rows of closed months would differ now. */
export async function mapTotals(
  store: Store,
  board: BoardMapping,
  totals: TotalsNow,
  context: Context,
  today: Day,
  onEvent: OnEvent,
  generation?: string,
): Promise<number> {
  if (!isOfTotals(board.items)) return 0
  const company = await companyNow(store, board.items, context, today)
  const { facts, restated } = await factsShown(store, board.items, totals, context, company, today)
  const scopes: Scope[] = []
  for (const scope of totalsScopes(board.items, facts, company))
    scopes.push(await withRecord(scope, store, context, today))
  const items = toItems(board, scopes, today)
  await store.saveDesired(board.board, [{ dossier: TOTALS, items }], generation === undefined ? {} : { generation })
  onEvent({ on: 'map', board: board.board, items: items.length, whole: true })
  return restated
}

/** What facts made from totals are told with; the plan of features where it is asked for. */
export async function companyNow(
  store: Pick<Store, 'note'>,
  kind: TotalsKind,
  context: Context,
  today: Day,
): Promise<Company> {
  return companyOf(context, today, kind === 'priority' ? await readPriorityFacts(store) : [])
}

/** A scope of totals, with the names of the record it is about, derived anew from its dossier. */
export async function withRecord(scope: Scope, store: Store, context: Context, today: Day): Promise<Scope> {
  const about = behind(scope)
  if (about === undefined) return scope
  const record = await store.record(about.kind, about.id)
  if (record?.dossier == null) return scope
  for await (const page of store.dossiers({ ids: [record.dossier] })) {
    const snapshotsOf = await (await openArrSnapshots(store, context))(page)
    for (const { records } of page) {
      const dossier = readDossier(records, record.dossier)
      const { facts } = deriveDossier(dossier, context, today, NO_PARTS, snapshotsOf({ records }))
      const found = scopesOf(about.kind, facts).find(({ id }) => id === about.id)
      if (found !== undefined) return withNames(scope, found.names)
    }
  }
  return scope
}

/**
 * Maps all facts again for one board: its mapping changed, or a new day came. Facts are derived again for it from the
 * records, which takes no longer than reading them back would: what is stored of them is the derived part only. `totals` is
 * asked where the board is of totals. Returns how many rows of closed months would differ now.
 */
export async function mapWhole(
  store: Store,
  board: BoardMapping,
  totals: TotalsNow,
  context: Context,
  today: Day,
  onEvent: OnEvent,
  options?: CallOptions,
): Promise<number> {
  const generation = `${board.digest}:${today}`
  let restated = 0
  if (isOfTotals(board.items)) {
    restated = await mapTotals(store, board, totals, context, today, onEvent, generation)
  } else {
    let items = 0
    const readSnapshots = await openArrSnapshots(store, context)
    for await (const page of store.dossiers('all')) {
      options?.signal?.throwIfAborted()
      const snapshotsOf = await readSnapshots(page)
      const batch: DesiredOfDossier[] = page.map(({ id, records }) => ({
        dossier: id,
        items: toItems(
          board,
          scopesOf(
            board.items,
            deriveDossier(readDossier(records, id), context, today, NO_PARTS, snapshotsOf({ records })).facts,
          ),
          today,
        ),
      }))
      await store.saveDesired(board.board, batch, { generation })
      for (const one of batch) items += one.items.length
      onEvent({ on: 'map', board: board.board, items, whole: true })
    }
  }
  await store.finishDesired(board.board, generation)
  return restated
}

/** What a board shows of some facts. */
export function toItems(board: BoardMapping, scopes: Iterable<Scope>, today: Day): DesiredOfDossier['items'] {
  const items: { key: string; body: string; digest: string }[] = []
  for (const scope of scopes) {
    const result = board.toItem(scope, today)
    if (result.is === 'left') continue
    // A fact whose item could not be made keeps its place: the planner refuses it by name instead of removing the item.
    const desired =
      result.is === 'item'
        ? { ...result.item, warnings: result.warnings }
        : { key: result.key ?? scope.id, rejected: result.problem, from: `${scope.kind} ${scope.id}` }
    const body = JSON.stringify(desired)
    items.push({ key: desired.key, body, digest: hash('sha256', body, 'base64url').slice(0, 16) })
  }
  return items
}
