import type { Page, SourceRecord } from '../source/source.ts'

/** Records that are saved at a time, where a source hands them over in smaller pages. */
const TOGETHER = 1000

/** What takes the records of some pages. */
export interface Taking {
  readonly size: number
  add(record: SourceRecord): void
}

/** What is saved at a time. */
export interface Together<T extends Taking> {
  /** Cursor and cost of the pages it is made of. */
  readonly page: Omit<Page, 'records' | 'more'>
  readonly taken: T
}

/**
 * Puts pages that follow each other at once (`Page.more`) together; `start` makes what takes their records, each as soon as
 * it is there: what the source made of it is forgotten then. When reading fails, what was handed over before comes first.
 */
export async function* together<T extends Taking>(
  pages: AsyncIterable<Page>,
  start: () => T,
): AsyncGenerator<Together<T>> {
  let held: Together<T> | null = null
  try {
    for await (const { records, more = false, ...next } of pages) {
      if (held !== null && held.page.snapshot !== next.snapshot) {
        yield held
        held = null
      }
      const both: Together<T> =
        held === null ? { page: next, taken: start() } : { taken: held.taken, page: sumOf(held.page, next) }
      for (const record of records) both.taken.add(record)
      held = both
      if (more && both.taken.size < TOGETHER) continue
      yield both
      held = null
    }
  } catch (error) {
    if (held !== null) yield held
    throw error
  }
  if (held !== null) yield held
}

function sumOf(before: Together<Taking>['page'], next: Together<Taking>['page']): Together<Taking>['page'] {
  return {
    ...next,
    requests: before.requests + next.requests,
    sharedRequests: (before.sharedRequests ?? 0) + (next.sharedRequests ?? 0),
  }
}
