import type { IcpRules, Model } from '../domain/model.ts'
import { compileEras } from './definition-settings.ts'
import { durationMs } from './duration.ts'
import type { IcpWritten } from './schema/dated-settings.ts'
import type { ModelFile } from './schema/model-file.ts'
import type { Path } from './yaml-file.ts'

const MS_PER_DAY = 86_400_000

type Report = (path: Path, code: string, message: string, hint: string) => void

/**
 * `leads:`, `hand_over:` and `books:` of `model.yaml` as the domain reckons with them; parts of a day count as a day. `report`: what is wrong
 * below `definitions`.
 */
export function compileLeads(
  { leads, hand_over, books, definitions }: ModelFile,
  report: Report,
): Pick<Model, 'leads' | 'handOver' | 'books'> {
  const days = (text: string) => Math.ceil(durationMs(text) / MS_PER_DAY)
  const icp = ({ countries, employees }: IcpWritten): IcpRules => ({ countries, minEmployees: employees })
  return {
    leads: {
      icp: icp(leads.icp),
      earlierIcp: compileEras(
        definitions.qualified_lead,
        'qualified_lead',
        'icp',
        (version) => (version as { readonly icp?: IcpWritten }).icp,
        icp,
        report,
      ),
      titles: leads.titles,
      engagement: {
        days: days(leads.engagement.within),
        halfLifeDays: days(leads.engagement.half_life),
        fullUsers: leads.engagement.full_users,
      },
      routes: leads.routes.map(({ icp: isIcp, origin, country, employees, score, to }) => ({
        isIcp: isIcp ?? null,
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
