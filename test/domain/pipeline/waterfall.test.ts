import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { firstDayOf, type Month, monthIndexOf } from '../../../src/domain/day.ts'
import { defaultModel } from '../../../src/domain/default-model.ts'
import { deriveDossier } from '../../../src/domain/derive.ts'
import { readDossier } from '../../../src/domain/dossier.ts'
import type { DossierFacts } from '../../../src/domain/facts.ts'
import type { Stretch } from '../../../src/domain/pipeline/pipeline-between.ts'
import { PIPELINE_PARTS, type PipelineWindow } from '../../../src/domain/pipeline/pipeline-walk.ts'
import {
  WATERFALL_RECORDS,
  Waterfall,
  type WaterfallFacts,
  type WaterfallLimits,
} from '../../../src/domain/pipeline/waterfall.ts'
import type { StageChange } from '../../../src/domain/records.ts'
import { factsOfTotals } from '../../../src/domain/totals.ts'
import {
  anAccount,
  anOpportunity,
  aUser,
  contextOf,
  day,
  factsOf,
  history,
  noon,
  TODAY,
  totalsOf,
  utc,
} from '../builders.ts'
import { someRows } from '../generators.ts'

const model = { ...defaultModel(), funnelMonths: 14 }
const context = contextOf(model)
const someCompany = fc.array(
  someRows.map((rows) => deriveDossier(readDossier(rows), context, TODAY).facts),
  { maxLength: 4 },
)
const someDay = fc.integer({ min: TODAY - 700, max: TODAY })
const someDue = fc.option(
  fc.tuple(fc.integer({ min: -20, max: 6 }), fc.nat(3)).map(([at, more]) => {
    const from = monthIndexOf(TODAY) + at
    return { from, to: from + more }
  }),
)
const ALL: WaterfallLimits = { segment: null, most: Number.POSITIVE_INFINITY }

function waterfallOf(facts: readonly DossierFacts[], stretch: Stretch, limits = ALL): WaterfallFacts {
  const waterfall = new Waterfall(stretch, limits)
  for (const one of facts) waterfall.add(one)
  return waterfall.take()
}

describe('the pipeline waterfall between two days', () => {
  test('start + parts = end for any two days, in ARR to the cent and in opportunities; each part is the sum of its opportunities', () => {
    fc.assert(
      fc.property(someCompany, someDay, someDay, someDue, (facts, a, b, due) => {
        const { start, parts, end } = waterfallOf(facts, { from: Math.min(a, b), to: Math.max(a, b), due })
        const change = (list: typeof parts, sum: 'arr' | 'count') =>
          list.reduce((all, one) => all + one.sign * one[sum], 0)
        const ofCount = parts.filter(({ part }) => part !== 'increased' && part !== 'decreased')
        expect(start.arr + change(parts, 'arr')).toBe(end.arr)
        expect(start.count + change(ofCount, 'count')).toBe(end.count)
        for (const { sign, arr, count, opportunities } of parts) {
          expect(opportunities.length).toBe(count)
          expect(opportunities.reduce((sum, one) => sum + sign * one.change, 0)).toBe(arr)
        }
      }),
    )
  })

  test('days join: what is the end of one stretch is the start of the next', () => {
    fc.assert(
      fc.property(someCompany, someDay, someDay, someDay, someDue, (facts, a, b, c, due) => {
        const [first, middle, last] = [a, b, c].sort((x, y) => x - y) as [number, number, number]
        const before = waterfallOf(facts, { from: first, to: middle, due })
        if (middle < last) expect(waterfallOf(facts, { from: middle + 1, to: last, due }).start).toEqual(before.end)
      }),
    )
  })

  test('for a whole month it is the row of the board, in each window and segment', () => {
    fc.assert(
      fc.property(someCompany, (facts) => {
        const isDatedAhead = facts.some(({ counted }) =>
          counted.opportunities.some(({ path }) => path.some((point) => point.day > TODAY)),
        )
        const rows = factsOfTotals('pipeline_month', totalsOf(facts, model), model, TODAY, utc)
        for (const row of rows) {
          const month = monthIndexOf(row.monthOn as number)
          const window = row.window as PipelineWindow
          // What is dated ahead has happened by today here; rows of the month that goes on tell its steps apart.
          if (row.isOpen === true && isDatedAhead) continue
          const to = Math.min(TODAY, firstDayOf(month + 1) - 1)
          const segment = row.segment === 'all' ? null : (row.segment as WaterfallLimits['segment'])
          const found = waterfallOf(
            facts,
            { from: firstDayOf(month), to, due: dueOf(window, month) },
            { ...ALL, segment },
          )
          const told: Record<string, unknown> = { start: found.start.arr, startCount: found.start.count }
          for (const { part, arr, count } of found.parts) Object.assign(told, { [part]: arr, [`${part}Count`]: count })
          Object.assign(told, { end: found.end.arr, endCount: found.end.count })
          expect({ id: row.id, ...told }).toEqual(
            Object.fromEntries(['id', ...Object.keys(told)].map((name) => [name, row[name]])),
          )
        }
      }),
    )
  })
})

