import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'
import { StillClock } from '../board/still-clock.ts'
import { storeContract } from '../contract/store-contract.ts'

storeContract('SqliteStore', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'boardsync-store-'))
  const clock = new StillClock()
  const stores: Store[] = []
  const openOne = async () => {
    const store = await openSqliteStore({ path: join(folder, 'boardsync.db'), clock })
    stores.push(store)
    return store
  }
  const store = await openOne()
  await store.migrate()
  return {
    store,
    clock,
    another: openOne,
    close: async () => {
      for (const it of stores) await it[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true })
    },
  }
})
