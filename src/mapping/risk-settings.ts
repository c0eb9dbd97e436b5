import * as z from 'zod'
import { comparable } from '../domain/catalogue.ts'
import { RISK_LIKELIHOODS } from '../domain/demand-records.ts'
import { defaultRisks, RISK_GROUPS, RISK_NEEDS, RISK_OWNERS, type RiskModel } from '../domain/risk/risk-model.ts'
import { say, share, text } from './say.ts'
import type { Path } from './yaml-file.ts'

const { reasons, likelihoods, health } = defaultRisks()

const monthDay = z
  .string()
  .regex(/^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, { error: 'must be a month and day such as 12-24' })
const days = (description: string, value: number) => say(z.int().min(1).default(value), description, { example: value })
const written = (at: number) => `${String(Math.floor(at / 100)).padStart(2, '0')}-${String(at % 100).padStart(2, '0')}`

const Reason = z.strictObject({
  name: text('The reason, as risks name it; case and punctuation do not count.', 'missing feature'),
  group: say(z.enum(RISK_GROUPS), 'Which of the four groups it is in.', { example: 'product' }),
  owner: say(z.enum(RISK_OWNERS).default('csm'), 'Whose it is where a risk names nobody: a person of the account.', {
    example: 'csm',
  }),
  needs: say(z.array(z.enum(RISK_NEEDS)).default([]), 'What a risk must tell to be more than a hunch.', {
    example: ['feature', 'likelihood'],
  }),
  plays: say(z.array(z.string().min(1)).default([]), 'What has helped, to choose from.', {
    example: ['roadmap commitment', 'third-party tool'],
  }),
})

/** The part of `model.yaml` that is about accounts that may leave. */
export const RiskSettings = say(
  z
    .strictObject({
      reasons: say(
        z
          .array(Reason)
          .min(1)
          .default(reasons.map((one) => ({ ...one, needs: [...one.needs], plays: [...one.plays] }))),
        'Why accounts leave. Naming any replaces the list that is built in.',
        {
          example: [{ name: 'price', group: 'commercial', needs: ['likelihood'], plays: ['ramped price'] }],
        },
      ),
      likelihoods: say(
        z
          .strictObject(
            Object.fromEntries(
              RISK_LIKELIHOODS.map((word) => [word, share(`What "${word}" is as a number.`, likelihoods[word])]),
            ) as Record<(typeof RISK_LIKELIHOODS)[number], ReturnType<typeof share>>,
          )
          .prefault({}),
        'How likely a word is.',
        { example: likelihoods },
      ),
      min_plays: say(z.int().min(0).default(2), 'Plays a risk needs to count as planned.', { example: 2 }),
      health: say(
        z
          .strictObject({
            weights: say(
              z
                .strictObject({
                  seats: share('Weight of paid seats in use.', health.weights.seats),
                  trend: share('Weight of use against what was to be expected.', health.weights.trend),
                  breadth: share('Weight of features in use.', health.weights.breadth),
                })
                .prefault({}),
              'What health is made of; measures that are missing leave their weight to the others.',
              { example: health.weights },
            ),
            medium_from: say(
              z.int().min(1).max(100).default(health.mediumFrom),
              'From which score on health is medium.',
              { example: 40 },
            ),
            high_from: say(z.int().min(1).max(100).default(health.highFrom), 'From which score on it is high.', {
              example: 70,
            }),
            features: say(z.int().min(1).default(health.features), 'So many features in use are all that is wanted.', {
              example: 5,
            }),
            drop: share('By how much use must fall below what was to be expected to be a signal.', health.drop),
            seats_used: share('Below this share of paid seats in use there is a signal.', health.seatsUsed),
            quiet: say(
              z
                .record(
                  z.string(),
                  z.array(
                    z.strictObject({
                      from: say(monthDay, 'First day.', { example: '07-01' }),
                      to: say(monthDay, 'Last day.', { example: '08-31' }),
                    }),
                  ),
                )
                .default(
                  Object.fromEntries(
                    Object.entries(health.quiet).map(([country, times]) => [
                      country,
                      times.map(({ from, to }) => ({ from: written(from), to: written(to) })),
                    ]),
                  ),
                ),
              'When accounts of a country are expected to be quiet (`*`: any other), while their own season is not known: that takes two years of use. Naming any replaces the list that is built in.',
              { example: { SE: [{ from: '07-01', to: '08-31' }], '*': [{ from: '12-20', to: '12-31' }] } },
            ),
          })
          .prefault({}),
        'What health is made of.',
        { example: { medium_from: 40, high_from: 70 } },
      ),
      renewal_days: days('Days before a renewal in which weak health is a signal.', 90),
      engaged_days: days('Days for which a contact who answered is engaged.', 90),
      contacts_per_100: say(z.number().min(0).default(2), 'Engaged contacts that are wanted for 100 users.', {
        example: 2,
      }),
      review_days: days('Days after which a business review is due again.', 365),
    })
    .prefault({}),
  'Accounts that may leave: why, how likely, and what tells.',
  { example: { min_plays: 2, renewal_days: 90 } },
)
export type RiskSettings = z.output<typeof RiskSettings>

/** Turns the settings into what the domain computes with; `report` takes a place below `risks`. */
export function compileRisks(
  settings: RiskSettings,
  report: (path: Path, code: string, message: string, hint: string) => void,
): RiskModel {
  const seen = new Set<string>()
  settings.reasons.forEach(({ name }, i) => {
    if (seen.has(comparable(name)))
      report(
        ['reasons', i, 'name'],
        'duplicate-value',
        `The reason "${name}" stands twice in the list`,
        'Keep one of the two',
      )
    seen.add(comparable(name))
  })
  const { health } = settings
  if (health.medium_from >= health.high_from)
    report(
      ['health'],
      'bad-value',
      `Health is medium from ${health.medium_from}, and high from ${health.high_from} on`,
      'Let high_from lie above medium_from',
    )
  if (health.weights.seats + health.weights.trend + health.weights.breadth <= 0)
    report(
      ['health', 'weights'],
      'bad-value',
      'Nothing has a weight',
      'Give one of seats, trend and breadth a weight above 0',
    )
  const at = (text: string) => Number(text.replace('-', ''))
  return {
    reasons: settings.reasons,
    likelihoods: settings.likelihoods,
    minPlays: settings.min_plays,
    health: {
      weights: health.weights,
      mediumFrom: health.medium_from,
      highFrom: health.high_from,
      features: health.features,
      drop: health.drop,
      seatsUsed: health.seats_used,
      quiet: Object.fromEntries(
        Object.entries(health.quiet).map(([country, times]) => [
          country,
          // Over the turn of the year it is two times.
          times.flatMap(({ from, to }) =>
            at(from) <= at(to)
              ? [{ from: at(from), to: at(to) }]
              : [
                  { from: at(from), to: 1231 },
                  { from: 101, to: at(to) },
                ],
          ),
        ]),
      ),
    },
    renewalDays: settings.renewal_days,
    engagedDays: settings.engaged_days,
    contactsPer100: settings.contacts_per_100,
    reviewDays: settings.review_days,
  }
}
