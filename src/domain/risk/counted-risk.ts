import type { Day } from '../day.ts'
import type { FactValues } from '../facts.ts'

/** What totals count of a risk. Short: it is stored as it stands; texts are empty where there is none. */
export type CountedRisk = readonly [
  openedOn: Day | null,
  closedOn: Day | null,
  group: string,
  reason: string,
  feature: string,
  competitor: string,
  resolution: string,
  isOpen: 0 | 1,
  isFalseAlarm: 0 | 1,
  arr: number,
  weighted: number,
]

/** When an account renews, what it pays, what of it is at risk, and how it does. */
export type CountedRenewal = readonly [on: Day, arr: number, atRisk: number, weighted: number, health: string]

/** What totals count of a risk: hunches not. */
export function countedRisk(fact: FactValues): CountedRisk | null {
  if (fact.isHunch === true) return null
  const text = (name: string) => (typeof fact[name] === 'string' ? fact[name] : '')
  const number = (name: string) => (typeof fact[name] === 'number' ? fact[name] : null)
  return [
    number('openedOn'),
    number('closedOn'),
    text('group'),
    text('reason'),
    text('feature'),
    text('competitor'),
    text('resolution'),
    fact.isOpen === true ? 1 : 0,
    fact.isFalseAlarm === true ? 1 : 0,
    number('arrAtRisk') ?? 0,
    number('weightedArr') ?? 0,
  ]
}

/** The renewal of an account that pays; `null` where nobody knows when or how much. */
export function countedRenewal(account: FactValues): CountedRenewal | null {
  const { renewalOn, arr, arrAtRisk = 0, weightedArrAtRisk = 0, health = '' } = account
  if (typeof renewalOn !== 'number' || typeof arr !== 'number' || arr <= 0) return null
  // No more can go than is paid.
  return [renewalOn, arr, Math.min(arr, Number(arrAtRisk)), Math.min(arr, Number(weightedArrAtRisk)), String(health)]
}
