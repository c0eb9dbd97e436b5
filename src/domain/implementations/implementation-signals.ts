import { comparable } from '../catalogue.ts'
import type { Implementation } from '../customer-records.ts'
import type { FactValues } from '../facts.ts'

/** What model.yaml says about implementations. */
export interface ImplementationModel {
  /** An open opportunity of so many seats needs one. */
  readonly signalSeats: number
  /** And so does one that speaks of any of these; beginnings of words. */
  readonly signalWords: readonly string[]
}

export function defaultImplementations(): ImplementationModel {
  return { signalSeats: 200, signalWords: ['integration', 'integrate', 'migration'] }
}

/** Open opportunities that speak of an integration, or are large, and have no implementation; each with its evidence. */
export function implementationSignals(
  opportunities: readonly FactValues[],
  projects: readonly Implementation[],
  { signalSeats, signalWords }: ImplementationModel,
): FactValues[] {
  const served = new Set(projects.map(({ opportunityId }) => opportunityId))
  const found: FactValues[] = []
  for (const { id, isOpen, seats, name, nextStep, arr, accountId, ownerId, closeOn } of opportunities) {
    if (isOpen !== true || served.has(String(id))) continue
    const text = [name, nextStep].filter((one) => typeof one === 'string').join(' · ')
    const words = comparable(text).split(' ')
    const word = signalWords.find((one) => words.some((said) => said.startsWith(comparable(one))))
    const isLarge = typeof seats === 'number' && seats >= signalSeats
    if (word === undefined && !isLarge) continue
    found.push({
      id: String(id),
      opportunityId: String(id),
      ...(typeof name === 'string' ? { name } : {}),
      evidence: word === undefined ? `${seats} seats` : `It says: ${text.slice(0, 120)}`,
      isLarge,
      ...(arr === undefined ? {} : { arr }),
      ...(closeOn === undefined ? {} : { closeOn }),
      ...(accountId === undefined ? {} : { accountId }),
      ...(ownerId === undefined ? {} : { ownerId }),
    })
  }
  return found
}
