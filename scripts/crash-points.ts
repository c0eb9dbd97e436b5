import { parseArgs } from 'node:util'
import {
  CRASH_WAYS,
  type CrashedRun,
  type CrashOptions,
  type CrashWayName,
  crashAt,
  findCrashPoints,
  isPromised,
} from '../test/journey/crash-points.ts'

const HELP = `Lets a sync go wrong at each request that writes, in each way, and holds the boards to their promises.

  node scripts/crash-points.ts --all                              every point × every way, first sync and update
  node scripts/crash-points.ts --run first --way 'died after'     [--nth 4]
  Options: --accounts 8  --boards accounts,deals,leads,funnel  --writes 25 (item writes in a request, at most)  --at-once 4

Ways: ${Object.entries(CRASH_WAYS)
  .map(([name, { is }]) => `\n  ${name.padEnd(16)}${is}`)
  .join('')}

Exit 1 when a promise was broken: one item per key, boards equal to a projection made by other code, counts that balance,
no request left open, and a last sync that writes nothing.`

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      all: { type: 'boolean', default: false },
      run: { type: 'string' },
      way: { type: 'string' },
      nth: { type: 'string' },
      accounts: { type: 'string', default: '8' },
      boards: { type: 'string', default: 'accounts,deals,leads,funnel' },
      writes: { type: 'string', default: '25' },
      'at-once': { type: 'string', default: '4' },
      help: { type: 'boolean', default: false },
    },
  })
  const known = Object.keys(CRASH_WAYS) as CrashWayName[]
  const ways = values.all ? known : known.filter((way) => way === values.way)
  const runs = (['first', 'update'] as const).filter((run) => values.all || run === (values.run ?? 'first'))
  if (values.help || ways.length === 0 || runs.length === 0) {
    console.log(HELP)
    return values.help ? 0 : 2
  }
  const options: CrashOptions = {
    accounts: Number(values.accounts),
    boards: values.boards.split(','),
    writesPerRequest: Number(values.writes),
  }
  const todo: { readonly run: CrashedRun; readonly way: CrashWayName; readonly nth: number }[] = []
  for (const run of runs) {
    const points = await findCrashPoints(run, options)
    console.log(`A ${run} sync makes ${points.length} requests that write`)
    for (const [at, point] of points.entries()) {
      if (values.nth !== undefined && Number(values.nth) !== at + 1) continue
      for (const way of ways) if (isPromised(way, point)) todo.push({ run, way, nth: at + 1 })
    }
  }
  const total = todo.length
  let broken = 0
  const work = async () => {
    for (let next = todo.shift(); next !== undefined; next = todo.shift()) {
      const { run, way, nth } = next
      const wrong = await crashAt(run, way, nth, options)
      if (wrong.length === 0) continue
      broken += 1
      console.error(`${run} sync, request ${nth}, ${way}:\n  ${wrong.slice(0, 5).join('\n  ')}`)
    }
  }
  await Promise.all(Array.from({ length: Number(values['at-once']) }, work))
  console.log(`${total - broken} of ${total} crashes left one item per key, boards right and counts balanced`)
  return broken > 0 ? 1 : 0
}

process.exitCode = await main()
