import type { Problem } from './problem.ts'
import type { Forced } from './program.ts'

/**
 * A good set of features within the limits, found by trying: from a set to begin with, or else both by adding what brings most per
 * effort and by dropping what brings least; then by dropping some and filling up again, `rounds` times, as long as it may go on. The same input gives the same set.
 *
 * Where an exact solver begins, and what stands where its time is over. `null` where not even what is forced fits.
 */
export function searchPlan(
  problem: Problem,
  limits: readonly number[],
  forced: Forced,
  rounds: number,
  begin: ReadonlySet<number> | null = null,
  goOn: () => boolean = () => true,
): ReadonlySet<number> | null {
  const outside = new Set<number>(forced.outside)
  // What needs something that is ruled out is ruled out as well.
  for (const place of forced.outside) for (const other of problem.neededBy[place] ?? []) outside.add(other)
  const inside = new Set<number>(forced.inside)
  for (const place of forced.inside) for (const need of problem.needs[place] ?? []) inside.add(need)
  if ([...inside].some((place) => outside.has(place))) return null
  const search = new Search(problem, limits, inside, outside)
  if (!search.fits()) return null

  // Without a set to begin with, both ways of making one.
  if (begin !== null) search.reset(begin)
  search.dropUntilFits()
  search.fill()
  let best = search.copy()
  let bestValue = search.value
  const keep = () => {
    if (search.value <= bestValue) return
    best = search.copy()
    bestValue = search.value
  }
  if (begin === null) {
    search.takeAll()
    search.dropUntilFits()
    search.fill()
    keep()
  }
  search.reset(best)
  const random = sequence()
  let tried = 0
  while (tried < rounds && goOn()) {
    tried += 1
    const drops = 1 + Math.floor(random() * MOST_DROPS)
    for (let i = 0; i < drops; i += 1) search.dropSome(random())
    search.fill()
    if (search.value > bestValue) keep()
    else search.reset(best)
  }
  return best
}

const MOST_DROPS = 4

/** A set of features with what it is worth, and what each more and each less would change. */
class Search {
  value = 0
  readonly #problem: Problem
  readonly #limits: readonly number[]
  readonly #inside: ReadonlySet<number>
  readonly #outside: ReadonlySet<number>
  readonly #chosen: Set<number>
  readonly #used: number[]
  /** By bundle: how many of its blockers are not chosen, and the sum of their places: of the last one, its place. */
  readonly #missing: Int32Array
  readonly #missingSum: Int32Array
  /** By feature: worth of the bundles that wait for it alone, and of those that count and would not without it. */
  readonly #gain: Float64Array
  readonly #loss: Float64Array

  constructor(problem: Problem, limits: readonly number[], inside: ReadonlySet<number>, outside: ReadonlySet<number>) {
    this.#problem = problem
    this.#limits = limits
    this.#inside = inside
    this.#outside = outside
    this.#chosen = new Set()
    this.#used = problem.capacities.map(() => 0)
    this.#missing = Int32Array.from(problem.bundles, ({ blockers }) => blockers.length)
    this.#missingSum = Int32Array.from(problem.bundles, ({ blockers }) => blockers.reduce((sum, at) => sum + at, 0))
    this.#gain = new Float64Array(problem.features.length)
    this.#loss = new Float64Array(problem.features.length)
    problem.bundles.forEach(({ blockers: [first = 0, second], worth }) => {
      if (second === undefined) this.#gain[first] = (this.#gain[first] ?? 0) + worth
    })
    for (const place of inside) this.#add(place)
  }

  copy(): ReadonlySet<number> {
    return new Set(this.#chosen)
  }

  fits(more: readonly number[] = []): boolean {
    return this.#used.every((used, row) => {
      let sum = used
      for (const place of more) sum += this.#effort(place, row)
      return sum <= (this.#limits[row] ?? 0)
    })
  }

