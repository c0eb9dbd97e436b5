import { distance } from 'fastest-levenshtein'

/** The known name that a person most likely meant by `name`, whatever the case; `null` when none is close. */
export function nearestName(name: string, known: Iterable<string>): string | null {
  const wanted = name.toLowerCase()
  let best: string | null = null
  let least = Math.max(2, Math.floor(name.length / 3)) + 1
  for (const candidate of known) {
    const far = distance(wanted, candidate.toLowerCase())
    if (far < least && far < Math.max(name.length, candidate.length)) {
      best = candidate
      least = far
    }
  }
  return best
}
