import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createEngine } from '../../src/sandbox/engine/create-engine.ts'
import type { Engine, Vendor } from '../../src/sandbox/engine/engine.ts'
import { underFaults } from '../../src/sandbox/engine/faults.ts'
import { type SandboxServer, serve } from '../../src/sandbox/engine/server.ts'

/** A vendor with one operation that counts how often it was carried out. */
function countingVendor(engine: Engine): Vendor {
  return {
    name: 'toy',
    paths: ['/toy'],
    env: () => ({}),
    handle: (request) =>
      underFaults({
        faults: engine.faults,
        request,
        operation: 'toy.do',
        run: (rule) => {
          engine.sideEffects.record('toy.do', rule?.action ?? request.body)
          const body = JSON.stringify({ path: request.path, body: request.body, filler: 'x'.repeat(2_000) })
          return { status: 200, headers: { 'Content-Type': 'application/json' }, body }
        },
        error: (rule) => ({ status: 418, headers: {}, body: String(rule.with?.code) }),
      }),
  }
}

let engine: Engine
let server: SandboxServer
beforeEach(async () => {
  engine = createEngine({ now: Date.UTC(2026, 0, 1) })
  server = await serve({ engine, vendors: [countingVendor(engine)] })
})
afterEach(() => server.close())

const control = (method: string, name: string, body?: unknown) =>
  fetch(`${server.baseUrl}/__sandbox/${name}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
const done = () => engine.sideEffects.count()

describe('the server', () => {
  test('collapses leading slashes, as a base URL that ends in one makes them', async () => {
    const answer = (await (await fetch(`${server.baseUrl}//toy/a`)).json()) as { path: string }
    expect(answer.path).toBe('/toy/a')
  })

  test('compresses when asked, and only then', async () => {
    const raw = (headers: Record<string, string>) =>
      new Promise<{ encoding: string | undefined; body: Buffer }>((resolve, reject) => {
        httpRequest(`${server.baseUrl}/toy`, { headers }, (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('end', () =>
            resolve({ encoding: response.headers['content-encoding'], body: Buffer.concat(chunks) }),
          )
        })
          .on('error', reject)
          .end()
      })
    const zipped = await raw({ 'accept-encoding': 'gzip' })
    expect(zipped.encoding).toBe('gzip')
    expect(JSON.parse(gunzipSync(zipped.body).toString())).toHaveProperty('filler')
    expect((await raw({})).encoding).toBeUndefined()
  })

  test('reads a compressed request', async () => {
    const body = gzipSync('hello')
    const answer = await fetch(`${server.baseUrl}/toy`, {
      method: 'POST',
      body,
      headers: { 'content-encoding': 'gzip' },
    })
    expect(((await answer.json()) as { body: string }).body).toBe('hello')
  })

  test('tells the time of the virtual clock', async () => {
    engine.clock.advance(86_400_000)
    const answer = await fetch(`${server.baseUrl}/toy`)
    expect(answer.headers.get('date')).toMatch(/^Fri, 02 Jan 2026 00:00/)
  })

  test('says so when another program has the port', async () => {
    await expect(serve({ engine, vendors: [], port: server.port })).rejects.toMatchObject({
      code: 'sandbox-port',
      message: `The sandbox cannot listen at 127.0.0.1:${server.port}: another program listens there already`,
    })
  })

  test('serves nothing at a path that only begins like a vendor', async () => {
    expect((await fetch(`${server.baseUrl}/toyota`)).status).toBe(404)
  })
})

