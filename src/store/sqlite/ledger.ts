import type { LedgerEntry, OutboxRequest, Refusal, Settlement } from '../store.ts'
import type { Connection } from './connection.ts'
import { misuse } from './faults.ts'
import { type RowPage, rowPage } from './pages.ts'

export interface LedgerRow extends Omit<LedgerEntry, 'itemId' | 'unread' | 'leftOn' | 'from' | 'told'> {
  readonly told: string
  readonly item_id: string | null
  readonly unread: number
  readonly left_on: number | null
  readonly origin: string | null
}

interface OutboxRow {
  readonly id: string
  readonly state: 'intended' | 'sending'
  readonly host: string
  readonly idempotency_key: string
  readonly body: string
  readonly changes: string
  readonly keys: string
  readonly sent_at: number
  readonly run: string
}

interface Key {
  readonly board: string
  readonly key: string
}

export function toEntry(row: LedgerRow): LedgerEntry {
  const { item_id, unread, left_on, origin, told, ...rest } = row
  const entry = { ...rest, itemId: item_id, unread: unread === 1, leftOn: left_on, from: origin }
  return told === '' ? entry : { ...entry, told }
}

function toRequest(row: OutboxRow): OutboxRequest {
  const { idempotency_key, sent_at, keys, ...rest } = row
  return { ...rest, keys: JSON.parse(keys) as Key[], idempotencyKey: idempotency_key, sentAt: sent_at }
}

function nameOf(it: Key): string {
  return JSON.stringify([it.board, it.key])
}

/**
 * What boards were told, as an outbox. Every write is on the disk before it answers: what was sent must be known after
 * a power cut. Versions come from one sequence, so that no key ever has the same version twice, not even after its
 * entry was removed or its board forgotten.
 */
