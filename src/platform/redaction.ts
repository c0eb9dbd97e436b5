/** Takes secrets and personal data out of what people and logs get to see. */
export interface Redactor {
  /** Replaces every loaded secret in a text, in whichever form it stands there. */
  text(text: string): string
  /**
   * A copy in which secrets are replaced, and whole values whose key names a secret or a person's data. Errors become
   * `{name, code, message}`; what refers to itself is cut off.
   */
  value(value: unknown): unknown
  /** Also knows `secret` from now on: a token that was fetched while running. */
  learn(secret: string): void
}

export const REDACTED = '[redacted]'

/** Shorter texts would black out half of every log; nobody issues such secrets. */
const SHORTEST_SECRET = 6

/** Keys whose whole value goes, in any spelling of case, `-` and `_`. */
const KEY =
  /(authorization|token|secret|passw|assertion|cookie|credential|privatekey|apikey|sessionid|signature|e?mail|phone)/

/** Keys that only look like it: counts and addresses of tokens, not tokens. */
const HARMLESS_KEYS = new Set(['tokens', 'tokenurl', 'tokenrequests'])

/** A token or OAuth form field in running text, whether or not we know its value. Words of prose hold no digits. */
const IN_TEXT: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/\b(bearer|basic)\s+(?=\S*\d)[\w.~+/=!%-]{8,}/gi, `$1 ${REDACTED}`],
  [
    /\b((?:access_|refresh_|id_)?token|client_secret|assertion|password)(["']?\s*[=:]\s*["']?)[\w.~+/=!%-]{6,}/gi,
    `$1$2${REDACTED}`,
  ],
]

export function createRedactor(secrets: readonly string[]): Redactor {
  let forms: string[] = []
  const learn = (secret: string) => {
    for (const part of [secret.trim(), ...secret.split(/\r?\n/).map((line) => line.trim())]) {
      if (part.length < SHORTEST_SECRET || part.startsWith('-----')) continue
      forms.push(...spellings(part))
    }
    // Longest first, so that no form hides a longer one that holds it.
    forms = [...new Set(forms)].sort((a, b) => b.length - a.length)
  }
  for (const secret of secrets) learn(secret)

  const text = (input: string): string => {
    let result = input
    for (const form of forms) {
      if (result.includes(form)) result = result.replaceAll(form, REDACTED)
    }
    for (const [pattern, replacement] of IN_TEXT) result = result.replace(pattern, replacement)
    return result
  }

  const value = (input: unknown, seen: readonly object[] = []): unknown => {
    if (typeof input === 'string') return text(input)
    if (typeof input !== 'object' || input === null) return input
    if (seen.includes(input)) return '[circular]'
    const path = [...seen, input]
    if (Array.isArray(input)) return input.map((one) => value(one, path))
    if (input instanceof Error) {
      const code = 'code' in input ? { code: value(input.code, path) } : {}
      const cause = input.cause === undefined ? {} : { cause: value(input.cause, path) }
      return { name: input.name, ...code, message: text(input.message), ...cause }
    }
    if (input instanceof Date) return input
    return Object.fromEntries(
      Object.entries(input).map(([key, one]) => [
        text(key),
        isSecretKey(key) && carriesText(one) ? REDACTED : value(one, path),
      ]),
    )
  }

  return { text, value: (input) => value(input), learn }
}

function isSecretKey(key: string): boolean {
  const plain = key.toLowerCase().replaceAll(/[-_\s]/g, '')
  return KEY.test(plain) && !HARMLESS_KEYS.has(plain)
}

/** Numbers and flags under such a key (`emails: 3`) say nothing about anybody. */
function carriesText(value: unknown): boolean {
  return typeof value === 'string' || (typeof value === 'object' && value !== null)
}

/** A secret as it may stand in a URL, a form, a JSON text, a Basic header, or base64. */
function spellings(secret: string): string[] {
  const base64 = Buffer.from(secret, 'utf8').toString('base64')
  return [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ s: secret }).toString().slice(2),
    JSON.stringify(secret).slice(1, -1),
    base64,
    base64.replace(/=+$/, ''),
    Buffer.from(secret, 'utf8').toString('base64url'),
  ].filter((form) => form.length >= SHORTEST_SECRET)
}
