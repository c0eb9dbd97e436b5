import type { CommandSpec } from './command.ts'

/** In the order in which `--help` lists them: from the first look to daily work. */
const LOADED_BY = {
  demo: async () => (await import('./commands/demo.ts')).demoCommand,
  init: async () => (await import('./commands/init.ts')).initCommand,
  lint: async () => (await import('./commands/lint.ts')).lintCommand,
  check: async () => (await import('./commands/check.ts')).checkCommand,
  fields: async () => (await import('./commands/fields.ts')).fieldsCommand,
  definitions: async () => (await import('./commands/definitions.ts')).definitionsCommand,
  pull: async () => (await import('./commands/pull.ts')).pullCommand,
  plan: async () => (await import('./commands/plan.ts')).planCommand,
  apply: async () => (await import('./commands/apply.ts')).applyCommand,
  repair: async () => (await import('./commands/repair.ts')).repairCommand,
  sync: async () => (await import('./commands/sync.ts')).syncCommand,
  start: async () => (await import('./commands/start.ts')).startCommand,
  status: async () => (await import('./commands/status.ts')).statusCommand,
  runs: async () => (await import('./commands/runs.ts')).runsCommand,
  rejected: async () => (await import('./commands/rejected.ts')).rejectedCommand,
  refused: async () => (await import('./commands/refused.ts')).refusedCommand,
  identity: async () => (await import('./commands/identity.ts')).identityCommand,
  requests: async () => (await import('./commands/requests.ts')).requestsCommand,
  explain: async () => (await import('./commands/explain.ts')).explainCommand,
  waterfall: async () => (await import('./commands/waterfall.ts')).waterfallCommand,
  simulate: async () => (await import('./commands/simulate.ts')).simulateCommand,
  restatements: async () => (await import('./commands/restatements.ts')).restatementsCommand,
  report: async () => (await import('./commands/report.ts')).reportCommand,
  sandbox: async () => (await import('./commands/sandbox.ts')).sandboxCommand,
} satisfies Readonly<Record<string, () => Promise<CommandSpec>>>

/** The commands that a command line may mean: the one it names, so that no other is loaded, or else all. */
export function loadCommands(named?: string): Promise<CommandSpec[]> {
  const asked = Object.entries(LOADED_BY).filter(([name]) => name === named)
  const loaders = asked.length > 0 ? asked : Object.entries(LOADED_BY)
  return Promise.all(loaders.map(([, load]) => load()))
}
