import type { Day } from '../domain/day.ts'
import type { Definition } from '../domain/definitions/definitions.ts'
import { FACTS } from '../domain/fact-fields.ts'
import type { FactKind, FactValues, TotalsKind } from '../domain/facts.ts'
import type { YearStart } from '../domain/fiscal.ts'

/** What a section is made from: nothing else reaches it. */
export interface ReportFacts {
  /** The month the report is about: `2026-11`. */
  readonly month: string
  /** The company day up to which everything is counted. */
  readonly day: Day
  /** Company currency, ISO 4217. */
  readonly currency: string
  /** The month that quarters and years are counted from. */
  readonly yearStart: YearStart
  /** The definitions in force. */
  readonly definitions: readonly Definition[]
  /** The facts of a kind; none of a kind that no board shows, since nothing is counted for it. */
  readonly of: (kind: TotalsKind) => readonly FactValues[]
}

/** One subject of the report. `make` is pure: the same facts give the same section. It is asked only when all of `needs` are counted. */
export interface SectionSpec {
  /** Its anchor in the file. */
  readonly id: string
  readonly title: string
  /** The question it answers, in the words of whoever asks. */
  readonly question: string
  /** The kinds of facts it is made from. */
  readonly needs: readonly TotalsKind[]
  make(facts: ReportFacts): SectionBody
}

export interface SectionBody {
  /** What the numbers say, each a plain sentence; never why. */
  readonly sentences: readonly string[]
  readonly charts: readonly Chart[]
  readonly tables: readonly Table[]
  /** The definitions of what is shown, in the words of `boardsync fields`. */
  readonly terms: readonly Term[]
}

export interface Chart {
  /** What it shows, with the unit: also what a screen reader says of it. */
  readonly title: string
  readonly height: number
  /** An option of echarts; plain values only. */
  readonly option: Readonly<Record<string, unknown>>
}

export interface Table {
  readonly caption: string
  /** The first one heads the rows. */
  readonly columns: readonly string[]
  /** Text as it is printed; the first cell of a row is its header. */
  readonly rows: readonly (readonly string[])[]
}

export interface Term {
  readonly name: string
  readonly meaning: string
  readonly formula: string | null
}

/** The definitions of fields of a fact that `boardsync fields` prints, under the names that the section uses. */
export function termsOf(kind: FactKind, names: Readonly<Record<string, string>>): Term[] {
  return Object.entries(names).map(([field, name]) => {
    const described = FACTS[kind].fields[field]
    if (described === undefined) throw new RangeError(`${kind} has no field ${field}`)
    const formula = described.formula === undefined ? null : inWords(described.formula, kind, names)
    return { name, meaning: described.meaning, formula }
  })
}

/** A formula with the names of the section, or plain words, for the names that fields have in mappings. */
function inWords(formula: string, kind: FactKind, names: Readonly<Record<string, string>>): string {
  return formula.replace(/\b[a-z]+(?:[A-Z][a-z]+)+\b/g, (field) => {
    if (FACTS[kind].fields[field] === undefined) return field
    return (names[field] ?? field.replace(/[A-Z]/g, (letter) => ` ${letter}`)).toLowerCase()
  })
}

/** A section with nothing to show for the month: says what is missing and how to get it. */
export function nothingToShow(sentence: string, howTo: string): SectionBody {
  return { sentences: [sentence, howTo], charts: [], tables: [], terms: [] }
}
