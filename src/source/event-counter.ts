import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import path from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import type { WeekPoint } from './weeks.ts'

/** So much is held in memory, by distinct person (of one event, account and week) and by event; the rest lies on disk. */
const MOST_KEYS = 150_000
const MOST_EVENTS = 1_000_000
/** Sorted files that are merged at once. */
const MOST_RUNS = 32
const PIECE = 256 * 1024
/** Stands between the parts of a key: below every character that a part may have. */
const BETWEEN = '\u0000'
const AFTER_KEY = '\u0001'

export interface CounterOptions {
  /** Where sorted files are put; whoever made the folder takes it away. */
  readonly folder: string
  readonly mostKeys?: number
  readonly mostEvents?: number
}

/**
 * Counts events and distinct persons by week, account and event, exactly, whatever their number: what is not in memory lies
 * on disk, sorted, and is merged in the end. An event that was told twice counts once, known by 53 bits of its identity
 * among those of one person, event, account and week.
 */
export class EventCounter {
  readonly #options: CounterOptions
  readonly #mostKeys: number
  readonly #mostEvents: number
  /** By event, week, account and person: four looks at short texts take a sixth of the time that making one long one does. */
  #held: Held = new Map()
  #keys = 0
  #events = 0
  #runs: string[] = []
  #made = 0

  constructor(options: CounterOptions) {
    this.#options = options
    this.#mostKeys = options.mostKeys ?? MOST_KEYS
    this.#mostEvents = options.mostEvents ?? MOST_EVENTS
  }

  /** `identity`: the same for the same event told twice; see `identityOf`. */
  add(week: number, account: string, event: string, person: string, identity: number): void {
    let ofEvent = this.#held.get(event)
    if (ofEvent === undefined) {
      ofEvent = new Map()
      this.#held.set(event, ofEvent)
    }
    let ofWeek = ofEvent.get(week)
    if (ofWeek === undefined) {
      ofWeek = new Map()
      ofEvent.set(week, ofWeek)
    }
    let ofAccount = ofWeek.get(account)
    if (ofAccount === undefined) {
      ofAccount = new Map()
      ofWeek.set(account, ofAccount)
    }
    const events = ofAccount.get(person)
    if (events !== undefined) events.push(identity)
    else {
      ofAccount.set(person, [identity])
      this.#keys += 1
    }
    this.#events += 1
    if (this.#events >= this.#mostEvents || this.#keys >= this.#mostKeys) this.#spill()
  }

  /** All points, by week, account and event; with one of the whole product, which has no event, behind those of its events. */
  *points(): Generator<WeekPoint> {
    const ofNobody = new EventCounter({ ...this.#options, folder: this.#options.folder })
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
      yield* sorted(this.#held)
      this.#held = new Map()
      return
    }
    if (this.#keys > 0) this.#spill()
    yield* mergeRuns(this.#runs)
    this.#runs = []
  }

  #spill(): void {
    this.#write(sorted(this.#held))
    this.#held = new Map()
    this.#keys = 0
    this.#events = 0
    if (this.#runs.length < MOST_RUNS) return
    const runs = this.#runs
    this.#runs = []
    this.#write(mergeRuns(runs))
  }

  #write(entries: Iterable<Entry>): void {
    this.#made += 1
    const file = path.join(this.#options.folder, `run-${this.#made}`)
    const to = openSync(file, 'w')
    try {
      let some = ''
      for (const [key, identities] of entries) {
        some += `${key}${AFTER_KEY}${identities.length === 1 ? digits(identities[0] as number) : identities.map(digits).join(',')}\n`
        if (some.length < PIECE) continue
        writeSync(to, some)
        some = ''
      }
      writeSync(to, some)
    } finally {
      closeSync(to)
    }
    this.#runs.push(file)
  }
}

type Entry = readonly [key: string, identities: readonly number[]]

type Held = Map<string, Map<number, Map<string, Map<string, number[]>>>>

function sorted(held: Held): Entry[] {
  const entries: Entry[] = []
  for (const [event, ofEvent] of held) {
    for (const [week, ofWeek] of ofEvent) {
      for (const [account, ofAccount] of ofWeek) {
        const before = `${week}${BETWEEN}${account}${BETWEEN}${event}${BETWEEN}`
        for (const [person, identities] of ofAccount) entries.push([before + person, identities])
      }
    }
  }
  return entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
}

/** Entries of sorted files in one order, those of one key as one. Each file goes once it was read. */
function* mergeRuns(files: readonly string[]): Generator<Entry> {
  const open = files.map((file) => readRun(file))
  try {
    let heads = open.map((run) => ({ run, next: run.next() })).filter(({ next }) => next.done !== true)
    while (heads.length > 0) {
      let least = (heads[0] as (typeof heads)[0]).next.value as Entry
      for (const { next } of heads) if ((next.value as Entry)[0] < least[0]) least = next.value as Entry
      const [key] = least
      let identities: number[] | null = null
      let ended = false
      for (const head of heads) {
        const [other, some] = head.next.value as Entry
        if (other !== key) continue
        if (identities === null) identities = some as number[]
        else for (const identity of some) identities.push(identity)
        head.next = head.run.next()
        ended ||= head.next.done === true
      }
      if (ended) heads = heads.filter(({ next }) => next.done !== true)
      yield [key, identities as number[]]
    }
  } finally {
    for (const run of open) run.return(undefined)
  }
}

function* readRun(file: string): Generator<Entry> {
  const from = openSync(file, 'r')
  const piece = Buffer.allocUnsafe(PIECE)
  const decoder = new StringDecoder('utf8')
  try {
    let rest = ''
    for (;;) {
      const bytes = readSync(from, piece, 0, PIECE, null)
      if (bytes === 0) return
      const lines = (rest + decoder.write(piece.subarray(0, bytes))).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const at = line.lastIndexOf(AFTER_KEY)
        const numbers = line.slice(at + 1)
        yield [line.slice(0, at), numbers.includes(',') ? numbers.split(',').map(fromDigits) : [fromDigits(numbers)]]
      }
    }
  } finally {
    closeSync(from)
    unlinkSync(file)
  }
}

function digits(identity: number): string {
  return identity.toString(36)
}

function fromDigits(text: string): number {
  return Number.parseInt(text, 36)
}

function distinct(identities: readonly number[]): number {
  return identities.length === 1 ? 1 : new Set(identities).size
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
