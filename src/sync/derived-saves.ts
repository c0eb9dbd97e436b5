import type { ArrSnapshot } from '../domain/revenue/arr-snapshots.ts'
import type { Totals } from '../domain/totals.ts'
import type { BoardMapping } from '../mapping/mapping.ts'
import type { DerivedBatch, Snapshot, Store } from '../store/store.ts'
import { storedSnapshot } from './arr-snapshots.ts'

const SAVES_UNDER_WAY = 2
/** Characters of facts and items from which on they are saved: what waits is held in memory. */
const SAVED_TOGETHER = 1024 * 1024

/**
 * What was derived on its way into the store: of several batches together, since most sums of totals move in each of them and
 * are written once for all.
 */
export class DerivedSaves {
  readonly #store: Store
  readonly boards: readonly BoardMapping[]
  readonly totals: Totals
  readonly #underWay: Promise<void>[] = []
  /** Sources of accounts of which anything was kept. */
  readonly sourcesSeen = new Set<string>()
  #snapshots: Snapshot[] = []
  #dossiers: DerivedBatch['dossiers'][number][] = []
  #size = 0

  constructor(store: Store, boards: readonly BoardMapping[], totals: Totals) {
    this.#store = store
    this.boards = boards
    this.totals = totals
  }

  add(one: DerivedBatch['dossiers'][number]): void {
    this.#dossiers.push(one)
    this.#size += one.facts?.length ?? 0
    for (const items of one.items) for (const { body } of items) this.#size += body.length
  }

  /** Is saved with the facts that were made of it. */
  keep(snapshot: ArrSnapshot): void {
    this.sourcesSeen.add(snapshot.source)
    this.#snapshots.push(storedSnapshot(snapshot))
  }

  async saveIfLarge(): Promise<void> {
    if (this.#size >= SAVED_TOGETHER) await this.#save()
  }

  /** Everything that was added is in the store when this is done. */
  async finish(): Promise<void> {
    if (this.#dossiers.length > 0) await this.#save()
    for (const saved of this.#underWay) await saved
  }

  /** Some saves are under way while more is derived; they are carried out in the order of their calls. */
  async #save(): Promise<void> {
    if (this.#underWay.length === SAVES_UNDER_WAY) await this.#underWay.shift()
    const saved = this.#store.saveDerived({
      boards: this.boards.map(({ board }) => board),
      dossiers: this.#dossiers,
      totals: this.totals.take(),
      snapshots: this.#snapshots,
    })
    // Awaited in its turn; should the next batch fail first, its error is the one to tell.
    saved.catch(() => {})
    this.#underWay.push(saved)
    this.#dossiers = []
    this.#snapshots = []
    this.#size = 0
  }
}
