import type { Org } from '../../../src/sandbox/salesforce/org.ts'
import { goneIds } from '../../../src/sandbox/salesforce/recycle-bin.ts'
import { tableOf } from '../../../src/sandbox/salesforce/tables.ts'
import { readTruth } from '../../../src/sandbox/salesforce/truth.ts'
import type { Store } from '../../../src/store/store.ts'
import type { MappedObject } from './mapped.ts'
import type { Merges } from './merges.ts'

interface Merge {
  readonly id: string
  readonly master: string
  /** 1 when `queryAll` shows it, but for sharing. */
  readonly told: number
}

/** Sentences about everything in which the store is not as the org. Nothing here is code of the reader's. */
export async function differencesOf(
  org: Org,
  store: Store,
  objects: readonly MappedObject[],
  merges: Merges,
): Promise<string[]> {
  const wrong: string[] = []
  for (const mapped of objects) {
    const { kind, object } = mapped
    const held = new Map<string, Readonly<Record<string, unknown>>>()
    for await (const page of store.rawRecords({ source: 'salesforce', kind })) {
      for (const raw of page) held.set(raw.id, JSON.parse(raw.fields))
    }
    if (org.object(object) === undefined) continue
    const truth = truthOf(org, mapped)
    for (const [id, fields] of truth) {
      const have = held.get(id)
      if (have === undefined) wrong.push(`${kind} ${id} is missing`)
      else {
        for (const name of new Set([...Object.keys(fields), ...Object.keys(have)])) {
          const [is, should] = [have[name] ?? null, fields[name] ?? null]
          if (is === should) continue
          wrong.push(`${kind} ${id} ${name} is ${JSON.stringify(is)}, and ${JSON.stringify(should)} in the org`)
        }
      }
    }
    for (const id of held.keys()) if (!truth.has(id)) wrong.push(`${kind} ${id} is held, and the org does not show it`)
    wrong.push(...(await wrongMerges(org, store, mapped, merges)))
  }
  return wrong
}

function truthOf(org: Org, { object, where, fields }: MappedObject): Map<string, Record<string, unknown>> {
  const seen = org.object(object)
  const isThere = (path: string) => path.includes('.') || (seen !== undefined && org.fieldOf(seen, path) !== undefined)
  const paths = [...fields.keys()].filter(isThere)
  const text = readTruth(org, { object, fields: ['Id', ...paths], ...(where === null ? {} : { where }) })
  const rows = JSON.parse(text) as Record<string, unknown>[]
  return new Map(
    rows.map(({ Id, ...row }) => [
      String(Id),
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])),
    ]),
  )
}

/** What the contract of sources says about values, once more: numbers as decimals, instants in UTC, no empty texts. */
function plain(value: unknown): unknown {
  if (value === '' || value === null || value === undefined) return null
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+(Z|\+0000)$/.test(value)) {
    return new Date(value.replace('+0000', 'Z')).toISOString()
  }
  return value
}

/**
 * Records that were merged and that we held: the store must know into which, as long as the org tells it (out of the recycle
 * bin, and where sharing hides them, it does not). What it does not tell leaves what was told before: nothing, or an earlier merge.
 */
async function wrongMerges(
  org: Org,
  store: Store,
  { kind, object, where }: MappedObject,
  merges: Merges,
): Promise<string[]> {
  const whole = org.wholeObject(object)
  if (whole === undefined || where !== null || org.fieldOf(whole, 'MasterRecordId') === undefined) return []
  const sql = `SELECT "Id" AS id, "MasterRecordId" AS master, "Id" NOT IN (${goneIds(org, whole)}) AS told
    FROM ${tableOf(whole)} WHERE "IsDeleted" = 1 AND "MasterRecordId" IS NOT NULL`
  const wrong: string[] = []
  for (const { id, master, told } of org.engine.db.prepare(sql).all() as unknown as Merge[]) {
    const raw = await store.rawRecord(kind, id)
    if (raw === null || raw.mergedInto === master) continue
    const isTold = told === 1 && org.sharing.isShared(whole, id) && !merges.isUnseen(id)
    if (isTold || !(raw.mergedInto === null || merges.wasTold(id, raw.mergedInto))) {
      wrong.push(`${kind} ${id} stands merged into ${raw.mergedInto}, and into ${master} in the org`)
    }
  }
  return wrong
}
