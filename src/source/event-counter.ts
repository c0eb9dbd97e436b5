import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import path from 'node:path'
import type { WeekPoint } from './weeks.ts'

/** So many events, and names of persons and accounts, are held in memory; the rest lies on disk. */
const MOST_EVENTS = 1_000_000
const MOST_NAMES = 200_000
/** Sorted files that are merged at once. */
const MOST_RUNS = 32
const PIECE = 256 * 1024
/** Stands between the parts of a key: below every character that a part may have. */
const BETWEEN = '\u0000'

export interface CounterOptions {
  /** Where sorted files are put; whoever made the folder takes it away. */
  readonly folder: string
  readonly mostEvents?: number
  readonly mostNames?: number
}

/**
 * Counts events and distinct persons by week, account and event, exactly, whatever their number: what is not in memory lies
 * on disk, sorted, and is merged in the end. An event that was told twice counts once, known by 53 bits of its identity
 * among those of one person, event, account and week.
 *
 * Events are held as rows of numbers, and names once: objects for each of them would keep the collector busy.
 */
export class EventCounter {
  readonly #options: CounterOptions
  readonly #mostEvents: number
  readonly #mostNames: number
  #names = emptyNames()
  #rows = new Rows(1024)
  #runs: string[] = []
  #made = 0

  constructor(options: CounterOptions) {
    this.#options = options
    this.#mostEvents = options.mostEvents ?? MOST_EVENTS
    this.#mostNames = options.mostNames ?? MOST_NAMES
  }

  /** `identity`: the same for the same event told twice; see `identityOf`. */
  add(week: number, account: string, event: string, person: string, identity: number): void {
    const { weeks, accounts, events, persons } = this.#names
    this.#rows.add(weeks.of(week), accounts.of(account), events.of(event), persons.of(person), identity)
    const isFull = this.#rows.count >= this.#mostEvents || persons.size + accounts.size >= this.#mostNames
    if (isFull) this.#spill()
  }

  /** All points, by week, account and event; with one of the whole product, which has no event, behind those of its events. */
  *points(): Generator<WeekPoint> {
    const ofNobody = new EventCounter(this.#options)
    ofNobody.#made = 1_000_000
    // Events of several names may have one identity: each is given another.
    let serial = 0
    let whole: { week: number; account: string; events: number; persons: Set<string> } | null = null
    let point: { week: number; account: string; event: string; users: number; events: number } | null = null
    for (const [key, identities] of this.#merged()) {
      const [week, account, event, person] = partsOf(key)
      if (point === null || point.event !== event || point.account !== account || point.week !== week) {
        if (point !== null) yield point
        if (whole !== null && (whole.account !== account || whole.week !== week)) {
          yield wholeOf(whole)
          whole = null
        }
        point = { week, account, event, users: 0, events: 0 }
      }
      const events = distinct(identities)
      point.users += 1
      point.events += events
      if (account === '') {
        // Events of no account may be anybody's: too many to be held.
        for (let i = 0; i < events; i += 1) {
          serial += 1
          ofNobody.add(week, '', '', person, serial)
        }
        continue
      }
      whole ??= { week, account, events: 0, persons: new Set() }
      whole.events += events
      whole.persons.add(person)
    }
    if (point !== null) yield point
    if (whole !== null) yield wholeOf(whole)
    yield* ofNobody.#sums()
  }

  /** Points of keys that have no event. */
  *#sums(): Generator<WeekPoint> {
    let point: WeekPoint | null = null
    for (const [key, identities] of this.#merged()) {
      const [week, account] = partsOf(key)
      if (point !== null && point.week !== week) {
        yield point
        point = null
      }
      const { users, events }: { users: number; events: number } = point ?? { users: 0, events: 0 }
      point = { week, account, event: '', users: users + 1, events: events + distinct(identities) }
    }
    if (point !== null) yield point
  }

