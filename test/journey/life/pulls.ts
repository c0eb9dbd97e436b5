import type { Mappings, SourceMapping } from '../../../src/mapping/mapping.ts'
import type { Clock } from '../../../src/platform/clock.ts'
import { createZone } from '../../../src/platform/zone.ts'
import type { FaultRule } from '../../../src/sandbox/engine/engine.ts'
import type { Random } from '../../../src/sandbox/engine/random.ts'
import type { Source } from '../../../src/source/source.ts'
import type { Store } from '../../../src/store/store.ts'
import type { RunProblem } from '../../../src/sync/problem.ts'
import type { PullCounts } from '../../../src/sync/pull-counts.ts'
import { pullSource } from '../../../src/sync/pull-source.ts'
import type { SyncPorts } from '../../../src/sync/run.ts'
import { type MappedObject, sourceMapping } from './mapped.ts'

export const DEATHS = ['before a store call', 'after a store call', 'before a request', 'after a request'] as const
export type Death = (typeof DEATHS)[number]

/** Thrown into a pull that dies: nothing of it is carried out from then on. */
class Died extends Error {}

/** Lets one process die at the nth of its calls of one kind. */
export class Mortal {
  readonly #how: Death | null
  #left: number
  #isDead = false

  constructor(how: Death | null, nth: number) {
    this.#how = how
    this.#left = nth
  }

  get isDead(): boolean {
    return this.#isDead
  }

  /** Comes before and after each call; throws from the moment of death on. */
  at(moment: Death): void {
    if (moment === this.#how && !this.#isDead) {
      this.#left -= 1
      this.#isDead = this.#left <= 0
    }
    if (this.#isDead) throw new Died(`The process died ${this.#how}`)
  }

  store(store: Store): Store {
    return new Proxy(store, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target)
        if (typeof member !== 'function') return member
        return (...args: unknown[]) => {
          this.at('before a store call')
          const result: unknown = member.apply(target, args)
          if (!(result instanceof Promise)) return result
          return result.then((value) => {
            this.at('after a store call')
            return value
          })
        }
      },
    })
  }
}

/** What goes wrong at the vendor while a pull is at work. */
const FAULTS: readonly Omit<FaultRule, 'nth'>[] = [
  { operation: 'salesforce.*', action: 'cut-before' },
  { operation: 'salesforce.*', action: 'cut-after' },
  { operation: 'salesforce.*', action: 'truncate' },
  { operation: 'salesforce.*', action: 'stall' },
  { operation: 'salesforce.*', action: 'status', with: { status: 503, retryAfter: 20 } },
  { operation: 'salesforce.*', action: 'status', times: 6, with: { status: 503, retryAfter: 90 } },
  { operation: 'salesforce.*', action: 'status', with: { status: 503, retryAfter: 900 } },
  { operation: 'salesforce.*', action: 'html', times: 9, with: { status: 502 } },
  { operation: 'salesforce.*', action: 'error', with: { code: 'INVALID_SESSION_ID' } },
  { operation: 'salesforce.*', action: 'error', times: 2, with: { code: 'INVALID_SESSION_ID' } },
  { operation: 'salesforce.*', action: 'error', with: { code: 'REQUEST_LIMIT_EXCEEDED' } },
  { operation: 'salesforce.*', action: 'error', with: { code: 'concurrent-limit' } },
  { operation: 'salesforce.query', action: 'error', with: { code: 'QUERY_TIMEOUT' } },
  { operation: 'salesforce.queryAll', action: 'error', times: 2, with: { code: 'QUERY_TIMEOUT' } },
  { operation: 'salesforce.queryAll', action: 'error', times: 9, with: { code: 'OPERATION_TOO_LARGE' } },
  { operation: 'salesforce.queryMore', action: 'error', with: { code: 'locator-not-found' } },
  { operation: 'salesforce.queryMore', action: 'error', times: 4, with: { code: 'INVALID_QUERY_LOCATOR' } },
  { operation: 'salesforce.bulkJob', action: 'error', with: { message: 'InternalServerError' } },
  { operation: 'salesforce.bulkResults', action: 'truncate' },
  { operation: 'salesforce.bulkResults', action: 'end-early' },
  { operation: 'salesforce.bulkResults', action: 'short-page', times: 9 },
  { operation: 'salesforce.bulkResults', action: 'error', with: { code: 'NOT_FOUND' } },
  { operation: 'salesforce.bulkCreate', action: 'error', with: { code: 'ExceededQuota' } },
  { operation: 'salesforce.bulkCreate', action: 'cut-after' },
]

export function someFaults(random: Random): FaultRule[] {
  return Array.from({ length: random.int(1, 3) }, () => ({
    ...random.pick(FAULTS),
    nth: random.pick([1, 1, 2, random.int(1, 30)]),
  }))
}

export interface Pulled {
  readonly counts: readonly PullCounts[]
  readonly problems: readonly RunProblem[]
  readonly hasDied: boolean
}

export interface PullWith {
  readonly store: Store
  readonly source: Source
  readonly clock: Clock
  readonly objects: readonly MappedObject[]
  readonly allowEmpty: boolean
  readonly mortal: Mortal
  /** Default: of Salesforce. */
  readonly mapping?: SourceMapping
}

/** Pulls every object as a run does, up to its end or its death. */
export async function pullOnce(pull: PullWith): Promise<Pulled> {
  const { store, source, clock, objects, allowEmpty, mortal, mapping = sourceMapping(objects) } = pull
  const pulled = { counts: [] as PullCounts[], costs: [], problems: [] as RunProblem[] }
  const ports = {
    store: mortal.store(store),
    sources: new Map([[mapping.source, source]]),
    mappings: { sources: [mapping], boards: [] as Mappings['boards'] },
    zone: createZone('UTC'),
    clock,
    onEvent: () => {},
  }
  const request = { sources: 'all', boards: 'all', allowEmpty, reread: false, sweep: false } as const
  try {
    // Boards, model and leases are no part of a pull of one source.
    await pullSource(ports as unknown as SyncPorts, mapping, request, pulled, new AbortController().signal)
  } catch (error) {
    if (!mortal.isDead) throw error
  }
  return { ...pulled, hasDied: mortal.isDead }
}
