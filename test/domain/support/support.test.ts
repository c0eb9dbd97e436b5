import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Ticket } from '../../../src/domain/customer-records.ts'
import { defaultModel } from '../../../src/domain/default-model.ts'
import { deriveDossier } from '../../../src/domain/derive.ts'
import type { FactValues, TotalsKind } from '../../../src/domain/facts.ts'
import { minutesBetween, minutesOpen } from '../../../src/domain/support/office-hours.ts'
import { defaultSupport, type OfficeHours } from '../../../src/domain/support/support-model.ts'
import { roundWait } from '../../../src/domain/support/ticket-wait.ts'
import { factsOfTotals, Totals } from '../../../src/domain/totals.ts'
import { TOTALS_PARTS } from '../../../src/domain/totals-parts.ts'
import { createZone } from '../../../src/platform/zone.ts'
import { aDossier, anAccount, aUser, contextOf, day, factsOf, TODAY, totalsOf } from '../builders.ts'

const calendar = createZone('UTC')
const newYork: OfficeHours = { ...defaultSupport('America/New_York').hours, holidays: 'US' }
const at = (text: string) => Date.parse(text)
const context = contextOf(defaultModel(), [], calendar)

function aTicket(fields: Partial<Ticket>): Ticket {
  const id = fields.id ?? 'T1'
  return { id, sourceId: id, source: 'support', changedAt: 0, accountId: 'A1', ...fields }
}

function rowsOf(kind: TotalsKind, tickets: readonly Ticket[], model = defaultModel(), today = TODAY) {
  const facts = deriveDossier(aDossier({ tickets }), contextOf(model, [], calendar), today).facts
  const rows = factsOfTotals(kind, totalsOf([facts], model), model, today, calendar)
  return new Map(rows.map((row) => [String(row.id), row]))
}

describe('office hours', () => {
  const open = (from: string, to: string, hours = newYork) => minutesOpen(hours, calendar, at(from), at(to))

  test('over a weekend on which clocks go forward half an hour is open, of 63.5 hours', () => {
    const [from, to] = ['2026-03-06T17:00-05:00', '2026-03-09T09:30-04:00']
    expect(open(from, to)).toBe(30)
    expect(minutesBetween(at(from), at(to))).toBe(63.5 * 60)
  })

  test('a day is as long as the clock makes it: 23 hours in March, 25 in November', () => {
    const always = { ...newYork, days: [0, 1, 2, 3, 4, 5, 6], from: 0, until: 1440 }
    expect(open('2026-03-08T00:00-05:00', '2026-03-09T00:00-04:00', always)).toBe(23 * 60)
    expect(open('2026-11-01T00:00-04:00', '2026-11-02T00:00-05:00', always)).toBe(25 * 60)
  })

  test('public holidays are no working days: over Memorial Day 2 hours, without holidays 10', () => {
    const [from, to] = ['2026-05-22T16:00-04:00', '2026-05-26T10:00-04:00']
    expect(open(from, to)).toBe(120)
    expect(open(from, to, { ...newYork, holidays: null })).toBe(600)
    expect(open(from, to, { ...newYork, openOn: [day('2026-05-25')] })).toBe(600)
    expect(open(from, to, { ...newYork, closedOn: [day('2026-05-22')] })).toBe(60)
  })

  test('from 18:00 to 08:00 is 14 hours by the calendar, 1 with hours from 07:00, and 0 between two times after hours', () => {
    const hours = { ...defaultSupport('UTC').hours, from: 420 }
    expect(minutesBetween(at('2026-03-03T18:00Z'), at('2026-03-04T08:00Z'))).toBe(14 * 60)
    expect(open('2026-03-03T18:00Z', '2026-03-04T08:00Z', hours)).toBe(60)
    expect(open('2026-03-03T18:00Z', '2026-03-03T23:00Z', hours)).toBe(0)
  })

  test('pieces add up, and are never longer than the calendar', () => {
    const instant = fc
      .integer({ min: at('2025-01-01T00:00Z'), max: at('2027-01-01T00:00Z') })
      .map((ms) => ms - (ms % 60_000))
    fc.assert(
      fc.property(instant, instant, instant, (...times) => {
        const [a = 0, b = 0, c = 0] = times.sort((x, y) => x - y)
        const whole = minutesOpen(newYork, calendar, a, c)
        expect(minutesOpen(newYork, calendar, a, b) + minutesOpen(newYork, calendar, b, c)).toBe(whole)
        expect(whole).toBeLessThanOrEqual(minutesBetween(a, c))
      }),
      { numRuns: 50 },
    )
  })
})

