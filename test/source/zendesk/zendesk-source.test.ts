import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseMappings } from '../../../src/mapping/parse.ts'
import { createZone } from '../../../src/platform/zone.ts'
import { createCompany } from '../../../src/sandbox/company/company.ts'
import { AGENTS, type CompanyTicket, ticketsOf } from '../../../src/sandbox/company/tickets.ts'
import type { Cursor, Page, Source } from '../../../src/source/source.ts'
import { firstPublicReply } from '../../../src/source/zendesk/replies.ts'
import { NOW, openDesk } from './simulated-desk.ts'

async function read(source: Source, fields: readonly string[], after: Cursor | null = null) {
  const pages: Page[] = []
  for await (const page of source.read({ object: 'tickets', fields, where: null, after })) pages.push(page)
  const records = pages.flatMap((page) => page.records)
  return { pages, records, cursor: (pages.at(-1) as Page).cursor, requests: pages.reduce((n, p) => n + p.requests, 0) }
}

describe('the first public reply by a person', () => {
  const users = new Map(
    [
      { id: '1', role: 'end-user', email: 'emma@acme.com' },
      { id: '2', role: 'agent', email: 'ines@desk.example' },
      { id: '3', role: 'agent', email: 'robot@desk.example' },
    ].map((user) => [user.id, user]),
  )
  const comment = (author: string, minute: number, more: { public?: boolean; channel?: string } = {}) => ({
    author_id: author,
    public: more.public ?? true,
    created_at: `2026-11-01T10:${String(minute).padStart(2, '0')}:00Z`,
    via: { channel: more.channel ?? 'email' },
  })
  const question = comment('1', 0)
  const answered = (...comments: ReturnType<typeof comment>[]) =>
    firstPublicReply([question, ...comments], users, '1', new Set(['robot@desk.example']))

  test.each([
    ['an agent answers', [comment('2', 5)], '2026-11-01T10:05:00.000Z'],
    ['nobody answered yet', [], null],
    [
      'a note that only agents see is none',
      [comment('2', 1, { public: false }), comment('2', 9)],
      '2026-11-01T10:09:00.000Z',
    ],
    ['a rule thanks first', [comment('2', 1, { channel: 'rule' }), comment('2', 9)], '2026-11-01T10:09:00.000Z'],
    ['an agent that is a bot answers first', [comment('3', 1), comment('2', 9)], '2026-11-01T10:09:00.000Z'],
    ['the customer adds something', [comment('1', 1)], null],
    ['comments come in another order', [comment('2', 9), comment('2', 4)], '2026-11-01T10:04:00.000Z'],
    ['the author is gone from the account', [comment('99', 4)], null],
  ])('%s', (_, comments, expected) => {
    expect(answered(...comments)).toBe(expected)
  })

  test('what an agent wrote down for the customer is the question, whoever wrote it', () => {
    expect(firstPublicReply([comment('2', 0), comment('2', 3)], users, '1', new Set())).toBe('2026-11-01T10:03:00.000Z')
    expect(firstPublicReply([comment('2', 0)], users, '1', new Set())).toBeNull()
  })
})

const tickets = () => [...ticketsOf(createCompany({ seed: 1, accounts: 80, asOf: NOW }), 1, NOW)]

function replyOf({ messages }: CompanyTicket): string | null {
  const reply = messages.find(({ by, isPublic }) => by === 'agent' && isPublic)
  return reply === undefined ? null : `${new Date(reply.at).toISOString().slice(0, 19)}.000Z`
}

test('the shipped mapping reads every ticket of the example company, with who first answered it and when', async () => {
  const all = tickets()
  const text = readFileSync('mappings/sources/zendesk.yaml.example', 'utf8').replace(
    'robot@acme.com',
    'answer-bot@boardworks.example',
  )
  const model = {
    path: 'model.yaml',
    text: 'company: { currency: USD }\nstages: { zendesk: [{ name: Won, funnelStage: won }] }\n',
  }
  const { mappings, problems } = parseMappings([{ path: 'sources/zendesk.yaml', text }, model], {})
  expect(problems.filter(({ file }) => file.startsWith('sources'))).toEqual([])
  const [record] = mappings?.sources[0]?.records ?? []
  if (record === undefined) throw new Error('The mapping is broken')
  await using desk = await openDesk({ tickets: all, reading: record.reading })
  const { records } = await read(desk.source, record.reads)
  const mapped = records.map((raw) => (raw.kind === 'present' ? record.map(raw, createZone('UTC')) : null))
  const bodies = mapped.map((one) => JSON.parse(one?.record?.body ?? '{}'))
  expect(bodies).toHaveLength(all.length)
  expect(all.length).toBeGreaterThan(20)
  const byId = new Map(bodies.map((body) => [Number(body.id), body]))
  all.forEach((ticket, i) => {
    const body = byId.get(i + 1)
    const reply = replyOf(ticket)
    expect(body.firstPublicReplyAt).toBe(reply === null ? undefined : Date.parse(reply))
    expect(body).toMatchObject({ subject: ticket.subject, channel: ticket.channel, email: ticket.requester.email })
    expect(body.agentId).toBe(AGENTS[ticket.agent]?.email)
  })
  // Only an address of a mail provider tells no company.
  const rejected = mapped.flatMap((one) => one?.rejections.map(({ code }) => code) ?? [])
  expect(rejected).toEqual(
    all.filter(({ requester }) => requester.email.endsWith('@gmail.com')).map(() => 'public-mail'),
  )
})

