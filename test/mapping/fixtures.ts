import { type ParsedMappings, parseMappings } from '../../src/mapping/parse.ts'
import { formatProblem } from '../../src/platform/problem.ts'
import { fixedCalendar } from '../calendars.ts'

export const MODEL = `company: { name: Example, currency: USD, time_zone: UTC }
stages:
  salesforce:
    - { name: Prospecting, funnelStage: opportunity }
    - { name: Closed Won, funnelStage: won }
    - { name: Closed Lost, funnelStage: lost }
`

export const SOURCE = `source: salesforce
records:
  account:
    object: Account
    fields:
      name: Name
      extra.tier: { field: Tier__c, as: text }
  opportunity:
    object: Opportunity
    fields: { accountId: AccountId, name: Name, stage: StageName, amount: Amount, closeOn: CloseDate }
`

export const BOARD = `board: { name: Deals, workspace: BizOps, create: true }
items: opportunity
where: opportunity.isOpen
name: '{account.name}: {opportunity.name}'
group: { by: opportunity.funnelStage, order: [lead, opportunity, won, expansion, lost] }
columns:
  Stage: { type: status, value: opportunity.stage }
  ARR: { type: numbers, value: opportunity.arr }
`

export interface Files {
  readonly model?: string | null
  readonly source?: string | null
  readonly board?: string | null
  readonly more?: Readonly<Record<string, string>>
  readonly environment?: Readonly<Record<string, string>>
}

/** A small folder of mappings with some of its files put in others' place; `null` leaves one out. */
export function parse(files: Files = {}): ParsedMappings {
  const all = {
    'model.yaml': files.model === undefined ? MODEL : files.model,
    'sources/salesforce.yaml': files.source === undefined ? SOURCE : files.source,
    'boards/deals.yaml': files.board === undefined ? BOARD : files.board,
    ...files.more,
  }
  return parseMappings(
    Object.entries(all).flatMap(([path, text]) => (text === null ? [] : [{ path, text }])),
    files.environment ?? {},
  )
}

/** The problems as a person reads them. */
export function told(parsed: Pick<ParsedMappings, 'problems'>): string[] {
  return parsed.problems.map(formatProblem)
}

/** A board with one line of it replaced. */
export function board(lines: Readonly<Record<string, string>>): string {
  let text = BOARD
  for (const [from, to] of Object.entries(lines)) {
    if (!text.includes(from)) throw new Error(`The board has no "${from}"`)
    text = text.replace(from, to)
  }
  return text
}

export const utc = fixedCalendar('UTC', 0)

/** A zone two hours ahead of UTC, so that days begin at 22:00 of the day before. */
export const ahead = fixedCalendar('Etc/GMT-2', 2)
