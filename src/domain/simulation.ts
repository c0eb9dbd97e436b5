import { FACTS } from './fact-fields.ts'
import { DOSSIER_KINDS, type DossierFacts, type FactKind, type FactValues, isOfTotals } from './facts.ts'
import { grouped, moneyText } from './money.ts'
import { scopesOf } from './scopes.ts'

/** What a change of the model would do to facts of one kind. */
export interface FactDifference {
  readonly kind: FactKind
  readonly rows: {
    readonly before: number
    readonly after: number
    /** There both times, and not the same. */
    readonly changed: number
    readonly added: number
    readonly gone: number
  }
  /** How many accounts (or records without one) any of it is of; `null` for facts made from totals. */
  readonly accounts: number | null
  /** Sums over all rows of the fields that add up and do not come to the same, in the units of the field. */
  readonly sums: readonly { readonly field: string; readonly before: number; readonly after: number }[]
  /** Rows that go from one value of a list to another, those of most rows first. */
  readonly moves: readonly Move[]
}

export interface Move {
  readonly field: string
  /** `null`: empty. */
  readonly from: string | null
  readonly to: string | null
  readonly rows: number
  /** What they are worth, in minor units; `null` for facts without ARR. */
  readonly arr: number | null
}

/** Holds facts that were derived in two ways from the same records against each other; keeps counts and sums, and no fact. */
export class Comparison {
  readonly #kinds = new Map<FactKind, Counter>()

  /** Facts of one dossier. */
  addDossier(before: DossierFacts, after: DossierFacts): void {
    for (const kind of DOSSIER_KINDS) this.#add(kind, valuesOf(kind, before), valuesOf(kind, after))
  }

  /** All facts of a kind that are made from totals. */
  addTotals(kind: FactKind, before: readonly FactValues[], after: readonly FactValues[]): void {
    this.#add(kind, before, after)
  }

  /** Kinds of which anything differs, in the order in which they came. */
  differences(): FactDifference[] {
    return [...this.#kinds].flatMap(([kind, counter]) => counter.difference(kind) ?? [])
  }

  #add(kind: FactKind, before: readonly FactValues[], after: readonly FactValues[]): void {
    if (before.length === 0 && after.length === 0) return
    let counter = this.#kinds.get(kind)
    if (counter === undefined) {
      counter = new Counter(kind)
      this.#kinds.set(kind, counter)
    }
    counter.add(before, after)
  }
}

function valuesOf(kind: FactKind, facts: DossierFacts): FactValues[] {
  return scopesOf(kind, facts).map(({ names }) => names[kind] as FactValues)
}

/** Fields that tell what a row is worth. */
const WORTH = ['arr', 'arrAtRisk', 'change'] as const

class Counter {
  readonly #additive: readonly string[]
  readonly #listed: readonly string[]
  readonly #sums = new Map<string, { before: number; after: number }>()
  readonly #moves = new Map<string, { -readonly [K in keyof Move]: Move[K] }>()
  readonly #rows = { before: 0, after: 0, changed: 0, added: 0, gone: 0 }
  #accounts = 0

  constructor(kind: FactKind) {
    const fields = Object.entries(FACTS[kind].fields)
    this.#additive = fields.filter(([, { additive }]) => additive === true).map(([name]) => name)
    this.#listed = fields.filter(([, { type }]) => type === 'enum' || type === 'boolean').map(([name]) => name)
  }

  add(before: readonly FactValues[], after: readonly FactValues[]): void {
    const rows = this.#rows
    rows.before += before.length
    rows.after += after.length
    for (const row of before) this.#sum(row, 'before')
    for (const row of after) this.#sum(row, 'after')
    const byId = new Map(before.map((row) => [row.id, row]))
    let differs = false
    for (const row of after) {
      const was = byId.get(row.id)
      byId.delete(row.id)
      if (was === undefined) rows.added += 1
      else if (isSame(was, row)) continue
      else {
        rows.changed += 1
        this.#move(was, row)
      }
      differs = true
    }
    rows.gone += byId.size
    if (differs || byId.size > 0) this.#accounts += 1
  }

