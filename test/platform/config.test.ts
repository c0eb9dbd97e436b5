import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  type Config,
  type Environment,
  formatConfigProblem,
  needMonday,
  needSalesforce,
  type ReadConfig,
  readConfig,
  withEnvFile,
} from '../../src/platform/config.ts'
import { Fault, formatFault } from '../../src/platform/errors.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const RSA_PKCS1 = rsa.export({ type: 'pkcs1', format: 'pem' }).toString()
const RSA_PKCS8 = rsa.export({ type: 'pkcs8', format: 'pem' }).toString()

function read(env: Environment, files: Readonly<Record<string, string>> = {}): ReadConfig {
  return readConfig(env, {
    readFile: (path) => {
      const text = files[path]
      if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
      return text
    },
  })
}

function problemsOf(env: Environment, files: Readonly<Record<string, string>> = {}): string[] {
  return read(env, files).problems.map(formatConfigProblem)
}

/** What the environment would mean when it has no problem. */
function configOf(env: Environment, files: Readonly<Record<string, string>> = {}): Config {
  const { config, problems } = read(env, files)
  expect(problems).toEqual([])
  return config
}

const CLIENT = {
  SALESFORCE_LOGIN_URL: 'https://acme.my.salesforce.com',
  SALESFORCE_CLIENT_ID: '3MVG9.example',
  SALESFORCE_CLIENT_SECRET: 'client-secret-value',
}

test('an empty environment is complete: every default is filled in', () => {
  expect(configOf({})).toEqual({
    salesforce: null,
    hubspot: null,
    monday: null,
    databases: {},
    services: {},
    database: { kind: 'sqlite', path: './boardsync.db' },
    mappings: './mappings',
    health: { host: '127.0.0.1', port: 8080 },
    logLevel: 'info',
    sandboxSpeed: 1,
  })
})

