import * as z from 'zod'
import { DECIDERS, ICP_COUNTRIES } from '../domain/default-model.ts'
import { FACT_KINDS } from '../domain/facts.ts'
import { defaultImplementations } from '../domain/implementations/implementation-signals.ts'
import { ATTRIBUTION_MODELS, DEFAULT_INFLUENCE, MAX_BANDS } from '../domain/influence/settings.ts'
import { JOINED_KINDS } from '../domain/joined-records.ts'
import { ARR_SOURCES, FUNNEL_STAGES, HAND_OVER_AT } from '../domain/model.ts'
import {
  LEAD_ORIGINS,
  LEAD_ROUTES,
  MOTIONS,
  OPPORTUNITY_STATES,
  RECORD_KINDS,
  RECORDS,
  type RecordKind,
} from '../domain/records.ts'
import { RiskSettings } from './risk-settings.ts'
import { flag, say, share, text } from './say.ts'
import { SupportSettings } from './support-settings.ts'

/**
 * What may stand in the files of a mapping folder: one schema per kind of file. From here come the types, the lint,
 * the editors' JSON Schema (`mappings/schema/`) and the reference page (`mappings/REFERENCE.md`). Each key carries a
 * sentence, an example and its default.
 */

/** Values that text of a source is read as. */
export const READINGS = [
  'text',
  'integer',
  'number',
  'ratio',
  'percent',
  'money',
  'day',
  'instant',
  'boolean',
  'domain',
  'country',
  'currency',
] as const
export type Reading = (typeof READINGS)[number]

export const COLUMN_TYPES = [
  'text',
  'long_text',
  'numbers',
  'status',
  'date',
  'people',
  'checkbox',
  'link',
  'dropdown',
  'email',
  'phone',
  'country',
  'location',
  'rating',
  'timeline',
  'week',
  'hour',
  'world_clock',
  'tags',
  'board_relation',
  'dependency',
] as const

/** Colours of status labels, as monday names them, with `-` for `_`. */
export const COLORS = [
  'working-orange',
  'done-green',
  'stuck-red',
  'dark-blue',
  'purple',
  'explosive',
  'grass-green',
  'bright-blue',
  'saladish',
  'egg-yolk',
  'blackish',
  'dark-red',
  'sofia-pink',
  'lipstick',
  'dark-purple',
  'bright-green',
  'chili-blue',
  'american-gray',
  'brown',
  'dark-orange',
  'sunset',
  'bubble',
  'peach',
  'berry',
  'winter',
  'river',
  'navy',
  'aquamarine',
  'indigo',
  'dark-indigo',
  'pecan',
  'lavender',
  'royal',
  'steel',
  'orchid',
  'lilac',
  'tan',
  'sky',
  'coffee',
  'teal',
] as const

/** What a source can be. */
export const SOURCE_TYPES = [
  'salesforce',
  'hubspot',
  'files',
  'postgres',
  'monday',
  'zendesk',
  'posthog',
  'mixpanel',
  'amplitude',
] as const
export type SourceType = (typeof SOURCE_TYPES)[number]

const plainValue = z.union([z.string(), z.number(), z.boolean()])
const translations = z.record(z.string(), plainValue)
const valueList = z.array(z.union([z.string(), z.number()]))

const duration = z.string().regex(/^[1-9]\d*(m|h|d|w)$/, {
  error: 'must be a duration: a whole number with m (minutes), h (hours), d (days) or w (weeks) after it, such as 26h',
})

// ── sources/*.yaml ────────────────────────────────────────────────────────────────────────────────────

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

// ── boards/*.yaml ─────────────────────────────────────────────────────────────────────────────────────

const boardValue = (description: string, example: unknown) => say(plainValue, description, { example })

