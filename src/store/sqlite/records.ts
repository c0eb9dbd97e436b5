import type { Cursor } from '../../source/source.ts'
import type {
  MappingResult,
  PageCounts,
  RawState,
  ReadState,
  Rejection,
  RemappedEntry,
  Store,
  Stream,
  StreamCounts,
} from '../store.ts'
import type { Connection } from './connection.ts'
import type { Dossiers } from './dossiers.ts'
import {
  assertAllJoinable,
  type EntryColumns,
  fromEntryColumns,
  NO_RECORD,
  type PageColumns,
  textOf,
} from './entry-columns.ts'
import type { Landing } from './landing.ts'
import type { Keys } from './matching.ts'
import { assertJoinable, type PackedPage, packedPage, rowPage } from './pages.ts'
import type { Placement, Touched } from './placement.ts'
import { sweeps } from './sweeps.ts'

export interface StreamRow {
  num: number
  source: string
  kind: string
  object: string
  cursor: string | null
  request: string
  snapshot: number
  snapshot_num: number
  /** Of a snapshot read: how many records that are held it has contained so far. */
  seen: number
  mapping: number
  at: number
  mapped: number
  rejected: number
  deleted: number
  rejected_values: number
}

export interface RawRow {
  readonly num: number
  readonly state: RawState
  readonly changed_at: string
  readonly mapping: number
  readonly seen: number
  readonly rejections: number
  readonly merged_into: string | null
  readonly fields: string
}

/** One write in hand: the stream as it will be, and what is gathered until the end. */
export interface Writing {
  readonly stream: StreamRow
  readonly touched: Touched
  readonly counts: { -readonly [name in keyof PageCounts]: number }
  /** By mapping number: how many live raw records more or fewer. */
  readonly mappedWith: Map<number, number>
}

