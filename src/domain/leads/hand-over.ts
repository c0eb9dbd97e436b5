import type { Derivation, Draft } from '../derivation.ts'
import type { FactValues } from '../facts.ts'

/**
 * Adds to a customer by when its account manager should have it, after it turned green or was first won, as model.yaml says; and
 * whether that day has passed while it has none, or nobody but whoever brought it there.
 */
export function addHandOver(fact: Draft, opportunities: readonly FactValues[], derivation: Derivation): void {
  const { at, withinDays } = derivation.context.model.handOver
  const from = at === 'green' ? fact.greenOn : fact.firstWonOn
  if (typeof from !== 'number' || fact.isCustomer !== true) return
  const first = opportunities.find(({ isWon, closedOn }) => isWon === true && closedOn === from)
  const seller = (at === 'green' ? fact.greenOwnerId : first?.ownerId) ?? fact.ownerId
  fact.handOverDueOn = from + withinDays
  fact.isHandedOver = fact.accountManagerId !== undefined && fact.accountManagerId !== seller
  fact.isHandOverOverdue = !fact.isHandedOver && derivation.day > from + withinDays
  if (!fact.isHandedOver) derivation.wakeOn(from + withinDays + 1)
}
