import { arrToday, type CountedLead, type CountedOpportunity } from './counted.ts'
import { type Day, monthIndexOf } from './day.ts'
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
  levelsOf,
  REACHED_NEXT,
  STILL_OPEN,
} from './funnel-cells.ts'
import { type Ladder, ladderOf } from './ladder.ts'
import type { Model } from './model.ts'
import type { Path, PathPoint } from './path.ts'
import type { OpportunityState } from './records.ts'
import type { Cell, Row, Tally } from './tally.ts'

/**
 * Adds what an opportunity contributes to the totals of the funnel. Nothing in them depends on the day: months are told by what
 * happened in them, and `funnelFacts` sums up to the day it is asked for.
 *
 * An opportunity without ARR, or with money for which there is no rate, counts, with no ARR.
 */
export function addToFunnel(tally: Tally, ladder: Ladder, one: CountedOpportunity): void {
  const { crm, funnel } = levelsOf(ladder, one.segment)
  addPath(tally, crm, one)
  addPath(tally, funnel, one)
}

function addPath(tally: Tally, level: Level, one: CountedOpportunity): void {
  const { path } = one
  const isClosed = one.state !== 'open'
  const open = isClosed ? path.length - 1 : path.length
  const from = addStays(tally, level, path, open)
  const closing = isClosed ? path[open] : undefined
  if (closing !== undefined) {
    const row = tally.row(from ?? level.unknown, closing.month)
    const isWon = one.state === 'won'
    tally.add(row, isWon ? CLOSED_WON : CLOSED_LOST, 1)
    tally.add(row, isWon ? CLOSED_WON_ARR : CLOSED_LOST_ARR, closing.arr)
  }
  addCohorts(tally, level, one, open)
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
      tally.add(tally.row(next, month), CAME_ARR, point.arr - arr)
      arr = point.arr
      continue
    }
    if (cell !== undefined) {
      const row = tally.row(cell, month)
      tally.add(row, LEFT, 1)
      tally.add(row, LEFT_ARR, arr)
    }
    if (i >= open) return cell
    if (next !== undefined) {
      const row = tally.row(next, month)
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
function addCohorts(tally: Tally, level: Level, one: CountedOpportunity, open: number): void {
  const { path, state, cameAsLead } = one
  const last = path[path.length - 1] as PathPoint
  const isWon = state === 'won'
  const closing = state === 'open' ? undefined : level.closing(last.stage, one.funnelStage)
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
      if (cell === undefined || (cameAsLead && isLeadCell(cell))) continue
      const row = tally.row(cell, month)
      if (point.guessed) {
        tally.add(row, LEFT_OUT, 1)
        continue
      }
      addEntry(tally, row, point.arr, last.arr, state)
      if (top + 1 < reach || (isWon && top + 1 < passes)) tally.add(row, REACHED_NEXT, 1)
      addDwell(tally, level, row, path, open)
      if (i >= open || level.cell(point.stage) !== cell) addPass(tally, level, row, path, i, open)
    }
  }

  if (closing === undefined || closing.cell === null) return
  // A pipeline may have open stages in the very funnel stage it closes in: that one was entered already.
  if (isWon && level.rungs[passes] === closing.cell && reach >= passes) return
  const row = tally.row(closing.cell, last.month)
  if (last.guessed) {
    tally.add(row, LEFT_OUT, 1)
    return
  }
  tally.add(row, ENTERED, 1)
  tally.add(row, ENTERED_ARR, last.arr)
  if (one.expanded) tally.add(row, REACHED_NEXT, 1)
}

function addEntry(tally: Tally, row: Row, arr: number, today: number, state: OpportunityState): void {
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
  if (since !== undefined) tally.count(row, 'q', since - days)
  else if (stayed) tally.count(row, 'd', days)
}

/** A cell that was passed through without a stay was active for that moment, unless it is stayed in later that month. */
function addPass(tally: Tally, level: Level, row: Row, path: Path, at: number, open: number): void {
  for (let i = at + 1; i < open; i += 1) {
    const point = path[i] as PathPoint
    if (point.month !== row.month) break
    if (level.cell(point.stage) === row.cell) return
  }
  const { arr } = path[at] as PathPoint
  tally.add(row, CAME, 1)
  tally.add(row, CAME_ARR, arr)
  tally.add(row, LEFT, 1)
  tally.add(row, LEFT_ARR, arr)
}

function isLeadCell(cell: Cell): boolean {
  return cell.head === 'F' && cell.tail.startsWith('lead|')
}

/** Adds what a lead contributes to the first stage of the funnel. */
export function addLeadToFunnel(
  tally: Tally,
  lead: CountedLead,
  opportunities: readonly CountedOpportunity[],
  model: Model,
): void {
  const { since, until } = lead
  const cell = funnelCell('lead', lead.segment)
  const row = tally.row(cell, monthIndexOf(since))
  tally.add(row, CAME, 1)
  if (until !== undefined) tally.add(tally.row(cell, monthIndexOf(Math.max(since, until))), LEFT, 1)
  if (!lead.isDated) {
    tally.add(row, LEFT_OUT, 1)
    return
  }
  tally.add(row, ENTERED, 1)
  if (until === undefined) {
    tally.add(row, STILL_OPEN, 1)
    tally.count(row, 'q', since)
    return
  }
  if (lead.isConversionDated) tally.count(row, 'd', Math.max(0, until - since))
  if (lead.became === undefined) return
  const became = opportunities[lead.became]
  if (became === undefined || isBeyondLead(became, model)) tally.add(row, REACHED_NEXT, 1)
  if (became === undefined) return
  if (became.state === 'open') {
    tally.add(row, STILL_OPEN, 1)
  } else {
    const isWon = became.state === 'won'
    tally.add(row, isWon ? COHORT_WON : COHORT_LOST, 1)
    tally.add(row, isWon ? COHORT_WON_ARR : COHORT_LOST_ARR, arrToday(became))
  }
}

/** Whether an opportunity ever left the stages of the CRM that are the funnel's first, otherwise than by being lost. */
function isBeyondLead({ source, pipeline, segment, state, path }: CountedOpportunity, model: Model): boolean {
  const { funnel } = levelsOf(ladderOf(model, source, pipeline), segment)
  if (state === 'won' || !funnel.rungs.some(isLeadCell)) return true
  return path.some(({ stage }) => funnel.rung(stage) > 0)
}
