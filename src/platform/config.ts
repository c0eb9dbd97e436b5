import { createPrivateKey } from 'node:crypto'
import { parseEnv } from 'node:util'
import { z } from 'zod'
import { type DatabaseUrls, readDatabaseUrls } from './database-urls.ts'
import { Fault } from './errors.ts'
import { nearestName } from './nearest.ts'
import { readServices, type Services } from './services.ts'

/** What the environment says, checked, with defaults filled in. Read once, where a command starts. */
export interface Config {
  /** `null` when nothing of Salesforce is set, or what is set has problems. */
  readonly salesforce: SalesforceCredentials | null
  /** `null` when no token is set, or what is set has problems; a `null` address: HubSpot's own. */
  readonly hubspot: { readonly accessToken: string; readonly baseUrl: string | null } | null
  /** `null` when no token is set, or what is set has problems. */
  readonly monday: { readonly token: string; readonly url: string } | null
  /** Databases that are read, by the variable that holds the address: `USAGE_DATABASE_URL`. */
  readonly databases: DatabaseUrls
  /** Services that are read with a key, as far as the environment holds it. */
  readonly services: Services
  /** A file path as SQLite takes it, or `:memory:`. */
  readonly database: { readonly kind: 'sqlite'; readonly path: string }
  /** Folder of the mapping files. */
  readonly mappings: string
  /** Where `start` answers `/healthz`; a `null` port: nowhere. */
  readonly health: { readonly host: string; readonly port: number | null }
  readonly logLevel: LogLevel
  /** How much faster than the wall the sandbox's clock runs, so that waits for it are short too; 1 for real vendors. */
  readonly sandboxSpeed: number
}

export type SalesforceCredentials =
  | {
      readonly flow: 'client-credentials'
      readonly loginUrl: string
      readonly clientId: string
      readonly clientSecret: string
    }
  | {
      readonly flow: 'jwt'
      readonly loginUrl: string
      readonly clientId: string
      readonly username: string
      /** PEM, PKCS #8, whatever form it was given in. */
      readonly privateKey: string
    }
  | { readonly flow: 'token'; readonly instanceUrl: string; readonly accessToken: string }

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** One thing wrong with the environment. Never holds a value that is a secret. */
export interface ConfigProblem {
  readonly variable: string
  readonly level: 'error' | 'warning'
  readonly code: string
  readonly message: string
  readonly hint?: string
}

export interface ReadConfig {
  readonly config: Config
  /** Everything that is wrong, not only the first thing. What an error is about is `null` or at its default in `config`. */
  readonly problems: readonly ConfigProblem[]
  /** Every secret that was read, for redaction. */
  readonly secrets: readonly string[]
}

export interface ConfigFiles {
  /** The text of a file that a `…_FILE` variable names. */
  readFile(path: string): string
}

/** `config-url MONDAY_API_URL: …` and the hint below it. */
export function formatConfigProblem(p: ConfigProblem): string {
  const hint = p.hint === undefined ? '' : `\n    ${p.hint}`
  return `${p.variable} ${p.level} ${p.code}: ${p.message}${hint}`
}

/**
 * The variables of `env` with those of a `.env` file added. A variable that is set already wins over the file, also
 * when it is set to nothing.
 */
export function withEnvFile(env: Environment, text: string): Environment {
  return { ...parseEnv(text), ...env }
}

export type Environment = Readonly<Record<string, string | undefined>>

// ── the variables ───────────────────────────────────────────────────────────────────────────────────

/** `secret` ones have a `…_FILE` twin and never appear in a message. */
const VARIABLES = {
  SALESFORCE_LOGIN_URL: { secret: false },
  SALESFORCE_CLIENT_ID: { secret: false },
  SALESFORCE_CLIENT_SECRET: { secret: true },
  SALESFORCE_USERNAME: { secret: false },
  SALESFORCE_PRIVATE_KEY: { secret: true },
  SALESFORCE_INSTANCE_URL: { secret: false },
  SALESFORCE_ACCESS_TOKEN: { secret: true },
  HUBSPOT_ACCESS_TOKEN: { secret: true },
  HUBSPOT_BASE_URL: { secret: false },
  MONDAY_API_TOKEN: { secret: true },
  MONDAY_API_URL: { secret: false },
  DATABASE_URL: { secret: true },
  BOARDSYNC_MAPPINGS: { secret: false },
  BOARDSYNC_LOG_LEVEL: { secret: false },
  BOARDSYNC_HEALTH_HOST: { secret: false },
  BOARDSYNC_HEALTH_PORT: { secret: false },
  BOARDSYNC_SANDBOX_SPEED: { secret: false },
} as const satisfies Record<string, { secret: boolean }>

