import { firstDayOf, formatDay, formatMonth, monthIndexOf } from '../day.ts'
import type { DossierFacts, FactValues } from '../facts.ts'
import { type Bucket, type BucketMovement, walkBuckets } from './bucket-walk.ts'

/** What tells two movements of one kind and day apart: out of one place and into another. */
function sideOf(kind: BucketMovement, bucket: Bucket, change: number): string {
  if (kind === 'opening') return `-${bucket}`
  return kind === 'reassigned' ? (change < 0 ? '-out' : '-in') : ''
}

/** One fact for each movement of an account's ARR into, out of or between buckets, by day: the accounts behind the rows of the buckets. */
export function bucketMovementFacts({ account, counted, model }: DossierFacts): FactValues[] {
  const arr = counted.arr
  if (account === null || arr === null || arr.buckets === null) return []
  const facts: FactValues[] = []
  let bornOn: number | undefined
  walkBuckets(arr.path.points, arr.buckets, arr.buckets.until, model.buckets, {
    move(kind, bucket, day, change, { ownerId, team }) {
      const month = monthIndexOf(day)
      const fact: Record<string, string | number | boolean> = {
        id: `${account.id}:${formatDay(day)}:${kind}${sideOf(kind, bucket, change)}`,
        accountId: String(account.id),
        on: day,
        month: formatMonth(month),
        monthOn: firstDayOf(month),
        kind,
        bucket: kind === 'graduated' ? 'green' : kind === 'fell_back' ? 'orange' : bucket,
        change,
        isBornGreen: bornOn === day && bucket === 'green',
      }
      if (ownerId !== undefined) fact.ownerId = ownerId
      if (team !== undefined) fact.team = team
      facts.push(fact)
    },
    bornGreen(day) {
      bornOn = day
    },
    stands() {},
  })
  return facts
}
