import { describe, expect, test } from 'vitest'
import { describeFacts, factsToJson } from '../../src/mapping/describe-facts.ts'
import { readDefinitionLog, readOtherwise } from '../../src/sync/definition-log.ts'
import { explain } from '../../src/sync/explain.ts'
import { boardOf, FILES, openWorld, putAccount, putOpportunity, type World } from './world.ts'

const BUCKET = boardOf('account', 'seatsToGreen').replace('account.id}', 'account.name}')
const BOARDS = { account: BUCKET, bucket_month: boardOf('bucket_month', 'greenEnd') }
const withSeats = (seats: number, entry = '') =>
  `${FILES.model}buckets: { green_from: { seats: ${seats}, arr: null } }\n${entry === '' ? '' : `definitions: { green_account: ${entry} }\n`}`

async function openCompany(): Promise<World> {
  const world = await openWorld()
  world.edit({ others: BOARDS, model: withSeats(50, '{ owner: Sales, version: 2, from: 2026-01-01 }') })
  putAccount(world, 'a1')
  putOpportunity(world, 'o1', { StageName: 'Closed Won', CloseDate: '2026-02-10' })
  return world
}

describe('the definition in force is printed with the number', () => {
  test('as the description of a column when it is made, with version and date', async () => {
    await using world = await openCompany()
    await world.sync()
    expect(world.host.descriptions({ name: 'bucket_month', workspace: null })).toEqual({
      Value:
        'An account that sales works on is green from 50 seats on, and stays green; below that it is orange. (green_account, version 2 from 2026-01-01) · boardsync',
    })
    expect(world.host.descriptions({ name: 'Deals', workspace: null })).toEqual({})
  })

  test('and is written anew, once it means something else, when the board is next read or items change', async () => {
    await using world = await openCompany()
    await world.sync()
    world.edit({ model: withSeats(80, '{ owner: Sales, version: 3, from: 2026-03-01 }') })
    await world.sync({ reread: true })
    expect(world.host.descriptions({ name: 'bucket_month', workspace: null }).Value).toMatch(
      /green from 80 seats on, .*version 3 from 2026-03-01\) · boardsync$/,
    )
  })

  test('in explain', async () => {
    await using world = await openCompany()
    await world.sync()
    const ports = world.ports()
    const board = ports.mappings.boards.find((one) => one.board === 'account')
    if (board === undefined) throw new Error('no board')
    const { columns } = await explain(ports, board, 'a1')
    expect(columns[0]?.fields[0]?.definitions).toMatchObject([
      { name: 'green_account', version: 2, owner: 'Sales', sentence: expect.stringContaining('50 seats') },
    ])
  })

  test('in fields', async () => {
    await using world = await openCompany()
    const { definitions } = world.ports().mappings
    expect(describeFacts('account', definitions)).toContain(
      'green_account, version 2 from 2026-01-01, Sales: An account that sales works on is green from 50 seats on',
    )
    const [account] = factsToJson('account', definitions)
    expect(account?.fields.find(({ name }) => name === 'account.bucket')?.definitions).toEqual(['green_account'])
    expect(account?.fields.find(({ name }) => name === 'account.name')?.definitions).toEqual([])
  })
})

describe('changes of definitions are logged', () => {
  const greenOf = async (world: World) =>
    (await readDefinitionLog(world.store))
      .filter(({ name }) => name === 'green_account')
      .map(({ version, sentence, run }) => [version, sentence.match(/\d+ seats/)?.[0], run])

  test('with the run that used them first, and every run tells which versions it used', async () => {
    await using world = await openCompany()
    const first = await world.sync()
    expect(first.definitions).toMatchObject({ green_account: 2, churn: 1 })
    await world.sync()
    world.edit({ model: withSeats(80, '{ owner: Sales, version: 3, from: 2026-03-01 }') })
    const third = await world.sync()
    expect(third.definitions).toMatchObject({ green_account: 3 })
    expect(third.problems).toEqual([])
    expect(await greenOf(world)).toEqual([
      [2, '50 seats', first.run],
      [3, '80 seats', third.run],
    ])
  })

  test('a number that changed under the same version is said', async () => {
    await using world = await openCompany()
    await world.sync()
    world.edit({ model: withSeats(80, '{ owner: Sales, version: 2, from: 2026-01-01 }') })
    const { problems, exit } = await world.sync()
    expect(exit).toBe(0)
    expect(problems).toMatchObject([
      {
        subject: 'green_account',
        code: 'definition-unversioned',
        message: expect.stringContaining('both as version 2'),
      },
    ])
    expect((await world.sync()).problems).toEqual([])
  })

  test('what read otherwise at a time is told', async () => {
    await using world = await openCompany()
    await world.sync()
    const then = world.clock.now()
    world.clock.move(60_000)
    world.edit({ model: withSeats(80, '{ owner: Sales, version: 3, from: 2026-03-01 }') })
    await world.sync()
    const { definitions } = world.ports().mappings
    const log = await readDefinitionLog(world.store)
    expect(readOtherwise(log, then, definitions).map(({ name, version }) => [name, version])).toEqual([
      ['green_account', 2],
    ])
    expect(readOtherwise(log, world.clock.now(), definitions)).toEqual([])
    expect(readOtherwise(log, 0, definitions)).toEqual([])
  })

  test('words and owners derive nothing anew', async () => {
    await using world = await openCompany()
    await world.sync()
    world.edit({
      model: withSeats(50, '{ owner: Finance, version: 2, from: 2026-01-01, sentence: "Green is {limits}." }'),
    })
    expect((await world.sync()).derived).toMatchObject({ fromScratch: false, dossiers: 0 })
  })
})
