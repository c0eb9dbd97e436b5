import { stripVTControlCharacters } from 'node:util'

/** As much of an output stream as this program needs to know. */
export interface TerminalStream {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  readonly rows?: number | undefined
}

/**
 * Text as it may be shown on a terminal: escape sequences are taken out and other control characters, line breaks
 * included, become a space, so that what a CRM holds cannot move the cursor or change what stands above it.
 */
export function printable(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/\p{Cc}+/gu, ' ')
    .replaceAll(/[\u202a-\u202e\u2066-\u2069]/g, '')
}

const SEGMENTS = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** Characters of East Asian scripts and pictures take two columns. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u

/** How many columns a text takes, escape sequences not counted. */
export function columnsOf(text: string): number {
  const plain = stripVTControlCharacters(text)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of plain characters begins with them
  if (/^[\x00-\x7f]*$/.test(plain)) return plain.length
  let columns = 0
  for (const { segment } of SEGMENTS.segment(plain)) columns += WIDE.test(segment) ? 2 : 1
  return columns
}

/** The text cut to so many columns, `…` at the end when something is missing. Colours are lost where it is cut. */
export function fit(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text
  let taken = ''
  let used = 0
  for (const { segment } of SEGMENTS.segment(stripVTControlCharacters(text))) {
    const next = columnsOf(segment)
    if (used + next > columns - 1) break
    taken += segment
    used += next
  }
  return columns < 1 ? '' : `${taken.trimEnd()}…`
}

/** Filled up with spaces to so many columns. */
export function pad(text: string, columns: number, align: 'left' | 'right' = 'left'): string {
  const spaces = ' '.repeat(Math.max(0, columns - columnsOf(text)))
  return align === 'left' ? text + spaces : spaces + text
}

const COUNT = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 })

/** `24,710`. */
export function formatCount(value: number): string {
  return COUNT.format(value)
}

/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatDuration(ms: number): string {
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** A bar of `columns` columns, filled to `share` (0..1) in steps of an eighth of a column. */
export function bar(share: number, columns: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * columns * 8)
  const filled = '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '')
  return pad(filled, columns)
}

/** Lines at the end of a terminal's output that are drawn again in place. */
export interface LiveBlock {
  /** Draws these lines in place of those drawn before. */
  draw(lines: readonly string[]): void
  /** Prints text above the block, where it stays. */
  above(text: string): void
  /** Leaves the lines as they are and gives the cursor back. */
  end(): void
}

const HIDE_CURSOR = '\x1b[?25l'
const SHOW_CURSOR = '\x1b[?25h'
const CLEAR_TO_END = '\x1b[0J'
/** Terminals that know it show everything between the two at once; others ignore it. */
const BEGIN_UPDATE = '\x1b[?2026h'
const END_UPDATE = '\x1b[?2026l'

/**
 * A live block on a terminal. Lines are cut to the terminal's width; of more lines than the terminal has rows only
 * the last are shown. `onExit` is told, once, what to call when the process ends without `end`.
 */
export function createLiveBlock(stream: TerminalStream, onExit: (restore: () => void) => void = () => {}): LiveBlock {
  let drawn: readonly string[] = []
  let open = false
  let promised = false
  const end = () => {
    if (open) stream.write(SHOW_CURSOR)
    open = false
    drawn = []
  }
  const back = () => (drawn.length === 0 ? '' : `\x1b[${drawn.length}A\r${CLEAR_TO_END}`)
  const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('')
  return {
    draw(lines) {
      if (!promised) onExit(end)
      promised = true
      const fitted = lines.slice(-Math.max(1, (stream.rows ?? 24) - 1)).map((line) => fit(line, stream.columns ?? 80))
      stream.write(`${BEGIN_UPDATE}${open ? '' : HIDE_CURSOR}${back()}${text(fitted)}${END_UPDATE}`)
      open = true
      drawn = fitted
    },
    above(more) {
      stream.write(`${BEGIN_UPDATE}${back()}${more.replace(/\n*$/, '\n')}${text(drawn)}${END_UPDATE}`)
    },
    end,
  }
}
