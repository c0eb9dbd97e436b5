/** Currencies whose minor unit is not a hundredth, by ISO 4217: how many decimals they have. */
const DECIMALS: Readonly<Record<string, number>> = Object.fromEntries([
  ...'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ').map((code) => [code, 0]),
  ...'BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code) => [code, 3]),
  ...'CLF UYW'.split(' ').map((code) => [code, 4]),
])

/** How many decimals a currency has by ISO 4217: 2 for USD, 0 for JPY, 3 for KWD. Codes it does not know have 2. */
export function decimalsOf(currency: string): number {
  return DECIMALS[currency] ?? 2
}

export type ParsedMoney =
  | { readonly minor: number }
  | { readonly code: 'not-a-number' | 'too-many-decimals' | 'too-large'; readonly reason: string }

const PLAIN_DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/

/**
 * Reads plain decimal text (`24710.50`, `-3`) exactly into minor units of a currency.
 *
 * Nothing is rounded or trimmed: blanks, thousands separators, exponents and a plus sign are no plain decimal, and a
 * value with more decimals than the currency has (`32395.00000002` USD) is refused; zeros at the end do not count.
 */
export function parseMoney(text: string, currency: string): ParsedMoney {
  if (isShortWhole(text)) return { minor: Number(text) * 10 ** decimalsOf(currency) }
  const match = PLAIN_DECIMAL.exec(text)
  if (match === null) return { code: 'not-a-number', reason: 'is no plain decimal number' }
  const [, sign, whole = '', fraction = ''] = match
  const decimals = decimalsOf(currency)
  const kept = fraction.replace(/0+$/, '')
  if (kept.length > decimals) {
    return { code: 'too-many-decimals', reason: `has ${kept.length} decimals, and ${currency} has ${decimals}` }
  }
  const minor = Number(whole + kept.padEnd(decimals, '0'))
  if (!Number.isSafeInteger(minor)) return { code: 'too-large', reason: 'is too large to be an amount of money' }
  return { minor: sign === '-' && minor !== 0 ? -minor : minor }
}

/** Most amounts are whole and far from what is too large. */
function isShortWhole(text: string): boolean {
  if (text.length === 0 || text.length > 10) return false
  for (let at = 0; at < text.length; at += 1) {
    const digit = text.charCodeAt(at) - 48
    if (digit < 0 || digit > 9) return false
  }
  return true
}

/** Minor units as plain decimal text with all decimals of the currency: `24710.50` for 2471050 USD, `24710` for JPY. */
export function formatMoney(minor: number, currency: string): string {
  const decimals = decimalsOf(currency)
  const digits = String(Math.abs(minor)).padStart(decimals + 1, '0')
  const whole = digits.slice(0, digits.length - decimals)
  const sign = minor < 0 ? '-' : ''
  return decimals === 0 ? sign + whole : `${sign}${whole}.${digits.slice(-decimals)}`
}

/** Money in a sentence: `10,000 USD`, `12,500.50 USD`. */
export function moneyText(minor: number, currency: string): string {
  const [units = '', decimals = ''] = formatMoney(minor, currency).split('.')
  const rest = /[1-9]/.test(decimals) ? `.${decimals}` : ''
  return `${grouped(units)}${rest} ${currency}`
}

/** A whole number in a sentence: `1,200`. */
export function grouped(value: number | string): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',')
}

/**
 * Minor units of one currency in minor units of another, at `rate` ÷ `over` units of `to` for one unit of `from`.
 *
 * Exact: the rates count as the decimals a person wrote (1.1 is eleven tenths), and the result is rounded once, to the
 * nearest minor unit, halves away from zero.
 */
export function convertMoney(minor: number, from: string, to: string, rate: number, over = 1): number {
  const times = decimalOf(rate)
  const by = decimalOf(over)
  const shift = times.scale - by.scale + decimalsOf(from) - decimalsOf(to)
  const product = BigInt(minor) * times.digits * 10n ** BigInt(Math.max(0, -shift))
  const divisor = by.digits * 10n ** BigInt(Math.max(0, shift))
  const magnitude = ((product < 0n ? -product : product) * 2n + divisor) / (divisor * 2n)
  return Number(product < 0n ? -magnitude : magnitude)
}

/** The shortest decimal that names a number: 1.1 is 11 with one decimal. */
function decimalOf(value: number): { digits: bigint; scale: number } {
  const [mantissa = '0', exponent = '0'] = String(value).split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  return { digits: BigInt(whole + fraction), scale: fraction.length - Number(exponent) }
}
