import { formatDay } from '../domain/day.ts'
import { type Definition, definitionsOfKind, versionText } from '../domain/definitions/definitions.ts'
import type { TotalsKind } from '../domain/facts.ts'
import { FINDINGS, type FindingCode } from '../domain/findings.ts'
import type { ReportFacts, SectionBody, SectionSpec, Table, Term } from './section.ts'
import { count, counted, monthName, percent } from './words.ts'

/** How far what was read reaches, and what of it is in no number. */
export interface Standing {
  readonly timeZone: string
  /** Whether the month goes on: then everything is up to today. */
  readonly isMonthOpen: boolean
  readonly sources: readonly {
    readonly source: string
    readonly object: string
    readonly mapped: number
    readonly rejected: number
    readonly rejectedValues: number
    /** An instant, ISO 8601. */
    readonly lastRead: string
  }[]
  readonly findings: readonly { readonly code: string; readonly count: number }[]
  readonly usage: {
    readonly points: number
    readonly events: number
    readonly pointsWithoutAccount: number
    readonly eventsWithoutAccount: number
  }
  /** Accounts that may be one of several others. */
  readonly identity: { readonly open: number }
  /** Dossiers that changed since they were last derived. */
  readonly dirty: number
  /** The last month that is closed, `2026-10`, and how many numbers of closed months would be others now; `null`: none is. */
  readonly closed: {
    readonly through: string
    readonly restatements: number
    /** Of the month of the report, where it is closed: when it was reported, and what was defined otherwise then, each a sentence. */
    readonly reported: { readonly on: string; readonly definedOtherwise: readonly string[] } | null
  } | null
  /** What boards show is older than they allow, each a sentence. */
  readonly stale: readonly string[]
}

/** What is printed: a report without any layout. */
export interface Report {
  readonly title: string
  /** What holds for all of it. */
  readonly notes: readonly string[]
  readonly sections: readonly Section[]
}

export interface Section extends SectionBody {
  readonly id: string
  readonly title: string
  readonly question: string | null
  /** What the numbers that people argue about mean, each a sentence with its version. */
  readonly definitions: readonly Term[]
}

/** The whole report: its sections, then the sources, then what is not counted. Pure. `isCounted`: whether a board shows facts of a kind. */
export function makeReport(
  specs: readonly SectionSpec[],
  facts: ReportFacts,
  isCounted: (kind: TotalsKind) => boolean,
  standing: Standing,
): Report {
  const { month, day, currency } = facts
  return {
    title: `Revenue report for ${monthName(month)}`,
    notes: [
      `As of ${formatDay(day)}, days and months in the time zone ${standing.timeZone}.${standing.isMonthOpen ? ' The month goes on: its numbers are up to that day.' : ''}`,
      `Money is in ${currency}, rounded to whole units, so sums may look off by one. ARR is annual recurring revenue. – means that there is no such number.`,
      'The report tells what was counted. It does not tell what made a number move.',
      ...closedNotes(month, standing.closed),
      ...(standing.dirty === 0
        ? []
        : [
            `${counted(standing.dirty, 'account or record has', 'accounts or records have')} changed since the numbers were counted: run boardsync plan, then the report again.`,
          ]),
    ],
    sections: [
      ...specs.map((spec) => sectionOf(spec, facts, isCounted)),
      sourcesSection(standing),
      notCountedSection(standing),
    ],
  }
}

function closedNotes(month: string, closed: Standing['closed']): string[] {
  if (closed === null) return []
  const { through, restatements, reported } = closed
  const differ =
    restatements === 0
      ? 'No number of closed months would be different now.'
      : `${counted(restatements, 'number of closed months would be', 'numbers of closed months would be')} different now: boardsync restatements lists them.`
  return [
    month <= through
      ? `The month is closed: what happened in it, and stood at its end, is as it was reported${reported === null ? ' then' : ` on ${reported.on}`}.`
      : `Months up to ${monthName(through)} are closed, and shown as they were reported then.`,
    differ,
    ...(reported?.definedOtherwise ?? []).map(
      (sentence) => `When it was reported, this was defined otherwise: ${sentence}`,
    ),
  ]
}

function sectionOf(spec: SectionSpec, facts: ReportFacts, isCounted: (kind: TotalsKind) => boolean): Section {
  const { id, title, question } = spec
  const missing = spec.needs.filter((kind) => !isCounted(kind))
  if (missing.length === 0) {
    const definitions = new Set(spec.needs.flatMap((kind) => definitionsOfKind(kind, facts.definitions)))
    return { id, title, question, ...spec.make(facts), definitions: [...definitions].map(definitionTerm) }
  }
  const sentences = [
    `Not counted yet: no board shows ${missing.join(' or ')}, and numbers are counted for boards only.`,
    `To get this section, ${missing.map(howToCount).join('; ')}. Then run boardsync plan, and the report again.`,
  ]
  return { id, title, question, sentences, charts: [], tables: [], terms: [], definitions: [] }
}

