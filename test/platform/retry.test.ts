import { describe, expect, test } from 'vitest'
import { retryAfterMs, retrying, type Verdict } from '../../src/platform/retry.ts'
import { QuickClock } from './quick-clock.ts'

const flaky = (failures: number) => {
  const calls = { count: 0 }
  const operation = async () => {
    calls.count += 1
    if (calls.count <= failures) throw new Error(`no ${calls.count}`)
    return calls.count
  }
  return { operation, calls }
}

const retryErrors = (outcome: { ok: boolean; error?: unknown }): Verdict =>
  outcome.ok ? { action: 'give' } : { action: 'retry', error: outcome.error }

describe('retrying', () => {
  test('returns the first result that is given', async () => {
    const { operation, calls } = flaky(2)
    const clock = new QuickClock()
    expect(await retrying(operation, { classify: retryErrors, attempts: 5, clock, random: () => 0.5 })).toBe(3)
    expect(calls.count).toBe(3)
  })

  test('waits a random part of a ceiling that doubles, up to its highest', async () => {
    const clock = new QuickClock()
    const options = { classify: retryErrors, attempts: 5, clock, random: () => 0.5, baseMs: 1000, maxBackoffMs: 3000 }
    await retrying(flaky(4).operation, options)
    expect(clock.slept).toEqual([500, 1000, 1500, 1500])
  })

  test('throws the error of the last attempt when attempts run out', async () => {
    const { operation, calls } = flaky(9)
    const options = { classify: retryErrors, attempts: 3, clock: new QuickClock(), random: () => 0 }
    await expect(retrying(operation, options)).rejects.toThrow('no 3')
    expect(calls.count).toBe(3)
  })

  test('does not try again what cannot help', async () => {
    const { operation, calls } = flaky(9)
    const error = new Error('told')
    const classify = (): Verdict => ({ action: 'fail', error })
    await expect(retrying(operation, { classify, attempts: 3, clock: new QuickClock(), random: () => 0 })).rejects.toBe(
      error,
    )
    expect(calls.count).toBe(1)
  })

  test('throws an error that is given as it is', async () => {
    const classify = (): Verdict => ({ action: 'give' })
    const options = { classify, attempts: 3, clock: new QuickClock(), random: () => 0 }
    await expect(retrying(flaky(1).operation, options)).rejects.toThrow('no 1')
  })

  test('waits as long as the vendor said, plus up to a tenth', async () => {
    const clock = new QuickClock()
    const classify = (outcome: { ok: boolean; error?: unknown }): Verdict =>
      outcome.ok ? { action: 'give' } : { action: 'retry', error: outcome.error, afterMs: 2000 }
    await retrying(flaky(1).operation, { classify, attempts: 2, clock, random: () => 0.5 })
    expect(clock.slept).toEqual([2100])
  })

  test('does not wait for a vendor that wants more than the longest wait', async () => {
    const clock = new QuickClock()
    const classify = (outcome: { ok: boolean; error?: unknown }): Verdict =>
      outcome.ok ? { action: 'give' } : { action: 'retry', error: outcome.error, afterMs: 61_000 }
    await expect(retrying(flaky(1).operation, { classify, attempts: 5, clock, random: () => 0 })).rejects.toThrow(
      'no 1',
    )
    expect(clock.slept).toEqual([])
  })

  test('tells of each wait before it', async () => {
    const waits: unknown[] = []
    const options = { classify: retryErrors, attempts: 3, clock: new QuickClock(), random: () => 0.5 }
    await retrying(flaky(1).operation, {
      ...options,
      onWait: ({ attempt, attempts, ms }) => waits.push({ attempt, attempts, ms }),
    })
    expect(waits).toEqual([{ attempt: 1, attempts: 3, ms: 250 }])
  })

  test("rejects with the signal's reason when aborted, whatever the operation did", async () => {
    const stop = new AbortController()
    const reason = new Error('enough')
    const operation = async () => {
      stop.abort(reason)
      throw new Error('torn')
    }
    const options = {
      classify: retryErrors,
      attempts: 3,
      clock: new QuickClock(),
      random: () => 0,
      signal: stop.signal,
    }
    await expect(retrying(operation, options)).rejects.toBe(reason)
  })
})

describe('Retry-After', () => {
  const now = Date.parse('2026-11-22T10:00:00Z')
  const cases: readonly (readonly [Record<string, string>, number | undefined])[] = [
    [{ 'retry-after': '12' }, 12_000],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': '1.5' }, 1500],
    [{ 'retry-after': 'Sun, 22 Nov 2026 10:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Sun, 22 Nov 2026 10:00:30 GMT', date: 'Sun, 22 Nov 2026 10:00:20 GMT' }, 10_000],
    [{ 'retry-after': 'Sun, 22 Nov 2026 09:00:00 GMT' }, 0],
    [{ 'retry-after': 'soon' }, undefined],
    [{}, undefined],
  ]
  for (const [headers, expected] of cases) {
    test(`${JSON.stringify(headers)} asks for ${expected} ms`, () => {
      expect(retryAfterMs(headers, now)).toBe(expected)
    })
  }
})
