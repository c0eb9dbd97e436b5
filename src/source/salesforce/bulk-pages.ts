import type { HttpStream } from '../../platform/http.ts'
import type { BulkJobs, JobCall } from './bulk-jobs.ts'
import { DamagedPage, nextLocator } from './bulk-results.ts'

/** The results pages of one job, some of them asked for before they are taken. Disposing of it lets go of those. */
export interface BulkPages extends AsyncDisposable {
  /** The page with this name, to be disposed of; what went wrong when it was asked for ahead is thrown here, in its turn. */
  take(locator: string | null): Promise<HttpStream>
}

interface Ahead {
  readonly locator: string
  readonly page: Promise<HttpStream>
}

/**
 * Asks for the pages that follow the one that is being read, up to `most` of them. The headers of each name the next one
 * before its body has come, so that this costs no request more than reading one after the other. (Salesforce also lists
 * the pages of a job, `/resultPages`; that takes a request for each five of them, and nobody can choose their size.)
 *
 * The body of a page that waits stays where it is: the connection takes no more of it than it buffers, and nobody counts it
 * as stalled. `most` is asked each time; 0 asks for nothing ahead.
 */
export function pagesAhead(jobs: BulkJobs, job: string, call: JobCall, most: () => number): BulkPages {
  const stop = new AbortController()
  const signal = call.signal === undefined ? stop.signal : AbortSignal.any([call.signal, stop.signal])
  let waiting: Ahead[] = []
  /** The page that was asked for last, taken or not: the one whose headers lead on. */
  let last: Promise<HttpStream> | null = null

  function request(locator: string | null): Promise<HttpStream> {
    return jobs.results(job, locator, { ...call, signal })
  }

  function ask(locator: string | null): Promise<HttpStream> {
    const page = request(locator)
    last = page
    leadOn(page)
    return page
  }

  /** What goes wrong with a page is told to whoever takes it. */
  function leadOn(from: Promise<HttpStream>): void {
    const askNext = (page: HttpStream) => {
      if (from !== last || stop.signal.aborted || waiting.length >= most()) return
      const locator = locatorAfter(page)
      if (locator !== null) waiting.push({ locator, page: ask(locator) })
    }
    from.then(askNext, () => {})
  }

  async function letGo(): Promise<void> {
    const pages = waiting
    waiting = []
    for (const { page } of pages) {
      await page.then(
        (stream) => stream[Symbol.asyncDispose](),
        () => {},
      )
    }
  }

  return {
    take: async (locator) => {
      const [next] = waiting
      if (next?.locator === locator) {
        waiting.shift()
        if (last !== null) leadOn(last)
        return next.page
      }
      // The page that was taken last, once more: what was asked for behind it still follows.
      return next === undefined ? ask(locator) : request(locator)
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await letGo()
    },
  }
}

/** `null` after the last page, and where the page does not tell: reading it says so. */
function locatorAfter(page: HttpStream): string | null {
  try {
    return nextLocator(page)
  } catch (error) {
    if (error instanceof DamagedPage) return null
    throw error
  }
}
