import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { firstDayOf, monthIndexOf } from '../../src/domain/day.ts'
import { defaultModel, SALESFORCE_STAGES } from '../../src/domain/default-model.ts'
import { deriveDossier } from '../../src/domain/derive.ts'
import { type DossierRow, readDossier } from '../../src/domain/dossier.ts'
import { type DossierFacts, type FactValues, TOTALS_KINDS } from '../../src/domain/facts.ts'
import { funnelFacts } from '../../src/domain/funnel-facts.ts'
import type { Model } from '../../src/domain/model.ts'
import { medianSurvival } from '../../src/domain/statistics/kaplan-meier.ts'
import { factsOfTotals, Totals } from '../../src/domain/totals.ts'
import { partsOf, TOTALS_PARTS } from '../../src/domain/totals-parts.ts'
import { isThorough } from '../thorough.ts'
import { anOpportunity, contextOf, day, factsOf, TODAY, totalsOf, utc, withoutZeros } from './builders.ts'
import { changesOf, type KnownDeal, someKnownDeal, someRows } from './generators.ts'

const RUNS = { numRuns: isThorough ? 100 : 30 }

const model: Model = {
  ...defaultModel(),
  funnelMonths: 24,
  rates: { EUR: [{ from: day('2026-02-01'), rate: 1.0834 }] },
}
const context = contextOf(model)
const stored = (rows: readonly DossierRow[]): DossierFacts =>
  JSON.parse(JSON.stringify(deriveDossier(readDossier(rows), context, TODAY).facts)) as DossierFacts

/** ARR ends today; an account stands on a rung of the seat ladder and in a book, pays, and a cause is recent, today: such totals move as days come. */
function ofFunnel(totals: ReadonlyMap<string, number>): [string, number][] {
  // Keys in lower case are of support and risk: waits and health are looked at again as days pass.
  return [...totals].filter(([key]) => !/^[RBTVQWXa-z]/.test(key))
}

describe('totals', () => {
  test('are the same step by step, subtracting the old and adding the new, as from scratch', () => {
    const edits = fc.array(fc.tuple(fc.nat(3), fc.option(someRows, { nil: null })), { maxLength: 12 })
    fc.assert(
      fc.property(edits, (list) => {
        const totals = new Totals(model, TOTALS_PARTS)
        const facts = new Map<number, DossierFacts>()
        for (const [dossier, rows] of list) {
          const old = facts.get(dossier)
          if (old !== undefined) totals.takeAway([old])
          facts.delete(dossier)
          if (rows === null) continue
          const now = stored(rows)
          totals.add([now])
          facts.set(dossier, now)
        }
        expect(withoutZeros(totals.take())).toEqual(totalsOf([...facts.values()], model))
      }),
      RUNS,
    )
  })

  test('are the same in any order, in one batch or many, and hold integers only', () => {
    fc.assert(
      fc.property(fc.array(someRows, { maxLength: 6 }), fc.nat(6), (list, cut) => {
        const facts = list.map(stored)
        const whole = totalsOf(facts, model)
        expect(totalsOf(facts.toReversed(), model)).toEqual(whole)
        const merged = totalsOf(facts.slice(cut), model)
        for (const [key, value] of totalsOf(facts.slice(0, cut), model)) merged.set(key, (merged.get(key) ?? 0) + value)
        expect(withoutZeros(merged)).toEqual(whole)
        for (const value of whole.values()) expect(Number.isSafeInteger(value)).toBe(true)
      }),
      RUNS,
    )
  })

  test('of a kind of facts hold all it needs without the others', () => {
    fc.assert(
      fc.property(fc.array(someRows, { maxLength: 6 }), (list) => {
        const facts = list.map(stored)
        const whole = totalsOf(facts, model)
        for (const kind of TOTALS_KINDS) {
          const alone = new Totals(model, partsOf(kind, model))
          alone.add(facts)
          expect(factsOfTotals(kind, alone.take(), model, TODAY, utc)).toEqual(
            factsOfTotals(kind, whole, model, TODAY, utc),
          )
        }
      }),
      RUNS,
    )
  })

  test('do not depend on the day the facts were derived on', () => {
    fc.assert(
      fc.property(someRows, fc.nat(400), (rows, later) => {
        const then = deriveDossier(readDossier(rows), context, TODAY + later).facts
        expect(ofFunnel(totalsOf([then], model))).toEqual(ofFunnel(totalsOf([stored(rows)], model)))
      }),
      RUNS,
    )
  })

  test('that are not the funnel’s may lie among its own', () => {
    const others = new Map([
      ['Arr|orange', 5],
      ['', 1],
      ['F', 2],
    ])
    expect(funnelFacts(others, model, TODAY)).toEqual([])
  })
})

