import { invalid } from './errors.ts'
import type { Portal } from './portal.ts'
import { ASSOCIATION_TYPES, type ObjectType } from './standard.ts'

interface TypeOfAssociation {
  readonly typeId: number
  readonly label: string | null
  /** As a record tells it that is read along with its associations. */
  readonly inline: string
}

const SINGULAR: Readonly<Record<ObjectType, string>> = {
  companies: 'company',
  contacts: 'contact',
  deals: 'deal',
  tickets: 'ticket',
}

/** The types of one association: the plain one, and that of the primary company. */
export function associationTypes(from: ObjectType, to: ObjectType, isPrimary: boolean): TypeOfAssociation[] {
  const types = ASSOCIATION_TYPES[`${from}>${to}`]
  if (types === undefined) throw invalid(`There are no associations from ${from} to ${to}`)
  const inline = `${SINGULAR[from]}_to_${SINGULAR[to]}`
  const hasPrimary = types.primary !== undefined
  return [
    ...(isPrimary && types.primary !== undefined ? [{ typeId: types.primary, label: 'Primary', inline }] : []),
    { typeId: types.plain, label: null, inline: hasPrimary ? `${inline}_unlabeled` : inline },
  ]
}

interface BatchRead {
  readonly inputs?: readonly { readonly id?: string; readonly after?: string }[]
}

/**
 * Associations of up to 1,000 records. One without any is an error beside the others, with status 207; results are in no
 * order of the inputs, and long lists come in pages.
 */
export function readAssociations(
  portal: Portal,
  from: ObjectType,
  to: ObjectType,
  { inputs = [] }: BatchRead,
): { readonly status: number; readonly body: unknown } {
  const { limits, clock } = portal.engine
  if (inputs.length === 0 || inputs.length > limits.get('hubspot.associationBatch')) {
    throw invalid(`inputs must be from 1 to ${limits.get('hubspot.associationBatch')}`)
  }
  const most = limits.get('hubspot.associationPage')
  const results: unknown[] = []
  const lonely: string[] = []
  for (const { id = '', after } of inputs.toReversed()) {
    const all = portal.associated(from, Number(id), to)
    const start = after === undefined ? 0 : all.findIndex((one) => String(one.id) === after)
    const some = start === -1 ? [] : all.slice(start, start + most)
    if (some.length === 0) {
      lonely.push(id)
      continue
    }
    const next = all[start + most]
    results.push({
      from: { id },
      to: some.map((one) => ({
        toObjectId: one.id,
        associationTypes: associationTypes(from, to, one.isPrimary).map(({ typeId, label }) => ({
          category: 'HUBSPOT_DEFINED',
          typeId,
          label,
        })),
      })),
      ...(next === undefined ? {} : { paging: { next: { after: String(next.id), link: '' } } }),
    })
  }
  const at = new Date(clock.now()).toISOString()
  const answer = { status: 'COMPLETE', results, startedAt: at, completedAt: at }
  if (lonely.length === 0) return { status: 200, body: answer }
  const errors = lonely.map((id) => ({
    status: 'error',
    category: 'OBJECT_NOT_FOUND',
    subCategory: 'crm.associations.NO_ASSOCIATIONS_FOUND',
    message: `No company is associated with ${from} ${id}.`,
    context: { fromObjectId: [id], fromObjectType: [from], toObjectType: [to] },
  }))
  return { status: 207, body: { ...answer, numErrors: errors.length, errors } }
}
