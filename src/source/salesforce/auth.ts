import { createPrivateKey, type KeyObject } from 'node:crypto'
import type { Clock } from '../../platform/clock.ts'
import { Fault } from '../../platform/errors.ts'
import type { HttpAnswer, HttpClient } from '../../platform/http.ts'
import { HttpFault } from '../../platform/http-fault.ts'
import type { Log } from '../../platform/log.ts'
import { retryAfterMs, retrying, type Verdict } from '../../platform/retry.ts'
import { toId18 } from './to-records.ts'
import { OAuthError, parseWith, TokenReply } from './wire.ts'

export type SalesforceCredentials =
  | { readonly flow: 'client-credentials'; readonly clientId: string; readonly clientSecret: string }
  /** `privateKey` is PEM text. */
  | { readonly flow: 'jwt'; readonly clientId: string; readonly username: string; readonly privateKey: string }
  /** A token that somebody else renews: when it ends, so does reading. */
  | { readonly flow: 'token'; readonly accessToken: string; readonly instanceUrl: string }

export interface Session {
  readonly accessToken: string
  /** Origin of every request, as the last token reply named it. */
  readonly instanceUrl: string
  /** 18 characters; `null` where neither the token nor the reply tells. */
  readonly orgId: string | null
}

export interface Sessions {
  /**
   * The session in use, opened on first need. Callers that come at the same time share one token request. A login that
   * failed is not tried again for a minute, or as long as Salesforce said: whoever asks gets the same fault.
   */
  current(asked: TokenAsk): Promise<Session>
  /** A session after `stale` was refused: renewed once, however many ask. A given token cannot be renewed. */
  renewed(stale: Session, asked: TokenAsk): Promise<Session>
  readonly canRenew: boolean
}

/** What a caller that waits for a token brings along. */
export interface TokenAsk {
  /** Makes a token request as soon as the org may be asked. */
  readonly send: <T>(request: () => Promise<T>) => Promise<T>
}

export interface SessionsOptions {
  readonly credentials: SalesforceCredentials
  readonly loginUrl: string
  readonly http: HttpClient
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
  readonly learnSecret: (secret: string) => void
  /** Told which org a session is of, before it is used. */
  readonly onOrg: (orgId: string) => void
  /** Told each answer that holds a token: it tells the server's clock before the first request for data. */
  readonly onToken: (answer: HttpAnswer) => void
}

/** Salesforce refuses an assertion that is valid for longer than about three minutes. */
const ASSERTION_MS = 170_000
const SKEW_THAT_MATTERS_MS = 30_000
const ATTEMPTS = 4
const TIMEOUT_ATTEMPTS = 2
/** The next object of a run would fare the same; a person who has set it right does not wait for long. */
const FAILURE_BELIEVED_MS = 60_000

export function createSessions(options: SessionsOptions): Sessions {
  const { credentials } = options
  let session: Session | null = null
  let opening: Promise<Session> | null = null
  let failed: { readonly fault: Fault; readonly until: number } | null = null

  // Not bound to one caller's signal: others may wait for the same token.
  const open = (asked: TokenAsk): Promise<Session> => {
    if (failed !== null && options.clock.now() < failed.until) return Promise.reject(failed.fault)
    opening ??= openSession(options, asked)
      .then((opened) => {
        options.learnSecret(opened.accessToken)
        if (opened.orgId !== null) options.onOrg(opened.orgId)
        session = opened
        return opened
      })
      .catch((error) => {
        if (error instanceof Fault) {
          failed = { fault: error, until: options.clock.now() + (error.retryAfterMs ?? FAILURE_BELIEVED_MS) }
        }
        throw error
      })
      .finally(() => {
        opening = null
      })
    return opening
  }

  return {
    canRenew: credentials.flow !== 'token',
    current: async (asked) => session ?? open(asked),
    renewed: async (stale, asked) => {
      if (session !== null && session !== stale) return session
      session = null
      return open(asked)
    },
  }
}

