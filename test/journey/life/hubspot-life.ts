import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { FaultRule } from '../../../src/sandbox/engine/engine.ts'
import { createRandom, type Random } from '../../../src/sandbox/engine/random.ts'
import type { Portal } from '../../../src/sandbox/hubspot/portal.ts'
import type { ObjectType } from '../../../src/sandbox/hubspot/standard.ts'
import type { Source } from '../../../src/source/source.ts'
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../../src/store/store.ts'
import { openPortal, type VirtualPortal } from '../../source/hubspot/virtual-portal.ts'
import type { LifeOptions, LifeReport } from './life.ts'
import { type MappedObject, mapped, sourceMapping } from './mapped.ts'
import { DEATHS, type Death, Mortal, type Pulled, pullOnce } from './pulls.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
/** At a checkpoint everything rests for so long, and is pulled at these hours: sweeps of everything begin within it. */
const QUIET_DAYS = 8
const HOURS = [8, 20]
const ASKS_FIRST = ['source-shrunk', 'source-empty']
const REQUESTS_OF_NOTHING = 3

const OBJECTS: readonly MappedObject[] = [
  mapped('account', 'companies', ['name', 'city', 'numberofemployees', 'hubspot_owner_id']),
  mapped('contact', 'contacts', ['lastname', 'email', 'associations.companies']),
  mapped('opportunity', 'deals', ['dealname', 'amount', 'associations.companies', 'stage.label', 'stage.state']),
  mapped('stage_change', 'deals.history', ['history.objectId', 'history.at', 'stage.label', 'amount']),
  mapped('ticket', 'tickets', ['subject', 'associations.companies', 'associations.contacts']),
  { ...mapped('lead', 'contacts', ['lastname']), where: 'hs_lead_status is not empty' },
  mapped('user', 'owners', ['email', 'active']),
]
const TYPES: readonly ObjectType[] = ['companies', 'contacts', 'deals', 'tickets']
const STAGES = ['appointmentscheduled', 'qualifiedtobuy', 'contractsent', 'closedwon', 'closedlost']

const FAULTS: readonly Omit<FaultRule, 'nth'>[] = [
  { operation: 'hubspot.*', action: 'cut-before' },
  { operation: 'hubspot.*', action: 'cut-after' },
  { operation: 'hubspot.*', action: 'truncate' },
  { operation: 'hubspot.*', action: 'stall' },
  { operation: 'hubspot.*', action: 'status', with: { status: 500 } },
  { operation: 'hubspot.*', action: 'status', times: 9, with: { status: 503 } },
  { operation: 'hubspot.*', action: 'html', with: { status: 502 } },
  ...['ten-secondly', 'secondly', 'secondly-old', 'daily', 'edge-1015', 'locked', 'moving', 'token-expired'].map(
    (code) => ({ operation: 'hubspot.*', action: 'error', with: { code } }) as const,
  ),
  { operation: 'hubspot.list', action: 'error', with: { code: 'validation' } },
]

