import type { RunResult } from '../../sync/run.ts'
import { type CommandSpec, countOption } from '../command.ts'
import { openStoreThatIs } from '../wire.ts'

export const runsCommand: CommandSpec = {
  name: 'runs',
  summary: 'what ran, when, and what came of it',
  description: 'Show what ran, when, and what came of it',
  options: [['--last <count>', 'how many to show (20)']],
  run: async ({ house, output, options }) => {
    const last = countOption(options, 'last', 1) ?? 20
    await using store = await openStoreThatIs(house)
    const atWork = new Set((await store.leases()).map(({ holder }) => holder))
    const runs = (await store.runs(last)).map((run) => ({
      ...run,
      // A run that was killed could not write down its end. One that works holds a lease.
      state: run.state === 'running' && !atWork.has(run.id) ? 'cut short' : run.state,
    }))
    output.table(
      [
        { title: 'started' },
        { title: 'what' },
        { title: 'state' },
        { title: 'seconds' },
        { title: 'read' },
        { title: 'changes' },
        { title: 'problems', align: 'left' },
      ],
      runs.map((run) => {
        const result = JSON.parse(run.result) as Partial<RunResult>
        const read = (result.sources ?? []).reduce((sum, source) => sum + source.read, 0)
        const changes = (result.boards ?? []).reduce(
          (sum, board) => sum + board.created + board.updated + board.moved + board.archived + (board.said ?? 0),
          0,
        )
        const seconds = run.endedAt === null ? null : Math.round((run.endedAt - run.startedAt) / 100) / 10
        return [
          new Date(run.startedAt).toISOString(),
          run.kind,
          run.state,
          seconds,
          read,
          changes,
          (result.problems ?? []).map((problem) => problem.code).join(', '),
        ]
      }),
    )
    return { json: { runs: runs.map((run) => ({ ...run, result: JSON.parse(run.result) as object })) } }
  },
}
