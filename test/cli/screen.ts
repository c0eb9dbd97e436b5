import type { TerminalStream } from '../../src/platform/terminal.ts'

/** A terminal that understands what the program sends, and shows what a person would see. */
export class Screen implements TerminalStream {
  readonly isTTY = true
  readonly columns: number
  readonly rows: number
  cursorHidden = false
  #lines: string[] = ['']
  #row = 0

  constructor(columns = 80, rows = 24) {
    this.columns = columns
    this.rows = rows
  }

  write(text: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
    for (const [part] of text.matchAll(/\x1b\[[?\d;]*[A-Za-z]|\n|\r|[^\x1b\n\r]+/g)) this.#take(part)
  }

  #take(part: string): void {
    if (part === '\n') {
      this.#row += 1
      this.#lines[this.#row] ??= ''
    } else if (part === '\x1b[0J') this.#lines.splice(this.#row, Number.POSITIVE_INFINITY, '')
    else if (part === '\x1b[?25l') this.cursorHidden = true
    else if (part === '\x1b[?25h') this.cursorHidden = false
    else if (part.startsWith('\x1b[') && part.endsWith('A')) this.#row -= Number(part.slice(2, -1))
    else if (!part.startsWith('\x1b') && part !== '\r') {
      if (part.length > this.columns) throw new Error(`"${part}" is wider than the terminal`)
      this.#lines[this.#row] += part
    }
    if (this.#row < 0) throw new Error('The cursor left the screen')
  }

  /** What stands on the screen, without empty lines at the end. */
  get text(): string {
    return this.#lines.join('\n').trimEnd()
  }
}

/** A stream that is no terminal and keeps what is written. */
export class Paper implements TerminalStream {
  text = ''
  write(text: string): void {
    this.text += text
  }
}
