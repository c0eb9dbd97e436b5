import type { Activity, UsageWeek } from '../customer-records.ts'
import type { Day } from '../day.ts'
import type { Derivation, Draft } from '../derivation.ts'
import type { FactValues } from '../facts.ts'
import type { IcpRules, LeadSettings } from '../model.ts'
import type { Lead } from '../records.ts'
import { routeOf } from './lead-route.ts'

const FIT_SHARE = 0.5
const DAYS_PER_WEEK = 7
const MS_PER_HOUR = 3_600_000
/** Points of the parts of fit; together 100. */
const FIT_POINTS = { country: 30, size: 40, title: 30 } as const

/** What leads of a dossier are judged by, beside themselves. */
export interface LeadSurroundings {
  readonly usage: readonly UsageWeek[]
  readonly activities: readonly Activity[]
}

/**
 * Adds to a lead whether it is of the kind you look for, its score with reasons, where it should go, and how long it waited. Only what
 * happened up to the score's day counts, `engagementDays` after the lead came, so that the score can be held against what came later.
 * Whether it wants to buy is not in it: that tells who pays, not who grows.
 */
export function addLeadScore(
  fact: Draft,
  lead: Lead,
  account: FactValues | null,
  { usage, activities }: LeadSurroundings,
  derivation: Derivation,
): void {
  const settings = derivation.context.model.leads
  const country = lead.country ?? textOf(account?.country)
  const employees = lead.employees ?? numberOf(account?.employees)
  const createdOn = numberOf(fact.createdOn)
  const icp = icpOn(settings, createdOn)
  addIcp(fact, lead, country, employees, icp)
  const reasons: string[] = []
  const fit = fitOf(country, employees, lead.title, { icp, titles: settings.titles }, reasons)
  const engagement = createdOn === undefined ? undefined : engagementOf(usage, createdOn, settings, reasons)
  fact.fitCoverage = fit.coverage
  if (fit.score !== undefined) fact.fit = Math.round(fit.score)
  if (engagement !== undefined) fact.engagement = Math.round(engagement)
  if (fit.score !== undefined || engagement !== undefined) {
    fact.score = Math.round(FIT_SHARE * (fit.score ?? 0) + (1 - FIT_SHARE) * (engagement ?? 0))
    fact.scoreReasons = reasons.join('; ')
  }
  const route = routeOf(fact, { country, employees }, settings)
  if (route !== undefined) {
    fact.route = route.to
    fact.routeRule = route.rule
  }
  addFirstTouch(fact, lead, activities, derivation)
}

/** What held when a lead came; one of which nobody knows when is judged as leads are now. */
function icpOn({ icp, earlierIcp }: LeadSettings, createdOn: Day | undefined): IcpRules {
  return (createdOn === undefined ? undefined : earlierIcp.find(({ until }) => createdOn < until)) ?? icp
}

/** Black and white: a country of the list, enough employees, no bot. Empty where country or size is unknown and nothing else speaks against it. */
function addIcp(
  fact: Draft,
  lead: Lead,
  country: string | undefined,
  employees: number | undefined,
  icp: IcpRules,
): void {
  const against: string[] = []
  if (lead.isBot === true) against.push('a bot')
  if (country !== undefined && !icp.countries.includes(country)) against.push(`${country} is not in the list`)
  if (employees !== undefined && employees < icp.minEmployees) against.push(`${employees} employees`)
  if (against.length > 0) {
    fact.isIcp = false
    fact.notIcpBecause = against.join('; ')
  } else if (country !== undefined && employees !== undefined) fact.isIcp = true
}

/** 0 to 100 over the parts that are known, and how much of it is. */
function fitOf(
  country: string | undefined,
  employees: number | undefined,
  title: string | undefined,
  { icp, titles }: Pick<LeadSettings, 'icp' | 'titles'>,
  reasons: string[],
): { readonly score: number | undefined; readonly coverage: number } {
  let [points, of] = [0, 0]
  const add = (part: keyof typeof FIT_POINTS, share: number, reason: string) => {
    const got = share * FIT_POINTS[part]
    points += got
    of += FIT_POINTS[part]
    reasons.push(`${reason}: ${Math.round(got)} of ${FIT_POINTS[part]}`)
  }
  if (country !== undefined) add('country', icp.countries.includes(country) ? 1 : 0, `country ${country}`)
  if (employees !== undefined) add('size', sizeShare(employees, icp.minEmployees), `${employees} employees`)
  if (title !== undefined) {
    const words = title.toLowerCase().split(/[^\p{L}]+/u)
    add('title', titles.some((one) => words.includes(one.toLowerCase())) ? 1 : 0, `title ${title}`)
  }
  return { score: of === 0 ? undefined : (points / of) * 100, coverage: of / 100 }
}

/** Nothing below the least size, half at it, all from ten times that on. */
function sizeShare(employees: number, least: number): number {
  if (employees < least) return 0
  return Math.min(1, 0.5 + 0.5 * Math.log10(employees / Math.max(1, least)))
}

/**
 * 0 to 100: how many people of the account used the product in the weeks that end by the score's day, of as many as are full marks; a week
 * counts half for each `halfLifeDays` that it begins before that day. `undefined` where no use of the account is known at all.
 */
function engagementOf(
  usage: readonly UsageWeek[],
  createdOn: Day,
  { engagement }: LeadSettings,
  reasons: string[],
): number | undefined {
  if (usage.length === 0) return undefined
  const scoreDay = createdOn + engagement.days
  const users = new Map<Day, number>()
  for (const { week, activeUsers = 0, feature, featureId } of usage) {
    if (week === undefined || feature !== undefined || featureId !== undefined) continue
    const monday = mondayOf(week)
    users.set(monday, Math.max(users.get(monday) ?? 0, activeUsers))
  }
  let [points, of, most] = [0, 0, 0]
  for (let monday = mondayOf(createdOn); monday + DAYS_PER_WEEK - 1 <= scoreDay; monday += DAYS_PER_WEEK) {
    const weight = 2 ** (-(scoreDay - monday) / engagement.halfLifeDays)
    const active = users.get(monday) ?? 0
    points += weight * Math.min(1, active / engagement.fullUsers)
    of += weight
    most = Math.max(most, active)
  }
  if (of === 0) return undefined
  reasons.push(`${most} people used it in a week of the first ${engagement.days} days`)
  return (points / of) * 100
}

/** 1970-01-01 was a Thursday. */
function mondayOf(day: Day): Day {
  return day - ((((day + 3) % DAYS_PER_WEEK) + DAYS_PER_WEEK) % DAYS_PER_WEEK)
}

/** What is planned for a day ahead has touched nobody yet. */
function addFirstTouch(
  fact: Draft,
  { createdAt }: Lead,
  activities: readonly Activity[],
  derivation: Derivation,
): void {
  if (createdAt === undefined) return
  let first = Number.POSITIVE_INFINITY
  for (const { at } of activities) if (at !== undefined && at >= createdAt) first = Math.min(first, at)
  const on = first === Number.POSITIVE_INFINITY ? undefined : derivation.context.zone.dayOf(first)
  if (on !== undefined && on > derivation.day) {
    derivation.wakeOn(on)
    return
  }
  if (first === Number.POSITIVE_INFINITY) return
  fact.firstTouchAt = first
  fact.hoursToFirstTouch = Math.round(((first - createdAt) / MS_PER_HOUR) * 10) / 10
}

function textOf(value: FactValues[string] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function numberOf(value: FactValues[string] | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined
}