type Variable = keyof typeof VARIABLES

/** Variables that start like ours but are not known are reported, since a misspelt one is as good as none. */
const OURS = /^(SALESFORCE|HUBSPOT|MONDAY|BOARDSYNC)_/

/** The credentials of Salesforce in each form: what it needs, and what shows that somebody began to fill it in. */
const SALESFORCE_FORMS = [
  {
    flow: 'token',
    words: 'a given token',
    needs: ['SALESFORCE_INSTANCE_URL', 'SALESFORCE_ACCESS_TOKEN'],
    begunBy: ['SALESFORCE_INSTANCE_URL', 'SALESFORCE_ACCESS_TOKEN'],
  },
  {
    flow: 'jwt',
    words: 'a JWT',
    needs: ['SALESFORCE_CLIENT_ID', 'SALESFORCE_USERNAME', 'SALESFORCE_PRIVATE_KEY'],
    begunBy: ['SALESFORCE_USERNAME', 'SALESFORCE_PRIVATE_KEY'],
  },
  {
    flow: 'client-credentials',
    words: 'client credentials',
    needs: ['SALESFORCE_LOGIN_URL', 'SALESFORCE_CLIENT_ID', 'SALESFORCE_CLIENT_SECRET'],
    begunBy: ['SALESFORCE_CLIENT_SECRET'],
  },
] as const satisfies readonly {
  flow: SalesforceCredentials['flow']
  words: string
  needs: readonly Variable[]
  begunBy: readonly Variable[]
}[]

const DEFAULTS = {
  loginUrl: 'https://login.salesforce.com',
  mondayUrl: 'https://api.monday.com/v2',
  databaseUrl: 'sqlite:./boardsync.db',
  mappings: './mappings',
  healthHost: '127.0.0.1',
  healthPort: 8080,
  logLevel: 'info',
} as const

// ── what each kind of value must look like ──────────────────────────────────────────────────────────

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]'])

/** An https URL without credentials, query or fragment; plain http only to this machine. Comes out without a trailing slash. */
const baseUrl = z.string().transform((text, context) => {
  const refuse = (message: string) => {
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  }
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) return refuse('is no URL that starts with https://')
  if (url.username !== '' || url.password !== '') return refuse('holds a user name or password')
  if (url.search !== '' || url.hash !== '') return refuse('holds a query or fragment')
  if (url.protocol === 'http:' && !LOOPBACK.has(url.hostname)) {
    return refuse(`is plain http to "${url.hostname}"; that is allowed to this machine only`)
  }
  return url.href.replace(/\/+$/, '')
})

/** One line of visible characters, as a header can carry it. */
const token = z.string().regex(/^[\x21-\x7e]+$/, 'holds spaces, line breaks or characters no token has')

const plain = z.string()

/** RSA, since Salesforce takes RS256 only. Any PEM form in, PKCS #8 out. */
const privateKey = z.string().transform((text, context) => {
  const refuse = (message: string) => {
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  }
  if (/ENCRYPTED/.test(text)) return refuse('is protected by a pass phrase')
  try {
    // In a variable the line breaks of a PEM are often written as \n.
    const key = createPrivateKey(text.replaceAll('\\n', '\n'))
    if (key.asymmetricKeyType !== 'rsa') return refuse('is no RSA key')
    return key.export({ type: 'pkcs8', format: 'pem' }).toString()
  } catch {
    return refuse('is no private key in PEM form')
  }
})

const port = z
  .string()
  .regex(/^(off|\d{1,5})$/, 'is no port number and not "off"')
  .transform((text) => (text === 'off' ? null : Number(text)))
  .refine((value) => value === null || value <= 65_535, 'is larger than 65535')

const speed = z
  .string()
  .transform(Number)
  .refine((value) => Number.isFinite(value) && value >= 1, 'is no number from 1 up')

const HINTS: Partial<Record<Variable, string>> = {
  SALESFORCE_LOGIN_URL: 'Write it like https://yourcompany.my.salesforce.com',
  SALESFORCE_INSTANCE_URL: 'Write it like https://yourcompany.my.salesforce.com',
  SALESFORCE_PRIVATE_KEY:
    'Name the file that openssl wrote (server.key in the README, not server.crt) in SALESFORCE_PRIVATE_KEY_FILE',
  HUBSPOT_BASE_URL: 'Leave it out to use https://api.hubapi.com',
  MONDAY_API_URL: `Leave it out to use ${DEFAULTS.mondayUrl}`,
  BOARDSYNC_HEALTH_PORT: `Leave it out to use ${DEFAULTS.healthPort}`,
  BOARDSYNC_LOG_LEVEL: `Write one of ${LOG_LEVELS.join(', ')}`,
}

