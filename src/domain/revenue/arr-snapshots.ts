import { type Day, monthIndexOf } from '../day.ts'
import { type Derivation, TODAY } from '../derivation.ts'
import type { FactValues } from '../facts.ts'
import type { Account } from '../records.ts'
import type { ArrPath, ArrPoint } from './arr-path.ts'

/**
 * What an account's own ARR field was seen to say on a day on which it said something else than before. boardsync keeps these itself: no
 * source could tell them again. As delivered, in the currency delivered, so that it comes to company currency at today's rate as all
 * other ARR does, and a rate that moves makes no movement.
 */
export interface ArrSnapshot {
  readonly accountId: string
  readonly day: Day
  /** Of the account. */
  readonly source: string
  /** Minor units; `null`: the field was empty, or the account gone into another. */
  readonly arr: number | null
  /** ISO 4217; absent: the company's. */
  readonly currency?: string
  /** Seats paid for then; absent: unknown. */
  readonly seats?: number
  /** The first one, of an account of which nobody can say what it had on the days before. */
  readonly isOpening?: true
}

/** Of a source whose accounts have an ARR field. */
export interface Watched {
  /** Who is first seen with ARR after this day had none before; `null`: not all there is was seen yet. */
  readonly since: Day | null
}

/** The snapshots of an account and of those merged into it, each by day, up to today. */
export interface SeenArr {
  /** Its own come first; where it has none, nothing is told. */
  readonly series: readonly (readonly ArrSnapshot[])[]
  /** Those of today that are to be kept: what differs from the one before. */
  readonly fresh: readonly ArrSnapshot[]
}

const NOTHING: SeenArr = { series: [], fresh: [] }

/**
 * The account; where its ARR field holds what nobody can read, with the ARR that was last seen of it. The value is listed as rejected,
 * and until it is mended nothing has moved.
 */
export function arrLastSeen(account: Account, kept: readonly ArrSnapshot[], day: Day): Account {
  if (account.unread?.includes('arr') !== true) return account
  const last = kept.findLast((one) => one.accountId === account.id && one.day <= day)
  if (last === undefined || last.arr === null) return account
  const { currency: _, ...rest } = account
  return { ...rest, arr: last.arr, ...(last.currency === undefined ? {} : { currency: last.currency }) }
}

/**
 * Looks at an account's ARR field today, beside the snapshots that are kept of it and of accounts merged into it (`kept`, by account and
 * day). None begin where subscription periods come first and tell (`isPaid`), or where the field is no source of ARR; once begun they
 * go on. A field that was emptied says that the ARR ended, one that is no longer mapped says nothing. An account that was merged into this
 * one has nothing left from the day on which that was seen; of accounts joined with it, the same company elsewhere, nothing is added.
 */
export function seeArr(
  account: Account,
  kept: readonly ArrSnapshot[],
  isPaid: boolean,
  { context, day, uses }: Derivation,
): SeenArr {
  if (account.arr === undefined && kept.length === 0) return NOTHING
  const sources = context.model.arrFrom
  const place = sources.indexOf('account_field')
  if (place === -1) return NOTHING
  const fresh: ArrSnapshot[] = []
  const own = kept.filter((one) => one.accountId === account.id)
  const isFirst = isPaid && sources.slice(0, place).includes('subscription_periods')
  if (own.length > 0 || !isFirst) {
    const now = seenNow(account, own, context.watched, day)
    if (now !== null) fresh.push(now)
  }
  if (own.length + fresh.length === 0) return NOTHING
  const series = [withFresh(own, fresh[0], day)]
  const joined = new Set(account.joined?.map(({ id }) => id))
  const merged = kept.filter(
    ({ accountId, source }) => accountId !== account.id && source === account.source && !joined.has(accountId),
  )
  for (const [accountId, theirs] of Map.groupBy(merged, (one) => one.accountId)) {
    // That it comes to stand for itself again is a reason to derive again.
    uses.push(`account:${accountId}`)
    const last = theirs.at(-1) as ArrSnapshot
    const end = last.arr !== null && last.day <= day ? { accountId, day, source: last.source, arr: null } : undefined
    if (end !== undefined) fresh.push(end)
    series.push(withFresh(theirs, end, day))
  }
  return { series, fresh }
}

function seenNow(
  { id, source, arr, currency, seatsPaid, joined }: Account,
  own: readonly ArrSnapshot[],
  watched: ReadonlyMap<string, Watched>,
  day: Day,
): ArrSnapshot | null {
  const last = own.at(-1)
  // A look back at an earlier day sees what was kept of it.
  if (last !== undefined && last.day > day) return null
  const ofSources = [source, ...(joined ?? []).map((one) => one.source)].flatMap((name) => watched.get(name) ?? [])
  if (arr === undefined) {
    const isEmptiedNow = last !== undefined && last.arr !== null && ofSources.length > 0
    return isEmptiedNow ? { accountId: id, day, source, arr: null } : null
  }
  if (last?.arr === arr && last.currency === currency && last.seats === seatsPaid) return null
  const isKnownBefore = ofSources.length > 0 && ofSources.every(({ since }) => since !== null && since < day)
  const isOpening = last === undefined ? !isKnownBefore : last.day === day && last.isOpening === true
  return {
    accountId: id,
    day,
    source,
    arr,
    ...(currency === undefined ? {} : { currency }),
    ...(seatsPaid === undefined ? {} : { seats: seatsPaid }),
    ...(isOpening ? { isOpening } : {}),
  }
}

