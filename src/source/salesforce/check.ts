import type { CallOptions } from '../../platform/call-options.ts'
import { Fault } from '../../platform/errors.ts'
import { nearestName } from '../../platform/nearest.ts'
import { parseExactJson } from '../canonical.ts'
import type { CheckProblem, ObjectNeed } from '../source.ts'
import type { SalesforceCredentials } from './auth.ts'
import type { SalesforceClient } from './client.ts'
import { missingProblems, type Reader, readUser } from './hidden.ts'
import { type Asked, findField, type Schemas, stampFieldOf } from './schema.ts'
import { soqlText } from './soql.ts'
import { DescribeGlobal, parseWith, QueryPage } from './wire.ts'

interface CheckedOrg {
  readonly client: SalesforceClient
  readonly schemas: Schemas
  readonly credentials: SalesforceCredentials
  readonly root: string
}

/** Logs in, looks at every object and field that is needed, and reports everything that stands in the way at once. */
export async function checkOrg(
  org: CheckedOrg,
  needs: readonly ObjectNeed[],
  options: CallOptions = {},
): Promise<CheckProblem[]> {
  const asked: Asked = { tally: { requests: 0, sharedRequests: 0 }, signal: options.signal }
  let global: readonly { readonly name: string; readonly queryable: boolean }[]
  try {
    const answer = await org.client.get({
      path: `${org.root}/sobjects/`,
      what: 'its objects',
      parse: parseWith(DescribeGlobal, 'its objects'),
      ...asked,
    })
    global = answer.sobjects
  } catch (error) {
    // Without a session or an API nothing else can be learned.
    return [problemOf(error)]
  }
  const user = await readUser(org.client, asked)
  const names = global.filter((object) => object.queryable).map((object) => object.name)
  const perObject = await Promise.all(needs.map((need) => checkObject(org, need, names, user, asked)))
  const all = await checkSeesAll(org, needs, user, asked)
  return [...perObject.flat(), ...all, ...checkQuota(org.client)]
}

async function checkObject(
  org: CheckedOrg,
  need: ObjectNeed,
  names: readonly string[],
  user: Reader,
  asked: Asked,
): Promise<CheckProblem[]> {
  const { object } = need
  try {
    const describe = await org.schemas.describe(object, asked)
    const problems: CheckProblem[] = []
    if (!describe.queryable || stampFieldOf(describe) === null) {
      const message = `Salesforce object "${object}" cannot be read: it cannot be queried, or nothing tells when its records change`
      problems.push({ level: 'error', code: 'salesforce-object-unreadable', message, object })
    }
    const found = await Promise.all(need.fields.map((field) => findField(org.schemas, describe, field, asked)))
    const missing = found.filter((field) => field.is !== 'found')
    problems.push(...missingProblems(object, missing, userNameOf(org, user)))
    for (const field of found) {
      if (field.is !== 'found' || !isFormula(field.field)) continue
      problems.push({
        level: 'warning',
        code: 'salesforce-formula-field',
        message: `Salesforce field "${field.plan.asked}" on ${object} is a formula: when only its result changes, Salesforce does not say that the record changed`,
        hint: 'A sweep reads it of all records, every 24 hours unless formulas_every says otherwise; to have it sooner, map the fields that it is made of',
        object,
        field: field.plan.asked,
      })
    }
    const inMoney = found.find((field) => field.is === 'found' && field.field?.type === 'currency')
    const reads = need.fields.map((field) => field.toLowerCase())
    const isOfMany = describe.fields.some(({ name }) => name === CURRENCY_FIELD)
    if (inMoney !== undefined && isOfMany && !reads.includes(CURRENCY_FIELD.toLowerCase())) {
      problems.push({
        level: 'warning',
        code: 'salesforce-currency-unread',
        message: `Records of ${object} are in several currencies, and the mapping does not read in which: all money is taken for one`,
        hint: `Write currency: { field: ${CURRENCY_FIELD}, optional: true } beside its fields in the source mapping`,
        object,
      })
    }
    return problems.map((problem) => placed(problem, need))
  } catch (error) {
    asked.signal?.throwIfAborted()
    const problem = problemOf(error)
    const nearest = problem.code === 'salesforce-object-hidden' ? nearestName(object, names) : null
    const hint = nearest === null ? problem.hint : `Did you mean "${nearest}"? If not: ${problem.hint}`
    return [placed({ ...problem, object, ...(hint === undefined ? {} : { hint }) }, need)]
  }
}

