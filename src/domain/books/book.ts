import type { Company } from '../company.ts'
import type { CountedOpportunity } from '../counted.ts'
import type { FactValues } from '../facts.ts'
import { keyPart, readKeyPart } from '../key-part.ts'
import type { Model } from '../model.ts'
import { Cell, parseKey, type Tally } from '../tally.ts'

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
  const books: { readonly ownerId: string; readonly sums: number[] }[] = []
  const add: Add = (ownerId, measure, value) => {
    if (typeof ownerId !== 'string' || value === 0) return
    // One dossier has few owners.
    let book = books.find((one) => one.ownerId === ownerId)
    if (book === undefined) {
      book = { ownerId, sums: [] }
      books.push(book)
    }
    const { sums } = book
    for (let at = 0; at < sums.length; at += 2) {
      if (sums[at] !== PLACE[measure]) continue
      sums[at + 1] = (sums[at + 1] as number) + value
      return
    }
    sums.push(PLACE[measure], value)
  }
  if (account !== null) addAccount(account, add)
  for (let i = 0; i < counted.length; i += 1) {
    const { ownerId, arr } = opportunities[i] as FactValues
    if (counted[i]?.state !== 'open' || ownerId === undefined) continue
    add(ownerId, 'openOpportunities', 1)
    add(ownerId, 'openPipeline', typeof arr === 'number' ? arr : 0)
  }
  for (const { ownerId, isOpen } of leads) if (isOpen === true) add(ownerId, 'openLeads', 1)
  if (books.length === 0) return NONE
  if (books.length > 1) books.sort((a, b) => (a.ownerId < b.ownerId ? -1 : 1))
  return books.map(({ ownerId, sums }): CountedBook => [ownerId, ...sums])
}

const NONE: CountedBook[] = []

type Add = (ownerId: FactValues[string] | undefined, measure: Measure, value: number) => void

function addAccount(account: FactValues, add: Add): void {
  const holder = account.accountManagerId ?? account.ownerId
  if (holder === undefined) return
  const arr = typeof account.arr === 'number' ? account.arr : 0
  add(holder, 'accounts', 1)
  if (account.accountManagerId !== undefined) add(holder, 'managed', 1)
  const { segment, bucket } = account
  if (segment === 'smb' || segment === 'mid_market' || segment === 'enterprise') add(holder, segment, 1)
  if (account.isCustomer !== true) return
  add(holder, 'customers', 1)
  add(holder, 'arr', arr)
  add(holder, 'seats', typeof account.seatsPaid === 'number' ? account.seatsPaid : 0)
  if (bucket !== 'orange' && bucket !== 'green') return
  add(holder, `${bucket}Accounts`, 1)
  add(holder, `${bucket}Arr`, arr)
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
  for (const [key, value] of totals) {
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