/** `liveLife`, of a HubSpot account: the same options give the same life. */
export async function liveHubSpotLife(options: LifeOptions): Promise<LifeReport> {
  const folder = await mkdtemp(path.join(tmpdir(), 'boardsync-life-'))
  try {
    await using life = new HubSpotLife(options, path.join(folder, 'store.db'))
    return await life.run()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

class HubSpotLife implements AsyncDisposable {
  readonly #options: LifeOptions
  readonly #file: string
  readonly #random: Random
  readonly #virtual: VirtualPortal
  readonly #edits: Record<string, number> = {}
  readonly #pulls: Record<string, number> = {}
  readonly #requests: Record<string, number> = {}
  readonly #wrong: string[] = []
  #store: Store | null = null
  #source: Source | null = null
  #mortal = new Mortal(null, 0)
  #isLively = false
  #isAllowed = false
  /** A checkpoint is under way. */
  #isQuiet = false
  /** What leaves no trace that a read of changes could find: restored without a stamp, deleted for good, merged away. */
  readonly #traceless = new Set<string>()
  #edited = 0

  constructor(options: LifeOptions, file: string) {
    this.#options = options
    this.#file = file
    this.#random = createRandom(`life/hubspot/${options.reading}/${options.seed}`)
    this.#virtual = openPortal(options)
  }

  async run(): Promise<LifeReport> {
    const { edits, checkpoints } = this.#options
    const { portal } = this.#virtual
    this.#setOwners()
    portal.transaction(() => {
      for (let i = 0; i < 130; i++) for (const type of TYPES) this.#create(type)
    })
    for (let checkpoint = 1; checkpoint <= checkpoints && this.#wrong.length === 0; checkpoint++) {
      const until = Math.round((edits * checkpoint) / checkpoints)
      while (this.#edited < until) await this.#stretch(until)
      await this.#check()
    }
    return {
      edits: this.#edits as LifeReport['edits'],
      pulls: this.#pulls,
      requests: this.#requests,
      wrong: this.#wrong,
    }
  }

  // ── what people do ────────────────────────────────────────────────────────────────────────────────

  #setOwners(): void {
    const owner = (n: number) => ({
      id: String(700 + n),
      email: `${n}@acme.example`,
      firstName: 'A',
      lastName: `${n}`,
      userId: n,
      teams: [],
      createdAt: 0,
      archived: this.#random.chance(0.3),
    })
    this.#virtual.portal.setOwners(Array.from({ length: this.#random.int(1, 5) }, (_, n) => owner(n)))
  }

  #create(type: ObjectType): number {
    return this.#virtual.portal.create(type, this.#values(type))
  }

  #values(type: ObjectType): Record<string, string> {
    const random = this.#random
    const word = `w${random.int(0, 999)}`
    const optional = (name: string, value: string) => (random.chance(0.6) ? { [name]: value } : {})
    switch (type) {
      case 'companies':
        return { name: word, ...optional('city', word), ...optional('numberofemployees', String(random.int(1, 900))) }
      case 'contacts':
        return {
          lastname: word,
          ...optional('email', `${word}@acme.example`),
          hs_lead_status: random.pick(['', 'NEW']),
        }
      case 'deals':
        return {
          dealname: word,
          pipeline: 'default',
          dealstage: random.pick(STAGES),
          ...optional('amount', `${random.int(1, 99)}.50`),
        }
      case 'tickets':
        return { subject: word, hs_pipeline: '0', hs_pipeline_stage: random.pick(['1', '4']) }
    }
  }

  #some(type: ObjectType): number | null {
    const all = this.#virtual.portal.page(type, false, 0, 100_000)
    return all.length === 0 ? null : this.#random.pick(all).id
  }

  #edit(): void {
    const random = this.#random
    const { portal, clock } = this.#virtual
    const type = random.pick(TYPES)
    const what = random.weighted([
      ['create', 4],
      ['update', 10],
      ['archive', 1.5],
      ['restore', 0.5],
      ['purge', 0.3],
      ['merge', 0.4],
      ['associate', 3],
      ['dissociate', 1],
      ['job', 0.1],
      ['pipeline', 0.1],
      ['owners', 0.3],
    ] as const)
    const id = this.#some(type)
    this.#edited += 1
    this.#edits[what] = (this.#edits[what] ?? 0) + 1
    clock.advance(random.int(0, 900))
    if (what === 'owners') this.#setOwners()
    else if (what === 'pipeline') this.#renameStages()
    else if (what === 'create' || id === null) this.#create(type)
    else if (what === 'update') portal.update(type, id, this.#values(type))
    else if (what === 'archive') portal.archive(type, id)
    else if (what === 'purge') {
      portal.purge(type, id)
      this.#traceless.add(String(id))
    } else if (what === 'restore') {
      const gone = portal.page(type, true, 0, 100_000)
      if (gone.length === 0) return
      const back = random.pick(gone).id
      portal.restore(type, back)
      this.#traceless.add(String(back))
    } else if (what === 'merge') {
      const other = this.#some(type)
      if (other === null || other === id) return
      portal.merge(type, id, other)
      this.#traceless.add(String(other))
    } else if (what === 'job') {
      // A job stamps very many with one millisecond.
      const at = clock.now()
      for (const record of portal.page(type, false, 0, 100_000)) {
        if (record.updatedAt < at) portal.update(type, record.id, this.#values(type), at)
      }
    } else this.#hang(what, type, id)
  }

  #hang(what: 'associate' | 'dissociate', type: ObjectType, id: number): void {
    const { portal } = this.#virtual
    const to: ObjectType = type === 'tickets' && this.#random.chance(0.5) ? 'contacts' : 'companies'
    if (type === 'companies') return
    if (what === 'associate') {
      const other = this.#some(to)
      if (other !== null) portal.associate(type, id, to, other, to === 'companies' && this.#random.chance(0.7))
      return
    }
    const hung = portal.associated(type, id, to)
    if (hung.length > 0) portal.dissociate(type, id, to, this.#random.pick(hung).id)
  }

  #renameStages(): void {
    const { portal } = this.#virtual
    portal.setPipelines(
      'deals',
      portal.pipelines('deals').map((pipeline) => ({
        ...pipeline,
        stages: pipeline.stages.map((stage) => ({
          ...stage,
          label: `${stage.label.split(' ')[0]} ${this.#random.int(1, 9)}`,
        })),
      })),
    )
  }

  // ── pulls ─────────────────────────────────────────────────────────────────────────────────────────

  async #stretch(until: number): Promise<void> {
    const random = this.#random
    const { portal, clock } = this.#virtual
    const edits = Math.min(random.int(1, 50), until - this.#edited)
    portal.transaction(() => {
      for (let left = edits; left > 0; left--) this.#edit()
    })
    const how = random.weighted([
      ['undisturbed', 5],
      ['with faults', 3],
      ['dying', 4],
    ] as const)
    if (how === 'with faults' || (how === 'dying' && random.chance(0.3))) {
      portal.engine.faults.add(
        Array.from({ length: random.int(1, 3) }, () => ({ ...random.pick(FAULTS), nth: random.int(1, 25) })),
      )
    }
    const death = how === 'dying' ? random.pick(DEATHS) : null
    const pulled = await this.#pull(death, random.chance(0.6))
    count(this.#pulls, pulled.hasDied ? `died ${death}` : how)
    portal.engine.faults.clear()
    if (random.chance(0.5)) clock.advance(random.int(1, 180) * MINUTE_MS)
  }

  async #pull(death: Death | null, isLively: boolean): Promise<Pulled> {
    const random = this.#random
    this.#mortal = new Mortal(death, random.pick([random.int(1, 10), random.int(1, 60), random.int(1, 200)]))
    if (random.chance(0.3)) this.#source = null
    this.#source ??= this.#connect()
    this.#isLively = isLively
    const store = this.#store ?? (await this.#reopen())
    const pulled = await pullOnce({
      store: this.#isQuiet ? this.#watched(store) : store,
      source: this.#source,
      clock: this.#virtual.clock,
      objects: OBJECTS,
      allowEmpty: this.#isAllowed,
      mortal: this.#mortal,
      mapping: { ...sourceMapping(OBJECTS), source: 'hubspot', type: 'hubspot' },
    })
    this.#isLively = false
    this.#isAllowed = pulled.problems.some(({ code }) => ASKS_FIRST.includes(code))
    if (pulled.hasDied) this.#source = null
    for (const { object, read, stored, unchanged, rejected, deleted } of pulled.counts) {
      if (read === stored + unchanged + rejected + deleted) continue
      this.#wrong.push(`${object}: ${read} read, ${stored} + ${unchanged} + ${rejected} + ${deleted}`)
    }
    for (const { code } of pulled.problems) count(this.#pulls, code)
    return pulled
  }

  /** While nobody edits, a sweep must not find what reads of changes should have brought. */
  #watched(store: Store): Store {
    const saveSwept: Store['saveSwept'] = async (page) => {
      const ids = page.entries.map(({ id }) => id)
      const stamps = new Map((await store.rawRecordsById(page.stream, ids)).map((raw) => [raw.id, raw.changedAt]))
      const missed = page.entries.filter(({ id, changedAt }) => (stamps.get(id) ?? '') < changedAt).map(({ id }) => id)
      for (const id of [...missed, ...page.gone]) {
        if (!this.#traceless.has(id.split(':')[0] ?? id))
          this.#wrong.push(`${page.stream.kind} ${id} was missed until a sweep found it`)
      }
      return store.saveSwept(page)
    }
    return new Proxy(store, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target)
        return name === 'saveSwept' ? saveSwept : typeof member === 'function' ? member.bind(target) : member
      },
    })
  }

  #connect(): Source {
    return this.#virtual.connect(
      {},
      {
        onRequest: ({ url }) => {
          this.#mortal.at('before a request')
          count(this.#requests, new URL(url).pathname.split('/').at(-1) ?? '')
          this.#virtual.clock.advance(this.#random.int(20, 300))
          if (this.#isLively && this.#random.chance(0.08)) this.#edit()
        },
        onAnswer: () => this.#mortal.at('after a request'),
      },
    )
  }

  async #check(): Promise<void> {
    const { clock } = this.#virtual
    this.#source = null
    this.#isQuiet = true
    let day = Math.floor(clock.now() / DAY_MS) * DAY_MS
    for (let days = 0; days < QUIET_DAYS; days++) {
      day += DAY_MS
      for (const hour of HOURS) {
        clock.advance(Math.max(0, day + hour * HOUR_MS - clock.now()))
        const { problems } = await this.#pull(null, false)
        for (const { subject, code, message, exit } of problems) {
          if (exit !== 0 && !ASKS_FIRST.includes(code)) this.#wrong.push(`${subject}: ${code}: ${message}`)
        }
      }
    }
    this.#wrong.push(...(await differencesOf(this.#virtual.portal, this.#store ?? (await this.#reopen()))))
    clock.advance(5 * MINUTE_MS)
    const { counts } = await this.#pull(null, false)
    for (const { object, stored, deleted, vanished, requests } of counts) {
      if (
        stored + deleted + vanished === 0 &&
        requests <= REQUESTS_OF_NOTHING + archivedPages(this.#virtual.portal, object)
      )
        continue
      this.#wrong.push(
        `${object}: a pull with nothing to do stored ${stored}, deleted ${deleted + vanished}, made ${requests} requests`,
      )
    }
    count(this.#pulls, 'checkpoints')
    this.#isQuiet = false
  }

  async #reopen(): Promise<Store> {
    await this.#store?.[Symbol.asyncDispose]()
    this.#store = await openSqliteStore({ path: this.#file, clock: this.#virtual.clock })
    await this.#store.migrate()
    return this.#store
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store?.[Symbol.asyncDispose]()
    this.#virtual[Symbol.dispose]()
  }
}

