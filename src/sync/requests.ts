import { comparable } from '../domain/catalogue.ts'
import { readDossier } from '../domain/dossier.ts'
import { findPossibleRequests, type PossibleRequest } from '../domain/possible-requests.ts'
import { nearestNames } from '../mapping/nearest.ts'
import { Fault } from '../platform/errors.ts'
import type { Cursor } from '../source/source.ts'
import type { RecordToStore, Store } from '../store/store.ts'
import { type DerivePorts, readContext } from './derive.ts'

/** Requests that a person said yes to are records of this source. */
const OWN_SOURCE = 'boardsync'
const REFUSED = 'requests-refused'

export interface RequestsReport {
  /** What is asked for and in no catalogue, the most frequent first, with the names that are nearest. */
  readonly unmatched: readonly {
    readonly feature: string
    readonly count: number
    readonly nearest: readonly string[]
  }[]
  /** What free texts may ask for, by id, without what a person said no to. */
  readonly possible: readonly PossibleRequest[]
}

type Ports = Pick<DerivePorts, 'store' | 'model' | 'zone'>

/** Goes over all dossiers: whoever asks has time. */
export async function findRequests(ports: Ports): Promise<RequestsReport> {
  const { store } = ports
  const context = await readContext(ports)
  const { catalogue, features } = context
  const refused = new Set(await readRefused(store))
  const names = [...features.values()].flatMap(({ name }) => name ?? [])
  const unmatched = new Map<string, { feature: string; count: number }>()
  const possible: PossibleRequest[] = []
  for await (const page of store.dossiers('all')) {
    for (const { id, records } of page) {
      const dossier = readDossier(records, id)
      possible.push(...findPossibleRequests(dossier, catalogue).filter((one) => !refused.has(one.id)))
      for (const { featureId, feature } of dossier.requests) {
        const written = feature ?? featureId
        if (written === undefined || catalogue.find(written) !== undefined) continue
        if (featureId !== undefined && catalogue.find(featureId) !== undefined) continue
        const own = unmatched.get(comparable(written)) ?? { feature: written, count: 0 }
        unmatched.set(comparable(written), { ...own, count: own.count + 1 })
      }
    }
  }
  return {
    unmatched: [...unmatched.values()]
      .map((one) => ({ ...one, nearest: nearestNames(one.feature, names) }))
      .sort((a, b) => b.count - a.count || (a.feature < b.feature ? -1 : 1)),
    possible: possible.sort((a, b) => (a.id < b.id ? -1 : 1)),
  }
}

/** Makes a request of what a person said yes to; the next derive counts it. */
export async function acceptRequest(ports: Ports, id: string): Promise<PossibleRequest> {
  const { store } = ports
  const one = await needPossible(ports, id)
  const { featureId, opportunityId, text, at, from } = one
  const instant = new Date(at).toISOString()
  // A reason entered at or after close is the weakest evidence there is.
  const evidence = from.field === 'lossReason' ? 1 : 2
  const channel = from.kind === 'ticket' ? 'support' : 'sales'
  const body = JSON.stringify({
    changedAt: at,
    channel,
    createdAt: at,
    evidence,
    featureId,
    id,
    ...(opportunityId === undefined ? {} : { opportunityId }),
    source: OWN_SOURCE,
    sourceId: id,
    text,
  })
  // It goes where the text goes: its account is that of the opportunity or ticket.
  const place: RecordToStore['place'] = { as: 'child', of: { kind: from.kind, id: from.id } }
  await store.savePage({
    stream: { source: OWN_SOURCE, kind: 'request' },
    object: 'requests',
    cursor: 'answers' as Cursor,
    snapshot: false,
    mapping: OWN_SOURCE,
    request: OWN_SOURCE,
    entries: [{ kind: 'present', id, changedAt: instant, fields: body, record: { at, place, body }, rejections: [] }],
  })
  return one
}

/** Takes it off the queue for good. */
export async function refuseRequest(ports: Ports, id: string): Promise<PossibleRequest> {
  const one = await needPossible(ports, id)
  const refused = await readRefused(ports.store)
  await ports.store.setNote(REFUSED, JSON.stringify([...new Set([...refused, id])].sort()))
  return one
}

async function readRefused(store: Store): Promise<string[]> {
  return JSON.parse((await store.note(REFUSED)) ?? '[]') as string[]
}

async function needPossible(ports: Ports, id: string): Promise<PossibleRequest> {
  const { possible } = await findRequests(ports)
  const found = possible.find((one) => one.id === id)
  if (found !== undefined) return found
  throw new Fault('request-unknown', `"${id}" waits for no answer`, {
    blame: 'operator',
    exit: 2,
    hint: 'boardsync requests lists what does',
  })
}
