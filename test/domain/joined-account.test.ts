import { expect, test } from 'vitest'
import { readDossier } from '../../src/domain/dossier.ts'
import { joinAccounts } from '../../src/domain/joined-account.ts'
import { anAccount } from './builders.ts'

const crm = anAccount({ id: '001', name: 'Acme', country: 'SE', extra: { tier: 'gold' } })
const product = anAccount({
  id: 'w-1',
  source: 'usage',
  name: 'acme-prod',
  seatsPaid: 25,
  extra: { tier: 'x', region: 'eu' },
})

test('the values of the account that leads win, the others fill its gaps', () => {
  expect(joinAccounts([product, crm], '001')).toEqual({
    ...crm,
    seatsPaid: 25,
    extra: { tier: 'gold', region: 'eu' },
    joined: [{ source: 'usage', id: 'w-1' }],
  })
  expect(joinAccounts([crm, product], 'w-1')?.name).toBe('acme-prod')
})

test('ARR comes with its currency, and is left out where that of the leading account would be wrong for it', () => {
  expect(joinAccounts([crm, { ...product, arr: 100, currency: 'EUR' }], '001')).toMatchObject({
    arr: 100,
    currency: 'EUR',
  })
  expect(
    joinAccounts(
      [
        { ...crm, currency: 'SEK' },
        { ...product, arr: 100 },
      ],
      '001',
    )?.arr,
  ).toBeUndefined()
  expect(
    joinAccounts(
      [
        { ...crm, arr: 7 },
        { ...product, arr: 100, currency: 'EUR' },
      ],
      '001',
    ),
  ).toMatchObject({ arr: 7 })
})

test('ARR that the leading account has and nobody can read is not filled from another', () => {
  expect(
    joinAccounts(
      [
        { ...crm, unread: ['arr'] },
        { ...product, arr: 100 },
      ],
      '001',
    )?.arr,
  ).toBeUndefined()
})

test('an account of one source is as it is', () => {
  expect(joinAccounts([crm], 'anything')).toBe(crm)
  expect(joinAccounts([], undefined)).toBeNull()
})

test('the account that a dossier is named after leads it', () => {
  const rows = [crm, product].map((one) => ({ kind: 'account', id: one.id, body: JSON.stringify(one) }))
  expect(readDossier(rows, 'account:w-1').account?.id).toBe('w-1')
  expect(readDossier(rows.toReversed(), 'account:001').account?.id).toBe('001')
})
