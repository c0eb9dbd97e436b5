import { defaultModel } from '../../domain/default-model.ts'
import { type Definition, definitionsOf, inForceOn } from '../../domain/definitions/definitions.ts'
import { FACT_KINDS, type FactKind } from '../../domain/facts.ts'
import { describeFacts, factsToJson } from '../../mapping/describe-facts.ts'
import { createZone } from '../../platform/zone.ts'
import { type CommandSpec, unknownName } from '../command.ts'
import { type House, loadMappings } from '../wire.ts'

export const fieldsCommand: CommandSpec = {
  name: 'fields',
  summary: 'list what a mapping can use, with meaning, unit, formula and definition',
  description: 'List what a board mapping can use: every field with meaning, unit, formula and the definition in force',
  args: '[fact]',
  examples: ['boardsync fields', 'boardsync fields opportunity'],
  run: async ({ house, output, args }) => {
    const kind = args[0]
    if (kind !== undefined && !(FACT_KINDS as readonly string[]).includes(kind)) {
      throw unknownName(kind, 'fact', FACT_KINDS)
    }
    const definitions = await readDefinitions(house)
    output.say(describeFacts(kind as FactKind | undefined, definitions))
    return { json: { facts: factsToJson(kind as FactKind | undefined, definitions), definitions } }
  },
}

/** Those of `model.yaml`; as shipped where it is missing or broken, since fields are looked up before there is one. */
async function readDefinitions(house: House): Promise<Definition[]> {
  const { mappings } = await loadMappings(house).catch(() => ({ mappings: null }))
  if (mappings === null) return definitionsOf({}, defaultModel())
  const zone = createZone(mappings.model.timeZone)
  return inForceOn(mappings.definitions, zone.dayOf(house.clock.now()))
}
