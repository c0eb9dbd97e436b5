import { readFileSync } from 'node:fs'
import path from 'node:path'
import { type Day, parseDay } from '../../domain/day.ts'
import { FACTS } from '../../domain/fact-fields.ts'
import { decimalsOf } from '../../domain/money.ts'
import { type FactDifference, sentencesOf } from '../../domain/simulation.ts'
import { loadMappingFiles } from '../../mapping/load.ts'
import type { Mappings } from '../../mapping/mapping.ts'
import { changesOfModel, type ModelChange, setInModel } from '../../mapping/model-changes.ts'
import { parseMappings } from '../../mapping/parse.ts'
import { Fault } from '../../platform/errors.ts'
import { createZone } from '../../platform/zone.ts'
import { type Simulation, simulate } from '../../sync/simulate.ts'
import { type CommandCall, type CommandSpec, textOption } from '../command.ts'
import type { Output } from '../output.ts'
import { needMappings, openStoreThatIs } from '../wire.ts'

export const simulateCommand: CommandSpec = {
  name: 'simulate',
  summary: 'what another model.yaml, or one other setting of it, would change on boards; nothing is written',
  description:
    'Derive with another model beside the present one and tell what would differ: accounts, sums, rows, boards. Reads the store alone, and writes to nothing',
  options: [
    ['--model <file>', 'the other model.yaml'],
    ['--set <path=value...>', 'one setting of model.yaml, or several: buckets.green_from.seats=100'],
    ['--on <day>', 'as of this day, such as one from which a change holds (today)'],
  ],
  examples: [
    'boardsync simulate --set buckets.green_from.seats=100',
    'boardsync simulate --model drafts/model.yaml --on 2027-01-01',
  ],
  run: async (call) => {
    const { house, output } = call
    const { mappings: before } = await needMappings(house, output)
    const { after, changes } = await readOther(call)
    await using store = await openStoreThatIs(house)
    const on = dayToSimulate(textOption(call.options, 'on'))
    const found = await simulate({ store, clock: house.clock, before, after, zoneOf: createZone, on })
    const { currency } = after.model
    const notes = notesOf(found, changes)
    for (const one of changes) output.say(`${one.path}: ${one.before ?? 'nothing'} → ${one.after ?? 'nothing'}`)
    if (changes.length > 0) output.say('')
    sayFound(output, found, currency)
    for (const note of notes) output.say(note)
    return {
      json: {
        changes,
        sentences: found.facts.flatMap((one) => sentencesOf(one, currency)),
        currency,
        ...found,
        notes,
      },
    }
  },
}

/** The mappings with another model, and in which settings it is another one. */
async function readOther({ house, output, options }: CommandCall): Promise<{
  readonly after: Mappings
  readonly changes: readonly ModelChange[]
}> {
  const files = await loadMappingFiles(house.config.mappings)
  const own = files.find((file) => path.basename(file.path).replace(/\.ya?ml$/, '') === 'model')
  const given = textOption(options, 'model')
  const settings = Array.isArray(options.set) ? (options.set as string[]) : []
  if (given === undefined && settings.length === 0)
    throw new Fault('usage', 'Nothing is to be simulated', {
      blame: 'operator',
      exit: 2,
      hint: 'Give --model with another model.yaml, or --set with a setting: --set buckets.green_from.seats=100',
    })
  if (own === undefined) throw new Error('The mappings have a model and no file of it')
  const text = settings.reduce(setInModel, given === undefined ? own.text : readText(given))
  const { mappings, problems } = parseMappings(
    files.map((file) => (file === own ? { ...own, text } : file)),
    house.env,
  )
  const wrong = problems.filter(({ file, level }) => file === own.path && level === 'error')
  if (mappings !== null && wrong.length === 0) return { after: mappings, changes: changesOfModel(own.text, text) }
  output.problems(wrong.map((one) => ({ ...one, file: given ?? own.path })))
  throw new Fault('model-broken', 'The other model cannot be used while the problems above stand', {
    blame: 'operator',
    hint: 'Correct them; lines are those of the file with what --set changes',
  })
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new Fault('model-missing', `The model ${file} cannot be read`, {
      blame: 'operator',
      exit: 2,
      hint: 'Give --model the path of a file like model.yaml',
      cause,
    })
  }
}

function dayToSimulate(given: string | undefined): Day | null {
  if (given === undefined) return null
  const day = parseDay(given)
  if (day !== undefined) return day
  throw new Fault('usage', `--on is "${given}"`, { blame: 'operator', exit: 2, hint: 'Give --on a day: 2027-01-01' })
}

function sayFound(output: Output, { facts, boards, definitions, restated }: Simulation, currency: string): void {
  if (facts.length === 0 && boards.length === 0) output.say('Nothing would differ')
  for (const one of facts) for (const sentence of sentencesOf(one, currency)) output.say(sentence)
  if (restated > 0)
    output.say(`${restated} rows of closed months stay as they were reported, and would be on the list of restatements`)
  if (facts.length > 0) {
    output.say('')
    output.table(
      [
        { title: 'fact' },
        { title: 'rows' },
        { title: 'changed' },
        { title: 'added' },
        { title: 'gone' },
        { title: 'accounts' },
      ],
      facts.map(({ kind, rows, accounts }) => [kind, rows.before, rows.changed, rows.added, rows.gone, accounts]),
    )
  }
  const sums = facts.flatMap((one) => one.sums.map((sum) => ({ ...sum, kind: one.kind })))
  if (sums.length > 0) {
    output.say('')
    output.table(
      [
        { title: 'sum' },
        { title: 'before', align: 'right' },
        { title: 'after', align: 'right' },
        { title: 'difference', align: 'right' },
      ],
      sums.map(({ kind, field, before, after }) => [
        `${kind}.${field}`,
        ...[before, after, after - before].map((value) => amountOf(kind, field, value, currency)),
      ]),
    )
  }
  if (boards.length > 0) {
    output.say('')
    output.table(
      [{ title: 'board' }, { title: 'items' }, { title: 'changed' }, { title: 'added' }, { title: 'gone' }],
      boards.map(({ board, items, changed, added, gone }) => [board, items.before, changed, added, gone]),
    )
  }
  if (definitions.length > 0) output.say('')
  for (const { name, after } of definitions) output.say(`${name} would read: ${after}`)
}

function amountOf(kind: FactDifference['kind'], field: string, value: number, currency: string): string {
  const isMoney = FACTS[kind].fields[field]?.type === 'money'
  const decimals = isMoney ? decimalsOf(currency) : 0
  return (value / 10 ** decimals).toLocaleString('en-US', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: Math.max(decimals, 2),
  })
}

/** What a simulation cannot tell. */
function notesOf({ left }: Simulation, changes: readonly ModelChange[]): string[] {
  const reading = changes.filter(({ path: at }) => at === 'company.currency' || at === 'company.time_zone')
  return [
    ...(left.length === 0
      ? []
      : [`Not simulated: ${left.join(', ')}, which shows a plan of features; the run after the change makes it anew`]),
    ...reading.map(({ path: at }) => `${at} also changes how records are read, which is not simulated`),
  ]
}
