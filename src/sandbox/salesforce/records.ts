import { childrenOf } from './children.ts'
import { corporateCurrency } from './currencies.ts'
import { notFound, SalesforceError } from './errors.ts'
import { normaliseId } from './ids.ts'
import { derivedOfOpportunity, writeHistory } from './opportunity-rules.ts'
import type { Org, Row } from './org.ts'
import { isPurged } from './recycle-bin.ts'
import type { ObjectDef } from './schema.ts'
import { wholeSecond } from './values.ts'
import { readValues } from './write-values.ts'

/** A write, as a client or the living company makes it: who, and when by the virtual clock. */
export interface WriteOptions {
  /** User id; default: the API user. */
  readonly by?: string
  /** Only what the API user sees can be written. */
  readonly isApi?: boolean
}

/** Creates a record by Salesforce's rules and returns its id. `values` are JSON values by field name. */
export function createRecord(org: Org, objectName: string, values: object, options: WriteOptions = {}): string {
  const object = writable(org, objectName, 'createable', options)
  const row = readValues(org, seenOr(org, object, options), values, 'createable')
  const missing = object.fields.filter(
    (field) => !field.nillable && !field.defaultedOnCreate && field.createable && (row[field.name] ?? null) === null,
  )
  if (missing.length > 0) {
    const names = missing.map((field) => field.name)
    throw new SalesforceError(
      400,
      'REQUIRED_FIELD_MISSING',
      `Required fields are missing: [${names.join(', ')}]`,
      names,
    )
  }
  return org.transaction(() => {
    const id = org.newId(object.name)
    const now = wholeSecond(org.engine.clock.now())
    const by = options.by ?? org.apiUserId
    const has = (name: string) => org.fieldOf(object, name) !== undefined
    if (has('OwnerId')) row.OwnerId ??= by
    if (has('CurrencyIsoCode')) row.CurrencyIsoCode ??= corporateCurrency(org)
    if (has('CreatedDate')) Object.assign(row, { CreatedDate: now, CreatedById: by })
    Object.assign(row, derived(object, row, {}), { Id: id, ...stamps(object, now, by) })
    org.insert(object.name, row)
    if (object.name === 'Opportunity') writeHistory(org, row, null, now, by)
    return id
  })
}

/** Changes fields of a record, and whatever Salesforce changes with them. */
export function updateRecord(
  org: Org,
  objectName: string,
  id: string,
  values: object,
  options: WriteOptions = {},
): void {
  const object = writable(org, objectName, 'updateable', options)
  const changes = readValues(org, seenOr(org, object, options), values, 'updateable')
  for (const field of object.fields) {
    if (!field.nillable && !field.defaultedOnCreate && field.name in changes && changes[field.name] === null) {
      throw new SalesforceError(400, 'REQUIRED_FIELD_MISSING', `Required fields are missing: [${field.name}]`, [
        field.name,
      ])
    }
  }
  org.transaction(() => {
    const before = liveRecord(org, object, id, options)
    const now = wholeSecond(org.engine.clock.now())
    const by = options.by ?? org.apiUserId
    const after = { ...changes, ...derived(object, { ...before, ...changes }, before) }
    if (before.StageName !== undefined && changes.StageName !== undefined && changes.StageName !== before.StageName) {
      after.LastStageChangeDate = now
    }
    org.change(object.name, before.Id as string, { ...after, ...stamps(object, now, by) })
    if (object.name === 'Opportunity') writeHistory(org, { ...before, ...after }, before, now, by)
  })
}

/** Deletes a record and all that hangs on it; until the recycle bin is emptied, `queryAll` still shows them. */
export function deleteRecord(org: Org, objectName: string, id: string, options: WriteOptions = {}): void {
  const object = known(org, objectName, options)
  if (!object.deletable) {
    throw new SalesforceError(400, 'INVALID_TYPE_FOR_OPERATION', `entity type ${object.name} does not support delete`)
  }
  org.transaction(() => {
    const record = liveRecord(org, object, id, options)
    const at = wholeSecond(org.engine.clock.now())
    markDeleted(org, object, record.Id as string, { IsDeleted: 1 }, at, options.by ?? org.apiUserId)
  })
}

