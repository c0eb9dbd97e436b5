import net from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { type Health, type HealthServer, startHealthServer } from '../../src/web/server.ts'

const WELL: Health = { status: 'ok', reasons: [], jobs: [] }

const open: HealthServer[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})

async function serve(health: () => Promise<Health>): Promise<string> {
  const server = await startHealthServer({ host: '127.0.0.1', port: 0, health })
  open.push(server)
  return server.url
}

test.each([
  ['ok', 200],
  ['failing', 503],
  ['stopping', 503],
] as const)('%s is answered with %i and the whole state', async (status, code) => {
  const health = { ...WELL, status }
  const answer = await fetch(`${await serve(async () => health)}/healthz`)
  expect(answer.status).toBe(code)
  expect(await answer.json()).toEqual(health)
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
})

test('nothing else is served', async () => {
  const url = await serve(async () => WELL)
  expect((await fetch(`${url}/`)).status).toBe(404)
  expect((await fetch(`${url}/healthz`, { method: 'POST' })).status).toBe(404)
})

test('what goes wrong inside is not told to whoever asks', async () => {
  const answer = await fetch(`${await serve(() => Promise.reject(new Error('secret place')))}/healthz`)
  expect(answer.status).toBe(503)
  expect(await answer.text()).not.toContain('secret place')
})

test('a port that is taken is a fault that names the variable to change', async () => {
  const taken = net.createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  const { port } = taken.address() as net.AddressInfo
  await expect(startHealthServer({ host: '127.0.0.1', port, health: async () => WELL })).rejects.toMatchObject({
    code: 'health-not-listening',
    message: `The health page cannot listen on 127.0.0.1:${port} (EADDRINUSE)`,
    hint: 'Set BOARDSYNC_HEALTH_PORT to a free port, or to "off"',
  })
  taken.close()
})
