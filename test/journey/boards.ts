import { ApiClient } from '@mondaydotcomorg/api'

/** An item as an ordinary client of monday reads it: nothing of boardsync is used here. */
export interface SeenItem {
  readonly id: string
  readonly name: string
  readonly group: string
  /** The `boardsync_key` column. */
  readonly key: string
  /** Text by column title. */
  readonly cells: Readonly<Record<string, string>>
}

interface Page {
  readonly cursor: string | null
  readonly items: readonly {
    readonly id: string
    readonly name: string
    readonly group: { readonly title: string }
    readonly column_values: readonly {
      readonly text: string | null
      readonly column: { readonly id: string; readonly title: string }
    }[]
  }[]
}

const ITEM = 'id name group { title } column_values { text column { id title } }'

/** Every item of every board of an account, by board name, read with monday's own client. */
export async function readBoards(env: Readonly<Record<string, string>>): Promise<Map<string, SeenItem[]>> {
  const client = new ApiClient({
    token: env.MONDAY_API_TOKEN ?? '',
    endpoint: env.MONDAY_API_URL ?? '',
    apiVersion: '2026-10',
  })
  const ask = <T>(query: string, variables?: Record<string, unknown>) =>
    patiently(() => client.request<T>(query, variables))
  const { boards } = await ask<{ boards: { id: string; name: string }[] }>('{ boards(limit: 100) { id name } }')
  const read = new Map<string, SeenItem[]>()
  for (const board of boards) {
    const items: SeenItem[] = []
    const first = await ask<{ boards: { items_page: Page }[] }>(
      `query ($id: [ID!]) { boards(ids: $id) { items_page(limit: 500) { cursor items { ${ITEM} } } } }`,
      { id: [board.id] },
    )
    let page = first.boards[0]?.items_page
    while (page !== undefined) {
      for (const { id, name, group, column_values } of page.items) {
        const key = column_values.find(({ column }) => column.id === 'boardsync_key')?.text ?? ''
        const cells = Object.fromEntries(
          column_values
            .filter(({ column }) => column.id !== 'boardsync_key')
            .map(({ column, text }) => [column.title, text ?? '']),
        )
        items.push({ id, name, group: group.title, key, cells })
      }
      if (page.cursor === null) break
      const next: { next_items_page: Page } = await ask(
        `query ($cursor: String!) { next_items_page(limit: 500, cursor: $cursor) { cursor items { ${ITEM} } } }`,
        { cursor: page.cursor },
      )
      page = next.next_items_page
    }
    read.set(board.name, items)
  }
  return read
}

/** Waits as long as monday says when the minute's complexity was used up, by us or by the sync before. */
async function patiently<T>(request: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await request()
    } catch (error) {
      const told = error as { response?: { errors?: { extensions?: { retry_in_seconds?: number } }[] } }
      const seconds = told.response?.errors?.[0]?.extensions?.retry_in_seconds
      if (seconds === undefined || attempt === 60) throw error
      await new Promise((resolve) => setTimeout(resolve, Math.min(seconds, 1) * 1_000))
    }
  }
}

/** What breaks the promise of one item per key; empty when all is well. */
export function doubledKeys(items: readonly SeenItem[]): string[] {
  const seen = new Set<string>()
  return items.flatMap(({ key }) => {
    if (!seen.has(key)) {
      seen.add(key)
      return []
    }
    return [key]
  })
}
