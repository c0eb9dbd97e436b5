import { type ScheduledTask, schedule } from 'node-cron'
import type { Clock } from '../platform/clock.ts'
import { Fault } from '../platform/errors.ts'
import type { Log } from '../platform/log.ts'
import type { Health, HealthServer, JobHealth } from '../web/server.ts'
import { cameDue, cronProblem } from './cron.ts'

export interface WorkerOptions {
  /** Cron lines by the job they start: `source salesforce`, `board deals`. Missed jobs are caught up in this order. */
  readonly schedules: Readonly<Record<string, string>>
  /** IANA name of the zone that the cron lines mean. */
  readonly timeZone: string
  /** Does the job once. When the signal is aborted it settles what it has in hand and returns or rejects soon. */
  runJob(name: string, signal: AbortSignal): Promise<void>
  /** When the job last began a run, ms; `null` when it never did. */
  lastRun(name: string): Promise<number | null>
  /** Rejects when the store cannot be read. */
  checkStore(): Promise<void>
  readonly clock: Clock
  readonly log: Log
  /** Where to answer `/healthz`; a `null` port: nowhere. */
  readonly health: { readonly host: string; readonly port: number | null }
  /** How long a stop waits for the jobs that run. */
  readonly stopWithinMs: number
  /** How many failures of one job in a row make the worker unhealthy. Default 3. */
  readonly unhealthyAfter?: number
  /** Where signals come from and how to leave at once. Default: this process. */
  readonly host?: WorkerHost
}

export interface WorkerHost {
  on(signal: NodeJS.Signals, handler: () => void): unknown
  off(signal: NodeJS.Signals, handler: () => void): unknown
  exit(code: number): void
}

export interface Worker {
  /** Where `/healthz` is answered, or `null`. */
  readonly url: string | null
  /** Begins no more runs, asks those that run to stop, waits for them. Calling again gives the same promise. */
  stop(why: string): Promise<StopReport>
  /** Resolves once the worker has stopped, by `stop` or by a signal. */
  readonly ended: Promise<StopReport>
}

export interface StopReport {
  /** Jobs that were still running when the time was over. */
  readonly left: readonly string[]
}

/** Try again later: what was left is picked up by the next start. */
const EXIT_LEFT = 75
const SIGNALS = ['SIGTERM', 'SIGINT'] as const
type Signal = (typeof SIGNALS)[number]
const EXIT_AT_ONCE: Readonly<Record<Signal, number>> = { SIGTERM: 143, SIGINT: 130 }
/** One Ctrl-C may arrive twice: from the terminal, and passed on by a program that started us. */
const SAME_SIGNAL_MS = 300

/**
 * Runs jobs on their schedules until it is stopped.
 *
 * A job never runs twice at once: a tick that comes while it runs is skipped and logged. Jobs of different names
 * run side by side. A job that came due while no worker ran, however often, is caught up once at the start, one job
 * after the other; so is a job that never ran. A failing job is logged and tried again at its next tick; the others
 * go on.
 *
 * On SIGTERM or SIGINT the signal given to running jobs is aborted and the worker waits for them. When they have
 * not settled after `stopWithinMs` it says what was left and exits with 75; a second signal, unless it follows so
 * closely that it is the same one, exits at once.
 */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  refuseBadSchedules(options.schedules)
  const shell = new WorkerShell(options)
  await shell.start()
  return shell
}

function refuseBadSchedules(schedules: WorkerOptions['schedules']): void {
  if (Object.keys(schedules).length === 0) {
    throw new Fault('nothing-scheduled', 'The worker cannot start: nothing has a schedule', {
      blame: 'operator',
      hint: 'Give sources and boards a line each under schedules in mappings/model.yaml',
    })
  }
  const bad = Object.entries(schedules).flatMap(([name, line]) => {
    const problem = cronProblem(line)
    return problem === null ? [] : [`the schedule of "${name}", "${line}", ${problem}`]
  })
  if (bad.length === 0) return
  throw new Fault('schedule-unreadable', `The worker cannot start: ${bad.join('; ')}`, {
    blame: 'operator',
    hint: 'Correct schedules in mappings/model.yaml, for example "*/15 * * * *" for every quarter of an hour',
  })
}

