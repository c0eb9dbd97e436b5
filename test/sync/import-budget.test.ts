import { expect, test } from 'vitest'
import { noteHourUsed, noteImport, readImportBudget } from '../../src/sync/import-budget.ts'
import { TestClock } from './world.ts'

const HOUR = 3_600_000
const LIMITS = { rowsPerFile: 10_000, jobsPerHour: 3, itemsPerHour: 100, hourMs: HOUR }

function account() {
  const notes = new Map<string, string>()
  const store = {
    note: async (name: string) => notes.get(name) ?? null,
    setNote: async (name: string, value: string | null) =>
      void (value === null ? notes.delete(name) : notes.set(name, value)),
  }
  const ports = { host: { name: 'monday' }, store, clock: new TestClock(1_000_000_000) }
  return { ...ports, ports, left: () => readImportBudget(ports, LIMITS) }
}

test('jobs and items of the last hour are taken off, and come back when it is over', async () => {
  const { ports, clock, left } = account()
  expect(await left()).toEqual({ jobsLeft: 3, itemsLeft: 100 })
  await noteImport(ports, LIMITS, 60)
  clock.move(HOUR / 2)
  await noteImport(ports, LIMITS, 60)
  expect(await left()).toEqual({ jobsLeft: 1, itemsLeft: 0 })
  clock.move(HOUR / 2)
  expect(await left()).toEqual({ jobsLeft: 2, itemsLeft: 40 })
})

test('a vendor that takes no more is left alone as long as it says, at least some minutes, at most an hour', async () => {
  for (const [told, waits] of [
    [undefined, HOUR],
    [20 * 60_000, 20 * 60_000],
    [5, 6 * 60_000],
    [5 * HOUR, HOUR],
  ] as const) {
    const { ports, clock, left } = account()
    await noteHourUsed(ports, LIMITS, told)
    clock.move(waits - 1)
    expect((await left()).itemsLeft).toBe(0)
    clock.move(1)
    expect((await left()).itemsLeft).toBe(100)
  }
})
