import { Fault } from '../../platform/errors.ts'
import type { DesiredOfDossier, LedgerEntry, Pair, Refusal } from '../store.ts'
import type { Connection } from './connection.ts'
import { type LedgerRow, toEntry } from './ledger.ts'

interface DesiredRow {
  readonly key: string
  readonly dossier: string
  readonly body: string
  readonly digest: string
}

interface ShownRow {
  readonly board: string
  readonly key: string
  readonly seq: number
  readonly digest: string
  readonly generation: string
}

/** Desired items of many dossiers on some boards, in columns. */
export interface ShownColumns {
  readonly boards: readonly string[]
  readonly dossiers: readonly string[]
  /** How many items: for each dossier, for each board. */
  readonly counts: readonly number[]
  readonly keys: readonly string[]
  readonly digests: readonly string[]
  readonly bodies: readonly string[]
}

/** A page of pairs and the key at which the next begins. */
export interface PairPage {
  readonly rows: readonly Pair[]
  readonly next: string | null
}

/** What boards should show, the list of keys to plan, and both beside the ledger. */
export function desired(connection: Connection) {
  const onBoard = connection.many<ShownRow>(
    'select board, key, seq, digest, generation from desired where dossier = ? and board = ?',
  )
  const onBoards = connection.many<ShownRow>(
    'select board, key, seq, digest, generation from desired where dossier = ?',
  )
  const add = connection.run(
    'insert into desired (dossier, board, key, seq, digest, generation, body) values (?, ?, ?, ?, ?, ?, ?)',
  )
  const change = connection.run(
    'update desired set digest = ?, generation = ?, body = ? where dossier = ? and board = ? and key = ? and seq = ?',
  )
  const setGeneration = connection.run(
    'update desired set generation = ? where dossier = ? and board = ? and key = ? and seq = ?',
  )
  const remove = connection.run('delete from desired where dossier = ? and board = ? and key = ? and seq = ?')
  const withKey = connection.many<Pair['desired'][number]>(
    'select dossier, body, digest from desired where board = ? and key = ? order by dossier, seq',
  )
  const claimed = connection.one<{ n: number }>(
    'select count(*) as n from ledger where board = ? and request is not null',
  )
  const count = connection.one<{ items: number }>('select items from desired_count where board = ?')
  const addCount = connection.run(
    'insert into desired_count (board, items) values (?, ?) on conflict do update set items = items + excluded.items',
  )
  const list = connection.run('insert or ignore into listed (board, key) values (?, ?)')
  const unlist = connection.run('delete from listed where board = ? and key = ?')
  const listDesired = connection.run(
    'insert or ignore into listed (board, key) select board, key from desired where board = ?',
  )
  const listLedger = connection.run(
    'insert or ignore into listed (board, key) select board, key from ledger where board = ?',
  )
  const listOutdated = connection.run(
    'insert or ignore into listed (board, key) select board, key from desired where board = ? and generation <> ?',
  )
  const removeOutdated = connection.run('delete from desired where board = ? and generation <> ?')

  const keysOfAll = connection.many<{ key: string }>(
    `select key from (select distinct key from desired where board = ?1 and key >= ?2 order by key limit ?3)
     union select key from (select key from ledger where board = ?1 and key >= ?2 order by key limit ?3)
     order by key limit ?3`,
  )
  const keysListed = connection.many<{ key: string }>(
    'select key from listed where board = ? and key >= ? order by key limit ?',
  )
  const desiredOf = connection.many<DesiredRow>(
    'select key, dossier, body, digest from desired where board = ? and key >= ? and key <= ? order by key, dossier, seq',
  )
  const ledgerOf = connection.many<LedgerRow>(
    'select * from ledger where board = ? and key >= ? and key <= ? order by key',
  )
  const refusalOf = connection.many<Refusal>(
    'select * from refusal where board = ? and key >= ? and key <= ? order by key',
  )
  const desiredListed = connection.many<DesiredRow>(
    `select it.key, dossier, body, digest from listed cross join desired it on it.board = listed.board and it.key = listed.key
       where listed.board = ? and listed.key >= ? and listed.key <= ? order by listed.key, dossier, seq`,
  )
  const ledgerListed = connection.many<LedgerRow>(
    `select it.* from listed cross join ledger it on it.board = listed.board and it.key = listed.key
       where listed.board = ? and listed.key >= ? and listed.key <= ? order by listed.key`,
  )
  const refusalListed = connection.many<Refusal>(
    `select it.* from listed cross join refusal it on it.board = listed.board and it.key = listed.key
       where listed.board = ? and listed.key >= ? and listed.key <= ? order by listed.key`,
  )

  const forget = ['desired', 'desired_count', 'listed', 'ledger', 'refusal', 'plan'].map((table) =>
    connection.run(`delete from ${table} where board = ?`),
  )

  /**
   * Makes one dossier's items on a board these, listing every key that was added, removed or changed. `old` are its rows
   * as they are. Answers by how many items the board grew.
   */
  function replace(
    board: string,
    dossier: string,
    items: DesiredOfDossier['items'],
    old: readonly ShownRow[],
    generation: string | undefined,
  ): number {
    const left = new Map(old.map((row) => [`${row.seq} ${row.key}`, row]))
    const seen = new Map<string, number>()
    for (const item of items) {
      const seq = seen.get(item.key) ?? 0
      seen.set(item.key, seq + 1)
      const name = `${seq} ${item.key}`
      const was = left.get(name)
      left.delete(name)
      if (was === undefined) {
        add(dossier, board, item.key, seq, item.digest, generation ?? '', item.body)
        list(board, item.key)
      } else if (was.digest !== item.digest) {
        change(item.digest, generation ?? was.generation, item.body, dossier, board, item.key, seq)
        list(board, item.key)
      } else if (generation !== undefined && was.generation !== generation) {
        setGeneration(generation, dossier, board, item.key, seq)
      }
    }
    for (const gone of left.values()) {
      remove(dossier, board, gone.key, gone.seq)
      list(board, gone.key)
    }
    return items.length - old.length
  }

  function grow(board: string, items: number): void {
    if (items !== 0) addCount(board, items)
  }

  return {
    saveDesired(board: string, batch: readonly DesiredOfDossier[], generation: string | undefined): void {
      connection.write(() => {
        let grown = 0
        for (const { dossier, items } of batch)
          grown += replace(board, dossier, items, onBoard(dossier, board), generation)
        grow(board, grown)
      })
    },

    /** Part of a write: what some boards should show of many dossiers. */
    saveShown({ boards, dossiers, counts, keys, digests, bodies }: ShownColumns): void {
      if (boards.length === 0) return
      const grown = boards.map(() => 0)
      let at = 0
      dossiers.forEach((dossier, d) => {
        const old = onBoards(dossier)
        boards.forEach((board, b) => {
          const items: DesiredOfDossier['items'][number][] = []
          for (let left = counts[d * boards.length + b] ?? 0; left > 0; left -= 1) {
            items.push({ key: keys[at] as string, digest: digests[at] as string, body: bodies[at] as string })
            at += 1
          }
          const own = old.filter((row) => row.board === board)
          if (items.length > 0 || own.length > 0)
            grown[b] = (grown[b] as number) + replace(board, dossier, items, own, undefined)
        })
      })
      boards.forEach((board, b) => {
        grow(board, grown[b] as number)
      })
    },

    finishDesired: (board: string, generation: string): number =>
      connection.write(() => {
        listOutdated(board, generation)
        const removed = removeOutdated(board, generation)
        grow(board, -removed)
        return removed
      }),

    desiredItems: (board: string, key: string): Pair['desired'] => withKey(board, key),

    desiredCount: (board: string): number => count(board)?.items ?? 0,

    pairPage(board: string, which: 'all' | 'listed', from: string, limit: number): PairPage {
      const keys = which === 'all' ? keysOfAll(board, from, limit) : keysListed(board, from, limit)
      const last = keys[keys.length - 1]?.key
      if (last === undefined) return { rows: [], next: null }
      const range = [board, from, last] as const
      const rows = side(
        keys,
        which === 'all' ? desiredOf(...range) : desiredListed(...range),
        which === 'all' ? ledgerOf(...range) : ledgerListed(...range),
        which === 'all' ? refusalOf(...range) : refusalListed(...range),
      )
      // The next text there is after the last key: even an empty key is then on a page.
      return { rows, next: keys.length < limit ? null : `${last}\u0000` }
    },

    listKeys(board: string, keys: readonly string[] | 'all'): void {
      connection.write(() => {
        if (keys !== 'all') for (const key of keys) list(board, key)
        else {
          listDesired(board)
          listLedger(board)
        }
      })
    },

    unlistKeys(board: string, keys: readonly string[]): void {
      connection.write(() => {
        for (const key of keys) unlist(board, key)
      })
    },

    /** Part of a settlement. */
    unlist,

    forgetBoard(board: string): void {
      connection.write(() => {
        const open = claimed(board)?.n ?? 0
        if (open > 0) {
          throw new Fault(
            'board-has-open-requests',
            `${open} items of board "${board}" are in requests of which it is not known what came`,
            { blame: 'operator', hint: 'Run sync, which settles them, then forget the board' },
          )
        }
        for (const table of forget) table(board)
      })
    },
  }
}

/** Puts three lists that are ordered by key side by side. */
function side(
  keys: readonly { readonly key: string }[],
  desired: readonly DesiredRow[],
  ledger: readonly LedgerRow[],
  refusals: readonly Refusal[],
): Pair[] {
  let d = 0
  let l = 0
  let r = 0
  return keys.map(({ key }) => {
    const items: { dossier: string; body: string; digest: string }[] = []
    for (let item = desired[d]; item?.key === key; item = desired[++d]) {
      items.push({ dossier: item.dossier, body: item.body, digest: item.digest })
    }
    const row = ledger[l]?.key === key ? (ledger[l++] as LedgerRow) : undefined
    const refusal = refusals[r]?.key === key ? (refusals[r++] as Refusal) : null
    const entry: LedgerEntry | null = row === undefined ? null : toEntry(row)
    return { key, desired: items, ledger: entry, refusal }
  })
}
