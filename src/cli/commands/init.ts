import { cp, mkdir, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Fault } from '../../platform/errors.ts'
import type { CommandSpec } from '../command.ts'
import { packageFolder } from '../package-folder.ts'

const ENV = `# Salesforce by client credentials (an External Client App of your org); see the README for the other two ways.
SALESFORCE_LOGIN_URL=https://your-domain.my.salesforce.com
SALESFORCE_CLIENT_ID=
SALESFORCE_CLIENT_SECRET=

# monday: your picture > Developers > API token
MONDAY_API_TOKEN=

# Where boardsync keeps what it knows.
DATABASE_URL=sqlite:./boardsync.db
`

export const initCommand: CommandSpec = {
  name: 'init',
  summary: 'write a first set of mapping files to start from',
  description: 'Write a first set of mappings and an .env.example to edit',
  args: '[folder]',
  examples: ['boardsync init', 'boardsync init ./mappings'],
  run: async ({ house, output, args }) => {
    const folder = path.resolve(args[0] ?? house.config.mappings)
    const present = await readdir(folder).catch(() => [])
    if (present.length > 0) {
      throw new Fault('init-not-empty', `${folder} holds files already (${present.slice(0, 3).join(', ')})`, {
        blame: 'operator',
        hint: 'Nothing was written. Name a folder that is empty or not there yet: boardsync init ./my-mappings',
      })
    }
    await mkdir(folder, { recursive: true })
    await cp(path.join(packageFolder(fileURLToPath(import.meta.url)), 'mappings'), folder, { recursive: true })
    await writeFile(path.join(path.dirname(folder), '.env.example'), ENV, { flag: 'wx' }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error
      },
    )
    output.say(`Wrote first mappings to ${folder} and an .env.example beside it`)
    output.say('Next: copy .env.example to .env and fill it in; edit the mappings; then run lint, check, pull and plan')
    if (folder !== path.resolve(house.config.mappings))
      output.say(`Set BOARDSYNC_MAPPINGS=${args[0] ?? folder} in .env, so that these mappings are used`)
    return { json: { folder } }
  },
}
