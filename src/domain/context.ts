import { createCatalogue } from './catalogue.ts'
import type { Partner, Target, User, UserPeriod } from './company-records.ts'
import type { Calendar } from './day.ts'
import type { Feature } from './demand-records.ts'
import type { Context } from './derivation.ts'
import type { Model } from './model.ts'
import { createRates, isRate } from './rates.ts'
import type { ExchangeRate } from './records.ts'
import type { Watched } from './revenue/arr-snapshots.ts'

/** A context record as it is stored: its body is the record. */
export interface ContextRow {
  readonly kind: string
  readonly body: string
}

/**
 * What facts are derived from beside a dossier, out of the context records of all sources, whatever their order. Kinds that
 * nothing is derived from are left unread. `survivors`: which record an id stands for, by `kind:id`, where it is another one. `parents`: accounts that others name as theirs.
 * `watched`: sources whose accounts have an ARR field.
 */
export function createContext(
  model: Model,
  zone: Calendar,
  rows: Iterable<ContextRow>,
  survivors: ReadonlyMap<string, string>,
  parents: ReadonlySet<string> = new Set(),
  watched: ReadonlyMap<string, Watched> = new Map(),
): Context {
  const users = new Map<string, User>()
  const periods: UserPeriod[] = []
  const features = new Map<string, Feature>()
  const partners = new Map<string, Partner>()
  const targets: Target[] = []
  const rates: ExchangeRate[] = []
  for (const { kind, body } of rows) {
    if (kind === 'user') put(users, JSON.parse(body) as User)
    else if (kind === 'user_period') periods.push(JSON.parse(body) as UserPeriod)
    else if (kind === 'feature') put(features, JSON.parse(body) as Feature)
    else if (kind === 'partner') put(partners, JSON.parse(body) as Partner)
    else if (kind === 'target') targets.push(JSON.parse(body) as Target)
    else if (isRate(kind)) rates.push(JSON.parse(body) as ExchangeRate)
  }
  const byUser = Map.groupBy(
    periods.sort((a, b) => (a.startOn ?? 0) - (b.startOn ?? 0) || (a.id < b.id ? -1 : 1)),
    ({ userId = '' }) => userId,
  )
  const byEmail = new Map<string, User>()
  for (const user of [...users.values()].sort((a, b) => (a.id > b.id ? -1 : 1)))
    if (user.email !== undefined) byEmail.set(user.email.toLowerCase(), user)
  return {
    model,
    zone,
    user: (id) => users.get(id),
    userIds: [...users.keys()].sort(),
    userByEmail: (email) => byEmail.get(email.toLowerCase()),
    periodsOf: (userId) => byUser.get(userId) ?? [],
    survivor: survivors.size === 0 ? (_, id) => id : (kind, id) => survivors.get(`${kind}:${id}`) ?? id,
    rates: createRates(rates),
    features,
    catalogue: createCatalogue(features),
    partners,
    parents,
    mergedInto: mergedInto(survivors),
    watched,
    targets: targets.sort((a, b) => (a.id < b.id ? -1 : 1)),
  }
}

const ACCOUNT = 'account:'

/** Turned around when somebody asks first: most companies keep no snapshots, and nobody does. */
function mergedInto(survivors: ReadonlyMap<string, string>): Context['mergedInto'] {
  let bySurvivor: Map<string, string[]> | undefined
  return (accountId) => {
    if (bySurvivor === undefined) {
      bySurvivor = new Map()
      for (const [name, survivor] of survivors) {
        if (!name.startsWith(ACCOUNT)) continue
        const merged = bySurvivor.get(survivor)
        if (merged === undefined) bySurvivor.set(survivor, [name.slice(ACCOUNT.length)])
        else merged.push(name.slice(ACCOUNT.length))
      }
    }
    return bySurvivor.get(accountId) ?? NO_IDS
  }
}

const NO_IDS: readonly string[] = []

function put<T extends { readonly id: string }>(map: Map<string, T>, record: T): void {
  map.set(record.id, record)
}
