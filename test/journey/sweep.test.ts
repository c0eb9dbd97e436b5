import { cp, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readBoards } from './boards.ts'
import { type Journey, openJourney } from './journey.ts'
import { runHere } from './run-cli.ts'

let journey: Journey
let env: Readonly<Record<string, string>>

/** The shipped mappings, and the team of each deal's owner: a field of a parent, which moves no stamp of the deal. */
beforeAll(async () => {
  journey = await openJourney({ accounts: 30, seed: 4 })
  const folder = path.join(journey.folder, 'mappings')
  await cp('mappings', folder, { recursive: true })
  await edit(
    path.join(folder, 'sources/salesforce.yaml'),
    '      lossReason: Loss_Reason__c\n',
    (line) => `${line}      extra.team: { field: Owner.Department, as: text }\n`,
  )
  await edit(
    path.join(folder, 'boards/deals.yaml'),
    '  Seats:  ',
    (line) => `  Team: { type: text, value: opportunity.extra.team }\n${line}`,
  )
  env = { ...journey.env, BOARDSYNC_MAPPINGS: folder }
  expect((await run('sync')).code).toBe(0)
}, 120_000)

afterAll(() => journey[Symbol.asyncDispose]())

async function edit(file: string, text: string, change: (text: string) => string): Promise<void> {
  const before = await readFile(file, 'utf8')
  expect(before).toContain(text)
  await writeFile(file, before.replace(text, change))
}

async function run(...args: string[]) {
  journey.settle()
  return runHere(args, env)
}

async function deals() {
  return (await readBoards(env)).get('Deals') ?? []
}

test('what changed without a stamp, and what went without a trace, is found by a sweep, and said', async () => {
  const { org } = journey.sandbox
  const [deal, lost] = await deals()
  const ownerId = String(org.find('Opportunity', deal?.key ?? '')?.['OwnerId'])
  org.change('User', ownerId, { Department: 'The new team' })
  const held = Number(org.count('Opportunity'))
  // Past the recycle bin: no query and no log of deletions tells.
  org.change('Opportunity', lost?.key ?? '', { IsDeleted: 1 })
  expect((await run('sync', '--json')).code).toBe(0)
  expect((await deals()).some((item) => item.key === lost?.key)).toBe(true)

  const { code, stdout } = await run('sync', '--sweep')
  expect(code).toBe(0)
  expect(stdout).toMatch(
    new RegExp(`salesforce Opportunity: swept ${held - 1} records: \\d+ values changed without a stamp, 1 gone\\n`),
  )
  expect(stdout).toContain('salesforce Account: swept 30 records: nothing had changed unseen\n')
  const after = await deals()
  expect(after.find((item) => item.key === deal?.key)?.cells['Team']).toBe('The new team')
  expect(after.some((item) => item.key === lost?.key)).toBe(false)
  expect((await run('status')).stdout).toMatch(/last swept/)
}, 120_000)

test('a permission that is withdrawn is named with the columns it feeds, by check and by sync', async () => {
  journey.sandbox.org.hideField('Opportunity', 'ARR__c')
  const feeds = /shows no field "ARR__c" on Opportunity .*; it feeds .*"ARR".* on Deals/
  const check = await run('check', 'salesforce')
  expect(check.code).toBe(1)
  expect(check.stdout).toMatch(feeds)
  const sync = await run('sync')
  expect(sync.code).toBe(1)
  expect(sync.stdout).toMatch(feeds)
  expect(sync.stdout).toContain('salesforce-field-hidden')
}, 120_000)
