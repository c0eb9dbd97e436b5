/**
 * Which accounts of several sources are one company.
 *
 * Pure, and looks at nothing but the accounts that share keys with the one in question: so a change costs what it touches.
 */

/** A way to find that two accounts are one: the id of one is stored in the other, or they have one registered domain. */
export const MATCH_WAYS = ['id', 'domain'] as const
export type MatchWay = (typeof MATCH_WAYS)[number]

/** What the mappings say about identity. */
export interface IdentityRules {
  /** Sources that deliver accounts, the leading one first: an account stands for one of a source before its own. */
  readonly order: readonly string[]
  /** By source, the ways in which its accounts look for those of sources before it, in the order they are tried. */
  readonly ways: Readonly<Record<string, readonly MatchWay[]>>
  /** What a person said: ids that are one company, the one that leads last known by `order`. */
  readonly same: readonly (readonly [AccountName, AccountName])[]
  /** Ids that are two companies, whatever the rules say. */
  readonly different: readonly (readonly [AccountName, AccountName])[]
  /** Whether records name accounts by domain (`domain:acme.com`) where they know no id. */
  readonly byDomain: boolean
}

/** An account by the source and that source's own id. */
export interface AccountName {
  readonly source: string
  readonly id: string
}

/** An account, or a name of one that nobody delivered but records hang on. */
export interface AccountNode {
  readonly id: string
  /** `null`: nobody delivered it. */
  readonly source: string | null
  readonly keys: readonly string[]
}

export type Verdict =
  | { readonly is: 'itself' }
  | { readonly is: 'same'; readonly as: string; readonly by: string }
  /** Several would do, which are told; nobody guesses. */
  | { readonly is: 'conflict'; readonly candidates: readonly string[]; readonly by: string }

/** The key of an account under the id that a source knows it by. */
export function idKey(source: string, id: string): string {
  return `id:${source}:${id}`
}

export function domainKey(domain: string): string {
  return `domain:${domain}`
}

export function wayOf(key: string): MatchWay {
  return key.startsWith('id:') ? 'id' : 'domain'
}

/** Names that records may hang on though nobody delivered such an account, of a key: `domain:acme.com`, or the id itself. */
export function nameOf(key: string): string {
  return wayOf(key) === 'domain' ? key : key.slice(key.indexOf(':', 3) + 1)
}

/**
 * What one account stands for, given those that share a key with it and what each of them stands for (`headOf`).
 *
 * What a person said wins. Then the ways of its source are tried in their order: candidates of sources before it that share
 * a key count as what they stand for; one candidate is it, several are a conflict, and no further way is tried; none, and
 * the next way is. A name that nobody delivered takes the accounts of any source, by id and then by domain.
 */
export function identify(
  node: AccountNode,
  sharing: readonly AccountNode[],
  headOf: (id: string) => string,
  rules: IdentityRules,
): Verdict {
  const rank = rankOf(node, rules)
  const said = saidOf(node, sharing, headOf, rules)
  if (said !== null) return said
  const ways = node.source === null ? MATCH_WAYS : (rules.ways[node.source] ?? [])
  const apart = new Set(
    rules.different.flatMap(([a, b]) => (isNamed(node, a) ? [b.id] : isNamed(node, b) ? [a.id] : [])),
  )
  for (const way of ways) {
    const own = node.keys.filter((key) => wayOf(key) === way)
    const heads = new Map<string, string>()
    for (const other of sharing) {
      if (other.id === node.id || other.source === null || rankOf(other, rules) >= rank) continue
      const head = headOf(other.id)
      if (apart.has(other.id) || apart.has(head) || head === node.id) continue
      const key = own.find((one) => other.keys.includes(one))
      if (key !== undefined && !heads.has(head)) heads.set(head, key)
    }
    const [first, ...others] = [...heads].sort(([a], [b]) => (a < b ? -1 : 1))
    if (first === undefined) continue
    if (others.length === 0) return { is: 'same', as: first[0], by: first[1] }
    return { is: 'conflict', candidates: [first, ...others].map(([id]) => id), by: first[1] }
  }
  return { is: 'itself' }
}

/** Explicit pairs: the one of the earlier source leads. */
function saidOf(
  node: AccountNode,
  sharing: readonly AccountNode[],
  headOf: (id: string) => string,
  rules: IdentityRules,
): Verdict | null {
  const rank = rankOf(node, rules)
  const targets = new Set<string>()
  for (const [a, b] of rules.same) {
    const other = isNamed(node, a) ? b : isNamed(node, b) ? a : null
    if (other === null || placeIn(rules, other.source) >= rank) continue
    if (sharing.some((one) => isNamed(one, other))) targets.add(headOf(other.id))
  }
  const [first, ...others] = [...targets].sort()
  if (first === undefined || first === node.id) return null
  const by = 'identity.yaml'
  return others.length === 0 ? { is: 'same', as: first, by } : { is: 'conflict', candidates: [first, ...others], by }
}

function isNamed(node: AccountNode, name: AccountName): boolean {
  return node.id === name.id && (node.source === name.source || node.keys.includes(idKey(name.source, name.id)))
}

/** Names that nobody delivered come after all sources. */
function rankOf({ source }: AccountNode, rules: IdentityRules): number {
  return source === null ? Number.POSITIVE_INFINITY : placeIn(rules, source)
}

function placeIn({ order }: IdentityRules, source: string): number {
  const at = order.indexOf(source)
  return at === -1 ? order.length : at
}
