import type { BoardLayout, BoardUpdate, ChangeOutcome, Refused } from '../board/board.ts'
import { type SaidOutcome, saidOutcome, toldAfter } from '../plan/told.ts'
import type { CallOptions } from '../platform/call-options.ts'
import type { Refusal, Settlement } from '../store/store.ts'
import type { ChangeInHand, ChangeResult, OutboxPorts } from './outbox-ports.ts'

/** What a change that says something comes to. */
export interface SettledSaid {
  readonly settlement: Settlement
  readonly refusal: Refusal | null
  readonly result: ChangeResult
}

/** An update of ours may stand on the board with a time so much before the one at which we sent it, by monday's clock. */
const SKEW_MS = 10 * 60_000

/** What a change that says something comes to, all of its outcomes known. */
export function settleSaid(hand: ChangeInHand, outcomes: readonly ChangeOutcome[], now: number): SettledSaid {
  const refused = outcomes.find((outcome) => outcome.status === 'refused')
  return settled(hand, outcomes.map(saidOutcome), refused, now)
}

/**
 * What it comes to when an answer is missing. Updates are looked for on their items: those that stand there are said, the
 * others still are to be. Who was notified no host tells: they are not told a second time, and the change is in doubt.
 */
export async function settleSaidByReading(
  ports: OutboxPorts,
  hands: readonly ChangeInHand[],
  sentAt: number,
  layout: BoardLayout,
  options?: CallOptions,
): Promise<ReadonlyMap<ChangeInHand, SettledSaid>> {
  const posts = hands.filter(({ change }) => change.kind === 'post')
  const ids = [...new Set(posts.flatMap(({ change }) => change.steps.map(itemOf)))]
  const updates: readonly BoardUpdate[] = ids.length === 0 ? [] : await ports.host.updatesOn(layout, ids, options)
  const now = ports.clock.now()
  return new Map(
    hands.map((hand) => {
      if (hand.change.kind === 'notify') return [hand, inDoubt(hand, now)]
      const said = hand.change.steps.map((step): SaidOutcome | null => {
        if (step.kind !== 'post') return null
        const stands = updates.some(
          ({ itemId, text, createdAt }) =>
            itemId === step.itemId && plain(text) === plain(step.text) && !(Date.parse(createdAt) < sentAt - SKEW_MS),
        )
        return stands ? 'said' : null
      })
      return [hand, settled(hand, said, undefined, now)]
    }),
  )
}

function settled(
  hand: ChangeInHand,
  said: readonly (SaidOutcome | null)[],
  refused: Refused | undefined,
  now: number,
): SettledSaid {
  const { change, before } = hand
  const { board, key, kind } = change
  const itemMissing = refused?.code === 'item-missing'
  const isDone = said.every((outcome) => outcome === 'said')
  const status = isDone ? 'applied' : refused === undefined ? 'unknown' : 'refused'
  const refusal: Refusal | null =
    refused === undefined || itemMissing
      ? null
      : {
          board,
          key,
          code: refused.code,
          message: refused.message,
          column: refused.column ?? null,
          hint: refused.hint ?? null,
          desired: change.desired,
          at: now,
        }
  // Of an item that people removed it is said once the next plan has made it anew.
  const entry = itemMissing
    ? { place: 'archived' as const, desired: null }
    : { told: toldAfter(change, before?.told, said) }
  return { settlement: settlementOf(hand, entry, now), refusal, result: { board, key, kind, status, itemMissing } }
}

function inDoubt(hand: ChangeInHand, now: number): SettledSaid {
  const { change, before } = hand
  const { board, key, kind } = change
  const people = change.steps.length === 1 ? '1 person was' : `${change.steps.length} people were`
  return {
    settlement: settlementOf(
      hand,
      {
        told: toldAfter(
          change,
          before?.told,
          change.steps.map(() => 'said'),
        ),
      },
      now,
    ),
    refusal: {
      board,
      key,
      code: 'notification-in-doubt',
      message: `Whether ${people} notified of "${change.why}" is not known: no answer came, and nobody can look it up`,
      column: null,
      hint: 'Nobody is notified twice; if it matters, tell them yourself',
      desired: change.desired,
      at: now,
    },
    result: { board, key, kind, status: 'unknown', itemMissing: false },
  }
}

function settlementOf(
  { change, before }: ChangeInHand,
  after: { readonly told: string } | { readonly place: 'archived'; readonly desired: null },
  now: number,
): Settlement {
  const { board, key } = change
  if (before === null) return { kind: 'release', board, key }
  const { version: _, state: __, request: ___, ...entry } = before
  return { kind: 'entry', unlist: false, entry: { ...entry, ...after, at: now } }
}

function itemOf(step: ChangeInHand['change']['steps'][number]): string {
  return 'itemId' in step ? step.itemId : ''
}

/** Hosts show a text as they like: what is between words does not count. */
function plain(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}
