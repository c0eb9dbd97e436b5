import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { WeekPoint } from './weeks.ts'

/** Points put down in a file, so that they can be compared with earlier ones before any is handed over. */
export interface Spool {
  readonly digest: string
  points(): AsyncGenerator<WeekPoint>
}

/** A folder of its own for what does not fit into memory; it goes with whatever used it. */
export async function openFolder(parent: string | undefined): Promise<{ readonly path: string } & AsyncDisposable> {
  const folder = await mkdtemp(path.join(parent ?? tmpdir(), 'boardsync-usage-'))
  return { path: folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

export async function spoolPoints(points: AsyncIterable<WeekPoint>, folder: string): Promise<Spool> {
  const file = path.join(folder, 'points')
  const hash = createHash('sha256')
  async function* lines() {
    let some = ''
    for await (const { account, event, week, users, events } of points) {
      some += `${JSON.stringify([account, event, week, users, events])}\n`
      if (some.length < 65_536) continue
      hash.update(some)
      yield some
      some = ''
    }
    hash.update(some)
    yield some
  }
  await pipeline(Readable.from(lines()), createWriteStream(file))
  return {
    digest: hash.digest('hex'),
    async *points() {
      const input = createReadStream(file)
      try {
        for await (const line of createInterface({ input })) {
          const [account, event, week, users, events] = JSON.parse(line) as [string, string, number, number, number]
          yield { account, event, week, users, events }
        }
      } finally {
        input.destroy()
      }
    },
  }
}
