import { monthIndexOf } from '../day.ts'
import { Cell, parseKey, sumsUnder, type Tally } from '../tally.ts'
import type { CountedMention } from './counted-mention.ts'

/** First letter of keys: mentions by month and feature. */
const HEAD = 'y'
/** `t` tickets, `r` requests, `p` positive, `n` negative, `b` tickets in the days before shipping, `a` after. */
const MEASURES = [...'trpnba']
const [TICKETS, REQUESTS, POSITIVE, NEGATIVE, BEFORE, AFTER] = [0, 1, 2, 3, 4, 5] as const

const cells = new Map<string, Cell>()

/** Adds what a mention contributes to the voice of the customer; integers only. */
export function addToVoice(tally: Tally, [on, id, feature, theme, isRequest, mood, around]: CountedMention): void {
  const tail = JSON.stringify([id, feature, theme])
  let cell = cells.get(tail)
  if (cell === undefined) {
    cell = new Cell(HEAD, tail, MEASURES)
    cells.set(tail, cell)
  }
  const row = tally.row(cell, monthIndexOf(on))
  tally.add(row, isRequest === 1 ? REQUESTS : TICKETS, 1)
  if (mood === 1) tally.add(row, POSITIVE, 1)
  if (mood === -1) tally.add(row, NEGATIVE, 1)
  if (isRequest === 0 && around === -1) tally.add(row, BEFORE, 1)
  if (isRequest === 0 && around === 1) tally.add(row, AFTER, 1)
}

/** Mentions of one feature. */
export interface FeatureVoice {
  readonly id: string
  readonly feature: string
  readonly theme: string
  /** By month: tickets, requests, positive, negative, before, after. */
  readonly months: Map<number, number[]>
}

export function readVoice(totals: ReadonlyMap<string, number>): FeatureVoice[] {
  const features = new Map<string, FeatureVoice>()
  for (const [key, value] of sumsUnder(totals, HEAD)) {
    const parsed = value === 0 ? undefined : parseKey(key, HEAD)
    if (parsed === undefined) continue
    let voice = features.get(parsed.tail)
    if (voice === undefined) {
      const [id = '', feature = '', theme = ''] = JSON.parse(parsed.tail) as string[]
      voice = { id, feature, theme, months: new Map() }
      features.set(parsed.tail, voice)
    }
    const sums = voice.months.get(parsed.month) ?? MEASURES.map(() => 0)
    voice.months.set(parsed.month, sums)
    sums[MEASURES.indexOf(parsed.measure)] = value
  }
  return [...features.values()]
}