interface Job {
  readonly name: string
  readonly line: string
  task: ScheduledTask | null
  running: Promise<void> | null
  /** Runs begun since the worker started. */
  begun: number
  startedAt: number | null
  endedAt: number | null
  outcome: JobHealth['lastOutcome']
  failures: number
  failedWith: string | null
}

class WorkerShell implements Worker {
  url: string | null = null
  readonly ended: Promise<StopReport>

  readonly #options: WorkerOptions
  readonly #host: WorkerHost
  readonly #jobs: readonly Job[]
  readonly #stopping = new AbortController()
  readonly #reportEnd: (report: StopReport) => void
  #stopped: Promise<StopReport> | null = null
  #signalledAt: number | null = null
  #server: HealthServer | null = null

  constructor(options: WorkerOptions) {
    const { promise, resolve } = Promise.withResolvers<StopReport>()
    this.ended = promise
    this.#reportEnd = resolve
    this.#options = options
    this.#host = options.host ?? process
    this.#jobs = Object.entries(options.schedules).map(([name, line]) => ({
      name,
      line,
      task: null,
      running: null,
      begun: 0,
      startedAt: null,
      endedAt: null,
      outcome: null,
      failures: 0,
      failedWith: null,
    }))
  }

  async start(): Promise<void> {
    const { clock, health, log, timeZone } = this.#options
    const now = clock.now()
    for (const job of this.#jobs) job.startedAt = await this.#options.lastRun(job.name)
    const missed = this.#jobs.filter((job) => job.startedAt === null || cameDue(job.line, timeZone, job.startedAt, now))
    if (health.port !== null) {
      const { startHealthServer } = await import('../web/server.ts')
      this.#server = await startHealthServer({ host: health.host, port: health.port, health: () => this.#health() })
      this.url = this.#server.url
    }
    for (const signal of SIGNALS) this.#host.on(signal, this.#onSignal[signal])
    for (const job of this.#jobs) job.task = this.#schedule(job)
    log.info(
      { jobs: this.#jobs.length, missed: missed.map((job) => job.name), health: this.url },
      'the worker has started',
    )
    void this.#catchUp(missed)
  }

  stop(why: string): Promise<StopReport> {
    this.#stopped ??= this.#stop(why)
    return this.#stopped
  }

  #schedule(job: Job): ScheduledTask {
    const tick = () => void this.#tick(job)
    const task = schedule(job.line, tick, {
      name: job.name,
      timezone: this.#options.timeZone,
      logger: asCronLogger(this.#options.log, job.name),
    })
    // A busy event loop or a sleeping machine let ticks pass: one late run is better than none, and enough for all.
    task.on('execution:missed', () => {
      if (job.running === null) tick()
    })
    return task
  }

  async #catchUp(missed: readonly Job[]): Promise<void> {
    for (const job of missed) {
      if (this.#stopping.signal.aborted) return
      // Its own tick may have come while others were caught up.
      if (job.begun > 0) continue
      this.#options.log.info({ job: job.name }, 'catching up a run that came due while no worker ran')
      await this.#tick(job)
    }
  }

  #tick(job: Job): Promise<void> {
    if (this.#stopping.signal.aborted) return Promise.resolve()
    if (job.running !== null) {
      this.#options.log.info({ job: job.name }, 'skipped a tick: the run before is still going')
      return Promise.resolve()
    }
    job.running = this.#run(job).finally(() => {
      job.running = null
    })
    return job.running
  }

  /** Never rejects: one failing job never stops the others. */
  async #run(job: Job): Promise<void> {
    const { clock, log } = this.#options
    const signal = this.#stopping.signal
    job.begun += 1
    job.startedAt = clock.now()
    try {
      await this.#options.runJob(job.name, signal)
      job.outcome = 'done'
      job.failures = 0
      job.failedWith = null
    } catch (error) {
      if (signal.aborted) {
        job.outcome = 'stopped'
      } else {
        job.outcome = 'failed'
        job.failures += 1
        job.failedWith = codeOf(error)
        const fields = { job: job.name, failures: job.failures, code: job.failedWith, error }
        const hint = error instanceof Fault && error.hint !== undefined ? { hint: error.hint } : {}
        const stack = job.failedWith === 'bug' && error instanceof Error ? { stack: error.stack } : {}
        // A vendor that is down is nobody's to act on until it has been down for a while.
        const passing = error instanceof Fault && error.blame === 'remote' && job.failures < this.#unhealthyAfter
        log[passing ? 'info' : 'error'](
          { ...fields, ...hint, ...stack },
          'the job has failed; it is tried again at its next tick',
        )
      }
    } finally {
      job.endedAt = clock.now()
    }
  }

  readonly #onSignal: Readonly<Record<Signal, () => void>> = {
    SIGTERM: () => this.#heed('SIGTERM'),
    SIGINT: () => this.#heed('SIGINT'),
  }

  #heed(signal: Signal): void {
    const now = this.#options.clock.now()
    if (this.#signalledAt !== null && now - this.#signalledAt < SAME_SIGNAL_MS) return
    this.#signalledAt = now
    if (this.#stopped !== null) {
      this.#options.log.warn({ signal, left: this.#running() }, 'a second signal: leaving at once')
      this.#host.exit(EXIT_AT_ONCE[signal])
      return
    }
    void this.stop(signal).then((report) => {
      if (report.left.length > 0) this.#host.exit(EXIT_LEFT)
    })
  }

  async #stop(why: string): Promise<StopReport> {
    const { clock, log, stopWithinMs } = this.#options
    const began = clock.now()
    log.info({ why, running: this.#running() }, 'stopping: what is in hand is settled, nothing new is begun')
    for (const job of this.#jobs) void job.task?.destroy()
    this.#stopping.abort(new Fault('stopping', `The worker is stopping (${why})`, { blame: 'remote' }))

    const patience = new AbortController()
    const all = Promise.all(this.#jobs.map((job) => job.running))
    await Promise.race([all, clock.sleep(stopWithinMs, { signal: patience.signal }).catch(() => {})])
    patience.abort()

    const left = this.#running()
    const ms = clock.now() - began
    if (left.length === 0) log.info({ ms }, 'the worker has stopped; nothing was left')
    else {
      log.warn(
        { ms, left },
        `the worker leaves ${left.join(', ')} unfinished; the next start picks up where it stopped`,
      )
    }
    await this.#server?.close()
    // A second signal counts until the very end.
    for (const signal of SIGNALS) this.#host.off(signal, this.#onSignal[signal])
    const report = { left }
    this.#reportEnd(report)
    return report
  }

  #running(): string[] {
    return this.#jobs.filter((job) => job.running !== null).map((job) => job.name)
  }

  get #unhealthyAfter(): number {
    return this.#options.unhealthyAfter ?? 3
  }

  async #health(): Promise<Health> {
    const reasons = this.#jobs
      .filter((job) => job.failures >= this.#unhealthyAfter)
      .map((job) => `${job.name} has failed ${job.failures} times in a row (${job.failedWith})`)
    await this.#options.checkStore().catch((error: unknown) => {
      reasons.push(`The store cannot be read (${codeOf(error)})`)
    })
    return {
      status: this.#stopped !== null ? 'stopping' : reasons.length > 0 ? 'failing' : 'ok',
      reasons,
      jobs: this.#jobs.map((job) => ({
        name: job.name,
        schedule: job.line,
        state: job.running === null ? 'waiting' : 'running',
        nextRunAt: job.task?.getNextRun()?.toISOString() ?? null,
        lastStartedAt: instant(job.startedAt),
        lastEndedAt: instant(job.endedAt),
        lastOutcome: job.outcome,
        failures: job.failures,
        failedWith: job.failedWith,
      })),
    }
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'bug'
}

function instant(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}

/** node-cron's own remarks, which would else go to the console. */
function asCronLogger(log: Log, job: string) {
  const text = (message: string | Error) => (message instanceof Error ? message.message : message)
  return {
    info: (message: string) => log.debug({ job }, message),
    warn: (message: string) => log.info({ job }, message),
    error: (message: string | Error, error?: Error) => log.error({ job, ...(error && { error }) }, text(message)),
    debug: (message: string | Error) => log.debug({ job }, text(message)),
  }
}
