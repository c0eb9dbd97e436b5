import { Command, CommanderError } from 'commander'
import { Fault } from '../platform/errors.ts'
import type { TerminalStream } from '../platform/terminal.ts'
import { loadCommands } from './commands.ts'
import { createOutput, type Output, runCommand } from './output.ts'
import { openHouse } from './wire.ts'

const AFTER = `
The way to go: init, lint, check, pull, plan, apply; then start. Each says more with --help.
Exit codes: 0 done, 1 problems found, 2 wrong usage, 3 some changes not applied, 4 refused as unsafe, 75 try later.
The README lists the variables of the environment; a file .env beside you is read, too.`

/** What a program is started with. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdout: TerminalStream
  readonly stderr: TerminalStream
}

/** Runs a command line to its exit code. What commands there are stands in `commands.ts`, one file each under `commands/`. */
export async function runProgram(argv: readonly string[], surroundings: Surroundings = process): Promise<number> {
  const { env, stdout, stderr } = surroundings
  const outputFor = (json: boolean): Output => createOutput({ json, stdout, stderr, env })
  let exit = 0
  let asked = ''
  const program = new Command('boardsync')
    .description(
      'Keeps monday.com boards showing one funnel, computed from your CRM, through declarative field mappings',
    )
    .version('0.1.0')
    .usage('<command> [options]')
    .option('--json', 'print one JSON object on standard output')
    .helpCommand('help [command]', 'what a command takes')
    .addHelpText('after', AFTER)
    .configureHelp({ subcommandTerm: termOf })
    .exitOverride()
    // Said by us, as every other error.
    .configureOutput({ outputError: () => {} })
    .showSuggestionAfterError()
  const named = argv.slice(2).find((arg) => !arg.startsWith('-'))
  for (const { name, summary, description, args, options, examples, run } of await loadCommands(named)) {
    const command = program.command(`${name}${args === undefined ? '' : ` ${args}`}`)
    command.description(description).summary(summary.replaceAll('`', ''))
    for (const [flags, text] of options ?? []) command.option(flags, text)
    command.option('--json', 'print one JSON object on standard output')
    if (examples !== undefined)
      command.addHelpText('after', `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}`)
    command.exitOverride((error) => {
      asked = name
      throw error
    })
    command.action(async () => {
      const given = command.optsWithGlobals<Record<string, unknown>>()
      const output = outputFor(given.json === true)
      const house = openHouse(env, { quiet: name !== 'start' })
      exit = await runCommand(
        {
          output,
          stdout,
          redact: (text) => house.redactor.text(text),
          debug: (env.DEBUG ?? '') !== '',
        },
        () => run({ house, output, args: command.args, options: given }),
      )
    })
  }
  try {
    await program.parseAsync(argv)
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return 0
    const output = outputFor(argv.includes('--json'))
    const house = { output, stdout, redact: (text: string) => text, debug: false }
    return runCommand(house, () => Promise.reject(usageFault(error, asked)))
  }
  return exit
}

/** Every command has options: to say so of each would only push the words apart. */
function termOf(command: Command): string {
  const args = command.registeredArguments.map((arg) => {
    const name = `${arg.name()}${arg.variadic ? '...' : ''}`
    return arg.required ? `<${name}>` : `[${name}]`
  })
  return [command.name(), ...args].join(' ')
}

/** Wrong usage, told as every other error is; the help of a bare `boardsync` was printed already. */
function usageFault(error: CommanderError, command: string): Fault {
  const [first = '', suggestion = ''] = error.message.replace(/^error: /, '').split('\n')
  const bare = error.code === 'commander.help'
  const message = bare ? 'no command was given' : first.replaceAll("'", '"')
  const near = /\(Did you mean (.*)\?\)/.exec(suggestion)?.[1]
  const help = `boardsync ${command === '' ? '' : `${command} `}--help`
  return new Fault('usage', `${message.charAt(0).toUpperCase()}${message.slice(1)}`, {
    blame: 'operator',
    exit: 2,
    hint: `${near === undefined ? '' : `Did you mean "${near}"? `}Run ${help} to see what there is`,
  })
}
