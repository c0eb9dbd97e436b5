import { expect, test } from 'vitest'
import { runCases } from '../../src/mapping/cases.ts'
import { formatProblem } from '../../src/platform/problem.ts'
import { openSolver } from '../../src/platform/solver.ts'
import { BOARD, parse, told, utc } from './fixtures.ts'

async function run(cases: string, board = BOARD) {
  const parsed = parse({ board, more: { 'boards/deals.test.yaml': cases } })
  expect(told(parsed)).toEqual([])
  const { passed, failed, problems } = await runCases(parsed, utc, openSolver)
  return { passed, failed, problems: problems.map(formatProblem) }
}

const OPEN = '{ id: O1, name: 50 seats, stage: Prospecting, amount: 24710.5, createdAt: 2026-11-01T00:00:00Z }'

test('a case passes when exactly its items come out and what it mentions of them is so', async () => {
  const cases = `today: 2026-11-22
cases:
  - name: a case
    records: { opportunity: [${OPEN}] }
    items: [{ key: O1, cells: { ARR: 24710.5 } }]
  - name: nothing
    records: {}
    items: []
`
  expect(await run(cases)).toEqual({ passed: 2, failed: 0, problems: [] })
})

test('each difference is told at its place', async () => {
  const cases = `today: 2026-11-22
cases:
  - name: a case
    records: { opportunity: [${OPEN}, { id: O2, name: Other, stage: Prospecting, createdAt: 2026-11-01T00:00:00Z }] }
    items:
      - key: O1
        name: 60 seats
        group: won
        cells: { ARR: 30000, Stage: '' }
      - { key: O3 }
`
  expect(await run(cases)).toEqual({
    passed: 0,
    failed: 1,
    problems: [
      'boards/deals.test.yaml:7:15 error case-differs: a case: the name of "O1" is "50 seats", not "60 seats"',
      'boards/deals.test.yaml:8:16 error case-differs: a case: the group of "O1" is "opportunity", not "won"',
      'boards/deals.test.yaml:9:23 error case-differs: a case: "ARR" of "O1" is "24710.5", not "30000"',
      'boards/deals.test.yaml:9:37 error case-differs: a case: "Stage" of "O1" is "Prospecting", not empty',
      'boards/deals.test.yaml:10:16 error case-item-missing: a case: there is no item "O3"\n    There are: O1, O2',
      'boards/deals.test.yaml:6:7 error case-item-unexpected: a case: there is also an item "O2" (Other)\n    Name it, or fix where:',
    ],
  })
})

test('an item that the condition leaves out is told as such', async () => {
  const cases = `today: 2026-11-22
cases:
  - name: a won deal
    records: { opportunity: [{ id: O1, stage: Closed Won, closeOn: 2026-11-01 }] }
    items: [{ key: O1 }]
`
  expect((await run(cases)).problems).toEqual([
    'boards/deals.test.yaml:5:20 error case-item-missing: a won deal: there is no item "O1"\n    The condition where: leaves it out',
  ])
})

test('a rejected item fails the case with its reason', async () => {
  const cases = `today: 2026-11-22
cases:
  - name: a case
    records: { opportunity: [${OPEN}] }
    items: []
`
  const board = `${BOARD}  Per seat: { type: numbers, value: '1 / orElse(opportunity.seats, 0)' }\n`
  expect((await run(cases, board)).problems).toEqual([
    'boards/deals.test.yaml:3:11 error case-rejected: a case: opportunity O1 is rejected: The column "Per seat" cannot be computed: the result is no number (a division by zero)',
  ])
})

test('records join as they do in a run: history, accounts, owners and converted leads', async () => {
  const board = `board: { id: 1 }
items: opportunity
name: '{account.name}: {opportunity.name}'
columns:
  Closed: { type: date, value: opportunity.closedOn }
  Owner: { type: text, value: owner.name }
  Lead: { type: text, value: opportunity.leadId }
  Tier: { type: text, value: account.extra.tier }
`
  const cases = `today: 2026-11-22
cases:
  - name: a won deal with history
    records:
      account: [{ id: A1, name: Acme, extra: { tier: Gold } }]
      user: [{ id: U1, name: Anna }]
      lead: [{ id: L1, accountId: A1, opportunityId: O1, isConverted: true, createdAt: 2026-09-01T00:00:00Z }]
      opportunity: [{ id: O1, accountId: A1, ownerId: U1, name: Deal, stage: Closed Won, createdAt: 2026-10-01T00:00:00Z }]
      stage_change:
        - { id: H1, opportunityId: O1, at: 2026-10-01T00:00:00Z, stage: Prospecting }
        - { id: H2, opportunityId: O1, at: 2026-11-05T12:00:00Z, stage: Closed Won }
    items:
      - { key: O1, name: 'Acme: Deal', cells: { Closed: 2026-11-05, Owner: Anna, Lead: L1, Tier: Gold } }
`
  expect((await run(cases, board)).problems).toEqual([])
})

test('cases of the funnel count what the records add up to', async () => {
  const board = `board: { id: 1 }
items: funnel_stage
where: funnel_stage.view == 'snapshot' && funnel_stage.level == 'funnel_stage' && funnel_stage.segment == 'all' && funnel_stage.month == '2026-11'
key: funnel_stage.stage
name: '{funnel_stage.name}'
columns:
  Count: { type: numbers, value: funnel_stage.count }
  ARR: { type: numbers, value: funnel_stage.arr }
`
  const cases = `today: 2026-11-22
cases:
  - name: two open deals
    records:
      opportunity:
        - ${OPEN}
        - { id: O2, stage: Prospecting, amount: 100, createdAt: 2026-11-02T00:00:00Z }
    items:
      - { key: opportunity, cells: { Count: 2, ARR: 24810.5 } }
`
  expect((await run(cases, board)).problems).toEqual([])
})
