import { Fault } from '../../platform/errors.ts'
import type { CheckProblem } from '../source.ts'
import type { SalesforceCredentials } from './auth.ts'
import type { SalesforceClient } from './client.ts'
import type { Asked, FoundField } from './schema.ts'
import { parseWith, UserInfo } from './wire.ts'

export type MissingField = Exclude<FoundField, { is: 'found' }>

/** Whose eyes we read with, for messages. */
export interface Reader {
  /** `null` where it cannot be learned. */
  readonly userName: string | null
  readonly userId: string | null
}

const NOBODY: Reader = { userName: null, userId: null }

export async function readUser(client: SalesforceClient, asked: Asked): Promise<Reader> {
  try {
    const info = await client.get({
      path: '/services/oauth2/userinfo',
      what: 'the user of the session',
      parse: parseWith(UserInfo, 'the user of the session'),
      ...asked,
    })
    return { userName: info.preferred_username ?? null, userId: info.user_id }
  } catch (error) {
    asked.signal?.throwIfAborted()
    // Some policies keep tokens from it; a message without a name is better than none.
    if (error instanceof Fault) return NOBODY
    throw error
  }
}

export async function readUserName(
  org: { readonly client: SalesforceClient; readonly credentials: SalesforceCredentials },
  asked: Asked,
): Promise<string | null> {
  if (org.credentials.flow === 'jwt') return org.credentials.username
  return (await readUser(org.client, asked)).userName
}

/** One problem per field that cannot be read, in the order asked for. */
export function missingProblems(
  object: string,
  missing: readonly MissingField[],
  userName: string | null,
): CheckProblem[] {
  return missing.map((field) => ({
    ...describeMissing(object, field, userName),
    level: 'error',
    object,
    field: field.asked,
  }))
}

function describeMissing(object: string, field: MissingField, userName: string | null) {
  const user = userName === null ? 'the user of this session' : `the user "${userName}"`
  const through = field.object === object ? object : `${object} (field "${field.field}" of ${field.object})`
  if (field.is === 'compound') {
    return {
      code: 'salesforce-field-compound',
      message: `Salesforce field "${field.asked}" on ${through} is made of several fields and has no value of its own`,
      hint: field.nearest === null ? 'Map its parts instead' : `Map its parts instead, like "${field.nearest}"`,
    }
  }
  const typo = field.nearest === null ? '' : `Did you mean "${field.nearest}"? If not: `
  return {
    code: 'salesforce-field-hidden',
    message: `Salesforce shows no field "${field.asked}" on ${through} to ${user}`,
    hint: `${typo}In Setup > Permission Sets give that user read access to ${field.object}.${field.field}, then run check salesforce`,
  }
}

/** The fault for a read that cannot go on: names every field at once. */
export function hiddenFields(object: string, missing: readonly MissingField[], userName: string | null): Fault {
  const [first, ...others] = missingProblems(object, missing, userName)
  if (first === undefined) throw new TypeError('no field is missing')
  const more = others.map((problem) => `"${problem.field}"`).join(', ')
  const message = others.length === 0 ? first.message : `${first.message}, nor ${more}`
  const nearest = missing.slice(1).filter((field) => field.nearest !== null)
  const further = nearest.map((field) => `; for "${field.asked}" did you mean "${field.nearest}"?`).join('')
  return new Fault(first.code, message, { blame: 'operator', hint: `${first.hint}${further}` })
}
