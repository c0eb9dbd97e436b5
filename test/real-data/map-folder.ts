import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { loadMappingFiles } from '../../src/mapping/load.ts'
import { parseMappings } from '../../src/mapping/parse.ts'
import { createZone } from '../../src/platform/zone.ts'
import { createFilesSource } from '../../src/source/files/files-source.ts'
import { readCsv } from './read-csv.ts'

export interface Mapped {
  readonly source: string
  readonly kind: string
  readonly object: string
  /** Where the file lies. */
  readonly folder: string
  readonly read: number
  /** Records rejected as a whole. */
  readonly rejected: number
  readonly bodies: readonly Readonly<Record<string, unknown>>[]
  /** `field code`, one for each value that could not be read. */
  readonly unreadable: readonly string[]
}

/** Reads every file that a mapping folder names through the files source, and maps every record. */
export async function mapFolder(folder: string): Promise<Mapped[]> {
  const { mappings, problems } = parseMappings(await loadMappingFiles(folder), {})
  if (mappings === null) throw new Error(JSON.stringify(problems))
  const zone = createZone(mappings.model.timeZone)
  const all: Mapped[] = []
  for (const mapping of mappings.sources) {
    const place = path.resolve(path.dirname(mapping.file), mapping.path ?? '.')
    const objects = Object.fromEntries(mapping.records.map((record) => [record.object, record.reading]))
    const source = createFilesSource({ name: mapping.source, folder: place, objects })
    for (const record of mapping.records) {
      const bodies: Record<string, unknown>[] = []
      const unreadable: string[] = []
      let read = 0
      let rejected = 0
      for await (const page of source.read({ object: record.object, fields: record.reads, where: null, after: null })) {
        for (const raw of page.records) {
          if (raw.kind === 'deleted') continue
          read += 1
          const mapped = record.map(raw, zone)
          if (mapped.record === null) rejected += 1
          else {
            bodies.push(JSON.parse(mapped.record.body))
            unreadable.push(...mapped.rejections.map(({ field, code }) => `${field} ${code}`))
          }
        }
      }
      all.push({
        source: mapping.source,
        kind: record.kind,
        object: record.object,
        folder: place,
        read,
        rejected,
        bodies,
        unreadable,
      })
    }
  }
  return all
}

/** A raw file as a table `raw`, every value as text, read by no code of the product. */
export function rawTable(file: string): DatabaseSync {
  const rows = readCsv(file)
  const columns = Object.keys(rows[0] ?? {})
  const db = new DatabaseSync(':memory:')
  db.exec(`CREATE TABLE raw (${columns.map((name) => `"${name}" TEXT`).join(', ')})`)
  const insert = db.prepare(`INSERT INTO raw VALUES (${columns.map(() => '?').join(', ')})`)
  for (const row of rows) insert.run(...columns.map((name) => row[name] ?? ''))
  return db
}

/** The mapped records of a kind as a table `ours`. */
export function ourTable({ bodies }: Pick<Mapped, 'bodies'>): DatabaseSync {
  const columns = [...new Set(bodies.flatMap((body) => Object.keys(body)))]
  const db = new DatabaseSync(':memory:')
  db.exec(`CREATE TABLE ours (${columns.map((name) => `"${name}"`).join(', ')})`)
  const insert = db.prepare(`INSERT INTO ours VALUES (${columns.map(() => '?').join(', ')})`)
  for (const body of bodies)
    insert.run(
      ...columns.map((name) =>
        typeof body[name] === 'boolean' ? Number(body[name]) : ((body[name] ?? null) as string | number | null),
      ),
    )
  return db
}

export function rows(db: DatabaseSync, sql: string): Record<string, unknown>[] {
  return db
    .prepare(sql)
    .all()
    .map((row) => ({ ...row }))
}
