import { readFile } from 'node:fs/promises'
import { Fault } from '../../platform/errors.ts'
import { startSandbox } from '../../sandbox/sandbox.ts'
import { type CommandSpec, textOption } from '../command.ts'

export const sandboxCommand: CommandSpec = {
  name: 'sandbox',
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
    const data = textOption(options, 'data')
    const db = textOption(options, 'db')
    await using sandbox = await startSandbox({
      ...(options.port === undefined ? {} : { port: numberOption(options, 'port') }),
      ...(data === undefined ? {} : { data }),
      ...(options.accounts === undefined ? {} : { accounts: numberOption(options, 'accounts') }),
      ...(options.seed === undefined ? {} : { seed: numberOption(options, 'seed') }),
      ...(options.speed === undefined ? {} : { speed: numberOption(options, 'speed') }),
      ...(reading === undefined ? {} : { reading }),
      ...(db === undefined ? {} : { db }),
      ...(faults === undefined ? {} : { faults: JSON.parse(await readFile(faults, 'utf8')) as [] }),
    })
    process.stdout.write(`${JSON.stringify({ env: sandbox.env })}\n`)
    for (const note of sandbox.notes) output.note(note)
    output.note(`Boards: ${sandbox.baseUrl}/boards   Stop with Ctrl-C`)
    let step = 0
    const living = options.live === true ? setInterval(() => sandbox.live(step++), 3_000) : null
    await new Promise<void>((resolve) => {
      process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve())
    })
    if (living !== null) clearInterval(living)
    return undefined
  },
}

function numberOption(options: Readonly<Record<string, unknown>>, name: string): number {
  const value = Number(options[name])
  if (Number.isFinite(value) && value >= 0) return value
  throw new Fault('usage', `--${name} is "${String(options[name])}", which is no number`, {
    blame: 'operator',
    exit: 2,
    hint: `Give --${name} a number`,
  })
}
