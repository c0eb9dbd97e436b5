import fc from 'fast-check'
import { expect, test } from 'vitest'
import { defaultModel } from '../../src/domain/default-model.ts'
import { deriveDossier } from '../../src/domain/derive.ts'
import { type DossierRow, readDossier } from '../../src/domain/dossier.ts'
import { FACTS, USER_FIELDS } from '../../src/domain/fact-fields.ts'
import { originsOf } from '../../src/domain/fact-origins.ts'
import type { FactKind, FactValues } from '../../src/domain/facts.ts'
import { RECORDS, type RecordKind } from '../../src/domain/records.ts'
import { isThorough } from '../thorough.ts'
import { aUser, contextOf, day, utc } from './builders.ts'
import { FEATURES, someRows } from './generators.ts'

const context = contextOf(defaultModel(), [aUser({ id: 'U1' }), aUser({ id: 'U2' })], utc, { features: FEATURES })
const BASE = ['id', 'source', 'sourceId', 'changedAt', 'extra']

/** Every fact of a dossier by `kind id`. */
function factsOf(rows: readonly DossierRow[]): Map<string, FactValues> {
  const facts = deriveDossier(readDossier(rows), context, day('2026-11-22')).facts
  const { account, opportunities, leads, contacts, requests, tickets, usage, risks, signals, featureDeals } = facts
  const of = (kind: string, list: readonly FactValues[]) => list.map((fact) => [`${kind} ${fact.id}`, fact] as const)
  return new Map([
    ...(account === null ? [] : [[`account ${account.id}`, account] as const]),
    ...of('opportunity', opportunities),
    ...of('lead', leads),
    ...of('contact', contacts),
    ...of('request', requests),
    ...of('ticket', tickets),
    ...of('usage_week', usage),
    ...of('risk', risks),
    ...of('risk_signal', signals),
    ...of('feature_deal', featureDeals),
  ])
}

const known = new Map<string, ReadonlySet<string>>()

/** Fields have many origins, and are asked for them over and over. */
function knownOrigins(kind: FactKind, name: string): ReadonlySet<string> {
  const path = `${kind}.${name}`
  let origins = known.get(path)
  if (origins === undefined) {
    origins = originsOf(kind, path)
    known.set(path, origins)
  }
  return origins
}

test('no field of a fact changes with a field of a record that is not among its origins', () => {
  fc.assert(
    fc.property(someRows, fc.nat(), fc.nat(), (rows, whichRow, whichField) => {
      const row = rows[whichRow % Math.max(1, rows.length)]
      if (row === undefined) return
      const body = JSON.parse(row.body) as Record<string, unknown>
      const fields = Object.keys(body).filter((name) => !BASE.includes(name))
      const field = fields[whichField % Math.max(1, fields.length)]
      if (field === undefined) return
      delete body[field]
      const before = factsOf(rows)
      const after = factsOf(rows.map((one) => (one === row ? { ...one, body: JSON.stringify(body) } : one)))
      for (const [key, fact] of before) {
        const kind = key.split(' ')[0] as FactKind
        for (const name of Object.keys({ ...fact, ...after.get(key) })) {
          if (name.startsWith('_') || name === 'currency' || name === 'extra') continue
          if (JSON.stringify(fact[name]) === JSON.stringify(after.get(key)?.[name])) continue
          // A present stay without a first row dates from the row where the worth last changed; nobody looks there for it.
          if (name === 'stageEnteredOn' && (field === 'amount' || field === 'arr')) continue
          const origins = knownOrigins(kind, name)
          if (!origins.has(`${row.kind}.${field}`))
            expect([...origins], `${kind}.${name}`).toContain(`${row.kind}.${field}`)
        }
      }
    }),
    { numRuns: isThorough ? 1_000 : 100 },
  )
})

test('every field that mappings see comes from a field of a record', () => {
  const without: string[] = []
  for (const [kind, { fields }] of Object.entries(FACTS)) {
    for (const name of Object.keys(fields)) {
      const origins = [...originsOf(kind as FactKind, `${kind}.${name}`)]
      if (!origins.some(isField)) without.push(`${kind}.${name}`)
    }
  }
  for (const name of Object.keys(USER_FIELDS))
    if (!originsOf('account', `owner.${name}`).has('account.ownerId')) without.push(`owner.${name}`)
  // What no source field decides: ids, the source's name, the frame of the funnel's rows.
  expect(without).toEqual([
    ...['account.id', 'account.source', 'opportunity.id', 'opportunity.source', 'lead.id', 'lead.source'],
    ...['contact', 'request', 'ticket', 'usage_week'].flatMap((kind) => [`${kind}.id`, `${kind}.source`]),
    'arr_movement.id',
    'arr_family.id',
    ...['id', 'name', 'month', 'monthOn', 'isOpen', 'retentionMethod'].map((name) => `arr_month.${name}`),
    ...['id', 'name', 'fromSeats', 'toSeats'].map((name) => `seat_rung.${name}`),
    ...['id', 'name', 'month', 'monthOn', 'isOpen'].map((name) => `wapp_month.${name}`),
    'lead_decile.id',
    ...['pipeline_movement.id', 'pipeline_movement.window'],
    ...['id', 'name', 'window', 'month', 'monthOn', 'isOpen'].map((name) => `pipeline_month.${name}`),
    ...['id', 'quarter', 'fromOn', 'toOn'].map((name) => `must_win.${name}`),
    ...['id', 'name', 'period', 'month', 'madeOn', 'fromOn', 'toOn', 'isCurrent', 'isOver', 'method'].map(
      (name) => `forecast.${name}`,
    ),
    ...['id', 'name', 'period', 'from', 'to'].map((name) => `forecast_calibration.${name}`),
    'bucket_movement.id',
    ...['id', 'name', 'month', 'monthOn', 'isOpen', 'level'].map((name) => `bucket_month.${name}`),
    'attainment.id',
    ...['id', 'name', 'period', 'fromOn', 'isOpen', 'by'].map((name) => `support_period.${name}`),
    ...['support_agent.id', 'support_hour.id', 'support_hour.hour', 'support_hour.clock'],
    ...['id', 'name', 'weeksAhead'].map((name) => `support_staffing.${name}`),
    ...['risk.id', 'risk.source'],
    ...['id', 'name', 'quarter', 'fromOn', 'isOpen', 'by'].map((name) => `risk_quarter.${name}`),
    'shared_cause.id',
    ...['id', 'name', 'month', 'monthOn'].map((name) => `renewal_month.${name}`),
    'feature_voice.id',
    ...['implementation.id', 'implementation.source', 'partner.id'],
    ...['id', 'row', 'windowDays', 'attribution', 'asOf'].map((name) => `feature.${name}`),
    ...['id', 'windowDays', 'attribution', 'asOf'].map((name) => `theme.${name}`),
    ...['id', 'row', 'decided', 'capacity', 'capacityShare', 'plannedOn'].map((name) => `priority.${name}`),
    ...['id', 'name', 'view', 'level', 'month', 'monthOn', 'stageOrder'].map((name) => `funnel_stage.${name}`),
  ])
})

/** `currency` and `url` are no fields of their own: each record has them. */
function isField(origin: string): boolean {
  const [kind = '', field = ''] = origin.split('.')
  return RECORDS[kind as RecordKind]?.fields[field] !== undefined || ['currency', 'url'].includes(field)
}
