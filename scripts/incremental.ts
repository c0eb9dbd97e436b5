import { parseArgs } from 'node:util'
import { differs, sayDifference } from '../test/sync/incremental/differs.ts'

const HELP = `Lets companies live at random, and holds what was derived of what changed against what is derived from scratch.

  node scripts/incremental.ts --runs 1000 [--from 1] [--store]

Facts, kept facts, totals and everything made from totals are compared; with --store a whole pull into a store, and what each board
should show. The same seed gives the same life. Exit 1 at the first difference, with what differs and the command that repeats it.`

/** How many runs a line is printed for. */
const AT_A_TIME = 100

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string' },
      from: { type: 'string', default: '1' },
      store: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const [runs, from] = [Number(values.runs), Number(values.from)]
  if (values.help || !(Number.isSafeInteger(runs) && runs > 0 && Number.isSafeInteger(from) && from >= 0)) {
    console.log(HELP)
    return values.help ? 0 : 2
  }
  const way = values.store ? 'store' : 'memory'
  let since = performance.now()
  for (let done = 1; done <= runs; done += 1) {
    const difference = await differs(from + done - 1, way)
    if (difference !== null) {
      console.error(sayDifference(difference))
      return 1
    }
    if (done % AT_A_TIME !== 0 && done !== runs) continue
    const seconds = ((performance.now() - since) / 1000).toFixed(1)
    console.log(`Up to seed ${from + done - 1}: ${done} lives, incremental as from scratch, ${seconds} s`)
    since = performance.now()
  }
  return 0
}

process.exitCode = await main()
