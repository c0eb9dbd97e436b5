import { Fault } from '../../platform/errors.ts'
import type { Connection } from './connection.ts'
import type { Dossiers } from './dossiers.ts'
import { bytesOf, idsOf, type PageColumns, parentIdOf } from './entry-columns.ts'
import type { Piles } from './piles.ts'
import { DamagedRun, type Landed, mergeRuns, type Run, writeRun } from './runs.ts'

export type Landing = ReturnType<typeof landing>

/** What is put down until the log is written back: while that takes its few hundredths of a second, a reader reads on. */
const WRITTEN_BACK_EACH = 8 * 1024 * 1024
/** Rows of one statement: a call for each would take half as long again. */
const ROWS = 16
const ROWS_BYTES = 256 * 1024

type RunRow = Run & { readonly pile: number; readonly stream: number }

/**
 * Records of a first read are put down as they come, a page at a time and each page in the order of dossiers, in a file
 * beside the store (`piles.ts`); the store itself keeps where, with the place of each record. Before anybody looks or
 * writes there, all of them are brought to their dossiers at once, in one order. One by one, each page would write to as
 * many pages of the store as it holds records, for records come in no order of dossiers: ten times the bytes. In a table
 * of the store they would be written four times, and sorted through files of SQLite's own.
 *
 * Until then they are in `raw`, and in no dossier. A read that dies in between leaves them where they are. The file is not
 * forced onto the disk: where a power cut took some of it, or somebody the whole, the first read begins anew.
 */
