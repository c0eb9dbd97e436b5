import {
  centsOf,
  centsText,
  closedOn,
  dayOf,
  isClosed,
  type OrgRows,
  type ProjectedItem,
  type Row,
} from './projection.ts'

const MONTHS = 12
const OPEN_STAGES = [
  'Prospecting',
  'Qualification',
  'Needs Analysis',
  'Value Proposition',
  'Id. Decision Makers',
  'Perception Analysis',
  'Proposal/Price Quote',
  'Negotiation/Review',
]
const GROUPS = {
  entry_cohort: 'Entered in the month',
  active: 'Active in the month',
  snapshot: 'At the end of the month',
}
type View = keyof typeof GROUPS

/** Funnel stages and stages of the CRM, and which of them come before others. */
interface Ladder {
  readonly rungs: readonly string[]
  rungOf(stage: string): string
  closingOf(deal: Row): string
}

const ONE_FUNNEL: Ladder = {
  rungs: ['opportunity'],
  rungOf: () => 'opportunity',
  closingOf: ({ StageName, Type }) =>
    StageName === 'Closed Lost' ? 'lost' : Type === 'Existing Business' ? 'expansion' : 'won',
}

const CRM: Ladder = {
  rungs: OPEN_STAGES.map((stage) => `salesforce:*:${stage}`),
  rungOf: (stage) => `salesforce:*:${stage}`,
  closingOf: ({ StageName }) => `salesforce:*:${StageName}`,
}

/** From one day to another (`null`: still) a deal was in a stage, worth so many cents from so many days on. */
interface Stay {
  readonly rung: string
  readonly from: string
  to: string | null
  readonly worth: { readonly day: string; readonly cents: number }[]
}

/** Count and cents per view, month and stage. */
class Table {
  readonly cells = new Map<string, { count: number; cents: number }>()
  readonly current: string

  constructor(current: string) {
    this.current = current
  }

  add(view: View, month: string, stage: string, cents: number): void {
    const key = `${view}:${month > this.current ? this.current : month}:all:${stage}`
    const cell = this.cells.get(key) ?? { count: 0, cents: 0 }
    this.cells.set(key, { count: cell.count + 1, cents: cell.cents + cents })
  }
}

/** The Funnel board of the newest twelve months: whoever was where, month by month, counted one by one. */
export function projectFunnel({ opportunities, history, leads }: OrgRows, today: string): ProjectedItem[] {
  const months = lastMonths(today)
  const table = new Table(today.slice(0, 7))
  for (const deal of opportunities) {
    for (const ladder of [ONE_FUNNEL, CRM]) addDeal(table, ladder, deal, history.get(String(deal.Id)) ?? [], months)
  }
  const dealOf = new Map(opportunities.map((deal) => [String(deal.Id), deal]))
  for (const lead of leads) addLead(table, lead, dealOf.get(String(lead.ConvertedOpportunityId)), months)
  return [...table.cells].flatMap(([key, { count, cents }]) => {
    const [view = '', month = '', , ...rest] = key.split(':')
    const crmStage = rest.length > 1 ? rest.slice(2).join(':') : ''
    const stage = crmStage === '' ? (rest[0] ?? '') : crmStage
    if (!months.includes(month)) return []
    return [
      {
        key,
        name: `${month} ${stage}`,
        group: GROUPS[view as View],
        cells: {
          Month: month,
          Stage:
            crmStage === ''
              ? stage
              : crmStage === 'Closed Won'
                ? 'won'
                : crmStage === 'Closed Lost'
                  ? 'lost'
                  : 'opportunity',
          'CRM stage': crmStage,
          Count: String(count),
          ARR: centsText(cents),
        },
      },
    ]
  })
}

