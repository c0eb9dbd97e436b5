import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NO_COMPANY } from '../../src/domain/company.ts'
import { defaultModel } from '../../src/domain/default-model.ts'
import { deriveDossier } from '../../src/domain/derive.ts'
import { readDossier } from '../../src/domain/dossier.ts'
import { FACTS, USER_FIELDS } from '../../src/domain/fact-fields.ts'
import type { FactKind, FactValues } from '../../src/domain/facts.ts'
import type { FactField, Fields } from '../../src/domain/fields.ts'
import { FINDINGS } from '../../src/domain/findings.ts'
import { funnelFacts } from '../../src/domain/funnel-facts.ts'
import type { Model } from '../../src/domain/model.ts'
import { scopesOf } from '../../src/domain/scopes.ts'
import { factsOfTotals } from '../../src/domain/totals.ts'
import { ALL_PARTS } from '../../src/domain/totals-parts.ts'
import { aUser, contextOf, day, TODAY, totalsOf, utc } from './builders.ts'
import { FEATURES, someDay, someRows } from './generators.ts'

const model: Model = {
  ...defaultModel(),
  churnAt: 'notice',
  rates: {
    EUR: [
      { from: day('2026-02-01'), rate: 1.0834 },
      { from: day('2026-08-15'), rate: 1.1025 },
    ],
  },
}
const users = [aUser({ id: 'U1', email: 'anna@you.example' }), aUser({ id: 'U2', active: false })]
const userPeriods = [
  { id: 'P1', userId: 'U1', team: 'Central', startOn: day('2026-01-01'), endOn: day('2026-05-31') },
  { id: 'P2', userId: 'U1', team: 'North', startOn: day('2026-06-01') },
]
const context = contextOf(model, users, utc, { features: FEATURES, userPeriods })

test('the same records give the same facts to the byte, whatever the order of arrival', () => {
  const shuffled = someRows.chain((rows) =>
    fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length, maxLength: rows.length })),
  )
  fc.assert(
    fc.property(shuffled, someDay, ([rows, others], today) => {
      const a = deriveDossier(readDossier(rows), context, today)
      const b = deriveDossier(readDossier(others), context, today)
      expect(JSON.stringify(b)).toBe(JSON.stringify(a))
    }),
  )
})

test('on every day before changesOn the facts are the same; changesOn lies ahead', () => {
  fc.assert(
    fc.property(someRows, someDay, (rows, today) => {
      const dossier = readDossier(rows)
      const { facts, changesOn, snapshots } = deriveDossier(dossier, context, today)
      if (changesOn !== null) expect(changesOn).toBeGreaterThan(today)
      const text = JSON.stringify({ ...facts, asOf: 0 })
      const until = changesOn ?? today + 800
      // The days just before the change, and some in between.
      for (const later of new Set([today + 1, Math.floor((today + until) / 2), until - 2, until - 1])) {
        if (later <= today || later >= until) continue
        expect(JSON.stringify({ ...deriveDossier(dossier, context, later, ALL_PARTS, snapshots).facts, asOf: 0 })).toBe(
          text,
        )
      }
    }),
  )
})

test('on changesOn an opportunity turns overdue, or a new rate applies', () => {
  fc.assert(
    fc.property(someRows, someDay, (rows, today) => {
      const dossier = readDossier(rows)
      const { facts, changesOn } = deriveDossier(dossier, context, today)
      if (changesOn === null) return
      const then = deriveDossier(dossier, context, changesOn).facts
      const isNewRate = dossier.account?.arr !== undefined && model.rates.EUR?.some(({ from }) => from === changesOn)
      // Of two periods that meet, or of one month's movements none need be left.
      const isOfArr = facts.counted.arr !== null || dossier.periods.length > 0
      // Waits, use, contacts, meetings, reviews and projects are looked at again without having changed for certain.
      const { tickets, usage, contacts, activities, implementations, account } = dossier
      const isOfCare =
        [tickets, usage, contacts, activities, implementations].some(({ length }) => length > 0) ||
        account?.lastBusinessReviewOn !== undefined
      // A feature that ships may be one that nothing here waits for.
      const isShipping = FEATURES.some(({ shippedOn }) => shippedOn === changesOn)
      if (isNewRate !== true && !isOfArr && !isOfCare && !isShipping)
        expect(JSON.stringify({ ...then, asOf: today })).not.toBe(JSON.stringify(facts))
    }),
  )
})

