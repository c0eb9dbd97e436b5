import type { FactValues } from '../../domain/facts.ts'
import { nothingToShow, type ReportFacts, type SectionBody, type SectionSpec, termsOf } from '../section.ts'
import { amount, count, counted, numberOf } from '../words.ts'

/** What each person looks after today, and who has too much or room. */
export const booksSection: SectionSpec = {
  id: 'books',
  title: 'Books of business',
  question: 'Who looks after how much, who has too much, and who has room?',
  needs: ['book'],
  make,
}

function make(facts: ReportFacts): SectionBody {
  const { currency } = facts
  const rows = facts
    .of('book')
    .toSorted(
      (a, b) =>
        (numberOf(b, 'accounts') ?? 0) - (numberOf(a, 'accounts') ?? 0) || (String(a.id) < String(b.id) ? -1 : 1),
    )
  if (rows.length === 0)
    return nothingToShow(
      'No account, open opportunity or open lead has an owner.',
      'Owners come from the sources: map ownerId and accountManagerId of accounts in a file of mappings/sources.',
    )
  return {
    sentences: sentencesOf(rows),
    charts: [],
    tables: [
      {
        caption: `As of today, whatever the month; money in ${currency}`,
        columns: [
          ...['Person', 'Role, team', 'Accounts', 'Customers', 'Small, mid-market, enterprise', 'ARR', 'Green ARR'],
          ...['Open pipeline', 'Open leads', 'Full enough to full', 'Room for', 'Load'],
        ],
        rows: rows.map((row) => [
          String(row.name),
          [row.role, row.team].filter((part) => part !== undefined).join(', ') || '–',
          count(numberOf(row, 'accounts')),
          count(numberOf(row, 'customers')),
          ['smb', 'midMarket', 'enterprise'].map((field) => count(numberOf(row, field))).join(', '),
          amount(numberOf(row, 'arr'), currency),
          amount(numberOf(row, 'greenArr'), currency),
          `${amount(numberOf(row, 'openPipeline'), currency)} (${count(numberOf(row, 'openOpportunities'))})`,
          count(numberOf(row, 'openLeads')),
          row.most === undefined ? '–' : `${count(numberOf(row, 'fewest'))} to ${count(numberOf(row, 'most'))}`,
          count(numberOf(row, 'free')),
          String(row.load ?? '–'),
        ]),
      },
    ],
    terms: termsOf('book', {
      accounts: 'Accounts',
      arr: 'ARR',
      greenArr: 'Green ARR',
      openPipeline: 'Open pipeline',
      openLeads: 'Open leads',
      free: 'Room for',
      load: 'Load',
    }),
  }
}

function sentencesOf(rows: readonly FactValues[]): string[] {
  const loaded = rows.filter((row) => row.load !== undefined)
  const sum = (field: string) => rows.reduce((total, row) => total + (numberOf(row, field) ?? 0), 0)
  const over = loaded.filter((row) => row.load === 'over')
  const under = loaded.filter((row) => row.load === 'under').length
  const names = over.slice(0, MOST_NAMED).map((row) => `${String(row.name)} (${count(numberOf(row, 'accounts'))})`)
  const more = over.length > MOST_NAMED ? ` and ${over.length - MOST_NAMED} more` : ''
  return [
    `${counted(rows.length, 'person looks', 'people look')} after ${counted(sum('accounts'), 'account', 'accounts')} today.`,
    loaded.length === 0
      ? 'Nobody is known as account executive or account manager, so no book is measured: map the role of users.'
      : `Of ${counted(loaded.length, 'account executive or manager', 'account executives and managers')}, ${count(over.length)} with more than a full book${names.length === 0 ? '' : `: ${names.join(', ')}${more}`}; ${count(under)} with less than is full enough. There is room for ${counted(sum('free'), 'more account', 'more accounts')} in all.`,
  ]
}

const MOST_NAMED = 8
