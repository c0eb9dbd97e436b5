import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { firstSourceMapping, withoutColumns, withoutOthers } from '../../src/mapping/first-source-mapping.ts'

const SHIPPED = `source: salesforce
records:
  account:
    object: Account
    fields:
      name: Name                # what it is called
      seatsPaid: Seats__c
      segment:
        field: Segment__c
        values: { SMB: smb }
      extra.tier: { field: Tier__c, as: text }
  user:
    object: User
    fields:
      name: Name
`

test('what the org lacks is commented out, its own fields stand below as comments, and all else stays to the byte', () => {
  const account = {
    there: new Set(['Name', 'Tier__c']),
    own: ['Tier__c string', 'Seat_Count__c double', 'Customer_Since__c date', 'Go_Live__c datetime'].map((written) => {
      const [name = '', type = ''] = written.split(' ')
      return { name, type }
    }),
  }
  const made = firstSourceMapping(SHIPPED, new Map([['account', account]]))
  expect(made).toEqual({ text: expect.any(String), missing: 2, offered: 3 })
  expect(made.text).toMatchInlineSnapshot(`
    "source: salesforce
    records:
      account:
        object: Account
        fields:
          name: Name                # what it is called
          # seatsPaid: Seats__c   # not there
          # segment:
            # field: Segment__c
            # values: { SMB: smb }   # not there
          extra.tier: { field: Tier__c, as: text }
          # Fields of your own; take the # away from those you want:
          # seatsPaid: Seat_Count__c
          # extra.customerSince: { field: Customer_Since__c, as: day }
          # extra.goLive: { field: Go_Live__c, as: instant }
      user:
        object: User
        fields:
          name: Name
    "
  `)
})

test('a kind of record of whose fields the org has none is commented out whole', () => {
  const made = firstSourceMapping(SHIPPED, new Map([['account', { there: new Set<string>(), own: [] }]]))
  expect(made.missing).toBe(4)
  expect(made.text.split('\n').slice(2, 8)).toEqual([
    '  # account:',
    '    # object: Account',
    '    # fields:',
    '      # name: Name                # what it is called',
    '      # seatsPaid: Seats__c',
    '      # segment:',
  ])
  expect(made.text).toContain('\n  user:\n    object: User\n')
})

test('columns of a board that show what is not there are commented out, and nothing else of their lines', () => {
  const text = 'columns:\n  Tier: { type: text, value: account.extra.tier }   # ours\n  ARR:\n    type: numbers\n'
  expect(withoutColumns(text, new Set([2, 3]))).toEqual({
    text: 'columns:\n  # Tier: { type: text, value: account.extra.tier }   # ours   # its field is not there\n  ARR:\n    type: numbers\n',
    gone: 1,
  })
})

test('a live org with everything and nothing of its own leaves the shipped mapping to the byte', () => {
  const text = readFileSync('mappings/sources/salesforce.yaml', 'utf8')
  const there = { has: () => true } as unknown as ReadonlySet<string>
  const objects = ['account', 'lead', 'opportunity', 'user'].map((kind) => [kind, { there, own: [] }] as const)
  expect(firstSourceMapping(text, new Map(objects))).toEqual({ text, missing: 0, offered: 0 })
})

test('of hundreds of fields the first are listed and the rest is counted', () => {
  const own = Array.from({ length: 100 }, (_, i) => ({ name: `Field_${i}__c`, type: 'string' }))
  const made = firstSourceMapping(SHIPPED, new Map([['user', { there: new Set(['Name']), own }]]))
  expect([made.offered, made.text.includes('# … and 40 more')]).toEqual([60, true])
})

test('what a mapping says of ids in sources that are not used is taken out, and all else stays to the byte', () => {
  const text = (account: string, lead: string) =>
    `source: hubspot
records:
  account:
    object: companies
    match:                # as one
${account}      - domain
    fields: { name: name }
  lead:
    object: contacts
${lead}    fields: { name: name }
`
  const whole = text('      - { id: sfid, of: salesforce }\n', '    match: [{ id: sflead, of: salesforce }]\n')
  expect(withoutOthers(whole, ['hubspot', 'salesforce'])).toBe(whole)
  expect(withoutOthers(whole, ['hubspot'])).toBe(text('', ''))
})
