import { Document, isMap, isScalar, LineCounter, parseDocument } from 'yaml'

/** A stage as a live source tells it; see `DescribedStage` of a source. */
export interface LiveStage {
  readonly pipeline: string | null
  readonly name: string
  readonly state: 'open' | 'won' | 'lost'
}

/** Sources that the shipped model knows: what it says of them goes where they are not used. */
export const CRMS = ['salesforce', 'hubspot'] as const
export type Crm = (typeof CRMS)[number]

const FUNNEL_STAGES = { open: 'opportunity', won: 'won', lost: 'lost' } as const

/**
 * Makes the model, as it ships, a first one for the CRMs that are used, with the stages that their live accounts have: one
 * list, or one for each pipeline where there are several. Where a CRM told none, those that ship stand. What the model says of
 * other CRMs goes; everything else stays, to the byte.
 */
export function firstModel(text: string, crms: readonly Crm[], stages: ReadonlyMap<Crm, readonly LiveStage[]>): string {
  const lines = uncommented(text).split('\n')
  const { at, lists } = stagesOf(lines.join('\n'))
  const written = crms.flatMap((crm) => {
    const live = stages.get(crm) ?? []
    return live.length > 0 ? writtenStages(crm, live) : (lists.get(crm) ?? [])
  })
  lines.splice(at.from, at.to - at.from, ...written, '')
  return lines.flatMap((line) => lineFor(line, crms)).join('\n')
}

/** The stages of HubSpot stand in the shipped model as comments. */
function uncommented(text: string): string {
  return text.replace(/^ {2}# (hubspot:).*$/m, '  $1').replace(/^ {2}# ( {2}- \{ name: )/gm, '  $1')
}

/** The lines of each list below `stages:`, and which lines they are altogether. */
function stagesOf(text: string) {
  const counter = new LineCounter()
  const stages = parseDocument(text, { lineCounter: counter }).get('stages')
  if (!isMap(stages) || !stages.range) throw new Error('The model that ships lists no stages')
  const lines = text.split('\n')
  const lineOf = (offset: number) => counter.linePos(offset).line - 1
  const from = lineOf(stages.range[0])
  let to = from
  while (/^ /.test(lines[to] ?? '')) to += 1
  const starts = stages.items.flatMap(({ key }) =>
    isScalar(key) && key.range ? [{ name: String(key.value), line: lineOf(key.range[0]) }] : [],
  )
  const lists = new Map(starts.map(({ name, line }, i) => [name, lines.slice(line, starts[i + 1]?.line ?? to)]))
  return { at: { from, to: lines[to] === '' ? to + 1 : to }, lists }
}

function writtenStages(crm: Crm, stages: readonly LiveStage[]): string[] {
  const byPipeline = new Map<string | null, LiveStage[]>()
  for (const stage of stages) {
    const list = byPipeline.get(stage.pipeline) ?? []
    byPipeline.set(stage.pipeline, list)
    // Records tell the name only: of two stages of one name, the first counts.
    if (!list.some(({ name }) => name === stage.name)) list.push(stage)
  }
  const itemsOf = (list: readonly LiveStage[], indent: string) =>
    list.map(({ name, state }) => `${indent}- ${flow({ name, funnelStage: FUNNEL_STAGES[state] })}`)
  const lists = [...byPipeline]
  const [only] = lists
  if (lists.length === 1 && only !== undefined) return [`  ${crm}:`, ...itemsOf(only[1], '    ')]
  return [
    `  ${crm}:`,
    ...lists.flatMap(([pipeline, list]) => [`    ${keyOf(pipeline ?? '*')}:`, ...itemsOf(list, '      ')]),
  ]
}

/** `{ name: Closed Won, funnelStage: won }`, with quotes where YAML needs them. */
function flow(value: Readonly<Record<string, string>>): string {
  const document = new Document(value)
  if (isMap(document.contents)) document.contents.flow = true
  return document.toString({ lineWidth: 0 }).trim()
}

function keyOf(name: string): string {
  return new Document({ [name]: 0 }).toString({ lineWidth: 0 }).trim().replace(/: 0$/, '')
}

/** Schedules and shares of quotas, which name each source: those that are used. */
function lineFor(line: string, crms: readonly Crm[]): string[] {
  if (/^ {2}source salesforce: /.test(line)) return crms.map((crm) => line.replace('salesforce', crm))
  if (/^quota_share: /.test(line)) return [`quota_share: { ${crms.map((crm) => `${crm}: 0.5`).join(', ')} }`]
  return [line]
}
