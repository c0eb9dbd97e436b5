import { expect, test } from 'vitest'
import { boardsFedBy, feedsSentence } from '../../src/mapping/feeds.ts'
import { parseMappings } from '../../src/mapping/parse.ts'

const SOURCE = `
source: crm
type: salesforce
records:
  account:
    object: Account
    url: 'https://crm.example/{Slug__c}'
    fields: { name: Name, employees: NumberOfEmployees, ownerId: OwnerId, extra.tier: { field: Tier__c, as: text } }
  opportunity:
    object: Opportunity
    currency: CurrencyIsoCode
    fields: { accountId: AccountId, name: Name, stage: StageName, amount: Amount, arr: ARR__c, closeOn: CloseDate, ownerId: OwnerId, createdAt: CreatedDate }
  user: { object: User, fields: { name: Name, email: Email } }
`

const DEALS = `
board: { name: Deals, create: true }
items: opportunity
where: opportunity.isOpen
key: opportunity.id
name: '{account.name}: {opportunity.name}'
group: { by: opportunity.funnelStage }
columns:
  ARR: { type: numbers, value: opportunity.arr }
  Close: { type: date, value: opportunity.closeOn }
  Owner: { type: people, value: owner.email }
  Tier: { type: text, value: account.extra.tier }
  Made: { type: date, value: opportunity.createdOn }
  Link: { type: link, value: account.url, text: '{account.name}' }
`

const ACCOUNTS = `
board: { id: 123 }
items: account
key: account.id
name: '{account.name}'
group: Accounts
columns:
  Total ARR: { type: numbers, value: account.openPipeline }
  Segment: { type: text, value: 'account.segment.orElse("")' }
`

const MODEL = `
company: { currency: USD, time_zone: UTC }
stages: { crm: [{ name: Prospecting, funnelStage: opportunity }, { name: Won, funnelStage: won }] }
`

const { mappings, problems } = parseMappings(
  [
    { path: 'mappings/model.yaml', text: MODEL },
    { path: 'mappings/sources/crm.yaml', text: SOURCE },
    { path: 'mappings/boards/accounts.yaml', text: ACCOUNTS },
    { path: 'mappings/boards/deals.yaml', text: DEALS },
  ],
  {},
)

function feeds(kind: string, field: string): string {
  const record = mappings?.sources[0]?.records.find((one) => one.kind === kind)
  if (mappings === null || record === undefined) throw new Error(JSON.stringify(problems))
  return feedsSentence(boardsFedBy(record, field, mappings.boards))
}

test('a field feeds what is copied from it, and what is computed of it on other boards', () => {
  expect(feeds('opportunity', 'ARR__c')).toBe('feeds "ARR" on Deals and "Total ARR" on accounts')
  expect(feeds('opportunity', 'CloseDate')).toContain('"Close"')
})

test('a day comes from the instant of the same name', () => {
  expect(feeds('opportunity', 'CreatedDate')).toBe('feeds "Made" on Deals')
})

test('names, groups and which items there are count as well; boards of such records come first', () => {
  expect(feeds('opportunity', 'StageName')).toBe(
    'feeds the groups and which items there are on Deals; "Total ARR" on accounts',
  )
  expect(feeds('account', 'Name')).toBe('feeds the names on accounts; "Link" and the names on Deals')
})

test('expressions, further fields, currency and address are followed', () => {
  expect(feeds('account', 'NumberOfEmployees')).toBe('feeds "Segment" on accounts')
  expect(feeds('account', 'Tier__c')).toBe('feeds "Tier" on Deals')
  expect(feeds('account', 'Slug__c')).toBe('feeds "Link" on Deals')
  expect(feeds('opportunity', 'CurrencyIsoCode')).toBe('feeds "ARR" on Deals and "Total ARR" on accounts')
})

test('what is shown of an owner or an account also hangs on the field that names it', () => {
  expect(feeds('user', 'Email')).toBe('feeds "Owner" on Deals')
  expect(feeds('opportunity', 'OwnerId')).toBe('feeds "Owner" on Deals')
  expect(feeds('opportunity', 'AccountId')).toBe('feeds "Tier", "Link" and the names on Deals; "Total ARR" on accounts')
  expect(feeds('account', 'OwnerId')).toBe('feeds no board')
})

test('a field that no mapping names, or no board shows, feeds no board', () => {
  expect(feeds('opportunity', 'Probability')).toBe('feeds no board')
  expect(feeds('user', 'Name')).toBe('feeds no board')
})

test('of many things on one board six are named', () => {
  const columns = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
  expect(feedsSentence([{ board: 'Deals', columns, name: false, group: false, where: false }])).toBe(
    'feeds "a", "b", "c", "d", "e", "f" and 2 more on Deals',
  )
})

test('of many boards four are told in full, and the others named', () => {
  const fed = ['Deals', 'Accounts', 'Leads', 'Funnel', 'Risk', 'Support'].map((board) => ({
    board,
    columns: ['ARR'],
    name: false,
    group: false,
    where: false,
  }))
  expect(feedsSentence(fed)).toBe(
    'feeds "ARR" on Deals, "ARR" on Accounts, "ARR" on Leads and "ARR" on Funnel; and Risk and Support',
  )
})
