import type { Day, Zone } from '../domain/day.ts'
import { type Context, deriveDossier } from '../domain/derive.ts'
import { readDossier } from '../domain/dossier.ts'
import type { DossierFacts } from '../domain/facts.ts'
import { addContributions } from '../domain/funnel.ts'
import { type KeptFacts, keepFacts } from '../domain/kept-facts.ts'
import type { Model } from '../domain/model.ts'
import type { User } from '../domain/records.ts'
import type { BoardMapping } from '../mapping/mapping.ts'
import type { CallOptions } from '../platform/call-options.ts'
import type { Clock } from '../platform/clock.ts'
import { whileStreaming } from '../platform/footprint.ts'
import type { Store, StoredDossier } from '../store/store.ts'
import { type BoardsMapped, mapDossiers, mapTotals, mapWhole, readBoardsMapped, saveBoardsMapped } from './desired.ts'
import type { OnEvent } from './events.ts'
import { digestOf } from './pull.ts'

/** Moves on when the same records would give other facts: a from-scratch derive follows by itself. */
const DERIVE_VERSION = '2'

export interface DerivePorts {
  readonly store: Store
  readonly zone: Zone
  readonly clock: Clock
  readonly model: Model
  readonly boards: readonly BoardMapping[]
  readonly onEvent: OnEvent
}

export interface Derived {
  readonly dossiers: number
  readonly fromScratch: boolean
  readonly today: Day
  readonly ms: number
}

/**
 * Brings facts, totals and desired items up to what the records say today.
 *
 * Only dossiers that changed, that used something that changed, or whose day has come are derived again; their old
 * part of the totals is subtracted and the new one added. A changed model or program derives everything anew.
 * Desired items are saved before the facts they come from, so that a crash in between derives the dossier again.
 */
export async function derive(ports: DerivePorts, options?: CallOptions): Promise<Derived> {
  const { store, zone, clock, model, onEvent } = ports
  const started = clock.now()
  const today = zone.dayOf(started)
  const fromScratch = await startOver(store, model)
  await store.wake(today)
  const of = await store.dirtyCount()

  const context = await readContext(ports)
  const mapped = await readBoardsMapped(store)
  const current = ports.boards.filter((board) => isMapped(mapped, board, today))
  const whole = ports.boards.filter((board) => !isMapped(mapped, board, today))
  // What is named here follows this run dossier by dossier. Every other board must be mapped whole the next time it is
  // seen, should this run be cut short: one that is mapped whole below, one of totals, one that this run does not know.
  if (of > 0)
    await saveBoardsMapped(
      store,
      Object.fromEntries(
        current.filter(({ items }) => items !== 'funnel_stage').map(({ board }) => [board, mapped[board] ?? null]),
      ),
    )

  let dossiers = 0
  // One save is under way while the next batch is derived; saves are carried out in the order of their calls.
  let saving: Promise<void> = Promise.resolve()
  for await (const batch of store.dossiers('dirty')) {
    options?.signal?.throwIfAborted()
    const derived = await deriveBatch(ports, batch, context, today, fromScratch)
    await saving
    saving = saveBatch(ports, derived, current, today)
    // Awaited above; should the next batch fail first, its error is the one to tell.
    saving.catch(() => {})
    dossiers += batch.length
    onEvent({ on: 'derive', is: 'deriving', dossiers, of, ms: clock.now() - started })
  }
  await saving
  for (const board of whole) {
    await whileStreaming(() => mapWhole(store, board, context, today, onEvent, options))
  }
  if (dossiers > 0)
    for (const board of current)
      if (board.items === 'funnel_stage') await mapTotals(store, board, model, today, onEvent)
  await saveBoardsMapped(
    store,
    Object.fromEntries(ports.boards.map((board) => [board.board, { digest: board.digest, day: today }])),
  )
  onEvent({ on: 'derive', is: 'done', dossiers, of, ms: clock.now() - started })
  return { dossiers, fromScratch, today, ms: clock.now() - started }
}

interface DerivedBatchOfFacts {
  readonly dossiers: readonly {
    readonly id: string
    readonly mark: number
    readonly value: DossierFacts | null
    readonly facts: string | null
    readonly changesOn: Day | null
    readonly uses: readonly string[]
  }[]
  readonly totals: readonly (readonly [key: string, delta: number])[]
}

async function deriveBatch(
  { store, model }: DerivePorts,
  batch: readonly StoredDossier[],
  context: Context,
  today: Day,
  fromScratch: boolean,
): Promise<DerivedBatchOfFacts> {
  const totals = new Map<string, number>()
  if (!fromScratch) {
    for await (const page of store.facts({ dossiers: batch.map((dossier) => dossier.id) })) {
      const old = page.map(({ facts }) => JSON.parse(facts) as KeptFacts)
      addContributions(totals, old, -1, model)
    }
  }
  const dossiers = batch.map(({ id, mark, records }) => {
    if (records.length === 0) return { id, mark, value: null, facts: null, changesOn: null, uses: [] }
    const { facts, changesOn, uses } = deriveDossier(readDossier(records), context, today)
    return { id, mark, value: facts, facts: JSON.stringify(keepFacts(facts)), changesOn, uses }
  })
  addContributions(
    totals,
    dossiers.flatMap(({ value }) => (value === null ? [] : [value])),
    1,
    model,
  )
  return { dossiers, totals: [...totals].filter(([, delta]) => delta !== 0) }
}

/** Desired items before facts: a crash in between leaves the dossiers dirty, and they are derived again. */
async function saveBatch(
  { store }: DerivePorts,
  { dossiers, totals }: DerivedBatchOfFacts,
  boards: readonly BoardMapping[],
  today: Day,
): Promise<void> {
  await mapDossiers(store, boards, dossiers, today)
  await store.saveDerived({
    dossiers: dossiers.map(({ id, mark, facts, changesOn, uses }) => ({ id, mark, facts, changesOn, uses })),
    totals,
  })
}

/** Empties everything derived when model or program are not those it was derived with. */
async function startOver(store: Store, model: Model): Promise<boolean> {
  const digest = digestOf([DERIVE_VERSION, JSON.stringify(model)])
  const before = await store.note('derived-with')
  // A from-scratch derive that was cut short goes on as an incremental one: its facts are then there to subtract.
  if (before === digest) return false
  await store.resetDerived()
  await store.setNote('derived-with', digest)
  return true
}

/** What deriving needs beside a dossier, as it is in the store now. */
export async function readContext({
  store,
  model,
  zone,
}: Pick<DerivePorts, 'store' | 'model' | 'zone'>): Promise<Context> {
  const users = await readUsers(store)
  return { model, zone, user: (id) => users.get(id) }
}

async function readUsers(store: Store): Promise<Map<string, User>> {
  const users = new Map<string, User>()
  for await (const page of store.contextRecords()) {
    for (const record of page) if (record.kind === 'user') users.set(record.id, JSON.parse(record.body) as User)
  }
  return users
}

function isMapped(mapped: BoardsMapped, board: BoardMapping, today: Day): boolean {
  const before = mapped[board.board]
  if (before === undefined || before === null || before.digest !== board.digest) return false
  return before.day === today || (!board.usesToday && board.items !== 'funnel_stage')
}
