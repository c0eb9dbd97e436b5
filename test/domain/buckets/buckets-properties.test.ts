import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BUCKET_CHANGES } from '../../../src/domain/buckets/bucket-month-facts.ts'
import {
  BUCKET_MOVEMENTS,
  type Bucket,
  type BucketSink,
  type CountedBuckets,
  walkBuckets,
} from '../../../src/domain/buckets/bucket-walk.ts'
import type { Tenure } from '../../../src/domain/buckets/tenures.ts'
import { meets, rulesOn } from '../../../src/domain/buckets/threshold.ts'
import { firstDayOf, formatMonth, monthIndexOf } from '../../../src/domain/day.ts'
import { defaultModel } from '../../../src/domain/default-model.ts'
import { deriveDossier } from '../../../src/domain/derive.ts'
import { readDossier } from '../../../src/domain/dossier.ts'
import type { DossierFacts, FactValues } from '../../../src/domain/facts.ts'
import type { BucketSettings } from '../../../src/domain/model.ts'
import { arrOn } from '../../../src/domain/revenue/arr-path.ts'
import { scopesOf } from '../../../src/domain/scopes.ts'
import { factsOfTotals } from '../../../src/domain/totals.ts'
import { aDossier, anAccount, anOpportunity, aUser, contextOf, TODAY, totalsOf, utc } from '../builders.ts'
import { someRows } from '../generators.ts'

const model = {
  ...defaultModel(),
  funnelMonths: 24,
  buckets: {
    ...defaultModel().buckets,
    fallBack: { below: { seats: 30, arr: 7_000_00 }, afterDays: 20 },
  },
}
const context = contextOf(model, [aUser({ id: 'U1', team: 'Central' }), aUser({ id: 'U2', team: 'A|B %' })])
const someFacts = fc.array(
  someRows.map((rows) => deriveDossier(readDossier(rows), context, TODAY).facts),
  { maxLength: 6 },
)

test('orange + green = total ARR of what sales works on, in every row; every change is a named movement; months join', () => {
  fc.assert(
    fc.property(someFacts, (facts) => {
      const rows = factsOfTotals('bucket_month', totalsOf(facts, model), model, TODAY, utc)
      const ends = new Map(rows.map((row) => [row.id, [row.orangeEnd, row.greenEnd]]))
      for (const row of rows) {
        const moved = (bucket: Bucket) =>
          BUCKET_CHANGES.filter((one) => one.bucket === bucket).reduce((sum, { name }) => sum + num(row, name), 0)
        const between = num(row, 'graduated') - num(row, 'fellBack')
        expect(num(row, 'orangeStart') + moved('orange') - between).toBe(row.orangeEnd)
        expect(num(row, 'greenStart') + moved('green') + between).toBe(row.greenEnd)
        const [month = '', ...of] = String(row.id).split(':')
        const before = `${formatMonth(monthIndexOf(num(row, 'monthOn')) - 1)}:${of.join(':')}`
        if (ends.has(before))
          expect([month, row.orangeStart, row.greenStart]).toEqual([month, ...(ends.get(before) ?? [])])
        for (const name of ['orangeAccounts', 'greenAccounts', 'nearAccounts', 'outOfReachAccounts'])
          expect(num(row, name)).toBeGreaterThanOrEqual(0)
        if (row.level !== 'company') continue
        const lastDay = Math.min(TODAY, firstDayOf(monthIndexOf(num(row, 'monthOn')) + 1) - 1)
        expect(row.total).toBe(facts.reduce((sum, one) => sum + salesArrOn(one, lastDay), 0))
      }
      for (const level of ['team', 'owner']) {
        for (const company of rows.filter((row) => row.level === 'company')) {
          const parts = rows.filter((row) => row.level === level && row.month === company.month)
          for (const name of ['orangeEnd', 'greenEnd', 'graduated', 'graduations', 'greenAccounts', 'nearAccounts'])
            expect([name, parts.reduce((sum, row) => sum + num(row, name), 0)]).toEqual([name, company[name]])
        }
      }
    }),
  )
})

test('the movements of accounts sum up to the rows', () => {
  fc.assert(
    fc.property(someFacts, (facts) => {
      const rows = factsOfTotals('bucket_month', totalsOf(facts, model), model, TODAY, utc)
      const movements = facts.flatMap((one) =>
        scopesOf('bucket_movement', one).map(({ names }) => names.bucket_movement as FactValues),
      )
      for (const row of rows.filter(({ level }) => level === 'company')) {
        const sum = (bucket: Bucket, kind: string) =>
          movements
            .filter((one) => one.month === row.month && one.kind === kind && one.bucket === bucket)
            .reduce((total, { change }) => total + Number(change), 0)
        for (const { name, bucket, kind } of BUCKET_CHANGES)
          expect([name, row[name]]).toEqual([name, sum(bucket, kind)])
        expect([row.graduated, row.fellBack]).toEqual([sum('green', 'graduated'), sum('orange', 'fell_back')])
      }
    }),
  )
})

test('ids of movements are unique within an account', () => {
  fc.assert(
    fc.property(someFacts, (facts) => {
      for (const one of facts) {
        const ids = scopesOf('bucket_movement', one).map(({ id }) => id)
        expect(new Set(ids).size).toBe(ids.length)
      }
    }),
  )
})

test('ids of what an account opens with differ, also where what was won before is below zero', () => {
  const account = anAccount({ arr: 10_000_00 })
  const won = anOpportunity({ stage: 'Closed Won', amount: -1, closeOn: TODAY - 300 })
  const { facts } = deriveDossier(aDossier({ account, opportunities: [won] }), contextOf(model), TODAY)
  const opened = scopesOf('bucket_movement', facts).filter(({ names }) => names.bucket_movement?.kind === 'opening')
  expect(opened.map(({ id }) => id.split(':').at(-1))).toEqual(['opening-orange', 'opening-green'])
})

