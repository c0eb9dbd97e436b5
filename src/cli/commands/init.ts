import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { CRMS, type Crm, firstModel, type LiveStage } from '../../mapping/first-model.ts'
import {
  type FirstSourceMapping,
  firstSourceMapping,
  type LiveObject,
  withoutColumns,
  withoutOthers,
} from '../../mapping/first-source-mapping.ts'
import { loadMappingFiles } from '../../mapping/load.ts'
import { parseMappings } from '../../mapping/parse.ts'
import { Fault } from '../../platform/errors.ts'
import { type CommandSpec, textOption, unknownName } from '../command.ts'
import type { Output } from '../output.ts'
import { packageFolder } from '../package-folder.ts'
import { type House, loadMappings, openSource } from '../wire.ts'
import { assertEnvironment } from '../with-ports.ts'
import { casesOf } from './lint.ts'

const ENV_OF_CRM: Readonly<Record<Crm, string>> = {
  salesforce: `# Salesforce by client credentials (an External Client App of your org); see the README for the other two ways.
SALESFORCE_LOGIN_URL=https://your-domain.my.salesforce.com
SALESFORCE_CLIENT_ID=
SALESFORCE_CLIENT_SECRET=
`,
  hubspot: `# HubSpot: Settings > Integrations > Service Keys
HUBSPOT_ACCESS_TOKEN=
`,
}
const ENV = `# monday: your picture > Developers > API token
MONDAY_API_TOKEN=

# Where boardsync keeps what it knows.
DATABASE_URL=sqlite:./boardsync.db
`

export const initCommand: CommandSpec = {
  name: 'init',
  summary: 'write a first set of mapping files to start from',
  description:
    'Write a first set of mappings and an .env.example to edit; with --from, the mapping of a source as the live org has it',
  args: '[folder]',
  options: [
    [
      '--from <sources>',
      'salesforce, hubspot or salesforce,hubspot: mappings for these alone, with the stages that the live account has; fields that it lacks are left out, and its own are listed as comments',
    ],
  ],
  examples: [
    'boardsync init',
    'boardsync init ./mappings --from salesforce',
    'boardsync init --from salesforce,hubspot',
  ],
  run: async ({ house, output, args, options }) => {
    const folder = path.resolve(args[0] ?? house.config.mappings)
    const present = await readdir(folder).catch(() => [])
    if (present.length > 0) {
      throw new Fault('init-not-empty', `${folder} holds files already (${present.slice(0, 3).join(', ')})`, {
        blame: 'operator',
        hint: 'Nothing was written. Name a folder that is empty or not there yet: boardsync init ./my-mappings',
      })
    }
    const shipped = path.join(packageFolder(fileURLToPath(import.meta.url)), 'mappings')
    const from = crmsOf(textOption(options, 'from'))
    const first = from.length === 0 ? null : await askSources(house, output, shipped, from)
    await mkdir(folder, { recursive: true })
    await cp(shipped, folder, { recursive: true })
    if (first !== null) await writeFirst(folder, first)
    const columns = first === null ? 0 : await dropColumns(house, folder)
    const dropped = first === null ? 0 : await dropForeignCases(house, folder)
    await writeFile(path.join(path.dirname(folder), '.env.example'), envFor(from), { flag: 'wx' }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error
      },
    )
    output.say(`Wrote first mappings to ${folder} and an .env.example beside it`)
    for (const { source, missing, offered, stages } of first?.asked ?? []) {
      output.say(
        `sources/${source}.yaml: commented out, since they are not there: ${missing} fields; your own, as comments: ${offered}`,
      )
      output.say(
        stages === 0
          ? `model.yaml lists the stages of ${source} that ship: make them yours`
          : `model.yaml lists the ${stages} stages that ${source} has now: say where each stands in the funnel, if open ones are not all opportunity`,
      )
    }
    if (columns > 0)
      output.say(
        `boards: commented out, since they show fields that are not there: ${columns === 1 ? 'one column' : `${columns} columns`}`,
      )
    if (dropped > 0)
      output.say(
        `Left out: the cases that ship with ${dropped === 1 ? 'one board' : `${dropped} boards`}, which are about stages or fields that the account does not have`,
      )
    output.say('Next: copy .env.example to .env and fill it in; edit the mappings; then run lint, check, pull and plan')
    if (folder !== path.resolve(house.config.mappings))
      output.say(`Set BOARDSYNC_MAPPINGS=${args[0] ?? folder} in .env, so that these mappings are used`)
    return { json: { folder, asked: first?.asked ?? null } }
  },
}

/** What `--from` names: in the order in which a company's leading CRM stands first unless it says otherwise. */
function crmsOf(written: string | undefined): Crm[] {
  const names = written?.split(',').map((name) => name.trim()) ?? []
  for (const name of names)
    if (!CRMS.some((crm) => crm === name)) throw unknownName(name, 'source that init can ask', CRMS)
  return CRMS.filter((crm) => names.includes(crm))
}

function envFor(from: readonly Crm[]): string {
  const crms: readonly Crm[] = from.length === 0 ? ['salesforce'] : from
  return [...crms.map((crm) => ENV_OF_CRM[crm]), ENV].join('\n')
}

/** First mappings of the CRMs that are used, and the model for them. */
interface First {
  readonly model: string
  readonly texts: ReadonlyMap<Crm, string>
  readonly asked: readonly {
    readonly source: Crm
    readonly missing: number
    readonly offered: number
    readonly stages: number
  }[]
}

