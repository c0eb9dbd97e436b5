import { z } from 'zod'
import type { CallOptions } from '../../platform/call-options.ts'
import { Fault } from '../../platform/errors.ts'
import {
  type BoardColumn,
  type BoardDemands,
  type BoardLayout,
  type BoardProblem,
  type BoardRef,
  type BoardSpec,
  isOurWords,
  type Prepared,
} from '../board.ts'
import type { Meter, MondayClient, QueryOptions } from './client.ts'
import { faultOf, meaningOf, toldBy } from './errors.ts'
import { boardAbsent } from './items.ts'
import { planLabels } from './labels.ts'
import {
  CREATE_BOARD,
  CREATE_WORKSPACE,
  createStructure,
  describeColumns,
  getTags,
  LIST_BOARDS,
  LIST_WORKSPACES,
  type Operation,
  READ_BOARD,
  READ_BOARD_AND_RULES,
  RENAME_GROUP,
  UPDATE_DROPDOWN_LABELS,
  UPDATE_STATUS_LABELS,
} from './operations.ts'
import type { People } from './people.ts'
import { type ColumnMatch, layoutOf, planStructure, type StructurePlan } from './structure.ts'
import {
  type WireBoard,
  type WireColumn,
  type WireError,
  type WireValidations,
  wireBoard,
  wireBoardName,
  wireColumn,
  wireCreated,
  wireNamed,
  wireValidations,
} from './wire.ts'

const boards = z.object({
  boards: z.array(wireBoard.nullable()).nullish(),
  validations: wireValidations,
  me: z.object({ id: z.union([z.string(), z.number()]).transform(String) }).nullish(),
})
const boardNames = z.object({ boards: z.array(wireBoardName.nullable()).nullish() })
const workspaces = z.object({ workspaces: z.array(wireNamed.nullable()).nullish() })

/** What a mutation made: with an id, and whatever else was asked for. */
const wireMade = wireCreated.loose()

const PER_PAGE = 100
const TAGS_AT_ONCE = 50

type BoardName = z.infer<typeof wireBoardName>

/** Finds boards and makes them able to show a spec. */
export class BoardPreparer {
  readonly #client: MondayClient
  readonly #people: People
  readonly #newKey: () => string
  /** Ids of boards found by name, so that a later look costs one call. */
  readonly #found = new Map<string, string>()
  #listing: readonly BoardName[] = []
  /** Whether boards say what they demand: an account may not have that, nor a token be let see it. */
  #tellsRules = true
  /** Boards that only owners may change, of whom we are none. */
  readonly #closed = new Set<string>()
  readonly #demands = new Map<string, BoardDemands>()
  /** Tags of the account that were asked for, name to id. */
  readonly #tags = new Map<string, string>()

  constructor(client: MondayClient, people: People, newKey: () => string) {
    this.#client = client
    this.#people = people
    this.#newKey = newKey
  }

  /** The board of `ref`, or `null` when this token sees none. */
  async find(ref: BoardRef, options: QueryOptions): Promise<WireBoard | null> {
    if ('id' in ref) return this.#read(ref.id, options)
    const name = `${ref.workspace ?? ''}\n${ref.name}`
    const known = this.#found.get(name)
    const board = known === undefined ? null : await this.#read(known, options)
    if (board !== null && board.name === ref.name) return board
    // Renamed, archived or moved meanwhile: it is looked for again.
    if (known !== undefined) this.#listing = []
    const id = await this.#idByName(ref.name, ref.workspace, options)
    if (id === null) return null
    this.#found.set(name, id)
    return this.#read(id, options)
  }

