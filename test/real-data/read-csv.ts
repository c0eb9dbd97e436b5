import { readFileSync } from 'node:fs'

/** Rows of a CSV file by header, every value as text; no library that boardsync or its sandbox reads CSV with. */
export function readCsv(file: string): Readonly<Record<string, string>>[] {
  const text = readFileSync(file, 'utf8').replace(/^\ufeff/, '')
  const lines: string[][] = []
  let line: string[] = []
  let cell = ''
  let isQuoted = false
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string
    if (isQuoted) {
      if (char !== '"') cell += char
      else if (text[at + 1] === '"') cell += text[++at]
      else isQuoted = false
    } else if (char === '"') isQuoted = true
    else if (char === ',') {
      line.push(cell)
      cell = ''
    } else if (char === '\n') {
      lines.push([...line, cell.replace(/\r$/, '')])
      line = []
      cell = ''
    } else cell += char
  }
  if (cell !== '' || line.length > 0) lines.push([...line, cell])
  const [header = [], ...rows] = lines
  return rows
    .filter((row) => row.length > 1)
    .map((row) => Object.fromEntries(header.map((name, place) => [name, row[place] ?? ''])))
}
