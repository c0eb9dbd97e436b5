import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { applyOperations, type OrgOperation } from '../../src/sandbox/salesforce/org-operations.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { differencesOf } from './life/compare.ts'
import { mapped } from './life/mapped.ts'
import { Merges } from './life/merges.ts'
import { Mortal, pullOnce } from './life/pulls.ts'
import { openVirtualOrg } from './life/virtual-org.ts'

const MINUTE_MS = 60_000

/** An org of four accounts and the store that holds them. */
async function openAccounts() {
  const folder = await mkdtemp(path.join(tmpdir(), 'boardsync-merges-'))
  const virtual = openVirtualOrg({ seed: 1, reading: 'optimistic', now: Date.UTC(2026, 10, 22, 10) })
  const { org, clock } = virtual
  const store = await openSqliteStore({ path: path.join(folder, 'store.db'), clock })
  await store.migrate()
  const objects = [mapped('account', 'Account', ['Name'])]
  const merges = new Merges()
  const does = (...operations: OrgOperation[]) => {
    clock.advance(MINUTE_MS)
    return applyOperations(org, operations).map((result) => {
      if (!result.ok) throw new Error(result.error.message)
      return String(result['id'])
    })
  }
  const source = virtual.connect({ onRequest: () => {}, onAnswer: () => {}, onImpatience: () => {} })
  const pull = async () => {
    clock.advance(MINUTE_MS)
    const pulled = await pullOnce({ store, source, clock, objects, allowEmpty: false, mortal: new Mortal(null, 0) })
    expect(pulled.problems).toEqual([])
  }
  const merge = (id: string, loser: string, isSeen = true) => {
    does({ do: 'merge', object: 'Account', id, loser })
    merges.note(loser, id, isSeen)
  }
  const names = ['Loser', 'First', 'Second', 'Third']
  const [loser = '', first = '', second = '', third = ''] = does(
    ...names.map((Name): OrgOperation => ({ do: 'create', object: 'Account', values: { Name } })),
  )
  await pull()
  return {
    ...{ loser, first, second, third, does, pull, merge },
    undelete: () => does({ do: 'undelete', object: 'Account', id: loser }),
    mergedInto: async () => (await store.rawRecord('account', loser))?.mergedInto,
    differences: () => differencesOf(org, store, objects, merges),
    [Symbol.asyncDispose]: async () => {
      await store[Symbol.asyncDispose]()
      virtual[Symbol.dispose]()
      await rm(folder, { recursive: true })
    },
  }
}

test('a record that was merged, undeleted and merged again between two pulls is known to be merged into the last', async () => {
  await using org = await openAccounts()
  org.merge(org.first, org.loser)
  await org.pull()
  for (const master of [org.second, org.third]) {
    org.undelete()
    org.merge(master, org.loser)
  }
  expect(await org.differences()).toEqual([
    `account ${org.loser} stands merged into ${org.first}, and into ${org.third} in the org`,
  ])
  await org.pull()
  expect(await org.mergedInto()).toBe(org.third)
  expect(await org.differences()).toEqual([])
})

test('one that was merged again while sharing hid it stays merged into the one that the org told', async () => {
  await using org = await openAccounts()
  org.merge(org.first, org.loser)
  await org.pull()
  org.undelete()
  org.does({ do: 'hideRecords', object: 'Account', ids: [org.loser] })
  org.merge(org.second, org.loser, false)
  await org.pull()
  expect(await org.mergedInto()).toBe(org.first)
  expect(await org.differences()).toEqual([])
})

test('and so does one that left the recycle bin before anybody could be told of its second merge', async () => {
  await using org = await openAccounts()
  org.merge(org.first, org.loser)
  await org.pull()
  org.undelete()
  org.merge(org.second, org.loser)
  org.does({ do: 'hardDelete', object: 'Account', id: org.loser }, { do: 'advance', ms: 25 * 60 * MINUTE_MS })
  await org.pull()
  expect(await org.mergedInto()).toBe(org.first)
  expect(await org.differences()).toEqual([])
})