/** Puts first mappings over the shipped ones. CRMs that are not used stay as examples, and other examples name one that is. */
async function writeFirst(folder: string, { model, texts }: First): Promise<void> {
  const sources = path.join(folder, 'sources')
  const [used] = texts.keys()
  for (const crm of CRMS) {
    const file = path.join(sources, `${crm}.yaml`)
    const text = texts.get(crm)
    if (text === undefined) await rename(file, `${file}.example`).catch(ignoreMissing)
    else {
      await rm(`${file}.example`, { force: true })
      await writeFile(file, text)
    }
  }
  for (const name of await readdir(sources)) {
    const isOfCrm = CRMS.some((crm) => name.startsWith(crm))
    if (isOfCrm || used === undefined || texts.has('salesforce')) continue
    const file = path.join(sources, name)
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replaceAll('of: salesforce', `of: ${used}`))
  }
  await writeFile(path.join(folder, 'model.yaml'), model)
}

/** Comments out columns of boards that show what no source gives any more; answers with how many they were. */
async function dropColumns(house: House, folder: string): Promise<number> {
  const { problems } = await loadMappings(house, folder)
  const lines = new Map<string, Set<number>>()
  for (const { file, line, code } of problems) {
    if (code !== 'unknown-field' || !/boards.[^/\\]+\.yaml$/.test(file) || file.endsWith('.test.yaml')) continue
    lines.set(file, (lines.get(file) ?? new Set()).add(line))
  }
  let columns = 0
  for (const [file, some] of lines) {
    const { text, gone } = withoutColumns(await readFile(file, 'utf8'), some)
    if (gone > 0) await writeFile(file, text)
    columns += gone
  }
  return columns
}

/** Takes away cases that do not hold of the account's own stages and fields; answers with how many files they were. */
async function dropForeignCases(house: House, folder: string): Promise<number> {
  const loaded = await loadMappings(house, folder)
  const { problems } = await casesOf(loaded)
  const broken = loaded.problems.filter(({ file, level }) => level === 'error' && file.endsWith('.test.yaml'))
  const files = new Set([...problems, ...broken].map(({ file }) => file))
  for (const file of files) await rm(file)
  return files.size
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}

async function askSources(house: House, output: Output, shipped: string, from: readonly Crm[]): Promise<First> {
  assertEnvironment({ house, output })
  const shippedModel = await readFile(path.join(shipped, 'model.yaml'), 'utf8')
  const texts = new Map<Crm, string>()
  const stages = new Map<Crm, readonly LiveStage[]>()
  const asked: First['asked'][number][] = []
  for (const source of from) {
    const { text, missing, offered, live } = await askSource(house, output, { shipped, shippedModel, from, source })
    texts.set(source, text)
    stages.set(source, live)
    asked.push({ source, missing, offered, stages: live.length })
  }
  return { model: firstModel(shippedModel, from, stages), texts, asked }
}

interface Asking {
  readonly shipped: string
  readonly shippedModel: string
  /** All sources that are asked, and the one of them. */
  readonly from: readonly Crm[]
  readonly source: Crm
}

/** The shipped mapping of a source, as its live org has the fields; an object that the org does not show is told, and left as it ships. */
async function askSource(
  house: House,
  output: Output,
  { shipped, shippedModel, from, source: name }: Asking,
): Promise<FirstSourceMapping & { readonly live: readonly LiveStage[] }> {
  const folder = path.join(shipped, 'sources')
  const text = withoutOthers(await shippedText(folder, name), from)
  const file = path.join(folder, `${name}.yaml`)
  const modelFile = path.join(shipped, 'model.yaml')
  const crmFiles = CRMS.map((crm) => path.join(folder, `${crm}.yaml`))
  const files = await loadMappingFiles(shipped)
  const others = files.filter((one) => !crmFiles.includes(one.path) && one.path !== modelFile)
  const model = { path: modelFile, text: firstModel(shippedModel, [name], new Map()) }
  const { mappings } = parseMappings([...others, model, { path: file, text: withoutOthers(text, [name]) }], house.env)
  const mapping = mappings?.sources.find(({ source }) => source === name)
  if (mappings === null || mapping === undefined) throw new Error(`The shipped mapping of ${name} cannot be read`)
  const source = await openSource(house, mappings, mapping)
  const objects = new Map<string, LiveObject>()
  const faults: Fault[] = []
  let live: readonly LiveStage[] = []
  for (const { kind, object, reads, optionalReads, optional } of mapping.records) {
    try {
      const staged = kind === 'opportunity' ? ({ stages: true } as const) : {}
      const need = { object, fields: [...reads, ...optionalReads], ...staged }
      const { asked, fields, stages = [] } = await source.describe(need)
      live = [...live, ...stages]
      objects.set(kind, {
        there: new Set(asked.map((field) => field.name)),
        own: fields.filter(({ isOwn }) => isOwn === true),
      })
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      if (!optional) faults.push(error)
    }
  }
  const [first] = faults
  if (objects.size === 0 && first !== undefined) throw first
  for (const { code, message, hint } of faults)
    output.note(`${code}: ${message}${hint === undefined ? '' : `\n  ${hint}`}`)
  return { ...firstSourceMapping(text, objects), live }
}

/** The mapping of a source as it ships, to be used or as an example. */
async function shippedText(folder: string, name: Crm): Promise<string> {
  const file = path.join(folder, `${name}.yaml`)
  return readFile(file, 'utf8').catch(() => readFile(`${file}.example`, 'utf8'))
}
