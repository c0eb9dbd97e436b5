import { type Day, formatDay } from '../day.ts'
import type { FactKind } from '../facts.ts'
import type { Model } from '../model.ts'
import { DEFINITION_NAMES, type DefinitionName, KNOWN_DEFINITIONS, type KnownDefinition } from './known-definitions.ts'

/** Whether a version holds for all days, or from its own day on. */
export const APPLIES = ['restates', 'from_date'] as const
export type Applies = (typeof APPLIES)[number]

/** One version of a definition, as `model.yaml` has it; what it does not say is `null`. */
export interface DefinitionVersion {
  readonly version: number
  /** The first day on which it is said. */
  readonly from: Day | null
  readonly owner: string | null
  readonly applies: Applies
  /** `null`: the shipped sentence. Of an earlier version: nobody wrote it down. */
  readonly sentence: string | null
}

/** The definition of a number as it is in force. */
export interface Definition extends DefinitionVersion {
  readonly name: DefinitionName
  /** With every part filled in from the model. */
  readonly sentence: string
  /** Newest first. */
  readonly earlier: readonly DefinitionVersion[]
}

/** What `model.yaml` says of a definition. */
export interface DefinitionEntry extends DefinitionVersion {
  readonly earlier: readonly DefinitionVersion[]
}

const AS_SHIPPED: DefinitionEntry = {
  version: 1,
  from: null,
  owner: null,
  applies: 'restates',
  sentence: null,
  earlier: [],
}

/** Every definition in its newest version, in the order of the list: one that `model.yaml` does not name is as shipped. */
export function definitionsOf(
  entries: Readonly<Partial<Record<DefinitionName, DefinitionEntry>>>,
  model: Model,
): Definition[] {
  return DEFINITION_NAMES.map((name) => {
    const entry = entries[name] ?? AS_SHIPPED
    const known: KnownDefinition = KNOWN_DEFINITIONS[name]
    const say = ({ sentence }: DefinitionVersion, of: Model) => fillIn(sentence ?? known.sentence, known.parts(of))
    let next: DefinitionVersion = entry
    const earlier = entry.earlier.map((version) => {
      const until = next.applies === 'from_date' ? next.from : null
      const then = until === null ? undefined : modelBefore(model, name, until)
      next = version
      return then === undefined ? version : { ...version, sentence: say(version, then) }
    })
    return { ...entry, name, sentence: say(entry, model), earlier }
  })
}

/** The model with what held of a definition up to a day; `undefined` where nothing else did. */
function modelBefore(model: Model, name: DefinitionName, until: Day): Model | undefined {
  const { buckets, leads } = model
  const rules = name === 'green_account' ? buckets.earlier.find((one) => one.until === until) : undefined
  if (rules !== undefined) return { ...model, buckets: { ...buckets, ...rules } }
  const icp = name === 'qualified_lead' ? leads.earlierIcp.find((one) => one.until === until) : undefined
  return icp === undefined ? undefined : { ...model, leads: { ...leads, icp } }
}

/** The definitions in the version that is in force on a day: a version that begins later is not yet. */
export function inForceOn(definitions: readonly Definition[], day: Day): Definition[] {
  return definitions.map((definition) => {
    let { earlier, ...now } = definition
    for (;;) {
      const [before, ...rest] = earlier
      if (now.applies !== 'from_date' || now.from === null || now.from <= day || before === undefined) break
      now = { ...before, name: now.name, sentence: before.sentence ?? now.sentence }
      earlier = rest
    }
    return { ...now, earlier }
  })
}

const PART = /\{([^{}]*)\}/g

/** A sentence with its parts; one that is not there is left as it is written. */
export function fillIn(sentence: string, parts: Readonly<Record<string, string>>): string {
  return sentence.replace(PART, (written, part: string) => parts[part.trim()] ?? written)
}

/** The parts that a sentence names. */
export function partsIn(sentence: string): string[] {
  return [...sentence.matchAll(PART)].map(([, part = '']) => part.trim())
}

const namesOfFields = new Map<string, DefinitionName[]>()
for (const name of DEFINITION_NAMES) {
  for (const field of KNOWN_DEFINITIONS[name].fields)
    namesOfFields.set(field, [...(namesOfFields.get(field) ?? []), name])
}

/** The definitions that a field is printed with, by its path: `account.bucket`. */
export function definitionsBehind(path: string, definitions: readonly Definition[]): Definition[] {
  const names = namesOfFields.get(path)
  return names === undefined ? [] : definitions.filter(({ name }) => names.includes(name))
}

/** The definitions that fields of a kind of facts are printed with. */
export function definitionsOfKind(kind: FactKind, definitions: readonly Definition[]): Definition[] {
  return definitions.filter(({ name }) => KNOWN_DEFINITIONS[name].fields.some((field) => field.startsWith(`${kind}.`)))
}

/** `green_account, version 2 from 2026-07-01`: which definition it is, for behind its sentence. */
export function versionText({
  name,
  version,
  from,
}: { readonly name: string } & Pick<Definition, 'version' | 'from'>): string {
  return `${name}, version ${version}${from === null ? '' : ` from ${formatDay(from)}`}`
}
