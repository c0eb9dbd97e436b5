import { expect, test } from 'vitest'
import type { Partner } from '../../../src/domain/company-records.ts'
import type { Implementation } from '../../../src/domain/customer-records.ts'
import { defaultModel } from '../../../src/domain/default-model.ts'
import { deriveDossier } from '../../../src/domain/derive.ts'
import { matchPartners } from '../../../src/domain/implementations/partner-match.ts'
import { factsOfTotals, Totals } from '../../../src/domain/totals.ts'
import { TOTALS_PARTS } from '../../../src/domain/totals-parts.ts'
import {
  aDossier,
  anAccount,
  anOpportunity,
  aPeriod,
  contextOf,
  day,
  factsOf,
  noon,
  TODAY,
  totalsOf,
  utc,
} from '../builders.ts'

const base = { source: 'salesforce', changedAt: 0 }
const aProject = (fields: Partial<Implementation> = {}): Implementation => {
  const id = fields.id ?? 'I1'
  return { ...base, id, sourceId: id, accountId: 'A1', requestedAt: noon('2026-06-01'), ...fields }
}
const aPartner = (id: string, fields: Partial<Partner>): Partner => ({ ...base, id, sourceId: id, name: id, ...fields })
const found = (project: Partial<Implementation>, partners: readonly Partner[]) =>
  matchPartners(aProject(project), partners).map(({ partner, fits }) => `${partner.id} ${fits}`)

test('a required certificate is a hard rule, however much else fits', () => {
  const partners = [
    aPartner('P1', { regions: 'Nordics', industries: 'Retail', languages: 'Swedish', products: 'Platform' }),
    aPartner('P2', { certifications: 'SOC 2, ISO-27001' }),
  ]
  const project = { region: 'Nordics', industry: 'Retail', language: 'Swedish', product: 'Platform' }
  expect(found(project, partners)).toEqual(['P1 4', 'P2 0'])
  expect(found({ ...project, requiredCertification: 'iso 27001' }, partners)).toEqual(['P2 0'])
  expect(found({ ...project, requiredCertification: 'HIPAA' }, partners)).toEqual([])
})

test('nobody without capacity or with other languages is suggested', () => {
  const partners = [aPartner('P1', { capacity: 0 }), aPartner('P2', { languages: 'German' }), aPartner('P3', {})]
  expect(found({ language: 'Swedish' }, partners)).toEqual(['P3 0'])
})

test('a project is in its own stage since its day, else in the furthest that has one', () => {
  const [own, dated, asked] = factsOf({
    implementations: [
      aProject({ id: 'I1', stage: 'scoped', scopedOn: day('2026-07-01'), qualifiedOn: day('2026-06-10') }),
      aProject({ id: 'I2', qualifiedOn: day('2026-06-10'), liveOn: day('2026-09-01') }),
      aProject({ id: 'I3' }),
    ],
  }).implementations
  expect(own).toMatchObject({ stage: 'scoped', stageSinceOn: day('2026-07-01'), isOpen: true })
  expect(dated).toMatchObject({ stage: 'live', stageSinceOn: day('2026-09-01'), isOpen: false, daysToLive: 92 })
  expect(asked).toMatchObject({ stage: 'requested', stageSinceOn: day('2026-06-01'), isInHouse: true })
})

