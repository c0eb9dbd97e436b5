import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parseExactJson } from '../../../src/source/canonical.ts'
import { stampFieldOf } from '../../../src/source/salesforce/schema.ts'
import { Describe, DescribeGlobal, parseWith, QueryPage, UserInfo } from '../../../src/source/salesforce/wire.ts'

const RECORDINGS = fileURLToPath(new URL('../../../../shared/recordings/salesforce/', import.meta.url))
const CASSETTES = join(RECORDINGS, 'cumulusci')

interface Recorded {
  readonly request: { readonly method: string; readonly uri: string }
  readonly response: { readonly status: number; readonly body: unknown }
}

function recorded(fits: (call: Recorded) => boolean): Recorded[] {
  return readdirSync(CASSETTES)
    .filter((name) => name.endsWith('.json') && name !== 'SOURCE.json')
    .flatMap((name) => JSON.parse(readFileSync(join(CASSETTES, name), 'utf8')) as Recorded[])
    .filter((call) => call.request !== undefined && call.response.status === 200 && fits(call))
}

const bodyOf = ({ response }: Recorded): string =>
  typeof response.body === 'string' ? response.body : JSON.stringify(response.body)

describe.skipIf(!existsSync(CASSETTES))('answers recorded from real orgs are read:', () => {
  test('describes, each with something that orders changes', () => {
    const calls = recorded(({ request }) => /\/sobjects\/\w+\/describe$/.test(request.uri))
    const describes = calls.map((call) => parseWith(Describe, 'a describe')(bodyOf(call)))
    // Some recordings are cut down to the fields a test of theirs needed.
    const standard = ['Account', 'Contact', 'Lead', 'Opportunity']
    const whole = describes.filter((one) => standard.includes(one.name) && one.fields.length > 20)
    expect(new Set(whole.map((one) => one.name))).toEqual(new Set(standard))
    for (const one of whole) expect(stampFieldOf(one)).toBe('SystemModstamp')
    const lead = describes.find((one) => one.name === 'Lead')
    const owner = lead?.fields.find((field) => field.name === 'OwnerId')
    expect(owner).toMatchObject({ type: 'reference', relationshipName: 'Owner', referenceTo: ['Group', 'User'] })
    expect(lead?.fields.find((field) => field.name === 'Address')?.type).toBe('address')
  })

  test('the list of objects', () => {
    const [call] = recorded(({ request }) => /\/sobjects\/?$/.test(request.uri) && request.method === 'GET')
    if (call === undefined) throw new Error('there is no such recording')
    expect(parseWith(DescribeGlobal, 'its objects')(bodyOf(call)).sobjects.length).toBeGreaterThan(100)
  })

  test('pages of queries', () => {
    const calls = recorded(({ request }) => /\/query\/?(\?|$)/.test(request.uri) && request.method === 'GET')
    expect(calls.length).toBeGreaterThan(3)
    for (const call of calls) {
      const page = parseWith(QueryPage, 'a query', parseExactJson)(bodyOf(call))
      expect(page.done).toBe(true)
      expect(page.records.length).toBe(Number(page.totalSize))
    }
  })

  test('the user of a session', () => {
    const file = JSON.parse(readFileSync(join(RECORDINGS, 'nango', 'get-current-user.test.json'), 'utf8'))
    const { response } = file.api.get['/services/oauth2/userinfo']
    expect(parseWith(UserInfo, 'the user')(JSON.stringify(response)).preferred_username).toContain('@')
  })
})
