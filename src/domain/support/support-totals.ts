import { monthIndexOf } from '../day.ts'
import type { Durations } from '../statistics/risk-sets.ts'
import { Cell, parseKey, sumsUnder, type Tally } from '../tally.ts'
import { type CountedTicket, DISSATISFIED, SATISFIED } from './counted-ticket.ts'
import { weekdayOf, weekOf } from './office-hours.ts'

/**
 * First letters of keys: by month, channel, team and plan; by week, all together; by day and agent; by month, team and hour.
 * What of an agent is open today stands under day 0.
 */
const [MONTH, WEEK, AGENT, HOUR] = ['m', 'w', 'a', 'h'] as const

/**
 * Of tickets that came in in a month or week: `n` all, `t` in time, `l` late, `s` solved so far, `g` and `b` satisfied and not
 * among those who answered; besides, waits of so many minutes by the calendar, `d12` ended with an answer and `c12` censored, and
 * of open hours, `e12` and `f12`. `r` of a week: tickets that had their first reply in it.
 */
const OF_TICKETS = [...'ntlsgbr']
const [CAME, IN_TIME, LATE, SOLVED, GOOD, BAD, REPLIED] = [0, 1, 2, 3, 4, 5, 6] as const
/** Of an agent on a day: `n` came in, `r` had their first reply, `s` were solved, `g` and `b` as above; `o`, `x`, `p` are open, escalated, on hold. */
const OF_AGENTS = [...'nrsgboxp']
const [ASSIGNED, ANSWERED, CLOSED, LIKED, DISLIKED, OPEN, ESCALATED, ON_HOLD] = [0, 1, 2, 3, 4, 5, 6, 7] as const
/** Under day 0: what is open today. */
const NOW = 0

const cells = new Map<string, Cell>()

function cellOf(head: string, names: readonly string[], measures: readonly string[]): Cell {
  // Names are free: JSON keeps them apart.
  const tail = names.length === 0 ? '' : JSON.stringify(names)
  const key = head + tail
  let cell = cells.get(key)
  if (cell === undefined) {
    cell = new Cell(head, tail, measures)
    cells.set(key, cell)
  }
  return cell
}

/** Adds what a ticket contributes to the numbers of support; integers only. */
export function addToSupport(tally: Tally, ticket: CountedTicket): void {
  const [createdOn, hour, channel, team, plan, agentId, agent, wait, openWait, isAnswered, isInTime] = ticket
  const [repliedOn, solvedOn, rating, isEscalated, isOnHold] = ticket.slice(11) as [
    number | null,
    number | null,
    number,
    number,
    number,
  ]
  const month = monthIndexOf(createdOn)
  const byWeek = cellOf(WEEK, [], OF_TICKETS)
  const rows = [
    tally.row(cellOf(MONTH, [channel, team, plan], OF_TICKETS), month),
    tally.row(byWeek, weekOf(createdOn)),
  ]
  for (const row of rows) {
    tally.add(row, CAME, 1)
    if (isInTime === 1) tally.add(row, IN_TIME, 1)
    if (isInTime === 0) tally.add(row, LATE, 1)
    if (solvedOn !== null) tally.add(row, SOLVED, 1)
    if (rating === SATISFIED) tally.add(row, GOOD, 1)
    if (rating === DISSATISFIED) tally.add(row, BAD, 1)
    if (wait < 0) continue
    tally.count(row, isAnswered === 1 ? 'd' : 'c', wait)
    tally.count(row, isAnswered === 1 ? 'e' : 'f', openWait)
  }
  if (repliedOn !== null) tally.add(tally.row(byWeek, weekOf(repliedOn)), REPLIED, 1)

  const inHour = tally.row(cellOf(HOUR, [team], []), month)
  const place = weekdayOf(createdOn) * 24 + hour
  tally.count(inHour, 'n', place)
  if (isInTime !== -1) tally.count(inHour, isInTime === 1 ? 't' : 'l', place)

  if (agentId === '') return
  const ofAgent = cellOf(AGENT, [agentId, agent, team], OF_AGENTS)
  tally.add(tally.row(ofAgent, createdOn), ASSIGNED, 1)
  if (rating === SATISFIED) tally.add(tally.row(ofAgent, createdOn), LIKED, 1)
  if (rating === DISSATISFIED) tally.add(tally.row(ofAgent, createdOn), DISLIKED, 1)
  if (repliedOn !== null) tally.add(tally.row(ofAgent, repliedOn), ANSWERED, 1)
  if (solvedOn !== null) {
    tally.add(tally.row(ofAgent, solvedOn), CLOSED, 1)
    return
  }
  const now = tally.row(ofAgent, NOW)
  tally.add(now, OPEN, 1)
  if (isEscalated === 1) tally.add(now, ESCALATED, 1)
  if (isOnHold === 1) tally.add(now, ON_HOLD, 1)
}

