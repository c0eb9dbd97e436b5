import type { RecordMapping, SourceMapping } from '../../../src/mapping/mapping.ts'

const DAY_MS = 86_400_000

/** One object as a life maps it; fields are mapped to themselves. */
export interface MappedObject {
  readonly kind: string
  readonly object: string
  readonly where: string | null
  /** The source may lack the object. */
  readonly optional: boolean
  /** Vendor fields, and whether the source may lack them. Grows while the life goes on. */
  readonly fields: Map<string, { readonly optional: boolean }>
}

/** Every object that a life reads: all kinds of fields, one object with a condition, one that is the org's own. */
export function mappedObjects(where: string): MappedObject[] {
  return [
    mapped('user', 'User', ['Name', 'Email', 'Department', 'IsActive', 'ManagerId', 'Manager.Name']),
    mapped(
      'account',
      'Account',
      ['Name', 'Industry', 'Type', 'NumberOfEmployees', 'AnnualRevenue', 'Website', 'Description', 'ParentId'],
      ['Owner.Name', 'Note__c', 'Secret__c', 'Open__c', 'Deals__c', 'CreatedDate', '?Extra__c', '?CurrencyIsoCode'],
    ),
    mapped('contact', 'Contact', ['LastName', 'Name', 'Email', 'Title', 'AccountId', 'Account.Name', 'Owner.Email']),
    mapped(
      'lead',
      'Lead',
      ['Name', 'Company', 'Status', 'IsConverted', 'ConvertedDate', 'ConvertedAccountId', 'ConvertedOpportunityId'],
      ['Owner.Name'],
    ),
    mapped(
      'opportunity',
      'Opportunity',
      [
        'Name',
        'StageName',
        'Amount',
        'Probability',
        'CloseDate',
        'AccountId',
        'Account.Name',
        'Owner.Name',
        'IsClosed',
      ],
      ['Late__c', 'Industry__c', 'Fee__c', 'Label__c', 'Note__c', 'Secret__c', '?Extra__c', '?CurrencyIsoCode'],
    ),
    mapped('stage_change', 'OpportunityHistory', [
      'OpportunityId',
      'CreatedDate',
      'StageName',
      'Amount',
      'CloseDate',
      '?CurrencyIsoCode',
    ]),
    mapped('deal', 'Deal__c', ['Name', 'Account__c', 'Account__r.Name', 'Value__c', 'Done__c', 'On__c', 'At__c']),
    { ...mapped('chosen', 'Opportunity', ['Name', 'Amount', 'StageName', 'Account.Type', 'Late__c']), where },
    { ...mapped('exchange_rate', 'CurrencyType', ['IsoCode', 'ConversionRate']), optional: true },
    {
      ...mapped('dated_exchange_rate', 'DatedConversionRate', ['IsoCode', 'StartDate', 'ConversionRate']),
      optional: true,
    },
  ]
}

/** A field that is written with `?` is optional. */
export function mapped(kind: string, object: string, ...names: (readonly string[])[]): MappedObject {
  const fields = names.flat().map((name) => [name.replace('?', ''), { optional: name.startsWith('?') }] as const)
  return { kind, object, where: null, optional: false, fields: new Map(fields) }
}

export function sourceMapping(objects: readonly MappedObject[]): SourceMapping {
  return {
    source: 'salesforce',
    type: 'salesforce',
    file: 'life.yaml',
    database: null,
    path: null,
    formulasEveryMs: DAY_MS,
    reconcileEveryMs: 7 * DAY_MS,
    records: objects.map(recordMapping),
  }
}

function recordMapping({ kind, object, where, optional, fields }: MappedObject): RecordMapping {
  const reads = [...fields.keys()].sort()
  return {
    // The store takes any word.
    kind: kind as RecordMapping['kind'],
    object,
    where,
    reads,
    optional,
    optionalReads: reads.filter((name) => fields.get(name)?.optional === true),
    fields: {},
    feeds: {},
    digest: [object, ...reads].join(' '),
    line: 1,
    reading: {},
    map: ({ id }) => ({ record: { at: 0, place: { as: 'context' }, body: JSON.stringify({ id }) }, rejections: [] }),
  }
}