export function landing(connection: Connection, dossiers: Dossiers, piles: Piles) {
  const any = connection.one<RunRow>('select * from landed_run limit 1')
  const last = connection.one<RunRow>('select * from landed_run order by num desc limit 1')
  const all = connection.many<RunRow>('select * from landed_run order by num')
  const addRun = connection.put(
    'insert into landed_run (pile, stream, kind, begins, bytes, checksum) values (?, ?, ?, ?, ?, ?)',
  )
  const clear = connection.run('delete from landed_run')
  // A record below a parent shares its dossier with it: the parent's, or the one that it would head.
  const addPlace = connection.one<{ dossier: string }>(
    `insert into place (kind, id, source, at, parent_kind, parent_id, dossier) values (?1, ?2, ?3, ?4, ?5, ?6,
       case when ?5 is null then ?1 || ':' || ?2
         else coalesce((select dossier from place where kind = ?5 and id = ?6), ?5 || ':' || ?6) end)
       returning dossier`,
  )
  const isPlaced = connection.one<{ one: number }>('select 1 as one from place where kind = ? limit 1')
  const isStored = connection.one<{ one: number }>(
    'select 1 as one from json_each(?) as wanted cross join raw on raw.stream = ? and raw.id = wanted.value limit 1',
  )
  // Whose parent came before it: children wait for the records that land, or merges lead elsewhere.
  const isEntangled = connection.one<{ one: number }>(
    `select 1 as one where exists (select 1 from merge) or exists (select 1 from link)
       or exists (select 1 from record where dossier > ?1 || ':' and dossier < ?1 || ';')
       or exists (select 1 from place where parent_kind = ?1 and dossier <> parent_kind || ':' || parent_id)`,
  )
  const addRecords = (rows: number) =>
    connection.put(
      `insert or fail into record (dossier, kind, at, id, body) values ${Array(rows).fill('(?, ?, ?, ?, cast(? as text))')}`,
    )
  const addRecord = addRecords(1)
  const addSixteen = addRecords(ROWS)
  const forgetRejections = connection.run(
    `delete from rejection where exists
       (select 1 from stream where num = ? and stream.source = rejection.source and stream.kind = rejection.kind)`,
  )
  const forgetRaw = connection.run('delete from raw where stream = ?')
  const forgetMapped = connection.run('delete from stream_mapping where stream = ?')
  const beginAnew = connection.run(
    `update stream set cursor = null, snapshot = 0, mapped = 0, rejected = 0, deleted = 0, rejected_values = 0, seen = 0
       where num = ?`,
  )
  const forgetPlaces = connection.run('delete from place where kind = ?')
  const forgetKeys = connection.run('delete from match_key where kind = ?')

  /** Bytes that were put down since the log was written back. */
  let logged = 0

  /** Brings what lies in a pile to its dossiers; part of a write. */
  function bringHome(runs: readonly RunRow[], { pile, kind }: RunRow): void {
    const bodies = Buffer.allocUnsafeSlow(ROWS_BYTES)
    let used = 0
    let rows: (string | number | Uint8Array)[] = []
    const flush = () => {
      if (rows.length === ROWS * 5) addSixteen(...rows)
      else for (let at = 0; at < rows.length; at += 5) addRecord(...rows.slice(at, at + 5))
      rows = []
      used = 0
    }
    let dossier = ''
    const mark = dossiers.marker()
    using opened = piles.open(pile)
    for (const landed of mergeRuns(opened, runs)) {
      if (landed.dossier !== dossier) {
        dossier = landed.dossier
        mark(dossier)
      }
      let { body } = landed
      if (used + body.byteLength > ROWS_BYTES) flush()
      if (body.byteLength > ROWS_BYTES) addRecord(dossier, kind, landed.at, landed.id, body)
      else {
        bodies.set(body, used)
        body = bodies.subarray(used, used + body.byteLength)
        used += body.byteLength
        rows.push(dossier, kind, landed.at, landed.id, body)
        if (rows.length === ROWS * 5) flush()
      }
    }
    flush()
  }

  return {
    /** Whether a page can be put down: of a first read, each record new, and nothing in it that others can hang on. */
    takes({ snapshot, stream, columns }: PageColumns, num: number): boolean {
      const { ats, places, deleted } = columns
      if (!snapshot || ats.length === 0 || deleted.size > 0) return false
      const other = any()
      // While records of this stream are put down, those of its kind that have a place are its own.
      if (other === undefined ? isPlaced(stream.kind) !== undefined : other.stream !== num) return false
      if (places.some(({ as, kind }) => as === 'context' || kind === stream.kind)) return false
      if (isEntangled(stream.kind) !== undefined) return false
      const ids = idsOf(columns)
      return new Set(ids).size === ids.length && isStored(JSON.stringify(ids), num) === undefined
    },

    /** Part of a write: puts the records of such a page down, those that `which` tells. */
    put(
      { num, source, kind }: { readonly num: number; readonly source: string; readonly kind: string },
      columns: PageColumns['columns'],
      ids: readonly string[],
      which: readonly number[],
    ): void {
      if (which.length === 0) return
      const { ats, places, placed } = columns
      const records = which.map((nth): Landed => {
        const id = ids[nth] as string
        const at = ats[nth] as number
        const parentKind = places[placed[nth] as number]?.kind ?? null
        const place = addPlace(kind, id, source, at, parentKind, parentIdOf(columns, nth))
        return { dossier: place?.dossier ?? '', at, id, body: bytesOf(columns, nth, 3) }
      })
      const { bytes, checksum } = writeRun(records)
      const before = last()
      const pile = before?.pile ?? connection.next('pile')
      if (before === undefined) piles.removeAllBut(pile)
      const begins = before === undefined ? 0 : before.begins + before.bytes
      piles.append(pile, begins, bytes)
      addRun(pile, num, kind, begins, bytes.byteLength, checksum)
    },

    /** Part of a write: brings everything that was put down to its dossier. */
    settle(): void {
      const found = any()
      if (found === undefined) return
      const { pile } = found
      try {
        bringHome(all(), found)
      } catch (error) {
        if (error instanceof DamagedRun || isAbsent(error)) throw lost(found.kind, error)
        throw error
      }
      clear()
      connection.afterWrite(() => piles.remove(pile))
    },

    /** Whether something went wrong because what was put down is not there any more. */
    isLost: (error: unknown): boolean => error instanceof Fault && error.code === LOST,

    /** Forgets what was put down, and that anything of its stream was ever read. */
    forget(): void {
      const found = any()
      if (found === undefined) return
      connection.write(() => {
        forgetRejections(found.stream)
        forgetRaw(found.stream)
        forgetMapped(found.stream)
        beginAnew(found.stream)
        forgetPlaces(found.kind)
        forgetKeys(found.kind)
        clear()
        connection.afterWrite(() => piles.remove(found.pile))
      })
    },

    /**
     * After a page was put down. Rows that are only added are written back but once, however often that is done; a log that
     * stays short is also sooner looked through when everything is brought to its dossier.
     */
    written({ text }: PageColumns['columns']): void {
      logged += text.byteLength
      if (logged < WRITTEN_BACK_EACH) return
      connection.writeBackLog()
      logged = 0
    },

    isEmpty: (): boolean => any() === undefined,
  }
}

const LOST = 'store-landing-lost'

function lost(kind: string, cause: unknown): Fault {
  return new Fault(
    LOST,
    `The records of kind ${kind} that a first read had put down beside the store are not there as they were written; what that read had delivered is forgotten`,
    {
      blame: 'operator',
      hint: 'Run the command again: they are read again from their source. Move or copy a store with all files that begin with its name',
      cause,
    },
  )
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
