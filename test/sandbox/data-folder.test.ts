import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createEngine } from '../../src/sandbox/engine/create-engine.ts'
import { type DataFolderReport, loadDataFolder } from '../../src/sandbox/salesforce/load-data-folder.ts'
import { Org } from '../../src/sandbox/salesforce/org.ts'
import { NOW, SalesforceClient } from './salesforce-client.ts'

const EXPORTS = '../shared/data/salesforce-exports'
const FOLDERS = ['stomita_app_pack', 'data_cloud_workshop', 'earthfink_powerbi', 'gen_ai_demo']

describe.skipIf(!existsSync(EXPORTS))('the exports of real orgs', () => {
  test.each(FOLDERS)('%s: every row of every object is there, under its own id', (folder) => {
    const org = new Org(createEngine({ now: NOW }))
    const report = loadDataFolder(org, join(EXPORTS, folder))
    for (const file of readdirSync(join(EXPORTS, folder)).filter((name) => name.endsWith('.csv'))) {
      const rows = parse(readFileSync(join(EXPORTS, folder, file)), { bom: true, columns: true }) as Record<
        string,
        string
      >[]
      const loaded = report.objects.find((object) => object.file === file)
      if (rows[0]?.Id === undefined) {
        expect(report.leftOut.join('\n')).toContain(`${file}: no column "Id"`)
        continue
      }
      expect(loaded?.rows, file).toBe(rows.length)
      const ids = org.engine.db.prepare(`SELECT Id FROM "sf_${loaded?.object}"`).all() as { Id: string }[]
      const inFile = rows.map((row) => row.Id as string)
      expect(ids.map((row) => row.Id)).toEqual(expect.arrayContaining(inFile))
    }
  })

  test('stomita: 774 opportunities through the API, with amounts and dates as in the file and owners the org does not know', async () => {
    await using client = await SalesforceClient.open({ data: join(EXPORTS, 'stomita_app_pack') })
    const { body } = await client.query(
      'SELECT Id, Amount, CloseDate, StageName, OwnerId, Owner.Name, SystemModstamp FROM Opportunity',
    )
    const rows = parse(readFileSync(join(EXPORTS, 'stomita_app_pack/Opportunity.csv')), {
      bom: true,
      columns: true,
    }) as Record<string, string>[]
    expect(body.totalSize).toBe(774)
    const byId = new Map(rows.map((row) => [row.Id, row]))
    for (const record of body.records) {
      const row = byId.get(record.Id) as Record<string, string>
      expect(record).toMatchObject({
        CloseDate: row.CloseDate,
        StageName: row.StageName,
        OwnerId: row.OwnerId,
        Owner: null,
        SystemModstamp: row.SystemModstamp,
      })
      expect(record.Amount).toBe(row.Amount === '' ? null : Number(row.Amount))
    }
    expect((await client.query('SELECT COUNT() FROM Lead')).body.totalSize).toBe(0)
    expect((await client.query('SELECT COUNT() FROM User')).body.totalSize).toBe(1)
    expect(client.sandbox.notes).toContain('loaded 774 × Opportunity from Opportunity.csv')
  })

  test('earthfink: American dates become days and instants, stamps that are absent are made up and said', async () => {
    await using client = await SalesforceClient.open({ data: join(EXPORTS, 'earthfink_powerbi') })
    const { body } = await client.query(
      "SELECT CloseDate, CreatedDate, LastModifiedDate, SystemModstamp FROM Opportunity WHERE Id = '006bm00000LKJNNAA5'",
    )
    expect(body.records[0]).toMatchObject({
      CloseDate: '2024-02-03',
      CreatedDate: '2026-02-23T00:00:00.000+0000',
      LastModifiedDate: '2026-02-23T20:55:00.000+0000',
      SystemModstamp: '2026-02-23T20:55:00.000+0000',
    })
    expect(client.sandbox.notes).toContain(
      'made up: Opportunity.SystemModstamp: no column; taken from LastModifiedDate',
    )
    const state = (await (await fetch(`${client.sandbox.baseUrl}/__sandbox/state`)).json()) as { notes: string[] }
    expect(state.notes).toEqual(client.sandbox.notes)
  })

  test('data_cloud_workshop: custom objects and references are joined', async () => {
    await using client = await SalesforceClient.open({ data: join(EXPORTS, 'data_cloud_workshop') })
    const { body } = await client.query(
      'SELECT Branch__r.Name, BillingAddress FROM Account WHERE Branch__c != null ORDER BY Id LIMIT 1',
    )
    expect(body.records[0].Branch__r.Name).toMatch(/^Branch\d$/)
    expect(body.records[0].BillingAddress.city).toEqual(expect.any(String))
    expect((await client.query('SELECT COUNT() FROM CampaignMember')).body.totalSize).toBe(68)
  })
})

