import type { CountedBook } from './books/book.ts'
import { readBuckets, type WrittenBuckets, writeBuckets } from './buckets/kept-buckets.ts'
import {
  CATEGORIES,
  type Category,
  type Counted,
  type CountedArr,
  type CountedCare,
  type CountedInfluence,
  type CountedLead,
  type CountedOpportunity,
  NO_INFLUENCE,
} from './counted.ts'
import type { Day } from './day.ts'
import type { DossierFacts, Finding } from './facts.ts'
import type { Count } from './influence/measures.ts'
import type { CountedProof } from './leads/score-proof.ts'
import { FUNNEL_STAGES, type FunnelStage } from './model.ts'
import { formatPath, parsePath } from './path.ts'
import type { CountedPriority } from './priority/waits.ts'
import { type Motion, OPPORTUNITY_STATES, type OpportunityState, type Segment } from './records.ts'
import { formatArrPath, parseArrPath } from './revenue/arr-path.ts'
import { ALL_PARTS, type TotalsPart, type TotalsParts } from './totals-parts.ts'

/**
 * What is stored of a dossier's facts: its findings, and all that taking the dossier out of the totals needs (`Totals`), of the
 * parts that are counted. The rest is had again by deriving the same records with the same context on the same day.
 */
export interface KeptFacts {
  readonly counted: Counted
  readonly findings: readonly Finding[]
  /** The day these facts hold for. */
  readonly asOf: Day
}

/** A text, or nothing. */
type Maybe = string | null
/** Points, events, 1 where they have an account. */
type Usage = readonly [number, number, 0 | 1]

/**
 * Short, and flat where it is many: it is written for every dossier. Opportunities are texts, each with the place of its
 * slice (source, pipeline, segment) in the list of slices, which holds a slice once.
 */
// Any change here moves DERIVE_VERSION on: what was written otherwise is then never read.
type Kept = readonly [
  asOf: Day,
  findings: readonly Finding[],
  usage: Usage | 0,
  arr: readonly [segment: Maybe, motion: Maybe, path: string, buckets: WrittenBuckets, ...families: Maybe[]] | 0,
  slices: readonly Maybe[],
  opportunities: string,
  leads: readonly (number | Maybe)[],
  /** Place and id of each large opportunity. */
  large: readonly (number | string)[],
  care: CountedCare | 0,
  influence: readonly [segment: Maybe, ...subjects: Subject[]] | 0,
  priority: CountedPriority | 0,
  /** Motion, then weeks. */
  active: readonly [motion: Motion, ...weeks: number[]] | 0,
  books: readonly CountedBook[],
  proofs: readonly CountedProof[],
]
/** Place and value of each measure, then letters and number of each count, all in one list. */
type Subject = readonly [subject: string, sums: readonly number[], counts: readonly (string | number)[]]

/** The parts that the ARR history, and the opportunities, are kept for. */
const ARR_PARTS: readonly TotalsPart[] = ['arr', 'families', 'seat_ladder', 'buckets']
const OPPORTUNITY_PARTS: readonly TotalsPart[] = ['funnel', 'pipeline', 'forecast', 'must_win', 'influence']
const NONE: readonly never[] = []

const PER_SLICE = 3
const PER_LEAD = 6
/** A line for each opportunity: place of its slice, what it is as one number, its path. */
const LINE = '\n'

/** Writes facts down as text, as far as `parts` of the totals need them. */
export function writeKeptFacts(
  { counted, findings, asOf }: DossierFacts | KeptFacts,
  parts: TotalsParts = ALL_PARTS,
): string {
  const { usage, care, influence, priority, active, books, proofs } = counted
  const arr = ARR_PARTS.some((part) => parts.has(part)) ? counted.arr : null
  const buckets = parts.has('buckets') ? arr?.buckets : null
  const opportunities = OPPORTUNITY_PARTS.some((part) => parts.has(part)) ? counted.opportunities : NONE
  const leads = parts.has('funnel') ? counted.leads : NONE
  const withLarge = parts.has('must_win')
  const slices: (string | undefined)[] = []
  let lines = ''
  const large: (number | string)[] = []
  for (let place = 0; place < opportunities.length; place += 1) {
    const one = opportunities[place] as CountedOpportunity
    if (withLarge && one.largeId !== undefined) large.push(place, one.largeId)
    if (lines !== '') lines += LINE
    lines += `${sliceOf(one, slices)} ${codeOf(one)} ${formatPath(one.path)}`
  }
  const ofLeads: (number | string | undefined)[] = []
  for (const { segment, since, until, isDated, isConversionDated, became } of leads)
    ofLeads.push(segment, since, until, isDated ? 1 : 0, isConversionDated ? 1 : 0, became)
  // In an array `undefined` is written as `null`.
  return JSON.stringify([
    asOf,
    findings,
    usage.points === 0 ? 0 : [usage.points, usage.events, usage.hasAccount ? 1 : 0],
    arr === null
      ? 0
      : [arr.segment, arr.motion, formatArrPath(arr.path), writeBuckets(buckets ?? null), ...familyOf(arr)],
    slices,
    lines,
    ofLeads,
    large,
    care ?? 0,
    influence.subjects.length === 0
      ? 0
      : [influence.segment, ...influence.subjects.map((one) => [one.subject, one.sums.flat(), one.counts.flat()])],
    priority ?? 0,
    active === null ? 0 : [active.motion, ...active.weeks],
    books,
    proofs,
  ])
}

