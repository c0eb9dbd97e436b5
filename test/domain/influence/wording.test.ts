import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { FACTS, USER_FIELDS } from '../../../src/domain/fact-fields.ts'
import { claimsCause } from '../../claims.ts'

/** Where a word of the list means something else. */
const ALLOWED: readonly RegExp[] = []

/** Lines of files that claim something, with their place. */
function claimsIn(files: readonly string[]): string[] {
  return files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, i) =>
        claimsCause(line) && !ALLOWED.some((one) => one.test(line)) ? [`${file}:${i + 1} ${line.trim()}`] : [],
      ),
  )
}

function filesOf(folder: string, name: RegExp): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => name.test(file))
    .map((file) => path.join(folder, file))
}

test('no field of any fact claims that a feature made something happen', () => {
  const texts = [
    ...Object.values(FACTS).flatMap(({ meaning, fields }) => [meaning, ...Object.values(fields).flatMap(saidOf)]),
    ...Object.values(USER_FIELDS).flatMap(saidOf),
  ]
  expect(texts.filter(claimsCause)).toEqual([])
})

test('no mapping, reference page or document does', () => {
  expect(claimsIn([...filesOf('mappings', /\.(ya?ml|md|example)$/), 'README.md', 'CHANGELOG.md'])).toEqual([])
})

test('what is said in code of features, of the plan and in the report claims nothing', () => {
  const said = ['src/domain/influence', 'src/report'].flatMap((folder) => filesOf(folder, /\.ts$/))
  expect(claimsIn([...said, 'src/domain/priority/priority-facts.ts', 'src/domain/priority/fields.ts'])).toEqual([])
})

test('the list catches what it is for', () => {
  expect(claimsCause('Single sign-on drove 3 deals')).toBe(true)
  expect(claimsCause('a lift of 5 points')).toBe(true)
  expect(claimsCause('A drop-down')).toBe(false)
})

function saidOf({ meaning, formula }: { readonly meaning: string; readonly formula?: string }): string[] {
  return formula === undefined ? [meaning] : [meaning, formula]
}
