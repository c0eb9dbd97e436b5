import { didYouMean } from './nearest.ts'
import type { Shaped } from './shape.ts'
import type { Path, Problems } from './yaml-file.ts'

let currencies: ReadonlySet<string> | undefined

/** Whether a code is a currency of ISO 4217. */
export function isCurrency(code: string): boolean {
  currencies ??= new Set(Intl.supportedValuesOf('currency'))
  return currencies.has(code)
}

/** Reports a code that is no currency. */
export function checkCurrency(
  code: string,
  file: Shaped<unknown>,
  path: Path,
  problems: Problems,
  atKey = false,
): void {
  if (isCurrency(code)) return
  const near = didYouMean(code, Intl.supportedValuesOf('currency'), 'currencies')
  problems.error(
    file.file,
    atKey ? file.atKey(path) : file.at(path),
    'unknown-currency',
    `"${code}" is no currency`,
    near.startsWith('Did')
      ? near.slice(0, near.indexOf('?') + 1)
      : 'Write its three-letter code of ISO 4217, such as USD',
  )
}
