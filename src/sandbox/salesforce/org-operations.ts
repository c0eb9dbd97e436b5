import { z } from 'zod'
import { Fault } from '../../platform/errors.ts'
import { refused, SalesforceError } from './errors.ts'
import { normaliseId } from './ids.ts'
import type { Org } from './org.ts'
import { convertLead, createRecord, deleteRecord, mergeRecords, undeleteRecord, updateRecord } from './records.ts'
import { emptyRecycleBin, purge } from './recycle-bin.ts'
import { wholeObject } from './schema-changes.ts'
import { changeSetup, SETUP_OPERATIONS } from './setup-operations.ts'
import { isDay } from './values.ts'

const NAME = z.string().regex(/^\w+$/)
const ID = z.string().refine((text) => normaliseId(text) !== null, 'an id has 15 or 18 letters and digits')
const DAY = z.string().refine(isDay, 'a day is written 2026-12-24')
const VALUES = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
/** Who writes, and in which open transaction. */
const WRITE = { by: ID.optional(), in: NAME.optional() }
const RECORD = { object: NAME, id: ID }

const OPERATION = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('create'), object: NAME, values: VALUES, ...WRITE }),
  z.strictObject({ do: z.literal('update'), ...RECORD, values: VALUES, ...WRITE }),
  z.strictObject({ do: z.literal('delete'), ...RECORD, ...WRITE }),
  z.strictObject({ do: z.literal('undelete'), ...RECORD, ...WRITE }),
  z.strictObject({
    do: z.literal('merge'),
    object: z.enum(['Account', 'Contact', 'Lead']),
    id: ID,
    loser: ID,
    ...WRITE,
  }),
  z.strictObject({
    do: z.literal('convertLead'),
    id: ID,
    accountId: ID.optional(),
    opportunity: VALUES.optional(),
    ...WRITE,
  }),
  z.strictObject({ do: z.literal('hardDelete'), ...RECORD, by: ID.optional() }),
  z.strictObject({ do: z.literal('emptyRecycleBin'), object: NAME.optional() }),
  z.strictObject({ do: z.literal('begin'), transaction: NAME }),
  z.strictObject({ do: z.literal('commit'), transaction: NAME }),
  z.strictObject({ do: z.literal('rollBack'), transaction: NAME }),
  z.strictObject({ do: z.literal('hideRecords'), object: NAME, ids: z.array(ID) }),
  z.strictObject({ do: z.literal('showRecords'), object: NAME, ids: z.array(ID) }),
  z.strictObject({ do: z.literal('advance'), ms: z.number().min(0) }),
  z.strictObject({ do: z.literal('setDay'), day: DAY }),
  ...SETUP_OPERATIONS,
])
const OPERATIONS = z.array(OPERATION)

/** One thing that people do in the user interface, or admins in setup. */
export type OrgOperation = z.input<typeof OPERATION>
type Operation = z.output<typeof OPERATION>

/** What became of one operation: what it made, or why the org refused it. */
export type OperationResult =
  | { readonly ok: true; readonly [made: string]: unknown }
  | { readonly ok: false; readonly error: { readonly code: string; readonly message: string; readonly hint?: string } }

/**
 * Carries operations out one after the other, and tells what became of each.
 *
 * Throws, and does none of them, when the list is not written rightly. One that the org refuses changes nothing and does
 * not keep the later ones from being done.
 */
export function applyOperations(org: Org, operations: readonly OrgOperation[]): OperationResult[] {
  return parseOperations(operations).map((operation): OperationResult => {
    try {
      return { ok: true, ...inTransaction(org, operation, () => carryOut(org, operation)) }
    } catch (error) {
      if (!(error instanceof SalesforceError || error instanceof Fault)) throw error
      const hint = error instanceof Fault && error.hint !== undefined ? { hint: error.hint } : {}
      return { ok: false, error: { code: error.code, message: error.message, ...hint } }
    }
  })
}

function parseOperations(json: unknown): Operation[] {
  const parsed = OPERATIONS.safeParse(json)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the list'}: ${issue.message}`)
  throw new Fault('sandbox-bad-operations', `Operations are not valid: ${problems.join('; ')}`, {
    blame: 'operator',
    hint: 'Write a list of {"do": "…", …} as the README of the sandbox has them',
  })
}

function inTransaction<T>(org: Org, operation: Operation, work: () => T): T {
  if (!('in' in operation) || operation.in === undefined) return org.transaction(work)
  return org.transactions.write(operation.in, work)
}

type Made = Readonly<Record<string, unknown>>
const NOTHING: Made = {}

function carryOut(org: Org, operation: Operation): Made {
  const by = 'by' in operation && operation.by !== undefined ? { by: operation.by } : {}
  switch (operation.do) {
    case 'create':
      return { id: createRecord(org, operation.object, operation.values, by) }
    case 'update':
      updateRecord(org, operation.object, operation.id, operation.values, by)
      return NOTHING
    case 'delete':
      deleteRecord(org, operation.object, operation.id, by)
      return NOTHING
    case 'undelete':
      undeleteRecord(org, operation.object, operation.id, by)
      return NOTHING
    case 'merge':
      mergeRecords(org, operation.object, operation.id, operation.loser, by)
      return NOTHING
    case 'convertLead': {
      const { id, accountId, opportunity } = operation
      const account = accountId === undefined ? {} : { accountId }
      return { ...convertLead(org, id, { ...account, ...(opportunity === undefined ? {} : { opportunity }) }, by) }
    }
    case 'hardDelete': {
      const object = wholeObject(org, operation.object)
      const id = normaliseId(operation.id) as string
      if (org.find(object.name, id)?.IsDeleted !== 1) deleteRecord(org, object.name, id, by)
      return { purged: purge(org, object, id) }
    }
    case 'emptyRecycleBin':
      return {
        purged: emptyRecycleBin(org, operation.object === undefined ? undefined : wholeObject(org, operation.object)),
      }
    case 'begin':
      org.transactions.begin(operation.transaction)
      return NOTHING
    case 'commit':
      org.transactions.commit(operation.transaction)
      return NOTHING
    case 'rollBack':
      org.transactions.rollBack(operation.transaction)
      return NOTHING
    case 'hideRecords':
    case 'showRecords': {
      const object = wholeObject(org, operation.object)
      const ids = operation.ids.map((id) => normaliseId(id) as string)
      const unknown = ids.find((id) => org.find(object.name, id) === undefined)
      if (unknown !== undefined) throw refused(`The org has no ${object.name} "${unknown}"`, 'Give ids that it has')
      for (const id of ids) org.sharing.set(object, id, operation.do === 'showRecords')
      return NOTHING
    }
    case 'advance':
      org.engine.clock.advance(operation.ms)
      return { now: org.engine.clock.now() }
    case 'setDay':
      return setDay(org, operation.day)
    default:
      return changeSetup(org, operation)
  }
}

/** Lets time pass until a day begins. */
function setDay(org: Org, day: string): Made {
  const { clock } = org.engine
  const ms = Date.parse(`${day}T00:00:00Z`) - clock.now()
  if (ms < 0) {
    throw refused(`The day ${day} has begun already; time never goes back`, 'Give a later day')
  }
  clock.advance(ms)
  return { now: clock.now() }
}
