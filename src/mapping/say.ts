import * as z from 'zod'

/** Short ways to describe keys of mapping files: each carries a sentence, an example and its default. */
interface Words {
  readonly example?: unknown
}

export const say = <T extends z.ZodType>(schema: T, description: string, { example }: Words = {}): T =>
  schema.meta({ description, ...(example === undefined ? {} : { examples: [example] }) }) as T

export const text = (description: string, example: string) => say(z.string().min(1), description, { example })
export const flag = (description: string) => say(z.boolean().default(false), description, { example: true })
export const share = (description: string, value: number) =>
  say(z.number().min(0).max(1).default(value), description, { example: value })
