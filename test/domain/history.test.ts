import { describe, expect, test } from 'vitest'
import { defaultModel } from '../../src/domain/default-model.ts'
import type { Path } from '../../src/domain/path.ts'
import { fixedCalendar } from '../calendars.ts'
import { anOpportunity, contextOf, day, factOf, history, noon, pathOf } from './builders.ts'

const stages = defaultModel().stages.salesforce?.['*']?.map(({ name }) => name) ?? []

/** A path as stage names, days and whether they are guessed. */
function told(path: Path): string[] {
  return path.map(({ stage, day, guessed }) => {
    const name = stages[stage] ?? (stage === -1 ? '?' : stage === -2 ? 'won' : 'lost')
    return `${name} ${guessed ? '~' : ''}${new Date(day * 86_400_000).toISOString().slice(0, 10)}`
  })
}

describe('when an opportunity closed', () => {
  test('is the first history row of the final unbroken run of closed stages', () => {
    const changes = history(
      'O1',
      ['2026-01-10', 'Prospecting'],
      ['2026-02-01', 'Closed Lost'],
      ['2026-03-01', 'Negotiation/Review'],
      ['2026-04-01', 'Closed Lost'],
      ['2026-04-05', 'Closed Won'],
      ['2026-04-09', 'Closed Won'],
    )
    const fact = factOf(anOpportunity({ stage: 'Closed Won', closeOn: day('2026-06-30') }), changes)
    expect(fact).toMatchObject({
      closedAt: noon('2026-04-01'),
      closedOn: day('2026-04-01'),
      stageEnteredOn: day('2026-04-05'),
      reconstructed: false,
    })
    expect(told(pathOf(anOpportunity({ stage: 'Closed Won', closeOn: day('2026-06-30') }), changes))).toEqual([
      'Prospecting 2026-01-10',
      'Closed Lost 2026-02-01',
      'Negotiation/Review 2026-03-01',
      'Closed Won 2026-04-01',
    ])
  })

  test('without history is the close date, start of day in the zone of the company, reconstructed', () => {
    const newYork = fixedCalendar('America/New_York', -5)
    const opportunity = anOpportunity({ stage: 'Closed Lost', closeOn: day('2026-02-01') })
    const fact = factOf(opportunity, [], contextOf(defaultModel(), [], newYork))
    expect(fact).toMatchObject({
      closedAt: Date.parse('2026-02-01T05:00:00Z'),
      closedOn: day('2026-02-01'),
      stageEnteredOn: day('2026-02-01'),
      reconstructed: true,
    })
    expect(told(pathOf(opportunity, [], contextOf(defaultModel(), [], newYork)))).toEqual([
      '? ~2026-01-10',
      'Closed Lost ~2026-02-01',
    ])
  })

  test('is the close date where history ends before the closing', () => {
    const changes = history('O1', ['2026-01-10', 'Prospecting'], ['2026-02-01', 'Qualification'])
    const fact = factOf(anOpportunity({ stage: 'Closed Won', closeOn: day('2026-03-01') }), changes)
    expect(fact).toMatchObject({ closedOn: day('2026-03-01'), reconstructed: true })
    expect(told(pathOf(anOpportunity({ stage: 'Closed Won', closeOn: day('2026-03-01') }), changes))).toEqual([
      'Prospecting 2026-01-10',
      'Qualification 2026-02-01',
      'Closed Won ~2026-03-01',
    ])
  })

  test('is empty, and found, where neither history nor close date tell', () => {
    const fact = factOf(anOpportunity({ stage: 'Closed Won' }))
    expect(fact.closedAt).toBeUndefined()
    expect(fact.closedOn).toBeUndefined()
  })

  test('is empty while it is open', () => {
    const changes = history('O1', ['2026-01-10', 'Closed Lost'], ['2026-02-01', 'Prospecting'])
    expect(factOf(anOpportunity({ closeOn: day('2026-01-31') }), changes).closedAt).toBeUndefined()
  })
})

