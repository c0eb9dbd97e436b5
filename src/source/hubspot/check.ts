import type { CallOptions } from '../../platform/call-options.ts'
import { Fault } from '../../platform/errors.ts'
import { nearestName } from '../../platform/nearest.ts'
import type { CheckProblem, DescribedStage, ObjectDescription, ObjectNeed } from '../source.ts'
import { type Account, newTally, take } from './account.ts'
import { describedField, findField, missingFields, nearestField, readingOf, stageNames } from './fields.ts'
import { describeOwners, OWNER_FIELDS } from './owners.ts'
import type { Pipelines } from './schema.ts'
import { wholeList } from './whole.ts'

/** Faults after which nothing else can be asked: they are told once. */
const OF_THE_ACCOUNT = ['hubspot-token-refused', 'hubspot-token-expired', 'hubspot-daily-limit', 'hubspot-moving']

/** Asks what each object is, and for one record of it: a token may know the properties of what it may not read. */
export async function checkNeeds(
  account: Account,
  needs: readonly ObjectNeed[],
  { signal }: CallOptions = {},
): Promise<CheckProblem[]> {
  const problems: CheckProblem[] = []
  for (const need of needs) {
    signal?.throwIfAborted()
    try {
      problems.push(...(await checkNeed(account, need, signal)))
    } catch (error) {
      signal?.throwIfAborted()
      if (!(error instanceof Fault)) throw error
      const { code, message, hint } = error
      const isOfAccount = OF_THE_ACCOUNT.includes(code) || error.blame === 'remote'
      const object = isOfAccount ? {} : { object: need.object }
      problems.push({ level: 'error', code, message, ...object, ...(hint === undefined ? {} : { hint }) })
      if (isOfAccount) break
    }
  }
  return problems
}

async function checkNeed(
  account: Account,
  { object, fields, place }: ObjectNeed,
  signal: AbortSignal | undefined,
): Promise<CheckProblem[]> {
  const asked = { tally: newTally(), signal }
  const reading = readingOf(object)
  const properties = reading.as === 'owners' ? null : await account.schemas.properties(reading.type, asked)
  await account.client.ask({ what: object, ...asked }, async ({ objects, owners }) => {
    if (properties === null) wholeList(await owners.getPage(undefined, undefined, 1), object)
    else wholeList(await objects.getPage(reading.type, 1, undefined, ['hs_object_id']), object)
  })
  const isThere = (name: string) =>
    properties === null ? name in OWNER_FIELDS : findField(reading, properties, name) !== null
  return fields
    .filter((name) => !isThere(name))
    .map((field): CheckProblem => {
      const nearest =
        properties === null ? nearestName(field, Object.keys(OWNER_FIELDS)) : nearestField(reading, properties, field)
      const { code, message, hint } = missingFields(object, [field], nearest)
      const where = place === undefined ? '' : ` (${place})`
      return { level: 'error', code, message: message + where, object, field, ...(hint === undefined ? {} : { hint }) }
    })
}

export async function describeObject(
  account: Account,
  { object, fields, stages }: ObjectNeed,
  { signal }: CallOptions = {},
): Promise<ObjectDescription> {
  const reading = readingOf(object)
  if (reading.as === 'owners') return describeOwners(fields)
  const tally = newTally()
  const properties = await account.schemas.properties(reading.type, { tally, signal })
  const asked = fields.flatMap((name) => {
    const plan = findField(reading, properties, name)
    return plan === null ? [] : [describedField(name, plan)]
  })
  const isStaged = stages === true && stageNames(properties) !== null
  const pipelines = isStaged ? await account.schemas.pipelines(reading.type, { tally, signal }) : null
  const { requests, sharedRequests = 0 } = take(tally)
  return {
    asked,
    fields: [...properties].map(([name, type]) => ({ name, type, isOwn: properties.own.has(name) })),
    alwaysWhole: false,
    ...(pipelines === null ? {} : { stages: describedStages(pipelines) }),
    requests,
    sharedRequests,
  }
}

/** Of tickets, closed is as good as won. */
function describedStages({ inOrder, labels }: Pipelines): DescribedStage[] {
  return inOrder.map(({ label, pipeline, state }) => ({
    pipeline: labels.get(pipeline) ?? pipeline,
    name: label,
    state: state === 'closed' ? 'won' : state,
  }))
}
