import type { Page, SourceRecord } from '../source/source.ts'

/** Records that are saved at a time, where a source hands them over in smaller pages. */
const TOGETHER = 2000

/** What is saved at a time. */
export interface Together<T> {
  /** Cursor and cost of the pages it is made of. */
  readonly page: Omit<Page, 'records' | 'more'>
  readonly entries: readonly T[]
}

/**
 * Puts pages that follow each other at once (`Page.more`) together, each record made into an entry as soon as it is there:
 * what a source made of it is forgotten then. When reading fails, what was handed over before comes first.
 */
export async function* together<T>(
  pages: AsyncIterable<Page>,
  toEntry: (record: SourceRecord) => T,
): AsyncGenerator<Together<T>> {
  let entries: T[] = []
  let page: Together<T>['page'] | null = null
  const all = (): Together<T>[] => {
    const made = page === null ? [] : [{ page, entries }]
    page = null
    entries = []
    return made
  }
  try {
    for await (const { records, more = false, ...next } of pages) {
      if (page !== null && page.snapshot !== next.snapshot) yield* all()
      page = page === null ? next : sumOf(page, next)
      for (const record of records) entries.push(toEntry(record))
      if (!more || entries.length >= TOGETHER) yield* all()
    }
  } catch (error) {
    yield* all()
    throw error
  }
  yield* all()
}

function sumOf(before: Together<never>['page'], next: Together<never>['page']): Together<never>['page'] {
  return {
    ...next,
    requests: before.requests + next.requests,
    sharedRequests: (before.sharedRequests ?? 0) + (next.sharedRequests ?? 0),
  }
}
