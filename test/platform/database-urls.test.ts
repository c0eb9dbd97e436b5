import { expect, test } from 'vitest'
import { needDatabase, readConfig } from '../../src/platform/config.ts'

const read = (env: Record<string, string>, files: Record<string, string> = {}) =>
  readConfig(env, {
    readFile: (file) => {
      const text = files[file]
      if (text === undefined) throw new Error('no such file')
      return text
    },
  })

test('every variable …_DATABASE_URL, or its …_FILE twin, names a database that is read', () => {
  const { config, problems } = read(
    { USAGE_DATABASE_URL: 'postgres://me@db/usage', BILLING_DATABASE_URL_FILE: '/run/billing' },
    { '/run/billing': 'postgresql://me@db/billing\n' },
  )
  expect(problems).toEqual([])
  expect(config.databases).toEqual({
    USAGE_DATABASE_URL: 'postgres://me@db/usage',
    BILLING_DATABASE_URL: 'postgresql://me@db/billing',
  })
  expect(needDatabase(config, 'USAGE_DATABASE_URL')).toBe('postgres://me@db/usage')
})

test('its password is a secret, as written and as meant, and in no message', () => {
  const { secrets, problems } = read({ USAGE_DATABASE_URL: 'mysql://me:pass%40word@db/x' })
  expect(secrets).toEqual(['pass%40word', 'pass@word'])
  expect(problems.map(({ code }) => code)).toEqual(['config-database'])
  expect(JSON.stringify(problems)).not.toContain('pass%40')
})

test('a file that cannot be read, and a database that is not set, are told with the next step', () => {
  const { config, problems } = read({ USAGE_DATABASE_URL_FILE: '/nowhere' })
  expect(problems.map(({ variable, code }) => [variable, code])).toEqual([
    ['USAGE_DATABASE_URL_FILE', 'config-file-unreadable'],
  ])
  expect(() => needDatabase(config, 'USAGE_DATABASE_URL')).toThrowErrorMatchingInlineSnapshot(
    `[Fault: A mapping reads a database and the environment holds no USAGE_DATABASE_URL]`,
  )
})
