import { createMemorySource } from '../../src/source/memory-source.ts'
import { sourceContract } from '../contract/source-contract.ts'

sourceContract('MemorySource', async () => {
  const source = createMemorySource({ name: 'memory', pageSize: 3 })
  return {
    source,
    object: 'Thing',
    fields: ['Number', 'Note'],
    pageSize: 3,
    put: async (records) => {
      for (const [key, [number, note]] of Object.entries(records))
        source.put('Thing', key, { Number: number, Note: note })
    },
    remove: async (key) => source.remove('Thing', key),
    held: () => 0,
    [Symbol.asyncDispose]: async () => {},
  }
})
