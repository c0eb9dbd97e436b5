import type { Feature } from './demand-records.ts'

/** The features that requests and usage name, found by id, name or alias. */
export interface Catalogue {
  /**
   * The feature that a text means: by id; else by name or alias, whatever the case and punctuation. `undefined` when none does,
   * or several do: nobody guesses.
   */
  find(text: string): Feature | undefined
  /** Every name and alias as it is compared, with the id it means; several ids: it means none. */
  readonly names: ReadonlyMap<string, readonly string[]>
}

export function createCatalogue(features: ReadonlyMap<string, Feature>): Catalogue {
  const names = new Map<string, string[]>()
  for (const feature of features.values()) {
    for (const name of [feature.name ?? '', ...(feature.aliases ?? '').split(',')]) {
      const key = comparable(name)
      const ids = names.get(key) ?? []
      if (key !== '' && !ids.includes(feature.id)) names.set(key, [...ids, feature.id].sort())
    }
  }
  return {
    names,
    find(text) {
      const byId = features.get(text)
      if (byId !== undefined) return byId
      const [id, other] = names.get(comparable(text)) ?? []
      return id === undefined || other !== undefined ? undefined : features.get(id)
    },
  }
}

/** The same few names come with every week of use. */
const compared = new Map<string, string>()
const MOST_COMPARED = 10_000

/** `Single sign-on`, `single_sign_on` and `SINGLE SIGN ON` are one name. */
export function comparable(name: string): string {
  let found = compared.get(name)
  if (found === undefined) {
    found = name
      .normalize('NFKC')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, ' ')
      .trim()
    if (compared.size >= MOST_COMPARED) compared.clear()
    compared.set(name, found)
  }
  return found
}

/** The context entry of what a name means: whoever looked for it is derived again when that changes. */
export function nameEntry(name: string): string {
  return `feature-name:${comparable(name)}`
}
