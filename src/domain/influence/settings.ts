/** How credit for a won opportunity is split over the features that earn some. */
export const ATTRIBUTION_MODELS = ['even', 'first', 'last', 'primary', 'importance', 'custom'] as const
export type AttributionModel = (typeof ATTRIBUTION_MODELS)[number]

/** How influence is reckoned; part of the model. */
export interface InfluenceSettings {
  /** Days after shipping (or a promise) in which what happens is told of the feature, both ends counted. */
  readonly windowDays: number
  /** Days after an opportunity opened by which a link counts as there from its beginning, when rates are compared. */
  readonly linkDays: number
  readonly attribution: AttributionModel
  /** Weights by role, of the model `custom`. */
  readonly weights: RoleWeights
  /** Where the next size of opportunities begins, in units of company currency, ascending; at most `MAX_BANDS` − 1. */
  readonly sizeBands: readonly number[]
}

export interface RoleWeights {
  readonly blocker: number
  readonly wanted: number
  readonly shown: number
}

/** Sizes of opportunities that are told apart, at most. */
export const MAX_BANDS = 6

export const DEFAULT_INFLUENCE: InfluenceSettings = {
  windowDays: 90,
  linkDays: 14,
  attribution: 'even',
  weights: { blocker: 3, wanted: 1, shown: 0 },
  sizeBands: [5_000, 25_000, 100_000],
}