const Column = z
  .strictObject({
    type: say(z.enum(COLUMN_TYPES), 'Type of the column.', { example: 'status' }),
    value: boardValue(
      'What the cell shows: a field (`opportunity.stage`; empty gives an empty cell), an expression, or a fixed value.',
      'opportunity.stage',
    ),
    text: text(
      'Link columns: the words shown in place of the address. Location columns: the address shown for the place. Fields in braces.',
      'Open in Salesforce',
    ).optional(),
    country: text(
      'Phone columns: the country of the number, by its two-letter code or English name; fields in braces.',
      '{account.country}',
    ).optional(),
    to: say(plainValue.optional(), 'Timeline columns: the last day; `value` is the first.', {
      example: 'opportunity.closeOn',
    }),
    week_starts: say(
      z.enum(['monday', 'sunday']).optional(),
      'Week columns: the day on which weeks start, as the account is set. Default: monday.',
      { example: 'sunday' },
    ),
    colors: say(
      z.record(z.string(), z.enum(COLORS)).default({}),
      'Status columns: colour of a label when the label is made.',
      { example: { 'Closed Won': 'done-green' } },
    ),
    split: text(
      'Dropdown, tags, board relation and dependency columns: what stands between several labels or keys in the value. Default: it is one.',
      ';',
    ).optional(),
    board: text(
      'Board relation columns: the mapping file of the board whose items are linked; `value` is the key of such an item there.',
      'accounts.yaml',
    ).optional(),
    decimals: say(
      z.int().min(0).max(6).optional(),
      'Numbers columns: how many decimals are kept. Default: those of the currency for money, 2 for percents, else 6.',
      { example: 0 },
    ),
    write: say(
      z.enum(['always', 'once']).default('always'),
      '`always` keeps the cell equal; `once` fills it when the item is made and leaves it to people.',
      { example: 'once' },
    ),
  })
  .meta({ id: 'Column', description: 'One column of the board, by its title.' })
export type ColumnFile = z.output<typeof Column>

const announcement = (kind: string, shown: string) => ({
  when: say(
    z.union([z.string().min(1), z.boolean()]),
    `When the ${kind} is due: a field that is true or false, or an expression.`,
    {
      example: 'opportunity.isWon && has(opportunity.arr) && opportunity.arr >= 100000',
    },
  ),
  text: text(
    `What the ${kind} says, with fields in braces. What is empty is left out together with the text that joins it.`,
    shown,
  ),
  once: say(
    plainValue.optional(),
    `What tells one occasion from the next: a field or an expression. For each value it takes the ${kind} is due once. Default: once for each item.`,
    { example: 'opportunity.closedOn' },
  ),
})

const Update = z
  .strictObject(announcement('update', 'Won: {account.name}, {opportunity.arr} USD a year'))
  .meta({ id: 'Update', description: 'An update written under an item, once.' })

const Notification = z
  .strictObject({
    ...announcement('notification', '{opportunity.name} is won'),
    to: say(
      z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
      'Who is notified: a field or an expression that gives an e-mail address (several with commas), or a list of such. Whoever has no account on the board’s host is left out.',
      { example: ['owner.email'] },
    ),
  })
  .meta({ id: 'Notification', description: 'A notification to people, once.' })

