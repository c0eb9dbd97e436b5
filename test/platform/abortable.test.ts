import { expect, test } from 'vitest'
import { abortable } from '../../src/platform/abortable.ts'

test('a promise settles as it would, unless the signal aborts first', async () => {
  const stop = new AbortController()
  expect(await abortable(Promise.resolve(1), stop.signal)).toBe(1)
  await expect(abortable(Promise.reject(new Error('no')), stop.signal)).rejects.toThrow('no')
  const never = abortable(new Promise(() => {}), stop.signal)
  const reason = new Error('enough')
  stop.abort(reason)
  await expect(never).rejects.toBe(reason)
  await expect(abortable(new Promise(() => {}), stop.signal)).rejects.toBe(reason)
})
