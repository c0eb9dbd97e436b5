import type { Clock } from '../platform/clock.ts'
import { Fault } from '../platform/errors.ts'
import type {
  BoardChange,
  BoardImports,
  BoardLayout,
  ChangeOutcome,
  ComposedRequest,
  FinishOptions,
  ImportLimits,
  ImportResult,
  OpenedImport,
  WayCost,
} from './board.ts'

interface MemoryImportsOptions {
  /** Default: 10,000 rows, 100 jobs, 19,000 items. */
  readonly limits?: ImportLimits
  /** Calls that an import is said to cost, and costs. Default 3. */
  readonly calls?: number
  /** What goes wrong with the nth job opened, counted from 1. */
  readonly faults?: Readonly<Record<number, MemoryImportFault>>
}

/**
 * `hour-used`: it cannot be opened. `refused`, `expired`: nothing was done with its file. `lost-before`, `lost-after`: the
 * host forgets the job, before or after it was carried out. `slow`: only who asks twice learns what came of it.
 * `refuse-first`: its first row is refused.
 */
export type MemoryImportFault =
  | 'hour-used'
  | 'refused'
  | 'expired'
  | 'lost-before'
  | 'lost-after'
  | 'slow'
  | 'refuse-first'

interface Stored {
  readonly import: true
  readonly changes: readonly BoardChange[]
  readonly job: number | null
}

interface Account {
  readonly clock: Clock
  carryOut(change: BoardChange): ChangeOutcome
  youngest(layout: BoardLayout, key: string): string | null
}

/** Lets a host in memory take imports: for its option `imports`. */
export function memoryImports(options: MemoryImportsOptions = {}): (account: Account) => BoardImports {
  return (account) => new MemoryImports(options, account)
}

/** A job of so many rows is over after a second. */
const JOB_MS = 1_000

/** Imports into boards in memory. */
class MemoryImports implements BoardImports {
  readonly limits: ImportLimits
  #opened = 0
  readonly #options: MemoryImportsOptions
  readonly #account: Account
  readonly #reports = new Map<number, readonly ChangeOutcome[]>()
  readonly #asked = new Map<number, number>()

  constructor(options: MemoryImportsOptions, account: Account) {
    this.#options = options
    this.#account = account
    this.limits = options.limits ?? { rowsPerFile: 10_000, jobsPerHour: 100, itemsPerHour: 19_000, hourMs: 3_600_000 }
  }

  takes(change: BoardChange): boolean {
    return change.kind === 'create' || (change.kind === 'update' && change.restoresKey !== true)
  }

  compose(changes: readonly BoardChange[]): ComposedRequest {
    const taken = Math.min(changes.length, this.limits.rowsPerFile)
    const body: Stored = { import: true, changes: changes.slice(0, taken), job: null }
    return { body: JSON.stringify(body), taken, points: null }
  }

  isImport(body: string): boolean {
    return body.startsWith('{"import":')
  }

  estimate(): WayCost {
    return { calls: this.#options.calls ?? 3, ms: JOB_MS }
  }

  async open(text: string): Promise<OpenedImport> {
    this.#opened += 1
    if (this.#options.faults?.[this.#opened] === 'hour-used') throw faultOf('import-hour-used')
    const body: Stored = { ...(JSON.parse(text) as Stored), job: this.#opened }
    return { body: JSON.stringify(body), calls: 1 }
  }

  async finish(text: string, options: FinishOptions = {}): Promise<ImportResult> {
    const { changes, job } = JSON.parse(text) as Stored
    if (job === null) throw new Fault('import-not-opened', 'The import was never opened', { blame: 'us' })
    const { clock } = this.#account
    const calls = (this.#options.calls ?? 3) - 1
    const asked = (this.#asked.get(job) ?? 0) + 1
    this.#asked.set(job, asked)
    await clock.sleep(JOB_MS, options.signal === undefined ? {} : { signal: options.signal })
    await options.mayWrite?.()
    const fault = this.#options.faults?.[job]
    if (fault === 'refused' || fault === 'expired') throw faultOf(`import-${fault}`)
    const lost: ImportResult = { is: 'lost', message: 'the job is not known', overAt: clock.now(), calls }
    if (fault === 'lost-before') return lost
    const outcomes =
      this.#reports.get(job) ?? changes.map((change, at) => this.#row(change, at === 0 ? fault : undefined))
    this.#reports.set(job, outcomes)
    if (fault === 'lost-after') return lost
    if (fault === 'slow' && asked === 1) return { is: 'open', fault: faultOf('import-under-way'), calls }
    options.watch?.(changes.length)
    return { is: 'done', outcomes, repeated: false, calls }
  }

  #row(change: BoardChange, fault: MemoryImportFault | undefined): ChangeOutcome {
    const { key, layout } = change
    if (fault === 'refuse-first')
      return { status: 'refused', code: 'cell-refused', message: `Item "${key}" is refused` }
    if (change.kind !== 'create' && change.kind !== 'update') throw new Error(`A ${change.kind} is no row`)
    const itemId = this.#account.youngest(layout, key)
    const { name, cells } = change
    if (itemId !== null) {
      const named = name === undefined ? {} : { name }
      return told(this.#account.carryOut({ kind: 'update', key, layout, itemId, ...named, cells }), false)
    }
    if (name === undefined) return { status: 'unknown', message: 'no item was found by the key' }
    const group = change.kind === 'create' ? change.group : (Object.keys(layout.groups)[0] ?? '')
    return told(this.#account.carryOut({ kind: 'create', key, layout, name, group, cells }), true)
  }
}

/** A report tells no more of an item than its id. */
function told(outcome: ChangeOutcome, made: boolean): ChangeOutcome {
  return outcome.status === 'applied' ? { status: 'applied', itemId: outcome.itemId, made } : outcome
}

function faultOf(code: string): Fault {
  return new Fault(code, 'The import is not taken', { blame: 'remote', exit: 75 })
}