describe('credentials of Salesforce', () => {
  test('client credentials', () => {
    expect(configOf(CLIENT).salesforce).toEqual({
      flow: 'client-credentials',
      loginUrl: 'https://acme.my.salesforce.com',
      clientId: '3MVG9.example',
      clientSecret: 'client-secret-value',
    })
  })

  const JWT = { SALESFORCE_CLIENT_ID: '3MVG9.example', SALESFORCE_USERNAME: 'sync@acme.example' }

  test('a JWT, whose key comes out as PKCS #8 whatever form it was given in', () => {
    const expected = {
      flow: 'jwt',
      loginUrl: 'https://login.salesforce.com',
      clientId: '3MVG9.example',
      username: 'sync@acme.example',
      privateKey: RSA_PKCS8,
    }
    const env = { ...JWT, SALESFORCE_PRIVATE_KEY_FILE: 'server.key' }
    expect(configOf(env, { 'server.key': RSA_PKCS1 }).salesforce).toEqual(expected)
    expect(configOf(env, { 'server.key': RSA_PKCS8 }).salesforce).toEqual(expected)
    expect(configOf({ ...JWT, SALESFORCE_PRIVATE_KEY: RSA_PKCS8.replaceAll('\n', '\\n') }).salesforce).toEqual(expected)
  })

  test('a JWT for another login address', () => {
    const env = {
      ...JWT,
      SALESFORCE_PRIVATE_KEY: RSA_PKCS8,
      SALESFORCE_LOGIN_URL: 'https://test.salesforce.com/',
    }
    expect(configOf(env).salesforce).toMatchObject({ loginUrl: 'https://test.salesforce.com' })
  })

  test('a given token', () => {
    const env = { SALESFORCE_INSTANCE_URL: 'http://127.0.0.1:4100', SALESFORCE_ACCESS_TOKEN: '00D!token' }
    expect(configOf(env).salesforce).toEqual({
      flow: 'token',
      instanceUrl: 'http://127.0.0.1:4100',
      accessToken: '00D!token',
    })
  })

  test('what is missing is named for the form that was begun', () => {
    expect(problemsOf({ SALESFORCE_CLIENT_SECRET: 'client-secret-value' })).toMatchInlineSnapshot(`
      [
        "SALESFORCE_LOGIN_URL error config-missing: Salesforce is to be read with client credentials and SALESFORCE_LOGIN_URL and SALESFORCE_CLIENT_ID are not set
          Set SALESFORCE_LOGIN_URL and SALESFORCE_CLIENT_ID; this form needs SALESFORCE_LOGIN_URL, SALESFORCE_CLIENT_ID, SALESFORCE_CLIENT_SECRET (or SALESFORCE_CLIENT_SECRET_FILE)",
      ]
    `)
    expect(problemsOf({ SALESFORCE_USERNAME: 'sync@acme.example' })).toMatchInlineSnapshot(`
      [
        "SALESFORCE_CLIENT_ID error config-missing: Salesforce is to be read with a JWT and SALESFORCE_CLIENT_ID and SALESFORCE_PRIVATE_KEY (or SALESFORCE_PRIVATE_KEY_FILE) are not set
          Set SALESFORCE_CLIENT_ID and SALESFORCE_PRIVATE_KEY (or SALESFORCE_PRIVATE_KEY_FILE); this form needs SALESFORCE_CLIENT_ID, SALESFORCE_USERNAME, SALESFORCE_PRIVATE_KEY (or SALESFORCE_PRIVATE_KEY_FILE)",
      ]
    `)
    expect(problemsOf({ SALESFORCE_ACCESS_TOKEN: '00D!token' })).toMatchInlineSnapshot(`
      [
        "SALESFORCE_INSTANCE_URL error config-missing: Salesforce is to be read with a given token and SALESFORCE_INSTANCE_URL is not set
          Set SALESFORCE_INSTANCE_URL; this form needs SALESFORCE_INSTANCE_URL, SALESFORCE_ACCESS_TOKEN (or SALESFORCE_ACCESS_TOKEN_FILE)",
      ]
    `)
    expect(problemsOf({ SALESFORCE_LOGIN_URL: 'https://acme.my.salesforce.com' })).toMatchInlineSnapshot(`
      [
        "SALESFORCE_LOGIN_URL error config-missing: SALESFORCE_LOGIN_URL is set and nothing that proves who we are
          Set SALESFORCE_LOGIN_URL, SALESFORCE_CLIENT_ID, SALESFORCE_CLIENT_SECRET (client credentials), or SALESFORCE_CLIENT_ID, SALESFORCE_USERNAME, SALESFORCE_PRIVATE_KEY (JWT)",
      ]
    `)
  })

  test('two forms at once are refused, naming what to unset', () => {
    const env = { ...CLIENT, SALESFORCE_ACCESS_TOKEN: '00D!token' }
    expect(read(env).config.salesforce).toBeNull()
    expect(problemsOf(env)).toMatchInlineSnapshot(`
      [
        "SALESFORCE_ACCESS_TOKEN error config-two-forms: Salesforce is given two forms of credentials, a given token and client credentials
          Keep one: unset SALESFORCE_ACCESS_TOKEN, or SALESFORCE_CLIENT_SECRET",
      ]
    `)
  })

  test('a key that cannot sign is refused without showing it', () => {
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    const keys = {
      'empty.key': '\n',
      'text.key': 'not a key',
      'ec.key': ec.export({ type: 'pkcs8', format: 'pem' }).toString(),
      'locked.key': rsa.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'x' }).toString(),
    }
    const problems = [...Object.keys(keys), 'gone.key'].map((file) =>
      problemsOf({ ...JWT, SALESFORCE_PRIVATE_KEY_FILE: file }, keys).join('\n'),
    )
    expect(problems.join('\n')).toMatchInlineSnapshot(`
      "SALESFORCE_PRIVATE_KEY_FILE error config-file-empty: SALESFORCE_PRIVATE_KEY_FILE names "empty.key", which is empty
          Write the secret into the file
      SALESFORCE_PRIVATE_KEY error config-value: SALESFORCE_PRIVATE_KEY is no private key in PEM form
          Name the file that openssl wrote (server.key in the README, not server.crt) in SALESFORCE_PRIVATE_KEY_FILE
      SALESFORCE_PRIVATE_KEY error config-value: SALESFORCE_PRIVATE_KEY is no RSA key
          Name the file that openssl wrote (server.key in the README, not server.crt) in SALESFORCE_PRIVATE_KEY_FILE
      SALESFORCE_PRIVATE_KEY error config-value: SALESFORCE_PRIVATE_KEY is protected by a pass phrase
          Name the file that openssl wrote (server.key in the README, not server.crt) in SALESFORCE_PRIVATE_KEY_FILE
      SALESFORCE_PRIVATE_KEY_FILE error config-file-unreadable: SALESFORCE_PRIVATE_KEY_FILE names "gone.key", which cannot be read (ENOENT)
          Correct the path, or give this process the right to read the file"
    `)
  })
})

