import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { loadMappingFiles } from '../../src/mapping/load.ts'
import { parseMappings } from '../../src/mapping/parse.ts'
import { formatProblem } from '../../src/platform/problem.ts'

const FOLDER = 'test/mappings/bad'

describe('every way to be wrong is told with its place and what to do', () => {
  const ways = readdirSync(FOLDER)

  test('there are at least twenty', () => {
    expect(ways.length).toBeGreaterThanOrEqual(20)
  })

  test.each(ways)('%s', async (way) => {
    const folder = `${FOLDER}/${way}`
    const { problems, broken } = parseMappings(await loadMappingFiles(folder), {})
    const text = problems
      .map((problem) => formatProblem({ ...problem, file: problem.file.slice(folder.length + 1) }))
      .join('\n')
    expect(`${text}\n`).toBe(readFileSync(`${folder}/expected.txt`, 'utf8'))
    expect(broken.length).toBeGreaterThan(0)
    for (const { level, hint, code } of problems) {
      if (level === 'error' && code !== 'bad-value') expect(hint).toBeTruthy()
    }
  })
})
