import type { Cursor } from '../../source/source.ts'
import type { MappingResult, PageCounts, RawRecord, Store, Stream, SweepState, SweptPage } from '../store.ts'
import type { Connection } from './connection.ts'
import { misuse } from './faults.ts'
import { type PackedPage, packedPage, type RowPage, rowPage } from './pages.ts'
import type { RawRow, StreamRow, Writing } from './records.ts'

interface SweepRow {
  readonly request: string | null
  readonly cursor: string | null
  readonly is_read: number
  readonly began_at: number
  readonly swept_at: number | null
}

/** How raw records are written, whatever brought them. */
export interface RawWriter {
  streamOf(source: string, kind: string): StreamRow | undefined
  numOfMapping(digest: string): number
  rawOf(stream: number, id: string): RawRow | undefined
  begin(stream: StreamRow): Writing
  keep(
    writing: Writing,
    old: RawRow | undefined,
    raw: RawRecord,
    mapped: MappingResult,
    mapping: number,
    seen: number,
  ): void
  bury(writing: Writing, id: string, changedAt: string, mergedInto: string | null): void
  finish(writing: Writing): PageCounts
}

/** Sweeps: where they stand, and what they have seen. */
export function sweeps(connection: Connection, writer: RawWriter) {
  const sweepOf = connection.one<SweepRow>(
    'select request, cursor, is_read, began_at, swept_at from sweep where stream = ?',
  )
  const begin = connection.run(
    `insert into sweep (stream, request, began_at) values (?, ?, ?)
       on conflict do update set request = excluded.request, cursor = null, is_read = 0, began_at = excluded.began_at`,
  )
  const move = connection.run('update sweep set cursor = ?, is_read = ? where stream = ?')
  const end = connection.run(
    `insert into sweep (stream, swept_at) values (?1, ?2)
       on conflict do update set request = null, cursor = null, is_read = 0, swept_at = coalesce(?2, began_at)`,
  )
  const forget = connection.run('delete from swept where stream = ?')
  const forgetGone = connection.run('delete from swept where stream = ? and gone = 1')
  // The index on ids tells the number: the record itself is not touched.
  const see = connection.run(
    `insert into swept (stream, raw, gone) select stream, num, 0 from raw where stream = ? and id = ?
       on conflict do update set gone = 0 where gone = 1`,
  )
  const miss = connection.run(
    `insert or replace into swept (stream, raw, gone)
       select stream, num, 1 from raw where stream = ? and id = ? and state <> 'deleted'`,
  )
  const unswept = connection.many<{ id: string }>(
    `select id from raw where stream = ? and id > ? and state <> 'deleted'
       and not exists (select 1 from swept where swept.stream = raw.stream and swept.raw = raw.num)
       order by id limit ?`,
  )
  const gone = connection.many<{ id: string; changed_at: string }>(
    `select id, changed_at from swept cross join raw on raw.num = swept.raw
       where swept.stream = ? and gone = 1 order by id`,
  )
  const countGone = connection.one<{ n: number }>('select count(*) as n from swept where stream = ? and gone = 1')
  const rawByIdPage = packedPage(
    connection,
    `select json_quote(raw.id) || ',' || json_quote(changed_at) as head, fields as body, raw.id as last
       from json_each(?) as wanted cross join raw on raw.stream = ? and raw.id = wanted.value
       where state <> 'deleted' limit ?`,
  )

  function numOf({ source, kind }: Stream): number {
    return writer.streamOf(source, kind)?.num ?? -1
  }

  function stateOf(stream: number): SweepState {
    const row = sweepOf(stream)
    if (row === undefined) return { underWay: null, sweptAt: null }
    const { request, is_read, began_at, swept_at } = row
    const cursor = row.cursor as Cursor | null
    return {
      underWay: request === null ? null : { request, cursor, isRead: is_read === 1, beganAt: began_at },
      sweptAt: swept_at,
    }
  }

  /** Part of a write. `at`: `null` for when it began. */
  function endAt(stream: number, at: number | null): void {
    forget(stream)
    end(stream, at)
  }

  return {
    endAt,

    sweepState: (of: Stream): SweepState => stateOf(numOf(of)),

    beginSweep(of: Stream, request: string, now: number): void {
      connection.write(() => {
        const stream = numOf(of)
        if (stream === -1) throw noSweep(of, 'was never read')
        forget(stream)
        begin(stream, request, now)
      })
    },

    rawByIdPage: (of: Stream, ids: readonly string[]): PackedPage =>
      rawByIdPage([JSON.stringify([...new Set(ids)]), numOf(of)], ids.length + 1),

    saveSwept(page: SweptPage): PageCounts {
      return connection.write(() => {
        const { source, kind } = page.stream
        const stream = writer.streamOf(source, kind)
        if (stream === undefined || stateOf(stream.num).underWay === null) throw noSweep(page.stream, 'has no sweep')
        const { num } = stream
        const writing = writer.begin({ ...stream })
        const mapping = writer.numOfMapping(page.mapping)
        for (const entry of page.entries) {
          const old = writer.rawOf(num, entry.id)
          writer.keep(writing, old, entry, entry, mapping, old?.seen ?? 0)
          see(num, entry.id)
        }
        for (const id of page.same) see(num, id)
        for (const id of page.gone) miss(num, id)
        writing.counts.read += page.same.length + page.entries.length
        writing.counts.unchanged += page.same.length
        if (page.read !== null) move(page.read.cursor, page.read.isLast ? 1 : 0, num)
        return writer.finish(writing)
      })
    },

    unsweptPage(of: Stream, after: string, limit: number): RowPage<string, string> {
      const stream = numOf(of)
      const ids = stateOf(stream).underWay === null ? [] : unswept(stream, after, limit).map(({ id }) => id)
      return rowPage(ids, limit, (id) => id)
    },

    forgetGone(of: Stream): void {
      connection.write(() => forgetGone(numOf(of)))
    },

    finishSweep(
      of: Stream,
      options: { readonly dryRun?: boolean } | undefined,
    ): Awaited<ReturnType<Store['finishSweep']>> {
      const work = (): Awaited<ReturnType<Store['finishSweep']>> => {
        const stream = writer.streamOf(of.source, of.kind)
        const held = stream === undefined ? 0 : stream.mapped + stream.rejected
        if (stream === undefined || stateOf(stream.num).underWay === null) return { gone: 0, held }
        if (options?.dryRun === true) return { gone: countGone(stream.num)?.n ?? 0, held }
        const writing = writer.begin({ ...stream })
        for (const { id, changed_at } of gone(stream.num)) writer.bury(writing, id, changed_at, null)
        endAt(stream.num, null)
        return { gone: writer.finish(writing).deleted, held }
      }
      return options?.dryRun === true ? work() : connection.write(work)
    },
  }
}

function noSweep({ source, kind }: Stream, problem: string) {
  return misuse(
    'no-sweep',
    `The stream of ${kind} from ${source} ${problem}, so nothing of it can be swept`,
    'Begin a sweep of it first',
  )
}
