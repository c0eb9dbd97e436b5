import { spawnSync } from 'node:child_process'
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { createGunzip, createGzip } from 'node:zlib'
import { createZone } from '../../src/platform/zone.ts'
import { EventCounter } from '../../src/source/event-counter.ts'
import { linesOf } from '../../src/source/lines.ts'
import { count } from '../../src/source/mixpanel/mixpanel-source.ts'
import { type Figure, START_SMALL, seededRandom } from './figures.ts'

const EVENTS = 20_000_000
const MONDAY = Date.UTC(2026, 9, 5)
const WEEKS = 8
const DAY_MS = 86_400_000

/**
 * 20,000,000 raw events, zipped as an export has them: time to count them by week, account and event beside the time that only
 * unzipping and parsing them takes, and the memory of the process that counts. The two take turns, so that others on the machine
 * cost both the same.
 */
export async function benchUsage(scale: number): Promise<Figure[]> {
  const events = Math.round(EVENTS * scale)
  const folder = mkdtempSync(path.join(tmpdir(), 'boardsync-bench-usage-'))
  try {
    const file = path.join(folder, 'events.gz')
    await pipeline(Readable.from(rawEvents(events)), createGzip({ level: 1 }), createWriteStream(file))
    const run = (what: string) => {
      const child = spawnSync(process.execPath, [...START_SMALL, fileURLToPath(import.meta.url), what, file], {
        encoding: 'utf8',
      })
      if (child.status !== 0) throw new Error(child.stderr)
      return JSON.parse(child.stdout) as { cpu: number; mb: number; points: number; events: number }
    }
    const turns = [1, 2].map(() => ({ parsed: run('parse'), counted: run('count') }))
    const least = (pick: (turn: (typeof turns)[0]) => number) => Math.min(...turns.map(pick))
    const [parse, whole] = [least((turn) => turn.parsed.cpu), least((turn) => turn.counted.cpu)]
    const [{ counted }] = turns as [(typeof turns)[0]]
    return [
      {
        name: `counting ${events.toLocaleString('en')} raw events beside unzipping and parsing them`,
        value: whole / parse,
        target: 2,
        unit: '× the time',
        detail: `${whole.toFixed(1)} s beside ${parse.toFixed(1)} s of processor, ${counted.points} points of ${counted.events} events`,
      },
      {
        name: 'peak memory of counting them',
        value: Math.max(...turns.map((turn) => turn.counted.mb)),
        target: 400,
        unit: 'MB',
        detail: '',
      },
    ]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Events of people who do a hundred things a week, of a dozen kinds, eight of them to an account. One in 500 is told twice. */
function* rawEvents(total: number): Generator<string> {
  const random = seededRandom(7)
  const people = Math.max(100, Math.round(total / (WEEKS * 100)))
  const accounts = Math.ceil(people / 8)
  let some = ''
  for (let i = 0; i < total; i += 1) {
    const person = Math.floor(random() * people)
    const time = MONDAY + Math.floor(random() * WEEKS * 7 * DAY_MS)
    const id = random() < 0.002 && i > 0 ? i - 1 : i
    const name = `feature_${(person + Math.floor(random() ** 2 * 12)) % 40}`
    some += `{"event":"${name}","properties":{"time":${time},"distinct_id":"user-${person}@company-${person % accounts}.example","$insert_id":"${id.toString(16).padStart(24, '0')}","company_id":"company-${person % accounts}.example","$browser":"Firefox","$os":"Linux","$current_url":"https://app.boardworks.example/boards/${person}","mp_lib":"web","$screen_height":1080}}\n`
    if (some.length < 256_000) continue
    yield some
    some = ''
  }
  yield some
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , what, file = ''] = process.argv
  const folder = path.dirname(file)
  const lines = linesOf(createReadStream(file).pipe(createGunzip({ chunkSize: 64 * 1024 })) as AsyncIterable<Buffer>)
  const result = { points: 0, events: 0 }
  const before = process.cpuUsage()
  if (what === 'parse') {
    for await (const some of lines)
      for (const line of some) if (line !== '' && JSON.parse(line) !== null) result.events += 1
  } else {
    const counter = new EventCounter({ folder })
    const from = Math.floor(MONDAY / DAY_MS)
    const weeks = { from, to: from + 7 * (WEEKS - 1) }
    const reading = { account: 'company_id', person: null, only: null, since: null, recentWeeks: WEEKS }
    await count(lines, counter, reading, weeks, createZone('UTC'))
    for (const point of counter.points()) {
      result.points += 1
      if (point.event !== '') result.events += point.events
    }
  }
  const { user, system } = process.cpuUsage(before)
  console.log(
    JSON.stringify({ ...result, cpu: (user + system) / 1_000_000, mb: process.resourceUsage().maxRSS / 1024 }),
  )
}
