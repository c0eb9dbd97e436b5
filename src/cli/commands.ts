import type { CommandSpec } from './command.ts'
import { applyCommand } from './commands/apply.ts'
import { checkCommand } from './commands/check.ts'
import { demoCommand } from './commands/demo.ts'
import { explainCommand } from './commands/explain.ts'
import { fieldsCommand } from './commands/fields.ts'
import { identityCommand } from './commands/identity.ts'
import { initCommand } from './commands/init.ts'
import { lintCommand } from './commands/lint.ts'
import { planCommand } from './commands/plan.ts'
import { pullCommand } from './commands/pull.ts'
import { refusedCommand } from './commands/refused.ts'
import { rejectedCommand } from './commands/rejected.ts'
import { repairCommand } from './commands/repair.ts'
import { reportCommand } from './commands/report.ts'
import { requestsCommand } from './commands/requests.ts'
import { runsCommand } from './commands/runs.ts'
import { sandboxCommand } from './commands/sandbox.ts'
import { startCommand } from './commands/start.ts'
import { statusCommand } from './commands/status.ts'
import { syncCommand } from './commands/sync.ts'

/** All commands, in the order in which `--help` lists them: from the first look to daily work. */
export const COMMANDS: readonly CommandSpec[] = [
  demoCommand,
  initCommand,
  lintCommand,
  checkCommand,
  fieldsCommand,
  pullCommand,
  planCommand,
  applyCommand,
  repairCommand,
  syncCommand,
  startCommand,
  statusCommand,
  runsCommand,
  rejectedCommand,
  refusedCommand,
  identityCommand,
  requestsCommand,
  explainCommand,
  reportCommand,
  sandboxCommand,
]
