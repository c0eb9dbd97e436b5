import { Fault } from '../../platform/errors.ts'
import type { Account, AskedBy } from './account.ts'
import { wholeList } from './whole.ts'

/** What a record is associated with of one type, each once. */
export interface Associated {
  readonly ids: readonly string[]
  readonly primary: string | null
}

/** HubSpot takes so many records at once. */
const AT_ONCE = 1_000
/** The types by which HubSpot itself makes a company the primary one: of a contact, a deal, a ticket. */
const PRIMARY_TYPES = [1, 5, 26]
const NONE = 'NO_ASSOCIATIONS_FOUND'

/** The one record, or the primary one of several; of several without a primary one nobody can say. */
export function theOne({ ids, primary }: Associated): string | null {
  if (primary !== null) return primary
  return ids.length === 1 ? (ids[0] ?? null) : null
}

/** Reads what records are associated with: a record that is associated with nothing is in no answer. */
export async function readAssociations(
  { client }: Account,
  from: string,
  to: string,
  ids: readonly string[],
  asked: AskedBy,
): Promise<ReadonlyMap<string, Associated>> {
  const found = new Map<string, { readonly ids: Set<string>; primary: string | null }>()
  let inputs: { readonly id: string; readonly after?: string }[] = ids.map((id) => ({ id }))
  while (inputs.length > 0) {
    const some = inputs.slice(0, AT_ONCE)
    const what = `associations of ${from} with ${to}`
    const answer = await client.ask({ what, ...asked }, async ({ associations }) => {
      const all = await associations.getPage(from, to, { inputs: some.map(toInput) })
      return { results: wholeList(all, what), errors: 'errors' in all ? (all.errors ?? []) : [] }
    })
    const failed = answer.errors.find(({ subCategory, category }) => !isNothing(subCategory, category))
    if (failed !== undefined) throw failedBatch(what, failed.category)
    const more: typeof inputs = []
    // In no order of what was asked.
    for (const { _from, to: hung, paging } of answer.results) {
      const id = String(_from.id)
      const one = found.get(id) ?? { ids: new Set(), primary: null }
      found.set(id, one)
      for (const { toObjectId, associationTypes } of hung) {
        // Said to be a text, and a number.
        const other = String(toObjectId)
        one.ids.add(other)
        const isPrimary = associationTypes.some(
          ({ category, typeId, label }) =>
            category === 'HUBSPOT_DEFINED' && (PRIMARY_TYPES.includes(typeId) || label === 'Primary'),
        )
        if (isPrimary) one.primary = other
      }
      const after = paging?.next?.after
      if (after !== undefined) more.push({ id, after })
    }
    inputs = [...more, ...inputs.slice(AT_ONCE)]
  }
  return new Map([...found].map(([id, one]) => [id, { ids: [...one.ids], primary: one.primary }]))
}

function toInput({ id, after }: { readonly id: string; readonly after?: string }) {
  return after === undefined ? { id } : { id, after }
}

/** Records without any are told as errors, and so are such as are gone meanwhile. */
function isNothing(subCategory: unknown, category: string): boolean {
  return String(subCategory ?? '').includes(NONE) || category === 'OBJECT_NOT_FOUND'
}

export function failedBatch(what: string, category: string): Fault {
  return new Fault('hubspot-batch-failed', `HubSpot could not deliver a part of ${what} (${category})`, {
    blame: 'remote',
    hint: 'Run again: the read goes on from where it stopped',
  })
}
