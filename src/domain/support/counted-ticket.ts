import type { Day } from '../day.ts'

/** What a customer said of how it was helped. */
export const [UNRATED, SATISFIED, DISSATISFIED] = [0, 1, 2] as const

/** What totals count of a ticket; those of bots and those without a creation are not counted. Short: it is stored as it stands. */
export type CountedTicket = readonly [
  /** The day and hour it came in, by the clock of its team. */
  createdOn: Day,
  hour: number,
  channel: string,
  /** Of the agent, when it came in. */
  team: string,
  /** Of the account, as it is today. */
  plan: string,
  agentId: string,
  agent: string,
  /** Minutes by the calendar and of open hours, rounded (`roundWait`); -1 where the wait is not measured. */
  wait: number,
  openWait: number,
  isAnswered: 0 | 1,
  /** 1 within the target, 0 not, -1 not decided yet, or no target. */
  isInTime: -1 | 0 | 1,
  repliedOn: Day | null,
  solvedOn: Day | null,
  rating: 0 | 1 | 2,
  isEscalated: 0 | 1,
  isOnHold: 0 | 1,
]

/** The name of what has none: no team, no plan, no channel. */
export const NO_NAME = 'none'