// ── reading ─────────────────────────────────────────────────────────────────────────────────────────

/** Reads and checks every variable. Never throws: what is wrong is in `problems`. */
export function readConfig(env: Environment, files: ConfigFiles): ReadConfig {
  const reader = new Reader(env, files)
  const databases = readDatabaseUrls(env, files)
  reader.problems.push(...databases.problems)
  reader.secrets.push(...databases.secrets)
  const services = readServices(env, files)
  reader.problems.push(...services.problems)
  reader.secrets.push(...services.secrets)
  const config: Config = {
    salesforce: readSalesforce(reader),
    hubspot: readHubSpot(reader),
    monday: readMonday(reader),
    databases: databases.urls,
    services: services.services,
    database: readDatabase(reader),
    mappings: reader.checked('BOARDSYNC_MAPPINGS', plain) ?? DEFAULTS.mappings,
    health: {
      host: reader.checked('BOARDSYNC_HEALTH_HOST', plain) ?? DEFAULTS.healthHost,
      port: readPort(reader),
    },
    logLevel: reader.checked('BOARDSYNC_LOG_LEVEL', z.enum(LOG_LEVELS, 'is no log level')) ?? DEFAULTS.logLevel,
    sandboxSpeed: reader.checked('BOARDSYNC_SANDBOX_SPEED', speed) ?? 1,
  }
  reportUnknown(env, reader.problems)
  return { config, problems: reader.problems, secrets: reader.secrets }
}

function readSalesforce(reader: Reader): SalesforceCredentials | null {
  const begun = SALESFORCE_FORMS.filter((form) => form.begunBy.some((name) => reader.isSet(name)))
  const [form, other] = begun
  if (form !== undefined && other !== undefined) {
    const variable = form.begunBy.find((name) => reader.isSet(name)) ?? form.begunBy[0]
    reader.problem(
      variable,
      'config-two-forms',
      `Salesforce is given two forms of credentials, ${form.words} and ${other.words}`,
      `Keep one: unset ${reader.setNames(form.begunBy)}, or ${reader.setNames(other.begunBy)}`,
    )
    return null
  }
  if (form === undefined) {
    const lone = (['SALESFORCE_LOGIN_URL', 'SALESFORCE_CLIENT_ID'] as const).find((name) => reader.isSet(name))
    if (lone !== undefined) {
      reader.problem(
        lone,
        'config-missing',
        `${lone} is set and nothing that proves who we are`,
        `Set ${SALESFORCE_FORMS[2].needs.join(', ')} (client credentials), or ${SALESFORCE_FORMS[1].needs.join(', ')} (JWT)`,
      )
    }
    return null
  }
  const missing = form.needs.filter((name) => !reader.isSet(name))
  if (missing.length > 0) {
    const names = missing.map(withTwin)
    reader.problem(
      missing[0] ?? form.needs[0],
      'config-missing',
      `Salesforce is to be read with ${form.words} and ${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} not set`,
      `Set ${names.join(' and ')}; this form needs ${form.needs.map(withTwin).join(', ')}`,
    )
  }
  return form.flow === 'token' ? readGivenToken(reader) : form.flow === 'jwt' ? readJwt(reader) : readClient(reader)
}

function readGivenToken(reader: Reader): SalesforceCredentials | null {
  const instanceUrl = reader.checked('SALESFORCE_INSTANCE_URL', baseUrl)
  const accessToken = reader.checked('SALESFORCE_ACCESS_TOKEN', token)
  return instanceUrl === null || accessToken === null ? null : { flow: 'token', instanceUrl, accessToken }
}

function readJwt(reader: Reader): SalesforceCredentials | null {
  const given = reader.checked('SALESFORCE_LOGIN_URL', baseUrl)
  const loginUrl = given ?? (reader.isSet('SALESFORCE_LOGIN_URL') ? null : DEFAULTS.loginUrl)
  const clientId = reader.checked('SALESFORCE_CLIENT_ID', token)
  const username = reader.checked('SALESFORCE_USERNAME', token)
  const key = reader.checked('SALESFORCE_PRIVATE_KEY', privateKey)
  if (loginUrl === null || clientId === null || username === null || key === null) return null
  reader.secrets.push(key)
  return { flow: 'jwt', loginUrl, clientId, username, privateKey: key }
}

