import type { RecordMapping, SourceMapping } from '../mapping/mapping.ts'
import { Fault } from '../platform/errors.ts'
import type { PageCounts } from '../store/store.ts'

/** What became of one object's records in one run: read = stored + unchanged + rejected + deleted. */
export interface PullCounts extends PageCounts {
  readonly name: string
  readonly object: string
  readonly kind: string
  readonly requests: number
  /** Requests that served the source as a whole (for a token), beside `requests`. */
  readonly sharedRequests: number
  /** Records that a whole read no longer contained, beside `deleted`. */
  readonly vanished: number
  /** Records mapped again without a request, because the mapping changed. */
  readonly remapped: number
  /** What a sweep found, its records being among those `read`; `null` when the object was not swept. */
  readonly swept: SweepCounts | null
  /** `source-object-absent`: the object is optional, and the source does not have it. What it delivered before is kept. */
  readonly note: 'source-object-absent' | null
}

/** What one sweep of an object found, as far as this run took part in it. */
export interface SweepCounts {
  /** Records it went over. */
  readonly records: number
  /** Values that had changed without the stamp of their record. */
  readonly changed: number
  /** Records that are no longer there, or no longer to be seen. */
  readonly gone: number
  /** Records that were not kept: missed before, or newly to be seen. */
  readonly appeared: number
}

/** The counts of an object while it is pulled: what was done counts, also when the rest fails. */
export type PullTally = { -readonly [name in keyof PullCounts]: PullCounts[name] }

export function startTally({ source }: SourceMapping, { object, kind }: RecordMapping): PullTally {
  const nothing = { read: 0, stored: 0, unchanged: 0, rejected: 0, deleted: 0, requests: 0, sharedRequests: 0 }
  return { name: source, object, kind, ...nothing, vanished: 0, remapped: 0, swept: null, note: null }
}

/** Adds what a page came to, once every one of its records is accounted for. */
export function tallySaved(tally: PullTally, saved: PageCounts, delivered: number): void {
  const { read, stored, unchanged, rejected, deleted } = saved
  if (read !== delivered || read !== stored + unchanged + rejected + deleted) {
    throw new Fault(
      'counts-do-not-balance',
      `The store accounts for ${JSON.stringify(saved)} of ${delivered} records of ${tally.object}`,
      {
        blame: 'us',
        hint: `Report this with the run id; boardsync pull ${tally.name} --sweep goes over every record again`,
      },
    )
  }
  for (const name of ['read', 'stored', 'unchanged', 'rejected', 'deleted'] as const) tally[name] += saved[name]
}