export const BoardFile = z
  .strictObject({
    board: say(
      z.strictObject({
        id: say(z.union([z.string().min(1), z.int()]).optional(), 'The board’s number, as in its address.', {
          example: 1234567890,
        }),
        name: text('The board’s name, where it may be made or is known by name.', 'Deals').optional(),
        workspace: text('The workspace it is in. Default: the main workspace.', 'BizOps').optional(),
        create: flag('Whether the board is made when there is none of this name.'),
      }),
      'Which board: by `id`, or by `name`.',
      { example: { name: 'Deals', workspace: 'BizOps', create: true } },
    ),
    items: say(
      z.enum(FACT_KINDS),
      'What becomes an item: one per fact of this kind. `boardsync fields opportunity` lists what is in scope.',
      { example: 'opportunity' },
    ),
    where: say(
      z.union([z.string().min(1), z.boolean()]).optional(),
      'Which of them: a field that is true or false, or an expression. Default: all. What no longer fits moves to the group Left.',
      { example: 'opportunity.isOpen' },
    ),
    key: text(
      'The field that tells items apart, kept in the text column `boardsync_key`. Default: the id of the fact.',
      'opportunity.id',
    ).optional(),
    name: text(
      'The item’s name, with fields in braces. What is empty is left out together with the text that joins it.',
      '{account.name}: {opportunity.name}',
    ),
    group: say(
      z
        .union([
          z.string().min(1),
          z.strictObject({
            by: boardValue(
              'What decides the group: a field or an expression that gives text.',
              'opportunity.funnelStage',
            ),
            order: say(
              z.array(z.string()).default([]),
              'The values in the order of their groups, top first; others follow.',
              {
                example: ['lead', 'opportunity', 'won'],
              },
            ),
            titles: say(
              z.record(z.string(), z.string().min(1)).default({}),
              'Titles of groups in place of the values.',
              {
                example: { won: 'Won' },
              },
            ),
            otherwise: say(z.string().min(1).default('Other'), 'The group of items for which `by` is empty.', {
              example: 'No stage',
            }),
          }),
        ])
        .default('Items'),
      'The group items are in: a fixed title, or by a value.',
      { example: { by: 'opportunity.funnelStage', order: ['lead', 'opportunity', 'won', 'expansion', 'lost'] } },
    ),
    columns: say(
      z.record(z.string().min(1), Column),
      'The columns this program keeps, by title. Others are left alone.',
      {
        example: { Stage: { type: 'status', value: 'opportunity.stage' } },
      },
    ),
    when_gone: say(
      z.enum(['archive', 'mark', 'keep']).default('archive'),
      'What happens to an item whose record is gone at its source: archived, moved to the group Gone, or kept.',
      { example: 'mark' },
    ),
    when_edited_by_hand: say(
      z.enum(['overwrite', 'keep', 'report']).default('overwrite'),
      'What happens to a cell that a person changed: written over, kept, or kept and reported. `boardsync repair` shows and writes over them all the same.',
      { example: 'keep' },
    ),
    fresh_within: say(
      duration.optional(),
      'How long ago what feeds the board may have been read. Older values are not sent; `plan`, `apply` and `status` say so. Default: any age.',
      {
        example: '26h',
      },
    ),
    left_for: say(
      z
        .string()
        .regex(/^[1-9]\d*(d|w)$/, { error: 'must be a number of days or weeks, such as 90d' })
        .default('90d'),
      'How long items stay in the group Left before the oldest are archived.',
      { example: '7d' },
    ),
    updates: say(
      z.record(z.string().min(1), Update).default({}),
      'Updates written under items, each once, by a name of your own. What holds when one comes into the mapping is taken as said: only what comes true from then on is news.',
      {
        example: { Won: { when: 'opportunity.isWon', text: 'Won: {account.name}' } },
      },
    ),
    notify: say(
      z.record(z.string().min(1), Notification).default({}),
      'Notifications to people about items, each once, by a name of your own. What holds when one comes into the mapping is taken as said.',
      {
        example: {
          Won: { when: 'opportunity.isWon', to: 'owner.email', text: '{opportunity.name} is won' },
        },
      },
    ),
    urgency: say(
      plainValue.optional(),
      'What goes first when the day’s quota does not carry all: a field or expression that gives a number; higher first.',
      { example: 'opportunity.arr' },
    ),
  })
  .meta({
    title: 'Board mapping',
    description: 'One file of `boards/`: what a board shows. The file’s name is the board’s name in commands.',
  })
export type BoardFile = z.output<typeof BoardFile>

// ── model.yaml ────────────────────────────────────────────────────────────────────────────────────────

const Stage = z
  .strictObject({
    name: text('The stage as the CRM spells it.', 'Negotiation/Review'),
    funnelStage: say(z.enum(FUNNEL_STAGES), 'Where it stands in the one funnel; `lost` is the exit.', {
      example: 'opportunity',
    }),
    state: say(
      z.enum(OPPORTUNITY_STATES).optional(),
      'Whether an opportunity in it is open, won or lost. Default: won for won and expansion, lost for lost, else open.',
      { example: 'won' },
    ),
  })
  .meta({ id: 'Stage' })
const StageList = z.array(Stage).min(1)

const limits = (seats: number, arr: number) => ({
  seats: say(z.int().positive().nullable().default(seats), 'Seats paid for; null: seats do not count.', {
    example: seats,
  }),
  arr: say(z.number().positive().nullable().default(arr), 'ARR, in units of the currency; null: ARR does not count.', {
    example: arr,
  }),
})

