import { CLOSING_KINDS } from '../../../src/domain/closed-months.ts'
import { readKeptFacts } from '../../../src/domain/kept-facts.ts'
import { RECORD_KINDS } from '../../../src/domain/records.ts'
import type { Cursor } from '../../../src/source/source.ts'
import type { Store } from '../../../src/store/store.ts'
import { pull } from '../../../src/sync/run.ts'
import { EVERYTHING, openWorld, type World } from '../world.ts'
import { differences } from './differences.ts'
import { BEGIN, BOARDS, type Edit, IDS, type Life, MS_PER_DAY, SOURCE, type Texts } from './life.ts'

/** Lives a life in a store, and holds what is in it at the end against a store that reads everything anew: sentences of what differs. */
export async function livedInStore({ model, closing, edits }: Life): Promise<string[]> {
  await using world = await openWorld({ start: BEGIN })
  world.edit({ source: SOURCE, others: BOARDS, model: `${model}${closing}` })
  const texts = new Map<string, Texts>()
  for (const kind of RECORD_KINDS) {
    world.crm.put(kind, 'seed', {})
    world.crm.remove(kind, 'seed')
  }
  for (const edit of edits) {
    const problems = await carryOut(world, texts, edit)
    if (problems.length > 0) return problems
  }
  await using fresh = await openWorld({ start: world.clock.now() })
  await tellMerges(world.store, fresh.store)
  await tellReported(world.store, fresh.store)
  await tellSnapshots(world.store, fresh.store)
  const { problems } = await pull({ ...world.ports(), store: fresh.store }, { ...EVERYTHING, allowEmpty: true })
  if (problems.length > 0) return problems.map((problem) => JSON.stringify(problem))
  return differences(await toldOf(world.store), await toldOf(fresh.store))
}

async function carryOut(world: World, texts: Map<string, Texts>, edit: Edit): Promise<string[]> {
  const remove = (kind: string, id: string, into?: string) => {
    texts.delete(`${kind}:${id}`)
    world.crm.remove(kind, id, into)
  }
  switch (edit.do) {
    case 'put': {
      const name = `${edit.kind}:${edit.id}`
      const fields = { ...texts.get(name), ...edit.fields }
      texts.set(name, fields)
      world.crm.put(edit.kind, edit.id, fields)
      return []
    }
    case 'remove':
      remove(edit.kind, edit.id)
      return []
    case 'merge':
      if (edit.account !== edit.into) remove('account', edit.account, edit.into)
      return []
    case 'days':
      world.clock.move(edit.days * MS_PER_DAY)
      return []
    case 'pull': {
      const { problems } = await pull(world.ports(), { ...EVERYTHING, allowEmpty: true })
      return problems.map((problem) => JSON.stringify(problem))
    }
  }
}

/** A read of everything does not tell what was merged once. */
async function tellMerges(from: Store, to: Store): Promise<void> {
  for await (const page of from.survivors()) {
    await to.savePage({
      stream: { source: 'crm', kind: 'account' },
      object: 'account',
      cursor: '' as Cursor,
      snapshot: false,
      mapping: '',
      request: '',
      entries: page.map(({ id, survivor }) => {
        return { kind: 'deleted', id, changedAt: '2026-01-01T00:00:00.000Z', mergedInto: survivor }
      }),
    })
  }
}

/** What was reported of closed months follows from no record: it is handed over as it is. */
async function tellReported(from: Store, to: Store): Promise<void> {
  for (const kind of CLOSING_KINDS) for await (const page of from.reported(kind)) await to.keepReported(page)
}

/** Nor does what was seen of ARR on days, and since when it is watched. */
async function tellSnapshots(from: Store, to: Store): Promise<void> {
  const snapshots = await from.snapshots('account', IDS.account)
  await to.saveDerived({ boards: [], dossiers: [], totals: [], snapshots })
  await to.setNote('arr-watched', await from.note('arr-watched'))
}

/** Everything derived and desired, without the day it was last looked at. */
async function toldOf(store: Store): Promise<Map<string, string>> {
  const told = new Map<string, string>()
  for await (const page of store.facts()) {
    for (const { dossier, facts } of page) {
      const { asOf: _, ...rest } = readKeptFacts(facts)
      told.set(`kept ${dossier}`, JSON.stringify(rest))
    }
  }
  for await (const page of store.totals()) for (const [key, value] of page) told.set(`total ${key}`, String(value))
  for (const board of ['deals', 'accounts', 'funnel', ...Object.keys(BOARDS)]) {
    for await (const page of store.pairs(board, 'all'))
      for (const { key, desired } of page)
        if (desired.length > 0)
          told.set(`${board} ${key}`, desired.map(({ dossier, body }) => `${dossier}: ${body}`).join())
  }
  return told
}
