import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Ticket } from '../../../src/domain/customer-records.ts'
import { monthIndexOf } from '../../../src/domain/day.ts'
import { defaultModel } from '../../../src/domain/default-model.ts'
import type { Feature } from '../../../src/domain/demand-records.ts'
import { deriveDossier } from '../../../src/domain/derive.ts'
import { factsOfTotals, Totals } from '../../../src/domain/totals.ts'
import { TOTALS_PARTS } from '../../../src/domain/totals-parts.ts'
import { aDossier, contextOf, day, factsOf, TODAY, totalsOf, utc } from '../builders.ts'

const base = { source: 'support', changedAt: 0 }
const sso: Feature = {
  ...base,
  id: 'F1',
  sourceId: 'F1',
  name: 'Single sign-on',
  aliases: 'SSO',
  status: 'shipped',
  shippedOn: day('2026-10-01'),
}
const audit: Feature = { ...base, id: 'F2', sourceId: 'F2', name: 'Audit log' }
const context = contextOf(defaultModel(), [], utc, { features: [sso, audit] })
const aTicket = (id: string, on: number, fields: Partial<Ticket>): Ticket => ({
  ...base,
  id,
  sourceId: id,
  accountId: 'A1',
  createdAt: on * 86_400_000,
  ...fields,
})
const rowsOf = (tickets: readonly Ticket[]) =>
  factsOfTotals('feature_voice', totalsOf([factsOf({ tickets }, context)]), defaultModel(), TODAY, utc)

test('tags mean features by id, name or alias, each once for a ticket; what means none is passed over', () => {
  const { tickets } = factsOf(
    { tickets: [aTicket('T1', day('2026-11-01'), { tags: 'sso, single sign on, F2, billing' })] },
    context,
  )
  expect(tickets[0]?.features).toBe('Single sign-on, Audit log')
})

test('tickets of the 90 days before shipping and of the 90 from that day on stand beside each other', () => {
  const shippedOn = day('2026-10-01')
  const tickets = [-91, -90, -1, 0, 30].map((days) => aTicket(`T${days}`, shippedOn + days, { tags: 'sso' }))
  expect(rowsOf(tickets)).toMatchObject([{ id: 'F1', ticketsBeforeShipping: 2, ticketsAfterShipping: 2 }])
})

test('a feature ships on its day, whatever its status says: before it there is no before and after', () => {
  const soon: Feature = { ...base, id: 'F3', sourceId: 'F3', name: 'SCIM', status: 'building', shippedOn: TODAY + 5 }
  const of = contextOf(defaultModel(), [], utc, { features: [soon] })
  const dossier = aDossier({ tickets: [aTicket('T1', TODAY - 1, { tags: 'scim' })] })
  const rowOn = (today: number) => {
    const { facts } = deriveDossier(dossier, of, today)
    return factsOfTotals('feature_voice', totalsOf([facts]), defaultModel(), today, utc)[0]
  }
  expect(rowOn(TODAY)).toMatchObject({ tickets: 1, ticketsBeforeShipping: 0 })
  expect(rowOn(TODAY + 5)).toMatchObject({ tickets: 1, ticketsBeforeShipping: 1 })
})

test('what is asked about at least twice as often as before, and not by a few only, is trending', () => {
  const many = (count: number, on: string) =>
    Array.from({ length: count }, (_, i) => aTicket(`${on}-${i}`, day(on), { tags: 'audit log' }))
  expect(rowsOf([...many(4, '2026-10-02')])[0]).toMatchObject({ mentions: 4, isTrending: false })
  expect(rowsOf([...many(6, '2026-10-02'), ...many(3, '2026-06-02')])[0]).toMatchObject({ growth: 1, isTrending: true })
  expect(rowsOf([...many(6, '2026-10-02'), ...many(4, '2026-06-02')])[0]).toMatchObject({ isTrending: false })
})

test('is what counting each mention by itself says; taking all away leaves nothing', () => {
  const some = fc.array(
    fc.record({
      on: fc.integer({ min: day('2026-03-01'), max: TODAY }),
      tags: fc.constantFrom('sso', 'Audit Log', 'sso, audit log', 'other', undefined),
      sentiment: fc.constantFrom('positive' as const, 'negative' as const, undefined),
      isBot: fc.boolean(),
    }),
    { maxLength: 12 },
  )
  fc.assert(
    fc.property(some, (list) => {
      const facts = list.map(({ on, isBot, tags, sentiment }, i) =>
        factsOf(
          {
            tickets: [
              aTicket(`T${i}`, on, {
                isBot,
                ...(tags === undefined ? {} : { tags }),
                ...(sentiment === undefined ? {} : { sentiment }),
              }),
            ],
          },
          context,
        ),
      )
      const rows = factsOfTotals('feature_voice', totalsOf(facts), defaultModel(), TODAY, utc)
      for (const [id, word] of [
        ['F1', 'sso'],
        ['F2', 'audit log'],
      ] as const) {
        const about = list.filter(({ isBot, tags }) => !isBot && tags?.toLowerCase().includes(word) === true)
        const recent = about.filter(({ on }) => monthIndexOf(on) >= monthIndexOf(TODAY) - 3)
        const row = rows.find((one) => one.id === id)
        expect(row?.tickets ?? 0).toBe(recent.length)
        expect(row?.negative ?? 0).toBe(recent.filter(({ sentiment }) => sentiment === 'negative').length)
      }
      const totals = new Totals(defaultModel(), TOTALS_PARTS)
      totals.add(facts)
      totals.takeAway(facts.toReversed())
      expect([...totals.take()]).toEqual([])
    }),
    { numRuns: 60 },
  )
})
