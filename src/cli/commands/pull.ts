import { pull } from '../../sync/run.ts'
import type { CommandSpec } from '../command.ts'
import { runToJson, sayRun } from '../run-report.ts'
import { PULL_OPTIONS, requestOf, withPorts } from '../with-ports.ts'

export const pullCommand: CommandSpec = {
  name: 'pull',
  summary: 'read what changed at the sources and derive from it; no board is touched',
  description: 'Read what changed at the sources into the store and derive from it; no board is touched',
  args: '[sources...]',
  options: PULL_OPTIONS,
  examples: ['boardsync pull', 'boardsync pull salesforce', 'boardsync pull --sweep'],
  run: (call) =>
    withPorts(call, { boards: false, sources: true }, async (ports, signal) => {
      const result = await pull(ports, requestOf(call, ports, 'sources'), { signal })
      sayRun(call.output, result)
      return { exit: result.exit, json: runToJson(result) }
    }),
}
