import { id, integer, money, oneOf, text } from '../fact-field.ts'
import type { FactSchema } from '../facts.ts'
import type { FactField, Fields } from '../fields.ts'
import { LOADS } from './book.ts'

const always = { additive: true, always: true } as const
const accounts = (meaning: string, more: object = {}) =>
  integer(meaning, '62', { ...always, unit: 'accounts', ...more })
const size = (meaning: string) => integer(meaning, '50', { additive: false, unit: 'accounts' })

const book: Fields<FactField> = {
  id: text('The row’s own key: the id of the person.', '0055g00000KcZ2wAAF', { always: true }),
  name: text('Whose book it is; the id where no source delivered such a user.', 'Anna Snelling', { always: true }),
  ownerId: id('The person.', 'user', { always: true }),
  role: text('Role of the person.', 'ae'),
  team: text('Team of the person.', 'Central'),
  accounts: accounts('Accounts in the book, customers or not.', {
    formula: 'accounts of which the person is account manager, and those without one of which the person is owner',
  }),
  managed: accounts('Those the person holds as account manager.'),
  customers: accounts('Those that are customers.'),
  smb: accounts('Those of small companies.'),
  midMarket: accounts('Those of the mid-market.'),
  enterprise: accounts('Those of enterprises.'),
  arr: money('ARR of the customers among them.', always),
  seats: integer('Seats that those pay for.', '940', { ...always, unit: 'seats' }),
  orangeAccounts: accounts('Customers among them that are orange: below the threshold.'),
  orangeArr: money('Their ARR.', always),
  greenAccounts: accounts('Customers among them that are green: grown past the threshold.'),
  greenArr: money('Their ARR; as held today, whoever brought it there.', always),
  openOpportunities: integer('Open opportunities that the person owns.', '14', { ...always, unit: 'opportunities' }),
  openPipeline: money('Their ARR.', always),
  openLeads: integer('Open leads that the person owns.', '30', { ...always, unit: 'leads' }),
  fewest: size('From how many accounts on a book of this role is full enough; of account executives and managers.'),
  most: size('How many accounts a book of this role holds at most.'),
  free: size('How many more it can take.'),
  load: oneOf('How full it is.', LOADS, { formula: 'under fewest, within, or over most: books: of model.yaml' }),
}

/** What mappings see of what each person looks after. */
export const BOOK_FACTS: Readonly<Record<'book', FactSchema>> = {
  book: {
    meaning: 'What one person looks after today: accounts, ARR, pipeline, leads, and whether that is too much.',
    fields: book,
    scope: { owner: 'user' },
  },
}
