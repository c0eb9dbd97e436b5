import type { BoardColumn, BoardLayout, BoardSpec, ColumnSpec } from '../board/board.ts'

/**
 * The board as found, with the columns, labels and groups that people renamed under the names by which the mapping knows
 * them: a column stays the one it was while its id does, and so do a label and a group. Where one of the mapping's own name
 * is there, that one counts. `before` is the board as it was last seen; only columns that `titles` names are followed.
 */
export function followRenamed(titles: readonly string[], before: BoardLayout, found: BoardLayout): BoardLayout {
  if (before.boardId !== found.boardId) return found
  const columns: Record<string, BoardColumn> = { ...found.columns }
  for (const title of titles) {
    const was = before.columns[title]
    if (was === undefined) continue
    const [name, column] = Object.entries(columns).find(([, one]) => one.id === was.id) ?? []
    if (name === undefined || column === undefined || (name !== title && Object.hasOwn(columns, title))) continue
    delete columns[name]
    columns[title] = followLabels(was, column)
  }
  return { ...found, columns, ...followGroups(before, found) }
}

function followGroups(before: BoardLayout, found: BoardLayout): Pick<BoardLayout, 'groups' | 'shownGroups'> {
  const groups: Record<string, string> = { ...found.groups }
  const shown: Record<string, string> = {}
  for (const [title, id] of Object.entries(before.groups)) {
    if (Object.hasOwn(groups, title)) continue
    const name = Object.entries(groups).find(([, other]) => other === id)?.[0]
    // A title that was there before is that of another group: two of ours must not become one.
    if (name === undefined || Object.hasOwn(before.groups, name)) continue
    delete groups[name]
    groups[title] = id
    shown[title] = name
  }
  return Object.keys(shown).length === 0 ? { groups } : { groups, shownGroups: shown }
}

function followLabels(was: BoardColumn, column: BoardColumn): BoardColumn {
  // Tags are the account's: a board does not tell them.
  if (column.type === 'tags') return was.labels === undefined ? column : { ...column, labels: was.labels }
  if (was.labels === undefined || column.labels === undefined) return column
  const labels: Record<string, string> = { ...column.labels }
  const shown: Record<string, string> = {}
  for (const [label, id] of Object.entries(was.labels)) {
    if (Object.hasOwn(column.labels, label)) continue
    const name = Object.entries(column.labels).find(([, other]) => other === id)?.[0]
    // A name that the mapping uses as well is a label of its own: two of ours must not become one.
    if (name === undefined || Object.hasOwn(was.labels, name)) continue
    delete labels[name]
    labels[label] = id
    shown[label] = name
  }
  return Object.keys(shown).length === 0 ? column : { ...column, labels, shown }
}

/** A spec that names the columns, labels and groups that the board has by their ids, so that renamed ones are not made anew. */
export function withIds(spec: BoardSpec, layout: BoardLayout | null): BoardSpec {
  if (layout === null) return spec
  return {
    ...spec,
    groupIds: Object.fromEntries(Object.entries(layout.groups).filter(([title]) => spec.groups.includes(title))),
    columns: spec.columns.map((column): ColumnSpec => {
      const has = column.key ? undefined : layout.columns[column.title]
      if (has === undefined) return column
      const labels = column.labels?.map((one) => {
        const id = has.labels !== undefined && Object.hasOwn(has.labels, one.label) ? has.labels[one.label] : undefined
        return id === undefined ? one : { ...one, id }
      })
      return { ...column, id: has.id, ...(labels === undefined ? {} : { labels }) }
    }),
  }
}
