import type { SeenItem } from './boards.ts'
import { projectFunnel } from './funnel-projection.ts'

export type Row = Readonly<Record<string, unknown>>

/** An item as a shipped board must show it, computed from the org's own REST answers by other code than boardsync's. */
export interface ProjectedItem {
  readonly key: string
  readonly name: string
  readonly group: string
  /** Text by column title; of numbers, the shortest that says the number. Columns that people own are left out. */
  readonly cells: Readonly<Record<string, string>>
}

/** What the org held, as plain requests read it. */
export interface OrgRows {
  readonly accounts: readonly Row[]
  readonly leads: readonly Row[]
  readonly opportunities: readonly Row[]
  /** By opportunity, oldest first. */
  readonly history: ReadonlyMap<string, readonly Row[]>
  readonly users: readonly Row[]
}

const DAY_MS = 86_400_000
/** Groups of Deals and others that hold what is no longer part of the board. */
const LEFT_BEHIND = ['Left', 'Gone']

/** Reads an object of the org with plain requests. Where time passes quickly a session may end between two of them. */
export async function readOrg(env: Readonly<Record<string, string>>, soql: string): Promise<Row[]> {
  let session = await logIn(env)
  const rows: Row[] = []
  let path: string | undefined = `/services/data/v68.0/query?q=${encodeURIComponent(soql)}`
  for (let refused = 0; path !== undefined; ) {
    const headers = { authorization: `Bearer ${session.access_token}` }
    const answer = await fetch(`${session.instance_url}${path}`, { headers })
    const page = (await answer.json()) as { records: Row[]; nextRecordsUrl?: string }
    if (answer.status === 401 && refused < 3) {
      refused += 1
      session = await logIn(env)
      continue
    }
    if (!Array.isArray(page.records)) throw new Error(JSON.stringify(page))
    rows.push(...page.records)
    path = page.nextRecordsUrl
  }
  return rows
}