describe('the first response', () => {
  test('median and mean include those still open: they wait longer than was seen', () => {
    const rows = rowsOf('support_period', [
      aTicket({ id: 'T1', createdAt: at('2026-11-02T09:00Z'), firstPublicReplyAt: at('2026-11-02T09:10Z') }),
      aTicket({ id: 'T2', createdAt: at('2026-11-02T09:00Z'), firstPublicReplyAt: at('2026-11-02T09:20Z') }),
      aTicket({ id: 'T3', createdAt: at('2026-11-21T23:00Z') }),
      aTicket({ id: 'T4', createdAt: at('2026-11-21T23:00Z') }),
    ])
    // Of those answered alone: 10 and 15.
    expect(rows.get('month:2026-11:all')).toMatchObject({
      tickets: 4,
      answered: 2,
      unanswered: 2,
      medianMinutes: 20,
      // 1 until 10, ¾ until 20, ½ until 60, when the open ones were last seen.
      meanMinutes: 10 + 7.5 + 20,
      // On Saturday night nobody works: the two open ones have not waited yet.
      medianOpenMinutes: 10,
    })
  })

  test('answers of today count from tomorrow on; the ticket is then looked at again', () => {
    const ticket = aTicket({ createdAt: at('2026-11-21T09:00Z'), firstPublicReplyAt: at('2026-11-22T09:00Z') })
    const { facts, changesOn } = deriveDossier(aDossier({ tickets: [ticket] }), context, TODAY)
    expect(changesOn).toBe(TODAY + 1)
    expect(facts.tickets[0]).toMatchObject({ firstReplyMinutes: 1440, waitsForReply: false })
    expect(rowsOf('support_period', [ticket]).get('month:2026-11:all')).toMatchObject({ answered: 0, unanswered: 1 })
    const tomorrow = rowsOf('support_period', [ticket], defaultModel(), TODAY + 1)
    expect(tomorrow.get('month:2026-11:all')).toMatchObject({ answered: 1, medianMinutes: 1440 })
  })

  test('a ticket that nobody answers is followed for 90 days, and one that is answered not at all', () => {
    const wakes = (createdAt: string, firstPublicReplyAt?: string) =>
      deriveDossier(
        aDossier({
          tickets: [
            aTicket({
              createdAt: at(createdAt),
              ...(firstPublicReplyAt === undefined ? {} : { firstPublicReplyAt: at(firstPublicReplyAt) }),
            }),
          ],
        }),
        context,
        TODAY,
      ).changesOn
    expect(wakes('2026-11-01T09:00Z')).toBe(TODAY + 1)
    expect(wakes('2026-08-01T09:00Z')).toBeNull()
    expect(wakes('2026-11-01T09:00Z', '2026-11-01T10:00Z')).toBeNull()
  })

  test('tickets of bots are not counted; a first reply older than the ticket is none', () => {
    const rows = rowsOf('support_period', [
      aTicket({ id: 'T1', createdAt: at('2026-11-02T09:00Z'), isBot: true }),
      aTicket({ id: 'T2', createdAt: at('2026-11-02T09:00Z'), firstPublicReplyAt: at('2026-11-01T09:00Z') }),
    ])
    expect(rows.get('month:2026-11:all')).toMatchObject({ tickets: 1, answered: 0, unanswered: 0 })
  })

  test('waits over 1,000 minutes are counted to three digits, never more than 1 % short', () => {
    expect([999, 1000, 1234, 98_765].map(roundWait)).toEqual([999, 1000, 1230, 98_700])
    fc.assert(fc.property(fc.nat(10_000_000), (m) => roundWait(m) <= m && roundWait(m) >= m * 0.99))
  })
})

