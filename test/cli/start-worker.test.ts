import http from 'node:http'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { startWorker, type Worker, type WorkerOptions } from '../../src/cli/start-worker.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { Fault } from '../../src/platform/errors.ts'
import type { Log } from '../../src/platform/log.ts'

const NOON = Date.parse('2026-11-22T12:00:00Z')
const MINUTE = 60_000

/** A log that keeps `level message` and what was said with it. */
class KeptLog implements Log {
  readonly lines: { level: string; message: string; fields: Readonly<Record<string, unknown>> }[] = []
  #keep(level: string) {
    return (fields: Readonly<Record<string, unknown>>, message: string) =>
      void this.lines.push({ level, message, fields })
  }
  readonly debug = () => {}
  readonly info = this.#keep('info')
  readonly warn = this.#keep('warn')
  readonly error = this.#keep('error')
  saying(part: string) {
    return this.lines.filter((line) => line.message.includes(part))
  }
}

/** Jobs that run until they are told how to end. */
class Jobs {
  readonly begun: string[] = []
  readonly signals: AbortSignal[] = []
  readonly #open = new Map<string, PromiseWithResolvers<void>>()
  readonly run = (name: string, signal: AbortSignal): Promise<void> => {
    this.begun.push(name)
    this.signals.push(signal)
    const open = Promise.withResolvers<void>()
    this.#open.set(name, open)
    return open.promise
  }
  async done(name: string): Promise<void> {
    this.#open.get(name)?.resolve()
    await vi.advanceTimersByTimeAsync(0)
  }
  async fail(name: string, error: unknown): Promise<void> {
    this.#open.get(name)?.reject(error)
    await vi.advanceTimersByTimeAsync(0)
  }
}

const workers: Worker[] = []

async function start(options: Partial<WorkerOptions>, jobs: Jobs, log: Log): Promise<Worker> {
  const worker = await startWorker({
    schedules: { 'board deals': '*/10 * * * *' },
    timeZone: 'UTC',
    runJob: jobs.run,
    lastRun: async () => NOON,
    checkStore: async () => {},
    clock: systemClock,
    log,
    health: { host: '127.0.0.1', port: null },
    stopWithinMs: 20_000,
    host: { on() {}, off() {}, exit() {} },
    ...options,
  })
  workers.push(worker)
  return worker
}

