import { decodeJwt, decodeProtectedHeader, importSPKI, importX509, type JWTPayload, jwtVerify } from 'jose'
import type { SandboxRequest } from '../engine/engine.ts'
import { createRandom } from '../engine/random.ts'
import { OAuthError, SalesforceError } from './errors.ts'
import type { Org } from './org.ts'

/** What a client proves itself with. The same for the same seed, and worth nothing outside the sandbox. */
export interface ConnectedApp {
  readonly clientId: string
  readonly clientSecret: string
  /** PEM of a public key or certificate; absent: any well-formed assertion is taken, whoever signed it. */
  readonly publicKey?: string
}

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/** Issues access tokens and knows which still hold. A token lives as long as it is used within the session policy. */
export class Sessions {
  readonly #org: Org
  readonly #app: ConnectedApp
  readonly #lastUsed = new Map<string, number>()
  #issued = 0

  constructor(org: Org, app: ConnectedApp) {
    this.#org = org
    this.#app = app
  }

  /** Answers `POST /services/oauth2/token`. */
  async issue(request: SandboxRequest): Promise<Record<string, string>> {
    const form = new URLSearchParams(request.body)
    for (const [name, value] of request.query) form.append(name, value)
    switch (form.get('grant_type')) {
      case 'client_credentials':
        this.#checkClient(request, form)
        break
      case JWT_BEARER:
        await this.#checkAssertion(form.get('assertion') ?? '')
        break
      case 'refresh_token':
        // Neither of the two flows above ever hands out a refresh token.
        throw new OAuthError('invalid_grant', 'expired access/refresh token')
      case 'password':
        throw new OAuthError('invalid_grant', 'authentication failure')
      default:
        throw new OAuthError('unsupported_grant_type', 'grant type not supported')
    }
    return this.#newSession(baseUrlOf(request))
  }

  /** Throws `INVALID_SESSION_ID` unless the request carries a token that still holds. */
  check(request: SandboxRequest): void {
    const token = /^(?:Bearer|OAuth)\s+(.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
    const lastUsed = this.#lastUsed.get(token)
    const now = this.#org.engine.clock.now()
    if (lastUsed === undefined || now - lastUsed > this.#org.engine.limits.get('salesforce.sessionMs')) {
      this.#lastUsed.delete(token)
      throw new SalesforceError(401, 'INVALID_SESSION_ID', 'Session expired or invalid')
    }
    this.#lastUsed.set(token, now)
  }

  /** Ends every session, as an admin does. */
  revokeAll(): void {
    this.#lastUsed.clear()
  }

  #newSession(baseUrl: string): Record<string, string> {
    this.#issued += 1
    const random = createRandom(`${this.#org.engine.seed}/token/${this.#issued}`)
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._'
    const secret = Array.from({ length: 96 }, () => letters[random.int(0, letters.length - 1)]).join('')
    const token = `${this.#org.orgId.slice(0, 15)}!${secret}`
    const now = this.#org.engine.clock.now()
    this.#lastUsed.set(token, now)
    return {
      access_token: token,
      signature: Buffer.from(secret.slice(0, 32)).toString('base64'),
      scope: 'api',
      instance_url: baseUrl,
      id: `${baseUrl}/id/${this.#org.orgId}/${this.#org.apiUserId}`,
      token_type: 'Bearer',
      issued_at: String(now),
    }
  }

  #checkClient(request: SandboxRequest, form: URLSearchParams): void {
    const basic = /^Basic\s+(.+)$/i.exec(request.headers.authorization ?? '')?.[1]
    const [basicId, basicSecret] = basic === undefined ? [] : Buffer.from(basic, 'base64').toString('utf8').split(':')
    if ((form.get('client_id') ?? basicId) !== this.#app.clientId) {
      throw new OAuthError('invalid_client_id', 'client identifier invalid')
    }
    if ((form.get('client_secret') ?? basicSecret) !== this.#app.clientSecret) {
      throw new OAuthError('invalid_client', 'invalid client credentials')
    }
  }

  async #checkAssertion(assertion: string): Promise<void> {
    const claims = await this.#readAssertion(assertion).catch(() => null)
    if (claims === null) throw new OAuthError('invalid_grant', 'invalid assertion')
    if (claims.iss !== this.#app.clientId) throw new OAuthError('invalid_client_id', 'client identifier invalid')
    if (!claims.sub || !claims.aud || !claims.exp) throw new OAuthError('invalid_grant', 'invalid assertion')
    // Clients stamp assertions by their own clock. One well-known client sends milliseconds, and is let in.
    const expiresAt = claims.exp > 1e11 ? claims.exp : claims.exp * 1000
    if (expiresAt < Date.now() - 60_000) throw new OAuthError('invalid_grant', 'assertion expired')
  }

  async #readAssertion(assertion: string): Promise<JWTPayload> {
    if (decodeProtectedHeader(assertion).alg !== 'RS256') throw new OAuthError('invalid_grant', 'invalid assertion')
    const pem = this.#app.publicKey
    if (pem === undefined) return decodeJwt(assertion)
    const key = pem.includes('CERTIFICATE') ? await importX509(pem, 'RS256') : await importSPKI(pem, 'RS256')
    const verified = await jwtVerify(assertion, key, { algorithms: ['RS256'], clockTolerance: 60 })
    return verified.payload
  }
}

/** The address under which the client reached the sandbox. */
export function baseUrlOf(request: SandboxRequest): string {
  return `http://${request.headers.host ?? '127.0.0.1'}`
}
