import { nearestNames } from './nearest.ts'

/** Why a text is no time zone by its IANA name, for the hint of a problem; `undefined` for one that is. */
export function whyNoTimeZone(zone: string): { readonly message: string; readonly hint: string } | undefined {
  if (zone === 'UTC') return undefined
  const zones = Intl.supportedValuesOf('timeZone')
  if (zones.includes(zone)) return undefined
  // Names in other capitals work, and nobody needs to hear of them; older names are no longer listed and still work.
  if (zone.includes('/') && isKnown(zone)) return undefined
  const near = nearestNames(zone, [...zones, 'UTC'])
  return {
    message: `"${zone}" is no time zone`,
    hint:
      near.length === 0
        ? 'Write its IANA name, such as Europe/Berlin or America/New_York'
        : `Did you mean ${near.map((name) => `"${name}"`).join(' or ')}?`,
  }
}

function isKnown(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}
