import { type Catalogue, comparable, nameEntry } from './catalogue.ts'
import type { Partner, Target, User, UserPeriod } from './company-records.ts'
import { type Calendar, type Day, formatDay } from './day.ts'
import type { Feature } from './demand-records.ts'
import type { FactValues, Finding } from './facts.ts'
import type { FindingCode } from './findings.ts'
import type { Model } from './model.ts'
import { convertMoney } from './money.ts'
import { nextRateDay, type Rates, rateOn } from './rates.ts'
import type { RecordKind, Segment } from './records.ts'
import type { Watched } from './revenue/arr-snapshots.ts'
import type { TotalsParts } from './totals-parts.ts'

/** What facts are derived from beside the dossier itself. */
export interface Context {
  readonly model: Model
  readonly zone: Calendar
  user(id: string): User | undefined
  /** Of all users that sources delivered, in order. */
  readonly userIds: readonly string[]
  /** Whatever the case of the address; of several, the one with the first id. */
  userByEmail(email: string): User | undefined
  /** What a user was over time, by first day. */
  periodsOf(userId: string): readonly UserPeriod[]
  /** The id of the record that an id stands for: another one where it was merged, else the id itself. */
  survivor(kind: RecordKind, id: string): string
  /** The exchange rates that sources delivered. */
  readonly rates: Rates
  /** The catalogue, by id. */
  readonly features: ReadonlyMap<string, Feature>
  readonly catalogue: Catalogue
  readonly partners: ReadonlyMap<string, Partner>
  /** Accounts that others name as their parent, as far as those have an ARR history: noted when they were derived. */
  readonly parents: ReadonlySet<string>
  /** The accounts that were merged into one, or found to be it, by way of others or not. */
  mergedInto(accountId: string): readonly string[]
  /** By source. */
  readonly watched: ReadonlyMap<string, Watched>
  /** By id. */
  readonly targets: readonly Target[]
}

/** The day itself, in words that do not change from day to day: facts are the same until `changesOn`. */
export const TODAY = 'today'

/** A fact while it is put together. */
export type Draft = { id: string } & Record<string, FactValues[string]>

/** The derivation of one dossier under way: what it found, whom it named, and when it must be done again. */
export class Derivation {
  readonly context: Context
  readonly day: Day
  /** What is to be counted of it; of other parts nothing need be told. */
  readonly parts: TotalsParts
  readonly findings: Finding[] = []
  readonly users = new Map<string, FactValues>()
  readonly uses: string[] = []
  changesOn: Day | null = null
  /** Features by what was looked for: a dossier names the same few over and over. */
  #features: Map<string, Feature | undefined> | undefined

  constructor(context: Context, day: Day, parts: TotalsParts) {
    this.context = context
    this.day = day
    this.parts = parts
  }

  find(code: FindingCode, kind: string, id: string, detail: string): void {
    this.findings.push({ code, kind, id, detail })
  }

  /** Lists a record that belongs to no account, or to one that no source delivered. */
  findStray(kind: string, id: string, accountId: string | undefined): void {
    if (accountId === undefined) this.find('no-account', kind, id, 'belongs to no account')
    else this.find('unknown-account', kind, id, `belongs to account "${accountId}", which no source delivered`)
  }

  /** Notes that some fact changes on a day, though nothing happens; days that are not ahead are past caring. */
  wakeOn(day: Day): void {
    if (day > this.day && (this.changesOn === null || day < this.changesOn)) this.changesOn = day
  }

  /** The id of the record that an id in another dossier stands for; that it stands for another one is a reason to derive again. */
  survivor(kind: RecordKind, id: string): string {
    this.uses.push(`${kind}:${id}`)
    return this.context.survivor(kind, id)
  }

