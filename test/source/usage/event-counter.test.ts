import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { EventCounter, identityOf } from '../../../src/source/event-counter.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'boardsync-counter-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

type Event = readonly [week: number, account: string, event: string, person: string, id: number]

function naive(events: readonly Event[]): string[] {
  const points = new Map<string, { persons: Set<string>; ids: Set<string> }>()
  for (const [week, account, event, person, id] of events) {
    for (const name of new Set([event, ''])) {
      const key = JSON.stringify([week, account, name])
      const point = points.get(key) ?? { persons: new Set(), ids: new Set() }
      points.set(key, point)
      point.persons.add(person)
      point.ids.add(JSON.stringify([event, person, id]))
    }
  }
  return [...points].map(([key, { persons, ids }]) => `${key} ${persons.size} ${ids.size}`).sort()
}

function told(counter: EventCounter): string[] {
  return [...counter.points()]
    .map(({ week, account, event, users, events }) => `${JSON.stringify([week, account, event])} ${users} ${events}`)
    .sort()
}

const name = fc.constantFrom('', 'a', 'b', 'ä', 'a b', '漢', 'a'.repeat(2_000))
const event = fc.tuple(
  fc.constantFrom(20_000, 20_007),
  name,
  fc.constantFrom('x', 'y', 'z'),
  name,
  fc.integer({ min: 0, max: 5 }).map((n) => identityOf(String(n))),
)

test('distinct persons and events are counted exactly, however little is held in memory', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 120 }), fc.integer({ min: 1, max: 40 }), (events, most) => {
      const counter = new EventCounter({ folder, mostNames: most, mostEvents: most * 2 })
      for (const one of events) counter.add(...one)
      expect(told(counter)).toEqual(naive(events))
      // What lay on disk is gone again.
      expect(readdirSync(folder)).toEqual([])
    }),
    { numRuns: 100 },
  )
})

test('points come in the same order whatever the order of events, and more files than can be open at once are read', () => {
  const events = Array.from(
    { length: 3_000 },
    (_, i): Event => [20_000 + 7 * (i % 3), `a${i % 11}`, `e${i % 5}`, `p${i % 97}`, i],
  )
  const inOrder = (some: readonly Event[], mostNames: number, mostEvents = 1_000_000) => {
    const counter = new EventCounter({ folder, mostNames, mostEvents })
    for (const one of some) counter.add(...one)
    return [...counter.points()]
  }
  const points = inOrder(events, 1_000_000)
  expect(inOrder(events.toReversed(), 20)).toEqual(points)
  expect(inOrder(events.toReversed(), 1_000_000, 7)).toEqual(points)
  expect(points.length).toBe(3 * 11 * 6)
})

test('one event told twice counts once; another of the same moment does not', () => {
  const counter = new EventCounter({ folder })
  for (const id of ['1', '1', '2']) counter.add(20_000, 'a', 'x', 'p', identityOf(id))
  expect(told(counter)).toEqual(['[20000,"a",""] 1 2', '[20000,"a","x"] 1 2'])
})

test('more events of one person, event and week than are held at once are counted', () => {
  const counter = new EventCounter({ folder, mostEvents: 10 })
  for (let i = 0; i < 500; i += 1) counter.add(20_000, 'a', 'x', 'p', i % 400)
  counter.add(20_000, 'b', 'x', 'p', 1)
  expect(told(counter)).toEqual([
    '[20000,"a",""] 1 400',
    '[20000,"a","x"] 1 400',
    '[20000,"b",""] 1 1',
    '[20000,"b","x"] 1 1',
  ])
  expect(readdirSync(folder)).toEqual([])
})

test('what a count that broke off has put down does not count in the next one in the same folder', () => {
  const broken = new EventCounter({ folder, mostEvents: 10 })
  const counter = new EventCounter({ folder, mostEvents: 10 })
  for (let i = 0; i < 95; i += 1) broken.add(20_000, 'a', 'x', `p${i % 3}`, i)
  for (let i = 0; i < 25; i += 1) counter.add(20_000, 'a', 'x', `q${i % 2}`, i)
  expect(told(counter)).toEqual(['[20000,"a",""] 2 25', '[20000,"a","x"] 2 25'])
})
