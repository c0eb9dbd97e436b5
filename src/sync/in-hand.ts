import type { LedgerEntry, Store } from '../store/store.ts'
import type { ChangeInHand } from './outbox-ports.ts'

type Ledger = Pick<Store, 'ledgerEntry'>

/** Claimed changes with the entries that their keys had before. */
export function withBefore(store: Ledger, hands: readonly ChangeInHand[]): Promise<ChangeInHand[]> {
  return Promise.all(hands.map(async (hand) => ({ ...hand, before: await settledBefore(store, hand) })))
}

async function settledBefore(store: Ledger, { change }: ChangeInHand): Promise<LedgerEntry | null> {
  const entry = await store.ledgerEntry(change.board, change.key)
  return entry === null || (entry.itemId === null && change.version === 0)
    ? null
    : { ...entry, state: 'settled', request: null }
}

/**
 * Changes whose claims were released with nothing sent, for the versions that their keys have now: a claim and its release
 * move a version on. A key that somebody else changed meanwhile keeps its old version, so that its claim is stale.
 */
export function refreshed(store: Ledger, hands: readonly ChangeInHand[]): Promise<ChangeInHand[]> {
  return Promise.all(
    hands.map(async (hand) => {
      const { change, before } = hand
      if (before === null) return hand
      const now = await store.ledgerEntry(change.board, change.key)
      if (now === null || !isSame(now, before)) return { ...hand, before: null }
      return { ...hand, before: null, change: { ...change, version: now.version } }
    }),
  )
}

function isSame(now: LedgerEntry, before: LedgerEntry): boolean {
  return (
    now.state === 'settled' &&
    (['itemId', 'place', 'name', 'group', 'cells', 'leftOn', 'desired', 'at'] as const).every(
      (field) => now[field] === before[field],
    )
  )
}
