import { describe, expect, test } from 'vitest'
import { createEngine } from '../../src/sandbox/engine/create-engine.ts'
import { createFaultTable, parseFaultRules } from '../../src/sandbox/engine/faults.ts'
import { createLimits, LIMITS } from '../../src/sandbox/engine/limits.ts'
import { createRandom } from '../../src/sandbox/engine/random.ts'
import { createVirtualClock } from '../../src/sandbox/engine/virtual-clock.ts'

describe('the virtual clock', () => {
  test('starts where it is told and is moved forward at once', () => {
    const clock = createVirtualClock(1_000_000, 1)
    expect(clock.now()).toBeGreaterThanOrEqual(1_000_000)
    clock.advance(7 * 86_400_000)
    expect(clock.now()).toBeGreaterThanOrEqual(1_000_000 + 7 * 86_400_000)
  })

  test('never goes back', () => {
    expect(() => createVirtualClock(0, 1).advance(-1)).toThrow('time never goes back')
    expect(() => createVirtualClock(0, 0)).toThrow('must be above 0')
  })

  test('tells how long a virtual duration really takes', () => {
    expect(createVirtualClock(0, 60).real(60_000)).toBe(1_000)
  })
})

describe('the fault table', () => {
  const hits = (rules: Parameters<typeof parseFaultRules>[0], operations: readonly string[]) => {
    const table = createFaultTable()
    table.add(parseFaultRules(rules))
    return operations.map((operation) => table.hit(operation)?.action ?? '-')
  }

  test('a rule without nth and times applies to every call', () => {
    expect(hits([{ operation: 'a.b', action: 'html' }], ['a.b', 'a.c', 'a.b'])).toEqual(['html', '-', 'html'])
  })

  test('nth is one call, and times makes it several in a row', () => {
    const calls = ['a', 'a', 'a', 'a']
    expect(hits([{ operation: 'a', nth: 2, action: 'html' }], calls)).toEqual(['-', 'html', '-', '-'])
    expect(hits([{ operation: 'a', nth: 2, times: 2, action: 'html' }], calls)).toEqual(['-', 'html', 'html', '-'])
    expect(hits([{ operation: 'a', times: 3, action: 'html' }], calls)).toEqual(['html', 'html', 'html', '-'])
  })

  test('a trailing star matches any rest', () => {
    const rules = [{ operation: 'monday.*', nth: 2, action: 'html' }]
    expect(hits(rules, ['monday.query', 'salesforce.query', 'monday.mutation'])).toEqual(['-', '-', 'html'])
  })

  test('the first rule that matches an operation and its count is applied', () => {
    const rules = [
      { operation: 'a', nth: 2, action: 'html' },
      { operation: 'a', action: 'status' },
    ]
    expect(hits(rules, ['a', 'a', 'a'])).toEqual(['status', 'html', 'status'])
  })

  test('nth counts calls from when the rule was added', () => {
    const table = createFaultTable()
    table.hit('a')
    table.add([{ operation: 'a', nth: 1, action: 'html' }])
    expect(table.hit('a')?.action).toBe('html')
    table.clear()
    expect(table.hit('a')).toBeNull()
  })

  test('rules that are wrong are named, each with what is wrong', () => {
    expect(() => parseFaultRules([{ operation: 'a', action: 'explode' }, { operation: '' }])).toThrow(
      /0\.action: .*; 1\.operation: .*; 1\.action: /,
    )
  })
})

describe('limits', () => {
  test('an unsure limit has the value of the reading, a documented one has one value', () => {
    for (const [name, limit] of Object.entries(LIMITS)) {
      const values = [createLimits('optimistic').get(name), createLimits('pessimistic').get(name)]
      expect(values, name).toEqual(
        'documented' in limit ? [limit.documented, limit.documented] : [limit.optimistic, limit.pessimistic],
      )
      expect(limit.what, name).not.toBe('')
    }
  })

  test('a limit is overridden for one engine only', () => {
    const limits = createLimits('optimistic')
    limits.set('salesforce.callsPerDay', 5)
    expect(limits.get('salesforce.callsPerDay')).toBe(5)
    expect(createLimits('optimistic').get('salesforce.callsPerDay')).toBe(100_000)
  })

  test('an unknown name is refused with the known ones', () => {
    expect(() => createLimits('optimistic').get('salesforce.coffee')).toThrow(
      'The sandbox has no limit "salesforce.coffee"',
    )
    expect(() => createLimits('optimistic').set('salesforce.callsPerDay', -1)).toThrow('a limit is a number from 0')
  })
})

describe('random numbers', () => {
  test('are the same for the same seed and differ for another', () => {
    const draw = (seed: string) => Array.from({ length: 5 }, createRandom(seed).next)
    expect(draw('7/a')).toEqual(draw('7/a'))
    expect(draw('7/a')).not.toEqual(draw('7/b'))
    expect(draw('7/a').every((n) => n >= 0 && n < 1)).toBe(true)
  })

  test('keep to their ranges and weights', () => {
    const random = createRandom(1)
    const draws = Array.from({ length: 10_000 }, () =>
      random.weighted([
        ['small', 7],
        ['large', 1],
      ] as const),
    )
    expect(draws.filter((each) => each === 'small').length / 10_000).toBeCloseTo(7 / 8, 1)
    const ints = new Set(Array.from({ length: 1_000 }, () => random.int(3, 5)))
    expect([...ints].sort()).toEqual([3, 4, 5])
    const sizes = Array.from({ length: 10_000 }, () => random.logNormal(50, 0.7))
    expect(sizes.filter((size) => size < 50).length / 10_000).toBeCloseTo(0.5, 1)
  })
})

test('side effects are numbered from 1, in order', () => {
  const { sideEffects } = createEngine()
  expect(sideEffects.record('a', 'x')).toBe(1)
  expect(sideEffects.record('b', 'y')).toBe(2)
  expect(sideEffects.count()).toBe(2)
  expect(sideEffects.list()).toEqual([
    { n: 1, operation: 'a', detail: 'x' },
    { n: 2, operation: 'b', detail: 'y' },
  ])
})
