import type { SideEffects } from './engine.ts'

/** Counts writes that took effect, from 1, in the order in which they were recorded. */
export function createSideEffects(): SideEffects {
  const effects: { readonly n: number; readonly operation: string; readonly detail: string }[] = []
  return {
    record(operation, detail) {
      const n = effects.length + 1
      effects.push({ n, operation, detail })
      return n
    },
    count: () => effects.length,
    list: () => effects,
  }
}
