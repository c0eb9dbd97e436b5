import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { HttpRequest } from '../../../src/platform/http.ts'
import type { Limits } from '../../../src/sandbox/engine/engine.ts'
import { createRandom, type Random } from '../../../src/sandbox/engine/random.ts'
import type { Source } from '../../../src/source/source.ts'
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../../src/store/store.ts'
import { differencesOf } from './compare.ts'
import { type EditKind, Edits } from './edits.ts'
import { type MappedObject, mappedObjects } from './mapped.ts'
import { DEATHS, type Death, Mortal, type Pulled, pullOnce, someFaults } from './pulls.ts'
import { openVirtualOrg, type VirtualOrg } from './virtual-org.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const NOW = Date.UTC(2026, 10, 22, 10)
/** At a checkpoint everything rests for so long, and is pulled at these hours: a sweep of formulas begins on each day. */
const QUIET_DAYS = 8
const HOURS = [8, 20]
const CALLS_PER_DAY = 1_000_000
/** Guards that ask a person first; the person says yes. */
const ASKS_FIRST = ['source-shrunk', 'source-empty']
const REQUESTS_OF_NOTHING = 3

export interface LifeOptions {
  readonly seed: number
  readonly reading: Limits['reading']
  readonly edits: number
  readonly checkpoints: number
}

/** What a life came to. */
export interface LifeReport {
  readonly edits: Readonly<Record<EditKind, number>>
  readonly pulls: Readonly<Record<string, number>>
  readonly requests: Readonly<Record<string, number>>
  /** In which the store was not as the org, or a promise of a pull was broken; none but in the last checkpoint. */
  readonly wrong: readonly string[]
}

/**
 * Lets an org live through random edits, with pulls anywhere between and in the midst of them, of which some die and some meet
 * a vendor that misbehaves. At each checkpoint a quiet week passes, and the store must hold what the org shows. Ends at the first
 * checkpoint that falls short. What a read of changes should have brought must not be left to a sweep. The same options give the same life.
 */
