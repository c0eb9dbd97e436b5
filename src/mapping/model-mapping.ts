import { validate as isCronLine } from 'node-cron'
import { type Month, parseDay } from '../domain/day.ts'
import type { Definition } from '../domain/definitions/definitions.ts'
import { definitionsOf } from '../domain/definitions/definitions.ts'
import { MONTH_NAMES } from '../domain/fiscal.ts'
import type { FunnelStage, Model, StageDefinition } from '../domain/model.ts'
import { decimalsOf } from '../domain/money.ts'
import type { PrioritySettings } from '../domain/priority/settings.ts'
import { type OpportunityState, SEGMENTS } from '../domain/records.ts'
import { parsePeriod } from '../domain/targets/period.ts'
import { compileBuckets } from './bucket-settings.ts'
import { checkCurrency } from './currencies.ts'
import { compileDefinitions } from './definition-settings.ts'
import { durationMs } from './duration.ts'
import { compileLeads } from './lead-settings.ts'
import type { Settings } from './mapping.ts'
import { didYouMean } from './nearest.ts'
import { compileRisks } from './risk-settings.ts'
import type { ModelFile } from './schema/model-file.ts'
import type { Shaped } from './shape.ts'
import { compileSupport } from './support-settings.ts'
import { whyNoTimeZone } from './time-zones.ts'
import type { Path, Problems } from './yaml-file.ts'

const STATES: Readonly<Record<FunnelStage, OpportunityState>> = {
  lead: 'open',
  opportunity: 'open',
  won: 'won',
  expansion: 'won',
  lost: 'lost',
}

/** Turns `model.yaml` into the model and the settings, reporting everything that is wrong with it. */
export function compileModel(
  file: Shaped<ModelFile>,
  problems: Problems,
): {
  readonly model: Model
  readonly definitions: readonly Definition[]
  readonly closedThrough: Month | null
  readonly settings: Settings
} {
  const { data } = file
  const { currency, time_zone: timeZone, fiscal_year_starts: yearStarts } = data.company
  checkCurrency(currency, file, ['company', 'currency'], problems)
  checkZone(file, timeZone, problems)
  const model: Model = {
    currency,
    timeZone,
    yearStart: MONTH_NAMES.indexOf(yearStarts),
    stages: Object.fromEntries(
      Object.entries(data.stages).map(([source, lists]) => {
        const base: Path = ['stages', source]
        const byPipeline = Array.isArray(lists) ? { '*': lists } : lists
        const compiled = Object.entries(byPipeline).map(([pipeline, list]) => {
          const at = Array.isArray(lists) ? base : [...base, pipeline]
          return [pipeline, compileStages(file, at, list, problems)] as const
        })
        return [source, Object.fromEntries(compiled)]
      }),
    ),
    rates: Object.fromEntries(
      Object.entries(data.rates).map(([code, rates]) => [code, compileRates(file, code, rates, problems)]),
    ),
    segments: SEGMENTS.map((segment) => ({ segment, minEmployees: data.segments[segment] })).sort(
      (a, b) => b.minEmployees - a.minEmployees,
    ),
    funnelMonths: data.funnel.months,
    matureAt: data.funnel.mature_at,
    winRateOf: data.funnel.win_rate_of,
    arrFrom: data.arr.from,
    customer: data.arr.customer,
    churnAt: data.arr.churn_at,
    buckets: compileBuckets(file, problems),
    ...compileLeads(data, reportBelow(file, 'definitions', problems)),
    forecast: {
      commit: data.forecast.commit,
      bestCase: data.forecast.best_case,
      omitted: data.forecast.omitted,
      targetMeasures: data.forecast.target,
      mustWin: {
        count: data.forecast.must_win.largest,
        minArr: Math.round(data.forecast.must_win.from * 10 ** decimalsOf(currency)),
      },
    },
    support: compileSupport(data.support, timeZone, reportBelow(file, 'support', problems)),
    risks: compileRisks(data.risks, reportBelow(file, 'risks', problems)),
    implementations: {
      signalSeats: data.implementations.signal_seats,
      signalWords: data.implementations.signal_words,
    },
    influence: {
      windowDays: data.influence.window_days,
      linkDays: data.influence.link_days,
      attribution: data.influence.attribution,
      weights: data.influence.weights,
      sizeBands: data.influence.size_bands,
    },
    leading: {},
    priority: compilePriority(file, problems),
  }
  checkInfluence(file, problems)
  if (!(data.segments.enterprise > data.segments.mid_market && data.segments.mid_market > data.segments.smb)) {
    problems.error(
      file.file,
      file.at(['segments']),
      'bad-value',
      'The size classes do not rise: enterprise must begin above mid_market, and mid_market above smb',
      'For example segments: { enterprise: 1000, mid_market: 100, smb: 0 }',
    )
  }
  for (const [name, line] of Object.entries(data.schedules)) {
    if (isCronLine(line)) continue
    problems.error(
      file.file,
      file.at(['schedules', name]),
      'bad-schedule',
      `"${line}" is no cron line`,
      "Write minute, hour, day, month and weekday: '*/15 * * * *' is every 15 minutes",
    )
  }
  const settings: Settings = {
    schedules: data.schedules,
    quotaShare: data.quota_share,
    rereadEveryMs: durationMs(data.reread_every),
    guard: {
      maxVanished: data.guard.max_vanished,
      maxSaid: data.guard.max_said,
      maxChanged: data.guard.max_changed,
      minItems: data.guard.min_items,
    },
  }
  const entries = compileDefinitions(
    data.definitions,
    model,
    reportBelow(file, 'definitions', problems),
    reportBelow(file, 'definitions', problems, 'warning'),
  )
  const { closed_through: closed } = data
  return {
    model,
    definitions: definitionsOf(entries, model),
    closedThrough: closed === undefined ? null : (parsePeriod(closed, model.yearStart)?.from ?? null),
    settings,
  }
}

