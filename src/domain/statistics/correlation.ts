import type { Interval } from './interval.ts'
import { standardErrorsAt } from './interval.ts'

/**
 * Pearson's correlation of pairs, with its interval by Fisher's transformation (Fisher 1921, Metron 1:3), which takes pairs for
 * independent of each other. `null` with fewer than 4 pairs, or where one side does not vary.
 */
export function correlation(
  pairs: readonly (readonly [number, number])[],
  level = 0.95,
): { readonly value: number; readonly interval: Interval } | null {
  const z = standardErrorsAt(level)
  const count = pairs.length
  if (count < 4) return null
  const mean = (side: 0 | 1) => pairs.reduce((sum, pair) => sum + pair[side], 0) / count
  const [x, y] = [mean(0), mean(1)]
  let [xx, yy, xy] = [0, 0, 0]
  for (const [a, b] of pairs) {
    xx += (a - x) ** 2
    yy += (b - y) ** 2
    xy += (a - x) * (b - y)
  }
  if (xx === 0 || yy === 0) return null
  const value = Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy)))
  const half = z / Math.sqrt(count - 3)
  return {
    value,
    interval: { lower: Math.tanh(Math.atanh(value) - half), upper: Math.tanh(Math.atanh(value) + half) },
  }
}
