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
 * unzipping and parsing them takes, and the memory of the process that counts. They are only parsed once before and once
 * after, so that others on the machine cost both the same.
 */
export async function benchUsage(scale: number): Promise<Figure[]> {
  const events = Math.round(EVENTS * scale)
  const folder = mkdtempSync(path.join(tmpdir(), 'boardsync-bench-usage-'))
  try {
    const file = path.join(folder, 'events.gz')
    const made = { twice: 0 }
    await pipeline(Readable.from(rawEvents(events, made)), createGzip({ level: 1 }), createWriteStream(file))
    const run = (what: string) => {
      const child = spawnSync(process.execPath, [...START_SMALL, fileURLToPath(import.meta.url), what, file], {
        encoding: 'utf8',
      })
      if (child.status !== 0) throw new Error(child.stderr)
      return JSON.parse(child.stdout) as { cpu: number; mb: number; points: number; events: number }
    }
    const [before, counted, after] = [run('parse'), run('count'), run('parse')]
    if (before.events !== events || counted.events !== events - made.twice)
      throw new Error(`${counted.events} events were counted of ${events}, of which ${made.twice} were told twice`)
    const parse = (before.cpu + after.cpu) / 2
    return [
      {
        name: `counting ${events.toLocaleString('en')} raw events beside unzipping and parsing them`,
        value: counted.cpu / parse,
        target: 2,
        unit: '× the time',
        detail: `${counted.cpu.toFixed(1)} s beside ${parse.toFixed(1)} s of processor; ${counted.points} points; ${made.twice} events were told twice and count once`,
      },
      { name: 'peak memory of counting them', value: counted.mb, target: 400, unit: 'MB', detail: '' },
    ]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Events of people who do a hundred things a week, of a dozen kinds, eight of them to an account. One in 500 is told twice. */
function* rawEvents(total: number, made: { twice: number }): Generator<string> {
  const random = seededRandom(7)
  const people = Math.max(100, Math.round(total / (WEEKS * 100)))
  const accounts = Math.ceil(people / 8)
  let some = ''
  let last = ''
  for (let i = 0; i < total; i += 1) {
    if (i % 500 === 499) made.twice += 1
    else {
      const person = Math.floor(random() * people)
      const time = MONDAY + Math.floor(random() * WEEKS * 7 * DAY_MS)
      const name = `feature_${(person + Math.floor(random() ** 2 * 12)) % 40}`
      last = `{"event":"${name}","properties":{"time":${time},"distinct_id":"user-${person}@company-${person % accounts}.example","$insert_id":"${i.toString(16).padStart(24, '0')}","company_id":"company-${person % accounts}.example","$browser":"Firefox","$os":"Linux","$current_url":"https://app.boardworks.example/boards/${person}","mp_lib":"web","$screen_height":1080}}\n`
    }
    some += last
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
  const began = performance.now()
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
  const cpu = (user + system) / 1_000_000
  const wall = (performance.now() - began) / 1000
  console.log(JSON.stringify({ ...result, cpu, wall, mb: process.resourceUsage().maxRSS / 1024 }))
}
