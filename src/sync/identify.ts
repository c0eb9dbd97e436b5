import {
  type AccountNode,
  type IdentityRules,
  identify,
  idKey,
  nameOf,
  type Verdict,
  wayOf,
} from '../domain/identity.ts'
import type { CallOptions } from '../platform/call-options.ts'
import type { Link, LinkBatch, Store, TouchedKey } from '../store/store.ts'
import { digestOf } from './digest.ts'

const ACCOUNT = 'account'
/** Keys that are settled in one go. */
const KEYS_AT_ONCE = 1_000
/** Changes when the same rules and keys would give other links. */
const IDENTITY_VERSION = '1'

export interface Identified {
  /** Keys that were looked at: a change costs what it touches. */
  readonly keys: number
  readonly changed: number
}

/** Why a link stands as it does, as it is kept. */
export type LinkReason = Exclude<Verdict, { is: 'itself' }>

/**
 * Brings what accounts stand for up to the records and rules of today. Only keys that some account gained or lost are looked
 * at; changed rules touch them all, and `keep` leaves everything as it was found. Can be killed at any line: keys are settled with the links that follow from them.
 */
export async function identifyAccounts(
  store: Store,
  rules: IdentityRules | null | 'keep',
  options?: CallOptions,
): Promise<Identified> {
  if (rules === 'keep') return { keys: 0, changed: 0 }
  const digest = rules === null ? null : digestOf([IDENTITY_VERSION, JSON.stringify(rules)])
  const before = await store.note('identified-with')
  if (digest === null && before === null) return { keys: 0, changed: 0 }
  if (digest !== before) {
    await store.touchAllKeys()
    await store.setNote('identified-with', digest)
  }
  const wanted = rules ?? NO_RULES
  let keys = 0
  let changed = 0
  for (;;) {
    options?.signal?.throwIfAborted()
    const touched = await store.touchedKeys('', KEYS_AT_ONCE)
    if (touched.length === 0) return { keys, changed }
    const batch = await settle(store, wanted, touched)
    await store.saveLinks(batch)
    keys += touched.length
    changed += batch.links.length
  }
}

const NO_KEYS: readonly string[] = []
const NO_RULES: IdentityRules = { order: [], ways: {}, same: [], different: [], byDomain: false }

/** What follows from some keys: links that change, and, through what they change, those of further keys. */
async function settle(store: Store, rules: IdentityRules, touched: readonly TouchedKey[]): Promise<LinkBatch> {
  const known = new Map<string, AccountNode>()
  const links = new Map<string, Link | null>()
  const changed = new Map<string, LinkBatch['links'][number]>()
  const headOf = (id: string): string => {
    const target = links.get(id)?.target
    return target === undefined || target === null ? id : headOf(target)
  }
  const looked = new Set<string>()
  const lookAt = async (names: readonly string[]): Promise<readonly AccountNode[]> => {
    const asked = names.filter((name) => !looked.has(name))
    for (const name of asked) looked.add(name)
    const holders = asked.length === 0 ? [] : (await store.keyHolders(asked)).filter(({ kind }) => kind === ACCOUNT)
    for (const holder of holders) known.set(holder.id, holder)
    for (const key of asked) {
      const id = nameOf(key)
      if (wayOf(key) === 'domain' && !rules.byDomain) continue
      if (!known.has(id)) known.set(id, { id, source: null, keys: [key] })
    }
    const unasked = [...known.keys()].filter((id) => !links.has(id))
    for (const id of unasked) links.set(id, null)
    for (const link of unasked.length === 0 ? [] : await store.links(ACCOUNT, unasked)) links.set(link.id, link)
    return [...known.values()]
  }

  let names = [...new Set(touched.map(({ name }) => name))]
  for (let round = 0; names.length > 0 && round <= rules.order.length + 2; round += 1) {
    await lookAt([...names, ...pairKeys(rules, names)])
    const wanted = new Set(names)
    const near = [...known.values()].filter(({ keys }) => keys.some((key) => wanted.has(key)))
    await lookAt([
      ...new Set(near.flatMap(({ keys }) => keys)),
      ...pairKeys(
        rules,
        near.flatMap(({ keys }) => keys),
      ),
    ])
    const concerned = [...known.values()]
      .filter(({ keys }) => keys.some((key) => wanted.has(key)) || pairKeys(rules, keys).some((key) => wanted.has(key)))
      .sort((a, b) => rankOf(rules, a) - rankOf(rules, b) || (a.id < b.id ? -1 : 1))
    const byKey = Map.groupBy(
      [...known.values()].flatMap((node) => node.keys.map((key) => ({ key, node }))),
      ({ key }) => key,
    )
    const next = new Set<string>()
    for (const node of concerned) {
      const paired = pairKeys(rules, node.keys)
      const sharing = [
        ...new Set([...node.keys, ...paired].flatMap((key) => (byKey.get(key) ?? []).map((one) => one.node))),
      ]
      const verdict = identify(node, sharing, headOf, rules)
      const link = toLink(node.id, verdict)
      const old = links.get(node.id) ?? null
      if ((old?.target ?? null) === link.target && (old?.reason ?? null) === link.reason) continue
      links.set(node.id, link.reason === null ? null : { ...link, reason: link.reason })
      changed.set(node.id, link)
      for (const key of node.keys) next.add(key)
    }
    names = [...next]
  }
  return { links: [...changed.values()], settled: touched }
}

/** Keys under which the other halves of explicit pairs are found. */
function pairKeys({ same }: IdentityRules, keys: readonly string[]): readonly string[] {
  if (same.length === 0) return NO_KEYS
  const wanted = new Set(keys)
  return same.flatMap(([a, b]) => {
    const [left, right] = [idKey(a.source, a.id), idKey(b.source, b.id)]
    return [...(wanted.has(left) ? [right] : []), ...(wanted.has(right) ? [left] : [])]
  })
}

function rankOf({ order }: IdentityRules, { source }: AccountNode): number {
  const at = source === null ? -1 : order.indexOf(source)
  return at === -1 ? order.length : at
}

function toLink(id: string, verdict: Verdict): LinkBatch['links'][number] {
  const of = { kind: ACCOUNT, id }
  if (verdict.is === 'itself') return { ...of, target: null, reason: null }
  return { ...of, target: verdict.is === 'same' ? verdict.as : null, reason: JSON.stringify(verdict) }
}
