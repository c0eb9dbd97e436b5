import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import path from 'node:path'

/** Values of a digit when rows are sorted, digit by digit. */
const DIGIT = 2048
/** Ranges of keys that rows are counted by before they are dealt out, and files they are dealt out to at once. */
const RANGES = 4096
const MOST_PARTS = 64
/** Rows of a part that are written together. */
const TOGETHER = 4096

/** Rows that agree in all but their identities, which stand in `identities` from `from` to before `to`, in any order. */
export interface RowGroup {
  readonly week: number
  readonly account: number
  readonly event: number
  readonly person: number
  readonly identities: Float64Array
  readonly from: number
  readonly to: number
}

/** By each number, its place in the order of what it stands for. The product of the four lengths must be below 2^53. */
export interface Ranks {
  readonly weeks: Int32Array
  readonly accounts: Int32Array
  readonly events: Int32Array
  readonly persons: Int32Array
}

/**
 * Rows of numbers for events, as many as there are: the last ones in memory, all before them in a file. For their order they
 * are dealt out by ranges of it to files of which each fits into memory, and sorted there.
 */
export class EventRows {
  readonly #folder: string
  readonly #name: string
  readonly #most: number
  #rows = new Columns(1024)
  #file: string | null = null
  #blocks = 0
  #made = 0
  #rooms: KeyedRows[] = []

  constructor({ folder, name, most }: { readonly folder: string; readonly name: string; readonly most: number }) {
    this.#folder = folder
    this.#name = name
    this.#most = most
  }

  get isEmpty(): boolean {
    return this.#blocks === 0 && this.#rows.count === 0
  }

