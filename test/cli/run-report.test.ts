import { expect, test } from 'vitest'
import { createOutput } from '../../src/cli/output.ts'
import { sayProblems } from '../../src/cli/run-report.ts'
import { Paper } from './screen.ts'

test('problems with the same next step share it: it is said once, after the last of them', () => {
  const stdout = new Paper()
  const output = createOutput({ json: false, stdout, stderr: new Paper(), env: {} })
  const nobody = { code: 'people-unknown', hint: 'Invite them', exit: 0 } as const
  sayProblems(output, [
    { ...nobody, subject: 'accounts', message: '1 cell' },
    { subject: 'hubspot', code: 'a', message: 'down', hint: undefined, exit: 75 },
    { subject: 'leads', code: 'b', message: 'gone', hint: undefined, exit: 1 },
    { ...nobody, subject: 'deals', message: '2 cells' },
  ])
  expect(stdout.text).toBe(`people-unknown accounts: 1 cell
people-unknown deals: 2 cells
  Invite them
a hubspot: down
b leads: gone
`)
})
