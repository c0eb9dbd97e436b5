import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import path from 'node:path'
import { PersonNames } from './event-persons.ts'
import { EventRows, type RowGroup } from './event-rows.ts'
import type { WeekPoint } from './weeks.ts'

/** So many events, and about so many bytes of names, are held in memory; the rest lies on disk. */
const MOST_EVENTS = 1_000_000
const MOST_BYTES = 112 * 1024 * 1024
/** What a name of an account or event takes, beside that of a person. */
const BYTES_OF_NAME = 200
/** Numbers of weeks, accounts, events and persons, multiplied: what one exact number can tell apart, with room for one more of each. */
const MOST_KEYS = 2 ** 50
/** Sorted files that are merged at once. */
const MOST_RUNS = 32
const PIECE = 256 * 1024
/** Stands between the parts of a key: below every character that a part may have. */
const BETWEEN = '\u0000'

export interface CounterOptions {
  /** Where files are put; whoever made the folder takes it away. */
  readonly folder: string
  readonly mostEvents?: number
  /** Of persons, accounts and events. Default: as many as memory should hold. */
  readonly mostNames?: number
  /** What the names of files begin with. */
  readonly name?: string
}

/**
 * Counts events and distinct persons by week, account and event, exactly, whatever their number. An event that was told twice
 * counts once, known by 53 bits of its identity among those of one person, event, account and week.
 *
 * Events are rows of numbers, of which most lie on disk, and names are held once: objects for each of them would keep the
 * collector busy. Where there are more names than memory should hold, the rows so far become a sorted file with names in it,
 * and names begin anew; such files are merged in the end.
 */
export class EventCounter {
  readonly #options: CounterOptions
  readonly #mostNames: number
  #names = emptyNames()
  readonly #rows: EventRows
  #runs: string[] = []
  #made = 0

  constructor(options: CounterOptions) {
    this.#options = options
    this.#mostNames = options.mostNames ?? Number.POSITIVE_INFINITY
    const most = options.mostEvents ?? MOST_EVENTS
    this.#rows = new EventRows({ folder: options.folder, name: `${this.#name}-rows`, most })
  }

  /** `identity`: the same for the same event told twice; see `identityOf`. */
  add(week: number, account: string, event: string, person: string, identity: number): void {
    const { weeks, accounts, events, persons, lastAccounts } = this.#names
    const who = persons.of(person)
    // Most people have one account: to compare it costs less than to look it up.
    let whose = lastAccounts[who] ?? 0
    if (accounts.list[whose] !== account) {
      whose = accounts.of(account)
      lastAccounts[who] = whose
    }
    this.#rows.add(weeks.of(week), whose, events.of(event), who, identity)
    const names = accounts.size + events.size
    const isFull =
      names + persons.size >= this.#mostNames ||
      names * BYTES_OF_NAME + persons.bytes >= MOST_BYTES ||
      weeks.size * accounts.size * events.size * persons.size >= MOST_KEYS
    if (isFull) this.#spill()
  }

