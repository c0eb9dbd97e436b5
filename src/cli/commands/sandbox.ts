import { readFile } from 'node:fs/promises'
import { Fault } from '../../platform/errors.ts'
import type { SandboxOptions } from '../../sandbox/sandbox.ts'
import { type CommandSpec, countOption, textOption } from '../command.ts'

export const sandboxCommand: CommandSpec = {
  name: 'sandbox',
  summary: 'simulate Salesforce and monday, for trying mappings without a live account',
  description: 'Simulate Salesforce and monday on this machine, for trying mappings without a live account',
  options: [
    ['--port <port>', 'where to listen (a free one by default)'],
    [
      '--data <folder>',
      'object CSVs (Account.csv, Opportunity.csv …) to load as a Salesforce org, instead of the example company',
    ],
    ['--accounts <count>', 'size of the example company (2000)'],
    ['--seed <number>', 'the example company is the same for the same seed (1)'],
    ['--speed <factor>', 'virtual time per real time, for limits, waits and expiry (1)'],
    ['--reading <reading>', 'optimistic or pessimistic, for what vendors leave unsaid'],
    ['--faults <file>', 'JSON list of faults to inject'],
    ['--db <file>', 'keep the sandbox in a file, to go on with it later'],
    ['--own-boards', 'people of the example company keep boards of their own: features, requests, risks …'],
    ['--live', 'the company lives: something changes every few seconds'],
  ],
  examples: ['boardsync sandbox --port 4000', 'boardsync sandbox --data ./exports --port 4000'],
  run: async ({ output, options }) => {
    const reading = textOption(options, 'reading')
    if (reading !== undefined && reading !== 'optimistic' && reading !== 'pessimistic') {
      throw new Fault('usage', `--reading is "${reading}"`, {
        blame: 'operator',
        exit: 2,
        hint: 'Give optimistic or pessimistic',
      })
    }
    const faults = textOption(options, 'faults')
    const given = {
      port: countOption(options, 'port'),
      data: textOption(options, 'data'),
      accounts: countOption(options, 'accounts', 1),
      seed: countOption(options, 'seed'),
      speed: countOption(options, 'speed', 1),
      reading,
      db: textOption(options, 'db'),
      ownBoards: options.ownBoards === true ? true : undefined,
      faults: faults === undefined ? undefined : await readFaults(faults),
    }
    // Only here: loading the simulated vendors takes longer than starting everything else.
    const { startSandbox } = await import('../../sandbox/sandbox.ts')
    await using sandbox = await startSandbox(
      Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    )
    process.stdout.write(`${JSON.stringify({ env: sandbox.env })}\n`)
    for (const note of sandbox.notes) output.note(note)
    if (!output.json) {
      const lines = Object.entries(sandbox.env).map(([name, value]) => `  ${name}=${value}`)
      output.note(`To use it, put these lines into .env where you run boardsync:\n${lines.join('\n')}`)
    }
    output.note(`Boards: ${sandbox.baseUrl}/boards   Stop with Ctrl-C`)
    let step = 0
    const living = options.live === true ? setInterval(() => sandbox.live(step++), 3_000) : null
    await new Promise<void>((resolve) => {
      process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve())
    })
    if (living !== null) clearInterval(living)
    return { json: null }
  },
}

async function readFaults(file: string): Promise<NonNullable<SandboxOptions['faults']>> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as NonNullable<SandboxOptions['faults']>
  } catch (cause) {
    throw new Fault('faults-unreadable', `"${file}" cannot be read as a JSON list of faults: ${reasonOf(cause)}`, {
      blame: 'operator',
      exit: 2,
      hint: 'src/sandbox/README.md shows one',
      cause,
    })
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
