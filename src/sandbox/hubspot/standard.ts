/** Object types of the CRM, by the name that paths have, with the number that names them too. */
export const OBJECT_TYPES = {
  contacts: '0-1',
  companies: '0-2',
  deals: '0-3',
  tickets: '0-5',
} as const
export type ObjectType = keyof typeof OBJECT_TYPES

/** `deals`, `deal`, `0-3`: all the same. */
export function objectType(written: string): ObjectType | null {
  for (const [name, number] of Object.entries(OBJECT_TYPES)) {
    const singular = name === 'companies' ? 'company' : name.slice(0, -1)
    if ([name, singular, number].includes(written.toLowerCase())) return name as ObjectType
  }
  return null
}

/** Contacts have a name of their own for it; their `hs_lastmodifieddate` is there and empty. */
export function modifiedProperty(type: ObjectType): string {
  return type === 'contacts' ? 'lastmodifieddate' : 'hs_lastmodifieddate'
}

export interface PropertyDef {
  readonly name: string
  readonly label: string
  readonly type: 'string' | 'number' | 'date' | 'datetime' | 'enumeration' | 'bool'
  readonly fieldType: string
  readonly hubspotDefined: boolean
  readonly options?: readonly string[]
}

/** `name`, `number numemployees`: what is not said is a text. */
function defined(...written: readonly string[]): PropertyDef[] {
  return written.map((text) => property(text, true))
}

/** A property as `type name`, or only its name. */
export function property(written: string, hubspotDefined = false): PropertyDef {
  const [first = '', second] = written.split(' ')
  const [type, name] = second === undefined ? (['string', first] as const) : ([first, second] as const)
  const fieldTypes: Readonly<Record<string, string>> = {
    string: 'text',
    number: 'number',
    date: 'date',
    datetime: 'date',
    enumeration: 'select',
    bool: 'booleancheckbox',
  }
  const label = name
    .replace(/^hs_/, '')
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ')
  return { name, label, type: type as PropertyDef['type'], fieldType: fieldTypes[type] ?? 'text', hubspotDefined }
}

const EVERYWHERE = [
  'datetime createdate',
  'datetime hs_lastmodifieddate',
  'number hs_object_id',
  'enumeration hs_merged_object_ids',
  'enumeration hubspot_owner_id',
]

export const STANDARD_PROPERTIES: Readonly<Record<ObjectType, readonly PropertyDef[]>> = {
  companies: defined(
    ...EVERYWHERE,
    ...['name', 'domain', 'website', 'city', 'country', 'enumeration industry', 'number numberofemployees'],
    ...['number annualrevenue', 'enumeration type', 'enumeration lifecyclestage', 'number hs_parent_company_id'],
    ...['description', 'enumeration hs_lead_status'],
  ),
  contacts: defined(
    ...EVERYWHERE,
    ...['datetime lastmodifieddate', 'firstname', 'lastname', 'email', 'jobtitle', 'company', 'country', 'phone'],
    ...['enumeration lifecyclestage', 'enumeration hs_lead_status', 'number associatedcompanyid', 'industry'],
    ...['datetime hs_v2_date_entered_opportunity', 'datetime notes_last_contacted', 'numemployees'],
  ),
  deals: defined(
    ...EVERYWHERE,
    ...['dealname', 'enumeration dealstage', 'enumeration pipeline', 'number amount', 'datetime closedate'],
    ...['enumeration dealtype', 'enumeration deal_currency_code', 'number amount_in_home_currency', 'hs_next_step'],
    ...['number hs_deal_stage_probability', 'bool hs_is_closed_won', 'closed_lost_reason', 'number hs_arr'],
    ...['enumeration hs_manual_forecast_category'],
  ),
  tickets: defined(
    ...EVERYWHERE,
    ...['subject', 'content', 'enumeration hs_pipeline', 'enumeration hs_pipeline_stage', 'datetime closed_date'],
    ...['enumeration hs_ticket_priority', 'enumeration source_type', 'enumeration hs_ticket_category'],
    ...['datetime first_agent_reply_date'],
  ),
}

/** What comes back where nothing is asked for. */
export const USUAL_PROPERTIES: Readonly<Record<ObjectType, readonly string[]>> = {
  companies: ['name', 'domain'],
  contacts: ['firstname', 'lastname', 'email'],
  deals: ['dealname', 'dealstage', 'pipeline', 'amount', 'closedate'],
  tickets: ['subject', 'content', 'hs_pipeline', 'hs_pipeline_stage', 'hs_ticket_priority', 'hs_ticket_category'],
}

export interface StageDef {
  readonly id: string
  readonly label: string
  readonly metadata: Readonly<Record<string, string>>
  readonly archived?: boolean
}

export interface PipelineDef {
  readonly id: string
  readonly label: string
  readonly stages: readonly StageDef[]
  readonly archived?: boolean
}

const dealStage = (id: string, label: string, probability: string, isClosed = false): StageDef => ({
  id,
  label,
  metadata: { isClosed: String(isClosed), probability },
})

/** What a new account has. */
export const STANDARD_PIPELINES: Readonly<Partial<Record<ObjectType, readonly PipelineDef[]>>> = {
  deals: [
    {
      id: 'default',
      label: 'Sales Pipeline',
      stages: [
        dealStage('appointmentscheduled', 'Appointment Scheduled', '0.2'),
        dealStage('qualifiedtobuy', 'Qualified To Buy', '0.4'),
        dealStage('presentationscheduled', 'Presentation Scheduled', '0.6'),
        dealStage('decisionmakerboughtin', 'Decision Maker Bought-In', '0.8'),
        dealStage('contractsent', 'Contract Sent', '0.9'),
        dealStage('closedwon', 'Closed Won', '1.0', true),
        dealStage('closedlost', 'Closed Lost', '0.0', true),
      ],
    },
  ],
  tickets: [
    {
      id: '0',
      label: 'Support Pipeline',
      stages: [
        { id: '1', label: 'New', metadata: { ticketState: 'OPEN' } },
        { id: '2', label: 'Waiting on contact', metadata: { ticketState: 'OPEN' } },
        { id: '3', label: 'Waiting on us', metadata: { ticketState: 'OPEN' } },
        { id: '4', label: 'Closed', metadata: { ticketState: 'CLOSED' } },
      ],
    },
  ],
}

/** Types of the associations that HubSpot itself makes: between two objects, and to the one that is primary. */
export const ASSOCIATION_TYPES: Readonly<Record<string, { readonly plain: number; readonly primary?: number }>> = {
  'deals>companies': { plain: 341, primary: 5 },
  'companies>deals': { plain: 342, primary: 6 },
  'contacts>companies': { plain: 279, primary: 1 },
  'companies>contacts': { plain: 280, primary: 2 },
  'tickets>companies': { plain: 339, primary: 26 },
  'companies>tickets': { plain: 340, primary: 25 },
  'deals>contacts': { plain: 3 },
  'contacts>deals': { plain: 4 },
  'tickets>contacts': { plain: 16 },
  'contacts>tickets': { plain: 15 },
  'tickets>deals': { plain: 28 },
  'deals>tickets': { plain: 27 },
}
