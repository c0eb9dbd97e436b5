import type { BoardProblem } from '../board/board.ts'
import { boardsFedBy, feedsSentence } from '../mapping/feeds.ts'
import type { BoardMapping, RecordMapping, SourceMapping } from '../mapping/mapping.ts'
import { demandSentences } from '../plan/demands.ts'
import { layoutSentences } from '../plan/drift.ts'
import { followRenamed } from '../plan/follow.ts'
import { closedSentence } from '../plan/guard.ts'
import type { CallOptions } from '../platform/call-options.ts'
import { type ExitCode, Fault } from '../platform/errors.ts'
import type { CheckProblem, ObjectNeed, Source } from '../source/source.ts'
import type { Store } from '../store/store.ts'
import { readMemory } from './board-memory.ts'
import { boardLost, findBoard, isOtherName } from './look-at-board.ts'
import { type Present, presentOf } from './present.ts'
import type { SyncPorts } from './run.ts'

/** What checking one source or board found; nothing is written anywhere. */
export interface Checked {
  readonly subject: string
  readonly problems: readonly (CheckProblem | BoardProblem)[]
  /** What was found to be there; empty when that is not known. */
  readonly fine: string
  /** 0 without errors, 75 when a service could not be asked, else 1. */
  readonly exit: ExitCode
}

/** Proves that each source can be read with every field its mapping names. `unset`: why one cannot be asked. */
export async function checkSources(
  ports: SyncPorts,
  wants: (name: string) => boolean,
  unset: (source: string) => Fault | null,
  options?: CallOptions,
): Promise<Checked[]> {
  const checked: Checked[] = []
  for (const mapping of ports.mappings.sources) {
    if (!wants(mapping.source)) continue
    const source = ports.sources.get(mapping.source)
    const needs: ObjectNeed[] = []
    const found = await orFault(async () => {
      if (source === undefined) throw unset(mapping.source) ?? noAdapter(mapping.source)
      const notes: CheckProblem[] = []
      for (const record of mapping.records) await addNeed(source, mapping, record, needs, notes, options)
      const problems = await source.check(needs, options)
      return [...problems.map((problem) => withColumns(problem, mapping, ports.mappings.boards)), ...notes]
    })
    const fields = needs.reduce((sum, need) => sum + need.fields.length, 0)
    const isFine = found.problems.every(({ level }) => level === 'info')
    const fine = isFine ? `${needs.length} objects, ${fields} fields` : ''
    checked.push({ subject: mapping.source, ...found, fine })
  }
  return checked
}

/** What is needed of one object, optional things that the source lacks left out with a note. */
async function addNeed(
  source: Source,
  { file }: SourceMapping,
  record: RecordMapping,
  needs: ObjectNeed[],
  notes: CheckProblem[],
  options?: CallOptions,
): Promise<void> {
  const { object, reads, line } = record
  const place = `${file}:${line}`
  let present: Pick<Present, 'fields' | 'absent'> & { readonly description: unknown }
  try {
    present = await presentOf(source, record, place, null, options)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    // The check says the same in its own words, beside all else.
    present = { description: undefined, fields: reads, absent: [] }
  }
  if (present.description !== null) needs.push({ object, fields: present.fields, place })
  else {
    const message = `There is no object "${object}"; it is optional, and is left out (${place})`
    notes.push({ level: 'info', code: 'source-object-absent', message, object })
  }
  for (const field of present.absent) {
    const message = `${object} has no field "${field}"; it is optional, and is left empty (${place})`
    notes.push({ level: 'info', code: 'source-field-absent', message, object, field })
  }
}

/** The problem of a field, with the board columns that the field feeds. */
function withColumns(problem: CheckProblem, mapping: SourceMapping, boards: readonly BoardMapping[]): CheckProblem {
  const { object, field, message } = problem
  if (object === undefined || field === undefined) return problem
  const records = mapping.records.filter((record) => record.object === object && record.reads.includes(field))
  if (records.length === 0) return problem
  const fed = records.flatMap((record) => boardsFedBy(record, field, boards))
  return { ...problem, message: `${message}; it ${feedsSentence(fed)}` }
}

/**
 * Holds each board mapping against the board as it is now. `unset`: why the boards' host cannot be asked; `remembered`:
 * the store of earlier runs, which knows what the board was like before people changed it.
 */
export async function checkBoards(
  ports: SyncPorts,
  wants: (name: string) => boolean,
  unset: Fault | null,
  remembered: Pick<Store, 'note'> | null,
  options?: CallOptions,
): Promise<Checked[]> {
  const checked: Checked[] = []
  for (const board of ports.mappings.boards) {
    if (!wants(board.board)) continue
    let fine = ''
    const checkedOne = await orFault(async () => {
      if (unset !== null) throw unset
      const found: BoardProblem[] = []
      const memory = await readMemory(remembered ?? ports.store, board.board)
      const asFound = await findBoard(ports.host, board, memory, options)
      const titles = board.columns.map(({ title }) => title)
      const layout =
        asFound === null || memory.layout === null ? asFound : followRenamed(titles, memory.layout, asFound)
      if (layout === null && memory.layout !== null && !isOtherName(board, memory)) throw boardLost(board, memory)
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
      const before = memory.layout?.boardId === layout.boardId ? memory.layout : null
      const changed = before === null || asFound === null ? [] : layoutSentences(board, before, asFound)
      // A column of another type is an error below, whoever made it so.
      found.push(...changed.filter(({ code }) => code !== 'column-type'))
      const told = new Set(changed.map((problem) => problem.column))
      const missing = board.columns.filter(({ title }) => layout.columns[title] === undefined && !told.has(title))
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
      if (layout.closed === true) found.push({ level: 'error', code: 'board-closed', ...closedSentence(layout.title) })
      found.push(...demandSentences(layout, titles))
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
    checked.push({ subject: board.board, ...checkedOne, fine })
  }
  return checked
}

function noAdapter(source: string): Fault {
  return new Fault('source-unset', `Source "${source}" has a mapping but no credentials`, {
    blame: 'operator',
    hint: 'Set its variables; the README lists them',
  })
}

async function orFault(
  work: () => Promise<readonly (CheckProblem | BoardProblem)[]>,
): Promise<Pick<Checked, 'problems' | 'exit'>> {
  try {
    const problems = await work()
    return { problems, exit: problems.some((problem) => problem.level === 'error') ? 1 : 0 }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const { code, message, hint, exit } = error
    return { problems: [{ level: 'error', code, message, ...(hint === undefined ? {} : { hint }) }], exit }
  }
}
