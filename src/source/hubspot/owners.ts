import { createHash } from 'node:crypto'
import { nearestName } from '../../platform/nearest.ts'
import type { Cursor, FieldValue, ObjectDescription, Page, ReadRequest, SourceRecord } from '../source.ts'
import { type Account, type AskedBy, take } from './account.ts'
import { readCursor, writeCursor } from './cursor.ts'
import { missingFields } from './fields.ts'
import { wholeList } from './whole.ts'

const PAGE = 100

/** Fields of an owner, with what they hold. `id` is what `hubspot_owner_id` names; `userId` is something else. */
export const OWNER_FIELDS = {
  email: 'string',
  firstName: 'string',
  lastName: 'string',
  name: 'string',
  userId: 'number',
  team: 'string',
  teams: 'string',
  type: 'enumeration',
  active: 'bool',
  createdAt: 'datetime',
} as const
type OwnerField = keyof typeof OWNER_FIELDS

/** Where a read of everything stands that begins anew. */
const NOWHERE = 'nowhere' as Cursor

/** All owners, those who left included: what they own is still theirs. Read whole; unchanged, they are not handed over again. */
export async function* readOwners(account: Account, request: ReadRequest, asked: AskedBy): AsyncGenerator<Page> {
  const records = await ownerRecords(account, request, asked)
  const digest = createHash('sha256').update(JSON.stringify(records)).digest('base64url')
  const stood = readCursor(request.after)
  const cursor = writeCursor({ v: 1, mode: 'owners', digest })
  const isSame = stood?.mode === 'owners' && stood.digest === digest
  if (isSame) {
    yield { records: [], cursor, snapshot: false, unchanged: true, ...take(asked.tally) }
    return
  }
  if (stood !== null) yield { records: [], cursor: NOWHERE, snapshot: false, requests: 0 }
  yield { records, cursor, snapshot: true, ...take(asked.tally) }
}

export async function ownerRecords(
  account: Account,
  { fields, where }: Pick<ReadRequest, 'fields' | 'where'>,
  asked: AskedBy,
): Promise<SourceRecord[]> {
  const missing = [...fields, ...(where === null ? [] : [where])].filter((name) => !(name in OWNER_FIELDS))
  if (missing.length > 0)
    throw missingFields('owners', missing, nearestName(missing[0] ?? '', Object.keys(OWNER_FIELDS)))
  const owners = [...(await listOwners(account, false, asked)), ...(await listOwners(account, true, asked))]
  return owners
    .map((owner): SourceRecord => {
      const values = valuesOf(owner)
      return {
        kind: 'present',
        id: owner.id,
        changedAt: owner.updatedAt.toISOString(),
        fields: Object.fromEntries(fields.map((name) => [name, values[name as OwnerField]])),
      }
    })
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

type Owner = Awaited<ReturnType<typeof listOwners>>[number]

function valuesOf(owner: Owner): Record<OwnerField, FieldValue> {
  const { email, firstName, lastName, userIdIncludingInactive, userId, teams = [], type, archived, createdAt } = owner
  const name = [firstName, lastName].filter((part) => part !== undefined && part !== '').join(' ')
  return {
    email: email || null,
    firstName: firstName || null,
    lastName: lastName || null,
    name: name === '' ? null : name,
    userId:
      userId === undefined && userIdIncludingInactive === undefined ? null : String(userId ?? userIdIncludingInactive),
    team: teams.find(({ primary }) => primary)?.name ?? teams[0]?.name ?? null,
    teams: teams.length === 0 ? null : teams.map((team) => team.name).join(';'),
    type,
    active: !archived,
    createdAt: createdAt.toISOString(),
  }
}

async function listOwners({ client }: Account, archived: boolean, asked: AskedBy) {
  const what = archived ? 'owners who left' : 'owners'
  const all = []
  let after: string | undefined
  do {
    const page = await client.ask({ what, ...asked }, async ({ owners }) => {
      const answer = await owners.getPage(undefined, after, PAGE, archived)
      return { results: wholeList(answer, what), after: answer.paging?.next?.after }
    })
    all.push(...page.results)
    after = page.after
  } while (after !== undefined)
  return all
}

export function describeOwners(need: readonly string[]): ObjectDescription {
  const described = (name: string) => ({ name, type: OWNER_FIELDS[name as OwnerField] })
  return {
    asked: need.filter((name) => name in OWNER_FIELDS).map((name) => ({ ...described(name), stamped: true })),
    fields: Object.keys(OWNER_FIELDS).map(described),
    alwaysWhole: true,
    requests: 0,
    sharedRequests: 0,
  }
}
