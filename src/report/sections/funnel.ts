import type { FunnelView } from '../../domain/fact-fields.ts'
import type { FactValues } from '../../domain/facts.ts'
import { FUNNEL_STAGES } from '../../domain/model.ts'
import { CHART_BASE, COLORS, categories, STILL, values } from '../chart-style.ts'
import { nothingToShow, type ReportFacts, type SectionBody, type SectionSpec, type Table, termsOf } from '../section.ts'
import { amount, count, counted, days, money, monthName, numberOf, percent } from '../words.ts'

/** The funnel of the month in its three views, of all segments together. */
export const funnelSection: SectionSpec = {
  id: 'funnel',
  title: 'Funnel',
  question: 'How many opportunities did we open this month, and what came of them?',
  needs: ['funnel_stage'],
  make,
}

const VIEW_NAMES: Readonly<Record<FunnelView, string>> = {
  entry_cohort: 'Entered in the month (entry cohort)',
  active: 'There at any time of the month (active)',
  snapshot: 'There when the month ended (snapshot)',
}

const MONTHS_SHOWN = 13

function make(facts: ReportFacts): SectionBody {
  const { month } = facts
  const rows = facts
    .of('funnel_stage')
    .filter(({ level, segment }) => level === 'funnel_stage' && segment === 'all')
    .sort((a, b) => (numberOf(a, 'stageOrder') ?? 0) - (numberOf(b, 'stageOrder') ?? 0))
  const inMonth = rows.filter((row) => row.month === month)
  if (inMonth.length === 0)
    return nothingToShow(
      `Nothing was in the funnel in ${monthName(month)}.`,
      'Leads and opportunities come from the sources: boardsync status tells what was read of them, and --month takes another month.',
    )
  const of = (view: FunnelView, stage: string, when = month) =>
    rows.find((row) => row.view === view && row.stage === stage && row.month === when)
  return {
    sentences: sentencesOf(of, facts),
    charts: [byStage(inMonth, month), byMonth(rows, month)],
    tables: [
      cohortTable(
        inMonth.filter(({ view }) => view === 'entry_cohort'),
        facts,
      ),
      activeTable(
        inMonth.filter(({ view }) => view === 'active'),
        facts,
      ),
      snapshotTable(
        inMonth.filter(({ view }) => view === 'snapshot'),
        facts,
      ),
    ],
    terms: termsOf('funnel_stage', {
      view: 'View',
      count: 'Count',
      arr: 'ARR',
      conversion: 'Reached the next stage',
      stillOpenShare: 'Still open',
      isMature: 'Mature',
      medianDays: 'Median days in the stage',
      reconstructedLeftOut: 'Left out',
      winRateByCount: 'Win rate by count',
      winRateByAmount: 'Win rate by amount',
    }),
  }
}

type Find = (view: FunnelView, stage: string, month?: string) => FactValues | undefined

function sentencesOf(of: Find, { month, currency }: ReportFacts): string[] {
  const said: string[] = []
  const opened = of('entry_cohort', 'opportunity')
  const openedCount = numberOf(opened, 'count') ?? 0
  const lastYear = of('entry_cohort', 'opportunity', yearBefore(month))
  const before =
    lastYear === undefined ? '' : `, and ${count(numberOf(lastYear, 'count'))} in the same month a year ago`
  said.push(
    `${counted(openedCount, 'opportunity was', 'opportunities were')} opened in ${monthName(month)}, worth ${money(numberOf(opened, 'arr') ?? 0, currency)} of ARR${before}.`,
  )
  const stillOpen = numberOf(opened, 'stillOpenShare')
  if (stillOpen !== undefined && stillOpen > 0)
    said.push(
      `${percent(stillOpen)} of them ${opened?.isMature === true ? 'are' : 'are still'} open${opened?.isMature === true ? '' : ', so what came of this month’s opportunities is not settled yet'}.`,
    )
  const active = of('active', 'opportunity')
  const [byCount, byAmount] = [numberOf(active, 'winRateByCount'), numberOf(active, 'winRateByAmount')]
  if (byCount !== undefined)
    said.push(
      `Of the opportunities that closed in the month, ${percent(byCount)} were won by count${byAmount === undefined ? '' : ` and ${percent(byAmount)} by amount`}.`,
    )
  const open = of('snapshot', 'opportunity')
  if (open !== undefined)
    said.push(
      `At the end of it, ${counted(numberOf(open, 'count') ?? 0, 'opportunity', 'opportunities')} stood open, worth ${money(numberOf(open, 'arr'), currency)} of ARR.`,
    )
  const leftOut = numberOf(opened, 'reconstructedLeftOut') ?? 0
  if (leftOut > 0)
    said.push(
      `${counted(leftOut, 'more is', 'more are')} not among those opened, because the source keeps no history of when they were.`,
    )
  return said
}

