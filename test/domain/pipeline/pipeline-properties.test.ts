import fc from 'fast-check'
import { expect, test } from 'vitest'
import { firstDayOf, formatMonth, monthIndexOf } from '../../../src/domain/day.ts'
import { defaultModel, SALESFORCE_STAGES } from '../../../src/domain/default-model.ts'
import { deriveDossier } from '../../../src/domain/derive.ts'
import { readDossier } from '../../../src/domain/dossier.ts'
import type { FactValues } from '../../../src/domain/facts.ts'
import { PIPELINE_PARTS, PIPELINE_WINDOWS, type PipelinePart } from '../../../src/domain/pipeline/pipeline-walk.ts'
import { scopesOf } from '../../../src/domain/scopes.ts'
import { factsOfTotals, Totals } from '../../../src/domain/totals.ts'
import { TOTALS_PARTS } from '../../../src/domain/totals-parts.ts'
import { anOpportunity, contextOf, factsOf, TODAY, totalsOf, utc } from '../builders.ts'
import { changesOf, type KnownDeal, someKnownDeal, someRows } from '../generators.ts'

/** Its year begins in May, so that quarters are not the calendar’s. */
const YEAR_STARTS = 4
const model = { ...defaultModel(), funnelMonths: 14, yearStart: YEAR_STARTS }
const context = contextOf(model)
const someFacts = fc.array(
  someRows.map((rows) => deriveDossier(readDossier(rows), context, TODAY).facts),
  { maxLength: 4 },
)
const IN: readonly PipelinePart[] = ['created', 'pulledIn', 'dated', 'reopened', 'increased']
const OF_AMOUNT: readonly PipelinePart[] = ['increased', 'decreased']
const rowsOf = (totals: ReadonlyMap<string, number>) => factsOfTotals('pipeline_month', totals, model, TODAY, utc)

test('start + parts = end, in ARR and in opportunities, in every row; no count is below zero', () => {
  fc.assert(
    fc.property(someFacts, (facts) => {
      for (const row of rowsOf(totalsOf(facts, model))) {
        let [arr, count] = [num(row, 'start'), num(row, 'startCount')]
        for (const part of PIPELINE_PARTS) {
          const sign = IN.includes(part) ? 1 : -1
          arr += sign * num(row, part)
          if (!OF_AMOUNT.includes(part)) count += sign * num(row, `${part}Count`)
        }
        expect([row.id, arr, count]).toEqual([row.id, row.end, row.endCount])
        expect(Math.min(num(row, 'startCount'), num(row, 'endCount'), num(row, 'increased'))).toBeGreaterThanOrEqual(0)
        expect(num(row, 'decreased')).toBeGreaterThanOrEqual(0)
      }
    }),
  )
})

test('months join: of all that is open, and within a quarter; segments add up to the whole', () => {
  fc.assert(
    fc.property(someFacts, (facts) => {
      const rows = new Map(rowsOf(totalsOf(facts, model)).map((row) => [row.id, row]))
      for (const row of rows.values()) {
        const { window, segment } = row
        const month = monthIndexOf(num(row, 'monthOn'))
        const before = rows.get(`${window}:${formatMonth(month - 1)}:${segment}`)
        if (window === 'all_open' || (window === 'due_in_quarter' && (month - YEAR_STARTS) % 3 !== 0))
          expect([row.id, row.start, row.startCount]).toEqual([row.id, before?.end ?? 0, before?.endCount ?? 0])
        if (segment !== 'all') continue
        for (const name of ['start', 'end', 'pushedOut', 'won', 'createdCount']) {
          const of = ['smb', 'mid_market', 'enterprise', 'none'].map((one) => rows.get(`${window}:${row.month}:${one}`))
          expect(of.reduce((sum, one) => sum + num(one ?? {}, name), 0)).toBe(row[name])
        }
      }
    }),
  )
})

test('all that is open at the end of a month is what the snapshot of the funnel holds', () => {
  fc.assert(
    fc.property(someFacts, (facts) => {
      const totals = totalsOf(facts, model)
      const snapshot = factsOfTotals('funnel_stage', totals, model, TODAY, utc).filter(
        ({ view, level }) => view === 'snapshot' && level === 'crm_stage',
      )
      const rows = rowsOf(totals).filter(({ window, segment }) => window === 'all_open' && segment === 'all')
      const open = new Map(rows.map((row) => [row.month, [row.endCount, row.end]]))
      for (let month = monthIndexOf(TODAY) - 13; month <= monthIndexOf(TODAY); month += 1) {
        const of = snapshot.filter((row) => row.month === formatMonth(month))
        const sum = (name: string) => of.reduce((total, row) => total + num(row, name), 0)
        expect([month, ...(open.get(formatMonth(month)) ?? [0, 0])]).toEqual([month, sum('count'), sum('arr')])
      }
    }),
  )
})

test('the same in any order, step by step or from scratch; taking all away leaves nothing', () => {
  fc.assert(
    fc.property(someFacts, (facts) => {
      const whole = totalsOf(facts, model)
      const stepwise = new Totals(model, TOTALS_PARTS)
      for (const one of facts.toReversed()) stepwise.add([one])
      expect(rowsOf(stepwise.take())).toEqual(rowsOf(whole))
      stepwise.add(facts.toReversed())
      stepwise.takeAway(facts)
      expect([...stepwise.take()]).toEqual([])
    }),
  )
})

