import type { Day, Zone } from './day.ts'
import type { Ladder } from './ladder.ts'
import type { Model } from './model.ts'
import { LOST_BESIDE_STAGES, type PathPoint, pathPoint, UNKNOWN_STAGE, WON_BESIDE_STAGES } from './path.ts'
import type { Opportunity, OpportunityState, StageChange } from './records.ts'

/** What is known about the way an opportunity took. */
export interface History {
  /**
   * Stages with the days on which they were entered, ascending; ARR in minor units of the opportunity's own currency.
   * The last point is where it stands today: of a closed one, its closing.
   */
  readonly path: PathPoint[]
  /** When it was won or lost: first row of the final unbroken run of closed stages, else the start of its close date. */
  readonly closedAt: number | undefined
  readonly closedOn: Day | undefined
  /** The day it entered its present stage. */
  readonly stageEnteredOn: Day | undefined
}

/**
 * Reads the way of an opportunity, now in `stage`, out of its stage changes (ordered by instant, then id).
 *
 * Rows hold then-current values, so equal stages in a row are one stay. A close date is never guessed back: without a row that
 * bears it, it is known from when the record last changed. Where history does not reach, days are guessed
 * and marked so: without rows, an open opportunity has been in its stage since it was created, and a closed one was in
 * no known stage from then to its close date; when the first row is later than the day of creation, the time before it
 * is in no known stage. The record outranks its history: a stage the rows do not show was entered when the record last
 * changed, a closing they do not show happened on the close date.
 */
export function readHistory(
  opportunity: Opportunity,
  stage: string | undefined,
  changes: readonly StageChange[],
  ladder: Ladder,
  state: OpportunityState,
  { zone, model }: { readonly zone: Zone; readonly model: Pick<Model, 'currency'> },
): History {
  const worth = opportunity.arr ?? opportunity.amount ?? 0
  const place = stage === undefined ? undefined : ladder.places.get(stage)
  const present = presentStage(ladder, place ?? UNKNOWN_STAGE, state)
  const { createdAt, closeOn } = opportunity
  const createdOn = createdAt === undefined ? undefined : zone.dayOf(createdAt)
  if (!changes.some(({ stage }) => stage !== undefined)) {
    return guessHistory(present, state, worth, createdOn, closeOn, opportunity.changedAt, zone)
  }
  const walk = walkRows(opportunity, changes, ladder, createdOn, zone, model.currency)
  const { path } = walk
  const changedOn = zone.dayOf(opportunity.changedAt)
  // What the rows do not tell came after the last of them, whatever that row was about.
  const since = Math.max(changedOn, walk.lastOn ?? changedOn)
  if (state === 'open') {
    const last = path.at(-1)
    const dueOn = closeOn ?? walk.dueOn
    if (last?.stage !== present) {
      path.push(pathPoint(present, since, worth, true, dueOn))
      walk.stayOn = since
    } else if (last.arr !== worth || last.dueOn !== dueOn) {
      path.push(pathPoint(last.stage, since, worth, last.guessed, dueOn))
    }
    return { path, closedAt: undefined, closedOn: undefined, stageEnteredOn: walk.stayOn }
  }
  const { run } = walk
  if (run !== undefined) {
    const closedOn = zone.dayOf(run.at)
    const stays = path.at(-1)?.stage === present
    path.length = run.from
    path.push(pathPoint(present, closedOn, worth, run.guessed, path.at(-1)?.dueOn))
    return { path, closedAt: run.at, closedOn, stageEnteredOn: stays ? walk.stayOn : closedOn }
  }
  path.push(pathPoint(present, Math.max(closeOn ?? changedOn, walk.lastOn ?? changedOn), worth, true, walk.dueOn))
  const closedAt = closeOn === undefined ? undefined : zone.startOf(closeOn)
  return { path, closedAt, closedOn: closeOn, stageEnteredOn: closeOn }
}

/** The stage a path ends in: one of the ladder where its state is the opportunity's, else a stand-in. */
function presentStage(ladder: Ladder, place: number, state: OpportunityState): number {
  if (place >= 0 && ladder.stages[place]?.state === state) return place
  return state === 'open' ? UNKNOWN_STAGE : state === 'won' ? WON_BESIDE_STAGES : LOST_BESIDE_STAGES
}

