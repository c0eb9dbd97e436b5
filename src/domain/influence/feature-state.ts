import type { Day } from '../day.ts'
import type { Feature, FeatureStatus } from '../demand-records.ts'
import type { Derivation } from '../derivation.ts'

/** A feature as it is on the day of a derivation. */
export interface FeatureState {
  readonly id: string
  readonly name: string
  readonly theme: string | undefined
  readonly status: FeatureStatus | undefined
  readonly etaQuarter: string | undefined
  readonly isShipped: boolean
  /** `undefined` while it is not shipped, and where nobody wrote down when it was. */
  readonly shippedOn: Day | undefined
}

/**
 * The feature that stands for one of the catalogue today: itself; while it is not shipped and a bigger one takes its place, that one.
 * Every feature that was looked at is a reason to derive again, and so is the day on which one ships.
 */
export function featureState(id: string, derivation: Derivation): FeatureState | undefined {
  const { features } = derivation.context
  const own = features.get(id)
  if (own === undefined) return undefined
  const look = ({ status, shippedOn, supersededById }: Feature) => {
    if (shippedOn !== undefined && status !== 'declined') derivation.wakeOn(shippedOn)
    if (supersededById !== undefined) derivation.uses.push(`feature:${supersededById}`)
  }
  return stateOf(standsFor(own, features, derivation.day, look), derivation.day)
}

/** The feature that stands for one on a day, as `featureState` has it; `look` is told each that was looked at. */
export function standsFor(
  own: Feature,
  features: ReadonlyMap<string, Feature>,
  day: Day,
  look: (feature: Feature) => void = () => {},
): Feature {
  const seen = new Set<string>()
  let feature = own
  for (;;) {
    seen.add(feature.id)
    look(feature)
    if (isShippedOn(feature, day) || feature.supersededById === undefined) return feature
    const next = features.get(feature.supersededById)
    if (next === undefined) return feature
    // Two that replace each other: nobody knows which one is meant.
    if (seen.has(next.id)) return own
    feature = next
  }
}

function stateOf(feature: Feature, day: Day): FeatureState {
  const isShipped = isShippedOn(feature, day)
  return {
    id: feature.id,
    name: feature.name ?? feature.id,
    theme: feature.theme,
    status: isShipped ? 'shipped' : feature.status,
    etaQuarter: feature.etaQuarter,
    isShipped,
    shippedOn: isShipped ? feature.shippedOn : undefined,
  }
}

/** Whether a feature is shipped on a day: by its day, else by its status; one that is declined is not. */
export function isShippedOn({ status, shippedOn }: Feature, day: Day): boolean {
  if (status === 'declined') return false
  return shippedOn === undefined ? status === 'shipped' : shippedOn <= day
}
