import { constants, crc32, deflateRawSync, inflateRawSync } from 'node:zlib'

/** A piece of text as it goes into a gzip stream: pieces can be put one after the other in any order. */
export interface DeflatedPiece {
  /** Of the text. */
  readonly bytes: number
  readonly crc: number
  /** Length of what `deflated` answers. */
  readonly size: number
  deflated(): Buffer
}

const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255])
/** An empty block that says it is the last one. */
const LAST_BLOCK = Buffer.from([3, 0])

/** Compresses for speed. The piece ends on a byte and refers to nothing before it. */
export function deflatePiece(text: Buffer): Buffer {
  return deflateRawSync(text, { level: 1, finishFlush: constants.Z_SYNC_FLUSH })
}

export function inflatePiece(deflated: Uint8Array): Buffer {
  return inflateRawSync(deflated, { finishFlush: constants.Z_SYNC_FLUSH })
}

/** How many bytes `gzipOf` makes of the pieces. */
export function gzipBytes(pieces: readonly DeflatedPiece[]): number {
  return pieces.reduce((sum, piece) => sum + piece.size, GZIP_HEADER.length + LAST_BLOCK.length + 8)
}

/** One gzip stream of pieces that were compressed before: nothing is compressed again. */
export function* gzipOf(pieces: Iterable<DeflatedPiece>): Generator<Buffer> {
  yield GZIP_HEADER
  let crc = 0
  let bytes = 0
  for (const piece of pieces) {
    yield piece.deflated()
    crc = combineCrc(crc, piece.crc, piece.bytes)
    bytes += piece.bytes
  }
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(crc, 0)
  trailer.writeUInt32LE(bytes % 2 ** 32, 4)
  yield Buffer.concat([LAST_BLOCK, trailer])
}

export function pieceOf(text: Buffer): DeflatedPiece {
  const deflated = deflatePiece(text)
  return { bytes: text.length, crc: crc32(text), size: deflated.length, deflated: () => deflated }
}

const POLYNOMIAL = 0xedb88320
const ONE = 0x80000000
/** x to the power of 2^n, modulo the polynomial of CRC-32. */
const POWERS: number[] = [0x40000000]
for (let n = 1; n < 32; n++) POWERS.push(multiply(POWERS[n - 1] as number, POWERS[n - 1] as number))

/** The CRC-32 of two texts together, from that of each and the length of the second. */
export function combineCrc(first: number, second: number, secondBytes: number): number {
  let shift = ONE
  // Eight bits to a byte: the powers begin at 2^3.
  for (let n = 3, rest = secondBytes; rest > 0; n++, rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) shift = multiply(POWERS[n % 32] as number, shift)
  }
  return (multiply(shift, first) ^ second) >>> 0
}

/** The product of two polynomials over GF(2), bits reversed as CRC-32 has them. */
function multiply(a: number, b: number): number {
  let product = 0
  let factor = b
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= factor
    factor = (factor & 1) === 0 ? factor >>> 1 : (factor >>> 1) ^ POLYNOMIAL
  }
  return product >>> 0
}
