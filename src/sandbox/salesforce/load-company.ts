import type { Company, CompanyAccount, CompanyDeal, CompanyLead, CompanyUser } from '../company/company.ts'
import type { DealStep } from '../company/walk-deal.ts'
import { makeId } from './ids.ts'
import type { Org } from './org.ts'
import { computed, currency, double, field, picklist, text } from './schema.ts'
import { STAGES } from './standard-objects.ts'
import type { Stored } from './values.ts'

/** Fields that the example company added to its org. */
function addCustomFields(org: Org): void {
  org.addFields('Account', [
    double('Seats__c', { label: 'Seats', scale: 0 }),
    currency('ARR__c', { label: 'ARR' }),
    picklist('Customer_Tier__c', ['Bronze', 'Silver', 'Gold']),
    field('Renewal_Date__c', 'date'),
    text('Plan__c', 40),
    picklist('Segment__c', ['SMB', 'Mid-Market', 'Enterprise']),
  ])
  org.addFields('Opportunity', [
    double('Seats__c', { label: 'Seats', scale: 0 }),
    currency('ARR__c', { label: 'ARR' }),
    text('Loss_Reason__c', 255),
    text('Competitor__c', 255),
    computed('Account_Tier__c', 'string', { kind: 'copy', of: 'Account.Customer_Tier__c' }, { length: 1_300 }),
  ])
  org.addFields('Account', [
    computed('Open_Opportunities__c', 'double', {
      kind: 'rollup',
      function: 'COUNT',
      child: 'Opportunity',
      by: 'AccountId',
      where: { field: 'IsClosed', equals: false },
    }),
  ])
}

const TYPES = { new_business: 'New Business', expansion: 'Existing Business', renewal: 'Renewal' } as const

/** An owner who is in no list: the user was hidden from us. */
const UNKNOWN_USER = makeId('005', 900_001)

/** Puts the example company into an org, in transactions of some thousand accounts. */
export function loadCompany(org: Org, company: Company): void {
  addCustomFields(org)
  org.transaction(() => loadUsers(org, company.users))
  const write = accountWriter(org)
  const accounts = company.accounts()
  const writeSome = () => {
    for (let n = 0; n < 5_000; n++) {
      const next = accounts.next()
      if (next.done === true) return false
      write(next.value)
    }
    return true
  }
  while (org.transaction(writeSome));
}

/** The nth user of the company; the first id is the API user's. */
function userId(index: number): string {
  return makeId('005', index + 2)
}

function loadUsers(org: Org, users: readonly CompanyUser[]): void {
  const at = org.find('User', org.apiUserId)?.CreatedDate as number
  const roles = new Map<string, string>()
  for (const name of new Set(users.map((user) => user.role))) {
    const id = org.newId('UserRole')
    roles.set(name, id)
    org.insert('UserRole', {
      Id: id,
      Name: name,
      DeveloperName: name.replaceAll(' ', '_'),
      LastModifiedDate: at,
      LastModifiedById: org.apiUserId,
      SystemModstamp: at,
    })
  }
  for (const [index, user] of users.entries()) {
    const id = org.newId('User')
    if (id !== userId(index)) throw new Error('The example company must be the first to add users to an org')
    org.insert('User', {
      Id: id,
      Username: user.email,
      FirstName: user.firstName,
      LastName: user.lastName,
      Name: `${user.firstName} ${user.lastName}`,
      CompanyName: 'Boardworks',
      Division: user.team,
      Department: 'Sales',
      Title: user.role,
      Email: user.email,
      Alias: `${user.firstName.slice(0, 1)}${user.lastName}`.toLowerCase().slice(0, 8),
      IsActive: Number(user.isActive),
      UserRoleId: roles.get(user.role) as string,
      ManagerId: user.manager === null ? null : userId(user.manager),
      TimeZoneSidKey: 'GMT',
      UserType: 'Standard',
      CreatedDate: at,
      CreatedById: org.apiUserId,
      LastModifiedDate: at,
      LastModifiedById: org.apiUserId,
      SystemModstamp: at,
    })
  }
}

const STAMPS = ['OwnerId', 'CreatedDate', 'CreatedById', 'LastModifiedDate', 'LastModifiedById', 'SystemModstamp']

function accountWriter(org: Org): (account: CompanyAccount) => void {
  const stamps = (owner: string, createdAt: number, changedAt: number): Stored[] => [
    owner,
    createdAt,
    owner === UNKNOWN_USER ? org.apiUserId : owner,
    changedAt,
    org.apiUserId,
    changedAt,
  ]
  const addAccount = org.loader('Account', [
    ...['Id', 'Name', 'Type', 'Website', 'Industry', 'NumberOfEmployees', 'BillingCity', 'BillingCountry'],
    ...['Seats__c', 'ARR__c', 'Customer_Tier__c', 'Renewal_Date__c', 'Plan__c', 'Segment__c', ...STAMPS],
  ])
  const addContact = org.loader('Contact', [
    'Id',
    'AccountId',
    'FirstName',
    'LastName',
    'Name',
    'Email',
    'Title',
    ...STAMPS,
  ])
  const addDeal = dealWriter(org, stamps)
  const addLead = leadWriter(org, stamps)

  return (account) => {
    const id = org.newId('Account')
    const owner = account.owner === null ? UNKNOWN_USER : userId(account.owner)
    addAccount([
      id,
      account.name,
      account.type,
      `https://www.${account.domain}`,
      account.industry,
      account.employees,
      account.city,
      account.country,
      account.seats,
      account.arr / 100,
      account.tier,
      dayText(account.renewalOn),
      account.plan,
      account.segment,
      ...stamps(owner, account.createdAt, account.changedAt),
    ])
    let firstContact: string | null = null
    for (const contact of account.contacts) {
      const contactId = org.newId('Contact')
      firstContact ??= contactId
      const name = `${contact.firstName} ${contact.lastName}`
      addContact([
        ...[contactId, id, contact.firstName, contact.lastName, name, contact.email, contact.title],
        ...stamps(owner, contact.createdAt, contact.createdAt),
      ])
    }
    for (const deal of account.deals) {
      const dealId = addDeal(deal, deal.isOrphan ? null : id)
      if (deal.lead !== null) addLead(deal.lead, { accountId: id, contactId: firstContact, opportunityId: dealId })
    }
    for (const lead of account.leads) addLead(lead, null)
  }
}

