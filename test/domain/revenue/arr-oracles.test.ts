import { existsSync, readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { parseDay } from '../../../src/domain/day.ts'
import { defaultModel } from '../../../src/domain/default-model.ts'
import { deriveDossier } from '../../../src/domain/derive.ts'
import type { FactValues } from '../../../src/domain/facts.ts'
import { factsOfTotals } from '../../../src/domain/totals.ts'
import { readCsv } from '../../real-data/read-csv.ts'
import { aDossier, anAccount, aPeriod, contextOf, day, totalsOf, utc } from '../builders.ts'

const PLAYBOOK = '../shared/oracles/mrr_playbook_subscription_periods.csv'
const MONTHLY = '../shared/oracles/mrr_playbook_monthly.json'
const RAVENSTACK = '../shared/data/ravenstack/ravenstack_subscriptions.csv'

type Raw = Readonly<Record<string, string>>
interface Columns {
  readonly id: string
  readonly account: string
  readonly mrr: string
}

/** Rows of all accounts together by month, as boardsync reckons them from the periods of a file, on a day. */
function rowsOf(raw: readonly Raw[], columns: Columns, today: number): Map<string, FactValues> {
  const model = { ...defaultModel(), funnelMonths: 60 }
  const byAccount = Map.groupBy(raw, (row) => row[columns.account] ?? '')
  const facts = [...byAccount].map(([id, rows]) => {
    const periods = rows.map((row) => {
      const end = parseDay(row.end_date ?? '')
      return aPeriod({
        id: row[columns.id] as string,
        accountId: id,
        startOn: day(row.start_date as string),
        mrr: Number(row[columns.mrr]) * 100,
        // In the file it is the first day no longer paid for.
        ...(end === undefined ? {} : { endOn: end - 1 }),
      })
    })
    return deriveDossier(aDossier({ account: anAccount({ id }), periods }), contextOf(model), today).facts
  })
  const rows = factsOfTotals('arr_month', totalsOf(facts, model), model, today, utc)
  return new Map(rows.filter(({ id }) => String(id).endsWith(':all:all')).map((row) => [String(row.month), row]))
}

const mrr = (arr: unknown) => (arr as number) / 1200

/** The same by SQL over the raw file: what each account pays on the last day of each month, compared with the month before. */
function bySql(
  raw: readonly Raw[],
  columns: Columns,
  first: string,
  last: string,
): Map<string, Record<string, number>> {
  using db = new DatabaseSync(':memory:')
  db.exec('CREATE TABLE period (account, starts, ends, mrr REAL); CREATE INDEX by_account ON period (account)')
  const insert = db.prepare('INSERT INTO period VALUES (?, ?, ?, ?)')
  for (const row of raw) {
    insert.run(row[columns.account] ?? '', row.start_date ?? '', row.end_date || '9999-12-31', Number(row[columns.mrr]))
  }
  const rows = db
    .prepare(
      `WITH RECURSIVE month(starts) AS (
         SELECT ? UNION ALL SELECT date(starts, '+1 month') FROM month WHERE starts < ?),
       paid AS (
         SELECT m.starts AS month, a.account,
           (SELECT coalesce(sum(mrr), 0) FROM period p WHERE p.account = a.account
              AND p.starts < date(m.starts, '+1 month') AND p.ends >= date(m.starts, '+1 month')) AS mrr
         FROM month m CROSS JOIN (SELECT DISTINCT account FROM period) a),
       moved AS (
         SELECT *, lag(mrr, 1, 0) OVER w AS before, lag(mrr, 12, 0) OVER w AS year,
           max(mrr) OVER (PARTITION BY account ORDER BY month ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS most
         FROM paid WINDOW w AS (PARTITION BY account ORDER BY month))
       SELECT month, sum(mrr) AS mrr,
         sum(CASE WHEN before = 0 AND mrr > 0 AND coalesce(most, 0) = 0 THEN mrr ELSE 0 END) AS new,
         sum(CASE WHEN before = 0 AND mrr > 0 AND most > 0 THEN mrr ELSE 0 END) AS reactivation,
         sum(CASE WHEN before > 0 AND mrr > before THEN mrr - before ELSE 0 END) AS expansion,
         sum(CASE WHEN mrr > 0 AND mrr < before THEN mrr - before ELSE 0 END) AS contraction,
         sum(CASE WHEN before > 0 AND mrr = 0 THEN -before ELSE 0 END) AS churn,
         sum(year) AS base, sum(CASE WHEN year > 0 THEN mrr ELSE 0 END) AS net, sum(min(year, mrr)) AS gross
       FROM moved GROUP BY month ORDER BY month`,
    )
    .all(first, last) as unknown as Record<string, number>[]
  return new Map(rows.map((row) => [String(row.month).slice(0, 7), row]))
}

function expectSame(rows: ReadonlyMap<string, FactValues>, sql: ReadonlyMap<string, Record<string, number>>): void {
  expect(sql.size).toBeGreaterThan(20)
  for (const [month, expected] of sql) {
    const row = rows.get(month)
    const shown = {
      mrr: mrr(row?.end ?? 0),
      ...Object.fromEntries(
        ['new', 'reactivation', 'expansion', 'contraction', 'churn'].map((name) => [name, mrr(row?.[name] ?? 0)]),
      ),
    }
    const { month: _, base = 0, net = 0, gross = 0, ...parts } = expected
    expect([month, shown]).toEqual([month, parts])
    expect(row?.nrrYear, month).toBe(base === 0 ? undefined : net / base)
    expect(row?.grrYear).toBe(base === 0 ? undefined : gross / base)
  }
}

describe.skipIf(!existsSync(PLAYBOOK))('the subscription periods of mrr-playbook', () => {
  const raw = existsSync(PLAYBOOK) ? readCsv(PLAYBOOK) : []
  const columns = { id: 'subscription_id', account: 'customer_id', mrr: 'monthly_amount' }
  const rows = rowsOf(raw, columns, day('2020-02-15'))

  test('give the 26 published months', () => {
    const published = JSON.parse(readFileSync(MONTHLY, 'utf8')) as Record<string, number & string>[]
    const ours = published.map(({ month = '' as never }) => {
      const row = rows.get(month) ?? {}
      return {
        month,
        mrr: mrr(row.end ?? 0),
        active: row.endAccounts ?? 0,
        new: mrr(row.new ?? 0),
        reactivation: mrr(row.reactivation ?? 0),
        upgrade: mrr(row.expansion ?? 0),
        downgrade: mrr(row.contraction ?? 0),
        churn: mrr(row.churn ?? 0),
        n_new: row.newAccounts ?? 0,
        n_churn: row.churnAccounts ?? 0,
        n_react: row.reactivationAccounts ?? 0,
        n_up: row.expansionAccounts ?? 0,
        n_down: row.contractionAccounts ?? 0,
      }
    })
    expect(published).toHaveLength(26)
    expect(ours).toEqual(published.map(({ renewal: _, ...others }) => others))
  })

  test('give what SQL finds in the raw file, retention over a year among it', () => {
    expectSame(rows, bySql(raw, columns, '2017-01-01', '2020-02-01'))
  })

  test('give NRR and GRR by cohort, not by adding up a year of movements', () => {
    const year = rows.get('2019-11')
    expect([year?.nrrYear, year?.grrYear]).toEqual([560 / 575, 460 / 575])
    expect([round(year?.nrr), round(year?.grr)]).toEqual([0.9702, 0.9345])
    expect(year?.accountsKeptYear).toBe(10 / 11)
  })
})

test.skipIf(!existsSync(RAVENSTACK))('the subscriptions of RavenStack give what SQL finds in the raw file', () => {
  const raw = readCsv(RAVENSTACK)
  const columns = { id: 'subscription_id', account: 'account_id', mrr: 'mrr_amount' }
  expectSame(rowsOf(raw, columns, day('2025-01-31')), bySql(raw, columns, '2022-12-01', '2025-01-01'))
})

function round(value: unknown): number {
  return Math.round((value as number) * 10_000) / 10_000
}
