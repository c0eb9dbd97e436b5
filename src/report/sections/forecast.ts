import { formatDay } from '../../domain/day.ts'
import type { FactValues } from '../../domain/facts.ts'
import { FORECAST_PERIODS, type ForecastPeriod } from '../../domain/forecast/forecast-period.ts'
import { CHART_BASE, COLORS, categories, STILL, values } from '../chart-style.ts'
import { nothingToShow, type ReportFacts, type SectionBody, type SectionSpec, termsOf } from '../section.ts'
import { amount, count, counted, majorOf, money, monthName, numberOf } from '../words.ts'

/** What was expected at the beginning of the month, with its range, beside what earlier forecasts came to. */
export const forecastSection: SectionSpec = {
  id: 'forecast',
  title: 'Forecast',
  question: 'What will we close this month and this quarter, and how far off were we before?',
  needs: ['forecast'],
  make,
}

const PERIOD_NAMES: Readonly<Record<ForecastPeriod, string>> = {
  month: 'The month',
  quarter: 'Its quarter',
  next_quarter: 'The quarter after that',
  quarter_after_next: 'The quarter after the next',
}
const MONTHS_SHOWN = 13

function make(facts: ReportFacts): SectionBody {
  const { month, currency } = facts
  const rows = facts.of('forecast')
  const made = FORECAST_PERIODS.flatMap((period) => rows.filter((row) => row.period === period && row.month === month))
  if (made.length === 0)
    return nothingToShow(
      `No forecast was made at the beginning of ${monthName(month)}: nothing stood open then, and nothing was won.`,
      'Opportunities come from the sources: boardsync status tells what was read of them, and --month takes another month.',
    )
  const cells = (row: FactValues) => (field: string) => amount(numberOf(row, field), currency)
  return {
    sentences: [
      ...made.map((row) => sentenceOf(row, currency)),
      `Reckoned thus: ${String(made[0]?.method)}.`,
      ...made.flatMap((row) => presentSentence(row, currency)),
    ],
    charts: byMonth(rows, facts),
    tables: [
      ...presentTable(made, currency),
      {
        caption: `Forecasts made at the beginning of ${monthName(month)}, ARR in ${currency}`,
        columns: [
          'Period',
          'From',
          'To',
          'Won before',
          'Stood open',
          'Expected of that',
          'Forecast',
          'Low end',
          'High end',
          'Won since, so far',
          'Target',
          'Gap',
          'No forecast for want of history',
        ],
        rows: made.map((row) => {
          const cell = cells(row)
          return [
            PERIOD_NAMES[row.period as ForecastPeriod],
            formatDay(numberOf(row, 'fromOn') ?? 0),
            formatDay(numberOf(row, 'toOn') ?? 0),
            cell('wonBefore'),
            `${cell('openArr')} (${count(numberOf(row, 'open'))})`,
            cell('expected'),
            cell('forecast'),
            cell('low'),
            cell('high'),
            cell('wonSince'),
            cell('target'),
            cell('gap'),
            cell('withoutRate'),
          ]
        }),
      },
    ],
    terms: termsOf('forecast', {
      wonBefore: 'Won before',
      openArr: 'Stood open',
      expected: 'Expected of that',
      forecast: 'Forecast',
      low: 'Low end',
      high: 'High end',
      wonSince: 'Won since, so far',
      target: 'Target',
      gap: 'Gap',
      withoutRate: 'No forecast for want of history',
      now: 'As it looks today',
      p10: 'P10',
      p50: 'P50',
      p90: 'P90',
      nowError: 'Off by at most',
      nowByAge: 'By stage and age',
      nowByStage: 'By stage alone',
      nowByCrm: 'By the CRM',
      nowWithoutChance: 'No chance known',
    }),
  }
}

/** What is said of today; nothing of months that are over. */
function presentSentence(row: FactValues, currency: string): string[] {
  if (row.p50 === undefined) return []
  const cell = (field: string) => money(numberOf(row, field), currency)
  const ofCrm = numberOf(row, 'nowByCrm') ?? 0
  const thin =
    ofCrm === 0 ? '' : ` Of what is open, ${cell('nowByCrm')} has too little history: there it is the CRM’s word.`
  return [
    `${PERIOD_NAMES[row.period as ForecastPeriod]}, seen from today: ${cell('p50')} as likely more as less, ${cell('p10')} to ${cell('p90')} with 80 % if opportunities did not depend on each other; they do, so the true range is wider. Reckoned of ${row.nowMethod}, off by ${numberOf(row, 'nowError') === 0 ? 'nothing' : `at most ${cell('nowError')}`}.${thin}`,
  ]
}

