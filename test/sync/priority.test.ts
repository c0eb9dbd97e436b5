import { expect, test } from 'vitest'
import type { FactValues } from '../../src/domain/facts.ts'
import { Fault } from '../../src/platform/errors.ts'
import { openSolver, type Solver } from '../../src/platform/solver.ts'
import { explain } from '../../src/sync/explain.ts'
import { readPriorityFacts } from '../../src/sync/priority.ts'
import { type SyncPorts, sync } from '../../src/sync/run.ts'
import { EVERYTHING, FILES, openWorld, putAccount, type World } from './world.ts'

const BOARD = `board: { name: Priority, create: true }
items: priority
where: priority.row == 'feature'
key: priority.id
name: '{priority.name}'
columns:
  Worth: { type: numbers, value: priority.worth }
  No:    { type: numbers, value: priority.costOfNo }
  Yes:   { type: numbers, value: priority.costOfYes }
`
const PERIODS = 'priority: { periods: [{ name: 2027-Q1, effort: 100 }] }\n'

/** A company with a feature that an account at risk waits for, and one that nobody does. */
async function openCompany(): Promise<World> {
  const world = await openWorld()
  world.edit({
    source: `${FILES.source}
  feature: { object: Feature, fields: { name: Name, status: Status, effortHours: Hours } }
  risk: { object: Risk, fields: { accountId: AccountId, featureId: FeatureId, probability: Odds, arrAtRisk: { field: Arr, as: money } } }
`,
    model: FILES.model + PERIODS,
    others: { priority: BOARD },
  })
  world.crm.put('Feature', 'sso', { Name: 'Single sign-on', Status: 'planned', Hours: '80' })
  world.crm.put('Feature', 'dark', { Name: 'Dark mode', Status: 'planned', Hours: '40' })
  putAccount(world, 'a1')
  world.crm.put('Risk', 'r1', { AccountId: 'a1', FeatureId: 'sso', Odds: '0.5', Arr: '10000' })
  return world
}

async function shown(world: World): Promise<Record<string, Readonly<Record<string, string>>>> {
  return Object.fromEntries((await world.items('Priority')).map(({ key, cells }) => [key, cells]))
}

function planOf(facts: readonly FactValues[]): FactValues | undefined {
  return facts.find(({ id }) => id === 'plan')
}

/** Ports whose solver is counted, and may be another. */
function counting(world: World, open: () => Solver = openSolver): { readonly ports: SyncPorts; opened(): number } {
  let opened = 0
  const openOne = () => {
    opened += 1
    return open()
  }
  return { ports: { ...world.ports(), openSolver: openOne }, opened: () => opened }
}

test('what is worth building comes onto a board, with the cost of a no and of a yes', async () => {
  await using world = await openCompany()
  expect((await world.sync()).problems).toEqual([])
  // 10,000 × 0.5 × 0.5: nobody of the account said how sure it is.
  expect(await shown(world)).toEqual({
    dark: { Worth: '0', No: '', Yes: '2500' },
    sso: { Worth: '2500', No: '2500', Yes: '' },
  })
})

test('a plan is made again only when something changed that it is made from', async () => {
  await using world = await openCompany()
  const first = counting(world)
  await sync(first.ports, EVERYTHING)
  expect(first.opened()).toBe(1)
  const kept = await readPriorityFacts(world.store)

  putAccount(world, 'a2')
  world.clock.move(24 * 3_600_000)
  const second = counting(world)
  await sync(second.ports, EVERYTHING)
  expect(second.opened()).toBe(0)
  expect(await readPriorityFacts(world.store)).toEqual(kept)

  world.crm.put('Feature', 'sso', { Name: 'Single sign-on', Status: 'planned', Hours: '120' })
  const third = counting(world)
  await sync(third.ports, EVERYTHING)
  expect(third.opened()).toBe(1)
  expect(planOf(await readPriorityFacts(world.store))).toMatchObject({ worth: 0, features: 0 })
  expect(await shown(world)).toMatchObject({ sso: { No: '', Yes: '' } })
})

test('a plan of which no board is made takes no solver', async () => {
  await using world = await openCompany()
  world.edit({ others: {} })
  const { ports, opened } = counting(world)
  await sync(ports, EVERYTHING)
  expect(opened()).toBe(0)
})

test('a solver that stops leaves a plan that was found without it, and is asked again by the next run', async () => {
  await using world = await openCompany()
  const stopping = (): Solver => ({
    solve: () => Promise.reject(new Fault('solver-stopped', 'It has stopped', { blame: 'us' })),
    [Symbol.asyncDispose]: async () => {},
  })
  const { problems } = await sync(counting(world, stopping).ports, EVERYTHING)
  expect(problems).toEqual([])
  expect(planOf(await readPriorityFacts(world.store))).toMatchObject({ worth: 2_500_00 })
  world.crm.put('Risk', 'r2', { AccountId: 'a1', FeatureId: 'none', Odds: '0.5', Arr: '10' })
  const next = counting(world)
  await sync(next.ports, EVERYTHING)
  expect(next.opened()).toBe(1)
  expect(planOf(await readPriorityFacts(world.store))).toMatchObject({ isBest: true })
})

test('explain tells where a number of the plan comes from', async () => {
  await using world = await openCompany()
  await world.sync()
  const ports = world.ports()
  const board = ports.mappings.boards.find((one) => one.board === 'priority')
  if (board === undefined) throw new Error('There is no such board')
  const { columns } = await explain(ports, board, 'sso')
  expect(columns.find(({ title }) => title === 'No')?.fields).toEqual([
    {
      path: 'priority.costOfNo',
      definitions: [],
      value: 2_500_00,
      text: '2500 USD',
      formula: 'worth of the plan − worth of the best set without it; below 0 only where people decided about it',
      source: null,
    },
  ])
})
