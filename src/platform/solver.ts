import { Worker } from 'node:worker_threads'
import { Fault } from './errors.ts'
import type { Solved, Told } from './solver/messages.ts'

/** A linear program with whole-number columns: make the sum of `cost` greatest with every row at most `rowUpper`. */
export interface LinearProgram {
  readonly cost: Float64Array
  readonly lower: Float64Array
  readonly upper: Float64Array
  /** 1 where a column must be whole. */
  readonly isWhole: Uint8Array
  readonly rowUpper: Float64Array
  /** Row by row: where each row begins in `indices` and `values`, and where the last one ends. */
  readonly starts: Int32Array
  readonly indices: Int32Array
  readonly values: Float64Array
  /** A solution to begin with. */
  readonly start?: Float64Array
}

/** Solves linear programs in whole numbers, one after the other. */
export interface Solver extends AsyncDisposable {
  /**
   * The best solution that `limitMs` allows, with a bound that no solution is above.
   *
   * One that does not stop by itself is stopped: then the best solution it had told of is the answer. `withPrices` solves the
   * program without whole numbers first, for the price of each row. The limit does not count loading, which is done once.
   */
  solve(program: LinearProgram, limitMs: number, options?: { readonly withPrices?: boolean }): Promise<Solved>
}

/** How long after its limit a solver may still tell what it has, before its thread is ended. */
const GRACE_MS = 1_000

/** HiGHS in a thread of its own, started when it is first needed. */
export function openSolver(): Solver {
  let thread: Promise<Worker> | undefined
  let last: Promise<unknown> = Promise.resolve()
  let isClosed = false

  async function solveNow(
    program: LinearProgram,
    limitMs: number,
    options: { readonly withPrices?: boolean },
  ): Promise<Solved> {
    if (isClosed) throw new Fault('solver-closed', 'The solver is closed', { blame: 'us' })
    thread ??= startThread()
    const worker = await thread
    const known = {
      values: null as Float64Array | null,
      bound: Number.POSITIVE_INFINITY,
      prices: null as Float64Array | null,
    }
    worker.ref()
    try {
      return await new Promise<Solved>((resolve, reject) => {
        const end = setTimeout(() => {
          stop()
          // A thread in the middle of a computation hears nothing: it can only be ended.
          thread = undefined
          void worker.terminate()
          resolve({ status: 'limit', ...known })
        }, limitMs + GRACE_MS)
        const listen = (told: Told) => {
          if (told.is === 'prices') known.prices = told.prices
          else if (told.is === 'better') known.values = told.values
          else if (told.is === 'bound') known.bound = Math.min(known.bound, told.bound)
          else if (told.is === 'failed') fail(new Error(told.message))
          else if (told.is === 'solved') {
            stop()
            resolve(told.solved)
          }
        }
        const fail = (cause: unknown) => {
          stop()
          thread = undefined
          void worker.terminate()
          reject(stopped(cause))
        }
        const stop = () => {
          clearTimeout(end)
          worker.off('message', listen).off('error', fail)
        }
        worker.on('message', listen).on('error', fail)
        worker.postMessage({ program, limitMs, withPrices: options.withPrices ?? false })
      })
    } finally {
      worker.unref()
    }
  }

  return {
    solve(program, limitMs, options = {}) {
      const mine = last.then(() => solveNow(program, limitMs, options))
      last = mine.catch(() => {})
      return mine
    },
    async [Symbol.asyncDispose]() {
      isClosed = true
      await last
      const worker = await thread?.catch(() => undefined)
      await worker?.terminate()
    },
  }
}

function startThread(): Promise<Worker> {
  // Beside this file in src/ as in dist/, where the same file ends in .js.
  const entry = import.meta.url.endsWith('.ts') ? './solver/worker.ts' : './solver/worker.js'
  const worker = new Worker(new URL(entry, import.meta.url), { name: 'boardsync-solver' })
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown) => reject(stopped(cause))
    worker.once('error', fail)
    worker.once('message', () => {
      worker.off('error', fail)
      worker.unref()
      resolve(worker)
    })
  })
}

function stopped(cause: unknown): Fault {
  return new Fault('solver-stopped', 'The thread that looks for the best plan has stopped', {
    blame: 'us',
    hint: 'Run the command again; nothing was changed',
    cause,
  })
}
