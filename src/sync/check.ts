import type { BoardProblem } from '../board/board.ts'
import type { CallOptions } from '../platform/call-options.ts'
import { Fault } from '../platform/errors.ts'
import type { CheckProblem } from '../source/source.ts'
import type { SyncPorts } from './run.ts'

/** What checking one source or board found; nothing is written anywhere. */
export interface Checked {
  readonly subject: string
  readonly problems: readonly (CheckProblem | BoardProblem)[]
  /** What to say when all is well. */
  readonly fine: string
}

/** Proves that each source can be read with every field its mapping names. */
export async function checkSources(
  ports: SyncPorts,
  wants: (name: string) => boolean,
  options?: CallOptions,
): Promise<Checked[]> {
  const checked: Checked[] = []
  for (const mapping of ports.mappings.sources) {
    if (!wants(mapping.source)) continue
    const source = ports.sources.get(mapping.source)
    const needs = mapping.records.map((record) => ({
      object: record.object,
      fields: record.reads,
      place: `${mapping.file}:${record.line}`,
    }))
    const problems = source === undefined ? [unset(mapping.source)] : await orFault(() => source.check(needs, options))
    const fields = needs.reduce((sum, need) => sum + need.fields.length, 0)
    checked.push({ subject: mapping.source, problems, fine: `${needs.length} objects, ${fields} fields` })
  }
  return checked
}

/** Holds each board mapping against the board as it is now. */
export async function checkBoards(
  ports: SyncPorts,
  wants: (name: string) => boolean,
  options?: CallOptions,
): Promise<Checked[]> {
  const checked: Checked[] = []
  for (const board of ports.mappings.boards) {
    if (!wants(board.board)) continue
    let fine = ''
    const problems = await orFault(async () => {
      const found: BoardProblem[] = []
      const layout = await ports.host.inspect(board.ref, options)
      if (layout === null) {
        const name = 'name' in board.ref ? `"${board.ref.name}"` : board.ref.id
        if (board.create) fine = 'not there yet; the first apply makes it'
        else
          found.push({
            level: 'error',
            code: 'board-absent',
            message: `There is no board ${name} that this token can see`,
            hint: `Set create: true in ${board.file}, or correct its name or id`,
          })
        return found
      }
      fine = `${layout.itemsCount} items at ${layout.url ?? layout.boardId}`
      const missing = board.columns.filter((column) => layout.columns[column.title] === undefined)
      for (const column of missing) {
        found.push({
          level: 'warning',
          code: 'column-absent',
          column: column.title,
          message: `The board has no column "${column.title}" (${column.type}) yet`,
          hint: `The next apply makes it; if the board has it under another title, correct ${board.file}:${column.line}`,
        })
      }
      for (const column of board.columns) {
        const has = layout.columns[column.title]
        if (has === undefined || has.type === column.type) continue
        found.push({
          level: 'error',
          code: 'column-type',
          column: column.title,
          message: `Column "${column.title}" is ${has.type} on the board and ${column.type} in the mapping`,
          hint: `Change the type in ${board.file}:${column.line}, or rename the column on the board so that a new one is made`,
        })
      }
      if (layout.itemsLimit !== null && layout.itemsCount > layout.itemsLimit * 0.8) {
        found.push({
          level: 'warning',
          code: 'board-nearly-full',
          message: `The board holds ${layout.itemsCount} of ${layout.itemsLimit} items`,
          hint: 'Narrow the mapping with where, or ask monday for a higher limit',
        })
      }
      return found
    })
    checked.push({ subject: board.board, problems, fine })
  }
  return checked
}

function unset(source: string): CheckProblem {
  return {
    level: 'error',
    code: 'source-unset',
    message: `Source "${source}" has a mapping but no credentials`,
    hint: 'Set its variables; the README lists them',
  }
}

async function orFault<T>(work: () => Promise<readonly T[]>): Promise<readonly (T | CheckProblem)[]> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return [
      {
        level: 'error',
        code: error.code,
        message: error.message,
        ...(error.hint === undefined ? {} : { hint: error.hint }),
      },
    ]
  }
}
