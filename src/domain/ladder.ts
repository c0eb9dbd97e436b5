import { FUNNEL_STAGES, type FunnelStage, type Model, type StageDefinition } from './model.ts'

/** The pipeline that stands for every one not named in `model.yaml`. */
export const ANY_PIPELINE = '*'

/** The stages of one pipeline of one source, in order, ready to be asked for every opportunity. */
export interface Ladder {
  readonly source: string
  /** As `model.yaml` names it; `*` for every pipeline it does not name. */
  readonly pipeline: string
  /** Empty where `model.yaml` says nothing about the source. */
  readonly stages: readonly StageDefinition[]
  /** Place of a stage in `stages`, by name. */
  readonly places: ReadonlyMap<string, number>
  /** Funnel stages that open stages of this pipeline belong to, in funnel order; `opportunity` where there are none. */
  readonly openFunnelStages: readonly FunnelStage[]
}

type Ladders = Map<string, Map<string, Ladder>>

const laddersOfModel = new WeakMap<Model, Ladders>()

/** The ladder an opportunity of a source and pipeline climbs; one without stages where `model.yaml` names none. */
export function ladderOf(model: Model, source: string, pipeline: string | undefined): Ladder {
  const ladders = readLadders(model)
  let ofSource = ladders.get(source)
  if (ofSource === undefined) {
    ofSource = new Map()
    ladders.set(source, ofSource)
  }
  const named = pipeline === undefined ? undefined : ofSource.get(pipeline)
  if (named !== undefined) return named
  let any = ofSource.get(ANY_PIPELINE)
  if (any === undefined) {
    any = createLadder(source, ANY_PIPELINE, [])
    ofSource.set(ANY_PIPELINE, any)
  }
  return any
}

function readLadders(model: Model): Ladders {
  let ladders = laddersOfModel.get(model)
  if (ladders === undefined) {
    ladders = new Map()
    for (const [source, pipelines] of Object.entries(model.stages)) {
      ladders.set(
        source,
        new Map(Object.entries(pipelines).map(([name, stages]) => [name, createLadder(source, name, stages)])),
      )
    }
    laddersOfModel.set(model, ladders)
  }
  return ladders
}

function createLadder(source: string, pipeline: string, stages: readonly StageDefinition[]): Ladder {
  const open = new Set(stages.filter(({ state }) => state === 'open').map(({ funnelStage }) => funnelStage))
  if (open.size === 0) open.add('opportunity')
  return {
    source,
    pipeline,
    stages,
    places: new Map(stages.map(({ name }, place) => [name, place])),
    openFunnelStages: FUNNEL_STAGES.filter((stage) => open.has(stage)),
  }
}
