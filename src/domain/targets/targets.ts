import type { Target, TargetSubject } from '../company-records.ts'
import type { Month } from '../day.ts'
import type { Period, YearStart } from '../fiscal.ts'
import { parsePeriod } from './period.ts'

/** Whose targets are looked for: `name` of a team or squad; ids and addresses by which a user may be named. */
export interface TargetOf {
  readonly subject: TargetSubject
  readonly names: readonly string[]
}

export const OF_COMPANY: TargetOf = { subject: 'company', names: [] }

/**
 * What is to be reached in money of a measure in a period, or was called for it: the target of just this period; without one, the sum of the targets
 * of its parts, where they leave no gap: quarters of a year, months. `undefined` where there is none. Several of one period (two files, two people's calls) add up; numbers
 * that are no money do not count.
 */
export function targetFor(
  targets: readonly Target[],
  of: TargetOf,
  measure: string,
  { from, to }: Period,
  yearStart: YearStart,
): number | undefined {
  const sums = new Map<string, number>()
  for (const target of targets) {
    if (target.measure !== measure || !isOf(target, of)) continue
    const period = parsePeriod(target.period ?? '', yearStart)
    const { amount } = target
    if (period === undefined || amount === undefined) continue
    const key = keyOf(period)
    sums.set(key, (sums.get(key) ?? 0) + amount)
  }
  return sums.get(keyOf({ from, to })) ?? ofParts(sums, from, to, 3) ?? ofParts(sums, from, to, 1)
}

function ofParts(sums: ReadonlyMap<string, number>, from: Month, to: Month, months: number): number | undefined {
  if (to - from + 1 <= months) return undefined
  let sum = 0
  for (let start = from; start <= to; start += months) {
    const part = sums.get(keyOf({ from: start, to: start + months - 1 })) ?? ofParts(sums, start, start + months - 1, 1)
    if (part === undefined) return undefined
    sum += part
  }
  return sum
}

function isOf({ subject = 'company', subjectName }: Target, of: TargetOf): boolean {
  if (subject !== of.subject) return false
  return subject === 'company' || (subjectName !== undefined && of.names.includes(subjectName))
}

function keyOf({ from, to }: Period): string {
  return `${from}:${to}`
}
