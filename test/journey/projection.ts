import type { SeenItem } from './boards.ts'

type Row = Readonly<Record<string, unknown>>

/** What the shipped Deals board must show, computed from the org's own REST answers by other code than boardsync's. */
export interface ProjectedDeal {
  readonly key: string
  readonly name: string
  readonly group: string
  readonly cells: {
    readonly Stage: string
    readonly ARR: number | null
    readonly 'Close date': string
    readonly Seats: number | null
  }
}

const DAY_MS = 86_400_000

/** Reads an object of the org with plain requests. */
export async function readOrg(env: Readonly<Record<string, string>>, soql: string): Promise<Row[]> {
  const login = await fetch(`${env.SALESFORCE_LOGIN_URL}/services/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: env.SALESFORCE_CLIENT_ID ?? '',
      client_secret: env.SALESFORCE_CLIENT_SECRET ?? '',
    }),
  })
  const { access_token, instance_url } = (await login.json()) as { access_token: string; instance_url: string }
  const rows: Row[] = []
  let path: string | undefined = `/services/data/v68.0/query?q=${encodeURIComponent(soql)}`
  while (path !== undefined) {
    const answer = await fetch(`${instance_url}${path}`, { headers: { authorization: `Bearer ${access_token}` } })
    const page = (await answer.json()) as { records: Row[]; nextRecordsUrl?: string }
    if (!Array.isArray(page.records)) throw new Error(JSON.stringify(page))
    rows.push(...page.records)
    path = page.nextRecordsUrl
  }
  return rows
}

/** The Deals board as it must be on `today` (a UTC day, `2026-11-22`). */
export async function projectDeals(env: Readonly<Record<string, string>>, today: string): Promise<ProjectedDeal[]> {
  const opportunities = await readOrg(
    env,
    'SELECT Id, Name, StageName, Amount, ARR__c, Seats__c, CloseDate, AccountId, Account.Name FROM Opportunity',
  )
  const history = await readOrg(
    env,
    'SELECT Id, OpportunityId, StageName, CreatedDate FROM OpportunityHistory ORDER BY CreatedDate, Id',
  )
  const byOpportunity = Map.groupBy(history, (row) => String(row.OpportunityId))
  const oldest = new Date(Date.parse(`${today}T00:00:00Z`) - 90 * DAY_MS).toISOString().slice(0, 10)
  const deals: ProjectedDeal[] = []
  for (const row of opportunities) {
    const stage = String(row.StageName)
    const isClosed = stage === 'Closed Won' || stage === 'Closed Lost'
    if (isClosed && closedOn(row, byOpportunity.get(String(row.Id)) ?? []) < oldest) continue
    const account = (row.Account as Row | null)?.Name
    const name = text(row.Name)
    deals.push({
      key: String(row.Id),
      name: account == null ? name : `${account}: ${name}`,
      group: stage === 'Closed Won' ? 'won' : stage === 'Closed Lost' ? 'lost' : 'opportunity',
      cells: {
        Stage: stage,
        ARR: (row.ARR__c ?? row.Amount ?? null) as number | null,
        'Close date': String(row.CloseDate),
        Seats: (row.Seats__c ?? null) as number | null,
      },
    })
  }
  return deals.sort((a, b) => (a.key < b.key ? -1 : 1))
}

/** The day of the first of the last unbroken run of closed history rows; without history the close date. */
function closedOn(row: Row, history: readonly Row[]): string {
  let first: Row | undefined
  for (const change of [...history].reverse()) {
    if (change.StageName !== 'Closed Won' && change.StageName !== 'Closed Lost') break
    first = change
  }
  return first === undefined ? String(row.CloseDate) : new Date(String(first.CreatedDate)).toISOString().slice(0, 10)
}

function text(value: unknown): string {
  return value === null || value === '#N/A' ? '' : String(value)
}

/** A seen item in the form of a projected one. */
export function seenDeal({ key, name, group, cells }: SeenItem): ProjectedDeal {
  const number = (value = '') => (value === '' ? null : Number(value))
  return {
    key,
    name,
    group,
    cells: {
      Stage: cells.Stage ?? '',
      ARR: number(cells.ARR),
      'Close date': cells['Close date'] ?? '',
      Seats: number(cells.Seats),
    },
  }
}