test('the movements of opportunities are the sums of the rows', () => {
  fc.assert(
    fc.property(someFacts, (facts) => {
      const movements = facts.flatMap((one) =>
        scopesOf('pipeline_movement', one).map(({ names }) => names.pipeline_movement as FactValues),
      )
      const rows = rowsOf(totalsOf(facts, model)).filter(({ segment }) => segment === 'all')
      for (const row of rows) {
        // What is dated ahead counts in the current month.
        if (row.isOpen === true) continue
        for (const part of PIPELINE_PARTS) {
          const of = movements.filter(
            ({ kind, month, window }) => kind === part && month === row.month && window === row.window,
          )
          const sum = of.reduce((total, one) => total + Math.abs(num(one, 'change')), 0)
          if (of.every((one) => num(one, 'change') >= 0 === IN.includes(part))) expect(sum).toBe(row[part])
          expect(of.length).toBe(row[`${part}Count`])
        }
      }
    }),
  )
})

test('of opportunities whose whole way is known, it is what looking at each of them at both ends of each month says', () => {
  const deals = fc
    .array(someKnownDeal(TODAY), { maxLength: 5 })
    .map((list) => list.map(({ rows }, i): KnownDeal => ({ id: `O${i}`, rows })))
  fc.assert(
    fc.property(deals, (list) => {
      const facts = factsOf(
        {
          opportunities: list.map(({ id, rows }) => {
            const last = rows.at(-1) ?? expect.fail()
            const stage = SALESFORCE_STAGES[last.place]?.name ?? ''
            return anOpportunity({ id, stage, createdAt: (rows[0]?.day ?? 0) * 86_400_000, amount: last.amount })
          }),
          changes: list.flatMap(changesOf),
        },
        context,
      )
      const found: Record<string, unknown> = {}
      for (const row of rowsOf(totalsOf([facts], model)).filter(({ segment }) => segment === 'all')) {
        found[`${row.window} ${row.month}`] = Object.fromEntries(
          ['start', ...PIPELINE_PARTS, 'end'].flatMap((name) => (num(row, name) === 0 ? [] : [[name, row[name]]])),
        )
      }
      expect(withoutEmpty(found)).toEqual(withoutEmpty(lookAtEach(list)))
    }),
    { numRuns: 200 },
  )
})

/** The same by brute force, straight from the rows of history: each opportunity, each month, each window by itself. */
function lookAtEach(deals: readonly KnownDeal[]): Record<string, Record<string, number>> {
  const found: Record<string, Record<string, number>> = {}
  for (let month = monthIndexOf(TODAY) - 13; month <= monthIndexOf(TODAY); month += 1) {
    const [first, next] = [firstDayOf(month), firstDayOf(month + 1)]
    for (const window of PIPELINE_WINDOWS) {
      const row: Record<string, number> = {}
      const add = (name: string, arr: number) => {
        row[name] = (row[name] ?? 0) + arr
      }
      for (const { rows } of deals) {
        const isClosed = (place: number) => SALESFORCE_STAGES[place]?.state !== 'open'
        // The final unbroken run of closed stages is one closing, as things stand today.
        const last = rows.at(-1) ?? expect.fail()
        const known = [...rows]
        while (known.length > 0 && isClosed(known.at(-1)?.place ?? 0)) known.pop()
        const closing = rows[known.length]
        if (closing !== undefined) known.push({ ...last, day: closing.day })
        let due: number | undefined
        const events = known.map((one) => {
          due = one.due ?? due
          return { ...one, due, state: SALESFORCE_STAGES[one.place]?.state ?? 'open' }
        })
        // What is edited after a closing changes no pipeline.
        events.forEach((one, i) => {
          const earlier = events[i - 1]
          if (earlier?.place === one.place && one.state !== 'open') one.amount = earlier.amount
        })
        const before = events.findLast(({ day: on }) => on < first)
        const now = events.findLast(({ day: on }) => on < next)
        if (now === undefined) continue
        const isIn = (one: typeof now) =>
          one.state === 'open' &&
          (window === 'all_open' ||
            (one.due !== undefined &&
              (window === 'due_in_month'
                ? monthIndexOf(one.due) === month
                : Math.floor((monthIndexOf(one.due) - YEAR_STARTS) / 3) === Math.floor((month - YEAR_STARTS) / 3))))
        const inMonth = events.filter(({ day: on }) => on >= first && on < next)
        const closes =
          inMonth.length > 0 &&
          now.state !== 'open' &&
          (inMonth.some(({ state }) => state === 'open') || before?.state !== now.state)
        const arr = now.amount
        if (before !== undefined && isIn(before)) {
          add('start', before.amount)
          if (!closes && !isIn(now)) add('pushedOut', before.amount)
          else if (arr > before.amount) add('increased', arr - before.amount)
          else add('decreased', before.amount - arr)
        } else if (closes || isIn(now)) {
          if (before === undefined) add('created', arr)
          else if (before.state !== 'open') add('reopened', arr)
          else add(before.due === undefined ? 'dated' : 'pulledIn', arr)
        }
        if (closes) add(now.state, arr)
        if (isIn(now)) add('end', arr)
      }
      found[`${window} ${formatMonth(month)}`] = Object.fromEntries(Object.entries(row).filter(([, arr]) => arr !== 0))
    }
  }
  return found
}

/** Rows of amounts that are all 0 may be there or not. */
function withoutEmpty(rows: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(rows)
      .filter(([, row]) => Object.keys(row as object).length > 0)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

function num(row: FactValues, name: string): number {
  return (row[name] ?? 0) as number
}
