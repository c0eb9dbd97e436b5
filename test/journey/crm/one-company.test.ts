import { expect, test } from 'vitest'
import type { FactValues } from '../../../src/domain/facts.ts'
import { startSandbox } from '../../../src/sandbox/sandbox.ts'
import { type Crm, seeThrough } from './one-company.ts'

/** Rows of the one funnel; those of stages of a CRM are named after the CRM. */
const ofFunnel = (rows: readonly FactValues[]) => rows.filter(({ level }) => level === 'funnel_stage')

test('the same company through Salesforce alone, HubSpot alone, or both, gives the same funnel; what no id links is listed, not counted twice', async () => {
  await using sandbox = await startSandbox({ accounts: 120, seed: 1, now: Date.UTC(2026, 10, 22, 10) })
  const through = (...crms: Crm[]) => seeThrough(sandbox, crms)
  const salesforce = await through('salesforce')
  const hubspot = await through('hubspot')
  const both = await through('salesforce', 'hubspot')
  for (const { problems, counts, store } of [salesforce, hubspot, both]) {
    expect(problems).toEqual([])
    for (const { object, read, stored, unchanged, rejected, deleted } of counts) {
      expect([object, read]).toEqual([object, stored + unchanged + rejected + deleted])
    }
    await store[Symbol.asyncDispose]()
  }
  // All of the funnel is compared: three views, a year of months, every segment and stage, and in each something to compare.
  const funnel = ofFunnel(salesforce.funnel)
  expect(funnel.length).toBeGreaterThan(300)
  const counted = (name: string) => [
    ...new Set(funnel.filter(({ count }) => Number(count) > 0).map((row) => String(row[name]))),
  ]
  expect(counted('view').sort()).toEqual(['active', 'entry_cohort', 'snapshot'])
  expect(counted('segment').sort()).toEqual(['all', 'enterprise', 'mid_market', 'none', 'smb'])
  expect(counted('stage').sort()).toEqual(['expansion', 'lead', 'lost', 'opportunity', 'won'])
  expect(counted('month')).toHaveLength(12)
  expect(ofFunnel(hubspot.funnel)).toEqual(ofFunnel(salesforce.funnel))
  expect(ofFunnel(both.funnel)).toEqual(ofFunnel(salesforce.funnel))
  // Every company is found again: nine of ten by the id stored in it, the others by domain.
  expect(both.links).toEqual({ linked: 120, open: 0 })
  const { portal } = sandbox
  const deals = portal.page('deals', false, 0, 10_000)
  const unlinked = deals.filter(({ properties }) => properties['salesforceopportunityid'] === undefined)
  expect(unlinked.length / deals.length).toBeGreaterThan(0.05)
  expect(unlinked.length / deals.length).toBeLessThan(0.15)
  expect(both.found.get('unmatched-opportunity')?.toSorted()).toEqual(unlinked.map(({ id }) => String(id)).sort())
  expect(salesforce.found.get('unmatched-opportunity')).toBeUndefined()
  // Both hold each deal: it counts once, those that no id links too.
  expect(deals.length).toBe(salesforce.counted)
  expect([hubspot.counted, both.counted]).toEqual([salesforce.counted, salesforce.counted])
}, 60_000)
