import { sync } from '../../sync/run.ts'
import type { CommandSpec } from '../command.ts'
import { runToJson, sayRun } from '../run-report.ts'
import { REQUEST_OPTIONS, requestOf, withPorts } from '../with-ports.ts'

export const syncCommand: CommandSpec = {
  name: 'sync',
  summary: 'pull, derive, plan and apply in one go, inside the guard',
  description: 'Pull, derive, plan and apply: bring every board up to date, inside the guard',
  args: '[names...]',
  options: REQUEST_OPTIONS,
  examples: ['boardsync sync', 'boardsync sync salesforce deals    # one source, one board'],
  run: (call) =>
    withPorts(call, { boards: true, sources: true }, async (ports, signal) => {
      const result = await sync(ports, requestOf(call, ports, 'both'), { signal })
      sayRun(call.output, result)
      return { exit: result.exit, json: runToJson(result) }
    }),
}
