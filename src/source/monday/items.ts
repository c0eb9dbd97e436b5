import { instantText } from '../canonical.ts'
import type { FieldValue, SourceRecord } from '../source.ts'
import type { Asking } from './asking.ts'
import type { KnownBoard } from './boards.ts'
import { fieldValue, personsOf } from './cells.ts'
import { type FieldPlace, findField } from './fields.ts'
import { itemsById, READ_USERS } from './questions.ts'
import { type WireItem, wireById, wireUsers } from './wire.ts'

/** monday takes so many ids at a time. */
const IDS = 100
const USERS = 500

/** What is asked of each item of a board, and how a record is made of the answer. */
export interface Wanted {
  readonly board: string
  readonly fields: readonly { readonly name: string; readonly place: FieldPlace | null }[]
  /** Column ids. */
  readonly columns: readonly string[]
  readonly types: ReadonlySet<string>
}

export function wantedOf({ board, linked }: KnownBoard, fields: readonly string[]): Wanted {
  const found = fields.map((name) => ({ name, place: findField(board, name, linked) }))
  const columns = found.flatMap(({ place }) =>
    place === null || place.of === 'item' || place.column.type === 'name' ? [] : [place.column],
  )
  return {
    board: board.id,
    fields: found,
    columns: [...new Set(columns.map(({ id }) => id))],
    types: new Set(columns.map(({ type }) => type)),
  }
}

/** Makes records of items; what they link and whom they name is asked for once in a read. */
export class RecordMaker {
  readonly #wanted: Wanted
  readonly #asking: Asking
  readonly #linked = new Map<string, WireItem>()
  readonly #emails = new Map<string, string | null>()

  constructor(wanted: Wanted, asking: Asking) {
    this.#wanted = wanted
    this.#asking = asking
  }

  async records(items: readonly WireItem[]): Promise<SourceRecord[]> {
    await this.#findLinked(items)
    await this.#findPeople([...items, ...this.#linked.values()])
    return items.map((item) => ({
      kind: 'present',
      id: item.id,
      changedAt: stampOf(item),
      fields: Object.fromEntries(this.#wanted.fields.map(({ name, place }) => [name, this.#value(item, place)])),
    }))
  }

  #value(item: WireItem, place: FieldPlace | null): FieldValue {
    const emailOf = (id: string) => this.#emails.get(id) ?? undefined
    if (place === null) return null
    if (place.of !== 'linked') return fieldValue(item, place, emailOf)
    const values = linksOf(item, place.column.id).flatMap((id) => {
      const other = this.#linked.get(id)
      const there = place.places.find(({ board }) => board === other?.board?.id)
      const value = other === undefined || there === undefined ? null : fieldValue(other, there.place, emailOf)
      return value === null ? [] : [value]
    })
    if (values.length === 0) return null
    return values.length === 1 ? (values[0] ?? null) : values.join(', ')
  }

  async #findLinked(items: readonly WireItem[]): Promise<void> {
    const places = this.#wanted.fields.flatMap(({ place }) => (place?.of === 'linked' ? [place] : []))
    if (places.length === 0) return
    const ids = new Set(items.flatMap((item) => places.flatMap(({ column }) => linksOf(item, column.id))))
    const unknown = [...ids].filter((id) => !this.#linked.has(id))
    const own = places.flatMap((place) => place.places.map((there) => there.place))
    const columns = own.flatMap((place) => (place.of === 'column' ? [place.column] : []))
    const types = new Set(columns.map(({ type }) => type))
    const names = [...new Set(columns.filter(({ type }) => type !== 'name').map(({ id }) => id))]
    for (const item of await readItems(this.#asking, unknown, names, types)) {
      if (item.state == null || item.state === 'active') this.#linked.set(item.id, item)
    }
  }

  async #findPeople(items: readonly WireItem[]): Promise<void> {
    const places = this.#wanted.fields.flatMap(({ place }) =>
      place?.of === 'linked' ? place.places.map((there) => there.place) : place === null ? [] : [place],
    )
    const columns = new Set(
      places.flatMap((place) => (place.of === 'column' && place.part === 'email' ? [place.column.id] : [])),
    )
    if (columns.size === 0) return
    const ids = items.flatMap((item) => item.column_values.filter(({ id }) => columns.has(id)).flatMap(personsOf))
    const unknown = [...new Set(ids)].filter((id) => !this.#emails.has(id))
    for (let at = 0; at < unknown.length; at += USERS) {
      const some = unknown.slice(at, at + USERS)
      const { users } = wireUsers.parse(await this.#asking.answer(READ_USERS, { ids: some, limit: some.length }))
      for (const id of some) this.#emails.set(id, null)
      for (const { id, email } of users ?? []) this.#emails.set(id, email ?? null)
    }
  }
}

/** Items by id, in any state, those that are there. */
export async function readItems(
  asking: Asking,
  ids: readonly string[],
  columns: readonly string[],
  types: ReadonlySet<string>,
): Promise<WireItem[]> {
  const found: WireItem[] = []
  for (let at = 0; at < ids.length; at += IDS) {
    const some = ids.slice(at, at + IDS)
    const variables = { ids: some, limit: some.length, columns }
    const { items } = wireById.parse(await asking.answer(itemsById(types), variables))
    for (const item of items ?? []) if (item !== null) found.push(item)
  }
  return found
}

function linksOf(item: WireItem, column: string): readonly string[] {
  return item.column_values.find(({ id }) => id === column)?.linked_item_ids ?? []
}

/** When an item last changed; monday tells whole seconds. */
export function stampOf(item: WireItem): string {
  return instantText(item.updated_at ?? item.created_at ?? '1970-01-01T00:00:00.000Z')
}