const Buckets = say(
  z
    .strictObject({
      green_from: say(
        z
          .strictObject({
            ...limits(50, 10_000),
            match: say(z.enum(['any', 'all']).default('any'), 'Whether one of the two is enough, or both are needed.', {
              example: 'any',
            }),
            currency: text(
              'The currency of the ARR here and in fall_back, ISO 4217. Default: the company’s. Another one is taken at its newest rate under rates:, for all days.',
              'USD',
            ).optional(),
          })
          .prefault({}),
        'From where on an account is green: the limits themselves are enough.',
        { example: { seats: 50, arr: 10_000, match: 'any' } },
      ),
      fall_back: say(
        z
          .strictObject({
            ...limits(40, 8000),
            after: say(duration.default('90d'), 'For how many days in a row it must be below.', { example: '90d' }),
          })
          .optional(),
        'Below which lower limits a green account is orange again, once it was there long enough: where it no longer meets them as green_from is met. Default: green is for good.',
        { example: { seats: 40, arr: 8000, after: '90d' } },
      ),
      near_within: share('How near the threshold an orange account is called near, as a share of it.', 0.2),
      motion_if_empty: say(
        z.enum(MOTIONS).default('sales_assisted'),
        'What an account is of which no source tells the motion.',
        { example: 'sales_assisted' },
      ),
    })
    .prefault({}),
  'When an account that sales works on counts as grown: orange before, green after.',
  { example: { green_from: { seats: 50, arr: 10_000 }, near_within: 0.2 } },
)

const words = (description: string, values: readonly string[]) =>
  say(z.array(z.string().min(1)).default([...values]), description, { example: [...values] })

const Forecast = say(
  z
    .strictObject({
      commit: words('Forecast categories of opportunities that sales commits to, in the CRM’s words.', [
        'Commit',
        'Forecast',
      ]),
      best_case: words('Categories of those that may well be won.', [
        'Best Case',
        'BestCase',
        'Most Likely',
        'MostLikely',
      ]),
      omitted: words('Categories of those that are no pipeline.', ['Omitted']),
      target: words('Measures of target records that together are the target of what is won.', [
        'arr_new',
        'arr_expansion',
      ]),
      must_win: say(
        z
          .strictObject({
            largest: say(z.int().min(1).max(200).default(20), 'How many of the largest.', { example: 20 }),
            from: say(
              z.number().positive().default(50_000),
              'The least ARR that can be one, in units of company currency; below some thousand open ones are above it, no board needs a lower one.',
              { example: 50_000 },
            ),
          })
          .prefault({}),
        'Which open opportunities of the quarter are the must-win ones.',
        { example: { largest: 20, from: 50_000 } },
      ),
    })
    .prefault({}),
  'What the CRM’s forecast categories mean, and which targets a forecast is held against.',
  { example: { commit: ['Commit'], best_case: ['Best Case'], omitted: ['Omitted'], target: ['arr_new'] } },
)

const countries = z.array(z.string().regex(/^[A-Z]{2}$/, { error: 'must be a country’s two letters, such as SE' }))

const RouteRule = z
  .strictObject({
    icp: say(
      z.boolean().optional(),
      'Whether it must be of the kind you look for (true), or must be known not to be (false).',
      {
        example: true,
      },
    ),
    origin: say(z.array(z.enum(LEAD_ORIGINS)).optional(), 'How it came: one of these.', { example: ['contact_form'] }),
    country: say(countries.optional(), 'Its country: one of these.', { example: ['SE', 'NO'] }),
    employees: say(z.int().positive().optional(), 'At least so many employees.', { example: 1000 }),
    score: say(z.int().min(0).max(100).optional(), 'At least this score.', { example: 60 }),
    to: say(z.enum(LEAD_ROUTES), 'Where it goes.', { example: 'ae' }),
  })
  .meta({ id: 'RouteRule' })

const Leads = say(
  z
    .strictObject({
      icp: say(
        z
          .strictObject({
            countries: say(countries.default([...ICP_COUNTRIES]), 'Countries of leads you look for.', {
              example: ['US', 'SE'],
            }),
            employees: say(z.int().min(0).default(100), 'At least so many employees.', { example: 100 }),
          })
          .prefault({}),
        'Which leads are of the kind you look for: both must hold, and bots never are.',
        { example: { countries: ['US', 'SE'], employees: 100 } },
      ),
      titles: say(
        z.array(z.string().min(1)).default([...DECIDERS]),
        'Words in the job titles of people who decide, whatever their case.',
        { example: ['director', 'head'] },
      ),
      engagement: say(
        z
          .strictObject({
            within: say(duration.default('14d'), 'How long after a lead came its score is made, and use counts.', {
              example: '14d',
            }),
            half_life: say(duration.default('7d'), 'A week of use counts half for each such time it lies back.', {
              example: '7d',
            }),
            full_users: say(
              z.int().positive().default(10),
              'So many people who use the product in a week are full marks.',
              {
                example: 10,
              },
            ),
          })
          .prefault({}),
        'How use of the product makes up the half of the score that is engagement.',
        { example: { within: '14d', half_life: '7d', full_users: 10 } },
      ),
      routes: say(
        z.array(RouteRule).default([
          { icp: false, to: 'self_serve' },
          { origin: ['partner'], to: 'partner' },
          { origin: ['contact_form'], employees: 1000, to: 'ae' },
          { icp: true, to: 'sdr' },
        ]),
        'Where leads go: the first rule of which every condition holds. A lead that none fits goes nowhere.',
        {
          example: [
            { origin: ['contact_form'], employees: 1000, to: 'ae' },
            { icp: true, to: 'sdr' },
          ],
        },
      ),
    })
    .prefault({}),
  'How leads are judged and where they go.',
  { example: { icp: { countries: ['US', 'SE'], employees: 100 } } },
)

