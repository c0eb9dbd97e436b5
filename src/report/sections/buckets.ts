import type { FactValues } from '../../domain/facts.ts'
import { CHART_BASE, COLORS, categories, STILL, values } from '../chart-style.ts'
import { type Chart, nothingToShow, type ReportFacts, type SectionBody, type SectionSpec, termsOf } from '../section.ts'
import { amount, count, counted, majorOf, money, monthName, numberOf, signedAmount, signedMoney } from '../words.ts'

/** ARR of accounts that sales works on, below the threshold and past it: month by month, and each team in the month. */
export const bucketsSection: SectionSpec = {
  id: 'buckets',
  title: 'Buckets',
  question: 'How much of our ARR has grown past the threshold, and what graduated in the month?',
  needs: ['bucket_month'],
  make,
}

const MONTHS_SHOWN = 13
const COLUMNS = {
  orangeEnd: 'Orange, at the end',
  greenEnd: 'Green, at the end',
  graduated: 'Graduated',
  greenNew: 'Born green',
  greenExpansion: 'Green, grew',
  greenContraction: 'Green, shrank',
  greenChurn: 'Green, left',
} as const
/** Of them, those that tell of a change. */
const CHANGES: readonly string[] = ['graduated', 'greenNew', 'greenExpansion', 'greenContraction', 'greenChurn']

function make(facts: ReportFacts): SectionBody {
  const { month, currency } = facts
  const rows = facts.of('bucket_month')
  const months = rows
    .filter((row) => row.level === 'company' && String(row.month) <= month)
    .sort((a, b) => (String(a.month) < String(b.month) ? -1 : 1))
    .slice(-MONTHS_SHOWN)
  const current = months.find((row) => row.month === month)
  if (current === undefined)
    return nothingToShow(
      `No account that sales works on had ARR by ${monthName(month)}.`,
      'ARR comes from subscription periods, else from won opportunities: map one of them in a file of mappings/sources.',
    )
  const teams = rows.filter((row) => row.level === 'team' && row.month === month)
  const table = (caption: string, head: string, list: readonly FactValues[], nameOf: (row: FactValues) => string) => ({
    caption: `${caption}, ARR in ${currency}`,
    columns: [head, ...Object.values(COLUMNS), 'Graduations', 'Orange accounts', 'Green accounts'],
    rows: list.map((row) => [
      nameOf(row),
      ...Object.keys(COLUMNS).map((field) =>
        (CHANGES.includes(field) ? signedAmount : amount)(numberOf(row, field), currency),
      ),
      ...['graduations', 'orangeAccounts', 'greenAccounts'].map((field) => count(numberOf(row, field))),
    ]),
  })
  return {
    sentences: sentencesOf(current, facts),
    charts: [chartOf(months, currency)],
    tables: [
      table('The company, by month', 'Month', months, (row) => String(row.month)),
      ...(teams.length === 0
        ? []
        : [table(`${monthName(month)}, by team`, 'Team', teams, (row) => String(row.team ?? 'no team'))]),
    ],
    terms: termsOf('bucket_month', {
      ...COLUMNS,
      graduations: 'Graduations',
      nearAccounts: 'Near the threshold',
      outOfReachAccounts: 'Cannot reach it',
    }),
  }
}

function sentencesOf(row: FactValues, { currency }: ReportFacts): string[] {
  const cell = (field: string) => money(numberOf(row, field), currency)
  const number = (field: string) => numberOf(row, field) ?? 0
  const [soFar, when] = row.isOpen === true ? [' so far', 'Today'] : ['', 'At its end']
  return [
    `${when} ${cell('greenEnd')} of ARR is green, past the threshold, and ${cell('orangeEnd')} is orange, below it; a year before, green was ${cell('greenLastYear')}.`,
    `${counted(number('graduations'), 'account', 'accounts')} graduated in ${monthName(String(row.month))}${soFar} with ${cell('graduated')} of ARR, and ${counted(number('bornGreenAccounts'), 'account was', 'accounts were')} born green. Green went from ${cell('greenStart')} to ${cell('greenEnd')} (${signedMoney(number('greenEnd') - number('greenStart'), currency)}).`,
    `${counted(number('nearAccounts'), 'orange account is', 'orange accounts are')} near the threshold; ${counted(number('outOfReachAccounts'), 'cannot', 'cannot')} reach it with the employees known today.`,
    'Self-serve accounts are in neither bucket. That an account is green says that it grew past the threshold under sales, not who made it grow.',
  ]
}

function chartOf(months: readonly FactValues[], currency: string): Chart {
  const bar = (name: string, field: string, color: string) => ({
    ...STILL,
    name,
    type: 'bar',
    stack: 'arr',
    itemStyle: { color },
    data: months.map((row) => majorOf(numberOf(row, field) ?? 0, currency)),
  })
  return {
    title: `ARR past the threshold (green) and below it (orange) at the end of each month, ${currency}`,
    height: 320,
    option: {
      ...CHART_BASE,
      legend: { ...CHART_BASE.legend, data: ['green', 'orange'] },
      xAxis: categories(months.map((row) => String(row.month))),
      yAxis: values(currency),
      series: [bar('green', 'greenEnd', COLORS.good), bar('orange', 'orangeEnd', COLORS.second)],
    },
  }
}
