import { parseArgs } from 'node:util'
import { liveHubSpotLife } from '../test/journey/life/hubspot-life.ts'
import { type LifeReport, liveLife } from '../test/journey/life/life.ts'

const HELP = `Lets orgs live at random, pulls them meanwhile with crashes and faults, and holds the store against each of them.

  node scripts/org-life.ts --seeds 50 [--from 1] [--edits 10000] [--reading optimistic|pessimistic|both] [--at-once 4] [--source salesforce|hubspot] [--json]

Everything happens in this process and in virtual time; the same seed gives the same life. After each tenth of the edits a week
passes without any, and the store must hold what the org shows: every record, every mapped value, and what merged into what.
Exit 1 at the first seed that falls short, with what differs and the command that repeats it.`

/** How many sentences of what is wrong are printed. */
const MOST_SAID = 10

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string' },
      from: { type: 'string', default: '1' },
      edits: { type: 'string', default: '10000' },
      reading: { type: 'string', default: 'both' },
      'at-once': { type: 'string', default: '4' },
      source: { type: 'string', default: 'salesforce' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const readings = (['optimistic', 'pessimistic'] as const).filter((each) => ['both', each].includes(values.reading))
  const [seeds, from, edits] = [values.seeds, values.from, values.edits].map(Number) as [number, number, number]
  const live = { salesforce: liveLife, hubspot: liveHubSpotLife }[values.source]
  if (values.help || live === undefined || !(seeds > 0 && from > 0 && edits > 0) || readings.length === 0) {
    console.log(HELP)
    return values.help ? 0 : 2
  }
  const totals = { edits: {}, pulls: {}, requests: {} }
  const todo = Array.from({ length: seeds }, (_, n) => readings.map((reading) => ({ seed: from + n, reading }))).flat()
  let isBroken = false
  const work = async () => {
    for (let next = todo.shift(); next !== undefined && !isBroken; next = todo.shift()) {
      const { seed, reading } = next
      const started = performance.now()
      const report = await live({ seed, reading, edits, checkpoints: 10 })
      const seconds = Math.round((performance.now() - started) / 100) / 10
      add(totals, report)
      if (values.json) console.log(JSON.stringify({ seed, reading, seconds, ...report }))
      else if (report.wrong.length === 0) console.log(`Seed ${seed}, ${reading}: the store is as the org, ${seconds} s`)
      if (report.wrong.length === 0) continue
      isBroken = true
      const command = `node scripts/org-life.ts --seeds 1 --from ${seed} --edits ${edits} --reading ${reading} --source ${values.source}`
      console.error(sayBroken(seed, reading, report, command))
    }
  }
  await Promise.all(Array.from({ length: Number(values['at-once']) }, work))
  if (isBroken) return 1
  if (values.json) console.log(JSON.stringify({ totals }))
  else console.log(`${seeds} seeds, ${readings.join(' and ')}: the store was as the org at each checkpoint`)
  return 0
}

function sayBroken(seed: number, reading: string, { wrong, pulls }: LifeReport, command: string): string {
  const more = wrong.length - MOST_SAID
  return [
    `Seed ${seed}, ${reading}: the store is not as the org at checkpoint ${pulls['checkpoints']}`,
    ...wrong.slice(0, MOST_SAID).map((sentence) => `  ${sentence}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
    `  ${command}`,
  ].join('\n')
}

function add(totals: Record<'edits' | 'pulls' | 'requests', Record<string, number>>, report: LifeReport): void {
  for (const part of ['edits', 'pulls', 'requests'] as const) {
    for (const [name, n] of Object.entries(report[part])) totals[part][name] = (totals[part][name] ?? 0) + n
  }
}

process.exitCode = await main()
