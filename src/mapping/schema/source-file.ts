import * as z from 'zod'
import { JOINED_KINDS } from '../../domain/joined-records.ts'
import { RECORD_KINDS, RECORDS, type RecordKind } from '../../domain/records.ts'
import { flag, say, text } from '../say.ts'
import { duration, plainValue, READINGS, SOURCE_TYPES, translations, valueList } from './values.ts'

const FieldObject = z.strictObject({
  field: text(
    'The source’s own field or column; a field of a related object with a dot. Of a monday board: a column by title or id, ' +
      'a part of one (`Owner.email`, `Status.id`, `Term.from`), a column of the items that it links ' +
      '(`Account.boardsync_key`), or of the item itself (`item.name`, `item.group`, `item.created_at`).',
    'Owner.Email',
  ).optional(),
  value: say(plainValue.optional(), 'A fixed value for every record, in place of a field.', {
    example: 'sales_assisted',
  }),
  as: say(
    z.enum(READINGS).optional(),
    'How the text is read. Needed for fields of your own (`extra.…`) and for percents; others follow from the field.',
    { example: 'money' },
  ),
  required: flag('Whether a record without this field is of no use and is rejected as a whole.'),
  optional: flag('Whether the source may lack the field (not every org has it): where it does, the value is empty.'),
  format: text(
    'How dates or numbers are written where the source has its own way: of YYYY YY MM M DD D HH H hh h mm ss A for ' +
      'dates, one of `1,234.56`, `1.234,56`, `1 234,56` for numbers.',
    'MM/DD/YY',
  ).optional(),
  trim: flag('Whether blanks around a value are cut off; else they make a number or date unreadable.'),
  null_values: say(valueList.default([]), 'Texts that stand for no value, beside those of the record.', {
    example: ['-1'],
  }),
  aliases: say(
    translations.default({}),
    'Other spellings, and what each stands for. A text that stands for itself is taken as it is.',
    { example: { GTXPro: 'GTX Pro' } },
  ),
  values: say(
    translations.default({}),
    'The source’s words, and ours for each. `""` is the empty value. A word listed neither here nor as ours is rejected.',
    { example: { 'Existing Business': 'expansion' } },
  ),
})
export type FieldObject = z.output<typeof FieldObject>

const FieldForm = z.union([z.string().min(1), FieldObject]).meta({
  id: 'Field',
  description: 'The source’s field, or an object that says more about it.',
  examples: ['StageName'],
})
export type FieldForm = z.output<typeof FieldForm>

const Match = say(
  z
    .array(
      z.union([
        z.literal('domain'),
        z.strictObject({
          id: text('The field that holds the id by which the other source knows the account.', 'Workspace_Id__c'),
          of: text('The other source.', 'usage'),
        }),
      ]),
    )
    .optional(),
  'Accounts: how one is found to be the same company as an account of another source, in the order tried: by the id of the ' +
    'other stored here, or by registered domain (never one of a public mail provider). Of two accounts that are one, that ' +
    'of the source named first in identity.yaml leads; without it Salesforce does, then the order of files.',
  { example: [{ id: 'Workspace_Id__c', of: 'usage' }, 'domain'] },
)

const TwinMatch = say(
  z
    .array(
      z.strictObject({
        id: text(
          'The field that holds the id by which the other source knows the same record.',
          'salesforceopportunityid',
        ),
        of: text('The other source.', 'salesforce'),
      }),
    )
    .optional(),
  'How one is found to be the same as a record of another source: by the id of the other stored here, and nothing else. Of ' +
    'two that are one, the values of the leading source win (`leading` in model.yaml), and the other’s fill gaps.',
  { example: [{ id: 'salesforceopportunityid', of: 'salesforce' }] },
)

/** Other kinds have no such key. */
function matchOf(kind: RecordKind): { match: typeof Match } {
  if (kind === 'account') return { match: Match }
  const isJoined = (JOINED_KINDS as readonly string[]).includes(kind)
  return (isJoined ? { match: TwinMatch } : {}) as unknown as { match: typeof Match }
}

const Events = say(
  z.strictObject({
    account: text(
      'What tells the account of an event. PostHog: an expression of HogQL. Mixpanel: a property. Amplitude: `groups.<type>`, ' +
        '`user_properties.<name>`, `event_properties.<name>` or a field of the event.',
      'company_id',
    ),
    person: text(
      'What tells the person. Default: person_id for PostHog, distinct_id for Mixpanel, user_id and else amplitude_id for Amplitude.',
      'user_id',
    ).optional(),
    only: say(z.array(z.string().min(1)).min(1).optional(), 'The events that count as use. Default: all of them.', {
      example: ['report_created', 'export_run'],
    }),
  }),
  'PostHog, Mixpanel, Amplitude: how single events are counted. Records have the fields account, event (empty for the whole ' +
    'product), week (the Monday, in the company’s zone), users (distinct persons) and events.',
  { example: { account: 'company_id', only: ['report_created'] } },
)

