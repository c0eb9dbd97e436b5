import type { FactValues } from '../../domain/facts.ts'
import { PART_SIGNS } from '../../domain/pipeline/pipeline-month-facts.ts'
import {
  PIPELINE_PARTS,
  PIPELINE_WINDOWS,
  type PipelinePart,
  type PipelineWindow,
} from '../../domain/pipeline/pipeline-walk.ts'
import { CHART_BASE, COLORS, categories, STILL, values } from '../chart-style.ts'
import { type Chart, nothingToShow, type ReportFacts, type SectionBody, type SectionSpec, termsOf } from '../section.ts'
import { amount, count, majorOf, money, monthName, numberOf, percent, signedAmount, signedMoney } from '../words.ts'

/** Start, parts and end of the month's open pipeline, of all segments together. */
export const waterfallSection: SectionSpec = {
  id: 'waterfall',
  title: 'Pipeline waterfall',
  question: 'By what did our open pipeline move in the month?',
  needs: ['pipeline_month'],
  make,
}

const PART_NAMES: Readonly<Record<PipelinePart, string>> = {
  created: 'Created',
  pulledIn: 'Pulled in',
  dated: 'Got a close date',
  reopened: 'Opened again',
  increased: 'Increased',
  decreased: 'Decreased',
  pushedOut: 'Pushed out',
  won: 'Won',
  lost: 'Lost',
}
const WINDOW_NAMES: Readonly<Record<PipelineWindow, string>> = {
  all_open: 'All that is open',
  due_in_quarter: 'Due in the quarter of the month',
  due_in_month: 'Due in the month',
}

function make(facts: ReportFacts): SectionBody {
  const { month, currency } = facts
  const rows = facts.of('pipeline_month').filter((row) => row.month === month && row.segment === 'all')
  const windows = PIPELINE_WINDOWS.flatMap((window) => rows.filter((row) => row.window === window))
  const all = windows.find((row) => row.window === 'all_open')
  if (windows.length === 0)
    return nothingToShow(
      `Nothing was open in ${monthName(month)}.`,
      'Opportunities come from the sources: boardsync status tells what was read of them, and --month takes another month.',
    )
  return {
    sentences: windows.map((row) => sentenceOf(row, currency)),
    charts: all === undefined ? [] : [chartOf(all, month, currency)],
    tables: [
      {
        caption: `From start to end of ${monthName(month)}, ARR in ${currency} and number of opportunities`,
        columns: ['Part', ...windows.map((row) => WINDOW_NAMES[row.window as PipelineWindow])],
        rows: [
          ['Start', ...windows.map((row) => withCount(amount(numberOf(row, 'start'), currency), row, 'start'))],
          ...PIPELINE_PARTS.map((part) => [
            PART_NAMES[part],
            ...windows.map((row) => withCount(signedAmount(changeOf(row, part), currency), row, part)),
          ]),
          ['End', ...windows.map((row) => withCount(amount(numberOf(row, 'end'), currency), row, 'end'))],
          ['End, same month a year ago', ...windows.map((row) => amount(numberOf(row, 'endLastYear'), currency))],
          ['Slippage, by amount', ...windows.map((row) => percent(numberOf(row, 'slippage')))],
          ['Slippage, by count', ...windows.map((row) => percent(numberOf(row, 'slippageByCount')))],
        ],
      },
    ],
    terms: termsOf('pipeline_month', {
      window: 'Which pipeline',
      start: 'Start',
      ...PART_NAMES,
      end: 'End',
      slippage: 'Slippage, by amount',
      slippageByCount: 'Slippage, by count',
    }),
  }
}

/** By how much a part moved the pipeline: what was lost is below zero. */
function changeOf(row: FactValues, part: PipelinePart): number {
  return PART_SIGNS[part] * (numberOf(row, part) ?? 0)
}

function withCount(text: string, row: FactValues, part: string): string {
  return `${text} (${count(numberOf(row, `${part}Count`) ?? 0)})`
}

function sentenceOf(row: FactValues, currency: string): string {
  const [start, end] = [numberOf(row, 'start') ?? 0, numberOf(row, 'end') ?? 0]
  const moved = PIPELINE_PARTS.map((part) => ({ part, change: changeOf(row, part) }))
    .filter(({ change }) => change !== 0)
    .sort((a, b) => Math.abs(b.change) - Math.abs(a.change))
  const largest = moved
    .slice(0, 3)
    .map(({ part, change }) => `${PART_NAMES[part].toLowerCase()} ${signedMoney(change, currency)}`)
  const parts = largest.length === 0 ? 'nothing moved' : `the largest parts are ${largest.join(', ')}`
  const when = row.isOpen === true ? 'today' : 'at its end'
  return `${WINDOW_NAMES[row.window as PipelineWindow]}: from ${money(start, currency)} of ARR at the start of the month to ${money(end, currency)} ${when} (${signedMoney(end - start, currency)}); ${parts}.`
}

function chartOf(row: FactValues, month: string, currency: string): Chart {
  const steps = PIPELINE_PARTS.map((part) => ({ name: PART_NAMES[part], change: changeOf(row, part) })).filter(
    ({ change }) => change !== 0,
  )
  const start = numberOf(row, 'start') ?? 0
  const bars: { name: string; from: number; to: number; text: string; color: string }[] = [
    { name: 'Start', from: 0, to: start, text: amount(start, currency), color: COLORS.total },
  ]
  let level = start
  for (const { name, change } of steps) {
    const color = change > 0 ? COLORS.main : COLORS.bad
    bars.push({ name, from: level, to: level + change, text: signedAmount(change, currency), color })
    level += change
  }
  bars.push({ name: 'End', from: 0, to: level, text: amount(level, currency), color: COLORS.total })
  return {
    title: `All open pipeline from start to end of ${monthName(month)}, ARR in ${currency}`,
    height: 340,
    option: {
      ...CHART_BASE,
      legend: { show: false },
      xAxis: categories(bars.map(({ name }) => name)),
      yAxis: values(currency),
      series: [
        // Each bar stands on one that is not seen; `all`: below zero, too.
        {
          ...STILL,
          type: 'bar',
          stack: 'waterfall',
          stackStrategy: 'all',
          itemStyle: { color: 'transparent' },
          data: bars.map(({ from, to }) => majorOf(Math.min(from, to), currency)),
        },
        {
          ...STILL,
          type: 'bar',
          stack: 'waterfall',
          stackStrategy: 'all',
          data: bars.map(({ from, to, text, color }) => ({
            value: majorOf(Math.abs(to - from), currency),
            itemStyle: { color },
            label: { show: true, position: 'top', formatter: text },
          })),
        },
      ],
    },
  }
}
