import { type Day, formatDay, monthIndexOf, parseDay } from '../../domain/day.ts'
import { type Period, quarterOf, type YearStart } from '../../domain/fiscal.ts'
import { formatMoney, grouped } from '../../domain/money.ts'
import type { PipelinePart } from '../../domain/pipeline/pipeline-walk.ts'
import type { MovedOpportunity, Sum, WaterfallFacts, WaterfallLimits } from '../../domain/pipeline/waterfall.ts'
import { SEGMENTS } from '../../domain/records.ts'
import { parsePeriod, periodName } from '../../domain/targets/period.ts'
import { Fault } from '../../platform/errors.ts'
import { createZone } from '../../platform/zone.ts'
import { readWaterfall } from '../../sync/waterfall.ts'
import { type CommandCall, type CommandSpec, textOption, unknownName } from '../command.ts'
import type { Output } from '../output.ts'
import { needMappings, openStoreThatIs } from '../wire.ts'

/** Opportunities listed of each part unless all are asked for. */
const LISTED = 10
const DAYS_PER_WEEK = 7
/** 1970-01-01 was a Thursday. */
const SINCE_MONDAY = 3

export const waterfallCommand: CommandSpec = {
  name: 'waterfall',
  summary: 'why the open pipeline moved between two days, such as since last Monday: each part with its opportunities',
  description:
    'Tell what the open pipeline was at the start of one day and at the end of another, and by what it moved: start + created + pulled in − pushed out ± changes of amount − won − lost = end, each part with its opportunities, largest first. From the records that were read, by the history of their stages; nothing is written',
  options: [
    ['--from <day>', 'the first day (the latest Monday before the last day)'],
    ['--to <day>', 'the last day (today)'],
    [
      '--due <period>',
      'open ones due in it: 2026-Q4, 2026-11, 2026, or all whatever their close date (the quarter of the last day)',
    ],
    ['--segment <segment>', `of accounts of this segment today: ${SEGMENTS.join(', ')} or none`],
    ['--all', `every opportunity of each part, not the ${LISTED} largest`],
  ],
  examples: [
    'boardsync waterfall',
    'boardsync waterfall --from 2026-10-01 --to 2026-10-31 --due all --segment enterprise',
  ],
  run: async (call) => {
    const { house, output } = call
    const { mappings } = await needMappings(house, output)
    const { model } = mappings
    const zone = createZone(model.timeZone)
    const today = zone.dayOf(house.clock.now())
    const { from, to } = daysOf(call.options, today)
    const due = dueOf(call.options, to, model.yearStart)
    const segment = segmentOf(call.options)
    await using store = await openStoreThatIs(house)
    const most = call.options.all === true ? Number.POSITIVE_INFINITY : LISTED
    const facts = await readWaterfall({ store, model, zone }, { from, to, due }, { segment, most }, today)
    const about = {
      from: formatDay(from),
      to: formatDay(to),
      due: due === null ? 'all' : periodName(due, model.yearStart),
      segment: segment ?? 'all',
    }
    sayWaterfall(output, about, facts, model.currency)
    return { json: { ...about, currency: model.currency, ...facts } }
  },
}

function daysOf(options: CommandCall['options'], today: Day): { readonly from: Day; readonly to: Day } {
  const to = dayOption(options, 'to') ?? today
  if (to > today) throw wrong('to', formatDay(to), `Give --to a day up to today, ${formatDay(today)}`)
  const from = dayOption(options, 'from') ?? mondayBefore(to)
  if (from > to) throw wrong('from', formatDay(from), `Give --from a day up to the last one, ${formatDay(to)}`)
  return { from, to }
}

/** On a Monday the one a week ago: that day asks what moved since the last. */
function mondayBefore(day: Day): Day {
  return day - 1 - ((day - 1 + SINCE_MONDAY) % DAYS_PER_WEEK)
}

function dayOption(options: CommandCall['options'], name: string): Day | undefined {
  const given = textOption(options, name)
  if (given === undefined) return undefined
  const day = parseDay(given)
  if (day === undefined) throw wrong(name, given, `Give --${name} a day: 2026-11-23`)
  return day
}

