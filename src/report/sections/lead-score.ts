import type { FactValues } from '../../domain/facts.ts'
import { NOT_ENOUGH } from '../../domain/leads/score-proof.ts'
import { CHART_BASE, COLORS, categories, STILL, values } from '../chart-style.ts'
import { type Chart, nothingToShow, type ReportFacts, type SectionBody, type SectionSpec, termsOf } from '../section.ts'
import { amount, count, counted, numberOf, percent } from '../words.ts'

/** What came of leads by the score they had: growth first, conversion second. */
export const leadScoreSection: SectionSpec = {
  id: 'lead-score',
  title: 'Lead score',
  question: 'Do leads with a high score grow more than others?',
  needs: ['lead_decile'],
  make,
}

function make(facts: ReportFacts): SectionBody {
  const { currency } = facts
  const rows = facts.of('lead_decile').toSorted((a, b) => (numberOf(b, 'decile') ?? 0) - (numberOf(a, 'decile') ?? 0))
  if (rows.length === 0)
    return nothingToShow(
      'No lead with a score is of a quarter that ended a year ago or longer, so nothing can be told of what came of scores.',
      'Leads come from the sources: map their creation, country and title, and the employees of accounts, in a file of mappings/sources.',
    )
  const told = rows.filter(isTold)
  return {
    sentences: sentencesOf(rows, told),
    charts: told.length === 0 ? [] : [chartOf(told.toReversed())],
    tables: [
      {
        caption: `Tenths of all leads by score, the highest first; growth in ${currency} of ARR`,
        columns: [
          ...['Scores', 'Leads', 'Grew', 'Share that grew (95 % interval)', 'Against all'],
          ...[
            'Not converted before',
            'Converted',
            'Share converted (95 % interval)',
            'Growth of an account',
            'Is it enough?',
          ],
        ],
        rows: rows.map((row) => [
          scoresOf(row),
          count(numberOf(row, 'leads')),
          count(numberOf(row, 'grew')),
          withInterval(row, 'grew'),
          timesOf(row),
          count(numberOf(row, 'unconverted')),
          count(numberOf(row, 'converted')),
          withInterval(row, 'converted'),
          amount(numberOf(row, 'growthArr'), currency),
          String(row.note),
        ]),
      },
    ],
    terms: termsOf('lead_decile', {
      leads: 'Leads',
      grew: 'Grew',
      grewShare: 'Share that grew',
      gain: 'Against all',
      unconverted: 'Not converted before',
      converted: 'Converted',
      convertedShare: 'Share converted',
      growthArr: 'Growth of an account',
      note: 'Is it enough?',
    }),
  }
}

function isTold(row: FactValues): boolean {
  return row.note !== NOT_ENOUGH && row.grewShare !== undefined
}

function sentencesOf(rows: readonly FactValues[], told: readonly FactValues[]): string[] {
  const sum = (field: string) => rows.reduce((total, row) => total + (numberOf(row, field) ?? 0), 0)
  const [leads, grew] = [sum('leads'), sum('grew')]
  const [highest, lowest] = [told[0], told.at(-1)]
  const share = leads === 0 ? '' : ` (${percent(grew / leads)})`
  const sentences = [
    `Of ${counted(leads, 'lead', 'leads')} that came in quarters which ended a year ago or longer, and whose account was not green when they were scored, ${count(grew)} grew past the threshold within a year${share}. The month of the report is not told apart.`,
  ]
  if (highest === undefined || lowest === undefined || highest === lowest)
    sentences.push(`Whether high scores grow more: ${NOT_ENOUGH}.`)
  else
    sentences.push(
      `Of those with scores ${scoresOf(highest)}, ${withInterval(highest, 'grew')} grew; of those with scores ${scoresOf(lowest)}, ${withInterval(lowest, 'grew')}. ${overlap(highest, lowest)}`,
    )
  const thin = rows.length - told.length
  if (thin > 0 && told.length > 0)
    sentences.push(`For ${count(thin)} of ${count(rows.length)} tenths there is ${NOT_ENOUGH}.`)
  sentences.push(
    'A score uses nothing that came after its day, and only what came after that day is counted for it. Sales may work harder on leads with a high score, so this tells how well the score sorts, not what made an account grow.',
  )
  return sentences
}

function overlap(highest: FactValues, lowest: FactValues): string {
  const [low, high] = [numberOf(highest, 'grewLow'), numberOf(lowest, 'grewHigh')]
  const [below, above] = [numberOf(highest, 'grewHigh'), numberOf(lowest, 'grewLow')]
  if (low === undefined || high === undefined || below === undefined || above === undefined) return ''
  if (low > high) return 'The intervals do not overlap: the score tells them apart.'
  if (below < above)
    return 'The intervals do not overlap, and low scores grew more: the score sorts the wrong way round.'
  return 'The intervals overlap: that may be chance.'
}

function scoresOf(row: FactValues): string {
  const [from, to] = [numberOf(row, 'fromScore'), numberOf(row, 'toScore')]
  return from === to ? count(from) : `${count(from)} to ${count(to)}`
}

function timesOf(row: FactValues): string {
  const gain = numberOf(row, 'gain')
  return gain === undefined ? '–' : `${count(gain)} times`
}

/** `12 % (8 % to 17 %)`. */
function withInterval(row: FactValues, field: 'grew' | 'converted'): string {
  const [share, low, high] = ['Share', 'Low', 'High'].map((part) => numberOf(row, `${field}${part}`))
  if (share === undefined) return NOT_ENOUGH
  return low === undefined || high === undefined
    ? percent(share)
    : `${percent(share)} (${percent(low)} to ${percent(high)})`
}

function chartOf(rows: readonly FactValues[]): Chart {
  const inPercent = (value: number) => Math.round(1000 * value) / 10
  const low = (row: FactValues) => numberOf(row, 'grewLow') ?? numberOf(row, 'grewShare') ?? 0
  const high = (row: FactValues) => numberOf(row, 'grewHigh') ?? numberOf(row, 'grewShare') ?? 0
  return {
    title: 'Share of leads whose account grew past the threshold within a year, by score, with its 95 % interval',
    height: 300,
    option: {
      ...CHART_BASE,
      legend: { ...CHART_BASE.legend, data: ['share that grew', '95 % interval'] },
      xAxis: categories(rows.map(scoresOf)),
      yAxis: { ...values('%'), min: 0 },
      series: [
        // The interval stands on a bar that is not seen.
        {
          ...STILL,
          type: 'bar',
          stack: 'interval',
          itemStyle: { color: 'transparent' },
          data: rows.map((row) => inPercent(low(row))),
        },
        {
          ...STILL,
          name: '95 % interval',
          type: 'bar',
          stack: 'interval',
          barMaxWidth: 28,
          itemStyle: { color: COLORS.third },
          data: rows.map((row) => inPercent(high(row) - low(row))),
        },
        {
          ...STILL,
          name: 'share that grew',
          type: 'scatter',
          symbolSize: 10,
          itemStyle: { color: COLORS.main },
          data: rows.map((row) => inPercent(numberOf(row, 'grewShare') ?? 0)),
        },
      ],
    },
  }
}