/** What came of tickets, summed over whatever was added to it. */
export class TicketSums {
  came = 0
  inTime = 0
  late = 0
  solved = 0
  good = 0
  bad = 0
  replied = 0
  /** Minutes of waits by the calendar, and of open hours; how many ended so and were censored so. */
  readonly waits = new Map<number, Durations>()
  readonly openWaits = new Map<number, Durations>()

  add(measure: string, value: number): void {
    const [letter = '', ...digits] = measure
    if (digits.length > 0) {
      const [waits, isEnd] = [letter === 'd' || letter === 'c' ? this.waits : this.openWaits, 'de'.includes(letter)]
      const at = Number(digits.join(''))
      const { ended, censored } = waits.get(at) ?? { ended: 0, censored: 0 }
      waits.set(at, { at, ended: ended + (isEnd ? value : 0), censored: censored + (isEnd ? 0 : value) })
    } else if (letter === 'n') this.came += value
    else if (letter === 't') this.inTime += value
    else if (letter === 'l') this.late += value
    else if (letter === 's') this.solved += value
    else if (letter === 'g') this.good += value
    else if (letter === 'b') this.bad += value
    else if (letter === 'r') this.replied += value
  }
}

/** The part of the totals that is of support, as it is read: other totals are passed over. */
export interface SupportTotals {
  /** By month, then by slice: `all`, `channel:mail`, `team:Central`, `plan:Pro`. */
  readonly months: ReadonlyMap<number, ReadonlyMap<string, TicketSums>>
  readonly weeks: ReadonlyMap<number, TicketSums>
  /** By id of the agent and team. */
  readonly agents: readonly AgentDays[]
  /** By team (`all` for all together), month and hour of the week: tickets, in time, late. */
  readonly hours: ReadonlyMap<string, ReadonlyMap<number, ReadonlyMap<number, HourSums>>>
}

export interface HourSums {
  came: number
  inTime: number
  late: number
}

export interface AgentDays {
  readonly id: string
  readonly name: string
  readonly team: string
  /** By day, then by letter. */
  readonly days: Map<number, Map<string, number>>
}

export function readSupport(totals: ReadonlyMap<string, number>): SupportTotals {
  const months = new Map<number, Map<string, TicketSums>>()
  const weeks = new Map<number, TicketSums>()
  const agents = new Map<string, AgentDays>()
  const hours = new Map<string, Map<number, Map<number, HourSums>>>()
  for (const [key, value] of sumsUnder(totals, MONTH + WEEK + AGENT + HOUR)) {
    const parsed = value === 0 ? undefined : parseKey(key, MONTH + WEEK + AGENT + HOUR)
    if (parsed === undefined) continue
    const { head, measure, month: at, tail } = parsed
    if (head === WEEK) {
      of(weeks, at, () => new TicketSums()).add(measure, value)
      continue
    }
    const names = JSON.parse(tail) as string[]
    if (head === MONTH) {
      const [channel, team, plan] = names
      const slices = of(months, at, () => new Map<string, TicketSums>())
      for (const slice of ['all', `channel:${channel}`, `team:${team}`, `plan:${plan}`])
        of(slices, slice, () => new TicketSums()).add(measure, value)
    } else if (head === AGENT) {
      const [id = '', name = '', team = ''] = names
      const { days } = of(agents, tail, () => ({ id, name, team, days: new Map<number, Map<string, number>>() }))
      of(days, at, () => new Map<string, number>()).set(measure, value)
    } else {
      const [letter = '', place] = [measure[0], Number(measure.slice(1))]
      for (const team of ['all', names[0] ?? '']) {
        const byHour = of(
          of(hours, team, () => new Map()),
          at,
          () => new Map<number, HourSums>(),
        )
        const sums = of(byHour, place, () => ({ came: 0, inTime: 0, late: 0 }))
        if (letter === 'n') sums.came += value
        else if (letter === 't') sums.inTime += value
        else sums.late += value
      }
    }
  }
  return { months, weeks, agents: [...agents.values()], hours }
}

function of<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key)
  if (value === undefined) {
    value = make()
    map.set(key, value)
  }
  return value
}