test('comments are asked for where a mapping wants the first reply, of tickets that have more than their question', async () => {
  const all = tickets()
  await using desk = await openDesk({ tickets: all })
  expect((await read(desk.source, ['subject'])).requests).toBe(1)
  const talked = all.filter(({ messages }) => messages.length > 1).length
  expect((await read(desk.source, ['first_public_reply_at'])).requests).toBe(1 + talked)
})

test('an export goes on where it stood: what changed since comes, a deleted ticket as deleted, the newest minute later', async () => {
  await using desk = await openDesk()
  const { vendor, engine, source } = desk
  const [a, b] = [vendor.put({ fields: { subject: 'a' } }), vendor.put({ fields: { subject: 'b' } })]
  engine.clock.advance(120_000)
  const first = await read(source, ['subject'])
  expect(first.records).toHaveLength(2)
  vendor.put({ id: a, fields: { subject: 'a2' } })
  vendor.remove(b)
  expect((await read(source, ['subject'], first.cursor)).records).toEqual([])
  engine.clock.advance(120_000)
  const { records } = await read(source, ['subject'], first.cursor)
  expect(records.map(({ id, kind }) => [id, kind])).toEqual([
    [String(a), 'present'],
    [String(b), 'deleted'],
  ])
})

test('a place that Zendesk no longer knows is found again by time, an hour back', async () => {
  await using desk = await openDesk()
  const { vendor, engine, source } = desk
  vendor.put({ fields: { subject: 'long ago' } })
  engine.clock.advance(7_200_000)
  const last = vendor.put({ fields: { subject: 'lately' } })
  engine.clock.advance(120_000)
  const first = await read(source, ['subject'])
  const broken = first.cursor.replace(/"cursor":"[^"]*"/, '"cursor":"???"') as Cursor
  const { records, pages } = await read(source, ['subject'], broken)
  expect(records.map(({ id }) => id)).toEqual([String(last)])
  expect(pages.every(({ snapshot }) => !snapshot)).toBe(true)
})

describe('trouble', () => {
  test('exports are taken ten times a minute: the wait that Zendesk names is waited out', async () => {
    await using desk = await openDesk({ pageSize: 1 })
    for (let i = 0; i < 14; i += 1) desk.vendor.put({ fields: { subject: String(i) } })
    desk.engine.clock.advance(120_000)
    expect((await read(desk.source, ['subject'])).records).toHaveLength(14)
  })

  test.each([
    ['no answer', { action: 'cut-before' as const }],
    ['a page that ends early', { action: 'truncate' as const }],
    ['a page of HTML', { action: 'html' as const, with: { status: 502 } }],
    ['503 without a body', { action: 'status' as const, with: { status: 503 } }],
  ])('%s is asked for again', async (_, fault) => {
    await using desk = await openDesk()
    desk.vendor.put({ fields: { subject: 'a' } })
    desk.engine.clock.advance(120_000)
    desk.engine.faults.add([{ operation: 'zendesk.export', nth: 1, times: 2, ...fault }])
    expect((await read(desk.source, ['subject'])).records).toHaveLength(1)
  })

  test('a key that is refused is said at once, with the variable that holds it', async () => {
    await using desk = await openDesk()
    await expect(read(desk.open({ token: 'wrong' }), ['subject'])).rejects.toMatchObject({
      code: 'zendesk-key-refused',
      blame: 'operator',
      hint: 'Make a new key there and set ZENDESK_API_TOKEN',
    })
  })

  test('a field that tickets have not is named with the nearest', async () => {
    await using desk = await openDesk()
    const [problem] = await desk.source.check([{ object: 'tickets', fields: ['subjekt', 'custom_fields.36'] }])
    expect(problem).toMatchObject({
      code: 'zendesk-field-missing',
      message: 'Tickets of Zendesk have no field "subjekt"',
      hint: expect.stringContaining('Did you mean "subject"?'),
    })
  })
})
