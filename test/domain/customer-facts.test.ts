import { expect, test } from 'vitest'
import type { Ticket, UsageWeek } from '../../src/domain/customer-records.ts'
import type { FeatureRequest } from '../../src/domain/demand-records.ts'
import { deriveDossier } from '../../src/domain/derive.ts'
import { aDossier, anAccount, contextOf, day, factsOf, noon, TODAY, utc } from './builders.ts'

const base = { source: 'usage', changedAt: 0 }
const aRequest = (fields: Partial<FeatureRequest>): FeatureRequest => ({
  ...base,
  id: 'R1',
  sourceId: 'R1',
  accountId: 'A1',
  ...fields,
})
const aTicket = (fields: Partial<Ticket>): Ticket => ({ ...base, id: 'T1', sourceId: 'T1', accountId: 'A1', ...fields })
const aWeek = (id: string, fields: Partial<UsageWeek>): UsageWeek => ({
  ...base,
  id,
  sourceId: id,
  accountId: 'A1',
  ...fields,
})
const sso = {
  ...base,
  id: 'F1',
  sourceId: 'F1',
  name: 'Single sign-on',
  aliases: 'SSO',
  status: 'building',
  theme: 'Security',
} as const
const context = contextOf(undefined, [], utc, { features: [sso] })

test('a request is matched to the catalogue and shows what the feature is', () => {
  const [fact] = factsOf({ requests: [aRequest({ feature: 'sso', createdAt: noon('2026-11-01') })] }, context).requests
  expect(fact).toMatchObject({
    featureId: 'F1',
    feature: 'Single sign-on',
    featureStatus: 'building',
    theme: 'Security',
    isMatched: true,
    hasAccount: true,
    createdOn: day('2026-11-01'),
  })
})

test('a request that no feature matches keeps its words and is listed', () => {
  const { requests, findings } = factsOf({ requests: [aRequest({ feature: 'Two factor' })] }, context)
  expect(requests[0]).toMatchObject({ feature: 'Two factor', isMatched: false })
  expect(requests[0]).not.toHaveProperty('featureId')
  expect(findings).toEqual([
    {
      code: 'unknown-feature',
      kind: 'request',
      id: 'R1',
      detail: 'asks for "Two factor", which is no feature of the catalogue',
    },
  ])
})

test('whoever names a feature is derived again when the feature changes, or what its name means', () => {
  const uses = (feature: string) => deriveDossier(aDossier({ requests: [aRequest({ feature })] }), context, TODAY).uses
  expect(uses('S S O')).toEqual(['feature:S S O', 'feature-name:s s o'])
  expect(uses('SSO')).toEqual(['feature:SSO', 'feature-name:sso', 'feature:F1'])
})

test('an account shows CRM, usage, requests and tickets as one', () => {
  const { account } = factsOf(
    {
      requests: [aRequest({ feature: 'SSO' })],
      tickets: [aTicket({}), aTicket({ id: 'T2', solvedAt: noon('2026-11-02') })],
      usage: [
        aWeek('U1', { week: day('2026-11-09'), activeUsers: 7 }),
        aWeek('U2', { week: day('2026-11-16'), activeUsers: 9 }),
        aWeek('U3', { week: day('2026-11-16'), activeUsers: 2, feature: 'sso' }),
      ],
    },
    context,
  )
  expect(account).toMatchObject({
    ...{ requests: 1, tickets: 2, openTickets: 1, contacts: 0 },
    ...{ usageWeek: day('2026-11-16'), activeUsers: 9 },
  })
})

test('the first reply to a ticket is told in minutes, and never before the ticket', () => {
  const minutes = (reply: number) =>
    factsOf({ tickets: [aTicket({ createdAt: noon('2026-11-01'), firstPublicReplyAt: reply })] }).tickets[0]
      ?.firstReplyMinutes
  expect(minutes(noon('2026-11-01') + 9.9 * 60_000)).toBe(9)
  expect(minutes(noon('2026-10-31'))).toBeUndefined()
})

test('a record that hangs on its account by way of another, or on none, says so', () => {
  const of = (account: ReturnType<typeof anAccount> | null) =>
    factsOf({ account, usage: [{ ...base, id: 'U1', sourceId: 'U1', events: 3 }] }).usage[0]
  expect(of(anAccount())).toMatchObject({ accountId: 'A1', hasAccount: true })
  expect(of(null)).toEqual({ id: 'U1', source: 'usage', hasAccount: false, events: 3 })
})

test('tickets and requests of no account, or of one that nobody delivered, are found; tickets of bots are not', () => {
  const { accountId: _, ...stray } = aTicket({ id: 'T2' })
  const { findings } = factsOf({
    account: null,
    tickets: [aTicket({ accountId: 'domain:acme.com' }), stray, aTicket({ id: 'T3', isBot: true })],
    requests: [aRequest({})],
  })
  const places = findings.filter(({ code }) => code.endsWith('-account'))
  expect(places.map(({ code, kind, id, detail }) => `${code}: ${kind} ${id} ${detail}`)).toEqual([
    'unknown-account: request R1 belongs to account "A1", which no source delivered',
    'unknown-account: ticket T1 belongs to account "domain:acme.com", which no source delivered',
    'no-account: ticket T2 belongs to no account',
  ])
})
