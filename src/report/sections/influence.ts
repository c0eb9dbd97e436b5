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
import { amount, count, counted, majorOf, money, numberOf, percent } from '../words.ts'

/** What features are to the pipeline: first what is counted, then how opportunities with them fared beside others. */
export const influenceSection: SectionSpec = {
  id: 'influence',
  title: 'Features and the pipeline',
  question: 'How much open pipeline hangs on each feature, and what was won and lost where it played a part?',
  needs: ['feature'],
  make,
}

const MOST_DRAWN = 12
const OPEN_PARTS = {
  blockedArr: { name: 'blocked: not shipped', color: COLORS.bad },
  waitingArr: { name: 'waiting: wanted, not shipped', color: COLORS.second },
  supportedArr: { name: 'supported: shipped', color: COLORS.good },
} as const
const COLUMNS = {
  openArr: 'Open ARR',
  blockedArr: 'Blocked',
  supportedArr: 'Supported',
  unblockedArr: 'Unblocked',
  influencedArr: 'Won, linked',
  attributedArr: 'Credited',
  missedArr: 'Lost, named as missing',
} as const

function make(facts: ReportFacts): SectionBody {
  const { currency, day } = facts
  const rows = facts.of('feature').filter((row) => row.segment === 'all')
  const features = rows
    .filter((row) => row.row === 'feature')
    .sort((a, b) => sumOf(b, 'openArr') - sumOf(a, 'openArr') || sumOf(b, 'influencedArr') - sumOf(a, 'influencedArr'))
  if (features.length === 0)
    return nothingToShow(
      'There is no feature catalogue.',
      'Features and requests come from boards, a CRM or files: mappings/sources has examples, boards.yaml.example and requests.yaml.example.',
    )
  const together = rows.find((row) => row.row === 'all_features')
  const none = rows.find((row) => row.row === 'no_feature')
  return {
    sentences: [
      `As of ${formatDay(day)}, over all time and not of the month alone.`,
      ...panelA(features, together, none, currency),
      ...panelB(features),
    ],
    charts: [...openChart(features, currency)],
    tables: [accounting(features, together, none, currency), association(features)].filter(
      ({ rows }) => rows.length > 0,
    ),
    terms: [
      ...termsOf('feature', {
        accounts: 'Accounts',
        ...COLUMNS,
        attribution: 'How it is credited',
      }),
      ...termsOf('feature', {
        withClosed: 'Closed with it',
        withoutClosed: 'Closed without it',
        adjustedDifference: 'Difference, adjusted',
        adjustedPValue: 'p, adjusted',
        association: 'What that says',
      }),
    ],
  }
}

function sumOf(row: FactValues | undefined, field: string): number {
  return numberOf(row, field) ?? 0
}

function panelA(
  features: readonly FactValues[],
  together: FactValues | undefined,
  none: FactValues | undefined,
  currency: string,
): string[] {
  const of = (row: FactValues | undefined, field: string) => money(sumOf(row, field), currency)
  const [first] = features
  const credited = features.reduce((sum, row) => sum + sumOf(row, 'attributedArr'), 0)
  const won = credited + sumOf(none, 'attributedArr')
  const said = [
    `A, what is counted. ${of(together, 'openArr')} of open ARR is linked to some feature (${percent(numberOf(together, 'openShare'))} of all of it), ${of(together, 'blockedArr')} of it blocked by one that has not shipped.`,
  ]
  if (sumOf(first, 'openArr') > 0)
    said.push(
      `The most hangs on ${String(first?.name)}: ${counted(numberOf(first, 'accounts') ?? 0, 'account asks', 'accounts ask')} for it, ${of(first, 'openArr')} of open ARR is linked to it and ${of(first, 'blockedArr')} of that is blocked by it.`,
    )
  said.push(
    `Of ${money(won, currency)} of ARR won, ${money(credited, currency)} is credited to features (${String(first?.attribution)}) and the rest to none. Credit is a rule for sharing, so that every unit is counted once; it does not say that a feature won anything.`,
    'An opportunity may be linked to several features: only what is credited adds up.',
  )
  return said
}

