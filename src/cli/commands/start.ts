import { randomUUID } from 'node:crypto'
import { pull, type SyncPorts, sync } from '../../sync/run.ts'
import type { CommandSpec } from '../command.ts'
import { startWorker } from '../start-worker.ts'
import { assertReady, needMappings, openStore, wirePorts } from '../wire.ts'
import { assertEnvironment } from '../with-ports.ts'

/** How long a stop waits for what is in hand. */
const STOP_WITHIN_MS = 60_000

export const startCommand: CommandSpec = {
  name: 'start',
  summary: 'the worker: everything on its schedule',
  description: 'Run the worker: sync sources and boards on the schedules of model.yaml until stopped',
  run: async ({ house, output }) => {
    assertEnvironment({ house, output })
    const { mappings, problems, broken } = await needMappings(house, output)
    for (const problem of problems)
      house.log[problem.level === 'error' ? 'error' : 'warn']({ ...problem }, problem.message)
    if (broken.length > 0) house.log.error({ broken }, 'These mappings are left out until they are corrected')
    assertReady(house, mappings, { boards: true, sources: true })
    await using store = await openStore(house)
    const ports = await wirePorts(house, mappings, store, () => {})
    const worker = await startWorker({
      schedules: mappings.settings.schedules,
      timeZone: mappings.model.timeZone,
      runJob: (name, signal) => runJob(ports, house.log, name, signal),
      lastRun: async (name) => Number((await store.note(`last run ${name}`)) ?? Number.NaN) || null,
      checkStore: async () => void (await store.dirtyCount()),
      clock: house.clock,
      log: house.log,
      health: house.config.health,
      stopWithinMs: STOP_WITHIN_MS,
    })
    output.note(
      `The worker runs ${Object.keys(mappings.settings.schedules).length} schedules${worker.url === null ? '' : `; health at ${worker.url}`}`,
    )
    const { left } = await worker.ended
    return { exit: left.length > 0 ? 75 : 0, json: { left } }
  },
}

/** `source salesforce` pulls that source; `board deals` plans and applies that board; `sync` does everything. */
async function runJob(
  ports: SyncPorts,
  log: { info(fields: object, message: string): void },
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const [what, which] = name.split(' ')
  const own = { ...ports, run: randomUUID() }
  await ports.store.setNote(`last run ${name}`, String(ports.clock.now()))
  const base = { allowEmpty: false, reread: false, sweep: false }
  const result =
    what === 'source'
      ? await pull(own, { ...base, sources: which === undefined ? 'all' : [which], boards: [] }, { signal })
      : await sync(
          own,
          {
            ...base,
            sources: what === 'board' ? [] : 'all',
            boards: what === 'board' && which !== undefined ? [which] : 'all',
          },
          { signal },
        )
  const { seconds, exit, problems } = result
  log.info(
    { run: result.run, job: name, seconds, exit, problems: problems.map(({ subject, code }) => `${subject} ${code}`) },
    'Run ended',
  )
  for (const { subject, code, message, hint } of problems.filter((problem) => problem.exit === 0))
    log.info({ job: name, subject, code, hint }, message)
  const [first] = problems.filter((problem) => problem.exit !== 0)
  if (first !== undefined) throw Object.assign(new Error(`${first.subject}: ${first.message}`), { code: first.code })
}
