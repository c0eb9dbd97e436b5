import type { UsageSum } from './customer-facts.ts'
import { type Day, monthIndexOf } from './day.ts'
import type { FactValues } from './facts.ts'
import {
  CAME,
  CAME_ARR,
  CAME_BACK,
  CAME_BACK_ARR,
  type Cell,
  CLOSED_LOST,
  CLOSED_LOST_ARR,
  CLOSED_WON,
  CLOSED_WON_ARR,
  COHORT_LOST,
  COHORT_LOST_ARR,
  COHORT_WON,
  COHORT_WON_ARR,
  ENTERED,
  ENTERED_ARR,
  funnelCell,
  LEFT,
  LEFT_ARR,
  LEFT_OUT,
  type Level,
  type Levels,
  levelsFor,
  REACHED_NEXT,
  type Row,
  STILL_OPEN,
} from './funnel-cells.ts'
import type { KeptFacts } from './kept-facts.ts'
import type { FunnelStage, Model } from './model.ts'
import { type DatedPoint, parsePath } from './path.ts'
import { usageContributions } from './usage-totals.ts'

/**
 * Adds (`sign` 1) or takes away (-1) what dossiers contribute to the totals of the funnel and of usage; many at once cost less than one
 * by one.
 *
 * Depends on the stored facts (the fields whose names begin with `_` are there for this) and the model they were derived with, on nothing else: what was added is taken away by
 * calling it again with the same facts. Everything added is an integer, and adding commutes, so totals are the same in
 * any order and whether built step by step or from scratch (keys that come to 0 may be there or not). Nothing in them
 * depends on the day: months are told by what happened in them, and `funnelFacts` sums up to the day it is asked for.
 *
 * An opportunity without ARR, or with money for which there is no rate, counts, with no ARR.
 */
export function addContributions(
  totals: Map<string, number>,
  facts: KeptFacts | Iterable<KeptFacts>,
  sign: 1 | -1,
  model: Model,
): void {
  const tally = new Tally(totals, sign)
  try {
    if ('asOf' in facts) addDossier(tally, facts, model)
    else for (const one of facts) addDossier(tally, one, model)
  } finally {
    tally.finish()
  }
}

function addDossier(tally: Tally, { opportunities, leads, usageSum }: KeptFacts, model: Model): void {
  if (usageSum.points > 0) tally.addUsage(usageSum)
  const expandedAt = lastExpansion(opportunities)
  for (const fact of opportunities) {
    const path = parsePath(String(fact._path))
    const { crm, funnel } = tally.levelsFor(model, fact)
    const outcome = outcomeOf(fact, expandedAt)
    addPath(tally, crm, path, outcome)
    addPath(tally, funnel, path, outcome)
  }
  for (const lead of leads) {
    if (lead.isBot !== true) addLead(tally, lead, opportunities, model)
  }
}

/** Counts of one batch on their way into the totals. */
class Tally {
  readonly #totals: Map<string, number>
  readonly #sign: number
  readonly #touched: Row[] = []
  #levels: Levels | undefined
  #source: unknown
  #pipeline: unknown
  #segment: unknown

  constructor(totals: Map<string, number>, sign: number) {
    this.#totals = totals
    this.#sign = sign
  }

  add(row: Row, measure: number, value: number): void {
    if (!row.isTouched) {
      row.isTouched = true
      this.#touched.push(row)
    }
    row.sums[measure] = (row.sums[measure] as number) + this.#sign * value
  }

  /** A stay that ended after so many days (`d`), or goes on since a day (`q`). */
  addDwell({ cell, month }: Row, kind: 'd' | 'q', days: number): void {
    const key = cell.key(month, kind + days)
    this.#totals.set(key, (this.#totals.get(key) ?? 0) + this.#sign)
  }

  addUsage(sum: UsageSum): void {
    for (const [key, value] of usageContributions(sum))
      this.#totals.set(key, (this.#totals.get(key) ?? 0) + this.#sign * value)
  }

  /** Both ways to look at the path of an opportunity; mostly those of the one before it. */
  levelsFor(model: Model, { source, pipeline, segment }: FactValues): Levels {
    let levels = this.#levels
    if (levels === undefined || source !== this.#source || pipeline !== this.#pipeline || segment !== this.#segment) {
      levels = levelsFor(model, String(source), typeof pipeline === 'string' ? pipeline : undefined, segment)
      this.#levels = levels
      this.#source = source
      this.#pipeline = pipeline
      this.#segment = segment
    }
    return levels
  }

