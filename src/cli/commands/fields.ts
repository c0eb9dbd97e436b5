import { FACT_KINDS, type FactKind } from '../../domain/facts.ts'
import { describeFacts, factsToJson } from '../../mapping/describe-facts.ts'
import { Fault } from '../../platform/errors.ts'
import type { CommandSpec } from '../command.ts'

export const fieldsCommand: CommandSpec = {
  name: 'fields',
  description: 'List what a board mapping can use: every field with meaning, unit and formula',
  args: '[fact]',
  examples: ['boardsync fields', 'boardsync fields opportunity'],
  run: async ({ output, args }) => {
    const kind = args[0]
    if (kind !== undefined && !(FACT_KINDS as readonly string[]).includes(kind)) {
      throw new Fault('fact-unknown', `There is no fact "${kind}"`, {
        blame: 'operator',
        exit: 2,
        hint: `There are: ${FACT_KINDS.join(', ')}`,
      })
    }
    output.say(describeFacts(kind as FactKind | undefined))
    return { json: factsToJson(kind as FactKind | undefined) }
  },
}
