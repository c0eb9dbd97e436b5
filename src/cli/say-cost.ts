import { formatCount, printable } from '../platform/terminal.ts'
import type { CostEstimate, SourceQuota } from '../source/source.ts'
import type { SourceCost } from '../sync/cost.ts'

/** What reading a source is about to cost, in words: `about 14 requests; 10,018 of the org's 100,000 used today …`. */
export function costBefore({ requests, uncounted, quota }: CostEstimate & Pick<SourceCost, 'quota'>): string {
  const known = `about ${requestsInWords(requests)}`
  const whole = `reading ${printable(uncounted.join(', '))} whole (how many that takes is known once it has begun)`
  const cost = uncounted.length === 0 ? known : requests === 0 ? whole : `${known}, and ${whole}`
  return quota === null ? cost : `${cost}; ${quotaInWords(quota)}`
}

/** What it took, and what is left. */
export function costAfter({ estimate, quota }: SourceCost, requests: number): string {
  const guess = estimate.uncounted.length === 0 ? ` (about ${formatCount(estimate.requests)} expected)` : ''
  const cost = `${requestsInWords(requests)}${guess}`
  return quota === null ? cost : `${cost}; ${quotaInWords(quota)}`
}

function requestsInWords(n: number): string {
  return `${formatCount(n)} request${n === 1 ? '' : 's'}`
}

function quotaInWords({ used, limit, ours }: SourceQuota): string {
  return `${formatCount(used)} of the org's ${formatCount(limit)} used today, boardsync stops at ${formatCount(ours)}`
}
