import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { CallOptions } from '../../platform/call-options.ts'
import type { Clock } from '../../platform/clock.ts'
import { Fault } from '../../platform/errors.ts'
import { createHttpClient, type HttpClient } from '../../platform/http.ts'
import type { Log } from '../../platform/log.ts'
import { createRedactor } from '../../platform/redaction.ts'
import {
  type BoardAbilities,
  type BoardBudget,
  type BoardChange,
  type BoardHost,
  type BoardItem,
  type BoardLayout,
  type BoardRef,
  type BoardSpec,
  type BoardUpdate,
  type ChangeOutcome,
  COLUMN_TYPES,
  type ComposedRequest,
  type Prepared,
  type SendResult,
  type WayCost,
} from '../board.ts'
import {
  type Batch,
  type BatchBoard,
  type BatchPart,
  batchColumns,
  composeBatch,
  outcomeOfError,
  parseBatch,
  refusalOf,
  takeChanges,
} from './batch.ts'
import { type Meter, MondayClient, type Written } from './client.ts'
import { type ImportTimes, importTimesAt, MondayImports } from './imports.ts'
import { ItemReader, toBoardItem, userIdsIn } from './items.ts'
import { LABEL_LENGTH, LABELS_PER_STATUS } from './labels.ts'
import { READ_BUDGET } from './operations.ts'
import { learnedPerson, People } from './people.ts'
import { BoardPreparer } from './prepare.ts'
import { layoutOf } from './structure.ts'
import { type WireItem, wireComplexity, wireCreated, wireItem, wirePlatform } from './wire.ts'

export interface MondayHostOptions {
  readonly token: string
  /** `https://api.monday.com/v2` */
  readonly url: string
  /** Pinned, since monday changes what it serves every quarter. Default `2026-10`. */
  readonly apiVersion?: string
  readonly http?: HttpClient
  readonly clock: Clock
  readonly log: Log
  /** 0 <= r < 1; spreads waits and makes idempotency keys of structure changes. */
  readonly random: () => number
  readonly userAgent?: string
  /** How long things take at monday; shorter where a simulated one is quicker. */
  readonly importTimes?: ImportTimes
  /** Where others ask the same account, too: one client keeps all of them within its budgets. Default: one of its own. */
  readonly client?: MondayClient
}

const learnedText = z.object({
  version: z.literal(1),
  /** Ids of one account mean other people on another. */
  account: z.string(),
  people: z.array(learnedPerson),
  costs: z.object({ points: z.number(), ms: z.number(), batch: z.number(), maxPoints: z.number() }).nullable(),
  imports: z.object({
    msPerRow: z.number().nullable(),
    refused: z.array(z.tuple([z.string(), z.number()]).readonly()).readonly(),
  }),
})
type Learned = z.infer<typeof learnedText>

