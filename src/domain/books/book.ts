import type { Company } from '../company.ts'
import type { CountedOpportunity } from '../counted.ts'
import type { FactValues } from '../facts.ts'
import { keyPart, readKeyPart } from '../key-part.ts'
import type { Model } from '../model.ts'
import { Cell, parseKey, sumsUnder, type Tally } from '../tally.ts'

const HEAD = 'Q'
/** What is counted per person; places of these are stored. */
const MEASURES = [
  ...['accounts', 'customers', 'managed', 'arr', 'seats'],
  ...['orangeAccounts', 'orangeArr', 'greenAccounts', 'greenArr', 'smb', 'mid_market', 'enterprise'],
  ...['openOpportunities', 'openPipeline', 'openLeads'],
] as const
type Measure = (typeof MEASURES)[number]
const PLACE = Object.fromEntries(MEASURES.map((measure, place) => [measure, place])) as Readonly<
  Record<Measure, number>
>

/** What a dossier adds to the books of people: whose, then place and value of each measure. Stored as it stands. */
export type CountedBook = readonly [ownerId: string, ...sums: number[]]

/**
 * What of a dossier stands in whose book today: the account in that of its account manager, or without one of its owner; open
 * opportunities and leads in that of their own owners.
 */
export function countedBooks(
  account: FactValues | null,
  opportunities: readonly FactValues[],
  counted: readonly CountedOpportunity[],
  leads: readonly FactValues[],
): CountedBook[] {
  const books: Book[] = []
  if (account !== null) addAccount(account, books)
  for (let i = 0; i < counted.length; i += 1) {
    if (counted[i]?.state !== 'open') continue
    const { ownerId, arr } = opportunities[i] as FactValues
    if (typeof ownerId !== 'string') continue
    const { sums } = bookOf(books, ownerId)
    add(sums, 'openOpportunities', 1)
    if (typeof arr === 'number') add(sums, 'openPipeline', arr)
  }
  for (const { ownerId, isOpen } of leads)
    if (isOpen === true && typeof ownerId === 'string') add(bookOf(books, ownerId).sums, 'openLeads', 1)
  if (books.length === 0) return NONE
  if (books.length > 1) books.sort((a, b) => (a.ownerId < b.ownerId ? -1 : 1))
  return books.map(stored)
}

const NONE: CountedBook[] = []

interface Book {
  readonly ownerId: string
  /** By place; holes are 0. */
  readonly sums: number[]
}

/** One dossier has few owners. */
function bookOf(books: Book[], ownerId: string): Book {
  for (const book of books) if (book.ownerId === ownerId) return book
  const book = { ownerId, sums: new Array<number>(MEASURES.length).fill(0) }
  books.push(book)
  return book
}

function add(sums: number[], measure: Measure, value: number): void {
  sums[PLACE[measure]] = (sums[PLACE[measure]] as number) + value
}

function stored({ ownerId, sums }: Book): CountedBook {
  const told: [string, ...number[]] = [ownerId]
  for (let place = 0; place < sums.length; place += 1) {
    const value = sums[place] as number
    if (value !== 0) told.push(place, value)
  }
  return told
}

function addAccount(account: FactValues, books: Book[]): void {
  const holder = account.accountManagerId ?? account.ownerId
  if (typeof holder !== 'string') return
  const { sums } = bookOf(books, holder)
  add(sums, 'accounts', 1)
  if (account.accountManagerId !== undefined) add(sums, 'managed', 1)
  const { segment, bucket } = account
  if (segment === 'smb' || segment === 'mid_market' || segment === 'enterprise') add(sums, segment, 1)
  if (account.isCustomer !== true) return
  const arr = typeof account.arr === 'number' ? account.arr : 0
  add(sums, 'customers', 1)
  add(sums, 'arr', arr)
  add(sums, 'seats', typeof account.seatsPaid === 'number' ? account.seatsPaid : 0)
  if (bucket !== 'orange' && bucket !== 'green') return
  add(sums, `${bucket}Accounts`, 1)
  add(sums, `${bucket}Arr`, arr)
}

const cells = new Map<string, Cell>()

/** Adds what a dossier has in somebody's book; integers only. */
export function addToBooks(tally: Tally, book: CountedBook): void {
  const [ownerId] = book
  let cell = cells.get(ownerId)
  if (cell === undefined) {
    cell = new Cell(HEAD, keyPart(ownerId), MEASURES)
    cells.set(ownerId, cell)
  }
  const row = tally.row(cell, 0)
  for (let i = 1; i < book.length; i += 2) tally.add(row, book[i] as number, book[i + 1] as number)
}

/** How full a book is. */
export const LOADS = ['under', 'within', 'over'] as const

const ROLES = {
  ae: ['ae', 'account executive'],
  am: ['am', 'account manager'],
} as const

/** The book of each person who owns anything, by id. `totals` may hold other things. */
export function bookFacts(
  totals: ReadonlyMap<string, number>,
  model: Model,
  { user }: Pick<Company, 'user'>,
): FactValues[] {
  const books = new Map<string, Record<string, number>>()
  for (const [key, value] of sumsUnder(totals, HEAD)) {
    const parsed = value === 0 ? undefined : parseKey(key, HEAD)
    if (parsed === undefined) continue
    const sums = books.get(parsed.tail) ?? {}
    books.set(parsed.tail, sums)
    sums[parsed.measure] = value
  }
  return [...books]
    .map(([tail, sums]) => rowOf(readKeyPart(tail) ?? '', sums, model, user))
    .sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1))
}

function rowOf(
  ownerId: string,
  sums: Readonly<Record<string, number>>,
  { books }: Model,
  user: Company['user'],
): FactValues {
  const owner = user(ownerId)
  const { mid_market: midMarket = 0, ...others } = Object.fromEntries(
    MEASURES.map((measure) => [measure, sums[measure] ?? 0]),
  )
  const row: Record<string, FactValues[string]> = {
    id: ownerId,
    name: String(owner.name),
    ownerId,
    ...others,
    midMarket,
  }
  if (owner.role !== undefined) row.role = owner.role
  if (owner.team !== undefined) row.team = owner.team
  const role = String(owner.role ?? '').toLowerCase()
  const size = ROLES.ae.some((one) => one === role)
    ? books.ae
    : ROLES.am.some((one) => one === role)
      ? books.am
      : undefined
  if (size === undefined) return row
  const accounts = row.accounts as number
  row.fewest = size.from
  row.most = size.to
  row.free = Math.max(0, size.to - accounts)
  row.load = accounts > size.to ? 'over' : accounts < size.from ? 'under' : 'within'
  return row
}
