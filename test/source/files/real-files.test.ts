import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { createFilesSource } from '../../../src/source/files/files-source.ts'
import type { SourceRecord } from '../../../src/source/source.ts'

const DATA = fileURLToPath(new URL('../../../../shared/data/', import.meta.url))

async function read(folder: string, object: string, id: string, fields: readonly string[]): Promise<SourceRecord[]> {
  const source = createFilesSource({ name: 'files', folder: DATA + folder, objects: { [object]: { id } } })
  const records: SourceRecord[] = []
  for await (const page of source.read({ object, fields, where: null, after: null })) records.push(...page.records)
  return records
}

const valuesOf = (records: readonly SourceRecord[], field: string) =>
  records.map((record) => (record.kind === 'present' ? record.fields[field] : undefined))

describe.skipIf(!existsSync(`${DATA}maven-crm`))('the maven-crm files', () => {
  test('hold 8,800 opportunities, none dropped: 1,480 as GTXPro, 1,425 without an account', async () => {
    const records = await read('maven-crm', 'sales_pipeline.csv', 'opportunity_id', [
      'product',
      'account',
      'close_value',
    ])
    expect(new Set(records.map((record) => record.id)).size).toBe(8800)
    expect(valuesOf(records, 'product').filter((product) => product === 'GTXPro')).toHaveLength(1480)
    expect(valuesOf(records, 'account').filter((account) => account === null)).toHaveLength(1425)
    const won = valuesOf(records, 'close_value').reduce((sum: number, value) => sum + Number(value ?? 0), 0)
    expect(won).toBe(10005534)
  })
})

describe.skipIf(!existsSync(`${DATA}salesforce-exports/data_cloud_workshop`))(
  'an export with a byte order mark',
  () => {
    test('has its first column under its own name', async () => {
      const records = await read('salesforce-exports/data_cloud_workshop', 'Opportunity.csv', 'Id', ['Id', 'Amount'])
      expect(records.length).toBeGreaterThan(0)
      expect(records.every((record) => record.id.startsWith('006'))).toBe(true)
    })
  },
)