describe('a folder', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'boardsync-data-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const load = (files: Record<string, string>): { org: Org; report: DataFolderReport } => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    const org = new Org(createEngine({ now: NOW }))
    return { org, report: loadDataFolder(org, folder) }
  }
  const ID = '001Ec00000FzlUdIAJ'

  test('booleans are read from TRUE, 1 and empty, numbers and instants in all their forms', () => {
    const { org } = load({
      'Opportunity.csv': `\uFEFFId,Name,IsWon,IsClosed,IsPrivate,Amount,CloseDate,CreatedDate\n006Ec00000AieKFIAZ,x,TRUE,1,,1.5E3,12/31/2026,02/23/26 08:05 AM\n`,
    })
    expect(org.find('Opportunity', '006Ec00000AieKFIAZ')).toMatchObject({
      IsWon: 1,
      IsClosed: 1,
      IsPrivate: 0,
      Amount: 1500,
      CloseDate: '2026-12-31',
      CreatedDate: Date.UTC(2026, 1, 23, 8, 5),
    })
  })

  test('a cell that does not fit a standard field is left empty and reported', () => {
    const { org, report } = load({ 'Account.csv': `Id,Name,NumberOfEmployees\n${ID},x,#N/A\n` })
    expect(org.find('Account', ID)).toMatchObject({ Name: 'x', NumberOfEmployees: null })
    expect(report.leftOut).toEqual(['Account.csv: 1 × NumberOfEmployees, such as "#N/A", left empty: no int'])
  })

  test('custom columns get the type that their content has', () => {
    const { org } = load({
      'Account.csv': `Id,Name,Score__c,Since__c,Seen__c,Flag__c,Zip_Code__c,Note__c,Boss__c\n${ID},x,1.5,2026-01-02,2026-01-02T03:04:05Z,true,0471,#N/A,${ID}\n`,
    })
    const account = org.object('Account')
    const typed = account?.fields
      .filter((field) => field.custom)
      .map((field) => `${field.name} ${field.type} ${field.referenceTo}`.trim())
    expect(typed).toEqual([
      'Score__c double',
      'Since__c date',
      'Seen__c datetime',
      'Flag__c boolean',
      'Zip_Code__c string',
      'Note__c string',
      'Boss__c reference Account',
    ])
  })

  test('an id that comes twice, or is none, is reported and left out', () => {
    const { org, report } = load({ 'Account.csv': `Id,Name\n${ID},x\n${ID},y\n12,z\n` })
    expect(org.count('Account')).toBe(1)
    expect(report.leftOut).toEqual([
      `Account.csv: a row with the Id ${ID} again`,
      'Account.csv: a row with the Id "12", which is none',
    ])
  })

  test('columns are known by their names in any case; odd ones, doubles and odd files are left out and said', () => {
    const { org, report } = load({
      'account.csv': `ID,name,NAME,Age (years)\n${ID},x,y,3\n`,
      'My notes.csv': `Id,Name\n${ID},x\n`,
    })
    expect(org.find('Account', ID)).toMatchObject({ Name: 'x' })
    expect(report.leftOut).toEqual([
      'My notes.csv: its name is no API name, so it is no object',
      'account.csv: columns that are no API names, or come twice: NAME, Age (years)',
    ])
  })

  test('semicolons and tabs part cells as well as commas; columns that the file lacks are said', () => {
    const { org, report } = load({
      'Account.csv': `Id;Name;Website\r\n${ID};"x; y";a,b\r\n`,
      'Opportunity.csv': 'Id\tName\n006Ec00000AieKFIAZ\tx\n',
    })
    expect(org.find('Account', ID)).toMatchObject({ Name: 'x; y', Website: 'a,b' })
    expect(org.count('Opportunity')).toBe(1)
    expect(report.madeUp.join('\n')).toMatch(/Opportunity: no column, so empty: .*StageName.*Amount/)
  })

  test('letters that are no UTF-8 are said; a file that is no CSV is a fault that names it', () => {
    writeFileSync(join(folder, 'Account.csv'), Buffer.from(`Id,Name\n${ID},M\xfcller\n`, 'latin1'))
    const { report } = load({})
    expect(report.leftOut).toEqual([
      'Account.csv: letters that are no UTF-8, shown as \uFFFD; save the file as UTF-8 to have them',
    ])
    expect(() => load({ 'Lead.csv': 'Id,Name\n1,"open\n' })).toThrow(/^"Lead.csv" in the data folder is no CSV: Quote/)
  })

  test('with users brings them along', () => {
    const { org, report } = load({
      'User.csv': 'Id,Username,Email,Name,IsActive\n005Ec000004oBPNIA2,a@x.example,a@x.example,Ann,1\n',
    })
    expect(org.count('User')).toBe(2)
    expect(report.madeUp.join('\n')).not.toContain('owners are unknown')
  })

  test('that is missing or empty is a fault that says what to give', () => {
    const org = new Org(createEngine({ now: NOW }))
    expect(() => loadDataFolder(org, join(folder, 'nowhere'))).toThrow(/The data folder ".*nowhere" cannot be read/)
    expect(() => loadDataFolder(org, folder)).toThrow(/holds no \.csv file/)
  })
})
