import { expect, test } from 'vitest'
import { sayOnce } from '../../src/sync/problem.ts'

test('the same thing about several boards is said once, with all their names', () => {
  const refused = {
    code: 'monday-token-refused',
    message: 'monday refuses the token',
    hint: 'Make a new one',
    exit: 1 as const,
  }
  const other = { ...refused, subject: 'funnel', message: 'Another thing' }
  expect(sayOnce([{ ...refused, subject: 'accounts' }, other, { ...refused, subject: 'deals' }])).toEqual([
    { ...refused, subject: 'accounts, deals' },
    other,
  ])
})
