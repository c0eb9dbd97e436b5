import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  convertLead,
  createRecord,
  deleteRecord,
  mergeRecords,
  undeleteRecord,
  updateRecord,
} from '../../src/sandbox/salesforce/records.ts'
import { isThorough } from '../thorough.ts'
import { doubledKeys, readBoards, type SeenItem } from './boards.ts'
import { countOperations, type Journey, openJourney, type SyncReport, unbalanced, writesOf } from './journey.ts'
import { differences, projectBoards, type Row, readOrg } from './projection.ts'

let journey: Journey
let operations: ReturnType<typeof countOperations>

beforeAll(async () => {
  journey = await openJourney({ accounts: 60, seed: 4 })
  // Reading all boards after each step takes more than a minute's share, and the client waits for the next.
  journey.sandbox.engine.limits.set('monday.complexityPerMinute', 1_000_000_000)
  operations = countOperations(journey.sandbox)
  await journey.sync()
}, 60_000)

afterAll(() => journey[Symbol.asyncDispose]())

/** Syncs what was just done to the org, holds the boards against the projection, and tells how many requests wrote. */
async function syncAndCompare(...args: string[]): Promise<SyncReport & { readonly mutations: number }> {
  journey.settle()
  operations.clear()
  const report = await journey.sync(...args)
  const mutations = operations.get('monday.mutation') ?? 0
  const boards = await readBoards(journey.env)
  expect(differences(boards, await projectBoards(journey.env))).toEqual([])
  for (const items of boards.values()) expect(doubledKeys(items)).toEqual([])
  expect(unbalanced(report)).toEqual([])
  return { ...report, mutations }
}

async function onBoard(name: string, key: unknown): Promise<SeenItem | undefined> {
  return (await readBoards(journey.env)).get(name)?.find((item) => item.key === key)
}

/** The one record that a condition in SOQL finds first. */
async function first(soql: string): Promise<Row & { readonly Id: string }> {
  const [row] = await readOrg(journey.env, `${soql} LIMIT 1`)
  if (row === undefined) throw new Error(`The example company has none: ${soql}`)
  return row as Row & { Id: string }
}

const OPEN_DEAL = 'SELECT Id, AccountId, Amount, OwnerId FROM Opportunity WHERE IsClosed = false AND AccountId != null'

describe('the shipped boards, read with the vendor’s own client', () => {
  test('equal a projection computed by other code', async () => {
    const boards = await readBoards(journey.env)
    expect([...boards].map(([name, items]) => [name, items.length > 0]).toSorted()).toEqual([
      ['ARR movements by account', true],
      ['ARR movements', true],
      ['Accounts by bucket', true],
      ['Accounts', true],
      ['Books of business', true],
      ['Buckets', true],
      ['Deals', true],
      ['Feature influence', true],
      ['Feature priority', true],
      ['Forecast', true],
      ['Funnel', true],
      ['Leads', true],
      ['Pipeline waterfall', true],
      ['Seat ladder', true],
    ])
    expect(differences(boards, await projectBoards(journey.env))).toEqual([])
  })

  test('are told apart from the projection by one cell, one item too few and one too many', async () => {
    const boards = await readBoards(journey.env)
    const expected = await projectBoards(journey.env)
    const [item, ...others] = expected.get('Deals') ?? []
    if (item === undefined) throw new Error('Deals is empty')
    const with_ = (items: typeof others) => differences(boards, new Map([...expected, ['Deals', items]]))
    expect(with_([{ ...item, cells: { ...item.cells, ARR: '1' } }, ...others])).toHaveLength(1)
    expect(with_(others)).toHaveLength(1)
    expect(with_([{ ...item, key: 'another' }, item, ...others])).toHaveLength(1)
  })

  test('are not written by a second sync, which asks each object at most 3 times and the org 3 times', async () => {
    const report = await syncAndCompare()
    expect(writesOf(report)).toBe(0)
    expect(report.mutations).toBe(0)
    for (const { object, requests } of report.sources) expect([object, requests <= 3]).toEqual([object, true])
    for (const { requests } of report.orgs) expect(requests).toBeLessThanOrEqual(3)
    for (const { name, calls } of report.boards) expect([name, calls]).toEqual([name, 0])
  })

  test('one changed opportunity is one mutation request, on all boards that show it', async () => {
    const deal = await first(`${OPEN_DEAL} ORDER BY CreatedDate DESC`)
    updateRecord(journey.sandbox.org, 'Opportunity', deal.Id, { ARR__c: 12_345.67, Amount: 12_345.67 })
    const report = await syncAndCompare()
    const written = report.boards.filter(({ updated }) => updated > 0).map(({ name }) => name)
    expect(written.toSorted()).toEqual([
      'Accounts',
      'Books of business',
      'Deals',
      'Feature influence',
      'Forecast',
      'Funnel',
      'Pipeline waterfall',
    ])
    expect(report.mutations).toBe(1)
    expect((await onBoard('Deals', deal.Id))?.cells.ARR).toBe('12345.67')
  })

  test('an opportunity changed through the REST API arrives as well', async () => {
    const deal = await first(`${OPEN_DEAL} ORDER BY CreatedDate`)
    const { env } = journey
    const login = await fetch(`${env.SALESFORCE_LOGIN_URL}/services/oauth2/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: env.SALESFORCE_CLIENT_ID ?? '',
        client_secret: env.SALESFORCE_CLIENT_SECRET ?? '',
      }),
    })
    const { access_token } = (await login.json()) as { access_token: string }
    const patched = await fetch(`${env.SALESFORCE_LOGIN_URL}/services/data/v68.0/sobjects/Opportunity/${deal.Id}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ CloseDate: '2031-01-31' }),
    })
    expect(patched.status).toBe(204)
    const { boards } = await syncAndCompare()
    const written = boards.filter(({ updated }) => updated > 0).map(({ name }) => name)
    // Waterfall and forecast only where it was due in this month or quarter.
    expect(written.filter((name) => name !== 'Pipeline waterfall' && name !== 'Forecast')).toEqual(['Deals'])
    expect((await onBoard('Deals', deal.Id))?.cells['Close date']).toBe('2031-01-31')
  })
})