const HandOver = say(
  z
    .strictObject({
      at: say(z.enum(HAND_OVER_AT).default('green'), 'What makes an account its account manager’s.', {
        example: 'green',
      }),
      within: say(duration.default('14d'), 'How long the hand-over may take.', { example: '14d' }),
    })
    .prefault({}),
  'When an account goes from its owner to its account manager.',
  { example: { at: 'first_win', within: '30d' } },
)

export const ModelFile = z
  .strictObject({
    company: say(
      z.strictObject({
        name: text('Your company’s name.', 'Example Inc').optional(),
        currency: text('The currency of all totals, ISO 4217.', 'USD'),
        time_zone: say(z.string().min(1).default('UTC'), 'The zone whose calendar counts, as the IANA names it.', {
          example: 'Europe/Berlin',
        }),
      }),
      'Your own company.',
      { example: { name: 'Example Inc', currency: 'USD', time_zone: 'America/New_York' } },
    ),
    stages: say(
      z.record(z.string(), z.union([StageList, z.record(z.string(), StageList)])).default({}),
      'The CRM’s stages in order, by source: one list, or one per pipeline (`*` for any other pipeline).',
      {
        example: {
          salesforce: [
            { name: 'Prospecting', funnelStage: 'opportunity' },
            { name: 'Closed Won', funnelStage: 'won' },
          ],
        },
      },
    ),
    segments: say(
      z
        .strictObject({
          enterprise: say(z.int().min(0).default(1000), 'Employees from which a company is enterprise.', {
            example: 1000,
          }),
          mid_market: say(z.int().min(0).default(100), 'Employees from which it is mid-market.', { example: 100 }),
          smb: say(z.int().min(0).default(0), 'Employees from which it is a small business.', { example: 0 }),
        })
        .prefault({}),
      'Size classes by employees, for accounts that name no segment of their own.',
      { example: { enterprise: 1000, mid_market: 100, smb: 0 } },
    ),
    rates: say(
      z
        .record(
          z.string(),
          z
            .array(
              z.strictObject({
                from: text('First day the rate holds.', '2026-01-01'),
                rate: say(z.number().positive(), 'Units of company currency for one unit of the other.', {
                  example: 1.08,
                }),
              }),
            )
            .min(1),
        )
        .default({}),
      'Exchange rates into the company’s currency, by currency. For a day on which one of these holds it wins over the rates that sources deliver (exchange_rate, dated_exchange_rate); before its first day, and for other currencies, those count: the newest dated one, else the undated one. Money in a currency without a rate stays out of totals and is listed.',
      { example: { EUR: [{ from: '2026-01-01', rate: 1.08 }] } },
    ),
    funnel: say(
      z
        .strictObject({
          months: say(z.int().min(1).max(60).default(12), 'How many months the funnel goes back.', { example: 12 }),
          mature_at: share('Share of a cohort that must be closed before its rates are trusted.', 0.95),
        })
        .prefault({}),
      'How the funnel is counted.',
      { example: { months: 12, mature_at: 0.95 } },
    ),
    arr: say(
      z
        .strictObject({
          from: say(
            z
              .array(z.enum(ARR_SOURCES))
              .min(1)
              .default([...ARR_SOURCES]),
            'What an account’s ARR is taken from: the first that is known. Where several are known, `account.arrDifference` tells by how much they differ.',
            { example: [...ARR_SOURCES] },
          ),
        })
        .prefault({}),
      'Where ARR comes from.',
      { example: { from: [...ARR_SOURCES] } },
    ),
    buckets: Buckets,
    forecast: Forecast,
    leads: Leads,
    hand_over: HandOver,
    support: SupportSettings,
    risks: RiskSettings,
    implementations: say(
      z
        .strictObject({
          signal_seats: say(
            z.int().min(1).default(200),
            'An open opportunity of so many seats needs an implementation.',
            {
              example: 200,
            },
          ),
          signal_words: say(
            z.array(z.string().min(1)).default([...defaultImplementations().signalWords]),
            'And so does one whose name or next step has a word that begins so.',
            { example: ['integration', 'migration'] },
          ),
        })
        .prefault({}),
      'Which opportunities will need an implementation.',
      { example: { signal_seats: 200 } },
    ),
    influence: say(
      z
        .strictObject({
          window_days: say(
            z.int().min(1).max(730).default(DEFAULT_INFLUENCE.windowDays),
            'Days after a feature shipped, or was promised, in which what happens to opportunities is told of it.',
            { example: 90 },
          ),
          link_days: say(
            z.int().min(0).max(90).default(DEFAULT_INFLUENCE.linkDays),
            'Days after an opportunity opened by which a request counts as there from the beginning, when win rates are compared.',
            { example: 14 },
          ),
          attribution: say(
            z.enum(ATTRIBUTION_MODELS).default(DEFAULT_INFLUENCE.attribution),
            'How credit for a won opportunity is split over the features that blocked it: in equal parts; all to the first asked for, the last shipped, or the most certain; 3 : 2 : 1 for blocker, wanted and shown; or by `weights`.',
            { example: 'even' },
          ),
          weights: say(
            z
              .strictObject({
                blocker: say(z.number().min(0).default(3), 'Weight of a feature that blocks.', { example: 3 }),
                wanted: say(z.number().min(0).default(1), 'Weight of a feature that is wanted.', { example: 1 }),
                shown: say(z.number().min(0).default(0), 'Weight of a feature that was shown.', { example: 0 }),
              })
              .prefault({}),
            'Weights of roles, for `attribution: custom`.',
            { example: { blocker: 3, wanted: 1, shown: 0 } },
          ),
          size_bands: say(
            z
              .array(z.number().positive())
              .min(1)
              .max(MAX_BANDS - 1)
              .default([...DEFAULT_INFLUENCE.sizeBands]),
            'The ARR, in company currency, from which an opportunity is of the next size, rising: only opportunities of one size and segment are compared.',
            { example: [5_000, 25_000, 100_000] },
          ),
        })
        .prefault({}),
      'How the influence of features is reckoned.',
      { example: { window_days: 90, attribution: 'even' } },
    ),
    schedules: say(
      z.record(z.string(), z.string().min(1)).default({}),
      'When `boardsync start` runs what, as cron lines in the company’s time zone: `source <name>` and `board <name>`.',
      { example: { 'source salesforce': '*/15 * * * *', 'board deals': '*/30 * * * *' } },
    ),
    leading: say(
      z.partialRecord(z.enum(JOINED_KINDS), z.string()).default({}),
      'Of records that two sources hold (`match` in a source file), whose values win, by kind; the other’s fill gaps. In an ' +
        'account of both, opportunities of the other source that match none are listed and not counted. Default: the order of ' +
        'identity.yaml, else Salesforce first.',
      { example: { opportunity: 'salesforce' } },
    ),
    quota_share: say(
      z.record(z.string(), z.number().positive().max(1)).default({}),
      'Share of a source’s daily request quota that this program may use up to, by source. Default: 0.5.',
      { example: { salesforce: 0.5 } },
    ),
    reread_every: say(
      duration.default('24h'),
      'How often boards are read back whole, so that what people changed by hand is seen.',
      { example: '24h' },
    ),
    guard: say(
      z
        .strictObject({
          max_said: say(
            z.int().min(0).default(50),
            'How many items of a board one plan may say something of (`updates`, `notify`) without a person’s word.',
            { example: 50 },
          ),
          max_vanished: share('Share of a board that may vanish at its source in one plan.', 0.05),
          max_changed: share('Share of a board that data may change in one plan; boards of totals are free.', 0.6),
          min_items: say(z.int().min(0).default(20), 'Boards with fewer items than this are not guarded.', {
            example: 20,
          }),
        })
        .prefault({}),
      'When a plan is refused as unsafe.',
      { example: { max_vanished: 0.05, max_changed: 0.6, min_items: 20 } },
    ),
  })
  .meta({ title: 'Model', description: 'The file `model.yaml`: definitions and settings of the company.' })
