import { randomUUID } from 'node:crypto'
import type { Restatement } from '../../domain/closed-months.ts'
import { formatMonth, type Month } from '../../domain/day.ts'
import { FACTS } from '../../domain/fact-fields.ts'
import { decimalsOf } from '../../domain/money.ts'
import type { Clock } from '../../platform/clock.ts'
import { Fault } from '../../platform/errors.ts'
import { createZone } from '../../platform/zone.ts'
import { parseMonth } from '../../report/words.ts'
import type { Store } from '../../store/store.ts'
import { MONTHS_KEPT, reportAnew } from '../../sync/closed-months.ts'
import { withLease } from '../../sync/lease.ts'
import { readTotalsFacts } from '../../sync/totals-facts.ts'
import { type CommandSpec, countOption, textOption } from '../command.ts'
import { needMappings, openStoreThatIs } from '../wire.ts'

export const restatementsCommand: CommandSpec = {
  name: 'restatements',
  summary:
    'what would be different now in months that are closed: `closed_through` of model.yaml; --report-anew gives up what was reported',
  description:
    'List the numbers of closed months that would be others now, beside what was reported: boards and reports go on showing what was reported. An earlier month as closed_through: in model.yaml opens months again; what was reported of them is kept and stands again once they are closed, unless it is given up with --report-anew',
  options: [
    ['--month <month>', 'of this month alone, such as 2026-10'],
    ['--last <count>', 'how many to show, newest month first (50); --json shows all'],
    [
      '--report-anew <month>',
      'forget what was reported of this month and later ones (`all`: of every month), so that the next run reports those that are closed as they are then',
    ],
  ],
  examples: [
    'boardsync restatements',
    'boardsync restatements --month 2026-10 --json',
    'boardsync restatements --report-anew 2026-10',
  ],
  run: async ({ house, output, options }) => {
    const { mappings } = await needMappings(house, output)
    const { model, closedThrough } = mappings
    const zone = createZone(model.timeZone)
    const day = zone.dayOf(house.clock.now())
    const anew = textOption(options, 'reportAnew')
    const from = anew === undefined || anew === 'all' ? EVERY_MONTH : monthOf('--report-anew', anew)
    const month = textOption(options, 'month')
    if (month !== undefined) monthOf('--month', month)
    await using store = await openStoreThatIs(house)
    if (anew !== undefined) {
      const forgotten = await giveUp(store, house.clock, from)
      output.say(
        forgotten
          ? `What was reported of ${monthsFrom(anew)} is forgotten; the next run reports those that are closed as they are then`
          : `Nothing was reported of ${monthsFrom(anew)}`,
      )
      return { json: { reportAnew: anew, forgotten } }
    }
    const counted = await readTotalsFacts({ store, model, zone, closedThrough }, day, MONTHS_KEPT)
    const all = counted.restatements().filter((one) => month === undefined || one.month === month)
    const newest = all.toSorted((a, b) => (a.month < b.month ? 1 : a.month > b.month ? -1 : 0))
    const most = countOption(options, 'last', 1) ?? 50
    if (counted.closed === null)
      output.say('No month is closed: closed_through: in model.yaml names the last one that is')
    else if (all.length === 0)
      output.say(`Months up to ${formatMonth(counted.closed)} are closed, and nothing of them would be different now`)
    else {
      output.table(
        ['month', 'of', 'row', 'number', 'reported', 'now', 'difference'].map((title, i) => ({
          title,
          align: i > 3 ? ('right' as const) : ('left' as const),
        })),
        newest
          .slice(0, most)
          .map((one) => [
            one.month,
            one.kind,
            one.name,
            one.field,
            ...[one.reported, one.now, one.difference].map((value) => textOf(one, value, model.currency)),
          ]),
      )
      if (newest.length > most) output.say(`${newest.length - most} more; --last ${newest.length} shows all`)
    }
    const closed = counted.closed === null ? null : formatMonth(counted.closed)
    return { json: { closedThrough: closed, currency: model.currency, restatements: all } }
  },
}

/** As a run of its own: none that closes months is at work meanwhile. */
function giveUp(store: Store, clock: Clock, from: Month): Promise<boolean> {
  const lease = { store, clock, run: randomUUID(), times: { leaseMs: LEASE_MS } }
  return withLease(lease, 'derive', undefined, () => reportAnew(store, from))
}

const LEASE_MS = 60_000
/** January 1970: before anything is reported. */
const EVERY_MONTH = 0

function monthOf(option: '--month' | '--report-anew', given: string): Month {
  const month = parseMonth(given)
  if (month !== undefined) return month
  throw new Fault('usage', `${option} is "${given}"`, {
    blame: 'operator',
    exit: 2,
    hint: `Give ${option} a month${option === '--month' ? '' : ', or all'}: 2026-10`,
  })
}

function monthsFrom(given: string): string {
  return given === 'all' ? 'all months' : `${given} and later months`
}

/** Money in whole units with its decimals, ratios as they are. */
function textOf({ kind, field }: Restatement, value: number | null, currency: string): string | null {
  if (value === null) return null
  const decimals = decimalsOf(currency)
  if (FACTS[kind].fields[field]?.type === 'money')
    return (value / 10 ** decimals).toLocaleString('en-US', {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    })
  return value.toLocaleString('en-US', { maximumFractionDigits: 4 })
}
