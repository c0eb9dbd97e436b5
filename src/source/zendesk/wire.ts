import { z } from 'zod'

const id = z.union([z.string(), z.number()]).transform(String)

export const wireTicket = z.looseObject({
  id,
  status: z.string().nullish(),
  updated_at: z.string().nullish(),
  /** Seconds since 1970: moves with changes by Zendesk itself, too. */
  generated_timestamp: z.number().nullish(),
  requester_id: id.nullish(),
  submitter_id: id.nullish(),
  assignee_id: id.nullish(),
  organization_id: id.nullish(),
  comment_count: z.number().nullish(),
  custom_fields: z
    .array(z.looseObject({ id, value: z.unknown() }))
    .nullish()
    .catch(null),
})
export type WireTicket = z.infer<typeof wireTicket>

const wireNamed = z.looseObject({ id })

export const wireExport = z.object({
  tickets: z.array(wireTicket),
  users: z.array(wireNamed).nullish(),
  organizations: z.array(wireNamed).nullish(),
  metric_sets: z.array(z.looseObject({ ticket_id: id })).nullish(),
  after_cursor: z.string().nullish(),
  end_of_stream: z.boolean(),
})

export const wireTickets = wireExport.pick({ tickets: true, users: true, organizations: true, metric_sets: true })
export type WireTickets = z.infer<typeof wireTickets>

export const wireComment = z.object({
  author_id: id.nullish(),
  public: z.boolean().nullish(),
  created_at: z.string(),
  via: z.object({ channel: z.union([z.string(), z.number()]).nullish() }).nullish(),
})
export type WireComment = z.infer<typeof wireComment>

export const wireUser = z.object({ id, role: z.string().nullish(), email: z.string().nullish() })
export type WireUser = z.infer<typeof wireUser>

export const wireComments = z.object({
  comments: z.array(wireComment),
  users: z.array(wireUser).nullish(),
  meta: z.object({ has_more: z.boolean(), after_cursor: z.string().nullish() }).nullish(),
})
