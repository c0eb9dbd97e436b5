import { shortDigest } from '../../plan/plan.ts'
import { Fault } from '../../platform/errors.ts'
import type { CommandSpec } from '../command.ts'
import { withPorts } from '../with-ports.ts'
import { showPlans } from './plan.ts'

export const repairCommand: CommandSpec = {
  name: 'repair',
  summary: 'read a board afresh and show what would make it right again, hand edits included',
  description:
    'Read a board afresh and show, cell by cell, what would make it as the mapping says: what people edited is written over even where the mapping keeps it (cells of write: once stay), and a board that is gone is made anew; nothing is written there',
  args: '<board>',
  options: [['--all', 'show every change, not only the first of a board']],
  examples: ['boardsync repair deals', 'boardsync apply --digest 5fe3d8ea9ae6'],
  run: (call) =>
    withPorts(call, { boards: true, sources: false }, async (ports, signal) => {
      if (call.args.filter((name) => name !== '').length === 0) {
        throw new Fault('usage', 'repair wants the board to repair', {
          blame: 'operator',
          exit: 2,
          hint: `Name one: repair ${ports.mappings.boards[0]?.board ?? 'deals'}`,
        })
      }
      const { exit, json, sends, digests } = await showPlans(ports, call, { signal }, { repair: true, reread: true })
      for (const digest of sends > 0 ? digests : []) {
        call.output.note(`Nothing was written. To mend exactly this: boardsync apply --digest ${shortDigest(digest)}`)
      }
      return { exit, json }
    }),
}
