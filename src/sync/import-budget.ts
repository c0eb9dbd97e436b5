import type { BoardHost, ImportLimits } from '../board/board.ts'
import type { Clock } from '../platform/clock.ts'
import type { Store } from '../store/store.ts'

/** What is left of the hour's imports, by what we imported: the vendor does not tell. */
export interface ImportBudget {
  readonly jobsLeft: number
  readonly itemsLeft: number
}

interface Ports {
  readonly host: Pick<BoardHost, 'name'>
  readonly store: Pick<Store, 'note' | 'setNote'>
  readonly clock: Clock
}

type Job = readonly [at: number, rows: number]

/** What the jobs of the last hour, of this process and others, leave. */
export async function readImportBudget(ports: Ports, limits: ImportLimits): Promise<ImportBudget> {
  const jobs = await jobsOf(ports, limits)
  const rows = jobs.reduce((sum, [, count]) => sum + count, 0)
  return {
    jobsLeft: Math.max(0, limits.jobsPerHour - jobs.length),
    itemsLeft: Math.max(0, limits.itemsPerHour - rows),
  }
}

/** Notes a job of so many rows before its file is handed over. */
export async function noteImport(ports: Ports, limits: ImportLimits, rows: number): Promise<void> {
  await save(ports, [...(await jobsOf(ports, limits)), [ports.clock.now(), rows]])
}

/** However short the wait that the vendor names: it is not asked again and again within one push. */
const SHORTEST = 1 / 10

/** Notes that the vendor takes no more; others on the account import, too. It does again after `retryAfterMs`, or in an hour. */
export async function noteHourUsed(ports: Ports, limits: ImportLimits, retryAfterMs = limits.hourMs): Promise<void> {
  const wait = Math.min(limits.hourMs, Math.max(SHORTEST * limits.hourMs, retryAfterMs))
  const at = ports.clock.now() - limits.hourMs + wait
  await save(ports, [...(await jobsOf(ports, limits)), [at, limits.itemsPerHour]])
}

async function jobsOf({ host, store, clock }: Ports, { hourMs }: ImportLimits): Promise<Job[]> {
  const text = await store.note(`imports ${host.name}`)
  const jobs = text === null ? [] : (JSON.parse(text) as Job[])
  return jobs.filter(([at]) => at > clock.now() - hourMs)
}

function save({ host, store }: Ports, jobs: readonly Job[]): Promise<void> {
  return store.setNote(`imports ${host.name}`, JSON.stringify(jobs))
}