function dueOf(options: CommandCall['options'], to: Day, yearStart: YearStart): Period | null {
  const given = textOption(options, 'due')
  if (given === 'all') return null
  const period = given === undefined ? quarterOf(monthIndexOf(to), yearStart) : parsePeriod(given, yearStart)
  if (period === undefined) throw wrong('due', given ?? '', 'Give --due a quarter, a month, a year, or all: 2026-Q4')
  return period
}

function segmentOf(options: CommandCall['options']): WaterfallLimits['segment'] {
  const given = textOption(options, 'segment')
  if (given === undefined) return null
  const known = [...SEGMENTS, 'none'] as const
  const segment = known.find((one) => one === given)
  if (segment === undefined) throw unknownName(given, 'segment', known)
  return segment
}

function wrong(name: string, given: string, hint: string): Fault {
  return new Fault('usage', `--${name} is "${given}"`, { blame: 'operator', exit: 2, hint })
}

const PART_NAMES: Readonly<Record<PipelinePart, string>> = {
  created: 'created',
  pulledIn: 'pulled in',
  dated: 'got a close date',
  reopened: 'opened again',
  increased: 'increased',
  decreased: 'decreased',
  pushedOut: 'pushed out',
  won: 'won',
  lost: 'lost',
}

interface About {
  readonly from: string
  readonly to: string
  readonly due: string
  readonly segment: string
}

function sayWaterfall(output: Output, about: About, facts: WaterfallFacts, currency: string): void {
  const { start, parts, end } = facts
  const which = about.due === 'all' ? 'all that is open' : `open and due in ${about.due}`
  const segment = about.segment === 'all' ? '' : `, segment ${about.segment}`
  output.say(`From the start of ${about.from} to the end of ${about.to}: ${which}${segment}; ARR in ${currency}`)
  output.say('')
  const row = (name: string, { count }: Sum, arr: string) => [name, count, arr]
  output.table(
    [{ title: 'part' }, { title: 'opportunities' }, { title: 'ARR', align: 'right' }],
    [
      row('start', start, exact(start.arr, currency)),
      ...parts.map((part) => row(PART_NAMES[part.part], part, signed(part.sign * part.arr, currency))),
      row('end', end, exact(end.arr, currency)),
    ],
  )
  for (const { part, count, opportunities } of parts) {
    if (count === 0) continue
    output.say('')
    output.say(`${PART_NAMES[part]}:`)
    sayOpportunities(output, opportunities, currency)
    if (count > opportunities.length)
      output.say(`and ${grouped(count - opportunities.length)} smaller; --all shows them`)
  }
  const guessed = parts.reduce((sum, one) => sum + one.guessed, 0)
  if (guessed === 0) return
  output.say('')
  output.say(`* ${grouped(guessed)} of these are on days that no history of stages tells: they may have moved earlier`)
}

function sayOpportunities(output: Output, list: readonly MovedOpportunity[], currency: string): void {
  output.table(
    ['opportunity', 'account', 'owner', 'change', 'ARR before', 'ARR now', 'due before', 'due or closed'].map(
      (title, i) => ({
        title,
        align: i > 2 && i < 6 ? ('right' as const) : ('left' as const),
      }),
    ),
    list.map((one) => [
      `${one.name ?? one.id}${one.isGuessed ? ' *' : ''}`,
      one.account,
      one.owner,
      signed(one.change, currency),
      one.arrBefore === null ? null : exact(one.arrBefore, currency),
      exact(one.arr, currency),
      one.closeOnBefore,
      one.closeOn,
    ]),
  )
}

/** Money to its minor unit, as text: `1,234.50`. */
function exact(minor: number, currency: string): string {
  const [units = '', decimals] = formatMoney(minor, currency).split('.')
  return grouped(units) + (decimals === undefined ? '' : `.${decimals}`)
}

function signed(minor: number, currency: string): string {
  return minor > 0 ? `+${exact(minor, currency)}` : exact(minor === 0 ? 0 : minor, currency)
}
