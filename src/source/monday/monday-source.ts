import type { CallOptions } from '../../platform/call-options.ts'
import { Fault } from '../../platform/errors.ts'
import type {
  ByIdRequest,
  CheckProblem,
  CostEstimate,
  ObjectDescription,
  ObjectNeed,
  Page,
  ReadRequest,
  RecordsById,
  Source,
} from '../source.ts'
import type { MondayAccount } from './account.ts'
import { Asking } from './asking.ts'
import { Boards, type KnownBoard } from './boards.ts'
import { fieldHint, findField, ITEM_PARTS, isStamped, liveColumns, typeOf } from './fields.ts'
import { RecordMaker, readItems, wantedOf } from './items.ts'
import { readBoard } from './reading.ts'

export interface MondaySourceOptions {
  readonly name: string
  readonly account: MondayAccount
  /** The boards that are read, by name or number: all of them are looked up together. */
  readonly objects: readonly string[]
  /** Items to a page. Default 500, the most that monday gives. */
  readonly pageSize?: number
}

const PAGE = 500

/**
 * Reads boards that people keep. An object is a board, by its name or number; a field is a column by its title or id, a
 * part of one (`Owner.email`, `Status.id`, `Term.from`), a column of the items that a column links (`Account.boardsync_key`),
 * or of the item itself (`item.name`, `item.group`, `item.created_at` …).
 */
export function createMondaySource(options: MondaySourceOptions): Source {
  const boards = new Boards(options.objects)
  return {
    name: options.name,
    check: (needs, callOptions) => checkBoards(options, boards, needs, callOptions),
    read: (request, callOptions) => read(options, boards, request, callOptions),
    describe: (need, callOptions) => describeBoard(options, boards, need, callOptions),
    readByIds: (request, callOptions) => readByIds(options, boards, request, callOptions),
    estimate: async (requests) => estimate(requests),
    quota: () => options.account.quota(),
  }
}

async function* read(
  { account, pageSize = PAGE }: MondaySourceOptions,
  boards: Boards,
  request: ReadRequest,
  options: CallOptions = {},
): AsyncGenerator<Page> {
  options.signal?.throwIfAborted()
  const asking = new Asking(account, options)
  const known = await find(boards, request, asking)
  needFields(known, request)
  let before = asking.takeCalls()
  for await (const page of readBoard(account, known, request, pageSize, options)) {
    yield { ...page, requests: page.requests + before }
    before = 0
    options.signal?.throwIfAborted()
  }
}

async function* readByIds(
  { account }: MondaySourceOptions,
  boards: Boards,
  request: ByIdRequest,
  options: CallOptions = {},
): AsyncGenerator<RecordsById> {
  const asking = new Asking(account, options)
  const known = await find(boards, request, asking)
  needFields(known, request)
  const wanted = wantedOf(known, request.fields)
  const maker = new RecordMaker(wanted, asking)
  const ids = [...new Set(request.ids)]
  for (let at = 0; at < ids.length; at += PAGE) {
    options.signal?.throwIfAborted()
    const some = ids.slice(at, at + PAGE)
    const items = await readItems(
      asking,
      some.filter((id) => /^\d+$/.test(id)),
      wanted.columns,
      wanted.types,
    )
    const here = items.filter(
      (item) =>
        (item.state == null || item.state === 'active') && (item.board == null || item.board.id === wanted.board),
    )
    const present = await maker.records(here)
    const found = new Set(present.map(({ id }) => id))
    const changedAt = present[0]?.changedAt ?? '1970-01-01T00:00:00.000Z'
    const gone = some.filter((id) => !found.has(id)).map((id) => ({ kind: 'deleted', id, changedAt }) as const)
    yield { records: [...present, ...gone], requests: asking.takeCalls() }
  }
}

async function find(
  boards: Boards,
  { object, where }: Pick<ReadRequest, 'object' | 'where'>,
  asking: Asking,
): Promise<KnownBoard> {
  if (where === null) return boards.find(object, asking)
  throw new Fault(
    'monday-where',
    `A condition is given for the board "${object}", and boards that are read know none`,
    {
      blame: 'operator',
      hint: 'Remove where from the source mapping; mark a field required: true, and items without it are left out',
    },
  )
}

function needFields({ board, linked }: KnownBoard, { fields }: Pick<ReadRequest, 'fields'>): void {
  const missing = fields.find((name) => findField(board, name, linked) === null)
  if (missing === undefined) return
  throw new Fault('monday-field-missing', `Board "${board.name}" has no column "${missing}"`, {
    blame: 'operator',
    hint: fieldHint(board, missing),
  })
}

async function describeBoard(
  { account }: MondaySourceOptions,
  boards: Boards,
  need: ObjectNeed,
  options?: CallOptions,
): Promise<ObjectDescription> {
  const asking = new Asking(account, options)
  const { board, linked } = await boards.find(need.object, asking)
  return {
    asked: need.fields.flatMap((name) => {
      const place = findField(board, name, linked)
      return place === null ? [] : [{ name, type: typeOf(place), stamped: isStamped(place) }]
    }),
    fields: [
      ...liveColumns(board).map(({ title, type }) => ({ name: title, type })),
      ...ITEM_PARTS.map((part) => ({ name: `item.${part}`, type: 'text' })),
    ],
    alwaysWhole: false,
    requests: asking.takeCalls(),
    sharedRequests: 0,
  }
}

async function checkBoards(
  { account }: MondaySourceOptions,
  boards: Boards,
  needs: readonly ObjectNeed[],
  options: CallOptions = {},
): Promise<CheckProblem[]> {
  const asking = new Asking(account, options)
  const problems: CheckProblem[] = []
  for (const { object, fields, place } of needs) {
    const at = place === undefined ? '' : ` (${place})`
    try {
      const { board, linked } = await boards.find(object, asking)
      for (const field of fields) {
        if (findField(board, field, linked) !== null) continue
        const message = `Board "${board.name}" has no column "${field}"${at}`
        const hint = fieldHint(board, field)
        problems.push({ level: 'error', code: 'monday-field-missing', message, hint, object, field })
      }
    } catch (error) {
      if (!(error instanceof Fault) || error.blame !== 'operator') throw error
      const { code, message, hint } = error
      problems.push({
        level: 'error',
        code,
        message: `${message}${at}`,
        object,
        ...(hint === undefined ? {} : { hint }),
      })
    }
  }
  return problems
}

function estimate(requests: readonly ReadRequest[]): CostEstimate {
  const whole = requests.filter(({ after }) => after === null)
  return { requests: requests.length - whole.length, uncounted: whole.map(({ object }) => object) }
}