type Stamps = (owner: string, createdAt: number, changedAt: number) => Stored[]

function dealWriter(org: Org, stamps: Stamps): (deal: CompanyDeal, accountId: string | null) => string {
  const add = org.loader('Opportunity', [
    ...['Id', 'AccountId', 'Name', 'StageName', 'Amount', 'Probability', 'ExpectedRevenue', 'CloseDate', 'Type'],
    ...['NextStep', 'LeadSource', 'IsClosed', 'IsWon', 'ForecastCategory', 'ForecastCategoryName', 'FiscalQuarter'],
    ...[
      'FiscalYear',
      'Fiscal',
      'LastStageChangeDate',
      'Seats__c',
      'ARR__c',
      'Loss_Reason__c',
      'Competitor__c',
      ...STAMPS,
    ],
  ])
  const addHistory = org.loader('OpportunityHistory', [
    ...['Id', 'OpportunityId', 'CreatedById', 'CreatedDate', 'StageName', 'Amount', 'ExpectedRevenue', 'CloseDate'],
    ...['Probability', 'ForecastCategory', 'PrevAmount', 'PrevCloseDate', 'SystemModstamp'],
  ])
  return (deal, accountId) => {
    const id = org.newId('Opportunity')
    const owner = userId(deal.owner)
    const first = deal.steps[0] as DealStep
    const last = deal.steps.at(-1) as DealStep
    const stage = stageOf(last)
    const closeOn = dayText(last.closeOn) as string
    const year = Number(closeOn.slice(0, 4))
    const quarter = Math.ceil(Number(closeOn.slice(5, 7)) / 3)
    const enteredAt = deal.steps.findLast((step, place) => step.stage !== deal.steps[place - 1]?.stage)?.at ?? null
    add([
      ...[id, accountId, deal.name, last.stage, dollars(last.amount), last.probability, expected(last), closeOn],
      ...[TYPES[deal.kind], deal.nextStep, deal.leadSource, Number(stage.isClosed), Number(stage.isWon)],
      ...[stage.forecastCategory, stage.forecastCategoryName, quarter, year, `${year} ${quarter}`, enteredAt],
      ...[deal.seats, deal.arr / 100, deal.lossReason, deal.competitor],
      ...stamps(owner, first.at, last.at),
    ])
    for (const [place, step] of deal.steps.entries()) {
      const before = deal.steps[place - 1]
      addHistory([
        ...[org.newId('OpportunityHistory'), id, owner, step.at, step.stage, dollars(step.amount), expected(step)],
        ...[dayText(step.closeOn), step.probability, stageOf(step).forecastCategory],
        ...[dollars(before?.amount ?? null), dayText(before?.closeOn ?? null), step.at],
      ])
    }
    return id
  }
}

interface Converted {
  readonly accountId: string
  readonly contactId: string | null
  readonly opportunityId: string
}

function leadWriter(org: Org, stamps: Stamps): (lead: CompanyLead, into: Converted | null) => void {
  const add = org.loader('Lead', [
    ...[
      'Id',
      'FirstName',
      'LastName',
      'Name',
      'Title',
      'Company',
      'Country',
      'Email',
      'LeadSource',
      'Status',
      'Industry',
    ],
    ...['NumberOfEmployees', 'IsConverted', 'ConvertedDate', 'ConvertedAccountId', 'ConvertedContactId'],
    ...['ConvertedOpportunityId', ...STAMPS],
  ])
  return (lead, into) => {
    add([
      ...[org.newId('Lead'), lead.firstName, lead.lastName, `${lead.firstName} ${lead.lastName}`, lead.title],
      ...[lead.company, lead.country, lead.email, lead.source, lead.status, lead.industry, lead.employees],
      ...[Number(into !== null), into === null ? null : dayText(lead.changedAt), into?.accountId ?? null],
      ...[into?.contactId ?? null, into?.opportunityId ?? null],
      ...stamps(userId(lead.owner), lead.createdAt, lead.changedAt),
    ])
  }
}

function stageOf(step: DealStep) {
  const stage = STAGES.find((each) => each.name === step.stage)
  if (stage === undefined) throw new Error(`The org has no stage "${step.stage}"`)
  return stage
}

function dollars(cents: number | null): number | null {
  return cents === null ? null : cents / 100
}

function expected(step: DealStep): number | null {
  return step.amount === null ? null : Math.round((step.amount * step.probability) / 100) / 100
}

function dayText(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString().slice(0, 10)
}
