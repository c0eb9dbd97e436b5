import type { Target } from './company-records.ts'
import { type Context, userFactOf } from './derivation.ts'
import type { FactValues } from './facts.ts'

/** What facts made from totals are told with, beside the totals: people, and what is to be reached. */
export interface Company {
  user(id: string): FactValues
  /** By id; money in minor units of company currency. */
  readonly targets: readonly Target[]
}

/** A company of which nothing is known. */
export const NO_COMPANY: Company = { user: (id) => userFactOf({ user: () => undefined }, id), targets: [] }

export function companyOf(context: Context): Company {
  return { user: (id) => userFactOf(context, id), targets: context.targets }
}
