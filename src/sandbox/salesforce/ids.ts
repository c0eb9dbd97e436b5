/** Digits of an id's running number, in the order in which SQLite sorts them too. */
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const CHECK = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345'

/** Marks ids that this sandbox made, so that they never meet ids that came with a data folder. */
const POD = 'sb0'

/**
 * The 18-character form of a 15-character id: the last three characters say which of the first fifteen are capitals, so
 * that the id survives being compared without regard to case.
 */
export function toId18(id15: string): string {
  let suffix = ''
  for (let group = 0; group < 15; group += 5) {
    let bits = 0
    for (let i = 0; i < 5; i++) {
      const char = id15.charAt(group + i)
      if (char >= 'A' && char <= 'Z') bits |= 1 << i
    }
    suffix += CHECK.charAt(bits)
  }
  return id15 + suffix
}

/** An id as the API returns it: 15 characters are completed, 18 are taken as they are, all else is `null`. */
export function normaliseId(text: string): string | null {
  if (/^[0-9A-Za-z]{18}$/.test(text)) return text
  return /^[0-9A-Za-z]{15}$/.test(text) ? toId18(text) : null
}

/** The nth id of an object, from 1. */
export function makeId(keyPrefix: string, n: number): string {
  let digits = ''
  for (let rest = n; rest > 0; rest = Math.floor(rest / 62)) digits = DIGITS.charAt(rest % 62) + digits
  return toId18(keyPrefix + POD + digits.padStart(9, '0'))
}

/** The number that `makeId` made an id from; `null` for an id from elsewhere. */
export function numberOfId(id: string): number | null {
  if (id.slice(3, 6) !== POD) return null
  let n = 0
  for (const digit of id.slice(6, 15)) n = n * 62 + DIGITS.indexOf(digit)
  return n
}
