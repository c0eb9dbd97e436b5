import { compareForSending, type PlannedChange } from '../../plan/plan.ts'
import { estimateCalls, type PlanView, planToJson, renderPlan } from '../../plan/render.ts'
import type { CallOptions } from '../../platform/call-options.ts'
import type { ExitCode } from '../../platform/errors.ts'
import type { BoardPlan, StoredChange } from '../../sync/plan-board.ts'
import { plan, type SyncPorts } from '../../sync/run.ts'
import type { CommandCall, CommandSpec } from '../command.ts'
import { worstExit } from '../output.ts'
import { sayProblems } from '../run-report.ts'
import { requestOf, withPorts } from '../with-ports.ts'

/** Changes that a terminal shows per board; `--all` shows every one. */
const SHOWN = 20

export const planCommand: CommandSpec = {
  name: 'plan',
  description:
    'Show what apply would change on the boards, cell by cell, why, and what it costs; nothing is written there',
  args: '[boards...]',
  options: [
    ['--all', `show every change, not only the first ${SHOWN} of a board`],
    ['--reread', 'read the boards whole first, so that hand edits are seen now'],
  ],
  examples: ['boardsync plan', 'boardsync plan deals --all'],
  run: (call) =>
    withPorts(call, { boards: true, sources: false }, async (ports, signal) => {
      const { exit, json } = await showPlans(ports, call, { signal })
      return { exit, json }
    }),
}

/** Plans boards and prints the plans; returns how many changes they would send. */
export async function showPlans(
  ports: SyncPorts,
  call: CommandCall,
  options: CallOptions,
): Promise<{ sends: number; exit: ExitCode; json: object }> {
  const { output } = call
  const { plans, problems } = await plan(ports, requestOf(call, ports), options)
  const budget = plans.length === 0 ? null : await ports.host.budget(options)
  const views: PlanView[] = []
  let sends = 0
  for (const made of plans) {
    const shown = await firstChanges(
      ports,
      made,
      call.options.all === true || output.json ? Number.POSITIVE_INFINITY : SHOWN,
    )
    const view: PlanView = {
      summary: made.summary,
      changes: shown.changes,
      types: Object.fromEntries(Object.values(made.layout?.columns ?? {}).map((column) => [column.title, column.type])),
      calls: estimateCalls(made.summary.steps, shown.perCall),
      budget,
      guard: made.guard,
    }
    views.push(view)
    const { create, update, move, archive } = made.summary
    sends += create + update + move + archive
    output.say(renderPlan(view, output.colors))
    output.say('')
  }
  sayProblems(output, problems)
  const held = plans.some((made) => made.guard.verdict === 'refused')
  const exit = worstExit([held ? 4 : 0, ...problems.map((problem) => problem.exit)])
  return { sends, exit, json: { plans: views.map(planToJson), problems } }
}

async function firstChanges(
  ports: SyncPorts,
  made: BoardPlan,
  most: number,
): Promise<{ changes: PlannedChange[]; perCall: number }> {
  const changes: PlannedChange[] = []
  for await (const page of ports.store.planChanges(made.id)) {
    for (const { body } of page) changes.push((JSON.parse(body) as StoredChange).change)
    if (changes.length >= 20_000 && most < 20_000) break
  }
  changes.sort(compareForSending)
  const { layout } = made
  const offered =
    layout === null
      ? []
      : changes.slice(0, 300).flatMap((change) => change.steps.map((step) => ({ key: change.key, layout, ...step })))
  const perCall = offered.length === 0 ? 50 : ports.host.compose(offered).taken
  return { changes: changes.slice(0, Math.min(most, changes.length)), perCall }
}