test('targets are those of the channel, by the clock that is set; what waited longer is late while it is open', () => {
  const support = { ...defaultSupport('UTC'), targets: { chat: 5, '*': 60 } }
  const tickets = [
    aTicket({
      id: 'T1',
      channel: 'chat',
      createdAt: at('2026-11-02T09:00Z'),
      firstPublicReplyAt: at('2026-11-02T09:06Z'),
    }),
    aTicket({
      id: 'T2',
      channel: 'mail',
      createdAt: at('2026-11-02T09:00Z'),
      firstPublicReplyAt: at('2026-11-02T09:06Z'),
    }),
    aTicket({ id: 'T3', channel: 'mail', createdAt: at('2026-11-20T23:00Z') }),
  ]
  const model = { ...defaultModel(), support }
  const rows = rowsOf('support_period', tickets, model)
  expect(rows.get('month:2026-11:channel:chat')).toMatchObject({ targetMinutes: 5, inTime: 0, late: 1 })
  expect(rows.get('month:2026-11:channel:mail')).toMatchObject({ targetMinutes: 60, inTime: 0.5, late: 1 })
  expect(rows.get('month:2026-11:all')?.targetMinutes).toBeUndefined()
  // From Friday at 23:00 to Sunday nobody works.
  const business = rowsOf('support_period', tickets, { ...model, support: { ...support, clock: 'business' } })
  expect(business.get('month:2026-11:channel:mail')).toMatchObject({ inTime: 1, late: 0 })
})

test('satisfaction counts answers, with its interval; what is not on the scale is listed', () => {
  const good = Array.from({ length: 74 }, (_, i) =>
    aTicket({ id: `G${i}`, satisfaction: 4 + (i % 2), createdAt: at('2026-11-02T09:00Z') }),
  )
  const bad = Array.from({ length: 33 }, (_, i) =>
    aTicket({ id: `B${i}`, satisfaction: 1 + (i % 3), createdAt: at('2026-11-02T09:00Z') }),
  )
  const off = aTicket({ id: 'X', satisfaction: 100, createdAt: at('2026-11-02T09:00Z') })
  const row = rowsOf('support_period', [...good, ...bad, off]).get('month:2026-11:all')
  expect(row?.answers).toBe(107)
  expect(Number(row?.csat)).toBeCloseTo(0.6916, 4)
  expect(Number(row?.csatLow)).toBeCloseTo(0.5987, 4)
  expect(Number(row?.csatHigh)).toBeCloseTo(0.7712, 4)
  expect(factsOf({ tickets: [off] }).findings).toMatchObject([{ code: 'off-scale', id: 'X' }])
})

test('agents: assigned, replied and solved of 7 days are three numbers, in the team of then', () => {
  const users = [aUser({ id: 'U1', name: 'Anna', team: 'Central' })]
  const tickets = [
    aTicket({
      id: 'T1',
      agentId: 'U1',
      createdAt: at('2026-11-10T09:00Z'),
      firstPublicReplyAt: at('2026-11-16T09:00Z'),
    }),
    aTicket({ id: 'T2', agentId: 'U1', createdAt: at('2026-11-20T09:00Z'), solvedAt: at('2026-11-21T09:00Z') }),
    aTicket({ id: 'T3', agentId: 'U1', createdAt: at('2026-11-21T09:00Z'), isOnHold: true }),
    aTicket({ id: 'T4', agentId: 'U1', createdAt: at('2026-11-15T09:00Z'), solvedAt: at('2026-11-15T19:00Z') }),
  ]
  const { facts, uses } = deriveDossier(aDossier({ tickets }), contextOf(defaultModel(), users, calendar), TODAY)
  expect(uses).toContain('user:U1')
  expect(factsOfTotals('support_agent', totalsOf([facts]), defaultModel(), TODAY, calendar)).toMatchObject([
    { id: 'U1:Central', agent: 'Anna', assigned: 2, replied: 1, solved: 1, open: 2, onHold: 1, escalated: 0 },
  ])
})

test('the heat map divides by how often an hour was there', () => {
  const support = { ...defaultSupport('America/New_York'), heatMapMonths: 1 }
  const tickets = [6, 7, 8, 9, 10].map((minute) =>
    aTicket({
      id: `T${minute}`,
      createdAt: at(`2026-03-08T01:0${minute % 10}:00-05:00`),
      firstPublicReplyAt: at('2026-03-12T12:00Z'),
    }),
  )
  const rows = rowsOf('support_hour', tickets, { ...defaultModel(), support }, day('2026-03-15'))
  // Sundays: the 1st, the 8th, the 15th; the hour from two to three was not there on the 8th.
  expect(rows.get('all:01:00')).toMatchObject({ sun: 5 / 3, mon: 0, tickets: 5, sunInTime: 0, gaps: 'sun' })
  expect(rows.get('all:02:00')).toMatchObject({ sun: 0, tickets: 0, gaps: '' })
  const november = rowsOf(
    'support_hour',
    tickets.map((one) => ({ ...one, createdAt: at('2026-11-01T01:30:00-04:00') })),
    { ...defaultModel(), support },
    day('2026-11-02'),
  )
  // The clock showed one o'clock twice.
  expect(november.get('all:01:00')).toMatchObject({ sun: 5 / 2 })
})