export type ModelFile = z.output<typeof ModelFile>

// ── boards/*.test.yaml ────────────────────────────────────────────────────────────────────────────────

const CaseRecord = z.record(z.string(), z.union([plainValue, z.record(z.string(), plainValue)]))

export const CasesFile = z
  .strictObject({
    today: text('The day the cases play on, unless a case says otherwise.', '2026-11-22'),
    cases: say(
      z
        .array(
          z.strictObject({
            name: text('What the case shows, as a sentence.', 'an open deal shows its stage and ARR'),
            today: text('The day this case plays on.', '2026-12-01').optional(),
            source: text(
              'The source the records come from. Default: the first that delivers the item’s records.',
              'salesforce',
            ).optional(),
            records: say(
              z.strictObject(
                Object.fromEntries(
                  RECORD_KINDS.map((kind) => [
                    kind,
                    say(z.array(CaseRecord).optional(), RECORDS[kind].meaning, { example: [{ id: 'X1' }] }),
                  ]),
                ) as Record<RecordKind, z.ZodOptional<z.ZodArray<typeof CaseRecord>>>,
              ),
              'Records in, by kind, in our fields; money in units, days as 2026-11-22, instants as 2026-11-22T10:00:00Z.',
              { example: { opportunity: [{ id: 'O1', name: '50 seats', stage: 'Prospecting', amount: 24710.5 }] } },
            ),
            items: say(
              z.array(
                z.strictObject({
                  key: say(z.union([z.string(), z.number()]), 'Key of the item.', { example: 'O1' }),
                  name: text('Its name.', 'Acme: 50 seats').optional(),
                  group: text('Its group.', 'opportunity').optional(),
                  cells: say(
                    z.record(z.string(), plainValue).default({}),
                    'Cells to compare, by column title; others are not looked at. Empty text for an empty cell.',
                    { example: { Stage: 'Prospecting', ARR: 24710.5 } },
                  ),
                }),
              ),
              'Items out: exactly these, in any order.',
              { example: [{ key: 'O1', name: 'Acme: 50 seats', cells: { ARR: 24710.5 } }] },
            ),
          }),
        )
        .min(1),
      'The cases.',
      { example: [{ name: 'no deals, no items', records: {}, items: [] }] },
    ),
  })
  .meta({
    title: 'Cases of a board',
    description:
      'A file `boards/<board>.test.yaml`: records in, items out. `boardsync lint --test` and `npm test` run it.',
  })
