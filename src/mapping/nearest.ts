import { distance } from 'fastest-levenshtein'

/**
 * The known names a person most likely meant by `name`, best first, at most three; none when nothing is close.
 * A name that differs in case alone comes first.
 */
export function nearestNames(name: string, known: Iterable<string>): string[] {
  const wanted = name.toLowerCase()
  const names = [...new Set(known)]
  const limit = Math.max(2, Math.floor(name.length / 3))
  const near = names
    .map((candidate) => ({ candidate, far: farApart(wanted, candidate) }))
    .filter(({ candidate, far }) => far <= limit && far < Math.max(name.length, candidate.length))
    .sort((a, b) => a.far - b.far || compareText(a.candidate, b.candidate))
    .filter(({ far }, _, [best]) => far <= (best?.far ?? 0) + 0.5)
    .slice(0, 3)
    .map(({ candidate }) => candidate)
  return near.length > 0 || wanted.length < 4 ? near : names.filter((other) => isAkin(wanted, other)).slice(0, 3)
}

/** Names that begin alike (`closeDate`, `closeOn`) or of which one holds the other (`green`, `done-green`). */
function isAkin(wanted: string, name: string): boolean {
  const other = name.toLowerCase()
  if (other.length < 4) return false
  let alike = 0
  while (alike < wanted.length && wanted[alike] === other[alike]) alike += 1
  return other.includes(wanted) || wanted.includes(other) || (alike >= 4 && alike * 2 >= wanted.length)
}

/** `Did you mean "stage"? Fields: amount, arr, stage` with as many known names as a person can take in. */
export function didYouMean(name: string, known: Iterable<string>, noun: string): string {
  const names = [...new Set(known)]
  const near = nearestNames(name, names)
  const listed = names.length > 24 ? `${names.slice(0, 24).join(', ')}, …` : names.join(', ')
  const all = names.length === 0 ? `There are no ${noun} here` : `${capital(noun)}: ${listed}`
  return near.length === 0 ? all : `Did you mean ${near.map((n) => `"${n}"`).join(' or ')}? ${all}`
}

/** Order by code units: the same on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function farApart(wanted: string, candidate: string): number {
  const plain = candidate.toLowerCase()
  if (plain === wanted) return 0
  const last = plain.slice(plain.lastIndexOf('.') + 1)
  const onlyLastPart = last !== plain && last === wanted ? 1 : Number.POSITIVE_INFINITY
  return Math.min(editsApart(wanted, plain), onlyLastPart)
}

/** How many slips of the hand lie between two words: two neighbouring letters exchanged are one, though two edits. */
export function editsApart(a: string, b: string): number {
  const whole = distance(a, b)
  return whole === 2 && sameLetters(a, b) ? 1 : whole
}

function sameLetters(a: string, b: string): boolean {
  return a.length === b.length && [...a].sort().join('') === [...b].sort().join('')
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
