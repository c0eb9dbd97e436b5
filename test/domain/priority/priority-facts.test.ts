import { expect, test } from 'vitest'
import { defaultModel } from '../../../src/domain/default-model.ts'
import type { Feature } from '../../../src/domain/demand-records.ts'
import { deriveDossier } from '../../../src/domain/derive.ts'
import { FACTS } from '../../../src/domain/fact-fields.ts'
import type { FactValues } from '../../../src/domain/facts.ts'
import { planFacts } from '../../../src/domain/priority/priority-facts.ts'
import type { Solve } from '../../../src/domain/priority/program.ts'
import { DEFAULT_PRIORITY, type PrioritySettings } from '../../../src/domain/priority/settings.ts'
import { Totals } from '../../../src/domain/totals.ts'
import { partsOf } from '../../../src/domain/totals-parts.ts'
import { aDossier, anAccount, anOpportunity, contextOf, factsOf, noon, TODAY, utc } from '../builders.ts'

const base = { source: 'salesforce', changedAt: noon('2026-11-01') }
const PERIODS = [
  { name: '2027-Q1', effort: 100, squads: {} },
  { name: '2027-Q2', effort: 100, squads: {} },
]

/** Knows nothing, so that what is found is what the search finds. */
const noSolver: Solve = async () => ({ status: 'limit', values: null, bound: Number.POSITIVE_INFINITY, prices: null })

function aFeature(id: string, fields: Partial<Feature> = {}): Feature {
  return { ...base, id, sourceId: id, name: id.toUpperCase(), status: 'planned', effortHours: 80, ...fields }
}

/** An opportunity of its own account that these features block. */
function blocked(id: string, arr: number, ...features: readonly string[]) {
  const request = (featureId: string) => {
    const key = `${id}-${featureId}`
    return {
      ...base,
      id: key,
      sourceId: key,
      accountId: id,
      opportunityId: id,
      featureId,
      role: 'blocker',
      certainty: 1,
    } as const
  }
  return aDossier({
    account: anAccount({ id, sourceId: id, name: `Company ${id}` }),
    opportunities: [anOpportunity({ id, accountId: id, name: 'Deal', arr, probability: 0.5 })],
    requests: features.map(request),
  })
}

async function planned(
  features: readonly Feature[],
  dossiers: ReturnType<typeof blocked>[],
  settings: Partial<PrioritySettings> = {},
): Promise<Map<string, FactValues>> {
  const model = { ...defaultModel(), priority: { ...DEFAULT_PRIORITY, periods: PERIODS, ...settings } }
  const context = contextOf(model, [], utc, { features })
  const totals = new Totals(model, partsOf('priority', model))
  totals.add(dossiers.map((dossier) => deriveDossier(dossier, context, TODAY).facts))
  const facts = await planFacts(totals.take(), context.features, model, TODAY, { solve: noSolver, leftMs: () => 1_000 })
  for (const fact of facts)
    for (const name of Object.keys(fact)) expect(FACTS.priority.fields, String(fact.id)).toHaveProperty(name)
  return new Map(facts.map((fact) => [String(fact.id), fact]))
}

test('a feature says what waits for it, what a decision against the plan costs, and what then moves', async () => {
  const rows = await planned(
    [aFeature('sso'), aFeature('api')],
    [blocked('D1', 1_000_00, 'sso'), blocked('D2', 400_00, 'api')],
  )
  expect(rows.get('sso')).toMatchObject({
    decision: 'build',
    period: '2027-Q1',
    rank: 1,
    worth: 500_00,
    perEffort: 6_25,
    deals: 1,
    costOfNo: 300_00,
    otherwiseMoves: 'API from 2027-Q2 to 2027-Q1',
    inWords:
      'Waiting for it: 1 open opportunity, 1000.00 USD of ARR. In the plan for 2027-Q1. Left out, the plan is worth 300.00 USD less, between 0.00 USD and 500.00 USD; API from 2027-Q2 to 2027-Q1',
  })
  expect(rows.get('api')).toMatchObject({
    decision: 'later',
    costOfYes: 300_00,
    otherwiseLoses: 'Company D1: Deal (1000.00 USD)',
  })
  expect(rows.get('api')).not.toHaveProperty('costOfNo')
})

test('where nothing proves a set best, the plan says what it is worth at most', async () => {
  const rows = await planned(
    [aFeature('sso'), aFeature('api')],
    [blocked('D1', 1_000_00, 'sso'), blocked('D2', 400_00, 'api')],
  )
  expect(rows.get('plan')).toMatchObject({ worth: 500_00, bound: 700_00, isBest: false })
  expect(rows.get('plan')?.inWords).toContain('what is worth most is at most 700.00 USD')
})

test('more effort is never worth less', async () => {
  const rows = await planned(
    ['a', 'b', 'c', 'd'].map((id) => aFeature(id, { effortHours: 40 })),
    [blocked('D1', 500_00, 'a', 'b'), blocked('D2', 300_00, 'c'), blocked('D3', 700_00, 'b', 'd')],
  )
  const shares = [...rows.values()].filter(({ row }) => row === 'capacity')
  expect(shares.map(({ capacity }) => capacity)).toEqual([25, 50, 75, 90, 100, 110, 125, 150, 200])
  const worths = shares.map(({ worth }) => Number(worth))
  expect(worths).toEqual(worths.toSorted((a, b) => a - b))
  expect(worths.at(-1)).toBe(750_00)
  for (const { worth, bound } of shares) expect(Number(worth)).toBeLessThanOrEqual(Number(bound))
})

test('what waits for something that is never built is told, and counts for nothing', async () => {
  const rows = await planned(
    [aFeature('sso'), aFeature('fax', { status: 'declined' })],
    [blocked('D1', 100_00, 'sso', 'fax')],
  )
  expect(rows.get('fax')).toMatchObject({ decision: 'left_out', leftOut: 'it is declined' })
  expect(rows.get('sso')).toMatchObject({
    worth: 0,
    deals: 1,
    otherBlockers: 'FAX',
    workings:
      'Company D1: Deal: 100.00 × 0.5 (probability of the CRM) × 1 sure = 50.00, in no plan: it waits for a feature that cannot be planned (FAX)',
  })
})

test('without a time to plan for nothing is planned, and the plan says so', async () => {
  const rows = await planned([aFeature('sso')], [blocked('D1', 100_00, 'sso')], { periods: [] })
  expect(rows.get('plan')).toMatchObject({ name: 'No time to plan for', features: 0 })
  expect(rows.get('sso')).toMatchObject({
    decision: 'left_out',
    leftOut: 'priority: of model.yaml names no time to plan for',
  })
  expect(rows.size).toBe(2)
})

test('an opportunity that no feature blocks is nothing that a plan of features counts', () => {
  expect(factsOf({ opportunities: [anOpportunity()] }).counted.priority).toBeNull()
})