export type CasesFile = z.output<typeof CasesFile>

// ── identity.yaml ─────────────────────────────────────────────────────────────────────────────────────

const AccountText = z.string().regex(/^[a-z][a-z0-9_-]*\/.+$/, {
  error: 'must be a source, a slash and its id of the account, such as salesforce/001f4000003NkdYAAS',
})
const pairs = (description: string) =>
  say(z.array(z.tuple([AccountText, AccountText])).default([]), description, {
    example: ['salesforce/001f4000003NkdYAAS', 'usage/w-17'],
  })

export const IdentityFile = z
  .strictObject({
    order: say(
      z.array(z.string()).default([]),
      'Sources in the order in which their accounts lead: the values of the first win, the others fill its gaps.',
      { example: ['salesforce', 'usage'] },
    ),
    same: pairs('Accounts that are one company, whatever the rules of the source mappings find.'),
    different: pairs('Accounts that are two companies, whatever those rules find.'),
  })
  .meta({
    title: 'Identity',
    description: 'The file `identity.yaml`: which accounts of several sources are one company.',
  })
export type IdentityFile = z.output<typeof IdentityFile>

/** Every kind of file, by the name of its JSON Schema. */
export const FILE_SCHEMAS = {
  source: SourceFile,
  board: BoardFile,
  model: ModelFile,
  cases: CasesFile,
  identity: IdentityFile,
} as const
export type FileKind = keyof typeof FILE_SCHEMAS

/** Other names under which keys are taken, with their present name. They work and are reported as warnings. */
export const RENAMED_KEYS: Readonly<Record<FileKind, Readonly<Record<string, string>>>> = {
  source: {},
  board: { archive_after: 'left_for' },
  model: { timezone: 'time_zone', funnel_stage: 'funnelStage' },
  cases: { given: 'records' },
  identity: {},
}
