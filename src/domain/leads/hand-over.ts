import type { Derivation, Draft } from '../derivation.ts'

/**
 * Adds to an account by when its account manager should have it from its owner, after it turned green or was first won, as model.yaml says; and
 * whether that day has passed while it has none, or one who owned it before.
 */
export function addHandOver(fact: Draft, derivation: Derivation): void {
  const { at, withinDays } = derivation.context.model.handOver
  const from = at === 'green' ? fact.greenOn : fact.firstWonOn
  if (typeof from !== 'number') return
  fact.handOverDueOn = from + withinDays
  fact.isHandedOver = fact.accountManagerId !== undefined && fact.accountManagerId !== fact.ownerId
  fact.isHandOverOverdue = !fact.isHandedOver && derivation.day > from + withinDays
  if (!fact.isHandedOver) derivation.wakeOn(from + withinDays + 1)
}
