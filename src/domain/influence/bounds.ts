import type { Model } from '../model.ts'
import { decimalsOf } from '../money.ts'

const boundsOfModel = new WeakMap<Model, readonly number[]>()

/** Where sizes of opportunities begin, in minor units of company currency. */
export function sizeBounds(model: Model): readonly number[] {
  let bounds = boundsOfModel.get(model)
  if (bounds === undefined) {
    const unit = 10 ** decimalsOf(model.currency)
    bounds = model.influence.sizeBands.map((from) => Math.round(from * unit))
    boundsOfModel.set(model, bounds)
  }
  return bounds
}