describe('HubSpot', () => {
  test('a token is enough, an address with a problem never falls back to the real HubSpot', () => {
    const token = { HUBSPOT_ACCESS_TOKEN: 'pat-na1-token' }
    expect(configOf(token).hubspot).toEqual({ accessToken: 'pat-na1-token', baseUrl: null })
    const here = { ...token, HUBSPOT_BASE_URL: 'http://127.0.0.1:7000/' }
    expect(configOf(here).hubspot?.baseUrl).toBe('http://127.0.0.1:7000')
    const { config, problems, secrets } = read({ ...token, HUBSPOT_BASE_URL: 'ftp://x' })
    expect([config.hubspot, problems.length, secrets]).toEqual([null, 1, ['pat-na1-token']])
  })
})

describe('monday', () => {
  test('a token is enough', () => {
    expect(configOf({ MONDAY_API_TOKEN: 'monday-token' }).monday).toEqual({
      token: 'monday-token',
      url: 'https://api.monday.com/v2',
    })
  })

  test('an address with a problem never falls back to the real monday', () => {
    const { config, problems } = read({ MONDAY_API_TOKEN: 'monday-token', MONDAY_API_URL: 'ftp://x' })
    expect(config.monday).toBeNull()
    expect(problems).toHaveLength(1)
  })
})

describe('secrets', () => {
  test('each secret has a _FILE twin, whose trailing newline is no part of it', () => {
    const env = { MONDAY_API_TOKEN_FILE: '/run/secrets/monday' }
    expect(configOf(env, { '/run/secrets/monday': 'monday-token\r\n' }).monday?.token).toBe('monday-token')
    const client = { ...CLIENT, SALESFORCE_CLIENT_SECRET: '', SALESFORCE_CLIENT_SECRET_FILE: 'secret' }
    expect(configOf(client, { secret: 'from-file\n' }).salesforce).toMatchObject({ clientSecret: 'from-file' })
    const given = { SALESFORCE_INSTANCE_URL: 'https://acme.my.salesforce.com', SALESFORCE_ACCESS_TOKEN_FILE: 'token' }
    expect(configOf(given, { token: '00D!x\n' }).salesforce).toMatchObject({ accessToken: '00D!x' })
    expect(configOf({ DATABASE_URL_FILE: 'db' }, { db: 'sqlite:./b.db\n' }).database.path).toBe('./b.db')
  })

  test('every secret that was read is listed for redaction, also one with a problem', () => {
    expect(read(CLIENT).secrets).toEqual(['client-secret-value'])
    expect(read({ MONDAY_API_TOKEN: 'two words' }).secrets).toEqual(['two words'])
    expect(read({ SALESFORCE_CLIENT_SECRET: 'lonely-secret' }).secrets).toContain('lonely-secret')
    expect(read({ DATABASE_URL: 'postgres://me:pass%40word@db/x' }).secrets).toEqual(['pass%40word'])
  })

  test('no message holds a secret', () => {
    const secret = 'very secret'
    const env = {
      MONDAY_API_TOKEN: secret,
      SALESFORCE_CLIENT_SECRET: secret,
      SALESFORCE_PRIVATE_KEY: secret,
      SALESFORCE_ACCESS_TOKEN: secret,
      DATABASE_URL: `mysql://me:${secret}@db`,
      SALESFORCE_INSTANCE_URL: `https://me:${secret}@acme.example`,
      MONDAY_API_URL: `https://me:${secret}@monday.example/?token=${secret}`,
    }
    const { SALESFORCE_CLIENT_SECRET: _c, SALESFORCE_PRIVATE_KEY: _p, ...onlyToken } = env
    for (const one of [env, onlyToken]) {
      expect(read(one).problems.length).toBeGreaterThan(2)
      expect(problemsOf(one).join('\n')).not.toContain(secret)
    }
  })

  test('a variable and its twin both set, or a file that is empty or cannot be read, is a problem', () => {
    expect(
      problemsOf({ MONDAY_API_TOKEN: 'a-token', MONDAY_API_TOKEN_FILE: 'f' }, { f: 'b-token' }),
    ).toMatchInlineSnapshot(`
      [
        "MONDAY_API_TOKEN_FILE error config-twice: MONDAY_API_TOKEN and MONDAY_API_TOKEN_FILE are both set
          Unset one of them; MONDAY_API_TOKEN is used until then",
      ]
    `)
    expect(problemsOf({ MONDAY_API_TOKEN_FILE: 'f' }, { f: '\n' })).toMatchInlineSnapshot(`
      [
        "MONDAY_API_TOKEN_FILE error config-file-empty: MONDAY_API_TOKEN_FILE names "f", which is empty
          Write the secret into the file",
      ]
    `)
    expect(problemsOf({ MONDAY_API_TOKEN_FILE: '/nowhere' })).toMatchInlineSnapshot(`
      [
        "MONDAY_API_TOKEN_FILE error config-file-unreadable: MONDAY_API_TOKEN_FILE names "/nowhere", which cannot be read (ENOENT)
          Correct the path, or give this process the right to read the file",
      ]
    `)
  })
})

