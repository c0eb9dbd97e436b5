import * as z from 'zod'
import { type Day, parseDay } from '../domain/day.ts'
import { APPLIES, type DefinitionEntry, type DefinitionVersion, partsIn } from '../domain/definitions/definitions.ts'
import {
  DEFINITION_NAMES,
  type DefinitionName,
  KNOWN_DEFINITIONS,
  type KnownDefinition,
} from '../domain/definitions/known-definitions.ts'
import type { Dated, Model } from '../domain/model.ts'
import { didYouMean } from './nearest.ts'
import { say, text } from './say.ts'
import { GREEN_RULES, ICP_RULES } from './schema/dated-settings.ts'
import type { Path } from './yaml-file.ts'

const said = {
  sentence: text(
    'What it means, as people read it beside the number. Parts in braces are filled in from the settings it names. Default: the sentence that ships.',
    'An account is green from {limits} on, and {latch}.',
  ).optional(),
  owner: text('Who decides about it.', 'Head of Sales').optional(),
  version: say(z.int().min(1).default(1), 'Which version this is: one more with each change.', { example: 2 }),
  from: text('The first day on which it is said.', '2026-07-01').optional(),
}
const applies = say(
  z.enum(APPLIES).default('restates'),
  'Of green_account and qualified_lead: whether the change holds for all days (`restates`), or from its day on (`from_date`): then days before it go by the version before.',
  { example: 'from_date' },
)
const earlier = <T extends z.ZodRawShape>(shape: T) =>
  z.array(
    z.strictObject({
      ...said,
      version: say(z.int().min(1), 'Which version it was.', { example: 1 }),
      ...shape,
    }),
  )
const was = <T extends z.ZodType>(schema: T) =>
  say(schema, 'The versions before, newest first.', { example: [{ version: 1, from: '2025-01-01' }] })

const Definition = z.strictObject({ ...said, was: was(earlier({}).default([])) }).meta({ id: 'Definition' })

/** Of definitions that may change from a day on an earlier version says what held then. */
const dated = <T extends z.ZodRawShape>(shape: T) =>
  z.strictObject({ ...said, applies, was: was(earlier({ ...shape, applies }).default([])) })

const then = 'What held then, where the version after it holds from its date: of'
const optional = <T extends z.ZodType>(schema: T, name: DefinitionName, example: unknown) =>
  say(schema.optional(), `${then} ${name}.`, { example })
const GreenAccount = dated({
  buckets: optional(z.strictObject(GREEN_RULES), 'green_account', { green_from: { seats: 25, arr: 5000 } }),
}).meta({ id: 'GreenAccountDefinition' })
const QualifiedLead = dated({
  icp: optional(z.strictObject(ICP_RULES), 'qualified_lead', { countries: ['US', 'SE'], employees: 50 }),
}).meta({ id: 'QualifiedLeadDefinition' })