/** `Green account (version 2 from 2026-07-01, Head of Sales)` and its sentence. */
function definitionTerm(definition: Definition): Term {
  const { name, owner, sentence } = definition
  const version = versionText(definition).slice(name.length + 2)
  const words = name === 'arr' ? 'ARR' : name.replaceAll('_', ' ')
  const title = words.charAt(0).toUpperCase() + words.slice(1)
  return { name: `${title} (${version}${owner === null ? '' : `, ${owner}`})`, meaning: sentence, formula: null }
}

function howToCount(kind: TotalsKind): string {
  const shipped = SHIPPED_BOARDS[kind]
  const hint = shipped === undefined ? '' : ` (the mappings that come with boardsync have one, ${shipped})`
  return `add a board with items: ${kind} to the folder boards of your mappings${hint}`
}

/** The file in `mappings/boards/` that shows facts of a kind. */
const SHIPPED_BOARDS: Readonly<Partial<Record<TotalsKind, string>>> = {
  funnel_stage: 'funnel.yaml',
  arr_month: 'arr.yaml',
  pipeline_month: 'pipeline.yaml',
  forecast: 'forecast.yaml',
  bucket_month: 'buckets.yaml',
  book: 'books.yaml',
  lead_decile: 'lead-score.yaml.example, to be renamed',
  wapp_month: 'active-people.yaml.example, to be renamed',
  feature: 'features.yaml',
  priority: 'priorities.yaml',
  risk_quarter: 'risk-trends.yaml.example, to be renamed',
  renewal_month: 'renewals.yaml.example, to be renamed',
  support_hour: 'support-hours.yaml.example, to be renamed',
}

function sourcesSection({ sources, stale }: Standing): Section {
  const oldest = sources.map(({ lastRead }) => lastRead).sort()[0]
  return {
    id: 'sources',
    title: 'How fresh this is',
    question: null,
    sentences:
      oldest === undefined
        ? ['No source was read yet: run boardsync pull.']
        : [`The source that was read longest ago was read at ${minute(oldest)} UTC.`, ...stale],
    charts: [],
    tables: sources.length === 0 ? [] : [sourcesTable(sources)],
    terms: [],
    definitions: [],
  }
}

function sourcesTable(sources: Standing['sources']): Table {
  return {
    caption: 'What was read',
    columns: ['Source', 'Object', 'Last read (UTC)', 'Records', 'Records rejected', 'Values rejected'],
    rows: sources.map((one) => [
      one.source,
      one.object,
      minute(one.lastRead),
      count(one.mapped),
      count(one.rejected),
      count(one.rejectedValues),
    ]),
  }
}

function notCountedSection({ sources, findings, usage, identity }: Standing): Section {
  const rejected = sources.reduce((sum, one) => sum + one.rejected, 0)
  const values = sources.reduce((sum, one) => sum + one.rejectedValues, 0)
  const rows = [
    ...findings.map(({ code, count: found }) => [
      FINDINGS[code as FindingCode] ?? code,
      count(found),
      'boardsync status',
    ]),
    ...row(
      rejected,
      'Its id, or a field that is required, cannot be read: the record is in no number.',
      'boardsync rejected',
    ),
    ...row(
      values,
      'A value cannot be read as what it should be: the record is kept, the field is empty.',
      'boardsync rejected',
    ),
    ...row(
      usage.pointsWithoutAccount,
      `It is a week of product usage of no account that is known (${percent(usage.eventsWithoutAccount / Math.max(1, usage.events))} of all events).`,
      'boardsync status',
    ),
    ...row(identity.open, 'It may be one of several other accounts and is not matched.', 'boardsync identity'),
  ]
  return {
    id: 'not-counted',
    title: 'What is not counted, or counted with a doubt',
    question: null,
    sentences: [
      rows.length === 0
        ? 'Nothing: every record that was read could be placed.'
        : 'Nothing is dropped in silence. These are the reasons for which records or values are in no number, or in one with a doubt; the command beside each lists them.',
    ],
    charts: [],
    tables: rows.length === 0 ? [] : [{ caption: 'Reasons', columns: ['Reason', 'How many', 'Listed by'], rows }],
    terms: [],
    definitions: [],
  }
}

function row(found: number, reason: string, command: string): string[][] {
  return found === 0 ? [] : [[reason, count(found), command]]
}

/** `2026-11-29 20:45` for an instant. */
function minute(instant: string): string {
  return instant.slice(0, 16).replace('T', ' ')
}
