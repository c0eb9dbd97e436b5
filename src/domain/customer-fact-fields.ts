import { SENTIMENTS } from './customer-records.ts'
import { FEATURE_STATUSES, REQUEST_CHANNELS, REQUEST_ROLES } from './demand-records.ts'
import { day, field, flag, id, instant, integer, number, oneOf, ratio, text } from './fact-field.ts'
import type { FactField, Fields } from './fields.ts'

const SOURCE = text('The source it was read from.', 'usage', { always: true })
const ACCOUNT = id('The account it belongs to.', 'account', {
  formula:
    'its own, else that of the record it hangs on; the one it stands for, if that was merged or is known elsewhere',
})
const HAS_ACCOUNT = flag('Whether the account it belongs to is known.')
const URL = text('Where it can be opened in the source.', 'https://acme.zendesk.com/agent/tickets/17')

export const CONTACT: Fields<FactField> = {
  id: id('The id of the contact.', 'contact', { always: true }),
  source: SOURCE,
  accountId: ACCOUNT,
  hasAccount: HAS_ACCOUNT,
  name: text('The person’s name.', 'Emma Brown'),
  email: text('E-mail address.', 'emma@acme.com'),
  title: text('Job title.', 'Director of Sales'),
  role: text('Part in a purchase: champion, economic_buyer, user.', 'champion'),
  lastTwoWayContactAt: instant('When the person last answered us.'),
  createdOn: day('The day the person was written down.', { formula: 'company day of createdAt' }),
  url: URL,
}

export const REQUEST: Fields<FactField> = {
  id: id('The id of the request.', 'request', { always: true }),
  source: SOURCE,
  accountId: ACCOUNT,
  hasAccount: HAS_ACCOUNT,
  opportunityId: id('The opportunity that hangs on it.', 'opportunity'),
  featureId: id('The feature of the catalogue that it means.', 'feature', {
    formula: 'by id; else by name or alias, whatever the case and punctuation; empty where none or several are meant',
  }),
  feature: text('The feature’s name; as it was written where it is in no catalogue.', 'Single sign-on'),
  isMatched: flag('Whether the feature is in the catalogue.'),
  featureStatus: oneOf('How far the feature is.', FEATURE_STATUSES),
  theme: text('The bigger need the feature is part of.', 'Enterprise security'),
  role: oneOf('Whether it blocks the purchase, is wanted, or was shown.', REQUEST_ROLES),
  certainty: ratio('How sure it is that the feature decides.'),
  evidence: integer(
    'How good the evidence is: 3 for the buyer’s own words or a signed requirement, 2 for a rep’s note before close, 1 for a reason entered at or after close.',
    '3',
    { additive: false },
  ),
  createdAt: instant('When it was asked for.'),
  createdOn: day('The day it was asked for.', { formula: 'company day of createdAt' }),
  author: text('Who wrote it down.', 'Anna Snelling'),
  channel: oneOf('Where it was heard.', REQUEST_CHANNELS),
  text: text('The words.', 'We cannot sign without SSO'),
  votes: integer('How many voted for it, where the source counts votes.', '12', { unit: 'votes', additive: true }),
  need: text('The need behind it.', 'Leavers must lose access the same day'),
  workaround: text('What was given in its place.', 'A script that locks accounts'),
  url: URL,
}

export const TICKET: Fields<FactField> = {
  id: id('The id of the ticket.', 'ticket', { always: true }),
  source: SOURCE,
  accountId: ACCOUNT,
  hasAccount: HAS_ACCOUNT,
  contactId: id('The person who wrote it.', 'contact'),
  email: text('E-mail address of the person who wrote it.', 'emma@acme.com'),
  subject: text('What it is about.', 'SSO does not work'),
  channel: text('Where it came in: mail, chat, phone.', 'mail'),
  status: text('The source’s own status.', 'solved'),
  priority: text('The source’s own priority.', 'urgent'),
  createdAt: instant('When it came in.'),
  createdOn: day('The day it came in.', { formula: 'company day of createdAt' }),
  firstPublicReplyAt: instant('When a person first answered where the customer can see it.'),
  firstReplyMinutes: integer('Minutes until a person first answered; empty while nobody did.', '9', {
    unit: 'minutes',
    additive: false,
    formula: 'firstPublicReplyAt − createdAt, by the calendar',
  }),
  firstReplyOpenMinutes: integer(
    'Minutes of office hours until a person first answered; empty while nobody did.',
    '9',
    {
      unit: 'minutes',
      additive: false,
      formula: 'of them those in the hours of the agent’s team: its zone, weekdays, holidays',
    },
  ),
  targetMinutes: integer('Within how many minutes it should be answered.', '60', {
    unit: 'minutes',
    additive: false,
    formula: 'of its channel in model.yaml, by the clock that is set there',
  }),
  isInTime: field('boolean')('Whether it was answered within the target; empty while that is open.', 'true', {
    formula: 'as seen at the start of today',
  }),
  waitsForReply: flag('Whether nobody answered yet and it is not solved; never of a bot’s.'),
  solvedAt: instant('When it was solved; empty while it is open.'),
  solvedOn: day('The day it was solved; empty while it is open.', { formula: 'company day of solvedAt' }),
  isOpen: flag('Whether it is not solved yet.'),
  agentId: id('The user who takes care of it.', 'user'),
  agent: text('The name of that user; the id where no source delivered one.', 'Anna Snelling'),
  team: text('The team that user was in when it came in.', 'Central'),
  isSatisfied: field('boolean')('Whether the customer was satisfied; empty where nobody answered.', 'true', {
    formula: 'satisfaction from good_from of model.yaml on',
  }),
  satisfaction: number('How satisfied the customer was, on the source’s own scale.', '4.5', { additive: false }),
  tags: text('Its tags, separated by commas.', 'sso, login'),
  features: text('The features of the catalogue that its tags mean.', 'Single sign-on', {
    formula: 'by id; else by name or alias, whatever the case and punctuation',
  }),
  sentiment: oneOf('The mood of it.', SENTIMENTS),
  isBot: flag('Whether a bot or a machine wrote it.'),
  isEscalated: flag('Whether it was escalated.'),
  isOnHold: flag('Whether it waits for somebody else.'),
  url: URL,
}

export const USAGE_WEEK: Fields<FactField> = {
  id: id('The id of the point.', 'usage_week', { always: true }),
  source: SOURCE,
  accountId: ACCOUNT,
  hasAccount: HAS_ACCOUNT,
  featureId: id('The feature of the catalogue; empty for the whole product.', 'feature', {
    formula: 'by id; else by name or alias, whatever the case and punctuation',
  }),
  feature: text('The feature’s name; as usage names it where it is in no catalogue.', 'Single sign-on'),
  week: day('The Monday of the ISO week, in the company’s zone.'),
  activeUsers: integer('How many people used it in the week.', '12', {
    unit: 'people',
    additive: false,
    formula: 'of several weeks or features not to be added up: they are the same people',
  }),
  events: integer('How often it was used in the week.', '340', { unit: 'events', additive: true }),
  url: URL,
}
