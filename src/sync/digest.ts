import { createHash } from 'node:crypto'

/** Tells texts apart, in order. */
export function digestOf(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\u0000')).digest('hex').slice(0, 16)
}
