import type { Store } from '../../src/store/store.ts'

/**
 * The same store for a process that dies at the nth call to it, or to some of its methods: neither that call nor any
 * later one is carried out.
 */
export function dyingAt(
  store: Store,
  nth: number,
  counted?: readonly (keyof Store)[],
): { readonly store: Store; readonly died: () => string | null } {
  let calls = 0
  let died: string | null = null
  const dying = new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function') return member
      return (...args: unknown[]) => {
        if (counted === undefined || counted.includes(name as keyof Store)) calls += 1
        if (calls < nth) return member.apply(target, args)
        died ??= String(name)
        throw new Error(`The process died before ${died}`)
      }
    },
  })
  return { store: dying, died: () => died }
}