test('staffing: the load that kept the target and the growth of tickets say how many agents it takes', () => {
  const tickets: Ticket[] = []
  // 12 weeks, each of 10 tickets for each of two agents, and of 20 in the last four, when nobody answers in time.
  for (let week = 0; week < 12; week += 1) {
    const isHeavy = week >= 8
    const monday = day('2026-08-31') + week * 7
    for (let i = 0; i < (isHeavy ? 40 : 20); i += 1) {
      const createdAt = monday * 86_400_000 + 36_000_000 + i
      const firstPublicReplyAt = createdAt + (isHeavy ? 3000 : 5) * 60_000
      tickets.push(
        aTicket({ id: `T${week}-${i}`, agentId: `U${i % 2}`, createdAt, firstPublicReplyAt, channel: 'mail' }),
      )
    }
  }
  const rows = rowsOf('support_staffing', tickets, defaultModel(), day('2026-11-23'))
  expect(rows.get('now')).toMatchObject({ ticketsPerAgent: 10, agents: 2, weeksLearnt: 12, weeksInTime: 8 })
  const now = rows.get('now') as FactValues
  expect(now.agentsNeeded).toBe(Math.ceil(Number(now.tickets) / 10))
  expect(Number(rows.get('in-04-weeks')?.tickets)).toBeCloseTo(
    Number(now.tickets) * (1 + Number(now.growthPerWeek)) ** 4,
  )
})

test('slices add up to the whole; step by step or from scratch the same; taking all away leaves nothing', () => {
  const minute = fc.integer({ min: at('2026-06-01T00:00Z') / 60_000, max: at('2026-11-23T00:00Z') / 60_000 })
  const someTickets = fc.array(
    fc.record({
      created: minute,
      reply: fc.option(fc.nat(5000)),
      solved: fc.option(fc.nat(9000)),
      channel: fc.constantFrom('mail', 'chat', '', 'a:b"|c'),
      satisfaction: fc.option(fc.integer({ min: 1, max: 5 })),
    }),
    { maxLength: 12 },
  )
  fc.assert(
    fc.property(someTickets, (list) => {
      const facts = list.map(({ created, reply, solved, channel, satisfaction }, i) =>
        factsOf({
          account: anAccount({ plan: i % 2 === 0 ? 'Pro' : 'Free' }),
          tickets: [
            aTicket({
              id: `T${i}`,
              channel,
              createdAt: created * 60_000,
              ...(reply === null ? {} : { firstPublicReplyAt: (created + reply) * 60_000 }),
              ...(solved === null ? {} : { solvedAt: (created + solved) * 60_000 }),
              ...(satisfaction === null ? {} : { satisfaction }),
            }),
          ],
        }),
      )
      const rows = factsOfTotals('support_period', totalsOf(facts), defaultModel(), TODAY, calendar)
      const sum = (period: string, by: string, name: string) =>
        rows
          .filter((row) => row.period === period && row.by === by)
          .reduce((total, row) => total + Number(row[name] ?? 0), 0)
      for (const name of ['tickets', 'answered', 'unanswered', 'solved', 'late', 'answers'])
        for (const by of ['channel', 'team', 'plan']) expect(sum('month', by, name)).toBe(sum('month', 'all', name))
      expect(sum('month', 'all', 'tickets')).toBe(list.length)
      const stepwise = new Totals(defaultModel(), TOTALS_PARTS)
      for (const one of facts.toReversed()) stepwise.add([one])
      expect(factsOfTotals('support_period', stepwise.take(), defaultModel(), TODAY, calendar)).toEqual(rows)
      stepwise.add(facts)
      stepwise.takeAway(facts.toReversed())
      expect([...stepwise.take()]).toEqual([])
    }),
    { numRuns: 60 },
  )
})