  /** All points, by week, account and event; with one of the whole product, which has no event, behind those of its events. */
  *points(): Generator<WeekPoint> {
    const ofNobody = new EventCounter({ ...this.#options, name: 'nobody' })
    let whole: { week: number; account: string; events: number; persons: Set<string | number> } | null = null
    let point: { week: number; account: string; event: string; users: number; events: number } | null = null
    for (const { week, account, event, person, count } of this.#tallies(distinct)) {
      if (point === null || point.event !== event || point.account !== account || point.week !== week) {
        if (point !== null) yield point
        if (whole !== null && (whole.account !== account || whole.week !== week)) {
          yield wholeOf(whole)
          whole = null
        }
        point = { week, account, event, users: 0, events: 0 }
      }
      point.users += 1
      point.events += count
      if (account === '') {
        // Events of no account may be anybody's: too many to be held.
        ofNobody.add(week, '', '', String(person), count)
        continue
      }
      whole ??= { week, account, events: 0, persons: new Set() }
      whole.events += count
      whole.persons.add(person)
    }
    if (point !== null) yield point
    if (whole !== null) yield wholeOf(whole)
    yield* ofNobody.#sums()
  }

  /** Points of keys that have no event, and whose identities are numbers of events. */
  *#sums(): Generator<WeekPoint> {
    let point: { week: number; account: string; event: string; users: number; events: number } | null = null
    for (const { week, account, count } of this.#tallies(sum)) {
      if (point !== null && point.week !== week) {
        yield point
        point = null
      }
      point ??= { week, account, event: '', users: 0, events: 0 }
      point.users += 1
      point.events += count
    }
    if (point !== null) yield point
  }

  /** By week, account, event and person, in this order. `count` may sort what it is given. */
  *#tallies(count: (identities: Float64Array, from: number, to: number) => number): Generator<Tally> {
    if (this.#runs.length === 0) {
      const { weeks, accounts, events, persons } = this.#names
      for (const group of this.#groups(persons.numbers())) {
        yield {
          week: weeks.list[group.week] as number,
          account: accounts.list[group.account] as string,
          event: events.list[group.event] as string,
          person: group.person,
          count: count(group.identities, group.from, group.to),
        }
      }
      return
    }
    if (!this.#rows.isEmpty) this.#spill()
    for (const [key, identities] of mergeRuns(this.#runs)) {
      const [week, account, event, person] = partsOf(key)
      yield { week, account, event, person, count: count(identities, 0, identities.length) }
    }
    this.#runs = []
  }

  #groups(persons: Int32Array): Generator<RowGroup> {
    const { weeks, accounts, events } = this.#names
    return this.#rows.groups({
      weeks: weeks.ranks(),
      accounts: accounts.ranks(),
      events: events.ranks(),
      persons,
    })
  }

  #spill(): void {
    this.#write(this.#entries())
    this.#names = emptyNames()
    if (this.#runs.length < MOST_RUNS) return
    const runs = this.#runs
    this.#runs = []
    this.#write(mergeRuns(runs))
  }

  *#entries(): Generator<Entry> {
    const { weeks, accounts, events, persons } = this.#names
    for (const { week, account, event, person, identities, from, to } of this.#groups(persons.ranks())) {
      const names = [weeks.list[week], accounts.list[account], events.list[event], persons.name(person)]
      yield [names.join(BETWEEN), identities.subarray(from, to)]
    }
  }

  #write(entries: Iterable<Entry>): void {
    this.#made += 1
    const file = path.join(this.#options.folder, `${this.#name}-run-${this.#made}`)
    writeRun(file, entries)
    this.#runs.push(file)
  }

  get #name(): string {
    return this.#options.name ?? 'events'
  }
}

interface Tally {
  readonly week: number
  readonly account: string
  readonly event: string
  /** The name, or where all names are at hand the number of it. */
  readonly person: string | number
  readonly count: number
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
    persons: new PersonNames(),
    /** By number of a person, that of the account of their last event. */
    lastAccounts: [] as number[],
  }
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

/** How many different ones there are. A few are compared each with each; more are sorted. */
function distinct(identities: Float64Array, from: number, to: number): number {
  if (to - from === 1) return 1
  let count = 1
  if (to - from > FEW) {
    const inOrder = identities.subarray(from, to).sort()
    for (let i = 1; i < inOrder.length; i += 1) if (inOrder[i] !== inOrder[i - 1]) count += 1
    return count
  }
  for (let i = from + 1; i < to; i += 1) {
    let before = from
    while (before < i && identities[before] !== identities[i]) before += 1
    if (before === i) count += 1
  }
  return count
}

const FEW = 16

function sum(numbers: Float64Array, from: number, to: number): number {
  let all = 0
  for (let i = from; i < to; i += 1) all += numbers[i] as number
  return all
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
  readonly persons: ReadonlySet<string | number>
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