/** Brings a deleted record back out of the recycle bin, with what was deleted along with it. */
export function undeleteRecord(org: Org, objectName: string, id: string, options: WriteOptions = {}): void {
  const object = org.wholeObject(objectName)
  const record = object === undefined ? undefined : org.find(object.name, normaliseId(id) ?? id)
  if (
    object === undefined ||
    record === undefined ||
    record.IsDeleted !== 1 ||
    isPurged(org, object, record.Id as string)
  ) {
    throw new SalesforceError(400, 'UNDELETE_FAILED', 'Entity is not in the recycle bin')
  }
  org.transaction(() => {
    const at = wholeSecond(org.engine.clock.now())
    restore(org, object, record.Id as string, at, options.by ?? org.apiUserId)
  })
}

/** Merges a record into another: its children move, it is deleted and names the survivor in `MasterRecordId`. */
export function mergeRecords(
  org: Org,
  objectName: string,
  masterId: string,
  loserId: string,
  options: WriteOptions = {},
): void {
  const object = org.wholeObject(objectName)
  if (object === undefined || org.fieldOf(object, 'MasterRecordId') === undefined) {
    throw new SalesforceError(400, 'INVALID_TYPE_FOR_OPERATION', `entity type ${objectName} does not support merge`)
  }
  org.transaction(() => {
    const master = liveRecord(org, object, masterId).Id as string
    const loser = liveRecord(org, object, loserId).Id as string
    const at = wholeSecond(org.engine.clock.now())
    const by = options.by ?? org.apiUserId
    for (const { child, field } of childrenOf(org, object, () => true)) {
      for (const row of org.findAll(child.name, field.name, loser)) {
        org.change(child.name, row.Id as string, { [field.name]: master, ...stamps(child, at, by) })
      }
    }
    org.change(object.name, master, stamps(object, at, by))
    markDeleted(org, object, loser, { IsDeleted: 1, MasterRecordId: master }, at, by)
  })
}

export interface Conversion {
  readonly accountId: string
  readonly contactId: string
  readonly opportunityId: string | null
}

/** Converts a lead into an account (or into the one given), a contact, and an opportunity when `opportunity` says which. */
export function convertLead(
  org: Org,
  leadId: string,
  into: { readonly accountId?: string; readonly opportunity?: Readonly<Record<string, unknown>> },
  options: WriteOptions = {},
): Conversion {
  const object = writable(org, 'Lead', 'updateable')
  return org.transaction(() => {
    const lead = liveRecord(org, object, leadId)
    if (lead.IsConverted === 1)
      throw new SalesforceError(400, 'CANNOT_UPDATE_CONVERTED_LEAD', 'cannot reference converted lead')
    const owner = { OwnerId: lead.OwnerId }
    const accountId =
      into.accountId ??
      createRecord(
        org,
        'Account',
        { Name: lead.Company, Website: lead.Website, BillingCountry: lead.Country, ...owner },
        options,
      )
    const contactId = createRecord(
      org,
      'Contact',
      {
        AccountId: accountId,
        FirstName: lead.FirstName,
        LastName: lead.LastName,
        Email: lead.Email,
        Title: lead.Title,
        ...owner,
      },
      options,
    )
    const opportunityId =
      into.opportunity === undefined
        ? null
        : createRecord(
            org,
            'Opportunity',
            { AccountId: accountId, LeadSource: lead.LeadSource, ...owner, ...into.opportunity },
            options,
          )
    const now = wholeSecond(org.engine.clock.now())
    org.change('Lead', lead.Id as string, {
      Status: 'Closed - Converted',
      IsConverted: 1,
      ConvertedDate: new Date(now).toISOString().slice(0, 10),
      ConvertedAccountId: accountId,
      ConvertedContactId: contactId,
      ConvertedOpportunityId: opportunityId,
      ...stamps(object, now, options.by ?? org.apiUserId),
    })
    return { accountId, contactId, opportunityId }
  })
}

