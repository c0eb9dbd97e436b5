import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { OutboxRequest, Settlement, Store } from '../../../src/store/store.ts'
import { entryOf, item, refusalOf } from './desired.ts'
import { all, type OpenStore, opened } from './opened.ts'

const at = (key: string, version = 0, board = 'deals') => ({ board, key, version })

function requestOf(id: string, keys: readonly string[], rest: Partial<OutboxRequest> = {}): OutboxRequest {
  return {
    id,
    host: 'monday',
    state: 'sending',
    idempotencyKey: `idem-${id}`,
    body: `{"query":"${id}"}`,
    changes: '[{"kind":"create"}]',
    keys: keys.map((key) => ({ board: 'deals', key })),
    sentAt: 42,
    run: 'run-1',
    ...rest,
  }
}

function settled(key: string, rest: Parameters<typeof entryOf>[2] = {}, unlist = false): Settlement {
  const { version: _, state: __, request: ___, ...entry } = entryOf('deals', key, rest)
  return { kind: 'entry', entry, unlist }
}

const released = (key: string): Settlement => ({ kind: 'release', board: 'deals', key })

/** Brings one key onto the board, as an item. */
async function onBoard(store: Store, key: string): Promise<number> {
  await store.claim('first', [at(key)])
  await store.settle('first', [settled(key)])
  return (await store.ledgerEntry('deals', key))?.version ?? 0
}

