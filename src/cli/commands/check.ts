import type { CheckProblem } from '../../source/source.ts'
import { checkBoards, checkSources } from '../../sync/check.ts'
import type { CommandSpec } from '../command.ts'
import { withPorts } from '../with-ports.ts'

export const checkCommand: CommandSpec = {
  name: 'check',
  description:
    'Compare the mappings with the live sources and boards: reachable, permitted, every field and column there',
  args: '[names...]',
  examples: ['boardsync check', 'boardsync check salesforce'],
  run: (call) =>
    withPorts(call, { boards: true, sources: true }, async (ports, signal) => {
      const { output, args } = call
      const wants = (name: string) => args.length === 0 || args.includes(name)
      const sources = await checkSources(ports, wants, { signal })
      const boards = await checkBoards(ports, wants, { signal })
      const all = [...sources, ...boards]
      for (const { subject, problems, fine } of all) {
        output.say(
          `${problems.some(isError) ? output.colors.red('✗') : output.colors.green('✓')} ${output.colors.bold(subject)}${problems.length === 0 ? `  ${fine}` : ''}`,
        )
        for (const problem of problems) {
          output.say(
            `    ${isError(problem) ? output.colors.red(problem.code) : output.colors.yellow(problem.code)} ${problem.message}`,
          )
          if (problem.hint !== undefined) output.say(`      ${output.colors.dim(problem.hint)}`)
        }
      }
      return { exit: all.some(({ problems }) => problems.some(isError)) ? 1 : 0, json: { checked: all } }
    }),
}

function isError(problem: Pick<CheckProblem, 'level'>): boolean {
  return problem.level === 'error'
}
