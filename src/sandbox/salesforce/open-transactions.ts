import { Fault } from '../../platform/errors.ts'
import { SalesforceError } from './errors.ts'
import type { Org, Row } from './org.ts'
import { wholeSecond } from './values.ts'

/** One change of what the org holds. */
export type StoredWrite =
  | { readonly kind: 'insert'; readonly object: string; readonly row: Row }
  | { readonly kind: 'change'; readonly object: string; readonly id: string; readonly row: Row }
  | { readonly kind: 'deletion'; readonly object: string; readonly id: string; readonly at: number }
  | { readonly kind: 'undeletion'; readonly object: string; readonly id: string }

interface OpenTransaction {
  readonly startedAt: number
  readonly writes: StoredWrite[]
  /** Ids of records that nobody else may write meanwhile. */
  readonly locked: Set<string>
}

/**
 * Transactions that people's long work keeps open.
 *
 * What is written in one has the stamp of when it was written, and is seen by nobody until the transaction is committed;
 * then it appears below cursors that have passed it. Until then its records are locked, with the parents that they hang on:
 * other writes to them are refused, as by Salesforce. A sandbox that stops rolls back what is open.
 */
export class OpenTransactions {
  readonly #org: Org
  readonly #open = new Map<string, OpenTransaction>()
  #writing: { readonly transaction: OpenTransaction; readonly writes: StoredWrite[] } | null = null

  constructor(org: Org) {
    this.#org = org
  }

  begin(name: string): void {
    if (this.#open.has(name)) {
      throw transactionFault(`A transaction "${name}" is open already`, 'Commit or roll it back, or use another name')
    }
    const startedAt = wholeSecond(this.#org.engine.clock.now())
    this.#open.set(name, { startedAt, writes: [], locked: new Set() })
  }

  /** Does `work` inside an open transaction, on top of what was written in it before. */
  write<T>(name: string, work: () => T): T {
    const transaction = this.#get(name)
    const { db } = this.#org.engine
    const writing = { transaction, writes: [] as StoredWrite[] }
    db.exec('BEGIN IMMEDIATE')
    try {
      for (const write of transaction.writes) this.#org.apply(write)
      this.#writing = writing
      const result = work()
      for (const write of writing.writes) {
        transaction.writes.push(write)
        for (const id of lockedBy(this.#org, write)) transaction.locked.add(id)
      }
      return result
    } finally {
      this.#writing = null
      db.exec('ROLLBACK')
    }
  }

  /** Lets everybody see what was written. */
  commit(name: string): void {
    const { writes } = this.#get(name)
    this.#org.transaction(() => {
      for (const write of writes) this.#org.apply(write)
    })
    this.#open.delete(name)
  }

  rollBack(name: string): void {
    this.#get(name)
    this.#open.delete(name)
  }

  get isAnyOpen(): boolean {
    return this.#open.size > 0
  }

  /** When the oldest one that is still open began; `null` when none is. */
  oldestStart(): number | null {
    if (this.#open.size === 0) return null
    return Math.min(...[...this.#open.values()].map((each) => each.startedAt))
  }

  /** Notes a write of the transaction that is written in; throws when another one has locked what it touches. */
  admit(write: StoredWrite): void {
    if (this.#open.size === 0) return
    this.#writing?.writes.push(write)
    const ids = lockedBy(this.#org, write)
    for (const transaction of this.#open.values()) {
      if (transaction === this.#writing?.transaction || ids.every((id) => !transaction.locked.has(id))) continue
      const message = 'unable to obtain exclusive access to this record or 1 records'
      throw new SalesforceError(400, 'UNABLE_TO_LOCK_ROW', message)
    }
  }

  #get(name: string): OpenTransaction {
    const found = this.#open.get(name)
    if (found !== undefined) return found
    throw transactionFault(`No transaction "${name}" is open`, 'Begin it first')
  }
}

/** The record itself, and those whose deletion would delete it. */
function lockedBy(org: Org, write: StoredWrite): string[] {
  if (write.kind === 'deletion' || write.kind === 'undeletion') return [write.id]
  const ids = write.kind === 'change' ? [write.id] : []
  for (const field of org.wholeObject(write.object)?.fields ?? []) {
    const parent = field.cascadeDelete ? write.row[field.name] : null
    if (typeof parent === 'string') ids.push(parent)
  }
  return ids
}

function transactionFault(message: string, hint: string): Fault {
  return new Fault('sandbox-transaction', message, { blame: 'operator', hint })
}