function known(org: Org, name: string, options: WriteOptions): ObjectDef {
  const object = org.wholeObject(name)
  if (object !== undefined && (options.isApi !== true || org.object(name) !== undefined)) return object
  throw notFound()
}

function seenOr(org: Org, whole: ObjectDef, options: WriteOptions): ObjectDef {
  return (options.isApi === true ? org.object(whole.name) : undefined) ?? whole
}

function writable(org: Org, name: string, ability: 'createable' | 'updateable', options: WriteOptions = {}): ObjectDef {
  const object = known(org, name, options)
  if (object[ability]) return object
  throw new SalesforceError(
    400,
    'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY',
    `entity type cannot be ${ability === 'createable' ? 'inserted' : 'updated'}: ${object.label}`,
  )
}

function liveRecord(org: Org, object: ObjectDef, id: string, options: WriteOptions = {}): Row {
  const id18 = normaliseId(id)
  const record = id18 === null ? undefined : org.find(object.name, id18)
  if (record === undefined || (options.isApi === true && !org.sharing.isShared(object, id18 as string))) {
    throw new SalesforceError(404, 'NOT_FOUND', `Provided external ID field does not exist or is not accessible: ${id}`)
  }
  if (record.IsDeleted === 1) throw new SalesforceError(404, 'ENTITY_IS_DELETED', 'entity is deleted')
  return record
}

function stamps(object: ObjectDef, now: number, by: string): Row {
  const row: Row = { SystemModstamp: now }
  if (object.fields.some((field) => field.name === 'LastModifiedDate')) {
    Object.assign(row, { LastModifiedDate: now, LastModifiedById: by })
  }
  return row
}

/** What Salesforce fills in itself, from the values a record is about to have. */
function derived(object: ObjectDef, row: Row, before: Row): Row {
  if (object.name === 'Opportunity') return derivedOfOpportunity(row, before)
  if (['Contact', 'Lead', 'User'].includes(object.name)) {
    const filled: Row = { Name: [row.FirstName, row.LastName].filter((part) => part).join(' ') }
    if (object.name === 'Lead') filled.Status = row.Status ?? 'Open - Not Contacted'
    return filled
  }
  if (object.name === 'Case') return { Status: row.Status ?? 'New', IsClosed: Number(row.Status === 'Closed') }
  return {}
}

function markDeleted(org: Org, object: ObjectDef, id: string, marks: Row, at: number, by: string): void {
  const movesStamp = org.engine.limits.get('salesforce.deletionMovesStamp') === 1
  org.change(object.name, id, { ...marks, ...(movesStamp ? stamps(object, at, by) : {}) })
  org.noteDeletion(object.name, id, at)
  for (const { child, field } of childrenOf(org, object, (each) => each.cascadeDelete)) {
    for (const row of org.findAll(child.name, field.name, id)) {
      if (row.IsDeleted === 0) markDeleted(org, child, row.Id as string, { IsDeleted: 1 }, at, by)
    }
  }
}

function restore(org: Org, object: ObjectDef, id: string, at: number, by: string): void {
  const deletion = org.engine.db
    .prepare('SELECT at FROM sf_deletion WHERE object = ? AND id = ?')
    .get(object.name, id) as { at: number } | undefined
  org.change(object.name, id, { IsDeleted: 0, ...stamps(object, at, by) })
  org.forgetDeletion(object.name, id)
  for (const { child, field } of childrenOf(org, object, (each) => each.cascadeDelete)) {
    for (const row of org.findAll(child.name, field.name, id)) {
      const along = org.engine.db
        .prepare('SELECT 1 FROM sf_deletion WHERE object = ? AND id = ? AND at = ?')
        .get(child.name, row.Id as string, deletion?.at ?? -1)
      if (row.IsDeleted === 1 && along !== undefined) restore(org, child, row.Id as string, at, by)
    }
  }
}
