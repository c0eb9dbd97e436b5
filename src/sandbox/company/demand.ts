import { createRandom } from '../engine/random.ts'
import type { Company, CompanyAccount } from './company.ts'
import { FEATURES } from './features.ts'

/** A request as somebody of sales or success wrote it down. */
export interface CompanyRequest {
  readonly account: string
  /** The account's domain as it was written; some wrote a mail provider's, some nothing. */
  readonly domain: string | null
  /** The deal it was heard for: how many there are up to it, itself included; `null`: nobody wrote it down. */
  readonly deal: number | null
  /** Place in the catalogue; `null`: a name that is in no catalogue. */
  readonly feature: number | null
  readonly written: string
  readonly role: 'Blocker' | 'Wanted' | 'Shown'
  readonly channel: 'Sales' | 'Support' | 'Success'
  /** Midnight (UTC) of the day. */
  readonly on: number
  readonly words: string
}

export interface CompanyRisk {
  readonly account: string
  readonly domain: string
  readonly reason: 'Product' | 'Commercial' | 'Success' | 'Service'
  readonly likelihood: 'Definite' | 'High' | 'Medium' | 'Low'
  readonly status: 'Identified' | 'Planned' | 'Mitigating'
  /** Whole dollars a year. */
  readonly arr: number
  readonly on: number
  readonly feature: number | null
}

export interface CompanyCommitment {
  readonly account: string
  readonly domain: string
  readonly feature: number
  readonly dueOn: number
}

export interface Demand {
  readonly requests: readonly CompanyRequest[]
  readonly risks: readonly CompanyRisk[]
  readonly commitments: readonly CompanyCommitment[]
}

const DAY_MS = 86_400_000
/** People write down so much and no more. */
const ACCOUNTS = 600

/**
 * Who asks the example company for what: lost and open deals name features, customers that may leave are risks. Planted as
 * people make them: a name that is in no catalogue, an alias, a mail provider's domain, a request of nobody.
 */
export function demandOf(company: Company, seed: number): Demand {
  const requests: CompanyRequest[] = []
  const risks: CompanyRisk[] = []
  const commitments: CompanyCommitment[] = []
  let index = 0
  let deals = 0
  for (const account of company.accounts()) {
    if (index === ACCOUNTS) break
    const random = createRandom(`${seed}/demand/${index}`)
    const { name, domain } = account
    const deal = account.deals.at(-1)
    deals += account.deals.length
    const isLostForIt = deal?.lossReason === 'Missing feature' || deal?.lossReason === 'Security requirements'
    const isOpen = deal !== undefined && !(deal.steps.at(-1)?.stage ?? '').startsWith('Closed')
    if (isLostForIt || (isOpen && random.chance(0.4)) || random.chance(0.04)) {
      const feature =
        deal?.lossReason === 'Security requirements' ? random.int(0, 2) : random.int(0, FEATURES.length - 1)
      const known = FEATURES[feature]
      const isStrange = random.chance(0.05)
      requests.push({
        account: name,
        domain: random.chance(0.04) ? 'gmail.com' : random.chance(0.04) ? null : domain,
        // Every fifth forgot to.
        deal: deal === undefined || deal.isOrphan || index % 5 === 4 ? null : deals,
        feature: isStrange ? null : feature,
        written: isStrange ? 'Fax gateway' : (known?.aliases.split(', ')[0] ?? ''),
        role: isOpen ? 'Blocker' : isLostForIt ? 'Wanted' : 'Shown',
        channel: random.pick(['Sales', 'Sales', 'Success', 'Support']),
        on: dayOf(account.changedAt),
        words: `We cannot go on without ${isStrange ? 'a fax gateway' : known?.name}`,
      })
      if (isOpen && !isStrange && random.chance(0.2)) {
        commitments.push({ account: name, domain, feature, dueOn: dayOf(account.changedAt) + 60 * DAY_MS })
      }
    }
    if (account.type === 'Customer' && random.chance(0.06)) risks.push(riskOf(account, random))
    index += 1
  }
  return { requests, risks, commitments }
}

function riskOf(account: CompanyAccount, random: ReturnType<typeof createRandom>): CompanyRisk {
  const reason = random.pick(['Product', 'Commercial', 'Success', 'Service'] as const)
  return {
    account: account.name,
    domain: account.domain,
    reason,
    likelihood: random.pick(['Definite', 'High', 'Medium', 'Low'] as const),
    status: random.pick(['Identified', 'Planned', 'Mitigating'] as const),
    arr: Math.round(account.arr / 100),
    on: dayOf(account.changedAt),
    feature: reason === 'Product' ? random.int(0, FEATURES.length - 1) : null,
  }
}

function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS) * DAY_MS
}
