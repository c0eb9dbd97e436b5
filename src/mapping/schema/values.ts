import * as z from 'zod'

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

export const plainValue = z.union([z.string(), z.number(), z.boolean()])
export const translations = z.record(z.string(), plainValue)
export const valueList = z.array(z.union([z.string(), z.number()]))

export const duration = z.string().regex(/^[1-9]\d*(m|h|d|w)$/, {
  error: 'must be a duration: a whole number with m (minutes), h (hours), d (days) or w (weeks) after it, such as 26h',
})
