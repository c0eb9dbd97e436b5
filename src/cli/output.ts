import { createColors } from 'picocolors'
import { type ConfigProblem, formatConfigProblem } from '../platform/config.ts'
import { type ExitCode, Fault, formatFault } from '../platform/errors.ts'
import { formatProblem, type Problem } from '../platform/problem.ts'
import { columnsOf, fit, formatCount, pad, printable, type TerminalStream } from '../platform/terminal.ts'

export type Colors = ReturnType<typeof createColors>

/** Where a command says what it has to say. */
export interface Output {
  /** Whether `--json` was given: then standard output carries one JSON object and nothing else. */
  readonly json: boolean
  readonly colors: Colors
  /** Where progress is shown. */
  readonly progress: TerminalStream
  /** A line, or several, of the command's own result for people: on standard output, or on standard error with `--json`. */
  say(text: string): void
  /** Something beside the result: always on standard error. */
  note(text: string): void
  /** Problems, each in the form editors can jump to, on standard output like a result, with a closing count. */
  problems(problems: readonly (Problem | ConfigProblem)[]): void
  table(columns: readonly TableColumn[], rows: readonly (readonly TableCell[])[]): void
  /** From now on `rest` is called before anything is said: what moves on the terminal must come to rest above it. */
  beforeSaying(rest: () => void): void
}

export interface OutputOptions {
  readonly json: boolean
  readonly stdout: TerminalStream
  readonly stderr: TerminalStream
  readonly env: Readonly<Record<string, string | undefined>>
}

export function createOutput(options: OutputOptions): Output {
  const { json, stdout, stderr } = options
  const people = json ? stderr : stdout
  const colors = createColors(wantsColors(people, options.env))
  let rest = () => {}
  const say = (text: string) => {
    rest()
    people.write(`${text}\n`)
  }
  return {
    json,
    colors,
    progress: stderr,
    say,
    note: (text) => {
      rest()
      stderr.write(`${text}\n`)
    },
    beforeSaying: (action) => {
      rest = action
    },
    problems: (problems) => {
      for (const problem of problems) say(paintProblem(problem, colors))
      if (problems.length > 0) say(countProblems(problems))
    },
    table: (columns, rows) =>
      say(renderTable(columns, rows, { width: people.isTTY ? people.columns : undefined, colors })),
  }
}

/** Colours are for people at a terminal, and for whoever asks for them by FORCE_COLOR. */
export function wantsColors(stream: TerminalStream, env: OutputOptions['env']): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '') return env.FORCE_COLOR !== '0'
  return stream.isTTY === true && env.TERM !== 'dumb'
}

// ── problems ────────────────────────────────────────────────────────────────────────────────────────

function paintProblem(problem: Problem | ConfigProblem, colors: Colors): string {
  const text = 'file' in problem ? formatProblem(problem) : formatConfigProblem(problem)
  const lines = text.split('\n').map(printable)
  const level = problem.level === 'error' ? colors.red : colors.yellow
  const first = (lines[0] ?? '').replace(` ${problem.level} `, ` ${level(problem.level)} `)
  return [first, ...lines.slice(1).map((line) => colors.dim(line))].join('\n')
}

function countProblems(problems: readonly { readonly level: 'error' | 'warning' }[]): string {
  const errors = problems.filter((problem) => problem.level === 'error').length
  return [count(errors, 'error'), count(problems.length - errors, 'warning')].filter((part) => part !== '').join(', ')
}

function count(n: number, word: string): string {
  return n === 0 ? '' : `${formatCount(n)} ${word}${n === 1 ? '' : 's'}`
}

// ── tables ──────────────────────────────────────────────────────────────────────────────────────────

export interface TableColumn {
  readonly title: string
  /** Default: right where every cell is a number or empty. */
  readonly align?: 'left' | 'right'
}

/** `null` is an empty cell. */
export type TableCell = string | number | null

/**
 * Columns two spaces apart under their titles. Numbers get thousands separators. When the table is wider than
 * `width`, the widest text columns are cut.
 */
