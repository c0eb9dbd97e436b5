import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type FirstSourceMapping, firstSourceMapping, type LiveObject } from '../../mapping/first-source-mapping.ts'
import { loadMappingFiles } from '../../mapping/load.ts'
import { parseMappings } from '../../mapping/parse.ts'
import { Fault } from '../../platform/errors.ts'
import { type CommandSpec, textOption, unknownName } from '../command.ts'
import type { Output } from '../output.ts'
import { packageFolder } from '../package-folder.ts'
import { type House, openSource } from '../wire.ts'
import { assertEnvironment } from '../with-ports.ts'

const ENV = `# Salesforce by client credentials (an External Client App of your org); see the README for the other two ways.
SALESFORCE_LOGIN_URL=https://your-domain.my.salesforce.com
SALESFORCE_CLIENT_ID=
SALESFORCE_CLIENT_SECRET=

# monday: your picture > Developers > API token
MONDAY_API_TOKEN=

# Where boardsync keeps what it knows.
DATABASE_URL=sqlite:./boardsync.db
`

/** Sources that can be asked what they have. */
const ASKED = ['salesforce', 'hubspot'] as const

export const initCommand: CommandSpec = {
  name: 'init',
  summary: 'write a first set of mapping files to start from',
  description:
    'Write a first set of mappings and an .env.example to edit; with --from, the mapping of a source as the live org has it',
  args: '[folder]',
  options: [
    [
      '--from <source>',
      'salesforce or hubspot: leave out of its mapping what the org lacks, and list the org’s own fields as comments',
    ],
  ],
  examples: ['boardsync init', 'boardsync init ./mappings --from salesforce'],
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
    const name = textOption(options, 'from')
    const from = ASKED.find((one) => one === name)
    if (name !== undefined && from === undefined) throw unknownName(name, 'source that init can ask', ASKED)
    const first = from === undefined ? null : await askSource(house, output, shipped, from)
    await mkdir(folder, { recursive: true })
    await cp(shipped, folder, { recursive: true })
    if (first !== null) {
      const file = path.join(folder, 'sources', `${from}.yaml`)
      await rm(`${file}.example`, { force: true })
      await writeFile(file, first.text)
      await writeFile(path.join(folder, 'model.yaml'), await modelFor(shipped, from))
    }
    await writeFile(path.join(path.dirname(folder), '.env.example'), ENV, { flag: 'wx' }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error
      },
    )
    output.say(`Wrote first mappings to ${folder} and an .env.example beside it`)
    if (first !== null)
      output.say(
        `sources/${from}.yaml: commented out, since they are not there: ${first.missing} fields; your own, as comments: ${first.offered}`,
      )
    output.say('Next: copy .env.example to .env and fill it in; edit the mappings; then run lint, check, pull and plan')
    if (folder !== path.resolve(house.config.mappings))
      output.say(`Set BOARDSYNC_MAPPINGS=${args[0] ?? folder} in .env, so that these mappings are used`)
    const asked = first === null ? null : { source: from, missing: first.missing, offered: first.offered }
    return { json: { folder, asked } }
  },
}

/** The shipped mapping of a source, as its live org has the fields; an object that the org does not show is told, and left as it ships. */
async function askSource(
  house: House,
  output: Output,
  shipped: string,
  name: (typeof ASKED)[number],
): Promise<FirstSourceMapping> {
  assertEnvironment({ house, output })
  const files = await loadMappingFiles(shipped)
  const file = path.join(shipped, 'sources', `${name}.yaml`)
  const text = await readFile(name === 'hubspot' ? `${file}.example` : file, 'utf8')
  const modelFile = path.join(shipped, 'model.yaml')
  const others = files.filter((one) => one.path !== file && one.path !== modelFile)
  const model = { path: modelFile, text: await modelFor(shipped, name) }
  const { mappings } = parseMappings([...others, model, { path: file, text }], house.env)
  const mapping = mappings?.sources.find(({ source }) => source === name)
  if (mappings === null || mapping === undefined) throw new Error(`The shipped mapping of ${name} cannot be read`)
  const source = await openSource(house, mappings, mapping)
  const objects = new Map<string, LiveObject>()
  const faults: Fault[] = []
  for (const { kind, object, reads, optionalReads, optional } of mapping.records) {
    try {
      const { asked, fields } = await source.describe({ object, fields: [...reads, ...optionalReads] })
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
  return firstSourceMapping(text, objects)
}

/** The shipped model; for HubSpot with its stages, which stand there as comments. */
async function modelFor(shipped: string, source: string | undefined): Promise<string> {
  const text = await readFile(path.join(shipped, 'model.yaml'), 'utf8')
  return source === 'hubspot' ? text.replace(/^ {2}# (hubspot:| {2}- \{ name: )/gm, '  $1') : text
}
