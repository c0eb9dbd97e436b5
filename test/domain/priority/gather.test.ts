import { describe, expect, test } from 'vitest'
import { defaultModel } from '../../../src/domain/default-model.ts'
import type { Feature, FeatureRequest, Risk } from '../../../src/domain/demand-records.ts'
import { deriveDossier } from '../../../src/domain/derive.ts'
import type { Dossier } from '../../../src/domain/dossier.ts'
import { gatherPriority } from '../../../src/domain/priority/gather.ts'
import { DEFAULT_PRIORITY, MIN_CLOSED, type PrioritySettings } from '../../../src/domain/priority/settings.ts'
import { Totals } from '../../../src/domain/totals.ts'
import { partsOf } from '../../../src/domain/totals-parts.ts'
import { aDossier, anAccount, anOpportunity, contextOf, day, noon, utc } from '../builders.ts'

const TODAY = day('2026-11-15')
const base = { source: 'salesforce', changedAt: noon('2026-11-01') }

function aFeature(id: string, fields: Partial<Feature> = {}): Feature {
  return { ...base, id, sourceId: id, name: id, status: 'planned', effortHours: 80, ...fields }
}

function aRequest(opportunityId: string, featureId: string, fields: Partial<FeatureRequest> = {}): FeatureRequest {
  const id = `${opportunityId}-${featureId}`
  return { ...base, id, sourceId: id, accountId: 'A1', opportunityId, featureId, role: 'blocker', ...fields }
}

function aRisk(fields: Partial<Risk> = {}): Risk {
  return { ...base, id: 'R1', sourceId: 'R1', accountId: 'A1', featureId: 'sso', status: 'identified', ...fields }
}

function gathered(
  features: readonly Feature[],
  dossiers: readonly Dossier[],
  settings: Partial<PrioritySettings> = {},
) {
  const context = contextOf({ ...defaultModel(), priority: { ...DEFAULT_PRIORITY, ...settings } }, [], utc, {
    features,
  })
  const totals = new Totals(context.model, partsOf('priority', context.model))
  totals.add(dossiers.map((dossier) => deriveDossier(dossier, context, TODAY).facts))
  return gatherPriority(totals.take(), context.features, context.model, TODAY).input
}

describe('a deal', () => {
  const opportunities = [anOpportunity({ id: 'O1', arr: 100_000_00, probability: 0.5 })]

  test('waits for what blocks it and has not shipped, not for what is wanted or shown', () => {
    const requests = [
      aRequest('O1', 'sso', { certainty: 0.8 }),
      aRequest('O1', 'audit', { certainty: 0.6 }),
      aRequest('O1', 'export', { certainty: 0.1 }),
      aRequest('O1', 'dark', { role: 'wanted' }),
    ]
    const features = [aFeature('sso'), aFeature('audit'), aFeature('export', { status: 'shipped' }), aFeature('dark')]
    const { deals } = gathered(features, [aDossier({ opportunities, requests })])
    expect(deals).toEqual([
      {
        id: 'O1',
        kind: 'opportunity',
        arr: 100_000_00,
        worth: 30_000_00,
        accountId: 'A1',
        blockers: ['audit', 'sso'],
      },
    ])
  })

  test('takes the certainty of the evidence where nobody said one, and the largest of a feature asked for twice', () => {
    const requests = [
      aRequest('O1', 'sso', { evidence: 2 }),
      { ...aRequest('O1', 'sso', { evidence: 3 }), id: 'again', sourceId: 'again' },
    ]
    const { deals } = gathered([aFeature('sso')], [aDossier({ opportunities, requests })])
    expect(deals[0]?.worth).toBe(40_000_00)
  })

  test('waits for the bigger feature that takes the place of the one asked for', () => {
    const features = [aFeature('saml', { supersededById: 'sso' }), aFeature('sso')]
    const { deals } = gathered(features, [aDossier({ opportunities, requests: [aRequest('O1', 'saml')] })])
    expect(deals[0]?.blockers).toEqual(['sso'])
  })

  test('has the chances of its stage’s own history, blocked and not, where there is enough of it', () => {
    const closed = (count: number, won: number, blocked: boolean, prefix: string) =>
      Array.from({ length: count }, (_, at) => {
        const id = `${prefix}${at}`
        const stage = at < won ? 'Closed Won' : 'Closed Lost'
        return {
          deal: anOpportunity({ id, stage, closeOn: day('2026-06-01') }),
          requests: blocked ? [aRequest(id, 'sso')] : [],
        }
      })
    const history = [...closed(40, 20, false, 'free'), ...closed(MIN_CLOSED, 3, true, 'stuck')]
    const dossier = aDossier({
      opportunities: [...opportunities, ...history.map(({ deal }) => deal)],
      requests: [aRequest('O1', 'sso', { certainty: 0.8 }), ...history.flatMap(({ requests }) => requests)],
    })
    const { deals } = gathered([aFeature('sso')], [dossier])
    // 0.5 × 0.8 − 0.1 of 100,000.
    expect(deals).toHaveLength(1)
    expect(deals[0]?.worth).toBe(30_000_00)
  })
})

