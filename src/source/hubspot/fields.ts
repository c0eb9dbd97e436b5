import { Fault } from '../../platform/errors.ts'
import { nearestName } from '../../platform/nearest.ts'
import type { DescribedField } from '../source.ts'
import type { Properties } from './schema.ts'

/** How an object of a mapping is read. */
export interface Reading {
  /** `history`: one record for each change of what is followed of an object. */
  readonly as: 'records' | 'history' | 'owners'
  /** As addresses have it: `deals`. */
  readonly type: string
}

/** `deals`, `deals.history`, `owners`. */
export function readingOf(object: string): Reading {
  if (object === 'owners') return { as: 'owners', type: 'owners' }
  const type = /^(.+)\.history$/.exec(object)?.[1]
  return type === undefined ? { as: 'records', type: object } : { as: 'history', type }
}

/** Where the value of a field comes from. */
export type FieldPlan =
  | { readonly from: 'property'; readonly name: string; readonly type: string }
  /** The one record of a type that it is associated with, or the primary one of several. */
  | { readonly from: 'association'; readonly to: string }
  | { readonly from: 'stage'; readonly what: 'label' | 'state' | 'probability' }
  | { readonly from: 'pipeline' }
  | { readonly from: 'history'; readonly what: 'objectId' | 'at' }

/** Properties that tell in which stage of which pipeline a record is. */
export interface StageNames {
  readonly stage: string
  readonly pipeline: string
}

export function stageNames(properties: Properties): StageNames | null {
  if (properties.has('dealstage')) return { stage: 'dealstage', pipeline: 'pipeline' }
  return properties.has('hs_pipeline_stage') ? { stage: 'hs_pipeline_stage', pipeline: 'hs_pipeline' } : null
}

/** What of an object is followed in its history: a change of any of these is a record. */
const FOLLOWED = [
  ...['dealstage', 'pipeline', 'amount', 'closedate', 'hs_manual_forecast_category'],
  ...['hs_pipeline', 'hs_pipeline_stage', 'lifecyclestage', 'hs_lead_status'],
]

export function followedOf(properties: Properties): string[] {
  return FOLLOWED.filter((name) => properties.has(name))
}

const STAGE_FIELDS: Readonly<Record<string, FieldPlan>> = {
  'stage.label': { from: 'stage', what: 'label' },
  'stage.state': { from: 'stage', what: 'state' },
  'stage.probability': { from: 'stage', what: 'probability' },
  'pipeline.label': { from: 'pipeline' },
}
const HISTORY_FIELDS: Readonly<Record<string, FieldPlan>> = {
  'history.objectId': { from: 'history', what: 'objectId' },
  'history.at': { from: 'history', what: 'at' },
}
const ASSOCIATED = 'companies contacts deals tickets leads line_items products quotes calls emails meetings notes tasks'
const ASSOCIATIONS = ASSOCIATED.split(' ').map((type) => `associations.${type}`)

/** Fields that are no properties, as far as this object has them. */
function otherFields({ as }: Reading, properties: Properties): Readonly<Record<string, FieldPlan>> {
  return {
    ...(stageNames(properties) === null ? {} : STAGE_FIELDS),
    ...(as === 'history' ? HISTORY_FIELDS : {}),
  }
}

export function findField(reading: Reading, properties: Properties, name: string): FieldPlan | null {
  const type = properties.get(name)
  if (type !== undefined) return { from: 'property', name, type }
  const other = otherFields(reading, properties)[name]
  if (other !== undefined) return other
  const to = /^associations\.([\w-]+)$/.exec(name)?.[1]
  if (to === undefined || reading.as === 'history') return null
  return ASSOCIATIONS.includes(name) || /^(2-\d+|p\w+)$/.test(to) ? { from: 'association', to } : null
}

/** The name that was meant, most likely. */
export function nearestField(reading: Reading, properties: Properties, name: string): string | null {
  return nearestName(name, [...properties.keys(), ...Object.keys(otherFields(reading, properties)), ...ASSOCIATIONS])
}

/** What a field holds, and whether its value moves the stamp of its record. */
export function describedField(name: string, plan: FieldPlan): DescribedField {
  switch (plan.from) {
    case 'property':
      return { name, type: plan.type, stamped: true }
    case 'history':
      return { name, type: plan.what === 'at' ? 'datetime' : 'string', stamped: true }
    // A new association, and a pipeline that is edited, are seen on no record.
    case 'association':
      return { name, type: 'string', stamped: false }
    case 'stage':
      return { name, type: plan.what === 'probability' ? 'number' : 'enumeration', stamped: false }
    case 'pipeline':
      return { name, type: 'enumeration', stamped: false }
  }
}

/** Reading stops at a field that is not there: HubSpot itself leaves it out without a word. */
export function missingFields(object: string, names: readonly string[], nearest: string | null): Fault {
  const listed = names.map((name) => `"${name}"`).join(', ')
  const meant = nearest === null ? '' : ` Did you mean "${nearest}"?`
  return new Fault(
    'hubspot-field-missing',
    `HubSpot has no propert${names.length === 1 ? 'y' : 'ies'} ${listed} of ${object}`,
    {
      blame: 'operator',
      hint: `Check the internal names in HubSpot > Settings > Properties (not the labels), then run check hubspot.${meant}`,
    },
  )
}
