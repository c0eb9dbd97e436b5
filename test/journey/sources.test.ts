import { readdirSync } from 'node:fs'
import { cp, rename } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { applyOperations } from '../../src/sandbox/salesforce/org-operations.ts'
import { openJourney } from './journey.ts'
import { runHere } from './run-cli.ts'

type Source = Readonly<Record<'name' | 'object', string>> &
  Readonly<Record<'read' | 'stored' | 'unchanged' | 'rejected' | 'deleted', number>>

/** The shipped mappings that need no file or database of one's own. */
const RENAMED = ['boards', 'salesforce-cases', 'zendesk', 'posthog']

test('the shipped mappings read the example company from all its services: every record is accounted for, and joined', async () => {
  await using journey = await openJourney({ accounts: 60, ownBoards: true })
  const mappings = path.join(journey.folder, 'mappings')
  await cp('mappings', mappings, { recursive: true })
  const sources = path.join(mappings, 'sources')
  for (const name of RENAMED)
    await rename(path.join(sources, `${name}.yaml.example`), path.join(sources, `${name}.yaml`))
  expect(readdirSync(sources).filter((file) => file.endsWith('.yaml'))).toHaveLength(RENAMED.length + 1)
  const { org } = journey.sandbox
  const account = String(org.findAll('Account', 'IsDeleted', 0)[0]?.Id)
  const cases = ['SSO fails', 'How do I export?'].map((Subject) => ({ Subject, AccountId: account, Origin: 'Email' }))
  const made = applyOperations(
    org,
    cases.map((values) => ({ do: 'create', object: 'Case', values })),
  )
  expect(made).toEqual(cases.map(() => expect.objectContaining({ ok: true })))
  journey.settle()
  const env = { ...journey.env, BOARDSYNC_MAPPINGS: mappings }
  const pull = async () => {
    const { code, stdout, stderr } = await runHere(['pull', '--json'], env)
    expect([code, stderr.includes('Error')], stderr).toEqual([0, false])
    const report = JSON.parse(stdout) as { sources: Source[]; problems: unknown[] }
    expect(report.problems).toEqual([])
    for (const { object, read, stored, unchanged, rejected, deleted } of report.sources)
      expect([object, read]).toEqual([object, stored + unchanged + rejected + deleted])
    return report.sources
  }
  const first = await pull()
  const read = (object: string) => first.find((one) => one.object === object)?.read ?? 0
  expect(read('Case')).toBe(cases.length)
  for (const object of ['Account', 'Feature catalogue', 'Feature requests', 'tickets', 'use'])
    expect([object, read(object) > 5]).toEqual([object, true])
  expect(first.filter(({ rejected }) => rejected > 0)).toEqual([])

  // Nothing changed since: nothing is stored, of whatever source.
  expect((await pull()).filter(({ stored, deleted }) => stored + deleted > 0)).toEqual([])

  // Tickets, requests and usage name their companies by domain, and stand with the CRM's accounts.
  const { stdout } = await runHere(['identity', '--json'], env)
  expect(JSON.parse(stdout)).toMatchObject({ conflicts: [] })
}, 60_000)
