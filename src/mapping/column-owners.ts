import type { BoardFile } from './schema/board-file.ts'
import type { SourceFile } from './schema/source-file.ts'
import type { Shaped } from './shape.ts'
import type { Problems } from './yaml-file.ts'

/**
 * That each column of a board that is both read and kept has one owner: who reads a column says that people own it, who
 * writes it always says that we do. A column that is written once belongs to people from then on.
 */
export function checkColumnOwners(
  sources: readonly Shaped<SourceFile>[],
  boards: readonly Shaped<BoardFile>[],
  problems: Problems,
): void {
  for (const source of sources) {
    if ((source.data.type ?? source.data.source) !== 'monday') continue
    for (const [kind, record] of Object.entries(source.data.records)) {
      const board = boards.find(({ data }) => record !== undefined && isNamed(data.board, record.object))
      if (record === undefined || board === undefined) continue
      const written = new Map(
        Object.entries(board.data.columns).flatMap(([title, { write }]) =>
          write === 'always' ? [[title.trim().toLowerCase(), title]] : [],
        ),
      )
      for (const name of ['name', 'item.name']) written.set(name, 'the name of items')
      for (const [field, form] of Object.entries(record.fields)) {
        const from = typeof form === 'string' ? form : form.field
        const title = from === undefined ? undefined : ownColumn(from, written)
        if (title === undefined) continue
        const what = title === 'the name of items' ? title : `"${title}"`
        problems.error(
          source.file,
          source.atKey(['records', kind, 'fields', field]),
          'column-two-owners',
          `Of board "${record.object}", ${what} is written by ${board.file} and read here: it has two owners`,
          `Leave it to people (take it out of ${board.file}, or write: once there), or do not read it here`,
        )
      }
    }
  }
}

function isNamed({ id, name }: BoardFile['board'], object: string): boolean {
  return (id !== undefined && String(id) === object) || name?.trim().toLowerCase() === object.trim().toLowerCase()
}

/** The written column that a field is, or is a part of. */
function ownColumn(from: string, written: ReadonlyMap<string, string>): string | undefined {
  const field = from.trim().toLowerCase()
  const whole = written.get(field)
  if (whole !== undefined) return whole
  return [...written].find(([title]) => field.startsWith(`${title}.`))?.[1]
}