  async #read(id: string, options: QueryOptions): Promise<WireBoard | null> {
    const { boards: found, validations, me } = boards.parse(await this.#ask(id, options))
    const board = found?.[0] ?? null
    if (board !== null && this.#tellsRules) this.#remember(board, validations, me?.id)
    return board === null || board.state === 'archived' || board.state === 'deleted' ? null : board
  }

  async #ask(id: string, options: QueryOptions): Promise<unknown> {
    const plain = { query: READ_BOARD, variables: { ids: [id] } }
    if (!this.#tellsRules) return this.#client.query(plain, options)
    try {
      return await this.#client.query({ query: READ_BOARD_AND_RULES, variables: { ids: [id], id } }, options)
    } catch (error) {
      if (!(error instanceof Fault) || !['monday-request-refused', 'monday-forbidden'].includes(error.code)) throw error
      this.#tellsRules = false
      return this.#client.query(plain, options)
    }
  }

  #remember({ id, columns, permissions, owners }: WireBoard, told: WireValidations, me: string | undefined): void {
    const isOurs = owners?.some((owner) => owner?.id === me) ?? true
    if (permissions === 'owners' && me !== undefined && !isOurs) this.#closed.add(id)
    else this.#closed.delete(id)
    const required = (told?.required_column_ids ?? []).map((column) => ({
      id: column,
      title: columns?.find((one) => one.id === column)?.title ?? column,
    }))
    const rules = told?.rules?.length ?? 0
    if (required.length + rules > 0) this.#demands.set(id, { required, rules })
    else this.#demands.delete(id)
  }

  /** A layout with what its board demanded of its items, and of who changes it, when it was last read. */
  withDemands(layout: BoardLayout): BoardLayout {
    const demands = this.#demands.get(layout.boardId)
    const isClosed = this.#closed.has(layout.boardId)
    return { ...layout, ...(demands === undefined ? {} : { demands }), ...(isClosed ? { closed: true } : {}) }
  }

  async #idByName(name: string, workspace: string | null, options: QueryOptions): Promise<string | null> {
    const pick = (all: readonly BoardName[]) =>
      all.filter((board) => board.name === name && isIn(board.workspace ?? null, workspace)).map((board) => board.id)
    // One listing serves all boards of a run; what is not on it may have been made since.
    let ids = pick(this.#listing)
    if (ids.length === 0) {
      this.#listing = await this.#list(options)
      ids = pick(this.#listing)
    }
    if (ids.length > 1) {
      throw new Fault('board-ambiguous', `monday has ${ids.length} boards named "${name}" (ids ${ids.join(', ')})`, {
        blame: 'operator',
        hint: 'Write the id of the one you mean in the mapping: board: { id: … }',
      })
    }
    return ids[0] ?? null
  }

  async #list(options: QueryOptions): Promise<BoardName[]> {
    const all: BoardName[] = []
    for (let page = 1; ; page += 1) {
      const data = await this.#client.query({ query: LIST_BOARDS, variables: { page } }, options)
      const list = boardNames.parse(data).boards ?? []
      all.push(...list.filter((board) => board !== null))
      if (list.length < PER_PAGE) return all
    }
  }

  async prepare(spec: BoardSpec, { signal, mayWrite }: CallOptions): Promise<Prepared> {
    const meter: Meter = { calls: 0 }
    const options: QueryOptions = { signal, mayWrite, meter }
    const made: string[] = []
    let board = await this.find(spec.ref, options)
    if (board === null) {
      if (!spec.create || 'id' in spec.ref) throw boardAbsent('id' in spec.ref ? `id ${spec.ref.id}` : spec.ref.name)
      board = await this.#create(spec.ref, spec, made, options)
    }
    const plan = planStructure(board, spec)
    const problems: BoardProblem[] = [...plan.problems]
    if (plan.newColumns.length + plan.newGroups.length > 0) {
      board = await this.#build(board, spec, plan, made, problems, options)
    }
    board = await this.#addLabels(board, spec, made, problems, options)
    board = await this.#describe(board, spec, made, problems, options)
    await this.#getTags(board, spec, problems, options)
    const unknownPeople = await this.#people.find(spec.people, options)
    return {
      layout: this.#withTags(this.withDemands(layoutOf(board, spec.board, spec)), spec),
      made,
      problems,
      unknownPeople,
      calls: meter.calls,
    }
  }

