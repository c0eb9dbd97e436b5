import type { Day } from '../day.ts'
import type { Derivation, Draft } from '../derivation.ts'
import type { FactValues } from '../facts.ts'
import type { BucketRules, BucketSettings } from '../model.ts'
import type { ArrPath } from '../revenue/arr-path.ts'
import { type BucketEnd, type BucketSink, type CountedBuckets, walkBuckets } from './bucket-walk.ts'
import { type Tenure, tenuresOf } from './tenures.ts'
import { canReach, isNear, meets, type Paid, rulesOn } from './threshold.ts'

/**
 * Adds to an account which bucket it is in, since when, and what it lacks; gives what its buckets follow from, `null` where it
 * has no ARR history or sales never took part. An account without ARR history is where its ARR and seats of today put it, since no one knows when.
 */
export function addBucket(
  fact: Draft,
  motionSince: Day | undefined,
  opportunities: readonly FactValues[],
  arr: ArrPath | null,
  derivation: Derivation,
): CountedBuckets | null {
  const { buckets: settings } = derivation.context.model
  const sales = salesTime(fact.motion ?? settings.unknownMotion, motionSince, derivation)
  if (sales === null) return null
  for (const { until } of settings.earlier) derivation.wakeOn(until)
  const rules = rulesOn(settings, derivation.day)
  const employees = numberOf(fact.employees)
  if (arr === null || arr.points.length === 0) {
    if (sales.salesUntil !== undefined) return null
    const paid = { seats: numberOf(fact.seatsPaid) ?? 0, arr: numberOf(fact.arr) ?? 0 }
    addStanding(fact, meets(rules.green, rules.match, paid) ? 'green' : 'orange', paid, employees, rules)
    return null
  }
  const first = arr.points[0]?.day as Day
  const tenures = tenuresOf(textOf(fact.ownerId), opportunities, first, derivation)
  const counted = { ...sales, employees, tenures, until: derivation.day }
  const { end, graduation, born } = readBuckets(arr, counted, settings)
  if (end.fallsBackOn !== undefined) derivation.wakeOn(end.fallsBackOn)
  if (end.bucket !== null) {
    const { seats, arr: now } = arr.points.at(-1) as Paid
    addStanding(fact, end.bucket, { seats, arr: now }, employees, rules)
    if (end.bucket === 'green') addWhen(fact, graduation, born, end)
  }
  return { ...counted, until: end.lastDay ?? first }
}

/** When sales takes part; days ahead are days on which facts change. */
function salesTime(
  motion: FactValues[string],
  since: Day | undefined,
  derivation: Derivation,
): Pick<CountedBuckets, 'salesFrom' | 'salesUntil'> | null {
  if (since !== undefined) derivation.wakeOn(since)
  const isAhead = since !== undefined && since > derivation.day
  if (motion === 'self_serve') {
    if (since === undefined) return null
    return { salesFrom: undefined, salesUntil: isAhead ? undefined : since }
  }
  return isAhead ? null : { salesFrom: since, salesUntil: undefined }
}

interface Graduation {
  readonly day: Day
  readonly arr: number
}

function readBuckets(
  { points }: ArrPath,
  counted: CountedBuckets,
  settings: BucketSettings,
): { readonly end: BucketEnd; readonly graduation: Graduation | undefined; readonly born: Day | undefined } {
  let graduation: Graduation | undefined
  let born: Day | undefined
  const sink: BucketSink = {
    move(kind, _, day, arr) {
      if (kind === 'graduated') graduation = { day, arr }
    },
    bornGreen(day) {
      born = day
    },
  }
  const end = walkBuckets(points, counted, counted.until, settings, sink)
  return { end, graduation, born }
}

function addWhen(fact: Draft, graduation: Graduation | undefined, born: Day | undefined, { of }: BucketEnd): void {
  const greenOn = graduation?.day ?? born
  if (greenOn !== undefined) fact.greenOn = greenOn
  if (greenOn !== undefined) fact.isBornGreen = graduation === undefined
  if (graduation !== undefined) fact.graduatedArr = graduation.arr
  addTenure(fact, of)
}

function addTenure(fact: Draft, { ownerId, team }: Tenure): void {
  if (ownerId !== undefined) fact.greenOwnerId = ownerId
  if (team !== undefined) fact.greenTeam = team
}

function addStanding(
  fact: Draft,
  bucket: 'orange' | 'green',
  paid: Paid,
  employees: number | undefined,
  rules: BucketRules,
): void {
  fact.bucket = bucket
  if (bucket === 'green') return
  const { seats, arr } = rules.green
  if (seats !== null) fact.seatsToGreen = Math.max(0, seats - paid.seats)
  if (arr !== null) fact.arrToGreen = Math.max(0, arr - paid.arr)
  fact.isNearGreen = isNear(rules, paid)
  const reaches = canReach(rules, paid, employees)
  if (reaches !== undefined) fact.canReachGreen = reaches
}

function numberOf(value: FactValues[string] | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function textOf(value: FactValues[string] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}
