import { sourceContract } from '../../contract/source-contract.ts'
import { openDesk } from './simulated-desk.ts'

sourceContract('ZendeskSource', async () => {
  const desk = await openDesk({ pageSize: 3 })
  const { engine, vendor, source } = desk
  const ids = new Map<string, number>()
  // An export holds its newest minute back.
  const settle = () => engine.clock.advance(90_000)
  return {
    source,
    object: 'tickets',
    fields: ['subject', 'priority'],
    pageSize: 3,
    put: async (records) => {
      for (const [key, [subject, priority]] of Object.entries(records)) {
        const id = ids.get(key)
        ids.set(key, vendor.put({ ...(id === undefined ? {} : { id }), fields: { subject, priority } }))
      }
      settle()
    },
    remove: async (key) => {
      vendor.remove(ids.get(key) ?? 0)
      settle()
    },
    held: () => 0,
    [Symbol.asyncDispose]: () => desk[Symbol.asyncDispose](),
  }
})