  async #create(
    ref: { readonly name: string; readonly workspace: string | null },
    spec: BoardSpec,
    made: string[],
    options: QueryOptions,
  ): Promise<WireBoard> {
    const workspace = ref.workspace === null ? null : await this.#workspace(ref.workspace, made, options)
    const created = await this.#make(
      { query: CREATE_BOARD, variables: { name: ref.name, workspace } },
      'create_board',
      options,
      () => this.#newBoard(ref, options),
    )
    made.push(`board "${ref.name}" created`)
    this.#found.set(`${ref.workspace ?? ''}\n${ref.name}`, created.id)
    const whole = wireBoard.safeParse(created).data
    const board = whole?.columns != null && whole.groups != null ? whole : await this.#read(created.id, options)
    if (board === null) throw boardAbsent(ref.name)
    return this.#renameOnlyGroup(board, spec, options)
  }

  async #newBoard(ref: { readonly name: string; readonly workspace: string | null }, options: QueryOptions) {
    this.#listing = []
    const id = await this.#idByName(ref.name, ref.workspace, options)
    return id === null ? null : { id }
  }

  /** monday gives even an empty board one group; on a board of our own making it becomes the first of ours. */
  async #renameOnlyGroup(board: WireBoard, spec: BoardSpec, options: QueryOptions): Promise<WireBoard> {
    const only = board.groups?.length === 1 ? board.groups[0] : undefined
    const title = spec.groups[0]
    if (only === undefined || title === undefined || spec.groups.includes(only.title)) return board
    await this.#make(
      { query: RENAME_GROUP, variables: { board: board.id, group: only.id, title } },
      'update_group',
      options,
    )
    return { ...board, groups: [{ ...only, title }] }
  }

  async #workspace(name: string, made: string[], options: QueryOptions): Promise<string> {
    const known = await this.#workspaceByName(name, options)
    if (known !== null) return known.id
    const { id } = await this.#make({ query: CREATE_WORKSPACE, variables: { name } }, 'create_workspace', options, () =>
      this.#workspaceByName(name, options),
    )
    made.push(`workspace "${name}" created`)
    return id
  }

  async #workspaceByName(name: string, options: QueryOptions): Promise<{ readonly id: string } | null> {
    for (let page = 1; ; page += 1) {
      const data = await this.#client.query({ query: LIST_WORKSPACES, variables: { page } }, options)
      const list = workspaces.parse(data).workspaces ?? []
      const found = list.find((one) => one?.name === name)
      if (found != null || list.length < PER_PAGE) return found ?? null
    }
  }

  /** One mutation that answers with an id, and what else it asks for; any error of it is a fault. */
  async #make(
    operation: Operation,
    field: string,
    options: QueryOptions,
    look: () => Promise<{ readonly id: string } | null> = async () => null,
  ): Promise<{ readonly id: string }> {
    const written = await this.#client.writeOnce(operation, this.#newKey(), options, look)
    if (written.is === 'found') return written.found
    const { data, errors } = written
    const created = wireMade.nullish().parse(data[field])
    if (created != null) return created
    const error = errors[0]
    if (error === undefined)
      throw new Fault('monday-error', `monday answered ${field} with nothing`, { blame: 'remote' })
    throw faultOf(meaningOf(error), error, error.retryAfterMs)
  }

  /** Columns and groups in one request. What monday refuses becomes a problem; the rest is made all the same. */
  async #build(
    board: WireBoard,
    spec: BoardSpec,
    plan: StructurePlan,
    made: string[],
    problems: BoardProblem[],
    options: QueryOptions,
  ): Promise<WireBoard> {
    const operation = createStructure(board.id, plan.newColumns, plan.newGroups)
    const written = await this.#client.writeOnce(operation, this.#newKey(), options, () =>
      this.#built(board.id, spec, plan, options),
    )
    if (written.is === 'found') {
      made.push(...plan.newColumns.map(columnMade), ...plan.newGroups.map(groupMade))
      return written.found
    }
    const { data, errors } = written
    const wanted = plan.newColumns.map((column, n) => ({ column, alias: `c${n}` }))
    for (const { column, alias } of wanted) {
      if (data[alias] != null) {
        made.push(columnMade(column))
        continue
      }
      const error = errorOf(errors, alias)
      // The id of our key column may have been used up by a column that was deleted.
      if (column.id !== undefined && (await this.#createWithoutId(board, column.title, options))) {
        made.push(columnMade(column))
      } else if (column.id !== undefined) {
        throw keyColumnFault(board, error)
      } else {
        problems.push(notMade(`Column "${column.title}"`, board, error, column.title))
      }
    }
    plan.newGroups.forEach((group, n) => {
      if (data[`g${n}`] != null) made.push(groupMade(group))
      else problems.push(notMade(`Group "${group.title}"`, board, errorOf(errors, `g${n}`)))
    })
    const now = await this.#read(board.id, options)
    if (now === null) throw boardAbsent(board.name)
    return now
  }

  /** The board, once it has all that was to be made. */
  async #built(
    boardId: string,
    spec: BoardSpec,
    plan: StructurePlan,
    options: QueryOptions,
  ): Promise<WireBoard | 'partly' | null> {
    const now = await this.#read(boardId, options)
    if (now === null) return null
    const { newColumns, newGroups } = planStructure(now, spec)
    const missing = newColumns.length + newGroups.length
    if (missing === 0) return now
    return missing < plan.newColumns.length + plan.newGroups.length ? 'partly' : null
  }

  async #createWithoutId(board: WireBoard, title: string, options: QueryOptions): Promise<boolean> {
    const operation = createStructure(board.id, [{ title, type: 'text' }], [])
    const written = await this.#client.writeOnce(operation, this.#newKey(), options, async () => {
      const now = await this.#read(board.id, options)
      return now?.columns?.find((column) => column.title === title && !column.archived) ?? null
    })
    return written.is === 'found' || written.data['c0'] != null
  }

  /** Tags belong to the account: each is asked for once, and made where nobody has it yet. */
  async #getTags(board: WireBoard, spec: BoardSpec, problems: BoardProblem[], options: QueryOptions): Promise<void> {
    const columns = spec.columns.filter((column) => column.type === 'tags')
    const wanted = columns.flatMap(({ labels = [] }) => labels)
    for (const { label, id } of wanted) if (id !== undefined) this.#tags.set(label, id)
    const open = [...new Set(wanted.map(({ label }) => label))].filter((name) => !this.#tags.has(name))
    for (let from = 0; from < open.length; from += TAGS_AT_ONCE) {
      const names = open.slice(from, from + TAGS_AT_ONCE)
      const { data, errors } = await this.#client.writeSurely(getTags(names), this.#newKey(), options)
      names.forEach((name, n) => {
        const tag = wireCreated.nullish().parse(data[`t${n}`])
        if (tag != null) this.#tags.set(name, tag.id)
        else problems.push(notMade(`Tag "${name}"`, board, errorOf(errors, `t${n}`), columns[0]?.title))
      })
    }
  }

  #withTags(layout: BoardLayout, spec: BoardSpec): BoardLayout {
    const columns: Record<string, BoardColumn> = { ...layout.columns }
    for (const { title, type, labels = [] } of spec.columns) {
      const column = columns[title]
      if (type !== 'tags' || column === undefined) continue
      const known = labels.flatMap(({ label }) => {
        const id = this.#tags.get(label)
        return id === undefined ? [] : [[label, id] as const]
      })
      columns[title] = { ...column, labels: Object.fromEntries(known) }
    }
    return { ...layout, columns }
  }

  /** Writes what columns show over nothing and over earlier words of ours; what people wrote stays. */
  async #describe(
    board: WireBoard,
    spec: BoardSpec,
    made: string[],
    problems: BoardProblem[],
    options: QueryOptions,
  ): Promise<WireBoard> {
    const wanted = planStructure(board, spec).matches.flatMap(({ spec: { title, description }, column }) => {
      if (column === null || description === undefined || column.description === description) return []
      return isOurWords(column.description || undefined) ? [{ id: column.id, title, description }] : []
    })
    if (wanted.length === 0) return board
    const operation = describeColumns(board.id, wanted)
    const { data, errors } = await this.#client.writeSurely(operation, this.#newKey(), options)
    const described = new Map<string, WireColumn>()
    wanted.forEach(({ title }, n) => {
      const column = wireColumn.nullish().parse(data[`d${n}`])
      if (column != null) {
        described.set(column.id, column)
        made.push(`column "${title}" described`)
        return
      }
      const error = errorOf(errors, `d${n}`)
      problems.push({
        level: 'warning',
        code: 'column-not-described',
        message: `Column "${title}" of board "${board.name}" could not be told what it shows (${error === undefined ? 'no reason given' : toldBy(error)})`,
        hint: "Let the token's user change the board's structure",
        column: title,
      })
    })
    return { ...board, columns: (board.columns ?? []).map((column) => described.get(column.id) ?? column) }
  }

  async #addLabels(
    board: WireBoard,
    spec: BoardSpec,
    made: string[],
    problems: BoardProblem[],
    options: QueryOptions,
  ): Promise<WireBoard> {
    let now = board
    for (const match of planStructure(board, spec).matches) {
      const { column } = match
      if (column === null || (match.spec.type !== 'status' && match.spec.type !== 'dropdown')) continue
      const result = await this.#addLabelsTo(now, match, options)
      // Problems of a column made just now were told when its labels were planned.
      const known = new Set(problems.map((problem) => problem.message))
      problems.push(...result.problems.filter((problem) => !known.has(problem.message)))
      for (const label of result.added) made.push(`label "${label}" of column "${match.spec.title}" created`)
      now = result.board
    }
    return now
  }

  /** Adds what is missing to one column. Somebody else may change the column meanwhile: then once more, on what is there now. */
  async #addLabelsTo(
    board: WireBoard,
    match: ColumnMatch,
    options: QueryOptions,
  ): Promise<{ board: WireBoard; added: readonly string[]; problems: readonly BoardProblem[] }> {
    let now = board
    for (let attempt = 1; ; attempt += 1) {
      const column = now.columns?.find((one) => one.id === match.column?.id) ?? null
      const plan = planLabels(match.spec, column)
      if (column === null || plan.labels === null) return { board: now, added: [], problems: plan.problems }
      const status = match.spec.type === 'status'
      const field = status ? 'update_status_column' : 'update_dropdown_column'
      const { data, errors } = await this.#client.writeSurely(
        {
          query: status ? UPDATE_STATUS_LABELS : UPDATE_DROPDOWN_LABELS,
          variables: {
            board: board.id,
            column: column.id,
            revision: column.revision ?? '',
            settings: { labels: plan.labels },
          },
        },
        this.#newKey(),
        options,
      )
      const updated = wireColumn.nullish().parse(data[field])
      if (updated != null) {
        const columns = (now.columns ?? []).map((one) => (one.id === updated.id ? updated : one))
        return { board: { ...now, columns }, added: plan.added, problems: plan.problems }
      }
      const error = errors[0]
      if (attempt > 1 || error === undefined || meaningOf(error) !== 'revision') {
        const problem = notMade(
          `Labels ${plan.added.map((label) => `"${label}"`).join(', ')}`,
          board,
          error,
          match.spec.title,
        )
        return { board: now, added: [], problems: [...plan.problems, problem] }
      }
      now = (await this.#read(board.id, options)) ?? now
    }
  }
}

