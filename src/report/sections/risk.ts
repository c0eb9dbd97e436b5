import { monthIndexOf, parseDay } from '../../domain/day.ts'
import type { FactValues } from '../../domain/facts.ts'
import { quarterName } from '../../domain/fiscal.ts'
import { CHART_BASE, COLORS, categories, STILL, values } from '../chart-style.ts'
import {
  type Chart,
  nothingToShow,
  type ReportFacts,
  type SectionBody,
  type SectionSpec,
  type Table,
  termsOf,
} from '../section.ts'
import { amount, count, counted, majorOf, money, monthName, numberOf, percent } from '../words.ts'

/** What risks came to by quarter and reason, and what renews in the months ahead. */
export const riskSection: SectionSpec = {
  id: 'risk',
  title: 'Risk and renewals',
  question: 'How much ARR may leave or shrink, why, and what renews in the months ahead?',
  needs: ['risk_quarter', 'renewal_month'],
  make,
}

const QUARTERS_SHOWN = 8
const ENDS = {
  saved: { name: 'saved', color: COLORS.good },
  contracted: { name: 'contracted', color: COLORS.second },
  churned: { name: 'churned', color: COLORS.bad },
  stillOpen: { name: 'still open', color: COLORS.third },
} as const

function make(facts: ReportFacts): SectionBody {
  const { month, currency, yearStart } = facts
  const quarterOf = quarterName(monthIndexOf(parseDay(`${month}-01`) ?? 0), yearStart)
  const risks = facts.of('risk_quarter').filter((row) => String(row.quarter) <= quarterOf)
  const quarters = risks
    .filter((row) => row.by === 'all')
    .sort((a, b) => (String(a.quarter) < String(b.quarter) ? -1 : 1))
    .slice(-QUARTERS_SHOWN)
  const renewals = facts
    .of('renewal_month')
    .filter((row) => row.health === 'all')
    .sort((a, b) => (String(a.month) < String(b.month) ? -1 : 1))
  if (quarters.length === 0 && renewals.length === 0)
    return nothingToShow(
      `No risk was raised by ${monthName(month)}, and no renewal is known.`,
      'Risks come from a board, a CRM or files, renewals from the renewal date of accounts: map them in a file of mappings/sources.',
    )
  const reasons = risks
    .filter((row) => row.by === 'reason' && row.quarter === quarterOf)
    .sort((a, b) => (numberOf(b, 'openedArr') ?? 0) - (numberOf(a, 'openedArr') ?? 0))
  return {
    sentences: [
      ...riskSentences(quarters, quarterOf, currency),
      ...renewalSentences(renewals, currency),
      'ARR at risk is what may leave, unweighted. A reason is what a person entered: it does not tell why an account leaves.',
    ],
    charts: [...riskChart(quarters, currency), ...renewalChart(renewals, currency)],
    tables: [
      ...(quarters.length === 0 ? [] : [riskTable('Risks, by quarter', 'Quarter', quarters, 'quarter', currency)]),
      ...(reasons.length === 0
        ? []
        : [riskTable(`Risks of ${quarterOf}, by reason`, 'Reason', reasons, 'cause', currency)]),
      ...(renewals.length === 0 ? [] : [renewalTable(renewals, currency)]),
    ],
    terms: [
      ...termsOf('risk_quarter', {
        openedArr: 'Opened',
        savedShare: 'Saved of those that ended',
        falseAlarms: 'False alarms',
      }),
      ...termsOf('renewal_month', {
        arr: 'Renews',
        arrAtRisk: 'At risk',
        weightedArrAtRisk: 'At risk, weighted',
        expectedArr: 'Expected',
      }),
    ],
  }
}

function riskSentences(quarters: readonly FactValues[], quarterOf: string, currency: string): string[] {
  const current = quarters.find((row) => row.quarter === quarterOf)
  if (current === undefined) return [`No risk was opened or closed in ${quarterOf}.`]
  const cell = (field: string) => money(numberOf(current, field) ?? 0, currency)
  const number = (field: string) => numberOf(current, field) ?? 0
  const share = numberOf(current, 'savedShare')
  return [
    `In ${quarterOf}${current.isOpen === true ? ', up to today,' : ''} ${counted(number('opened'), 'risk was opened', 'risks were opened')} with ${cell('openedArr')} of ARR at risk; ${count(number('stillOpen'))} of them (${cell('stillOpenArr')}) are still open.`,
    `Closed in it: ${count(number('saved'))} saved (${cell('savedArr')}), ${count(number('contracted'))} contracted (${cell('contractedArr')}), ${count(number('churned'))} churned (${cell('churnedArr')}), ${counted(number('falseAlarms'), 'false alarm', 'false alarms')}${share === undefined ? '' : `; ${percent(share)} of those that ended were saved`}.`,
  ]
}

