import { expect, test } from 'vitest'
import { registrableDomain } from '../../src/domain/domain-name.ts'

test.each([
  ['acme.com', 'acme.com'],
  ['https://www.acme.com', 'acme.com'],
  ['HTTP://Shop.Acme.CO.UK:8443/de?x=1#y', 'acme.co.uk'],
  ['anna@mail.acme.com', 'acme.com'],
  ['mailto:anna@acme.com', 'acme.com'],
  ['https://user:secret@acme.com/path@x', 'acme.com'],
  [' acme.com/ ', 'acme.com'],
  ['acme.com.', 'acme.com'],
  ['www.münchen.de', 'münchen.de'],
  ['xn--mnchen-3ya.de', 'xn--mnchen-3ya.de'],
  ['//cdn.acme.io', 'acme.io'],
  ['acme.kyoto.jp', 'kyoto.jp'],
])('%s belongs to %s', (text, domain) => {
  expect(registrableDomain(text)).toBe(domain)
})

test.each([
  '',
  'N/A',
  'acme',
  'co.uk',
  'https://',
  '192.168.0.1',
  'acme .com',
  '-acme.com-',
  'a..com',
  'http://[::1]/',
])('"%s" holds no registrable domain', (text) => {
  expect(registrableDomain(text)).toBeUndefined()
})
