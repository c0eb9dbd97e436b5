import type { Company } from '../company.ts'
import { firstDayOf, formatMonth, type Month, monthIndexOf } from '../day.ts'
import type { FactValues } from '../facts.ts'
import type { Model } from '../model.ts'
import { BucketSeries, readBuckets } from './bucket-totals.ts'
import { BUCKET_MOVEMENTS, BUCKETS, type Bucket, type BucketMovement } from './bucket-walk.ts'

/** What a row of the buckets is about. */
export const BUCKET_LEVELS = ['company', 'team', 'owner'] as const
type Level = (typeof BUCKET_LEVELS)[number]

/** Movements that leave the sum of both buckets as it is, under names of their own. */
const BETWEEN: readonly BucketMovement[] = ['graduated', 'fell_back']
const MONTHS_PER_YEAR = 12

/** `orangeExpansion`: movements of one bucket. Green ARR is never reassigned. */
export const BUCKET_CHANGES: readonly {
  readonly name: string
  readonly bucket: Bucket
  readonly kind: BucketMovement
}[] = BUCKETS.flatMap((bucket) =>
  BUCKET_MOVEMENTS.filter((kind) => !BETWEEN.includes(kind) && !(bucket === 'green' && kind === 'reassigned')).map(
    (kind) => ({ name: `${bucket}${capital(kind)}`, bucket, kind }),
  ),
)

/**
 * The rows of the buckets: the newest `funnelMonths` months up to `day`, for the company, for each team and for each owner, by
 * id. In every row orange and green at the start, with the movements, come to orange and green at the end. The current month goes up to `day`.
 */
export function bucketMonthFacts(
  totals: ReadonlyMap<string, number>,
  model: Model,
  day: number,
  company: Pick<Company, 'user'>,
): FactValues[] {
  const current = monthIndexOf(day)
  const rows: FactValues[] = []
  for (const slice of readSlices(totals)) {
    for (let month = current - model.funnelMonths + 1; month <= current; month += 1) {
      const row = rowOf(slice, month, month === current, company)
      if (row !== undefined) rows.push(row)
    }
  }
  return rows.sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1))
}

interface Slice {
  readonly level: Level
  readonly of: string | undefined
  readonly series: BucketSeries
}

function readSlices(totals: ReadonlyMap<string, number>): Slice[] {
  const slices = new Map<string, Slice>()
  const seriesOf = (level: Level, of: string | undefined) => {
    const id = idOf(level, of)
    let slice = slices.get(id)
    if (slice === undefined) {
      slice = { level, of, series: new BucketSeries() }
      slices.set(id, slice)
    }
    return slice.series
  }
  readBuckets(totals, (ownerId, team) => [
    seriesOf('company', undefined),
    seriesOf('team', team),
    seriesOf('owner', ownerId),
  ])
  return [...slices.values()]
}

function idOf(level: Level, of: string | undefined): string {
  return level === 'company' ? 'company' : of === undefined ? `no ${level}` : `${level} ${of}`
}

type Row = Record<string, string | number | boolean>

function rowOf(
  { level, of, series }: Slice,
  month: Month,
  isOpen: boolean,
  { user }: Pick<Company, 'user'>,
): Row | undefined {
  if (!series.hasBegun(month)) return undefined
  const name = formatMonth(month)
  const whose = level === 'owner' && of !== undefined ? user(of).name : of
  const row: Row = {
    id: `${name}:${idOf(level, of)}`,
    name: level === 'company' ? name : `${name}, ${whose ?? `no ${level}`}`,
    month: name,
    monthOn: firstDayOf(month),
    isOpen,
    level,
    orangeStart: series.end('orange', month - 1),
    greenStart: series.end('green', month - 1),
    graduated: series.change('green', 'graduated', month),
    fellBack: series.change('orange', 'fell_back', month),
    orangeEnd: series.end('orange', month),
    greenEnd: series.end('green', month),
    graduations: series.graduations(month),
    fallBacks: series.fallBacks(month),
    bornGreenAccounts: series.bornGreen(month),
    orangeAccounts: series.standing('orange', month),
    greenAccounts: series.standing('green', month),
    nearAccounts: series.standing('near', month),
    outOfReachAccounts: series.standing('out_of_reach', month),
  }
  if (of !== undefined) row[level === 'team' ? 'team' : 'ownerId'] = of
  for (const { name: change, bucket, kind } of BUCKET_CHANGES) row[change] = series.change(bucket, kind, month)
  row.total = (row.orangeEnd as number) + (row.greenEnd as number)
  const moved = ['graduations', 'fallBacks', 'bornGreenAccounts', ...BUCKET_CHANGES.map(({ name: change }) => change)]
  const isEmpty = ['orangeStart', 'greenStart', 'total', 'graduated', ...moved].every((field) => row[field] === 0)
  if (isEmpty) return undefined
  row.greenLastYear = series.end('green', month - MONTHS_PER_YEAR)
  row.totalLastYear = series.end('orange', month - MONTHS_PER_YEAR) + row.greenLastYear
  return row
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
