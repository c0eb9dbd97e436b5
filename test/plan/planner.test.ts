import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareForSending, type Known, type PlanPair, REMOVED } from '../../src/plan/plan.ts'
import { planPair } from '../../src/plan/plan-pair.ts'
import { asksGone, createPlanner } from '../../src/plan/planner.ts'
import { aKnown, aLayout, anItem, aPair, changeOf, planOptions, TODAY } from './pairs.ts'

describe('an item that is wanted', () => {
  test('is created when the key has none, with its once cells and without empty ones', () => {
    const item = anItem({ cells: { ARR: '100', Stage: '' }, once: { Note: 'hi' }, urgency: 5 })
    expect(planPair(aPair(item, null), planOptions())).toEqual({
      is: 'change',
      kept: [],
      notes: [],
      change: {
        board: 'deals',
        key: 'a',
        kind: 'create',
        cause: 'new',
        why: 'opportunity a is new',
        removal: false,
        version: 0,
        name: 'Acme',
        group: { before: null, after: 'lead' },
        cells: { ARR: { before: null, after: '100' }, Note: { before: null, after: 'hi' } },
        urgency: 5,
        desired: 'd',
        complete: true,
        place: 'active',
        leftOn: null,
        steps: [{ kind: 'create', name: 'Acme', group: 'lead', cells: { ARR: '100', Note: 'hi' } }],
      },
    })
  })

  test('is unchanged when the board shows it, whatever else people typed and whatever its once cells say', () => {
    const known = aKnown({ cells: { ARR: '100', Phone: 'typed by hand', Note: 'rewritten' } })
    const plan = planPair(aPair(anItem({ once: { Note: 'hi' } }), known), planOptions())
    expect(plan).toEqual({ is: 'unchanged', kept: [], notes: [] })
  })

  test('has only the cells updated that changed; the name counts as one', () => {
    const item = anItem({ name: 'Acme Inc', cells: { ARR: '200', Stage: 'Open', Owner: '' } })
    const change = changeOf(planPair(aPair(item, aKnown({ cells: { ARR: '100', Stage: 'Open' } })), planOptions()))
    expect(change).toMatchObject({ kind: 'update', cause: 'data', why: 'opportunity a changed', version: 3 })
    expect(change.cells).toEqual({ ARR: { before: '100', after: '200' }, $name: { before: 'Acme', after: 'Acme Inc' } })
    expect(change.steps).toEqual([{ kind: 'update', itemId: '77', name: 'Acme Inc', cells: { ARR: '200' } }])
  })

  test('has a cell emptied that is empty now', () => {
    const change = changeOf(planPair(aPair(anItem({ cells: { ARR: '' } }), aKnown()), planOptions()))
    expect(change.steps).toEqual([{ kind: 'update', itemId: '77', cells: { ARR: '' } }])
  })

  test('is moved when its group differs, and updated in the same change', () => {
    const change = changeOf(planPair(aPair(anItem({ group: 'won', cells: { ARR: '1' } }), aKnown()), planOptions()))
    expect(change).toMatchObject({ kind: 'move', group: { before: 'lead', after: 'won' }, removal: false })
    expect(change.steps).toEqual([
      { kind: 'move', itemId: '77', group: 'won' },
      { kind: 'update', itemId: '77', cells: { ARR: '1' } },
    ])
  })

  test('is unchanged when it was made equal before, though the vendor writes the text in its own way', () => {
    const known = aKnown({ desired: 'd', cells: { ARR: '100.00' } })
    expect(planPair(aPair(anItem(), known), planOptions()).is).toBe('unchanged')
    expect(planPair(aPair(anItem(), { ...known, desired: 'older' }), planOptions()).is).toBe('change')
  })

  test('comes back to its own item when it was in Left or Gone, and gets a new one when that was archived', () => {
    for (const place of ['left', 'gone'] as const) {
      const known = aKnown({ place, group: place === 'left' ? 'Left' : 'Gone', leftOn: 1, desired: 'd' })
      const change = changeOf(planPair(aPair(anItem(), known), planOptions()))
      expect(change).toMatchObject({ kind: 'move', cause: 'returned', place: 'active', leftOn: null })
      expect(change.steps).toEqual([{ kind: 'move', itemId: '77', group: 'lead' }])
    }
    const again = changeOf(planPair(aPair(anItem(), aKnown({ place: 'archived' })), planOptions()))
    expect(again).toMatchObject({ kind: 'create', version: 3, cause: 'new' })
    expect(again.why).toBe('opportunity a is wanted again; its old item was archived')
  })

  test('changes because of the mapping when that changed', () => {
    const change = changeOf(
      planPair(aPair(anItem({ cells: { ARR: '2' } }), aKnown()), planOptions({ mappingChanged: true })),
    )
    expect(change).toMatchObject({ cause: 'mapping', why: 'the mapping changed' })
  })

  test('is skipped as in doubt while an open request holds its key', () => {
    for (const state of ['intended', 'sending'] as const) {
      expect(planPair(aPair(anItem(), aKnown({ state })), planOptions())).toEqual({ is: 'in doubt', removal: false })
      expect(planPair(aPair(null, aKnown({ state })), planOptions())).toEqual({ is: 'in doubt', removal: true })
    }
  })
})

