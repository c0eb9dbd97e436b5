import { existsSync, readFileSync } from 'node:fs'
import { parse as parseCsv } from 'csv-parse/sync'
import { describe, expect, test } from 'vitest'
import { createContext } from '../../src/domain/context.ts'
import { deriveDossier } from '../../src/domain/derive.ts'
import { type DossierRow, readDossier } from '../../src/domain/dossier.ts'
import type { RecordKind } from '../../src/domain/records.ts'
import { scopesOf } from '../../src/domain/scopes.ts'
import { loadMappingFiles } from '../../src/mapping/load.ts'
import type { Mappings, Rejection } from '../../src/mapping/mapping.ts'
import { parseMappings } from '../../src/mapping/parse.ts'
import type { DesiredItem } from '../../src/plan/desired.ts'
import type { FieldValue } from '../../src/source/source.ts'
import { told, utc } from './fixtures.ts'

const DATA = '../shared/data'
const TODAY = Date.UTC(2026, 10, 22) / 86_400_000

type Row = Readonly<Record<string, string>>

function rowsOf(file: string): Row[] {
  const text = readFileSync(file, 'utf8')
  return parseCsv(text, { columns: true, bom: true, skip_empty_lines: true }) as Row[]
}

/** What a source would deliver for a value of an export: instants, days and booleans in their canonical form. */
function canonical(field: string, value: string | undefined): FieldValue {
  if (field.startsWith('Is')) return value === '1' || value === 'TRUE'
  if (value === undefined || value === '') return null
  const stamp = /^(.{19}\.\d{3})\+0000$/.exec(value)
  if (stamp) return `${stamp[1]}Z`
  const us = /^(\d\d)\/(\d\d)\/(\d\d)(?: (\d\d):(\d\d) ([AP])M)?$/.exec(value)
  if (!us) return value
  const [, month, day, year, hour, minute, half] = us
  const date = `20${year}-${month}-${day}`
  if (hour === undefined) return date
  return `${date}T${String((Number(hour) % 12) + (half === 'P' ? 12 : 0)).padStart(2, '0')}:${minute}:00.000Z`
}

interface Mapped {
  readonly items: Readonly<Record<string, readonly DesiredItem[]>>
  readonly warnings: readonly string[]
  readonly rejections: readonly (Rejection & { readonly id: string })[]
  readonly records: Readonly<Partial<Record<RecordKind, readonly Record<string, unknown>[]>>>
}

/** Maps a folder of exports through everything that is pure: records, facts, items. */
function mapAll(mappings: Mappings, folder: string): Mapped {
  const rejections: Mapped['rejections'][number][] = []
  const records: Partial<Record<RecordKind, Record<string, unknown>[]>> = {}
  for (const record of mappings.sources[0]?.records ?? []) {
    const file = record.object.endsWith('.csv') ? record.object : `${record.object}.csv`
    const list: Record<string, unknown>[] = []
    records[record.kind] = list
    if (!existsSync(`${folder}/${file}`)) continue
    for (const row of rowsOf(`${folder}/${file}`)) {
      const id = row[record.reading.id ?? 'Id'] as string
      const fields = Object.fromEntries(record.reads.map((name) => [name, canonical(name, row[name])]))
      const mapped = record.map({ kind: 'present', id, changedAt: '2026-11-01T00:00:00.000Z', fields }, utc)
      rejections.push(...mapped.rejections.map((rejection) => ({ ...rejection, id })))
      if (mapped.record) list.push(JSON.parse(mapped.record.body))
    }
  }
  const dossierOf = (kind: RecordKind, record: Record<string, unknown>): string => {
    if (kind === 'account') return `account:${record.id}`
    if (kind === 'stage_change') {
      const parent = records.opportunity?.find(({ id }) => id === record.opportunityId)
      return parent ? dossierOf('opportunity', parent) : `opportunity:${record.opportunityId}`
    }
    return record.accountId === undefined ? `${kind}:${record.id}` : `account:${record.accountId}`
  }
  const dossiers = new Map<string, DossierRow[]>()
  for (const [kind, list] of Object.entries(records) as [RecordKind, Record<string, unknown>[]][]) {
    if (kind === 'user') continue
    for (const record of list) {
      const dossier = dossierOf(kind, record)
      const rows = dossiers.get(dossier) ?? []
      rows.push({ kind, id: String(record.id), body: JSON.stringify(record) })
      dossiers.set(dossier, rows)
    }
  }
  const users = (records.user ?? []).map((user) => ({ kind: 'user', body: JSON.stringify(user) }))
  const context = createContext(mappings.model, utc, users, new Map())
  const facts = [...dossiers.values()].map((rows) => deriveDossier(readDossier(rows), context, TODAY).facts)
  const warnings: string[] = []
  const items = Object.fromEntries(
    mappings.boards.map((board) => [
      board.board,
      facts
        .flatMap((fact) => scopesOf(board.items, fact))
        .map((scope) => {
          const result = board.toItem(scope, TODAY)
          if (result.is !== 'item') throw new Error(JSON.stringify(result))
          warnings.push(...result.warnings.map(({ code, column }) => `${column}: ${code}`))
          return result.item
        }),
    ]),
  )
  return { items, warnings, rejections, records }
}

