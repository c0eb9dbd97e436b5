import { sumsUnder, type Tally } from '../tally.ts'
import { Closed, type StageOdds, stageOdds } from './stage-odds.ts'
import type { CountedPriority, Wait } from './waits.ts'

const [WAIT, ENDED] = ['g', 'x'] as const
const [WON, LOST] = ['won', 'lost'] as const

/** Adds what a dossier says of what is worth building. What waits is a key of its own: there is as much of it as people write down. */
export function addToPriority(tally: Tally, { waits, ends }: CountedPriority): void {
  for (const wait of waits) tally.addKey(`${WAIT}|${JSON.stringify(wait)}`, 1)
  for (const { isWon, stages } of ends)
    for (const stage of stages) tally.addKey(`${ENDED}|${isWon ? WON : LOST}|${stage}`, 1)
}

/** What waits, by kind and id, and how opportunities ended; `totals` may hold other things. */
export function readPriority(totals: ReadonlyMap<string, number>): {
  readonly waits: readonly Wait[]
  readonly odds: StageOdds
} {
  const waits: Wait[] = []
  const blocked = new Closed()
  for (const [key, value] of sumsUnder(totals, WAIT + ENDED)) {
    if (value === 0) continue
    if (key.startsWith(`${WAIT}|`)) waits.push(JSON.parse(key.slice(WAIT.length + 1)) as Wait)
    for (const end of [WON, LOST]) {
      const head = `${ENDED}|${end}|`
      if (key.startsWith(head)) blocked.add(key.slice(head.length), end === WON, value)
    }
  }
  waits.sort((a, b) => (a.kind + a.id < b.kind + b.id ? -1 : 1))
  return { waits, odds: stageOdds(totals, blocked) }
}