describe('when an opportunity entered its stage', () => {
  test('is the first row of its present stay; equal stages in a row are no move', () => {
    const changes = history(
      'O1',
      ['2026-01-10', 'Prospecting'],
      ['2026-01-20', 'Qualification'],
      ['2026-01-25', 'Prospecting'],
      ['2026-02-01', 'Prospecting'],
    )
    const fact = factOf(anOpportunity({ stage: 'Prospecting' }), changes)
    expect(fact).toMatchObject({ stageEnteredOn: day('2026-01-25'), reconstructed: false })
    expect(told(pathOf(anOpportunity({ stage: 'Prospecting' }), changes))).toEqual([
      'Prospecting 2026-01-10',
      'Qualification 2026-01-20',
      'Prospecting 2026-01-25',
    ])
  })

  test('without history is its creation while it is open, reconstructed', () => {
    const fact = factOf(anOpportunity({ stage: 'Qualification' }))
    expect(fact).toMatchObject({ stageEnteredOn: day('2026-01-10'), reconstructed: true })
    expect(told(pathOf(anOpportunity({ stage: 'Qualification' })))).toEqual(['Qualification ~2026-01-10'])
  })

  test('is unknown without history and creation', () => {
    const { createdAt: _, ...rest } = anOpportunity({ changedAt: noon('2026-05-05') })
    const fact = factOf(rest)
    expect(fact.stageEnteredOn).toBeUndefined()
    expect(told(pathOf(rest))).toEqual(['Prospecting ~2026-05-05'])
  })

  test('is when the record last changed where its stage is not that of the last row', () => {
    const changes = history('O1', ['2026-01-10', 'Prospecting'])
    const fact = factOf(anOpportunity({ stage: 'Qualification', changedAt: noon('2026-03-03') }), changes)
    expect(fact).toMatchObject({ stageEnteredOn: day('2026-03-03'), reconstructed: true })
    expect(told(pathOf(anOpportunity({ stage: 'Qualification', changedAt: noon('2026-03-03') }), changes))).toEqual([
      'Prospecting 2026-01-10',
      'Qualification ~2026-03-03',
    ])
  })
})

describe('history', () => {
  test('that begins after the day of creation leaves the time before it in no known stage', () => {
    const changes = history('O1', ['2026-02-01', 'Qualification'], ['2026-03-01', 'Needs Analysis'])
    expect(told(pathOf(anOpportunity({ stage: 'Needs Analysis' }), changes))).toEqual([
      '? ~2026-01-10',
      'Qualification ~2026-02-01',
      'Needs Analysis 2026-03-01',
    ])
  })

  test('that begins before creation (an imported record) counts from its first row', () => {
    const changes = history('O1', ['2025-12-01', 'Qualification'])
    expect(told(pathOf(anOpportunity({ stage: 'Qualification' }), changes))).toEqual(['Qualification 2025-12-01'])
  })

  test('is ordered by instant, then id, whatever the order of arrival', () => {
    const changes = history(
      'O1',
      ['2026-01-10', 'Prospecting'],
      ['2026-02-01', 'Qualification'],
      ['2026-02-01', 'Needs Analysis'],
    )
    const expected = factOf(anOpportunity({ stage: 'Needs Analysis' }), changes)
    expect(factOf(anOpportunity({ stage: 'Needs Analysis' }), changes.toReversed())).toEqual(expected)
    expect(told(pathOf(anOpportunity({ stage: 'Needs Analysis' }), changes))).toEqual([
      'Prospecting 2026-01-10',
      'Qualification 2026-02-01',
      'Needs Analysis 2026-02-01',
    ])
  })

  test('of a stage that model.yaml does not list is time in no known stage', () => {
    const changes = history(
      'O1',
      ['2026-01-10', 'Prospecting'],
      ['2026-02-01', 'Retired'],
      ['2026-03-01', 'Qualification'],
    )
    expect(told(pathOf(anOpportunity({ stage: 'Qualification' }), changes))).toEqual([
      'Prospecting 2026-01-10',
      '? ~2026-02-01',
      'Qualification 2026-03-01',
    ])
  })

  test('rows without a stage keep the stage and bring an amount', () => {
    const [first, second] = history('O1', ['2026-01-10', 'Prospecting', 100], ['2026-02-01', 'unused', 250])
    const { stage: _, ...amountOnly } = second ?? expect.fail()
    expect(
      pathOf(anOpportunity({ amount: 250 }), [first ?? expect.fail(), amountOnly]).map(({ stage, arr }) => [
        stage,
        arr,
      ]),
    ).toEqual([
      [0, 100],
      [0, 250],
    ])
  })

  test('of a record that names no stage tells the stage', () => {
    const { stage: _, ...rest } = anOpportunity()
    expect(factOf(rest, history('O1', ['2026-01-10', 'Closed Won']))).toMatchObject({
      stage: 'Closed Won',
      state: 'won',
    })
  })
})

