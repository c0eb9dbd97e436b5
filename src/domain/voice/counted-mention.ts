import { nameEntry } from '../catalogue.ts'
import type { Day } from '../day.ts'
import type { Feature } from '../demand-records.ts'
import type { Derivation } from '../derivation.ts'
import { isShippedOn } from '../influence/feature-state.ts'

/** So many days before and after a feature ships are held against each other. */
export const AROUND_SHIPPING = 90

/** That a customer spoke of a feature, in a ticket or a request. Short: it is stored as it stands. */
export type CountedMention = readonly [
  on: Day,
  featureId: string,
  feature: string,
  theme: string,
  isRequest: 0 | 1,
  /** 1 positive, -1 negative, 0 neutral or not known. */
  mood: -1 | 0 | 1,
  /** Of a shipped feature: -1 in the 90 days before, 1 in the 90 days from that day on, else 0. */
  around: -1 | 0 | 1,
]

/** What totals count of a mention. */
export function mentionOf(
  feature: Feature,
  on: Day,
  isRequest: boolean,
  mood: string | undefined,
  derivation: Derivation,
): CountedMention {
  const { shippedOn } = feature
  if (shippedOn !== undefined && feature.status !== 'declined') derivation.wakeOn(shippedOn)
  const since = shippedOn === undefined || !isShippedOn(feature, derivation.day) ? undefined : on - shippedOn
  const isNear = since !== undefined && since >= -AROUND_SHIPPING && since < AROUND_SHIPPING
  return [
    on,
    feature.id,
    feature.name ?? feature.id,
    feature.theme ?? '',
    isRequest ? 1 : 0,
    mood === 'positive' ? 1 : mood === 'negative' ? -1 : 0,
    !isNear ? 0 : since < 0 ? -1 : 1,
  ]
}

/** The features that tags mean, each once, in the order of tags; tags that mean none or several are none. */
export function featuresOfTags(tags: string | undefined, { context, uses }: Derivation): Feature[] {
  const found = new Set<Feature>()
  for (const tag of (tags ?? '').split(',')) {
    const name = tag.trim()
    if (name === '') continue
    uses.push(`feature:${name}`, nameEntry(name))
    const feature = context.catalogue.find(name)
    if (feature === undefined) continue
    uses.push(`feature:${feature.id}`)
    found.add(feature)
  }
  return [...found]
}
