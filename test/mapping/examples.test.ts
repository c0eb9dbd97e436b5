import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { runCases } from '../../src/mapping/cases.ts'
import { parseMappings } from '../../src/mapping/parse.ts'
import { formatProblem } from '../../src/platform/problem.ts'
import { openSolver } from '../../src/platform/solver.ts'
import { createZone } from '../../src/platform/zone.ts'

const FOLDER = 'mappings'

/** The shipped files, those that are to be renamed first among them, as they are once that is done. */
function everything() {
  return readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.yaml(\.example)?$/.test(file) && !file.startsWith('schema'))
    .map((file) => ({
      path: file.replace(/\.example$/, ''),
      // What belongs to an example and stands in another file is commented out there.
      text: readFileSync(path.join(FOLDER, file), 'utf8').replace(/^ {2}# (hubspot:| {2}- \{ name: )/gm, '  $1'),
    }))
}

test('the shipped mappings, with every example renamed, have no problem and take part in one identity', async () => {
  const parsed = parseMappings(everything(), {
    SALESFORCE_INSTANCE_URL: 'https://x',
    SALESFORCE_LOGIN_URL: 'https://x',
  })
  const { problems, mappings } = parsed
  expect(problems.map(formatProblem)).toEqual([])
  const results = await runCases(parsed, createZone('UTC'), openSolver)
  expect(results.problems.map(formatProblem)).toEqual([])
  expect(results.passed).toBeGreaterThan(10)
  expect(mappings?.identity).toMatchObject({
    order: [
      'salesforce',
      'usage',
      'salesforce-cases',
      'amplitude',
      'boards',
      'hubspot',
      'mixpanel',
      'posthog',
      'requests',
      'support',
      'targets',
      'zendesk',
    ],
    byDomain: true,
  })
  expect(mappings?.boards.map(({ items }) => items)).toEqual(
    expect.arrayContaining(['request', 'ticket', 'usage_week']),
  )
})

test('a deal of HubSpot has its amount in the currency that it names, not in the company’s', () => {
  const { mappings } = parseMappings(everything(), {})
  const deals = mappings?.sources
    .find(({ source }) => source === 'hubspot')
    ?.records.find(({ object }) => object === 'deals')
  const raw = { kind: 'present', id: '7', changedAt: '2026-11-01T00:00:00.000Z' } as const
  const mapped = deals?.map({ ...raw, fields: { amount: '100.5', deal_currency_code: 'EUR' } }, createZone('UTC'))
  expect(JSON.parse(mapped?.record?.body ?? '{}')).toMatchObject({ amount: 10_050, currency: 'EUR' })
})