function addDeal(table: Table, ladder: Ladder, deal: Row, rows: readonly Row[], months: readonly string[]): void {
  const first = rows[0]
  if (first === undefined || dayOf(deal.CreatedDate) !== dayOf(first.CreatedDate))
    throw new Error(`Opportunity ${deal.Id} has no history from its first day on`)
  const stays = staysOf(ladder, deal, rows)
  const entered = new Map<string, { day: string; cents: number }>()
  const reach = (rung: string, day: string, cents: number) => {
    for (const passed of ladder.rungs.slice(0, ladder.rungs.indexOf(rung) + 1)) {
      if (!entered.has(passed)) entered.set(passed, { day, cents })
    }
  }
  for (const { rung, from, worth } of stays) reach(rung, from, worth[0]?.cents ?? 0)
  if (isClosed(deal)) {
    const day = closedOn(deal, rows)
    if (deal.StageName === 'Closed Won') reach(ladder.rungs.at(-1) ?? '', day, centsOf(deal))
    table.add('entry_cohort', day.slice(0, 7), ladder.closingOf(deal), centsOf(deal))
  }
  for (const rung of ladder.rungs) {
    const entry = entered.get(rung)
    if (entry !== undefined) table.add('entry_cohort', entry.day.slice(0, 7), rung, entry.cents)
    for (const month of months) {
      const here = stays.filter((stay) => stay.rung === rung && wasIn(stay, month, table.current))
      const last = here.at(-1)
      // A stage that was skipped was passed through on the day the next one was reached.
      if (last !== undefined) table.add('active', month, rung, worthIn(last, month, table.current))
      else if (entry !== undefined && capped(entry.day, table.current) === month)
        table.add('active', month, rung, entry.cents)
      if (last !== undefined && (last.to === null || capped(last.to, table.current) > month))
        table.add('snapshot', month, rung, worthIn(last, month, table.current))
    }
  }
}

/** The stretches of days a deal spent in open stages. */
function staysOf(ladder: Ladder, deal: Row, rows: readonly Row[]): Stay[] {
  const stays: Stay[] = []
  let now: Stay | undefined
  for (const row of rows) {
    const day = dayOf(row.CreatedDate)
    // The history keeps amounts; a deal with an ARR of its own has no other worth than today's.
    const cents = deal.ARR__c == null ? Math.round(Number(row.Amount ?? 0) * 100) : centsOf(deal)
    const rung = isClosed(row) ? null : ladder.rungOf(String(row.StageName))
    if (rung !== now?.rung) {
      if (now !== undefined) now.to = day
      now = rung === null ? undefined : { rung, from: day, to: null, worth: [] }
      if (now !== undefined) stays.push(now)
    }
    now?.worth.push({ day, cents })
  }
  return stays
}

function addLead(table: Table, lead: Row, deal: Row | undefined, months: readonly string[]): void {
  const from = dayOf(lead.CreatedDate)
  table.add('entry_cohort', from.slice(0, 7), 'lead', 0)
  const dealFrom =
    deal !== undefined &&
    deal.AccountId === lead.ConvertedAccountId &&
    Date.parse(String(deal.CreatedDate)) >= Date.parse(String(lead.CreatedDate))
      ? dayOf(deal.CreatedDate)
      : null
  const to = lead.IsConverted === true ? (dealFrom ?? String(lead.ConvertedDate)) : null
  const stay: Stay = { rung: 'lead', from, to, worth: [] }
  for (const month of months) {
    if (!wasIn(stay, month, table.current)) continue
    table.add('active', month, 'lead', 0)
    if (to === null || capped(to, table.current) > month) table.add('snapshot', month, 'lead', 0)
  }
}

function wasIn({ from, to }: Stay, month: string, current: string): boolean {
  return capped(from, current) <= month && (to === null || capped(to, current) >= month)
}

function worthIn({ worth }: Stay, month: string, current: string): number {
  return worth.findLast(({ day }) => capped(day, current) <= month)?.cents ?? 0
}

/** The month of a day; what is dated ahead counts in the current month. */
function capped(day: string, current: string): string {
  const month = day.slice(0, 7)
  return month > current ? current : month
}

function lastMonths(today: string): string[] {
  const [year = 0, month = 1] = today.split('-').map(Number)
  return Array.from({ length: MONTHS }, (_, back) =>
    new Date(Date.UTC(year, month - 1 - back, 1)).toISOString().slice(0, 7),
  ).reverse()
}
