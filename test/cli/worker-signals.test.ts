import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'

describe('signals, in a process of its own', () => {
  /** A worker whose one job ends `settleMs` after it is asked to, and never by itself. */
  const program = (settleMs: number, stopWithinMs: number) => `
    import { startWorker } from ${JSON.stringify(new URL('../../src/cli/start-worker.ts', import.meta.url).href)}
    import { systemClock } from ${JSON.stringify(new URL('../../src/platform/clock.ts', import.meta.url).href)}
    const say = (fields, message) => console.log(message)
    const worker = await startWorker({
      schedules: { 'board deals': '0 0 1 1 *' }, timeZone: 'UTC', lastRun: async () => null, checkStore: async () => {},
      clock: systemClock, log: { debug() {}, info: say, warn: say, error: say },
      health: { host: '127.0.0.1', port: null }, stopWithinMs: ${stopWithinMs},
      runJob: (name, signal) => new Promise((resolve) => {
        console.log('running')
        signal.addEventListener('abort', () => { console.log('asked'); setTimeout(() => console.log('still here'), 350); setTimeout(() => { console.log('settled'); resolve() }, ${settleMs}) })
      }),
    })
    await worker.ended
    console.log('closed')
  `

  /** Sends each signal when the line before it has been printed. */
  async function live(settleMs: number, stopWithinMs: number, script: readonly (readonly [NodeJS.Signals, string])[]) {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program(settleMs, stopWithinMs)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines: string[] = []
    const waiting = [...script]
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line)
      const next = waiting[0]
      if (next !== undefined && line.includes(next[1])) {
        waiting.shift()
        child.kill(next[0])
      }
    }
    const [code] = child.exitCode === null ? ((await once(child, 'exit')) as [number]) : [child.exitCode]
    return { code, lines: lines.join('\n') }
  }

  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s: the job in hand settles, then the process ends with 0',
    async (signal) => {
      const { code, lines } = await live(30, 5_000, [[signal, 'running']])
      expect(lines).toMatch(/asked.*settled.*nothing was left.*closed/s)
      expect(code).toBe(0)
    },
  )

  test('after stopWithinMs the process says what was left and exits with 75', async () => {
    const { code, lines } = await live(60_000, 50, [['SIGTERM', 'running']])
    expect(lines).toContain('leaves board deals unfinished')
    expect(lines).not.toContain('settled\n')
    expect(code).toBe(75)
  })

  test('a second signal exits at once', async () => {
    const { code, lines } = await live(60_000, 60_000, [
      ['SIGTERM', 'running'],
      ['SIGINT', 'still here'],
    ])
    expect(lines).toContain('leaving at once')
    expect(code).toBe(130)
  })

  test('one Ctrl-C that arrives twice, passed on by whoever started the worker, is one signal', async () => {
    const { code, lines } = await live(30, 5_000, [
      ['SIGINT', 'running'],
      ['SIGINT', 'asked'],
    ])
    expect(lines).toContain('nothing was left')
    expect(code).toBe(0)
  })
})
