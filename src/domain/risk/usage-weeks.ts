import type { UsageWeek } from '../customer-records.ts'
import type { Calendar, Day } from '../day.ts'
import { formatDay } from '../day.ts'
import { decomposeSeason } from '../statistics/seasonal.ts'
import { mondayOf, weekOf } from '../support/office-hours.ts'
import type { HealthModel } from './risk-model.ts'

const WEEKS_PER_YEAR = 52
const WORKDAYS = 5

/** One whole week of an account. */
export interface Week {
  readonly week: number
  /** Active people, as if all its days had been working days, and its season like any other. */
  readonly active: number
  readonly isQuiet: boolean
}

/** Use of the whole product in whole weeks up to a day, from the first that is known; weeks without a point are weeks without use. */
export function wholeWeeks(
  usage: readonly UsageWeek[],
  country: string | undefined,
  day: Day,
  calendar: Calendar,
  model: HealthModel,
): Week[] {
  const found = new Map<number, number>()
  for (const { week, featureId, feature, activeUsers = 0 } of usage) {
    if (week === undefined || featureId !== undefined || feature !== undefined) continue
    found.set(weekOf(week), Math.max(found.get(weekOf(week)) ?? 0, activeUsers))
  }
  const until = weekOf(day)
  const first = Math.min(...found.keys())
  if (!(first < until)) return []
  const weeks: Week[] = []
  const values: number[] = []
  for (let week = first; week < until; week += 1) values.push(found.get(week) ?? 0)
  // With two years of its own the account's season is known; before, quiet times of its country are.
  const season = decomposeSeason(values, WEEKS_PER_YEAR)?.season
  const weekThere = weeksOf(country, calendar, model)
  values.forEach((value, i) => {
    const week = first + i
    const factor = season?.[i % WEEKS_PER_YEAR] ?? 0
    if (season !== undefined) weeks.push({ week, active: factor > 0 ? value / factor : 0, isQuiet: factor === 0 })
    else {
      const { workdays, isQuiet } = weekThere(week)
      weeks.push({ week, active: isQuiet ? value : (value * WORKDAYS) / workdays, isQuiet })
    }
  })
  return weeks
}

/** A week as it is for everybody in a country. */
interface WeekThere {
  readonly workdays: number
  readonly isQuiet: boolean
}

type WeeksByCountry = Map<string | undefined, Map<number, WeekThere>>
const weeksKnown = new WeakMap<HealthModel, WeakMap<Calendar, WeeksByCountry>>()

/** The weeks of a country, each looked up once for all accounts. */
function weeksOf(country: string | undefined, calendar: Calendar, model: HealthModel): (week: number) => WeekThere {
  const ofModel = weeksKnown.get(model) ?? new WeakMap<Calendar, WeeksByCountry>()
  weeksKnown.set(model, ofModel)
  const byCountry: WeeksByCountry = ofModel.get(calendar) ?? new Map()
  ofModel.set(calendar, byCountry)
  const weeks = byCountry.get(country) ?? new Map<number, WeekThere>()
  byCountry.set(country, weeks)
  return (week) => {
    let there = weeks.get(week)
    if (there === undefined) {
      const workdays = WORKDAYS - holidaysIn(week, country, calendar)
      there = { workdays, isQuiet: workdays < 2 || isQuietWeek(week, country, model) }
      weeks.set(week, there)
    }
    return there
  }
}

function holidaysIn(week: number, country: string | undefined, calendar: Calendar): number {
  if (country === undefined) return 0
  let holidays = 0
  for (let day = mondayOf(week); day < mondayOf(week) + WORKDAYS; day += 1)
    if (calendar.isHoliday(country, day)) holidays += 1
  return holidays
}

/** Whether any working day of a week lies in a time in which the country is expected to be quiet. */
function isQuietWeek(week: number, country: string | undefined, { quiet }: HealthModel): boolean {
  const times = (country === undefined ? undefined : quiet[country]) ?? quiet['*'] ?? []
  if (times.length === 0) return false
  for (let day = mondayOf(week); day < mondayOf(week) + WORKDAYS; day += 1) {
    const [, month, date] = formatDay(day).split('-').map(Number)
    const at = (month ?? 0) * 100 + (date ?? 0)
    if (times.some(({ from, to }) => at >= from && at <= to)) return true
  }
  return false
}
