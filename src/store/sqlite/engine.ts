import { existsSync } from 'node:fs'
import { Fault } from '../../platform/errors.ts'
import { Connection, type ConnectionOptions } from './connection.ts'
import { derived } from './derived.ts'
import { desired } from './desired.ts'
import { dossiers } from './dossiers.ts'
import { toFault } from './faults.ts'
import { history } from './history.ts'
import { landing } from './landing.ts'
import { ledger } from './ledger.ts'
import { keys, matching } from './matching.ts'
import { MIGRATIONS, migrate, refuseNewer, versionOf } from './migrations/migrate.ts'
import { placement } from './placement.ts'
import { plans } from './plans.ts'
import { records } from './records.ts'
import { reported } from './reported.ts'
import { snapshots } from './snapshots.ts'

export type EngineOptions = ConnectionOptions

/** Everything that can be asked of the engine: what the store's methods are made of. */
export type Calls = ReturnType<typeof callsOn>['calls']

/** The part of the store that touches SQLite: synchronous, and alone in its thread. */
export interface Engine {
  /** Carries out one call; whatever goes wrong is thrown as a `Fault`. */
  call<M extends keyof Calls>(method: M, args: Parameters<Calls[M]>): ReturnType<Calls[M]>
  migrate(): void
  /**
   * Does what can wait until nobody does: brings a first read that has ended to its dossiers, and writes the log back. Never
   * fails; what was not done is done later.
   */
  rest(): void
  /** Brings a first read that has ended to its dossiers, too: who opens the store next may only read it. */
  close(): void
}

export function openEngine(options: EngineOptions): Engine {
  const { path } = options
  const guarded = <T>(work: () => T): T => {
    try {
      return work()
    } catch (error) {
      throw toFault(error, path)
    }
  }
  if (options.readOnly && path !== ':memory:' && !existsSync(path)) {
    throw new Fault('store-missing', `There is no store at "${path}"`, {
      blame: 'operator',
      hint: 'Run sync, which makes one, or set DATABASE_URL to the store you mean',
    })
  }
  const connection = guarded(() => new Connection(options))
  const { calls, landed } = callsOn(connection)
  let isCurrent = false
  /** Never fails: whoever looks there meets it again, and hears of it. */
  const settleRead = () => {
    try {
      if (isCurrent && !connection.isReadOnly && landed.isRead()) connection.write(landed.settle)
    } catch {}
  }
  return {
    call(method, args) {
      return guarded(() => {
        if (!isCurrent) assertCurrent(versionOf(connection.db))
        isCurrent = true
        const call = calls[method] as (...values: Parameters<Calls[typeof method]>) => ReturnType<Calls[typeof method]>
        return call(...args)
      })
    },
    migrate: () => guarded(() => migrate(connection.db, path)),
    rest() {
      settleRead()
      connection.writeBackLog()
    },
    close() {
      settleRead()
      connection.close()
    },
  }
}

function assertCurrent(found: number): void {
  refuseNewer(found, MIGRATIONS.length)
  if (found === MIGRATIONS.length) return
  throw new Fault(
    'store-not-migrated',
    `The store is at version ${found} and this program works with version ${MIGRATIONS.length}`,
    { blame: 'operator', hint: 'Run sync or any command that writes: it brings the store up to date' },
  )
}

function callsOn(connection: Connection) {
  const places = dossiers(connection)
  const shown = desired(connection)
  const placed = placement(connection)
  const landed = landing(connection, places)
  const { allPage, dirtyPage, namedPage, dirtyCount } = places
  const kept = records(connection, places, placed, landed, keys(connection))
  const matched = matching(connection, placed, places)
  const { resetDerived, ...others } = derived(connection, places, shown.saveShown)
  /** Who looks at dossiers finds every record there; a store that is only read shows a first read once it has ended. */
  const settled =
    <Args extends unknown[], T>(look: (...args: Args) => T) =>
    (...args: Args): T => {
      if (!connection.isReadOnly && !landed.isEmpty()) connection.write(landed.settle)
      return look(...args)
    }
  const calls = {
    ...kept,
    ...matched,
    keyHolders: settled(matched.keyHolders),
    saveLinks: settled(matched.saveLinks),
    record: settled(kept.record),
    survivorPage: settled(kept.survivorPage),
    allPage: settled(allPage),
    dirtyPage: settled(dirtyPage),
    namedPage: settled(namedPage),
    dirtyCount: settled(dirtyCount),
    ...others,
    resetDerived: settled(resetDerived),
    ...shown,
    ...plans(connection),
    ...ledger(connection, shown.unlist),
    ...history(connection),
    ...reported(connection),
    ...snapshots(connection),
  }
  return { calls, landed }
}
