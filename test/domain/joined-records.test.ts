import { describe, expect, test } from 'vitest'
import { createDossier, type DossierLists } from '../../src/domain/dossier.ts'
import { joinRecords } from '../../src/domain/joined-records.ts'
import type { Account, Lead, Opportunity, StageChange } from '../../src/domain/records.ts'

const LEADING = { leading: { opportunity: ['salesforce', 'hubspot'], lead: ['salesforce', 'hubspot'] } }

const base = (source: string, id: string) => ({ source, id, sourceId: id, changedAt: 0 })
const deal = (source: string, id: string, more: Partial<Opportunity> = {}): Opportunity => ({
  ...base(source, id),
  ...more,
})
const same = (id: string, source = 'salesforce') => ({ sameAs: [{ source, id }] })
const change = (id: string, opportunityId: string, source: string): StageChange => ({
  ...base(source, id),
  opportunityId,
  at: 1,
  stage: 'Won',
})
const both: Account = { ...base('salesforce', 'A'), joined: [{ source: 'hubspot', id: '1' }] }

function joined(
  lists: Partial<DossierLists>,
  account: Account | null = both,
  model: Parameters<typeof joinRecords>[1] = LEADING,
) {
  const { dossier, aside } = joinRecords(createDossier(account, lists), model)
  return { ...dossier, aside: aside.map(({ opportunity }) => opportunity.id) }
}

describe('opportunities held by two systems', () => {
  test('are one by the id of one stored in the other: the values of the leading system win, the other’s fill gaps', () => {
    const { opportunities, aside } = joined({
      opportunities: [
        deal('salesforce', 'S', { name: 'Ours', amount: 100, currency: 'USD' }),
        deal('hubspot', '7', { ...same('S'), name: 'Theirs', amount: 90, nextStep: 'Call', currency: 'USD' }),
      ],
    })
    expect(opportunities).toMatchObject([
      { id: 'S', source: 'salesforce', name: 'Ours', amount: 100, nextStep: 'Call' },
    ])
    expect(opportunities).toHaveLength(1)
    expect(aside).toEqual([])
  })

  test('model.yaml says who leads, whoever holds the id', () => {
    const { opportunities } = joined(
      {
        opportunities: [
          deal('salesforce', 'S', { name: 'Ours' }),
          deal('hubspot', '7', { ...same('S'), name: 'Theirs' }),
        ],
      },
      both,
      { leading: { opportunity: ['hubspot', 'salesforce'] } },
    )
    expect(opportunities).toMatchObject([{ id: '7', name: 'Theirs' }])
  })

  test('money of another currency fills no gap', () => {
    const { opportunities } = joined({
      opportunities: [
        deal('salesforce', 'S', { currency: 'USD' }),
        deal('hubspot', '7', { ...same('S'), amount: 90, currency: 'EUR' }),
      ],
    })
    expect(opportunities[0]?.amount).toBeUndefined()
  })

  test('that match none of the leading system are set aside in an account of both, with their history', () => {
    const { opportunities, changes, aside } = joined({
      opportunities: [deal('salesforce', 'S'), deal('hubspot', '8')],
      changes: [change('c', 'S', 'salesforce'), change('d', '8', 'hubspot')],
    })
    expect(opportunities.map(({ id }) => id)).toEqual(['S'])
    expect(changes.map(({ id }) => id)).toEqual(['c'])
    expect(aside).toEqual(['8'])
  })

  test('count in an account that only the other system holds, and where they belong to none', () => {
    for (const account of [{ ...base('hubspot', '1') }, null]) {
      const { opportunities, aside } = joined({ opportunities: [deal('hubspot', '8')] }, account)
      expect(opportunities.map(({ id }) => id)).toEqual(['8'])
      expect(aside).toEqual([])
    }
  })

  test('of two that claim to be the same one neither is', () => {
    const { opportunities, aside } = joined({
      opportunities: [
        deal('salesforce', 'S', { name: 'Ours' }),
        deal('hubspot', '7', same('S')),
        deal('hubspot', '8', same('S')),
      ],
    })
    expect(opportunities).toEqual([deal('salesforce', 'S', { name: 'Ours' })])
    expect(aside).toEqual(['7', '8'])
  })

  test('an id of a source is not taken for one of another', () => {
    const { opportunities } = joined({
      opportunities: [deal('salesforce', 'S'), deal('hubspot', '7', same('S', 'other'))],
    })
    expect(opportunities.map(({ id }) => id)).toEqual(['S'])
  })

  test('have the history of the leading system; of the other where that one has none', () => {
    const opportunities = [deal('salesforce', 'S'), deal('hubspot', '7', same('S'))]
    const theirs = change('d', '7', 'hubspot')
    expect(
      joined({ opportunities, changes: [change('c', 'S', 'salesforce'), theirs] }).changes.map(({ id }) => id),
    ).toEqual(['c'])
    expect(joined({ opportunities, changes: [theirs] }).changes).toEqual([{ ...theirs, opportunityId: 'S' }])
  })
})

test('leads are one by an explicit id too, and what names a joined record names the leading one', () => {
  const lead = (source: string, id: string, more: Partial<Lead> = {}): Lead => ({ ...base(source, id), ...more })
  const { leads } = joined({
    opportunities: [deal('salesforce', 'S'), deal('hubspot', '7', same('S'))],
    leads: [lead('salesforce', 'L'), lead('hubspot', '9', { ...same('L'), opportunityId: '7' }), lead('hubspot', '10')],
  })
  expect(leads.map(({ id, opportunityId }) => [id, opportunityId])).toEqual([
    ['10', undefined],
    ['L', 'S'],
  ])
})

test('where one source delivers a kind, nothing is looked for', () => {
  const dossier = createDossier(both, { opportunities: [deal('hubspot', '8')] })
  expect(joinRecords(dossier, { leading: {} })).toEqual({ dossier, aside: [] })
})
