import type { Target } from './company-records.ts'
import type { Day } from './day.ts'
import type { Feature } from './demand-records.ts'
import { type Context, userFactOf } from './derivation.ts'
import type { FactValues } from './facts.ts'
import { convertMoney } from './money.ts'
import { rateOn } from './rates.ts'

/** What facts made from totals are told with, beside the totals: people, and what is to be reached. */
export interface Company {
  user(id: string): FactValues
  /** The id of the user who is named by id or e-mail address; `undefined` where no source delivered one. */
  userId(name: string): string | undefined
  /** By id; money in minor units of company currency. One without a rate is left out. */
  readonly targets: readonly Target[]
  /** The catalogue, by id. */
  readonly features: ReadonlyMap<string, Feature>
  /** The plan of what to build, as it was last made. */
  readonly priority: readonly FactValues[]
}

/** A company of which nothing is known. */
export const NO_COMPANY: Company = {
  user: (id) => userFactOf({ user: () => undefined }, id),
  userId: () => undefined,
  targets: [],
  features: new Map(),
  priority: [],
}

/** Money of targets is taken at the rate of `day`. */
export function companyOf(context: Context, day: Day, priority: readonly FactValues[] = []): Company {
  return {
    user: (id) => userFactOf(context, id),
    userId: (name) => (context.user(name) ?? context.userByEmail(name))?.id,
    targets: context.targets.flatMap((target) => inCompanyMoney(target, context, day)),
    features: context.features,
    priority,
  }
}

/**
 * People and targets as facts made from totals are told with them on a day, as one text: when it is another one such facts may be
 * others, though no dossier is.
 */
export function companyText(context: Context, day: Day): string {
  const people = context.userIds.map((id) => userFactOf(context, id))
  return JSON.stringify([people, companyOf(context, day).targets])
}

function inCompanyMoney(target: Target, { model, rates }: Context, day: Day): Target[] {
  const { amount, currency = model.currency } = target
  if (amount === undefined || currency === model.currency) return [target]
  const rate = rateOn(rates, model, target.source, currency, day, () => {})
  if (rate === undefined) return []
  return [{ ...target, amount: convertMoney(amount, currency, model.currency, rate.times, rate.over) }]
}
