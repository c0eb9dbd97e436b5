import type { CountedActive } from './activity/counted-active.ts'
import type { CountedBook } from './books/book.ts'
import type { CountedBuckets } from './buckets/bucket-walk.ts'
import type { UsageSum } from './customer-facts.ts'
import type { Day } from './day.ts'
import type { FactValues } from './facts.ts'
import type { CountedPartner } from './implementations/counted-project.ts'
import type { CountedSubject } from './influence/subject-sums.ts'
import type { CountedProof } from './leads/score-proof.ts'
import type { FunnelStage } from './model.ts'
import type { Path } from './path.ts'
import type { CountedPriority } from './priority/waits.ts'
import type { OpportunityState, Segment } from './records.ts'
import type { ArrPath } from './revenue/arr-path.ts'
import type { CountedRenewal, CountedRisk } from './risk/counted-risk.ts'
import type { CountedCause } from './risk/shared-causes.ts'
import type { CountedTicket } from './support/counted-ticket.ts'
import type { CountedMention } from './voice/counted-mention.ts'

/**
 * What totals count of a dossier: values of fixed shapes beside the facts that mappings see, and no more of them than that;
 * they are stored, so that what a dossier added can be taken away.
 */
export interface Counted {
  /** What the account paid over time; `null` without account, and where nothing tells. */
  readonly arr: CountedArr | null
  readonly opportunities: readonly CountedOpportunity[]
  /** Bots are none. */
  readonly leads: readonly CountedLead[]
  readonly usage: UsageSum
  /** `null` where nobody was active while it paid. */
  readonly active: CountedActive | null
  /** Whose books it stands in. */
  readonly books: readonly CountedBook[]
  /** What came of leads, beside their scores. */
  readonly proofs: readonly CountedProof[]
  /** `null` where there is nothing of it. */
  readonly care: CountedCare | null
  /** What there is to tell of features. */
  readonly influence: CountedInfluence
  /** `null` where nothing waits for a feature. */
  readonly priority: CountedPriority | null
}

/** What is counted of looking after customers. Texts, numbers and lists of them alone: it is stored as it stands. */
export interface CountedCare {
  readonly tickets: readonly CountedTicket[]
  /** Hunches left out. */
  readonly risks: readonly CountedRisk[]
  readonly renewal: CountedRenewal | null
  /** Of risks that were raised lately. */
  readonly causes: readonly CountedCause[]
  /** Of features, in tickets and requests. */
  readonly mentions: readonly CountedMention[]
  /** Projects by partner. */
  readonly partners: readonly CountedPartner[]
}

export interface CountedInfluence {
  readonly segment: string | undefined
  /** By subject, each once. */
  readonly subjects: readonly CountedSubject[]
}

/** Of a dossier that says nothing of features. */
export const NO_INFLUENCE: CountedInfluence = { segment: undefined, subjects: [] }

export interface CountedArr {
  readonly segment: string | undefined
  readonly motion: string | undefined
  readonly path: ArrPath
  /** The account it names as its parent, and those whose families it counts for. */
  readonly parentId: string | undefined
  readonly families: readonly string[]
  /** `null` where sales never took part. */
  readonly buckets: CountedBuckets | null
}

export interface CountedOpportunity {
  readonly source: string
  readonly pipeline: string | undefined
  readonly segment: Segment | undefined
  readonly state: OpportunityState
  readonly funnelStage: FunnelStage
  readonly category: Category
  /** What the CRM says of its being won some day, in whole percent; of open ones. */
  readonly chance: number | undefined
  /** Its id, where it is open and large enough to be a must-win one. */
  readonly largeId: string | undefined
  /** Its last point is what it is today, its ARR included (0 where it has none, or there is no rate). */
  readonly path: Path
  /** Whether the account grew after this win. */
  readonly expanded: boolean
  /** Whether a lead stands for it in the funnel's first stage. */
  readonly cameAsLead: boolean
  readonly isRenewal: boolean
  readonly isExpansion: boolean
}

/** What sales says of an open opportunity; of others `pipeline`. */
export const CATEGORIES = ['pipeline', 'commit', 'best_case', 'omitted'] as const
export type Category = (typeof CATEGORIES)[number]

export interface CountedLead {
  readonly segment: string | undefined
  /** The days between which it was in the funnel's first stage; `until` is `undefined` while it is. */
  readonly since: Day
  readonly until: Day | undefined
  /** Whether `since` is the day it was created. */
  readonly isDated: boolean
  /** Whether `until` is the day it was converted. */
  readonly isConversionDated: boolean
  /** The place of the opportunity it became among those of the dossier, -1 for one elsewhere; `undefined` where it became none. */
  readonly became: number | undefined
}

/** The ARR of an opportunity as it is today. */
export function arrToday({ path }: CountedOpportunity): number {
  return path[path.length - 1]?.arr ?? 0
}

/** When the account last grew: the latest closing, or else creation, among its opportunities in `expansion`. */
export function lastExpansion(opportunities: readonly FactValues[]): number {
  let last = Number.NEGATIVE_INFINITY
  for (const { funnelStage, closedAt, createdAt } of opportunities) {
    if (funnelStage !== 'expansion') continue
    const at = closedAt ?? createdAt
    if (typeof at === 'number') last = Math.max(last, at)
  }
  return last
}
