import { describe, expect, test } from 'vitest'
import { monthIndexOf, parseDay } from '../../src/domain/day.ts'
import { reportAnew } from '../../src/sync/closed-months.ts'
import { explain } from '../../src/sync/explain.ts'
import type { RunResult } from '../../src/sync/run.ts'
import { readTotalsFacts } from '../../src/sync/totals-facts.ts'
import { boardOf, FILES, openWorld, putAccount, putOpportunity, type World } from './world.ts'

const OTHERS = { arr: boardOf('arr_month', 'end'), buckets: boardOf('bucket_month', 'total') }
const closed = (month: string | null, more = '') =>
  `${FILES.model}${more}${month === null ? '' : `closed_through: ${month}\n`}`
const won = (world: World, id: string, amount: string, on: string) =>
  putOpportunity(world, id, { StageName: 'Closed Won', Amount: amount, CloseDate: on })

/** It is March 2026. */
async function openCompany(model = closed(null)): Promise<World> {
  const world = await openWorld()
  world.edit({ others: OTHERS, model })
  putAccount(world, 'a1')
  won(world, 'o1', '500', '2026-01-15')
  won(world, 'o2', '300', '2026-02-15')
  return world
}

/** What a run says of months that are open again. */
const reopenedIn = ({ problems }: RunResult) =>
  problems.filter(({ code }) => code === 'months-reopened').map(({ message }) => message)
const monthOf = (text: string) => monthIndexOf(parseDay(`${text}-01`) ?? expect.fail())

/** ARR of the company at the end of each month, as the board shows it. */
async function shown(world: World): Promise<Record<string, string | undefined>> {
  const items = await world.items('arr_month')
  return Object.fromEntries(
    items.filter(({ key }) => key.endsWith(':all:all')).map(({ key, cells }) => [key.slice(0, 7), cells.Value]),
  )
}

async function restated(world: World) {
  const { store, mappings, zone, clock } = world.ports()
  const { model, closedThrough } = mappings
  const facts = await readTotalsFacts({ store, model, zone, closedThrough }, zone.dayOf(clock.now()), 36)
  return facts
    .restatements()
    .filter(({ kind, id, field }) => kind === 'arr_month' && id.endsWith(':all:all') && field === 'end')
    .map(({ month, reported, now, difference }) => [month, reported, now, difference])
}

