import type { CallOptions } from '../../platform/call-options.ts'
import { Fault } from '../../platform/errors.ts'
import type { CostEstimate, ReadRequest } from '../source.ts'
import type { Tally } from './client.ts'
import { readCursor, whyUseless } from './cursor.ts'
import type { Org } from './org.ts'
import { LONGEST_GAP_MS } from './start.ts'

/** What the object is, up to when changes are complete (and what was deleted), what changed: one page of it. */
const OF_CHANGES = 3

/**
 * About how many requests these reads take. Describes the first object, as its read would: that tells where the quota
 * stands, and is counted by that read. What goes wrong with it is thrown by that read, which asks for nothing then.
 */
export async function estimateReads(
  org: Org,
  requests: readonly ReadRequest[],
  options: CallOptions = {},
): Promise<CostEstimate> {
  const [first] = requests
  const tally: Tally = { requests: 0, sharedRequests: 0 }
  if (first !== undefined) {
    const fault = await faultOf(org.schemas.describe(first.object, { tally, signal: options.signal }), options)
    org.owed.set(first.object, { ...tally, fault })
  }
  const uncounted = requests.filter((request) => !readsChanges(org, request)).map((request) => request.object)
  return { requests: tally.sharedRequests + OF_CHANGES * (requests.length - uncounted.length), uncounted }
}

async function faultOf(asked: Promise<unknown>, { signal }: CallOptions): Promise<Fault | null> {
  try {
    await asked
    return null
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof Fault) return error
    throw error
  }
}

/** As far as the cursor tells; a type that changed is seen when the read begins. */
function readsChanges(org: Org, request: ReadRequest): boolean {
  const stood = readCursor(request.after)
  if (stood === null || stood.mode === 'everything' || stood.bulk !== null) return false
  const known = new Map(stood.fields.map((field, i) => [field, stood.types?.[i] ?? '']))
  const types = request.fields.map((field) => known.get(field) ?? '')
  if (whyUseless(stood, request, types) !== null) return false
  return org.client.serverNow() - Date.parse(stood.from?.stamp ?? stood.covered) <= LONGEST_GAP_MS
}