/** Reads what `writeKeptFacts` wrote. */
export function readKeptFacts(text: string): KeptFacts {
  const kept = JSON.parse(text) as Kept
  const [asOf, findings, usage, arr, slices, lines, ofLeads, large, care, influence, priority] = kept
  const [active, books, proofs] = kept.slice(11) as [Kept[11], Kept[12], Kept[13]]
  const [points, events, hasAccount] = usage === 0 ? [0, 0, 0] : usage
  const ids = new Map<number, string>()
  for (let i = 0; i < large.length; i += 2) ids.set(Number(large[i]), String(large[i + 1]))
  const leads: CountedLead[] = []
  for (let i = 0; i < ofLeads.length; i += PER_LEAD) {
    const [segment, since, until, isDated, isConversionDated, became] = ofLeads.slice(i, i + PER_LEAD)
    leads.push({
      segment: textOf(segment),
      since: Number(since),
      until: numberOf(until),
      isDated: isDated === 1,
      isConversionDated: isConversionDated === 1,
      became: numberOf(became),
    })
  }
  return {
    counted: {
      arr:
        arr === 0
          ? null
          : {
              segment: textOf(arr[0]),
              motion: textOf(arr[1]),
              path: parseArrPath(arr[2]),
              parentId: textOf(arr[4]),
              families: arr.slice(5) as string[],
              buckets: readBuckets(arr[3]),
            },
      opportunities: lines === '' ? [] : lines.split(LINE).map((line, place) => readLine(line, slices, ids.get(place))),
      leads,
      usage: { points, events, hasAccount: hasAccount === 1 },
      active: active === 0 ? null : { motion: active[0], weeks: active.slice(1) as number[] },
      books,
      proofs,
      care: care === 0 ? null : care,
      influence: readInfluence(influence),
      priority: priority === 0 ? null : priority,
    },
    findings,
    asOf,
  }
}

/** Nothing for most accounts: they have no parent and are none. */
function familyOf({ parentId, families }: CountedArr): (string | undefined)[] {
  return parentId === undefined && families.length === 0 ? [] : [parentId, ...families]
}

function readInfluence(kept: Kept[9]): CountedInfluence {
  if (kept === 0) return NO_INFLUENCE
  const [segment, ...subjects] = kept
  return {
    segment: textOf(segment),
    subjects: subjects.map(([subject, sums, counts]) => ({
      subject,
      sums: inPairs(sums) as [number, number][],
      counts: inPairs(counts) as Count[],
    })),
  }
}

function inPairs<T>(list: readonly T[]): [T, T][] {
  const pairs: [T, T][] = []
  for (let i = 0; i + 1 < list.length; i += 2) pairs.push([list[i] as T, list[i + 1] as T])
  return pairs
}

function readLine(line: string, slices: readonly Maybe[], largeId: string | undefined): CountedOpportunity {
  const first = line.indexOf(' ')
  const second = line.indexOf(' ', first + 1)
  const at = Number(line.slice(0, first)) * PER_SLICE
  const code = Number(line.slice(first + 1, second))
  return {
    source: String(slices[at]),
    pipeline: textOf(slices[at + 1]),
    segment: textOf(slices[at + 2]) as Segment | undefined,
    ...readCode(code),
    largeId,
    path: parsePath(line.slice(second + 1)),
  }
}

function sliceOf({ source, pipeline, segment }: CountedOpportunity, slices: (string | undefined)[]): number {
  let at = 0
  for (; at < slices.length; at += PER_SLICE)
    if (slices[at] === source && slices[at + 1] === pipeline && slices[at + 2] === segment) return at / PER_SLICE
  slices.push(source, pipeline, segment)
  return at / PER_SLICE
}

/** Category, state, funnel stage, four marks and what the CRM says of its chance as one number. */
function codeOf(one: CountedOpportunity): number {
  const { state, funnelStage, category, chance } = one
  const marks = (one.expanded ? 1 : 0) + (one.cameAsLead ? 2 : 0) + (one.isRenewal ? 4 : 0) + (one.isExpansion ? 8 : 0)
  const place = FUNNEL_STAGES.indexOf(funnelStage) * OPPORTUNITY_STATES.length + OPPORTUNITY_STATES.indexOf(state)
  const said = (place * CATEGORIES.length + CATEGORIES.indexOf(category)) * MARKS + marks
  return said + (chance === undefined ? 0 : chance + 1) * SAID
}

const MARKS = 16
/** More than any of the rest comes to. */
const SAID = 1024

function readCode(whole: number): Omit<CountedOpportunity, 'source' | 'pipeline' | 'segment' | 'largeId' | 'path'> {
  const [chance, code] = [Math.floor(whole / SAID), whole % SAID]
  const said = Math.floor(code / MARKS)
  const place = Math.floor(said / CATEGORIES.length)
  return {
    state: OPPORTUNITY_STATES[place % OPPORTUNITY_STATES.length] as OpportunityState,
    funnelStage: FUNNEL_STAGES[Math.floor(place / OPPORTUNITY_STATES.length)] as FunnelStage,
    category: CATEGORIES[said % CATEGORIES.length] as Category,
    chance: chance === 0 ? undefined : chance - 1,
    expanded: (code & 1) === 1,
    cameAsLead: (code & 2) === 2,
    isRenewal: (code & 4) === 4,
    isExpansion: (code & 8) === 8,
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}
