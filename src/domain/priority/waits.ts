import type { CountedOpportunity } from '../counted.ts'
import type { FactValues } from '../facts.ts'
import { crmTail, levelsOf, NO_STAGE } from '../funnel-cells.ts'
import type { FeatureState } from '../influence/feature-state.ts'
import { numberOf, textOf, wasMissingAtClose } from '../influence/links.ts'
import type { Stake } from '../influence/stakes.ts'
import { type Ladder, ladderOf } from '../ladder.ts'
import type { Model } from '../model.ts'
import { type PathPoint, UNKNOWN_STAGE } from '../path.ts'

/** Something that waits for features: an open opportunity, or an account at risk. */
export interface Wait {
  readonly kind: 'opportunity' | 'risk'
  readonly id: string
  /** As people call it. */
  readonly name: string
  readonly accountId?: string
  /** Minor units. */
  readonly arr: number
  /** The stage of an opportunity, as in keys of the funnel: `salesforce|3|*`. */
  readonly stage?: string
  /** The CRM’s probability of an opportunity; that a risk comes true. */
  readonly probability?: number
  /** What has not shipped of all that blocks it, by id, and how sure it is, 0..1, that each decides. */
  readonly blockers: readonly (readonly [feature: string, certainty: number])[]
}

/** How an opportunity ended that was blocked to its end. */
export interface BlockedEnd {
  readonly isWon: boolean
  /** Its pipeline, as in keys of the funnel, in no known stage; then the stages it is known to have passed. */
  readonly stages: readonly string[]
}

/** What a dossier says of what is worth building. */
export interface CountedPriority {
  readonly waits: readonly Wait[]
  readonly ends: readonly BlockedEnd[]
}

/**
 * What waits for features in a dossier: open opportunities that a feature blocks which has not shipped, and open risks that name one.
 * `null` where nothing does. A feature that a bigger one takes the place of is the bigger one.
 */
export function countedPriority(
  stakes: readonly Stake[],
  risks: readonly FactValues[],
  account: FactValues | null,
  stateOf: (featureId: string) => FeatureState | undefined,
  certaintyOf: (featureId: string) => number,
  model: Model,
): CountedPriority | null {
  const waits: Wait[] = []
  const ends: BlockedEnd[] = []
  const blocked = stakes.filter(({ link }) => link?.role === 'blocker')
  for (const list of Map.groupBy(blocked, ({ opportunity }) => opportunity.id).values()) {
    const [{ opportunity, counted }] = list as [Stake]
    const ladder = ladderOf(model, counted.source, counted.pipeline)
    if (opportunity.isOpen === true) {
      const missing = list.filter(({ feature }) => !feature.isShipped)
      if (missing.length === 0 || typeof opportunity.arr !== 'number') continue
      const stage = counted.path.at(-1)?.stage ?? UNKNOWN_STAGE
      waits.push({
        kind: 'opportunity',
        ...about(opportunity, account),
        arr: opportunity.arr,
        stage: crmTail(ladder, stage === UNKNOWN_STAGE ? NO_STAGE : stage),
        ...maybe('probability', numberOf(opportunity.probability)),
        blockers: missing.map(({ feature, link }) => [feature.id, link?.certainty ?? 0] as const),
      })
    } else if (list.some(({ feature }) => wasMissingAtClose(feature, numberOf(opportunity.closedOn))))
      ends.push({
        isWon: opportunity.isWon === true,
        stages: [crmTail(ladder, NO_STAGE), ...stagesPassed(counted, ladder)],
      })
  }
  // An account leaves once: of several of its risks for one feature the one that is worth most counts.
  const byFeature = new Map<string, Wait>()
  for (const risk of risks) {
    const { isOpen, probability, arrAtRisk: arr, featureId } = risk
    if (isOpen !== true || typeof probability !== 'number' || typeof arr !== 'number') continue
    const feature = typeof featureId === 'string' ? stateOf(featureId) : undefined
    if (feature === undefined || feature.isShipped) continue
    const blockers = [[feature.id, certaintyOf(feature.id)] as const]
    const wait: Wait = { kind: 'risk', ...about(risk, account), arr, probability, blockers }
    const key = JSON.stringify([wait.accountId ?? wait.id, feature.id])
    const other = byFeature.get(key)
    if (other === undefined || isWorthMore(wait, other)) byFeature.set(key, wait)
  }
  waits.push(...byFeature.values())
  return waits.length + ends.length === 0 ? null : { waits, ends }
}

/** Of two risks for one feature, which is as certain for both; of equal ones that with the smaller id. */
function isWorthMore(one: Wait, other: Wait): boolean {
  const [worth, than] = [one.arr * (one.probability ?? 0), other.arr * (other.probability ?? 0)]
  return worth > than || (worth === than && one.id < other.id)
}

function about(
  { id, name, reason, accountId }: FactValues,
  account: FactValues | null,
): Pick<Wait, 'id' | 'name' | 'accountId'> {
  const words = [textOf(account?.name), textOf(name) ?? textOf(reason)].filter((word) => word !== undefined)
  return {
    id: String(id),
    name: words.length === 0 ? String(id) : words.join(': '),
    ...maybe('accountId', textOf(accountId)),
  }
}

function maybe<K extends string, T>(name: K, value: T | undefined): Partial<Record<K, T>> {
  return value === undefined ? {} : ({ [name]: value } as Partial<Record<K, T>>)
}

/** The stages that the funnel counts it in as an entry, so that it can be told from all that were in them. */
function stagesPassed({ path, segment, state }: CountedOpportunity, ladder: Ladder): string[] {
  const { crm } = levelsOf(ladder, segment)
  const last = path[path.length - 1]
  const passes = state === 'won' && last !== undefined ? crm.closing(last.stage, 'won').passes : 0
  const passed: string[] = []
  let top = -1
  for (let i = 0; i < path.length; i += 1) {
    const point = path[i] as PathPoint
    const to = i < path.length - 1 ? crm.rung(point.stage) : passes - 1
    for (; top < to; top += 1) {
      const cell = crm.rungs[top + 1]
      if (cell !== undefined && !point.guessed) passed.push(cell.tail)
    }
  }
  return passed
}