function yearBefore(month: string): string {
  return `${Number(month.slice(0, 4)) - 1}${month.slice(4)}`
}

function byStage(rows: readonly FactValues[], month: string) {
  const stages = FUNNEL_STAGES.filter((stage) => stage !== 'lead' && rows.some((row) => row.stage === stage))
  const series = (view: FunnelView, color: string) => ({
    ...STILL,
    name: view.replace('_', ' '),
    type: 'bar',
    itemStyle: { color },
    label: { show: true, position: 'top' },
    data: stages.map((stage) => numberOf(find(rows, view, stage), 'count') ?? null),
  })
  return {
    title: `Opportunities by stage in ${monthName(month)}, counted in three views (leads are in the tables)`,
    height: 300,
    option: {
      ...CHART_BASE,
      xAxis: categories(stages),
      yAxis: values('opportunities'),
      series: [series('entry_cohort', COLORS.main), series('active', COLORS.third), series('snapshot', COLORS.second)],
    },
  }
}

function byMonth(rows: readonly FactValues[], upTo: string) {
  const months = [...new Set(rows.map(({ month }) => String(month)))]
    .filter((month) => month <= upTo)
    .sort()
    .slice(-MONTHS_SHOWN)
  const series = (name: string, stage: string, color: string) => ({
    ...STILL,
    name,
    type: 'bar',
    itemStyle: { color },
    data: months.map((month) => {
      const row = rows.find((one) => one.view === 'entry_cohort' && one.stage === stage && one.month === month)
      return numberOf(row, 'count') ?? 0
    }),
  })
  return {
    title: 'Opportunities opened, won and lost by month (entry cohorts)',
    height: 280,
    option: {
      ...CHART_BASE,
      xAxis: categories(months),
      yAxis: values('opportunities'),
      series: [
        series('opened', 'opportunity', COLORS.main),
        series('won', 'won', COLORS.good),
        series('lost', 'lost', COLORS.bad),
      ],
    },
  }
}

function find(rows: readonly FactValues[], view: FunnelView, stage: string): FactValues | undefined {
  return rows.find((row) => row.view === view && row.stage === stage)
}

function cohortTable(rows: readonly FactValues[], { currency }: ReportFacts): Table {
  return {
    caption: VIEW_NAMES.entry_cohort,
    columns: [
      'Stage',
      'Count',
      `ARR, ${currency}`,
      'Reached the next stage',
      'Still open',
      'Mature',
      'Median days in the stage',
      'Win rate by count',
      'Win rate by amount',
      'Left out',
    ],
    rows: rows.map((row) => [
      String(row.stage),
      count(numberOf(row, 'count')),
      amount(numberOf(row, 'arr'), currency),
      percent(numberOf(row, 'conversion')),
      percent(numberOf(row, 'stillOpenShare')),
      row.isMature === undefined ? '–' : row.isMature === true ? 'yes' : 'not yet',
      days(numberOf(row, 'medianDays')),
      percent(numberOf(row, 'winRateByCount')),
      percent(numberOf(row, 'winRateByAmount')),
      count(numberOf(row, 'reconstructedLeftOut')),
    ]),
  }
}

function activeTable(rows: readonly FactValues[], { currency }: ReportFacts): Table {
  return {
    caption: VIEW_NAMES.active,
    columns: ['Stage', 'Count', `ARR, ${currency}`, 'Win rate by count', 'Win rate by amount'],
    rows: rows.map((row) => [
      String(row.stage),
      count(numberOf(row, 'count')),
      amount(numberOf(row, 'arr'), currency),
      percent(numberOf(row, 'winRateByCount')),
      percent(numberOf(row, 'winRateByAmount')),
    ]),
  }
}

function snapshotTable(rows: readonly FactValues[], { currency }: ReportFacts): Table {
  return {
    caption: VIEW_NAMES.snapshot,
    columns: ['Stage', 'Count', `ARR, ${currency}`],
    rows: rows.map((row) => [String(row.stage), count(numberOf(row, 'count')), amount(numberOf(row, 'arr'), currency)]),
  }
}
