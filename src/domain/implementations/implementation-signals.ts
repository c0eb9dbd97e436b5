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

const patterns = new WeakMap<ImplementationModel, RegExp>()

/** Finds a word that begins like one of the model's, whatever its case. Asked for every open opportunity there is. */
function patternOf(model: ImplementationModel): RegExp {
  let pattern = patterns.get(model)
  if (pattern === undefined) {
    const words = model.signalWords.map((word) => word.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|')
    // Without words nothing is found.
    pattern = words === '' ? /(?!)/ : new RegExp(`(?<![\\p{L}\\p{N}])(?:${words})`, 'iu')
    patterns.set(model, pattern)
  }
  return pattern
}

/** Open opportunities that speak of an integration, or are large, and have no implementation; each with its evidence. */
export function implementationSignals(
  opportunities: readonly FactValues[],
  projects: readonly Implementation[],
  model: ImplementationModel,
): readonly FactValues[] {
  const pattern = patternOf(model)
  let found: FactValues[] | undefined
  for (const one of opportunities) {
    const { id, isOpen, seats, name, nextStep } = one
    if (isOpen !== true) continue
    const isLarge = typeof seats === 'number' && seats >= model.signalSeats
    const said = speaks(pattern, name) ? name : speaks(pattern, nextStep) ? nextStep : undefined
    if ((said === undefined && !isLarge) || projects.some(({ opportunityId }) => opportunityId === id)) continue
    found ??= []
    found.push(signalOf(one, said === undefined ? `${seats} seats` : `It says: ${String(said).slice(0, 120)}`, isLarge))
  }
  return found ?? NONE
}

const NONE: readonly never[] = []

function speaks(pattern: RegExp, text: unknown): boolean {
  return typeof text === 'string' && pattern.test(text)
}

function signalOf(opportunity: FactValues, evidence: string, isLarge: boolean): FactValues {
  const { id, name, arr, closeOn, accountId, ownerId } = opportunity
  return {
    id: String(id),
    opportunityId: String(id),
    ...(name === undefined ? {} : { name }),
    evidence,
    isLarge,
    ...(arr === undefined ? {} : { arr }),
    ...(closeOn === undefined ? {} : { closeOn }),
    ...(accountId === undefined ? {} : { accountId }),
    ...(ownerId === undefined ? {} : { ownerId }),
  }
}
