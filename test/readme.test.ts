import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { loadCommands } from '../src/cli/commands.ts'
import { readConfig } from '../src/platform/config.ts'
import { SERVICE_VARIABLES } from '../src/platform/services.ts'

const COMMANDS = await loadCommands()

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

/** The first cells of the table under a heading. */
function firstCells(heading: string): string[] {
  const section = README.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  return [...section.matchAll(/^\| (`.*?) \|/gm)].map((match) => match[1] ?? '')
}

describe('the README', () => {
  test('lists every command, in the order of --help, and no other', () => {
    const listed = firstCells('Commands').map((cell) => cell.slice(1).split(/[ `]/)[0])
    expect(listed).toEqual(COMMANDS.map((command) => command.name))
  })

  test('says of each command what --help says of it', () => {
    for (const { name, summary } of COMMANDS)
      expect(README.split('\n').filter((line) => line.startsWith(`| \`${name}`))).toEqual([
        expect.stringMatching(new RegExp(`\` \\| ${summary.replaceAll('.', '\\.')} \\|$`)),
      ])
  })

  test('lists every variable that is read, and no other', () => {
    const listed = firstCells('Environment').flatMap((cell) =>
      [...cell.matchAll(/`([A-Z_]+)`/g)].map((match) => match[1] ?? ''),
    )
    const { problems } = readConfig({ BOARDSYNC_NO_SUCH_VARIABLE_AT_ALL: 'x' }, { readFile: () => '' })
    const known = (problems[0]?.hint ?? '').match(/[A-Z_]{6,}/g) ?? []
    expect(known.length).toBeGreaterThan(10)
    // DEBUG is the one that has no prefix of ours and is read where a command ends; of databases any name will do.
    expect(listed.toSorted()).toEqual(
      [
        'DEBUG',
        'USAGE_DATABASE_URL',
        ...SERVICE_VARIABLES,
        ...known.filter((name) => !name.endsWith('_FILE')),
      ].toSorted(),
    )
  })

  test('names only files and folders that exist', () => {
    const links = [...README.matchAll(/\]\(([^)#:]+)\)/g)].map((match) => match[1] ?? '')
    expect(links.length).toBeGreaterThan(4)
    for (const link of links) expect(() => readFileSync(new URL(`../${link}`, import.meta.url)), link).not.toThrow()
  })
})