const cents = (text: string | undefined): number => Math.round(Number(text ?? 0) * 100)
const total = (items: readonly DesiredItem[] = [], column: string): number =>
  items.reduce((sum, { cells }) => sum + cents(cells[column]), 0)
const counts = (values: readonly (string | undefined)[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(values, String)].map(([value, list]) => [value, list.length]).toSorted())

const FOLDERS = [
  ['stomita', 'salesforce-exports/stomita_app_pack', 774],
  ['data_cloud_workshop', 'salesforce-exports/data_cloud_workshop', 50],
  ['earthfink_powerbi', 'salesforce-exports/earthfink_powerbi', 36],
  ['gen_ai_demo', 'salesforce-exports/gen_ai_demo', 58],
  ['maven', 'maven-crm', 8800],
] as const

describe.each(FOLDERS)('real data: %s', async (name, data, opportunities) => {
  const folder = `${DATA}/${data}`
  const parsed = parseMappings(await loadMappingFiles(`test/mappings/${name}`), {})

  test('its mappings have no problems', () => {
    expect(told(parsed)).toEqual([])
  })

  describe.skipIf(!existsSync(folder))(`with ${folder}`, () => {
    const isMaven = name === 'maven'
    const mapped = existsSync(folder) && parsed.mappings ? mapAll(parsed.mappings, folder) : null
    const csv = existsSync(folder) ? rowsOf(`${folder}/${isMaven ? 'sales_pipeline' : 'Opportunity'}.csv`) : []
    const deals = mapped?.items.deals ?? []
    const column = isMaven
      ? { stage: 'deal_stage', amount: 'close_value', close: 'close_date', id: 'opportunity_id' }
      : { stage: 'StageName', amount: 'Amount', close: 'CloseDate', id: 'Id' }

    test('every opportunity is on Deals, with amounts, stages and dates as the export has them', () => {
      expect(deals).toHaveLength(opportunities)
      expect(csv).toHaveLength(opportunities)
      expect(counts(deals.map(({ cells }) => cells.Stage))).toEqual(counts(csv.map((row) => row[column.stage])))
      expect(total(deals, 'Amount')).toBe(csv.reduce((sum, row) => sum + cents(row[column.amount]), 0))
      const byKey = new Map(deals.map((item) => [item.key, item]))
      for (const row of csv) {
        const cells = byKey.get(row[column.id] as string)?.cells
        expect(cells?.['Close date']).toBe(canonical('CloseDate', row[column.close]) ?? '')
        expect(cells?.Amount).toBe(row[column.amount] === '' ? '' : String(Number(row[column.amount])))
      }
    })

    test('every account and lead is on its board', () => {
      const file = isMaven ? 'accounts' : 'Account'
      expect(mapped?.items.accounts).toHaveLength(rowsOf(`${folder}/${file}.csv`).length)
      if (mapped?.items.leads) expect(mapped.items.leads).toHaveLength(rowsOf(`${folder}/Lead.csv`).length)
    })

    test('no value is rejected, and no cell says that it could not hold one', () => {
      expect(mapped?.rejections).toEqual([])
      expect(mapped?.warnings).toEqual([])
    })
  })
})

describe.skipIf(!existsSync(DATA))('what is special', async () => {
  const mapped = async (name: string, data: string) => {
    const parsed = parseMappings(await loadMappingFiles(`test/mappings/${name}`), {})
    return mapAll(parsed.mappings as Mappings, `${DATA}/${data}`)
  }

  test('stomita: an owner the export does not hold is shown by id', async () => {
    const { items } = await mapped('stomita', 'salesforce-exports/stomita_app_pack')
    expect(counts((items.deals ?? []).map(({ cells }) => cells.Owner))).toEqual({ '005f4000000VrDDAA0': 774 })
  })

  test('maven: misspelt products and sectors are declared, and deals without account are kept', async () => {
    const { items, records } = await mapped('maven', 'maven-crm')
    expect(counts((records.opportunity ?? []).map(({ name }) => String(name)))).toMatchObject({ 'GTX Pro': 1480 })
    expect((records.opportunity ?? []).filter(({ accountId }) => accountId === undefined)).toHaveLength(1425)
    expect(counts((records.account ?? []).map(({ industry }) => String(industry)))).toMatchObject({ technology: 12 })
    expect(counts((records.account ?? []).map(({ country }) => String(country)))).toMatchObject({
      US: 71,
      PH: 1,
      KR: 1,
    })
    const deals = items.deals ?? []
    expect(counts(deals.map(({ group }) => group))).toEqual({ lost: 2473, opportunity: 2089, won: 4238 })
    expect(deals.filter(({ name }) => name === 'GTX Basic').length).toBeGreaterThan(0)
    expect(counts(deals.map(({ cells }) => cells.Office))).toMatchObject({
      Central: expect.any(Number),
      East: expect.any(Number),
      West: expect.any(Number),
    })
    expect(deals.filter(({ cells }) => cells.Owner === '')).toEqual([])
  })
})
