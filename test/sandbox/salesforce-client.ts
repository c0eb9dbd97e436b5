import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/sandbox.ts'

/** 22 November 2026, 10:00 UTC: a Sunday. */
export const NOW = Date.UTC(2026, 10, 22, 10)

// biome-ignore lint/suspicious/noExplicitAny: tests pick what they asked for
export type Json = any

export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: Json
}

/** A small sandbox and a signed-in client of its Salesforce, over real HTTP. */
export class SalesforceClient implements AsyncDisposable {
  readonly sandbox: Sandbox
  token: string

  private constructor(sandbox: Sandbox, token: string) {
    this.sandbox = sandbox
    this.token = token
  }

  static async open(options: SandboxOptions = {}): Promise<SalesforceClient> {
    const sandbox = await startSandbox({ accounts: 0, now: NOW, ...options })
    const client = new SalesforceClient(sandbox, '')
    await client.signIn()
    return client
  }

  async signIn(): Promise<void> {
    const { body } = await this.postForm({
      grant_type: 'client_credentials',
      client_id: this.sandbox.env.SALESFORCE_CLIENT_ID as string,
      client_secret: this.sandbox.env.SALESFORCE_CLIENT_SECRET as string,
    })
    this.token = body.access_token
  }

  postForm(form: Record<string, string>, headers: Record<string, string> = {}): Promise<Answered> {
    return read(
      fetch(`${this.sandbox.baseUrl}/services/oauth2/token`, {
        method: 'POST',
        body: new URLSearchParams(form),
        headers,
      }),
    )
  }

  /** A path below `/services/data/v68.0`, or a whole one. */
  send(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Answered> {
    const whole = path.startsWith('/services') ? path : `/services/data/v68.0${path}`
    return read(
      fetch(`${this.sandbox.baseUrl}${whole}`, {
        method,
        headers: { authorization: `Bearer ${this.token}`, ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    )
  }

  get(path: string, headers?: Record<string, string>): Promise<Answered> {
    return this.send('GET', path, undefined, headers)
  }

  query(soql: string, headers?: Record<string, string>): Promise<Answered> {
    return this.get(`/query?q=${encodeURIComponent(soql)}`, headers)
  }

  queryAll(soql: string): Promise<Answered> {
    return this.get(`/queryAll?q=${encodeURIComponent(soql)}`)
  }

  /** Creates a record through the API and returns its id. */
  async create(object: string, values: object): Promise<string> {
    const { status, text, body } = await this.send('POST', `/sobjects/${object}`, values)
    if (status !== 201) throw new Error(text)
    return body.id
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.sandbox.close()
  }
}

async function read(response: Promise<Response>): Promise<Answered> {
  const { status, headers, ...rest } = await response.then(async (each) => ({
    status: each.status,
    headers: each.headers,
    text: await each.text(),
  }))
  const isJson = (headers.get('content-type') ?? '').includes('json')
  return { status, headers, text: rest.text, body: isJson ? JSON.parse(rest.text) : undefined }
}
