import type { Restatement } from '../../domain/closed-months.ts'
import { formatMonth } from '../../domain/day.ts'
import { FACTS } from '../../domain/fact-fields.ts'
import { decimalsOf } from '../../domain/money.ts'
import { createZone } from '../../platform/zone.ts'
import { MONTHS_KEPT } from '../../sync/closed-months.ts'
import { readTotalsFacts } from '../../sync/totals-facts.ts'
import { type CommandSpec, countOption, textOption } from '../command.ts'
import { needMappings, openStoreThatIs } from '../wire.ts'

export const restatementsCommand: CommandSpec = {
  name: 'restatements',
  summary: 'what would be different now in months that are closed: `closed_through` of model.yaml',
  description:
    'List the numbers of closed months that would be others now, beside what was reported: boards and reports go on showing what was reported. An earlier month as closed_through: in model.yaml opens months again',
  options: [
    ['--month <month>', 'of this month alone, such as 2026-10'],
    ['--last <count>', 'how many to show, newest month first (50); --json shows all'],
  ],
  examples: ['boardsync restatements', 'boardsync restatements --month 2026-10 --json'],
  run: async ({ house, output, options }) => {
    const { mappings } = await needMappings(house, output)
    const { model, closedThrough } = mappings
    const zone = createZone(model.timeZone)
    const day = zone.dayOf(house.clock.now())
    await using store = await openStoreThatIs(house)
    const counted = await readTotalsFacts({ store, model, zone, closedThrough }, day, MONTHS_KEPT)
    const month = textOption(options, 'month')
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