  *#merged(): Generator<Entry> {
    if (this.#runs.length === 0) {
      yield* sorted(this.#rows, this.#names)
      return
    }
    if (this.#rows.count > 0) this.#spill()
    yield* mergeRuns(this.#runs)
    this.#runs = []
  }

  #spill(): void {
    this.#write(sorted(this.#rows, this.#names))
    this.#names = emptyNames()
    this.#rows.clear()
    if (this.#runs.length < MOST_RUNS) return
    const runs = this.#runs
    this.#runs = []
    this.#write(mergeRuns(runs))
  }

  #write(entries: Iterable<Entry>): void {
    this.#made += 1
    const file = path.join(this.#options.folder, `run-${this.#made}`)
    writeRun(file, entries)
    this.#runs.push(file)
  }
}

/** What a person did of an event, in an account and week: a key of all four, and the identities of what was told. */
type Entry = readonly [key: string, identities: Float64Array]

/** Numbers for names, in the order in which they were met. */
class Names<T extends string | number> {
  readonly #numbers = new Map<T, number>()
  readonly list: T[] = []

  get size(): number {
    return this.list.length
  }

  of(name: T): number {
    const known = this.#numbers.get(name)
    if (known !== undefined) return known
    const number = this.list.length
    this.#numbers.set(name, number)
    this.list.push(name)
    return number
  }

  /** By number of a name, its place among all of them. */
  ranks(): Int32Array {
    const texts = this.list.map(String)
    const inOrder = texts.map((_, number) => number).sort((a, b) => compare(texts[a] as string, texts[b] as string))
    const ranks = new Int32Array(texts.length)
    inOrder.forEach((number, rank) => {
      ranks[number] = rank
    })
    return ranks
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function emptyNames() {
  return {
    weeks: new Names<number>(),
    accounts: new Names<string>(),
    events: new Names<string>(),
    persons: new Names<string>(),
  }
}

/** Events as columns of numbers, which grow as they fill. */
class Rows {
  count = 0
  weeks: Int32Array
  accounts: Int32Array
  events: Int32Array
  persons: Int32Array
  identities: Float64Array

  constructor(size: number) {
    this.weeks = new Int32Array(size)
    this.accounts = new Int32Array(size)
    this.events = new Int32Array(size)
    this.persons = new Int32Array(size)
    this.identities = new Float64Array(size)
  }

  add(week: number, account: number, event: number, person: number, identity: number): void {
    const at = this.count
    if (at === this.weeks.length) this.#grow()
    this.weeks[at] = week
    this.accounts[at] = account
    this.events[at] = event
    this.persons[at] = person
    this.identities[at] = identity
    this.count = at + 1
  }

  clear(): void {
    this.count = 0
  }

  #grow(): void {
    const larger = new Rows(this.weeks.length * 2)
    for (const column of ['weeks', 'accounts', 'events', 'persons'] as const) {
      larger[column].set(this[column])
      this[column] = larger[column]
    }
    larger.identities.set(this.identities)
    this.identities = larger.identities
  }
}

function* sorted(rows: Rows, { weeks, accounts, events, persons }: ReturnType<typeof emptyNames>): Generator<Entry> {
  let order = Uint32Array.from({ length: rows.count }, (_, i) => i)
  // The least part first: each pass keeps the order of those before it.
  order = inOrderOf(order, rows.persons, persons.ranks())
  order = inOrderOf(order, rows.events, events.ranks())
  order = inOrderOf(order, rows.accounts, accounts.ranks())
  order = inOrderOf(order, rows.weeks, weeks.ranks())
  for (let from = 0; from < order.length; ) {
    const first = order[from] as number
    let to = from + 1
    while (to < order.length && isAlike(rows, first, order[to] as number)) to += 1
    const identities = new Float64Array(to - from)
    for (let i = from; i < to; i += 1) identities[i - from] = rows.identities[order[i] as number] as number
    const account = accounts.list[rows.accounts[first] as number]
    const event = events.list[rows.events[first] as number]
    const person = persons.list[rows.persons[first] as number]
    const week = weeks.list[rows.weeks[first] as number]
    yield [`${week}${BETWEEN}${account}${BETWEEN}${event}${BETWEEN}${person}`, identities]
    from = to
  }
}

function isAlike({ weeks, accounts, events, persons }: Rows, a: number, b: number): boolean {
  return persons[a] === persons[b] && events[a] === events[b] && accounts[a] === accounts[b] && weeks[a] === weeks[b]
}

/** Sorts rows by one column, by counting: as many steps as there are rows. */
function inOrderOf(order: Uint32Array<ArrayBuffer>, column: Int32Array, ranks: Int32Array): Uint32Array<ArrayBuffer> {
  const starts = new Uint32Array(ranks.length + 1)
  for (const row of order)
    starts[(ranks[column[row] as number] as number) + 1] =
      (starts[(ranks[column[row] as number] as number) + 1] as number) + 1
  for (let rank = 0; rank < ranks.length; rank += 1)
    starts[rank + 1] = (starts[rank + 1] as number) + (starts[rank] as number)
  const next = new Uint32Array(order.length)
  for (const row of order) {
    const rank = ranks[column[row] as number] as number
    const at = starts[rank] as number
    next[at] = row
    starts[rank] = at + 1
  }
  return next
}

/** Of each entry: the bytes of its key, how many identities, then both. */
function writeRun(file: string, entries: Iterable<Entry>): void {
  const to = openSync(file, 'w')
  let piece = Buffer.allocUnsafe(PIECE)
  let filled = 0
  const flush = () => {
    for (let at = 0; at < filled; ) at += writeSync(to, piece, at, filled - at)
    filled = 0
  }
  try {
    for (const [key, identities] of entries) {
      const most = 8 + key.length * 3 + identities.byteLength
      if (filled + most > piece.length) flush()
      if (most > piece.length) piece = Buffer.allocUnsafe(most)
      const bytes = piece.write(key, filled + 8)
      piece.writeUInt32LE(bytes, filled)
      piece.writeUInt32LE(identities.length, filled + 4)
      filled += 8 + bytes
      for (const identity of identities) filled = piece.writeDoubleLE(identity, filled)
    }
    flush()
  } finally {
    closeSync(to)
  }
}

function* readRun(file: string): Generator<Entry> {
  const from = openSync(file, 'r')
  let piece = Buffer.allocUnsafe(PIECE)
  let filled = 0
  let at = 0
  /** Whether so many bytes are there from `at` on, once more were read. */
  const has = (bytes: number): boolean => {
    while (filled - at < bytes) {
      const rest = piece.subarray(at, filled)
      const larger = bytes > piece.length ? Buffer.allocUnsafe(bytes) : piece
      rest.copy(larger)
      piece = larger
      filled = rest.length
      at = 0
      const read = readSync(from, piece, filled, piece.length - filled, null)
      if (read === 0) return false
      filled += read
    }
    return true
  }
  try {
    while (has(8)) {
      const bytes = piece.readUInt32LE(at)
      const count = piece.readUInt32LE(at + 4)
      has(8 + bytes + 8 * count)
      const key = piece.toString('utf8', at + 8, at + 8 + bytes)
      at += 8 + bytes
      const identities = new Float64Array(count)
      for (let i = 0; i < count; i += 1) identities[i] = piece.readDoubleLE(at + 8 * i)
      at += 8 * count
      yield [key, identities]
    }
  } finally {
    closeSync(from)
    unlinkSync(file)
  }
}

/** Entries of sorted files in one order, those of one key as one. Each file goes once it was read. */
function* mergeRuns(files: readonly string[]): Generator<Entry> {
  const runs = files.map((file) => readRun(file))
  try {
    let heads = runs.flatMap((run) => headOf(run) ?? [])
    while (heads.length > 0) {
      let [key] = (heads[0] as Head).entry
      for (const { entry } of heads) if (entry[0] < key) key = entry[0]
      let identities: Float64Array | null = null
      let ended = false
      for (const head of heads) {
        if (head.entry[0] !== key) continue
        identities = identities === null ? head.entry[1] : joined(identities, head.entry[1])
        const next = head.run.next()
        if (next.done === true) {
          head.isOver = true
          ended = true
        } else head.entry = next.value
      }
      if (ended) heads = heads.filter(({ isOver }) => !isOver)
      yield [key, identities as Float64Array]
    }
  } finally {
    for (const run of runs) run.return(undefined)
  }
}

interface Head {
  readonly run: Generator<Entry>
  entry: Entry
  isOver: boolean
}

function headOf(run: Generator<Entry>): Head | null {
  const first = run.next()
  return first.done === true ? null : { run, entry: first.value, isOver: false }
}

function joined(a: Float64Array, b: Float64Array): Float64Array {
  const both = new Float64Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}

function distinct(identities: Float64Array): number {
  if (identities.length === 1) return 1
  const inOrder = identities.toSorted()
  let count = 1
  for (let i = 1; i < inOrder.length; i += 1) if (inOrder[i] !== inOrder[i - 1]) count += 1
  return count
}

function partsOf(key: string): [number, string, string, string] {
  const [week = '', account = '', event = '', person = ''] = key.split(BETWEEN)
  return [Number(week), account, event, person]
}

function wholeOf({
  week,
  account,
  events,
  persons,
}: {
  readonly week: number
  readonly account: string
  readonly events: number
  readonly persons: ReadonlySet<string>
}): WeekPoint {
  return { week, account, event: '', users: persons.size, events }
}

/** A name as keys can hold it: without what stands between parts and ends lines, which no name needs. */
export function plainName(name: string): string {
  for (let i = 0; i < name.length; i += 1) {
    if (name.charCodeAt(i) < BLANK)
      return [...name].map((letter) => (letter.charCodeAt(0) < BLANK ? ' ' : letter)).join('')
  }
  return name
}

const BLANK = 32

/** 53 bits of a text and a number (cyrb53, public domain, by bryc): an event's own id and its time. */
export function identityOf(text: string, seed = 0): number {
  let a = 0xdeadbeef ^ (seed | 0)
  let b = 0x41c6ce57 ^ ((seed / 4_294_967_296) | 0) ^ (seed | 0)
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i)
    a = Math.imul(a ^ code, 2_654_435_761)
    b = Math.imul(b ^ code, 1_597_334_677)
  }
  a = Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909)
  b = Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(a ^ (a >>> 13), 3_266_489_909)
  return 4_294_967_296 * (2_097_151 & b) + (a >>> 0)
}
