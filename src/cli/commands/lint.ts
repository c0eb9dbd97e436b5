import { formatProblem } from '../../platform/problem.ts'
import { openSolver } from '../../platform/solver.ts'
import { createZone } from '../../platform/zone.ts'
import type { CommandSpec } from '../command.ts'
import { type LoadedMappings, loadMappings } from '../wire.ts'

export const lintCommand: CommandSpec = {
  name: 'lint',
  summary: 'check every mapping file, all problems at once; needs no network',
  description: 'Check every mapping file, all problems at once; needs no network',
  args: '[folder]',
  options: [['--test', 'also run the cases that stand beside the mappings (deals.test.yaml)']],
  examples: ['boardsync lint', 'boardsync lint --test'],
  run: async ({ house, output, args, options }) => {
    const loaded = await loadMappings(house, args[0] ?? house.config.mappings)
    const cases = options.test === true ? await casesOf(loaded) : null
    const problems = [...loaded.problems, ...(cases?.problems ?? [])]
    output.problems(problems)
    const errors = problems.filter((problem) => problem.level === 'error')
    if (problems.length === 0) output.say(`${loaded.files} files in ${loaded.folder}: no problems`)
    if (cases !== null) output.say(`${cases.passed} cases passed, ${cases.failed} failed`)
    return {
      exit: errors.length > 0 ? 1 : 0,
      json: {
        folder: loaded.folder,
        problems: problems.map((problem) => ({ ...problem, text: formatProblem(problem) })),
        ...(cases === null ? {} : { passed: cases.passed, failed: cases.failed }),
      },
    }
  },
}

/** Loads what computes facts, which reading mappings does not need. */
export async function casesOf(loaded: LoadedMappings) {
  const { runCases } = await import('../../mapping/cases.ts')
  return runCases(loaded, createZone(loaded.mappings?.model.timeZone ?? 'UTC'), openSolver)
}
