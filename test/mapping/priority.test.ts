import { expect, test } from 'vitest'
import { DEFAULT_PRIORITY } from '../../src/domain/priority/settings.ts'
import { parseMappings } from '../../src/mapping/parse.ts'
import { createZone } from '../../src/platform/zone.ts'

const SOURCE = `source: salesforce
records:
  feature: { object: Feature__c, fields: { name: Name, effortHours: { field: Size__c, aliases: { S: 40, M: 120 } } } }
`

function parsed(priority: string) {
  return parseMappings(
    [
      { path: 'mappings/sources/salesforce.yaml', text: SOURCE },
      { path: 'mappings/model.yaml', text: `company: { currency: USD }\n${priority}` },
    ],
    {},
  )
}

test('the model says what can be built when, by whom, and what people decided', () => {
  expect(parsed('').mappings?.model.priority).toEqual(DEFAULT_PRIORITY)
  const { mappings } = parsed(`priority:
  periods: [{ name: 2026-Q4, effort: 1200, squads: { Growth: 500 } }, { name: 2027-Q1, effort: 900 }]
  decided: { sso: yes }
  certainty: { rep: 0.4 }
`)
  expect(mappings?.model.priority).toEqual({
    ...DEFAULT_PRIORITY,
    periods: [
      { name: '2026-Q4', effort: 1200, squads: { Growth: 500 } },
      { name: '2027-Q1', effort: 900, squads: {} },
    ],
    decided: { sso: 'yes' },
    certainty: { 3: 0.8, 2: 0.4, 1: 0.2 },
  })
})

test('a time that stands twice, and a squad that can build more than everybody, are refused', () => {
  const { problems } = parsed(`priority:
  periods:
    - { name: 2026-Q4, effort: 100, squads: { Growth: 500 } }
    - { name: 2026-Q4, effort: 100 }
`)
  expect(problems.map(({ line, code, message }) => `${line} ${code}: ${message}`)).toEqual([
    '4 bad-value: The squad "Growth" can build 500 in 2026-Q4, where everybody together can build 100',
    '5 duplicate-value: The time "2026-Q4" stands twice in the list',
  ])
})

test('T-shirt sizes become effort in the source mapping', () => {
  const [feature] = parsed('').mappings?.sources[0]?.records ?? []
  const raw = { Name: 'Single sign-on', Size__c: 'M' }
  const mapped = feature?.map(
    { kind: 'present', id: 'F1', changedAt: '2026-11-22T10:00:00.000Z', fields: raw },
    createZone('UTC'),
  )
  expect(JSON.parse(mapped?.record?.body ?? '{}')).toMatchObject({ effortHours: 120 })
})
