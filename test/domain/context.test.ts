import { expect, test } from 'vitest'
import { createContext } from '../../src/domain/context.ts'
import { defaultModel } from '../../src/domain/default-model.ts'
import { day, utc } from './builders.ts'

const row = (kind: string, record: object) => ({ kind, body: JSON.stringify({ source: 'x', ...record }) })

test('context is the same whatever the order of its records', () => {
  const rows = [
    row('user', { id: 'U1', name: 'Anna' }),
    row('user_period', { id: 'P2', userId: 'U1', startOn: day('2026-06-01'), team: 'North' }),
    row('user_period', { id: 'P1', userId: 'U1', startOn: day('2026-01-01'), team: 'Central' }),
    row('feature', { id: 'F1', name: 'SSO' }),
    row('partner', { id: 'N1', name: 'Nordic Cloud' }),
    row('target', { id: 'T2', measure: 'frt' }),
    row('target', { id: 'T1', measure: 'arr_new' }),
    row('exchange_rate', { id: 'EUR', currency: 'EUR', rate: 1.08 }),
  ]
  for (const order of [rows, rows.toReversed()]) {
    const context = createContext(defaultModel(), utc, order, new Map([['account:A2', 'A1']]))
    expect(context.user('U1')?.name).toBe('Anna')
    expect(context.periodsOf('U1').map(({ team }) => team)).toEqual(['Central', 'North'])
    expect(context.periodsOf('U2')).toEqual([])
    expect(context.features.get('F1')?.name).toBe('SSO')
    expect(context.partners.get('N1')?.name).toBe('Nordic Cloud')
    expect(context.targets.map(({ id }) => id)).toEqual(['T1', 'T2'])
    expect([context.survivor('account', 'A2'), context.survivor('account', 'A3')]).toEqual(['A1', 'A3'])
  }
})

test('kinds that nothing is derived from are left unread', () => {
  expect(() => createContext(defaultModel(), utc, [{ kind: 'invoice', body: 'no JSON' }], new Map())).not.toThrow()
})
