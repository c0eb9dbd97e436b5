/** Salesforce takes 16,384 bytes of address and headers together; a token can take 2,000 of them. */
export const LONGEST_QUERY = 14_000
/** Room for the columns of a query by ids: the other half is for ids. */
export const HALF_A_QUERY = LONGEST_QUERY / 2

const COMMA = lengthInUrl(',')

export function lengthInUrl(soql: string): number {
  return encodeURIComponent(soql).replaceAll("'", '%27').length
}

/** How much room columns take in an address, at most. */
export function roomOf(columns: readonly string[]): number {
  return columns.reduce((sum, column) => sum + lengthInUrl(column) + COMMA, 0)
}

/**
 * Columns in as few parts as there is room for: one where all fit, in their order. Every part begins with `always`, which
 * tells the records of one part from those of another.
 */
export function partsOf(
  columns: readonly string[],
  always: readonly string[],
  room: { readonly first: number; readonly others: number },
): string[][] {
  if (roomOf(columns) <= room.first) return [[...columns]]
  const parts: string[][] = [[...always]]
  let left = room.first - roomOf(always)
  for (const column of columns) {
    if (always.includes(column)) continue
    const need = roomOf([column])
    if (need > left) {
      parts.push([...always])
      left = room.others - roomOf(always)
    }
    parts.at(-1)?.push(column)
    left -= need
  }
  return parts
}
