import type { FactValues } from '../../domain/facts.ts'
import { WEEKDAYS } from '../../domain/support/support-hour-facts.ts'
import { CHART_BASE, COLORS } from '../chart-style.ts'
import {
  type Chart,
  nothingToShow,
  type ReportFacts,
  type SectionBody,
  type SectionSpec,
  type Table,
  termsOf,
} from '../section.ts'
import { count, counted, numberOf, percent } from '../words.ts'

/** When tickets come in over the week, and where too few are answered in time: staffing gaps. */
export const supportHoursSection: SectionSpec = {
  id: 'support-hours',
  title: 'Support over the week',
  question: 'When do customers write, and at which hours are too few answered in time?',
  needs: ['support_hour'],
  make,
}

type Weekday = (typeof WEEKDAYS)[number]
const NAMES: Readonly<Record<Weekday, string>> = {
  mon: 'Mon',
  tue: 'Tue',
  wed: 'Wed',
  thu: 'Thu',
  fri: 'Fri',
  sat: 'Sat',
  sun: 'Sun',
}

function make(facts: ReportFacts): SectionBody {
  const all = facts.of('support_hour')
  const hours = all
    .filter((row) => row.team === 'all')
    .sort((a, b) => (numberOf(a, 'hour') ?? 0) - (numberOf(b, 'hour') ?? 0))
  const tickets = hours.reduce((sum, row) => sum + (numberOf(row, 'tickets') ?? 0), 0)
  if (tickets === 0)
    return nothingToShow(
      'No ticket came in during the months that are looked at.',
      'Tickets come from Zendesk, Salesforce or files: mappings/sources has examples, zendesk.yaml.example and salesforce-cases.yaml.example.',
    )
  return {
    sentences: sentencesOf(hours, tickets),
    charts: [heatMap(hours)],
    tables: [tableOf(hours)],
    terms: termsOf('support_hour', {
      clock: 'Hour',
      mon: 'Tickets per hour on Mondays, and so on',
      monInTime: 'In time on Mondays, and so on',
      inTime: 'In time, all days',
      tickets: 'Tickets, all days',
      gaps: 'Too few in time',
    }),
  }
}

function gapsOf(row: FactValues): string[] {
  return String(row.gaps)
    .split(', ')
    .filter((gap) => gap !== '')
}

function sentencesOf(hours: readonly FactValues[], tickets: number): string[] {
  const cells = hours.flatMap((row) =>
    WEEKDAYS.map((weekday) => ({ weekday, clock: String(row.clock), often: numberOf(row, weekday) ?? 0 })),
  )
  const busiest = cells.reduce((most, cell) => (cell.often > most.often ? cell : most))
  const gaps = hours.flatMap((row) => gapsOf(row).map((gap) => `${NAMES[gap as Weekday]} ${String(row.clock)}`))
  return [
    `${counted(tickets, 'ticket', 'tickets')} came in over the newest months up to today, by the company’s own clock; the month of the report is not told apart.`,
    `The busiest hour is ${NAMES[busiest.weekday]} ${busiest.clock}, with ${busiest.often.toFixed(1)} tickets on average.`,
    gaps.length === 0
      ? 'At no hour with enough tickets to tell were too few answered in time.'
      : `At ${counted(gaps.length, 'hour', 'hours')} of the week too few were answered in time (framed in the picture): ${gaps.slice(0, MOST_NAMED).join(', ')}${gaps.length > MOST_NAMED ? ` and ${gaps.length - MOST_NAMED} more` : ''}.`,
    'Tickets are counted at the hour in which they came in, whenever they were answered. A framed hour says that answers came late, not who was missing.',
  ]
}

const MOST_NAMED = 12
/** From few to many; the lightest still stands out from paper. */
const SHADES = ['#eef4f9', '#b9d6ea', '#74b0d8', '#2f83bd', '#0a4f86']

function heatMap(hours: readonly FactValues[]): Chart {
  const data = hours.flatMap((row, x) =>
    WEEKDAYS.flatMap((weekday, i) => {
      const often = numberOf(row, weekday)
      if (often === undefined) return []
      const frame = gapsOf(row).includes(weekday) ? { borderColor: COLORS.bad, borderWidth: 3 } : {}
      // Charts count from below.
      return [{ value: [x, WEEKDAYS.length - 1 - i, often], itemStyle: frame }]
    }),
  )
  return {
    title: 'Tickets per hour by weekday and hour; framed where too few were answered in time',
    height: 320,
    option: {
      ...CHART_BASE,
      legend: { show: false },
      grid: { ...CHART_BASE.grid, top: 12, bottom: 56 },
      xAxis: {
        type: 'category',
        data: hours.map((row) => String(row.clock).slice(0, 2)),
        axisTick: { show: false },
        axisLabel: { interval: 0 },
      },
      yAxis: {
        type: 'category',
        data: WEEKDAYS.map((weekday) => NAMES[weekday]).reverse(),
        axisTick: { show: false },
      },
      visualMap: {
        // Steps, not a flow of colours: they can be told apart on paper.
        type: 'piecewise',
        pieces: steps(Math.max(...data.map(({ value }) => value[2] ?? 0))),
        orient: 'horizontal',
        left: 'center',
        bottom: 8,
        itemGap: 44,
      },
      series: [
        {
          type: 'heatmap',
          silent: true,
          emphasis: { disabled: true },
          itemStyle: { borderColor: '#ffffff', borderWidth: 1 },
          data,
        },
      ],
    },
  }
}

/** Equal steps from none to the most, from light to dark. */
function steps(most: number): object[] {
  const step = most / SHADES.length
  const decimals = step < 0.1 ? 2 : step < 1 ? 1 : 0
  return SHADES.map((color, i) => {
    const [from, to] = [i * step, (i + 1) * step]
    const label = `${from.toFixed(decimals)} to ${to.toFixed(decimals)}`
    return i === SHADES.length - 1 ? { gte: from, label, color } : { gte: from, lt: to, label, color }
  })
}

function tableOf(hours: readonly FactValues[]): Table {
  return {
    caption: 'Share answered in time, by hour and weekday; – where nothing was due',
    columns: ['Hour', ...WEEKDAYS.map((weekday) => NAMES[weekday]), 'All days', 'Tickets', 'Too few in time'],
    rows: hours.map((row) => [
      String(row.clock),
      ...WEEKDAYS.map((weekday) => percent(numberOf(row, `${weekday}InTime`))),
      percent(numberOf(row, 'inTime')),
      count(numberOf(row, 'tickets')),
      gapsOf(row)
        .map((gap) => NAMES[gap as Weekday])
        .join(', ') || '–',
    ]),
  }
}
