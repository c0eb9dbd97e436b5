import type { CountedOpportunity } from '../counted.ts'
import { firstDayOf, formatMonth } from '../day.ts'
import type { DossierFacts, FactValues } from '../facts.ts'
import { ladderOf } from '../ladder.ts'
import { PIPELINE_PARTS, PIPELINE_WINDOWS, walkPipeline } from './pipeline-walk.ts'

const OUT: readonly string[] = ['decreased', 'pushedOut', 'won', 'lost']
/** What a movement says of its opportunity, as it is today. */
const OF_OPPORTUNITY = ['name', 'stage', 'segment', 'closeOn', 'accountId', 'ownerId', 'url'] as const

/** One fact for each part an opportunity has in a month of the pipeline waterfall, by month and window: the list behind its rows. */
export function pipelineMovementFacts({ opportunities, counted, model }: DossierFacts): FactValues[] {
  return opportunities.flatMap((opportunity, i) => {
    const { id } = opportunity
    const { source, pipeline, path } = counted.opportunities[i] as CountedOpportunity
    const of: Record<string, FactValues[string]> = {}
    for (const name of OF_OPPORTUNITY) if (opportunity[name] !== undefined) of[name] = opportunity[name]
    const facts: FactValues[] = []
    walkPipeline(path, ladderOf(model, source, pipeline), model.yearStart, {
      start: () => {},
      takenBack: () => {},
      part: (atWindow, month, atPart, arr) => {
        const window = PIPELINE_WINDOWS[atWindow] as string
        const part = PIPELINE_PARTS[atPart] as string
        const name = formatMonth(month)
        facts.push({
          id: `${id}:${name}:${window}:${part}`,
          ...of,
          opportunityId: id as string,
          window,
          month: name,
          monthOn: firstDayOf(month),
          kind: part,
          change: OUT.includes(part) ? -arr : arr,
        })
      },
    })
    return facts
  })
}
