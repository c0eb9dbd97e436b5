import { expect, test } from 'vitest'
import { checkSources } from '../../src/sync/check.ts'
import { explain } from '../../src/sync/explain.ts'
import { FILES, openWorld, putAccount, putOpportunity, putUser, type World } from './world.ts'

const CURRENCY = 'CurrencyType'

function putRate(world: World, currency: string, rate: string, from?: string): void {
  if (from === undefined) world.crm.put(CURRENCY, `t-${currency}`, { IsoCode: currency, ConversionRate: rate })
  else
    world.crm.put('DatedConversionRate', `d-${currency}-${from}`, {
      IsoCode: currency,
      ConversionRate: rate,
      StartDate: from,
    })
}

async function arrOf(world: World, key: string): Promise<string | undefined> {
  return (await world.items('Deals')).find((item) => item.key === key)?.cells['ARR']
}

test('an optional object that the source lacks is skipped with a note, and is read once it is there', async () => {
  await using world = await openWorld()
  putAccount(world, 'a1')
  putOpportunity(world, 'o1')
  const { sources, problems, exit } = await world.sync()
  expect([problems, exit]).toEqual([[], 0])
  expect(sources.find(({ object }) => object === CURRENCY)).toMatchObject({ note: 'source-object-absent', read: 0 })
  expect(world.events).toContainEqual({ on: 'source', is: 'absent', source: 'crm', object: CURRENCY })
  putRate(world, 'EUR', '0.5')
  const later = (await world.sync()).sources.find(({ object }) => object === CURRENCY)
  expect(later).toMatchObject({ note: null, stored: 1 })
})

test('an optional field is left empty where the source lacks it; once it appears everything is read again', async () => {
  await using world = await openWorld()
  putAccount(world, 'a1')
  putOpportunity(world, 'o1', { Amount: '100' })
  putOpportunity(world, 'o2', { Amount: '70' })
  await world.sync()
  expect(await arrOf(world, 'o1')).toBe('100')
  putRate(world, 'USD', '1')
  putRate(world, 'EUR', '0.5')
  putOpportunity(world, 'o1', { Amount: '100', CurrencyIsoCode: 'EUR' })
  const { sources } = await world.sync()
  expect(sources.find(({ object }) => object === 'Opportunity')).toMatchObject({ read: 2 })
  expect(await arrOf(world, 'o1')).toBe('200')
  expect(await arrOf(world, 'o2')).toBe('70')
})

test('an object that is not optional is missed as before', async () => {
  await using world = await openWorld()
  world.edit({
    source: FILES.source.replace('CurrencyType, optional: true', 'CurrencyType'),
  })
  expect((await world.sync()).problems).toMatchObject([{ code: 'memory-object-missing' }])
})

test('a check tells what is optional and not there, and finds nothing wrong with it', async () => {
  await using world = await openWorld()
  putUser(world, 'u1', 'Ada')
  putAccount(world, 'a1')
  putOpportunity(world, 'o1')
  world.crm.put('OpportunityHistory', 'h1', {
    OpportunityId: 'o1',
    CreatedDate: '',
    StageName: '',
    Amount: '',
    CloseDate: '',
  })
  const [checked] = await checkSources(
    world.ports(),
    () => true,
    () => null,
  )
  expect(checked).toMatchObject({ exit: 0, fine: '4 objects, 18 fields' })
  expect(checked?.problems.map(({ level, code, message }) => `${level} ${code} ${message.split(';')[0]}`)).toEqual([
    'info source-field-absent Account has no field "ARR"',
    'info source-field-absent Account has no field "CurrencyIsoCode"',
    'info source-field-absent Account has no field "ParentId"',
    'info source-field-absent Opportunity has no field "CurrencyIsoCode"',
    'info source-object-absent There is no object "CurrencyType"',
    'info source-object-absent There is no object "DatedConversionRate"',
  ])
})

test('a new, changed or removed rate derives exactly the dossiers that used the currency, or missed it', async () => {
  await using world = await openWorld()
  putRate(world, 'USD', '1')
  putRate(world, 'GBP', '0.8')
  for (const [n, currency] of ['USD', 'EUR', 'EUR', 'GBP'].entries()) {
    putAccount(world, `a${n}`)
    putOpportunity(world, `o${n}`, { AccountId: `a${n}`, Amount: '100', CurrencyIsoCode: currency })
  }
  await world.sync()
  expect(await arrOf(world, 'o1')).toBe('')
  const rounds: [() => void, number, string][] = [
    [() => putRate(world, 'EUR', '0.5'), 2, '200'],
    [() => putRate(world, 'EUR', '0.4'), 2, '250'],
    [() => putRate(world, 'EUR', '0.2', '2026-06-01'), 2, '500'],
    [() => putRate(world, 'USD', '2'), 3, '1000'],
    [() => putRate(world, 'CHF', '2'), 0, '1000'],
    [() => world.crm.remove(CURRENCY, 't-EUR'), 2, '1000'],
    [() => world.crm.remove('DatedConversionRate', 'd-EUR-2026-06-01'), 2, ''],
  ]
  for (const [edit, dossiers, arr] of rounds) {
    edit()
    const { derived } = await world.sync()
    expect([derived?.dossiers, await arrOf(world, 'o1')]).toEqual([dossiers, arr])
  }
})

test('ARR at today’s rate follows a dated rate on the day it begins, though nothing changes', async () => {
  await using world = await openWorld()
  putRate(world, 'USD', '1')
  putRate(world, 'EUR', '0.5')
  putRate(world, 'EUR', '0.25', '2026-03-10')
  putAccount(world, 'a1', { ARR: '100', CurrencyIsoCode: 'EUR' })
  await world.sync()
  const arr = async () => (await world.items('Accounts'))[0]?.cells['ARR']
  expect(await arr()).toBe('200')
  world.clock.move(8 * 86_400_000)
  await world.sync()
  expect(await arr()).toBe('400')
})

test('deals of a merged account show the survivor, and explain says why', async () => {
  await using world = await openWorld()
  putAccount(world, 'a1')
  putAccount(world, 'a2')
  putAccount(world, 'child', { ParentId: 'a1' })
  putOpportunity(world, 'o1')
  await world.sync()
  world.crm.remove('Account', 'a1', 'a2')
  await world.sync()
  expect((await world.items('Deals')).map(({ name }) => name)).toEqual(['Company a2: Sale o1'])
  const accounts = new Map((await world.items('Accounts')).map(({ key, cells }) => [key, cells]))
  expect(accounts.get('child')?.['Parent']).toBe('a2')
  expect(accounts.get('a2')?.['Open']).toBe('1')
  const ports = world.ports()
  const [deals, list] = ['deals', 'accounts'].map((name) => ports.mappings.boards.find(({ board }) => board === name))
  if (deals === undefined || list === undefined) throw new Error('no boards')
  expect((await explain(ports, deals, 'o1')).merged).toEqual([{ kind: 'account', id: 'a1', into: 'a2' }])
  await expect(explain(ports, list, 'a1')).rejects.toMatchObject({
    code: 'key-merged',
    message: 'Board "accounts" has no item with key "a1": it was merged into "a2"',
    hint: 'Run explain accounts a2',
  })
})
