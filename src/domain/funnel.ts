import { type Day, monthIndexOf } from './day.ts'
import type { FactValues } from './facts.ts'
import {
  CAME,
  CAME_ARR,
  CAME_BACK,
  CAME_BACK_ARR,
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
  STILL_OPEN,
} from './funnel-cells.ts'
import type { KeptFacts } from './kept-facts.ts'
import type { FunnelStage, Model } from './model.ts'
import type { Path, PathPoint } from './path.ts'
import type { Cell, Row, Tally } from './tally.ts'

/**
 * Adds what a dossier contributes to the totals of the funnel.
 *
 * Depends on the stored facts and the model they were derived with, on nothing else. Everything added is an integer, and
 * adding commutes, so totals are the same in any order and whether built step by step or from scratch (keys that come to 0
 * may be there or not). Nothing in them depends on the day: months are told by what happened in them, and `funnelFacts`
 * sums up to the day it is asked for.
 *
 * An opportunity without ARR, or with money for which there is no rate, counts, with no ARR.
 */
export function addFunnel(tally: Tally, { opportunities, paths, leads }: KeptFacts, model: Model): void {
  const expandedAt = lastExpansion(opportunities)
  for (let i = 0; i < opportunities.length; i += 1) {
    const fact = opportunities[i] as FactValues
    const path = paths[i] as Path
    const { crm, funnel } = levelsOf(model, fact)
    const outcome = outcomeOf(fact, expandedAt)
    addPath(tally, crm, path, outcome)
    addPath(tally, funnel, path, outcome)
  }
  for (const lead of leads) if (lead.isBot !== true) addLead(tally, lead, opportunities, paths, model)
}

/** Both ways to look at the path of an opportunity. */
function levelsOf(model: Model, { source, pipeline, segment }: FactValues): Levels {
  return levelsFor(model, String(source), typeof pipeline === 'string' ? pipeline : undefined, segment)
}

/** A stay that ended after so many days (`d`), or goes on since a day (`q`). */
function addStay(tally: Tally, { cell, month }: Row, kind: 'd' | 'q', days: number): void {
  tally.addKey(cell.key(month, kind + days), 1)
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

function addPath(tally: Tally, level: Level, path: Path, outcome: Outcome): void {
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
function addStays(tally: Tally, level: Level, path: Path, open: number): Cell | undefined {
  let cell: Cell | undefined
  let arr = 0
  for (let i = 0; i < path.length; i += 1) {
    const point = path[i] as PathPoint
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
function countOnce(tally: Tally, level: Level, path: Path, at: number, row: Row): void {
  for (let i = at - 1; i > 0; i -= 1) {
    const left = path[i] as PathPoint
    const before = path[i - 1] as PathPoint
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
function addCohorts(tally: Tally, level: Level, path: Path, open: number, outcome: Outcome): void {
  const last = path[path.length - 1] as PathPoint
  const isWon = outcome.state === 'won'
  const closing = outcome.state === 'open' ? undefined : level.closing(last.stage, outcome.funnelStage)
  const passes = isWon && closing !== undefined ? closing.passes : 0
  let reach = passes - 1
  for (let i = 0; i < open; i += 1) reach = Math.max(reach, level.rung((path[i] as PathPoint).stage))

  let top = -1
  for (let i = 0; i < path.length; i += 1) {
    const point = path[i] as PathPoint
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
function addDwell(tally: Tally, level: Level, row: Row, path: Path, open: number): void {
  let days = 0
  let since: Day | undefined
  let stayed = false
  for (let i = 0; i < path.length; i += 1) {
    const point = path[i] as PathPoint
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
  if (since !== undefined) addStay(tally, row, 'q', since - days)
  else if (stayed) addStay(tally, row, 'd', days)
}

/** A cell that was passed through without a stay was active for that moment, unless it is stayed in later that month. */
function addPass(tally: Tally, level: Level, row: Row, path: Path, at: number, open: number, outcome: Outcome): void {
  for (let i = at + 1; i < open; i += 1) {
    const point = path[i] as PathPoint
    if (point.month !== row.month) break
    if (level.cell(point.stage) === row.cell) return
  }
  const arr = at < open ? (path[at] as PathPoint).arr : outcome.arr
  tally.add(row, CAME, 1)
  tally.add(row, CAME_ARR, arr)
  tally.add(row, LEFT, 1)
  tally.add(row, LEFT_ARR, arr)
}

function isLeadCell(cell: Cell): boolean {
  return cell.head === 'F' && cell.tail.startsWith('lead|')
}

function addLead(
  tally: Tally,
  lead: FactValues,
  opportunities: readonly FactValues[],
  paths: readonly Path[],
  model: Model,
): void {
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
    addStay(tally, row, 'q', since)
    return
  }
  if (lead.convertedOn !== undefined) addStay(tally, row, 'd', Math.max(0, until - since))
  if (lead.opportunityId === undefined) return
  const at = opportunities.findIndex(({ id }) => id === lead.opportunityId)
  const became = opportunities[at]
  if (became === undefined || isBeyondLead(became, paths[at] as Path, levelsOf(model, became)))
    tally.add(row, REACHED_NEXT, 1)
  if (became === undefined) return
  if (became.isOpen === true) {
    tally.add(row, STILL_OPEN, 1)
  } else {
    tally.add(row, became.isWon === true ? COHORT_WON : COHORT_LOST, 1)
    tally.add(row, became.isWon === true ? COHORT_WON_ARR : COHORT_LOST_ARR, numberOf(became.arr) ?? 0)
  }
}

/** Whether an opportunity ever left the stages of the CRM that are the funnel's first, otherwise than by being lost. */
function isBeyondLead(fact: FactValues, path: Path, { funnel }: Levels): boolean {
  if (fact.isWon === true || !funnel.rungs.some(isLeadCell)) return true
  return path.some(({ stage }) => funnel.rung(stage) > 0)
}

function numberOf(value: FactValues[string] | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined
}
