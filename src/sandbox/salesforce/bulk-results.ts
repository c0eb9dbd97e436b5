import type { FaultRule, StreamedBody } from '../engine/engine.ts'
import { linesOf } from './bulk-csv.ts'
import { type DeflatedPiece, gzipBytes, gzipOf, inflatePiece, pieceOf } from './bulk-deflate.ts'
import { type Job, PIECE_ROWS } from './bulk-jobs.ts'
import { notFound } from './errors.ts'
import type { Org } from './org.ts'

/** One page of a job's results. */
export interface ResultPage {
  /** What its header counts. */
  readonly rows: number
  /** Of the page after this one, or `null`. */
  readonly next: string | null
  readonly body: StreamedBody
}

export interface PageRequest {
  /** From where on; `null`: from the first row. */
  readonly locator: string | null
  readonly maxRecords: number
  readonly isGzip: boolean
  /** `end-early` and `short-page` are heeded. */
  readonly rule: FaultRule | null
}

/** A piece of a page: whole stored pieces stay in the database until they are sent. */
interface Piece extends DeflatedPiece {
  readonly rows: number
}

/**
 * A page of results. The same locator and size give the same bytes as long as the job exists.
 *
 * A page has fewer rows than asked for when it would else be larger than a page may be.
 */
export function readPage(org: Org, job: Job, request: PageRequest): ResultPage {
  const from = request.locator === null ? 0 : placeOf(job, request.locator)
  const wanted = piecesOf(org, job, from, Math.min(job.rows, from + request.maxRecords))
  const rows = wanted.reduce((sum, piece) => sum + piece.rows, 0)
  const end = from + rows
  const next = end < job.rows ? locatorOf(job, end) : null
  const { rule } = request
  const sent = rule?.action === 'short-page' ? piecesOf(org, job, from, end - Number(rule.with?.rows ?? 1)) : wanted
  const pieces = [pieceOf(Buffer.from(job.header)), ...sent]
  const whole = rule?.action === 'end-early' ? cut(pieces, rule) : pieces
  return { rows, next, body: request.isGzip ? gzipBody(whole) : plainBody(whole) }
}

/** Locators of all pages of the server's own size, from one on. */
export function* locatorsFrom(job: Job, locator: string | null): Generator<string> {
  const first = locator === null ? 0 : placeOf(job, locator)
  for (let at = first; at === 0 || at < job.rows; at += job.page_rows) yield locatorOf(job, at)
}

function locatorOf(job: Job, place: number): string {
  return Buffer.from(`${job.n}-${place}`).toString('base64url')
}

function placeOf(job: Job, locator: string): number {
  const place = Number(Buffer.from(locator, 'base64url').toString().split('-')[1])
  const isPlace = place === 0 || place < job.rows
  if (!isPlace || locatorOf(job, place) !== locator) throw notFound()
  return place
}

/** The rows of a job from one place up to another, or fewer where they would be too much for a page. */
function piecesOf(org: Org, job: Job, from: number, to: number): Piece[] {
  const { db, limits } = org.engine
  if (to <= from) return []
  const stored = db
    .prepare(
      'SELECT n, rows, bytes, crc, length(deflated) AS size FROM sf_bulk_piece WHERE job = ? AND n >= ? AND n < ? ORDER BY n',
    )
    .all(job.n, Math.floor(from / PIECE_ROWS), Math.ceil(to / PIECE_ROWS)) as unknown as StoredPiece[]
  const pieces: Piece[] = []
  let bytes = 0
  for (const each of stored) {
    const first = Math.max(0, from - each.n * PIECE_ROWS)
    const last = Math.min(each.rows, to - each.n * PIECE_ROWS)
    const whole: Piece = { ...each, deflated: () => readDeflated(org, job, each.n) }
    const isWhole = first === 0 && last === each.rows
    const piece = isWhole ? whole : { rows: last - first, ...pieceOf(linesOf(textOf(whole), first, last)) }
    bytes += piece.bytes
    if (pieces.length > 0 && bytes > limits.get('salesforce.bulkPageBytes')) break
    pieces.push(piece)
  }
  return pieces
}

interface StoredPiece {
  readonly n: number
  readonly rows: number
  readonly bytes: number
  readonly crc: number
  readonly size: number
}

function readDeflated(org: Org, job: Job, n: number): Buffer {
  const found = org.engine.db.prepare('SELECT deflated FROM sf_bulk_piece WHERE job = ? AND n = ?').get(job.n, n) as
    | { deflated: Uint8Array }
    | undefined
  if (found === undefined) throw new Error(`Job ${job.id} was deleted while its results were read`)
  return Buffer.from(found.deflated.buffer, found.deflated.byteOffset, found.deflated.byteLength)
}

function textOf(piece: DeflatedPiece): Buffer {
  return inflatePiece(piece.deflated())
}

/** The first bytes of what the pieces hold: as many as the rule says, else half. */
function cut(pieces: readonly DeflatedPiece[], rule: FaultRule): DeflatedPiece[] {
  const bytes = pieces.reduce((sum, piece) => sum + piece.bytes, 0)
  let rest = Number(rule.with?.bytes ?? Math.floor(bytes / 2))
  const kept: DeflatedPiece[] = []
  for (const piece of pieces) {
    if (rest <= 0) break
    kept.push(piece.bytes <= rest ? piece : pieceOf(textOf(piece).subarray(0, rest)))
    rest -= piece.bytes
  }
  return kept
}

function gzipBody(pieces: readonly DeflatedPiece[]): StreamedBody {
  return { bytes: gzipBytes(pieces), pieces: () => gzipOf(pieces) }
}

function plainBody(pieces: readonly DeflatedPiece[]): StreamedBody {
  return {
    bytes: pieces.reduce((sum, piece) => sum + piece.bytes, 0),
    *pieces() {
      for (const piece of pieces) yield textOf(piece)
    },
  }
}
