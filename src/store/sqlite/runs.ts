import { crc32 } from 'node:zlib'
import type { OpenPile } from './piles.ts'

/** One record, where it belongs. */
export interface Landed {
  readonly dossier: string
  readonly at: number
  readonly id: string
  /** UTF-8; good until the next one is asked for. */
  readonly body: Uint8Array
}

/** Records in the order of dossiers, one after the other in a pile. */
export interface Run {
  readonly kind: string
  readonly begins: number
  readonly bytes: number
  readonly checksum: number
}

/** A run that is not as it was written: the machine lost what it had not yet put on its disk, or somebody took the file away. */
export class DamagedRun extends Error {}

/** Lengths of dossier, id and body, and the stamp. */
const HEAD_BYTES = 3 * 4 + 8
/** For all windows together; one holds a few records in any case. */
const WINDOWS_BYTES = 8 * 1024 * 1024
const MOST_BYTES = 256 * 1024
const LEAST_BYTES = 4 * 1024

/** The bytes of a run, which is put in order. */
export function writeRun(records: Landed[]): { readonly bytes: Uint8Array; readonly checksum: number } {
  records.sort(inOrder)
  let most = 0
  for (const { dossier, id, body } of records) most += HEAD_BYTES + 3 * (dossier.length + id.length) + body.byteLength
  const bytes = Buffer.allocUnsafe(most)
  let end = 0
  for (const { dossier, at, id, body } of records) {
    const head = end
    end += HEAD_BYTES
    const dossierBytes = bytes.write(dossier, end)
    end += dossierBytes
    const idBytes = bytes.write(id, end)
    end += idBytes
    bytes.set(body, end)
    end += body.byteLength
    bytes.writeUInt32LE(dossierBytes, head)
    bytes.writeUInt32LE(idBytes, head + 4)
    bytes.writeUInt32LE(body.byteLength, head + 8)
    bytes.writeDoubleLE(at, head + 12)
  }
  const written = bytes.subarray(0, end)
  return { bytes: written, checksum: crc32(written) }
}

/** By dossier, stamp and id. Texts by their code units: where that is not the order of the store, it only writes more pages. */
function inOrder(a: Landed, b: Landed): number {
  if (a.dossier !== b.dossier) return a.dossier < b.dossier ? -1 : 1
  return a.at - b.at || (a.id < b.id ? -1 : 1)
}

/** The records of all runs in one order. Throws `DamagedRun` once a run proves not to be as it was written. */
export function* mergeRuns(pile: OpenPile, runs: readonly Run[]): Generator<Landed> {
  const window = Math.min(MOST_BYTES, Math.max(LEAST_BYTES, Math.floor(WINDOWS_BYTES / runs.length)))
  const heap = runs.map((run) => new Reader(pile, run, window)).filter((reader) => reader.next())
  for (let at = (heap.length >> 1) - 1; at >= 0; at -= 1) sink(heap, at)
  for (let first = heap[0]; first !== undefined; first = heap[0]) {
    yield first
    if (!first.next()) {
      const last = heap.pop() as Reader
      if (heap.length === 0) return
      heap[0] = last
    }
    sink(heap, 0)
  }
}

function sink(heap: Reader[], from: number): void {
  const sunk = heap[from] as Reader
  let at = from
  for (;;) {
    let least = 2 * at + 1
    if (least >= heap.length) break
    if (least + 1 < heap.length && inOrder(heap[least + 1] as Reader, heap[least] as Reader) < 0) least += 1
    if (inOrder(sunk, heap[least] as Reader) <= 0) break
    heap[at] = heap[least] as Reader
    at = least
  }
  heap[at] = sunk
}

/** Reads a run record by record. */
class Reader implements Landed {
  dossier = ''
  at = 0
  id = ''
  body: Uint8Array = new Uint8Array()
  readonly #pile: OpenPile
  readonly #run: Run
  /** Bytes of the run that were not read yet begin here. */
  #from: number
  #checksum = 0
  #window: Buffer
  #at = 0
  #end = 0

  constructor(pile: OpenPile, run: Run, window: number) {
    this.#pile = pile
    this.#run = run
    this.#from = run.begins
    this.#window = Buffer.allocUnsafeSlow(Math.min(window, run.bytes))
  }

  /** Goes on to the next record; false behind the last, when the whole run has proven to be as it was written. */
  next(): boolean {
    if (!this.#has(HEAD_BYTES)) {
      if (this.#at !== this.#end || this.#checksum !== this.#run.checksum) throw damaged(this.#run)
      return false
    }
    const head = this.#at
    const dossierBytes = this.#window.readUInt32LE(head)
    const idBytes = this.#window.readUInt32LE(head + 4)
    const bodyBytes = this.#window.readUInt32LE(head + 8)
    const whole = HEAD_BYTES + dossierBytes + idBytes + bodyBytes
    if (whole > this.#run.bytes || !this.#has(whole)) throw damaged(this.#run)
    // What was asked for may have moved to the front.
    const window = this.#window
    this.at = window.readDoubleLE(this.#at + 12)
    const dossierAt = this.#at + HEAD_BYTES
    const idAt = dossierAt + dossierBytes
    const bodyAt = idAt + idBytes
    this.dossier = window.toString('utf8', dossierAt, idAt)
    this.id = window.toString('utf8', idAt, bodyAt)
    this.#at = bodyAt + bodyBytes
    this.body = window.subarray(bodyAt, this.#at)
    return true
  }

  /** Whether so many bytes are left, which are then in the window. */
  #has(bytes: number): boolean {
    const held = this.#end - this.#at
    if (held >= bytes) return true
    const left = this.#run.begins + this.#run.bytes - this.#from
    if (held + left < bytes) return false
    if (bytes > this.#window.byteLength) {
      const larger = Buffer.allocUnsafeSlow(bytes)
      this.#window.copy(larger, 0, this.#at, this.#end)
      this.#window = larger
    } else this.#window.copy(this.#window, 0, this.#at, this.#end)
    this.#at = 0
    this.#end = held
    const wanted = Math.min(left, this.#window.byteLength - held)
    const into = this.#window.subarray(held, held + wanted)
    if (this.#pile.read(this.#from, into) < wanted) throw damaged(this.#run)
    this.#checksum = crc32(into, this.#checksum)
    this.#from += wanted
    this.#end += wanted
    return true
  }
}

function damaged({ begins, bytes }: Run): DamagedRun {
  return new DamagedRun(`What was put down at ${begins} (${bytes} bytes) is not what was written`)
}
