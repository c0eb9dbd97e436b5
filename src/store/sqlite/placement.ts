import type { RecordToStore } from '../store.ts'
import type { Connection } from './connection.ts'

interface PlaceRow {
  readonly kind: string
  readonly id: string
  readonly source: string
  /** `null` for context. */
  readonly dossier: string | null
  readonly at: number
  readonly parent_kind: string | null
  readonly parent_id: string | null
}

/** The dossier that a record heads, or would head. */
export function headOf(kind: string, id: string): string {
  return `${kind}:${id}`
}

/** What a page changed and others must hear of, gathered until the page is written. */
export interface Touched {
  readonly dossiers: Set<string>
  /** Context entries (`user:005…`) that changed. */
  readonly context: Set<string>
}

/**
 * Keeps every mapped record in its dossier.
 *
 * Where a record belongs depends on nothing but the parents that records name: its dossier is the head of its topmost
 * ancestor, known or only named. So the order of arrival cannot matter, and when an edge changes only what hangs below
 * it is looked at again. Records that name each other in a circle share the dossier of the first of them.
 */
export function placement(connection: Connection) {
  const placeOf = connection.one<PlaceRow>('select * from place where kind = ? and id = ?')
  // A child is in the dossier that its parent would head, or it is in the index of the others.
  const nearChildren = connection.many<PlaceRow>(
    `select place.* from record join place using (kind, id)
       where record.dossier = ?1 || ':' || ?2 and parent_kind = ?1 and parent_id = ?2`,
  )
  const deepChildren = connection.many<PlaceRow>(
    `select * from place where parent_kind = ? and parent_id = ? and dossier <> parent_kind || ':' || parent_id`,
  )
  const savePlace = connection.run(
    'insert or replace into place (kind, id, source, dossier, at, parent_kind, parent_id) values (?, ?, ?, ?, ?, ?, ?)',
  )
  const moveTo = connection.run('update place set dossier = ? where kind = ? and id = ?')
  const removePlace = connection.run('delete from place where kind = ? and id = ?')

  const bodyOf = connection.one<{ body: string }>(
    'select body from record where dossier = ? and kind = ? and at = ? and id = ?',
  )
  const saveRecord = connection.run(
    'insert or replace into record (dossier, kind, at, id, body) values (?, ?, ?, ?, ?)',
  )
  const moveRecord = connection.run(
    'update record set dossier = ? where dossier = ? and kind = ? and at = ? and id = ?',
  )
  const removeRecord = connection.run('delete from record where dossier = ? and kind = ? and at = ? and id = ?')

  const contextBodyOf = connection.one<{ body: string }>('select body from context_record where kind = ? and id = ?')
  const saveContext = connection.run('insert or replace into context_record (kind, id, body) values (?, ?, ?)')
  const removeContext = connection.run('delete from context_record where kind = ? and id = ?')

  /** The dossier of a record that names this parent. Follows edges only, never stored dossiers of children. */
  function dossierBelow(kind: string, id: string, parentKind: string | null, parentId: string | null): string {
    const path = [headOf(kind, id)]
    while (parentKind !== null && parentId !== null) {
      const head = headOf(parentKind, parentId)
      const met = path.indexOf(head)
      if (met !== -1) return path.slice(met).sort()[0] as string
      path.push(head)
      const parent = placeOf(parentKind, parentId)
      if (parent === undefined || parent.dossier === null) return head
      parentKind = parent.parent_kind
      parentId = parent.parent_id
    }
    return path[path.length - 1] as string
  }

  function bodyAt(place: PlaceRow): string | undefined {
    return place.dossier === null
      ? contextBodyOf(place.kind, place.id)?.body
      : bodyOf(place.dossier, place.kind, place.at, place.id)?.body
  }

  function takeOut(place: PlaceRow): void {
    if (place.dossier === null) removeContext(place.kind, place.id)
    else removeRecord(place.dossier, place.kind, place.at, place.id)
  }

  /** Marks where a record was or is as touched. */
  function touch(kind: string, id: string, dossier: string | null, touched: Touched): void {
    if (dossier === null) touched.context.add(headOf(kind, id))
    else touched.dossiers.add(dossier)
  }

  /** Brings everything that hangs below a record to where it now belongs. */
  function moveChildren(kind: string, id: string, touched: Touched): void {
    const heads = [{ kind, id }]
    for (let head = heads.pop(); head !== undefined; head = heads.pop()) {
      for (const child of [...nearChildren(head.kind, head.id), ...deepChildren(head.kind, head.id)]) {
        const dossier = dossierBelow(child.kind, child.id, child.parent_kind, child.parent_id)
        if (child.dossier === null || child.dossier === dossier) continue
        moveRecord(dossier, child.dossier, child.kind, child.at, child.id)
        moveTo(dossier, child.kind, child.id)
        touched.dossiers.add(child.dossier).add(dossier)
        heads.push(child)
      }
    }
  }

  return {
    /** Which source holds a record of this kind and id; `undefined` when none does. */
    holder: (kind: string, id: string): string | undefined => placeOf(kind, id)?.source,

    /**
     * Puts a record where it belongs. Answers whether anything about it changed; dossiers are touched only when one
     * who reads them can see it.
     */
    put(source: string, kind: string, id: string, record: RecordToStore, touched: Touched): boolean {
      const parent = record.place.as === 'child' ? record.place.of : null
      const dossier =
        record.place.as === 'context' ? null : dossierBelow(kind, id, parent?.kind ?? null, parent?.id ?? null)
      const old = placeOf(kind, id)
      const isSeen = old === undefined || old.dossier !== dossier || old.at !== record.at || bodyAt(old) !== record.body
      const isMoved =
        old?.source !== source || old.parent_kind !== (parent?.kind ?? null) || old.parent_id !== (parent?.id ?? null)
      if (!isSeen && !isMoved) return false
      savePlace(kind, id, source, dossier, record.at, parent?.kind ?? null, parent?.id ?? null)
      if (!isSeen) return true
      if (old !== undefined) {
        touch(kind, id, old.dossier, touched)
        if (old.dossier !== dossier || old.at !== record.at) takeOut(old)
      }
      touch(kind, id, dossier, touched)
      if (dossier === null) saveContext(kind, id, record.body)
      else saveRecord(dossier, kind, record.at, id, record.body)
      if ((old?.dossier ?? headOf(kind, id)) !== (dossier ?? headOf(kind, id))) moveChildren(kind, id, touched)
      return true
    },

    /** Takes a record away; its children stay where their naming it puts them. Answers whether it was there. */
    remove(source: string, kind: string, id: string, touched: Touched): boolean {
      const old = placeOf(kind, id)
      if (old === undefined || old.source !== source) return false
      touch(kind, id, old.dossier, touched)
      takeOut(old)
      removePlace(kind, id)
      if (old.dossier !== null && old.dossier !== headOf(kind, id)) moveChildren(kind, id, touched)
      return true
    },
  }
}