describe('addresses', () => {
  test.each([
    ['http://127.0.0.1:4100', 'http://127.0.0.1:4100'],
    ['http://localhost:4100/v2/', 'http://localhost:4100/v2'],
    ['https://acme.my.salesforce.com///', 'https://acme.my.salesforce.com'],
  ])('%s is taken as %s', (text, url) => {
    expect(configOf({ MONDAY_API_TOKEN: 'token', MONDAY_API_URL: text }).monday?.url).toBe(url)
  })

  test('others are refused with the reason', () => {
    const texts = [
      'acme.my.salesforce.com',
      'ftp://acme',
      'http://acme.example',
      'https://a:b@acme.example',
      'https://acme.example/?x=1',
    ]
    expect(
      texts.flatMap((text) => problemsOf({ ...CLIENT, SALESFORCE_LOGIN_URL: text })).join('\n'),
    ).toMatchInlineSnapshot(`
      "SALESFORCE_LOGIN_URL error config-value: SALESFORCE_LOGIN_URL "acme.my.salesforce.com" is no URL that starts with https://
          Write it like https://yourcompany.my.salesforce.com
      SALESFORCE_LOGIN_URL error config-value: SALESFORCE_LOGIN_URL "ftp://acme" is no URL that starts with https://
          Write it like https://yourcompany.my.salesforce.com
      SALESFORCE_LOGIN_URL error config-value: SALESFORCE_LOGIN_URL "http://acme.example" is plain http to "acme.example"; that is allowed to this machine only
          Write it like https://yourcompany.my.salesforce.com
      SALESFORCE_LOGIN_URL error config-value: SALESFORCE_LOGIN_URL "https://…@acme.example" holds a user name or password
          Write it like https://yourcompany.my.salesforce.com
      SALESFORCE_LOGIN_URL error config-value: SALESFORCE_LOGIN_URL "https://acme.example/?…" holds a query or fragment
          Write it like https://yourcompany.my.salesforce.com"
    `)
  })
})

describe('the store', () => {
  test.each([
    ['sqlite:./here.db', './here.db'],
    ['sqlite:/there.db', '/there.db'],
    ['sqlite:///there.db', '/there.db'],
    ['sqlite://here.db', 'here.db'],
    ['sqlite::memory:', ':memory:'],
  ])('%s is the file %s', (url, path) => {
    expect(configOf({ DATABASE_URL: url }).database).toEqual({ kind: 'sqlite', path })
  })

  test('PostgreSQL comes later, and anything else is no store', () => {
    expect(problemsOf({ DATABASE_URL: 'postgres://db/x' })).toMatchInlineSnapshot(`
      [
        "DATABASE_URL error config-database-later: DATABASE_URL names a PostgreSQL database, which this version cannot use yet
          Unset it to use sqlite:./boardsync.db, or name a file: sqlite:./path.db",
      ]
    `)
    expect(problemsOf({ DATABASE_URL: './boardsync.db' })).toMatchInlineSnapshot(`
      [
        "DATABASE_URL error config-database: DATABASE_URL does not start with "sqlite:" and a path
          Unset it to use sqlite:./boardsync.db, or name a file: sqlite:./path.db",
      ]
    `)
  })
})

