import type { ConfigFiles, ConfigProblem, Environment } from './config.ts'
import { Fault } from './errors.ts'

/** What a service is given by the environment, by our names of the values. */
export type Service = Readonly<Record<string, string>>

interface Variable {
  readonly name: string
  readonly secret?: true
  /** What is taken where nothing is set. */
  readonly unset?: string
}

/** The services that are read with a key, and the variables that hold what each needs. */
const SERVICES = {
  zendesk: {
    title: 'Zendesk',
    values: {
      url: { name: 'ZENDESK_URL' },
      email: { name: 'ZENDESK_EMAIL' },
      token: { name: 'ZENDESK_API_TOKEN', secret: true },
    },
  },
  posthog: {
    title: 'PostHog',
    values: {
      url: { name: 'POSTHOG_URL', unset: 'https://us.posthog.com' },
      project: { name: 'POSTHOG_PROJECT_ID' },
      key: { name: 'POSTHOG_API_KEY', secret: true },
    },
  },
  mixpanel: {
    title: 'Mixpanel',
    values: {
      url: { name: 'MIXPANEL_URL', unset: 'https://data.mixpanel.com' },
      project: { name: 'MIXPANEL_PROJECT_ID' },
      username: { name: 'MIXPANEL_USERNAME' },
      secret: { name: 'MIXPANEL_SECRET', secret: true },
    },
  },
  amplitude: {
    title: 'Amplitude',
    values: {
      url: { name: 'AMPLITUDE_URL', unset: 'https://amplitude.com' },
      key: { name: 'AMPLITUDE_API_KEY', secret: true },
      secret: { name: 'AMPLITUDE_SECRET_KEY', secret: true },
    },
  },
} as const satisfies Record<string, { readonly title: string; readonly values: Readonly<Record<string, Variable>> }>
export type ServiceName = keyof typeof SERVICES

/** Every variable of a service, without the twins that name a file. */
export const SERVICE_VARIABLES: readonly string[] = Object.values(SERVICES).flatMap(({ values }) =>
  Object.values<Variable>(values).map(({ name }) => name),
)

/** Services by name; absent: nothing of it is set, or what is set has problems. */
export type Services = Readonly<Partial<Record<ServiceName, Service>>>

/** Reads what the environment says of services. Nothing set is no problem: a mapping that reads it says so. */
export function readServices(
  env: Environment,
  files: ConfigFiles,
): { readonly services: Services; readonly problems: readonly ConfigProblem[]; readonly secrets: readonly string[] } {
  const services: Partial<Record<ServiceName, Service>> = {}
  const problems: ConfigProblem[] = []
  const secrets: string[] = []
  const error = (variable: string, code: string, message: string, hint: string) =>
    problems.push({ variable, level: 'error', code, message, hint })
  for (const [service, { title, values }] of Object.entries(SERVICES) as [ServiceName, ServiceEntry][]) {
    const given: Record<string, string> = {}
    const missing: string[] = []
    let isSet = false
    let isBroken = false
    for (const [key, variable] of Object.entries(values)) {
      const text = textOf(variable, env, files, error)
      if (text === null) isBroken = true
      else if (text !== '') {
        isSet = true
        if (variable.secret) secrets.push(text)
        const problem =
          key === 'url' ? urlProblem(text) : /^[\x21-\x7e]+$/.test(text) ? null : 'holds spaces or line breaks'
        if (problem !== null) {
          isBroken = true
          error(variable.name, 'config-value', `${variable.name} ${problem}`, hintFor(key, variable))
        }
        given[key] = key === 'url' ? text.replace(/\/+$/, '') : text
      } else if (variable.unset !== undefined) given[key] = variable.unset
      else missing.push(withTwin(variable))
    }
    if (isSet && missing.length > 0) {
      const message = `${title} is to be read and ${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not set`
      error(missing[0]?.split(' ')[0] ?? '', 'config-missing', message, `Set ${missing.join(' and ')}`)
    } else if (isSet && !isBroken) services[service] = given
  }
  return { services, problems, secrets }
}

interface ServiceEntry {
  readonly title: string
  readonly values: Readonly<Record<string, Variable>>
}

function hintFor(key: string, { name }: Variable): string {
  return key === 'url'
    ? `Write it like ${name === 'ZENDESK_URL' ? 'https://acme.zendesk.com' : 'https://eu.example.com'}`
    : 'Copy it again'
}

/** `null`: a file that is named cannot be read. */
function textOf(
  { name, secret }: Variable,
  env: Environment,
  files: ConfigFiles,
  error: (variable: string, code: string, message: string, hint: string) => void,
): string | null {
  const own = (env[name] ?? '').trim()
  const file = secret ? (env[`${name}_FILE`] ?? '').trim() : ''
  if (own !== '' || file === '') return own
  try {
    return files.readFile(file).trim()
  } catch {
    const message = `${name}_FILE names "${file}", which cannot be read`
    error(
      `${name}_FILE`,
      'config-file-unreadable',
      message,
      'Correct the path, or give this process the right to read it',
    )
    return null
  }
}

function urlProblem(text: string): string | null {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) return 'is no URL that starts with https://'
  if (url.username !== '' || url.password !== '' || url.search !== '') return 'holds more than an address'
  const isHere = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)
  return url.protocol === 'http:' && !isHere ? 'is plain http; that is allowed to this machine only' : null
}

function withTwin({ name, secret }: Variable): string {
  return secret ? `${name} (or ${name}_FILE)` : name
}

/** What a service is given, or the fault that says which variables would hold it. */
export function needService(services: Services, name: ServiceName): Service {
  const found = services[name]
  if (found !== undefined) return found
  const { title, values }: ServiceEntry = SERVICES[name]
  const needed = Object.values(values).filter(({ unset }) => unset === undefined)
  throw new Fault(`${name}-not-configured`, `A mapping reads ${title} and the environment holds no key for it`, {
    blame: 'operator',
    hint: `Set ${needed.map(withTwin).join(', ')}`,
  })
}
