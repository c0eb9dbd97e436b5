/** Throws a RangeError unless `value` is a whole number from 0 up. */
export function requireCount(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`${name} is ${value}; a count is a whole number from 0 up`)
  }
}

/** Throws a RangeError unless both are counts and `part` is no more than `whole`. */
export function requirePart(partName: string, part: number, wholeName: string, whole: number): void {
  requireCount(partName, part)
  requireCount(wholeName, whole)
  if (part > whole) throw new RangeError(`${partName} is ${part}, more than ${wholeName}, which is ${whole}`)
}

/** Throws a RangeError unless `value` is a number from 0 to 1. */
export function requireShare(name: string, value: number): void {
  if (!(value >= 0 && value <= 1)) throw new RangeError(`${name} is ${value}; a share lies between 0 and 1`)
}

/** Throws a RangeError unless `value` lies between 0 and 1, both excluded. */
export function requireInnerShare(name: string, value: number): void {
  if (!(value > 0 && value < 1)) throw new RangeError(`${name} is ${value}; it must lie above 0 and below 1`)
}

/** Throws a RangeError unless `value` is a finite number above 0. */
export function requirePositive(name: string, value: number): void {
  if (!(value > 0 && value < Infinity)) throw new RangeError(`${name} is ${value}; it must be a finite number above 0`)
}

/** Throws a RangeError unless `value` is a finite number. */
export function requireFinite(name: string, value: number): void {
  if (!Number.isFinite(value)) throw new RangeError(`${name} is ${value}; it must be a finite number`)
}