async function openSession(options: SessionsOptions, asked: TokenAsk): Promise<Session> {
  const { credentials } = options
  if (credentials.flow === 'token') {
    return {
      accessToken: credentials.accessToken,
      instanceUrl: originOf(credentials.instanceUrl, 'SALESFORCE_INSTANCE_URL'),
      orgId: orgOf(credentials.accessToken, undefined),
    }
  }
  const loginUrl = originOf(options.loginUrl, 'SALESFORCE_LOGIN_URL')
  let answer = await askForToken(options, loginUrl, options.clock.now(), asked)
  if (credentials.flow === 'jwt' && answer.status === 400) {
    // An assertion from a clock that is off is refused like a wrong one: once more, by the server's own clock.
    const served = Date.parse(answer.headers['date'] ?? '')
    if (Math.abs(served - options.clock.now()) > SKEW_THAT_MATTERS_MS) {
      answer = await askForToken(options, loginUrl, served, asked)
    }
  }
  if (answer.status !== 200) throw refusedToken(answer, loginUrl)
  const reply = readToken(answer, loginUrl)
  options.onToken(answer)
  return {
    accessToken: reply.access_token,
    instanceUrl: originOf(reply.instance_url, 'instance_url of the token reply'),
    orgId: orgOf(reply.access_token, reply.id),
  }
}

/** The reply's `id` is an address that ends in `/id/<org>/<user>`; tokens that are no JWT begin with the org's id. */
function orgOf(accessToken: string, identity: string | undefined): string | null {
  const found = /\/id\/(00D\w{12,15})\//.exec(identity ?? '') ?? /^(00D\w{12,15})!/.exec(accessToken)
  return found?.[1] === undefined ? null : toId18(found[1])
}

function readToken(answer: HttpAnswer, loginUrl: string) {
  try {
    return parseWith(TokenReply, 'a token')(answer.body)
  } catch (error) {
    // The body may hold the token, and the reason may quote the body: both stay here.
    if (!(error instanceof SyntaxError)) throw error
    const type = answer.headers['content-type'] ?? 'no content type'
    throw new Fault(
      'salesforce-login-address',
      `Salesforce answered 200 when asked for a token at ${loginUrl}, with what is no JSON (${type})`,
      {
        blame: 'operator',
        hint: 'Check that SALESFORCE_LOGIN_URL is the My Domain of the org, and that no proxy answers in its place',
      },
    )
  }
}

async function askForToken(
  options: SessionsOptions,
  loginUrl: string,
  now: number,
  asked: TokenAsk,
): Promise<HttpAnswer> {
  const body = new URLSearchParams(await grant(options.credentials, loginUrl, now)).toString()
  return retrying(
    () =>
      asked.send(() =>
        options.http.request({
          method: 'POST',
          url: `${loginUrl}/services/oauth2/token`,
          headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
          body,
        }),
      ),
    {
      attempts: ATTEMPTS,
      clock: options.clock,
      random: options.random,
      classify: (outcome, attempt): Verdict => {
        if (!outcome.ok) {
          const { error } = outcome
          if (!(error instanceof HttpFault) || error.blame !== 'remote') return { action: 'give' }
          // An answer that never comes costs minutes each time.
          const last = error.code === 'http-timeout' && attempt >= TIMEOUT_ATTEMPTS
          return { action: last ? 'fail' : 'retry', error: unanswered(error, loginUrl, attempt) }
        }
        const { status, headers } = outcome.value
        // 420: an edge that has no route to the org, as it happens while orgs move.
        if (status !== 429 && status !== 420 && status < 500) return { action: 'give' }
        const afterMs = retryAfterMs(headers, options.clock.now())
        return { action: 'retry', error: busy(status, loginUrl, afterMs), afterMs }
      },
      onWait: ({ attempt, attempts, ms }) =>
        options.log.info({ attempt, attempts, waitMs: ms }, 'Salesforce gives no token yet; waiting'),
    },
  )
}

