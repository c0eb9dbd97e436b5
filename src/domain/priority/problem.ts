import type { LeftOut, LeftOutReason, PriorityDeal, PriorityFeature, PriorityInput } from './priority-input.ts'

/** The plan's question in numbers: which features, within the capacities, make the worth of what all blockers are built for greatest. */
export interface Problem {
  /** What can be built, by id. */
  readonly features: readonly PriorityFeature[]
  /** By feature, then capacity. */
  readonly effort: readonly (readonly number[])[]
  readonly capacities: readonly string[]
  /** By feature: the features that must be there first, those that these need included. */
  readonly needs: readonly (readonly number[])[]
  /** By feature: the features that cannot be without it. */
  readonly neededBy: readonly (readonly number[])[]
  /** Deals with the same blockers are one. */
  readonly bundles: readonly Bundle[]
  /** By feature: the bundles that it blocks. */
  readonly bundlesOf: readonly (readonly number[])[]
  readonly leftOut: readonly LeftOut[]
}

export interface Bundle {
  /** Ascending. */
  readonly blockers: readonly number[]
  /** Minor units. */
  readonly worth: number
  readonly deals: readonly PriorityDeal[]
}

/**
 * The problem of an input: the same whatever the order of features and deals.
 *
 * What is shipped blocks nothing. What is declined, unknown, without effort, or needs such, is left out with the reason, and so is
 * every deal that waits for it: it counts only when all its blockers ship.
 */
export function toProblem(input: PriorityInput): Problem {
  const leftOut: LeftOut[] = []
  const byId = new Map(input.features.map((feature) => [feature.id, feature]))
  const out = (feature: PriorityFeature, reason: LeftOutReason, because?: string) => {
    leftOut.push({ kind: 'feature', id: feature.id, reason, ...(because === undefined ? {} : { because }) })
  }
  let features = [...byId.values()]
    .filter(({ status }) => status !== 'shipped')
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .filter((feature) => {
      const reason = reasonAgainst(feature, input)
      if (reason !== undefined) out(feature, reason)
      return reason === undefined
    })
  // What needs something that is left out is left out too, and so on.
  for (;;) {
    const kept = new Set(features.map(({ id }) => id))
    const missing = (id: string) => !kept.has(id) && byId.get(id)?.status !== 'shipped'
    const next = features.filter((feature) => {
      const because = feature.requires.find(missing)
      if (because !== undefined) out(feature, 'needs-what-is-left-out', because)
      return because === undefined
    })
    if (next.length === features.length) break
    features = next
  }
  const places = new Map(features.map(({ id }, place) => [id, place]))
  const needs = features.map((_, place) => needsOf(place, features, places))
  const neededBy: number[][] = features.map(() => [])
  needs.forEach((list, place) => {
    for (const need of list) neededBy[need]?.push(place)
  })
  const bundles = toBundles(input.deals, byId, places, leftOut)
  const bundlesOf: number[][] = features.map(() => [])
  bundles.forEach(({ blockers }, bundle) => {
    for (const place of blockers) bundlesOf[place]?.push(bundle)
  })
  const capacities = [...new Set(input.periods.flatMap(({ capacities: list }) => list.map(({ name }) => name)))]
  return {
    features,
    effort: features.map(({ effort }) => capacities.map((name) => effort?.[name] ?? 0)),
    capacities,
    needs,
    neededBy,
    bundles,
    bundlesOf,
    leftOut,
  }
}

function reasonAgainst({ status, effort }: PriorityFeature, { periods }: PriorityInput): LeftOutReason | undefined {
  if (status === 'declined') return 'declined'
  if (effort === undefined) return 'no-effort'
  // Without a word about what can be built, everything would fit.
  return periods.some(({ capacities }) => capacities.length > 0) ? undefined : 'no-period'
}

function needsOf(
  place: number,
  features: readonly PriorityFeature[],
  places: ReadonlyMap<string, number>,
): readonly number[] {
  const found = new Set<number>()
  const look = [place]
  for (let at = look.pop(); at !== undefined; at = look.pop()) {
    for (const id of features[at]?.requires ?? []) {
      const need = places.get(id)
      if (need === undefined || need === place || found.has(need)) continue
      found.add(need)
      look.push(need)
    }
  }
  return [...found].sort((a, b) => a - b)
}

function toBundles(
  deals: readonly PriorityDeal[],
  byId: ReadonlyMap<string, PriorityFeature>,
  places: ReadonlyMap<string, number>,
  leftOut: LeftOut[],
): Bundle[] {
  const bundles = new Map<string, { blockers: readonly number[]; worth: number; deals: PriorityDeal[] }>()
  for (const deal of deals.toSorted((a, b) => (a.kind + a.id < b.kind + b.id ? -1 : 1))) {
    const waits = [...new Set(deal.blockers)].filter((id) => byId.get(id)?.status !== 'shipped')
    const because = waits.find((id) => !places.has(id))
    const reason = reasonOf(deal, waits, because, byId)
    if (reason !== undefined) {
      leftOut.push({ kind: deal.kind, id: deal.id, reason, ...(because === undefined ? {} : { because }) })
      continue
    }
    const blockers = waits.map((id) => places.get(id) as number).sort((a, b) => a - b)
    const bundle = bundles.get(blockers.join()) ?? { blockers, worth: 0, deals: [] }
    bundle.worth += deal.worth
    bundle.deals.push(deal)
    bundles.set(blockers.join(), bundle)
  }
  return [...bundles.values()]
}

function reasonOf(
  deal: PriorityDeal,
  waits: readonly string[],
  because: string | undefined,
  byId: ReadonlyMap<string, PriorityFeature>,
): LeftOutReason | undefined {
  if (waits.length === 0) return 'not-blocked'
  if (because !== undefined) return byId.has(because) ? 'needs-what-is-left-out' : 'unknown-feature'
  return deal.worth > 0 ? undefined : 'no-worth'
}

/** How much of each capacity a set of features takes. */
export function effortOf(problem: Problem, chosen: Iterable<number>): number[] {
  const sum = problem.capacities.map(() => 0)
  for (const place of chosen) {
    problem.effort[place]?.forEach((effort, row) => {
      sum[row] = (sum[row] ?? 0) + effort
    })
  }
  return sum
}

/** What a set of features is worth, in minor units: that of everything whose blockers are all in it. */
export function worthOf(problem: Problem, chosen: ReadonlySet<number>): number {
  let value = 0
  for (const { blockers, worth } of problem.bundles) if (blockers.every((place) => chosen.has(place))) value += worth
  return value
}

/** What all that can be planned is worth: more than any set. */
export function totalWorth({ bundles }: Problem): number {
  return bundles.reduce((sum, { worth }) => sum + worth, 0)
}

/** Whether a set keeps within the capacities and has what its features need. */
export function isFeasible(problem: Problem, chosen: ReadonlySet<number>, limits: readonly number[]): boolean {
  for (const place of chosen) if (!problem.needs[place]?.every((need) => chosen.has(need))) return false
  return effortOf(problem, chosen).every((sum, row) => sum <= (limits[row] ?? 0))
}
