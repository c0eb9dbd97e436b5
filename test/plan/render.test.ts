import { expect, test } from 'vitest'
import type { PlannedChange } from '../../src/plan/plan.ts'
import { createPlanner } from '../../src/plan/planner.ts'
import { type PlanCost, type PlanView, planToJson, renderPlan } from '../../src/plan/render.ts'
import { Fault } from '../../src/platform/errors.ts'
import { aKnown, anItem, aPair, planOptions } from './pairs.ts'

const costOf = (more: Partial<PlanCost> = {}): PlanCost => ({
  calls: 1,
  ms: 600,
  imported: 0,
  files: 0,
  later: 0,
  costOfSending: { calls: 1, ms: 600 },
  ...more,
})

function aView(more: Partial<PlanView> = {}): PlanView {
  const planner = createPlanner(planOptions())
  const changes: PlannedChange[] = []
  for (const pair of [
    aPair(anItem({ key: 'a', name: 'Acme: Renewal', cells: { ARR: '30000', Note: 'x\ny' } }), null),
    aPair(anItem({ key: 'b', name: 'Brick', cells: { ARR: '30000', Owner: '' } }), {
      ...aKnown({ cells: { ARR: '24710', Owner: 'ada@acme.example' } }),
    }),
    aPair(anItem({ key: 'c', group: 'won' }), aKnown()),
    aPair(null, aKnown(), { key: 'd', gone: true }),
    aPair(anItem({ key: 'e' }), aKnown()),
  ]) {
    const plan = planner.plan(pair)
    if (plan.is === 'change') changes.push(plan.change)
  }
  const { summary } = planner.finish()
  return {
    summary: { ...summary, digest: '5fe3d8ea9ae6'.padEnd(64, '0') },
    changes,
    types: { ARR: 'numbers' },
    cost: costOf(),
    budget: { day: { limit: 10_000, used: 1204.1 }, minute: null, complexity: null },
    guard: null,
    ...more,
  }
}

test('a plan reads cell by cell, with why and cost', () => {
  expect(renderPlan(aView())).toBe(
    `deals: plan 5fe3d8ea9ae6
  1 to create, 1 to update, 1 to move, 1 to archive; 1 unchanged

  + Acme: Renewal  create in lead  opportunity a is new
      ARR: 30,000 · Note: x y

  ~ Brick  update  opportunity b changed
      Name: Acme → Brick
      ARR: 24,710 → 30,000
      Owner: ada@acme.example → (empty)

  > Acme  move lead → won  opportunity c changed

  - Acme  archive  it no longer exists at its source

  About 1 call of today's 10,000 (1,205 used)`,
  )
})

test('cells are shown in the order of the columns, the name first, checkboxes as yes and no', () => {
  const view = aView({ types: { Owner: 'people', ARR: 'numbers' } })
  const [, update] = view.changes
  expect(renderPlan({ ...view, changes: update === undefined ? [] : [update] })).toContain(
    '      Name: Acme → Brick\n      Owner: ada@acme.example → (empty)\n      ARR: 24,710 → 30,000\n',
  )
  const checked = view.changes.slice(0, 1).map((change) => ({
    ...change,
    kind: 'update' as const,
    cells: { Customer: { before: '', after: 'v' } },
  }))
  expect(renderPlan({ ...view, types: { Customer: 'checkbox' }, changes: checked })).toContain('Customer: no → yes')
})

test('the cells of a new item stand side by side, in lines that are not too long', () => {
  const titles = Array.from({ length: 12 }, (_, n) => `Column ${n}`)
  const view = aView()
  const changes = view.changes.slice(0, 1).map((change) => ({
    ...change,
    cells: Object.fromEntries(titles.map((title) => [title, { before: null, after: 'some text' }])),
  }))
  const lines = renderPlan({ ...view, changes })
    .split('\n')
    .filter((line) => line.includes('Column'))
  expect(lines).toHaveLength(3)
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(106)
})

test('what the board lacks takes calls of its own', () => {
  expect(renderPlan(aView({ prepares: true }))).toMatch(
    /About 1 call, and a few to make what the board lacks, of today's 10,000 \(1,205 used\)$/,
  )
})

test('a long plan is cut, and says how much more there is', () => {
  const view = aView()
  const text = renderPlan({ ...view, summary: { ...view.summary, update: 1121 }, changes: view.changes.slice(0, 1) })
  expect(text).toContain('\n\n  … and 1,123 more\n')
})

