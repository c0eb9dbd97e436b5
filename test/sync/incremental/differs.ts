import fc from 'fast-check'
import { livedInMemory } from './in-memory.ts'
import { livedInStore } from './in-store.ts'
import { type Edit, FEW, type Life, lives } from './life.ts'

/** Without a store, which is quick, or through a store, which is all that a pull does. */
export type Way = 'memory' | 'store'

/** A life at whose end what was derived of what changed is not what is derived from scratch. */
export interface Difference {
  readonly seed: number
  readonly way: Way
  /** The shortest life found that differs. */
  readonly life: Life
  readonly sentences: readonly string[]
}

/** Pulls of a life: through a store each takes longer. */
const PULLS: Readonly<Record<Way, number>> = { memory: 20, store: 12 }
const SENTENCES = 10
/** How long a shorter life is looked for. */
const SHORTENING_MS = 30_000

/** Lives the life of a seed; `null`: nothing differs. The same seed gives the same life. */
export async function differs(seed: number, way: Way): Promise<Difference | null> {
  let last: string[] = []
  const live = async (life: Life) => {
    const sentences = await (way === 'memory' ? livedInMemory(life) : livedInStore(life))
    if (sentences.length > 0) last = sentences
    return sentences.length === 0
  }
  const { counterexample, errorInstance } = await fc.check(fc.asyncProperty(lives(PULLS[way]), live), {
    ...{ seed, numRuns: 1 },
    interruptAfterTimeLimit: SHORTENING_MS,
  })
  if (counterexample === null) return null
  const thrown = errorInstance instanceof Error ? (errorInstance.stack ?? errorInstance.message) : undefined
  return { seed, way, life: counterexample[0], sentences: thrown === undefined ? last : [thrown] }
}

/** The difference in words, with the command that repeats it. */
export function sayDifference({ seed, way, life, sentences }: Difference): string {
  const more = sentences.length - SENTENCES
  return [
    `Seed ${seed}: what was derived of what changed is not what is derived from scratch`,
    ...sentences.slice(0, SENTENCES).map((sentence) => `  ${sentence}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
    `  The shortest life found: ${life.closing}${life.model}`,
    ...life.edits.map((edit) => `    ${sayEdit(edit)}`),
    `  node scripts/incremental.ts --runs 1 --from ${seed}${way === 'store' ? ' --store' : ''}`,
  ].join('\n')
}

/** Of a whole record without fields that hold nothing. */
function sayEdit(edit: Edit): string {
  if (edit.do !== 'put' || Object.keys(edit.fields).length <= FEW) return JSON.stringify(edit)
  const fields = Object.entries(edit.fields).filter(([, text]) => text !== null)
  return JSON.stringify({ ...edit, fields: Object.fromEntries(fields) })
}
