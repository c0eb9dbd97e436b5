/** An opportunity that is closed, as far as its chances teach something. */
export interface ClosedDeal {
  /** The pipeline it ran in, in one text. */
  readonly pipeline: string
  /** The stages it was in while it was open. */
  readonly stages: ReadonlySet<string>
  readonly isWon: boolean
  /** Whether a feature that blocked it had not shipped when it closed. */
  readonly wasBlocked: boolean
}

/** A rate rests on at least so many closed opportunities; with fewer, on those of the whole pipeline. */
export const MIN_CLOSED = 30

/** How often what was in a stage was won in the end: where nothing blocked it, and where something still did. */
export interface StageOdds {
  /** `undefined` where stage and pipeline have fewer than `MIN_CLOSED`. */
  of(pipeline: string, stage: string | undefined, wasBlocked: boolean): number | undefined
}

/** The stages' own history: an opportunity counts at each stage it was in, once. */
export function stageOdds(closed: Iterable<ClosedDeal>): StageOdds {
  const counts = new Map<string, { won: number; all: number }>()
  const count = (key: string, isWon: boolean) => {
    const one = counts.get(key) ?? { won: 0, all: 0 }
    counts.set(key, { won: one.won + (isWon ? 1 : 0), all: one.all + 1 })
  }
  for (const { pipeline, stages, isWon, wasBlocked } of closed) {
    count(keyOf(pipeline, null, wasBlocked), isWon)
    for (const stage of stages) count(keyOf(pipeline, stage, wasBlocked), isWon)
  }
  return {
    of(pipeline, stage, wasBlocked) {
      const own = stage === undefined ? undefined : counts.get(keyOf(pipeline, stage, wasBlocked))
      const one = own !== undefined && own.all >= MIN_CLOSED ? own : counts.get(keyOf(pipeline, null, wasBlocked))
      return one === undefined || one.all < MIN_CLOSED ? undefined : one.won / one.all
    },
  }
}

function keyOf(pipeline: string, stage: string | null, wasBlocked: boolean): string {
  return JSON.stringify([pipeline, stage, wasBlocked])
}
