import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { fileURLToPath } from 'node:url'
import { parse } from 'csv-parse'
import { parseDocument } from 'yaml'
import { loadMappingFiles } from '../../src/mapping/load.ts'
import type { RecordMapping, SourceMapping } from '../../src/mapping/mapping.ts'
import { parseMappings } from '../../src/mapping/parse.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { whileStreaming } from '../../src/platform/footprint.ts'
import { createHttpClient } from '../../src/platform/http.ts'
import { createLog } from '../../src/platform/logging.ts'
import { createRedactor } from '../../src/platform/redaction.ts'
import { createZone } from '../../src/platform/zone.ts'
import { BULK_DEFAULTS } from '../../src/source/salesforce/bulk-jobs.ts'
import { createSalesforceSource } from '../../src/source/salesforce/salesforce-source.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { pullRecords } from '../../src/sync/pull.ts'
import { startTally } from '../../src/sync/pull-counts.ts'
import { readStanding } from '../../src/sync/pull-standing.ts'
import { COLUMNS } from './bulk-server.ts'
import { type Figure, START_SMALL } from './figures.ts'

const OPPORTUNITIES = 1_000_000
/** Fields of the shipped mapping that are left out, so that twelve stay. */
const LEFT_OUT = ['arr', 'lossReason', 'competitor']
const TOKEN = `00D000000000001!bench`
/** The count, creation and deletion of the job. What the object is and up to when changes are complete comes with the count. */
const BESIDE_PAGES = 3

interface Done {
  readonly ms: number
  /** What the store does with it at rest, or when it is first looked at. */
  readonly restMs: number
  readonly mb: number
  readonly rows: number
}

/**
 * 1,000,000 opportunities of 12 fields landed in the store, mapped and validated, against a bare loop that downloads and
 * parses the same; memory of that, at three times as many too; and the requests it takes. With `SF_CLI` (the `bin/run.js`
 * of Salesforce's command line) its export of the same stands beside it. Each reader is a process of its own, and so is
 * the server.
 */
export async function benchExtract(scale = 1): Promise<Figure[]> {
  const total = Math.round(OPPORTUNITIES * scale)
  const figures: Figure[] = []
  let peak: number
  {
    await using server = await startServer(total)
    // Before and after, since a machine is not equally fast all the time.
    const before = await measure('bare', server.url, total)
    await counted(server.url)
    const landed = await measure('land', server.url, total)
    const requests = await counted(server.url)
    const after = await measure('bare', server.url, total)
    const bare = (before.ms + after.ms) / 2
    const expected = BESIDE_PAGES + Math.ceil(total / BULK_DEFAULTS.maxRecords) + polls(requests)
    peak = landed.mb
    figures.push(
      {
        name: `${total.toLocaleString('en')} records landed ÷ a bare loop that downloads and parses them`,
        value: landed.ms / bare,
        target: 2,
        unit: '×',
        detail: `${ms(landed.ms)} ÷ ${ms(bare)}; brought to their dossiers at rest in ${ms(landed.restMs)}; ${await exportBySf(server.url, total)}`,
      },
      { name: 'peak memory of landing them', value: peak, target: 250, unit: 'MB', detail: `bare: ${mb(after.mb)}` },
      {
        name: 'requests ÷ count, create, pages, polls and delete',
        value: requests.length / expected,
        target: 1.05,
        unit: '×',
        detail: `${requests.length} ÷ ${expected}`,
      },
    )
  }
  await using server = await startServer(3 * total)
  const { mb: thrice } = await measure('land', server.url, 3 * total)
  const detail = `${mb(thrice)} ÷ ${mb(peak)}`
  figures.push({ name: 'peak memory at three times as many', value: thrice / peak, target: 1.1, unit: '×', detail })
  return figures
}

function polls(requests: readonly string[]): number {
  return requests.filter((request) => /^GET .*\/jobs\/query\/\w+$/.test(request)).length
}

async function counted(url: string): Promise<string[]> {
  return (await (await fetch(`${url}/counted`)).json()) as string[]
}

