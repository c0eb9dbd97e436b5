import { expect, test, vi } from 'vitest'
import { openWorld, putAccount, putOpportunity, putUser } from './world.ts'

test('what a host finds out in one run is handed to that of the next, in plans too', async () => {
  await using world = await openWorld()
  putUser(world, 'u1', 'Ada')
  putAccount(world, 'a1')
  const recall = vi.spyOn(world.host, 'recall')
  vi.spyOn(world.host, 'learned').mockReturnValue('what was found out')
  await world.sync()
  expect(recall).not.toHaveBeenCalled()
  await world.sync()
  expect(recall).toHaveBeenCalledWith('what was found out')
})

test('a board that lacks nothing but to know a person is not prepared again: only the person is asked for', async () => {
  await using world = await openWorld({ people: ['u1@you.example'] })
  world.edit({ deals: DEALS_WITH_OWNER })
  putUser(world, 'u1', 'Ada')
  putUser(world, 'u2', 'Ben')
  putAccount(world, 'a1')
  putOpportunity(world, 'o1')
  await world.sync()
  const knows = vi.spyOn(world.host, 'knowsPerson').mockReturnValue(false)
  const prepare = vi.spyOn(world.host, 'prepare')
  const asked = vi.spyOn(world.host, 'unknownPeople')
  putOpportunity(world, 'o1', { Amount: '7', OwnerId: 'u2' })
  const { boards } = await world.sync({ boards: ['deals'] })
  expect(knows).toHaveBeenCalledWith('u2@you.example')
  expect(boards).toMatchObject([{ updated: 1 }])
  expect(prepare).not.toHaveBeenCalled()
  expect(asked).toHaveBeenCalledExactlyOnceWith(['u2@you.example'], expect.anything())
  expect((await world.items('Deals')).map(({ cells }) => cells.Owner)).toEqual([''])
})

const DEALS_WITH_OWNER = `
board: { name: Deals, create: true }
items: opportunity
where: opportunity.isOpen
key: opportunity.id
name: '{account.name}: {opportunity.name}'
group: Deals
columns:
  ARR: { type: numbers, value: opportunity.arr }
  Owner: { type: people, value: owner.email }
`