/** Pages of deleted records beyond the first. */
function archivedPages(portal: Portal, object: string): number {
  const type = TYPES.find((one) => object.startsWith(one))
  return type === undefined ? 0 : Math.floor(portal.page(type, true, 0, 100_000).length / 100)
}

/** Sentences about everything in which the store is not as the account. Nothing here is code of the reader's. */
async function differencesOf(portal: Portal, store: Store): Promise<string[]> {
  const wrong: string[] = []
  for (const { kind, object } of OBJECTS) {
    const truth = truthOf(portal, kind)
    const held = new Map<string, Record<string, unknown>>()
    for await (const page of store.rawRecords({ source: 'hubspot', kind })) {
      for (const raw of page) held.set(raw.id, JSON.parse(raw.fields))
    }
    for (const [id, fields] of truth) {
      const have = held.get(id)
      if (have === undefined) wrong.push(`${object} ${id} is missing (${kind})`)
      for (const [name, should] of Object.entries(have === undefined ? {} : fields)) {
        const is = have?.[name] ?? null
        if (is !== should)
          wrong.push(`${object} ${id} ${name} is ${JSON.stringify(is)}, and ${JSON.stringify(should)} there`)
      }
    }
    for (const id of held.keys()) if (!truth.has(id)) wrong.push(`${object} ${id} is held, and not there (${kind})`)
  }
  return wrong
}

