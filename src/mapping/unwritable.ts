/** Columns that monday fills by itself: no program can write them, whatever it sends. */
const COMPUTED: Readonly<Record<string, string>> = {
  auto_number: 'Map a number of the record to a numbers column',
  button: 'Remove the column from the mapping; a button on the board stays as it is',
  creation_log: 'Map the day of creation to a date column',
  formula: 'Map the value to a numbers or text column; the formula on the board stays as it is',
  item_id: 'Remove the column from the mapping; monday numbers its items itself',
  last_updated: 'Map the day of the change to a date column',
  lookup: 'Map the value itself to a column of its own type; the mirror on the board stays as it is',
  mirror: 'Map the value itself to a column of its own type; the mirror on the board stays as it is',
  progress: 'Map the share to a numbers column',
  subtasks: 'Remove the column from the mapping; subitems are not kept',
  time_tracking: 'Map the hours to a numbers column',
  vote: 'Map the number of votes to a numbers column',
}

/** Columns that hold what only exists on monday (files, items by their ids) and not what a record says. */
const OTHERWISE: Readonly<Record<string, { readonly why: string; readonly hint: string }>> = {
  file: {
    why: 'takes uploaded files and no addresses',
    hint: 'Write type: link, with the address of the file as its value',
  },
  doc: { why: 'takes documents made on monday and no text', hint: 'Write type: long_text' },
}

/** Why a column of this type cannot be mapped, and what can be done in its place; `null` for any other word. */
export function whyUnwritable(type: string): { readonly message: string; readonly hint: string } | null {
  const computed = Object.hasOwn(COMPUTED, type) ? COMPUTED[type] : undefined
  if (computed !== undefined) {
    return { message: `monday lets no program write a ${type} column: it fills it by itself`, hint: computed }
  }
  const other = Object.hasOwn(OTHERWISE, type) ? OTHERWISE[type] : undefined
  return other === undefined ? null : { message: `A ${type} column ${other.why}`, hint: other.hint }
}