function presentTable(made: readonly FactValues[], currency: string): SectionBody['tables'] {
  const rows = made.filter((row) => row.openNow !== undefined)
  if (rows.length === 0) return []
  const fields = ['now', 'p10', 'p50', 'p90', 'nowError', 'nowByAge', 'nowByStage', 'nowByCrm', 'nowWithoutChance']
  return [
    {
      caption: `As it looks today, ARR in ${currency}; beside it, whence the chances of what is open are taken`,
      columns: [
        ...['Period', 'Open today', 'As it looks today', 'P10', 'P50', 'P90', 'Off by at most'],
        ...['By stage and age', 'By stage alone', 'By the CRM', 'No chance known'],
      ],
      rows: rows.map((row) => [
        PERIOD_NAMES[row.period as ForecastPeriod],
        `${amount(numberOf(row, 'openArrNow'), currency)} (${count(numberOf(row, 'openNow'))})`,
        ...fields.map((field) => amount(numberOf(row, field), currency)),
      ]),
    },
  ]
}

function sentenceOf(row: FactValues, currency: string): string {
  const cell = (field: string) => money(numberOf(row, field), currency)
  const [from, to] = [formatDay(numberOf(row, 'fromOn') ?? 0), formatDay(numberOf(row, 'toOn') ?? 0)]
  const open = counted(numberOf(row, 'open') ?? 0, 'opportunity', 'opportunities')
  const span = `${PERIOD_NAMES[row.period as ForecastPeriod]} (${from} to ${to})`
  if (row.forecast === undefined)
    return `${span}: no forecast. ${open} stood open, and too few earlier ones are over to learn a rate from.`
  const sum = `${span} is forecast at ${cell('forecast')} of ARR: ${cell('wonBefore')} won before the forecast was made, and ${cell('expected')} expected of ${open} that stood open, worth ${cell('openArr')}`
  const earlier = numberOf(row, 'earlierForecasts') ?? 0
  const range =
    row.low === undefined
      ? `No range is given: only ${counted(earlier, 'earlier forecast is', 'earlier forecasts are')} over, and it takes 6`
      : `Going by how far off ${count(earlier)} earlier forecasts were, the range from their 10th to their 90th percentile is ${cell('low')} to ${cell('high')}`
  const [likely, high] = [numberOf(row, 'forecast') ?? 0, numberOf(row, 'high')]
  // A rate learnt from counts can lie outside of what came of its forecasts.
  const beside =
    high === undefined || (likely <= high && likely >= (numberOf(row, 'low') ?? likely))
      ? ''
      : ` The forecast itself lies ${likely > high ? 'above' : 'below'} that range: most earlier ones came to ${likely > high ? 'less' : 'more'} than was forecast.`
  const target = numberOf(row, 'target')
  const lacking =
    target === undefined
      ? ' No target is known for it.'
      : ` The target is ${money(target, currency)}; ${(numberOf(row, 'gap') ?? 0) > 0 ? `${cell('gap')} is lacking to it` : 'it is reached'}.`
  return `${sum}. ${range}.${beside} Won since then: ${cell('wonSince')}${row.isOver === true ? '' : ', so far'}.${lacking}`
}

function byMonth(rows: readonly FactValues[], { month, currency }: ReportFacts): SectionBody['charts'] {
  const shown = rows
    .filter((row) => row.period === 'month' && String(row.month) <= month)
    .sort((a, b) => (String(a.month) < String(b.month) ? -1 : 1))
    .slice(-MONTHS_SHOWN)
  if (shown.length === 0) return []
  const of = (row: FactValues, field: string) => {
    const value = numberOf(row, field)
    return value === undefined ? null : majorOf(value, currency)
  }
  return [
    {
      title: `Forecast of each month, made at its beginning, with its range, beside the ARR won in it, ${currency}`,
      height: 320,
      option: {
        ...CHART_BASE,
        legend: { ...CHART_BASE.legend, data: ['range', 'forecast', 'won'] },
        xAxis: categories(shown.map((row) => String(row.month))),
        yAxis: values(currency),
        series: [
          // The range stands on a bar that is not seen.
          {
            ...STILL,
            name: 'below the range',
            type: 'bar',
            stack: 'range',
            barWidth: '46%',
            itemStyle: { color: 'transparent' },
            data: shown.map((row) => of(row, 'low')),
          },
          {
            ...STILL,
            name: 'range',
            type: 'bar',
            stack: 'range',
            barWidth: '46%',
            itemStyle: { color: COLORS.third, opacity: 0.45 },
            data: shown.map((row) => {
              const [low, high] = [of(row, 'low'), of(row, 'high')]
              return low === null || high === null ? null : high - low
            }),
          },
          {
            ...STILL,
            name: 'forecast',
            type: 'scatter',
            symbol: 'diamond',
            symbolSize: 13,
            itemStyle: { color: COLORS.main },
            data: shown.map((row) => of(row, 'forecast')),
          },
          {
            ...STILL,
            name: 'won',
            type: 'scatter',
            symbol: 'circle',
            symbolSize: 10,
            itemStyle: { color: COLORS.bad },
            data: shown.map((row) => majorOf(numberOf(row, 'wonSince') ?? 0, currency)),
          },
        ],
      },
    },
  ]
}
