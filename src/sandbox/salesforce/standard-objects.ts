import {
  currency,
  DEFAULTED,
  double,
  type FieldDef,
  field,
  type ObjectDef,
  picklist,
  READ_ONLY,
  REQUIRED,
  reference,
  text,
} from './schema.ts'

/** A stage as Salesforce ships it: what moving an opportunity there sets beside the stage itself. */
export interface Stage {
  readonly name: string
  readonly probability: number
  readonly isClosed: boolean
  readonly isWon: boolean
  readonly forecastCategory: string
  readonly forecastCategoryName: string
}

const stage = (name: string, probability: number, category: string, categoryName = category): Stage => ({
  name,
  probability,
  isClosed: name.startsWith('Closed'),
  isWon: name === 'Closed Won',
  forecastCategory: category,
  forecastCategoryName: categoryName,
})

export const STAGES: readonly Stage[] = [
  stage('Prospecting', 10, 'Pipeline'),
  stage('Qualification', 10, 'Pipeline'),
  stage('Needs Analysis', 20, 'Pipeline'),
  stage('Value Proposition', 50, 'Pipeline'),
  stage('Id. Decision Makers', 60, 'Pipeline'),
  stage('Perception Analysis', 70, 'Pipeline'),
  stage('Proposal/Price Quote', 75, 'BestCase', 'Best Case'),
  stage('Negotiation/Review', 90, 'Forecast', 'Commit'),
  stage('Closed Won', 100, 'Closed'),
  stage('Closed Lost', 0, 'Omitted'),
]

const INDUSTRIES =
  'Agriculture|Apparel|Banking|Biotechnology|Chemicals|Communications|Construction|Consulting|Education|Electronics|Energy|Engineering|Entertainment|Environmental|Finance|Food & Beverage|Government|Healthcare|Hospitality|Insurance|Machinery|Manufacturing|Media|Not For Profit|Recreation|Retail|Shipping|Technology|Telecommunications|Transportation|Utilities|Other'.split(
    '|',
  )
const RATINGS = ['Hot', 'Warm', 'Cold']
const LEAD_SOURCES = ['Web', 'Phone Inquiry', 'Partner Referral', 'Purchased List', 'Other']
const SALUTATIONS = ['Mr.', 'Ms.', 'Mrs.', 'Dr.', 'Prof.', 'Mx.']
const FORECAST_CATEGORIES = ['Omitted', 'Pipeline', 'Best Case', 'Commit', 'Closed']
const GEOCODE = [
  'Address',
  'NearAddress',
  'Block',
  'Street',
  'ExtendedZip',
  'Zip',
  'Neighborhood',
  'City',
  'County',
  'State',
  'Unknown',
]

const id = field('Id', 'id', { length: 18, ...READ_ONLY, ...DEFAULTED })
const isDeleted = field('IsDeleted', 'boolean', { label: 'Deleted', ...READ_ONLY, ...DEFAULTED })
const stampFields: readonly FieldDef[] = [
  field('CreatedDate', 'datetime', { ...READ_ONLY, ...DEFAULTED }),
  reference('CreatedById', 'User', { ...READ_ONLY, ...DEFAULTED }),
  field('LastModifiedDate', 'datetime', { ...READ_ONLY, ...DEFAULTED }),
  reference('LastModifiedById', 'User', { ...READ_ONLY, ...DEFAULTED }),
  field('SystemModstamp', 'datetime', { label: 'System Modstamp', ...READ_ONLY, ...DEFAULTED }),
]
const owner = reference('OwnerId', 'User', DEFAULTED)
/** Leads and cases may be owned by a queue, so what `Owner` leads to is a `Name`, not a `User`. */
const ownerOrQueue = reference('OwnerId', ['Group', 'User'], DEFAULTED)
const viewed: readonly FieldDef[] = [
  field('LastActivityDate', 'date', READ_ONLY),
  field('LastViewedDate', 'datetime', READ_ONLY),
  field('LastReferencedDate', 'datetime', READ_ONLY),
]

/** `BillingStreet`, `BillingCity` … and the compound `BillingAddress` that shows them all. */
function addressFields(prefix: string): FieldDef[] {
  const compoundFieldName = `${prefix}Address`
  const part = { compoundFieldName }
  return [
    field(`${prefix}Street`, 'textarea', { length: 255, ...part }),
    text(`${prefix}City`, 40, part),
    text(`${prefix}State`, 80, part),
    text(`${prefix}PostalCode`, 20, part),
    text(`${prefix}Country`, 80, part),
    double(`${prefix}Latitude`, { scale: 15, ...part }),
    double(`${prefix}Longitude`, { scale: 15, ...part }),
    picklist(`${prefix}GeocodeAccuracy`, GEOCODE, { length: 40, ...part }),
    field(compoundFieldName, 'address', READ_ONLY),
  ]
}

