import { describe, expect, test } from 'vitest'
import { parseMappings } from '../../src/mapping/parse.ts'
import { utc } from './fixtures.ts'

const CRM = `source: salesforce
records:
  account:
    object: Account
    match: [{ id: Workspace__c, of: usage }]
    fields: { name: Name, domain: Website }
`
const USAGE = `source: usage
type: postgres
records:
  account:
    object: workspace
    match: [domain]
    fields: { name: name, domain: domain }
  ticket:
    object: ticket
    fields: { accountId: { field: email, as: domain }, email: email }
`

function parse(files: Record<string, string>) {
  return parseMappings(
    Object.entries({ 'model.yaml': 'company: { currency: USD }\nstages: {}\n', ...files }).map(([path, text]) => ({
      path,
      text,
    })),
    {},
  )
}
const errorsOf = (parsed: ReturnType<typeof parse>) =>
  parsed.problems
    .filter(({ level }) => level === 'error')
    .map(({ file, line, code, message }) => `${file}:${line} ${code}: ${message}`)
const mapping = (parsed: ReturnType<typeof parse>, source: string, kind: string) => {
  const found = parsed.mappings?.sources.find((one) => one.source === source)?.records.find((one) => one.kind === kind)
  if (found === undefined) throw new Error(`${source} ${kind} is not mapped: ${errorsOf(parsed)}`)
  return found
}
const both = { 'sources/salesforce.yaml': CRM, 'sources/usage.yaml': USAGE }

describe('identity, as mappings say it', () => {
  test('a company of one source has none: its accounts carry no keys', () => {
    const parsed = parse({ 'sources/salesforce.yaml': CRM.replace(/ {4}match.*\n/, '') })
    expect(parsed.mappings?.identity).toBeNull()
    const record = mapping(parsed, 'salesforce', 'account').map(raw('001', { Name: 'Acme', Website: 'acme.com' }), utc)
    expect(record.record).not.toHaveProperty('keys')
  })

  test('the CRM leads unless identity.yaml says otherwise, and an id stored in either finds the other', () => {
    const parsed = parse(both)
    expect(errorsOf(parsed)).toEqual([])
    expect(parsed.mappings?.identity).toEqual({
      order: ['salesforce', 'usage'],
      ways: { salesforce: ['id'], usage: ['id', 'domain'] },
      same: [],
      different: [],
      byDomain: true,
    })
    const turned = parse({ ...both, 'identity.yaml': 'order: [usage]\n' })
    expect(turned.mappings?.identity).toMatchObject({ order: ['usage', 'salesforce'] })
  })

  test('accounts carry their own id, ids of other sources, and their domain unless it is a public mail provider’s', () => {
    const crm = mapping(parse(both), 'salesforce', 'account')
    expect(crm.reads).toEqual(['Name', 'Website', 'Workspace__c'])
    const keysOf = (fields: Record<string, string | null>) => crm.map(raw('001', fields), utc).record?.keys
    expect(keysOf({ Website: 'https://www.acme.com/de', Workspace__c: ' w-1 ' })).toEqual([
      'id:salesforce:001',
      'domain:acme.com',
      'id:usage:w-1',
    ])
    expect(keysOf({ Website: 'gmail.com', Workspace__c: null })).toEqual(['id:salesforce:001'])
  })

  test('a record without an id of its account names it by domain, never by that of a public mail provider', () => {
    const ticket = mapping(parse(both), 'usage', 'ticket')
    const of = (email: string) => ticket.map(raw('T1', { email }), utc)
    expect(of('anna@mail.acme.com').record?.place).toEqual({
      as: 'child',
      of: { kind: 'account', id: 'domain:acme.com' },
    })
    expect(of('anna@gmail.com').record?.place).toEqual({ as: 'root' })
    expect(of('anna@gmail.com').rejections.map(({ code }) => code)).toEqual(['public-mail'])
  })

  test('pairs of identity.yaml are read as source and id', () => {
    const same = 'same:\n  - [salesforce/001, usage/w/1]\n'
    expect(parse({ ...both, 'identity.yaml': same }).mappings?.identity).toMatchObject({
      same: [
        [
          { source: 'salesforce', id: '001' },
          { source: 'usage', id: 'w/1' },
        ],
      ],
    })
  })

  test('while a source or identity.yaml is broken, what was found before stands', () => {
    const identityOf = (files: Record<string, string>) => parse({ ...both, ...files }).mappings?.identity
    expect(identityOf({ 'sources/usage.yaml': 'source: [' })).toBe('keep')
    expect(identityOf({ 'identity.yaml': 'same: 5\n' })).toBe('keep')
    expect(identityOf({ 'boards/deals.yaml': 'board: [' })).not.toBe('keep')
  })

  test('what leads nowhere is told, with its place', () => {
    const parsed = parse({
      'sources/salesforce.yaml': CRM.replace('of: usage', 'of: usge').replace(', domain: Website', ''),
      'sources/usage.yaml': USAGE.replace(', domain: domain }', ' }'),
      'identity.yaml': 'order: [salesfrce]\nsame:\n  - [salesforce/001, hubspot/5]\n  - [salesforce, usage/1]\n',
    })
    expect(errorsOf(parsed)).toMatchInlineSnapshot(`
      [
        "identity.yaml:1 unknown-source: There is no source "salesfrce"",
        "identity.yaml:3 unknown-source: There is no source "hubspot"",
        "identity.yaml:4 bad-value: No. 1 of same > no. 2 must be a source, a slash and its id of the account, such as salesforce/001f4000003NkdYAAS",
        "sources/salesforce.yaml:5 unknown-source: There is no source "usge"",
        "sources/usage.yaml:6 missing-key: "domain" is no field that is mapped here, so no account is found by it",
      ]
    `)
  })
})

function raw(id: string, fields: Record<string, string | null>) {
  return { kind: 'present', id, changedAt: '2026-11-22T10:00:00.000Z', fields } as const
}
