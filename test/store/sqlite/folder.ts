import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openSqliteStore, type SqliteStoreOptions } from '../../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../../src/store/store.ts'
import { StillClock } from '../../board/still-clock.ts'

/** A folder of its own for a store, and all that opened it. */
export interface StoreFolder {
  readonly path: string
  readonly clock: StillClock
  open(options?: Partial<SqliteStoreOptions>): Promise<Store>
  close(): Promise<void>
}

export function storeFolder(): StoreFolder {
  const folder = mkdtempSync(join(tmpdir(), 'boardsync-store-'))
  const path = join(folder, 'boardsync.db')
  const clock = new StillClock()
  const stores: Store[] = []
  return {
    path,
    clock,
    async open(options) {
      const store = await openSqliteStore({ path, clock, ...options })
      stores.push(store)
      return store
    },
    async close() {
      for (const store of stores) await store[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** As `storeFolder`, gone when the test ends. */
export function ownFolder(): StoreFolder {
  const folder = storeFolder()
  onTestFinished(() => folder.close())
  return folder
}
