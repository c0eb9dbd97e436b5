import type { Step } from '../plan/plan.ts'
import type { Store } from '../store/store.ts'
import type { ChangeInHand } from './outbox-ports.ts'

/**
 * Of changes that say something of items, those whose item shows what it is to show by now, against the versions that
 * their keys have now; the others came too early or too late. A change that follows another of its key (`after`) waits for
 * that to be applied: the item may not have been there when it was planned.
 */
export async function readyToSay(
  store: Pick<Store, 'ledgerEntry' | 'refusal'>,
  hands: readonly ChangeInHand[],
): Promise<{ readonly ready: readonly ChangeInHand[]; readonly late: readonly ChangeInHand[] }> {
  const ready: ChangeInHand[] = []
  const late: ChangeInHand[] = []
  for (const hand of hands) {
    const { change } = hand
    const entry = await store.ledgerEntry(change.board, change.key)
    const isThere = entry !== null && entry.state === 'settled' && entry.place === 'active' && entry.itemId !== null
    if (!isThere || !(await isDue(store, hand, entry.version))) late.push(hand)
    else {
      const steps = change.steps.map((step) => withItem(step, entry.itemId ?? ''))
      const { after: _, ...rest } = change
      ready.push({ ...hand, change: { ...rest, version: entry.version, steps } })
    }
  }
  return { ready, late }
}

async function isDue(
  store: Pick<Store, 'refusal'>,
  { change: { board, key, version, after } }: ChangeInHand,
  now: number,
): Promise<boolean> {
  if (after === undefined) return now === version
  return now > version && (await store.refusal(board, key))?.desired !== after
}

function withItem(step: Step, itemId: string): Step {
  return step.kind === 'post' || step.kind === 'notify' ? { ...step, itemId } : step
}