/** Reports at places below one key of the model. */
function reportBelow(file: Shaped<ModelFile>, key: string, problems: Problems, level: 'error' | 'warning' = 'error') {
  return (path: Path, code: string, message: string, hint: string) =>
    problems[level](file.file, file.at([key, ...path]), code, message, hint)
}

function checkInfluence(file: Shaped<ModelFile>, problems: Problems): void {
  const { size_bands: bands, attribution, weights } = file.data.influence
  if (bands.some((from, i) => from <= (bands[i - 1] ?? 0))) {
    problems.error(
      file.file,
      file.at(['influence', 'size_bands']),
      'bad-value',
      'The sizes of opportunities do not rise',
      'For example size_bands: [5000, 25000, 100000]',
    )
  }
  if (attribution === 'custom' && weights.blocker + weights.wanted + weights.shown === 0) {
    problems.error(
      file.file,
      file.at(['influence', 'weights']),
      'bad-value',
      'All weights are 0, so no feature would be credited with anything',
      'For example weights: { blocker: 3, wanted: 1, shown: 0 }',
    )
  }
}

function checkZone(file: Shaped<ModelFile>, zone: string, problems: Problems): void {
  const wrong = whyNoTimeZone(zone)
  if (wrong === undefined) return
  problems.error(file.file, file.at(['company', 'time_zone']), 'unknown-time-zone', wrong.message, wrong.hint)
}

function compileStages(
  file: Shaped<ModelFile>,
  base: Path,
  stages: readonly {
    readonly name: string
    readonly funnelStage: FunnelStage
    readonly state?: OpportunityState | undefined
  }[],
  problems: Problems,
): StageDefinition[] {
  const seen = new Set<string>()
  stages.forEach(({ name }, i) => {
    if (seen.has(name)) {
      problems.error(
        file.file,
        file.at([...base, i, 'name']),
        'duplicate-stage',
        `The stage "${name}" stands twice in the list`,
        'Keep one of the two',
      )
    }
    seen.add(name)
  })
  return stages.map(({ name, funnelStage, state }) => ({ name, funnelStage, state: state ?? STATES[funnelStage] }))
}

