import { type CommandSpec, unknownName } from '../command.ts'
import { loadMappings, openStoreThatIs } from '../wire.ts'

export const refusedCommand: CommandSpec = {
  name: 'refused',
  summary: 'changes a board did not take, with the reason',
  description: 'List changes that a board refused, with the reason; tried again when their data or mapping changes',
  args: '[board]',
  options: [['--retry', 'try them again at the next apply, changed or not']],
  examples: ['boardsync refused', 'boardsync refused deals --retry'],
  run: async ({ house, output, args, options }) => {
    await using store = await openStoreThatIs(house)
    const board = args[0]
    const boards = (await loadMappings(house)).mappings?.boards.map((one) => one.board) ?? []
    if (board !== undefined && boards.length > 0 && !boards.includes(board)) throw unknownName(board, 'board', boards)
    const shown = []
    for await (const page of store.refusals(board)) shown.push(...page)
    if (options.retry === true) {
      let cleared = 0
      for (const [name, own] of Map.groupBy(shown, (refusal) => refusal.board)) {
        const keys = own.map((refusal) => refusal.key)
        cleared += await store.clearRefusals(name, keys)
        await store.listKeys(name, keys)
      }
      output.say(`${cleared} refused changes will be tried again`)
      return { json: { retried: cleared } }
    }
    if (shown.length === 0) output.say('Nothing is refused')
    else
      output.table(
        [
          { title: 'board' },
          { title: 'key' },
          { title: 'column' },
          { title: 'code' },
          { title: 'reason' },
          { title: 'what to do' },
        ],
        shown.map((one) => [one.board, one.key, one.column, one.code, one.message, one.hint]),
      )
    return { json: { refused: shown } }
  },
}