export function records(connection: Connection, dossiers: Dossiers, place: Placement, landing: Landing, keys: Keys) {
  const streamOf = connection.one<StreamRow>('select * from stream where source = ? and kind = ?')
  const addStream = connection.run('insert into stream (source, kind, object) values (?, ?, ?)')
  const saveStream = connection.run(
    `update stream set object = ?, cursor = ?, request = ?, snapshot = ?, snapshot_num = ?, seen = ?, mapping = ?,
       at = ?, mapped = ?, rejected = ?, deleted = ?, rejected_values = ? where num = ?`,
  )
  const forget = connection.run('update stream set cursor = null, snapshot = 0 where source = ? and kind = ?')
  const allStreams = connection.many<StreamRow & { swept_at: number | null }>(
    'select stream.*, swept_at from stream left join sweep on sweep.stream = stream.num order by source, kind',
  )

  const addMapping = connection.run('insert or ignore into mapping (digest) values (?)')
  const mappingNum = connection.one<{ num: number }>('select num from mapping where digest = ?')
  const countMapped = connection.run(
    `insert into stream_mapping (stream, mapping, records) values (?, ?, ?)
       on conflict do update set records = records + excluded.records`,
  )
  const digestsInUse = connection.many<{ digest: string }>(
    `select digest from stream_mapping join mapping on mapping.num = stream_mapping.mapping
       where stream = ? and records > 0 order by digest`,
  )
  const digestOf = connection.one<{ digest: string }>('select digest from mapping where num = ?')

  const rawOf = connection.one<RawRow>(
    `select num, state, changed_at, mapping, seen, rejections, merged_into, fields from raw where stream = ? and id = ?`,
  )
  const addRaw = connection.run(
    `insert into raw (stream, id, state, changed_at, mapping, seen, rejections, fields) values (?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const addLandedRaw = connection.put(
    `insert into raw (stream, id, state, changed_at, mapping, seen, rejections, fields)
       values (?, ?, ?, cast(? as text), ?, ?, ?, cast(? as text))`,
  )
  const updateRaw = connection.run(
    `update raw set state = ?, changed_at = ?, mapping = ?, seen = ?, rejections = ?, merged_into = null, fields = ?
       where num = ?`,
  )
  const markSeen = connection.run('update raw set seen = ? where num = ?')
  const buryRaw = connection.run(
    `update raw set state = 'deleted', changed_at = ?, rejections = 0, merged_into = ?, fields = '' where num = ?`,
  )
  const setMergedInto = connection.run('update raw set merged_into = ? where num = ?')
  const unseen = connection.many<{ id: string; changed_at: string }>(
    `select id, changed_at from raw where stream = ? and seen <> ? and state <> 'deleted' order by id`,
  )
  const rawPage = packedPage(
    connection,
    `select json_quote(id) || ',' || json_quote(changed_at) as head, fields as body, id as last
       from raw where stream = ? and id > ? and state <> 'deleted' order by id limit ?`,
  )
  const rawAnywhere = connection.one<RawRow & { source: string; object: string; id: string }>(
    `select raw.*, source, object from stream cross join raw on raw.stream = stream.num
       where kind = ? and raw.id = ? order by state = 'deleted', state = 'rejected', source limit 1`,
  )

  const rejectionsOf = connection.many<Rejection>(
    `select field, origin as "from", value, code, reason from rejection
       where source = ? and kind = ? and id = ? order by seq`,
  )
  const dropRejections = connection.run('delete from rejection where source = ? and kind = ? and id = ?')
  const addRejection = connection.run(
    `insert into rejection (source, kind, id, seq, field, origin, value, code, reason) values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const rejectionPage = connection.many<Rejection & { source: string; kind: string; id: string; seq: number }>(
    `select source, kind, id, seq, field, origin as "from", value, code, reason from rejection
       where (source, kind, id, seq) > (?, ?, ?, ?) and (?5 is null or source = ?5) and (?6 is null or kind = ?6)
       order by source, kind, id, seq limit ?7`,
  )

  const recordOf = connection.one<{
    kind: string
    id: string
    at: number
    body: string
    dossier: string | null
    source: string
  }>(
    `select place.kind, place.id, place.at, coalesce(record.body, context_record.body) as body, place.dossier, source
       from place
       left join record on record.dossier = place.dossier and record.kind = place.kind and record.at = place.at
         and record.id = place.id
       left join context_record on context_record.kind = place.kind and context_record.id = place.id
       where place.kind = ? and place.id = ? and coalesce(record.body, context_record.body) is not null`,
  )
  const contextPage = connection.many<{ kind: string; id: string; at: number; body: string; source: string }>(
    `select kind, id, at, body, source from context_record join place using (kind, id)
       where (kind, id) > (?, ?) order by kind, id limit ?`,
  )
  const survivorPage = connection.many<{ kind: string; id: string }>(
    `select kind, id from (
         select kind, id from merge where (kind, id) > (?1, ?2)
           and not exists (select 1 from place where place.kind = merge.kind and place.id = merge.id)
         union select kind, id from link where target is not null and (kind, id) > (?1, ?2))
       order by kind, id limit ?3`,
  )

  function openStream(stream: Stream, object: string): StreamRow {
    let row = streamOf(stream.source, stream.kind)
    if (row === undefined) {
      addStream(stream.source, stream.kind, object)
      row = streamOf(stream.source, stream.kind) as StreamRow
    }
    return { ...row }
  }

  function numOfMapping(digest: string): number {
    addMapping(digest)
    return (mappingNum(digest) as { num: number }).num
  }

  /** Whoever writes finds every record in its dossier, but for pages that are put down. */
  function begin(stream: StreamRow): Writing {
    landing.settle()
    return started(stream)
  }

  function started(stream: StreamRow): Writing {
    return {
      stream,
      touched: { dossiers: new Set(), context: new Set() },
      counts: { read: 0, stored: 0, unchanged: 0, rejected: 0, deleted: 0 },
      mappedWith: new Map(),
    }
  }

  function finish({ stream, touched, counts, mappedWith }: Writing): PageCounts {
    for (const [mapping, count] of mappedWith) if (count !== 0) countMapped(stream.num, mapping, count)
    saveStream(
      stream.object,
      stream.cursor,
      stream.request,
      stream.snapshot,
      stream.snapshot_num,
      stream.seen,
      stream.mapping,
      stream.at,
      stream.mapped,
      stream.rejected,
      stream.deleted,
      stream.rejected_values,
      stream.num,
    )
    dossiers.markTouched(touched)
    return counts
  }

  /** Counts one raw record into a state, or out of it. */
  function count(
    { stream, mappedWith }: Writing,
    { state, mapping, seen }: Pick<RawRow, 'state' | 'mapping' | 'seen'>,
    by: 1 | -1,
  ): void {
    stream[state] += by
    if (state === 'deleted') return
    mappedWith.set(mapping, (mappedWith.get(mapping) ?? 0) + by)
    if (seen === stream.snapshot_num) stream.seen += by
  }

  /** A record that another source holds under the same kind and id is rejected: which of the two is meant, only a person can say. */
  function heldBack(stream: StreamRow, id: string, result: MappingResult): MappingResult {
    if (result.record === null) return result
    const holder = place.holder(stream.kind, id)
    if (holder === undefined || holder === stream.source) return result
    const collision: Rejection = {
      field: '',
      from: 'Id',
      value: id,
      code: 'id-collides',
      reason: `source "${holder}" already holds ${stream.kind} "${id}"`,
    }
    return { record: null, rejections: [...result.rejections, collision] }
  }

  /** Answers whether anything changed. */
  function saveRejections(stream: StreamRow, id: string, before: number, rejections: readonly Rejection[]): boolean {
    if (before === 0 && rejections.length === 0) return false
    const old = before === 0 ? [] : rejectionsOf(stream.source, stream.kind, id)
    if (sameRejections(old, rejections)) return false
    dropRejections(stream.source, stream.kind, id)
    rejections.forEach((it, seq) => {
      addRejection(stream.source, stream.kind, id, seq, it.field, it.from, it.value, it.code, it.reason)
    })
    stream.rejected_values += valuesIn(rejections) - valuesIn(old)
    return true
  }

  /** Saves one raw record and what mapping made of it. */
  function keep(
    writing: Writing,
    old: RawRow | undefined,
    raw: { readonly id: string; readonly changedAt: string; readonly fields: string },
    mapped: MappingResult,
    mapping: number,
    seen: number,
  ): void {
    const { stream, counts, touched } = writing
    assertJoinable(raw.fields)
    if (mapped.record !== null) assertJoinable(mapped.record.body)
    const { record, rejections } = heldBack(stream, raw.id, mapped)
    const state: RawState = record === null ? 'rejected' : 'mapped'
    const sameRaw =
      old !== undefined && old.state === state && old.changed_at === raw.changedAt && old.fields === raw.fields
    const recordChanged =
      record === null
        ? place.remove(stream.source, stream.kind, raw.id, null, touched)
        : place.put(stream.source, stream.kind, raw.id, record, touched)
    if (record !== null) keys.save(stream.kind, raw.id, record.keys)
    else if (recordChanged) keys.save(stream.kind, raw.id)
    const rejectionsChanged = saveRejections(stream, raw.id, old?.rejections ?? 0, rejections)

    if (old === undefined) {
      addRaw(stream.num, raw.id, state, raw.changedAt, mapping, seen, rejections.length, raw.fields)
    } else if (!sameRaw || old.mapping !== mapping || old.rejections !== rejections.length) {
      updateRaw(state, raw.changedAt, mapping, seen, rejections.length, raw.fields, old.num)
    } else if (old.seen !== seen) {
      markSeen(seen, old.num)
    }
    if (old !== undefined) count(writing, old, -1)
    count(writing, { state, mapping, seen }, 1)

    if (state === 'rejected') counts.rejected += 1
    else if (sameRaw && !recordChanged && !rejectionsChanged) counts.unchanged += 1
    else counts.stored += 1
  }

  /** Puts down a page of a first read, whose records are all new. */
  function land(writing: Writing, columns: EntryColumns): void {
    const { stream, counts } = writing
    const { ids, placed, rejections } = columns
    assertAllJoinable(columns)
    ids.forEach((id, i) => {
      const isMapped = placed[i] !== NO_RECORD
      if (isMapped) {
        landing.put(stream, columns, i)
        const own = columns.keys.get(i)
        if (own !== undefined) keys.save(stream.kind, id, own)
      }
      const rejected = rejections.get(i) ?? []
      saveRejections(stream, id, 0, rejected)
      const state: RawState = isMapped ? 'mapped' : 'rejected'
      const { num, mapping, snapshot_num: seen } = stream
      addLandedRaw(num, id, state, textOf(columns, i, 0), mapping, seen, rejected.length, textOf(columns, i, 1))
      counts[isMapped ? 'stored' : 'rejected'] += 1
      count(writing, { state, mapping, seen }, 1)
    })
    counts.read += ids.length
  }

  /** Buries one raw record: what it held is gone, that it was there is known. */
  function bury(writing: Writing, id: string, changedAt: string, mergedInto: string | null): void {
    const { stream, counts } = writing
    const old = rawOf(stream.num, id)
    if (old === undefined || old.state === 'deleted') {
      if (old !== undefined && mergedInto !== null && old.merged_into !== mergedInto) setMergedInto(mergedInto, old.num)
      if (mergedInto !== null) place.remove(stream.source, stream.kind, id, mergedInto, writing.touched)
      counts.unchanged += 1
      return
    }
    if (place.remove(stream.source, stream.kind, id, mergedInto, writing.touched)) keys.save(stream.kind, id)
    saveRejections(stream, id, old.rejections, [])
    buryRaw(changedAt, mergedInto, old.num)
    count(writing, old, -1)
    count(writing, { ...old, state: 'deleted' }, 1)
    counts.deleted += 1
  }

  const { endAt: endSweep, ...sweepCalls } = sweeps(connection, {
    streamOf,
    numOfMapping,
    rawOf,
    begin,
    finish,
    keep,
    bury,
  })

  return {
    ...sweepCalls,

    readState(stream: Stream): ReadState | null {
      const row = streamOf(stream.source, stream.kind)
      if (row === undefined || row.cursor === null) return null
      const inUse = digestsInUse(row.num).map((it) => it.digest)
      return {
        cursor: row.cursor as Cursor,
        object: row.object,
        snapshot: row.snapshot === 1,
        mapping: inUse.length === 0 ? (digestOf(row.mapping)?.digest ?? '') : inUse.join('+'),
        request: row.request,
        at: row.at,
      }
    },

    savePage(page: PageColumns, now: number): PageCounts {
      let isPutDown = false
      const counts = connection.write(() => {
        const stream = openStream(page.stream, page.object)
        const goesOn = stream.cursor !== null && stream.snapshot === 1 && stream.object === page.object
        if (page.snapshot && !goesOn) {
          stream.snapshot_num += 1
          stream.seen = 0
        }
        Object.assign(stream, {
          object: page.object,
          cursor: page.cursor,
          request: page.request,
          snapshot: page.snapshot ? 1 : 0,
          mapping: numOfMapping(page.mapping),
          at: now,
        })
        if (page.columns.ids.length > 0) landing.settleOthers(stream.num)
        isPutDown = landing.takes(page, stream.num)
        if (isPutDown) {
          const writing = started(stream)
          land(writing, page.columns)
          return finish(writing)
        }
        const entries = fromEntryColumns(page.columns)
        // Nothing that could touch a dossier: what was put down may stay.
        const writing = entries.length === 0 ? started(stream) : begin(stream)
        // Of several entries for one record the last one counts; else saving a page again would undo and redo.
        const last = new Map(entries.map((entry, index) => [entry.id, index]))
        entries.forEach((entry, index) => {
          writing.counts.read += 1
          if (last.get(entry.id) !== index) writing.counts.unchanged += 1
          else if (entry.kind === 'deleted') bury(writing, entry.id, entry.changedAt, entry.mergedInto ?? null)
          else {
            const old = rawOf(stream.num, entry.id)
            const seen = page.snapshot ? stream.snapshot_num : (old?.seen ?? 0)
            keep(writing, old, entry, entry, stream.mapping, seen)
          }
        })
        return finish(writing)
      })
      if (isPutDown) landing.written(page.columns)
      return counts
    },

    finishSnapshot(
      of: Stream,
      options: { readonly dryRun?: boolean } | undefined,
    ): Awaited<ReturnType<Store['finishSnapshot']>> {
      const end = (): Awaited<ReturnType<Store['finishSnapshot']>> => {
        const found = streamOf(of.source, of.kind)
        const held = found === undefined ? 0 : found.mapped + found.rejected
        if (found === undefined || found.snapshot === 0) return { vanished: 0, held }
        const vanished = held - found.seen
        if (options?.dryRun === true) return { vanished, held }
        // Where nothing is to be buried, what was put down may stay: it is brought to its dossiers at rest.
        const writing = vanished === 0 ? started({ ...found, snapshot: 0 }) : begin({ ...found, snapshot: 0 })
        const gone = vanished === 0 ? [] : unseen(found.num, found.snapshot_num)
        for (const { id, changed_at } of gone) bury(writing, id, changed_at, null)
        endSweep(found.num, found.at)
        return { vanished: finish(writing).deleted, held }
      }
      return options?.dryRun === true ? end() : connection.write(end)
    },

    forgetCursor(stream: Stream): void {
      connection.write(() => forget(stream.source, stream.kind))
    },

    rawPage(stream: Stream, after: string, limit: number): PackedPage {
      const row = streamOf(stream.source, stream.kind)
      return rawPage([row?.num ?? -1, after], limit)
    },

    saveRemapped(of: Stream, mapping: string, entries: readonly RemappedEntry[]): PageCounts {
      return connection.write(() => {
        const row = streamOf(of.source, of.kind)
        if (row === undefined)
          return { read: entries.length, stored: 0, unchanged: entries.length, rejected: 0, deleted: 0 }
        const writing = begin({ ...row })
        const num = numOfMapping(mapping)
        for (const entry of entries) {
          writing.counts.read += 1
          const old = rawOf(row.num, entry.id)
          // Deleted since it was read: there is nothing to map any more.
          if (old === undefined || old.state === 'deleted') writing.counts.unchanged += 1
          else keep(writing, old, { id: entry.id, changedAt: old.changed_at, fields: old.fields }, entry, num, old.seen)
        }
        return finish(writing)
      })
    },

    rawRecord(kind: string, id: string): Awaited<ReturnType<Store['rawRecord']>> {
      const row = rawAnywhere(kind, id)
      if (row === undefined) return null
      return {
        id: row.id,
        changedAt: row.changed_at,
        fields: row.fields,
        stream: { source: row.source, kind },
        object: row.object,
        state: row.state,
        mergedInto: row.merged_into,
      }
    },

    record(kind: string, id: string): Awaited<ReturnType<Store['record']>> {
      return recordOf(kind, id) ?? null
    },

    rejectionPage(
      filter: { readonly source?: string; readonly kind?: string } | undefined,
      after: readonly [string, string, string, number],
      limit: number,
    ) {
      const rows = rejectionPage(...after, filter?.source ?? null, filter?.kind ?? null, limit)
      const { next } = rowPage(rows, limit, (row) => [row.source, row.kind, row.id, row.seq] as const)
      return { rows: rows.map(({ seq: _, ...row }) => row), next }
    },

    contextPage(after: readonly [string, string], limit: number) {
      return rowPage(contextPage(...after, limit), limit, (row) => [row.kind, row.id] as const)
    },

    survivorPage(after: readonly [string, string], limit: number) {
      const { rows, next } = rowPage(survivorPage(...after, limit), limit, (row) => [row.kind, row.id] as const)
      return { rows: rows.map(({ kind, id }) => ({ kind, id, survivor: place.standIn(kind, id) })), next }
    },

    streamCounts(): readonly StreamCounts[] {
      return allStreams().map((row) => ({
        stream: { source: row.source, kind: row.kind },
        object: row.object,
        mapped: row.mapped,
        rejected: row.rejected,
        deleted: row.deleted,
        rejectedValues: row.rejected_values,
        at: row.at,
        sweptAt: row.swept_at,
      }))
    },
  }
}

/** Rejected values, as against the record's rejection as a whole, which names no field. */
function valuesIn(rejections: readonly Rejection[]): number {
  return rejections.filter((it) => it.field !== '').length
}

function sameRejections(a: readonly Rejection[], b: readonly Rejection[]): boolean {
  return (
    a.length === b.length &&
    a.every((it, index) => {
      const other = b[index] as Rejection
      return (
        it.field === other.field &&
        it.from === other.from &&
        it.value === other.value &&
        it.code === other.code &&
        it.reason === other.reason
      )
    })
  )
}