  difference(kind: FactKind): FactDifference | null {
    const { changed, added, gone } = this.#rows
    if (changed + added + gone === 0) return null
    return {
      kind,
      rows: this.#rows,
      accounts: isOfTotals(kind) ? null : this.#accounts,
      sums: [...this.#sums].flatMap(([field, sum]) => (sum.before === sum.after ? [] : [{ field, ...sum }])),
      moves: [...this.#moves.values()].sort((a, b) => b.rows - a.rows || (keyOf(a) < keyOf(b) ? -1 : 1)),
    }
  }

  #sum(row: FactValues, side: 'before' | 'after'): void {
    for (const field of this.#additive) {
      const value = row[field]
      if (typeof value !== 'number') continue
      let sum = this.#sums.get(field)
      if (sum === undefined) {
        sum = { before: 0, after: 0 }
        this.#sums.set(field, sum)
      }
      sum[side] += value
    }
  }

  #move(was: FactValues, is: FactValues): void {
    for (const field of this.#listed) {
      if (was[field] === is[field]) continue
      const move = { field, from: textOf(was[field]), to: textOf(is[field]) }
      const key = keyOf(move)
      let known = this.#moves.get(key)
      if (known === undefined) {
        known = { ...move, rows: 0, arr: null }
        this.#moves.set(key, known)
      }
      known.rows += 1
      const worth = worthOf(is) ?? worthOf(was)
      if (worth !== undefined) known.arr = (known.arr ?? 0) + worth
    }
  }
}

function keyOf({ field, from, to }: Pick<Move, 'field' | 'from' | 'to'>): string {
  return JSON.stringify([field, from, to])
}

function isSame(a: FactValues, b: FactValues): boolean {
  const names = Object.keys(a)
  if (names.length !== Object.keys(b).length) return false
  return names.every((name) => {
    const [one, other] = [a[name], b[name]]
    return one === other || (typeof one === 'object' && JSON.stringify(one) === JSON.stringify(other))
  })
}

function worthOf(row: FactValues): number | undefined {
  for (const field of WORTH) {
    const value = row[field]
    if (typeof value === 'number') return value
  }
  return undefined
}

function textOf(value: FactValues[string] | undefined): string | null {
  return value === undefined ? null : String(value)
}

/** What a difference comes to, in sentences: `14 accounts with 212,000 USD of ARR go back to orange`. */
export function sentencesOf({ kind, rows, moves }: FactDifference, currency: string): string[] {
  // What comes to be known, or no longer is, stands in the moves; of all that moved, values for values are told.
  const told = moves.filter(({ from, to }) => from !== null && to !== null)
  const said = (told.length > 0 ? told : moves).map(({ field, from, to, rows: count, arr }) => {
    const worth = arr === null ? '' : ` with ${moneyText(arr, currency)} of ARR`
    const [who, verb] = count === 1 ? [`1 ${nounOf(kind)}`, 'goes'] : [`${grouped(count)} ${pluralOf(kind)}`, 'go']
    if (kind === 'account' && field === 'bucket' && from === 'green' && to === 'orange')
      return `${who}${worth} ${verb} back to orange`
    return `${who}${worth} ${verb} from ${inWords(from)} to ${inWords(to)}: ${subjectOf(kind, field)}`
  })
  const { changed, added, gone } = rows
  const parts = [
    ...(added > 0 ? [`${grouped(added)} ${added === 1 ? 'comes' : 'come'} to be`] : []),
    ...(gone > 0 ? [`${grouped(gone)} ${gone === 1 ? 'is' : 'are'} no more`] : []),
    ...(changed > 0 && said.length === 0 ? [`${grouped(changed)} ${changed === 1 ? 'changes' : 'change'}`] : []),
  ]
  return parts.length === 0 ? said : [...said, `Of ${grouped(rows.before)} ${pluralOf(kind)} ${parts.join(', ')}`]
}

const ANSWERS: Readonly<Record<string, string>> = { true: 'yes', false: 'no' }

/** A value of a list as people read it. */
function inWords(value: string | null): string {
  return value === null ? 'empty' : (ANSWERS[value] ?? value.replaceAll('_', ' '))
}

/** What a field tells, in the first words of its meaning: `whether it is orange and near the threshold`. */
function subjectOf(kind: FactKind, field: string): string {
  const meaning = FACTS[kind].fields[field]?.meaning ?? field
  const [subject = meaning] = meaning.split(/[.;:](?:\s|$)/, 1)
  return subject.charAt(0).toLowerCase() + subject.slice(1)
}

function nounOf(kind: FactKind): string {
  return isOfTotals(kind) ? `row of ${kind}` : kind.replaceAll('_', ' ')
}

function pluralOf(kind: FactKind): string {
  return isOfTotals(kind) ? `rows of ${kind}` : `${kind.replaceAll('_', ' ')}s`.replace(/ys$/, 'ies')
}
