import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/sandbox.ts'
import { runHere } from './run-cli.ts'

/** What `sync --json` prints, as far as journeys look at it. */
export interface SyncReport {
  readonly sources: readonly (Readonly<Record<(typeof SOURCE_COUNTS)[number] | 'requests', number>> & {
    readonly name: string
    readonly object: string
  })[]
  readonly orgs: readonly { readonly name: string; readonly requests: number }[]
  readonly boards: readonly (Readonly<
    Record<
      | 'items'
      | 'unchanged'
      | 'created'
      | 'updated'
      | 'moved'
      | 'archived'
      | 'said'
      | 'refused'
      | 'unknown'
      | 'stale'
      | 'pending'
      | 'calls'
      | 'planned'
      | 'desired',
      number
    >
  > & { readonly name: string; readonly board: string; readonly digest: string })[]
  readonly problems: readonly { readonly subject: string; readonly code: string; readonly exit: number }[]
}

const SOURCE_COUNTS = ['read', 'stored', 'unchanged', 'rejected', 'deleted'] as const

/** Simulated vendors in this process, and what a person at a terminal of their own does with them. */
export interface Journey extends AsyncDisposable {
  readonly sandbox: Sandbox
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  /** Runs `sync --json`; a run that ended otherwise than well is an error that says how. */
  sync(...args: string[]): Promise<SyncReport>
  /** Lets so much time pass that Salesforce shows what was done to it. */
  settle(): void
}

/** At 60 times the speed of the wall, unless told otherwise: nobody waits minutes for a limit or an import. */
export async function openJourney(options: SandboxOptions & { readonly mappings?: string }): Promise<Journey> {
  const { mappings, speed = 60, ...rest } = options
  const folder = await mkdtemp(path.join(tmpdir(), 'boardsync-journey-'))
  const sandbox = await startSandbox({ ...rest, speed })
  const env = {
    ...sandbox.env,
    DATABASE_URL: `sqlite:${path.join(folder, 'journey.db')}`,
    BOARDSYNC_MAPPINGS: mappings ?? 'mappings',
  }
  return {
    sandbox,
    folder,
    env,
    sync: async (...args) => {
      const run = await runHere(['sync', '--json', ...args], env)
      if (run.code !== 0) throw new Error(`sync ended with ${run.code}: ${run.stdout}\n${run.stderr}`)
      return JSON.parse(run.stdout) as SyncReport
    },
    settle: () => {
      const { limits, clock } = sandbox.engine
      clock.advance(limits.get('salesforce.replicationLagMs') + limits.get('salesforce.replicationGrainMs') + 1_000)
    },
    [Symbol.asyncDispose]: async () => {
      await sandbox.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Changes that reached a board. */
export function writesOf({ boards }: Pick<SyncReport, 'boards'>): number {
  return boards.reduce(
    (sum, { created, updated, moved, archived, said }) => sum + created + updated + moved + archived + said,
    0,
  )
}

/** What of the counts does not add up, in sentences; empty when they balance. */
export function unbalanced({ sources, boards }: Pick<SyncReport, 'sources' | 'boards'>): string[] {
  const wrong: string[] = []
  for (const { object, read, stored, unchanged, rejected, deleted } of sources) {
    if (read !== stored + unchanged + rejected + deleted)
      wrong.push(`${object}: read ${read}, accounted for ${stored + unchanged + rejected + deleted}`)
  }
  for (const board of boards) {
    const { created, updated, moved, archived, said, refused, unknown, stale, pending } = board
    const sum = created + updated + moved + archived + said + refused + unknown + stale + pending
    if (sum !== board.planned) wrong.push(`${board.name}: planned ${board.planned}, accounted for ${sum}`)
  }
  return wrong
}

/** Counts the requests and aliases that reach the sandbox from now on, by the names that fault rules use. */
export function countOperations({ engine }: Sandbox): Map<string, number> {
  const counts = new Map<string, number>()
  const hit = engine.faults.hit.bind(engine.faults)
  engine.faults.hit = (operation) => {
    counts.set(operation, (counts.get(operation) ?? 0) + 1)
    return hit(operation)
  }
  return counts
}