export async function liveLife(options: LifeOptions): Promise<LifeReport> {
  const folder = await mkdtemp(path.join(tmpdir(), 'boardsync-life-'))
  try {
    await using life = new Life(options, path.join(folder, 'store.db'))
    return await life.run()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

class Life implements AsyncDisposable {
  readonly #options: LifeOptions
  readonly #file: string
  readonly #random: Random
  readonly #virtual: VirtualOrg
  readonly #objects: MappedObject[]
  readonly #edits: Edits
  readonly #pulls: Record<string, number> = {}
  readonly #requests: Record<string, number> = {}
  readonly #wrong: string[] = []
  #store: Store | null = null
  #source: Source | null = null
  /** The process at work, and whether people go on editing meanwhile. */
  #mortal = new Mortal(null, 0)
  #isLively = false
  #isAllowed = false
  /** A checkpoint is under way. */
  #isQuiet = false
  #edited = 0

  constructor(options: LifeOptions, file: string) {
    this.#options = options
    this.#file = file
    this.#random = createRandom(`life/${options.reading}/${options.seed}`)
    this.#virtual = openVirtualOrg({ ...options, now: NOW })
    const where = this.#random.pick(['Amount > 500', "Account.Type = 'Customer'", 'IsClosed = false AND Amount > 100'])
    this.#objects = mappedObjects(where)
    this.#edits = new Edits(this.#virtual.org, this.#random, this.#objects)
    this.#limit(CALLS_PER_DAY)
  }

  async run(): Promise<LifeReport> {
    const { edits, checkpoints } = this.#options
    this.#edits.found()
    for (let checkpoint = 1; checkpoint <= checkpoints && this.#wrong.length === 0; checkpoint++) {
      const until = Math.round((edits * checkpoint) / checkpoints)
      while (this.#edited < until) await this.#stretch(until)
      await this.#check()
    }
    return { edits: this.#edits.counts, pulls: this.#pulls, requests: this.#requests, wrong: this.#wrong }
  }

  /** Some edits, most of them within a second, and a pull. */
  async #stretch(until: number): Promise<void> {
    const random = this.#random
    for (let left = Math.min(random.int(1, 50), until - this.#edited); left > 0; ) {
      if (!this.#edits.one()) continue
      left -= 1
      this.#edited += 1
    }
    const { engine } = this.#virtual.org
    const how = random.weighted([
      ['undisturbed', 5],
      ['with faults', 2],
      ['short of quota', 0.5],
      ['with short-lived locators', 0.5],
      ['dying', 4],
    ] as const)
    let death: Death | null = null
    if (how === 'with faults' || (how === 'dying' && random.chance(0.3))) engine.faults.add(someFaults(random))
    if (how === 'short of quota') this.#limit(random.int(1, 300))
    if (how === 'with short-lived locators') engine.limits.set('salesforce.queryLocatorMs', random.int(1, 2_000))
    if (how === 'dying') death = random.pick(DEATHS)
    const pulled = await this.#pull(death, random.chance(0.6))
    count(this.#pulls, pulled.hasDied ? `died ${death}` : how === 'dying' ? 'undisturbed' : how)
    engine.faults.clear()
    engine.limits.set('salesforce.queryLocatorMs', 2 * DAY_MS)
    this.#limit(CALLS_PER_DAY)
    if (random.chance(0.5)) engine.clock.advance(random.int(1, 3 * 60) * MINUTE_MS)
  }

  async #pull(death: Death | null, isLively: boolean): Promise<Pulled> {
    const random = this.#random
    if (random.chance(0.02)) await this.#reopen()
    this.#mortal = new Mortal(death, random.pick([random.int(1, 10), random.int(1, 60), random.int(1, 200)]))
    // A worker keeps its source; a command, and whoever follows a process that died, makes a new one.
    if (random.chance(0.3)) this.#source = null
    this.#source ??= this.#connect()
    this.#isLively = isLively
    const store = this.#store ?? (await this.#reopen())
    const pulled = await pullOnce({
      store: isLively || this.#edits.isAnyOpen ? store : await this.#watched(store),
      source: this.#source,
      clock: this.#virtual.clock,
      objects: this.#objects,
      allowEmpty: this.#isAllowed,
      mortal: this.#mortal,
    })
    this.#isLively = false
    this.#isAllowed = pulled.problems.some(({ code }) => ASKS_FIRST.includes(code))
    if (pulled.hasDied) this.#source = null
    for (const { object, kind, read, stored, unchanged, rejected, deleted } of pulled.counts) {
      if (read === stored + unchanged + rejected + deleted) continue
      this.#wrong.push(
        `${kind} ${object}: counts do not balance: ${read} read, ${stored} + ${unchanged} + ${rejected} + ${deleted}`,
      )
    }
    for (const { code, message } of pulled.problems) {
      count(this.#pulls, code)
      if (code === 'counts-do-not-balance') this.#wrong.push(message)
    }
    return pulled
  }

  /** While nobody edits, a sweep must not find what reads of changes should have brought. */
  async #watched(store: Store): Promise<Store> {
    const { everHidden } = this.#edits
    const kinds: string[] = []
    for (const { kind, where } of this.#objects) {
      const state = await store.readState({ source: 'salesforce', kind })
      // A job that an earlier pull began holds what had changed by then; the pull after this one brings the rest.
      const isJobUnderWay = state?.cursor?.includes('"bulk"') === true
      // A pull died before it deleted what a read of everything did not contain: that is the sweep's to find.
      const isUnfinished = state?.snapshot === true
      if (where === null && !isJobUnderWay && !isUnfinished) kinds.push(kind)
    }
    const saveSwept: Store['saveSwept'] = async (page) => {
      const { kind } = page.stream
      const ids = page.entries.map(({ id }) => id)
      const stamps = new Map((await store.rawRecordsById(page.stream, ids)).map((raw) => [raw.id, raw.changedAt]))
      const missed = page.entries.filter(({ id, changedAt }) => (stamps.get(id) ?? '') < changedAt).map(({ id }) => id)
      // What was deleted just now is not listed yet.
      const gone = this.#isQuiet ? page.gone : []
      for (const id of [...missed, ...gone]) {
        if (kinds.includes(kind) && !everHidden.has(id))
          this.#wrong.push(`${kind} ${id} was missed until a sweep found it`)
      }
      return store.saveSwept(page)
    }
    return new Proxy(store, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target)
        return name === 'saveSwept' ? saveSwept : typeof member === 'function' ? member.bind(target) : member
      },
    })
  }

  #connect(): Source {
    return this.#virtual.connect({
      onRequest: (request) => {
        this.#mortal.at('before a request')
        count(this.#requests, kindOf(request))
        this.#virtual.clock.advance(this.#random.int(20, 700))
        if (this.#isLively && this.#random.chance(0.08) && this.#edits.one(true)) this.#edited += 1
      },
      onAnswer: () => this.#mortal.at('after a request'),
      onImpatience: (sentence) => void this.#wrong.push(sentence),
    })
  }

  /** A quiet week; then the store must be as the org is, and a further pull finds nothing to do. */
  async #check(): Promise<void> {
    const { org, clock } = this.#virtual
    this.#edits.settle()
    this.#isQuiet = true
    this.#source = null
    let day = Math.floor(clock.now() / DAY_MS) * DAY_MS
    for (let days = 0; days < QUIET_DAYS; days++) {
      day += DAY_MS
      for (const hour of HOURS) {
        clock.advance(Math.max(0, day + hour * HOUR_MS - clock.now()))
        const { problems } = await this.#pull(null, false)
        for (const { subject, code, message, exit } of problems) {
          if (exit !== 0 && !ASKS_FIRST.includes(code)) this.#wrong.push(`${subject}: ${code}: ${message}`)
        }
      }
    }
    const store = this.#store ?? (await this.#reopen())
    this.#wrong.push(...(await differencesOf(org, store, this.#objects, this.#edits.merges)))
    clock.advance(5 * MINUTE_MS)
    const { counts } = await this.#pull(null, false)
    for (const { kind, stored, deleted, vanished, requests } of counts) {
      if (stored + deleted + vanished === 0 && requests <= REQUESTS_OF_NOTHING) continue
      this.#wrong.push(
        `${kind}: a pull with nothing to do stored ${stored}, deleted ${deleted + vanished} and made ${requests} requests`,
      )
    }
    this.#isQuiet = false
    count(this.#pulls, 'checkpoints')
  }

  #limit(callsPerDay: number): void {
    this.#virtual.org.engine.limits.set('salesforce.callsPerDay', callsPerDay)
  }

  async #reopen(): Promise<Store> {
    await this.#store?.[Symbol.asyncDispose]()
    this.#store = await openSqliteStore({ path: this.#file, clock: this.#virtual.clock })
    await this.#store.migrate()
    return this.#store
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store?.[Symbol.asyncDispose]()
    this.#virtual[Symbol.dispose]()
  }
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1
}

/** What is shown of requests: which ways of reading a life has gone. */
function kindOf({ method, url, query }: HttpRequest): string {
  const { pathname } = new URL(url)
  const soql = String(query?.['q'] ?? '')
  if (pathname.includes('/jobs/query')) {
    if (method === 'POST') return 'job made'
    return method === 'GET' && pathname.endsWith('/results') ? 'results page' : 'job'
  }
  if (/\/query\/\w/.test(pathname)) return 'next page'
  if (/ Id IN \(/.test(soql)) return 'by id'
  if (/ < \d{4}-/.test(soql)) return 'window'
  return pathname.split('/').filter(Boolean).at(-1) ?? ''
}
