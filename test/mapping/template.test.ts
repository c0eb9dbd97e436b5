import { expect, test } from 'vitest'
import { joinTemplate, splitTemplate } from '../../src/mapping/template.ts'

const join = (template: string, ...values: string[]) => joinTemplate(splitTemplate(template).parts, values)

test.each<[string, string[], string]>([
  ['{a}: {b}', ['A', 'B'], 'A: B'],
  ['{a}: {b}', ['A', ''], 'A'],
  ['{a}: {b}', ['', 'B'], 'B'],
  ['{a}: {b}', ['', ''], ''],
  ['{a} ({b})', ['A', 'B'], 'A (B)'],
  ['{a} ({b})', ['A', ''], 'A'],
  ['{a} ({b})', ['', 'B'], 'B'],
  ['{a} ({b}) {c}', ['A', '', 'C'], 'A C'],
  ['({a}) {b}', ['', 'B'], 'B'],
  ['{a}: {b} - {c}', ['A', '', 'C'], 'A - C'],
  ['Deal {a}: {b}', ['', 'B'], 'Deal B'],
  ['Deal {a}, {b} seats', ['A', '5'], 'Deal A, 5 seats'],
  ['Plain', [], 'Plain'],
])('what is empty is left out with the text that joins it: %s of %j is "%s"', (template, values, name) => {
  expect(join(template, ...values)).toBe(name)
})

test('a brace that is never closed is told by its place', () => {
  expect(splitTemplate('{a}: {b').unclosed).toBe(5)
})