describe('rows of any funnel', () => {
  const someFunnel = fc.array(someRows, { maxLength: 8 }).map((list) => {
    const facts = list.map(stored)
    return { facts, rows: funnelFacts(totalsOf(facts, model), model, TODAY) }
  })

  test('in the snapshot of the current month, stages of the CRM hold every open opportunity and its ARR', () => {
    fc.assert(
      fc.property(someFunnel, ({ facts, rows }) => {
        const open = facts.flatMap(({ opportunities }) => opportunities).filter(({ isOpen }) => isOpen)
        const now = rows.filter(
          (row) => row.view === 'snapshot' && row.month === '2026-11' && row.level === 'crm_stage',
        )
        expect(sum(now, 'count')).toBe(open.length)
        // A row without opportunities is left out, whatever its ARR.
        expect(sum(now, 'arr')).toBe(sum(open, 'arr'))
      }),
      RUNS,
    )
  })

  test('in the snapshot, stages of the funnel hold every open opportunity and every lead not converted', () => {
    fc.assert(
      fc.property(someFunnel, ({ facts, rows }) => {
        const open = facts
          .flatMap(({ opportunities, leads }) => [...opportunities, ...leads])
          .filter(({ isOpen }) => isOpen)
        for (const segments of [['all'], ['smb', 'mid_market', 'enterprise', 'none']]) {
          const now = rows.filter(
            (row) =>
              row.view === 'snapshot' &&
              row.month === '2026-11' &&
              row.level === 'funnel_stage' &&
              segments.includes(String(row.segment)),
          )
          expect(sum(now, 'count')).toBe(open.length)
        }
      }),
      RUNS,
    )
  })

  test('of a cohort: no more reached the next stage than entered, and open, won and lost ones are all of it', () => {
    fc.assert(
      fc.property(someFunnel, ({ rows }) => {
        for (const row of rows.filter(({ view }) => view === 'entry_cohort')) {
          const { count, reachedNext = 0, stillOpen = 0, conversion = 0, stillOpenShare = 0 } = row
          expect(reachedNext).toBeLessThanOrEqual(Number(count))
          expect(stillOpen).toBeLessThanOrEqual(Number(count))
          expect(conversion).toBeLessThanOrEqual(1)
          expect(stillOpenShare).toBeLessThanOrEqual(1)
        }
      }),
      RUNS,
    )
  })

  test('over all months, no rung of the CRM was reached by more than the rung below it', () => {
    fc.assert(
      fc.property(someFunnel, ({ facts }) => {
        const reached = Array.from({ length: 10 }, () => 0)
        for (const [key, value] of totalsOf(facts, model)) {
          const [, measure, place] = /^C([er])\|-?\d+\|salesforce\|(\d+)\|\*$/.exec(key) ?? []
          if (measure !== undefined) reached[Number(place)] = (reached[Number(place)] ?? 0) + value
        }
        // Lost (place 9) is no rung.
        for (let place = 1; place < 9; place += 1) {
          expect(reached[place]).toBeLessThanOrEqual(reached[place - 1] ?? 0)
        }
      }),
      RUNS,
    )
  })

  test('what was in a stage at any time is no less than what was in it at the end, or entered it', () => {
    fc.assert(
      fc.property(someFunnel, ({ rows }) => {
        const active = new Map(
          rows.filter(({ view }) => view === 'active').map((row) => [tailOf(row), Number(row.count)]),
        )
        const closings = new Set(['won', 'lost', 'expansion'])
        for (const row of rows) {
          if (row.view === 'active' || closings.has(String(row.funnelStage))) continue
          expect(active.get(tailOf(row)) ?? 0).toBeGreaterThanOrEqual(Number(row.count))
        }
      }),
      RUNS,
    )
  })

  test('are ordered by id, and no id comes twice', () => {
    fc.assert(
      fc.property(someFunnel, ({ rows }) => {
        const ids = rows.map(({ id }) => String(id))
        expect(ids).toEqual([...new Set(ids)].sort())
      }),
      RUNS,
    )
  })
})

describe('the funnel of opportunities whose whole way is known', () => {
  test('is what looking at each of them on each month says', () => {
    const deals = fc
      .array(someKnownDeal(TODAY), { maxLength: 6 })
      .map((list) => list.map(({ rows }, i): KnownDeal => ({ id: `O${i}`, rows })))
    fc.assert(
      fc.property(deals, (list) => {
        const facts = factsOf(
          {
            opportunities: list.map(({ id, rows }) => {
              const last = rows.at(-1) ?? expect.fail()
              const stage = SALESFORCE_STAGES[last.place]?.name ?? ''
              const createdAt = (rows[0]?.day ?? 0) * 86_400_000
              return anOpportunity({ id, stage, createdAt, amount: last.amount })
            }),
            changes: list.flatMap(changesOf),
          },
          context,
        )
        const rows = funnelFacts(totalsOf([facts], model), model, TODAY).filter(({ level }) => level === 'crm_stage')
        const found = new Map(rows.map((row) => [String(row.id).replace(':all:salesforce:*', ''), row]))
        expect(shortOf(found)).toEqual(shortOf(lookAtEach(list)))
      }),
      { numRuns: 3 * RUNS.numRuns },
    )
  })
})