function renewalSentences(renewals: readonly FactValues[], currency: string): string[] {
  if (renewals.length === 0) return ['No renewal date is known.']
  const sum = (field: string) => renewals.reduce((total, row) => total + (numberOf(row, field) ?? 0), 0)
  const [first, last] = [renewals[0], renewals.at(-1)]
  return [
    `From ${monthName(String(first?.month))} to ${monthName(String(last?.month))}, seen from today, ${counted(sum('accounts'), 'account renews', 'accounts renew')} with ${money(sum('arr'), currency)} of ARR; ${money(sum('arrAtRisk'), currency)} of it is at risk, and ${money(sum('expectedArr'), currency)} is expected.`,
  ]
}

function riskChart(quarters: readonly FactValues[], currency: string): Chart[] {
  if (quarters.length === 0) return []
  return [
    {
      title: `ARR at risk by what came of it in the quarter, and of those opened in it what is still open, ${currency}`,
      height: 300,
      option: {
        ...CHART_BASE,
        legend: { ...CHART_BASE.legend, data: Object.values(ENDS).map(({ name }) => name) },
        xAxis: categories(quarters.map((row) => String(row.quarter))),
        yAxis: values(currency),
        series: Object.entries(ENDS).map(([field, { name, color }]) => ({
          ...STILL,
          name,
          type: 'bar',
          stack: 'risk',
          barMaxWidth: 56,
          itemStyle: { color },
          data: quarters.map((row) => majorOf(numberOf(row, `${field}Arr`) ?? 0, currency)),
        })),
      },
    },
  ]
}

function renewalChart(renewals: readonly FactValues[], currency: string): Chart[] {
  if (renewals.length === 0) return []
  const bar = (name: string, field: string, color: string) => ({
    ...STILL,
    name,
    type: 'bar',
    stack: 'renewal',
    barMaxWidth: 56,
    itemStyle: { color },
    data: renewals.map((row) => majorOf(numberOf(row, field) ?? 0, currency)),
  })
  return [
    {
      title: `ARR that renews in each month: expected, and what is at risk by its likelihood, ${currency}`,
      height: 300,
      option: {
        ...CHART_BASE,
        legend: { ...CHART_BASE.legend, data: ['expected', 'at risk, weighted'] },
        xAxis: categories(renewals.map((row) => String(row.month))),
        yAxis: values(currency),
        series: [
          bar('expected', 'expectedArr', COLORS.main),
          bar('at risk, weighted', 'weightedArrAtRisk', COLORS.bad),
        ],
      },
    },
  ]
}

function riskTable(
  caption: string,
  head: string,
  rows: readonly FactValues[],
  by: 'quarter' | 'cause',
  currency: string,
): Table {
  const both = (row: FactValues, field: string) =>
    `${amount(numberOf(row, `${field}Arr`), currency)} (${count(numberOf(row, field))})`
  return {
    caption: `${caption}: ARR in ${currency}, and how many`,
    columns: [
      head,
      'Opened',
      'Saved',
      'Contracted',
      'Churned',
      'Still open',
      'False alarms',
      'Saved of those that ended',
    ],
    rows: rows.map((row) => [
      String(row[by]),
      ...['opened', 'saved', 'contracted', 'churned', 'stillOpen'].map((field) => both(row, field)),
      count(numberOf(row, 'falseAlarms')),
      percent(numberOf(row, 'savedShare')),
    ]),
  }
}

function renewalTable(renewals: readonly FactValues[], currency: string): Table {
  return {
    caption: `Renewals seen from today, ARR in ${currency}`,
    columns: ['Month', 'Accounts', 'Renews', 'At risk', 'At risk, weighted', 'Expected'],
    rows: renewals.map((row) => [
      String(row.month),
      count(numberOf(row, 'accounts')),
      ...['arr', 'arrAtRisk', 'weightedArrAtRisk', 'expectedArr'].map((field) =>
        amount(numberOf(row, field), currency),
      ),
    ]),
  }
}
