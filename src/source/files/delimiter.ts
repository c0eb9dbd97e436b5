import { parse } from 'csv-parse/sync'

/** What people's programs put between cells, in the order of how sure a tie is. */
const DELIMITERS = [',', ';', '\t', '|'] as const

const LINES = 20

/**
 * The delimiter of a CSV text, from its beginning: the one that cuts the first lines into most cells, equally many on
 * each. A text of one column has `,`.
 */
export function findDelimiter(beginning: string): string {
  const scored = DELIMITERS.map((delimiter) => ({ delimiter, ...scoreOf(beginning, delimiter) }))
  const cutting = scored.filter((score) => score.cells > 1)
  const best = cutting.sort((a, b) => b.even - a.even || b.cells - a.cells)[0]
  return best?.delimiter ?? ','
}

function scoreOf(beginning: string, delimiter: string): { readonly cells: number; readonly even: number } {
  let lines: readonly (readonly string[])[]
  try {
    lines = parse(beginning, {
      delimiter,
      to: LINES + 1,
      bom: true,
      relax_quotes: true,
      relax_column_count: true,
      skip_empty_lines: true,
    })
  } catch {
    return { cells: 0, even: 0 }
  }
  // The last line may be cut off.
  const whole = lines.length > 1 ? lines.slice(0, -1) : lines
  const cells = whole[0]?.length ?? 0
  return { cells, even: whole.filter((line) => line.length === cells).length / Math.max(1, whole.length) }
}
