import type { FactValues } from '../../domain/facts.ts'
import { ARR_MOVEMENTS, type ArrMovementKind } from '../../domain/revenue/arr-movements.ts'
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
import { amount, counted, majorOf, money, monthName, numberOf, percent, signedAmount, signedMoney } from '../words.ts'

/** ARR of the month and how it moved: all accounts month by month, and each segment in the month. */
export const arrMovementsSection: SectionSpec = {
  id: 'arr-movements',
  title: 'ARR movements',
  question: 'How much do customers pay us in a year, and what came and went in the month?',
  needs: ['arr_month'],
  make,
}

const MOVEMENTS: Readonly<Record<ArrMovementKind, { readonly name: string; readonly color: string }>> = {
  new: { name: 'New', color: COLORS.main },
  expansion: { name: 'Expansion', color: COLORS.good },
  contraction: { name: 'Contraction', color: COLORS.second },
  churn: { name: 'Churn', color: COLORS.bad },
  reactivation: { name: 'Reactivation', color: COLORS.third },
}
const MONTHS_SHOWN = 13

function make(facts: ReportFacts): SectionBody {
  const { month, currency } = facts
  const rows = facts.of('arr_month').filter((row) => row.motion === 'all')
  const months = rows
    .filter((row) => row.segment === 'all' && String(row.month) <= month)
    .sort((a, b) => (String(a.month) < String(b.month) ? -1 : 1))
    .slice(-MONTHS_SHOWN)
  const current = months.find((row) => row.month === month)
  if (current === undefined)
    return nothingToShow(
      `No account had ARR by ${monthName(month)}.`,
      'ARR comes from subscription periods, else from won opportunities: map one of them in a file of mappings/sources.',
    )
  const segments = rows.filter((row) => row.month === month && row.segment !== 'all')
  return {
    sentences: sentencesOf(current, facts),
    charts: [chartOf(months, currency)],
    tables: [
      tableOf('All accounts, by month', 'Month', months, (row) => String(row.month), currency),
      ...(segments.length === 0
        ? []
        : [
            tableOf(
              `${monthName(month)}, by size of account`,
              'Segment',
              segments,
              (row) => (row.segment === 'none' ? 'size unknown' : String(row.segment).replace('_', ' ')),
              currency,
            ),
          ]),
    ],
    terms: termsOf('arr_month', {
      start: 'Start',
      ...Object.fromEntries(ARR_MOVEMENTS.map((kind) => [kind, MOVEMENTS[kind].name])),
      end: 'End',
      nrrYear: 'NRR over 12 months',
      grrYear: 'GRR over 12 months',
      fromSubscriptions: 'From subscription periods',
      fromSnapshots: 'From snapshots',
    }),
  }
}

function sentencesOf(row: FactValues, { currency }: ReportFacts): string[] {
  const cell = (field: string) => money(numberOf(row, field), currency)
  const [start, end, lastYear] = [numberOf(row, 'start') ?? 0, numberOf(row, 'end') ?? 0, numberOf(row, 'endLastYear')]
  const accounts = counted(numberOf(row, 'endAccounts') ?? 0, 'account has ARR', 'accounts have ARR')
  const [soFar, when] = row.isOpen === true ? [' so far', 'today'] : ['', 'at its end']
  const said = [
    `ARR went from ${cell('start')} to ${cell('end')} in ${monthName(String(row.month))}${soFar} (${signedMoney(end - start, currency)}); ${accounts} ${when}.`,
    `${ARR_MOVEMENTS.map((kind) => `${MOVEMENTS[kind].name} ${signedMoney(numberOf(row, kind), currency)} (${counted(numberOf(row, `${kind}Accounts`) ?? 0, 'account', 'accounts')})`).join(', ')}.`,
  ]
  if (lastYear !== undefined && lastYear > 0)
    said.push(`A year ago it was ${money(lastYear, currency)} (${signedMoney(end - lastYear, currency)} since).`)
  const [nrr, grr] = [numberOf(row, 'nrrYear'), numberOf(row, 'grrYear')]
  if (nrr !== undefined && grr !== undefined)
    said.push(
      `Of what accounts paid 12 months ago, ${percent(nrr)} is there with their growth (NRR) and ${percent(grr)} without it (GRR); ${String(row.retentionMethod)}.`,
    )
  const opening = numberOf(row, 'opening') ?? 0
  if (opening !== 0)
    said.push(
      `${signedMoney(opening, currency)} of the start is what histories open with: snapshots of accounts’ own ARR field begin in this month, and nobody knows when that moved.`,
    )
  const seen = numberOf(row, 'fromSnapshots') ?? 0
  const fromSnapshots = seen === 0 ? '' : `${cell('fromSnapshots')} from daily snapshots of accounts’ own field; `
  said.push(
    `${cell('fromSubscriptions')} of the ARR at the end is known from subscription periods; ${fromSnapshots}the rest is what won opportunities come to.`,
  )
  return said
}

function chartOf(months: readonly FactValues[], currency: string): Chart {
  return {
    title: `What came (above zero) and went (below zero) of ARR by month, ${currency}`,
    height: 320,
    option: {
      ...CHART_BASE,
      xAxis: categories(months.map((row) => String(row.month))),
      yAxis: values(currency),
      series: ARR_MOVEMENTS.map((kind) => ({
        ...STILL,
        name: MOVEMENTS[kind].name,
        type: 'bar',
        stack: 'arr',
        itemStyle: { color: MOVEMENTS[kind].color },
        data: months.map((row) => majorOf(numberOf(row, kind) ?? 0, currency)),
      })),
    },
  }
}

function tableOf(
  caption: string,
  head: string,
  rows: readonly FactValues[],
  nameOf: (row: FactValues) => string,
  currency: string,
): Table {
  return {
    caption: `${caption}, in ${currency}`,
    columns: [
      head,
      'Start',
      ...ARR_MOVEMENTS.map((kind) => MOVEMENTS[kind].name),
      'End',
      'NRR over 12 months',
      'GRR over 12 months',
    ],
    rows: rows.map((row) => [
      nameOf(row),
      amount(numberOf(row, 'start'), currency),
      ...ARR_MOVEMENTS.map((kind) => signedAmount(numberOf(row, kind), currency)),
      amount(numberOf(row, 'end'), currency),
      percent(numberOf(row, 'nrrYear')),
      percent(numberOf(row, 'grrYear')),
    ]),
  }
}