describe('faults', () => {
  const inject = (action: string, params?: object) =>
    control('POST', 'faults', [
      { operation: 'toy.do', action, times: 1, ...(params === undefined ? {} : { with: params }) },
    ])

  test.each([
    ['cut-before', 0],
    ['cut-after', 1],
  ])('%s drops the connection, with the operation carried out %i times', async (action, times) => {
    await inject(action)
    await expect(fetch(`${server.baseUrl}/toy`)).rejects.toThrow()
    expect(done()).toBe(times)
    expect((await fetch(`${server.baseUrl}/toy`)).status).toBe(200)
  })

  test.each([
    ['status', 0, ''],
    ['status-after', 1, ''],
    ['html', 0, '<!DOCTYPE html>'],
  ])('%s answers so, with the operation carried out %i times', async (action, times, body) => {
    await inject(action, { status: 502, retryAfter: 7 })
    const answer = await fetch(`${server.baseUrl}/toy`)
    expect(answer.status).toBe(502)
    expect(answer.headers.get('retry-after')).toBe('7')
    expect((await answer.text()).slice(0, 15)).toBe(body)
    expect(done()).toBe(times)
  })

  test("error answers the vendor's own body, and nothing is done", async () => {
    await inject('error', { code: 'TEAPOT' })
    expect(await (await fetch(`${server.baseUrl}/toy`)).text()).toBe('TEAPOT')
    expect(done()).toBe(0)
  })

  test.each(['gzip', 'identity'])(
    'truncate ends the body early (%s), with the operation carried out',
    async (encoding) => {
      await inject('truncate')
      const answer = await fetch(`${server.baseUrl}/toy`, { headers: { 'accept-encoding': encoding } })
      await expect(answer.text()).rejects.toThrow()
      expect(done()).toBe(1)
    },
  )

  test('hang does nothing when the client leaves while it waits', async () => {
    await inject('hang')
    await expect(fetch(`${server.baseUrl}/toy`, { signal: AbortSignal.timeout(60) })).rejects.toThrow()
    await fetch(`${server.baseUrl}/toy`)
    expect(done()).toBe(1)
  })

  test('hang for some ms answers a client that waits', async () => {
    await inject('hang', { ms: 30 })
    expect((await fetch(`${server.baseUrl}/toy`)).status).toBe(200)
    expect(done()).toBe(1)
  })

  test('hang-after is done, then there is no answer', async () => {
    await inject('hang-after', { ms: 30 })
    await expect(fetch(`${server.baseUrl}/toy`)).rejects.toThrow()
    expect(done()).toBe(1)
  })

  test.each([
    ['kill-before', 0],
    ['kill-after', 1],
  ])('%s kills the process it names, with the operation carried out %i times', async (action, times) => {
    const victim = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    const exited = once(victim, 'exit')
    await inject(action, { pid: victim.pid as number })
    await expect(fetch(`${server.baseUrl}/toy`)).rejects.toThrow()
    expect((await exited)[1]).toBe('SIGKILL')
    expect(done()).toBe(times)
  })

  test.each([
    ['stop-before', 0],
    ['stop-after', 1],
  ])('%s pauses the process it names, with the operation carried out %i times', async (action, times) => {
    const victim = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    await inject(action, { pid: victim.pid as number })
    const answer = await fetch(`${server.baseUrl}/toy`).catch(() => null)
    expect(answer?.status).toBe(times === 0 ? undefined : 200)
    // Of two signals that wait for a process that has no processor just now, the one with the lower number comes first.
    await expect.poll(() => stateOf(victim.pid)).toMatch(/^T/)
    // A paused process is dead only to SIGKILL: SIGTERM waits until it wakes.
    const exited = once(victim, 'exit')
    victim.kill('SIGTERM')
    expect(await Promise.race([exited, setTimeout(100, 'still there')])).toBe('still there')
    victim.kill('SIGCONT')
    expect((await exited)[1]).toBe('SIGTERM')
    expect(done()).toBe(times)
  })

  test('a kill that names no process is refused instead of killing something else', async () => {
    await inject('kill-before')
    const answer = await fetch(`${server.baseUrl}/toy`)
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain('names no process')
  })

  test('skip-cache and lag are left to the vendor', async () => {
    await inject('lag', { ms: 5 })
    await fetch(`${server.baseUrl}/toy`)
    expect(engine.sideEffects.list()[0]?.detail).toBe('lag')
  })
})

describe('steering from outside', () => {
  test('the clock is advanced, limits are set, side effects are listed, faults are cleared', async () => {
    const { now } = (await (await control('POST', 'advance', { ms: 3_600_000 })).json()) as { now: number }
    expect(now).toBeGreaterThanOrEqual(Date.UTC(2026, 0, 1, 1))
    await control('POST', 'limits', { 'salesforce.callsPerDay': 3 })
    expect(engine.limits.get('salesforce.callsPerDay')).toBe(3)
    await control('POST', 'faults', [{ operation: '*', action: 'html' }])
    await control('DELETE', 'faults')
    await fetch(`${server.baseUrl}/toy`, { method: 'POST', body: 'hi' })
    expect(await (await control('GET', 'side-effects')).json()).toEqual([{ n: 1, operation: 'toy.do', detail: 'hi' }])
    expect(await (await control('GET', 'state')).json()).toMatchObject({
      speed: 1,
      reading: 'optimistic',
      sideEffects: 1,
    })
  })

  test('what it does not know it refuses, and says what it knows', async () => {
    const answer = await control('GET', 'coffee')
    expect(answer.status).toBe(400)
    const { error } = (await answer.json()) as { error: { code: string; hint: string } }
    expect(error.code).toBe('sandbox-unknown-control')
    expect(error.hint).toContain('POST advance')
    expect((await control('POST', 'advance', { ms: -1 })).status).toBe(400)
    expect((await control('POST', 'limits', { coffee: 1 })).status).toBe(400)
  })
})

/** `T` for a process that is paused. */
function stateOf(pid = 0): string {
  const file = `/proc/${pid}/stat`
  if (existsSync(file)) return readFileSync(file, 'utf8').replace(/^.*\) /, '')
  return spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout
}