const recordSchema = (kind: RecordKind) =>
  z
    .strictObject({
      object: text(
        'The source’s own name of what is read: a Salesforce object, a file of the folder, a table, a monday board by its name ' +
          'or number, tickets of Zendesk; where there is a query, or events are counted, what to call it.',
        'Opportunity',
      ),
      where: text(
        'Condition that the source itself applies (SOQL for Salesforce, SQL for PostgreSQL; files have none). Records it leaves out are ' +
          'as good as absent.',
        "Type != 'Partner'",
      ).optional(),
      id: text(
        'Files: the column that holds the id; default: a hash of the row. PostgreSQL: the column, or several with commas ' +
          'between them, that tell rows apart; default: id. All others have ids of their own.',
        'opportunity_id',
      ).optional(),
      query: text(
        'PostgreSQL: the query whose rows are read. Default: all rows of the table that object names. :from is the day from ' +
          'which rows are wanted, :zone the company’s time zone.',
        "select account, date_trunc('week', at at time zone :zone)::date as week, count(*) as events from event group by 1, 2",
      ).optional(),
      recent_weeks: say(
        z.int().min(1).max(520).optional(),
        'PostgreSQL: how many weeks beside the running one are read again each time, so that late events count; the query ' +
          'says from when with :from. What changes in older weeks is found as often as formulas_every and reconcile_every ' +
          'say. Default: everything is read whenever anything changed. PostHog, Mixpanel, Amplitude: the same; default: 4.',
        { example: 8 },
      ),
      since: say(
        z
          .string()
          .regex(/^\d{4}-\d\d-\d\d$/, { error: 'must be a day such as 2026-01-01' })
          .optional(),
        'Zendesk, PostHog, Mixpanel, Amplitude: the day from which on anything is read. Default: everything for Zendesk; for ' +
          'the others the recent weeks only.',
        { example: '2026-01-01' },
      ),
      events: Events.optional(),
      bots: say(
        valueList.default([]),
        'Zendesk: users, by number or e-mail address, whose replies are a machine’s though they are agents.',
        { example: ['robot@acme.com'] },
      ),
      changed_at: text(
        'Files, PostgreSQL: the column that says when a row last changed. Default: when the file changed; nothing.',
        'updated_at',
      ).optional(),
      delimiter: say(
        z.enum([',', ';', '\t', '|']).optional(),
        'Files: what stands between columns. Default: found out from the first lines.',
        { example: ';' },
      ),
      encoding: say(
        z.enum(['utf-8', 'utf-16le', 'latin1']).optional(),
        'Files: how letters are stored. Default: utf-8, or what the file’s first bytes say.',
        { example: 'latin1' },
      ),
      optional: flag('Whether the source may lack the object (not every org has it): where it does, nothing is read.'),
      currency: say(
        z
          .union([
            z.string().min(1),
            z.strictObject({
              field: text('The field that holds it.', 'CurrencyIsoCode'),
              optional: flag(
                'Whether the source may lack the field: where it does, the money is in the company’s currency.',
              ),
            }),
          ])
          .optional(),
        'Currency of the record’s money, and with it how many decimals that has: a field that holds it, or an ISO 4217 code. Default, and where the field is empty: the company’s.',
        { example: { field: 'CurrencyIsoCode', optional: true } },
      ),
      url: text(
        'Where a person can open the record; {id}, or any field in braces.',
        'https://acme.my.salesforce.com/{id}',
      ).optional(),
      null_values: say(valueList.default([]), 'Texts that stand for no value in any field.', {
        example: ['#N/A', 'Select'],
      }),
      aliases: say(
        z.record(z.string(), translations).default({}),
        'Other spellings by our field; the same as `aliases` of the field itself.',
        { example: { stage: { 'Closed won': 'Closed Won' } } },
      ),
      ...matchOf(kind),
      fields: say(
        z
          .object(
            Object.fromEntries(
              Object.entries(RECORDS[kind].fields).map(([name, field]) => [
                name,
                say(
                  FieldForm.optional(),
                  `${field.meaning}${field.values ? ` One of ${field.values.join(', ')}.` : ''}`,
                ),
              ]),
            ),
          )
          .catchall(FieldForm) as unknown as z.ZodType<Record<string, FieldForm>>,
        'Our fields, and where each comes from. Any further one by a name of your own: `extra.tier`.',
        { example: { name: 'Name', 'extra.tier': { field: 'Customer_Tier__c', as: 'text' } } },
      ),
    })
    .meta({ description: RECORDS[kind].meaning })
export type RecordFile = z.output<ReturnType<typeof recordSchema>>

export const SourceFile = z
  .strictObject({
    source: say(
      z
        .string()
        .regex(/^[a-z][a-z0-9_-]*$/, { error: 'must be lower-case letters, digits, - and _, such as salesforce' }),
      'Name of the source. Part of everything kept from it, so it should never change.',
      { example: 'salesforce' },
    ),
    type: say(z.enum(SOURCE_TYPES).optional(), 'What the source is. Default: its name, where that is one of these.', {
      example: 'files',
    }),
    database: text(
      'PostgreSQL: the variable of the environment that holds the address of the database. Default: USAGE_DATABASE_URL.',
      'BILLING_DATABASE_URL',
    ).optional(),
    path: text(
      `Files: the folder, relative to this file. \`\${NAME}\` stands for a variable of the environment.`,
      '../exports',
    ).optional(),
    formulas_every: say(
      duration.default('24h'),
      'How often fields that change without the record’s change stamp (formulas, roll-ups, fields of a parent) are read of ' +
        'all records, of objects of which such a field is mapped. Files are always read whole.',
      { example: '6h' },
    ),
    reconcile_every: say(
      duration.default('7d'),
      'How often every object is compared with what is kept of it, to find records that went, came or became visible ' +
        'without a trace. Files are always read whole.',
      { example: '2d' },
    ),
    records: say(
      z.strictObject(
        Object.fromEntries(RECORD_KINDS.map((kind) => [kind, recordSchema(kind).optional()])) as Record<
          RecordKind,
          z.ZodOptional<ReturnType<typeof recordSchema>>
        >,
      ),
      'What is read, by kind of record.',
    ),
  })
  .meta({ title: 'Source mapping', description: 'One file of `sources/`: the objects of a source, as our records.' })
export type SourceFile = z.output<typeof SourceFile>
