import { z } from 'zod'

const id = z.union([z.string(), z.number()]).transform(String)

export const wireCell = z.object({
  id: z.string(),
  type: z.string().nullish(),
  text: z.string().nullish(),
  /** JSON, mostly as text. */
  value: z.unknown(),
  linked_item_ids: z.array(id).nullish(),
  display_value: z.string().nullish(),
  vote_count: z.number().nullish(),
})
export type WireCell = z.infer<typeof wireCell>

export const wireItem = z.object({
  id,
  name: z.string(),
  state: z.string().nullish(),
  created_at: z.string().nullish(),
  updated_at: z.string().nullish(),
  url: z.string().nullish(),
  creator_id: id.nullish(),
  group: z.object({ id: z.string(), title: z.string() }).nullish(),
  board: z.object({ id }).nullish(),
  column_values: z.array(wireCell),
})
export type WireItem = z.infer<typeof wireItem>

export const wirePage = z.object({ cursor: z.string().nullish(), items: z.array(wireItem) })
export type WirePage = z.infer<typeof wirePage>

export const wireFirst = z.object({
  boards: z
    .array(
      z
        .object({
          items_count: z.number().nullish(),
          newest: z.object({ items: z.array(z.object({ updated_at: z.string().nullish() })) }).nullish(),
          items_page: wirePage,
        })
        .nullable(),
    )
    .nullish(),
})
export const wireNext = z.object({ next_items_page: wirePage })
export const wireById = z.object({ items: z.array(wireItem.nullable()).nullish() })

const wireSettings = z.union([z.string().transform((text) => jsonOf(text)), z.unknown()]).pipe(
  z
    .looseObject({
      labels: z
        .array(z.looseObject({ id: z.coerce.string().nullish(), label: z.string().nullish() }))
        .nullish()
        .catch(null),
      boardIds: z.array(id).nullish().catch(null),
    })
    .nullish()
    .catch(null),
)

export const wireColumn = z.object({
  id: z.string(),
  title: z.string(),
  type: z.string(),
  archived: z.boolean().nullish(),
  settings: wireSettings.optional(),
})
export type WireColumn = z.infer<typeof wireColumn>

export const wireBoard = z.object({ id, name: z.string(), state: z.string().nullish(), columns: z.array(wireColumn) })
export type WireBoard = z.infer<typeof wireBoard>

export const wireBoards = z.object({ boards: z.array(wireBoard.nullable()).nullish() })
export const wireNames = z.object({
  boards: z
    .array(z.object({ id, name: z.string(), workspace: z.object({ name: z.string().nullish() }).nullish() }).nullable())
    .nullish(),
})
export const wireUsers = z.object({ users: z.array(z.object({ id, email: z.string().nullish() })).nullish() })

export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
