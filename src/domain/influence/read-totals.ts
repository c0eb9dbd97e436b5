import { parseKey, sumsUnder } from '../tally.ts'
import { BASE_HEADS, BaseTotals, SUBJECT_HEAD, SubjectTotals } from './influence-totals.ts'

/** Every segment together. */
export const EVERY_SEGMENT = 'all'

/** What totals say of features, by segment. */
export interface InfluenceTotals {
  /** Segments that there is anything of, `all` among them. */
  readonly segments: readonly string[]
  subject(segment: string, subject: string): SubjectTotals
  /** Subjects with anything, in a segment. */
  subjects(segment: string): readonly string[]
  base(segment: string): BaseTotals
}

/** Reads totals, which may hold other things. */
export function readInfluence(totals: ReadonlyMap<string, number>): InfluenceTotals {
  const subjects = new Map<string, Map<string, SubjectTotals>>()
  const bases = new Map<string, BaseTotals>()
  const base = (segment: string): BaseTotals => {
    let one = bases.get(segment)
    if (one === undefined) {
      one = new BaseTotals()
      bases.set(segment, one)
    }
    return one
  }
  const subjectOf = (segment: string, name: string): SubjectTotals => {
    const list = subjects.get(segment) ?? new Map<string, SubjectTotals>()
    subjects.set(segment, list)
    const one = list.get(name) ?? new SubjectTotals()
    list.set(name, one)
    return one
  }
  for (const [key, value] of sumsUnder(totals, SUBJECT_HEAD + BASE_HEADS)) {
    const parsed = parseKey(key, SUBJECT_HEAD + BASE_HEADS)
    if (parsed === undefined || value === 0) continue
    const { head, measure, month, tail } = parsed
    if (head !== SUBJECT_HEAD) {
      for (const segment of [tail, EVERY_SEGMENT]) base(segment).add(head, measure, month, value)
      continue
    }
    // The name of a subject is free, and last.
    const at = tail.indexOf('|')
    const name = tail.slice(at + 1)
    for (const segment of [tail.slice(0, at), EVERY_SEGMENT]) subjectOf(segment, name).add(measure, value)
  }
  const segments = new Set([...bases.keys(), ...subjects.keys()])
  return {
    segments: [...segments].sort(),
    subject: (segment, name) => subjects.get(segment)?.get(name) ?? EMPTY,
    subjects: (segment) => [...(subjects.get(segment)?.keys() ?? [])].sort(),
    base: (segment) => bases.get(segment) ?? NOTHING,
  }
}

const EMPTY = new SubjectTotals()
const NOTHING = new BaseTotals()
