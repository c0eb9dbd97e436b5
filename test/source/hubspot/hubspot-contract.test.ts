import { sourceContract } from '../../contract/source-contract.ts'
import { MINUTE, openPortal } from './virtual-portal.ts'

for (const [reading, object] of [
  ['optimistic', 'companies'],
  ['pessimistic', 'contacts'],
] as const) {
  sourceContract(`HubSpotSource with ${object} of a sandbox of ${reading} limits`, async () => {
    const virtual = openPortal({ reading })
    const { portal, clock } = virtual
    const ids = new Map<string, number>()
    const fields = object === 'companies' ? (['name', 'city'] as const) : (['lastname', 'jobtitle'] as const)
    // Long enough for every search to see it, in either reading.
    const passTime = () => clock.advance(6 * MINUTE)
    return {
      source: virtual.connect(),
      object,
      fields,
      pageSize: 100,
      put: async (records) => {
        for (const [key, [first, second]] of Object.entries(records)) {
          const values = { [fields[0]]: String(first), [fields[1]]: second === null ? null : String(second) }
          const id = ids.get(key)
          if (id === undefined) ids.set(key, portal.create(object, values))
          else portal.update(object, id, values)
        }
        passTime()
      },
      remove: async (key) => {
        portal.archive(object, ids.get(key) ?? 0)
        passTime()
      },
      held: () => 0,
      [Symbol.asyncDispose]: async () => virtual[Symbol.dispose](),
    }
  })
}