beforeEach(() => {
  vi.useFakeTimers({ now: NOON, toFake: ['Date', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
})
afterEach(async () => {
  const stops = workers.splice(0).map((worker) => worker.stop('the test is over'))
  await vi.advanceTimersByTimeAsync(30_000)
  await Promise.all(stops)
  // A worker that has stopped leaves no timer behind.
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

describe('schedules', () => {
  test('a job runs at each tick of its line, in the company zone', async () => {
    const jobs = new Jobs()
    const schedules = { 'source salesforce': '*/15 * * * *', 'board deals': '0 14 * * *' }
    await start({ schedules, timeZone: 'Europe/Stockholm' }, jobs, new KeptLog())
    await vi.advanceTimersByTimeAsync(15 * MINUTE)
    expect(jobs.begun).toEqual(['source salesforce'])
    await jobs.done('source salesforce')
    await vi.advanceTimersByTimeAsync(45 * MINUTE)
    expect(jobs.begun.filter((name) => name === 'board deals')).toEqual(['board deals'])
  })

  test('a tick that comes while the job runs is skipped and logged', async () => {
    const [jobs, log] = [new Jobs(), new KeptLog()]
    await start({}, jobs, log)
    await vi.advanceTimersByTimeAsync(25 * MINUTE)
    expect(jobs.begun).toEqual(['board deals'])
    expect(log.saying('skipped a tick')).toMatchObject([{ level: 'info', fields: { job: 'board deals' } }])
    await jobs.done('board deals')
    await vi.advanceTimersByTimeAsync(5 * MINUTE)
    expect(jobs.begun).toEqual(['board deals', 'board deals'])
  })

  test('ticks that pass while the machine sleeps become one late run', async () => {
    const [jobs, log] = [new Jobs(), new KeptLog()]
    await start({}, jobs, log)
    vi.setSystemTime(NOON + 125 * MINUTE)
    await vi.advanceTimersByTimeAsync(10 * MINUTE)
    expect(jobs.begun).toEqual(['board deals'])
    expect(log.saying('skipped a tick').length).toBeLessThanOrEqual(1)
  })

  test('jobs of different names run side by side', async () => {
    const jobs = new Jobs()
    await start({ schedules: { a: '0 13 * * *', b: '0 13 * * *' } }, jobs, new KeptLog())
    await vi.advanceTimersByTimeAsync(60 * MINUTE)
    expect(jobs.begun.toSorted()).toEqual(['a', 'b'])
  })

  test('lines that cannot be read refuse the start, all of them in one message', async () => {
    const schedules = { 'board deals': 'every day', 'board funnel': '61 * * * *', 'board leads': '0 6 * * *' }
    await expect(start({ schedules }, new Jobs(), new KeptLog())).rejects.toMatchObject({
      code: 'schedule-unreadable',
      message:
        'The worker cannot start: the schedule of "board deals", "every day", has 2 fields where a cron line has 5 or 6; ' +
        'the schedule of "board funnel", "61 * * * *", has "61" as its minute',
    })
  })
})

test('a worker with nothing to do is refused', async () => {
  await expect(start({ schedules: {} }, new Jobs(), new KeptLog())).rejects.toMatchObject({ code: 'nothing-scheduled' })
})

describe('missed runs', () => {
  const schedules = { 'source salesforce': '0 * * * *', 'board deals': '30 * * * *', 'board funnel': '0 0 * * *' }
  const lastRuns: Record<string, number> = {
    'source salesforce': NOON - 5 * 60 * MINUTE,
    'board deals': NOON - 3 * 60 * MINUTE,
    'board funnel': NOON - 60 * MINUTE,
  }

  test('a job that came due while no worker ran, however often, is caught up once, one job after the other', async () => {
    const jobs = new Jobs()
    await start({ schedules, lastRun: async (name) => lastRuns[name] ?? null }, jobs, new KeptLog())
    expect(jobs.begun).toEqual(['source salesforce'])
    await jobs.done('source salesforce')
    expect(jobs.begun).toEqual(['source salesforce', 'board deals'])
    await jobs.done('board deals')
    await vi.advanceTimersByTimeAsync(29 * MINUTE)
    expect(jobs.begun).toEqual(['source salesforce', 'board deals'])
  })

  test('a job that never ran is run at the start', async () => {
    const jobs = new Jobs()
    await start({ lastRun: async () => null }, jobs, new KeptLog())
    expect(jobs.begun).toEqual(['board deals'])
  })

  test('a job whose tick comes while it waits to be caught up is not run twice', async () => {
    const jobs = new Jobs()
    await start({ schedules, lastRun: async (name) => lastRuns[name] ?? null }, jobs, new KeptLog())
    await vi.advanceTimersByTimeAsync(30 * MINUTE)
    expect(jobs.begun).toEqual(['source salesforce', 'board deals'])
    await jobs.done('board deals')
    await jobs.done('source salesforce')
    expect(jobs.begun).toEqual(['source salesforce', 'board deals'])
  })

  test('nothing is caught up that did not come due', async () => {
    const jobs = new Jobs()
    await start({ schedules, lastRun: async () => NOON }, jobs, new KeptLog())
    expect(jobs.begun).toEqual([])
  })
})

describe('failures', () => {
  test('a failing job is logged with code and hint and tried again at its next tick; the others go on', async () => {
    const [jobs, log] = [new Jobs(), new KeptLog()]
    await start({ schedules: { a: '*/10 * * * *', b: '*/10 * * * *' } }, jobs, log)
    await vi.advanceTimersByTimeAsync(10 * MINUTE)
    const fault = new Fault('monday-refused', 'monday refused the token', { blame: 'operator', hint: 'Make a new one' })
    await jobs.fail('a', fault)
    await jobs.done('b')
    await vi.advanceTimersByTimeAsync(10 * MINUTE)
    expect(jobs.begun.toSorted()).toEqual(['a', 'a', 'b', 'b'])
    expect(log.saying('has failed')).toMatchObject([
      { level: 'error', fields: { job: 'a', code: 'monday-refused', failures: 1, hint: 'Make a new one' } },
    ])
  })

  test('an error without a code is a bug, and one with a code keeps it', async () => {
    const [jobs, log] = [new Jobs(), new KeptLog()]
    await start({}, jobs, log)
    for (const error of [new Error('x'), Object.assign(new Error('y'), { code: 'SQLITE_BUSY' })]) {
      await vi.advanceTimersByTimeAsync(10 * MINUTE)
      await jobs.fail('board deals', error)
    }
    expect(log.saying('has failed').map((line) => line.fields.code)).toEqual(['bug', 'SQLITE_BUSY'])
    expect(log.saying('has failed').map((line) => typeof line.fields.stack)).toEqual(['string', 'undefined'])
  })

  test('a vendor that is down is no error until it has been down for a while', async () => {
    const [jobs, log] = [new Jobs(), new KeptLog()]
    await start({}, jobs, log)
    for (let n = 0; n < 3; n += 1) {
      await vi.advanceTimersByTimeAsync(10 * MINUTE)
      await jobs.fail('board deals', new Fault('monday-down', 'monday is down', { blame: 'remote' }))
    }
    expect(log.saying('has failed').map((line) => line.level)).toEqual(['info', 'info', 'error'])
  })
})

describe('health', () => {
  // Not fetch, which keeps timers of its own.
  const ask = async (worker: Worker) => {
    const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
      http.get(`${worker.url}/healthz`, { agent: false }, resolve).on('error', reject)
    })
    return { status: answer.statusCode, body: JSON.parse(await text(answer)) as Record<string, unknown> }
  }

  test('200 with the state of each job while all is well', async () => {
    const jobs = new Jobs()
    const worker = await start({ health: { host: '127.0.0.1', port: 0 } }, jobs, new KeptLog())
    await vi.advanceTimersByTimeAsync(10 * MINUTE)
    expect(await ask(worker)).toMatchObject({
      status: 200,
      body: {
        status: 'ok',
        reasons: [],
        jobs: [
          {
            name: 'board deals',
            schedule: '*/10 * * * *',
            state: 'running',
            lastStartedAt: '2026-11-22T12:10:00.000Z',
            nextRunAt: '2026-11-22T12:20:00.000Z',
            lastOutcome: null,
          },
        ],
      },
    })
    await jobs.done('board deals')
    expect((await ask(worker)).body.jobs).toMatchObject([{ state: 'waiting', lastOutcome: 'done', failures: 0 }])
  })

  test('503 once a job has failed three times in a row, until it succeeds again', async () => {
    const jobs = new Jobs()
    const worker = await start({ health: { host: '127.0.0.1', port: 0 } }, jobs, new KeptLog())
    const statuses: (number | undefined)[] = []
    for (let n = 0; n < 3; n += 1) {
      await vi.advanceTimersByTimeAsync(10 * MINUTE)
      await jobs.fail('board deals', new Fault('monday-refused', 'a message that stays inside', { blame: 'operator' }))
      statuses.push((await ask(worker)).status)
    }
    expect(statuses).toEqual([200, 200, 503])
    const { body } = await ask(worker)
    expect(body.reasons).toEqual(['board deals has failed 3 times in a row (monday-refused)'])
    expect(JSON.stringify(body)).not.toContain('stays inside')
    await vi.advanceTimersByTimeAsync(10 * MINUTE)
    await jobs.done('board deals')
    expect((await ask(worker)).status).toBe(200)
  })

  test('503 while the store cannot be read', async () => {
    const checkStore = async () => {
      throw new Fault('store-locked', 'locked', { blame: 'us' })
    }
    const worker = await start({ checkStore, health: { host: '127.0.0.1', port: 0 } }, new Jobs(), new KeptLog())
    expect(await ask(worker)).toMatchObject({
      status: 503,
      body: { status: 'failing', reasons: ['The store cannot be read (store-locked)'] },
    })
  })

  test('503 while the worker stops', async () => {
    const jobs = new Jobs()
    const worker = await start(
      { lastRun: async () => null, health: { host: '127.0.0.1', port: 0 } },
      jobs,
      new KeptLog(),
    )
    const stopped = worker.stop('test')
    expect(await ask(worker)).toMatchObject({ status: 503, body: { status: 'stopping' } })
    await jobs.done('board deals')
    await stopped
  })
})

describe('stopping', () => {
  test('running jobs are asked to stop and waited for; nothing new is begun', async () => {
    const [jobs, log] = [new Jobs(), new KeptLog()]
    const worker = await start({ lastRun: async () => null }, jobs, log)
    const stopped = worker.stop('test')
    expect(jobs.signals.map((signal) => signal.aborted)).toEqual([true])
    let over = false
    void worker.ended.then(() => {
      over = true
    })
    await vi.advanceTimersByTimeAsync(19_000)
    expect(over).toBe(false)
    await jobs.done('board deals')
    expect(await stopped).toEqual({ left: [] })
    expect(over).toBe(true)
    await vi.advanceTimersByTimeAsync(60 * MINUTE)
    expect(jobs.begun).toEqual(['board deals'])
    expect(log.saying('nothing was left')).toHaveLength(1)
  })

  test('what has not settled in time is named', async () => {
    const [jobs, log] = [new Jobs(), new KeptLog()]
    const worker = await start({ lastRun: async () => null }, jobs, log)
    const stopped = worker.stop('test')
    await vi.advanceTimersByTimeAsync(20_000)
    expect(await stopped).toEqual({ left: ['board deals'] })
    expect(log.saying('leaves board deals unfinished')).toMatchObject([{ level: 'warn' }])
  })

  test('a job that ends because it was asked to has not failed', async () => {
    const [jobs, log] = [new Jobs(), new KeptLog()]
    const worker = await start({ lastRun: async () => null }, jobs, log)
    const stopped = worker.stop('test')
    await jobs.fail('board deals', jobs.signals[0]?.reason)
    await stopped
    expect(log.saying('has failed')).toEqual([])
  })

  test('jobs waiting to be caught up are not begun any more', async () => {
    const jobs = new Jobs()
    const schedules = { a: '0 * * * *', b: '0 * * * *' }
    const worker = await start({ schedules, lastRun: async () => null }, jobs, new KeptLog())
    const stopped = worker.stop('test')
    await jobs.done('a')
    await stopped
    expect(jobs.begun).toEqual(['a'])
  })
})