/** The same rows by brute force: each opportunity, each month, each stage by itself, straight from the rows of history. */
function lookAtEach(deals: readonly KnownDeal[]): Map<string, Record<string, unknown>> {
  const rows = new Map<string, Record<string, number>>()
  const stays = new Map<string, { at: number; ended: number; censored: number }[]>()
  const add = (view: string, month: number, place: number, values: Record<string, number>) => {
    const name = new Date(Date.UTC(1970, month, 1)).toISOString().slice(0, 7)
    const id = `${view}:${name}:${SALESFORCE_STAGES[place]?.name}`
    const row = rows.get(id) ?? {}
    for (const [key, value] of Object.entries(values)) row[key] = (row[key] ?? 0) + value
    rows.set(id, row)
    return id
  }
  const stateOf = (place: number) => SALESFORCE_STAGES[place]?.state
  for (const { rows: all } of deals) {
    const last = all.at(-1) ?? expect.fail()
    const isOpen = stateOf(last.place) === 'open'
    const isWon = stateOf(last.place) === 'won'
    // The final unbroken run of closed stages is one event.
    let end = all.length
    while (!isOpen && end > 0 && stateOf((all[end - 1] ?? last).place) !== 'open') end -= 1
    const events = all.slice(0, end)
    const closedOn = isOpen ? undefined : (all[end] ?? last).day
    const endOf = (i: number) => events[i + 1]?.day ?? closedOn ?? Number.POSITIVE_INFINITY

    const firstReach = (place: number) => {
      const event = events.find((one) => stateOf(one.place) === 'open' && one.place >= place)
      if (event !== undefined) return event
      return isWon ? { day: closedOn ?? 0, place: 8, amount: last.amount } : undefined
    }
    for (let month = monthIndexOf(TODAY) - 23; month <= monthIndexOf(TODAY); month += 1) {
      const [first, next] = [firstDayOf(month), firstDayOf(month + 1)]
      for (let place = 0; place < 8; place += 1) {
        const here = events.flatMap((event, i) => (event.place === place ? [{ ...event, end: endOf(i) }] : []))
        const seen = here.filter((stay) => stay.day < next && stay.end >= first)
        const atEnd = here.find(
          (stay, i) => stay.day < next && stay.end >= next && !here.slice(i + 1).some((other) => other.day < next),
        )
        const reach = firstReach(place)
        const passes = reach !== undefined && reach.day >= first && reach.day < next && reach.place !== place
        if (seen.length > 0) add('active', month, place, { count: 1, arr: seen.at(-1)?.amount ?? 0 })
        else if (passes) add('active', month, place, { count: 1, arr: reach.amount })
        if (atEnd !== undefined) add('snapshot', month, place, { count: 1, arr: atEnd.amount })
        if (reach !== undefined && reach.day >= first && reach.day < next) {
          const id = add('entry_cohort', month, place, {
            count: 1,
            arr: reach.amount,
            reachedNext: (place === 7 ? isWon : firstReach(place + 1) !== undefined) ? 1 : 0,
            stillOpen: isOpen ? 1 : 0,
            won: isWon ? 1 : 0,
            lost: !isOpen && !isWon ? 1 : 0,
          })
          const days = here.reduce((total, stay) => total + Math.min(stay.end, TODAY) - stay.day, 0)
          const isIn = here.some((stay) => stay.end === Number.POSITIVE_INFINITY)
          const list = stays.get(id) ?? []
          if (here.length > 0) list.push({ at: days, ended: isIn ? 0 : 1, censored: isIn ? 1 : 0 })
          stays.set(id, list)
        }
      }
      if (closedOn !== undefined && closedOn >= first && closedOn < next) {
        const from = events.at(-1)
        if (from !== undefined) add('active', month, from.place, isWon ? { won: 1 } : { lost: 1 })
        add('entry_cohort', month, last.place, { count: 1, arr: last.amount })
      }
    }
  }
  return new Map(
    [...rows].map(([id, { won = 0, lost = 0, ...row }]) => {
      const list = stays.get(id) ?? []
      const merged = new Map<number, { at: number; ended: number; censored: number }>()
      for (const { at, ended, censored } of list) {
        const same = merged.get(at) ?? { at, ended: 0, censored: 0 }
        merged.set(at, { at, ended: same.ended + ended, censored: same.censored + censored })
      }
      return [
        id,
        {
          ...row,
          winRateByCount: won + lost > 0 ? won / (won + lost) : undefined,
          medianDays: medianSurvival([...merged.values()]),
          dwellCounted: list.length > 0 ? list.length : undefined,
        },
      ]
    }),
  )
}

function shortOf(rows: ReadonlyMap<string, Readonly<Record<string, unknown>>>): Record<string, unknown> {
  const short: Record<string, unknown> = {}
  for (const [id, row] of [...rows].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const {
      count,
      arr,
      reachedNext = 0,
      stillOpen = 0,
      winRateByCount = null,
      medianDays = null,
      dwellCounted = 0,
    } = row
    short[id] = { count, arr, reachedNext, stillOpen, winRateByCount, medianDays, dwellCounted }
  }
  return short
}

function sum(facts: readonly FactValues[], field: string): number {
  return facts.reduce((total, fact) => total + Number(fact[field] ?? 0), 0)
}

function tailOf({ id }: FactValues): string {
  return String(id).split(':').slice(1).join(':')
}
