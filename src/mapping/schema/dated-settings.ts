import * as z from 'zod'
import { ICP_COUNTRIES } from '../../domain/default-model.ts'
import { say, share, text } from '../say.ts'
import { duration } from './values.ts'

/** Settings that a definition may have had other values of: their shape, wherever they stand. */

const limits = (seats: number, arr: number) => ({
  seats: say(z.int().positive().nullable().default(seats), 'Seats paid for; null: seats do not count.', {
    example: seats,
  }),
  arr: say(z.number().positive().nullable().default(arr), 'ARR, in units of the currency; null: ARR does not count.', {
    example: arr,
  }),
})

const greenFrom = z.strictObject({
  ...limits(50, 10_000),
  match: say(z.enum(['any', 'all']).default('any'), 'Whether one of the two is enough, or both are needed.', {
    example: 'any',
  }),
  currency: text(
    'The currency of the ARR here and in fall_back, ISO 4217. Default: the company’s. Another one is taken at its newest rate under rates:, for all days.',
    'USD',
  ).optional(),
})

/** When an account is green. */
export const GREEN_RULES = {
  green_from: say(greenFrom.prefault({}), 'From where on an account is green: the limits themselves are enough.', {
    example: { seats: 50, arr: 10_000, match: 'any' },
  }),
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
}
export type GreenRules = z.output<z.ZodObject<typeof GREEN_RULES>>

export const countries = z.array(
  z.string().regex(/^[A-Z]{2}$/, { error: 'must be a country’s two letters, such as SE' }),
)

/** Which leads are of the kind you look for. */
export const ICP_RULES = {
  countries: say(countries.default([...ICP_COUNTRIES]), 'Countries of leads you look for.', {
    example: ['US', 'SE'],
  }),
  employees: say(z.int().min(0).default(100), 'At least so many employees.', { example: 100 }),
}
export type IcpWritten = z.output<z.ZodObject<typeof ICP_RULES>>