describe('two facts with one key', () => {
  const pair = aPair(null, aKnown(), {
    desired: [
      { body: JSON.stringify(anItem({ from: 'opportunity 1' })), digest: 'd1' },
      { body: JSON.stringify(anItem({ from: 'opportunity 2' })), digest: 'd2' },
    ],
  })

  test('are refused, naming both, and nothing is sent', () => {
    expect(planPair(pair, planOptions())).toEqual({
      is: 'refused',
      fresh: true,
      code: 'duplicate-key',
      message: 'Key "a" on board deals belongs to several facts: opportunity 1 and opportunity 2',
      column: null,
      hint: 'Give every item its own key in the mapping of deals; an id is one',
      desired: 'd1+d2',
      removal: false,
    })
  })

  test('stay refused while they stay the same', () => {
    const refusal = { code: 'duplicate-key', message: 'm', column: null, hint: null, desired: 'd1+d2' }
    expect(planPair({ ...pair, refusal }, planOptions())).toMatchObject({ is: 'refused', fresh: false })
  })
})

describe('what was refused', () => {
  const refusal = { code: 'cell-refused', message: 'no', column: 'ARR', hint: 'h', desired: 'd' }
  const wants = aPair(anItem({ cells: { ARR: 'x' } }), aKnown(), { refusal })

  test('is not sent again while it is the same', () => {
    expect(planPair(wants, planOptions())).toEqual({ is: 'refused', fresh: false, removal: false, ...refusal })
  })

  test('is sent again once it differs, and is forgotten where the board shows it', () => {
    expect(planPair({ ...wants, refusal: { ...refusal, desired: 'other' } }, planOptions()).is).toBe('change')
    expect(planPair(aPair(anItem(), aKnown(), { refusal }), planOptions()).is).toBe('unchanged')
  })

  test('for what the board lacked is tried again once that may be there', () => {
    const is = (code: string, pair: PlanPair, itemsCount = 10) =>
      planPair(
        { ...pair, refusal: { ...refusal, code } },
        planOptions({ layout: aLayout({ itemsCount, itemsLimit: 10 }) }),
      ).is
    for (const code of ['column-missing', 'board-missing', 'group-missing']) expect(is(code, wants)).toBe('change')
    expect(is('item-missing', wants)).toBe('refused')
    expect(is('item-missing', aPair(anItem(), aKnown({ place: 'archived' })))).toBe('change')
    expect(is('board-full', aPair(anItem(), null))).toBe('refused')
    expect(is('board-full', aPair(anItem(), null), 9)).toBe('change')
  })

  test('stands for removals as well', () => {
    const pair = aPair(null, aKnown(), { refusal: { ...refusal, desired: REMOVED }, gone: true })
    expect(planPair(pair, planOptions())).toMatchObject({ is: 'refused', fresh: false, removal: true })
  })
})