test('facts survive being stored as JSON', () => {
  fc.assert(
    fc.property(someRows, (rows) => {
      const { facts } = deriveDossier(readDossier(rows), context, TODAY)
      const plain = { ...facts, users: Object.fromEntries(facts.users) }
      expect(JSON.parse(JSON.stringify(plain))).toEqual(plain)
    }),
  )
})

test('nothing is dropped: every opportunity and lead has its fact, every finding a known code', () => {
  fc.assert(
    fc.property(someRows, (rows) => {
      const { facts } = deriveDossier(readDossier(rows), context, TODAY)
      const ids = (kind: string) => rows.filter((row) => row.kind === kind).map(({ id }) => id)
      expect(facts.opportunities.map(({ id }) => id)).toEqual(ids('opportunity'))
      expect(facts.leads.map(({ id }) => id)).toEqual(ids('lead'))
      for (const { code } of facts.findings) expect(FINDINGS).toHaveProperty(code)
    }),
  )
})

test('facts hold the fields that FACTS describes, of the types it gives, and all that are always there', () => {
  fc.assert(
    fc.property(someRows, (rows) => {
      const { facts } = deriveDossier(readDossier(rows), context, TODAY)
      if (facts.account !== null) checkFact('account', facts.account)
      for (const fact of facts.opportunities) checkFact('opportunity', fact)
      for (const fact of facts.leads) checkFact('lead', fact)
      for (const fact of facts.tickets) checkFact('ticket', fact)
      for (const fact of facts.contacts) checkFact('contact', fact)
      for (const fact of facts.requests) checkFact('request', fact)
      for (const fact of facts.usage) checkFact('usage_week', fact)
      for (const fact of facts.implementations) checkFact('implementation', fact)
      for (const fact of facts.implementationSignals) checkFact('implementation_signal', fact)
      for (const kind of ['arr_movement', 'bucket_movement', 'pipeline_movement'] as const)
        for (const { names } of scopesOf(kind, facts)) checkFact(kind, names[kind] ?? expect.fail())
      for (const fact of facts.risks) checkFact('risk', fact)
      for (const fact of facts.signals) checkFact('risk_signal', fact)
      const totals = totalsOf([facts], model)
      for (const kind of [
        'support_period',
        'support_agent',
        'support_hour',
        'support_staffing',
        'risk_quarter',
        'renewal_month',
        'feature_voice',
        'partner',
        'arr_month',
        'pipeline_month',
        'forecast',
        'bucket_month',
        'must_win',
        'wapp_month',
        'book',
        'arr_family',
        'lead_decile',
        'shared_cause',
      ] as const)
        for (const fact of factsOfTotals(kind, totals, model, TODAY, utc)) checkFact(kind, fact)
      for (const fact of facts.featureDeals) checkFact('feature_deal', fact)
      for (const kind of ['feature', 'theme'] as const)
        for (const fact of factsOfTotals(kind, totals, model, TODAY, utc, {
          ...NO_COMPANY,
          features: context.features,
        }))
          checkFact(kind, fact)
      for (const fact of facts.users.values()) checkFields(USER_FIELDS, fact)
      for (const fact of funnelFacts(totalsOf([facts], model), model, TODAY)) checkFact('funnel_stage', fact)
    }),
  )
})

function checkFact(kind: FactKind, fact: FactValues): void {
  const { extra, ...fields } = fact
  if (extra !== undefined) expect(FACTS[kind].extra).toBe(kind)
  checkFields(FACTS[kind].fields, fields)
}

function checkFields(fields: Fields<FactField>, fact: FactValues): void {
  for (const [name, value] of Object.entries(fact)) {
    const field = fields[name]
    if (field === undefined) expect.fail(`"${name}" is not described`)
    if (value !== undefined && !isOfType(field, value))
      expect.fail(`${name} = ${JSON.stringify(value)} is no ${field.type}`)
  }
  for (const [name, field] of Object.entries(fields)) {
    if (field.always === true && fact[name] === undefined) expect.fail(`"${name}" is not always there`)
  }
}

function isOfType({ type, values }: FactField, value: unknown): boolean {
  switch (type) {
    case 'text':
    case 'id':
      return typeof value === 'string'
    case 'enum':
      return typeof value === 'string' && values?.includes(value) === true
    case 'boolean':
      return typeof value === 'boolean'
    case 'ratio':
      return typeof value === 'number' && Number.isFinite(value)
    case 'number':
      return typeof value === 'number' && Number.isFinite(value)
    default:
      return Number.isSafeInteger(value)
  }
}
