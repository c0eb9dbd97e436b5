import type { BoardBudget } from '../../board/board.ts'
import { compareForSending, countToSend, type PlannedChange, shortDigest } from '../../plan/plan.ts'
import { type PlanCost, type PlanView, planToJson, renderPlan } from '../../plan/render.ts'
import type { CallOptions } from '../../platform/call-options.ts'
import type { ExitCode } from '../../platform/errors.ts'
import { formatCount } from '../../platform/terminal.ts'
import type { BoardPlan, StoredChange } from '../../sync/plan-board.ts'
import { costPlans } from '../../sync/plan-cost.ts'
import { attempt, type RunProblem } from '../../sync/problem.ts'
import { plan, type SyncPorts, type SyncRequest } from '../../sync/run.ts'
import type { CommandCall, CommandSpec } from '../command.ts'
import { worstExit } from '../output.ts'
import { sayProblems } from '../run-report.ts'
import { requestOf, withPorts } from '../with-ports.ts'

/** Changes that a terminal shows per board; `--all` shows every one. */
const SHOWN = 20

export const planCommand: CommandSpec = {
  name: 'plan',
  summary: 'show what `apply` would change, cell by cell, why, and what it costs',
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
      const { exit, json, sends, digests } = await showPlans(ports, call, { signal })
      const [digest = ''] = digests
      if (sends > 0) {
        const exactly = `boardsync apply --digest ${digests.length === 1 ? shortDigest(digest) : '<the plan of a board>'}`
        call.output.note(
          `Nothing was written. To send exactly this: ${exactly}; to see it again and be asked: boardsync apply`,
        )
      }
      return { exit, json }
    }),
}

/** Plans that were shown: how many changes they would send, and their digests. */
export interface ShownPlans {
  readonly sends: number
  readonly digests: readonly string[]
  readonly exit: ExitCode
  readonly json: object
}

/** Plans boards and prints the plans. */
export async function showPlans(
  ports: SyncPorts,
  call: CommandCall,
  options: CallOptions,
  how: Pick<SyncRequest, 'repair' | 'reread'> | null = null,
): Promise<ShownPlans> {
  const { output } = call
  const { plans, problems: found } = await plan(ports, { ...requestOf(call, ports, 'boards'), ...how }, options)
  const problems: RunProblem[] = [...found]
  let budget: BoardBudget | null = null
  // A plan is worth seeing although the host does not say what is left today.
  if (plans.length > 0)
    await attempt(problems, ports.host.name, async () => {
      budget = await ports.host.budget(options)
    })
  const views: PlanView[] = []
  let [sends, calls] = [0, 0]
  const costs = await costPlans(ports, plans, options)
  for (const [n, made] of plans.entries()) {
    const most = call.options.all === true || output.json ? Number.POSITIVE_INFINITY : SHOWN
    const view = await viewOf(ports, made, { budget, cost: costs[n] ?? NO_COST }, most)
    views.push(view)
    sends += countToSend(made.summary)
    calls += view.cost.calls
    output.say(renderPlan(view, output.colors))
    output.say('')
  }
  if (views.length > 1 && sends > 0)
    output.say(
      `In all ${formatCount(sends)} changes in about ${formatCount(calls)} calls${views.some(({ prepares }) => prepares) ? ', and a few to make what boards lack' : ''}`,
    )
  if (plans.length > 0 && (await ports.store.streamCounts()).length === 0)
    output.note('Nothing has been read from a source yet: run boardsync pull first')
  sayProblems(output, problems)
  const held = plans.some((made) => made.guard.verdict === 'refused')
  const exit = worstExit([held ? 4 : 0, ...problems.map((problem) => problem.exit)])
  const digests = plans.filter(({ summary }) => summary.steps > 0).map(({ summary }) => summary.digest)
  return { sends, digests, exit, json: { plans: views.map(planToJson), problems } }
}

const NO_COST: PlanCost = { calls: 0, ms: 0, imported: 0, files: 0, later: 0, costOfSending: { calls: 0, ms: 0 } }

async function viewOf(
  ports: SyncPorts,
  made: BoardPlan,
  { budget, cost }: Pick<PlanView, 'budget' | 'cost'>,
  most: number,
): Promise<PlanView> {
  const columns = ports.mappings.boards.find(({ board }) => board === made.board)?.columns ?? []
  return {
    summary: made.summary,
    changes: await firstChanges(ports, made, most),
    types: Object.fromEntries(columns.map((column) => [column.title, column.type])),
    cost,
    prepares: lacks(made),
    budget,
    guard: made.guard,
    drift: made.drift,
  }
}

/** Whether the board lacks columns or groups that the plan names. */
function lacks({ layout, expected }: BoardPlan): boolean {
  if (layout === null) return true
  const missing = (own: object, wanted: object) => Object.keys(wanted).some((title) => !Object.hasOwn(own, title))
  return missing(layout.columns, expected.columns) || missing(layout.groups, expected.groups)
}

async function firstChanges(ports: SyncPorts, made: BoardPlan, most: number): Promise<PlannedChange[]> {
  const changes: PlannedChange[] = []
  for await (const page of ports.store.planChanges(made.id)) {
    for (const { body } of page) changes.push((JSON.parse(body) as StoredChange).change)
    if (changes.length >= 20_000 && most < 20_000) break
  }
  changes.sort(compareForSending)
  return changes.slice(0, Math.min(most, changes.length))
}