/** On every object with money, in orgs with several currencies. */
const CURRENCY_FIELD = 'CurrencyIsoCode'

/** Where the mapping names it, in front of the message. */
function placed(problem: CheckProblem, need: ObjectNeed): CheckProblem {
  return need.place === undefined ? problem : { ...problem, message: `${problem.message} (${need.place})` }
}

/** A roll-up summary is calculated too, but moves the stamp of its record. */
function isFormula(
  field: { readonly calculated: boolean; readonly calculatedFormula?: string | null | undefined } | null,
) {
  return field !== null && field.calculated && typeof field.calculatedFormula === 'string'
}

/**
 * Records that sharing hides look exactly like records that do not exist. Whether the user sees all can be known where it
 * may read its own permissions; where not, nothing is said.
 */
async function checkSeesAll(
  org: CheckedOrg,
  needs: readonly ObjectNeed[],
  user: Reader,
  asked: Asked,
): Promise<CheckProblem[]> {
  if (user.userId === null) return []
  const mine = `AssigneeId = ${soqlText(user.userId)}`
  try {
    const all = await rowsOf(
      org,
      `SELECT Id FROM PermissionSetAssignment WHERE ${mine} AND PermissionSet.PermissionsViewAllData = true`,
      asked,
    )
    if (all.length > 0) return []
    const sets = `ParentId IN (SELECT PermissionSetId FROM PermissionSetAssignment WHERE ${mine})`
    const perObject = await rowsOf(
      org,
      `SELECT SobjectType FROM ObjectPermissions WHERE ${sets} AND PermissionsViewAllRecords = true`,
      asked,
    )
    const seen = new Set(perObject.map((row) => String(row['SobjectType']).toLowerCase()))
    const name = userNameOf(org, user) ?? user.userId
    return needs
      .filter((need) => !seen.has(need.object.toLowerCase()) && !ALWAYS_SEEN.has(need.object))
      .map((need) => ({
        level: 'warning',
        code: 'salesforce-sees-part',
        message: `The user "${name}" may see a part of ${need.object} only: it has neither "View All Data" nor "View All" on ${need.object}`,
        hint: `In Setup > Permission Sets give that user "View All" on ${need.object}; records that sharing hides are missing everywhere`,
        object: need.object,
      }))
  } catch (error) {
    asked.signal?.throwIfAborted()
    if (error instanceof Fault) return []
    throw error
  }
}

/** Users and currencies are visible to everybody; history goes with its parent. */
const ALWAYS_SEEN = new Set([
  'User',
  'OpportunityHistory',
  'OpportunityFieldHistory',
  'CurrencyType',
  'DatedConversionRate',
])

async function rowsOf(org: CheckedOrg, soql: string, asked: Asked) {
  const page = await org.client.get({
    path: `${org.root}/query`,
    query: { q: soql },
    what: 'permissions',
    parse: parseWith(QueryPage, 'permissions', parseExactJson),
    ...asked,
  })
  return page.records
}

function checkQuota(client: SalesforceClient): CheckProblem[] {
  const quota = client.quota()
  if (quota === null || quota.used < quota.ours) return []
  return [
    {
      level: 'warning',
      code: 'salesforce-quota-share-used',
      message: `Salesforce counts ${quota.used} of ${quota.limit} requests in the last 24 hours, by all programs; boardsync stops at ${quota.ours}`,
      hint: 'Wait for older requests to fall out of the 24 hours, or raise the quota share of this source in model.yaml',
    },
  ]
}

function userNameOf(org: CheckedOrg, user: Reader): string | null {
  return user.userName ?? (org.credentials.flow === 'jwt' ? org.credentials.username : null)
}

function problemOf(error: unknown): CheckProblem {
  if (!(error instanceof Fault)) throw error
  const { code, message, hint } = error
  return { level: 'error', code, message, ...(hint === undefined ? {} : { hint }) }
}