async function grant(
  credentials: SalesforceCredentials,
  loginUrl: string,
  now: number,
): Promise<Record<string, string>> {
  if (credentials.flow === 'client-credentials') {
    return {
      grant_type: 'client_credentials',
      client_id: credentials.clientId,
      client_secret: credentials.clientSecret,
    }
  }
  if (credentials.flow === 'token') throw new TypeError('a given token is not asked for')
  const { SignJWT } = await import('jose')
  const assertion = await new SignJWT({})
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuer(credentials.clientId)
    .setSubject(credentials.username)
    .setAudience(loginUrl)
    .setExpirationTime(Math.floor((now + ASSERTION_MS) / 1000))
    .sign(readKey(credentials.privateKey))
  return { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion }
}

function readKey(pem: string): KeyObject {
  let key: KeyObject
  try {
    key = createPrivateKey(pem)
  } catch {
    // The reason may quote the key: it stays here.
    throw badKey('is no private key in PEM form without a passphrase')
  }
  if (key.asymmetricKeyType !== 'rsa')
    throw badKey(`is of type ${key.asymmetricKeyType}, and Salesforce takes RSA only`)
  return key
}

function badKey(problem: string): Fault {
  return new Fault('salesforce-private-key', `The private key for Salesforce ${problem}`, {
    blame: 'operator',
    hint: 'Set SALESFORCE_PRIVATE_KEY_FILE to the key whose certificate the external client app holds',
  })
}

function originOf(text: string, name: string): string {
  try {
    return new URL(text).origin
  } catch {
    throw new Fault('salesforce-bad-url', `${name} is "${text}", which is no address`, {
      blame: 'operator',
      hint: 'Write it like https://acme.my.salesforce.com',
    })
  }
}

function busy(status: number, loginUrl: string, afterMs: number | undefined): Fault {
  return new Fault('salesforce-login-busy', `Salesforce answered ${status} when asked for a token at ${loginUrl}`, {
    blame: 'remote',
    hint: 'Wait and run again; status.salesforce.com tells of outages',
    ...(afterMs === undefined ? {} : { retryAfterMs: afterMs }),
  })
}

/** No `HttpFault`: whoever asked for data must not take it for an answer of theirs that was lost, and ask again. */
function unanswered(error: HttpFault, loginUrl: string, attempts: number): Fault {
  const times = attempts === 1 ? '' : ` ${attempts} times`
  return new Fault(
    'salesforce-login-unanswered',
    `Salesforce gave no whole answer, asked for a token at ${loginUrl}${times}: ${error.message}`,
    {
      blame: 'remote',
      hint: error.hint ?? 'Run again; when it stays, check the network and proxy between here and Salesforce',
      cause: error,
    },
  )
}

