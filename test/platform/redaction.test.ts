import { describe, expect, test } from 'vitest'
import { createRedactor } from '../../src/platform/redaction.ts'

const SECRET = 'p@ss/word+123="x"'

describe('a redactor', () => {
  const forms: readonly (readonly [string, string])[] = [
    ['as it is', SECRET],
    ['in a URL', encodeURIComponent(SECRET)],
    ['in a form', new URLSearchParams({ a: SECRET }).toString().slice(2)],
    ['in JSON', JSON.stringify(SECRET).slice(1, -1)],
    ['in base64', Buffer.from(SECRET).toString('base64')],
    ['in base64url', Buffer.from(SECRET).toString('base64url')],
  ]
  for (const [where, form] of forms) {
    test(`replaces a loaded secret ${where}`, () => {
      expect(createRedactor([SECRET]).text(`before ${form} after`)).toBe('before [redacted] after')
    })
  }

  test('replaces each line of a key in PEM form, but not its frame', () => {
    const { text } = createRedactor([
      '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END PRIVATE KEY-----\n',
    ])
    expect(text('kqhkiG9w0BAQEF')).toBe('[redacted]')
    expect(text('-----BEGIN PRIVATE KEY-----')).toBe('-----BEGIN PRIVATE KEY-----')
  })

  test('replaces tokens in running text that nobody loaded', () => {
    const { text } = createRedactor([])
    expect(text('Authorization: Bearer 00Dxx!AQ.abc_def')).toBe('Authorization: Bearer [redacted]')
    expect(text('grant_type=x&client_secret=abcdefgh&a=1')).toBe('grant_type=x&client_secret=[redacted]&a=1')
    expect(text('{"access_token":"00Dxx!AQabc"}')).toBe('{"access_token":"[redacted]"}')
  })

  test('leaves prose alone', () => {
    const prose = 'Basic information: the bearer certificates of OAuth Settings; set the token: soon'
    expect(createRedactor([]).text(prose)).toBe(prose)
  })

  test('leaves short texts alone: they would black out half of every log', () => {
    expect(createRedactor(['a', 'demo', '']).text('a demo')).toBe('a demo')
  })

  test('replaces whole values by the name of their key, however deep', () => {
    const { value } = createRedactor([])
    expect(
      value({
        headers: { Authorization: 'x', 'Set-Cookie': ['a'] },
        user: [{ e_mail: 'a@b.c', name: 'Ann' }],
        apiKey: 'k',
        n: 1,
      }),
    ).toEqual({
      headers: { Authorization: '[redacted]', 'Set-Cookie': '[redacted]' },
      user: [{ e_mail: '[redacted]', name: 'Ann' }],
      apiKey: '[redacted]',
      n: 1,
    })
  })

  test('keeps counts under such keys', () => {
    expect(createRedactor([]).value({ emails: 3, tokens: 'none' })).toEqual({ emails: 3, tokens: 'none' })
  })

  test('makes errors plain, and replaces secrets in them', () => {
    const error = Object.assign(new Error('refused abcdefgh'), { code: 'X' })
    expect(createRedactor(['abcdefgh']).value({ error })).toEqual({
      error: { name: 'Error', code: 'X', message: 'refused [redacted]' },
    })
  })

  test('cuts off what refers to itself', () => {
    const loop: Record<string, unknown> = { a: 1 }
    loop['self'] = loop
    expect(createRedactor([]).value(loop)).toEqual({ a: 1, self: '[circular]' })
  })

  test('knows a secret that it learned later', () => {
    const redactor = createRedactor([])
    redactor.learn('fetched-token')
    expect(redactor.text('has fetched-token')).toBe('has [redacted]')
  })
})
