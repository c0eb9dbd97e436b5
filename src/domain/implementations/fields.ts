import { IMPLEMENTATION_STAGES } from '../customer-records.ts'
import { day, flag, id, integer, money, number, oneOf, ratio, text } from '../fact-field.ts'
import type { FactSchema } from '../facts.ts'
import type { FactField, Fields } from '../fields.ts'

const ACCOUNT = id('The account it is for.', 'account', { formula: 'its own; the survivor, if that was merged' })

const implementation: Fields<FactField> = {
  id: id('The id of the implementation.', 'implementation', { always: true }),
  source: text('The source it was read from.', 'salesforce', { always: true }),
  accountId: ACCOUNT,
  hasAccount: flag('Whether the account is known.'),
  opportunityId: id('The opportunity that hangs on it.', 'opportunity'),
  openArr: money('ARR of that opportunity while it is open.', {
    additive: false,
    formula: 'several projects may hang on one opportunity',
  }),
  stage: oneOf('How far it is.', IMPLEMENTATION_STAGES, {
    always: true,
    formula: 'its own; else the furthest whose day has come',
  }),
  stageSinceOn: day('Since when it is there; today minus this is its age.'),
  requestedOn: day('The day it was asked for.', { formula: 'company day of requestedAt' }),
  qualifiedOn: day('The day it was found to fit the product.'),
  scopedOn: day('The day its scope was settled.'),
  sowOn: day('The day the statement of work was handed over.'),
  signedOn: day('The day it was signed.'),
  deliveringOn: day('The day delivery began.'),
  liveOn: day('The day it went live, or is to.'),
  ongoingOn: day('The day it turned into ongoing work.'),
  declinedOn: day('The day it was declined.'),
  daysToLive: integer('Days from asking to going live.', '90', {
    unit: 'days',
    additive: false,
    formula: 'liveOn − requestedOn',
  }),
  isOpen: flag('Whether it is neither live, ongoing nor declined.'),
  isBlocker: flag('Whether the opportunity waits for it.'),
  partnerId: id('The partner who does it.', 'partner'),
  partner: text('The partner’s name.', 'Nordic Cloud'),
  partnerMatches: text(
    'Partners who may do it, the best first, with how much fits, of 4.',
    'Nordic Cloud (3), Sund (2)',
    {
      formula:
        'a required certificate is a hard rule, and so are capacity above 0, language and product where a partner tells them; then by how many of industry, region, language and product fit; while nobody does it',
    },
  ),
  isInHouse: { ...flag('Whether no partner qualifies; empty once one does it.'), always: false },
  industry: text('Industry of the customer.', 'Electronics'),
  region: text('Region of the customer.', 'Nordics'),
  language: text('Language it is done in.', 'Swedish'),
  product: text('Product it is about.', 'Platform'),
  requiredCertification: text('Certificate that whoever does it must have.', 'ISO 27001'),
  hours: integer('Hours of work.', '120', { unit: 'hours', additive: true }),
  servicesAmount: money('What the work costs; the partner’s money, never ARR.', { additive: true }),
  csat: number('How satisfied the customer was, on the source’s own scale.', '4.5', { additive: false }),
  ownerId: id('Who asked for it.', 'user'),
  url: text('Where it can be opened in the source.', 'https://acme.my.salesforce.com/a025g00000KcZ2w'),
}

const signal: Fields<FactField> = {
  id: id('The id of the opportunity.', 'opportunity', { always: true }),
  opportunityId: id('The opportunity.', 'opportunity', { always: true }),
  name: text('What the opportunity is called.', 'Acme - 250 seats'),
  evidence: text('Why it will need an implementation.', '250 seats', { always: true }),
  isLarge: flag('Whether it is large.', { formula: 'seats from signal_seats of model.yaml on (200)' }),
  arr: money('Its ARR.', { additive: true }),
  closeOn: day('The day it is expected to close.'),
  accountId: ACCOUNT,
  ownerId: id('Who owns it.', 'user'),
}

const sum = (meaning: string, unit: string) => integer(meaning, '4', { unit, additive: true, always: true })

const partner: Fields<FactField> = {
  id: text('The partner; in house for projects of none.', 'P1', { always: true }),
  partner: text('The partner’s name.', 'Nordic Cloud', { always: true }),
  isPartner: flag('Whether it is a partner.'),
  projects: sum('Projects, declined ones among them.', 'projects'),
  open: sum('How many are neither live, ongoing nor declined.', 'projects'),
  live: sum('How many went live by today.', 'projects'),
  answers: sum('How many were rated.', 'answers'),
  csat: ratio('Share of those rated that were satisfied.', {
    formula: 'csat from good_from of model.yaml on ÷ answers',
  }),
  csatLow: ratio('Lower end of its 95 % interval.', { formula: 'Wilson' }),
  csatHigh: ratio('Upper end of its 95 % interval.', { formula: 'Wilson' }),
  customers: integer('Customers with a live project who paid when the first went live.', '4', {
    unit: 'accounts',
    additive: false,
    always: true,
    formula: 'an account that two partners serve counts for both',
  }),
  customersKept: integer('How many of them pay today.', '4', { unit: 'accounts', additive: false, always: true }),
  retention: ratio('Share of its customers that pay today.', { formula: 'customersKept ÷ customers' }),
  retentionShrunk: ratio('The same, drawn towards that of all the fewer customers there are.', {
    formula: 'beta-binomial over all partners and in house; where they differ no more than by chance, one rate for all',
  }),
  retentionLow: ratio('Lower end of its 95 % interval.', { formula: 'beta-binomial' }),
  retentionHigh: ratio('Upper end of its 95 % interval.', { formula: 'beta-binomial' }),
  retentionOfOthers: ratio('Share of the customers of all others that pay today.'),
  arrKept: number('ARR of its customers today against when they went live; 1.2 is 20 % more.', '1.2', {
    additive: false,
    formula: 'Σ ARR today ÷ Σ ARR when the first project went live',
  }),
  arrKeptOfOthers: number('The same of the customers of all others.', '1.1', { additive: false }),
  openPipeline: money('ARR of open opportunities that hang on its projects.', { additive: false, always: true }),
  services: money('What its projects cost; the partner’s money, never ARR.', { additive: true, always: true }),
}

/** What mappings see of implementations and partners. */
export const IMPLEMENTATION_FACTS: Readonly<
  Record<'implementation' | 'implementation_signal' | 'partner', FactSchema>
> = {
  implementation: {
    meaning: 'Work by which a customer gets the product running, alone or with a partner.',
    fields: implementation,
    scope: { account: 'account', owner: 'user' },
    extra: 'implementation',
  },
  implementation_signal: {
    meaning: 'An open opportunity that will need an implementation, and has none yet.',
    fields: signal,
    scope: { account: 'account', owner: 'user' },
  },
  partner: {
    meaning: 'A partner, with what came of its projects; projects of none stand beside.',
    fields: partner,
    scope: {},
  },
}