describe('a closed month', () => {
  test('stays as it was reported when its data changes; what would be different now is listed, and told by the run', async () => {
    await using world = await openCompany()
    await world.sync()
    expect(await shown(world)).toEqual({ '2026-01': '500', '2026-02': '800', '2026-03': '800' })
    world.edit({ model: closed('2026-01') })
    const closing = await world.sync()
    expect(closing.derived).toMatchObject({ fromScratch: false, dossiers: 0, restated: 0 })
    expect(await shown(world)).toEqual({ '2026-01': '500', '2026-02': '800', '2026-03': '800' })
    won(world, 'o1', '700', '2026-01-15')
    const { derived } = await world.sync()
    expect(derived?.restated).toBeGreaterThan(0)
    expect(await shown(world)).toEqual({ '2026-01': '500', '2026-02': '1000', '2026-03': '1000' })
    expect(await restated(world)).toEqual([['2026-01', 500_00, 700_00, 200_00]])
  })

  test('stays so when all is derived anew, and when the model changes', async () => {
    await using world = await openCompany(closed('2026-02'))
    await world.sync()
    won(world, 'o1', '700', '2026-01-15')
    await world.sync()
    const before = await shown(world)
    expect(before).toEqual({ '2026-01': '500', '2026-02': '800', '2026-03': '1000' })
    await world.store.resetDerived()
    await world.store.setNote('derived-with', null)
    await world.store.setNote('boards-mapped', null)
    expect((await world.sync()).derived).toMatchObject({ fromScratch: true })
    expect(await shown(world)).toEqual(before)
    const buckets = async () =>
      (await world.items('bucket_month'))
        .filter(({ group }) => group === 'All')
        .map(({ key, cells }) => [key, cells.Value])
    const stood = (await buckets()).filter(([key]) => String(key) < '2026-03')
    world.edit({ model: closed('2026-02', 'buckets: { motion_if_empty: self_serve }\n') })
    await world.sync()
    expect(await buckets()).toEqual(stood)
    expect(stood.length).toBeGreaterThan(3)
  })

  test('shows what is there now once it is opened again, of which the run tells, and what was reported once it is closed again', async () => {
    await using world = await openCompany(closed('2026-02'))
    await world.sync()
    won(world, 'o1', '700', '2026-01-15')
    await world.sync()
    const reported = await shown(world)
    expect(reported).toEqual({ '2026-01': '500', '2026-02': '800', '2026-03': '1000' })
    world.edit({ model: closed('2026-01') })
    expect(reopenedIn(await world.sync())).toEqual([
      '2026-02 was reported as closed, and model.yaml no longer closes it: boards show what is there now',
    ])
    expect(await shown(world)).toEqual({ '2026-01': '500', '2026-02': '1000', '2026-03': '1000' })
    world.edit({ model: closed(null) })
    const opened = await world.sync()
    expect(reopenedIn(opened)).toEqual([
      'Months up to 2026-02 were reported as closed, and model.yaml no longer closes them: boards show what is there now',
    ])
    expect(opened.exit).toBe(0)
    expect(await shown(world)).toEqual({ '2026-01': '700', '2026-02': '1000', '2026-03': '1000' })
    expect(await restated(world)).toEqual([])
    expect(reopenedIn(await world.sync())).toHaveLength(1)
    world.edit({ model: closed('2026-02') })
    expect(reopenedIn(await world.sync())).toEqual([])
    expect(await shown(world)).toEqual(reported)
    expect(await restated(world)).toEqual([
      ['2026-01', 500_00, 700_00, 200_00],
      ['2026-02', 800_00, 1000_00, 200_00],
    ])
  })

  test('is reported anew once a person gives up what was reported, whether it is closed then or later', async () => {
    await using world = await openCompany(closed('2026-02'))
    await world.sync()
    won(world, 'o1', '700', '2026-01-15')
    await world.sync()
    expect(await reportAnew(world.store, monthOf('2026-02'))).toBe(true)
    await world.sync()
    expect(await shown(world)).toEqual({ '2026-01': '500', '2026-02': '1000', '2026-03': '1000' })
    expect(await restated(world)).toEqual([['2026-01', 500_00, 700_00, 200_00]])
    world.edit({ model: closed(null) })
    await world.sync()
    expect(await reportAnew(world.store, monthOf('1970-01'))).toBe(true)
    expect(reopenedIn(await world.sync())).toEqual([])
    expect(await reportAnew(world.store, monthOf('1970-01'))).toBe(false)
    world.edit({ model: closed('2026-02') })
    await world.sync()
    expect(await shown(world)).toEqual({ '2026-01': '700', '2026-02': '1000', '2026-03': '1000' })
    expect(await restated(world)).toEqual([])
    won(world, 'o1', '900', '2026-01-15')
    await world.sync()
    expect(await shown(world)).toEqual({ '2026-01': '700', '2026-02': '1000', '2026-03': '1200' })
  })

  test('that goes on is closed by the first run after it', async () => {
    await using world = await openCompany(closed('2026-12'))
    await world.sync()
    won(world, 'o3', '100', '2026-03-01')
    await world.sync()
    expect(await shown(world)).toMatchObject({ '2026-03': '900' })
    world.clock.move(40 * 86_400_000)
    await world.sync()
    won(world, 'o3', '400', '2026-03-01')
    await world.sync()
    expect(await shown(world)).toMatchObject({ '2026-03': '900', '2026-04': '1200' })
  })

  test('is closed for a board that came later as that board reported it first', async () => {
    await using world = await openCompany(closed('2026-02'))
    world.edit({ others: {} })
    await world.sync()
    won(world, 'o1', '700', '2026-01-15')
    world.edit({ others: OTHERS })
    await world.sync()
    expect(await shown(world)).toMatchObject({ '2026-01': '700', '2026-02': '1000' })
    won(world, 'o1', '900', '2026-01-15')
    await world.sync()
    expect(await shown(world)).toMatchObject({ '2026-01': '700', '2026-02': '1000', '2026-03': '1200' })
  })

  test('is explained by what was reported', async () => {
    await using world = await openCompany(closed('2026-02'))
    await world.sync()
    won(world, 'o1', '700', '2026-01-15')
    await world.sync()
    const ports = world.ports()
    const board = ports.mappings.boards.find((one) => one.board === 'arr')
    if (board === undefined) throw new Error('no board')
    const { columns, reportedOn } = await explain(ports, board, '2026-01:all:all')
    expect(reportedOn).toBe('2026-03-02')
    expect((await explain(ports, board, '2026-03:all:all')).reportedOn).toBeNull()
    expect(columns[0]?.fields[0]?.text).toBe('500 USD')
  })
})
