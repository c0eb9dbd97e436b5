import { abortable } from '../../platform/abortable.ts'
import type { Clock } from '../../platform/clock.ts'
import { Fault } from '../../platform/errors.ts'
import type { AskedBy } from './account.ts'
import type { HubSpotClient } from './client.ts'
import { wholeList } from './whole.ts'

/** The properties of an object, by name, with HubSpot's word for what they hold. */
export interface Properties extends ReadonlyMap<string, string> {
  /** Such as the account made for itself. */
  readonly own: ReadonlySet<string>
}

/** What is known of a stage of a pipeline; ids of stages mean nothing, and may be those of other pipelines too. */
export interface Stage {
  readonly label: string
  readonly pipeline: string
  readonly state: 'open' | 'won' | 'lost' | 'closed'
  readonly probability: string | null
}

export interface Pipelines {
  /** By id. */
  readonly labels: ReadonlyMap<string, string>
  /** As the account has them in order. */
  readonly inOrder: readonly Stage[]
  /** By pipeline and stage, then by stage alone where only one pipeline has it. */
  find(pipeline: string | null, stage: string | null): Stage | null
}

/** What the account says of its objects, asked once and kept for a while. */
export interface Schemas {
  properties(type: string, asked: AskedBy): Promise<Properties>
  pipelines(type: string, asked: AskedBy): Promise<Pipelines>
}

/** As long as one sync may share it between objects; the next one asks anew, and learns the clock of the server by it. */
const KEPT_MS = 30_000

export function createSchemas(client: HubSpotClient, clock: Clock): Schemas {
  const kept = <T>(ask: (type: string, asked: AskedBy) => Promise<T>) => {
    const known = new Map<string, { readonly answer: Promise<T>; readonly at: number }>()
    return (type: string, asked: AskedBy): Promise<T> => {
      const found = known.get(type)
      if (found !== undefined && clock.now() - found.at < KEPT_MS) return abortable(found.answer, asked.signal)
      // Not bound to one caller's signal: others may wait for the same answer.
      const answer = ask(type, { tally: asked.tally })
      known.set(type, { answer, at: clock.now() })
      answer.catch(() => known.delete(type))
      return abortable(answer, asked.signal)
    }
  }
  return {
    properties: kept((type, asked) => askProperties(client, type, asked)),
    pipelines: kept((type, asked) => askPipelines(client, type, asked)),
  }
}

async function askProperties(client: HubSpotClient, type: string, asked: AskedBy): Promise<Properties> {
  if (!/^[\w-]+$/.test(type)) throw missingObject(type, null)
  try {
    const all = await client.ask({ what: `the properties of ${type}`, ...asked }, async ({ properties }) =>
      wholeList(await properties.getAll(type, false), `the properties of ${type}`),
    )
    const own = new Set(all.filter(({ hubspotDefined }) => hubspotDefined !== true).map(({ name }) => name))
    return Object.assign(new Map(all.map(({ name, type: holds }) => [name, holds])), { own })
  } catch (error) {
    const codes = ['hubspot-not-found', 'hubspot-request-invalid']
    if (error instanceof Fault && codes.includes(error.code)) throw missingObject(type, error)
    throw error
  }
}

export function missingObject(object: string, cause: Fault | null): Fault {
  return new Fault(
    'hubspot-object-missing',
    `HubSpot has no object "${object}", or shows it to no token of this kind`,
    {
      blame: 'operator',
      hint: 'Use companies, contacts, deals, tickets, owners, or a history like deals.history; objects of your own by their name or number (2-1234567)',
      ...(cause === null ? {} : { cause }),
    },
  )
}

async function askPipelines(client: HubSpotClient, type: string, asked: AskedBy): Promise<Pipelines> {
  const what = `the pipelines of ${type}`
  const call = { what, ...asked, isShared: true } as const
  const all = await client.ask(call, async ({ pipelines }) => wholeList(await pipelines.getAll(type), what))
  const stages = new Map<string, Stage>()
  const counts = new Map<string, number>()
  for (const pipeline of all) {
    for (const { id, label, metadata = {} } of pipeline.stages ?? []) {
      const stage: Stage = {
        label,
        pipeline: pipeline.id,
        state: stateOf(metadata),
        probability: metadata['probability'] ?? null,
      }
      stages.set(`${pipeline.id}/${id}`, stage)
      counts.set(id, (counts.get(id) ?? 0) + 1)
      stages.set(`/${id}`, stage)
    }
  }
  const byOrder = <T extends { displayOrder?: number }>(some: readonly T[]) =>
    some.toSorted((a, b) => (a.displayOrder ?? 0) - (b.displayOrder ?? 0))
  return {
    labels: new Map(all.map(({ id, label }) => [id, label])),
    inOrder: byOrder(all).flatMap((pipeline) =>
      byOrder(pipeline.stages ?? []).flatMap(({ id }) => stages.get(`${pipeline.id}/${id}`) ?? []),
    ),
    find: (pipeline, stage) => {
      const exact = stages.get(`${pipeline ?? ''}/${stage}`)
      if (exact !== undefined && pipeline !== null) return exact
      return counts.get(stage ?? '') === 1 ? (stages.get(`/${stage}`) ?? null) : null
    },
  }
}

/**
 * What a stage says of itself: closed deals are won at a probability of 1, and lost at 0. Never by the id of the stage: real
 * accounts call `closedwon` what is open.
 */
function stateOf(metadata: Readonly<Record<string, string>>): Stage['state'] {
  if (metadata['ticketState'] !== undefined) return metadata['ticketState'] === 'CLOSED' ? 'closed' : 'open'
  if (String(metadata['isClosed']) !== 'true') return 'open'
  const probability = Number(metadata['probability'])
  return probability === 1 ? 'won' : probability === 0 ? 'lost' : 'open'
}
