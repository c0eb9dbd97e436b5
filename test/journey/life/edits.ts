import type { Random } from '../../../src/sandbox/engine/random.ts'
import type { Org } from '../../../src/sandbox/salesforce/org.ts'
import {
  applyOperations,
  type OperationResult,
  type OrgOperation,
} from '../../../src/sandbox/salesforce/org-operations.ts'
import { STAGES } from '../../../src/sandbox/salesforce/standard-objects.ts'
import { tableOf } from '../../../src/sandbox/salesforce/tables.ts'
import type { MappedObject } from './mapped.ts'
import { Merges } from './merges.ts'
import { valuesOf } from './values.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const WRITABLE = ['Account', 'Contact', 'Lead', 'Opportunity', 'Deal__c', 'User'] as const
const DELETABLE = ['Account', 'Contact', 'Lead', 'Opportunity', 'Deal__c'] as const
const SHARED = [...DELETABLE, 'OpportunityHistory'] as const
/** A field never comes back to a type that it had: what happened between two reads could not be told. */
const TYPES = ['double', 'textarea', 'percent', 'picklist', 'currency', 'url', 'int'] as const
/** Fields of each kind of permission: withdrawn, and given back. */
const SECRETS = [
  ['Account', 'Secret__c'],
  ['Opportunity', 'Secret__c'],
  ['Opportunity', 'Fee__c'],
  ['Account', 'Extra__c'],
  ['Opportunity', 'Extra__c'],
] as const
const FORMULAS = ['Fee__c', 'Label__c', 'Late__c'] as const

/** What people do to an org, and how often in comparison. */
const EDITS = {
  create: 260,
  update: 420,
  delete: 45,
  undelete: 25,
  merge: 25,
  convert: 20,
  hardDelete: 15,
  emptyBin: 2,
  hideRecords: 8,
  showRecords: 12,
  massUpdate: 12,
  massDelete: 1,
  renamePicklistValue: 2,
  addField: 3,
  mapField: 3,
  removeField: 1,
  retypeField: 1,
  changeFormula: 4,
  hideField: 5,
  showField: 8,
  hideObject: 2,
  showObject: 6,
  enableCurrencies: 0.3,
  setRate: 3,
  begin: 25,
  writeLate: 90,
  commit: 22,
  rollBack: 3,
  secondsPass: 90,
  hoursPass: 10,
  daysPass: 1,
  weeksPass: 0.05,
} as const
export type EditKind = keyof typeof EDITS
export const EDIT_KINDS = Object.keys(EDITS) as EditKind[]
/** What happens while a pull is at work; setup changes are made between pulls. */
const DURING_A_PULL: readonly EditKind[] = [
  'create',
  'update',
  'delete',
  'undelete',
  'merge',
  'convert',
  'begin',
  'writeLate',
  'commit',
  'hideRecords',
  'showRecords',
  'secondsPass',
]

/** What the org refuses while a transaction is open. */
const SETUP: readonly EditKind[] = ['renamePicklistValue', 'addField', 'removeField', 'retypeField', 'changeFormula']

/** Random edits of an org, each counted by its kind where the org took it. */
export class Edits {
  readonly counts = Object.fromEntries(EDIT_KINDS.map((kind) => [kind, 0])) as Record<EditKind, number>
  /** Records that sharing hid at some time: what became of them meanwhile, only a sweep can tell. */
  readonly everHidden = new Set<string>()
  readonly merges = new Merges()
  readonly #org: Org
  readonly #random: Random
  readonly #objects: readonly MappedObject[]
  readonly #types = new Map<string, number>()
  #open: string[] = []
  #hidden: { object: string; id: string }[] = []
  #made = 0

  constructor(org: Org, random: Random, objects: readonly MappedObject[]) {
    this.#org = org
    this.#random = random
    this.#objects = objects
  }

