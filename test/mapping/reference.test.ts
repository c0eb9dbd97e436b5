import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { generatedFiles } from '../../scripts/mapping-reference.ts'
import { describeFacts, factsToJson } from '../../src/mapping/describe-facts.ts'
import { COLORS } from '../../src/mapping/schema/values.ts'
import { FILE_SCHEMAS, type FileKind } from '../../src/mapping/schema.ts'
import { type JsonSchema, jsonSchemaOf } from '../../src/mapping/shape.ts'

const KINDS = Object.keys(FILE_SCHEMAS) as FileKind[]

describe('the reference page and the editors’ schemas', () => {
  test.each(Object.entries(generatedFiles()))(
    '%s is what the schemas say (else run node scripts/mapping-reference.ts)',
    (file, text) => {
      expect(readFileSync(file, 'utf8')).toBe(text)
    },
  )

  test.each(KINDS)('every key of a %s file has a sentence and an example', (kind) => {
    const bare: string[] = []
    const root = jsonSchemaOf(kind)
    const visit = (schema: JsonSchema, path: string) => {
      if (schema.$ref) return visit(root.$defs?.[schema.$ref.replace('#/$defs/', '')] ?? {}, path)
      for (const option of schema.anyOf ?? []) visit(option, path)
      for (const [key, inner] of Object.entries(schema.properties ?? {})) {
        const isRecordField = /records\.\w+\.fields$/.test(path)
        const isGroup = /(^|\.)records(\.\w+)?$/.test(`${path}.${key}`.replace(/^\./, ''))
        if (!inner.description && !inner.$ref) bare.push(`${path}.${key}: no sentence`)
        if (!inner.examples && !isRecordField && !isGroup) bare.push(`${path}.${key}: no example`)
        visit(inner, path === '' ? key : `${path}.${key}`)
      }
      if (schema.items) visit(schema.items, path)
      if (typeof schema.additionalProperties === 'object') visit(schema.additionalProperties, path)
    }
    visit(root, '')
    expect(bare).toEqual([])
  })

  test('colours are those that monday knows', () => {
    let sdl: string
    try {
      sdl = readFileSync('../shared/api/monday-2026-10.graphql', 'utf8')
    } catch {
      return
    }
    const official = /enum StatusColumnColors \{([^}]*)\}/.exec(sdl)?.[1]?.split(/\s+/).filter(Boolean)
    expect(COLORS.map((color) => color.replaceAll('-', '_')).toSorted()).toEqual(official?.toSorted())
  })
})

describe('the fields in scope', () => {
  test('are listed with type, meaning, unit, formula and whether they add up', () => {
    const [fact] = factsToJson('opportunity')
    expect(fact?.fields.find(({ name }) => name === 'opportunity.arr')).toEqual({
      name: 'opportunity.arr',
      type: 'money',
      meaning: 'Its annual recurring revenue; of an expansion, the increase.',
      example: '24710.50',
      optional: true,
      unit: 'company currency',
      formula: 'the ARR field, else the amount, at the same rate as the amount',
      additive: true,
      values: null,
      definitions: [],
    })
    expect(fact?.fields.map(({ name }) => name)).toEqual(expect.arrayContaining(['account.name', 'owner.email']))
    expect(factsToJson().map((one) => one.fact)).toEqual([
      'account',
      'opportunity',
      'lead',
      'contact',
      'request',
      'ticket',
      'usage_week',
      'arr_movement',
      'pipeline_movement',
      'bucket_movement',
      'risk',
      'risk_signal',
      'implementation',
      'implementation_signal',
      'feature_deal',
      'funnel_stage',
      'arr_month',
      'arr_family',
      'seat_rung',
      'pipeline_month',
      'forecast',
      'forecast_calibration',
      'bucket_month',
      'attainment',
      'wapp_month',
      'book',
      'lead_decile',
      'must_win',
      'support_period',
      'support_agent',
      'support_hour',
      'support_staffing',
      'risk_quarter',
      'renewal_month',
      'shared_cause',
      'feature_voice',
      'partner',
      'feature',
      'theme',
      'priority',
    ])
  })

  test('as text, a line per field', () => {
    const text = describeFacts('opportunity')
    expect(text).toMatch(/^opportunity: A possible sale/)
    expect(text).toMatch(/ {2}opportunity\.arr +money\? +Its annual recurring revenue.* \(in company currency\)\n +=/)
    expect(text).toContain('opportunity.extra.…')
    expect(describeFacts()).toContain('funnel_stage: One stage')
  })
})
