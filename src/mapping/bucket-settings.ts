import type { BucketRules, BucketSettings, Threshold } from '../domain/model.ts'
import { convertMoney, decimalsOf } from '../domain/money.ts'
import { checkCurrency } from './currencies.ts'
import { compileEras } from './definition-settings.ts'
import { durationMs } from './duration.ts'
import type { GreenRules } from './schema/dated-settings.ts'
import type { ModelFile } from './schema/model-file.ts'
import type { Shaped } from './shape.ts'
import type { Path, Problems } from './yaml-file.ts'

const MS_PER_DAY = 86_400_000

/** Checks `buckets:` of `model.yaml`; its ARR becomes company currency, at one rate for all days. */
export function compileBuckets(file: Shaped<ModelFile>, problems: Problems): BucketSettings {
  const { buckets, definitions } = file.data
  return {
    ...compileRules(file, buckets, ['buckets'], problems),
    earlier: compileEras(
      definitions.green_account,
      'green_account',
      'buckets',
      (version) => (version as { readonly buckets?: GreenRules }).buckets,
      (rules, at) => compileRules(file, rules, ['definitions', ...at], problems),
      (path, ...problem) => problems.error(file.file, file.at(['definitions', ...path]), ...problem),
    ),
    unknownMotion: buckets.motion_if_empty,
  }
}

function compileRules(file: Shaped<ModelFile>, rules: GreenRules, at: Path, problems: Problems): BucketRules {
  const { green_from: from, fall_back: fallBack, near_within: nearWithin } = rules
  const toMinor = arrConverter(file, from.currency ?? file.data.company.currency, at, problems)
  const compile = ({ seats, arr }: Threshold): Threshold => ({ seats, arr: arr === null ? null : toMinor(arr) })
  checkNamed(file, [...at, 'green_from'], from, problems)
  if (fallBack !== undefined) checkFallBack(file, from, fallBack, at, problems)
  return {
    green: compile(from),
    match: from.match,
    fallBack:
      fallBack === undefined
        ? null
        : { below: compile(fallBack), afterDays: Math.ceil(durationMs(fallBack.after) / MS_PER_DAY) },
    nearWithin,
  }
}

function arrConverter(
  file: Shaped<ModelFile>,
  currency: string,
  rules: Path,
  problems: Problems,
): (arr: number) => number {
  const { company, rates } = file.data
  const at: Path = [...rules, 'green_from', 'currency']
  if (currency !== company.currency) checkCurrency(currency, file, at, problems)
  const newest = rates[currency]?.toSorted((a, b) => (a.from < b.from ? -1 : 1)).at(-1)
  if (currency !== company.currency && newest === undefined) {
    problems.error(
      file.file,
      file.at(at),
      'rate-missing',
      `The threshold is in ${currency}, and rates: has no rate for it`,
      `Add rates: { ${currency}: [{ from: 2026-01-01, rate: … }] }, or write the threshold in ${company.currency}`,
    )
  }
  return (arr) => {
    const minor = Math.round(arr * 10 ** decimalsOf(currency))
    return currency === company.currency ? minor : convertMoney(minor, currency, company.currency, newest?.rate ?? 1)
  }
}

function checkNamed(file: Shaped<ModelFile>, path: Path, { seats, arr }: Threshold, problems: Problems): void {
  if (seats !== null || arr !== null) return
  const hint = 'Give seats, arr or both a number'
  problems.error(file.file, file.at(path), 'bad-value', 'Neither seats nor ARR count, so that nothing is met', hint)
}

/** What falls back at once would go back and forth. */
function checkFallBack(file: Shaped<ModelFile>, from: Threshold, below: Threshold, at: Path, problems: Problems): void {
  checkNamed(file, [...at, 'fall_back'], below, problems)
  for (const name of ['seats', 'arr'] as const) {
    const [limit, lower] = [from[name], below[name]]
    if (lower === null || (limit !== null && lower <= limit)) continue
    problems.error(
      file.file,
      file.at([...at, 'fall_back', name]),
      'bad-value',
      limit === null
        ? `green_from does not count ${name}, and fall_back does`
        : `fall_back begins at ${lower} ${name}, above the ${limit} of green_from`,
      'Give it a lower limit than green_from has, or null',
    )
  }
}
