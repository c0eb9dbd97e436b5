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

/** A page of pairs and the key at which the next begins. */
export interface PairPage {
  readonly rows: readonly Pair[]
  readonly next: string | null
}

/** What boards should show, the list of keys to plan, and both beside the ledger. */
export function desired(connection: Connection) {
  const ofDossier = connection.many<{ key: string; seq: number; digest: string; generation: string }>(
    // Without the hint SQLite, knowing nothing of the table's size, reads the whole board for each dossier.
    'select key, seq, digest, generation from desired indexed by desired_dossier where board = ? and dossier = ?',
  )
  const save = connection.run(
    'insert or replace into desired (board, key, dossier, seq, digest, generation, body) values (?, ?, ?, ?, ?, ?, ?)',
  )
  const setGeneration = connection.run(
    'update desired set generation = ? where board = ? and key = ? and dossier = ? and seq = ?',
  )
  const remove = connection.run('delete from desired where board = ? and key = ? and dossier = ? and seq = ?')
  const withKey = connection.many<Pair['desired'][number]>(
    'select dossier, body, digest from desired where board = ? and key = ? order by dossier, seq',
  )
  const claimed = connection.one<{ n: number }>(
    'select count(*) as n from ledger where board = ? and request is not null',
  )
  const count = connection.one<{ n: number }>('select count(*) as n from desired where board = ?')
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

  const forget = ['desired', 'listed', 'ledger', 'refusal', 'plan'].map((table) =>
    connection.run(`delete from ${table} where board = ?`),
  )

  /** Makes one dossier's items on a board these, listing every key that was added, removed or changed. */
  function replace(board: string, { dossier, items }: DesiredOfDossier, generation: string | undefined): void {
    const old = new Map(ofDossier(board, dossier).map((row) => [`${row.seq} ${row.key}`, row]))
    const seen = new Map<string, number>()
    for (const item of items) {
      const seq = seen.get(item.key) ?? 0
      seen.set(item.key, seq + 1)
      const was = old.get(`${seq} ${item.key}`)
      old.delete(`${seq} ${item.key}`)
      if (was === undefined || was.digest !== item.digest) {
        save(board, item.key, dossier, seq, item.digest, generation ?? was?.generation ?? '', item.body)
        list(board, item.key)
      } else if (generation !== undefined && was.generation !== generation) {
        setGeneration(generation, board, item.key, dossier, seq)
      }
    }
    for (const gone of old.values()) {
      remove(board, gone.key, dossier, gone.seq)
      list(board, gone.key)
    }
  }

  return {
    saveDesired(board: string, batch: readonly DesiredOfDossier[], generation: string | undefined): void {
      connection.write(() => {
        for (const dossier of batch) replace(board, dossier, generation)
      })
    },

    finishDesired: (board: string, generation: string): number =>
      connection.write(() => {
        listOutdated(board, generation)
        return removeOutdated(board, generation)
      }),

    desiredItems: (board: string, key: string): Pair['desired'] => withKey(board, key),

    desiredCount: (board: string): number => count(board)?.n ?? 0,

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