describe('an item that is no longer wanted', () => {
  const gone = (known: Known) => aPair(null, known, { gone: true })

  test('moves to Left when its fact only left by where, and remembers the day', () => {
    const change = changeOf(planPair(aPair(null, aKnown()), planOptions()))
    expect(change).toMatchObject({
      kind: 'move',
      cause: 'left',
      why: 'it no longer matches where',
      removal: true,
      place: 'left',
      leftOn: TODAY,
      group: { before: 'lead', after: 'Left' },
      desired: REMOVED,
      steps: [{ kind: 'move', itemId: '77', group: 'Left' }],
    })
  })

  test('follows when_gone when its fact is gone: archive, mark, keep', () => {
    expect(changeOf(planPair(gone(aKnown()), planOptions()))).toMatchObject({
      kind: 'archive',
      cause: 'vanished',
      place: 'archived',
      steps: [{ kind: 'archive', itemId: '77' }],
    })
    expect(changeOf(planPair(gone(aKnown()), planOptions({ whenGone: 'mark' })))).toMatchObject({
      kind: 'move',
      cause: 'vanished',
      place: 'gone',
      cells: {},
      steps: [{ kind: 'move', itemId: '77', group: 'Gone' }],
    })
    expect(planPair(gone(aKnown()), planOptions({ whenGone: 'keep' }))).toEqual({ is: 'nothing' })
  })

  test('stays in Left until left_for is over, then is archived', () => {
    const left = (days: number) => aPair(null, aKnown({ place: 'left', leftOn: TODAY - days }))
    expect(planPair(left(89), planOptions())).toEqual({ is: 'nothing' })
    const change = changeOf(planPair(left(90), planOptions()))
    expect(change).toMatchObject({ kind: 'archive', cause: 'expired', place: 'archived' })
    expect(change.why).toBe('it was in Left for 90 days (left_for is 90)')
  })

  test('in Left whose fact goes as well follows when_gone; one marked as gone that is not leaves for Left', () => {
    expect(changeOf(planPair(gone(aKnown({ place: 'left', leftOn: TODAY })), planOptions())).cause).toBe('vanished')
    expect(planPair(gone(aKnown({ place: 'gone' })), planOptions({ whenGone: 'mark' }))).toEqual({ is: 'nothing' })
    expect(changeOf(planPair(aPair(null, aKnown({ place: 'gone' })), planOptions())).cause).toBe('left')
  })

  test('is nothing to do once archived, or when there never was an item', () => {
    expect(planPair(gone(aKnown({ place: 'archived' })), planOptions())).toEqual({ is: 'nothing' })
    expect(planPair(gone(aKnown({ itemId: null })), planOptions())).toEqual({ is: 'nothing' })
  })

  test('asks whether its fact is gone only when there is an item to do something with', () => {
    expect(asksGone(aPair(null, aKnown()))).toBe(true)
    expect(asksGone(aPair(null, aKnown({ place: 'left' })))).toBe(true)
    expect(asksGone(aPair(null, aKnown({ place: 'archived' })))).toBe(false)
    expect(asksGone(aPair(null, aKnown({ state: 'sending' })))).toBe(false)
    expect(asksGone(aPair(anItem(), aKnown()))).toBe(false)
  })
})

describe('what people took away', () => {
  const item = anItem({ cells: { ARR: '100', Stage: 'Open' } })
  const keep = planOptions({ whenEditedByHand: 'keep' })

  test('a key that was emptied or changed is written again, even where hand edits are kept', () => {
    const known = aKnown({ desired: 'd', cells: { ARR: '100', Stage: 'Open' }, edited: ['$key'] })
    const change = changeOf(planPair(aPair(item, known), keep))
    expect(change).toMatchObject({ kind: 'update', cause: 'edited', cells: { $key: { before: '', after: 'a' } } })
    expect(change.steps).toEqual([{ kind: 'update', itemId: '77', restoresKey: true, cells: {} }])
  })

  test('what a column held that was taken off the board is written again, even where hand edits are kept', () => {
    const known = aKnown({ desired: 'd', cells: { ARR: '100' }, edited: ['$lost'] })
    const change = changeOf(planPair(aPair(item, known), keep))
    expect(change).toMatchObject({
      cause: 'edited',
      why: 'a column of the board was deleted',
      cells: { Stage: { before: '', after: 'Open' } },
    })
  })

  test('a cell that somebody emptied stays empty there', () => {
    const known = aKnown({ desired: 'd', cells: { ARR: '100' }, edited: ['$lost', 'Stage'] })
    expect(planPair(aPair(item, known), keep)).toMatchObject({ is: 'unchanged', kept: ['Stage'] })
  })
})

