import { formatDay } from '../../domain/day.ts'
import type { FactValues } from '../../domain/facts.ts'
import { CHART_BASE, COLORS, STILL, values } from '../chart-style.ts'
import {
  type Chart,
  nothingToShow,
  type ReportFacts,
  type SectionBody,
  type SectionSpec,
  type Table,
  termsOf,
} from '../section.ts'
import { amount, count, counted, majorOf, money, numberOf, signedMoney } from '../words.ts'

/** What is worth building next, what more and less effort would be worth, and what each decision against the plan costs. */
export const prioritySection: SectionSpec = {
  id: 'priority',
  title: 'What to build next',
  question: 'Which features are worth most with the effort there is, and what does a no or a yes to each cost?',
  needs: ['priority'],
  make,
}

function make(facts: ReportFacts): SectionBody {
  const { currency } = facts
  const rows = facts.of('priority')
  const plan = rows.find((row) => row.row === 'plan')
  const features = rows
    .filter((row) => row.row === 'feature')
    .sort((a, b) => (numberOf(a, 'rank') ?? Infinity) - (numberOf(b, 'rank') ?? Infinity))
  if (plan === undefined || features.length === 0)
    return nothingToShow(
      'There is no feature that could be built.',
      'Features come from boards, a CRM or files: mappings/sources has examples, boards.yaml.example and requests.yaml.example.',
    )
  if (plan.period === undefined)
    return nothingToShow(
      `${counted(features.length, 'feature', 'features')} could be built, and nothing says what there is time for.`,
      'Name the times to plan for under priority: in model.yaml, and see with boardsync status that requests are read.',
    )
  const [built, others] = [
    features.filter((row) => row.isChosen === true),
    features.filter((row) => row.isChosen !== true),
  ]
  return {
    sentences: sentencesOf(plan, currency),
    charts: frontier(rows, plan, currency),
    tables: [
      tableOf(`Built in ${String(plan.period)}: the cost of a no, ${currency}`, built, 'costOfNo', currency),
      tableOf(`Not built in it: the cost of a yes, ${currency}`, others, 'costOfYes', currency),
    ].filter((table) => table.rows.length > 0),
    terms: termsOf('priority', {
      effort: 'Effort',
      worth: 'Worth',
      perEffort: 'Worth per effort',
      costOfNo: 'Cost of a no',
      costOfYes: 'Cost of a yes',
      bound: 'Worth at most',
      riskArr: 'ARR at risk',
      plannedOn: 'Planned on',
    }),
  }
}

function sentencesOf(plan: FactValues, currency: string): string[] {
  const cell = (field: string) => money(numberOf(plan, field) ?? 0, currency)
  const best =
    plan.isBest === true
      ? 'nothing that fits is worth more'
      : `what is worth most may be worth up to ${cell('bound')}, since not everything could be looked at in time`
  const change = (field: string) => signedMoney(numberOf(plan, field) ?? 0, currency)
  return [
    `With the effort of ${String(plan.period)}, ${counted(numberOf(plan, 'features') ?? 0, 'feature is', 'features are')} worth building, ${cell('worth')} together; ${best}.`,
    `They clear ${counted(numberOf(plan, 'deals') ?? 0, 'open opportunity', 'open opportunities')} worth ${cell('dealsArr')} of ARR, and ${counted(numberOf(plan, 'risks') ?? 0, 'risk', 'risks')} with ${cell('riskArr')} of ARR.`,
    `A tenth more effort would be worth ${change('differenceWithMore')} (${String(plan.withMore)}), a tenth less ${change('differenceWithLess')} (${String(plan.withLess)}). Taking features in the order of worth per effort alone would come to ${cell('worthByRanking')}.`,
    `Planned on ${formatDay(numberOf(plan, 'plannedOn') ?? 0)}; the plan holds until something it is made from changes.`,
    'Worth is reckoned from what sales and success wrote down and from how often such opportunities were won: a way to compare features, not what will come in. What nobody wrote down counts for nothing.',
  ]
}

function frontier(rows: readonly FactValues[], plan: FactValues, currency: string): Chart[] {
  const points = rows
    .filter((row) => row.row === 'capacity')
    .sort((a, b) => (numberOf(a, 'capacity') ?? 0) - (numberOf(b, 'capacity') ?? 0))
  if (points.length < 2) return []
  const at = (row: FactValues, field: string) => [
    numberOf(row, 'capacity') ?? 0,
    majorOf(numberOf(row, field) ?? 0, currency),
  ]
  const now = points.find((row) => row.capacityShare === 1)
  const isSure = points.every((row) => row.isBest === true)
  const [worth, most, here] = ['worth of the best set found', 'what it is worth at most', 'the plan']
  return [
    {
      title: `What can be cleared with more and less effort, ${currency}`,
      height: 340,
      option: {
        ...CHART_BASE,
        legend: { ...CHART_BASE.legend, data: isSure ? [worth, here] : [worth, most, here] },
        xAxis: { ...values('effort'), nameLocation: 'middle', nameGap: 28, nameTextStyle: { align: 'center' } },
        yAxis: values(currency),
        series: [
          {
            ...STILL,
            name: worth,
            type: 'line',
            symbol: 'circle',
            symbolSize: 7,
            lineStyle: { color: COLORS.main, width: 2 },
            itemStyle: { color: COLORS.main },
            data: points.map((row) => at(row, 'worth')),
          },
          ...(isSure
            ? []
            : [
                {
                  ...STILL,
                  name: most,
                  type: 'line',
                  symbol: 'none',
                  lineStyle: { color: COLORS.total, width: 1, type: 'dashed' },
                  itemStyle: { color: COLORS.total },
                  data: points.map((row) => at(row, 'bound')),
                },
              ]),
          {
            ...STILL,
            name: here,
            type: 'scatter',
            symbol: 'diamond',
            symbolSize: 16,
            itemStyle: { color: COLORS.bad },
            label: {
              show: true,
              position: 'bottom',
              distance: 12,
              formatter: amount(numberOf(plan, 'worth'), currency),
            },
            data: now === undefined ? [] : [at(now, 'worth')],
          },
        ],
      },
    },
  ]
}

function tableOf(caption: string, rows: readonly FactValues[], cost: string, currency: string): Table {
  return {
    caption,
    columns: [
      'Feature',
      'Planned for',
      'Effort',
      'Worth',
      'Worth per effort',
      'ARR waiting',
      'ARR at risk',
      cost === 'costOfNo' ? 'Cost of a no' : 'Cost of a yes',
      'Then',
    ],
    rows: rows.map((row) => [
      String(row.name),
      String(row.period ?? row.leftOut ?? '–'),
      count(numberOf(row, 'effort')),
      amount(numberOf(row, 'worth'), currency),
      amount(numberOf(row, 'perEffort'), currency),
      amount(numberOf(row, 'dealsArr'), currency),
      amount(numberOf(row, 'riskArr'), currency),
      row.isCostExact === false
        ? `${amount(numberOf(row, 'costAtLeast'), currency)} to ${amount(numberOf(row, 'costAtMost'), currency)}`
        : amount(numberOf(row, cost), currency),
      String(row.otherwiseMoves ?? '–'),
    ]),
  }
}