test('a project that is to go live on a day ahead has not: it is in the furthest stage whose day has come, until that day', () => {
  const dossier = aDossier({
    periods: [aPeriod()],
    implementations: [aProject({ signedOn: day('2026-10-01'), liveOn: day('2026-12-15') })],
  })
  const { facts, changesOn } = deriveDossier(dossier, contextOf(), TODAY)
  expect(facts.implementations[0]).toMatchObject({ stage: 'signed', stageSinceOn: day('2026-10-01'), isOpen: true })
  expect(facts.implementations[0]).not.toHaveProperty('daysToLive')
  const rowOf = (of: typeof facts) =>
    factsOfTotals('partner', totalsOf([of]), defaultModel(), TODAY, utc)[0] ?? expect.fail()
  expect(rowOf(facts)).toMatchObject({ live: 0, customers: 0 })
  expect(changesOn).toBeLessThanOrEqual(day('2026-12-15'))
  const then = deriveDossier(dossier, contextOf(), day('2026-12-15')).facts
  expect(then.implementations[0]).toMatchObject({ stage: 'live', daysToLive: 197 })
  expect(rowOf(then)).toMatchObject({ live: 1, customers: 1 })
})

test('satisfaction off the scale is no answer, and is listed', () => {
  const facts = factsOf({ implementations: [aProject({ csat: 80 }), aProject({ id: 'I2', csat: 4 })] })
  const [row] = factsOfTotals('partner', totalsOf([facts]), defaultModel(), TODAY, utc)
  expect(row).toMatchObject({ answers: 1, csat: 1 })
  expect(facts.findings).toMatchObject([{ code: 'off-scale', kind: 'implementation', id: 'I1' }])
})

test('open opportunities that are large or speak of an integration, and have no implementation, come up', () => {
  const { implementationSignals } = factsOf({
    opportunities: [
      anOpportunity({ id: 'O1', seats: 200 }),
      anOpportunity({ id: 'O2', seats: 199, nextStep: 'Talk about the Integrations they need' }),
      anOpportunity({ id: 'O3', seats: 500 }),
      anOpportunity({ id: 'O4', seats: 500, stage: 'Closed Won' }),
      anOpportunity({ id: 'O5', seats: 10, nextStep: 'disintegrate' }),
    ],
    implementations: [aProject({ opportunityId: 'O3' })],
  })
  expect(implementationSignals.map(({ id, evidence }) => [id, evidence])).toEqual([
    ['O1', '200 seats'],
    ['O2', 'It says: Talk about the Integrations they need'],
  ])
})

test('partners: what their customers paid when they went live and pay today, drawn towards all, beside others; services are no ARR', () => {
  const served = (id: string, partnerId: string | undefined, isGone: boolean) =>
    factsOf({
      account: anAccount({ id }),
      periods: [aPeriod({ id: `P${id}`, accountId: id, ...(isGone ? { endOn: day('2026-08-31') } : {}) })],
      opportunities: [anOpportunity({ id: `O${id}`, accountId: id, amount: 5000 })],
      implementations: ['a', 'b'].map((name) =>
        aProject({
          id: `${id}${name}`,
          accountId: id,
          opportunityId: `O${id}`,
          liveOn: day('2026-06-01'),
          csat: isGone ? 2 : 5,
          servicesAmount: 700,
          ...(partnerId === undefined ? {} : { partnerId }),
        }),
      ),
    })
  const facts = [
    served('A1', 'P1', true),
    served('A2', 'P1', false),
    served('A3', 'P2', false),
    served('A4', undefined, false),
  ]
  const rows = factsOfTotals('partner', totalsOf(facts), defaultModel(), TODAY, utc)
  expect(rows.map(({ id }) => id)).toEqual(['P1', 'P2', 'in house'])
  expect(rows[0]).toMatchObject({
    projects: 4,
    live: 4,
    answers: 4,
    csat: 0.5,
    customers: 2,
    customersKept: 1,
    retention: 0.5,
    arrKept: 0.5,
    retentionOfOthers: 1,
    arrKeptOfOthers: 1,
    // Of each account one opportunity, on which two projects hang.
    openPipeline: 10_000,
    services: 2800,
  })
  expect(Number(rows[0]?.retentionShrunk)).toBeGreaterThan(0.5)
  const totals = new Totals(defaultModel(), TOTALS_PARTS)
  totals.add(facts)
  totals.takeAway(facts.toReversed())
  expect([...totals.take()]).toEqual([])
})