/** `null` in a mapping means the main workspace, which boards call `null` or `Main workspace`. */
function isIn(actual: { readonly name?: string | null | undefined } | null, wanted: string | null): boolean {
  const name = actual?.name ?? null
  if (wanted !== null) return name === wanted
  return name === null || name.toLowerCase() === 'main workspace'
}

function columnMade({ title, type }: { readonly title: string; readonly type: string }): string {
  return `column "${title}" (${type}) created`
}

function groupMade({ title }: { readonly title: string }): string {
  return `group "${title}" created`
}

function errorOf(errors: readonly WireError[], alias: string): WireError | undefined {
  return errors.find((error) => error.path[0] === alias)
}

function notMade(what: string, board: WireBoard, error: WireError | undefined, column?: string): BoardProblem {
  return {
    level: 'error',
    code: 'board-structure-refused',
    message: `${what} could not be made on board "${board.name}" (${error === undefined ? 'no reason given' : toldBy(error)})`,
    hint: "Make it by hand, or let the token's user change the board's structure",
    ...(column === undefined ? {} : { column }),
  }
}

function keyColumnFault(board: WireBoard, error: WireError | undefined): Fault {
  const reason = error === undefined ? 'no reason given' : toldBy(error)
  return new Fault(
    'board-key-column-missing',
    `Board "${board.name}" cannot be given the column that holds our key (${reason})`,
    {
      blame: 'operator',
      hint: `Add a text column named "boardsync key" to the board by hand, or let the token's user change its structure`,
    },
  )
}
