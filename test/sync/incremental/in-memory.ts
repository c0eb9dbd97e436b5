import { nameEntry } from '../../../src/domain/catalogue.ts'
import { companyOf } from '../../../src/domain/company.ts'
import { type ContextRow, createContext } from '../../../src/domain/context.ts'
import type { Day } from '../../../src/domain/day.ts'
import { type Context, deriveDossier } from '../../../src/domain/derive.ts'
import { type DossierRow, readDossier } from '../../../src/domain/dossier.ts'
import { type DossierFacts, TOTALS_KINDS } from '../../../src/domain/facts.ts'
import { PARTNER_LIST } from '../../../src/domain/implementations/implementation-fact.ts'
import { readKeptFacts, writeKeptFacts } from '../../../src/domain/kept-facts.ts'
import type { Model } from '../../../src/domain/model.ts'
import { gatherPriority } from '../../../src/domain/priority/gather.ts'
import type { RecordKind } from '../../../src/domain/records.ts'
import { readParents } from '../../../src/domain/revenue/arr-families.ts'
import type { ArrSnapshot, Watched } from '../../../src/domain/revenue/arr-snapshots.ts'
import { scopesOf } from '../../../src/domain/scopes.ts'
import { Sums } from '../../../src/domain/tally.ts'
import { factsOfTotals, Totals } from '../../../src/domain/totals.ts'
import { ALL_PARTS, TOTALS_PARTS } from '../../../src/domain/totals-parts.ts'
import type { MappedRecord, Mappings, RecordMapping } from '../../../src/mapping/mapping.ts'
import { parseMappings } from '../../../src/mapping/parse.ts'
import { createZone } from '../../../src/platform/zone.ts'
import { differences } from './differences.ts'
import { BEGIN, type Life, MS_PER_DAY, SOURCE, type Texts } from './life.ts'

type Placed = NonNullable<MappedRecord['record']> & { readonly kind: string; readonly id: string }

/** The records of a company at one moment, each in its dossier. */
interface Standing {
  readonly dossiers: ReadonlyMap<string, readonly DossierRow[]>
  /** With the context entry that each is part of. */
  readonly context: readonly (ContextRow & { readonly entry: string })[]
  /** Which record an id stands for, by `kind:id`, where it is another one. */
  readonly survivors: ReadonlyMap<string, string>
  /** The dossier that a record is in, or would be. */
  dossierOf(kind: string, id: string): string
}

/** What a source delivered, mapped and brought to dossiers without a store: looked at as a whole each time. */
class Records {
  readonly #texts = new Map<string, Texts>()
  readonly #placed = new Map<string, Placed>()
  readonly #merges = new Map<string, string>()
  readonly #mappings: ReadonlyMap<string, RecordMapping>
  #changes = 0

  constructor({ sources }: Mappings) {
    this.#mappings = new Map(sources.flatMap(({ records }) => records.map((one) => [one.kind, one] as const)))
  }

