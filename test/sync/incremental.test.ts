import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CLOSING_KINDS } from '../../src/domain/closed-months.ts'
import { readKeptFacts } from '../../src/domain/kept-facts.ts'
import type { Cursor } from '../../src/source/source.ts'
import type { Store } from '../../src/store/store.ts'
import { pull } from '../../src/sync/run.ts'
import { isThorough } from '../thorough.ts'
import { boardOf, EVERYTHING, FILES, openWorld, putAccount, putOpportunity, putUser, type World } from './world.ts'

/** With the funnel, boards for every part of the totals. */
const OF_TOTALS = {
  arr: boardOf('arr_month', 'end'),
  pipeline: boardOf('pipeline_month', 'end'),
  forecast: boardOf('forecast', 'open'),
  buckets: boardOf('bucket_month', 'total'),
  features: boardOf('feature', 'openDeals'),
  families: boardOf('arr_family', 'end'),
  books: boardOf('book', 'accounts'),
}
/** Its year begins in February, and families are customers. */
const MODEL = `${FILES.model.replace('currency: USD', 'currency: USD, fiscal_year_starts: february')}arr: { customer: parent, churn_at: notice }\n`
const STAGES = ['Prospecting', 'Negotiation', 'Closed Won', 'Closed Lost', 'Unheard Of']
const ACCOUNTS = ['a1', 'a2', 'a3']
const CURRENCIES = ['USD', 'EUR', 'JPY', 'KWD']
const currency = fc.nat({ max: 3 })
const rateDay = fc.option(fc.nat({ max: 120 }))

type Edit =
  | {
      readonly do: 'opportunity'
      readonly id: number
      readonly account: number
      readonly stage: number
      readonly amount: number
      readonly in: number
    }
  | {
      readonly do: 'history'
      readonly id: number
      readonly opportunity: number
      readonly stage: number
      readonly day: number
    }
  | {
      readonly do: 'account'
      readonly id: number
      readonly employees: number
      readonly parent: number
      readonly in: number
    }
  | { readonly do: 'merge'; readonly id: number; readonly into: number }
  | { readonly do: 'rate'; readonly in: number; readonly rate: number; readonly day: number | null }
  | { readonly do: 'no rate'; readonly in: number; readonly day: number | null }
  | { readonly do: 'user'; readonly name: number }
  | { readonly do: 'remove'; readonly object: 'Opportunity' | 'Account' | 'OpportunityHistory'; readonly id: number }
  | { readonly do: 'days'; readonly days: number }
  | { readonly do: 'pull' }

const small = fc.nat({ max: 5 })
const edit: fc.Arbitrary<Edit> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('opportunity' as const),
      id: small,
      account: fc.nat({ max: 3 }),
      stage: fc.nat({ max: 4 }),
      amount: fc.nat({ max: 90_000 }),
      in: currency,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('history' as const),
      id: fc.nat({ max: 9 }),
      opportunity: small,
      stage: fc.nat({ max: 4 }),
      day: fc.nat({ max: 60 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('account' as const),
      id: fc.nat({ max: 2 }),
      employees: fc.nat({ max: 3000 }),
      parent: fc.nat({ max: 3 }),
      in: currency,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('merge' as const), id: fc.nat(2), into: fc.nat(2) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('rate' as const),
      in: currency,
      rate: fc.integer({ min: 1, max: 40_000 }),
      day: rateDay,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('no rate' as const), in: currency, day: rateDay }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('user' as const), name: small }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('remove' as const),
      object: fc.constantFrom('Opportunity' as const, 'Account' as const, 'OpportunityHistory' as const),
      id: small,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('days' as const), days: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 3, arbitrary: fc.constant({ do: 'pull' as const }) },
)

