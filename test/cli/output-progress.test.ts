import { createColors } from 'picocolors'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createProgress, type Progress } from '../../src/cli/progress.ts'
import type { SyncEvent } from '../../src/sync/events.ts'
import { Paper, Screen } from './screen.ts'

const RUN: readonly SyncEvent[] = [
  { on: 'source', is: 'reading', source: 'salesforce', object: 'Account', read: 500, requests: 2, ms: 250 },
  { on: 'source', is: 'done', source: 'salesforce', object: 'Account', read: 2000, requests: 4, ms: 1000 },
  { on: 'source', is: 'reading', source: 'salesforce', object: 'Opportunity', read: 100, requests: 1, ms: 50 },
  { on: 'sweep', source: 'salesforce', object: 'Contact', records: 4000, requests: 3 },
  { on: 'source', is: 'failed', source: 'salesforce', object: 'Lead', message: 'salesforce-field-hidden' },
  { on: 'derive', is: 'deriving', dossiers: 500, of: 2000, ms: 100 },
  { on: 'map', board: 'deals', items: 1200, whole: true },
  { on: 'board', is: 'planning', board: 'deals', detail: '' },
  { on: 'board', is: 'applying', board: 'deals', done: 600, of: 1200, calls: 12 },
  { on: 'board', is: 'preparing', board: 'leads', detail: 'column "ARR" (numbers) created' },
]

const open: Progress[] = []
beforeEach(() => vi.useFakeTimers())
afterEach(() => {
  for (const progress of open.splice(0)) progress.end()
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

function show(stream: Screen | Paper): Progress {
  const progress = createProgress({ stream, colors: createColors(false), now: () => 0 })
  open.push(progress)
  return progress
}

describe('on a terminal', () => {
  test('there is a row per source object with counts and rate, and per board with a bar', () => {
    const screen = new Screen()
    const progress = show(screen)
    for (const event of RUN) progress.event(event)
    vi.advanceTimersByTime(100)
    expect(screen.text).toMatchInlineSnapshot(`
      "✓ salesforce Account      2,000 read · 4 requests · 2,000/s · 1.0 s
      ⠋ salesforce Opportunity  100 read · 1 request
      ⠋ salesforce Contact      4,000 swept · 3 requests
      ✗ salesforce Lead         salesforce-field-hidden
      ⠋ derive                  █████                500 of 2,000 dossiers
      ⠋ deals                   ██████████           600 of 1,200 changes · 12 calls
      ⠋ leads                   preparing: column "ARR" (numbers) created"
    `)
    expect(screen.cursorHidden).toBe(true)
  })

  test('what reading will cost stands above the rows, whole however narrow the terminal', () => {
    const screen = new Screen()
    const progress = show(screen)
    const quota = { used: 10_018, limit: 100_000, ours: 50_000 }
    progress.event({ on: 'cost', source: 'salesforce', requests: 14, uncounted: ['Lead', 'Account'], quota })
    for (const event of RUN.slice(0, 2)) progress.event(event)
    vi.advanceTimersByTime(100)
    expect(screen.text.split('\n')).toEqual([
      'salesforce: about 14 requests, and reading Lead, Account whole (how many that',
      "  takes is known once it has begun); 10,018 of the org's 100,000 used today,",
      '  boardsync stops at 50,000',
      '✓ salesforce Account  2,000 read · 4 requests · 2,000/s · 1.0 s',
    ])
  })

  test('the end leaves the last state standing, and a next run begins below', () => {
    const screen = new Screen()
    const progress = show(screen)
    progress.event({ on: 'board', is: 'applying', board: 'deals', done: 1, of: 2, calls: 1 })
    progress.event({ on: 'board', is: 'done', board: 'deals', changes: 2, calls: 1, ms: 1500 })
    progress.end()
    expect(screen.text).toBe('✓ deals  2 changes · 1 call · 1.5 s')
    expect(screen.cursorHidden).toBe(false)
    progress.event({ on: 'board', is: 'done', board: 'deals', changes: 0, calls: 0, ms: 400 })
    progress.end()
    expect(screen.text).toBe('✓ deals  2 changes · 1 call · 1.5 s\n✓ deals  nothing to change · 0 calls · 0.4 s')
  })

  test('a step that was only begun is gone when all is over; planning once more is no news', () => {
    const screen = new Screen()
    const progress = show(screen)
    progress.event({ on: 'board', is: 'done', board: 'deals', changes: 2, calls: 1, ms: 1500 })
    progress.event({ on: 'board', is: 'planning', board: 'deals', detail: '' })
    progress.event({ on: 'board', is: 'planning', board: 'leads', detail: '' })
    progress.event({ on: 'board', is: 'applying', board: 'funnel', done: 1, of: 2, calls: 1 })
    progress.end()
    expect(screen.text.split('\n').map((line) => line.trimEnd())).toEqual([
      '✓ deals   2 changes · 1 call · 1.5 s',
      expect.stringMatching(/^· funnel {2}.+ 1 of 2 changes · 1 call$/),
    ])
  })

  test('remarks stand above the rows', () => {
    const screen = new Screen()
    const progress = show(screen)
    progress.event({ on: 'derive', is: 'deriving', dossiers: 1, of: 2, ms: 1 })
    progress.above('monday asks to wait 10 s')
    expect(screen.text.split('\n')[0]).toBe('monday asks to wait 10 s')
  })

  test('on a small terminal finished rows make room for those that move', () => {
    const screen = new Screen(80, 6)
    const progress = show(screen)
    for (const object of ['A', 'B', 'C', 'D', 'E']) {
      progress.event({ on: 'source', is: 'done', source: 's', object, read: 1, requests: 1, ms: 1 })
    }
    progress.event({ on: 'board', is: 'planning', board: 'deals', detail: '' })
    vi.advanceTimersByTime(100)
    expect(screen.text.split('\n').map((line) => line.slice(2, 7).trim())).toEqual(['s C', 's D', 's E', 'deals'])
  })

  test('elsewhere than on a terminal a long reason is cut: the end of the command says all of it', () => {
    const paper = new Paper()
    const message = `Salesforce shows no field ${'x'.repeat(3000)}`
    show(paper).event({ on: 'source', is: 'failed', source: 'salesforce', object: 'Lead', message })
    expect(paper.text).toBe(`salesforce Lead: failed: ${message.slice(0, 200)}…\n`)
  })

  test('names from outside cannot break a row', () => {
    const screen = new Screen()
    const progress = show(screen)
    progress.event({ on: 'board', is: 'failed', board: 'de\nals', message: 'no\x1b[2J way\nat all' })
    vi.advanceTimersByTime(100)
    expect(screen.text).toBe('✗ de als  no way at all')
  })
})

test('elsewhere there is one plain line when a step is done or has failed, and nothing in between', () => {
  const paper = new Paper()
  const progress = show(paper)
  for (const event of RUN) progress.event(event)
  progress.event({ on: 'board', is: 'done', board: 'deals', changes: 1200, calls: 24, ms: 65_000 })
  expect(paper.text).toMatchInlineSnapshot(`
    "salesforce Account: 2,000 read · 4 requests · 2,000/s · 1.0 s
    salesforce Lead: failed: salesforce-field-hidden
    deals: 1,200 changes · 24 calls · 1 min 5 s
    "
  `)
})
