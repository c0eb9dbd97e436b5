import {
  bar,
  columnsOf,
  createLiveBlock,
  formatCount,
  formatDuration,
  type LiveBlock,
  pad,
  printable,
  type TerminalStream,
} from '../platform/terminal.ts'
import type { SyncEvent } from '../sync/events.ts'
import type { Colors } from './output.ts'
import { costBefore } from './say-cost.ts'

/** Shows a run to whoever watches it. */
export interface Progress {
  /** Takes what the run tells. */
  readonly event: (event: SyncEvent) => void
  /** Prints text above what is going on. */
  above(text: string): void
  /** Leaves the last state standing. A next event begins a new block below. */
  end(): void
}

export interface ProgressOptions {
  readonly stream: TerminalStream
  readonly colors: Colors
  /** Milliseconds that only go forward. */
  now(): number
  /** Told what to call when the process ends in the middle, so that the cursor comes back. */
  onExit?(restore: () => void): void
}

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const FRAME_MS = 80
const BAR_COLUMNS = 20

interface Row {
  readonly title: string
  state: 'active' | 'done' | 'failed'
  /** 0..1, where the end is known. */
  share: number | null
  /** What it is about now: counts, rates, the step. */
  detail: string
}

/**
 * On a terminal: a row per source object with counts and rate, one for what is derived, one per board with a bar,
 * drawn again in place. Elsewhere: one plain line when a step is done or has failed, nothing in between.
 */
export function createProgress(options: ProgressOptions): Progress {
  return options.stream.isTTY ? new LiveProgress(options) : new PlainProgress(options.stream)
}

class PlainProgress implements Progress {
  readonly #stream: TerminalStream
  constructor(stream: TerminalStream) {
    this.#stream = stream
  }
  readonly event = (event: SyncEvent): void => {
    const row = rowOf(event)
    if (row === null || row.state === 'active') return
    this.above(`${row.title}: ${row.state === 'failed' ? `failed: ${brief(row.detail)}` : row.detail}`)
  }
  above(text: string): void {
    this.#stream.write(`${text}\n`)
  }
  end(): void {}
}

/** The whole of it is said at the end of the command. */
function brief(message: string): string {
  return message.length > LONGEST_LINE ? `${message.slice(0, LONGEST_LINE)}…` : message
}

const LONGEST_LINE = 200

class LiveProgress implements Progress {
  readonly #options: ProgressOptions
  readonly #block: LiveBlock
  readonly #rows = new Map<string, Row>()
  #timer: NodeJS.Timeout | null = null
  #ended = false

  constructor(options: ProgressOptions) {
    this.#options = options
    this.#block = createLiveBlock(options.stream, options.onExit)
  }