  /** Chooses a set, and what is forced into it, and nothing else. */
  reset(set: ReadonlySet<number>): void {
    for (const place of [...this.#chosen]) if (!set.has(place) && !this.#inside.has(place)) this.#drop(place)
    for (const place of set) if (!this.#outside.has(place)) this.#add(place)
  }

  takeAll(): void {
    for (const place of this.#problem.features.keys()) if (!this.#outside.has(place)) this.#add(place)
  }

  dropUntilFits(): void {
    while (!this.fits()) {
      let least = -1
      let leastRate = Number.POSITIVE_INFINITY
      for (const place of this.#chosen) {
        const drops = this.#withDependants(place)
        if (drops === null) continue
        const lost = drops.reduce((sum, at) => sum + (this.#loss[at] ?? 0), 0)
        const size = this.#size(drops)
        if (size === 0) continue
        const rate = lost / size
        if (rate < leastRate || (rate === leastRate && place < least)) {
          least = place
          leastRate = rate
        }
      }
      if (least < 0) return
      for (const place of this.#withDependants(least) ?? []) this.#drop(place)
    }
  }

  /** Drops one that may go, and what needs it. */
  dropSome(share: number): void {
    const may = [...this.#chosen].filter((place) => this.#withDependants(place) !== null)
    const place = may[Math.floor(share * may.length)]
    if (place !== undefined) for (const at of this.#withDependants(place) ?? []) this.#drop(at)
  }

  /** Adds what a bundle lacks, the most worth per effort first, as long as something fits. */
  fill(): void {
    for (;;) {
      let best: readonly number[] | null = null
      let bestRate = 0
      this.#problem.bundles.forEach(({ blockers, worth }, bundle) => {
        const missing = this.#missing[bundle] ?? 0
        if (missing === 0) return
        let brings = missing === 1 ? 0 : worth
        const adds = new Set<number>()
        for (const place of blockers) {
          if (this.#chosen.has(place)) continue
          if (this.#outside.has(place)) return
          brings += this.#gain[place] ?? 0
          adds.add(place)
          for (const need of this.#problem.needs[place] ?? []) if (!this.#chosen.has(need)) adds.add(need)
        }
        const list = [...adds]
        const size = this.#size(list)
        if (brings <= bestRate * size || !this.fits(list)) return
        best = list
        bestRate = size === 0 ? Number.MAX_VALUE : brings / size
      })
      if (best === null) return
      for (const place of best as readonly number[]) this.#add(place)
    }
  }

  /** Effort as the share of what there is, of the scarcest capacity above all. */
  #size(places: readonly number[]): number {
    let size = 0
    for (let row = 0; row < this.#limits.length; row += 1) {
      let sum = 0
      for (const place of places) sum += this.#effort(place, row)
      if (sum > 0) size += sum / Math.max(1, this.#limits[row] ?? 0)
    }
    return size
  }

  #withDependants(place: number): readonly number[] | null {
    const all = [place, ...(this.#problem.neededBy[place] ?? [])].filter((at) => this.#chosen.has(at))
    return all.some((at) => this.#inside.has(at)) ? null : all
  }

  #effort(place: number, row: number): number {
    return this.#problem.effort[place]?.[row] ?? 0
  }

  #add(place: number): void {
    if (this.#chosen.has(place)) return
    this.#chosen.add(place)
    this.#count(place, 1)
    for (const bundle of this.#problem.bundlesOf[place] ?? []) {
      const { blockers, worth } = this.#problem.bundles[bundle] as Problem['bundles'][number]
      this.#missing[bundle] = (this.#missing[bundle] ?? 0) - 1
      this.#missingSum[bundle] = (this.#missingSum[bundle] ?? 0) - place
      if (this.#missing[bundle] === 0) {
        this.value += worth
        this.#move(this.#gain, place, -worth)
        for (const at of blockers) this.#move(this.#loss, at, worth)
      } else if (this.#missing[bundle] === 1) this.#move(this.#gain, this.#missingSum[bundle] ?? 0, worth)
    }
  }

  #drop(place: number): void {
    if (!this.#chosen.delete(place)) return
    this.#count(place, -1)
    for (const bundle of this.#problem.bundlesOf[place] ?? []) {
      const { blockers, worth } = this.#problem.bundles[bundle] as Problem['bundles'][number]
      if (this.#missing[bundle] === 0) {
        this.value -= worth
        for (const at of blockers) this.#move(this.#loss, at, -worth)
        this.#move(this.#gain, place, worth)
      } else if (this.#missing[bundle] === 1) this.#move(this.#gain, this.#missingSum[bundle] ?? 0, -worth)
      this.#missing[bundle] = (this.#missing[bundle] ?? 0) + 1
      this.#missingSum[bundle] = (this.#missingSum[bundle] ?? 0) + place
    }
  }

  #count(place: number, sign: 1 | -1): void {
    for (let row = 0; row < this.#used.length; row += 1) {
      this.#used[row] = (this.#used[row] ?? 0) + sign * this.#effort(place, row)
    }
  }

  #move(of: Float64Array, place: number, by: number): void {
    of[place] = (of[place] ?? 0) + by
  }
}

/** Numbers 0 ≤ x < 1 that look like chance and are the same each time (mulberry32). */
function sequence(): () => number {
  let state = 0x9e3779b9
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
