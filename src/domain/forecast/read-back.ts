import type { Month } from '../day.ts'
import { Cell, parseKey, sumsUnder, type Tally } from '../tally.ts'

/** All that a forecast needs to know of an open opportunity. */
export interface OpenOpportunity {
  /** Its stage, as in keys: `salesforce|3|Enterprise`. */
  readonly stage: string
  /** The month in which it came into it. */
  readonly since: Month
  /** The month of its close date. */
  readonly due: Month | undefined
  /** What the CRM says of its being won, in percent. */
  readonly chance: number | undefined
  /** Minor units of company currency. */
  readonly arr: number
}

const HEAD = 'O'
/** `n` opportunities, `a` their ARR, `c` when and how likely as one number, `g` their stage as a number, `h` what tells whether all are alike. */
const MEASURES = [...'nacgh'] as const
const [COUNT, ARR, CODE, STAGE, CHECK] = [0, 1, 2, 3, 4] as const
/** Each is counted in one place of each of three tables. */
const TABLES = 3
const PLACES = 64
const cells = Array.from({ length: TABLES }, (_, table) =>
  Array.from({ length: PLACES }, (_, place) => new Cell(HEAD, `${table}:${place}`, MEASURES)),
)

/**
 * Adds an open opportunity to sums from which it can be read back out as long as there are few: an invertible Bloom lookup table
 * (Goodrich and Mitzenmacher 2011, arXiv:1101.2245). However many there are, it stays at 192 places of five sums each; up to some 150
 * opportunities come out again, each as it is. Integers only.
 */
export function addToReadBack(tally: Tally, one: OpenOpportunity): void {
  const values = valuesOf(one)
  for (let table = 0; table < TABLES; table += 1)
    tally.addEach(tally.row(cells[table]?.[placeIn(table, values)] as Cell, 0), values)
}

/**
 * The opportunities that totals hold, those that are alike together, in a fixed order; `undefined` where there are too many to be told apart.
 * `stages`: all that there may be. `totals` may hold other things.
 */
export function readBack(
  totals: ReadonlyMap<string, number>,
  stages: Iterable<string>,
): readonly (OpenOpportunity & { readonly count: number })[] | undefined {
  const stageOf = new Map([...stages].map((stage) => [numberOfText(stage), stage]))
  const tables = cells.map((places) => places.map(() => MEASURES.map(() => 0)))
  for (const [key, value] of sumsUnder(totals, HEAD)) {
    const parsed = value === 0 ? undefined : parseKey(key, HEAD)
    if (parsed === undefined) continue
    const [table, place] = parsed.tail.split(':').map(Number)
    const sums = tables[table ?? 0]?.[place ?? 0]
    const measure = (MEASURES as readonly string[]).indexOf(parsed.measure)
    if (sums !== undefined && measure >= 0) sums[measure] = value
  }
  const places = tables.flatMap((of, table) => of.map((sums, place) => ({ table, place, sums })))
  const found: (OpenOpportunity & { readonly count: number })[] = []
  for (let isMoving = true; isMoving; ) {
    isMoving = false
    for (const { table, place, sums } of places) {
      const one = onlyOneIn(sums, stageOf)
      const values = one === undefined ? undefined : valuesOf(one)
      // What does not belong here is a mixture that looks like one: taken out, it would be found again for ever.
      if (one === undefined || values === undefined || placeIn(table, values) !== place) continue
      found.push(one)
      isMoving = true
      tables.forEach((of, at) => {
        const other = of[placeIn(at, values)] as number[]
        for (let measure = 0; measure < MEASURES.length; measure += 1)
          other[measure] = (other[measure] as number) - one.count * (values[measure] as number)
      })
    }
  }
  if (tables.flat(2).some((sum) => sum !== 0)) return undefined
  return found.sort((a, b) => b.arr - a.arr || (keyOf(a) < keyOf(b) ? -1 : 1))
}

/** What stands in a place where all that were counted there are alike. */
function onlyOneIn(
  sums: readonly number[],
  stageOf: ReadonlyMap<number, string>,
): (OpenOpportunity & { readonly count: number }) | undefined {
  const count = sums[COUNT] as number
  if (count <= 0 || sums.some((sum) => sum % count !== 0)) return undefined
  const stage = stageOf.get((sums[STAGE] as number) / count)
  if (stage === undefined) return undefined
  const one = { stage, arr: (sums[ARR] as number) / count, ...fromCode((sums[CODE] as number) / count), count }
  return valuesOf(one)[CHECK] === (sums[CHECK] as number) / count ? one : undefined
}

/** Months up to 2140, chances of 0 to 100 %; 0 is for what is not known. */
const MONTHS = 2048
const CHANCES = 102

/** What one opportunity adds to each measure. */
function valuesOf({ stage, since, due, chance, arr }: OpenOpportunity): readonly number[] {
  const within = (month: Month) => Math.min(MONTHS - 1, Math.max(0, month))
  const code =
    (within(since) * MONTHS + (due === undefined ? 0 : within(due))) * CHANCES + (chance === undefined ? 0 : chance + 1)
  const place = numberOfText(stage)
  // Alike in all of these are alike; two of a kind that are not differ in this number, but for one case in four billion.
  const check = mix(mix(mix(place) ^ code) ^ (arr % 0x8000_0000)) ^ Math.floor(arr / 0x8000_0000)
  return [1, arr, code, place, check >>> 0]
}

function fromCode(code: number): Pick<OpenOpportunity, 'since' | 'due' | 'chance'> {
  const [months, chance] = [Math.floor(code / CHANCES), code % CHANCES]
  const due = months % MONTHS
  return {
    since: Math.floor(months / MONTHS),
    due: due === 0 ? undefined : due,
    chance: chance === 0 ? undefined : chance - 1,
  }
}

function placeIn(table: number, values: readonly number[]): number {
  return mix((values[CHECK] as number) + Math.imul(table + 1, 0x9e37_79b9)) % PLACES
}

function keyOf({ stage, since, due, chance }: OpenOpportunity): string {
  return [stage, since, due, chance].join('|')
}

const numbers = new Map<string, number>()

/** FNV-1a of a text, in 24 bits. There are as many texts as stages. */
function numberOfText(text: string): number {
  let number = numbers.get(text)
  if (number === undefined) {
    number = 0x811c_9dc5
    for (let i = 0; i < text.length; i += 1) number = Math.imul(number ^ text.charCodeAt(i), 0x0100_0193)
    number = (number ^ (number >>> 24)) & 0xff_ffff
    numbers.set(text, number)
  }
  return number
}

/** Every bit of the result hangs on every bit of a 32-bit number: the finalizer of MurmurHash3. */
function mix(value: number): number {
  let mixed = value | 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85eb_ca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