function readClient(reader: Reader): SalesforceCredentials | null {
  const loginUrl = reader.checked('SALESFORCE_LOGIN_URL', baseUrl)
  const clientId = reader.checked('SALESFORCE_CLIENT_ID', token)
  const clientSecret = reader.checked('SALESFORCE_CLIENT_SECRET', token)
  if (loginUrl === null || clientId === null || clientSecret === null) return null
  return { flow: 'client-credentials', loginUrl, clientId, clientSecret }
}

function readHubSpot(reader: Reader): Config['hubspot'] {
  const accessToken = reader.checked('HUBSPOT_ACCESS_TOKEN', token)
  const url = reader.checked('HUBSPOT_BASE_URL', baseUrl)
  if (accessToken === null || (url === null && reader.isSet('HUBSPOT_BASE_URL'))) return null
  return { accessToken, baseUrl: url }
}

function readMonday(reader: Reader): Config['monday'] {
  const url = reader.checked('MONDAY_API_URL', baseUrl)
  const apiToken = reader.checked('MONDAY_API_TOKEN', token)
  if (apiToken === null || (url === null && reader.isSet('MONDAY_API_URL'))) return null
  return { token: apiToken, url: url ?? DEFAULTS.mondayUrl }
}

function readDatabase(reader: Reader): Config['database'] {
  const written = reader.checked('DATABASE_URL', plain) ?? DEFAULTS.databaseUrl
  // sqlite:./here.db, sqlite:/there.db, sqlite:///there.db, sqlite::memory:
  const path = /^sqlite:(?:\/\/)?(.+)$/.exec(written)?.[1]
  if (path !== undefined) return { kind: 'sqlite', path }
  if (/^postgres(ql)?:/.test(written)) {
    reader.problem(
      'DATABASE_URL',
      'config-database-later',
      'DATABASE_URL names a PostgreSQL database, which this version cannot use yet',
      `Unset it to use ${DEFAULTS.databaseUrl}, or name a file: sqlite:./path.db`,
    )
  } else {
    reader.problem(
      'DATABASE_URL',
      'config-database',
      'DATABASE_URL does not start with "sqlite:" and a path',
      `Unset it to use ${DEFAULTS.databaseUrl}, or name a file: sqlite:./path.db`,
    )
  }
  return { kind: 'sqlite', path: DEFAULTS.databaseUrl.slice('sqlite:'.length) }
}

function readPort(reader: Reader): number | null {
  const value = reader.optional('BOARDSYNC_HEALTH_PORT', port)
  return value === undefined ? DEFAULTS.healthPort : value
}

function reportUnknown(env: Environment, problems: ConfigProblem[]): void {
  const known = Object.entries(VARIABLES).flatMap(([name, { secret }]) => (secret ? [name, `${name}_FILE`] : [name]))
  for (const name of Object.keys(env).sort()) {
    if (!OURS.test(name) || known.includes(name) || env[name] === '') continue
    const nearest = nearestName(name, known)
    problems.push({
      variable: name,
      level: 'warning',
      code: 'config-unknown',
      message: `${name} is set and nothing reads it`,
      hint: nearest === null ? `Known are ${known.join(', ')}` : `Did you mean ${nearest}?`,
    })
  }
}

/** A secret's name with its twin, for messages. */
function withTwin(name: Variable): string {
  return VARIABLES[name].secret ? `${name} (or ${name}_FILE)` : name
}

class Reader {
  readonly problems: ConfigProblem[] = []
  readonly secrets: string[] = []
  readonly #env: Environment
  readonly #files: ConfigFiles
  readonly #texts = new Map<Variable, string | null>()

  constructor(env: Environment, files: ConfigFiles) {
    this.#env = env
    this.#files = files
  }

  /** Whether the variable or its twin holds anything. A variable set to nothing is not set. */
  isSet(name: Variable): boolean {
    return this.#given(name) || (VARIABLES[name].secret && this.#given(`${name}_FILE`))
  }

