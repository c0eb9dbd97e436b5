import { describe, expect, test } from 'vitest'
import { type AccountNode, domainKey, type IdentityRules, identify, idKey, nameOf } from '../../src/domain/identity.ts'
import { isPublicMail } from '../../src/domain/public-mail.ts'

const rules = (more: Partial<IdentityRules> = {}): IdentityRules => ({
  order: ['salesforce', 'hubspot', 'usage'],
  ways: { hubspot: ['id', 'domain'], usage: ['id', 'domain'] },
  same: [],
  different: [],
  byDomain: true,
  ...more,
})
const account = (source: string, id: string, ...keys: string[]): AccountNode => ({
  id,
  source,
  keys: [idKey(source, id), ...keys],
})
const itself = (id: string) => id
const acme = domainKey('acme.com')

describe('an account is the same as one of a source before its own', () => {
  test('by an explicit id of one stored in the other, whichever stores it', () => {
    const inProduct = account('usage', 'w-1', idKey('salesforce', '001'))
    expect(identify(inProduct, [account('salesforce', '001')], itself, rules())).toMatchObject({
      is: 'same',
      as: '001',
    })
    const inCrm = account('salesforce', '001', idKey('usage', 'w-1'))
    expect(identify(account('usage', 'w-1'), [inCrm], itself, rules())).toMatchObject({ is: 'same', as: '001' })
    expect(identify(inCrm, [account('usage', 'w-1')], itself, rules())).toEqual({ is: 'itself' })
  })

  test('else by registered domain', () => {
    const found = identify(account('usage', 'w-1', acme), [account('salesforce', '001', acme)], itself, rules())
    expect(found).toEqual({ is: 'same', as: '001', by: 'domain:acme.com' })
  })

  test('in the order of the ways of its source: an id that leads somewhere settles it', () => {
    const node = account('usage', 'w-1', idKey('salesforce', '002'), acme)
    const others = [account('salesforce', '001', acme), account('salesforce', '002')]
    expect(identify(node, others, itself, rules())).toMatchObject({ as: '002' })
    expect(identify(node, others, itself, rules({ ways: { usage: ['domain', 'id'] } }))).toMatchObject({ as: '001' })
    expect(identify(node, others, itself, rules({ ways: {} }))).toEqual({ is: 'itself' })
  })

  test('two candidates are a conflict, listed and never guessed, and no further way is tried', () => {
    const node = account('usage', 'w-1', idKey('salesforce', '003'), idKey('salesforce', '004'), acme)
    const others = ['001', '003', '004'].map((id) => account('salesforce', id, ...(id === '001' ? [acme] : [])))
    expect(identify(node, others, itself, rules())).toMatchObject({ is: 'conflict', candidates: ['003', '004'] })
  })

  test('candidates that stand for one and the same are one', () => {
    const others = [account('salesforce', '001', acme), account('hubspot', '55', acme)]
    const headOf = (id: string) => (id === '55' ? '001' : id)
    expect(identify(account('usage', 'w-1', acme), others, headOf, rules())).toMatchObject({ is: 'same', as: '001' })
  })

  test('an account of its own source is another company', () => {
    expect(identify(account('usage', 'w-1', acme), [account('usage', 'w-2', acme)], itself, rules())).toEqual({
      is: 'itself',
    })
  })
})

describe('what a person said wins', () => {
  const pair = [
    { source: 'salesforce', id: '009' },
    { source: 'usage', id: 'w-1' },
  ] as const
  const others = [account('salesforce', '001', acme), account('salesforce', '009')]

  test('two that are one company are, whatever the rules find', () => {
    const node = account('usage', 'w-1', acme)
    expect(identify(node, others, itself, rules({ same: [pair] }))).toEqual({
      is: 'same',
      as: '009',
      by: 'identity.yaml',
    })
  })

  test('two that are not are not, and settle a conflict', () => {
    const node = account('usage', 'w-1', acme)
    const both = [account('salesforce', '001', acme), account('salesforce', '009', acme)]
    expect(identify(node, both, itself, rules())).toMatchObject({ is: 'conflict' })
    expect(identify(node, both, itself, rules({ different: [pair] }))).toMatchObject({ is: 'same', as: '001' })
  })
})

test('a name that nobody delivered is the one account that carries its key', () => {
  const name: AccountNode = { id: 'domain:acme.com', source: null, keys: [acme] }
  expect(identify(name, [account('usage', 'w-1', acme)], itself, rules())).toMatchObject({ is: 'same', as: 'w-1' })
  const two = [account('usage', 'w-1', acme), account('usage', 'w-2', acme)]
  expect(identify(name, two, itself, rules())).toMatchObject({ is: 'conflict' })
  expect([nameOf(acme), nameOf(idKey('usage', 'w-1')), nameOf(idKey('usage', 'a:b'))]).toEqual([
    'domain:acme.com',
    'w-1',
    'a:b',
  ])
})

test('domains of public mail providers are known', () => {
  expect(['gmail.com', 'qq.com', 'acme.com'].map(isPublicMail)).toEqual([true, true, false])
})
