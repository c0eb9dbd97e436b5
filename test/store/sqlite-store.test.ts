import { storeContract } from '../contract/store-contract.ts'
import { storeFolder } from './sqlite/folder.ts'

storeContract('SqliteStore', async () => {
  const folder = storeFolder()
  const store = await folder.open()
  await store.migrate()
  return { store, clock: folder.clock, another: () => folder.open(), close: () => folder.close() }
})
