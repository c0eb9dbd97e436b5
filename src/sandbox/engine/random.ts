/** A stream of numbers that is the same for the same seed on every machine. */
export interface Random {
  /** At least 0, below 1. */
  next(): number
  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number
  /** True with probability `p`. */
  chance(p: number): boolean
  pick<T>(values: readonly T[]): T
  /** A value by weight: `[['small', 7], ['large', 1]]` gives `small` seven times in eight. */
  weighted<T>(values: readonly (readonly [T, number])[]): T
  /** Log-normal: half of the draws are below `median`; `sigma` is the spread of the logarithm. */
  logNormal(median: number, sigma: number): number
}

/** sfc32, seeded from text by FNV-1a, so that `createRandom('7/accounts/12')` needs no stream before it. */
export function createRandom(seed: string | number): Random {
  let hash = 0x811c9dc5
  const word = (salt: number) => {
    for (const char of `${salt}:${seed}`) hash = Math.imul(hash ^ (char.codePointAt(0) as number), 0x01000193)
    return hash >>> 0
  }
  let a = word(1)
  let b = word(2)
  let c = word(3)
  let counter = 1
  const draw = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    return (sum >>> 0) / 0x1_0000_0000
  }
  for (let i = 0; i < 12; i++) draw()

  const random: Random = {
    next: draw,
    int: (low, high) => low + Math.floor(draw() * (high - low + 1)),
    chance: (p) => draw() < p,
    pick(values) {
      if (values.length === 0) throw new RangeError('Nothing to pick from')
      return values[Math.floor(draw() * values.length)] as (typeof values)[number]
    },
    weighted(values) {
      const total = values.reduce((sum, [, weight]) => sum + weight, 0)
      let rest = draw() * total
      for (const [value, weight] of values) {
        rest -= weight
        if (rest < 0) return value
      }
      const last = values.at(-1)
      if (last === undefined) throw new RangeError('Nothing to pick from')
      return last[0]
    },
    logNormal(median, sigma) {
      const radius = Math.sqrt(-2 * Math.log(1 - draw()))
      return median * Math.exp(sigma * radius * Math.cos(2 * Math.PI * draw()))
    },
  }
  return random
}
