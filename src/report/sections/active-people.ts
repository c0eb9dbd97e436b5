import { ACTIVE_SLICES } from '../../domain/activity/active-weeks.ts'
import type { FactValues } from '../../domain/facts.ts'
import { CHART_BASE, COLORS, categories, STILL, values } from '../chart-style.ts'
import { type Chart, nothingToShow, type ReportFacts, type SectionBody, type SectionSpec, termsOf } from '../section.ts'
import { amount, count, counted, monthName, numberOf, percent } from '../words.ts'

/** People who use what is paid for, week by week, beside what was signed. */
export const activePeopleSection: SectionSpec = {
  id: 'active-people',
  title: 'Weekly active paying people',
  question: 'How many people use what is paid for, and how long after a signature do they?',
  needs: ['wapp_month'],
  make,
}

const MONTHS_SHOWN = 13
type Slice = (typeof ACTIVE_SLICES)[number]
const SLICES: Readonly<Record<Slice, { readonly name: string; readonly color: string }>> = {
  all: { name: 'all', color: COLORS.total },
  sales_assisted: { name: 'sales-assisted', color: COLORS.main },
  self_serve: { name: 'self-serve', color: COLORS.second },
}

function make(facts: ReportFacts): SectionBody {
  const { month, currency } = facts
  const all = facts.of('wapp_month')
  const rows = all.filter((row) => String(row.month) <= month)
  const months = [...new Set(rows.map((row) => String(row.month)))].sort().slice(-MONTHS_SHOWN)
  const now = ACTIVE_SLICES.flatMap((motion) => rows.filter((row) => row.month === month && row.motion === motion))
  if (now.length === 0)
    return nothingToShow(
      `Nobody was seen using the product in a whole week of ${monthName(month)} whose account pays.`,
      'Weekly use comes from PostHog, Mixpanel, Amplitude or a database: mappings/sources has examples.',
    )
  const lags = all.filter((row) => row.lagNote !== undefined)
  const shown = months.flatMap((one) => rows.filter((row) => row.month === one && row.motion === 'all'))
  const of = (name: string, motion: Slice) => rows.find((row) => row.month === name && row.motion === motion)
  return {
    sentences: [
      ...now.map(sentenceOf),
      ...lags.map(lagSentence),
      'How much activity and signatures went together says nothing of what made people use the product.',
    ],
    charts: [chartOf(months, of)],
    tables: [
      {
        caption: `By month: people in an average week, and ARR signed in ${currency}`,
        columns: [
          'Month',
          'People',
          'Sales-assisted',
          'Self-serve',
          'A year before',
          'Accounts',
          'Active of all users',
          'Signed',
        ],
        rows: shown.map((row) => [
          `${String(row.month)}${row.isOpen === true ? ', so far' : ''}`,
          count(numberOf(row, 'wapp')),
          count(numberOf(of(String(row.month), 'sales_assisted'), 'wapp')),
          count(numberOf(of(String(row.month), 'self_serve'), 'wapp')),
          count(numberOf(row, 'wappLastYear')),
          count(numberOf(row, 'accounts')),
          percent(numberOf(row, 'activeShare')),
          amount(numberOf(row, 'signedArr'), currency),
        ]),
      },
    ],
    terms: termsOf('wapp_month', {
      wapp: 'People',
      accounts: 'Accounts',
      activeShare: 'Active of all users',
      signedArr: 'Signed',
      lagMonths: 'Months after signing',
      correlation: 'Went together',
    }),
  }
}

function nameOf(row: FactValues): string {
  return row.motion === 'all' ? 'all accounts' : `${SLICES[row.motion as Slice].name} accounts`
}

function sentenceOf(row: FactValues): string {
  const [before, share] = [numberOf(row, 'wappLastYear'), numberOf(row, 'activeShare')]
  const year = before === undefined ? '' : `, ${count(before)} in the same month a year before`
  const active = share === undefined ? '' : `; ${percent(share)} of their users are active, as far as seats are known`
  return `Of ${nameOf(row)}: ${count(numberOf(row, 'wapp'))} weekly active paying people in ${monthName(String(row.month))}${row.isOpen === true ? ' so far' : ''}${year}${active}.`
}

/** What the row of the current month tells of the lag. */
function lagSentence(row: FactValues): string {
  const value = numberOf(row, 'correlation')
  if (value === undefined)
    return `Signatures and activity of ${nameOf(row)}: ${String(row.lagNote)} (${counted(numberOf(row, 'lagMonthsKnown') ?? 0, 'month', 'months')} known).`
  const [low, high] = [numberOf(row, 'correlationLow') ?? value, numberOf(row, 'correlationHigh') ?? value]
  return `Signatures and activity of ${nameOf(row)}, seen from today: ${String(row.lagNote)} (correlation ${value.toFixed(2)}, 95 % interval ${low.toFixed(2)} to ${high.toFixed(2)}; the lag at which it is largest was picked).`
}

function chartOf(months: readonly string[], of: (month: string, motion: Slice) => FactValues | undefined): Chart {
  const drawn = ACTIVE_SLICES.filter((motion) => months.some((month) => of(month, motion) !== undefined))
  return {
    title: 'Weekly active paying people, average week of each month',
    height: 300,
    option: {
      ...CHART_BASE,
      legend: { ...CHART_BASE.legend, data: drawn.map((motion) => SLICES[motion].name) },
      xAxis: categories(months),
      yAxis: { ...values('people'), min: 0 },
      series: drawn.map((motion) => ({
        ...STILL,
        name: SLICES[motion].name,
        type: 'line',
        symbolSize: 7,
        lineStyle: { color: SLICES[motion].color, width: 2 },
        itemStyle: { color: SLICES[motion].color },
        data: months.map((month) => numberOf(of(month, motion), 'wapp') ?? null),
      })),
    },
  }
}
