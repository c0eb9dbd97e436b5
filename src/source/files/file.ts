import { createHash } from 'node:crypto'
import { createReadStream, type Stats } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { resolve, sep } from 'node:path'
import { pipeline, type Readable } from 'node:stream'
import { TextDecoder } from 'node:util'
import { createGunzip } from 'node:zlib'
import { Fault } from '../../platform/errors.ts'
import { nearestName } from '../../platform/nearest.ts'

export interface FoundFile {
  /** As the mapping names it. */
  readonly object: string
  readonly path: string
  readonly format: 'csv' | 'ndjson'
  readonly isZipped: boolean
  readonly size: number
  readonly mtimeMs: number
}

const FORMATS: Readonly<Record<string, FoundFile['format']>> = {
  csv: 'csv',
  tsv: 'csv',
  txt: 'csv',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
}

const ENDINGS = Object.keys(FORMATS).flatMap((ending) => [`.${ending}`, `.${ending}.gz`])

/** The file that a mapping names by its name in the folder, with or without its ending. */
export async function findFile(folder: string, object: string): Promise<FoundFile> {
  const root = resolve(folder)
  const candidates = endingOf(object) === null ? ENDINGS.map((ending) => object + ending) : [object]
  for (const name of candidates) {
    const path = resolve(root, name)
    if (!path.startsWith(root + sep)) throw outside(folder, object)
    const stats = await statOrNull(path)
    const ending = endingOf(name)
    if (stats === null || ending === null || !stats.isFile()) continue
    const { size, mtimeMs } = stats
    return { object, path, format: ending.format, isZipped: ending.isZipped, size, mtimeMs }
  }
  throw await missing(root, folder, object)
}

function endingOf(name: string): { readonly format: FoundFile['format']; readonly isZipped: boolean } | null {
  const match = /\.([a-z]+)(\.gz)?$/i.exec(name)
  const format = FORMATS[match?.[1]?.toLowerCase() ?? '']
  return format === undefined ? null : { format, isZipped: match?.[2] !== undefined }
}

async function statOrNull(path: string): Promise<Stats | null> {
  try {
    return await stat(path)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw unreadable(path, code ?? 'unreadable', error)
  }
}

function outside(folder: string, object: string): Fault {
  return new Fault('files-outside-folder', `"${object}" is not in the folder "${folder}"`, {
    blame: 'operator',
    hint: 'Name a file of that folder, or set the path of the source to another folder',
  })
}

async function missing(root: string, folder: string, object: string): Promise<Fault> {
  let names: readonly string[]
  try {
    names = await readdir(root)
  } catch (error) {
    return new Fault(
      'files-folder-missing',
      `The folder "${folder}" cannot be read (${codeOf(error) ?? 'unreadable'})`,
      {
        blame: 'operator',
        hint: `Looked at "${root}": set the path of the source to the folder that holds the files`,
        cause: error,
      },
    )
  }
  const readable = names.filter((name) => endingOf(name) !== null).sort()
  const nearest = nearestName(object, readable)
  const listed = readable.slice(0, 12).join(', ')
  const there =
    readable.length === 0
      ? `It holds no file ending in ${ENDINGS.join(', ')}`
      : `It holds ${listed}${readable.length > 12 ? ', …' : ''}`
  return new Fault('files-missing', `There is no file "${object}" in the folder "${folder}"`, {
    blame: 'operator',
    hint: nearest === null ? there : `Did you mean "${nearest}"? ${there}`,
  })
}

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'latin1'

/**
 * The text of a file, piece by piece, unzipped and without a byte order mark. Its encoding is the given one, else what
 * the mark says, else UTF-8.
 */
export async function* readText(file: FoundFile, encoding: Encoding | null): AsyncGenerator<string> {
  const raw = createReadStream(file.path)
  const bytes: Readable = file.isZipped ? pipeline(raw, createGunzip(), () => {}) : raw
  let decoder: TextDecoder | null = null
  try {
    for await (const piece of bytes as AsyncIterable<Buffer>) {
      decoder ??= new TextDecoder(encoding ?? encodingByMark(piece), { fatal: true })
      const text = decoder.decode(piece, { stream: true })
      if (text !== '') yield text
    }
    const rest = decoder?.decode() ?? ''
    if (rest !== '') yield rest
  } catch (error) {
    throw textFault(file, encoding, error)
  } finally {
    raw.destroy()
    await closed(raw)
  }
}

/** Destroying only begins to close a file. */
async function closed(stream: Readable): Promise<void> {
  if (stream.closed) return
  await new Promise<void>((resolve) => {
    stream.on('error', () => {})
    stream.once('close', resolve)
  })
}

function encodingByMark(piece: Buffer): Encoding {
  if (piece[0] === 0xff && piece[1] === 0xfe) return 'utf-16le'
  if (piece[0] === 0xfe && piece[1] === 0xff) return 'utf-16be'
  return 'utf-8'
}

function textFault(file: FoundFile, encoding: Encoding | null, error: unknown): unknown {
  const code = codeOf(error)
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
    return new Fault('files-encoding', `"${file.object}" is not written in ${encoding ?? 'UTF-8'}`, {
      blame: 'operator',
      hint: 'Set encoding: latin1 (or utf-16le) for this file in the source mapping, or save it as UTF-8',
      cause: error,
    })
  }
  return code === null ? error : unreadable(file.object, code, error)
}

function unreadable(name: string, code: string, cause: unknown): Fault {
  return new Fault('files-unreadable', `"${name}" cannot be read (${code})`, {
    blame: 'operator',
    hint: 'Check that the file is whole and that the user who runs this program may read it',
    cause,
  })
}

/** Of the bytes as they lie there, zipped ones too. */
export async function digestOf(file: FoundFile): Promise<string> {
  const hash = createHash('sha256')
  try {
    for await (const piece of createReadStream(file.path)) hash.update(piece)
  } catch (error) {
    throw unreadable(file.object, codeOf(error) ?? 'unreadable', error)
  }
  return hash.digest('hex')
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}
