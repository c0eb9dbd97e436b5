import { expect, test } from 'vitest'
import { formatConfigProblem } from '../../src/platform/config.ts'
import { needService, readServices } from '../../src/platform/services.ts'

const noFiles = { readFile: (): string => '' }

test('a service is read where all that it needs is set, with the address of the vendor where none is', () => {
  const env = { POSTHOG_PROJECT_ID: '4711', POSTHOG_API_KEY: 'phx_1', MIXPANEL_URL: '' }
  const { services, problems, secrets } = readServices(env, noFiles)
  expect(services).toEqual({ posthog: { url: 'https://us.posthog.com', project: '4711', key: 'phx_1' } })
  expect([problems, secrets]).toEqual([[], ['phx_1']])
})

test('a secret may stand in a file', () => {
  const files = { readFile: (path: string) => (path === '/run/key' ? 'secret\n' : '') }
  const env = {
    ZENDESK_URL: 'https://acme.zendesk.com/',
    ZENDESK_EMAIL: 'a@acme.com',
    ZENDESK_API_TOKEN_FILE: '/run/key',
  }
  expect(readServices(env, files).services.zendesk).toEqual({
    url: 'https://acme.zendesk.com',
    email: 'a@acme.com',
    token: 'secret',
  })
})

test('what is missing or cannot be is said, and never what a secret holds', () => {
  const files = {
    readFile: (): string => {
      throw new Error('ENOENT')
    },
  }
  const env = {
    ZENDESK_URL: 'http://acme.zendesk.com',
    ZENDESK_EMAIL: 'a@acme.com',
    ZENDESK_API_TOKEN: 'to ken',
    AMPLITUDE_API_KEY: 'k',
    MIXPANEL_SECRET_FILE: '/nowhere',
  }
  const { services, problems } = readServices(env, files)
  expect(services).toEqual({})
  expect(problems.map(formatConfigProblem).join('\n')).toMatchInlineSnapshot(`
    "ZENDESK_URL error config-value: ZENDESK_URL is plain http; that is allowed to this machine only
        Write it like https://acme.zendesk.com
    ZENDESK_API_TOKEN error config-value: ZENDESK_API_TOKEN holds spaces or line breaks
        Copy it again
    MIXPANEL_SECRET_FILE error config-file-unreadable: MIXPANEL_SECRET_FILE names "/nowhere", which cannot be read
        Correct the path, or give this process the right to read it
    AMPLITUDE_SECRET_KEY error config-missing: Amplitude is to be read and AMPLITUDE_SECRET_KEY (or AMPLITUDE_SECRET_KEY_FILE) is not set
        Set AMPLITUDE_SECRET_KEY (or AMPLITUDE_SECRET_KEY_FILE)"
  `)
})

test('a mapping that reads a service of which nothing is set says which variables would hold it', () => {
  expect(() => needService({}, 'zendesk')).toThrow(
    expect.objectContaining({
      code: 'zendesk-not-configured',
      hint: 'Set ZENDESK_URL, ZENDESK_EMAIL, ZENDESK_API_TOKEN (or ZENDESK_API_TOKEN_FILE)',
    }),
  )
})