export function ledgerContract(open: OpenStore): void {
  describe('the ledger', () => {
    test('a key is claimed when its version is the one given and it is not claimed already', async () => {
      const { store } = await opened(open)
      expect(await store.claim('r1', [at('a'), at('b', 7), at('a')])).toEqual([true, false, false])
      const entry = await store.ledgerEntry('deals', 'a')
      expect(entry).toMatchObject({ state: 'intended', request: 'r1', itemId: null, place: 'active' })
      expect(entry?.version).toBeGreaterThan(0)
      expect(await store.ledgerEntry('deals', 'b')).toBeNull()
      expect(await store.claim('r2', [at('a', entry?.version)])).toEqual([false])
      expect(await store.claim('r2', [at('a', 0, 'leads')])).toEqual([true])
    })

    test('a claim of an outdated version fails: the version moves on with every claim, settlement and re-read', async () => {
      const { store } = await opened(open)
      const versions = [await onBoard(store, 'a')]
      const version = async () => (await store.ledgerEntry('deals', 'a'))?.version ?? 0
      await store.claim('r1', [at('a', versions[0])])
      versions.push(await version())
      await store.settle('r1', [released('a')])
      versions.push(await version())
      await store.saveReread('deals', [entryOf('deals', 'a')])
      versions.push(await version())
      expect(versions).toEqual([...new Set(versions)].sort((x, y) => x - y))
      for (const old of versions.slice(0, -1)) expect(await store.claim('r2', [at('a', old)])).toEqual([false])
      expect(await store.claim('r2', [at('a', versions.at(-1))])).toEqual([true])
    })

    test('versions are never given twice, not even after an entry was removed', async () => {
      const { store } = await opened(open)
      await store.claim('r1', [at('a')])
      const first = (await store.ledgerEntry('deals', 'a'))?.version ?? 0
      await store.unclaim('r1')
      expect(await store.ledgerEntry('deals', 'a')).toBeNull()
      await store.claim('r2', [at('a')])
      expect((await store.ledgerEntry('deals', 'a'))?.version).toBeGreaterThan(first)
    })

    test('what is about to be sent is stored with its exact body, and its keys are sending', async () => {
      const { store } = await opened(open)
      await store.claim('r1', [at('a'), at('b')])
      expect(await store.openRequests()).toEqual([
        {
          id: 'r1',
          host: '',
          state: 'intended',
          idempotencyKey: '',
          body: '',
          changes: '[]',
          keys: [
            { board: 'deals', key: 'a' },
            { board: 'deals', key: 'b' },
          ],
          sentAt: 0,
          run: '',
        },
      ])
      await store.markSending(requestOf('r1', ['a', 'b']))
      expect(await store.openRequests()).toEqual([requestOf('r1', ['a', 'b'])])
      expect(await store.ledgerEntry('deals', 'b')).toMatchObject({ state: 'sending', request: 'r1' })
    })

    test('claims that the request does not name when it is sent are released', async () => {
      const { store } = await opened(open)
      await store.claim('r1', [at('a'), at('b')])
      await store.markSending(requestOf('r1', ['a']))
      expect(await store.ledgerEntry('deals', 'b')).toBeNull()
      expect(await store.claim('r2', [at('b')])).toEqual([true])
    })

    test('marking again is harmless with the same body, refused with another', async () => {
      const { store } = await opened(open)
      await store.claim('r1', [at('a')])
      await store.markSending(requestOf('r1', ['a']))
      await store.markSending(requestOf('r1', ['a'], { sentAt: 99 }))
      expect(await store.openRequests()).toMatchObject([{ sentAt: 42 }])
      await expect(store.markSending(requestOf('r1', ['a'], { body: '{}' }))).rejects.toMatchObject({
        code: 'request-was-sent',
      })
      await expect(store.claim('r1', [at('b')])).rejects.toMatchObject({ code: 'request-was-sent' })
    })

    test('nothing can be marked as sending that was not claimed', async () => {
      const { store } = await opened(open)
      await store.claim('r1', [at('a')])
      await expect(store.markSending(requestOf('r1', ['a', 'b']))).rejects.toMatchObject({ code: 'claim-lost' })
      expect(await store.ledgerEntry('deals', 'a')).toMatchObject({ state: 'intended' })
      await expect(store.markSending(requestOf('r9', ['a']))).rejects.toMatchObject({ code: 'request-closed' })
    })

    test('settling makes each key what it became on the board, and closes the request', async () => {
      const { store } = await opened(open)
      await store.saveDesired('deals', [{ dossier: 'd', items: [item('a'), item('b')] }])
      await store.claim('r1', [at('a'), at('b')])
      await store.markSending(requestOf('r1', ['a', 'b']))
      const became = { itemId: '77', name: 'A', cells: '{"Stage":"Won"}', desired: 'd1', from: 'opportunity a', at: 5 }
      await store.settle('r1', [settled('a', became, true), settled('b')])
      expect(await store.ledgerEntry('deals', 'a')).toEqual({
        ...entryOf('deals', 'a', became),
        version: expect.any(Number),
      })
      expect(await store.openRequests()).toEqual([])
      expect((await all(store.pairs('deals', 'listed'))).map((it) => it.key)).toEqual(['b'])
      expect(await store.ledgerByItem('deals', '77')).toMatchObject({ key: 'a' })
      expect(await store.ledgerByItem('leads', '77')).toBeNull()
    })

    test('settling a closed request fails and writes nothing', async () => {
      const { store } = await opened(open)
      await store.claim('r1', [at('a')])
      await store.settle('r1', [settled('a')])
      const before = await store.ledgerEntry('deals', 'a')
      await expect(store.settle('r1', [settled('a', { itemId: 'other' })])).rejects.toMatchObject({
        code: 'request-closed',
        blame: 'us',
      })
      await expect(store.settle('never', [])).rejects.toMatchObject({ code: 'request-closed' })
      expect(await store.ledgerEntry('deals', 'a')).toEqual(before)
    })

    test('settling a key that the request does not hold fails and writes nothing', async () => {
      const { store } = await opened(open)
      await store.claim('r1', [at('a')])
      await expect(store.settle('r1', [settled('a'), settled('b')])).rejects.toMatchObject({ code: 'claim-lost' })
      expect(await store.ledgerEntry('deals', 'a')).toMatchObject({ state: 'intended' })
      expect(await store.openRequests()).toHaveLength(1)
    })

    test('a released key is as it was before; one that never had an item is removed', async () => {
      const { store } = await opened(open)
      const version = await onBoard(store, 'a')
      const before = await store.ledgerEntry('deals', 'a')
      await store.claim('r1', [at('a', version), at('new')])
      await store.markSending(requestOf('r1', ['a', 'new']))
      await store.settle('r1', [released('a'), released('new')])
      expect(await store.ledgerEntry('deals', 'a')).toEqual({ ...before, version: expect.any(Number) })
      expect(await store.ledgerEntry('deals', 'new')).toBeNull()
    })

    test('a key that a settlement does not mention loses its claim', async () => {
      const { store } = await opened(open)
      await store.claim('r1', [at('a'), at('b')])
      await store.settle('r1', [settled('a')])
      expect(await store.ledgerEntry('deals', 'b')).toBeNull()
      expect(await store.openRequests()).toEqual([])
    })

    test('unclaiming releases what was never sent, and is refused once it may have been', async () => {
      const { store } = await opened(open)
      const version = await onBoard(store, 'a')
      await store.claim('r1', [at('a', version), at('new')])
      await store.unclaim('r1')
      await store.unclaim('r1')
      expect(await store.openRequests()).toEqual([])
      const entry = await store.ledgerEntry('deals', 'a')
      expect(entry).toMatchObject({ state: 'settled', request: null })
      expect(await store.ledgerEntry('deals', 'new')).toBeNull()
      await store.claim('r2', [at('a', entry?.version)])
      await store.markSending(requestOf('r2', ['a']))
      await expect(store.unclaim('r2')).rejects.toMatchObject({ code: 'request-was-sent' })
    })

    test('open requests come oldest first', async () => {
      const { store } = await opened(open)
      for (const id of ['z', 'a', 'm']) await store.claim(id, [at(id)])
      await store.markSending(requestOf('z', ['z']))
      expect((await store.openRequests()).map((it) => it.id)).toEqual(['z', 'a', 'm'])
      await store.claim('nothing', [at('z', 99)])
      expect(await store.openRequests()).toHaveLength(3)
    })

    test('a re-read writes what was found, except for keys that are claimed or have moved since', async () => {
      const { store } = await opened(open)
      const version = await onBoard(store, 'moved')
      await store.claim('r1', [at('claimed')])
      const entries = [
        entryOf('deals', 'found', { cells: '{"a":"1"}' }),
        entryOf('deals', 'claimed'),
        entryOf('deals', 'moved', { version: version - 1 }),
      ]
      expect(await store.saveReread('deals', entries)).toBe(1)
      expect(await store.ledgerEntry('deals', 'found')).toMatchObject({ cells: '{"a":"1"}', state: 'settled' })
      expect(await store.ledgerEntry('deals', 'claimed')).toMatchObject({ itemId: null, request: 'r1' })
      expect(await store.saveReread('deals', [entryOf('deals', 'moved', { version, name: 'new name' })])).toBe(1)
      expect(await store.ledgerEntry('deals', 'moved')).toMatchObject({ name: 'new name' })
    })

    test('keys of a board are counted by place', async () => {
      const { store } = await opened(open)
      await store.saveReread('deals', [
        entryOf('deals', 'a'),
        entryOf('deals', 'b', { place: 'left', leftOn: 5 }),
        entryOf('deals', 'c', { place: 'archived' }),
        entryOf('deals', 'd', { place: 'archived' }),
      ])
      await store.claim('r1', [at('new')])
      expect(await store.ledgerCounts('deals')).toEqual({ active: 2, left: 1, gone: 0, archived: 2 })
      expect(await store.ledgerCounts('leads')).toEqual({ active: 0, left: 0, gone: 0, archived: 0 })
    })

    test('two workers on any interleaving never hold one key twice, and versions only rise', async () => {
      const { store, another } = await opened(open)
      const second = await another()
      let run = 0
      await fc.assert(
        fc.asyncProperty(fc.array(aStep, { maxLength: 30 }), async (steps) => {
          run += 1
          const world = new World(`board-${run}`, [store, second])
          for (const step of steps) await world.take(step)
          await world.check()
        }),
        { numRuns: 25 },
      )
    })

    test('two workers that claim at the same moment share the keys between them', async () => {
      const { store, another } = await opened(open)
      const second = await another()
      const keys = Array.from({ length: 50 }, (_, n) => at(`k${n}`))
      const [one, two] = await Promise.all([store.claim('r1', keys), second.claim('r2', keys.toReversed())])
      const won = keys.filter((_, n) => one[n] === true).length + two.filter(Boolean).length
      expect(won).toBe(50)
    })
  })

  describe('refusals', () => {
    test('are kept by board and key until they are cleared', async () => {
      const { store } = await opened(open)
      await store.saveRefusals([refusalOf('leads', 'a'), refusalOf('deals', 'b'), refusalOf('deals', 'a')])
      const names = async (board?: string) => (await all(store.refusals(board))).map((it) => `${it.board} ${it.key}`)
      expect(await names()).toEqual(['deals a', 'deals b', 'leads a'])
      expect(await names('leads')).toEqual(['leads a'])
      expect(await store.refusal('deals', 'a')).toEqual(refusalOf('deals', 'a'))
      await store.saveRefusals([{ ...refusalOf('deals', 'a'), code: 'other' }])
      expect(await store.refusal('deals', 'a')).toMatchObject({ code: 'other' })
      expect(await store.clearRefusals('deals', ['a', 'nobody'])).toBe(1)
      expect(await store.refusal('deals', 'a')).toBeNull()
      expect(await store.clearRefusals('deals', 'all')).toBe(1)
      expect(await names()).toEqual(['leads a'])
    })
  })
}

