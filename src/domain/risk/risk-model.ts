import type { RiskLikelihood } from '../demand-records.ts'

/** Why customers leave: four groups, each with reasons of its own. */
export const RISK_GROUPS = ['product', 'commercial', 'success', 'service'] as const
export type RiskGroup = (typeof RISK_GROUPS)[number]

/** Whose risk it is where nobody is named. */
export const RISK_OWNERS = ['csm', 'account_manager', 'owner'] as const
export type RiskOwner = (typeof RISK_OWNERS)[number]

/** What a risk must tell to be more than a hunch. */
export const RISK_NEEDS = ['feature', 'competitor', 'likelihood', 'amount', 'channel', 'kind', 'owner'] as const
export type RiskNeed = (typeof RISK_NEEDS)[number]

export interface RiskReason {
  readonly name: string
  readonly group: RiskGroup
  readonly owner: RiskOwner
  readonly needs: readonly RiskNeed[]
  /** What has helped, to choose from. */
  readonly plays: readonly string[]
}

export interface HealthModel {
  /** Weights of the measures that are there. */
  readonly weights: { readonly seats: number; readonly trend: number; readonly breadth: number }
  /** From which score (0 to 100) on health is medium, and high. */
  readonly mediumFrom: number
  readonly highFrom: number
  /** So many features in use are all that is wanted. */
  readonly features: number
  /** By how much use must fall below what was to be expected to be a signal. */
  readonly drop: number
  /** Below this share of paid seats in use there is a signal. */
  readonly seatsUsed: number
  /** Times of the year in which an account of a country (`*`: any other) is expected to be quiet: first and last day as month × 100 + day. */
  readonly quiet: Readonly<Record<string, readonly { readonly from: number; readonly to: number }[]>>
}

/** What model.yaml says about accounts that may leave. */
export interface RiskModel {
  readonly reasons: readonly RiskReason[]
  readonly likelihoods: Readonly<Record<RiskLikelihood, number>>
  /** Plays without which nothing is planned. */
  readonly minPlays: number
  readonly health: HealthModel
  /** Days before a renewal in which weak health is a signal. */
  readonly renewalDays: number
  /** Days within which a contact that answered is engaged. */
  readonly engagedDays: number
  /** Engaged contacts for 100 active users. */
  readonly contactsPer100: number
  /** Days after which a business review is due again. */
  readonly reviewDays: number
}

const reason = (group: RiskGroup, name: string, needs: readonly RiskNeed[], plays: readonly string[]): RiskReason => ({
  name,
  group,
  owner: 'csm',
  needs,
  plays,
})

export function defaultRisks(): RiskModel {
  const product = ['more use cases', 'call with the product manager', 'roadmap commitment', 'third-party tool']
  return {
    reasons: [
      reason('product', 'missing feature', ['feature'], product),
      reason('product', 'bug', [], product),
      reason('product', 'does not fit', [], product),
      reason('commercial', 'price', [], ['ramped price', 'success plan']),
      reason('commercial', 'budget order from above', [], ['ramped price', 'more use cases']),
      reason('commercial', 'layoffs', [], ['ramped price', 'more use cases']),
      reason('success', 'no ROI', [], ['success plan', 'more use cases']),
      reason('success', 'low adoption', [], ['success plan', 'more use cases']),
      reason('success', 'weak relationship', [], ['success plan', 'call with the product manager']),
      reason('service', 'implementation', [], ['success plan', 'third-party tool']),
      reason('service', 'partner', [], ['success plan', 'third-party tool']),
    ],
    likelihoods: { definite: 0.95, high: 0.75, medium: 0.5, low: 0.2 },
    minPlays: 2,
    health: {
      weights: { seats: 0.4, trend: 0.4, breadth: 0.2 },
      mediumFrom: 40,
      highFrom: 70,
      features: 5,
      drop: 0.4,
      seatsUsed: 0.5,
      quiet: {
        SE: [{ from: 701, to: 831 }],
        NO: [{ from: 701, to: 815 }],
        FI: [{ from: 701, to: 815 }],
        DK: [{ from: 701, to: 815 }],
        FR: [{ from: 801, to: 831 }],
        IT: [{ from: 801, to: 831 }],
        ES: [{ from: 801, to: 831 }],
        US: [{ from: 1215, to: 1231 }],
        '*': [
          { from: 1220, to: 1231 },
          { from: 101, to: 106 },
        ],
      },
    },
    renewalDays: 90,
    engagedDays: 90,
    contactsPer100: 2,
    reviewDays: 365,
  }
}
