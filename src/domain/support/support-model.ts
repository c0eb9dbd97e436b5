import type { Day } from '../day.ts'

/** Which of its two clocks a wait is held against. */
export const REPLY_CLOCKS = ['calendar', 'business'] as const
export type ReplyClock = (typeof REPLY_CLOCKS)[number]

/** When a team answers. */
export interface OfficeHours {
  /** IANA name of the zone by whose clock it works. */
  readonly zone: string
  /** Weekdays, Monday 0. */
  readonly days: readonly number[]
  /** Minutes after midnight; `until` may be 1440. */
  readonly from: number
  readonly until: number
  /** Whose public holidays it keeps: `DE`, `US-CA`; `null` for none. */
  readonly holidays: string | null
  /** Further days on which nobody answers, and holidays on which somebody does. */
  readonly closedOn: readonly Day[]
  readonly openOn: readonly Day[]
}

/** What model.yaml says about support. */
export interface SupportModel {
  readonly hours: OfficeHours
  /** Hours of teams that have their own, by name of the team. */
  readonly teams: Readonly<Record<string, OfficeHours>>
  /** Minutes within which a person should have answered, by channel; `*` for any other. */
  readonly targets: Readonly<Record<string, number>>
  /** The clock that targets are held against. */
  readonly clock: ReplyClock
  /** The scale of answers, and from which on a customer is satisfied. */
  readonly satisfaction: { readonly from: number; readonly to: number; readonly goodFrom: number }
  /** Share of tickets that must be answered within the target for it to be kept. */
  readonly keep: number
  /** Over how many months the heat map is counted. */
  readonly heatMapMonths: number
}

export const NINE_TO_FIVE = { days: [0, 1, 2, 3, 4], from: 540, until: 1020 } as const

/** Monday to Friday from nine to five, a day to answer, satisfied from 4 of 5 on. */
export function defaultSupport(zone: string): SupportModel {
  return {
    hours: { zone, ...NINE_TO_FIVE, holidays: null, closedOn: [], openOn: [] },
    teams: {},
    targets: { '*': 1440 },
    clock: 'calendar',
    satisfaction: { from: 1, to: 5, goodFrom: 4 },
    keep: 0.8,
    heatMapMonths: 3,
  }
}

/** The minutes within which a ticket of a channel should be answered. */
export function targetOf({ targets }: SupportModel, channel: string | undefined): number | undefined {
  return (channel === undefined ? undefined : targets[channel]) ?? targets['*']
}

/** The hours of a team. */
export function hoursOf({ teams, hours }: SupportModel, team: string | undefined): OfficeHours {
  return (team === undefined ? undefined : teams[team]) ?? hours
}
