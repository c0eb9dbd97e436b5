import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { benchDerive, benchModel } from './bench/derive.ts'
import { benchExtract } from './bench/extract.ts'
import type { Figure } from './bench/figures.ts'
import { benchHubSpot } from './bench/hubspot.ts'
import { benchIdentity } from './bench/identity.ts'
import { benchMemory } from './bench/memory.ts'
import { benchPlan } from './bench/plan.ts'
import { benchPriority } from './bench/priority.ts'
import { benchPush } from './bench/push.ts'
import { benchDay } from './bench/push-day.ts'
import { benchUsage } from './bench/usage.ts'

const BENCHES: Readonly<Record<string, (scale: number) => Promise<Figure[]>>> = {
  extract: benchExtract,
  derive: benchDerive,
  model: benchModel,
  plan: benchPlan,
  push: benchPush,
  day: benchDay,
  usage: benchUsage,
  hubspot: benchHubSpot,
  identity: benchIdentity,
  memory: benchMemory,
  priority: benchPriority,
}

const HELP = `Measures what the product promises, each figure beside its target. Ratios are taken within one run.

  node scripts/bench.ts [${Object.keys(BENCHES).join(' | ')}] [--json] [--scale 0.1]

--scale makes extract, derive, model, day, usage, hubspot and identity smaller; what they tell then is no measure of the product. All of day takes some minutes.
Exit 1 when a figure misses its target.`

/** Each bench runs in a process of its own, so that one's memory does not count as another's. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      scale: { type: 'string', default: '1' },
      here: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const [name] = positionals
  if (values.help || (name !== undefined && BENCHES[name] === undefined)) {
    console.log(HELP)
    return values.help ? 0 : 2
  }
  if (values.here) {
    console.log(JSON.stringify(await BENCHES[name ?? '']?.(Number(values.scale))))
    return 0
  }
  const figures: (Figure & { bench: string; ok: boolean })[] = []
  for (const bench of name === undefined ? Object.keys(BENCHES) : [name]) {
    const child = spawnSync(
      process.execPath,
      [fileURLToPath(import.meta.url), bench, '--here', '--scale', values.scale],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    if (child.status !== 0) throw new Error(`Bench ${bench} ended with ${child.status}`)
    for (const figure of JSON.parse(child.stdout) as Figure[]) {
      const ok = figure.value <= figure.target
      figures.push({ bench, ...figure, ok })
      if (!values.json)
        console.log(
          `${ok ? 'ok  ' : 'MISS'}  ${bench.padEnd(7)} ${figure.name}: ${shown(figure.value)} ${figure.unit} (target ≤ ${shown(figure.target)})  ${figure.detail}`,
        )
    }
  }
  if (values.json) console.log(JSON.stringify(figures))
  return figures.every((figure) => figure.ok) ? 0 : 1
}

function shown(value: number): string {
  return value >= 10 ? String(Math.round(value)) : value.toPrecision(3)
}

process.exitCode = await main()