describe('when an opportunity was expected to close, as known then', () => {
  const dates = (path: Path) => path.map(({ day: on, dueOn }) => [on, dueOn])
  const [first, second] = history('O1', ['2026-01-10', 'Prospecting'], ['2026-02-01', 'Prospecting'])
  const dated = (change: typeof first, on: string) => ({ ...(change ?? expect.fail()), closeOn: day(on) })

  test('is the close date of the row; a row that changes it alone is a point of the path', () => {
    const changes = [dated(first, '2026-03-31'), dated(second, '2026-06-30')]
    expect(dates(pathOf(anOpportunity({ closeOn: day('2026-06-30') }), changes))).toEqual([
      [day('2026-01-10'), day('2026-03-31')],
      [day('2026-02-01'), day('2026-06-30')],
    ])
  })

  test('stays what it was in rows that bear none', () => {
    const [, , third] = history('O1', ['2026-01-10', 'x'], ['2026-02-01', 'x'], ['2026-03-01', 'Qualification'])
    const changes = [dated(first, '2026-03-31'), third ?? expect.fail()]
    expect(dates(pathOf(anOpportunity({ stage: 'Qualification' }), changes)).at(-1)).toEqual([
      day('2026-03-01'),
      day('2026-03-31'),
    ])
  })

  test('is today’s from when the record last changed, where history has another or none', () => {
    const opportunity = anOpportunity({ closeOn: day('2026-12-31'), changedAt: noon('2026-05-05') })
    const today = [day('2026-05-05'), day('2026-12-31')]
    expect(dates(pathOf(opportunity, [dated(first, '2026-03-31')]))).toEqual([
      [day('2026-01-10'), day('2026-03-31')],
      today,
    ])
    expect(dates(pathOf(opportunity, [first ?? expect.fail()]))).toEqual([[day('2026-01-10'), undefined], today])
    expect(dates(pathOf(opportunity))).toEqual([[day('2026-01-10'), undefined], today])
  })

  test('is known from creation on where the record never changed since', () => {
    const opportunity = anOpportunity({ closeOn: day('2026-12-31'), changedAt: noon('2026-01-10') })
    expect(dates(pathOf(opportunity))).toEqual([[day('2026-01-10'), day('2026-12-31')]])
  })

  test('is not guessed back from the day a closed one closed', () => {
    const opportunity = anOpportunity({ stage: 'Closed Won', closeOn: day('2026-04-01') })
    expect(dates(pathOf(opportunity)).map(([, dueOn]) => dueOn)).toEqual([undefined, undefined])
  })
})

describe('what an opportunity was worth then', () => {
  const worth = (path: Path) => path.map(({ arr }) => arr)
  const changes = history('O1', ['2026-01-10', 'Prospecting', 100], ['2026-02-01', 'Qualification', 250])

  test('is the amount of the row', () => {
    expect(worth(pathOf(anOpportunity({ stage: 'Qualification', amount: 250 }), changes))).toEqual([100, 250])
  })

  test('is today’s ARR where the ARR has its own field, since its history is not known', () => {
    expect(worth(pathOf(anOpportunity({ stage: 'Qualification', amount: 250, arr: 90 }), changes))).toEqual([90, 90])
  })

  test('is today’s amount where rows bear none', () => {
    const bare = history('O1', ['2026-01-10', 'Prospecting'], ['2026-02-01', 'Qualification'])
    expect(worth(pathOf(anOpportunity({ stage: 'Qualification', amount: 250 }), bare))).toEqual([250, 250])
  })

  test('ends with today’s amount, also where history lags', () => {
    expect(worth(pathOf(anOpportunity({ stage: 'Qualification', amount: 300 }), changes))).toEqual([100, 250, 300])
  })

  test('rows without a currency are in the company’s, as every record is', () => {
    const model = { ...defaultModel(), rates: { EUR: [{ from: day('2020-01-01'), rate: 2 }] } }
    const euro = anOpportunity({ stage: 'Qualification', amount: 300, currency: 'EUR' })
    expect(worth(pathOf(euro, changes, contextOf(model)))).toEqual([600, 600])
    expect(worth(pathOf(anOpportunity({ stage: 'Qualification', amount: 250, currency: 'USD' }), changes))).toEqual([
      100, 250,
    ])
  })

  test('is today’s amount in rows of another currency', () => {
    const euros = changes.map((change) => ({ ...change, currency: 'EUR' }))
    expect(worth(pathOf(anOpportunity({ stage: 'Qualification', amount: 300, currency: 'USD' }), euros))).toEqual([
      300, 300,
    ])
  })
})

describe('how far the close date slipped', () => {
  const rows = history(
    'O1',
    ['2026-01-10', 'Prospecting'],
    ['2026-02-01', 'Prospecting'],
    ['2026-03-01', 'Prospecting'],
  )
  const dated = (...dates: readonly string[]) =>
    dates.map((on, i) => ({ ...(rows[i] ?? expect.fail()), closeOn: day(on) }))

  test('is told from the first date that history bears to the present one, with how often it was moved later', () => {
    const changes = dated('2026-03-31', '2026-05-31', '2026-04-30')
    expect(factOf(anOpportunity({ closeOn: day('2026-06-30') }), changes)).toMatchObject({
      firstCloseOn: day('2026-03-31'),
      pushes: 2,
      daysSlipped: 91,
    })
  })

  test('of a closed one is told to the day it closed; below 0 where that was earlier', () => {
    const changes = [...dated('2026-03-31'), ...history('O2', ['2026-03-01', 'Closed Won'])].map((change) => ({
      ...change,
      opportunityId: 'O1',
    }))
    const won = anOpportunity({ stage: 'Closed Won', closeOn: day('2026-04-30') })
    expect(factOf(won, changes)).toMatchObject({ pushes: 0, daysSlipped: -30 })
  })

  test('is not told where no history row bears a close date', () => {
    const fact = factOf(anOpportunity({ closeOn: day('2026-06-30') }), rows)
    for (const name of ['firstCloseOn', 'pushes', 'daysSlipped']) expect(fact[name]).toBeUndefined()
  })
})
