import { rm } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isThorough } from '../thorough.ts'
import { change, lookAtBoards, someMappings } from './crash-points.ts'
import { type Journey, openJourney, type SyncReport, unbalanced, writesOf } from './journey.ts'
import { type CliRun, runCli } from './run-cli.ts'

/** Where the first worker is stopped, and when it may go on. */
interface Pause {
  readonly at: string
  /** The request at which it is stopped: the vendor answers, but it does not hear. */
  readonly operation: 'monday.query' | 'monday.mutation'
  readonly nth: number
  readonly goesOn: 'when the other is done' | 'while the other sends'
  readonly run: 'first' | 'update'
  /** monday keeps no answers for idempotency keys: what is sent again is done again. */
  readonly forgets?: true
}

const PAUSES: readonly Pause[] = [
  {
    at: 'looking for boards, before it makes any',
    operation: 'monday.query',
    nth: 2,
    goesOn: 'when the other is done',
    run: 'first',
  },
  { at: 'making a board', operation: 'monday.mutation', nth: 1, goesOn: 'when the other is done', run: 'first' },
  { at: 'creating items', operation: 'monday.mutation', nth: 6, goesOn: 'when the other is done', run: 'first' },
  { at: 'creating items', operation: 'monday.mutation', nth: 6, goesOn: 'while the other sends', run: 'first' },
  {
    at: 'creating items, of which monday forgets the answer',
    operation: 'monday.mutation',
    nth: 6,
    goesOn: 'when the other is done',
    run: 'first',
    forgets: true,
  },
  { at: 'changing items', operation: 'monday.mutation', nth: 2, goesOn: 'when the other is done', run: 'update' },
  { at: 'changing items', operation: 'monday.mutation', nth: 2, goesOn: 'while the other sends', run: 'update' },
  { at: 'reading a board again', operation: 'monday.query', nth: 3, goesOn: 'when the other is done', run: 'update' },
]

const BOARDS = ['accounts', 'deals']
const OPTIONS = { accounts: 30, boards: BOARDS, writesPerRequest: 20 }

let journey: Journey
let mappings: string

beforeEach(async () => {
  mappings = await someMappings({ boards: BOARDS })
  journey = await openJourney({ accounts: OPTIONS.accounts, seed: 1, speed: 30, mappings })
  const { limits } = journey.sandbox.engine
  limits.set('monday.cost.itemWrite', Math.floor(limits.get('monday.complexityPerQuery') / OPTIONS.writesPerRequest))
  limits.set('monday.complexityPerMinute', 1_000_000_000)
})

afterEach(async () => {
  await journey[Symbol.asyncDispose]()
  await rm(mappings, { recursive: true, force: true })
})

/** Runs two syncs, the first stopped where the pause says; returns how both ended. */
async function syncTwice({ operation, nth, goesOn }: Pause): Promise<{ first: CliRun; second: CliRun }> {
  const { faults } = journey.sandbox.engine
  const hit = faults.hit.bind(faults)
  let pid = 0
  let seen = 0
  let isStopped = () => {}
  const stopped = new Promise<void>((resolve) => {
    isStopped = resolve
  })
  let isSecond = false
  const goOn = () => {
    if (pid !== 0) process.kill(pid, 'SIGCONT')
    pid = 0
  }
  faults.hit = (name) => {
    if (isSecond && name === 'monday.mutation' && goesOn === 'while the other sends') goOn()
    if (!isSecond && name === operation) {
      seen += 1
      if (seen === nth) {
        process.kill(pid, 'SIGSTOP')
        isStopped()
      }
    }
    return hit(name)
  }
  const running = runCli(['sync', '--json', '--reread'], journey.env, (child) => {
    pid = child.pid ?? 0
  })
  await Promise.race([stopped, running.then((run) => Promise.reject(new Error(`It was never stopped: ${run.stdout}`)))])
  isSecond = true
  let second: CliRun
  do second = await runCli(['sync', '--json', '--reread'], journey.env)
  while (second.stdout.includes('lease-held'))
  goOn()
  const first = await running
  faults.hit = hit
  return { first, second }
}

function report({ code, stdout, stderr }: CliRun): SyncReport {
  try {
    return JSON.parse(stdout) as SyncReport
  } catch {
    throw new Error(`A sync ended with ${code}: ${stdout}\n${stderr}`)
  }
}

describe('a worker that is stopped in the middle, while another takes its lease over', () => {
  const tried = PAUSES.filter((_, n) => isThorough || n === 0)
  test.each(tried)(
    'at $at ($run sync, going on $goesOn): one item per key, the board right, counts balanced',
    async (pause) => {
      if (pause.run === 'update') {
        await journey.sync()
        await change(journey, 10)
      }
      if (pause.forgets) journey.sandbox.engine.limits.set('monday.idempotencyMs', 0)
      const { first, second } = await syncTwice(pause)
      expect(unbalanced(report(first))).toEqual([])
      expect(unbalanced(report(second))).toEqual([])
      const said = [...report(first).problems, ...report(second).problems].filter(({ exit }) => exit !== 0)
      expect(said.filter(({ code }) => !['lease-lost', 'run-overtaken'].includes(code))).toEqual([])
      expect(second.code).toBe(0)
      let last = await journey.sync()
      if (writesOf(last) > 0) last = await journey.sync()
      expect(writesOf(last)).toBe(0)
      expect(unbalanced(last)).toEqual([])
      expect(await lookAtBoards(journey, OPTIONS)).toEqual([])
    },
    120_000,
  )
})
