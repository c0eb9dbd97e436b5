import { decimalText, instantText } from '../canonical.ts'
import type { FieldValue } from '../source.ts'
import type { WireTicket, WireTickets } from './wire.ts'

/** The one field that is no field of the ticket: it is found in its comments. */
export const FIRST_REPLY = 'first_public_reply_at'

/** Fields of a ticket that Zendesk documents, and the words for those of others that come with it. */
const TICKET_FIELDS = [
  'id',
  'url',
  'external_id',
  'type',
  'subject',
  'raw_subject',
  'description',
  'priority',
  'status',
  'recipient',
  'requester_id',
  'submitter_id',
  'assignee_id',
  'organization_id',
  'group_id',
  'brand_id',
  'ticket_form_id',
  'problem_id',
  'has_incidents',
  'is_public',
  'due_at',
  'tags',
  'created_at',
  'updated_at',
  'via.channel',
  'satisfaction_rating.score',
  'satisfaction_rating.comment',
  'dates.solved_at',
  'dates.initially_assigned_at',
  'metric_set.solved_at',
  'metric_set.reopens',
  'metric_set.replies',
  'comment_count',
  FIRST_REPLY,
] as const

const USER_FIELDS = ['name', 'email', 'role', 'external_id', 'locale', 'time_zone', 'phone', 'tags'] as const
const ORGANIZATION_FIELDS = ['name', 'external_id', 'domain_names', 'tags'] as const
/** Whom a ticket names, and by which field. */
export const PEOPLE = { requester: 'requester_id', submitter: 'submitter_id', assignee: 'assignee_id' } as const

export const FIELDS: readonly string[] = [
  ...TICKET_FIELDS,
  ...Object.keys(PEOPLE).flatMap((who) => USER_FIELDS.map((name) => `${who}.${name}`)),
  ...ORGANIZATION_FIELDS.map((name) => `organization.${name}`),
]

/** Fields of the account's own: `custom_fields.<number>`, `requester.user_fields.<key>`, `organization.organization_fields.<key>`. */
const OWN =
  /^(custom_fields\.\d+|(requester|submitter|assignee)\.user_fields\.\w+|organization\.organization_fields\.\w+)$/

export function isField(name: string): boolean {
  return FIELDS.includes(name) || OWN.test(name)
}

/** What changes without the ticket's stamp: fields of others. */
export function isStamped(name: string): boolean {
  return !/^(requester|submitter|assignee|organization)\./.test(name)
}

/** What is to come along with tickets, so that these fields are there. */
export function sideloads(fields: readonly string[]): string {
  const needs = (test: RegExp) => fields.some((name) => test.test(name))
  return [
    needs(/^(requester|submitter|assignee)\./) ? ['users'] : [],
    needs(/^organization\./) ? ['organizations'] : [],
    needs(/^dates\./) ? ['dates'] : [],
    needs(/^metric_set\./) ? ['metric_sets'] : [],
    needs(/^(comment_count|first_public_reply_at)$/) ? ['comment_count'] : [],
  ]
    .flat()
    .join(',')
}

/** Reads fields of the tickets of one answer, with what came along. */
export function ticketReader({ users, organizations, metric_sets: metrics }: WireTickets) {
  const byId = (list: readonly { readonly id: string }[] | null | undefined) =>
    new Map((list ?? []).map((one) => [one.id, one]))
  const people = byId(users)
  const companies = byId(organizations)
  const metricsOf = new Map((metrics ?? []).map((one) => [one.ticket_id, one]))
  return (ticket: WireTicket, name: string): FieldValue => {
    const [head = '', ...rest] = name.split('.')
    if (head === 'custom_fields') return fieldValue(ticket.custom_fields?.find(({ id }) => id === rest[0])?.value)
    if (head in PEOPLE) return at(people.get(String(ticket[PEOPLE[head as keyof typeof PEOPLE]] ?? '')), rest)
    if (head === 'organization') return at(companies.get(ticket.organization_id ?? ''), rest)
    if (head === 'metric_set') return at(ticket['metric_set'] ?? metricsOf.get(ticket.id), rest)
    return at(ticket, name.split('.'))
  }
}

function at(value: unknown, path: readonly string[]): FieldValue {
  let found = value
  for (const key of path)
    found = typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[key] : null
  return fieldValue(found)
}

function fieldValue(value: unknown): FieldValue {
  if (value === null || value === undefined || value === '') return null
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return decimalText(String(value))
  if (Array.isArray(value)) return value.length === 0 ? null : value.map(String).join(', ')
  if (typeof value === 'object') return JSON.stringify(value)
  return instantText(String(value))
}

/** When a ticket last changed, by a person or by Zendesk itself. */
export function stampOf({ generated_timestamp: generated, updated_at: updated }: WireTicket): string {
  const stamp = instantText(updated ?? '1970-01-01T00:00:00.000Z')
  const later = generated == null ? stamp : new Date(generated * 1000).toISOString()
  return later > stamp ? later : stamp
}
