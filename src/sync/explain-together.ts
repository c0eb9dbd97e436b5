import type { Store } from '../store/store.ts'
import type { LinkReason } from './identify.ts'

/** What stands with an account as one: the records of all sources, and what else it is known as. */
export interface ExplainedTogether {
  readonly holds: readonly { readonly kind: string; readonly source: string; readonly count: number }[]
  readonly also: readonly {
    readonly source: string
    readonly id: string
    /** `id:usage:w-17`, `domain:acme.com`, or `identity.yaml`; `null` where nothing says why. */
    readonly by: string | null
  }[]
}

/** By source and kind; `null` where the account is not held. */
export async function explainTogether(store: Store, id: string): Promise<ExplainedTogether | null> {
  const account = await store.record('account', id)
  if (account?.dossier == null) return null
  const counts = new Map<string, { kind: string; source: string; count: number }>()
  const others: { source: string; id: string }[] = []
  for await (const page of store.dossiers({ ids: [account.dossier] })) {
    for (const { kind, id: own, body } of page.flatMap(({ records }) => records)) {
      const source = sourceOf(body)
      const counted = counts.get(`${source} ${kind}`) ?? { kind, source, count: 0 }
      counts.set(`${source} ${kind}`, { ...counted, count: counted.count + 1 })
      if (kind === 'account' && own !== id) others.push({ source, id: own })
    }
  }
  const links = await store.links(
    'account',
    others.map((one) => one.id),
  )
  return {
    holds: [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one),
    also: others.map((one) => {
      const link = links.find((found) => found.id === one.id)
      const reason = link === undefined ? null : (JSON.parse(link.reason) as LinkReason)
      return { ...one, by: reason?.by ?? null }
    }),
  }
}

/** The account with which most sources stand together, of such the one with most kinds of record; `null`: there is none. */
export async function findMostJoined(
  store: Store,
): Promise<{ readonly id: string; readonly name: string; readonly holds: readonly string[] } | null> {
  let most = null
  let worth = 0
  for await (const page of store.dossiers('all')) {
    for (const { id, records } of page) {
      const account = records.find((one) => one.kind === 'account' && id === `account:${one.id}`)
      if (account === undefined) continue
      const holds = new Set(records.map(({ kind, body }) => `${kind} of ${sourceOf(body)}`))
      const sources = new Set(records.map(({ body }) => sourceOf(body)))
      const own = 1_000 * sources.size + holds.size
      if (own <= worth) continue
      const { name = account.id } = JSON.parse(account.body) as { readonly name?: string }
      most = { id: account.id, name, holds: [...holds].sort() }
      worth = own
    }
  }
  return most
}

function sourceOf(body: string): string {
  return (JSON.parse(body) as { readonly source: string }).source
}