type Step =
  | { readonly do: 'claim'; readonly worker: 0 | 1; readonly keys: readonly string[] }
  | { readonly do: 'send' | 'settle' | 'release' | 'unclaim'; readonly worker: 0 | 1 }
  | { readonly do: 'reread'; readonly worker: 0 | 1; readonly keys: readonly string[] }

const aWorker = fc.constantFrom(0 as const, 1 as const)
const someKeys = fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
const aStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('claim' as const), worker: aWorker, keys: someKeys }),
  fc.record({ do: fc.constantFrom('send' as const, 'settle', 'release', 'unclaim'), worker: aWorker }),
  fc.record({ do: fc.constant('reread' as const), worker: aWorker, keys: someKeys }),
)

/** Two workers at one board, each with what it knew when it last looked, and what must be true all the while. */
class World {
  readonly #board: string
  readonly #stores: readonly Store[]
  readonly #known: Map<string, number>[] = [new Map(), new Map()]
  readonly #held: { id: string; keys: string[]; sent: boolean }[][] = [[], []]
  readonly #newest = new Map<string, number>()
  #requests = 0

  constructor(board: string, stores: readonly Store[]) {
    this.#board = board
    this.#stores = stores
  }

  async take(step: Step): Promise<void> {
    const store = this.#stores[step.worker] as Store
    if (step.do === 'claim') await this.#claim(step.worker, step.keys)
    else if (step.do === 'reread') {
      const entries = step.keys.map((key) => entryOf(this.#board, key))
      await store.saveReread(this.#board, entries)
    } else {
      const mine = this.#held[step.worker] as { id: string; keys: string[]; sent: boolean }[]
      const request = mine[0]
      if (request === undefined) return
      const keys = request.keys.map((key) => ({ board: this.#board, key }))
      if (step.do === 'send') {
        await store.markSending(requestOf(request.id, [], { keys }))
        request.sent = true
        return
      }
      if (step.do === 'unclaim') {
        if (request.sent) return
        await store.unclaim(request.id)
      } else {
        const settlements = keys.map(({ key }): Settlement => {
          const { version: _, state: __, request: ___, ...entry } = entryOf(this.#board, key)
          return step.do === 'settle'
            ? { kind: 'entry', entry, unlist: true }
            : { kind: 'release', board: this.#board, key }
        })
        await store.settle(request.id, settlements)
      }
      mine.shift()
    }
    await this.check()
  }

  /** Claims with the versions this worker believes in, right or not, then looks again. */
  async #claim(worker: 0 | 1, keys: readonly string[]): Promise<void> {
    const store = this.#stores[worker] as Store
    const known = this.#known[worker] as Map<string, number>
    this.#requests += 1
    const id = `${this.#board}-${this.#requests}`
    const won = await store.claim(
      id,
      keys.map((key) => ({ board: this.#board, key, version: known.get(key) ?? 0 })),
    )
    const held = keys.filter((_, index) => won[index])
    for (const key of held) expect(this.#holders(key)).toEqual([])
    if (held.length > 0) this.#held[worker]?.push({ id, keys: held, sent: false })
    for (const key of keys) known.set(key, (await store.ledgerEntry(this.#board, key))?.version ?? 0)
  }

  #holders(key: string): string[] {
    return this.#held.flat().flatMap((it) => (it.keys.includes(key) ? [it.id] : []))
  }

  /** The ledger says of every key what the workers did, and its version never went back. */
  async check(): Promise<void> {
    for (const key of ['a', 'b', 'c']) {
      const entry = await (this.#stores[0] as Store).ledgerEntry(this.#board, key)
      const holders = this.#holders(key)
      expect(holders.length).toBeLessThanOrEqual(1)
      expect(entry?.request ?? null).toBe(holders[0] ?? null)
      if (entry === null) continue
      expect(entry.version).toBeGreaterThanOrEqual(this.#newest.get(key) ?? 0)
      this.#newest.set(key, entry.version)
    }
    const open = await (this.#stores[1] as Store).openRequests()
    const mine = open.filter((it) => it.id.startsWith(`${this.#board}-`)).map((it) => it.id)
    expect(mine.sort()).toEqual(
      this.#held
        .flat()
        .map((it) => it.id)
        .sort(),
    )
  }
}
