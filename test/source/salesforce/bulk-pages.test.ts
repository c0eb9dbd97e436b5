import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { createHttpClient, type HttpStream } from '../../../src/platform/http.ts'
import { silentLog } from '../../../src/platform/log.ts'
import type { BulkJobs, JobCall } from '../../../src/source/salesforce/bulk-jobs.ts'
import { pagesAhead } from '../../../src/source/salesforce/bulk-pages.ts'

const JOB = '750000000000001AAA'

/** A job of five pages, `1` to `5`, whose answers the test lets through one by one. */
function slowJob() {
  const asked: string[] = []
  const open = new Set<string>()
  const answers = new Map<string, PromiseWithResolvers<HttpStream>>()
  const signals: (AbortSignal | undefined)[] = []
  const jobs: Pick<BulkJobs, 'results'> = {
    results: (_job, locator, { signal }) => {
      const name = locator ?? '1'
      asked.push(name)
      signals.push(signal)
      const answer = Promise.withResolvers<HttpStream>()
      answers.set(name, answer)
      signal?.addEventListener('abort', () => answer.reject(signal.reason))
      return answer.promise
    },
  }
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  const answer = async (name: string) => {
    open.add(name)
    answers.get(name)?.resolve({
      status: 200,
      headers: { 'sforce-locator': name === '5' ? 'null' : String(Number(name) + 1) },
      pieces: (async function* () {})(),
      [Symbol.asyncDispose]: async () => void open.delete(name),
    })
    await settle()
  }
  const refuse = async (name: string, error: Error) => {
    answers.get(name)?.reject(error)
    await settle()
  }
  return { jobs: jobs as BulkJobs, asked, open, answer, refuse, signals }
}

function call(): JobCall {
  return { object: 'Lead', tally: { requests: 0, sharedRequests: 0 }, signal: undefined }
}

test('the next pages are asked for once the headers of the one before came, in order, so many and no more', async () => {
  const { jobs, asked, answer } = slowJob()
  await using pages = pagesAhead(jobs, JOB, call(), () => 2)
  const first = pages.take(null)
  expect(asked).toEqual(['1'])
  await answer('1')
  await first
  expect(asked).toEqual(['1', '2'])
  await answer('2')
  await answer('3')
  expect(asked).toEqual(['1', '2', '3'])
  await pages.take('2')
  await new Promise((resolve) => setImmediate(resolve))
  expect(asked).toEqual(['1', '2', '3', '4'])
  await answer('4')
  for (const name of ['3', '4']) await pages.take(name)
  await answer('5')
  await pages.take('5')
  // One request for each page.
  expect(asked).toEqual(['1', '2', '3', '4', '5'])
})

test('a page that is asked for again does not ask again for those behind it', async () => {
  const { jobs, asked, answer } = slowJob()
  await using pages = pagesAhead(jobs, JOB, call(), () => 2)
  void pages.take(null)
  await answer('1')
  await answer('2')
  const again = pages.take(null)
  await answer('1')
  await again
  await pages.take('2')
  expect(asked).toEqual(['1', '2', '3', '1'])
})

test('nothing is asked for ahead while the org has too many long requests', async () => {
  const { jobs, asked, answer } = slowJob()
  await using pages = pagesAhead(jobs, JOB, call(), () => 0)
  void pages.take(null)
  await answer('1')
  expect(asked).toEqual(['1'])
  const second = pages.take('2')
  await answer('2')
  await second
  expect(asked).toEqual(['1', '2'])
})

test('what goes wrong with a page ahead is thrown in its turn, not before', async () => {
  const { jobs, answer, refuse } = slowJob()
  await using pages = pagesAhead(jobs, JOB, call(), () => 2)
  void pages.take(null)
  await answer('1')
  await answer('2')
  await refuse('3', new Error('gone'))
  await pages.take('2')
  await expect(pages.take('3')).rejects.toThrow('gone')
})

test('whoever stops lets go of every page, and of the requests under way', async () => {
  const { jobs, open, answer, signals } = slowJob()
  const pages = pagesAhead(jobs, JOB, call(), () => 2)
  const first = pages.take(null)
  await answer('1')
  await answer('2')
  await (await first)[Symbol.asyncDispose]()
  // Page 2 waits, page 3 is on its way.
  await pages[Symbol.asyncDispose]()
  expect([signals.length, signals.at(-1)?.aborted, [...open]]).toEqual([3, true, []])
})

test('pages that wait are held back at the sender, whatever their size, and are not taken for stalled', async () => {
  const size = 32 * 1024 * 1024
  const sent = new Map<string, number>()
  const server = createServer((request, response) => {
    const name = new URL(request.url ?? '', 'http://x').searchParams.get('locator') ?? '1'
    response.writeHead(200, { 'sforce-locator': name === '3' ? 'null' : String(Number(name) + 1) })
    send(response, name === '1' ? 1024 : size, (bytes) => sent.set(name, bytes))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const http = createHttpClient({
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    totalTimeoutMs: 60_000,
    idleTimeoutMs: 600,
    redact: (text) => text,
    log: silentLog,
    userAgent: 'boardsync-test',
  })
  const results: BulkJobs['results'] = async (_job, locator, { signal }) => {
    const query = locator === null ? {} : { locator }
    return (await http.stream({ method: 'GET', url: '/', query, signal })) as HttpStream
  }
  try {
    await using pages = pagesAhead({ results } as BulkJobs, JOB, call(), () => 2)
    expect(await bytesOf(await pages.take(null))).toBe(1024)
    // Until nothing more of the third page is taken, for longer than a body may stall.
    let before = -1
    while (before !== sent.get('3')) {
      before = sent.get('3') ?? -1
      await new Promise((resolve) => setTimeout(resolve, 700))
    }
    expect((sent.get('2') ?? 0) + (sent.get('3') ?? 0)).toBeLessThan(size / 2)
    expect(await bytesOf(await pages.take('2'))).toBe(size)
    expect(await bytesOf(await pages.take('3'))).toBe(size)
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

function send(response: ServerResponse, size: number, tell: (bytes: number) => void): void {
  const piece = Buffer.alloc(64 * 1024)
  let bytes = 0
  const more = () => {
    while (bytes < size) {
      const next = piece.subarray(0, Math.min(piece.length, size - bytes))
      bytes += next.length
      tell(bytes)
      if (!response.write(next)) {
        response.once('drain', more)
        return
      }
    }
    response.end()
  }
  more()
}

async function bytesOf(page: HttpStream): Promise<number> {
  let bytes = 0
  for await (const piece of page.pieces) bytes += piece.length
  return bytes
}
