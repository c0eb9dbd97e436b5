import { crc32, deflateRawSync } from 'node:zlib'

/** A zip of some files, as exports come: every second stored, the others deflated. */
export function zipFiles(files: readonly { readonly name: string; readonly body: Buffer }[]): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const [i, { name, body }] of files.entries()) {
    const method = i % 2 === 0 ? 8 : 0
    const bytes = method === 8 ? deflateRawSync(body) : body
    const title = Buffer.from(name)
    const head = Buffer.alloc(30)
    head.writeUInt32LE(0x04034b50, 0)
    head.writeUInt16LE(20, 4)
    head.writeUInt16LE(method, 8)
    head.writeUInt32LE(crc32(body), 14)
    head.writeUInt32LE(bytes.length, 18)
    head.writeUInt32LE(body.length, 22)
    head.writeUInt16LE(title.length, 26)
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02014b50, 0)
    entry.writeUInt16LE(20, 4)
    entry.writeUInt16LE(20, 6)
    head.copy(entry, 8, 4, 30)
    entry.writeUInt16LE(method, 10)
    entry.writeUInt32LE(crc32(body), 16)
    entry.writeUInt32LE(bytes.length, 20)
    entry.writeUInt32LE(body.length, 24)
    entry.writeUInt16LE(title.length, 28)
    entry.fill(0, 30, 42)
    entry.writeUInt32LE(at, 42)
    parts.push(head, title, bytes)
    directory.push(entry, title)
    at += head.length + title.length + bytes.length
  }
  const list = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(files.length, 8)
  end.writeUInt16LE(files.length, 10)
  end.writeUInt32LE(list.length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...parts, list, end])
}