  /** The feature that a text means, by id, name or alias; that it comes to mean another one is a reason to derive again. */
  findFeature(written: string): Feature | undefined {
    this.#features ??= new Map()
    if (this.#features.has(written)) return this.#features.get(written)
    const found = comparable(written) === '' ? undefined : this.#lookFor(written)
    this.#features.set(written, found)
    return found
  }

  #lookFor(written: string): Feature | undefined {
    this.uses.push(`feature:${written}`, nameEntry(written))
    const found = this.context.catalogue.find(written)
    if (found !== undefined) this.uses.push(`feature:${found.id}`)
    return found
  }

  /** Puts the user who owns a record among the users of the dossier. */
  nameOwner(ownerId: string | undefined, kind: string, id: string): void {
    if (ownerId === undefined) return
    let fact = this.users.get(ownerId)
    if (fact === undefined) {
      const user = this.context.user(ownerId)
      const known = user === undefined ? unknownUser(ownerId) : userFact(user)
      this.uses.push(known.use)
      fact = known.fact
      this.users.set(ownerId, fact)
    }
    if (fact.known === false) {
      this.find('unknown-owner', kind, id, `is owned by user "${ownerId}", whom no source delivered`)
    }
  }

  /**
   * Turns money of a record into company currency at the rate of a day; into `undefined`, with one finding, where there
   * is no rate (`rateOn`) or the result is too large to be exact. Delivered rates that are looked at, or looked for, are
   * a reason to derive again when they change; at the rate of today, so is the day of the next one.
   */
  converter(
    currency: string,
    day: Day | typeof TODAY,
    kind: string,
    { id, source }: { readonly id: string; readonly source: string },
  ): (minor: number) => number | undefined {
    const { model } = this.context
    if (currency === model.currency) return (minor) => minor
    const { rates } = this.context
    const look = (looked: string) => void this.uses.push(`rate:${looked}`)
    const rate = rateOn(rates, model, source, currency, day === TODAY ? this.day : day, look)
    if (day === TODAY) this.wakeOn(nextRateDay(rates, model, currency, this.day) ?? this.day)
    let isFound = false
    const findOnce = (code: FindingCode, detail: string) => {
      if (!isFound) this.find(code, kind, id, detail)
      isFound = true
    }
    return (minor) => {
      if (rate === undefined) {
        const when = day === TODAY ? 'today' : formatDay(day)
        findOnce(
          'missing-rate',
          `has money in ${currency}, which has no rate for ${when} in model.yaml or from a source`,
        )
        return undefined
      }
      const converted = convertMoney(minor, currency, model.currency, rate.times, rate.over)
      if (Number.isSafeInteger(converted)) return converted
      findOnce('money-too-large', `has money in ${currency} that is too large in ${model.currency}`)
      return undefined
    }
  }
}

export function segmentByEmployees(model: Model, employees: number | undefined): Segment | undefined {
  if (employees === undefined) return undefined
  return model.segments.find(({ minEmployees }) => employees >= minEmployees)?.segment
}

interface UsedUser {
  readonly fact: FactValues
  /** The context entry. */
  readonly use: string
}

const userFacts = new WeakMap<User, UsedUser>()

function unknownUser(id: string): UsedUser {
  return { fact: { id, name: id, known: false }, use: `user:${id}` }
}

/** The fact of a user; of one that no source delivered the id stands for the name. */
export function userFactOf(context: Pick<Context, 'user'>, id: string): FactValues {
  const user = context.user(id)
  return (user === undefined ? unknownUser(id) : userFact(user)).fact
}

function userFact(user: User): UsedUser {
  let used = userFacts.get(user)
  if (used === undefined) {
    const draft: Draft = { id: user.id, name: user.name ?? user.id }
    if (user.email !== undefined) draft.email = user.email
    if (user.role !== undefined) draft.role = user.role
    if (user.team !== undefined) draft.team = user.team
    if (user.squad !== undefined) draft.squad = user.squad
    if (user.site !== undefined) draft.site = user.site
    if (user.active !== undefined) draft.active = user.active
    draft.known = true
    used = { fact: draft, use: `user:${user.id}` }
    userFacts.set(user, used)
  }
  return used
}
