import { expect, test } from 'vitest'
import { OWN_BOARDS } from '../../src/sandbox/monday/own-boards.ts'
import { startSandbox } from '../../src/sandbox/sandbox.ts'
import { countOperations } from '../journey/journey.ts'

const NOW = Date.UTC(2026, 10, 22, 10)
const STEPS = Array.from({ length: 40 }, (_, step) => step)

test('services that were asked before live beside Salesforce, and Salesforce lives as it does alone', async () => {
  await using alone = await startSandbox({ accounts: 40, now: NOW })
  await using sandbox = await startSandbox({ accounts: 40, now: NOW, ownBoards: true })
  const { ZENDESK_URL, POSTHOG_URL, POSTHOG_PROJECT_ID } = sandbox.env
  // Refused, and so never asked: who is not let in sees no data.
  await fetch(`${ZENDESK_URL}/api/v2/incremental/tickets/cursor.json?start_time=0`)
  await fetch(`${POSTHOG_URL}/api/projects/${POSTHOG_PROJECT_ID}/query/`, { method: 'POST', body: '{}' })
  expect(alone.live(0).join()).not.toMatch(/solved|used|grew/)

  sandbox.portal.open()
  sandbox.zendesk.put({ fields: { subject: 'Help' } })
  const operations = countOperations(sandbox)
  const happened = STEPS.flatMap((step) => sandbox.live(step))
  expect(happened.join('\n')).toMatch(/Support solved ticket \d+/)
  expect(happened.join('\n')).toMatch(/ grew to \d+ people/)
  expect(happened.join('\n')).toMatch(/Somebody asked for /)
  expect(happened.join('\n')).not.toMatch(/used/)
  expect(operations.size).toBe(0)
  expect(sandbox.hands.hasBoard(OWN_BOARDS.requests)).toBe(true)

  for (const step of STEPS.slice(1)) alone.live(step)
  const names = (box: typeof alone) =>
    box.org.findAll('Lead', 'IsDeleted', 0).map(({ LastName, Status }) => `${LastName} ${Status}`)
  expect(names(sandbox)).toEqual(names(alone))
})