  add(week: number, account: number, event: number, person: number, identity: number): void {
    if (this.#rows.count >= this.#most) this.#putDown()
    this.#rows.add(week, account, event, person, identity)
  }

  /** All rows by week, account, event and person, in the order of their ranks. They are gone then. */
  *groups(ranks: Ranks): Generator<RowGroup> {
    const keys = new Keys(ranks)
    if (this.#file === null) {
      yield* groupsOf(keys.ofRows(this.#rows), rowsOf(this.#rows.count), keys)
    } else {
      if (this.#rows.count > 0) this.#putDown()
      const file = this.#file
      const blocks = this.#blocks
      this.#file = null
      this.#blocks = 0
      const rows = () => keyedBlocks(file, blocks, this.#rows, keys)
      yield* this.#dealtOut(rows, file, { from: 0, to: keys.end }, keys)
      this.#rooms = []
    }
    this.#rows.count = 0
  }

  /** What is in memory, written behind what is in the file: column by column, its number of rows first. */
  #putDown(): void {
    this.#file ??= this.#newFile()
    // A count that broke off may have left a file of this name.
    const to = openSync(this.#file, this.#blocks === 0 ? 'w' : 'a')
    try {
      this.#rows.write(to)
    } finally {
      closeSync(to)
    }
    this.#blocks += 1
    this.#rows.count = 0
  }

  *#dealtOut(
    rows: () => Generator<KeyedRows>,
    file: string,
    range: { readonly from: number; readonly to: number },
    keys: Keys,
  ): Generator<RowGroup> {
    const parts = partsOf(rows, range, this.#most).map((part) => ({ ...part, file: this.#newFile() }))
    deal(rows, range, parts)
    unlinkSync(file)
    for (const part of parts) {
      if (part.count <= this.#most || part.to - part.from <= 1) {
        const [room, other] = this.#roomFor(part.count)
        yield* groupsOf(readPart(part.file, part.count, room), other, keys)
        unlinkSync(part.file)
      } else {
        const some = () => partBlocks(part.file, part.count, rowsOf(Math.min(part.count, TOGETHER)))
        yield* this.#dealtOut(some, part.file, part, keys)
      }
    }
  }

  /** Room for so many rows, twice: memory that was used is used again, since the collector is slow to see what typed arrays hold. */
  #roomFor(count: number): [KeyedRows, KeyedRows] {
    const [first] = this.#rooms
    if (first === undefined || first.keys.length < count) {
      const size = Math.max(count, Math.min(2 * count, this.#most))
      this.#rooms = [rowsOf(size), rowsOf(size)]
    }
    return this.#rooms.map((room) => ({ ...room, count })) as [KeyedRows, KeyedRows]
  }

  #newFile(): string {
    this.#made += 1
    return path.join(this.#folder, `${this.#name}-${this.#made}`)
  }
}

/** Rows by columns, which grow as they fill. */
class Columns {
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

  write(to: number): void {
    writeAll(to, Uint32Array.of(this.count))
    for (const column of this.#columns()) writeAll(to, column.subarray(0, this.count))
  }

  /** The next block that was written, in place of what is here. */
  read(from: number): void {
    const count = new Uint32Array(1)
    readAll(from, count)
    this.count = count[0] as number
    for (const column of this.#columns()) readAll(from, column.subarray(0, this.count))
  }

  #columns() {
    return [this.weeks, this.accounts, this.events, this.persons, this.identities]
  }

  #grow(): void {
    const larger = new Columns(this.weeks.length * 2)
    for (const column of ['weeks', 'accounts', 'events', 'persons'] as const) {
      larger[column].set(this[column])
      this[column] = larger[column]
    }
    larger.identities.set(this.identities)
    this.identities = larger.identities
  }
}

/** Rows of which the first four numbers are one: their place in the order. There may be room for more of them. */
interface KeyedRows {
  readonly keys: Float64Array
  readonly identities: Float64Array
  readonly count: number
}

function rowsOf(count: number): KeyedRows {
  return { keys: new Float64Array(count), identities: new Float64Array(count), count }
}

/** One number for week, account, event and person, in the order of their ranks; and back. */
class Keys {
  readonly #ranks: Ranks
  readonly #numbers: Ranks
  readonly end: number

  constructor(ranks: Ranks) {
    const { weeks, accounts, events, persons } = ranks
    this.#ranks = ranks
    this.#numbers = {
      weeks: inverse(weeks),
      accounts: inverse(accounts),
      events: inverse(events),
      persons: inverse(persons),
    }
    this.end = weeks.length * accounts.length * events.length * persons.length
  }

  ofRows(rows: Columns): KeyedRows {
    const { weeks, accounts, events, persons } = this.#ranks
    const [byAccount, byEvent, byPerson] = [accounts.length, events.length, persons.length]
    const keys = new Float64Array(rows.count)
    for (let i = 0; i < rows.count; i += 1) {
      const week = weeks[rows.weeks[i] as number] as number
      const account = accounts[rows.accounts[i] as number] as number
      const event = events[rows.events[i] as number] as number
      const person = persons[rows.persons[i] as number] as number
      keys[i] = ((week * byAccount + account) * byEvent + event) * byPerson + person
    }
    return { keys, identities: rows.identities, count: rows.count }
  }

  group(key: number, identities: Float64Array, from: number, to: number): RowGroup {
    const { weeks, accounts, events, persons } = this.#numbers
    const byPerson = Math.floor(key / persons.length)
    const byEvent = Math.floor(byPerson / events.length)
    const byAccount = Math.floor(byEvent / accounts.length)
    return {
      week: weeks[byAccount] as number,
      account: accounts[byEvent - byAccount * accounts.length] as number,
      event: events[byPerson - byEvent * events.length] as number,
      person: persons[key - byPerson * persons.length] as number,
      identities,
      from,
      to,
    }
  }
}

function inverse(ranks: Int32Array): Int32Array {
  const numbers = new Int32Array(ranks.length)
  ranks.forEach((rank, number) => {
    numbers[rank] = number
  })
  return numbers
}

function* groupsOf(rows: KeyedRows, room: KeyedRows, keys: Keys): Generator<RowGroup> {
  const { keys: inOrder, identities, count } = sorted(rows, room)
  for (let from = 0; from < count; ) {
    const key = inOrder[from] as number
    let to = from + 1
    while (to < count && inOrder[to] === key) to += 1
    yield keys.group(key, identities, from, to)
    from = to
  }
}

/** Rows by their keys, in either of the two places: the last digit first, each pass keeps the order of those before it. */
function sorted(rows: KeyedRows, room: KeyedRows): KeyedRows {
  const { count } = rows
  let least = Number.POSITIVE_INFINITY
  let most = 0
  for (let i = 0; i < count; i += 1) {
    const key = rows.keys[i] as number
    if (key < least) least = key
    if (key > most) most = key
  }
  let from = rows
  let to = room
  const starts = new Uint32Array(DIGIT + 1)
  for (let unit = 1; unit <= most - least; unit *= DIGIT) {
    const part = 1 / unit
    starts.fill(0)
    for (let i = 0; i < count; i += 1) {
      const digit = (((from.keys[i] as number) - least) * part) & (DIGIT - 1)
      starts[digit + 1] = (starts[digit + 1] as number) + 1
    }
    for (let digit = 0; digit < DIGIT; digit += 1)
      starts[digit + 1] = (starts[digit + 1] as number) + (starts[digit] as number)
    for (let i = 0; i < count; i += 1) {
      const key = from.keys[i] as number
      const digit = ((key - least) * part) & (DIGIT - 1)
      const at = starts[digit] as number
      starts[digit] = at + 1
      to.keys[at] = key
      to.identities[at] = from.identities[i] as number
    }
    const next = from
    from = to
    to = next
  }
  return from
}

interface Part {
  readonly from: number
  readonly to: number
  readonly count: number
}

function widthOf({ from, to }: { readonly from: number; readonly to: number }): number {
  return Math.ceil((to - from) / RANGES)
}

/** Ranges of keys, of which each has so many rows that it can be sorted, or at least far fewer than all have. */
function partsOf(
  rows: () => Generator<KeyedRows>,
  range: { readonly from: number; readonly to: number },
  most: number,
): Part[] {
  const width = widthOf(range)
  const counts = new Float64Array(RANGES)
  let total = 0
  for (const { keys, count } of rows()) {
    for (let i = 0; i < count; i += 1) {
      const at = Math.floor(((keys[i] as number) - range.from) / width)
      counts[at] = (counts[at] as number) + 1
    }
    total += count
  }
  const fill = Math.max(most, Math.ceil((2 * total) / MOST_PARTS))
  const parts: Part[] = []
  let from = 0
  let count = 0
  const end = (at: number) => {
    if (count > 0) parts.push({ from: range.from + from * width, to: range.from + at * width, count })
    from = at
    count = 0
  }
  counts.forEach((more, at) => {
    if (count + more > fill) end(at)
    count += more
  })
  end(RANGES)
  return parts
}

function deal(
  rows: () => Generator<KeyedRows>,
  range: { readonly from: number; readonly to: number },
  parts: readonly (Part & { readonly file: string })[],
): void {
  const width = widthOf(range)
  const partOf = new Int32Array(RANGES)
  parts.forEach((part, number) => {
    partOf.fill(number, (part.from - range.from) / width, (part.to - range.from) / width)
  })
  const files: number[] = []
  try {
    for (const { file } of parts) files.push(openSync(file, 'w'))
    const waiting = parts.map(() => new Float64Array(2 * TOGETHER))
    const filled = new Int32Array(parts.length)
    for (const { keys, identities, count } of rows()) {
      for (let i = 0; i < count; i += 1) {
        const key = keys[i] as number
        const number = partOf[Math.floor((key - range.from) / width)] as number
        const some = waiting[number] as Float64Array
        const at = filled[number] as number
        some[at] = key
        some[at + 1] = identities[i] as number
        filled[number] = at + 2
        if (at + 2 < some.length) continue
        writeAll(files[number] as number, some)
        filled[number] = 0
      }
    }
    waiting.forEach((some, number) => {
      writeAll(files[number] as number, some.subarray(0, filled[number]))
    })
  } finally {
    for (const file of files) closeSync(file)
  }
}

function* keyedBlocks(file: string, blocks: number, columns: Columns, keys: Keys): Generator<KeyedRows> {
  const from = openSync(file, 'r')
  try {
    for (let block = 0; block < blocks; block += 1) {
      columns.read(from)
      yield keys.ofRows(columns)
    }
  } finally {
    closeSync(from)
  }
}

function readPart(file: string, count: number, room: KeyedRows): KeyedRows {
  for (const rows of partBlocks(file, count, room)) return rows
  return room
}

/** The rows of a part, as many at once as there is room for. */
function* partBlocks(file: string, count: number, { keys, identities }: KeyedRows): Generator<KeyedRows> {
  const from = openSync(file, 'r')
  const some = new Float64Array(2 * TOGETHER)
  try {
    for (let done = 0; done < count; ) {
      const size = Math.min(keys.length, count - done)
      for (let at = 0; at < size; ) {
        const here = Math.min(TOGETHER, size - at)
        readAll(from, some.subarray(0, 2 * here))
        for (let i = 0; i < here; i += 1) {
          keys[at + i] = some[2 * i] as number
          identities[at + i] = some[2 * i + 1] as number
        }
        at += here
      }
      yield { keys, identities, count: size }
      done += size
    }
  } finally {
    closeSync(from)
  }
}

type Numbers = Int32Array | Uint32Array | Float64Array

function bytesOf({ buffer, byteOffset, byteLength }: Numbers): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

function writeAll(to: number, numbers: Numbers): void {
  const bytes = bytesOf(numbers)
  for (let at = 0; at < bytes.length; ) at += writeSync(to, bytes, at, bytes.length - at)
}

function readAll(from: number, numbers: Numbers): void {
  const bytes = bytesOf(numbers)
  for (let at = 0; at < bytes.length; ) {
    const read = readSync(from, bytes, at, bytes.length - at, null)
    if (read === 0) throw new Error('A file of rows ends before its rows do')
    at += read
  }
}
