import type { DesiredItem } from '../../plan/desired.ts'
import type { Refusal, Store } from '../../store/store.ts'
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
    const refused = await Promise.all(shown.map(async (one) => ({ ...one, value: await wantedValue(store, one) })))
    if (refused.length === 0) output.say('Nothing is refused')
    else
      output.table(
        [
          { title: 'board' },
          { title: 'key' },
          { title: 'column' },
          { title: 'value' },
          { title: 'code' },
          { title: 'reason' },
          { title: 'what to do' },
        ],
        refused.map((one) => [one.board, one.key, one.column, one.value, one.code, one.message, one.hint]),
      )
    return { json: { refused } }
  },
}

/** What the column would show, as it is wanted now: it is not kept with the refusal, which goes to logs as well. */
async function wantedValue(store: Store, { board, key, column }: Refusal): Promise<string | null> {
  if (column === null) return null
  const [only] = await store.desiredItems(board, key)
  if (only === undefined) return null
  const { cells, once } = JSON.parse(only.body) as Partial<DesiredItem>
  return cells?.[column] ?? once?.[column] ?? null
}