  readonly event = (event: SyncEvent): void => {
    const row = rowOf(event)
    if (row === null) return
    // Words for a person to read, more of them than fit into a row: they stay above, whole.
    if (event.on === 'cost') {
      this.above(folded(`${row.title}: ${row.detail}`, this.#options.stream.columns ?? 80))
      return
    }
    // A step that says nothing of a bar keeps the one it had.
    const before = this.#rows.get(row.title)
    // A board is planned once more to prove that nothing is left; only what is sent then is news.
    if (before?.state === 'done' && event.on === 'board' && row.state === 'active' && row.share === null) return
    this.#rows.set(row.title, { ...row, share: row.share ?? (row.state === 'active' ? (before?.share ?? null) : null) })
    if (this.#timer !== null) return
    this.#draw()
    this.#timer = setInterval(() => this.#draw(), FRAME_MS)
    this.#timer.unref()
  }

  above(text: string): void {
    this.#block.above(text)
  }

  end(): void {
    if (this.#timer === null) return
    clearInterval(this.#timer)
    this.#timer = null
    // A step that was only begun (a plan that is shown, a run that was stopped) says nothing when all is over.
    for (const row of [...this.#rows.values()])
      if (row.state === 'active' && row.share === null) this.#rows.delete(row.title)
    this.#ended = true
    this.#draw()
    this.#ended = false
    this.#block.end()
    this.#rows.clear()
  }

  #draw(): void {
    const titleColumns = Math.max(...[...this.#rows.keys()].map(columnsOf))
    this.#block.draw(this.#shown().map((row) => this.#line(row, titleColumns)))
  }

  /** When there are more rows than the terminal has, finished ones go first: what moves stays in sight. */
  #shown(): Row[] {
    const rows = [...this.#rows.values()]
    let over = rows.length - Math.max(3, (this.#options.stream.rows ?? 24) - 2)
    return rows.filter((row) => {
      if (over <= 0 || row.state !== 'done') return true
      over -= 1
      return false
    })
  }

  #line(row: Row, titleColumns: number): string {
    const { colors } = this.#options
    const spinner = SPINNER[Math.floor(this.#options.now() / FRAME_MS) % SPINNER.length] ?? ''
    const mark =
      row.state === 'done'
        ? colors.green('✓')
        : row.state === 'failed'
          ? colors.red('✗')
          : this.#ended
            ? colors.dim('·')
            : colors.cyan(spinner)
    const filled = row.share === null ? '' : `${colors.cyan(bar(row.share, BAR_COLUMNS))} `
    const detail = row.state === 'failed' ? colors.red(row.detail) : row.detail
    return `${mark} ${colors.bold(pad(row.title, titleColumns))}  ${filled}${detail}`
  }
}

/** Broken between words, so that no line is longer than the terminal is wide; those that follow are set in. */
function folded(text: string, columns: number): string {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? ''
    if (line.trim() === '') lines[lines.length - 1] = line + word
    else if (columnsOf(line) + 1 + columnsOf(word) <= columns) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(`  ${word}`)
  }
  return lines.join('\n')
}

/** What an event says, in words; `null` for events nobody needs to see. */
function rowOf(event: SyncEvent): Row | null {
  switch (event.on) {
    case 'source': {
      const title = printable(`${event.source} ${event.object}`)
      if (event.is === 'failed') return { title, state: 'failed', share: null, detail: printable(event.message) }
      if (event.is === 'absent') return { title, state: 'done', share: null, detail: 'optional, and not there' }
      const perSecond = event.ms < 200 ? '' : ` · ${formatCount(Math.round((event.read / event.ms) * 1000))}/s`
      const detail = `${formatCount(event.read)} read · ${requests(event.requests)}${perSecond}`
      return event.is === 'done'
        ? { title, state: 'done', share: null, detail: `${detail} · ${formatDuration(event.ms)}` }
        : { title, state: 'active', share: null, detail }
    }
    case 'cost':
      return { title: printable(event.source), state: 'done', share: null, detail: costBefore(event) }
    case 'sweep': {
      const title = printable(`${event.source} ${event.object}`)
      const detail = `${formatCount(event.records)} swept · ${requests(event.requests)}`
      return { title, state: 'active', share: null, detail }
    }
    case 'remap': {
      const title = printable(`${event.source} ${event.object}`)
      const detail = `${formatCount(event.records)} mapped again, since the mapping changed`
      return { title, state: 'done', share: null, detail }
    }
    case 'derive': {
      const [done, of] = [formatCount(event.dossiers), formatCount(event.of)]
      return event.is === 'done'
        ? {
            title: 'derive',
            state: 'done',
            share: null,
            detail: `${plural(event.dossiers, 'dossier')} · ${formatDuration(event.ms)}`,
          }
        : {
            title: 'derive',
            state: 'active',
            share: part(event.dossiers, event.of),
            detail: `${done} of ${of} dossiers`,
          }
    }
    case 'map':
      return {
        title: printable(event.board),
        state: 'active',
        share: null,
        detail: `${formatCount(event.items)} items mapped`,
      }
    case 'board':
      return boardRow(event)
  }
}

function boardRow(event: Extract<SyncEvent, { on: 'board' }>): Row {
  const title = printable(event.board)
  switch (event.is) {
    case 'failed':
      return { title, state: 'failed', share: null, detail: printable(event.message) }
    case 'applying': {
      const [done, of] = [formatCount(event.done), formatCount(event.of)]
      return {
        title,
        state: 'active',
        share: part(event.done, event.of),
        detail: `${done} of ${of} changes · ${calls(event.calls)}`,
      }
    }
    case 'done': {
      const changes = event.changes === 0 ? 'nothing to change' : plural(event.changes, 'change')
      return {
        title,
        state: 'done',
        share: null,
        detail: `${changes} · ${calls(event.calls)} · ${formatDuration(event.ms)}`,
      }
    }
    default: {
      const detail = event.detail === '' ? event.is : `${event.is}: ${printable(event.detail)}`
      return { title, state: 'active', share: null, detail }
    }
  }
}

function part(done: number, of: number): number {
  return of === 0 ? 1 : done / of
}

function requests(n: number): string {
  return plural(n, 'request')
}

function calls(n: number): string {
  return plural(n, 'call')
}

function plural(n: number, word: string): string {
  return `${formatCount(n)} ${word}${n === 1 ? '' : 's'}`
}
