import { OUR_WORDS } from '../board/board.ts'
import { type Definition, definitionsBehind, versionText } from '../domain/definitions/definitions.ts'
import type { ColumnMapping } from '../mapping/mapping.ts'

/** Nowhere is it documented how long a description may be; so much is shown of one. */
const LONGEST = 255

/**
 * What is written at a column: the definitions in force of the numbers it shows, each with version and date.
 * `undefined` where it shows none that people argue about.
 */
export function describeColumn(
  { reads }: Pick<ColumnMapping, 'reads'>,
  definitions: readonly Definition[],
): string | undefined {
  const found = new Set(reads.flatMap((path) => definitionsBehind(path, definitions)))
  let text: string | undefined
  const most = LONGEST - OUR_WORDS.length
  for (const definition of found) {
    const tail = ` (${versionText(definition)})`
    const next = text === undefined ? fit(definition.sentence, most - tail.length) + tail : undefined
    const longer = next ?? `${text} ${definition.sentence}${tail}`
    if (longer.length <= most) text = longer
  }
  return text === undefined ? undefined : text + OUR_WORDS
}

function fit(sentence: string, length: number): string {
  if (sentence.length <= length) return sentence
  const cut = sentence.slice(0, length - 1)
  return `${cut.slice(0, cut.lastIndexOf(' '))}…`
}
