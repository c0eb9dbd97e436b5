import type { Model } from '../domain/model.ts'
import { durationMs } from './duration.ts'
import type { ModelFile } from './schema/model-file.ts'

const MS_PER_DAY = 86_400_000

/** `leads:`, `hand_over:` and `books:` of `model.yaml` as the domain reckons with them; parts of a day count as a day. */
export function compileLeads({ leads, hand_over, books }: ModelFile): Pick<Model, 'leads' | 'handOver' | 'books'> {
  const days = (text: string) => Math.ceil(durationMs(text) / MS_PER_DAY)
  return {
    leads: {
      icp: { countries: leads.icp.countries, minEmployees: leads.icp.employees },
      titles: leads.titles,
      engagement: {
        days: days(leads.engagement.within),
        halfLifeDays: days(leads.engagement.half_life),
        fullUsers: leads.engagement.full_users,
      },
      routes: leads.routes.map(({ icp, origin, country, employees, score, to }) => ({
        isIcp: icp ?? null,
        origins: origin ?? null,
        countries: country ?? null,
        minEmployees: employees ?? null,
        minScore: score ?? null,
        to,
      })),
    },
    books: { ae: books.account_executive, am: books.account_manager },
    handOver: { at: hand_over.at, withinDays: days(hand_over.within) },
  }
}
