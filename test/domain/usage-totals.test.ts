import { expect, test } from 'vitest'
import { usageTotals } from '../../src/domain/usage-totals.ts'
import { factsOf, totalsOf } from './builders.ts'

const week = (id: string, events: number) => ({ source: 'usage', changedAt: 0, id, sourceId: id, events })

test('usage of no account that is known is counted apart, in points and events', () => {
  const totals = totalsOf([
    factsOf({ usage: [week('U1', 40), week('U2', 50)] }),
    factsOf({ account: null, usage: [week('U3', 10)] }),
    factsOf({}),
  ])
  expect(usageTotals(totals)).toEqual({ points: 3, events: 100, pointsWithoutAccount: 1, eventsWithoutAccount: 10 })
})