test('records of other kinds change nothing of it', () => {
  fc.assert(
    fc.property(someRows, someDay, someDay, someDue, (rows, a, b, due) => {
      const stretch = { from: Math.min(a, b), to: Math.max(a, b), due }
      const [all, few] = [rows, rows.filter(({ kind }) => WATERFALL_RECORDS.has(kind))].map((some) =>
        waterfallOf([deriveDossier(readDossier(some), context, TODAY).facts], stretch),
      )
      expect(few).toEqual(all)
    }),
  )
})

function dueOf(window: PipelineWindow, month: Month): Stretch['due'] {
  if (window === 'all_open') return null
  const quarter = month - (month % 3)
  return window === 'due_in_month' ? { from: month, to: month } : { from: quarter, to: quarter + 2 }
}

/** An opportunity by what its history says: day, stage, amount, close date. */
function dealOf(id: string, ...rows: readonly (readonly [on: string, stage: string, amount: number, due: string])[]) {
  const [, stage, amount, due] = rows.at(-1) ?? expect.fail()
  return {
    opportunity: anOpportunity({
      id,
      name: `Sale ${id}`,
      stage,
      amount,
      closeOn: day(due),
      createdAt: noon(rows[0]?.[0] ?? ''),
      ownerId: 'U1',
    }),
    changes: history(id, ...rows.map(([on, stage, amount]) => [on, stage, amount] as const)).map(
      (change, i): StageChange => ({ ...change, closeOn: day(rows[i]?.[3] ?? '') }),
    ),
  }
}