function truthOf(portal: Portal, kind: string): Map<string, Record<string, unknown>> {
  const all = (type: ObjectType) => portal.page(type, false, 0, 1_000_000)
  const theOne = (type: ObjectType, id: number, to: ObjectType) => {
    const hung = portal.associated(type, id, to)
    const one = hung.find(({ isPrimary }) => isPrimary) ?? (hung.length === 1 ? hung[0] : undefined)
    return one === undefined ? null : String(one.id)
  }
  const stages = new Map(
    portal.pipelines('deals').flatMap(({ stages }) => stages.map((stage) => [stage.id, stage] as const)),
  )
  const amount = (text: string | null | undefined) => text?.replace(/\.50$/, '.5') ?? null
  switch (kind) {
    case 'account':
      return new Map(
        all('companies').map(({ id, properties: p }) => [
          String(id),
          { name: p['name'] ?? null, city: p['city'] ?? null, numberofemployees: p['numberofemployees'] ?? null },
        ]),
      )
    case 'contact':
      return new Map(
        all('contacts').map(({ id, properties: p }) => [
          String(id),
          {
            lastname: p['lastname'],
            email: p['email'] ?? null,
            'associations.companies': theOne('contacts', id, 'companies'),
          },
        ]),
      )
    case 'lead':
      return new Map(
        all('contacts')
          .filter(({ properties: p }) => p['hs_lead_status'] !== undefined)
          .map(({ id, properties: p }) => [String(id), { lastname: p['lastname'] }]),
      )
    case 'opportunity':
      return new Map(
        all('deals').map(({ id, properties: p }) => {
          const stage = stages.get(p['dealstage'] ?? '')
          const isClosed = stage?.metadata['isClosed'] === 'true'
          const state = !isClosed ? 'open' : stage?.metadata['probability'] === '1.0' ? 'won' : 'lost'
          return [
            String(id),
            {
              dealname: p['dealname'],
              amount: amount(p['amount']),
              'associations.companies': theOne('deals', id, 'companies'),
              'stage.label': stage?.label,
              'stage.state': state,
            },
          ]
        }),
      )
    case 'ticket':
      return new Map(
        all('tickets').map(({ id, properties: p }) => [
          String(id),
          {
            subject: p['subject'],
            'associations.companies': theOne('tickets', id, 'companies'),
            'associations.contacts': theOne('tickets', id, 'contacts'),
          },
        ]),
      )
    case 'user':
      return new Map(portal.owners().map(({ id, email, archived }) => [id, { email, active: !archived }]))
    default:
      return historyTruth(portal, stages)
  }
}

function historyTruth(portal: Portal, stages: ReadonlyMap<string, { readonly label: string }>) {
  const rows = new Map<string, Record<string, unknown>>()
  for (const { id, properties, createdAt } of portal.page('deals', false, 0, 1_000_000)) {
    const told = (name: string) => {
      const rows = portal.history('deals', id, name)
      const value = properties[name]
      return rows.length > 0 || value === undefined ? rows : [{ value: value ?? '', at: createdAt }]
    }
    const followed = new Map(['dealstage', 'amount', 'pipeline', 'closedate'].map((name) => [name, told(name)]))
    const instants = new Set([...followed.values()].flatMap((values) => (values ?? []).map(({ at }) => at)))
    for (const at of instants) {
      const then = (name: string) => followed.get(name)?.findLast((row) => row.at <= at)?.value || null
      const stage = then('dealstage')
      rows.set(`${id}:${at}`, {
        'history.objectId': String(id),
        'history.at': new Date(at).toISOString(),
        'stage.label': stage === null ? null : (stages.get(stage)?.label ?? stage),
        amount: then('amount')?.replace(/\.50$/, '.5') ?? null,
      })
    }
  }
  return rows
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1
}
