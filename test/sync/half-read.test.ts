import { expect, test } from 'vitest'
import { Fault } from '../../src/platform/errors.ts'
import type { Source } from '../../src/source/source.ts'
import { pull, type SyncPorts, sync } from '../../src/sync/run.ts'
import { EVERYTHING, FILES, openWorld, putAccount, putOpportunity, putUser, type World } from './world.ts'

async function company(): Promise<World> {
  const world = await openWorld()
  putUser(world, 'u1', 'Ada')
  for (const id of ['a1', 'a2']) putAccount(world, id)
  for (const id of ['o1', 'o2', 'o3']) putOpportunity(world, id)
  return world
}

/** The source stops at one of its objects, after so many pages of it, as when a quota is used up (75) or a permission is missing (1). */
function stoppingAt(ports: SyncPorts, object: string, exit: 1 | 75, pages = 0): SyncPorts {
  const source = ports.sources.get('crm') as Source
  const stopping = new Proxy(source, {
    get(target, name) {
      if (name !== 'read') return Reflect.get(target, name)
      return async function* (request: Parameters<Source['read']>[0]) {
        let left = request.object === object ? pages : Number.POSITIVE_INFINITY
        for await (const page of target.read(request)) {
          if (left === 0) break
          left -= 1
          yield page
        }
        if (request.object !== object) return
        const blame = exit === 75 ? 'remote' : 'operator'
        throw new Fault('stopped', `${object} cannot be read`, { blame, exit, hint: 'Wait' })
      }
    },
  })
  return { ...ports, sources: new Map([['crm', stopping]]) }
}

test('no board is touched before a source of which a part was read is read to the end for the first time', async () => {
  await using world = await company()
  const result = await sync(stoppingAt(world.ports(), 'Opportunity', 75), EVERYTHING)
  expect(result.exit).toBe(75)
  expect(result.boards).toEqual([])
  expect(world.host.sent).toBe(0)
  expect(result.problems.map(({ code, message }) => `${code}: ${message}`)).toEqual([
    'stopped: Opportunity cannot be read',
    'source-half-read: crm Opportunity and 4 more are not read to the end for the first time yet; no board is touched before that',
  ])

  expect((await world.sync()).problems).toEqual([])
  expect(await world.items('Deals')).toHaveLength(3)
  expect((await sync(stoppingAt(world.ports(), 'Opportunity', 75), EVERYTHING)).problems).toHaveLength(1)
})

test('another run that holds the source in the middle of its first read does not let half of it be shown', async () => {
  await using world = await company()
  await pull(stoppingAt(world.ports(), 'Opportunity', 75), EVERYTHING)
  await world.store.takeLease('source crm', 'a run that was killed', 60_000)
  const { problems, exit } = await world.sync()
  expect(problems.map(({ code }) => code)).toEqual(['lease-held', 'source-half-read'])
  expect(exit).toBe(75)
  world.clock.move(60_001)
  expect((await world.sync()).problems).toEqual([])
})

test('an object that cannot be read until a person acts is not waited for', async () => {
  await using world = await company()
  const result = await sync(stoppingAt(world.ports(), 'Opportunity', 1), EVERYTHING)
  expect(result.problems.map(({ code }) => code)).toEqual(['stopped'])
  expect(await world.items('Accounts')).toHaveLength(2)
})

test('an object that was stuck is waited for again once its first read is under way', async () => {
  await using world = await company()
  await sync(stoppingAt(world.ports(), 'Opportunity', 1), EVERYTHING)
  const sent = world.host.sent
  putAccount(world, 'a3')
  // Whether a person has acted is not known while the source says wait.
  expect((await sync(stoppingAt(world.ports(), 'Opportunity', 75), EVERYTHING)).problems).toHaveLength(1)
  expect(world.host.sent).toBeGreaterThan(sent)

  putAccount(world, 'a4')
  const before = world.host.sent
  const { problems } = await sync(stoppingAt(world.ports(), 'Opportunity', 75, 1), EVERYTHING)
  expect(problems.map(({ code }) => code)).toEqual(['stopped', 'source-half-read'])
  expect(world.host.sent).toBe(before)
  expect((await world.sync()).problems).toEqual([])
  expect(await world.items('Deals')).toHaveLength(3)
})

test('runs that come due in the same minute derive one after the other; only a lease held for long is a fault', async () => {
  await using world = await company()
  await world.store.takeLease('derive', 'another board', 60_000)
  const began = world.clock.now()
  expect((await world.sync()).problems).toEqual([])
  expect(world.clock.now() - began).toBeGreaterThanOrEqual(60_000)

  await world.store.takeLease('derive', 'a run without end', 3_600_000)
  expect((await world.sync()).problems.map(({ subject, code }) => `${subject} ${code}`)).toEqual(['derive lease-held'])
})

test('no month is closed before that, since nothing was reported of it', async () => {
  await using world = await company()
  world.edit({ model: `${FILES.model}closed_through: 2026-02\n` })
  await sync(stoppingAt(world.ports(), 'Opportunity', 75), EVERYTHING)
  const kept = async () => {
    const months: number[] = []
    for await (const page of world.store.reported('funnel_stage')) months.push(...page.map(({ month }) => month))
    return months
  }
  expect(await kept()).toEqual([])
  await world.sync()
  expect((await kept()).at(-1)).toBe((2026 - 1970) * 12 + 1)
})
