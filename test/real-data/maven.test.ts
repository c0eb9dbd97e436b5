import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { readBoards } from '../journey/boards.ts'
import { openJourney, unbalanced, writesOf } from '../journey/journey.ts'
import { runHere } from '../journey/run-cli.ts'
import { readCsv } from './read-csv.ts'

const DATA = '../shared/data/maven-crm'

/** The raw files as tables, every value as text. */
function loadRaw(): DatabaseSync {
  const db = new DatabaseSync(':memory:')
  for (const table of ['accounts', 'sales_pipeline', 'sales_teams']) {
    const rows = readCsv(`${DATA}/${table}.csv`)
    const columns = Object.keys(rows[0] ?? {})
    db.exec(`CREATE TABLE ${table} (${columns.join(', ')})`)
    const insert = db.prepare(`INSERT INTO ${table} VALUES (${columns.map(() => '?').join(', ')})`)
    for (const row of rows) insert.run(...columns.map((column) => row[column] ?? ''))
  }
  return db
}

test.skipIf(!existsSync(DATA))(
  'the 8,800 opportunities of maven-crm come through the files source with the totals that SQL finds in the raw files',
  async () => {
    using raw = loadRaw()
    const ask = (sql: string) =>
      raw
        .prepare(sql)
        .all()
        .map((row) => ({ ...row }))
    await using journey = await openJourney({ accounts: 1, speed: 100, mappings: 'test/mappings/maven' })
    const report = await journey.sync()
    expect(unbalanced(report)).toEqual([])
    expect(report.sources.map(({ object, read, stored, rejected }) => ({ object, read, stored, rejected }))).toEqual([
      { object: 'accounts.csv', read: 85, stored: 85, rejected: 0 },
      { object: 'sales_pipeline.csv', read: 8_800, stored: 8_800, rejected: 0 },
      { object: 'sales_teams.csv', read: 35, stored: 35, rejected: 0 },
    ])
    const boards = await readBoards(journey.env)
    const deals = boards.get('Maven deals') ?? []

    const shown = new DatabaseSync(':memory:')
    shown.exec('CREATE TABLE deal (key, name, place, stage, amount, closes, owner, office)')
    const insert = shown.prepare('INSERT INTO deal VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
    for (const { key, name, group, cells } of deals) {
      const { Stage = '', Amount = '', 'Close date': closes = '', Owner = '', Office = '' } = cells
      insert.run(key, name, group, Stage, Amount, closes, Owner, Office)
    }
    const board = (sql: string) =>
      shown
        .prepare(sql)
        .all()
        .map((row) => ({ ...row }))

    // One item for each, and each with its own stage, value, day, person and office.
    expect(board('SELECT key, stage, amount, closes, owner, office FROM deal ORDER BY key')).toEqual(
      ask(`SELECT opportunity_id AS key, deal_stage AS stage, close_value AS amount, close_date AS closes,
             p.sales_agent AS owner, t.regional_office AS office
           FROM sales_pipeline p LEFT JOIN sales_teams t USING (sales_agent) ORDER BY opportunity_id`),
    )
    expect(board('SELECT stage, count(*) AS n, sum(amount) AS total FROM deal GROUP BY stage ORDER BY stage')).toEqual(
      ask(`SELECT deal_stage AS stage, count(*) AS n, sum(close_value) AS total
           FROM sales_pipeline GROUP BY deal_stage ORDER BY deal_stage`),
    )
    expect(board('SELECT place, count(*) AS n, sum(amount) AS total FROM deal GROUP BY place ORDER BY place')).toEqual(
      ask(`SELECT CASE deal_stage WHEN 'Won' THEN 'won' WHEN 'Lost' THEN 'lost' ELSE 'opportunity' END AS place,
             count(*) AS n, sum(close_value) AS total
           FROM sales_pipeline GROUP BY place ORDER BY place`),
    )
    // GTXPro is an alias of GTX Pro: shown under one name, and all of them.
    const product = "CASE product WHEN 'GTXPro' THEN 'GTX Pro' ELSE product END"
    expect(board("SELECT count(*) AS n FROM deal WHERE name LIKE '%GTXPro%'")).toEqual([{ n: 0 }])
    expect(board("SELECT count(*) AS n, sum(amount) AS total FROM deal WHERE name LIKE '%GTX Pro'")).toEqual(
      ask(`SELECT count(*) AS n, sum(close_value) AS total FROM sales_pipeline WHERE ${product} = 'GTX Pro'`),
    )
    expect(ask("SELECT count(*) AS n FROM sales_pipeline WHERE product = 'GTXPro'")).toEqual([{ n: 1480 }])
    // Open deals without an account are shown, and counted for a person.
    expect(board("SELECT count(*) AS n FROM deal WHERE name NOT LIKE '%: %'")).toEqual(
      ask("SELECT count(*) AS n FROM sales_pipeline WHERE account = ''"),
    )
    const status = JSON.parse((await runHere(['status', '--json'], journey.env)).stdout) as {
      findings: { code: string; count: number }[]
    }
    expect(status.findings.map(({ code, count }) => [code, count])).toEqual([
      ['no-account', ask("SELECT count(*) AS n FROM sales_pipeline WHERE account = ''")[0]?.n],
    ])

    const accounts = new Map((boards.get('Maven accounts') ?? []).map(({ key, cells }) => [key, cells]))
    const byAccount = ask(`
      SELECT a.account AS key, a.employees AS employees,
        sum(p.deal_stage = 'Won') AS won, sum(CASE p.deal_stage WHEN 'Won' THEN close_value + 0 ELSE 0 END) AS total,
        sum(p.deal_stage IN ('Engaging', 'Prospecting')) AS open
      FROM accounts a LEFT JOIN sales_pipeline p USING (account) GROUP BY a.account`)
    expect(byAccount).toHaveLength(85)
    for (const { key, employees, won, total, open } of byAccount) {
      expect(accounts.get(String(key))).toMatchObject({
        Employees: String(employees),
        Won: String(won),
        'Won ARR': String(total),
        'Open deals': String(open),
      })
    }
    shown.close()

    expect(writesOf(await journey.sync())).toBe(0)
  },
  60_000,
)
