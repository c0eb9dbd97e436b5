/** Free text (a team, an id of a source) as one part of a key whose parts are joined by `|`; nothing is `-`. */
export function keyPart(text: string | undefined): string {
  if (text === undefined) return '-'
  return `=${text.replaceAll('%', '%25').replaceAll('|', '%7C')}`
}

/** Reads what `keyPart` wrote. */
export function readKeyPart(part: string): string | undefined {
  return part === '-' ? undefined : part.slice(1).replaceAll('%7C', '|').replaceAll('%25', '%')
}