  put(kind: RecordKind, id: string, fields: Texts, zone: Context['zone']): void {
    const name = `${kind}:${id}`
    const texts = { ...this.#texts.get(name), ...fields }
    this.#texts.set(name, texts)
    this.#changes += 1
    const changedAt = new Date(this.#changes * 1000).toISOString()
    const mapped = this.#mappings.get(kind)?.map({ kind: 'present', id, changedAt, fields: texts }, zone).record
    this.#merges.delete(name)
    if (mapped == null) this.#placed.delete(name)
    else this.#placed.set(name, { ...mapped, kind, id })
  }

  remove(kind: RecordKind, id: string, into?: string): void {
    const name = `${kind}:${id}`
    if (!this.#texts.delete(name)) return
    this.#placed.delete(name)
    if (into !== undefined) this.#merges.set(name, into)
  }

  stand(): Standing {
    const above = (name: string): string | undefined => {
      const place = this.#placed.get(name)?.place
      if (place?.as === 'child') return `${place.of.kind}:${place.of.id}`
      const merged = place === undefined ? this.#merges.get(name) : undefined
      return merged === undefined ? undefined : `${name.slice(0, name.indexOf(':'))}:${merged}`
    }
    const topOf = (name: string): string => {
      const path = [name]
      for (let next = above(name); next !== undefined; next = above(next)) {
        if (path.includes(next)) return path.slice(path.indexOf(next)).sort()[0] ?? next
        path.push(next)
      }
      return path.at(-1) ?? name
    }
    const dossiers = new Map<string, DossierRow[]>()
    const context: Standing['context'][number][] = []
    for (const [name, { kind, id, body, place }] of [...this.#placed].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (place.as === 'context') {
        context.push({ kind, body, entry: place.of === undefined ? name : `${place.of.kind}:${place.of.id}` })
        continue
      }
      const dossier = topOf(name)
      const rows = dossiers.get(dossier)
      if (rows === undefined) dossiers.set(dossier, [{ kind, id, body }])
      else rows.push({ kind, id, body })
    }
    const survivors = new Map<string, string>()
    for (const name of this.#merges.keys()) survivors.set(name, topOf(name).slice(name.indexOf(':') + 1))
    return { dossiers, context, survivors, dossierOf: (kind, id) => topOf(`${kind}:${id}`) }
  }
}

/** A dossier as it was derived last. */
interface Kept {
  readonly rows: string
  readonly kept: string
  /** All facts, and those that movements make of them, without the day. */
  readonly told: string
  readonly changesOn: Day | null
  readonly uses: readonly string[]
}

/** Facts and totals that follow a company: only dossiers that changed, used something that did, or whose day has come are derived. */
class Derived {
  readonly #model: Model
  readonly #zone: Context['zone']
  readonly #kept = new Map<string, Kept>()
  readonly sums = new Map<string, number>()
  #entries = new Map<string, string>()
  #survivors: ReadonlyMap<string, string> = new Map()
  #names: Context['catalogue']['names'] = new Map()
  #partners = ''
  #parents: ReadonlySet<string> = new Set()
  /** What was seen of the ARR of accounts follows from no record: by account, by day. */
  #seen = new Map<string, ReadonlyMap<Day, ArrSnapshot>>()
  #watched: ReadonlyMap<string, Watched> = new Map([['crm', { since: null }]])
  /** Dossiers that were derived when the company was last looked at. */
  readonly #fresh = new Set<string>()

  constructor(model: Model, zone: Context['zone']) {
    this.#model = model
    this.#zone = zone
  }

  follow(standing: Standing, today: Day): Context {
    this.#fresh.clear()
    const contextNow = () =>
      createContext(this.#model, this.#zone, standing.context, standing.survivors, this.#parents, this.#watched)
    const context = contextNow()
    const touched = this.#touch(standing, context)
    const dirty = [...new Set([...standing.dossiers.keys(), ...this.#kept.keys()])].filter((dossier) => {
      const rows = standing.dossiers.get(dossier)
      const before = this.#kept.get(dossier)
      if (before === undefined || rows === undefined || JSON.stringify(rows) !== before.rows) return true
      return (before.changesOn !== null && before.changesOn <= today) || before.uses.some((use) => touched.has(use))
    })
    this.#derive(dirty, standing, context, today)
    if (this.#seen.size > 0 && this.#watched.get('crm')?.since === null)
      this.#watched = new Map([['crm', { since: today }]])
    const parents = readParents(this.sums)
    const other = parents.filter((id) => !this.#parents.has(id))
    for (const id of this.#parents) if (!parents.includes(id)) other.push(id)
    if (other.length === 0) return context
    this.#parents = new Set(parents)
    const withParents = contextNow()
    this.#derive(new Set(other.map((id) => standing.dossierOf('account', id))), standing, withParents, today)
    return withParents
  }

  /** One that knows what was seen of ARR, and nothing else. */
  anew(): Derived {
    const anew = new Derived(this.#model, this.#zone)
    anew.#seen = new Map(this.#seen)
    anew.#watched = this.#watched
    return anew
  }

  /** What would be told otherwise of dossiers that there was no reason to derive again. */
  stale({ dossiers }: Standing, context: Context, today: Day): string[] {
    const [followed, scratch] = [new Map<string, string>(), new Map<string, string>()]
    for (const [dossier, { told }] of this.#kept) {
      if (this.#fresh.has(dossier)) continue
      followed.set(dossier, told)
      const rows = dossiers.get(dossier) ?? []
      const seen = this.#seenOf(rows, context)
      const { facts } = deriveDossier(readDossier(rows, dossier), context, today, ALL_PARTS, seen)
      scratch.set(dossier, tell(facts))
    }
    return differences(followed, scratch)
  }

  /** What facts, totals and facts made from totals say, without the day on which a dossier was looked at. */
  told(context: Context, today: Day): Map<string, string> {
    const told = new Map<string, string>()
    for (const [dossier, { kept, told: facts }] of this.#kept) {
      const { asOf: _, ...rest } = readKeptFacts(kept)
      told.set(`kept ${dossier}`, JSON.stringify(rest))
      told.set(`facts ${dossier}`, facts)
    }
    const sums = new Sums()
    for (const [key, value] of [...this.sums].sort(([a], [b]) => (a < b ? -1 : 1))) {
      sums.set(key, value)
      told.set(`total ${key}`, String(value))
    }
    const company = companyOf(context, today)
    for (const kind of TOTALS_KINDS)
      for (const fact of factsOfTotals(kind, sums, this.#model, today, this.#zone, company))
        told.set(`${kind} ${String(fact.id)}`, JSON.stringify(fact))
    told.set('priority', JSON.stringify(gatherPriority(sums, context.features, this.#model, today)))
    return told
  }

  /** The context entries that are others than at the last look. */
  #touch({ context, survivors }: Standing, { catalogue, partners }: Context): ReadonlySet<string> {
    const touched = new Set<string>()
    const differing = <V>(
      before: ReadonlyMap<string, V>,
      now: ReadonlyMap<string, V>,
      entryOf = (key: string) => key,
    ) => {
      for (const key of [...before.keys(), ...now.keys()])
        if (String(before.get(key)) !== String(now.get(key))) touched.add(entryOf(key))
    }
    const entries = new Map<string, string>()
    for (const { entry, body } of context) entries.set(entry, `${entries.get(entry) ?? ''}${body}`)
    differing(this.#entries, entries)
    differing(this.#survivors, survivors)
    differing(this.#names, catalogue.names, nameEntry)
    const list = JSON.stringify([...partners.values()])
    if (list !== this.#partners) touched.add(PARTNER_LIST)
    this.#entries = entries
    this.#survivors = survivors
    this.#names = catalogue.names
    this.#partners = list
    return touched
  }

  #seenOf(rows: readonly DossierRow[], { mergedInto }: Context): ArrSnapshot[] {
    const accounts = rows.flatMap(({ kind, id }) => (kind === 'account' ? [id, ...mergedInto(id)] : []))
    return [...new Set(accounts)].flatMap((id) => [...(this.#seen.get(id)?.values() ?? [])])
  }

  #derive(dirty: Iterable<string>, { dossiers }: Standing, context: Context, today: Day): void {
    const totals = new Totals(this.#model, TOTALS_PARTS)
    for (const dossier of dirty) {
      this.#fresh.add(dossier)
      const before = this.#kept.get(dossier)
      if (before !== undefined) totals.takeAway([readKeptFacts(before.kept)])
      this.#kept.delete(dossier)
      const rows = dossiers.get(dossier)
      if (rows === undefined) continue
      const seen = this.#seenOf(rows, context)
      const derived = deriveDossier(readDossier(rows, dossier), context, today, ALL_PARTS, seen)
      const { facts, changesOn, uses, snapshots } = derived
      for (const one of snapshots)
        this.#seen.set(one.accountId, new Map([...(this.#seen.get(one.accountId) ?? []), [one.day, one]]))
      totals.add([facts])
      this.#kept.set(dossier, {
        rows: JSON.stringify(rows),
        kept: writeKeptFacts(facts),
        told: tell(facts),
        changesOn,
        uses,
      })
    }
    for (const [key, moved] of totals.take()) {
      const sum = (this.sums.get(key) ?? 0) + moved
      if (sum === 0) this.sums.delete(key)
      else this.sums.set(key, sum)
    }
  }
}

function tell({ asOf, model, ...facts }: DossierFacts): string {
  const movements = (['arr_movement', 'pipeline_movement', 'bucket_movement'] as const).map((kind) =>
    scopesOf(kind, { ...facts, asOf, model }).map(({ names }) => names[kind]),
  )
  return JSON.stringify({ ...facts, users: [...facts.users], movements })
}

/** Lives a life and holds what was derived along the way against what is derived from scratch at its end: sentences of what differs. */
export function livedInMemory({ model, edits }: Life): string[] {
  const mappings = mappingsOf(model)
  const zone = createZone(mappings.model.timeZone)
  const records = new Records(mappings)
  const derived = new Derived(mappings.model, zone)
  let now = BEGIN
  for (const edit of edits) {
    switch (edit.do) {
      case 'put':
        records.put(edit.kind, edit.id, edit.fields, zone)
        break
      case 'remove':
        records.remove(edit.kind, edit.id)
        break
      case 'merge':
        if (edit.account !== edit.into) records.remove('account', edit.account, edit.into)
        break
      case 'days':
        now += edit.days * MS_PER_DAY
        break
      case 'pull': {
        const [standing, today] = [records.stand(), zone.dayOf(now)]
        const stale = derived.stale(standing, derived.follow(standing, today), today)
        if (stale.length > 0) return stale
      }
    }
  }
  const [standing, today] = [records.stand(), zone.dayOf(now)]
  const incremental = derived.told(derived.follow(standing, today), today)
  const scratch = derived.anew()
  return differences(incremental, scratch.told(scratch.follow(standing, today), today))
}

const known = new Map<string, Mappings>()

function mappingsOf(model: string): Mappings {
  const found = known.get(model)
  if (found !== undefined) return found
  const { mappings, problems } = parseMappings(
    [
      { path: 'mappings/sources/crm.yaml', text: SOURCE },
      { path: 'mappings/model.yaml', text: model },
    ],
    {},
  )
  if (mappings === null || problems.some(({ level }) => level === 'error')) throw new Error(JSON.stringify(problems))
  known.set(model, mappings)
  return mappings
}