/** `null` for what no process of this version wrote. */
function readLearned(text: string): Learned | null {
  try {
    return learnedText.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

const API_VERSION = '2026-10'
const NAME_LENGTH = 255
/** monday gives up after 60 s; an answer that took longer is not worth waiting for. */
const TIMEOUT_MS = 75_000

const CAN: BoardAbilities = {
  archive: true,
  columnTypes: COLUMN_TYPES,
  nameLength: NAME_LENGTH,
  labelLength: LABEL_LENGTH,
  labelsPerColumn: LABELS_PER_STATUS,
}

type ClientOptions = Omit<MondayHostOptions, 'client' | 'importTimes'>

function httpOf(options: ClientOptions): HttpClient {
  return (
    options.http ??
    createHttpClient({
      totalTimeoutMs: TIMEOUT_MS,
      idleTimeoutMs: TIMEOUT_MS,
      redact: createRedactor([options.token]).text,
      log: options.log,
      userAgent: options.userAgent ?? 'boardsync',
    })
  )
}

/** Who speaks with one monday account, within its budgets. */
export function createMondayClient(options: ClientOptions): MondayClient {
  const { token, url, clock, log, random } = options
  const apiVersion = options.apiVersion ?? API_VERSION
  return new MondayClient({ http: httpOf(options), token, url, apiVersion, clock, log, random })
}

/** Keeps boards of one monday account. Nothing is asked before the first call. */
export function createMondayHost(options: MondayHostOptions): BoardHost {
  const http = httpOf(options)
  const { token, url, clock, random } = options
  const client = options.client ?? createMondayClient({ ...options, http })
  const account = createHash('sha256').update(`${url}\n${token}`).digest('hex').slice(0, 16)
  return new MondayHost(client, { http, clock, random, account, times: options.importTimes ?? importTimesAt(1) })
}

class MondayHost implements BoardHost {
  readonly name = 'monday'
  readonly can = CAN
  readonly imports: MondayImports
  readonly #client: MondayClient
  readonly #clock: Clock
  readonly #account: string
  readonly #people: People
  readonly #preparer: BoardPreparer
  readonly #reader: ItemReader

  constructor(
    client: MondayClient,
    {
      http,
      clock,
      random,
      account,
      times,
    }: Pick<MondayHostOptions, 'clock' | 'random'> & {
      readonly http: HttpClient
      /** Tells accounts apart, as far as the address and the token do. */
      readonly account: string
      readonly times: ImportTimes
    },
  ) {
    this.#client = client
    this.#account = account
    this.#clock = clock
    this.#people = new People(client, clock)
    this.#preparer = new BoardPreparer(client, this.#people, () => newKey(random))
    this.#reader = new ItemReader(client, this.#people)
    this.imports = new MondayImports({ client, http, clock, times, userId: (email) => this.#userId(email) })
  }

  async budget(options: CallOptions = {}): Promise<BoardBudget> {
    const { budget } = this.#client
    if (!budget.knowsDay) await this.#askDay(options)
    return budget.told(this.#clock.now())
  }

  async #askDay(options: CallOptions): Promise<void> {
    let data: unknown
    try {
      data = await this.#client.query({ query: READ_BUDGET, variables: {} }, options)
    } catch (error) {
      // A token without account:read may still write boards; the day's quota then stays unknown.
      if (error instanceof Fault && (error.code === 'monday-forbidden' || error.code === 'monday-request-refused'))
        return
      throw error
    }
    const { platform_api: told } = wirePlatform.parse(data)
    const limit = told?.daily_limit?.total ?? told?.daily_limit?.base
    if (limit == null) return
    const now = this.#clock.now()
    const today = new Date(now).toISOString().slice(0, 10)
    const used = told?.daily_analytics?.by_day?.find((one) => one.day.slice(0, 10) === today)?.usage ?? 0
    this.#client.budget.setDay(limit, used, now)
  }

  async inspect(ref: BoardRef, options: CallOptions = {}): Promise<BoardLayout | null> {
    const board = await this.#preparer.find(ref, options)
    if (board === null) return null
    return this.#preparer.withDemands(layoutOf(board, 'name' in ref ? ref.name : ref.id, null))
  }

  prepare(spec: BoardSpec, options: CallOptions = {}): Promise<Prepared> {
    return this.#preparer.prepare(spec, options)
  }

  unknownPeople(emails: readonly string[], { signal }: CallOptions = {}): Promise<string[]> {
    return this.#people.find(emails, { signal })
  }

  knowsPerson(email: string): boolean {
    return this.#people.idOf(email.toLowerCase()) !== undefined
  }

  learned(): string {
    const known: Learned = {
      version: 1,
      account: this.#account,
      people: this.#people.learned(),
      costs: this.#client.budget.learned,
      imports: this.imports.learned(),
    }
    return JSON.stringify(known)
  }

  recall(text: string): void {
    const known = readLearned(text)
    if (known === null || known.account !== this.#account) return
    this.#people.recall(known.people)
    this.imports.recall(known.imports)
    if (known.costs !== null) this.#client.budget.recall(known.costs)
  }

  ownItems(layout: BoardLayout, options: CallOptions = {}): AsyncIterable<BoardItem> {
    return this.#reader.own(layout, options)
  }

  findByKeys(layout: BoardLayout, keys: readonly string[], options: CallOptions = {}): Promise<BoardItem[]> {
    return this.#reader.byKeys(layout, keys, options)
  }

  findByIds(layout: BoardLayout, itemIds: readonly string[], options: CallOptions = {}): Promise<BoardItem[]> {
    return this.#reader.byIds(layout, itemIds, options)
  }

  updatesOn(_: BoardLayout, itemIds: readonly string[], options: CallOptions = {}): Promise<BoardUpdate[]> {
    return this.#reader.updates(itemIds, options)
  }

  compose(changes: readonly BoardChange[]): ComposedRequest {
    const { budget } = this.#client
    const taken = takeChanges(changes, budget.batch)
    const batch = composeBatch(changes.slice(0, taken), (email) => this.#userId(email))
    return { body: JSON.stringify(batch), taken, points: pointsOf(taken, budget.pointsPerMutation) }
  }

  estimate(changes: number): WayCost {
    return this.#client.budget.estimate(changes)
  }

  /** An address nobody asked about must not read as that of nobody: the cell would be emptied. */
  #userId(email: string): string | undefined {
    const id = this.#people.idOf(email)
    if (id !== undefined || this.#people.isUnknown(email)) return id
    throw new Fault('board-person-not-looked-up', 'A people cell names somebody whom prepare was not told of', {
      blame: 'us',
      hint: 'Run sync again; if it stays, report this with the mapping of the board',
    })
  }

  async send(body: string, idempotencyKey: string, options: CallOptions = {}): Promise<SendResult> {
    const batch = parseBatch(body)
    for (const [id, email] of Object.entries(batch.people)) this.#people.learn(id, email)
    const { budget } = this.#client
    const size = batch.parts.length
    const meter: Meter = { calls: 0 }
    const points = pointsOf(size, budget.pointsPerMutation)
    let written: Written
    try {
      const { signal, mayWrite } = options
      written = await this.#client.write(batch.http, idempotencyKey, points, { signal, mayWrite, meter })
    } catch (error) {
      if (error instanceof Fault && error.code === 'monday-too-complex') budget.wasTooComplex(size)
      throw error
    }
    if (written.is === 'unknown') {
      budget.wasTooMuch(size)
      const { message, named } = written
      const outcomes = batch.parts.map((part): ChangeOutcome => {
        if (named === undefined) return { status: 'unknown', message }
        return {
          status: 'unknown',
          message,
          suspect: refusalOf(part, boardOf(batch, part), named.meaning, named.error),
        }
      })
      return { outcomes, calls: meter.calls, replayed: false }
    }
    if (written.is === 'refused') {
      const { meaning, error } = written
      if (error.code === 'HTTP_413') budget.wasTooMuch(size)
      const outcomes = batch.parts.map((part) => refusalOf(part, boardOf(batch, part), meaning, error))
      return { outcomes, calls: meter.calls, replayed: false, together: true }
    }
    if (!written.replayed) {
      const cost = wireComplexity.safeParse(written.data['complexity'])
      budget.wentWell(size, cost.success ? cost.data.query : null, written.ms)
    }
    const outcomes = await this.#outcomes(batch, written, { signal: options.signal, meter })
    const refusesPerson = outcomes.some((one) => one.status === 'refused' && one.code === 'person-refused')
    if (refusesPerson) this.#people.doubt(Object.values(batch.people))
    return { outcomes, calls: meter.calls, replayed: written.replayed }
  }

  async #outcomes(
    batch: Batch,
    written: Extract<Written, { is: 'answer' }>,
    options: { readonly signal: AbortSignal | undefined; readonly meter: Meter },
  ): Promise<ChangeOutcome[]> {
    const items = batch.parts.map((_, n) => wireItem.safeParse(written.data[`m${n}`]).data ?? null)
    await this.#learnPeople(batch, items, options)
    return batch.parts.map((part, n) => this.#outcome(batch, part, n, written, items[n] ?? null))
  }

  #outcome(
    batch: Batch,
    part: BatchPart,
    n: number,
    written: Extract<Written, { is: 'answer' }>,
    item: WireItem | null,
  ): ChangeOutcome {
    const board = boardOf(batch, part)
    if (part.kind === 'post' || part.kind === 'notify') {
      // Of an update its id comes back, of a notification its text: either says that it was taken.
      if (written.data[`m${n}`] != null) return { status: 'applied', itemId: part.itemId ?? '' }
    } else if (item !== null) {
      return { status: 'applied', itemId: item.id, item: toBoardItem(item, batchColumns(board), this.#people) }
    }
    // An id is enough to know that it took effect; archived items read back with no more.
    const created = wireCreated.safeParse(written.data[`m${n}`])
    if (created.success) return { status: 'applied', itemId: created.data.id }
    return outcomeOfError(
      part,
      board,
      written.errors.filter((error) => error.path[0] === `m${n}`),
    )
  }

  /** People whom read cells name and nobody knows yet. It is too late to fail: they are shown by id then. */
  async #learnPeople(
    batch: Batch,
    items: readonly (WireItem | null)[],
    options: { readonly signal: AbortSignal | undefined; readonly meter: Meter },
  ): Promise<void> {
    const ids = items.flatMap((item, n) => {
      const board = batch.boards[batch.parts[n]?.board ?? -1]
      return item === null || board === undefined ? [] : userIdsIn([item], batchColumns(board))
    })
    const unknown = ids.filter((id) => this.#people.emailOf(id) === undefined)
    if (unknown.length === 0) return
    await this.#people.findIds(unknown, options).catch(() => undefined)
  }
}

function boardOf(batch: Batch, part: BatchPart): BatchBoard {
  return batch.boards[part.board] ?? { title: '', keyColumnId: '', columns: {} }
}

function pointsOf(mutations: number, each: number | null): number | null {
  return each === null ? null : Math.round(mutations * each)
}

/** 128 random bits; `random` need not be a secret one, only different each time. */
function newKey(random: () => number): string {
  const part = () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0')
  return `structure-${part()}${part()}${part()}${part()}`
}