/** First and last name, and the full name that Salesforce makes of them. */
function personFields(options: { readonly withSalutation: boolean }): FieldDef[] {
  return [
    text('LastName', 80, REQUIRED),
    text('FirstName', 40),
    ...(options.withSalutation ? [picklist('Salutation', SALUTATIONS, { length: 40 })] : []),
    text('Name', 121, { ...READ_ONLY, nillable: false, nameField: true, label: 'Full Name' }),
  ]
}

const EVERYTHING = { createable: true, updateable: true, deletable: true, replicateable: true } as const

function object(
  name: string,
  keyPrefix: string,
  fields: readonly FieldDef[],
  options: Partial<ObjectDef> = {},
): ObjectDef {
  const label = name.replace(/([a-z])([A-Z])/g, '$1 $2')
  const labelPlural = label.endsWith('y') ? `${label.slice(0, -1)}ies` : `${label}s`
  return { name, label, labelPlural, keyPrefix, custom: false, ...EVERYTHING, fields, ...options }
}

/** The objects of every org here, with the standard fields a sales team uses; custom fields are added per org. */
export const STANDARD_OBJECTS: readonly ObjectDef[] = [
  object('Account', '001', [
    id,
    isDeleted,
    reference('MasterRecordId', 'Account', READ_ONLY),
    text('Name', 255, { ...REQUIRED, nameField: true, label: 'Account Name' }),
    picklist('Type', ['Prospect', 'Customer', 'Former Customer', 'Partner', 'Other'], { length: 40 }),
    reference('ParentId', 'Account'),
    ...addressFields('Billing'),
    ...addressFields('Shipping'),
    field('Phone', 'phone', { length: 40 }),
    field('Fax', 'phone', { length: 40 }),
    text('AccountNumber', 40),
    field('Website', 'url', { length: 255 }),
    field('PhotoUrl', 'url', { length: 255, ...READ_ONLY }),
    text('Sic', 20),
    picklist('Industry', INDUSTRIES, { length: 40 }),
    currency('AnnualRevenue', { scale: 0 }),
    field('NumberOfEmployees', 'int', { label: 'Employees' }),
    picklist('Ownership', ['Public', 'Private', 'Subsidiary', 'Other'], { length: 40 }),
    text('TickerSymbol', 20),
    field('Description', 'textarea', { length: 32_000 }),
    picklist('Rating', RATINGS, { length: 40 }),
    text('Site', 80),
    owner,
    ...stampFields,
    ...viewed,
    text('Jigsaw', 20),
    text('JigsawCompanyId', 20, { ...READ_ONLY, relationshipName: 'JigsawCompany' }),
    picklist('AccountSource', LEAD_SOURCES, { length: 40 }),
  ]),
  object('Contact', '003', [
    id,
    isDeleted,
    reference('MasterRecordId', 'Contact', READ_ONLY),
    reference('AccountId', 'Account', { cascadeDelete: true }),
    ...personFields({ withSalutation: true }),
    ...addressFields('Mailing'),
    ...addressFields('Other'),
    field('Phone', 'phone', { length: 40 }),
    field('Fax', 'phone', { length: 40 }),
    field('MobilePhone', 'phone', { length: 40 }),
    field('HomePhone', 'phone', { length: 40 }),
    field('OtherPhone', 'phone', { length: 40 }),
    field('AssistantPhone', 'phone', { length: 40 }),
    reference('ReportsToId', 'Contact'),
    field('Email', 'email', { length: 80 }),
    text('Title', 128),
    text('Department', 80),
    text('AssistantName', 40),
    picklist('LeadSource', LEAD_SOURCES),
    field('Birthdate', 'date'),
    field('Description', 'textarea', { length: 32_000 }),
    owner,
    ...stampFields,
    ...viewed,
    field('LastCURequestDate', 'datetime', READ_ONLY),
    field('LastCUUpdateDate', 'datetime', READ_ONLY),
    text('EmailBouncedReason', 255),
    field('EmailBouncedDate', 'datetime'),
    field('IsEmailBounced', 'boolean', { ...READ_ONLY, ...DEFAULTED }),
    field('PhotoUrl', 'url', { length: 255, ...READ_ONLY }),
    text('Jigsaw', 20),
    text('JigsawContactId', 20, { ...READ_ONLY, relationshipName: 'JigsawContact' }),
  ]),
  object('Lead', '00Q', [
    id,
    isDeleted,
    reference('MasterRecordId', 'Lead', READ_ONLY),
    ...personFields({ withSalutation: true }),
    text('Title', 128),
    text('Company', 255, REQUIRED),
    ...addressFields(''),
    field('Phone', 'phone', { length: 40 }),
    field('MobilePhone', 'phone', { length: 40 }),
    field('Fax', 'phone', { length: 40 }),
    field('Email', 'email', { length: 80 }),
    field('Website', 'url', { length: 255 }),
    field('PhotoUrl', 'url', { length: 255, ...READ_ONLY }),
    field('Description', 'textarea', { length: 32_000 }),
    picklist('LeadSource', LEAD_SOURCES),
    picklist(
      'Status',
      ['Open - Not Contacted', 'Working - Contacted', 'Closed - Converted', 'Closed - Not Converted'],
      DEFAULTED,
    ),
    picklist('Industry', INDUSTRIES),
    picklist('Rating', RATINGS),
    currency('AnnualRevenue', { scale: 0 }),
    field('NumberOfEmployees', 'int', { label: 'Employees' }),
    ownerOrQueue,
    field('IsConverted', 'boolean', { label: 'Converted', ...READ_ONLY, ...DEFAULTED }),
    field('ConvertedDate', 'date', READ_ONLY),
    reference('ConvertedAccountId', 'Account', READ_ONLY),
    reference('ConvertedContactId', 'Contact', READ_ONLY),
    reference('ConvertedOpportunityId', 'Opportunity', READ_ONLY),
    field('IsUnreadByOwner', 'boolean', DEFAULTED),
    ...stampFields,
    ...viewed,
    text('Jigsaw', 20),
    text('JigsawContactId', 20, { ...READ_ONLY, relationshipName: 'JigsawContact' }),
    text('EmailBouncedReason', 255),
    field('EmailBouncedDate', 'datetime'),
  ]),
  object('Opportunity', '006', [
    id,
    isDeleted,
    reference('AccountId', 'Account', { cascadeDelete: true }),
    field('IsPrivate', 'boolean', DEFAULTED),
    text('Name', 120, { ...REQUIRED, nameField: true }),
    field('Description', 'textarea', { length: 32_000 }),
    picklist(
      'StageName',
      STAGES.map((each) => each.name),
      { ...REQUIRED, label: 'Stage' },
    ),
    currency('Amount'),
    field('Probability', 'percent', { precision: 3, defaultedOnCreate: true }),
    currency('ExpectedRevenue', { label: 'Expected Amount', ...READ_ONLY }),
    double('TotalOpportunityQuantity', { label: 'Quantity' }),
    field('CloseDate', 'date', REQUIRED),
    picklist('Type', ['New Business', 'Existing Business', 'Renewal']),
    text('NextStep', 255),
    picklist('LeadSource', LEAD_SOURCES),
    field('IsClosed', 'boolean', { label: 'Closed', ...READ_ONLY, ...DEFAULTED }),
    field('IsWon', 'boolean', { label: 'Won', ...READ_ONLY, ...DEFAULTED }),
    picklist('ForecastCategory', ['Omitted', 'Pipeline', 'BestCase', 'MostLikely', 'Forecast', 'Closed'], {
      length: 40,
      ...READ_ONLY,
      ...DEFAULTED,
    }),
    picklist('ForecastCategoryName', FORECAST_CATEGORIES, { defaultedOnCreate: true }),
    field('HasOpportunityLineItem', 'boolean', { ...READ_ONLY, ...DEFAULTED }),
    owner,
    ...stampFields,
    ...viewed,
    field('LastStageChangeDate', 'datetime', READ_ONLY),
    field('FiscalQuarter', 'int', READ_ONLY),
    field('FiscalYear', 'int', READ_ONLY),
    text('Fiscal', 6, READ_ONLY),
    field('HasOpenActivity', 'boolean', { ...READ_ONLY, ...DEFAULTED }),
    field('HasOverdueTask', 'boolean', { ...READ_ONLY, ...DEFAULTED }),
  ]),
  object(
    'OpportunityHistory',
    '008',
    [
      id,
      isDeleted,
      reference('OpportunityId', 'Opportunity', { ...READ_ONLY, nillable: false, cascadeDelete: true }),
      reference('CreatedById', 'User', { ...READ_ONLY, ...DEFAULTED }),
      field('CreatedDate', 'datetime', { ...READ_ONLY, ...DEFAULTED }),
      picklist(
        'StageName',
        STAGES.map((each) => each.name),
        { ...READ_ONLY, nillable: false, label: 'Stage Name' },
      ),
      currency('Amount', READ_ONLY),
      currency('ExpectedRevenue', READ_ONLY),
      field('CloseDate', 'date', READ_ONLY),
      field('Probability', 'percent', { precision: 3, ...READ_ONLY }),
      picklist('ForecastCategory', FORECAST_CATEGORIES, { length: 40, ...READ_ONLY }),
      currency('PrevAmount', READ_ONLY),
      field('PrevCloseDate', 'date', READ_ONLY),
      field('SystemModstamp', 'datetime', { label: 'System Modstamp', ...READ_ONLY, ...DEFAULTED }),
    ],
    { createable: false, updateable: false, deletable: false, labelPlural: 'Opportunity History' },
  ),
  object('Case', '500', [
    id,
    isDeleted,
    text('CaseNumber', 30, { ...READ_ONLY, ...DEFAULTED, nameField: true }),
    reference('MasterRecordId', 'Case', READ_ONLY),
    reference('ContactId', 'Contact'),
    reference('AccountId', 'Account', { cascadeDelete: true }),
    reference('ParentId', 'Case'),
    text('SuppliedName', 80),
    field('SuppliedEmail', 'email', { length: 80 }),
    text('SuppliedPhone', 40),
    text('SuppliedCompany', 80),
    picklist('Type', ['Question', 'Problem', 'Feature Request', 'Other'], { length: 40 }),
    picklist('Status', ['New', 'Working', 'Escalated', 'Closed'], { length: 40, defaultedOnCreate: true }),
    picklist('Reason', ['Installation', 'Performance', 'Breakdown', 'Feedback', 'Other'], { length: 40 }),
    picklist('Origin', ['Phone', 'Email', 'Web'], { length: 40 }),
    text('Subject', 255),
    picklist('Priority', ['High', 'Medium', 'Low'], { length: 40 }),
    field('Description', 'textarea', { length: 32_000 }),
    field('IsClosed', 'boolean', { ...READ_ONLY, ...DEFAULTED }),
    field('ClosedDate', 'datetime', READ_ONLY),
    field('IsEscalated', 'boolean', DEFAULTED),
    ownerOrQueue,
    ...stampFields,
    field('ContactPhone', 'phone', { length: 40, ...READ_ONLY }),
    field('ContactMobile', 'phone', { length: 40, ...READ_ONLY }),
    field('ContactEmail', 'email', { length: 80, ...READ_ONLY }),
    field('ContactFax', 'phone', { length: 40, ...READ_ONLY }),
    field('LastViewedDate', 'datetime', READ_ONLY),
    field('LastReferencedDate', 'datetime', READ_ONLY),
  ]),
  object(
    'User',
    '005',
    [
      id,
      text('Username', 80, REQUIRED),
      ...personFields({ withSalutation: false }),
      text('CompanyName', 80),
      text('Division', 80),
      text('Department', 80),
      text('Title', 80),
      field('Email', 'email', { length: 128, ...REQUIRED }),
      text('Alias', 8, REQUIRED),
      field('IsActive', 'boolean', { label: 'Active', ...DEFAULTED }),
      reference('UserRoleId', 'UserRole'),
      reference('ManagerId', 'User'),
      text('TimeZoneSidKey', 40, DEFAULTED),
      picklist('UserType', ['Standard'], { length: 40, ...READ_ONLY, ...DEFAULTED }),
      ...stampFields,
      field('LastLoginDate', 'datetime', READ_ONLY),
    ],
    // A user can be switched off but never deleted.
    { deletable: false },
  ),
  object(
    'UserRole',
    '00E',
    [
      id,
      text('Name', 80, { ...REQUIRED, nameField: true }),
      reference('ParentRoleId', 'UserRole'),
      text('DeveloperName', 80),
      field('LastModifiedDate', 'datetime', { ...READ_ONLY, ...DEFAULTED }),
      reference('LastModifiedById', 'User', { ...READ_ONLY, ...DEFAULTED }),
      field('SystemModstamp', 'datetime', { label: 'System Modstamp', ...READ_ONLY, ...DEFAULTED }),
    ],
    { deletable: false },
  ),
  object(
    'Organization',
    '00D',
    [
      id,
      text('Name', 80, { ...REQUIRED, nameField: true }),
      text('InstanceName', 5, READ_ONLY),
      field('IsSandbox', 'boolean', { ...READ_ONLY, ...DEFAULTED }),
      picklist('OrganizationType', ['Enterprise Edition', 'Developer Edition'], { length: 40, ...READ_ONLY }),
      field('TrialExpirationDate', 'datetime', READ_ONLY),
      text('NamespacePrefix', 15, READ_ONLY),
      text('TimeZoneSidKey', 40, DEFAULTED),
      text('DefaultLocaleSidKey', 40, DEFAULTED),
      text('LanguageLocaleKey', 40, DEFAULTED),
      text('Country', 80),
      ...stampFields,
    ],
    { createable: false, deletable: false, replicateable: false },
  ),
]

/** Fields of an object that this file does not know, by the names that nearly every object has. */
export const COMMON_FIELDS: readonly FieldDef[] = [id, isDeleted, owner, ...stampFields, ...viewed]