test('what the guard says stands with the plan', () => {
  const fault = new Fault('plan-archives-too-much', 'Too much', { blame: 'operator', hint: 'Look' })
  const text = renderPlan(aView({ guard: { verdict: 'refused', faults: [fault], notes: ['3 items left by where'] } }))
  expect(text).toContain('  3 items left by where\n  plan-archives-too-much: Too much\n    Look\n')
})

test('an empty plan says that there is nothing to do and costs nothing', () => {
  const { summary } = createPlanner(planOptions()).finish()
  const text = renderPlan(aView({ summary, changes: [], cost: costOf({ calls: 0, ms: 0 }), budget: null }))
  expect(text).toMatch(/^deals: plan [0-9a-f]{12}\n {2}nothing to do; 0 unchanged\n\n {2}No calls$/)
})

test('control characters of a record do not reach the terminal', () => {
  const view = aView()
  const changes = view.changes.map((change) => ({ ...change, name: 'a\u001b[2J\u2028b' }))
  expect(renderPlan({ ...view, changes })).toContain('+ a [2J b  create')
})

test('as JSON a plan has the same numbers, changes and problems', () => {
  const fault = new Fault('plan-archives-too-much', 'Too much', { blame: 'operator' })
  const json = planToJson(aView({ guard: { verdict: 'refused', faults: [fault], notes: [] } }))
  expect(JSON.parse(JSON.stringify(json))).toMatchObject({
    board: 'deals',
    create: 1,
    calls: 1,
    budget: { limit: 10_000, used: 1204.1 },
    guard: { verdict: 'refused', problems: [{ code: 'plan-archives-too-much', message: 'Too much', hint: null }] },
    changes: [
      { key: 'a', kind: 'create', cells: { ARR: { before: null, after: '30000' } } },
      { key: 'b', kind: 'update' },
      { key: 'c', kind: 'move', group: { before: 'lead', after: 'won' } },
      { key: 'd', kind: 'archive', cause: 'vanished' },
    ],
  })
})

test('what it will take is said before: calls, time, and which way changes go', () => {
  const sending = { calls: 100, ms: 1_500_000 }
  const small = costOf({ calls: 3, ms: 42_000 })
  expect(renderPlan(aView({ cost: small }))).toMatch(
    /About 3 calls of today's 10,000 \(1,205 used\), in about 42 seconds$/,
  )
  expect(renderPlan(aView({ cost: small, budget: null }))).toMatch(/About 3 calls, in about 42 seconds$/)
  const imported = costOf({ calls: 4, ms: 110_000, imported: 10_000, files: 1, costOfSending: sending })
  expect(renderPlan(aView({ cost: imported }))).toMatch(
    /in about 2 minutes\n {2}10,000 changes go by import, in one file; sent one by one, all would take about 100 calls and 25 minutes$/,
  )
  expect(renderPlan(aView({ cost: { ...imported, later: 1, files: 2 } }))).toMatch(
    /in 2 files; .*\n {2}1 change waits for another hour: the imports of this one are used up, and one by one they take more calls than today has left$/,
  )
  expect(planToJson(aView({ cost: imported }))).toMatchObject({
    calls: 4,
    ms: 110_000,
    ways: { imported: 10_000, files: 1, later: 0, costOfSending: sending },
  })
})

test('what is to be said is shown as it will be read, with who is told', () => {
  const says = [
    { name: 'updates Won', token: '', text: 'Won: Acme\n24,000 a year' },
    { name: 'notify Won', token: '', text: 'Acme is won', to: ['ada@acme.example', 'ben@acme.example'] },
  ]
  const planner = createPlanner(planOptions({ announces: new Set(['updates Won', 'notify Won']) }))
  const pair = aPair(anItem({ says }), aKnown())
  const { changes } = planner.announce(pair, planner.plan(pair))
  const { summary } = planner.finish()
  const view = aView({ changes, summary: { ...summary, digest: '5fe3d8ea9ae6'.padEnd(64, '0') } })
  expect(renderPlan(view).split('\n').slice(1, 8)).toEqual([
    '  1 to post, 1 to notify; 1 unchanged',
    '',
    '  " Acme  post  Won',
    '      Won: Acme 24,000 a year',
    '',
    '  @ Acme  notify  Won',
    '      to ada@acme.example, ben@acme.example: Acme is won',
  ])
  expect(planToJson(view)).toMatchObject({
    post: 1,
    notify: 1,
    changes: [
      { kind: 'post', says: [{ text: 'Won: Acme\n24,000 a year' }] },
      { kind: 'notify', says: [{ text: 'Acme is won', to: 'ada@acme.example' }, { to: 'ben@acme.example' }] },
    ],
  })
})
