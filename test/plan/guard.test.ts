import { describe, expect, test } from 'vitest'
import { type GuardOptions, guardPlan, namesPlan } from '../../src/plan/guard.ts'
import type { Cause, PlanSummary } from '../../src/plan/plan.ts'
import { formatFault } from '../../src/platform/errors.ts'

export function aSummary(more: Partial<Omit<PlanSummary, 'byCause'>> & { by?: Partial<Record<Cause, number>> } = {}) {
  const { by, ...rest } = more
  const none = { new: 0, data: 0, mapping: 0, edited: 0, returned: 0, left: 0 }
  return {
    board: 'deals',
    digest: '5fe3d8ea9ae6'.padEnd(64, '0'),
    desired: 20,
    unchanged: 20,
    planned: 0,
    create: 0,
    update: 0,
    move: 0,
    archive: 0,
    post: 0,
    notify: 0,
    refused: 0,
    inDoubt: 0,
    removals: 0,
    existing: 20,
    steps: 0,
    keptCells: 0,
    notes: { 'column-missing': 0, 'person-unknown': 0, 'label-missing': 0, 'link-missing': 0, 'edited-by-hand': 0 },
    ...rest,
    byCause: { ...none, vanished: 0, expired: 0, crowded: 0, duplicate: 0, announced: 0, ...by },
  } satisfies PlanSummary
}

const guard = (more: Partial<GuardOptions> = {}): GuardOptions => ({
  limits: { maxVanished: 0.05, maxChanged: 0.6, minItems: 20 },
  whenGone: 'archive',
  mappingChanged: false,
  emptied: [],
  ofTotals: false,
  ...more,
})

const said = (summary: PlanSummary, options: GuardOptions) =>
  guardPlan(summary, options).faults.map((fault) => formatFault(fault))

test('items that no record speaks of stay while some objects were never read to the end, whatever a person allows', () => {
  const summary = aSummary({ by: { left: 2 } })
  const options = guard({
    unread: ['salesforce Account', 'salesforce Opportunity'],
    allowed: { digest: summary.digest, archive: 20, change: 20 },
  })
  expect(guardPlan(summary, options).verdict).toBe('refused')
  expect(said(summary, options)).toEqual([
    'plan-source-unread: Plan 5fe3d8ea9ae6 would take items off board "deals" of which no record is known, but salesforce Account and 1 more were never read to the end\n' +
      '  Run pull until it ends without a problem, then plan again',
  ])
  expect(guardPlan(summary, guard({ unread: [] })).verdict).toBe('allowed')
})

describe('items that vanish at their source', () => {
  test('are refused above the limit, with the command that overrides it', () => {
    const summary = aSummary({ by: { vanished: 20 } })
    const { verdict, faults } = guardPlan(summary, guard())
    expect(verdict).toBe('refused')
    expect(faults[0]?.exit).toBe(4)
    expect(said(summary, guard())).toEqual([
      'plan-archives-too-much: Plan 5fe3d8ea9ae6 would archive 20 of 20 items on board "deals" (100 %; the limit is 5 %)\n' +
        '  Check that every source returned records; if the change is meant, run apply --digest 5fe3d8ea9ae6 --allow-archive 20',
    ])
    expect(said(summary, guard({ whenGone: 'mark' }))[0]).toMatch(
      /^plan-marks-too-much: .* would mark as gone 20 of 20/,
    )
  })

  test('pass up to the limit, and on boards too small to tell', () => {
    expect(guardPlan(aSummary({ by: { vanished: 1 } }), guard()).verdict).toBe('allowed')
    expect(guardPlan(aSummary({ by: { vanished: 2 } }), guard()).verdict).toBe('refused')
    expect(guardPlan(aSummary({ existing: 19, by: { vanished: 19 } }), guard()).verdict).toBe('allowed')
  })

  test('are refused always, however few, when a source that had records delivered a full read of none', () => {
    const summary = aSummary({ existing: 3, by: { vanished: 1 } })
    expect(said(summary, guard({ emptied: ['salesforce Opportunity'] }))).toEqual([
      'plan-source-empty: Plan 5fe3d8ea9ae6 would archive 1 of 3 items on board "deals", but salesforce Opportunity had records and a full read delivered none\n' +
        '  Check that the source still shows its records to our user; if the change is meant, run apply --digest 5fe3d8ea9ae6 --allow-archive 1',
    ])
    expect(guardPlan(aSummary(), guard({ emptied: ['salesforce Opportunity'] })).verdict).toBe('allowed')
  })

  test('pass when a person allowed that many for this digest, and only then', () => {
    const summary = aSummary({ by: { vanished: 20 } })
    const allow = (digest: string, archive: number) =>
      guardPlan(summary, guard({ allowed: { digest, archive } })).verdict
    expect(allow('5fe3d8ea9ae6', 20)).toBe('allowed')
    expect(allow(summary.digest, 25)).toBe('allowed')
    expect(allow('5fe3d8ea9ae6', 19)).toBe('refused')
    expect(allow('000000000000', 20)).toBe('refused')
    expect(guardPlan(summary, guard({ allowed: { digest: '5fe3d8ea9ae6' } })).verdict).toBe('refused')
  })

  test('just above the limit never reads as the limit itself', () => {
    const summary = aSummary({ existing: 9999, by: { vanished: 500 } })
    expect(said(summary, guard())[0]).toContain('(5.1 %; the limit is 5 %)')
  })
})