function compilePriority(file: Shaped<ModelFile>, problems: Problems): PrioritySettings {
  const { periods, decided, certainty } = file.data.priority
  const seen = new Set<string>()
  periods.forEach(({ name, effort, squads }, i) => {
    const at = (key: string) => file.at(['priority', 'periods', i, key])
    if (seen.has(name))
      problems.error(
        file.file,
        at('name'),
        'duplicate-value',
        `The time "${name}" stands twice in the list`,
        'Keep one of the two',
      )
    seen.add(name)
    for (const [squad, own] of Object.entries(squads)) {
      if (own <= effort) continue
      problems.error(
        file.file,
        file.at(['priority', 'periods', i, 'squads', squad]),
        'bad-value',
        `The squad "${squad}" can build ${own} in ${name}, where everybody together can build ${effort}`,
        'Make effort the sum over the squads, or more',
      )
    }
  })
  return {
    periods,
    decided,
    certainty: { 3: certainty.buyer, 2: certainty.rep, 1: certainty.at_close },
  }
}

function compileRates(
  file: Shaped<ModelFile>,
  code: string,
  rates: ModelFile['rates'][string],
  problems: Problems,
): Model['rates'][string] {
  const base: Path = ['rates', code]
  checkCurrency(code, file, base, problems, true)
  if (code === file.data.company.currency) {
    problems.error(file.file, file.atKey(base), 'bad-value', `"${code}" is the company’s own currency`, 'Remove it')
  }
  const seen = new Set<number>()
  return rates
    .map(({ from, rate }, i) => {
      const day = parseDay(from)
      const at = file.at([...base, i, 'from'])
      if (day === undefined) problems.error(file.file, at, 'bad-day', `"${from}" is no day`, 'Write it as 2026-01-01')
      else if (seen.has(day))
        problems.error(file.file, at, 'duplicate-value', `Two rates begin on ${from}`, 'Keep one of the two')
      seen.add(day ?? Number.NaN)
      return { from: day ?? 0, rate }
    })
    .sort((a, b) => a.from - b.from)
}

/** Reports names of sources and boards that the model mentions and nobody maps, and sources whose stages it lacks. */
export function checkModelNames(
  file: Shaped<ModelFile>,
  known: {
    readonly sources: readonly string[]
    readonly boards: readonly string[]
    readonly withOpportunities: readonly string[]
  },
  problems: Problems,
): void {
  const { data } = file
  const unknown = (name: string, path: Path, what: string, names: readonly string[]) =>
    problems.error(
      file.file,
      file.atKey(path),
      'unknown-name',
      `There is no ${what} "${name}"`,
      didYouMean(name, names, `${what}s`),
    )
  for (const [key, names] of [
    ['stages', Object.keys(data.stages)],
    ['quota_share', Object.keys(data.quota_share)],
  ] as const) {
    for (const name of names) if (!known.sources.includes(name)) unknown(name, [key, name], 'source', known.sources)
  }
  for (const [kind, name] of Object.entries(data.leading)) {
    if (!known.sources.includes(name)) unknown(name, ['leading', kind], 'source', known.sources)
  }
  const jobs = [...known.sources.map((name) => `source ${name}`), ...known.boards.map((name) => `board ${name}`)]
  for (const name of Object.keys(data.schedules)) {
    if (jobs.includes(name)) continue
    problems.error(
      file.file,
      file.atKey(['schedules', name]),
      'unknown-name',
      `There is nothing to run called "${name}"`,
      didYouMean(name, jobs, 'jobs'),
    )
  }
  for (const source of known.withOpportunities) {
    if (source in data.stages) continue
    problems.error(
      file.file,
      'stages' in data && Object.keys(data.stages).length > 0 ? file.atKey(['stages']) : file.at([]),
      'stages-missing',
      `The source "${source}" has opportunities, and the model does not know its stages`,
      `Add stages: { ${source}: [{ name: Prospecting, funnelStage: opportunity }, …] }`,
    )
  }
}
