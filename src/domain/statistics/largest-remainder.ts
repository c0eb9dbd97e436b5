/**
 * Splits a whole amount (minor units) in proportion to weights, so that the parts are whole and sum to it exactly: each
 * gets its quota rounded down, the largest remainders one more (Hamilton's method; Balinski and Young 1982, Fair
 * Representation). Of equal remainders, the earlier part is served first: give parts in a fixed order.
 *
 * Exact: weights count as the binary fractions they are, and no quota is rounded. Scaling all weights by a power of two
 * changes nothing. No part is a unit or more off its quota; a weight of 0 gets 0. A negative amount is split as the
 * positive one, with the signs turned. `null` where no weight is above 0: there is nobody to give to. Throws a
 * RangeError for an amount that is no whole number, or a weight below 0 or not finite.
 */
export function splitByWeights(amount: number, weights: readonly number[]): number[] | null {
  if (!Number.isSafeInteger(amount))
    throw new RangeError(`amount is ${amount}; it must be a whole number of minor units`)
  for (const [index, weight] of weights.entries()) {
    if (!(weight >= 0 && weight < Infinity)) {
      throw new RangeError(`weights[${index}] is ${weight}; a weight is a finite number from 0 up`)
    }
  }
  const exact = toWholeNumbers(weights)
  const sum = exact.reduce((total, weight) => total + weight, 0n)
  if (sum === 0n) return null
  const magnitude = BigInt(Math.abs(amount))
  const parts = exact.map((weight) => Number((magnitude * weight) / sum))
  let left = Number(magnitude) - parts.reduce((total, part) => total + part, 0)
  const byRemainder = exact
    .map((weight, index) => ({ index, remainder: (magnitude * weight) % sum }))
    .sort((a, b) => (a.remainder < b.remainder ? 1 : a.remainder > b.remainder ? -1 : a.index - b.index))
  for (const { index } of byRemainder) {
    if (left === 0) break
    parts[index] = (parts[index] ?? 0) + 1
    left -= 1
  }
  return amount < 0 ? parts.map((part) => (part === 0 ? 0 : -part)) : parts
}

/** The weights in the same proportions as whole numbers: doubles are whole numbers times a power of two. */
function toWholeNumbers(weights: readonly number[]): bigint[] {
  const parts = weights.map(splitDouble)
  const least = parts.reduce(
    (low, { exponent, mantissa }) => (mantissa === 0n ? low : Math.min(low, exponent)),
    Infinity,
  )
  return parts.map(({ mantissa, exponent }) => (mantissa === 0n ? 0n : mantissa << BigInt(exponent - least)))
}

function splitDouble(value: number): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  const bits = view.getBigUint64(0)
  const biased = Number((bits >> 52n) & 0x7ffn)
  const fraction = bits & 0xfffffffffffffn
  return biased === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | (1n << 52n), exponent: biased - 1075 }
}
