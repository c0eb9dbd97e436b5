import type { CountedBuckets } from './bucket-walk.ts'

/**
 * How what the buckets follow from is written down: 0 for `null`; else first and last day of sales, employees, `until`, then day,
 * owner and team of each tenure. In an array `undefined` is written as `null`.
 */
export type WrittenBuckets = 0 | readonly (number | string | null)[]

const FIXED = 4
const PER_TENURE = 3

export function writeBuckets(buckets: CountedBuckets | null): 0 | (number | string | undefined)[] {
  if (buckets === null) return 0
  const { salesFrom, salesUntil, employees, until, tenures } = buckets
  const written: (number | string | undefined)[] = [salesFrom, salesUntil, employees, until]
  for (const { since, ownerId, team } of tenures) written.push(since, ownerId, team)
  return written
}

export function readBuckets(written: WrittenBuckets): CountedBuckets | null {
  if (written === 0) return null
  const number = (at: number) => (written[at] ?? undefined) as number | undefined
  const text = (at: number) => (written[at] ?? undefined) as string | undefined
  const tenures: CountedBuckets['tenures'][number][] = []
  for (let at = FIXED; at < written.length; at += PER_TENURE)
    tenures.push({ since: Number(written[at]), ownerId: text(at + 1), team: text(at + 2) })
  return {
    salesFrom: number(0),
    salesUntil: number(1),
    employees: number(2),
    tenures,
    until: Number(written[FIXED - 1]),
  }
}
