import { readdirSync, readlinkSync } from 'node:fs'
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { createFilesSource } from '../../../src/source/files/files-source.ts'
import type { FieldValue } from '../../../src/source/source.ts'
import { sourceContract } from '../../contract/source-contract.ts'

const PAGE_SIZE = 3

type Rows = ReadonlyMap<string, readonly [FieldValue, FieldValue]>

const csv = (rows: Rows) =>
  [
    'key,Number,Note',
    ...[...rows].map(([key, cells]) => [key, ...cells].map((cell) => `"${cell ?? ''}"`).join(',')),
  ].join('\n')
const ndjson = (rows: Rows) =>
  [...rows].map(([key, [number, note]]) => JSON.stringify({ key, Number: number, Note: note })).join('\n')

const FILES: readonly { readonly object: string; readonly write: (rows: Rows) => string | Buffer }[] = [
  { object: 'things.csv', write: csv },
  { object: 'things.csv.gz', write: (rows) => gzipSync(csv(rows)) },
  { object: 'things.ndjson', write: ndjson },
]

for (const { object, write } of FILES) {
  sourceContract(`FilesSource with ${object}`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'boardsync-files-'))
    const rows = new Map<string, readonly [FieldValue, FieldValue]>()
    let seconds = 1_700_000_000
    const save = async () => {
      await writeFile(join(folder, object), write(rows))
      seconds += 1
      await utimes(join(folder, object), seconds, seconds)
    }
    return {
      source: createFilesSource({ name: 'files', folder, objects: { [object]: { id: 'key' } }, pageSize: PAGE_SIZE }),
      object,
      fields: ['Number', 'Note'],
      pageSize: PAGE_SIZE,
      put: async (records) => {
        for (const [key, cells] of Object.entries(records)) rows.set(key, cells)
        await save()
      },
      remove: async (key) => {
        rows.delete(key)
        await save()
      },
      held: () => openFilesIn(folder),
      [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
    }
  })
}

/** File handles of this process that lie in a folder, where the system tells. */
function openFilesIn(folder: string): number {
  const handles = '/proc/self/fd'
  try {
    return readdirSync(handles).filter((fd) => target(join(handles, fd)).startsWith(folder)).length
  } catch {
    return 0
  }
}

function target(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