async function logIn(env: Readonly<Record<string, string>>): Promise<{ access_token: string; instance_url: string }> {
  const login = await fetch(`${env.SALESFORCE_LOGIN_URL}/services/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: env.SALESFORCE_CLIENT_ID ?? '',
      client_secret: env.SALESFORCE_CLIENT_SECRET ?? '',
    }),
  })
  return (await login.json()) as { access_token: string; instance_url: string }
}

/** The four shipped boards, by name, as they must be on `today` (a UTC day, `2026-11-22`). */
export async function projectBoards(
  env: Readonly<Record<string, string>>,
  today: string = utcDay(Date.now()),
): Promise<Map<string, ProjectedItem[]>> {
  const history = await readOrg(
    env,
    'SELECT Id, OpportunityId, StageName, Amount, CreatedDate FROM OpportunityHistory ORDER BY CreatedDate, Id',
  )
  const org: OrgRows = {
    accounts: await readOrg(
      env,
      'SELECT Id, Name, Website, BillingCountry, Industry, NumberOfEmployees, Segment__c, OwnerId, Seats__c, Plan__c, ' +
        'ARR__c, Renewal_Date__c, Customer_Tier__c FROM Account',
    ),
    leads: await readOrg(
      env,
      'SELECT Id, Name, Title, Email, Company, LeadSource, Country, NumberOfEmployees, Status, OwnerId, CreatedDate, ' +
        'IsConverted, ConvertedDate, ConvertedAccountId, ConvertedOpportunityId FROM Lead',
    ),
    opportunities: await readOrg(
      env,
      'SELECT Id, Name, Type, StageName, Amount, ARR__c, Seats__c, CreatedDate, CloseDate, OwnerId, AccountId, ' +
        'Account.Name FROM Opportunity',
    ),
    history: Map.groupBy(history, (row) => String(row.OpportunityId)),
    users: await readOrg(env, 'SELECT Id, Email FROM User'),
  }
  const personOf = await readPeople(env, org.users)
  return new Map([
    ['Deals', projectDeals(org, personOf, today)],
    ['Accounts', projectAccounts(org, personOf)],
    ['Leads', projectLeads(org, personOf, today)],
    ['Funnel', projectFunnel(org, today)],
  ])
}

/** How the boards differ from what they must show, in sentences; empty when they are equal. */
export function differences(
  seen: ReadonlyMap<string, readonly SeenItem[]>,
  expected: ReadonlyMap<string, readonly ProjectedItem[]>,
): string[] {
  const wrong: string[] = []
  for (const [board, items] of expected) {
    const wanted = new Map(items.map((item) => [item.key, item]))
    for (const item of seen.get(board) ?? []) {
      if (LEFT_BEHIND.includes(item.group)) continue
      const must = wanted.get(item.key)
      wanted.delete(item.key)
      const shown = JSON.stringify(
        must === undefined ? item : { ...pick(item, must), cells: pick(item.cells, must.cells) },
      )
      if (shown !== JSON.stringify(must)) {
        wrong.push(`${board} shows ${shown} and must show ${must === undefined ? 'nothing' : JSON.stringify(must)}`)
      }
    }
    for (const item of wanted.values()) wrong.push(`${board} lacks ${JSON.stringify(item)}`)
  }
  return wrong
}

function pick(from: object, like: object): object {
  return Object.fromEntries(Object.keys(like).map((name) => [name, (from as Row)[name]]))
}

// ── the boards of records ───────────────────────────────────────────────────────────────────────────

type PersonOf = (ownerId: unknown) => string

/** Whom monday knows by the e-mail address of a Salesforce user. */
async function readPeople(env: Readonly<Record<string, string>>, users: readonly Row[]): Promise<PersonOf> {
  const answer = await fetch(env.MONDAY_API_URL ?? '', {
    method: 'POST',
    headers: {
      authorization: env.MONDAY_API_TOKEN ?? '',
      'content-type': 'application/json',
      'api-version': '2026-10',
    },
    body: JSON.stringify({ query: '{ users(limit: 1000) { name email } }' }),
  })
  const { data } = (await answer.json()) as { data: { users: { name: string; email: string }[] } }
  const names = new Map(data.users.map(({ name, email }) => [email.toLowerCase(), name]))
  const emails = new Map(users.map((user) => [String(user.Id), text(user.Email).toLowerCase()]))
  return (ownerId) => names.get(emails.get(String(ownerId)) ?? '') ?? ''
}

function projectDeals({ opportunities, history }: OrgRows, personOf: PersonOf, today: string): ProjectedItem[] {
  const oldest = utcDay(Date.parse(today) - 90 * DAY_MS)
  return opportunities.flatMap((row): ProjectedItem[] => {
    const stage = String(row.StageName)
    const isOpen = !isClosed(row)
    if (!isOpen && closedOn(row, history.get(String(row.Id)) ?? []) < oldest) return []
    const account = (row.Account as Row | null)?.Name
    const won = row.Type === 'Existing Business' ? 'expansion' : 'won'
    return [
      {
        key: String(row.Id),
        name: account == null ? text(row.Name) : `${account}: ${text(row.Name)}`,
        group: stage === 'Closed Won' ? won : stage === 'Closed Lost' ? 'lost' : 'opportunity',
        cells: {
          Stage: stage,
          ARR: text(row.ARR__c ?? row.Amount),
          Seats: text(row.Seats__c),
          'Close date': text(row.CloseDate),
          Overdue: isOpen && text(row.CloseDate) < today ? 'v' : '',
          'Do not upsell': '',
          Owner: personOf(row.OwnerId),
        },
      },
    ]
  })
}

const SEGMENT_GROUPS: Readonly<Record<string, string>> = {
  Enterprise: 'Enterprise',
  'Mid-Market': 'Mid-market',
  SMB: 'Small business',
}

function projectAccounts({ accounts, opportunities }: OrgRows, personOf: PersonOf): ProjectedItem[] {
  const byAccount = Map.groupBy(opportunities, (row) => String(row.AccountId))
  return accounts.map((row): ProjectedItem => {
    const own = byAccount.get(String(row.Id)) ?? []
    const open = own.filter((deal) => !isClosed(deal))
    const won = own.filter((deal) => deal.StageName === 'Closed Won')
    const closed = own.length - open.length
    const sold = won.filter((deal) => deal.Type !== 'Renewal')
    const arr = row.ARR__c ?? (sold.length === 0 ? null : centsText(sumOf(sold)))
    const isCustomer = row.ARR__c == null ? won.length > 0 || Number(row.Seats__c ?? 0) > 0 : Number(row.ARR__c) > 0
    const employees = row.NumberOfEmployees
    const bySize =
      employees == null
        ? ''
        : Number(employees) >= 1000
          ? 'Enterprise'
          : Number(employees) >= 100
            ? 'Mid-Market'
            : 'SMB'
    return {
      key: String(row.Id),
      name: text(row.Name),
      group: SEGMENT_GROUPS[text(row.Segment__c ?? bySize)] ?? 'Size unknown',
      cells: {
        Customer: isCustomer ? 'v' : '',
        ARR: text(arr),
        Seats: text(row.Seats__c),
        Plan: text(row.Plan__c),
        Tier: text(row.Customer_Tier__c),
        Renewal: text(row.Renewal_Date__c),
        'Open deals': String(open.length),
        'Open pipeline': centsText(sumOf(open)),
        'Win rate (count)': closed === 0 ? '' : String(Math.round((won.length / closed) * 100)),
        Industry: text(row.Industry),
        Country: text(row.BillingCountry),
        Website: text(row.Website).replace(/^https:\/\/www\./, ''),
        Owner: personOf(row.OwnerId),
      },
    }
  })
}

function projectLeads({ leads }: OrgRows, personOf: PersonOf, today: string): ProjectedItem[] {
  const oldest = utcDay(Date.parse(today) - 30 * DAY_MS)
  return leads
    .filter((row) => row.IsConverted === false && dayOf(row.CreatedDate) >= oldest)
    .map((row) => ({
      key: String(row.Id),
      name: row.Company == null ? text(row.Name) : `${row.Name} (${row.Company})`,
      group: text(row.Status ?? 'No status'),
      cells: {
        Title: text(row.Title),
        'E-mail': text(row.Email),
        'Came from': text(row.LeadSource),
        Country: text(row.Country),
        Employees: text(row.NumberOfEmployees),
        Created: dayOf(row.CreatedDate),
        'Do not upsell': '',
        Owner: personOf(row.OwnerId),
      },
    }))
}

// ── small things ────────────────────────────────────────────────────────────────────────────────────

export function isClosed(row: Row): boolean {
  return row.StageName === 'Closed Won' || row.StageName === 'Closed Lost'
}

/** The day of the first of the last unbroken run of closed history rows; without history the close date. */
export function closedOn(row: Row, history: readonly Row[]): string {
  const first = history[history.findLastIndex((change) => !isClosed(change)) + 1]
  return first === undefined ? text(row.CloseDate) : dayOf(first.CreatedDate)
}

/** What an opportunity is worth, in cents: its ARR, or else its amount. */
export function centsOf(row: Row): number {
  return Math.round(Number(row.ARR__c ?? row.Amount ?? 0) * 100)
}

function sumOf(rows: readonly Row[]): number {
  return rows.reduce((sum, row) => sum + centsOf(row), 0)
}

export function centsText(cents: number): string {
  return String(cents / 100)
}

export function text(value: unknown): string {
  return value === null || value === undefined || value === '#N/A' ? '' : String(value)
}

export function dayOf(instant: unknown): string {
  return utcDay(Date.parse(String(instant)))
}

function utcDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
