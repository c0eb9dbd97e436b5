import { FUNNEL_HEADS, NO_STAGE, parseCrmTail } from '../funnel-cells.ts'
import { parseKey, sumsUnder } from '../tally.ts'
import { MIN_CLOSED } from './settings.ts'

/** How often what was in a stage was won in the end: where nothing blocked it, and where something still did. */
export interface StageOdds {
  /** `undefined` where stage and pipeline have fewer than `MIN_CLOSED`. `stage`: as in keys of the funnel. */
  of(stage: string, wasBlocked: boolean): Rate | undefined
}

export interface Rate {
  readonly rate: number
  readonly closed: number
  /** Whether it is that of the whole pipeline, for want of enough in the stage. */
  readonly ofPipeline: boolean
}

/** Opportunities by stage, and by pipeline under the stage that none is: how many closed, and how many of them were won. */
export class Closed {
  readonly #counts = new Map<string, { won: number; all: number }>()

  add(stage: string, isWon: boolean, count: number): void {
    const one = this.#counts.get(stage) ?? { won: 0, all: 0 }
    this.#counts.set(stage, { won: one.won + (isWon ? count : 0), all: one.all + count })
  }

  of(stage: string): { readonly won: number; readonly all: number } {
    return this.#counts.get(stage) ?? { won: 0, all: 0 }
  }
}

/**
 * The stages' own history, read from the funnel, which counts an opportunity once at each stage it passed. `blocked`: those among
 * them that were blocked to the end. `totals` may hold other things.
 */
export function stageOdds(totals: ReadonlyMap<string, number>, blocked: Closed): StageOdds {
  const all = new Closed()
  for (const [key, value] of sumsUnder(totals, FUNNEL_HEADS)) {
    const parsed = parseKey(key, FUNNEL_HEADS)
    if (parsed?.head !== 'C') continue
    const { measure, tail } = parsed
    if (measure === 'w' || measure === 'l') all.add(tail, measure === 'w', value)
    if (measure === 'c' || measure === 'k') all.add(pipelineOf(tail), measure === 'c', value)
  }
  const count = (stage: string, wasBlocked: boolean) => {
    const ends = blocked.of(stage)
    return wasBlocked ? ends : { won: all.of(stage).won - ends.won, all: all.of(stage).all - ends.all }
  }
  return {
    of(stage, wasBlocked) {
      const own = count(stage, wasBlocked)
      if (own.all >= MIN_CLOSED) return { rate: own.won / own.all, closed: own.all, ofPipeline: false }
      const pooled = count(pipelineOf(stage), wasBlocked)
      if (pooled.all < MIN_CLOSED) return undefined
      return { rate: pooled.won / pooled.all, closed: pooled.all, ofPipeline: true }
    },
  }
}

function pipelineOf(tail: string): string {
  const { source, pipeline } = parseCrmTail(tail)
  return `${source}|${NO_STAGE}|${pipeline}`
}
