/** One value that a property had, as HubSpot tells it. */
export interface PastValue {
  readonly value?: string | null
  readonly timestamp: Date
}

/** What an object was from `at` (ms) on: the values of everything that is followed. */
export interface Moment {
  readonly at: number
  readonly values: ReadonlyMap<string, string | null>
}

/**
 * The histories of several properties as one: a moment for each instant at which any of them changed, with all values as
 * they then were. In whatever order each history comes.
 */
export function momentsOf(histories: Readonly<Record<string, readonly PastValue[]>>): Moment[] {
  const changes = Object.entries(histories).flatMap(([name, values]) =>
    // Newest first, so that of several at one instant the newest counts.
    values.toReversed().map(({ value, timestamp }) => ({ name, value: value ?? null, at: timestamp.getTime() })),
  )
  const moments = new Map<number, Map<string, string | null>>()
  let now = new Map<string, string | null>()
  for (const { name, value, at } of changes.filter(({ at }) => !Number.isNaN(at)).sort((a, b) => a.at - b.at)) {
    now = new Map(now).set(name, value === '' ? null : value)
    moments.set(at, now)
  }
  return [...moments].map(([at, values]) => ({ at, values }))
}
