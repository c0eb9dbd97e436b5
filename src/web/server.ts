import helmet from '@fastify/helmet'
import { fastify } from 'fastify'
import { Fault } from '../platform/errors.ts'

/** How the worker is, for whoever watches over it. Holds no personal data and no message a vendor wrote. */
export interface Health {
  /** `stopping`: no new work is begun. `failing`: a person should look. */
  readonly status: 'ok' | 'failing' | 'stopping'
  /** Why it is failing, as sentences. */
  readonly reasons: readonly string[]
  readonly jobs: readonly JobHealth[]
}

export interface JobHealth {
  readonly name: string
  readonly schedule: string
  readonly state: 'waiting' | 'running'
  readonly nextRunAt: string | null
  readonly lastStartedAt: string | null
  readonly lastEndedAt: string | null
  readonly lastOutcome: 'done' | 'failed' | 'stopped' | null
  /** How many runs in a row have failed. */
  readonly failures: number
  /** Code of the newest failure. */
  readonly failedWith: string | null
}

export interface HealthServer {
  readonly url: string
  close(): Promise<void>
}

export interface HealthServerOptions {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  health(): Promise<Health>
}

/** Answers `GET /healthz`: 200 while the worker is well, else 503, the state of each job in both. Nothing else is served. */
export async function startHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const server = fastify({ logger: false, forceCloseConnections: true })
  await server.register(helmet)
  server.get('/healthz', async (_request, reply) => {
    const health = await options.health()
    return reply
      .code(health.status === 'ok' ? 200 : 503)
      .header('cache-control', 'no-store')
      .send(health)
  })
  server.setNotFoundHandler((_request, reply) => reply.code(404).send({ status: 'not-found', see: '/healthz' }))
  // What went wrong inside is for the log, not for whoever asks.
  server.setErrorHandler((_error, _request, reply) =>
    reply.code(503).send({ status: 'failing', reasons: ['The state of the worker cannot be read'], jobs: [] }),
  )
  try {
    return { url: await server.listen({ host: options.host, port: options.port }), close: () => server.close() }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new Fault(
      'health-not-listening',
      `The health page cannot listen on ${options.host}:${options.port} (${code})`,
      {
        blame: 'operator',
        hint: 'Set BOARDSYNC_HEALTH_PORT to a free port, or to "off"',
        cause: error,
      },
    )
  }
}
