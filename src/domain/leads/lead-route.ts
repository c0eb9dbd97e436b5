import type { FactValues } from '../facts.ts'
import type { LeadSettings } from '../model.ts'
import type { LeadRoute } from '../records.ts'

/** Where a lead should go: by the first rule, in the order of model.yaml, of which every condition holds; bots go nowhere. */
export function routeOf(
  { isBot, isIcp, origin, score }: FactValues,
  { country, employees }: { readonly country: string | undefined; readonly employees: number | undefined },
  { routes }: LeadSettings,
): { readonly to: LeadRoute; readonly rule: number } | undefined {
  if (isBot === true) return undefined
  const found = routes.findIndex((rule) => {
    if (rule.isIcp !== null && isIcp !== rule.isIcp) return false
    if (rule.origins !== null && !rule.origins.some((one) => one === origin)) return false
    if (rule.countries !== null && (country === undefined || !rule.countries.includes(country))) return false
    if (rule.minEmployees !== null && (employees === undefined || employees < rule.minEmployees)) return false
    return rule.minScore === null || (typeof score === 'number' && score >= rule.minScore)
  })
  const rule = routes[found]
  return rule === undefined ? undefined : { to: rule.to, rule: found + 1 }
}
