import { FACT_KINDS, type FactKind } from '../../domain/facts.ts'
import { describeFacts, factsToJson } from '../../mapping/describe-facts.ts'
import { type CommandSpec, unknownName } from '../command.ts'

export const fieldsCommand: CommandSpec = {
  name: 'fields',
  summary: 'list what a mapping can use, with meaning, unit and formula',
  description: 'List what a board mapping can use: every field with meaning, unit and formula',
  args: '[fact]',
  examples: ['boardsync fields', 'boardsync fields opportunity'],
  run: async ({ output, args }) => {
    const kind = args[0]
    if (kind !== undefined && !(FACT_KINDS as readonly string[]).includes(kind)) {
      throw unknownName(kind, 'fact', FACT_KINDS)
    }
    output.say(describeFacts(kind as FactKind | undefined))
    return { json: { facts: factsToJson(kind as FactKind | undefined) } }
  },
}
