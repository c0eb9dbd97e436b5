import * as z from 'zod'
import { RECORD_KINDS, RECORDS, type RecordKind } from '../../domain/records.ts'
import { say, text } from '../say.ts'
import { plainValue } from './values.ts'

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
