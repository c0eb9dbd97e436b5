import type { Snapshot } from '../store.ts'
import { byBytes } from './binary-order.ts'
import type { Connection } from './connection.ts'
import type { ShownColumns } from './desired.ts'
import { type Dossiers, USES_INDEXED } from './dossiers.ts'
import { assertJoinable, type PackedPage, packedPage, type RowPage, rowPage } from './pages.ts'

/** A `DerivedBatch` in columns: one array per field passes the thread boundary faster than one object per dossier. */
export interface DerivedColumns {
  readonly ids: readonly string[]
  readonly marks: Float64Array
  readonly facts: readonly (string | null)[]
  readonly changesOn: readonly (number | null)[]
  /** Every context entry that any dossier uses, once. */
  readonly entries: readonly string[]
  /** Indexes into `entries`, those of each dossier after those of the one before; how many each has. */
  readonly uses: Uint32Array
  readonly useCounts: Uint32Array
  readonly totalKeys: readonly string[]
  readonly totalDeltas: readonly number[]
  readonly shown: ShownColumns
  readonly snapshots: readonly Snapshot[]
}

interface DerivedRow {
  readonly num: number
  readonly uses: string
}

/** What was derived from dossiers: facts, wake-up days, uses of context, totals. */
export function derived(connection: Connection, dossiers: Dossiers, saveShown: (shown: ShownColumns) => void) {
  const derivedOf = connection.one<DerivedRow>('select num, uses from derived where dossier = ?')
  const add = connection.run('insert into derived (num, dossier, changes_on, uses, facts) values (?, ?, ?, ?, ?)')
  const update = connection.run('update derived set changes_on = ?, uses = ?, facts = ? where num = ?')
  const remove = connection.run('delete from derived where num = ?')
  const addUse = connection.run('insert or ignore into use (entry, derived) values (?, ?)')
  const removeUse = connection.run('delete from use where entry = ? and derived = ?')
  const entriesNamed = connection.many<{ name: string; num: number }>(
    'select name, num from entry where name in (select value from json_each(?))',
  )
  const addEntries = connection.run('insert or ignore into entry (name) select value from json_each(?)')
  const clean = connection.run('delete from dirty where dossier = ? and mark = ?')
  const marksBetween = connection.one<{ n: number }>(
    'select count(*) as n from dirty where dossier >= ? and dossier <= ? and mark = ?',
  )
  const cleanBetween = connection.run('delete from dirty where dossier >= ? and dossier <= ? and mark = ?')
  const anyFrom = connection.one<{ num: number }>('select num from derived where dossier >= ? limit 1')

  const addTotal = connection.run(
    'insert into total (key, value) values (?, ?) on conflict do update set value = value + excluded.value',
  )
  const dropZeros = connection.run('delete from total where value = 0')
  const totalPage = connection.many<{ key: string; value: number }>(
    'select key, value from total where key > ? order by key limit ?',
  )

  const keepSnapshot = connection.run('insert or replace into snapshot (kind, id, day, body) values (?, ?, ?, ?)')

  const factsPage = packedPage(
    connection,
    `select json_quote(dossier) as head, facts as body, dossier as last from derived
       where dossier > ? and facts is not null order by dossier limit ?`,
  )

  const waking = 'select dossier from derived where changes_on <= ?'
  const wakingCount = connection.one<{ n: number }>(`select count(*) as n from (${waking})`)

  /** Newer dossiers than `indexed` are indexed when context changes next (`indexNewUses`). */
  function saveUses(num: number, before: string, after: string, indexed: number): void {
    if (num > indexed || before === after) return
    const old = new Set(before === '' ? [] : before.split(','))
    for (const entry of after === '' ? [] : after.split(',')) if (!old.delete(entry)) addUse(Number(entry), num)
    for (const entry of old) removeUse(Number(entry), num)
  }

  /** The numbers of context entries, new ones made. */
  function numsOf(names: readonly string[]): number[] {
    const list = JSON.stringify(names)
    let found = entriesNamed(list)
    if (found.length < names.length) {
      addEntries(list)
      found = entriesNamed(list)
    }
    const nums = new Map(found.map(({ name, num }) => [name, num]))
    return names.map((name) => nums.get(name) as number)
  }

  /** Takes marks off: all at once where the batch is everything between its first and last that carries its mark. */
  function cleanAll(sorted: readonly string[], ids: readonly string[], marks: Float64Array): void {
    const mark = marks[0] ?? 0
    const [first = '', last = first] = [sorted[0], sorted[sorted.length - 1]]
    if (mark !== 0 && marks.every((one) => one === mark) && marksBetween(first, last, mark)?.n === ids.length) {
      cleanBetween(first, last, mark)
      return
    }
    ids.forEach((id, i) => {
      const own = marks[i] ?? 0
      if (own !== 0) clean(id, own)
    })
  }

  return {
    saveDerived(batch: DerivedColumns): void {
      connection.write(() => {
        const nums = numsOf(batch.entries)
        const indexed = connection.last(USES_INDEXED)
        let num = connection.next('derived', batch.ids.length)
        // A first derive only appends: where nothing is stored from the first dossier on, nothing need be looked for.
        const sorted = inOrder(batch.ids)
        const isNew = anyFrom(sorted[0] ?? '') === undefined && new Set(sorted).size === sorted.length
        let useAt = 0
        batch.ids.forEach((id, i) => {
          const facts = batch.facts[i] as string | null
          const changesOn = batch.changesOn[i] as number | null
          if (facts !== null) assertJoinable(facts)
          const firstUse = useAt
          useAt += batch.useCounts[i] as number
          const uses = batch.uses
            .slice(firstUse, useAt)
            .map((index) => nums[index] as number)
            .sort()
            .join(',')
          const old = isNew ? undefined : derivedOf(id)
          if (facts === null && changesOn === null && uses === '') {
            if (old !== undefined) {
              saveUses(old.num, old.uses, '', indexed)
              remove(old.num)
            }
          } else if (old === undefined) {
            add(num, id, changesOn, uses, facts)
            num += 1
          } else {
            saveUses(old.num, old.uses, uses, indexed)
            update(changesOn, uses, facts, old.num)
          }
        })
        for (const { kind, id, day, body } of batch.snapshots) keepSnapshot(kind, id, day, body)
        saveShown(batch.shown)
        cleanAll(sorted, batch.ids, batch.marks)
        batch.totalKeys.forEach((key, i) => {
          addTotal(key, batch.totalDeltas[i] as number)
        })
        dropZeros()
      })
    },

    factsPage: (after: string, limit: number): PackedPage => factsPage([after], limit),

    totalPage: (after: string, limit: number): RowPage<{ key: string; value: number }, string> =>
      rowPage(totalPage(after, limit), limit, (row) => row.key),

    wake: (day: number): number =>
      connection.write(() => {
        const count = wakingCount(day)?.n ?? 0
        if (count > 0) dossiers.markAll(waking, day)
        return count
      }),

    resetDerived(): void {
      connection.write(() => {
        dossiers.markAll('select dossier from record union select dossier from derived')
        for (const table of ['derived', 'use', 'entry', 'total']) connection.db.exec(`delete from ${table}`)
      })
    },
  }
}

/** Batches come in order mostly: looking is cheaper than sorting. */
function inOrder(ids: readonly string[]): readonly string[] {
  const isSorted = ids.every((id, i) => i === 0 || byBytes(ids[i - 1] as string, id) <= 0)
  return isSorted ? ids : [...ids].sort(byBytes)
}