export function renderTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly TableCell[])[],
  options: { readonly width?: number | undefined; readonly colors?: Colors } = {},
): string {
  const texts = rows.map((row) => columns.map((_, i) => cellText(row[i] ?? null)))
  const numeric = columns.map((_, i) => rows.length > 0 && rows.every((row) => typeof (row[i] ?? 0) === 'number'))
  const widths = columns.map((column, i) =>
    Math.max(columnsOf(column.title), ...texts.map((row) => columnsOf(row[i] ?? ''))),
  )
  shrink(widths, numeric, options.width)
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => {
        const align = columns[i]?.align ?? (numeric[i] ? 'right' : 'left')
        return pad(fit(cell, widths[i] ?? 0), widths[i] ?? 0, align)
      })
      .join('  ')
      .trimEnd()
  const bold = options.colors?.bold ?? ((text: string) => text)
  return [bold(line(columns.map((column) => column.title))), ...texts.map(line)].join('\n')
}

/** Numbers are never cut: half a number is a wrong number. */
function shrink(widths: number[], numeric: readonly boolean[], width: number | undefined): void {
  if (width === undefined) return
  const NARROWEST = 8
  let over = widths.reduce((sum, one) => sum + one, 0) + 2 * (widths.length - 1) - width
  while (over > 0) {
    const candidates = widths.map((one, i) => (numeric[i] ? 0 : one))
    const widest = candidates.indexOf(Math.max(...candidates))
    const now = widths[widest] ?? 0
    if (now <= NARROWEST || candidates[widest] === 0) return
    widths[widest] = now - 1
    over -= 1
  }
}

function cellText(cell: TableCell): string {
  if (cell === null) return ''
  return typeof cell === 'number' ? formatCount(cell) : printable(cell)
}

// ── how a command ends ──────────────────────────────────────────────────────────────────────────────

export interface CommandResult {
  /** Default 0. */
  readonly exit?: ExitCode
  /** With `--json`, what standard output carries; `null` when the command has printed its object already. */
  readonly json?: object | null
}

export interface CommandHouse {
  readonly output: Output
  readonly stdout: TerminalStream
  /** Takes secrets out of what is printed. */
  redact(text: string): string
  /** Whether DEBUG asks for stacks. */
  readonly debug: boolean
}

/**
 * Runs a command to its exit code and never throws. A fault is printed as `code: message` with its hint and decides
 * the exit code; anything else that is thrown is printed as `bug`, short, with the way to the details. With `--json`
 * standard output carries exactly one object: the result, or `{error: {code, message, hint}}`.
 */
export async function runCommand(
  house: CommandHouse,
  action: (output: Output) => Promise<CommandResult | undefined>,
): Promise<ExitCode> {
  try {
    const result = await action(house.output)
    if (house.output.json && result?.json !== null) house.stdout.write(`${JSON.stringify(result?.json ?? {})}\n`)
    return result?.exit ?? 0
  } catch (error) {
    const fault = error instanceof Fault ? error : bug(error)
    const told = {
      code: fault.code,
      message: house.redact(fault.message),
      ...(fault.hint === undefined ? {} : { hint: house.redact(fault.hint) }),
    }
    house.output.note(paintFault(told, house.output.colors))
    if (house.debug) house.output.note(house.redact(stackOf(error)))
    if (house.output.json) house.stdout.write(`${JSON.stringify({ error: told })}\n`)
    return fault.exit
  }
}

function paintFault(fault: { code: string; message: string; hint?: string }, colors: Colors): string {
  const [first = '', ...rest] = formatFault(fault)
    .split('\n')
    .map((line) => printable(line).trimEnd())
  const code = colors.red(fault.code)
  return [first.replace(fault.code, () => code), ...rest.map((line) => colors.dim(line))].join('\n')
}

/** A thrown thing that is no fault is our mistake, whoever sees it. */
function bug(error: unknown): Fault {
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  const first = what.split('\n')[0] ?? ''
  return new Fault('bug', first, {
    blame: 'us',
    hint: 'This is a mistake in boardsync, not in your setup: run the command again with DEBUG=1 and report what it prints',
    cause: error,
  })
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause)}`
  return `${error.stack ?? error.message}${cause}`
}

/** Worst first: what an operator must see before anything else. */
const WORST: readonly ExitCode[] = [2, 4, 3, 75, 1, 0]

/** The exit code of a command that did several things: the worst of theirs, in the order 4, 3, 75, 1, 0. */
export function worstExit(codes: readonly ExitCode[]): ExitCode {
  return WORST.find((code) => codes.includes(code)) ?? 0
}
