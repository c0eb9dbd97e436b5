import type { ImportLimits, WayCost } from '../board/board.ts'

/** What choosing between the two ways of writing goes by. */
export interface WayTerms {
  /** What so many changes cost when they are sent, several to a request. */
  readonly sending: (steps: number) => WayCost
  /** What one file of so many rows costs. */
  readonly importing: (rows: number) => WayCost
  readonly limits: Pick<ImportLimits, 'rowsPerFile'>
  /** What is left of the hour's imports. */
  readonly jobsLeft: number
  readonly itemsLeft: number
  /** Calls left of the day; `null` where unknown. */
  readonly callsLeft: number | null
}

export interface WayChoice {
  /** For each batch that could go by file: the rows of each file to make of it, from the front. */
  readonly files: readonly (readonly number[])[]
  /** For each such batch: how many, behind those, are to wait for another hour. */
  readonly later: readonly number[]
  /** How many are sent in requests. */
  readonly sent: number
  /** What all of it costs. */
  readonly cost: WayCost
  /** What it would cost without imports. */
  readonly costOfSending: WayCost
}

/**
 * Chooses how changes are written, by what it costs in calls: each batch that one file could carry goes by file when
 * that takes fewer calls than its share of requests, the largest first, as long as the hour's imports last. At equal
 * cost changes are sent in requests, which read back what they wrote.
 *
 * What would go by file but finds the hour used up is sent in requests all the same, if the day's calls carry that;
 * else it waits. `batches` are the sizes of batches of which each could go by files; `alone` is how many changes no
 * file carries.
 */
export function chooseWays(batches: readonly number[], alone: number, terms: WayTerms): WayChoice {
  const { sending, importing } = terms
  let { jobsLeft, itemsLeft } = terms
  const all = batches.reduce((sum, rows) => sum + rows, alone)
  let open = all
  let cost: WayCost = { calls: 0, ms: 0 }
  const files: number[][] = batches.map(() => [])
  const later = batches.map(() => 0)
  const isCheaper = (rows: number) => sending(open).calls - sending(open - rows).calls > importing(rows).calls
  for (const at of batches.map((_, n) => n).sort((a, b) => (batches[b] ?? 0) - (batches[a] ?? 0) || a - b)) {
    let left = batches[at] ?? 0
    while (left > 0) {
      const wanted = Math.min(left, terms.limits.rowsPerFile)
      const rows = jobsLeft > 0 ? Math.min(wanted, itemsLeft) : 0
      if (rows === 0 || !isCheaper(rows)) {
        if (rows < wanted && isCheaper(wanted)) later[at] = left
        break
      }
      files[at]?.push(rows)
      cost = plus(cost, importing(rows))
      left -= rows
      open -= rows
      jobsLeft -= 1
      itemsLeft -= rows
    }
  }
  const carries = terms.callsLeft === null || cost.calls + sending(open).calls <= terms.callsLeft
  const waiting = carries ? 0 : later.reduce((sum, rows) => sum + rows, 0)
  return {
    files,
    later: carries ? batches.map(() => 0) : later,
    sent: open - waiting,
    cost: plus(cost, sending(open - waiting)),
    costOfSending: sending(all),
  }
}

/** Whether a choice depends on what is left of the day's calls: asking for that is a call itself. */
export function dependsOnDay(batches: readonly number[], alone: number, terms: Omit<WayTerms, 'callsLeft'>): boolean {
  return chooseWays(batches, alone, { ...terms, callsLeft: 0 }).later.some((rows) => rows > 0)
}

function plus(a: WayCost, b: WayCost): WayCost {
  return { calls: a.calls + b.calls, ms: a.ms + b.ms }
}
