import type { CallOptions } from '../../platform/call-options.ts'
import { Fault } from '../../platform/errors.ts'
import type { CostEstimate, ReadRequest } from '../source.ts'
import type { Tally } from './client.ts'
import { beginsWith, openTogether } from './opening.ts'
import type { Org } from './org.ts'

/** What changed: one page of it. */
const OF_CHANGES = 1

/**
 * About how many requests these reads take. Asks for what the reads of changes begin with, together, and at any rate what
 * the first object is: that tells where the quota stands, and is counted by its read. What goes wrong with it is thrown by
 * that read, which asks for nothing then.
 */
export async function estimateReads(
  org: Org,
  requests: readonly ReadRequest[],
  options: CallOptions = {},
): Promise<CostEstimate> {
  const [first] = requests
  const changes = requests.filter((request) => typeof beginsWith(org, request) === 'object')
  const tally: Tally = { requests: 0, sharedRequests: 0 }
  if (first !== undefined) {
    const asked = { tally, signal: options.signal }
    const opened = changes.includes(first) ? changes : [first, ...changes]
    await openTogether(org, opened, asked)
    // What serves several objects is no object's own.
    if (opened.length > 1) tally.sharedRequests += tally.requests
    if (opened.length > 1) tally.requests = 0
    const fault = await faultOf(org.schemas.describe(first.object, asked), options)
    org.owed.set(first.object, { ...tally, fault })
  }
  // By now the clock of the server is known.
  const uncounted = requests.filter((request) => typeof beginsWith(org, request) !== 'object')
  const ahead = changes
    .filter((request) => !uncounted.includes(request))
    .map((request) => leftOf(org, request, request === first))
  const own = first === undefined || uncounted.includes(first) ? 0 : tally.requests
  const requestsAhead = ahead.reduce((sum, each) => sum + each, 0)
  return { requests: tally.sharedRequests + own + requestsAhead, uncounted: uncounted.map(({ object }) => object) }
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

/** What a read of changes asks yet: the page of changes, and what was not told before. */
function leftOf(org: Org, { object }: ReadRequest, isFirst: boolean): number {
  const opening = org.openings.get(object)
  const isDescribed = isFirst || opening?.described === true
  const isCovered = opening !== undefined && opening.covered !== null
  return OF_CHANGES + (isDescribed ? 0 : 1) + (isCovered ? 0 : 1)
}