export function ledger(connection: Connection, unlist: (board: string, key: string) => number) {
  const entryOf = connection.one<LedgerRow>('select * from ledger where board = ? and key = ?')
  const byItem = connection.one<LedgerRow>(
    'select * from ledger where board = ? and item_id = ? order by version desc limit 1',
  )
  const placeCounts = connection.many<{ place: LedgerEntry['place']; n: number }>(
    'select place, items as n from ledger_count where board = ?',
  )
  const held = connection.many<Key>('select board, key from ledger where request = ? order by board, key')
  const claimNew = connection.run(
    `insert into ledger (board, key, version, state, request, place, name, "group", cells, unread, at)
       values (?, ?, ?, 'intended', ?, 'active', '', '', '{}', 0, ?) on conflict do nothing`,
  )
  const claimKnown = connection.run(
    `update ledger set version = ?, state = 'intended', request = ? where board = ? and key = ? and version = ? and request is null`,
  )
  const setSending = connection.run(`update ledger set state = 'sending' where board = ? and key = ? and request = ?`)
  const saveEntry = connection.run(
    // No `insert or replace`: its deletions would go uncounted.
    `insert into ledger (board, key, version, state, request, item_id, place, name, "group", cells, unread, left_on, desired, origin, at, told)
       values (?, ?, ?, 'settled', null, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       on conflict do update set version = excluded.version, state = excluded.state, request = excluded.request,
         item_id = excluded.item_id, place = excluded.place, name = excluded.name, "group" = excluded."group",
         cells = excluded.cells, unread = excluded.unread, left_on = excluded.left_on, desired = excluded.desired,
         origin = excluded.origin, at = excluded.at, told = excluded.told`,
  )
  const release = connection.run(
    `update ledger set version = ?, state = 'settled', request = null where board = ? and key = ? and item_id is not null`,
  )
  const removeEmpty = connection.run('delete from ledger where board = ? and key = ? and item_id is null')

  const requestOf = connection.one<OutboxRow>('select * from outbox where id = ?')
  const open = connection.many<OutboxRow>(
    'select id, state, host, idempotency_key, body, changes, keys, sent_at, run from outbox order by num',
  )
  const addRequest = connection.run(
    `insert into outbox (id, state, host, idempotency_key, body, changes, keys, sent_at, run)
       values (?, 'intended', '', '', '', '[]', '[]', 0, '')`,
  )
  const setKeys = connection.run('update outbox set keys = ? where id = ?')
  const saveSending = connection.run(
    `update outbox set state = 'sending', host = ?, idempotency_key = ?, body = ?, changes = ?, keys = ?, sent_at = ?, run = ?
       where id = ?`,
  )
  const closeRequest = connection.run('delete from outbox where id = ?')

  const saveRefusal = connection.run(
    `insert or replace into refusal (board, key, code, message, "column", hint, desired, at) values (?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const refusalOf = connection.one<Refusal>('select * from refusal where board = ? and key = ?')
  const refusalPage = connection.many<Refusal>(
    'select * from refusal where (board, key) > (?1, ?2) and (?3 is null or board = ?3) order by board, key limit ?4',
  )
  const clearOne = connection.run('delete from refusal where board = ? and key = ?')
  const clearAll = connection.run('delete from refusal where board = ?')

  function openRequest(id: string): OutboxRow {
    const request = requestOf(id)
    if (request === undefined) {
      throw misuse(
        'request-closed',
        `Request ${id} is closed: it was settled or released, perhaps by another run`,
        'Ask openRequests for what is still open',
      )
    }
    return request
  }

  function releaseKey({ board, key }: Key): void {
    if (release(connection.next('version'), board, key) === 0) removeEmpty(board, key)
  }

  function assertHeld(id: string, claimed: ReadonlySet<string>, it: Key): void {
    if (claimed.has(nameOf(it))) return
    throw misuse(
      'claim-lost',
      `Request ${id} holds no claim on key "${it.key}" of board "${it.board}"`,
      'Claim a key before sending or settling anything for it',
    )
  }

  function put(entry: Omit<LedgerEntry, 'version' | 'state' | 'request'>): void {
    saveEntry(
      entry.board,
      entry.key,
      connection.next('version'),
      entry.itemId,
      entry.place,
      entry.name,
      entry.group,
      entry.cells,
      entry.unread ? 1 : 0,
      entry.leftOn,
      entry.desired,
      entry.from,
      entry.at,
      entry.told ?? '',
    )
  }

  return {
    ledgerEntry(board: string, key: string): LedgerEntry | null {
      const row = entryOf(board, key)
      return row === undefined ? null : toEntry(row)
    },

    ledgerByItem(board: string, itemId: string): LedgerEntry | null {
      const row = byItem(board, itemId)
      return row === undefined ? null : toEntry(row)
    },

    ledgerCounts(board: string): Readonly<Record<LedgerEntry['place'], number>> {
      const counts = { active: 0, left: 0, gone: 0, archived: 0 }
      for (const { place, n } of placeCounts(board)) counts[place] = n
      return counts
    },

    claim(request: string, keys: readonly (Key & { readonly version: number })[], now: number): readonly boolean[] {
      return connection.writeDurably(() => {
        const known = requestOf(request)
        if (known?.state === 'sending') {
          throw misuse(
            'request-was-sent',
            `Request ${request} was sent and can claim no more keys`,
            'Use a new request id',
          )
        }
        const claimed = keys.map(({ board, key, version }) => {
          const next = connection.next('version')
          return (
            (version === 0
              ? claimNew(board, key, next, request, now)
              : claimKnown(next, request, board, key, version)) > 0
          )
        })
        const won = keys.filter((_, i) => claimed[i]).map(({ board, key }) => ({ board, key }))
        if (won.length > 0) {
          if (known === undefined) addRequest(request)
          const before = known === undefined ? [] : (JSON.parse(known.keys) as Key[])
          setKeys(JSON.stringify([...before, ...won]), request)
        }
        return claimed
      })
    },

    markSending(request: OutboxRequest): void {
      connection.writeDurably(() => {
        const known = openRequest(request.id)
        if (known.state === 'sending') {
          if (known.idempotency_key === request.idempotencyKey && known.body === request.body) return
          throw misuse(
            'request-was-sent',
            `Request ${request.id} was sent with another body or idempotency key`,
            'Send the stored body again, or settle the request',
          )
        }
        const claimed = new Set(held(request.id).map(nameOf))
        for (const it of request.keys) {
          assertHeld(request.id, claimed, it)
          setSending(it.board, it.key, request.id)
        }
        const named = new Set(request.keys.map(nameOf))
        for (const it of held(request.id)) if (!named.has(nameOf(it))) releaseKey(it)
        saveSending(
          request.host,
          request.idempotencyKey,
          request.body,
          request.changes,
          JSON.stringify(request.keys),
          request.sentAt,
          request.run,
          request.id,
        )
      })
    },

    settle(id: string, settlements: readonly Settlement[]): void {
      connection.writeDurably(() => {
        openRequest(id)
        const claimed = new Set(held(id).map(nameOf))
        for (const it of settlements) {
          const key = it.kind === 'entry' ? it.entry : it
          assertHeld(id, claimed, key)
          if (it.kind === 'release') releaseKey(it)
          else {
            put(it.entry)
            if (it.unlist) unlist(it.entry.board, it.entry.key)
          }
        }
        for (const left of held(id)) releaseKey(left)
        closeRequest(id)
      })
    },

    unclaim(id: string): void {
      connection.writeDurably(() => {
        const known = requestOf(id)
        if (known === undefined) return
        if (known.state === 'sending') {
          throw misuse(
            'request-was-sent',
            `Request ${id} may have been carried out, so its claims cannot simply be released`,
            'Find out what came of it and settle it',
          )
        }
        for (const it of held(id)) releaseKey(it)
        closeRequest(id)
      })
    },

    openRequests: (): readonly OutboxRequest[] => open().map(toRequest),

    saveReread(board: string, entries: readonly LedgerEntry[]): number {
      return connection.writeDurably(() => {
        let written = 0
        for (const entry of entries) {
          const known = entryOf(board, entry.key)
          if (known !== undefined && known.request !== null) continue
          if (known !== undefined && entry.version !== 0 && entry.version !== known.version) continue
          put({ ...entry, board })
          written += 1
        }
        return written
      })
    },

    refusal: (board: string, key: string): Refusal | null => refusalOf(board, key) ?? null,

    refusalPage: (
      board: string | undefined,
      after: readonly [string, string],
      limit: number,
    ): RowPage<Refusal, readonly [string, string]> =>
      rowPage(refusalPage(...after, board ?? null, limit), limit, (row) => [row.board, row.key] as const),

    saveRefusals(refusals: readonly Refusal[]): void {
      connection.write(() => {
        for (const it of refusals) {
          saveRefusal(it.board, it.key, it.code, it.message, it.column, it.hint, it.desired, it.at)
        }
      })
    },

    clearRefusals: (board: string, keys: readonly string[] | 'all'): number =>
      connection.write(() => (keys === 'all' ? clearAll(board) : keys.reduce((n, key) => n + clearOne(board, key), 0))),
  }
}