test('a feature is shipped from its day on, whatever its status says, and then nothing takes its place', () => {
  const opportunities = [anOpportunity({ id: 'O1', arr: 100, probability: 0.5 })]
  const requests = [aRequest('O1', 'sso', { certainty: 1 }), aRequest('O1', 'audit', { certainty: 1 })]
  const shippedOn = day('2026-11-01')
  const { deals } = gathered(
    [aFeature('sso', { shippedOn, supersededById: 'login' }), aFeature('login'), aFeature('audit')],
    [aDossier({ opportunities, requests })],
  )
  expect(deals[0]?.blockers).toEqual(['audit'])
})

describe('an account at risk', () => {
  const account = anAccount({ arr: 50_000_00, seatsPaid: 100 })

  test('waits for the feature that the risk names, with the number for the word', () => {
    const { deals } = gathered([aFeature('sso')], [aDossier({ account, risks: [aRisk({ likelihood: 'high' })] })])
    expect(deals).toEqual([
      { id: 'R1', kind: 'risk', arr: 50_000_00, worth: 18_750_00, accountId: 'A1', blockers: ['sso'] },
    ])
  })

  test('is worth its seats’ share, or what the risk says may go', () => {
    const risks = [
      aRisk({ id: 'seats', probability: 0.5, seatsAtRisk: 20 }),
      aRisk({ id: 'said', featureId: 'audit', probability: 0.5, arrAtRisk: 8_000_00 }),
      aRisk({ id: 'over', probability: 0.5, status: 'closed' }),
      aRisk({ id: 'other', probability: 0.5, featureId: undefined as never }),
    ]
    const { deals } = gathered([aFeature('sso'), aFeature('audit')], [aDossier({ account, risks })])
    expect(deals.map(({ id, arr }) => [id, arr])).toEqual([
      ['said', 8_000_00],
      ['seats', 10_000_00],
    ])
  })

  test('counts once for a feature, however many of its risks name it: by the one that is worth most', () => {
    const risks = [
      aRisk({ id: 'R1', likelihood: 'low' }),
      aRisk({ id: 'R2', likelihood: 'high' }),
      aRisk({ id: 'R3', likelihood: 'high' }),
    ]
    const { deals } = gathered([aFeature('sso')], [aDossier({ account, risks })])
    expect(deals.map(({ id, worth }) => [id, worth])).toEqual([['R2', 18_750_00]])
  })
})

test('a feature takes everybody’s effort and its squad’s, needs what enables it, and is what people decided', () => {
  const features = [
    aFeature('sso', { squad: 'Growth', enabledById: 'login' }),
    aFeature('login', { squad: 'Core', status: 'shipped' }),
    aFeature('idea', { status: 'declined' }),
  ]
  const { features: planned, periods } = gathered(features, [], {
    periods: [
      { name: '2026-Q4', effort: 400, squads: { Growth: 120 } },
      { name: '2027-Q1', effort: 500, squads: {} },
    ],
    decided: { sso: 'yes' },
  })
  expect(planned).toEqual([
    {
      id: 'sso',
      name: 'sso',
      effort: { '*': 80, Growth: 80 },
      requires: ['login'],
      status: 'open',
      decided: 'yes',
    },
    { id: 'login', name: 'login', effort: { '*': 80 }, requires: [], status: 'shipped' },
    { id: 'idea', name: 'idea', effort: { '*': 80 }, requires: [], status: 'declined' },
  ])
  expect(periods).toEqual([
    {
      name: '2026-Q4',
      capacities: [
        { name: '*', limit: 400 },
        { name: 'Growth', limit: 120 },
      ],
    },
    {
      name: '2027-Q1',
      capacities: [
        { name: '*', limit: 500 },
        { name: 'Growth', limit: 500 },
      ],
    },
  ])
})
