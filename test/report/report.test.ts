import { expect, test } from 'vitest'
import { defaultModel } from '../../src/domain/default-model.ts'
import { definitionsOf } from '../../src/domain/definitions/definitions.ts'
import { renderHtml } from '../../src/report/html.ts'
import { makeReport } from '../../src/report/report.ts'
import { SECTIONS } from '../../src/report/sections.ts'
import { ALL, factsOf, STANDING } from './small-facts.ts'

const whole = makeReport(SECTIONS, ALL, () => true, STANDING)

test('a report names its month, the day it is as of, time zone and currency', () => {
  expect(whole.title).toBe('Revenue report for March 2026')
  expect(whole.notes[0]).toBe(
    'As of 2026-03-20, days and months in the time zone Europe/Stockholm. The month goes on: its numbers are up to that day.',
  )
  expect(whole.notes[1]).toMatch(/^Money is in USD, rounded/)
})

test('sections come in order, then how fresh the sources are, then what is not counted', () => {
  expect(whole.sections.map(({ id }) => id)).toEqual([...SECTIONS.map(({ id }) => id), 'sources', 'not-counted'])
})

test('a section whose facts no board shows says which board to add', () => {
  const report = makeReport(SECTIONS, ALL, (kind) => kind !== 'arr_month', STANDING)
  const { sentences, charts, tables } = report.sections.find(({ id }) => id === 'arr-movements') ?? whole.sections[0]!
  expect(sentences).toEqual([
    'Not counted yet: no board shows arr_month, and numbers are counted for boards only.',
    'To get this section, add a board with items: arr_month to the folder boards of your mappings (the mappings that come with boardsync have one, arr.yaml). Then run boardsync plan, and the report again.',
  ])
  expect([...charts, ...tables]).toEqual([])
})

test('sources are told with when they were read', () => {
  const sources = whole.sections.find(({ id }) => id === 'sources')
  expect(sources?.sentences).toEqual(['The source that was read longest ago was read at 2026-03-20 05:12 UTC.'])
  expect(sources?.tables[0]?.rows[0]?.slice(2)).toEqual(['2026-03-20 05:12', '120', '1', '7'])
})

test('what is not counted is told with its reason, how many, and where it is listed', () => {
  const rows = whole.sections.find(({ id }) => id === 'not-counted')?.tables[0]?.rows
  expect(rows).toEqual([
    ['It belongs to no account.', '1,425', 'boardsync status'],
    [expect.stringContaining('cannot be read: the record is in no number'), '1', 'boardsync rejected'],
    [expect.stringContaining('the field is empty'), '7', 'boardsync rejected'],
    [expect.stringContaining('25 % of all events'), '2', 'boardsync status'],
    [expect.stringContaining('is not matched'), '3', 'boardsync identity'],
  ])
})

test('changes that are not counted yet are told at the top', () => {
  const { notes } = makeReport(SECTIONS, ALL, () => true, { ...STANDING, dirty: 2 })
  expect(notes.at(-1)).toMatch(/^2 accounts or records have changed since .* run boardsync plan/)
})

test('nothing left out is said, too', () => {
  const sources = STANDING.sources.map((one) => ({ ...one, rejected: 0, rejectedValues: 0 }))
  const usage = { points: 0, events: 0, pointsWithoutAccount: 0, eventsWithoutAccount: 0 }
  const { sections } = makeReport(SECTIONS, ALL, () => true, {
    ...STANDING,
    sources,
    usage,
    findings: [],
    identity: { open: 0 },
  })
  expect(sections.at(-1)?.sentences).toEqual(['Nothing: every record that was read could be placed.'])
})

test('a section prints the definitions of its numbers, with version, date and owner', () => {
  const definitions = definitionsOf(
    {
      green_account: { version: 2, from: 20_500, owner: 'Sales', applies: 'restates', sentence: null, earlier: [] },
    },
    defaultModel(),
  )
  const report = makeReport(SECTIONS, { ...factsOf({}), definitions }, () => true, STANDING)
  const buckets = report.sections.find(({ id }) => id === 'buckets')
  expect(buckets?.definitions.map(({ name }) => name)).toEqual([
    'Churn (version 1)',
    'Green account (version 2 from 2026-02-16, Sales)',
    'Graduation owner (version 1)',
  ])
  const html = renderHtml(report, () => '')
  expect(html).toContain('<dt>Green account (version 2 from 2026-02-16, Sales)</dt>')
  expect(html).toContain('green from 50 seats or 10,000 USD of ARR on')
})

test('of a closed month the report says so, and how much would be different now', () => {
  const then = { on: '2026-04-02', definedOtherwise: ['Green is 25 seats. (green_account, version 1)'] }
  const reportedOf = (through: string) => (through === '2026-03' ? then : null)
  const noted = (through: string, restatements: number) =>
    makeReport(SECTIONS, ALL, () => true, {
      ...STANDING,
      closed: { through, restatements, reported: reportedOf(through) },
    }).notes.slice(3)
  expect(noted('2026-03', 0)).toEqual([
    'The month is closed: what happened in it, and stood at its end, is as it was reported on 2026-04-02.',
    'No number of closed months would be different now.',
    'When it was reported, this was defined otherwise: Green is 25 seats. (green_account, version 1)',
  ])
  expect(noted('2026-02', 3)).toEqual([
    'Months up to February 2026 are closed, and shown as they were reported then.',
    '3 numbers of closed months would be different now: boardsync restatements lists them.',
  ])
})
