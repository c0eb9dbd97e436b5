import { definitionLine } from '../../mapping/describe-facts.ts'
import { type ExplainedColumn, type ExplainedField, explain } from '../../sync/explain.ts'
import { type CommandSpec, unknownName } from '../command.ts'
import type { Output } from '../output.ts'
import { needMappings, openStoreThatIs, wirePorts } from '../wire.ts'

export const explainCommand: CommandSpec = {
  name: 'explain',
  summary: 'where each cell of an item comes from, down to the raw field',
  description: 'Show where an item comes from: each cell, the field behind it, and the raw field at the source',
  args: '<board> <key>',
  examples: ['boardsync explain deals 006f4000002NAbGAAW'],
  run: async ({ house, output, args }) => {
    const { mappings } = await needMappings(house, output)
    await using store = await openStoreThatIs(house)
    const ports = await wirePorts(house, mappings, store, () => {})
    const [name = '', key = ''] = args
    const board = mappings.boards.find((one) => one.board === name)
    if (board === undefined)
      throw unknownName(
        name,
        'board',
        mappings.boards.map((one) => one.board),
      )
    const found = await explain(ports, board, key)
    const { colors } = output
    output.say(`${colors.bold(found.name ?? found.key)}  ${colors.dim(found.from ?? '')}`)
    output.say(found.state)
    if (found.reportedOn !== null)
      output.say(
        `Its month is closed: it is as it was reported on ${found.reportedOn}; boardsync restatements tells what would differ`,
      )
    if (found.refusal !== null) output.say(colors.red(`Refused (${found.refusal.code}): ${found.refusal.message}`))
    for (const { kind, id, source, object, changedAt } of found.records)
      output.say(colors.dim(`${kind} ${id}: ${source} ${object}, changed ${changedAt}`))
    const { together } = found
    if (together !== null) {
      const holds = together.holds.map(({ kind, source, count }) => `${count} ${kind} of ${source}`)
      output.say(colors.dim(`stands with ${holds.join(', ')}`))
      for (const { source, id, by } of together.also)
        output.say(colors.dim(`is also account ${id} of ${source}${by === null ? '' : `, by ${by}`}`))
    }
    for (const { kind, id, into } of found.merged)
      output.say(colors.dim(`${kind} ${id} was merged into ${kind} ${into}`))
    // Why it is not there is told by the condition; what it would show, by the mapping.
    const absent = found.columns.every(({ desired, onBoard }) => desired === null && onBoard === null)
    if (found.where !== null && found.columns.every(({ desired }) => desired === null)) {
      output.say(`\n${colors.bold('where')}: ${found.where.value}`)
      sayFields(output, found.where.fields)
    }
    if (!absent) for (const column of found.columns) sayColumn(output, column)
    return { json: found }
  },
}

function sayColumn(output: Output, { title, desired, onBoard, editedByHand, value, fields }: ExplainedColumn): void {
  const { say, colors } = output
  const edited = editedByHand ? colors.yellow('  edited by hand') : ''
  say(`\n${colors.bold(title)}: ${(desired ?? onBoard ?? '') || colors.dim('empty')}${edited}`)
  if (desired !== null && onBoard !== null && desired !== onBoard) say(`  on the board: ${onBoard || 'empty'}`)
  say(`  ${colors.dim('mapping')}  ${value}`)
  sayFields(output, fields)
}

function sayFields({ say, colors }: Output, fields: readonly ExplainedField[]): void {
  for (const { path, text, formula, definitions, source } of fields) {
    say(`  ${colors.dim('field')}    ${path} = ${text ?? 'empty'}`)
    if (formula !== null) say(`  ${colors.dim('formula')}  ${formula}`)
    for (const one of definitions) say(`  ${colors.dim('meaning')}  ${definitionLine(one)}`)
    if (source === null) continue
    const raw = source.raw === null ? 'empty' : JSON.stringify(source.raw)
    const unit = source.currency === null ? '' : ` in ${source.currency}`
    say(`  ${colors.dim('raw')}      ${source.source} ${source.object} ${source.id} ${source.field} = ${raw}${unit}`)
  }
}