const OWNERS: readonly Tenure[] = ['U1', 'U2', 'U3'].map((ownerId) => ({ since: 0, ownerId, team: undefined }))
const someLife = fc.record({
  points: fc
    .uniqueArray(fc.record({ day: fc.nat(400), arr: fc.nat(20_000_00), seats: fc.nat(80) }), {
      selector: ({ day }) => day,
      minLength: 1,
      maxLength: 8,
    })
    .map((points) => points.toSorted((a, b) => a.day - b.day)),
  handed: fc
    .uniqueArray(fc.record({ since: fc.nat(400), owner: fc.nat(2) }), { selector: ({ since }) => since, maxLength: 4 })
    .map((list) => list.toSorted((a, b) => a.since - b.since)),
  turn: fc.option(fc.nat(400), { nil: undefined }),
  turnsTo: fc.constantFrom('sales', 'self_serve'),
  until: fc.nat(450),
  match: fc.constantFrom('any' as const, 'all' as const),
  afterDays: fc.option(fc.integer({ min: 1, max: 60 }), { nil: null }),
  /** Thresholds of earlier days, each with the day on which the next one begins. */
  changes: fc
    .uniqueArray(fc.record({ until: fc.nat(400), seats: fc.integer({ min: 5, max: 100 }) }), {
      selector: ({ until }) => until,
      maxLength: 3,
    })
    .map((list) => list.toSorted((a, b) => a.until - b.until)),
})

test('one bucket per account on each day; it graduates once per latch; green counts for one owner until it falls back', () => {
  fc.assert(
    fc.property(someLife, ({ points, handed, turn, turnsTo, until, match, afterDays, changes }) => {
      const rules = {
        green: { seats: 50, arr: 10_000_00 },
        match,
        fallBack: afterDays === null ? null : { below: { seats: 40, arr: 8_000_00 }, afterDays },
        nearWithin: 0.2,
      }
      const settings: BucketSettings = {
        ...rules,
        earlier: changes.map((one) => ({ ...rules, green: { ...rules.green, seats: one.seats }, until: one.until })),
        unknownMotion: 'sales_assisted',
      }
      const counted: CountedBuckets = {
        salesFrom: turnsTo === 'sales' ? turn : undefined,
        salesUntil: turnsTo === 'self_serve' ? turn : undefined,
        employees: 60,
        tenures: [
          { since: points[0]?.day ?? 0, ownerId: 'U0', team: undefined },
          ...handed
            .filter(({ since }) => since > (points[0]?.day ?? 0))
            .map(({ since, owner }) => ({ ...(OWNERS[owner] as Tenure), since })),
        ],
        until,
      }
      const sums: Record<Bucket, Map<string, number>> = { orange: new Map(), green: new Map() }
      const add = (bucket: Bucket, owner: string, change: number) =>
        sums[bucket].set(owner, (sums[bucket].get(owner) ?? 0) + change)
      let isGreen = false
      let last = Number.NEGATIVE_INFINITY
      const sink: BucketSink = {
        move(kind, bucket, day, change, { ownerId = '' }) {
          expect(day).toBeGreaterThanOrEqual(last)
          last = day
          expect(day).toBeLessThanOrEqual(until)
          expect(BUCKET_MOVEMENTS).toContain(kind)
          if (kind === 'graduated') {
            expect(isGreen).toBe(false)
            const paid = points.findLast((point) => point.day <= day) ?? { arr: 0, seats: 0 }
            expect([change, meets(rulesOn(settings, day).green, match, paid)]).toEqual([paid.arr, true])
          }
          if (kind === 'fell_back') expect(isGreen).toBe(true)
          if (kind === 'graduated' || kind === 'fell_back') {
            isGreen = kind === 'graduated'
            add('orange', ownerId, isGreen ? -change : change)
            add('green', ownerId, isGreen ? change : -change)
          } else add(bucket, ownerId, change)
        },
        bornGreen() {
          expect(isGreen).toBe(false)
          isGreen = true
        },
        stands() {},
      }
      const end = walkBuckets(points, counted, until, settings, sink)
      const filled = [...sums.orange, ...sums.green].filter(([, sum]) => sum !== 0)
      const isIn = turnsTo === 'sales' ? turn === undefined || turn <= until : turn === undefined || turn > until
      const arr = isIn ? arrOn({ method: 'subscription_periods', points }, until) : 0
      expect(filled.map(([, sum]) => sum)).toEqual(arr === 0 ? [] : [arr])
      if (arr !== 0) expect(sums[end.bucket as Bucket].get(end.of.ownerId ?? '')).toBe(arr)
      if (end.lastDay !== undefined) {
        const again: BucketSink = { move() {}, bornGreen() {}, stands() {} }
        expect(walkBuckets(points, counted, end.lastDay, settings, again)).toEqual(end)
      }
    }),
    { numRuns: 300 },
  )
})

/** ARR of an account on a day, as far as sales works on it. */
function salesArrOn({ counted }: DossierFacts, day: number): number {
  const { arr } = counted
  if (arr?.buckets == null) return 0
  const { salesFrom = day, salesUntil = day + 1 } = arr.buckets
  return salesFrom <= day && day < salesUntil && day >= (arr.path.points[0]?.day ?? 0) ? arrOn(arr.path, day) : 0
}

function num(row: FactValues, name: string): number {
  return row[name] as number
}
