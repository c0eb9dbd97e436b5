/** Bytes of names that lie together. */
const PIECE = 4 * 1024 * 1024
/** Longer names, and such as have letters of more than a byte, are held as texts. */
const LONGEST = 1024
/** A name's length stands before its bytes. */
const HEAD = 2

/**
 * Numbers for persons, in the order in which they were met. There may be millions: each is held as the bytes of the name and a
 * few numbers, which takes less than half of what a `Map` of texts does, and nothing that the collector has to go through.
 */
export class PersonNames {
  readonly #pieces: Uint8Array[] = []
  #used = PIECE
  /** By number, where a name lies; -1: it is among the others. */
  #starts = new Float64Array(1024)
  /** Hash and number plus one of a name, at the place of its hash or behind it. */
  #table = new Int32Array(2 * 2048)
  readonly #others = new Map<string, number>()
  readonly #otherNames = new Map<number, string>()
  size = 0

  of(name: string): number {
    const hash = name.length > LONGEST ? null : hashOf(name)
    if (hash === null) return this.#ofOther(name)
    const table = this.#table
    const mask = table.length / 2 - 1
    for (let place = hash & mask; ; place = (place + 1) & mask) {
      const number = (table[2 * place + 1] as number) - 1
      if (number === -1) return this.#add(name, hash, place)
      if (table[2 * place] === hash && this.#is(number, name)) return number
    }
  }

  /** About the memory that names take. */
  get bytes(): number {
    return this.#pieces.length * PIECE + this.#table.byteLength + this.#starts.byteLength + this.#others.size * 250
  }

  name(number: number): string {
    const start = this.#starts[number] as number
    if (start === -1) return this.#otherNames.get(number) as string
    const piece = this.#pieceAt(start)
    const at = start % PIECE
    return Buffer.from(piece.buffer, at + HEAD, lengthAt(piece, at)).toString('latin1')
  }

  /** By number, the number: an order as good as any where all names are at hand. */
  numbers(): Int32Array {
    return Int32Array.from({ length: this.size }, (_, number) => number)
  }

  /** By number of a name, its place among all of them. */
  ranks(): Int32Array {
    const inOrder = this.numbers().sort((a, b) => this.#compare(a, b))
    const ranks = new Int32Array(this.size)
    inOrder.forEach((number, rank) => {
      ranks[number] = rank
    })
    return ranks
  }

  /** As texts compare, without making any. */
  #compare(a: number, b: number): number {
    const startA = this.#starts[a] as number
    const startB = this.#starts[b] as number
    if (startA === -1 || startB === -1) return this.name(a) < this.name(b) ? -1 : 1
    const pieceA = this.#pieceAt(startA)
    const pieceB = this.#pieceAt(startB)
    const [atA, atB] = [startA % PIECE, startB % PIECE]
    const [lengthA, lengthB] = [lengthAt(pieceA, atA), lengthAt(pieceB, atB)]
    const both = HEAD + Math.min(lengthA, lengthB)
    for (let i = HEAD; i < both; i += 1) {
      const by = (pieceA[atA + i] as number) - (pieceB[atB + i] as number)
      if (by !== 0) return by
    }
    return lengthA - lengthB
  }

  #is(number: number, name: string): boolean {
    const start = this.#starts[number] as number
    const piece = this.#pieceAt(start)
    const at = start % PIECE
    if (lengthAt(piece, at) !== name.length) return false
    for (let i = 0; i < name.length; i += 1) if (piece[at + HEAD + i] !== name.charCodeAt(i)) return false
    return true
  }

  #pieceAt(start: number): Uint8Array {
    return this.#pieces[Math.floor(start / PIECE)] as Uint8Array
  }

  #add(name: string, hash: number, place: number): number {
    if (this.#used + HEAD + name.length > PIECE) {
      this.#pieces.push(new Uint8Array(PIECE))
      this.#used = 0
    }
    const at = this.#used
    const piece = this.#pieces[this.#pieces.length - 1] as Uint8Array
    piece[at] = name.length & 255
    piece[at + 1] = name.length >> 8
    for (let i = 0; i < name.length; i += 1) piece[at + HEAD + i] = name.charCodeAt(i)
    this.#used += HEAD + name.length
    const number = this.#newNumber((this.#pieces.length - 1) * PIECE + at)
    this.#table[2 * place] = hash
    this.#table[2 * place + 1] = number + 1
    if (4 * this.size > this.#table.length) this.#growTable()
    return number
  }

  #ofOther(name: string): number {
    const known = this.#others.get(name)
    if (known !== undefined) return known
    const number = this.#newNumber(-1)
    this.#others.set(name, number)
    this.#otherNames.set(number, name)
    return number
  }

  #newNumber(start: number): number {
    const number = this.size
    this.size += 1
    if (number === this.#starts.length) {
      const larger = new Float64Array(2 * number)
      larger.set(this.#starts)
      this.#starts = larger
    }
    this.#starts[number] = start
    return number
  }

  #growTable(): void {
    const table = this.#table
    const larger = new Int32Array(2 * table.length)
    const mask = table.length - 1
    for (let from = 0; from < table.length; from += 2) {
      if (table[from + 1] === 0) continue
      const hash = table[from] as number
      let place = hash & mask
      while (larger[2 * place + 1] !== 0) place = (place + 1) & mask
      larger[2 * place] = hash
      larger[2 * place + 1] = table[from + 1] as number
    }
    this.#table = larger
  }
}

function lengthAt(piece: Uint8Array, at: number): number {
  return (piece[at] as number) + 256 * (piece[at + 1] as number)
}

/** `null` where not every letter is one byte. */
function hashOf(name: string): number | null {
  let hash = 0x811c9dc5
  let all = 0
  for (let i = 0; i < name.length; i += 1) {
    const code = name.charCodeAt(i)
    all |= code
    hash = Math.imul(hash ^ code, 0x01000193)
  }
  hash ^= hash >>> 15
  hash = Math.imul(hash, 0x2c1b3c6d)
  return all > 255 ? null : hash ^ (hash >>> 13)
}
