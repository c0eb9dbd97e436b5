import { flag, id, integer, number, text } from '../fact-field.ts'
import type { FactSchema } from '../facts.ts'

const mentions = (meaning: string, unit: string, formula?: string) =>
  integer(meaning, '7', { unit, additive: false, always: true, ...(formula === undefined ? {} : { formula }) })
const RECENT = 'in the last 3 whole months and the present one; of several features in one ticket each has it'

/** What mappings see of the voice of the customer. */
export const VOICE_FACTS: Readonly<Record<'feature_voice', FactSchema>> = {
  feature_voice: {
    meaning: 'What customers say of a feature in tickets and requests.',
    fields: {
      id: id('The feature.', 'feature', { always: true }),
      feature: text('The feature’s name.', 'Single sign-on', { always: true }),
      theme: text('The bigger need it is part of.', 'Enterprise security'),
      tickets: mentions('Tickets whose tags mean it.', 'tickets', RECENT),
      requests: mentions('Requests for it.', 'requests', RECENT),
      positive: mentions('How many of these tickets were in a good mood.', 'tickets', RECENT),
      negative: mentions('How many of these tickets were in a bad mood.', 'tickets', RECENT),
      mentions: mentions('Tickets and requests of the last 3 whole months.', 'mentions'),
      mentionsBefore: mentions('Tickets and requests of the 3 months before those.', 'mentions'),
      growth: number(
        'By how much it is mentioned more; 1 is twice as often; empty where it was not mentioned.',
        '0.5',
        {
          additive: false,
          formula: 'mentions ÷ mentionsBefore − 1',
        },
      ),
      isTrending: flag('Whether it is asked about much more than before.', {
        formula: 'at least 5 mentions, and at least twice mentionsBefore',
      }),
      ticketsBeforeShipping: mentions('Tickets about it in the 90 days before it shipped.', 'tickets'),
      ticketsAfterShipping: mentions(
        'Tickets about it in the 90 days from then on, as far as they have passed.',
        'tickets',
      ),
    },
    scope: {},
  },
}
