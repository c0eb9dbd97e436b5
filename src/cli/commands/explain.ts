import { Fault } from '../../platform/errors.ts'
import { nearestName } from '../../platform/nearest.ts'
import { explain } from '../../sync/explain.ts'
import type { CommandSpec } from '../command.ts'
import { needMappings, openStore, wirePorts } from '../wire.ts'

export const explainCommand: CommandSpec = {
  name: 'explain',
  description: 'Show where an item comes from: each cell, the field behind it, and the raw field at the source',
  args: '<board> <key>',
  examples: ['boardsync explain deals 006f4000002NAbGAAW'],
  run: async ({ house, output, args }) => {
    const { mappings } = await needMappings(house)
    await using store = await openStore(house)
    const ports = wirePorts(house, mappings, store, () => {})
    const [name = '', key = ''] = args
    const board = mappings.boards.find((one) => one.board === name)
    if (board === undefined) {
      const known = mappings.boards.map((one) => one.board)
      const near = nearestName(name, known)
      throw new Fault('board-unknown', `There is no board mapping "${name}"`, {
        blame: 'operator',
        exit: 2,
        hint: `${near === null ? '' : `Did you mean "${near}"? `}There are: ${known.join(', ')}`,
      })
    }
    const found = await explain(ports, board, key)
    const { colors } = output
    output.say(`${colors.bold(found.name ?? found.key)}  ${colors.dim(found.from ?? '')}`)
    output.say(found.state)
    if (found.refusal !== null) output.say(colors.red(`Refused (${found.refusal.code}): ${found.refusal.message}`))
    for (const { kind, id, source, object, changedAt } of found.records)
      output.say(colors.dim(`${kind} ${id}: ${source} ${object}, changed ${changedAt}`))
    for (const column of found.columns) {
      const shown = column.desired ?? column.onBoard ?? ''
      output.say(
        `\n${colors.bold(column.title)}: ${shown === '' ? colors.dim('empty') : shown}${column.editedByHand ? colors.yellow('  edited by hand') : ''}`,
      )
      if (column.desired !== null && column.onBoard !== null && column.desired !== column.onBoard)
        output.say(`  on the board: ${column.onBoard === '' ? 'empty' : column.onBoard}`)
      output.say(`  ${colors.dim('mapping')}  ${column.value}`)
      for (const field of column.fields) {
        output.say(
          `  ${colors.dim('field')}    ${field.path} = ${field.value === null ? 'empty' : String(field.value)}`,
        )
        if (field.source !== null) {
          const { source, object, id, field: vendorField, raw } = field.source
          output.say(
            `  ${colors.dim('raw')}      ${source} ${object} ${id} ${vendorField} = ${raw === null ? 'empty' : JSON.stringify(raw)}`,
          )
        }
      }
    }
    return { json: found }
  },
}