describe('a changed mapping', () => {
  const summary = aSummary({ create: 5, by: { mapping: 12, left: 3 } })

  test('wants one confirmation, with counts', () => {
    const options = guard({ mappingChanged: true })
    expect(guardPlan(summary, options).verdict).toBe('confirm')
    expect(said(summary, options)).toEqual([
      'plan-mapping-changed: The mapping of board "deals" changed: plan 5fe3d8ea9ae6 would change 12, move 3 to Left and create 5, of 20 items\n' +
        '  Look at plan deals; then run apply --digest 5fe3d8ea9ae6',
    ])
  })

  test('passes once its digest is named, and where it changes nothing that is there', () => {
    const options = guard({ mappingChanged: true, allowed: { digest: '5fe3d8ea9ae6' } })
    expect(guardPlan(summary, options).verdict).toBe('allowed')
    expect(guardPlan(aSummary({ create: 9 }), guard({ mappingChanged: true })).verdict).toBe('allowed')
    const empty = aSummary({ existing: 0, by: { left: 1 } })
    expect(guardPlan(empty, guard({ mappingChanged: true })).verdict).toBe('allowed')
  })

  test('does not hide that too much vanishes', () => {
    const both = aSummary({ by: { mapping: 1, vanished: 20 } })
    const verdict = guardPlan(both, guard({ mappingChanged: true }))
    expect(verdict.verdict).toBe('refused')
    expect(verdict.faults.map((fault) => fault.code)).toEqual(['plan-archives-too-much', 'plan-mapping-changed'])
  })
})

describe('changed data', () => {
  const summary = aSummary({ by: { data: 13 } })

  test('is refused above the limit, and passes up to it', () => {
    expect(said(summary, guard())).toEqual([
      'plan-changes-too-much: Plan 5fe3d8ea9ae6 would change 13 of 20 items on board "deals" because data changed (65 %; the limit is 60 %)\n' +
        '  Look at plan deals for what changed at the source; if it is meant, run apply --digest 5fe3d8ea9ae6 --allow-change 13',
    ])
    expect(guardPlan(aSummary({ by: { data: 12 } }), guard()).verdict).toBe('allowed')
  })

  test('may change everything on boards of totals, or when a person allowed it', () => {
    expect(guardPlan(summary, guard({ ofTotals: true })).verdict).toBe('allowed')
    const allowed = { digest: '5fe3d8ea9ae6', change: 13 }
    expect(guardPlan(summary, guard({ allowed })).verdict).toBe('allowed')
  })
})

test('creates never count, and what left by where is reported', () => {
  const summary = aSummary({ create: 5000, by: { new: 5000, left: 15, expired: 1, crowded: 2, duplicate: 1 } })
  expect(guardPlan(summary, guard())).toEqual({
    verdict: 'allowed',
    faults: [],
    notes: [
      '15 items left by where and go to the group Left',
      '1 item of Left is old enough to archive',
      '2 items of Left are archived to make room',
      '1 key had a second item, which is archived',
    ],
  })
})

test('a plan is named by its whole digest or at least the first twelve digits', () => {
  const digest = 'abcdef012345'.padEnd(64, '9')
  expect(namesPlan(digest, digest)).toBe(true)
  expect(namesPlan('ABCDEF012345', digest)).toBe(true)
  expect(namesPlan('abcdef01234', digest)).toBe(false)
  expect(namesPlan('', digest)).toBe(false)
})

test('nothing is sent to a board that only its owners may change, whatever a person allows', () => {
  const summary = aSummary({ steps: 3, create: 3 })
  const options = guard({ closed: true, allowed: { digest: summary.digest, change: 20 } })
  expect(said(summary, options)).toEqual([
    `plan-board-closed: Plan 5fe3d8ea9ae6 cannot be sent. Only its owners may change board "deals", and the token's user is none of them\n` +
      '  On the board, make that user an owner, or let everyone edit (… > Permissions); then run sync',
  ])
  expect(guardPlan(aSummary(), options).verdict).toBe('allowed')
})

test('more that is said than the limit waits for a word; the digest is one', () => {
  const limits = { maxVanished: 0.05, maxSaid: 50, maxChanged: 0.6, minItems: 20 }
  const summary = aSummary({ steps: 61, post: 1, notify: 60 })
  expect(guardPlan(summary, guard({ limits })).verdict).toBe('confirm')
  expect(said(summary, guard({ limits }))[0]).toContain(
    'would write updates under 1 item and notify people of 60 items',
  )
  expect(guardPlan(summary, guard({ limits, allowed: { digest: summary.digest } })).verdict).toBe('allowed')
  expect(guardPlan(aSummary({ steps: 50, post: 50 }), guard({ limits })).verdict).toBe('allowed')
})
