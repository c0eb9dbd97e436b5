/** The one form of a value that the contract of sources asks for, whatever the transport. Pure. */

/**
 * Reads JSON with every number as canonical decimal text, made from the digits as they stand in the answer: a number
 * never passes through a double, which holds 15 digits where a currency field holds 18.
 */
export function parseExactJson(body: string): unknown {
  return JSON.parse(body, ((_key: string, value: unknown, context: { readonly source?: string }) =>
    typeof value === 'number' ? decimalText(context.source ?? String(value)) : value) as (
    key: string,
    value: unknown,
  ) => unknown)
}

/**
 * One spelling per number: no exponent, no `+`, no zeros before the first or after the last digit that counts, `0` for
 * zero of either sign. `1.0E7` is `10000000`, `12.50` is `12.5`. A text that is no decimal number comes back as it is.
 */
export function decimalText(text: string): string {
  if (isCanonical(text)) return text
  const match = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/.exec(text.trim())
  if (match === null) return text
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match
  const shift = Number(exponent)
  const digits = whole + fraction
  const point = whole.length + shift
  const padded = point <= 0 ? '0'.repeat(1 - point) + digits : digits.padEnd(point, '0')
  const cut = point <= 0 ? 1 : point
  const integer = padded.slice(0, cut).replace(/^0+(?=\d)/, '')
  const rest = padded.slice(cut).replace(/0+$/, '')
  const plain = rest === '' ? integer : `${integer}.${rest}`
  return sign === '-' && plain !== '0' ? `-${plain}` : plain
}

/** Most numbers come as they are to be: looking is cheaper than making them anew. */
function isCanonical(text: string): boolean {
  const first = text.charCodeAt(0)
  // What begins with 0 or a sign is left to be looked at closely.
  if (!(first >= ONE && first <= NINE)) return false
  let point = -1
  for (let i = 1; i < text.length; i += 1) {
    const code = text.charCodeAt(i)
    if (code >= ZERO && code <= NINE) continue
    if (code !== POINT || point !== -1) return false
    point = i
  }
  if (point === -1) return true
  const last = text.charCodeAt(text.length - 1)
  return last >= ONE && last <= NINE
}

const ZERO = 48
const ONE = 49
const NINE = 57
const POINT = 46

/** `2026-11-22T10:00:00.000Z` from any ISO 8601 spelling of an instant, `+0000` without a colon included; other texts come back as they are. */
export function instantText(text: string): string {
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(\+00:?00|Z)$/.test(text)) return `${text.slice(0, 23)}Z`
  const colon = text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2')
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(colon)) return text
  const instant = Date.parse(colon)
  return Number.isNaN(instant) ? text : new Date(instant).toISOString()
}