async function startServer(total: number): Promise<AsyncDisposable & { readonly url: string }> {
  const file = fileURLToPath(new URL('./bulk-server.ts', import.meta.url))
  const child = spawn(process.execPath, [file, String(total)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  return {
    ...(JSON.parse(line) as { url: string }),
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await ended(child)
    },
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

async function measure(step: 'bare' | 'land', url: string, total: number): Promise<Done> {
  const cache = { NODE_COMPILE_CACHE: path.join(tmpdir(), 'boardsync-bench-cache') }
  const done = JSON.parse(await output([...START_SMALL, fileURLToPath(import.meta.url), step, url], cache)) as Done
  if (done.rows !== total) throw new Error(`${step}: ${done.rows} of ${total} rows`)
  return done
}

async function output(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  })
  let text = ''
  for await (const piece of child.stdout) text += piece
  await ended(child)
  if (child.exitCode !== 0) throw new Error(`${path.basename(args[0] ?? '')} ended with ${child.exitCode}: ${text}`)
  return text
}

/** The bar: what it takes to have the rows at all. */
async function bare(url: string): Promise<Pick<Done, 'rows' | 'ms' | 'restMs'>> {
  const started = performance.now()
  const results = `${url}/services/data/v68.0/jobs/query/1/results?maxRecords=50000`
  let rows = 0
  let locator = ''
  while (locator !== 'null') {
    const answer: Response = await fetch(locator === '' ? results : `${results}&locator=${locator}`)
    const parser = Readable.fromWeb(answer.body as ReadableStream).pipe(parse({ from_line: 2 }))
    for await (const _ of parser) rows += 1
    locator = answer.headers.get('sforce-locator') ?? 'null'
  }
  return { rows, ms: performance.now() - started, restMs: 0 }
}

/** As a pull does it: real source, mapping and store file. */
async function land(url: string, file: string): Promise<Pick<Done, 'rows' | 'ms' | 'restMs'>> {
  const started = performance.now()
  const { mapping, record } = await mappingOf()
  const redactor = createRedactor([])
  const log = createLog({ level: 'warn', redactor })
  const http = createHttpClient({
    totalTimeoutMs: 120_000,
    idleTimeoutMs: 60_000,
    redact: (text) => text,
    log,
    userAgent: 'boardsync-bench',
  })
  const credentials = { flow: 'token', accessToken: TOKEN, instanceUrl: url } as const
  const source = createSalesforceSource({ name: 'salesforce', credentials, http, clock: systemClock, log })
  await using store = await openSqliteStore({ path: file, clock: systemClock })
  await store.migrate()
  const ports = { source, store, zone: createZone('UTC'), clock: systemClock, boards: [], onEvent: () => {} }
  const tally = startTally(mapping, record)
  const standing = await readStanding(store, mapping.source, record)
  await whileStreaming('landing', () =>
    pullRecords({ ...ports, onNews: () => {}, allowEmpty: false, sweep: false }, mapping, record, standing, tally),
  )
  if (tally.stored !== tally.read) throw new Error(JSON.stringify(tally))
  const landed = performance.now()
  await store.dirtyCount()
  return { rows: tally.stored, ms: landed - started, restMs: performance.now() - landed }
}

async function mappingOf(): Promise<{ mapping: SourceMapping; record: RecordMapping }> {
  const files = await loadMappingFiles('mappings')
  const narrowed = files.map(({ path: file, text }) => {
    if (!file.endsWith('salesforce.yaml')) return { path: file, text }
    const yaml = parseDocument(text)
    for (const field of LEFT_OUT) yaml.deleteIn(['records', 'opportunity', 'fields', field])
    yaml.deleteIn(['records', 'opportunity', 'currency'])
    return { path: file, text: String(yaml) }
  })
  const { mappings, problems } = parseMappings(narrowed, {})
  const mapping = mappings?.sources.find((one) => one.source === 'salesforce')
  const record = mapping?.records.find((one) => one.kind === 'opportunity')
  if (mapping === undefined || record === undefined) throw new Error(JSON.stringify(problems))
  // A page of the server names its columns in this order.
  const served = COLUMNS.slice(2).map(([name]) => name)
  if (record.reads.join() !== served.join()) throw new Error(`Mapped: ${record.reads}; served: ${served}`)
  return { mapping, record }
}

/** One sentence. */
async function exportBySf(url: string, total: number): Promise<string> {
  const cli = process.env.SF_CLI ?? ''
  if (!existsSync(cli)) return 'sf: not installed (SF_CLI names no file)'
  const home = mkdtempSync(path.join(tmpdir(), 'boardsync-bench-sf-'))
  const file = path.join(home, 'export.csv')
  const env = { HOME: home, SF_ACCESS_TOKEN: TOKEN, SF_DISABLE_TELEMETRY: 'true', SF_AUTOUPDATE_DISABLE: 'true' }
  const sf = (...args: string[]) => output([cli, ...args], { ...env, SF_SKIP_NEW_VERSION_CHECK: 'true' })
  try {
    await sf('org', 'login', 'access-token', '--instance-url', url, '--no-prompt', '--alias', 'org')
    const soql = `SELECT ${COLUMNS.map(([name]) => name).join(', ')} FROM Opportunity`
    const started = performance.now()
    await sf('data', 'export', 'bulk', '-o', 'org', '-q', soql, '--output-file', file, '--wait', '20')
    return `sf data export bulk: ${ms(performance.now() - started)} for ${total} rows (${mb(statSync(file).size / 1e6)})`
  } catch (error) {
    return `sf: ${error instanceof Error ? error.message.slice(0, 200) : error}`
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

function ms(value: number): string {
  return `${Math.round(value)} ms`
}

function mb(value: number): string {
  return `${Math.round(value)} MB`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , step, url = '', kept] = process.argv
  const file = kept ?? path.join(tmpdir(), `boardsync-bench-extract-${process.pid}.db`)
  try {
    const done = await (step === 'bare' ? bare(url) : land(url, file))
    const { user, system } = process.cpuUsage()
    console.log(JSON.stringify({ ...done, mb: process.resourceUsage().maxRSS / 1024, cpu: (user + system) / 1000 }))
  } finally {
    if (kept === undefined) for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true })
  }
}