describe('the worker', () => {
  test('where it answers and how much it says', () => {
    const env = { BOARDSYNC_HEALTH_HOST: '0.0.0.0', BOARDSYNC_HEALTH_PORT: '9000', BOARDSYNC_LOG_LEVEL: 'debug' }
    expect(configOf(env)).toMatchObject({ health: { host: '0.0.0.0', port: 9000 }, logLevel: 'debug' })
    expect(configOf({ BOARDSYNC_HEALTH_PORT: 'off' }).health.port).toBeNull()
  })

  test('values that cannot be are refused with what can', () => {
    const env = { BOARDSYNC_HEALTH_PORT: '70000', BOARDSYNC_LOG_LEVEL: 'loud' }
    expect(problemsOf(env).join('\n')).toMatchInlineSnapshot(`
      "BOARDSYNC_HEALTH_PORT error config-value: BOARDSYNC_HEALTH_PORT "70000" is larger than 65535
          Leave it out to use 8080
      BOARDSYNC_LOG_LEVEL error config-value: BOARDSYNC_LOG_LEVEL "loud" is no log level
          Write one of debug, info, warn, error, silent"
    `)
    expect(configOf({ BOARDSYNC_SANDBOX_SPEED: '60' }).sandboxSpeed).toBe(60)
    expect(problemsOf({ BOARDSYNC_SANDBOX_SPEED: 'fast' })).toEqual([
      'BOARDSYNC_SANDBOX_SPEED error config-value: BOARDSYNC_SANDBOX_SPEED "fast" is no number from 1 up',
    ])
    expect(problemsOf({ BOARDSYNC_HEALTH_PORT: 'http' }).join('\n')).toMatchInlineSnapshot(`
      "BOARDSYNC_HEALTH_PORT error config-value: BOARDSYNC_HEALTH_PORT "http" is no port number and not "off"
          Leave it out to use 8080"
    `)
  })
})

test('a misspelt variable is reported with the nearest one; those of other programs are not', () => {
  expect(problemsOf({ MONDAY_TOKEN: 'x', SALESFORCE_CLIENT_SECERT: 'y', PATH: '/bin' })).toMatchInlineSnapshot(`
    [
      "MONDAY_TOKEN warning config-unknown: MONDAY_TOKEN is set and nothing reads it
        Did you mean MONDAY_API_TOKEN?",
      "SALESFORCE_CLIENT_SECERT warning config-unknown: SALESFORCE_CLIENT_SECERT is set and nothing reads it
        Did you mean SALESFORCE_CLIENT_SECRET?",
    ]
  `)
})

test('all problems are collected', () => {
  const codes = read({ ...CLIENT, SALESFORCE_LOGIN_URL: 'x', MONDAY_API_TOKEN: 'a b', DATABASE_URL: 'y' }).problems
  expect(codes.map((p) => `${p.variable} ${p.code}`)).toEqual([
    'SALESFORCE_LOGIN_URL config-value',
    'MONDAY_API_TOKEN config-value',
    'DATABASE_URL config-database',
  ])
})

test('a .env file adds variables and never overrides one', () => {
  const env = withEnvFile(
    { MONDAY_API_TOKEN: 'outer', EMPTY: '' },
    'MONDAY_API_TOKEN=inner\nEMPTY=x\nMONDAY_API_URL="http://localhost:1"',
  )
  expect(env).toEqual({ MONDAY_API_TOKEN: 'outer', EMPTY: '', MONDAY_API_URL: 'http://localhost:1' })
})

test('a command that needs credentials says which variables hold them', () => {
  const fault = (need: (config: Config) => unknown) => {
    try {
      need(read({}).config)
    } catch (error) {
      if (error instanceof Fault) return `${formatFault(error)}\n(exit ${error.exit})`
    }
    return 'no fault'
  }
  expect(fault(needSalesforce)).toMatchInlineSnapshot(`
    "salesforce-not-configured: A mapping reads Salesforce and the environment holds no credentials for it
      Set for client credentials SALESFORCE_LOGIN_URL, SALESFORCE_CLIENT_ID, SALESFORCE_CLIENT_SECRET; or for a JWT SALESFORCE_CLIENT_ID, SALESFORCE_USERNAME, SALESFORCE_PRIVATE_KEY; or for a given token SALESFORCE_INSTANCE_URL, SALESFORCE_ACCESS_TOKEN (each secret may stand in a file that its …_FILE twin names)
    (exit 1)"
  `)
  expect(fault(needMonday)).toMatchInlineSnapshot(`
    "monday-not-configured: A mapping shows a monday board and the environment holds no monday token
      Set MONDAY_API_TOKEN (or MONDAY_API_TOKEN_FILE): in monday, your picture > Developers > API token
    (exit 1)"
  `)
  expect(needSalesforce(read(CLIENT).config).flow).toBe('client-credentials')
})