describe('hand edits', () => {
  const edited = aKnown({ desired: 'd', cells: { ARR: '999', Stage: 'open' }, edited: ['ARR'] })
  const item = anItem({ cells: { ARR: '100', Stage: 'Open' } })

  test('are overwritten, and only they, when the item was equal before', () => {
    const change = changeOf(planPair(aPair(item, edited), planOptions()))
    expect(change).toMatchObject({ kind: 'update', cause: 'edited', why: 'people edited it on the board' })
    expect(change.cells).toEqual({ ARR: { before: '999', after: '100' } })
  })

  test('are kept with keep; with report they are kept and said', () => {
    expect(planPair(aPair(item, edited), planOptions({ whenEditedByHand: 'keep' }))).toEqual({
      is: 'unchanged',
      kept: ['ARR'],
      notes: [],
    })
    const reported = planPair(aPair(item, edited), planOptions({ whenEditedByHand: 'report' }))
    expect(reported).toMatchObject({
      is: 'unchanged',
      notes: [{ code: 'edited-by-hand', message: 'Column "ARR" was edited on the board and is left as it is' }],
    })
  })

  test('are kept also when other cells change', () => {
    const known = { ...edited, desired: 'older' }
    const plan = planPair(aPair(item, known), planOptions({ whenEditedByHand: 'keep' }))
    expect(plan).toMatchObject({ is: 'change', kept: ['ARR'] })
    expect(changeOf(plan).steps).toEqual([{ kind: 'update', itemId: '77', cells: { Stage: 'Open' } }])
  })

  test('of name and group count like those of cells', () => {
    const known = aKnown({ desired: 'd', name: 'Mine', group: 'won', edited: ['$name', '$group'] })
    expect(changeOf(planPair(aPair(anItem(), known), planOptions())).steps).toEqual([
      { kind: 'move', itemId: '77', group: 'lead' },
      { kind: 'update', itemId: '77', name: 'Acme', cells: {} },
    ])
    const kept = planPair(aPair(anItem(), known), planOptions({ whenEditedByHand: 'keep' }))
    expect(kept).toEqual({ is: 'unchanged', kept: ['$name', '$group'], notes: [] })
  })
})

describe('what the board cannot show', () => {
  const layout = aLayout()

  test('is left out and said: columns it lacks, labels it lacks, people nobody knows', () => {
    const item = anItem({
      cells: { ARR: '1', Phone: '1', Stage: 'Lost', Owner: 'ada@acme.example, ben@acme.example' },
    })
    const options = planOptions({ layout, unknownPeople: new Set(['ben@acme.example']) })
    const plan = planPair(aPair(item, null), options)
    const change = changeOf(plan)
    expect(change.steps).toMatchObject([{ cells: { ARR: '1', Owner: 'ada@acme.example' } }])
    expect(change.complete).toBe(false)
    expect(plan).toMatchObject({
      notes: [{ code: 'column-missing' }, { code: 'label-missing' }, { code: 'person-unknown' }],
    })
  })

  test('does not make an item change for ever', () => {
    const item = anItem({ cells: { ARR: '100', Owner: 'ben@acme.example' } })
    const options = planOptions({ layout, unknownPeople: new Set(['ben@acme.example']) })
    expect(planPair(aPair(item, aKnown()), options).is).toBe('unchanged')
  })

  test('is shown with its key for a name when it has none, and cut when its name is too long', () => {
    const nameOf = (name: string) =>
      changeOf(planPair(aPair(anItem({ name }), null), planOptions({ nameLength: 10 }))).name
    expect(nameOf('  ')).toBe('a')
    expect(nameOf('123456789012')).toBe('123456789…')
    expect(nameOf('12345678🎉🎉')).toBe('12345678…')
    expect(nameOf('1234567890')).toBe('1234567890')
  })

  test('is refused where its group is missing, and planned again as soon as that is there', () => {
    const refused = planPair(aPair(anItem({ group: 'lost' }), null), planOptions({ layout }))
    expect(refused).toMatchObject({ is: 'refused', fresh: true, code: 'group-missing', desired: 'd' })
    if (refused.is !== 'refused') throw new Error()
    const pair = aPair(anItem({ group: 'lost' }), null, { refusal: refused })
    expect(planPair(pair, planOptions({ layout }))).toMatchObject({ is: 'refused', fresh: false })
    const grown = aLayout({ groups: { ...layout.groups, lost: '9' } })
    expect(planPair(pair, planOptions({ layout: grown })).is).toBe('change')
  })
})

