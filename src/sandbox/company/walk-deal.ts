import type { Random } from '../engine/random.ts'

export type DealKind = 'new_business' | 'expansion' | 'renewal'

/** What a deal was from `at` on. */
export interface DealStep {
  readonly at: number
  readonly stage: string
  /** Cents; `null` when nobody entered one. */
  readonly amount: number | null
  /** Midnight (UTC) of the day. */
  readonly closeOn: number
  readonly probability: number
}

export interface DealPlan {
  readonly kind: DealKind
  readonly outcome: 'won' | 'lost'
  readonly createdAt: number
  readonly asOf: number
  /** Cents. */
  readonly amount: number
  /** 1: as small accounts buy; larger ones take longer. */
  readonly slowness: number
  readonly hasAmount: boolean
}

const DAY_MS = 86_400_000

interface OpenStage {
  readonly stage: string
  readonly probability: number
  /** Half of the deals leave the stage sooner. */
  readonly medianDays: number
}

const OPEN_STAGES: readonly OpenStage[] = [
  { stage: 'Prospecting', probability: 10, medianDays: 4 },
  { stage: 'Qualification', probability: 10, medianDays: 7 },
  { stage: 'Needs Analysis', probability: 20, medianDays: 11 },
  { stage: 'Value Proposition', probability: 50, medianDays: 13 },
  { stage: 'Proposal/Price Quote', probability: 75, medianDays: 12 },
  { stage: 'Negotiation/Review', probability: 90, medianDays: 9 },
]
/** The open stages that this company uses, in order. */
export const OPEN_STAGE_NAMES: readonly string[] = OPEN_STAGES.map((each) => each.stage)

const RENEWAL_STAGES = OPEN_STAGES.filter((each) =>
  ['Qualification', 'Proposal/Price Quote', 'Negotiation/Review'].includes(each.stage),
)

/**
 * A deal's way through the stages up to `asOf`: some skip a stage, some move back, amounts and close dates change on the
 * way, and it ends as `outcome` unless `asOf` comes first. There is always a first step, and steps never go back in time.
 */
export function walkDeal(random: Random, plan: DealPlan): DealStep[] {
  const stages = plan.kind === 'renewal' ? RENEWAL_STAGES : OPEN_STAGES
  // Most lost deals are lost early; a won one goes the whole way.
  const lastOpen = plan.outcome === 'won' ? stages.length - 1 : Math.floor(random.next() ** 1.4 * stages.length)
  const path: OpenStage[] = []
  for (let place = 0; place <= lastOpen; place++) {
    const isSkipped = place > 0 && place < lastOpen && random.chance(0.12)
    if (isSkipped) continue
    path.push(stages[place] as OpenStage)
    if (place > 1 && random.chance(0.05)) path.push(stages[place - 1] as OpenStage, stages[place] as OpenStage)
  }

  let at = plan.createdAt
  let amount = plan.hasAmount ? plan.amount : null
  let closeOn = dayOf(at) + Math.round(random.int(40, 90) * plan.slowness) * DAY_MS
  const steps: DealStep[] = []
  const add = (stage: string, probability: number) => steps.push({ at, stage, amount, closeOn, probability })
  for (const { stage, probability, medianDays } of path) {
    add(stage, probability)
    const leavesAt = at + Math.max(3_600_000, random.logNormal(medianDays * plan.slowness, 0.75) * DAY_MS)
    if (amount !== null && random.chance(0.12)) {
      at = between(at, leavesAt, random)
      amount = Math.round((amount * random.pick([80, 90, 110, 120, 150])) / 100)
      add(stage, probability)
    }
    while (closeOn < dayOf(leavesAt) && random.chance(0.7)) {
      at = Math.max(at + 1_000, Math.min(wholeSecond(leavesAt) - 1_000, closeOn + 10 * 3_600_000))
      closeOn = dayOf(at) + random.int(14, 45) * DAY_MS
      add(stage, probability)
    }
    at = Math.max(at + 1_000, wholeSecond(leavesAt))
  }
  closeOn = dayOf(at)
  add(plan.outcome === 'won' ? 'Closed Won' : 'Closed Lost', plan.outcome === 'won' ? 100 : 0)
  const known = steps.filter((step) => step.at < plan.asOf)
  return known.length > 0 ? known : steps.slice(0, 1)
}

function between(from: number, to: number, random: Random): number {
  return Math.max(from + 1_000, wholeSecond(from + (to - from) * (0.2 + 0.6 * random.next())))
}

function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS) * DAY_MS
}

function wholeSecond(ms: number): number {
  return Math.floor(ms / 1_000) * 1_000
}