/** What each refusal of a token means and what to do. The first row that matches counts. */
const REFUSALS: readonly {
  readonly error: string | null
  readonly description?: RegExp
  readonly code: string
  readonly problem: string
  readonly hint: string
}[] = [
  {
    error: 'invalid_grant',
    description: /not supported on this domain/i,
    code: 'salesforce-login-domain',
    problem: 'client credentials do not work at this address',
    hint: 'Set SALESFORCE_LOGIN_URL to your My Domain, like https://acme.my.salesforce.com',
  },
  {
    error: 'invalid_grant',
    description: /no client credentials user/i,
    code: 'salesforce-login-user',
    problem: 'the app has no user to run as',
    hint: 'In Setup > External Client Apps > Policies choose a "Run As" user for the client credentials flow',
  },
  {
    error: 'invalid_grant',
    description: /hasn'?t approved/i,
    code: 'salesforce-login-approval',
    problem: 'the user has not approved the app',
    hint: 'In Setup > External Client Apps > Policies let admin-approved users in, and assign the user a permission set of the app',
  },
  {
    error: 'invalid_grant',
    description: /access\/refresh token/i,
    code: 'salesforce-login-approval',
    problem: 'what the user had approved has ended or was taken back',
    hint: 'In Setup > External Client Apps > Policies let admin-approved users in, and assign the user a permission set of the app',
  },
  {
    error: 'invalid_grant',
    description: /inactive|locked|frozen/i,
    code: 'salesforce-login-user',
    problem: 'the user is inactive, locked or frozen',
    hint: 'In Setup > Users activate and unlock that user',
  },
  {
    error: 'invalid_grant',
    description: /audience/i,
    code: 'salesforce-login-audience',
    problem: 'the assertion is for another address',
    hint: 'Set SALESFORCE_LOGIN_URL to https://login.salesforce.com, https://test.salesforce.com (sandboxes) or your My Domain',
  },
  {
    error: 'invalid_grant',
    description: /ip restricted|login hours/i,
    code: 'salesforce-login-restricted',
    problem: 'the user may not log in from this network or at this hour',
    hint: 'Allow the address of this machine in the profile of the user, or relax the IP policy of the app',
  },
  {
    error: 'invalid_grant',
    description: /assertion|signature|expired/i,
    code: 'salesforce-login-assertion',
    problem: 'the signed assertion is not accepted',
    hint: 'Check that the app holds the certificate of this private key, and that the clock of this machine is right',
  },
  {
    error: 'invalid_grant',
    code: 'salesforce-login-refused',
    problem: 'the credentials are not accepted',
    hint: 'Check SALESFORCE_USERNAME, the app and the login history of the user in Setup',
  },
  {
    error: 'invalid_client_id',
    code: 'salesforce-login-client',
    problem: 'the client id is not known',
    hint: 'Set SALESFORCE_CLIENT_ID to the consumer key of the external client app (new apps need up to ten minutes)',
  },
  {
    error: 'invalid_client',
    code: 'salesforce-login-client',
    problem: 'the client id and secret do not match',
    hint: 'Set SALESFORCE_CLIENT_ID and SALESFORCE_CLIENT_SECRET to the consumer key and secret of the external client app',
  },
  {
    error: 'unsupported_grant_type',
    code: 'salesforce-login-flow',
    problem: 'the app does not allow this way to log in',
    hint: 'In Setup > External Client Apps > OAuth Settings enable the client credentials or JWT bearer flow',
  },
  {
    error: 'invalid_app_access',
    code: 'salesforce-login-approval',
    problem: 'the user is not approved for the app',
    hint: 'In Setup > External Client Apps > Policies assign the user a permission set or profile of the app',
  },
  {
    error: 'rate_limit_exceeded',
    code: 'salesforce-login-limited',
    problem: 'too many logins in the last hour',
    hint: 'Wait an hour; run one worker with this user instead of several',
  },
  {
    error: null,
    code: 'salesforce-login-refused',
    problem: 'no token is given',
    hint: 'Check SALESFORCE_LOGIN_URL and the external client app',
  },
]

/** Login hosts that serve all orgs: client credentials need the org's own. */
const SHARED_HOSTS = new Set(['login.salesforce.com', 'test.salesforce.com'])

/** The fault for an answer of the token endpoint that holds no token. */
export function refusedToken(answer: Pick<HttpAnswer, 'status' | 'body'>, loginUrl: string): Fault {
  const { error, description } = readOAuthError(answer.body)
  const refusal =
    REFUSALS.find(
      (row) => row.error === error && (row.description === undefined || row.description.test(description)),
    ) ?? REFUSALS.at(-1)
  const evidence = error === null ? `${answer.status}` : description === '' ? error : `${error}: ${description}`
  const shared = error === 'unsupported_grant_type' && SHARED_HOSTS.has(new URL(loginUrl).host)
  const hint = shared
    ? `${refusal?.hint}; client credentials need your My Domain as SALESFORCE_LOGIN_URL`
    : refusal?.hint
  const limited = error === 'rate_limit_exceeded'
  return new Fault(
    refusal?.code ?? 'salesforce-login-refused',
    `Salesforce refuses to log in at ${loginUrl}: ${refusal?.problem} (${evidence})`,
    {
      blame: limited ? 'remote' : 'operator',
      ...(hint === undefined ? {} : { hint }),
      ...(limited ? { retryAfterMs: 3_600_000 } : {}),
    },
  )
}

function readOAuthError(body: string): { readonly error: string | null; readonly description: string } {
  try {
    const parsed = parseWith(OAuthError, 'a refusal')(body)
    return { error: parsed.error, description: parsed.error_description ?? '' }
  } catch {
    return { error: null, description: '' }
  }
}