  /** Those of the names that are set, as the person set them. */
  setNames(names: readonly Variable[]): string {
    return names
      .filter((name) => this.isSet(name))
      .map((name) => (this.#given(name) ? name : `${name}_FILE`))
      .join(', ')
  }

  /** The checked value; `null` when it is not set or has a problem, which is then listed. */
  checked<T>(name: Variable, schema: z.ZodType<T>): T | null {
    return this.optional(name, schema) ?? null
  }

  /** As `checked`, for values that may themselves be `null`: `undefined` when not set or with a problem. */
  optional<T>(name: Variable, schema: z.ZodType<T>): T | undefined {
    const text = this.#text(name)
    if (text === null) return undefined
    const result = schema.safeParse(text)
    if (result.success) return result.data
    const evidence = VARIABLES[name].secret ? name : `${name} "${withoutCredentials(text)}"`
    for (const issue of result.error.issues) {
      this.problem(name, 'config-value', `${evidence} ${issue.message}`, HINTS[name])
    }
    return undefined
  }

  problem(variable: string, code: string, message: string, hint?: string): void {
    this.problems.push({ variable, level: 'error', code, message, ...(hint === undefined ? {} : { hint }) })
  }

  #given(name: string): boolean {
    return (this.#env[name] ?? '').trim() !== ''
  }

  #text(name: Variable): string | null {
    const known = this.#texts.get(name)
    if (known !== undefined) return known
    const text = this.#read(name)
    this.#texts.set(name, text)
    if (text !== null && VARIABLES[name].secret) this.secrets.push(...secretsIn(name, text))
    return text
  }

  #read(name: Variable): string | null {
    const own = this.#given(name) ? (this.#env[name] ?? '').trim() : null
    const twin = `${name}_FILE`
    if (!VARIABLES[name].secret || !this.#given(twin)) return own
    const path = (this.#env[twin] ?? '').trim()
    if (own !== null) {
      this.problem(
        twin,
        'config-twice',
        `${name} and ${twin} are both set`,
        `Unset one of them; ${name} is used until then`,
      )
      return own
    }
    try {
      const text = this.#files
        .readFile(path)
        .replace(/^\uFEFF/, '')
        .trim()
      if (text !== '') return text
      this.problem(
        twin,
        'config-file-empty',
        `${twin} names "${path}", which is empty`,
        'Write the secret into the file',
      )
    } catch (error) {
      const why = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
      this.problem(
        twin,
        'config-file-unreadable',
        `${twin} names "${path}", which cannot be read${why}`,
        'Correct the path, or give this process the right to read the file',
      )
    }
    return null
  }
}

/** Of a database URL only the password is secret: the rest may stand in messages of other parts. */
function secretsIn(name: Variable, text: string): string[] {
  if (name !== 'DATABASE_URL') return [text]
  const password = /:\/\/[^/@]*?:([^/]*)@/.exec(text)?.[1] ?? ''
  return password === '' ? [] : [password]
}

function withoutCredentials(text: string): string {
  return text.replace(/\/\/[^/@]*@/, '//…@').replace(/[?#].*$/, '?…')
}

// ── what a command needs ────────────────────────────────────────────────────────────────────────────

/** The credentials of Salesforce, or the fault that says which variables would hold them. */
export function needSalesforce(config: Config): SalesforceCredentials {
  if (config.salesforce !== null) return config.salesforce
  const forms = SALESFORCE_FORMS.map((form) => `for ${form.words} ${form.needs.join(', ')}`).reverse()
  throw new Fault(
    'salesforce-not-configured',
    'A mapping reads Salesforce and the environment holds no credentials for it',
    {
      blame: 'operator',
      hint: `Set ${forms.join('; or ')} (each secret may stand in a file that its …_FILE twin names)`,
    },
  )
}

/** The token of HubSpot, or the fault that says which variable would hold it. */
export function needHubSpot(config: Config): NonNullable<Config['hubspot']> {
  if (config.hubspot !== null) return config.hubspot
  throw new Fault('hubspot-not-configured', 'A mapping reads HubSpot and the environment holds no token for it', {
    blame: 'operator',
    hint: 'Set HUBSPOT_ACCESS_TOKEN (or HUBSPOT_ACCESS_TOKEN_FILE): in HubSpot, Settings > Integrations > Service Keys',
  })
}

/** Where and as whom to talk to monday, or the fault that says which variable would hold it. */
export function needMonday(config: Config): { readonly token: string; readonly url: string } {
  if (config.monday !== null) return config.monday
  throw new Fault('monday-not-configured', 'A mapping shows a monday board and the environment holds no monday token', {
    blame: 'operator',
    hint: 'Set MONDAY_API_TOKEN (or MONDAY_API_TOKEN_FILE): in monday, your picture > Developers > API token',
  })
}

/** The address of a database that a mapping reads, or the fault that says which variable would hold it. */
export function needDatabase(config: Config, variable: string): string {
  const url = config.databases[variable]
  if (url !== undefined) return url
  throw new Fault('database-not-configured', `A mapping reads a database and the environment holds no ${variable}`, {
    blame: 'operator',
    hint: `Set ${variable} (or ${variable}_FILE), for example to postgres://user:password@host:5432/database`,
  })
}
