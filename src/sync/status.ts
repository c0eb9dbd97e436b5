import type { Finding } from '../domain/facts.ts'
import { readKeptFacts } from '../domain/kept-facts.ts'
import { type UsageTotals, usageTotals } from '../domain/usage-totals.ts'
import type { Mappings } from '../mapping/mapping.ts'
import { staleHint, staleSentence } from '../plan/guard.ts'
import type { Store } from '../store/store.ts'
import { readMemory } from './board-memory.ts'
import { readTotals } from './desired.ts'
import { staleObjects } from './freshness.ts'

export interface Status {
  readonly sources: readonly {
    readonly source: string
    readonly kind: string
    readonly object: string
    readonly mapped: number
    readonly rejected: number
    readonly deleted: number
    readonly rejectedValues: number
    readonly lastRead: string
    /** When everything of it was last looked at, whatever its stamps say; `null`: never. */
    readonly lastSwept: string | null
  }[]
  readonly boards: readonly {
    readonly board: string
    readonly desired: number
    readonly items: number
    readonly left: number
    readonly gone: number
    /** Keys that the next plan looks at. */
    readonly listed: number
    readonly refused: number
    readonly lastReread: string | null
    readonly url: string | null
    /** What it shows is older than its `fresh_within`, as a sentence; `null`: it is not. */
    readonly stale: string | null
  }[]
  /** What derive found that a person should look at, by code. */
  readonly findings: readonly { readonly code: string; readonly count: number; readonly example: string }[]
  /** How much of product usage is of no account that is known. */
  readonly usage: UsageTotals
  /** Accounts of several sources: how many ids stand for another one, and how many have several candidates. */
  readonly identity: { readonly linked: number; readonly open: number }
  readonly openRequests: number
  readonly leases: readonly { readonly name: string; readonly until: number }[]
  /** Dossiers that changed since they were last derived. */
  readonly dirty: number
}

/** Where everything stands, read from the store alone. */
export async function statusOf(store: Store, mappings: Mappings, now: number): Promise<Status> {
  const sources = (await store.streamCounts()).map(
    ({ stream, object, mapped, rejected, deleted, rejectedValues, at, sweptAt }) => ({
      ...stream,
      object,
      mapped,
      rejected,
      deleted,
      rejectedValues,
      lastRead: instant(at),
      lastSwept: sweptAt === null ? null : instant(sweptAt),
    }),
  )
  const boards: Status['boards'][number][] = []
  for (const mapping of mappings.boards) {
    const { board } = mapping
    const stale = await staleObjects(store, mappings.sources, mapping, now)
    const { active, left, gone } = await store.ledgerCounts(board)
    const memory = await readMemory(store, board)
    boards.push({
      board,
      desired: await store.desiredCount(board),
      items: active,
      left,
      gone,
      listed: await countPages(store.pairs(board, 'listed')),
      refused: await countPages(store.refusals(board)),
      lastReread: memory.rereadAt === null ? null : instant(memory.rereadAt),
      url: memory.layout?.url ?? null,
      stale: stale.length === 0 ? null : `${staleSentence(stale)}. ${staleHint(stale)}`,
    })
  }
  return {
    sources,
    boards,
    findings: await countFindings(store),
    usage: await readUsage(store),
    identity: await store.linkCounts(),
    openRequests: (await store.openRequests()).length,
    leases: (await store.leases()).map(({ name, until }) => ({ name, until })),
    dirty: await store.dirtyCount(),
  }
}

async function readUsage(store: Store): Promise<UsageTotals> {
  return usageTotals(await readTotals(store))
}

async function countFindings(store: Store): Promise<Status['findings']> {
  const found = new Map<string, { count: number; example: string }>()
  for await (const { code, kind, id, detail } of readFindings(store)) {
    const own = found.get(code)
    if (own === undefined) found.set(code, { count: 1, example: `${kind} ${id} ${detail}` })
    else own.count += 1
  }
  return [...found].map(([code, own]) => ({ code, ...own })).sort((a, b) => b.count - a.count)
}

/** Everything that derive found worth a person's look, by dossier. */
export async function* readFindings(store: Store): AsyncGenerator<Finding> {
  for await (const page of store.facts()) {
    for (const { facts } of page) yield* readKeptFacts(facts).findings
  }
}

async function countPages(pages: AsyncIterable<readonly unknown[]>): Promise<number> {
  let count = 0
  for await (const page of pages) count += page.length
  return count
}

function instant(ms: number): string {
  return new Date(ms).toISOString()
}
