import { comparable } from '../catalogue.ts'
import type { Partner } from '../company-records.ts'
import type { Implementation } from '../customer-records.ts'

/** What a partner may share with a project, each worth one point. */
const FITS = [
  ['industry', 'industries'],
  ['region', 'regions'],
  ['language', 'languages'],
  ['product', 'products'],
] as const

export interface PartnerMatch {
  readonly partner: Partner
  /** How many of industry, region, language and product fit, of those that the project names. */
  readonly fits: number
}

/**
 * The partners who may do a project, the best first: a certificate that is required is a hard rule, and so is having capacity where
 * a partner tells any. Language and product, where both tell, must fit as well; the rest is counted. Empty: nobody qualifies, it stays in house.
 */
export function matchPartners(project: Implementation, partners: Iterable<Partner>): PartnerMatch[] {
  const found: PartnerMatch[] = []
  for (const partner of partners) {
    const { requiredCertification: certificate } = project
    if (certificate !== undefined && !lists(partner.certifications, certificate)) continue
    if (partner.capacity !== undefined && partner.capacity <= 0) continue
    if (isAtOdds(project.language, partner.languages) || isAtOdds(project.product, partner.products)) continue
    const fits = FITS.filter(([one, many]) => {
      const wanted = project[one]
      return wanted !== undefined && lists(partner[many], wanted)
    }).length
    found.push({ partner, fits })
  }
  return found.sort((a, b) => b.fits - a.fits || (a.partner.id < b.partner.id ? -1 : 1))
}

/** Whether a list separated by commas names something, whatever the case and punctuation. */
function lists(list: string | undefined, wanted: string): boolean {
  return (list ?? '').split(',').some((one) => comparable(one) === comparable(wanted))
}

function isAtOdds(wanted: string | undefined, list: string | undefined): boolean {
  return wanted !== undefined && list !== undefined && !lists(list, wanted)
}