function guessHistory(
  present: number,
  state: OpportunityState,
  arr: number,
  createdOn: Day | undefined,
  closeOn: Day | undefined,
  changedAt: number,
  zone: Zone,
): History {
  const start = createdOn ?? (state === 'open' || closeOn === undefined ? zone.dayOf(changedAt) : closeOn)
  if (state === 'open') {
    const path = [pathPoint(present, start, arr, true)]
    const changedOn = zone.dayOf(changedAt)
    if (closeOn !== undefined) {
      if (changedOn <= start) path.pop()
      path.push(pathPoint(present, Math.max(start, changedOn), arr, true, closeOn))
    }
    return { path, closedAt: undefined, closedOn: undefined, stageEnteredOn: createdOn }
  }
  const end = Math.max(closeOn ?? zone.dayOf(changedAt), start)
  return {
    path: [pathPoint(UNKNOWN_STAGE, start, arr, true), pathPoint(present, end, arr, true)],
    closedAt: closeOn === undefined ? undefined : zone.startOf(closeOn),
    closedOn: closeOn,
    stageEnteredOn: closeOn,
  }
}

interface Walk {
  readonly path: PathPoint[]
  /** First day of the stay the rows end with. */
  stayOn: Day | undefined
  /** Day of the last row. */
  lastOn: Day | undefined
  /** The close date of the last row that bears one. */
  dueOn: Day | undefined
  /** The unbroken run of closed stages the rows end with: when it began, and with which point of the path. */
  run: { readonly at: number; readonly from: number; readonly guessed: boolean } | undefined
}

function walkRows(
  opportunity: Opportunity,
  changes: readonly StageChange[],
  ladder: Ladder,
  createdOn: Day | undefined,
  zone: Zone,
  company: string,
): Walk {
  const worthThen = worthAtRows(opportunity, changes, company)
  const walk: Walk = { path: [], stayOn: undefined, lastOn: undefined, dueOn: undefined, run: undefined }
  const { path } = walk
  let stage: number | undefined
  for (const change of changes) {
    if (change.closeOn !== undefined) walk.dueOn = change.closeOn
    if (stage === undefined && change.stage === undefined) continue
    const at = change.at ?? 0
    const day = zone.dayOf(at)
    walk.lastOn = day
    const arr = worthThen(change)
    const next =
      change.stage === undefined ? (stage ?? UNKNOWN_STAGE) : (ladder.places.get(change.stage) ?? UNKNOWN_STAGE)
    const isLate = stage === undefined && createdOn !== undefined && createdOn < day
    if (isLate) path.push(pathPoint(UNKNOWN_STAGE, createdOn, arr, true))
    const isClosed = next >= 0 && ladder.stages[next]?.state !== 'open'
    if (!isClosed) walk.run = undefined
    else if (walk.run === undefined) walk.run = { at, from: path.length, guessed: isLate }
    const last = path.at(-1)
    if (stage !== next) {
      path.push(pathPoint(next, day, arr, isLate || next === UNKNOWN_STAGE, walk.dueOn))
      walk.stayOn = day
    } else if (last !== undefined && (last.arr !== arr || last.dueOn !== walk.dueOn) && !isClosed) {
      path.push(pathPoint(next, day, arr, last.guessed, walk.dueOn))
    }
    stage = next
  }
  return walk
}

/**
 * What the opportunity was worth by the amount of a row. Sources keep a history of amounts, not of ARR: where the ARR
 * has its own field, where rows bear no amounts, and in another currency than today's, it is what it is worth today.
 */
function worthAtRows(
  opportunity: Opportunity,
  changes: readonly StageChange[],
  company: string,
): (change: StageChange) => number {
  const today = opportunity.arr ?? opportunity.amount ?? 0
  if (opportunity.arr !== undefined || !changes.some(({ amount }) => amount !== undefined)) return () => today
  const currency = opportunity.currency ?? company
  return (change) => ((change.currency ?? company) === currency ? (change.amount ?? 0) : today)
}
