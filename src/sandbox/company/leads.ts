import type { Random } from '../engine/random.ts'
import type { CompanyLead, CompanyOptions, CompanyUser } from './company.ts'
import type { Target } from './deals.ts'
import { companyName, INDUSTRIES, PLACES, TITLES } from './names.ts'
import { emailOf, employeesOf, person, timeOfDay, withRole } from './people.ts'
import type { DealStep } from './walk-deal.ts'

const DAY_MS = 86_400_000
/** How far back the company goes. */
export const HISTORY_DAYS = 3 * 365

/** Where leads and deals come from, and how many of them. */
export const SOURCES = [
  ['Web', 6],
  ['Phone Inquiry', 1],
  ['Partner Referral', 1],
  ['Purchased List', 2],
  ['Other', 1],
] as const

export function convertedLead(
  users: readonly CompanyUser[],
  random: Random,
  target: Target,
  first: DealStep,
): CompanyLead {
  const who = person(random)
  const source = random.weighted(SOURCES)
  return {
    ...who,
    email: emailOf(who, target.domain),
    company: target.name,
    title: random.pick(TITLES),
    country: target.place.country,
    industry: random.pick(INDUSTRIES),
    employees: employeesOf(target.segment, random),
    source,
    status: 'Closed - Converted',
    owner: random.pick(withRole(users, source === 'Purchased List' ? 'BDR' : 'SDR')),
    createdAt: first.at - random.int(0, 20) * DAY_MS - random.int(600, 20_000) * 1_000,
    changedAt: first.at,
  }
}

export function makeLooseLeads(
  options: CompanyOptions,
  users: readonly CompanyUser[],
  random: Random,
  hasNameless: boolean,
  index: number,
): CompanyLead[] {
  const count = hasNameless
    ? 1
    : random.weighted([
        [0, 3],
        [1, 4],
        [2, 2],
        [4, 1],
      ] as const)
  return Array.from({ length: count }, (_, place): CompanyLead => {
    const who = person(random)
    const employer = companyName(options.accounts + index * 4 + place)
    const ageDays = Math.min(HISTORY_DAYS, 1 + Math.floor(-Math.log(1 - random.next()) * 110))
    const createdAt = options.asOf - ageDays * DAY_MS + timeOfDay(random)
    const source = random.weighted(SOURCES)
    const status =
      ageDays < 4
        ? 'Open - Not Contacted'
        : random.weighted([
            ['Open - Not Contacted', ageDays < 30 ? 4 : 1],
            ['Working - Contacted', ageDays < 60 ? 5 : 1],
            ['Closed - Not Converted', ageDays < 14 ? 1 : 8],
          ] as const)
    const worked = status === 'Open - Not Contacted' ? 0 : random.int(1, Math.min(ageDays, 21)) * DAY_MS
    return {
      ...who,
      email: emailOf(who, random.chance(0.12) ? 'freemail.example' : employer.domain),
      company: hasNameless && place === 0 ? null : employer.name,
      title: random.pick(TITLES),
      country: random.weighted(PLACES).country,
      industry: random.pick(INDUSTRIES),
      employees: Math.max(1, Math.round(random.logNormal(60, 1.3))),
      source,
      status,
      owner: random.pick(withRole(users, source === 'Purchased List' ? 'BDR' : 'SDR')),
      createdAt,
      changedAt: Math.min(createdAt + worked, options.asOf - 1_000),
    }
  })
}
