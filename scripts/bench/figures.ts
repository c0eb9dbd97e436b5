/** One measured figure beside what it must not exceed. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly target: number
  readonly unit: string
  readonly detail: string
}

/** What a process that is measured is started with: as the command line does it, modules are loaded into a small heap. */
export const START_SMALL = ['--import', new URL('./start-small.ts', import.meta.url).href]

/** A small repeatable random (mulberry32), 0 ≤ x < 1. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