  /** Leaves nothing behind in the rows, which serve the next batch. */
  finish(): void {
    for (const row of this.#touched) row.carryTo(this.#totals)
  }
}

interface Outcome {
  readonly state: 'open' | 'won' | 'lost'
  readonly funnelStage: FunnelStage
  /** As it is today. */
  readonly arr: number
  /** Whether the account grew after this win. */
  readonly expanded: boolean
  /** Whether a lead stands for it in the funnel's first stage. */
  readonly cameAsLead: boolean
}

function outcomeOf(fact: FactValues, expandedAt: number): Outcome {
  const isWon = fact.isWon === true
  return {
    state: fact.isOpen === true ? 'open' : isWon ? 'won' : 'lost',
    funnelStage: fact.funnelStage as FunnelStage,
    arr: numberOf(fact.arr) ?? 0,
    expanded: isWon && expandedAt > (numberOf(fact.closedAt) ?? Number.POSITIVE_INFINITY),
    cameAsLead: fact.leadId !== undefined,
  }
}

/** When the account last grew: the latest closing, or else creation, among its opportunities in `expansion`. */
function lastExpansion(opportunities: readonly FactValues[]): number {
  let last = Number.NEGATIVE_INFINITY
  for (const { funnelStage, closedAt, createdAt } of opportunities) {
    if (funnelStage === 'expansion') last = Math.max(last, numberOf(closedAt) ?? numberOf(createdAt) ?? last)
  }
  return last
}

function addPath(tally: Tally, level: Level, path: readonly DatedPoint[], outcome: Outcome): void {
  const isClosed = outcome.state !== 'open'
  const open = isClosed ? path.length - 1 : path.length
  const from = addStays(tally, level, path, open)
  const closing = isClosed ? path[open] : undefined
  if (closing !== undefined) {
    const row = (from ?? level.unknown).row(closing.month)
    const isWon = outcome.state === 'won'
    tally.add(row, isWon ? CLOSED_WON : CLOSED_LOST, 1)
    tally.add(row, isWon ? CLOSED_WON_ARR : CLOSED_LOST_ARR, outcome.arr)
  }
  addCohorts(tally, level, path, open, outcome)
}

/**
 * Flows in and out of the cells of open stages, over the first `open` points; the point after them, if any, is the
 * closing. Returns the cell the path was in before that.
 */
function addStays(tally: Tally, level: Level, path: readonly DatedPoint[], open: number): Cell | undefined {
  let cell: Cell | undefined
  let arr = 0
  for (let i = 0; i < path.length; i += 1) {
    const point = path[i] as DatedPoint
    const next = i < open ? level.cell(point.stage) : undefined
    const { month } = point
    if (next !== undefined && next === cell) {
      tally.add(next.row(month), CAME_ARR, point.arr - arr)
      arr = point.arr
      continue
    }
    if (cell !== undefined) {
      const row = cell.row(month)
      tally.add(row, LEFT, 1)
      tally.add(row, LEFT_ARR, arr)
    }
    if (i >= open) return cell
    if (next !== undefined) {
      const row = next.row(month)
      tally.add(row, CAME, 1)
      tally.add(row, CAME_ARR, point.arr)
      if (i > 1) countOnce(tally, level, path, i, row)
    }
    cell = next
    arr = point.arr
  }
  return cell
}

/** Takes a return to a cell that was left in the same month out of the count of the active. */
function countOnce(tally: Tally, level: Level, path: readonly DatedPoint[], at: number, row: Row): void {
  for (let i = at - 1; i > 0; i -= 1) {
    const left = path[i] as DatedPoint
    const before = path[i - 1] as DatedPoint
    if (left.month !== row.month) return
    if (level.cell(left.stage) !== row.cell && level.cell(before.stage) === row.cell) {
      tally.add(row, CAME_BACK, 1)
      tally.add(row, CAME_BACK_ARR, before.arr)
      return
    }
  }
}

/**
 * Enters the path into the cohort of every rung when it first got that far. A rung that was skipped was passed through
 * at the moment the next one was reached; moving back and forth again enters nothing twice; lost is no rung.
 */
function addCohorts(tally: Tally, level: Level, path: readonly DatedPoint[], open: number, outcome: Outcome): void {
  const last = path[path.length - 1] as DatedPoint
  const isWon = outcome.state === 'won'
  const closing = outcome.state === 'open' ? undefined : level.closing(last.stage, outcome.funnelStage)
  const passes = isWon && closing !== undefined ? closing.passes : 0
  let reach = passes - 1
  for (let i = 0; i < open; i += 1) reach = Math.max(reach, level.rung((path[i] as DatedPoint).stage))

  let top = -1
  for (let i = 0; i < path.length; i += 1) {
    const point = path[i] as DatedPoint
    const to = i < open ? level.rung(point.stage) : passes - 1
    if (to <= top) continue
    const month = point.month
    for (; top < to; top += 1) {
      const cell = level.rungs[top + 1]
      if (cell === undefined || (outcome.cameAsLead && isLeadCell(cell))) continue
      const row = cell.row(month)
      if (point.guessed) {
        tally.add(row, LEFT_OUT, 1)
        continue
      }
      addEntry(tally, row, i < open ? point.arr : outcome.arr, outcome)
      if (top + 1 < reach || (isWon && top + 1 < passes)) tally.add(row, REACHED_NEXT, 1)
      addDwell(tally, level, row, path, open)
      if (i >= open || level.cell(point.stage) !== cell) addPass(tally, level, row, path, i, open, outcome)
    }
  }

  if (closing === undefined || closing.cell === null) return
  // A pipeline may have open stages in the very funnel stage it closes in: that one was entered already.
  if (isWon && level.rungs[passes] === closing.cell && reach >= passes) return
  const row = closing.cell.row(last.month)
  if (last.guessed) {
    tally.add(row, LEFT_OUT, 1)
    return
  }
  tally.add(row, ENTERED, 1)
  tally.add(row, ENTERED_ARR, outcome.arr)
  if (outcome.expanded) tally.add(row, REACHED_NEXT, 1)
}

function addEntry(tally: Tally, row: Row, arr: number, { state, arr: today }: Outcome): void {
  tally.add(row, ENTERED, 1)
  tally.add(row, ENTERED_ARR, arr)
  if (state === 'open') {
    tally.add(row, STILL_OPEN, 1)
  } else {
    tally.add(row, state === 'won' ? COHORT_WON : COHORT_LOST, 1)
    tally.add(row, state === 'won' ? COHORT_WON_ARR : COHORT_LOST_ARR, today)
  }
}

/** Days spent in a cell, all stays together; a path whose stay has a guessed end or beginning is left out. */
function addDwell(tally: Tally, level: Level, row: Row, path: readonly DatedPoint[], open: number): void {
  let days = 0
  let since: Day | undefined
  let stayed = false
  for (let i = 0; i < path.length; i += 1) {
    const point = path[i] as DatedPoint
    const isHere = i < open && level.cell(point.stage) === row.cell
    if (isHere === (since !== undefined)) continue
    if (point.guessed) return
    if (since === undefined) {
      since = point.day
      stayed = true
    } else {
      days += point.day - since
      since = undefined
    }
  }
  if (since !== undefined) tally.addDwell(row, 'q', since - days)
  else if (stayed) tally.addDwell(row, 'd', days)
}

/** A cell that was passed through without a stay was active for that moment, unless it is stayed in later that month. */
function addPass(
  tally: Tally,
  level: Level,
  row: Row,
  path: readonly DatedPoint[],
  at: number,
  open: number,
  outcome: Outcome,
): void {
  for (let i = at + 1; i < open; i += 1) {
    const point = path[i] as DatedPoint
    if (point.month !== row.month) break
    if (level.cell(point.stage) === row.cell) return
  }
  const arr = at < open ? (path[at] as DatedPoint).arr : outcome.arr
  tally.add(row, CAME, 1)
  tally.add(row, CAME_ARR, arr)
  tally.add(row, LEFT, 1)
  tally.add(row, LEFT_ARR, arr)
}

function isLeadCell(cell: Cell): boolean {
  return cell.head === 'F' && cell.tail.startsWith('lead|')
}

function addLead(tally: Tally, lead: FactValues, opportunities: readonly FactValues[], model: Model): void {
  const cell = funnelCell('lead', lead.segment)
  const since = numberOf(lead._since) ?? 0
  const until = numberOf(lead._until)
  const row = cell.row(monthIndexOf(since))
  tally.add(row, CAME, 1)
  if (until !== undefined) tally.add(cell.row(monthIndexOf(Math.max(since, until))), LEFT, 1)
  if (lead.createdOn === undefined) {
    tally.add(row, LEFT_OUT, 1)
    return
  }
  tally.add(row, ENTERED, 1)
  if (until === undefined) {
    tally.add(row, STILL_OPEN, 1)
    tally.addDwell(row, 'q', since)
    return
  }
  if (lead.convertedOn !== undefined) tally.addDwell(row, 'd', Math.max(0, until - since))
  if (lead.opportunityId === undefined) return
  const became = opportunities.find(({ id }) => id === lead.opportunityId)
  if (became === undefined || isBeyondLead(became, tally.levelsFor(model, became))) tally.add(row, REACHED_NEXT, 1)
  if (became === undefined) return
  if (became.isOpen === true) {
    tally.add(row, STILL_OPEN, 1)
  } else {
    tally.add(row, became.isWon === true ? COHORT_WON : COHORT_LOST, 1)
    tally.add(row, became.isWon === true ? COHORT_WON_ARR : COHORT_LOST_ARR, numberOf(became.arr) ?? 0)
  }
}

/** Whether an opportunity ever left the stages of the CRM that are the funnel's first, otherwise than by being lost. */
function isBeyondLead(fact: FactValues, { funnel }: Levels): boolean {
  if (fact.isWon === true || !funnel.rungs.some(isLeadCell)) return true
  return parsePath(String(fact._path)).some(({ stage }) => funnel.rung(stage) > 0)
}

function numberOf(value: FactValues[string] | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined
}