  /** The org as it is before the first pull. */
  found(): void {
    const text = { type: 'string', length: 200 } as const
    this.#must(
      { do: 'addObject', object: { name: 'Deal__c' } },
      { do: 'addField', object: 'Deal__c', field: { name: 'Account__c', type: 'reference', referenceTo: 'Account' } },
      { do: 'addField', object: 'Deal__c', field: { name: 'Value__c', type: 'double', scale: 4 } },
      { do: 'addField', object: 'Deal__c', field: { name: 'Done__c', type: 'boolean' } },
      { do: 'addField', object: 'Deal__c', field: { name: 'On__c', type: 'date' } },
      { do: 'addField', object: 'Deal__c', field: { name: 'At__c', type: 'datetime' } },
    )
    for (const object of ['Account', 'Opportunity']) {
      for (const name of ['Note__c', 'Secret__c', 'Extra__c']) {
        this.#must({ do: 'addField', object, field: { name, ...text } })
      }
    }
    const count = { kind: 'rollup', function: 'COUNT' } as const
    const open = {
      ...count,
      child: 'Opportunity',
      by: 'AccountId',
      where: { field: 'IsClosed', equals: false },
    } as const
    this.#must(
      { do: 'addField', object: 'Account', field: { name: 'Open__c', type: 'double', formula: open } },
      {
        do: 'addField',
        object: 'Account',
        field: { name: 'Deals__c', type: 'double', formula: { ...count, child: 'Deal__c', by: 'Account__c' } },
      },
      {
        do: 'addField',
        object: 'Opportunity',
        field: { name: 'Industry__c', type: 'string', formula: { kind: 'copy', of: 'Account.Industry' } },
      },
      ...FORMULAS.map((name) => this.#formula(name)),
    )
    for (const object of ['User', 'User', 'User', ...WRITABLE.flatMap((each) => Array(12).fill(each))])
      this.#create(object)
  }

  /** One thing that happens. Answers whether the org took it. */
  one(isPulling = false): boolean {
    const kinds = isPulling ? DURING_A_PULL : EDIT_KINDS
    const kind = this.#random.weighted(kinds.map((each) => [each, EDITS[each]] as const))
    if (SETUP.includes(kind)) this.#commitAll()
    const isDone = this.#do(kind)
    if (isDone) this.counts[kind] += 1
    return isDone
  }

  /** Something is not committed yet: `/deleted` tells nothing that is later than its beginning. */
  get isAnyOpen(): boolean {
    return this.#open.length > 0
  }

  /** Nothing is open, hidden or withdrawn any more: what the store holds can be held against the org. */
  settle(): void {
    this.#commitAll()
    for (const { object } of this.#objects) {
      if (this.#org.wholeObject(object) !== undefined) this.#must({ do: 'showObject', object })
    }
    for (const [object, field] of SECRETS) {
      // Fields that may be lacking stay as they are.
      if (!field.startsWith('Extra')) this.#must({ do: 'showField', object, field })
    }
  }

  #commitAll(): void {
    for (const transaction of this.#open.splice(0)) this.#must({ do: 'commit', transaction })
  }

  #do(kind: EditKind): boolean {
    const random = this.#random
    const { clock } = this.#org.engine
    switch (kind) {
      case 'create':
        return this.#create(random.pick(WRITABLE))
      case 'update':
        return this.#update(random.pick(WRITABLE))
      case 'delete':
        return this.#onOne(random.pick(DELETABLE), 0, (object, id) => ({ do: 'delete', object, id }))
      case 'undelete':
        return this.#onOne(random.pick(DELETABLE), 1, (object, id) => ({ do: 'undelete', object, id }))
      case 'merge': {
        const object = random.pick(['Account', 'Contact', 'Lead'] as const)
        const [id, loser] = [this.#pick(object, 0), this.#pick(object, 0)]
        if (id === null || loser === null || id === loser) return false
        const whole = this.#org.wholeObject(object)
        if (!this.#try({ do: 'merge', object, id, loser })) return false
        this.merges.note(loser, id, whole !== undefined && this.#org.sharing.isShared(whole, loser))
        return true
      }
      case 'convert':
        return this.#convert()
      case 'hardDelete':
        return this.#onOne(random.pick(DELETABLE), random.int(0, 1), (object, id) => ({ do: 'hardDelete', object, id }))
      case 'emptyBin':
        return this.#try({ do: 'emptyRecycleBin', ...(random.chance(0.7) ? { object: random.pick(DELETABLE) } : {}) })
      case 'hideRecords': {
        const object = random.pick(SHARED)
        const ids = this.#several(object, random.int(1, 4))
        for (const id of ids) this.everHidden.add(id)
        this.#hidden.push(...ids.map((id) => ({ object, id })))
        return ids.length > 0 && this.#try({ do: 'hideRecords', object, ids })
      }
      case 'showRecords': {
        const [shown] = this.#hidden.splice(random.int(0, this.#hidden.length), 1)
        return shown !== undefined && this.#try({ do: 'showRecords', object: shown.object, ids: [shown.id] })
      }
      case 'massUpdate':
        return this.#massUpdate()
      case 'massDelete': {
        const object = random.pick(['Contact', 'Lead', 'Deal__c'])
        const ids = this.#several(object, random.int(10, 80))
        return this.#results(ids.map((id) => ({ do: 'delete', object, id }))).some(({ ok }) => ok)
      }
      case 'renamePicklistValue':
        return this.#renamePicklistValue()
      case 'addField':
        this.#made += 1
        return this.#try({
          do: 'addField',
          object: random.pick(DELETABLE),
          field: { name: `New${this.#made}__c`, ...random.pick([{ type: 'string' }, { type: 'double' }] as const) },
        })
      case 'mapField':
        return this.#mapField()
      case 'removeField':
        return this.#removeField()
      case 'retypeField': {
        const object = random.pick(['Account', 'Opportunity'])
        const at = this.#types.get(object) ?? 0
        const type = TYPES[at]
        if (type === undefined || !this.#try({ do: 'retypeField', object, field: 'Note__c', to: { type } }))
          return false
        this.#types.set(object, at + 1)
        return true
      }
      case 'changeFormula': {
        const operation = this.#formula(random.pick(FORMULAS))
        const field = operation.do === 'addField' ? operation.field.name : ''
        return this.#try({ do: 'removeField', object: 'Opportunity', field }) && this.#try(operation)
      }
      case 'hideField':
      case 'showField': {
        const [object, field] = random.pick(SECRETS)
        return this.#try({ do: kind, object, field })
      }
      case 'hideObject':
      case 'showObject':
        return this.#try({ do: kind, object: random.pick(['Deal__c', 'CurrencyType', 'Contact']) })
      case 'enableCurrencies':
        return this.#try({ do: kind, corporate: 'USD', rates: { EUR: 0.9, SEK: 10.5 }, dated: random.chance(0.5) })
      case 'setRate': {
        const rate = random.int(1, 9999) / 1000
        const isoCode = random.pick(['EUR', 'SEK'])
        const startDate = this.#day(random.int(-90, 30))
        return random.chance(0.5)
          ? this.#try({ do: 'setRate', isoCode, rate })
          : this.#try({ do: 'addDatedRate', isoCode, startDate, rate })
      }
      case 'begin': {
        if (this.#open.length >= 2) return false
        this.#made += 1
        const transaction = `t${this.#made}`
        this.#open.push(transaction)
        return this.#try({ do: 'begin', transaction })
      }
      case 'writeLate': {
        const transaction = this.#open.at(random.int(0, 1))
        if (transaction === undefined) return false
        const isNew = random.chance(0.4)
        const object = random.pick(WRITABLE)
        if (isNew) return this.#create(object, { in: transaction })
        if (random.chance(0.8)) return this.#update(object, { in: transaction })
        return this.#onOne(random.pick(DELETABLE), 0, (of, id) => ({ do: 'delete', object: of, id, in: transaction }))
      }
      case 'commit':
      case 'rollBack': {
        const transaction = this.#open.shift()
        return transaction !== undefined && this.#try({ do: kind, transaction })
      }
      case 'secondsPass':
        clock.advance(random.int(1, 120) * 1000)
        return true
      case 'hoursPass':
        clock.advance(random.int(1, 20) * HOUR_MS)
        return true
      case 'daysPass':
      case 'weeksPass':
        // No transaction stays open for days.
        this.#commitAll()
        clock.advance(random.int(1, 4) * (kind === 'daysPass' ? DAY_MS : 16 * DAY_MS))
        return true
    }
  }

  #create(object: string, more: { readonly in?: string } = {}): boolean {
    this.#made += 1
    const values = { ...this.#required(object), ...this.#values(object) }
    return this.#try({ do: 'create', object, values, ...more })
  }

  #update(object: string, more: { readonly in?: string } = {}): boolean {
    const id = this.#pick(object, 0)
    return id !== null && this.#try({ do: 'update', object, id, values: this.#values(object), ...more })
  }

  #massUpdate(): boolean {
    const object = this.#random.pick(WRITABLE)
    const ids = this.#several(object, this.#random.int(30, 400))
    const results = this.#results(ids.map((id) => ({ do: 'update', object, id, values: this.#values(object) })))
    return results.some(({ ok }) => ok)
  }

  #convert(): boolean {
    const random = this.#random
    const id = this.#pick('Lead', 0)
    const accountId = random.chance(0.5) ? this.#pick('Account', 0) : null
    const opportunity = { opportunity: this.#required('Opportunity') }
    return (
      id !== null &&
      this.#try({
        do: 'convertLead',
        id,
        ...(accountId === null ? {} : { accountId }),
        ...(random.chance(0.6) ? opportunity : {}),
      })
    )
  }

  #renamePicklistValue(): boolean {
    const [object, name] = this.#random.pick([
      ['Account', 'Industry'],
      ['Opportunity', 'Type'],
      ['Lead', 'Status'],
    ] as const)
    const field = this.#org.wholeObject(object)?.fields.find((each) => each.name === name)
    const from = this.#random.pick(field?.picklist ?? [])
    this.#made += 1
    if (from.startsWith('Closed')) return false
    return this.#try({ do: 'renamePicklistValue', object, field: name, from, to: `${from.slice(0, 20)} ${this.#made}` })
  }

  /** A field that was added to the org is mapped, or one that was mapped so is not any more. */
  #mapField(): boolean {
    const { object, fields } = this.#random.pick(this.#objects)
    const added = (this.#org.object(object)?.fields ?? []).filter(({ name }) => name.startsWith('New'))
    if (added.length === 0) return false
    const { name } = this.#random.pick(added)
    if (fields.has(name)) fields.delete(name)
    else fields.set(name, { optional: this.#random.chance(0.5) })
    return true
  }

  #removeField(): boolean {
    const object = this.#random.pick(DELETABLE)
    const added = (this.#org.wholeObject(object)?.fields ?? []).filter(({ name }) => name.startsWith('New'))
    if (added.length === 0) return false
    const field = this.#random.pick(added).name
    if (!this.#try({ do: 'removeField', object, field })) return false
    // Whoever needs it takes it out of the mapping.
    for (const each of this.#objects) {
      if (each.object === object && each.fields.get(field)?.optional === false) each.fields.delete(field)
    }
    return true
  }

  #formula(name: (typeof FORMULAS)[number]): OrgOperation {
    const random = this.#random
    const field = {
      Fee__c: {
        type: 'double',
        scale: 2,
        formula: { kind: 'arithmetic', left: 'Amount', operator: '*', right: random.int(1, 60) / 100 },
      },
      Label__c: {
        type: 'string',
        formula: { kind: 'join', parts: [{ of: 'Name' }, { text: ` ${random.int(1, 99)} ` }, { of: 'Account.Name' }] },
      },
      Late__c: { type: 'boolean', formula: { kind: 'day', of: 'CloseDate', is: '<', days: random.int(-9, 9) } },
    }[name]
    return { do: 'addField', object: 'Opportunity', field: { name, ...field } } as OrgOperation
  }

  #required(object: string): Record<string, string> {
    const random = this.#random
    const name = `${object} ${this.#made}`
    switch (object) {
      case 'User':
        return {
          Username: `u${this.#made}@life.example`,
          LastName: name,
          Email: 'u@life.example',
          Alias: `u${this.#made}`,
        }
      case 'Contact':
        return { LastName: name }
      case 'Lead':
        return { LastName: name, Company: `Company ${this.#made}` }
      case 'Opportunity':
        return { Name: name, StageName: random.pick(STAGES).name, CloseDate: this.#day(random.int(-40, 60)) }
      default:
        return { Name: name }
    }
  }

  #values(object: string): Record<string, string | number | boolean | null> {
    return valuesOf(
      this.#org,
      this.#random,
      object,
      (of) => this.#pick(of, 0),
      (days) => this.#day(days),
    )
  }

  #day(days: number): string {
    return new Date(this.#org.engine.clock.now() + days * DAY_MS).toISOString().slice(0, 10)
  }

  #onOne(object: string, isDeleted: number, operation: (object: string, id: string) => OrgOperation): boolean {
    const id = this.#pick(object, isDeleted)
    return id !== null && this.#try(operation(object, id))
  }

  #several(object: string, most: number): string[] {
    const ids = Array.from({ length: most }, () => this.#pick(object, 0))
    return [...new Set(ids)].filter((id) => id !== null)
  }

  /** Any record, live ones for 0 and deleted ones for 1. */
  #pick(objectName: string, isDeleted: number): string | null {
    const object = this.#org.wholeObject(objectName)
    if (object === undefined) return null
    const { db } = this.#org.engine
    const { last } = db.prepare(`SELECT max(rowid) AS last FROM ${tableOf(object)}`).get() as { last: number | null }
    const state = objectName === 'User' ? '' : `AND "IsDeleted" = ${isDeleted}`
    const sql = `SELECT "Id" AS id FROM ${tableOf(object)} WHERE rowid >= ? ${state} ORDER BY rowid LIMIT 1`
    const row = db.prepare(sql).get(this.#random.int(1, last ?? 1)) as { id: string } | undefined
    return row?.id ?? null
  }

  #try(operation: OrgOperation): boolean {
    return this.#results([operation])[0]?.ok === true
  }

  #must(...operations: readonly OrgOperation[]): void {
    for (const result of this.#results(operations)) {
      if (!result.ok) throw new Error(`The org refused what it had to take: ${JSON.stringify(result.error)}`)
    }
  }

  #results(operations: readonly OrgOperation[]): OperationResult[] {
    return applyOperations(this.#org, operations)
  }
}
