/** SOQL as text, from checked parts. Pure. */

/** How far a read has come: everything up to this stamp and, within it, this id was handed over. */
export interface Position {
  /** Canonical instant text. */
  readonly stamp: string
  /** `null`: nothing of this stamp was handed over yet. */
  readonly id: string | null
}

export interface Selection {
  readonly object: string
  readonly fields: readonly string[]
  /** The field that orders changes: `SystemModstamp` where the object has one. */
  readonly stampField: string
  readonly where: string | null
  readonly from: Position | null
  /** Up to this instant, not included; `null`: no bound. */
  readonly until: string | null
}

/**
 * Records from a position on, oldest change first. Records that share a stamp are told apart by id, so that a page that
 * ends among them is taken up exactly there.
 */
export function selectFrom(selection: Selection): string {
  const { object, fields, stampField, where, from, until } = selection
  const conditions = [
    where === null ? null : `(${where})`,
    from === null ? null : after(stampField, from),
    until === null ? null : `${stampField} < ${until}`,
  ]
  return `SELECT ${fields.join(',')} FROM ${object}${whereClause(conditions)} ORDER BY ${stampField},Id`
}

/**
 * Every record, or every one that changed since an instant, in no order: what orders or limits a query keeps Salesforce
 * from working on its parts side by side.
 */
export function selectUnordered({
  object,
  fields,
  stampField,
  where,
  since,
}: Omit<Selection, 'from' | 'until'> & { readonly since: string | null }): string {
  const conditions = [where === null ? null : `(${where})`, since === null ? null : `${stampField} >= ${since}`]
  return `SELECT ${fields.join(',')} FROM ${object}${whereClause(conditions)}`
}

/** How many records there are. */
export function selectCount(object: string, where: string | null): string {
  return `SELECT COUNT() FROM ${object}${whereClause([where === null ? null : `(${where})`])}`
}

/** Those of `ids` that meet the condition now. */
export function selectByIds(
  object: string,
  fields: readonly string[],
  where: string | null,
  ids: readonly string[],
): string {
  const conditions = [where === null ? null : `(${where})`, `Id IN (${ids.map(soqlText).join(',')})`]
  return `SELECT ${fields.join(',')} FROM ${object}${whereClause(conditions)}`
}

function after(stampField: string, from: Position): string {
  if (from.id === null) return `${stampField} >= ${from.stamp}`
  return `((${stampField} = ${from.stamp} AND Id > ${soqlText(from.id)}) OR ${stampField} > ${from.stamp})`
}

function whereClause(conditions: readonly (string | null)[]): string {
  const given = conditions.filter((condition) => condition !== null)
  return given.length === 0 ? '' : ` WHERE ${given.join(' AND ')}`
}

/** A text literal, quoted and escaped. */
export function soqlText(text: string): string {
  return `'${text.replace(/[\\']/g, (character) => `\\${character}`)}'`
}
