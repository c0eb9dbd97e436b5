import { createMondaySource } from '../../../src/source/monday/monday-source.ts'
import { sourceContract } from '../../contract/source-contract.ts'
import { isThorough } from '../../thorough.ts'
import { openAccount } from './simulated-account.ts'

for (const reading of isThorough ? (['optimistic', 'pessimistic'] as const) : (['optimistic'] as const)) {
  sourceContract(`MondaySource, monday read in the ${reading} way,`, async () => {
    const simulated = await openAccount({ reading })
    const { hands, account, engine } = simulated
    hands.addBoard('Things', [
      { title: 'Number', type: 'text' },
      { title: 'Note', type: 'text' },
    ])
    const ids = new Map<string, number>()
    return {
      source: createMondaySource({ name: 'monday', account, objects: ['Things'], pageSize: 3 }),
      object: 'Things',
      fields: ['Number', 'Note'],
      pageSize: 3,
      put: async (records) => {
        engine.clock.advance(2_000)
        for (const [key, [number, note]] of Object.entries(records)) {
          const cells = { Number: number, Note: note }
          const id = ids.get(key)
          if (id === undefined) ids.set(key, hands.addItem('Things', key, cells))
          else hands.editItem(id, cells)
        }
      },
      remove: async (key) => {
        engine.clock.advance(2_000)
        hands.putItem(ids.get(key) ?? 0, key.length > 1 ? 'archived' : 'deleted')
      },
      held: () => 0,
      [Symbol.asyncDispose]: () => simulated[Symbol.asyncDispose](),
    }
  })
}
