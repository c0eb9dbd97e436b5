import { formatDay } from '../../domain/day.ts'
import {
  type Definition,
  type DefinitionVersion,
  inForceOn,
  versionText,
} from '../../domain/definitions/definitions.ts'
import { DEFINITION_NAMES, KNOWN_DEFINITIONS } from '../../domain/definitions/known-definitions.ts'
import { createZone } from '../../platform/zone.ts'
import { type LoggedDefinition, readDefinitionLog } from '../../sync/definition-log.ts'
import { type CommandSpec, unknownName } from '../command.ts'
import type { Output } from '../output.ts'
import { type House, hasStore, needMappings, openStore } from '../wire.ts'

export const definitionsCommand: CommandSpec = {
  name: 'definitions',
  summary: 'what contested numbers mean, who decides about them, since when, and what they meant before',
  description:
    'List the definitions in force with version, date and owner; with a name also where it is set, the numbers it is printed with, earlier versions, and when each was first used',
  args: '[name]',
  examples: ['boardsync definitions', 'boardsync definitions green_account'],
  run: async ({ house, output, args }) => {
    const { mappings } = await needMappings(house, output)
    const [name] = args
    if (name !== undefined && !(DEFINITION_NAMES as readonly string[]).includes(name))
      throw unknownName(name, 'definition', DEFINITION_NAMES)
    const today = createZone(mappings.model.timeZone).dayOf(house.clock.now())
    const all = inForceOn(mappings.definitions, today)
    const shown = name === undefined ? all : all.filter((one) => one.name === name)
    const log = (await readLog(house)).filter((one) => name === undefined || one.name === name)
    for (const definition of shown) {
      sayDefinition(output, definition)
      if (name !== undefined) sayMore(output, definition, mappings.definitions, log)
    }
    if (name === undefined)
      output.say('\nboardsync definitions <name> shows earlier versions and when each was first used')
    return {
      json: {
        definitions: shown.map((one) => ({
          ...withDay(one),
          earlier: one.earlier.map(withDay),
          settings: KNOWN_DEFINITIONS[one.name].settings,
          fields: KNOWN_DEFINITIONS[one.name].fields,
        })),
        log: log.map(({ firstUsedAt, ...one }) => ({ ...withDay(one), firstUsedAt: instant(firstUsedAt) })),
      },
    }
  },
}

/** What runs used; nothing where none was made yet. */
async function readLog(house: House): Promise<readonly LoggedDefinition[]> {
  if (!hasStore(house)) return []
  await using store = await openStore(house)
  return readDefinitionLog(store)
}

function sayDefinition({ say, colors }: Output, definition: Definition): void {
  const { name, owner, sentence } = definition
  const version = versionText(definition).slice(name.length + 2)
  say(`${colors.bold(name)}  ${colors.dim(`${version}${owner === null ? '' : `, ${owner}`}`)}`)
  say(`  ${sentence}`)
}

function sayMore(
  { say, colors }: Output,
  { name, earlier, version }: Definition,
  newest: readonly Definition[],
  log: readonly LoggedDefinition[],
): void {
  const { settings, fields } = KNOWN_DEFINITIONS[name]
  const next = newest.find((one) => one.name === name)
  say(colors.dim(`  ${settings.length === 0 ? 'the program decides it' : `set by ${settings.join(', ')}`}`))
  say(colors.dim(`  printed with ${fields.join(', ')}`))
  if (next !== undefined && next.version !== version) say(`  to come: ${versionLine(next)}`)
  for (const one of earlier) say(`  before: ${versionLine(one)}`)
  for (const one of log) say(colors.dim(`  first used ${instant(one.firstUsedAt)}: ${versionLine(one)}`))
}

function versionLine({ version, from, owner, applies, sentence }: DefinitionVersion): string {
  const since = from === null ? '' : ` from ${formatDay(from)}`
  const how = applies === 'from_date' ? ', which left days before it as they were' : ''
  const words = sentence === null ? '' : `: ${sentence}`
  return `version ${version}${since}${owner === null ? '' : `, ${owner}`}${how}${words}`
}

function withDay<T extends { readonly from: number | null }>(version: T) {
  return { ...version, from: version.from === null ? null : formatDay(version.from) }
}

function instant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
