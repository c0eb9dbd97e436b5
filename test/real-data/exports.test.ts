import { existsSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Mapped, mapFolder, ourTable, rawTable, rows } from './map-folder.ts'

const DATA = '../shared/data'

function find(all: readonly Mapped[], source: string, kind: string): Mapped {
  const found = all.find((one) => one.source === source && one.kind === kind)
  if (found === undefined) throw new Error(`${source} ${kind} is not mapped`)
  return found
}

/** What SQL finds in the raw file, and in what we made of it. */
function both(mapped: Mapped, raw: string, ours: string): [unknown, unknown] {
  using rawDb = rawTable(path.join(mapped.folder, mapped.object))
  using oursDb = ourTable(mapped)
  return [rows(rawDb, raw), rows(oursDb, ours)]
}

describe.skipIf(!existsSync(`${DATA}/olist-marketing-funnel`))('olist-marketing-funnel', () => {
  test('8,000 leads and 842 closed deals have the totals that SQL finds in the raw files', async () => {
    const all = await mapFolder('test/mappings/olist')
    const leads = find(all, 'olist', 'lead')
    expect([leads.read, leads.rejected, leads.unreadable]).toEqual([8_000, 0, []])
    const [rawLeads, ourLeads] = both(
      leads,
      `SELECT origin AS source, count(*) AS n, min(first_contact_date) AS first FROM raw GROUP BY origin ORDER BY origin`,
      `SELECT coalesce(leadSource, '') AS source, count(*) AS n, strftime('%Y-%m-%d', min(createdAt) / 1000 - 7200, 'unixepoch') AS first
       FROM ours GROUP BY leadSource ORDER BY coalesce(leadSource, '')`,
    )
    // São Paulo is two hours behind UTC in summer and three in winter: a day begins at 02:00 or 03:00.
    expect(ourLeads).toEqual(rawLeads)

    const deals = find(all, 'olist', 'opportunity')
    expect([deals.read, deals.rejected, deals.unreadable]).toEqual([842, 0, []])
    const [rawDeals, ourDeals] = both(
      deals,
      `SELECT business_segment AS segment, count(*) AS n, sum(declared_monthly_revenue * 100) AS total,
         sum(julianday(substr(won_date, 1, 10)) - 2440587.5) AS days FROM raw GROUP BY 1 ORDER BY 1`,
      `SELECT coalesce(pipeline, '') AS segment, count(*) AS n, sum(amount) AS total, sum(closeOn) AS days
       FROM ours GROUP BY 1 ORDER BY 1`,
    )
    expect(ourDeals).toEqual(rawDeals)
    // Each of them came from one of the leads.
    const ids = new Set(leads.bodies.map(({ id }) => id))
    expect(deals.bodies.filter(({ leadId }) => !ids.has(leadId))).toEqual([])
  })
})

/** Times that are written in another way than the mapping says, or are none: SQL counts them in the raw file. */
const UNREAD_TIME = (column: string) =>
  `${column} <> '' AND ${column} NOT GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9]'`

describe.skipIf(!existsSync(`${DATA}/fivetran-seeds`))('fivetran-seeds', () => {
  const mapped = existsSync(`${DATA}/fivetran-seeds`) ? mapFolder('test/mappings/fivetran') : Promise.resolve([])

  test('of every file each row is read, mapped or rejected with a reason', async () => {
    for (const one of await mapped) {
      using raw = rawTable(path.join(one.folder, one.object))
      const [{ n }] = rows(raw, 'SELECT count(*) AS n FROM raw') as [{ n: number }]
      expect([one.object, one.read, one.bodies.length + one.rejected]).toEqual([one.object, n, n])
    }
    expect(new Set((await mapped).map(({ source }) => source)).size).toBe(4)
  })

  test('ids that stand twice in a seed are told, and none of them is lost', async () => {
    for (const [source, kind, id] of [
      ['salesforce-seeds', 'account', 'id'],
      ['hubspot-seeds', 'opportunity', 'deal_id'],
      ['zendesk-seeds', 'user', 'id'],
      ['pendo-seeds', 'account', 'id'],
    ] as const) {
      const one = find(await mapped, source, kind)
      using raw = rawTable(path.join(one.folder, one.object))
      const [{ n }] = rows(raw, `SELECT count(*) - count(DISTINCT "${id}") AS n FROM raw WHERE "${id}" <> ''`) as [
        { n: number },
      ]
      const [{ empty }] = rows(raw, `SELECT count(*) AS empty FROM raw WHERE "${id}" = ''`) as [{ empty: number }]
      expect([source, kind, one.rejected]).toEqual([source, kind, n + empty])
    }
  })

  test.each([
    [
      'salesforce-seeds',
      'opportunity',
      `SELECT count(*) AS n, sum(amount) * 100 AS total FROM raw`,
      `SELECT count(*) AS n, sum(amount) AS total FROM ours`,
    ],
    ['hubspot-seeds', 'opportunity', `SELECT count(DISTINCT deal_id) AS n FROM raw`, `SELECT count(*) AS n FROM ours`],
    [
      'zendesk-seeds',
      'ticket',
      `SELECT status, count(DISTINCT id) AS n FROM raw GROUP BY status ORDER BY status`,
      `SELECT status, count(*) AS n FROM ours GROUP BY status ORDER BY status`,
    ],
    [
      'pendo-seeds',
      'usage_week',
      `SELECT account_id AS account, sum(num_events) AS n FROM raw GROUP BY 1 ORDER BY 1`,
      `SELECT accountId AS account, sum(events) AS n FROM ours GROUP BY 1 ORDER BY 1`,
    ],
  ])('%s: %s has the totals that SQL finds', async (source, kind, raw, ours) => {
    const [expected, found] = both(find(await mapped, source, kind), raw, ours)
    expect(found).toEqual(expected)
  })

  test('times in another spelling than the rest are listed, and their records kept', async () => {
    for (const [source, kind, field, column] of [
      ['hubspot-seeds', 'ticket', 'firstPublicReplyAt', 'property_first_agent_reply_date'],
      ['hubspot-seeds', 'opportunity', 'createdAt', 'property_createdate'],
      ['salesforce-seeds', 'opportunity', 'createdAt', 'created_date'],
    ] as const) {
      const one = find(await mapped, source, kind)
      using raw = rawTable(path.join(one.folder, one.object))
      const [{ n }] = rows(raw, `SELECT count(*) AS n FROM raw WHERE ${UNREAD_TIME(column)}`) as [{ n: number }]
      expect([source, kind, one.unreadable.filter((text) => text.startsWith(`${field} `)).length]).toEqual([
        source,
        kind,
        n,
      ])
    }
  })
})
