import { Command, CommanderError } from 'commander'
import { COMMANDS } from './commands.ts'
import { createOutput, runCommand } from './output.ts'
import { openHouse } from './wire.ts'

/** Runs a command line to its exit code. What commands there are stands in `commands.ts`, one file each under `commands/`. */
export async function runProgram(argv: readonly string[]): Promise<number> {
  let exit = 0
  const program = new Command('boardsync')
    .description(
      'Keeps monday.com boards showing one funnel, computed from your CRM, through declarative field mappings',
    )
    .version('0.1.0')
    .option('--json', 'print one JSON object on standard output')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text) })
    .showHelpAfterError('Run it with --help to see what it takes')
    .showSuggestionAfterError()
  for (const { name, description, args, options, examples, run } of COMMANDS) {
    const command = program.command(`${name}${args === undefined ? '' : ` ${args}`}`).description(description)
    command.option('--json', 'print one JSON object on standard output')
    for (const [flags, text] of options ?? []) command.option(flags, text)
    if (examples !== undefined)
      command.addHelpText('after', `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}`)
    command.exitOverride().action(async () => {
      const given = command.optsWithGlobals<Record<string, unknown>>()
      const output = createOutput({
        json: given.json === true,
        stdout: process.stdout,
        stderr: process.stderr,
        env: process.env,
      })
      const house = openHouse(process.env, { quiet: name !== 'start' })
      exit = await runCommand(
        {
          output,
          stdout: process.stdout,
          redact: (text) => house.redactor.text(text),
          debug: (process.env.DEBUG ?? '') !== '',
        },
        () => run({ house, output, args: command.args, options: given }),
      )
    })
  }
  try {
    await program.parseAsync(argv)
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? 0 : 2
  }
  return exit
}