describe('since last Monday', () => {
  const deals = [
    dealOf('new', ['2026-11-18', 'Prospecting', 100, '2026-12-20']),
    dealOf('in', ['2026-09-01', 'Prospecting', 200, '2027-02-01'], ['2026-11-17', 'Prospecting', 250, '2026-12-01']),
    dealOf('out', ['2026-09-01', 'Prospecting', 400, '2026-12-15'], ['2026-11-19', 'Prospecting', 400, '2027-01-15']),
    dealOf('more', ['2026-09-01', 'Prospecting', 800, '2026-12-15'], ['2026-11-16', 'Prospecting', 1000, '2026-12-15']),
    dealOf('won', ['2026-09-01', 'Prospecting', 1600, '2026-12-15'], ['2026-11-20', 'Closed Won', 1500, '2026-12-15']),
    dealOf(
      'lost',
      ['2026-09-01', 'Prospecting', 3200, '2027-03-01'],
      ['2026-11-20', 'Closed Lost', 3200, '2027-03-01'],
    ),
    dealOf('still', ['2026-09-01', 'Prospecting', 6400, '2026-12-15']),
    dealOf('later', ['2026-09-01', 'Prospecting', 9999, '2027-05-01']),
    dealOf('before', ['2026-09-01', 'Prospecting', 50, '2026-12-15'], ['2026-11-13', 'Closed Won', 50, '2026-11-13']),
  ]
  const facts = factsOf(
    {
      account: anAccount({ name: 'Acme' }),
      opportunities: deals.map(({ opportunity }) => opportunity),
      changes: deals.flatMap(({ changes }) => changes),
    },
    contextOf(model, [aUser()]),
  )
  const quarter = { from: monthIndexOf(day('2026-10-01')), to: monthIndexOf(day('2026-12-01')) }
  const since = { from: day('2026-11-16'), to: TODAY }

  test('each part of the quarter lists its opportunities, with what was expected before and what is now', () => {
    const { start, parts, end } = waterfallOf([facts], { ...since, due: quarter })
    expect([start, end]).toEqual([
      { arr: 400 + 800 + 1600 + 6400, count: 4 },
      { arr: 100 + 250 + 1000 + 6400, count: 4 },
    ])
    expect(
      Object.fromEntries(
        parts.map(({ part, opportunities }) => [part, opportunities.map(({ id, change }) => `${id} ${change}`)]),
      ),
    ).toEqual({
      created: ['new 100'],
      pulledIn: ['lost 3200', 'in 250'],
      dated: [],
      reopened: [],
      increased: ['more 200'],
      decreased: ['won -100'],
      pushedOut: ['out -400'],
      won: ['won -1500'],
      lost: ['lost -3200'],
    })
    expect(parts.find(({ part }) => part === 'pushedOut')?.opportunities).toEqual([
      {
        ...{ id: 'out', name: 'Sale out', account: 'Acme', owner: 'Anna Snelling', change: -400, url: null },
        ...{ arrBefore: 400, arr: 400, closeOnBefore: '2026-12-15', closeOn: '2027-01-15', isGuessed: false },
      },
    ])
  })

  test('of all that is open nothing is pulled in or pushed out', () => {
    const { parts } = waterfallOf([facts], { ...since, due: null })
    const moved = parts.filter(({ count }) => count > 0).map(({ part }) => part)
    expect(moved).toEqual(['created', 'increased', 'decreased', 'won', 'lost'])
  })

  test('a win outside of the months that are asked for is a win of what was due in them, and nothing to them else', () => {
    const next = { from: quarter.to + 1, to: quarter.to + 3 }
    const { start, parts, end } = waterfallOf([facts], { ...since, due: next })
    expect([start.arr, end.arr]).toEqual([200 + 3200, 400])
    const moved = parts.flatMap(({ part, opportunities }) => opportunities.map(({ id }) => `${part} ${id}`))
    expect(moved).toEqual(['pulledIn out', 'pushedOut in', 'lost lost'])
  })

  test('keeps the largest of each part and counts all', () => {
    const many = Array.from({ length: 300 }, (_, i) =>
      dealOf(`n${i}`, ['2026-11-18', 'Prospecting', 1000 + ((i * 7) % 300), '2026-12-20']),
    )
    const one = factsOf(
      { opportunities: many.map(({ opportunity }) => opportunity), changes: many.flatMap(({ changes }) => changes) },
      context,
    )
    const [created] = waterfallOf([one, one], { ...since, due: quarter }, { segment: null, most: 4 }).parts
    expect(created).toMatchObject({ part: 'created', count: 600 })
    expect(created?.opportunities.map(({ change }) => change)).toEqual([1299, 1299, 1298, 1298])
  })

  test('a part whose day no history tells says so', () => {
    const guessed = factsOf(
      { opportunities: [anOpportunity({ createdAt: noon('2026-11-18'), closeOn: day('2026-12-01') })] },
      context,
    )
    const [created] = waterfallOf([guessed], { ...since, due: null }).parts
    expect(created).toMatchObject({ count: 1, guessed: 1, opportunities: [{ isGuessed: true }] })
  })
})

test('parts are by name those of the board', () => {
  expect(waterfallOf([], { from: TODAY, to: TODAY, due: null }).parts.map(({ part }) => part)).toEqual(PIPELINE_PARTS)
})