/** One snapshot a day: that of today is the newest. */
function withFresh(kept: readonly ArrSnapshot[], fresh: ArrSnapshot | undefined, day: Day): readonly ArrSnapshot[] {
  if (fresh === undefined) return kept.filter((one) => one.day <= day)
  return [...kept.filter((one) => one.day < day), fresh]
}

/** Whether the account's own field, once filled, is empty now. */
export function isEmptied({ series: [own] }: SeenArr): boolean {
  return own?.at(-1)?.arr === null
}

/**
 * The ARR history that snapshots tell, with what another method (`before`) tells of the days before the first of them; `null` where
 * there are none. `account` must know its ARR by the field.
 *
 * On the first day the two may differ: nobody knows when that moved, if it did, so it is an opening and no movement. So is
 * all that is there on that day where nothing told of it before, unless the account was seen without ARR until then: then it is new.
 * What was won earlier in the month of a first snapshot, by an account that had nothing before that month, is told by the snapshot.
 */
export function snapshotPath(
  { series }: SeenArr,
  before: ArrPath | null,
  account: Account,
  fact: FactValues,
  derivation: Derivation,
): ArrPath | null {
  const changes = changesOf(series, account, fact, derivation)
  const [first] = changes
  if (first === undefined) return null
  const earlier = before === null ? [] : before.points.filter(({ day }) => day < first.day)
  const points: ArrPoint[] = []
  if (before !== null && earlier.some(({ day }) => !isSameMonth(day, first.day))) points.push(...earlier)
  const isContinued = points.length > 0
  let { arr, seats } = points.at(-1) ?? { arr: 0, seats: 0 }
  for (const [at, change] of changes.entries()) {
    const opening = at === 0 && isContinued ? change.arr - arr : change.opening
    if (change.arr === arr && change.seats === seats && opening === undefined) continue
    ;({ arr, seats } = change)
    points.push({ day: change.day, arr, seats, ...(opening === undefined ? {} : { opening }) })
  }
  const path = { method: 'snapshots', points } as const
  return before !== null && isContinued ? { ...path, before: { method: before.method, until: first.day } } : path
}

/** What all series come to together, by day; of what begins on a day, how much may have been there before. */
function changesOf(
  series: SeenArr['series'],
  account: Account,
  fact: FactValues,
  derivation: Derivation,
): readonly ArrPoint[] {
  const convert = converters(account, fact, derivation)
  const seen = series.flatMap((one, of) =>
    one.flatMap((snapshot) => {
      const arr = snapshot.arr === null ? 0 : convert(snapshot)
      return arr === undefined
        ? []
        : [{ of, arr, day: snapshot.day, seats: seatsOf(snapshot), isOpening: snapshot.isOpening }]
    }),
  )
  const now = series.map(() => ({ arr: 0, seats: 0 }))
  const changes: ArrPoint[] = []
  for (const { of, day, arr, seats, isOpening } of seen.sort((a, b) => a.day - b.day)) {
    now[of] = { arr, seats }
    const sum = now.reduce((total, one) => ({ arr: total.arr + one.arr, seats: total.seats + one.seats }))
    const last = changes.at(-1)?.day === day ? changes.pop() : undefined
    const opening = isOpening === true ? (last?.opening ?? 0) + arr : last?.opening
    changes.push({ day, ...sum, ...(opening === undefined ? {} : { opening }) })
  }
  return changes
}

function seatsOf({ arr, seats = 0 }: ArrSnapshot): number {
  return arr === null || arr === 0 ? 0 : seats
}

/** Turns what was seen into company currency at today's rate; a currency without one is found once. */
function converters(
  account: Account,
  { arrByField }: FactValues,
  derivation: Derivation,
): (snapshot: ArrSnapshot) => number | undefined {
  const company = derivation.context.model.currency
  const byCurrency = new Map<string, (minor: number) => number | undefined>()
  // What is wrong with what it has now was found already.
  if (account.arr !== undefined && arrByField === undefined)
    byCurrency.set(account.currency ?? company, () => undefined)
  return ({ arr, currency = company }) => {
    let convert = byCurrency.get(currency)
    if (convert === undefined) {
      convert = derivation.converter(currency, TODAY, 'account', account)
      byCurrency.set(currency, convert)
    }
    return convert(arr ?? 0)
  }
}

function isSameMonth(a: Day, b: Day): boolean {
  return monthIndexOf(a) === monthIndexOf(b)
}
