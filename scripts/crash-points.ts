import { parseArgs } from 'node:util'
import {
  CRASH_WAYS,
  type CrashedRun,
  type CrashOptions,
  type CrashWay,
  type CrashWayName,
  crashAt,
  crashImportAt,
  findCrashPoints,
  findImportPoints,
  IMPORT_CRASH_WAYS,
  IMPORT_OPTIONS,
  type ImportCrashWayName,
  isImportPromised,
  isPromised,
} from '../test/journey/crash-points.ts'

const HELP = `Lets a sync go wrong at each request that writes, in each way, and holds the boards to their promises.

  node scripts/crash-points.ts --all                              every point × every way, both ways of writing, first sync and update
  node scripts/crash-points.ts --run first --way 'died after'     [--nth 4]
  node scripts/crash-points.ts --by import --run update --way 'died, lost' [--nth 2]
  Options: --by requests|import  --reading optimistic|pessimistic  --at-once 4
  By requests: --accounts 8  --boards accounts,deals,leads,funnel  --writes 25 (item writes in a request, at most)
  By import:   --accounts 340 (96 to update)  --boards accounts  --writes 10 (4 to update)

Ways, by requests: ${listed(CRASH_WAYS)}
Ways, by import, at its opening, its file, each look at it and its report: ${listed(IMPORT_CRASH_WAYS)}

Exit 1 when a promise was broken: one item per key, boards equal to a projection made by other code, counts that balance,
no request left open, and a last sync that writes nothing.`

function listed(ways: Readonly<Record<string, CrashWay>>): string {
  return Object.entries(ways)
    .map(([name, { is }]) => `\n  ${name.padEnd(18)}${is}`)
    .join('')
}

interface Crash {
  readonly said: string
  crash(): Promise<string[]>
}

const RUNS: readonly CrashedRun[] = ['first', 'update']
const READINGS = ['optimistic', 'pessimistic'] as const

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      all: { type: 'boolean', default: false },
      by: { type: 'string' },
      run: { type: 'string' },
      way: { type: 'string' },
      nth: { type: 'string' },
      reading: { type: 'string' },
      accounts: { type: 'string' },
      boards: { type: 'string' },
      writes: { type: 'string' },
      'at-once': { type: 'string', default: '4' },
      help: { type: 'boolean', default: false },
    },
  })
  const by = (['requests', 'import'] as const).filter((one) => one === (values.by ?? (values.all ? one : 'requests')))
  const runs = RUNS.filter((run) => run === (values.run ?? (values.all ? run : 'first')))
  const readings = READINGS.filter((one) => one === (values.reading ?? (values.all ? one : 'optimistic')))
  const wants = <T extends string>(way: T) => values.all || way === values.way
  const isAsked = by.some((one) => Object.keys(one === 'import' ? IMPORT_CRASH_WAYS : CRASH_WAYS).some(wants))
  if (values.help || !isAsked || runs.length === 0 || readings.length === 0) {
    console.log(HELP)
    return values.help ? 0 : 2
  }
  const isAt = (at: number) => values.nth === undefined || Number(values.nth) === at + 1
  const todo: Crash[] = []
  for (const one of by)
    for (const run of runs)
      for (const reading of readings) {
        const isImport = one === 'import'
        const boards = (values.boards ?? (isImport ? 'accounts' : 'accounts,deals,leads,funnel')).split(',')
        const usual: CrashOptions = isImport ? IMPORT_OPTIONS[run] : { accounts: 8, boards, writesPerRequest: 25 }
        const options: CrashOptions = {
          ...usual,
          accounts: Number(values.accounts ?? usual.accounts),
          boards,
          writesPerRequest: Number(values.writes ?? usual.writesPerRequest),
          reading,
          ...(!isImport && run === 'update' && boards.includes('deals') ? { says: true } : {}),
        }
        const all = isImport ? await importCrashes(run, options, wants, isAt) : await crashes(run, options, wants, isAt)
        todo.push(...all)
      }
  const total = todo.length
  let broken = 0
  let done = 0
  const work = async () => {
    for (let next = todo.shift(); next !== undefined; next = todo.shift()) {
      const wrong = await next.crash().catch((error: unknown) => [String(error)])
      done += 1
      if (done % 50 === 0) console.error(`${done} of ${total} crashed`)
      if (wrong.length === 0) continue
      broken += 1
      console.error(`${next.said}:\n  ${wrong.slice(0, 5).join('\n  ')}`)
    }
  }
  await Promise.all(Array.from({ length: Number(values['at-once']) }, work))
  console.log(`${total - broken} of ${total} crashes left one item per key, boards right and counts balanced`)
  return broken > 0 ? 1 : 0
}

async function crashes(
  run: CrashedRun,
  options: CrashOptions,
  wants: (way: string) => boolean,
  isAt: (at: number) => boolean,
): Promise<Crash[]> {
  const points = await findCrashPoints(run, options)
  console.log(`A ${run} sync, ${options.reading}, makes ${points.length} requests that write`)
  const ways = (Object.keys(CRASH_WAYS) as CrashWayName[]).filter(wants)
  return points.flatMap((point, at) =>
    ways
      .filter((way) => isAt(at) && isPromised(way, point))
      .map((way) => ({
        said: `${run} sync, ${options.reading}, request ${at + 1}, ${way}`,
        crash: () => crashAt(run, way, at + 1, options),
      })),
  )
}

async function importCrashes(
  run: CrashedRun,
  options: CrashOptions,
  wants: (way: string) => boolean,
  isAt: (at: number) => boolean,
): Promise<Crash[]> {
  const points = await findImportPoints(run, options)
  console.log(`The import of a ${run} sync, ${options.reading}, makes ${points.length} requests`)
  const ways = (Object.keys(IMPORT_CRASH_WAYS) as ImportCrashWayName[]).filter(wants)
  return points.flatMap((point, at) =>
    ways
      .filter((way) => isAt(at) && isImportPromised(way, point))
      .map((way) => ({
        said: `import of the ${run} sync, ${options.reading}, request ${at + 1} (${point.operation} ${point.nth}), ${way}`,
        crash: () => crashImportAt(run, way, point, options),
      })),
  )
}

process.exitCode = await main()
