import { expect, test } from 'vitest'
import { findDelimiter } from '../../../src/source/files/delimiter.ts'

const cases: readonly (readonly [string, string, string])[] = [
  ['commas', 'a,b,c\n1,2,3\n', ','],
  ['semicolons, with decimal commas in the cells', 'a;b\n1,5;2,5\n3,5;4,5\n', ';'],
  ['tabs, with commas in the cells', 'a\tb\nx, y\tz\nx\tz\n', '\t'],
  ['commas, with semicolons inside quotes', 'a,b\n"x;y;z",1\n"x;y",2\n', ','],
  ['a header only', 'a|b|c', '|'],
  ['one column', 'a\n1\n2\n', ','],
  ['nothing', '', ','],
]
for (const [what, text, expected] of cases) {
  test(`the delimiter is found: ${what}`, () => {
    expect(findDelimiter(text)).toBe(expected)
  })
}
