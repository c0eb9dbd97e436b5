import type { Day } from '../day.ts'
import type { FactValues } from '../facts.ts'
import { wilsonInterval } from '../statistics/wilson.ts'
import { type AgentDays, readSupport } from './support-totals.ts'

/** Over how many days, today among them, the work of an agent is counted. */
const WORK_DAYS = 7
/** Over how many days satisfaction is: a week has too few answers. */
const RATED_DAYS = 90
const NOW = 0

/**
 * What each agent did in the last 7 days and has on hand today, by id: assigned, replied to for the first time and solved are three
 * numbers, of three different sets of tickets. An agent who did nothing and has nothing has no row.
 */
export function supportAgentFacts(totals: ReadonlyMap<string, number>, day: Day): FactValues[] {
  const { agents } = readSupport(totals)
  const rows = agents.map((agent) => rowOf(agent, day)).filter((row) => row !== undefined)
  return rows.sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1))
}

function rowOf(agent: AgentDays, day: Day): FactValues | undefined {
  const sum = (letter: string, days: number) => {
    let total = 0
    for (let on = day - days + 1; on <= day; on += 1) total += agent.days.get(on)?.get(letter) ?? 0
    return total
  }
  const now = (letter: string) => agent.days.get(NOW)?.get(letter) ?? 0
  const [assigned, replied, solved] = [sum('n', WORK_DAYS), sum('r', WORK_DAYS), sum('s', WORK_DAYS)]
  const [good, bad] = [sum('g', RATED_DAYS), sum('b', RATED_DAYS)]
  if (assigned + replied + solved + now('o') === 0) return undefined
  const rated = sum('n', RATED_DAYS)
  const interval = wilsonInterval(good, good + bad)
  return {
    id: `${agent.id}:${agent.team}`,
    agentId: agent.id,
    agent: agent.name,
    team: agent.team,
    assigned,
    replied,
    solved,
    open: now('o'),
    escalated: now('x'),
    onHold: now('p'),
    answers: good + bad,
    ...(rated > 0 ? { responseRate: Math.min(1, (good + bad) / rated) } : {}),
    ...(interval === null ? {} : { csat: good / (good + bad), csatLow: interval.lower, csatHigh: interval.upper }),
  }
}
