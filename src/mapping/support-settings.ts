import * as z from 'zod'
import { parseDay } from '../domain/day.ts'
import { type OfficeHours, REPLY_CLOCKS, type SupportModel } from '../domain/support/support-model.ts'
import { isHolidayPlace } from '../platform/holidays.ts'
import { say, share, text } from './say.ts'
import { whyNoTimeZone } from './time-zones.ts'
import type { Path } from './yaml-file.ts'

const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, { error: 'must be a time such as 09:00' })
const days = z.array(z.string()).default([])

const hours = {
  time_zone: text(
    'The zone by whose clock the team works, as the IANA names it. Default: the company’s.',
    'Europe/Berlin',
  ).optional(),
  days: say(
    z.array(z.enum(WEEKDAYS)).min(1).default(['mon', 'tue', 'wed', 'thu', 'fri']),
    'Weekdays on which it answers.',
    {
      example: ['mon', 'tue', 'wed', 'thu', 'fri'],
    },
  ),
  from: say(clockTime.default('09:00'), 'When it begins.', { example: '09:00' }),
  until: say(clockTime.default('17:00'), 'When it ends; 24:00 is midnight.', { example: '17:00' }),
  holidays: text('Whose public holidays it keeps: a country, or a state of one.', 'DE-BY').optional(),
  closed_on: say(days, 'Further days on which nobody answers.', { example: ['2026-12-24'] }),
  open_on: say(days, 'Holidays on which somebody does.', { example: ['2026-10-03'] }),
}
const Hours = z.strictObject(hours)

/** The part of `model.yaml` that is about support. */
export const SupportSettings = say(
  z
    .strictObject({
      ...hours,
      teams: say(
        z.record(z.string(), Hours).default({}),
        'Hours of teams that have their own, by the team of the agent.',
        {
          example: { Americas: { time_zone: 'America/New_York', holidays: 'US' } },
        },
      ),
      targets: say(
        z.record(z.string(), z.number().positive()).default({ '*': 1440 }),
        'Minutes within which a person should have answered, by channel as tickets name it; `*` for any other.',
        { example: { mail: 60, chat: 2, '*': 1440 } },
      ),
      clock: say(
        z.enum(REPLY_CLOCKS).default('calendar'),
        'The clock that targets are held against: calendar, or business for office hours. Both times are shown anyway.',
        { example: 'calendar' },
      ),
      satisfaction: say(
        z
          .strictObject({
            from: say(z.number().default(1), 'The worst answer.', { example: 1 }),
            to: say(z.number().default(5), 'The best answer.', { example: 5 }),
            good_from: say(z.number().default(4), 'From which answer on a customer is satisfied.', { example: 4 }),
          })
          .prefault({}),
        'The scale on which customers say how satisfied they are.',
        { example: { from: 1, to: 5, good_from: 4 } },
      ),
      keep: share('Share of tickets that must be answered within the target for it to be kept.', 0.8),
      heat_map_months: say(z.int().min(1).max(24).default(3), 'Over how many months the heat map is counted.', {
        example: 3,
      }),
    })
    .prefault({}),
  'When support answers, and what it promises.',
  {
    example: {
      time_zone: 'Europe/Berlin',
      from: '09:00',
      until: '17:00',
      holidays: 'DE',
      targets: { mail: 60, chat: 2 },
    },
  },
)
export type SupportSettings = z.output<typeof SupportSettings>

/** Reports what is wrong at a place below `support`. */
type Report = (path: Path, code: string, message: string, hint: string) => void

/** Turns the settings into what the domain computes with. */
export function compileSupport(settings: SupportSettings, companyZone: string, report: Report): SupportModel {
  const { teams, targets, clock, satisfaction, keep, heat_map_months: heatMapMonths } = settings
  if (!(satisfaction.from < satisfaction.good_from && satisfaction.good_from <= satisfaction.to)) {
    report(
      ['satisfaction'],
      'bad-value',
      `From ${satisfaction.from} to ${satisfaction.to} with good_from ${satisfaction.good_from} is no scale`,
      'Let good_from lie above from and not above to: { from: 1, to: 5, good_from: 4 }',
    )
  }
  const hoursOf = (one: z.output<typeof Hours>, base: Path) => compileHours(one, companyZone, base, report)
  return {
    hours: hoursOf(settings, []),
    teams: Object.fromEntries(Object.entries(teams).map(([name, one]) => [name, hoursOf(one, ['teams', name])])),
    targets,
    clock,
    satisfaction: { from: satisfaction.from, to: satisfaction.to, goodFrom: satisfaction.good_from },
    keep,
    heatMapMonths,
  }
}

function compileHours(hours: z.output<typeof Hours>, companyZone: string, base: Path, report: Report): OfficeHours {
  const zone = hours.time_zone ?? companyZone
  const wrong = hours.time_zone === undefined ? undefined : whyNoTimeZone(zone)
  if (wrong !== undefined) report([...base, 'time_zone'], 'unknown-time-zone', wrong.message, wrong.hint)
  const [from, until] = [minuteOf(hours.from), minuteOf(hours.until)]
  if (from >= until)
    report(
      [...base, 'until'],
      'bad-value',
      `It ends at ${hours.until}, not after it begins at ${hours.from}`,
      'Write a later time; 24:00 is midnight',
    )
  const { holidays } = hours
  if (holidays !== undefined && !isHolidayPlace(holidays))
    report(
      [...base, 'holidays'],
      'unknown-country',
      `"${holidays}" is no country, nor a state of one, whose holidays are known`,
      'Write its ISO code: DE for Germany, DE-BY for Bavaria, US-CA for California',
    )
  const listOf = (name: 'closed_on' | 'open_on') =>
    hours[name].map((written, i) => {
      const day = parseDay(written)
      if (day === undefined) report([...base, name, i], 'bad-day', `"${written}" is no day`, 'Write it as 2026-01-01')
      return day ?? 0
    })
  return {
    zone,
    days: hours.days.map((day) => WEEKDAYS.indexOf(day)).sort(),
    from,
    until,
    holidays: holidays ?? null,
    closedOn: listOf('closed_on'),
    openOn: listOf('open_on'),
  }
}

function minuteOf(clock: string): number {
  const [hour = 0, minute = 0] = clock.split(':').map(Number)
  return hour * 60 + minute
}
