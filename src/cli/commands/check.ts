import { formatConfigProblem } from '../../platform/config.ts'
import { type Checked, checkBoards, checkSources } from '../../sync/check.ts'
import type { CommandSpec } from '../command.ts'
import { byNextStep } from '../next-steps.ts'
import { type Output, worstExit } from '../output.ts'
import { hasStore, missingFor, openStoreThatIs } from '../wire.ts'
import { assertKnown, withPorts } from '../with-ports.ts'

export const checkCommand: CommandSpec = {
  name: 'check',
  summary: 'compare mappings with the live Salesforce and the live boards; changes nothing',
  description:
    'Compare the mappings with the live sources and boards: reachable, permitted, every field and column there',
  args: '[names...]',
  examples: ['boardsync check', 'boardsync check salesforce'],
  run: (call) =>
    // What lacks its credentials is one finding among others: the rest is checked all the same.
    withPorts(call, { boards: false, sources: false, forgets: true }, async (ports, signal) => {
      const { output, args, house } = call
      const { sources, boards } = ports.mappings
      assertKnown(
        args,
        sources.map((source) => source.source),
        boards.map((board) => board.board),
      )
      for (const problem of house.configProblems) output.note(formatConfigProblem(problem))
      const wants = (name: string) => args.length === 0 || args.includes(name)
      const missing = missingFor(house, ports.mappings)
      const unset = (source: string | null) => missing.find((one) => one.source === source)?.fault ?? null
      await using remembered = hasStore(house) ? await openStoreThatIs(house) : null
      const checked = [
        ...(await checkSources(ports, wants, unset, { signal })),
        ...(await checkBoards(ports, wants, unset(null), remembered, { signal })),
      ]
      for (const alike of groupAlike(checked)) sayChecked(output, alike)
      return { exit: worstExit(checked.map((one) => one.exit)), json: { checked } }
    }),
}

/** Boards that all have the same problem, a refused token above all, are said in one breath. */
function groupAlike(checked: readonly Checked[]): Checked[][] {
  const groups = Map.groupBy(checked, ({ subject, problems }) =>
    problems.length === 0 ? subject : JSON.stringify(problems),
  )
  return [...groups.values()]
}

function sayChecked({ say, colors }: Output, checked: readonly Checked[]): void {
  const [{ problems, fine } = { problems: [], fine: '' }] = checked
  const mark = problems.some((problem) => problem.level === 'error')
    ? colors.red('✗')
    : problems.some((problem) => problem.level === 'warning')
      ? colors.yellow('!')
      : colors.green('✓')
  say(`${mark} ${colors.bold(checked.map(({ subject }) => subject).join(', '))}${fine === '' ? '' : `  ${fine}`}`)
  for (const alike of byNextStep(problems)) {
    for (const { level, code, message } of alike) {
      const color = level === 'error' ? colors.red : level === 'warning' ? colors.yellow : colors.dim
      say(`    ${color(code)}: ${message}`)
    }
    const hint = alike[0]?.hint
    if (hint !== undefined) say(`      ${colors.dim(hint)}`)
  }
}
