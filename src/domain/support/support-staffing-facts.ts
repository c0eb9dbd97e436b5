import type { Day } from '../day.ts'
import type { FactValues } from '../facts.ts'
import type { Model } from '../model.ts'
import { weekOf } from './office-hours.ts'
import { readSupport, type SupportTotals } from './support-totals.ts'

/** Weeks ahead that are reckoned. */
const AHEAD = [0, 4, 13] as const
/** Whole weeks from which load and growth are learnt. */
const LEARN = 26
const GROWTH = 12
/** Fewer weeks up to a load than this prove nothing about it. */
const FEWEST = 4

interface Week {
  readonly week: number
  readonly tickets: number
  readonly agents: number
  /** Tickets per agent. */
  readonly load: number
  readonly isKept: boolean
}

/**
 * How many agents keep the target, from own data, by id: now, in 4 and in 13 weeks. Tickets grow as they did over the last 12 whole
 * weeks. The load that keeps the target is the highest number of tickets per agent and week such that, of the last 26 whole weeks
 * with no more, at least four in five kept it (`keep` of tickets in time), and no fewer than 4 tell. Nothing is reckoned where own data
 * do not tell.
 */
export function supportStaffingFacts(totals: ReadonlyMap<string, number>, model: Model, day: Day): FactValues[] {
  const support = readSupport(totals)
  const current = weekOf(day)
  const weeks = weeksOf(support, current, model.support.keep)
  const newest = weeks.at(-1)
  if (newest === undefined) return []
  const load = loadThatKeeps(weeks)
  const { level, growth } = trendOf(weeks.slice(-GROWTH), current)
  return AHEAD.map((ahead) => {
    const tickets = level * (1 + growth) ** ahead
    const row: Record<string, string | number> = {
      id: ahead === 0 ? 'now' : `in-${String(ahead).padStart(2, '0')}-weeks`,
      name: ahead === 0 ? 'Now' : `In ${ahead} weeks`,
      weeksAhead: ahead,
      tickets,
      growthPerWeek: growth,
      agents: newest.agents,
      weeksLearnt: weeks.length,
      weeksInTime: weeks.filter(({ isKept }) => isKept).length,
    }
    if (load === undefined) return row
    row.ticketsPerAgent = load
    row.agentsNeeded = Math.ceil(tickets / load - 1e-9)
    row.agentsMissing = (row.agentsNeeded as number) - newest.agents
    if (tickets > 0) row.growthPerAgent = load / tickets
    return row
  })
}

/** Whole weeks with tickets and agents, oldest first. */
function weeksOf({ weeks, agents }: SupportTotals, current: number, keep: number): Week[] {
  const found: Week[] = []
  for (let week = current - LEARN; week < current; week += 1) {
    const sums = weeks.get(week)
    if (sums === undefined || sums.came === 0) continue
    const ids = new Set<string>()
    for (const { id, days } of agents)
      for (const [day, letters] of days) if (weekOf(day) === week && (letters.get('r') ?? 0) > 0) ids.add(id)
    const decided = sums.inTime + sums.late
    if (ids.size === 0 || decided === 0) continue
    const isKept = sums.inTime / decided >= keep
    found.push({ week, tickets: sums.came, agents: ids.size, load: sums.came / ids.size, isKept })
  }
  return found
}

function loadThatKeeps(weeks: readonly Week[]): number | undefined {
  let best: number | undefined
  const byLoad = weeks.toSorted((a, b) => a.load - b.load)
  let kept = 0
  byLoad.forEach(({ load, isKept }, i) => {
    if (isKept) kept += 1
    // Weeks of one load are judged together.
    if (byLoad[i + 1]?.load === load) return
    if (i + 1 >= FEWEST && isKept && kept / (i + 1) >= 0.8) best = load
  })
  return best
}

/** A straight line through the logarithms of the weeks' tickets: the level at the present week, and growth per week. */
function trendOf(weeks: readonly Week[], current: number): { readonly level: number; readonly growth: number } {
  const points = weeks.map(({ week, tickets }) => ({ x: week - current, y: Math.log(tickets) }))
  const mean = (of: (point: { readonly x: number; readonly y: number }) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length
  const [x, y] = [mean((point) => point.x), mean((point) => point.y)]
  const spread = mean((point) => (point.x - x) ** 2)
  const slope = points.length < FEWEST || spread === 0 ? 0 : mean((point) => (point.x - x) * (point.y - y)) / spread
  return { level: Math.exp(y - slope * x), growth: Math.exp(slope) - 1 }
}