function panelB(features: readonly FactValues[]): string[] {
  const enough = features.filter((row) => row.association !== undefined && row.association !== 'not enough data')
  const apart = enough.filter((row) => row.association !== 'interval contains 0')
  const lead = 'B, how opportunities with a feature fared beside comparable ones without, by segment and size.'
  if (enough.length === 0)
    return [
      `${lead} For no feature is there enough data to compare: that is usual, and says nothing against any of them.`,
    ]
  const names = apart.map((row) => `${String(row.name)} (${String(row.association)})`).join(', ')
  return [
    `${lead} For ${count(enough.length)} of ${counted(features.length, 'feature', 'features')} there is enough data; ${
      apart.length === 0 ? 'every interval contains 0' : `the interval does not contain 0 for ${names}`
    }. This is an association: whoever needs a feature may differ from whoever does not.`,
  ]
}

function openChart(features: readonly FactValues[], currency: string): Chart[] {
  const shown = features
    .filter((row) => sumOf(row, 'openArr') > 0)
    .slice(0, MOST_DRAWN)
    // Charts count from below.
    .reverse()
  if (shown.length === 0) return []
  return [
    {
      title: `Open ARR linked to each feature, ${currency}; bars overlap, as an opportunity may need several`,
      height: 96 + 30 * shown.length,
      option: {
        ...CHART_BASE,
        legend: { ...CHART_BASE.legend, data: Object.values(OPEN_PARTS).map(({ name }) => name) },
        xAxis: values(currency),
        yAxis: { type: 'category', data: shown.map((row) => String(row.name)), axisTick: { show: false } },
        series: Object.entries(OPEN_PARTS).map(([field, { name, color }]) => ({
          ...STILL,
          name,
          type: 'bar',
          stack: 'open',
          barMaxWidth: 20,
          itemStyle: { color },
          data: shown.map((row) => majorOf(sumOf(row, field), currency)),
        })),
      },
    },
  ]
}

function accounting(
  features: readonly FactValues[],
  together: FactValues | undefined,
  none: FactValues | undefined,
  currency: string,
): Table {
  const rows = [...features, ...[together, none].filter((row) => row !== undefined)]
  return {
    caption: `A: what is counted of each feature, ARR in ${currency}`,
    columns: ['Feature', 'Status', 'Accounts', ...Object.values(COLUMNS)],
    rows: rows.map((row) => [
      String(row.name),
      String(row.status ?? '–'),
      count(numberOf(row, 'accounts')),
      ...Object.keys(COLUMNS).map((field) => amount(numberOf(row, field), currency)),
    ]),
  }
}

function association(features: readonly FactValues[]): Table {
  const ofClosed = (row: FactValues, won: string, closed: string) =>
    `${count(numberOf(row, won))} of ${count(numberOf(row, closed))}`
  return {
    caption: 'B: won of closed, with each feature and without; differences in points, with their 95 % interval',
    columns: ['Feature', 'Won with it', 'Won without it', 'Difference, adjusted', 'p, adjusted', 'What that says'],
    rows: features
      .filter((row) => sumOf(row, 'withClosed') + sumOf(row, 'withoutClosed') > 0)
      .map((row) => [
        String(row.name),
        ofClosed(row, 'withWon', 'withClosed'),
        ofClosed(row, 'withoutWon', 'withoutClosed'),
        numberOf(row, 'adjustedDifference') === undefined
          ? '–'
          : `${percent(numberOf(row, 'adjustedDifference'))} (${percent(numberOf(row, 'adjustedLow'))} to ${percent(numberOf(row, 'adjustedHigh'))})`,
        numberOf(row, 'adjustedPValue')?.toFixed(3) ?? '–',
        String(row.association),
      ]),
  }
}
