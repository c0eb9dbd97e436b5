import { type Day, firstDayOf, formatMonth, type Month, monthIndexOf } from '../day.ts'
import type { Derivation } from '../derivation.ts'
import type { FactValues } from '../facts.ts'
import type { Model } from '../model.ts'
import { formatMoney } from '../money.ts'
import { sumsUnder, type Tally } from '../tally.ts'

/** What a cause may be. */
export const CAUSE_VIEWS = ['reason', 'feature', 'competitor'] as const
type View = (typeof CAUSE_VIEWS)[number]

/** A cause that was named for an account in a month: month, view, cause, account, its name, and ARR at risk. Stored as it stands. */
export type CountedCause = readonly [
  month: Month,
  view: View,
  cause: string,
  accountId: string,
  name: string,
  arr: number,
]

/** From so many accounts on a cause is shared. */
export const SHARED_BY = 3
/** For so many days after a risk was raised its cause is looked at: this month and the two before. */
const LOOKED_AT_DAYS = 92
const NAMED = 12

const NONE: readonly CountedCause[] = []

/** The causes that were named for an account lately, each once a month, with the largest ARR at risk for it; hunches are none. */
export function countedCauses(
  risks: readonly FactValues[],
  account: FactValues | null,
  derivation: Derivation,
): readonly CountedCause[] {
  if (risks.length === 0 || account === null) return NONE
  const causes = new Map<string, CountedCause>()
  for (const { isHunch, isFalseAlarm, openedOn, arrAtRisk, ...risk } of risks) {
    if (isHunch === true || isFalseAlarm === true || typeof openedOn !== 'number') continue
    if (openedOn > derivation.day) derivation.wakeOn(openedOn)
    else derivation.wakeOn(openedOn + LOOKED_AT_DAYS)
    if (openedOn > derivation.day || openedOn + LOOKED_AT_DAYS <= derivation.day) continue
    const month = monthIndexOf(openedOn)
    const arr = typeof arrAtRisk === 'number' ? arrAtRisk : 0
    for (const view of CAUSE_VIEWS) {
      const cause = risk[view]
      if (typeof cause !== 'string') continue
      const key = `${month}|${view}|${cause}`
      const name = String(account.name ?? account.id)
      causes.set(key, [month, view, cause, String(account.id), name, Math.max(arr, causes.get(key)?.[5] ?? 0)])
    }
  }
  return causes.size === 0 ? NONE : [...causes.values()]
}

const HEAD = 'X'

/** Adds a cause under a key of its own: there are as many as risks were raised lately. */
export function addToCauses(tally: Tally, cause: CountedCause): void {
  tally.addKey(`${HEAD}|${JSON.stringify(cause)}`, 1)
}

/** The causes that were named for several accounts in one month, of this month and the two before, by id. `totals` may hold other things. */
export function sharedCauseFacts(totals: ReadonlyMap<string, number>, { currency }: Model, day: Day): FactValues[] {
  const current = monthIndexOf(day)
  const causes = new Map<string, CountedCause[]>()
  for (const [key, value] of sumsUnder(totals, HEAD)) {
    if (value === 0 || !key.startsWith(`${HEAD}|`)) continue
    const cause = JSON.parse(key.slice(HEAD.length + 1)) as CountedCause
    if (cause[0] <= current - 3) continue
    const at = JSON.stringify(cause.slice(0, 3))
    causes.set(at, [...(causes.get(at) ?? []), cause])
  }
  const rows: FactValues[] = []
  for (const list of causes.values()) {
    const [month, by, cause] = list[0] as CountedCause
    if (list.length < SHARED_BY) continue
    const before = causes.get(JSON.stringify([month - 1, by, cause]))?.length ?? 0
    const arr = list.reduce((sum, one) => sum + one[5], 0)
    const name = formatMonth(month)
    rows.push({
      id: `${name}:${by}:${cause}`,
      name: `${cause}, ${name}`,
      month: name,
      monthOn: firstDayOf(month),
      by,
      cause,
      accounts: list.length,
      accountsMonthBefore: before,
      arrAtRisk: arr,
      evidence: evidenceOf(list, currency),
      isOpen: month === current,
    })
  }
  return rows.sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1))
}

/** The accounts, the largest first. */
function evidenceOf(list: readonly CountedCause[], currency: string): string {
  const sorted = list.toSorted((a, b) => b[5] - a[5] || (a[3] < b[3] ? -1 : 1))
  const named = sorted.slice(0, NAMED).map(([, , , , name, arr]) => `${name} (${formatMoney(arr, currency)})`)
  const more = sorted.length - named.length
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}; ${currency} of ARR at risk`
}
