import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PlannedChange, Step } from '../../src/plan/plan.ts'
import { dueRecipients, isUpdateDue, readTold, type SaidOutcome, toldAfter } from '../../src/plan/told.ts'

function saying(steps: readonly Step[], told?: string): PlannedChange {
  return { steps, ...(told === undefined ? {} : { told }) } as unknown as PlannedChange
}

const post = (token: string): Step => ({ kind: 'post', itemId: '1', name: 'updates Won', token, text: 'Won' })
const notify = (email: string): Step => ({
  kind: 'notify',
  itemId: '1',
  name: 'notify Won',
  token: 'Q1',
  email,
  text: 'Won',
})

test('an update that was said is not due; one that was refused, or of which nothing is known, is', () => {
  const after = (outcome: SaidOutcome | null) => readTold(toldAfter(saying([post('Q1')]), undefined, [outcome]))
  expect(isUpdateDue(after('said'), 'updates Won', 'Q1')).toBe(false)
  expect(isUpdateDue(after('said'), 'updates Won', 'Q2')).toBe(true)
  expect(isUpdateDue(after('refused'), 'updates Won', 'Q1')).toBe(true)
  expect(isUpdateDue(after(null), 'updates Won', 'Q1')).toBe(true)
})

test('of an occasion that some were told of, only those whom the host refused are still to be told, not who came later', () => {
  const told = readTold(
    toldAfter(saying([notify('ada@a.example'), notify('ben@a.example')]), undefined, ['said', 'refused']),
  )
  expect(dueRecipients(told, 'notify Won', 'Q1', ['ada@a.example', 'ben@a.example', 'new@a.example'])).toEqual([
    'ben@a.example',
  ])
  expect(dueRecipients(told, 'notify Won', 'Q2', ['ada@a.example'])).toEqual(['ada@a.example'])
})

test('whatever happens to a series of updates, each occasion is due until it was said, and never after', () => {
  const outcome = fc.constantFrom<SaidOutcome | null>('said', 'refused', null)
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('', 'Q1', '!Q1', 'Q1\tada@a.example', 'é'), outcome)), (series) => {
      let text: string | undefined
      const said = new Set<string>()
      for (const [token, came] of series) {
        expect(isUpdateDue(readTold(text), 'updates Won', token)).toBe(!said.has(token))
        if (said.has(token)) continue
        text = toldAfter(saying([post(token)]), text, [came])
        if (came === 'said') said.add(token)
      }
    }),
  )
})