describe('after a change of the company, a sync makes the boards equal the projection', () => {
  test('an opportunity is deleted, and brought back', async () => {
    const deal = await first(OPEN_DEAL)
    deleteRecord(journey.sandbox.org, 'Opportunity', deal.Id)
    const report = await syncAndCompare()
    expect(report.boards.find(({ name }) => name === 'Deals')?.archived).toBe(1)
    expect(await onBoard('Deals', deal.Id)).toBeUndefined()

    undeleteRecord(journey.sandbox.org, 'Opportunity', deal.Id)
    const again = await syncAndCompare()
    expect(again.boards.find(({ name }) => name === 'Deals')?.created).toBe(1)
    expect(await onBoard('Deals', deal.Id)).toBeDefined()
  })

  test.runIf(isThorough)('a lead is converted', async () => {
    const lead = await first('SELECT Id FROM Lead WHERE IsConverted = false ORDER BY CreatedDate DESC')
    expect(await onBoard('Leads', lead.Id)).toBeDefined()
    const { opportunityId } = convertLead(journey.sandbox.org, lead.Id, {
      opportunity: {
        Name: 'From a lead',
        StageName: 'Qualification',
        Type: 'New Business',
        Amount: 720,
        CloseDate: '2031-03-01',
      },
    })
    await syncAndCompare()
    expect((await onBoard('Leads', lead.Id))?.group).toBe('Left')
    expect(await onBoard('Deals', opportunityId)).toMatchObject({ group: 'opportunity', cells: { ARR: '720' } })
  })

  test('a lost opportunity is opened again, and won', async () => {
    const deal = await first(
      "SELECT Id FROM Opportunity WHERE StageName = 'Closed Lost' AND CloseDate < LAST_N_DAYS:200 AND AccountId != null",
    )
    expect(await onBoard('Deals', deal.Id)).toBeUndefined()
    updateRecord(journey.sandbox.org, 'Opportunity', deal.Id, { StageName: 'Negotiation/Review' })
    await syncAndCompare()
    expect((await onBoard('Deals', deal.Id))?.group).toBe('opportunity')
    updateRecord(journey.sandbox.org, 'Opportunity', deal.Id, { StageName: 'Closed Won' })
    const report = await syncAndCompare()
    expect((await onBoard('Deals', deal.Id))?.cells.Stage).toBe('Closed Won')
    expect(report.boards.find(({ name }) => name === 'Deals')).toMatchObject({ created: 0, archived: 0 })
  })

  test.runIf(isThorough)(
    'an owner is renamed: the person on the board stays; another owner replaces the person',
    async () => {
      const deal = await first(OPEN_DEAL)
      const before = (await onBoard('Deals', deal.Id))?.cells.Owner
      updateRecord(journey.sandbox.org, 'User', String(deal.OwnerId), { LastName: 'Married' })
      const ofDeals = ({ boards }: SyncReport) => boards.find(({ name }) => name === 'Deals')?.updated
      expect(ofDeals(await syncAndCompare())).toBe(0)
      const other = await first(`SELECT Id FROM User WHERE IsActive = true AND Id != '${deal.OwnerId}'`)
      updateRecord(journey.sandbox.org, 'Opportunity', deal.Id, { OwnerId: other.Id })
      expect(ofDeals(await syncAndCompare())).toBe(1)
      expect((await onBoard('Deals', deal.Id))?.cells.Owner).not.toBe(before)
    },
  )

  test('an owner gets an e-mail address that monday does not know: the person is taken off, and said so', async () => {
    const deal = await first(`${OPEN_DEAL} ORDER BY CreatedDate DESC`)
    updateRecord(journey.sandbox.org, 'User', String(deal.OwnerId), { Email: 'new.address@boardworks.example' })
    const report = await syncAndCompare()
    expect((await onBoard('Deals', deal.Id))?.cells.Owner).toBe('')
    expect(report.problems.map(({ code }) => code)).toContain('people-unknown')
  })

  test.runIf(isThorough)('an opportunity moves to another account', async () => {
    const deal = await first(OPEN_DEAL)
    const account = await first(`SELECT Id, Name FROM Account WHERE Id != '${deal.AccountId}'`)
    updateRecord(journey.sandbox.org, 'Opportunity', deal.Id, { AccountId: account.Id })
    await syncAndCompare()
    expect((await onBoard('Deals', deal.Id))?.name).toMatch(new RegExp(`^${account.Name}: `))
  })

  test('an account is renamed, and merged into another', async () => {
    const deal = await first(`${OPEN_DEAL} ORDER BY Id DESC`)
    const loser = String(deal.AccountId)
    updateRecord(journey.sandbox.org, 'Account', loser, { Name: 'A new name' })
    await syncAndCompare()
    expect((await onBoard('Deals', deal.Id))?.name).toMatch(/^A new name: /)

    const survivor = await first(`SELECT Id, Name FROM Account WHERE Id != '${loser}'`)
    mergeRecords(journey.sandbox.org, 'Account', survivor.Id, loser)
    await syncAndCompare()
    expect(await onBoard('Accounts', loser)).toBeUndefined()
    expect((await onBoard('Deals', deal.Id))?.name).toMatch(new RegExp(`^${survivor.Name}: `))
  })

  test.runIf(isThorough)('an opportunity of no account is made', async () => {
    const id = createRecord(journey.sandbox.org, 'Opportunity', {
      Name: 'Nobody’s',
      StageName: 'Prospecting',
      Amount: 0.1,
      CloseDate: '2031-01-01',
    })
    await syncAndCompare()
    expect(await onBoard('Deals', id)).toMatchObject({ name: 'Nobody’s', cells: { ARR: '0.1' } })
  })

  test.runIf(isThorough)('a stretch of its life passes', async () => {
    for (let step = 1; step <= 3; step++) journey.sandbox.live(step)
    await syncAndCompare()
  })
})

test('what a person wrote by hand is put right by a sync that reads the boards again', async () => {
  const deal = await first(OPEN_DEAL)
  const seen = await onBoard('Deals', deal.Id)
  const call = async (query: string, variables: object) => {
    const answer = await fetch(journey.env.MONDAY_API_URL ?? '', {
      method: 'POST',
      headers: { authorization: journey.env.MONDAY_API_TOKEN ?? '', 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    })
    return (await answer.json()) as { data: { boards: { id: string; name: string }[] }; errors?: object[] }
  }
  const boards = await call('{ boards { id name } }', {})
  const board = boards.data.boards.find(({ name }) => name === 'Deals')?.id
  const renamed = await call(
    'mutation ($board: ID!, $item: ID!) { change_multiple_column_values(board_id: $board, item_id: $item, column_values: "{\\"name\\": \\"By hand\\"}") { id } }',
    { board, item: seen?.id },
  )
  expect(renamed.errors).toBeUndefined()
  expect(writesOf(await journey.sync())).toBe(0)
  expect((await onBoard('Deals', deal.Id))?.name).toBe('By hand')
  expect(writesOf(await syncAndCompare('--reread'))).toBe(1)
  expect((await onBoard('Deals', deal.Id))?.name).toBe(seen?.name)
})
