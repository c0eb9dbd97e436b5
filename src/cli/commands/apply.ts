import { Fault } from '../../platform/errors.ts'
import { formatCount } from '../../platform/terminal.ts'
import { apply } from '../../sync/run.ts'
import { askYes } from '../ask.ts'
import { type CommandSpec, textOption } from '../command.ts'
import { runToJson, sayRun } from '../run-report.ts'
import { requestOf, withPorts } from '../with-ports.ts'
import { showPlans } from './plan.ts'

export const applyCommand: CommandSpec = {
  name: 'apply',
  summary: 'send a plan: the one with `--digest`, or one made now, shown and confirmed',
  description: 'Send a plan to the boards: the one with --digest, or one made now, shown, and confirmed',
  args: '[boards...]',
  options: [
    ['--digest <digest>', 'send exactly the plan with this digest; what moved since is dropped as stale'],
    ['--yes', 'do not show and ask; the guard still refuses what looks unsafe'],
    ['--allow-archive <count>', 'with --digest: let so many vanished items be archived'],
    ['--allow-change <count>', 'with --digest: let so many items change because data changed'],
    ['--reread', 'read the boards whole first, so that hand edits are seen now'],
  ],
  examples: ['boardsync apply', 'boardsync apply --digest 5fe3d8ea9ae6', 'boardsync apply deals --yes'],
  run: (call) =>
    withPorts(call, { boards: true, sources: false }, async (ports, signal) => {
      const request = requestOf(call, ports, 'boards')
      const digest = textOption(call.options, 'digest')
      let exactly = digest === undefined ? undefined : [digest]
      if (digest === undefined && call.options.yes !== true) {
        const shown = await showPlans(ports, call, { signal })
        if (shown.sends === 0) return { exit: shown.exit, json: shown.json }
        if (!(await askYes(`Send ${formatCount(shown.sends)} change${shown.sends === 1 ? '' : 's'}?`))) {
          throw new Fault('not-confirmed', 'Nothing was sent', {
            blame: 'operator',
            exit: 1,
            hint: 'Answer "yes" at a terminal, give --yes, or run apply --digest with the digest of a plan above',
          })
        }
        exactly = [...shown.digests]
      }
      const reread = request.reread && (digest !== undefined || exactly === undefined)
      const wanted = { ...request, reread, ...(exactly === undefined ? {} : { exactly }) }
      const result = await apply(ports, wanted, { signal })
      sayRun(call.output, result)
      return { exit: result.exit, json: runToJson(result) }
    }),
}