async function carryOut(world: World, edit: Edit): Promise<void> {
  switch (edit.do) {
    case 'opportunity':
      return putOpportunity(world, `o${edit.id}`, {
        AccountId: ACCOUNTS[edit.account] ?? null,
        StageName: STAGES[edit.stage] ?? null,
        Amount: edit.in === 2 ? `${edit.amount}` : edit.in === 3 ? `${edit.amount}.125` : `${edit.amount}.25`,
        CurrencyIsoCode: CURRENCIES[edit.in] ?? null,
        CloseDate: `2026-0${1 + (edit.id % 6)}-15`,
      })
    case 'history':
      return world.crm.put('OpportunityHistory', `h${edit.id}`, {
        OpportunityId: `o${edit.opportunity}`,
        CreatedDate: new Date(Date.parse('2026-02-01T10:00:00Z') + edit.day * 86_400_000).toISOString(),
        StageName: STAGES[edit.stage] ?? null,
        Amount: '500',
        CloseDate: '2026-05-01',
      })
    case 'account':
      return putAccount(world, ACCOUNTS[edit.id] ?? '', {
        NumberOfEmployees: String(edit.employees),
        ParentId: ACCOUNTS[edit.parent] ?? null,
        ARR: String(edit.employees),
        CurrencyIsoCode: CURRENCIES[edit.in] ?? null,
      })
    case 'merge':
      if (edit.id !== edit.into) world.crm.remove('Account', ACCOUNTS[edit.id] ?? '', ACCOUNTS[edit.into])
      return
    case 'rate':
      if (edit.day === null) world.crm.put('CurrencyType', `t${edit.in}`, rateOf(edit.in, edit.rate))
      else {
        const fields = { ...rateOf(edit.in, edit.rate), StartDate: dayAfter(edit.day) }
        world.crm.put('DatedConversionRate', `d${edit.in}-${edit.day}`, fields)
      }
      return
    case 'no rate':
      if (edit.day === null) return world.crm.remove('CurrencyType', `t${edit.in}`)
      return world.crm.remove('DatedConversionRate', `d${edit.in}-${edit.day}`)
    case 'user':
      return putUser(world, 'u1', `Ada ${edit.name}`)
    case 'remove':
      return world.crm.remove(
        edit.object,
        edit.object === 'Account'
          ? (ACCOUNTS[edit.id % 3] ?? '')
          : `${edit.object === 'Opportunity' ? 'o' : 'h'}${edit.id}`,
      )
    case 'days':
      return world.clock.move(edit.days * 86_400_000)
    case 'pull': {
      const { problems } = await pull(world.ports(), { ...EVERYTHING, allowEmpty: true })
      expect(problems).toEqual([])
    }
  }
}

function rateOf(currency: number, rate: number): Record<string, string> {
  return { IsoCode: CURRENCIES[currency] ?? '', ConversionRate: (rate / 100).toFixed(2) }
}

function dayAfter(days: number): string {
  return new Date(Date.parse('2026-01-15') + days * 86_400_000).toISOString().slice(0, 10)
}

/** A read of everything does not tell what was merged once. */
async function tellMerges(from: Store, to: Store): Promise<void> {
  for await (const page of from.survivors()) {
    await to.savePage({
      stream: { source: 'crm', kind: 'account' },
      object: 'Account',
      cursor: '' as Cursor,
      snapshot: false,
      mapping: '',
      request: '',
      entries: page.map(({ id, survivor }) => {
        return { kind: 'deleted', id, changedAt: '2026-01-01T00:00:00.000Z', mergedInto: survivor }
      }),
    })
  }
}

/** Everything derived and desired, without the day it was last looked at. */
async function derivedOf(store: Store): Promise<object> {
  const facts: Record<string, unknown> = {}
  for await (const page of store.facts()) {
    for (const { dossier, facts: text } of page) {
      const { asOf: _, ...rest } = readKeptFacts(text)
      facts[dossier] = rest
    }
  }
  const totals: Record<string, number> = {}
  for await (const page of store.totals()) for (const [key, value] of page) totals[key] = value
  const desired: Record<string, unknown> = {}
  for (const board of ['deals', 'accounts', 'funnel', ...Object.keys(OF_TOTALS)]) {
    for await (const page of store.pairs(board, 'all')) {
      for (const pair of page) if (pair.desired.length > 0) desired[`${board} ${pair.key}`] = pair.desired
    }
  }
  return { facts, totals, desired }
}

/** What was reported of closed months follows from no record: it is handed over as it is. */
async function tellReported(from: Store, to: Store): Promise<void> {
  for (const kind of CLOSING_KINDS) for await (const page of from.reported(kind)) await to.keepReported(page)
}

test('deriving what changed gives the same as deriving everything from scratch, after any edits and days', async () => {
  const months = fc.constantFrom('', 'closed_through: 2026-01\n', 'closed_through: 2026-03\n')
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 5, maxLength: 40 }), months, async (edits, closing) => {
      await using world = await openWorld()
      world.edit({ others: OF_TOTALS, model: `${MODEL}${closing}` })
      putUser(world, 'u1', 'Ada')
      for (const one of edits) await carryOut(world, one)
      await carryOut(world, { do: 'pull' })
      const incremental = await derivedOf(world.store)

      await using fresh = await openWorld({ start: world.clock.now() })
      await tellMerges(world.store, fresh.store)
      await tellReported(world.store, fresh.store)
      const { problems } = await pull({ ...world.ports(), store: fresh.store }, { ...EVERYTHING, allowEmpty: true })
      expect(problems).toEqual([])
      expect(incremental).toEqual(await derivedOf(fresh.store))
    }),
    { numRuns: isThorough ? 25 : 5 },
  )
}, 60_000)
