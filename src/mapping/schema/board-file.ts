import * as z from 'zod'
import { FACT_KINDS } from '../../domain/facts.ts'
import { flag, say, text } from '../say.ts'
import { COLORS, COLUMN_TYPES, duration, plainValue } from './values.ts'

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
