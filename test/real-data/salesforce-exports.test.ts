import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readBoards, type SeenItem } from '../journey/boards.ts'
import { openJourney, unbalanced, writesOf } from '../journey/journey.ts'
import { runHere } from '../journey/run-cli.ts'
import { isThorough } from '../thorough.ts'
import { readCsv } from './read-csv.ts'

const DATA = '../shared/data/salesforce-exports'

interface Status {
  readonly sources: readonly { readonly object: string; readonly mapped: number; readonly rejectedValues: number }[]
  readonly findings: readonly { readonly code: string; readonly count: number; readonly example: string }[]
}

const FOLDERS = [
  { mappings: 'stomita', folder: 'stomita_app_pack', prefix: 'Stomita', deals: 774, accounts: 83, leads: null },
  {
    mappings: 'data_cloud_workshop',
    folder: 'data_cloud_workshop',
    prefix: 'Workshop',
    deals: 50,
    accounts: 22,
    leads: 60,
  },
  {
    mappings: 'earthfink_powerbi',
    folder: 'earthfink_powerbi',
    prefix: 'Earthfink',
    deals: 36,
    accounts: 18,
    leads: 22,
  },
  { mappings: 'gen_ai_demo', folder: 'gen_ai_demo', prefix: 'Gen AI', deals: 58, accounts: 94, leads: 14 },
] as const

describe.concurrent.for(isThorough ? FOLDERS : FOLDERS.slice(0, 1))(
  'the Salesforce export $folder',
  ({ mappings, folder, prefix, deals, accounts, leads }) => {
    const data = `${DATA}/${folder}`

    test.skipIf(!existsSync(data))(
      `stands on the boards as its files have it: all ${deals} opportunities, nothing dropped, owners by id`,
      async () => {
        await using journey = await openJourney({ data, mappings: `test/mappings/${mappings}` })
        const report = await journey.sync()
        expect(unbalanced(report)).toEqual([])
        expect(report.boards.map(({ refused, unknown, pending }) => refused + unknown + pending)).toEqual(
          report.boards.map(() => 0),
        )
        const boards = await readBoards(journey.env)
        const rows = readCsv(`${data}/Opportunity.csv`)
        expect(rows).toHaveLength(deals)

        const names = new Map(readCsv(`${data}/Account.csv`).map(({ Id = '', Name = '' }) => [Id, Name]))
        const seen = boards.get(`${prefix} deals`) ?? []
        expect(byKey(seen.map(({ key, name, cells }) => ({ key, name, ...pick(cells) })))).toEqual(
          byKey(rows.map((row) => expectedDeal(row, names))),
        )
        expect(boards.get(`${prefix} accounts`)).toHaveLength(accounts)
        expect(boards.get(`${prefix} leads`)?.length ?? null).toBe(leads)

        const status = JSON.parse((await runHere(['status', '--json'], journey.env)).stdout) as Status
        for (const { object, rejectedValues } of status.sources) expect([object, rejectedValues]).toEqual([object, 0])
        // The exports hold no users: whoever owns something is shown by id, and listed.
        const owned = ['Account', 'Opportunity', 'Lead'].flatMap((object) =>
          existsSync(`${data}/${object}.csv`) ? readCsv(`${data}/${object}.csv`) : [],
        )
        const owners = owned.flatMap(({ OwnerId = '' }) => (OwnerId === '' ? [] : [OwnerId]))
        expect(status.findings.find(({ code }) => code === 'unknown-owner')?.count ?? 0).toBe(owners.length)
        for (const row of rows) {
          if ((row.OwnerId ?? '') !== '') expect(seen.find(({ key }) => key === row.Id)?.cells.Owner).toBe(row.OwnerId)
        }

        expect(writesOf(await journey.sync())).toBe(0)
      },
      60_000,
    )
  },
)

interface Deal {
  readonly key: string
  readonly name: string
  readonly Stage: string
  readonly Amount: number | null
  readonly Probability: number | null
  readonly 'Close date': string
}

function pick({
  Stage = '',
  Amount,
  Probability,
  'Close date': closes = '',
}: SeenItem['cells']): Omit<Deal, 'key' | 'name'> {
  return { Stage, Amount: numberOf(Amount), Probability: numberOf(Probability), 'Close date': closes }
}

function expectedDeal(row: Readonly<Record<string, string>>, names: ReadonlyMap<string, string>): Deal {
  const account = names.get(row.AccountId ?? '')
  const name = account === undefined ? (row.Name ?? '') : `${account}: ${row.Name}`
  return {
    key: row.Id ?? '',
    // An item's name is one line without double spaces, as the board would show it anyway.
    name: name.trim().replace(/\s+/g, ' '),
    Stage: row.StageName ?? '',
    Amount: numberOf(row.Amount),
    Probability: numberOf(row.Probability),
    'Close date': dayOf(row.CloseDate ?? ''),
  }
}

function numberOf(text = ''): number | null {
  return text === '' ? null : Number(text)
}

/** `2024-06-14`, or `02/03/24` as the American export has it. */
function dayOf(text: string): string {
  const [month, day, year] = text.split('/')
  return year === undefined ? text : `20${year}-${month}-${day}`
}

function byKey(deals: readonly Deal[]): Deal[] {
  return [...deals].sort((a, b) => (a.key < b.key ? -1 : 1))
}