type PlainName = Exclude<DefinitionName, 'green_account' | 'qualified_lead'>
const about = (name: DefinitionName): string => {
  const { sentence, settings }: KnownDefinition = KNOWN_DEFINITIONS[name]
  const where =
    settings.length === 0
      ? 'The program decides it; an entry has words, owner and version alone.'
      : `Its numbers: ${settings.map((key) => `\`${key}\``).join(', ')}.`
  return `${sentence} ${where}`
}
const shape = Object.fromEntries(
  DEFINITION_NAMES.map((name) => {
    const schema = name === 'green_account' ? GreenAccount : name === 'qualified_lead' ? QualifiedLead : Definition
    return [name, say(schema.optional(), about(name), { example: { owner: 'Head of Sales', version: 1 } })]
  }),
) as Record<PlainName, z.ZodOptional<typeof Definition>> & {
  green_account: z.ZodOptional<typeof GreenAccount>
  qualified_lead: z.ZodOptional<typeof QualifiedLead>
}

/** The part of `model.yaml` that says what contested numbers mean, whose they are, and since when. */
export const DefinitionSettings = say(
  z.strictObject(shape).prefault({}),
  'What contested numbers mean, who decides about them, and since when. Their values stand where they are set; here stands what people read of them, and what held before.',
  { example: { green_account: { owner: 'Head of Sales', version: 2, from: '2026-07-01' } } },
)
export type DefinitionSettings = z.output<typeof DefinitionSettings>

type Report = (path: Path, code: string, message: string, hint: string) => void

/** What an entry says, whichever it is. */
interface Written {
  readonly sentence?: string | undefined
  readonly owner?: string | undefined
  readonly version: number
  readonly from?: string | undefined
  readonly applies?: (typeof APPLIES)[number]
}

/** Checks the entries, which stand below `definitions`; what they say of numbers is in `compileEras`. */
export function compileDefinitions(
  settings: DefinitionSettings,
  model: Model,
  report: Report,
  warn: Report,
): Partial<Record<DefinitionName, DefinitionEntry>> {
  const entries: Partial<Record<DefinitionName, DefinitionEntry>> = {}
  for (const name of DEFINITION_NAMES) {
    const entry = settings[name]
    if (entry === undefined) continue
    const parts = Object.keys(KNOWN_DEFINITIONS[name].parts(model))
    const version = compileVersion(entry, name, parts, [name], report)
    if (version.sentence !== null) checkSaysSettings(version.sentence, name, parts, warn)
    const before = entry.was.map((one, i) => compileVersion(one, name, parts, [name, 'was', i], report))
    entries[name] = { ...version, earlier: before }
    checkOrder([version, ...before], name, report)
  }
  return entries
}

function compileVersion(
  written: Written,
  name: DefinitionName,
  parts: readonly string[],
  at: Path,
  report: Report,
): DefinitionVersion {
  const { sentence = null, owner = null, version, from, applies: how = 'restates' } = written
  const day = from === undefined ? null : parseDay(from)
  if (day === undefined) report([...at, 'from'], 'bad-day', `"${from}" is no day`, 'Write it as 2026-07-01')
  if (how === 'from_date' && from === undefined)
    report(
      [...at, 'applies'],
      'definition-undated',
      `Version ${version} of ${name} holds from its date, and has none`,
      'Add from: with its first day, such as 2026-07-01',
    )
  if (sentence !== null) checkParts(sentence, name, parts, [...at, 'sentence'], report)
  return { version, from: day ?? null, owner, applies: how, sentence }
}

function checkParts(sentence: string, name: DefinitionName, known: readonly string[], at: Path, report: Report): void {
  for (const part of partsIn(sentence)) {
    if (known.includes(part)) continue
    report(
      at,
      'unknown-part',
      `The sentence of ${name} names {${part}}, which is no part of it`,
      known.length === 0
        ? 'It has no parts: write the words themselves'
        : didYouMean(
            `{${part}}`,
            known.map((one) => `{${one}}`),
            'parts',
          ),
    )
  }
}

/** Words that name no part go on saying the same when the setting changes. */
function checkSaysSettings(sentence: string, name: DefinitionName, parts: readonly string[], warn: Report): void {
  if (parts.length === 0 || partsIn(sentence).length > 0) return
  warn(
    [name, 'sentence'],
    'sentence-without-part',
    `The sentence of ${name} goes on saying the same when ${KNOWN_DEFINITIONS[name].settings.join(' or ')} is set otherwise`,
    `Write ${parts.map((part) => `{${part}}`).join(' or ')} where the sentence says what is set`,
  )
}

/** Versions come newest first, each with a lower number and an earlier day than the one before. */
function checkOrder([newest, ...before]: readonly DefinitionVersion[], name: DefinitionName, report: Report): void {
  let next = newest as DefinitionVersion
  before.forEach((one, i) => {
    const at: Path = [name, 'was', i]
    if (one.version >= next.version)
      report(
        [...at, 'version'],
        'bad-value',
        `Version ${one.version} of ${name} stands behind version ${next.version}`,
        'Write versions newest first, and give each change the next number',
      )
    if (one.from !== null && next.from !== null && one.from >= next.from)
      report(
        [...at, 'from'],
        'bad-value',
        `Version ${one.version} of ${name} does not begin before version ${next.version}`,
        'Give each version a later first day than the one before it',
      )
    next = one
  })
}

/**
 * What held before, of a definition whose newest versions hold from their dates: the numbers of each version up to the day of the
 * next, oldest first. A version that restates history ends the chain: nothing before it counts. Numbers that would do nothing are
 * reported, as are such as are missing.
 */
export function compileEras<S, T>(
  entry: (Written & { readonly was: readonly Written[] }) | undefined,
  name: DefinitionName,
  key: string,
  settingsOf: (version: Written) => S | undefined,
  compile: (settings: S, at: Path) => T,
  report: Report,
): Dated<T>[] {
  const eras: Dated<T>[] = []
  let next: Written | undefined = entry
  let isDated = true
  entry?.was.forEach((one, i) => {
    const settings = settingsOf(one)
    const at: Path = [name, 'was', i]
    isDated &&= next?.applies === 'from_date'
    const until: Day | undefined = next?.from === undefined ? undefined : parseDay(next.from)
    if (isDated && settings === undefined)
      report(
        at,
        'definition-settings-missing',
        `Version ${next?.version} of ${name} holds from its date, and version ${one.version} does not say what held before`,
        `Add ${key}: with the settings of version ${one.version}, or write applies: restates at version ${next?.version}`,
      )
    else if (!isDated && settings !== undefined)
      report(
        [...at, key],
        'definition-settings-unused',
        `The settings of version ${one.version} of ${name} do nothing, since a later version restates history`,
        `Remove ${key}:, or write applies: from_date at each later version`,
      )
    else if (settings !== undefined && until !== undefined) eras.push({ ...compile(settings, [...at, key]), until })
    next = one
  })
  if (entry?.applies === 'from_date' && entry.was.length === 0)
    report(
      [name, 'applies'],
      'definition-settings-missing',
      `Version ${entry.version} of ${name} holds from its date, and nothing says what held before`,
      `Add was: [{ version: ${Math.max(1, entry.version - 1)}, ${key}: … }] with the settings of before, or write applies: restates`,
    )
  return eras.reverse()
}
