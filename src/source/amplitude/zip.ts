import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { pipeline, type Readable } from 'node:stream'
import { createInflateRaw } from 'node:zlib'

/** A file of a zip: where its bytes begin, and how they are kept. */
export interface ZipEntry {
  readonly name: string
  readonly method: number
  readonly at: number
  readonly bytes: number
}

/** The file is no zip, or it ends early. */
export class BadZip extends Error {}

const END = 0x06054b50
const END_64 = 0x06064b50
const DIRECTORY = 0x02014b50
const LOCAL = 0x04034b50
const MOST_32 = 0xffffffff

/** The files of a zip by its directory, which stands at the end; so one that ends early is found out before it is read. */
export async function zipEntries(file: string): Promise<ZipEntry[]> {
  await using handle = await open(file)
  const { size } = await handle.stat()
  const { at, bytes, count } = await directoryOf(handle, size)
  const directory = await readAt(handle, at, bytes)
  const entries: ZipEntry[] = []
  for (let i = 0, from = 0; i < count; i += 1) {
    if (directory.readUInt32LE(from) !== DIRECTORY) throw new BadZip()
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) => directory.readUInt16LE(from + field)) as [
      number,
      number,
      number,
    ]
    const name = directory.toString('utf8', from + 46, from + 46 + nameBytes)
    const extra = directory.subarray(from + 46 + nameBytes, from + 46 + nameBytes + extraBytes)
    const large = extra64(extra, directory, from)
    const local = await readAt(handle, large.at, 30)
    if (local.readUInt32LE(0) !== LOCAL) throw new BadZip()
    const begins = large.at + 30 + local.readUInt16LE(26) + local.readUInt16LE(28)
    entries.push({ name, method: directory.readUInt16LE(from + 10), at: begins, bytes: large.bytes })
    from += 46 + nameBytes + extraBytes + commentBytes
  }
  return entries
}

/** The bytes of a file of a zip as they were before it was zipped. */
export function readEntry(file: string, { at, bytes, method }: ZipEntry): Readable {
  if (bytes === 0) return createReadStream(file, { start: at, end: at }).take(0)
  const raw = createReadStream(file, { start: at, end: at + bytes - 1 })
  if (method === 0) return raw
  if (method !== 8) throw new BadZip()
  return pipeline(raw, createInflateRaw(), () => {})
}

async function directoryOf(handle: FileHandle, size: number) {
  const tail = await readAt(handle, Math.max(0, size - 66_000), Math.min(size, 66_000))
  let at = tail.length - 22
  while (at >= 0 && tail.readUInt32LE(at) !== END) at -= 1
  if (at < 0) throw new BadZip()
  const plain = { count: tail.readUInt16LE(at + 10), bytes: tail.readUInt32LE(at + 12), at: tail.readUInt32LE(at + 16) }
  if (plain.at !== MOST_32 && plain.count !== 0xffff) return plain
  // Of more than 4 GB, or 65,535 files, another end stands before this one.
  const before = at - 20 >= 0 ? Number(tail.readBigUInt64LE(at - 20 + 8)) : -1
  const large = before < 0 ? Buffer.alloc(0) : await readAt(handle, before, 56)
  if (large.length < 56 || large.readUInt32LE(0) !== END_64) throw new BadZip()
  return {
    count: Number(large.readBigUInt64LE(32)),
    bytes: Number(large.readBigUInt64LE(40)),
    at: Number(large.readBigUInt64LE(48)),
  }
}

/** Size and place of a file; where they are too large for the directory's own fields they stand in the extra ones. */
function extra64(extra: Buffer, directory: Buffer, from: number): { bytes: number; at: number } {
  let bytes = directory.readUInt32LE(from + 20)
  let at = directory.readUInt32LE(from + 42)
  const isWhole = directory.readUInt32LE(from + 24) !== MOST_32
  for (let i = 0; i + 4 <= extra.length; i += 4 + extra.readUInt16LE(i + 2)) {
    if (extra.readUInt16LE(i) !== 1) continue
    let field = i + 4 + (isWhole ? 0 : 8)
    if (bytes === MOST_32) {
      bytes = Number(extra.readBigUInt64LE(field))
      field += 8
    }
    if (at === MOST_32) at = Number(extra.readBigUInt64LE(field))
  }
  return { bytes, at }
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, position)
  if (bytesRead < length) throw new BadZip()
  return buffer
}
