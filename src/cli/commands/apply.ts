import { Fault } from '../../platform/errors.ts'
import { apply } from '../../sync/run.ts'
import { askYes } from '../ask.ts'
import { type CommandSpec, textOption } from '../command.ts'
import { runToJson, sayRun } from '../run-report.ts'
import { requestOf, withPorts } from '../with-ports.ts'
import { showPlans } from './plan.ts'

export const applyCommand: CommandSpec = {
  name: 'apply',
  description: 'Send a plan to the boards: the one with --digest, or one made now, shown, and confirmed',
  args: '[boards...]',
  options: [
    ['--digest <digest>', 'send exactly the plan with this digest; what moved since is dropped as stale'],
    ['--yes', 'do not ask'],
    ['--allow-archive <count>', 'with --digest: let so many vanished items be archived'],
    ['--allow-change <count>', 'with --digest: let so many items change because data changed'],
  ],
  examples: ['boardsync apply --digest 5fe3d8ea9ae6', 'boardsync apply deals --yes'],
  run: (call) =>
    withPorts(call, { boards: true, sources: false }, async (ports, signal) => {
      const digest = textOption(call.options, 'digest')
      if (digest === undefined && call.options.yes !== true) {
        const shown = await showPlans(ports, call, { signal })
        if (shown.sends === 0) return { exit: shown.exit, json: shown.json }
        if (!(await askYes(`Send ${shown.sends} changes?`))) {
          throw new Fault('not-confirmed', 'Nothing was sent', {
            blame: 'operator',
            exit: 1,
            hint: 'Answer "yes", give --yes, or run apply --digest with the digest above',
          })
        }
      }
      const result = await apply(ports, requestOf(call, ports), { signal })
      sayRun(call.output, result)
      return { exit: result.exit, json: runToJson(result) }
    }),
}
