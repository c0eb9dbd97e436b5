import type { Field } from './fields.ts'

/** Short ways to describe fields of records; each takes the meaning as a sentence, and an example where the type gives none. */
export const id = (meaning: string, refersTo: string) =>
  ({ type: 'id', meaning, example: '001f4000003NkdYAAS', refersTo }) as const satisfies Field
export const text = (meaning: string, example: string) => ({ type: 'text', meaning, example }) as const satisfies Field
export const day = (meaning: string) => ({ type: 'day', meaning, example: '2026-11-22' }) as const satisfies Field
export const instant = (meaning: string) =>
  ({ type: 'instant', meaning, example: '2026-11-22T10:00:00Z' }) as const satisfies Field
export const money = (meaning: string) => ({ type: 'money', meaning, example: '24710.50' }) as const satisfies Field
export const integer = (meaning: string, example: string) =>
  ({ type: 'integer', meaning, example }) as const satisfies Field
export const number = (meaning: string, example: string) =>
  ({ type: 'number', meaning, example }) as const satisfies Field
export const ratio = (meaning: string) => ({ type: 'ratio', meaning, example: '0.25' }) as const satisfies Field
export const boolean = (meaning: string) => ({ type: 'boolean', meaning, example: 'true' }) as const satisfies Field
export const oneOf = (meaning: string, values: readonly string[]) =>
  ({ type: 'enum', meaning, example: values[0] ?? '', values }) as const satisfies Field