describe('a second item with the same key', () => {
  const copies = [{ itemId: '88' }]

  test('is archived by plan, and the item itself stays as it is', () => {
    const change = changeOf(planPair(aPair(anItem(), aKnown(), { copies }), planOptions()))
    expect(change).toMatchObject({ kind: 'archive', cause: 'duplicate', removal: true, place: 'active', desired: 'd' })
    expect(change.steps).toEqual([{ kind: 'archive', itemId: '88' }])
  })

  test('is archived together with what else changes', () => {
    const change = changeOf(planPair(aPair(anItem({ cells: { ARR: '2' } }), aKnown(), { copies }), planOptions()))
    expect(change).toMatchObject({ kind: 'update', removal: false })
    expect(change.steps.map((step) => step.kind)).toEqual(['update', 'archive'])
  })

  test('is archived also of what lies in Left, and never is it the item itself', () => {
    const known = aKnown({ place: 'left', leftOn: TODAY })
    const both = [{ itemId: '77' }, { itemId: '88' }]
    const change = changeOf(planPair(aPair(null, known, { copies: both }), planOptions()))
    expect(change).toMatchObject({ kind: 'archive', cause: 'duplicate', removal: true, place: 'left', leftOn: TODAY })
    expect(change.steps).toEqual([{ kind: 'archive', itemId: '88' }])
    expect(planPair(aPair(anItem(), aKnown(), { copies: [{ itemId: '77' }] }), planOptions()).is).toBe('unchanged')
  })

  test('goes with the item when the fact is gone', () => {
    const change = changeOf(planPair(aPair(null, aKnown(), { copies, gone: true }), planOptions()))
    expect(change.steps.map((step) => 'itemId' in step && step.itemId)).toEqual(['77', '88'])
  })
})

