import type { Capacity } from './priority-input.ts'

/** How features are planned; part of the model. */
export interface PrioritySettings {
  /** The times to plan for, the next one first. */
  readonly periods: readonly PriorityPeriod[]
  /** Features that people decided about, by id. */
  readonly decided: Readonly<Record<string, 'yes' | 'no'>>
  /** How sure it is that a feature decides, by evidence, where nobody said. */
  readonly certainty: CertaintyByEvidence
}

export type CertaintyByEvidence = Readonly<Record<1 | 2 | 3, number>>

export interface PriorityPeriod {
  readonly name: string
  /** What can be built by everybody together, in the catalogue’s unit of effort. */
  readonly effort: number
  /** What single squads can build of it, by their name. */
  readonly squads: Readonly<Record<string, number>>
}

/** No period: nothing is planned until somebody says what can be built. */
export const DEFAULT_PRIORITY: PrioritySettings = {
  periods: [],
  decided: {},
  certainty: { 3: 0.8, 2: 0.5, 1: 0.2 },
}

/** The chance of a stage rests on at least so many closed opportunities; with fewer, on those of the whole pipeline. */
export const MIN_CLOSED = 30

/** What everybody together can build; squads have names of their own. */
export const EVERYBODY = '*'

/** The capacities of a period: everybody's, and one for each squad that any period names; one it does not name has no limit of its own. */
export function capacitiesOf(period: PriorityPeriod, squads: Iterable<string>): Capacity[] {
  return [
    { name: EVERYBODY, limit: period.effort },
    ...[...squads].map((name) => ({ name, limit: period.squads[name] ?? period.effort })),
  ]
}
