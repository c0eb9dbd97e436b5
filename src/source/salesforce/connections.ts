import { createHash } from 'node:crypto'
import PQueue from 'p-queue'
import type { Clock } from '../../platform/clock.ts'
import type { HttpClient } from '../../platform/http.ts'
import type { Log } from '../../platform/log.ts'
import { createSessions, type SalesforceCredentials, type Sessions } from './auth.ts'
import { Gate } from './gate.ts'

/** How one login reaches its org. */
export interface Connection {
  readonly sessions: Sessions
  /** Of the org: what closes it, or asks to wait, holds for every login to it. */
  readonly gate: Gate
  /** Of the org: how many requests are made at one time. */
  readonly queue: PQueue
  /** Lets requests go one at a time while the org is to be spared, and several again after that. */
  keepCalm(): void
}

/** The connections of this process: sources with the same login share one, and all logins to one org its gate and queue. */
export interface Connections {
  of(login: Login): Connection
}

export interface Login {
  readonly credentials: SalesforceCredentials
  readonly loginUrl: string
}

export interface ConnectionsOptions {
  readonly http: HttpClient
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
  readonly learnSecret: (secret: string) => void
}

/** An org has 25 places for requests of 20 seconds and more (5 in trial orgs), shared with everybody. */
const CONCURRENCY = 4

interface Traffic {
  readonly gate: Gate
  readonly queue: PQueue
}

export function createConnections(options: ConnectionsOptions): Connections {
  const byLogin = new Map<string, Connection>()
  const byOrg = new Map<string, Traffic>()

  function connect(login: Login): Connection {
    let traffic: Traffic = { gate: new Gate(options.clock), queue: new PQueue({ concurrency: CONCURRENCY }) }
    // Which org a login leads to is known with its first token.
    const join = (orgId: string) => {
      const known = byOrg.get(orgId)
      if (known === undefined) byOrg.set(orgId, traffic)
      else traffic = known
    }
    return {
      sessions: createSessions({ ...options, ...login, onOrg: join, onToken: (answer) => traffic.gate.learn(answer) }),
      get gate() {
        return traffic.gate
      },
      get queue() {
        return traffic.queue
      },
      keepCalm: () => {
        traffic.queue.concurrency = traffic.gate.isCalm() ? 1 : CONCURRENCY
      },
    }
  }

  return {
    of: (login) => {
      const key = createHash('sha256').update(JSON.stringify(login)).digest('hex')
      const connection = byLogin.get(key) ?? connect(login)
      byLogin.set(key, connection)
      return connection
    },
  }
}