describe('a whole plan', () => {
  const pairs = (): PlanPair[] => [
    aPair(anItem({ key: 'create' }), null),
    aPair(anItem({ key: 'doubt' }), aKnown({ state: 'sending' })),
    aPair(null, aKnown(), { key: 'gone', gone: true }),
    aPair(null, aKnown(), { key: 'left' }),
    aPair(anItem({ key: 'move', group: 'won' }), aKnown()),
    aPair(anItem({ key: 'refused' }), null, {
      refusal: { code: 'c', message: 'm', column: null, hint: null, desired: 'd' },
    }),
    aPair(anItem({ key: 'same' }), aKnown()),
    aPair(anItem({ key: 'twice' }), aKnown(), { copies: [{ itemId: '88' }] }),
    aPair(anItem({ key: 'update', cells: { ARR: '5' } }), aKnown()),
  ]
  const planned = (all: readonly PlanPair[], options = planOptions()) => {
    const planner = createPlanner(options)
    for (const pair of all) planner.plan(pair)
    return planner.finish()
  }

  test('counts so that its balances hold', () => {
    const { summary } = planned(pairs())
    expect(summary).toMatchObject({
      desired: 7,
      unchanged: 2,
      planned: 8,
      create: 1,
      update: 1,
      move: 2,
      archive: 2,
      refused: 1,
      inDoubt: 1,
      removals: 3,
      existing: 7,
      steps: 6,
      byCause: { new: 1, data: 2, left: 1, vanished: 1, duplicate: 1 },
    })
  })

  test('has balances that hold for any pairs', () => {
    const pair = fc.record({
      desired: fc.integer({ min: 0, max: 2 }),
      known: fc.option(
        fc.record({
          place: fc.constantFrom('active', 'left', 'gone', 'archived'),
          state: fc.constantFrom('settled', 'sending'),
          itemId: fc.constantFrom('7', null),
          group: fc.constantFrom('lead', 'won', 'Left'),
          leftOn: fc.constantFrom(null, TODAY - 100),
          desired: fc.constantFrom('d', null),
          edited: fc.constantFrom([], ['ARR']),
          cells: fc.constantFrom({ ARR: '100' }, { ARR: '1' }),
        }),
        { nil: null },
      ),
      gone: fc.boolean(),
      refused: fc.boolean(),
      copies: fc.boolean(),
    })
    fc.assert(
      fc.property(
        fc.array(pair, { maxLength: 30 }),
        fc.constantFrom('archive', 'mark', 'keep'),
        fc.constantFrom('overwrite', 'keep'),
        (rows, whenGone, whenEditedByHand) => {
          const all = rows.map(
            (row, n): PlanPair => ({
              key: `k${String(n).padStart(3, '0')}`,
              desired: Array.from({ length: row.desired }, () => ({ body: JSON.stringify(anItem()), digest: 'd' })),
              ledger: row.known === null ? null : aKnown({ ...row.known, edited: [...row.known.edited] }),
              refusal: row.refused ? { code: 'c', message: 'm', column: null, hint: null, desired: 'd' } : null,
              gone: row.gone,
              ...(row.copies ? { copies: [{ itemId: '99' }] } : {}),
            }),
          )
          const { summary } = planned(
            all,
            planOptions({ whenGone, whenEditedByHand, layout: aLayout({ itemsLimit: 12 }) }),
          )
          const { create, update, move, archive, refused, inDoubt } = summary
          expect(summary.planned).toBe(create + update + move + archive + refused + inDoubt)
          expect(summary.desired).toBe(summary.unchanged + summary.planned - summary.removals)
          expect(Object.values(summary.byCause).reduce((a, b) => a + b)).toBe(create + update + move + archive)
        },
      ),
    )
  })

  test('has the same digest on another day, under other versions, and whatever the order of cells', () => {
    const reversed = (pair: PlanPair): PlanPair => ({
      ...pair,
      ledger: pair.ledger === null ? null : { ...pair.ledger, version: 9 },
      desired: pair.desired.map(({ body }) => {
        const item = JSON.parse(body) as { cells: Record<string, string> }
        return {
          body: JSON.stringify({
            ...item,
            cells: Object.fromEntries(Object.entries(item.cells).reverse()),
            urgency: 9,
          }),
          digest: 'd',
        }
      }),
    })
    const two = aPair(anItem({ key: 'two', cells: { ARR: '1', Stage: 'Open' } }), null)
    const digest = planned([...pairs(), two]).summary.digest
    expect(digest).toMatch(/^[0-9a-f]{64}$/)
    expect(planned([...pairs(), two].map(reversed), planOptions({ today: TODAY + 1 })).summary.digest).toBe(digest)
  })

  test('has another digest as soon as it does another thing, or to another item', () => {
    const digest = planned(pairs()).summary.digest
    const changed = pairs()
    changed[8] = aPair(anItem({ key: 'update', cells: { ARR: '6' } }), aKnown())
    expect(planned(changed).summary.digest).not.toBe(digest)
    changed[8] = aPair(anItem({ key: 'update', cells: { ARR: '5' } }), aKnown({ itemId: '78' }))
    expect(planned(changed).summary.digest).not.toBe(digest)
    expect(planned(pairs().slice(1)).summary.digest).not.toBe(digest)
    expect(planned(pairs(), planOptions({ board: 'accounts' })).summary.digest).not.toBe(digest)
  })

  test('archives the oldest of Left above 80 % of the item limit, as many as it takes', () => {
    const layout = aLayout({ itemsCount: 9, itemsLimit: 10 })
    const left = (key: string, days: number) => aPair(null, aKnown({ place: 'left', leftOn: TODAY - days }), { key })
    const { changes, summary } = planned(
      [aPair(anItem({ key: 'a' }), null), left('b', 1), left('c', 3), left('d', 2), left('e', 3)],
      planOptions({ layout }),
    )
    expect(changes.map((change) => [change.key, change.kind, change.cause])).toEqual([
      ['c', 'archive', 'crowded'],
      ['e', 'archive', 'crowded'],
    ])
    expect(changes[0]?.why).toBe('the board is above 80 % of its limit of 10 items, and this one left first')
    expect(summary).toMatchObject({ archive: 2, create: 1, byCause: { crowded: 2 } })
    expect(
      planned([left('b', 1)], planOptions({ layout: aLayout({ itemsCount: 8, itemsLimit: 10 }) })).changes,
    ).toEqual([])
  })

  test('keeps memory flat: only counters stay of pairs that were planned', () => {
    const planner = createPlanner(planOptions())
    const body = JSON.stringify(anItem({ cells: { ARR: '5', Note: 'x'.repeat(5000) } }))
    const before = process.memoryUsage().heapUsed
    for (let n = 0; n < 20_000; n += 1) {
      planner.plan({ key: `k${n}`, desired: [{ body, digest: 'd' }], ledger: aKnown(), refusal: null })
    }
    expect(planner.finish().summary.update).toBe(20_000)
    // Keeping them would take 100 MB and more.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(60_000_000)
  })
})

test('what goes first: urgency, then creates, updates, moves, archives, then the key', () => {
  const of = (kind: 'create' | 'update' | 'move' | 'archive', urgency: number, key: string) => ({ kind, urgency, key })
  const order = [
    of('archive', 0, 'a'),
    of('move', 0, 'a'),
    of('update', 0, 'b'),
    of('update', 0, 'a'),
    of('create', 0, 'z'),
    of('move', 7, 'z'),
  ].sort(compareForSending)
  expect(order.map(({ kind, key }) => `${kind} ${key}`)).toEqual([
    'move z',
    'create z',
    'update a',
    'update b',
    'move a',
    'archive a',
  ])
})
