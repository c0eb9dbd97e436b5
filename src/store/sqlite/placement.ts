import type { RecordToStore } from '../store.ts'
import type { Connection } from './connection.ts'

interface PlaceRow {
  readonly kind: string
  readonly id: string
  readonly source: string
  /** `null` for context. */
  readonly dossier: string | null
  readonly at: number
  /** Of context: the entry that it is part of, if any. */
  readonly parent_kind: string | null
  readonly parent_id: string | null
}
type Placed = Omit<PlaceRow, 'source' | 'at'>

export type Placement = ReturnType<typeof placement>

/** The dossier that a record heads, or would head. */
export function headOf(kind: string, id: string): string {
  return `${kind}:${id}`
}

/** What a page changed and others must hear of, gathered until the page is written. */
export interface Touched {
  readonly dossiers: Set<string>
  /** Context entries that changed: `user:005…`, `rate:EUR`, and ids that now stand for another record, `account:001…`. */
  readonly context: Set<string>
}

/** A record by what it is called. */
interface Name {
  readonly kind: string
  readonly id: string
}

/**
 * Keeps every mapped record in its dossier.
 *
 * Where a record belongs depends on nothing but the parents that records name, and on what was merged: its dossier is
 * the head of its topmost ancestor, known or only named. The parent of a record that was merged, and is not held, is its
 * survivor; so children that name it are the survivor's. So the order of arrival cannot matter, and when an edge changes
 * only what hangs below it is looked at again. Records that name each other in a circle share the dossier of the first
 * of them.
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
  const survivorOf = connection.one<{ survivor: string }>(
    'select survivor from merge where kind = ? and id = ? order by source limit 1',
  )
  // Of those merged into a record, such as are held stand for themselves.
  const mergedInto = connection.many<Name>(
    `select kind, id from merge where kind = ? and survivor = ?
       and not exists (select 1 from place where place.kind = merge.kind and place.id = merge.id)`,
  )
  const linkOf = connection.one<{ target: string }>(
    'select target from link where kind = ? and id = ? and target is not null',
  )
  const linkedTo = connection.many<Name>('select kind, id from link where kind = ? and target = ?')
  const saveLink = connection.run('insert or replace into link (kind, id, target, reason) values (?, ?, ?, ?)')
  const removeLink = connection.run('delete from link where kind = ? and id = ?')
  const saveMerge = connection.run('insert or replace into merge (kind, id, source, survivor) values (?, ?, ?, ?)')
  const removeMerge = connection.run('delete from merge where kind = ? and id = ? and source = ?')
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

  /** What an id was found to stand for, if it names no parent. */
  function linked({ kind, id }: Name): Name | null {
    const target = linkOf(kind, id)?.target
    return target === undefined ? null : { kind, id: target }
  }

  /** What a record hangs below: the parent it names, its survivor, when it was merged and is not held, or what it stands for. */
  function above({ kind, id }: Name): Name | null {
    const place = placeOf(kind, id)
    if (place === undefined) {
      const merged = survivorOf(kind, id)
      return merged === undefined ? linked({ kind, id }) : { kind, id: merged.survivor }
    }
    const { dossier, parent_kind, parent_id } = place
    if (dossier === null) return null
    return parent_kind === null || parent_id === null ? linked({ kind, id }) : { kind: parent_kind, id: parent_id }
  }

  /** The dossier of a record that names this parent. Follows edges only, never stored dossiers of children. */
  function dossierBelow(kind: string, id: string, parent: Name | null): string {
    const path = [headOf(kind, id)]
    while (parent !== null) {
      const head = headOf(parent.kind, parent.id)
      const met = path.indexOf(head)
      if (met !== -1) return path.slice(met).sort()[0] as string
      path.push(head)
      parent = above(parent)
    }
    return path[path.length - 1] as string
  }

  /** The dossier of what names a record that is not held. */
  function dossierOfMissing(kind: string, id: string): string {
    return dossierBelow(kind, id, above({ kind, id }))
  }

  /** The record that an id stands for: its own, unless that was merged and is not held, or was found to be another one. */
  function standIn(kind: string, id: string): string {
    const path = [id]
    for (;;) {
      const last = path[path.length - 1] as string
      const merged = placeOf(kind, last) === undefined ? survivorOf(kind, last)?.survivor : undefined
      const next = merged ?? linkOf(kind, last)?.target
      if (next === undefined) return last
      const met = path.indexOf(next)
      if (met !== -1) return path.slice(met).sort()[0] as string
      path.push(next)
    }
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

  /** Marks as touched that an id, and with it those merged into it, stand for another record than before. */
  function touchNames(kind: string, id: string, touched: Touched): void {
    const names = new Set([id])
    for (const name of names) {
      touched.context.add(headOf(kind, name))
      for (const other of [...mergedInto(kind, name), ...linkedTo(kind, name)]) names.add(other.id)
    }
  }

  /** Marks as touched that an id stands for another record, and the dossier of that one. */
  function touchStandIn(kind: string, id: string, touched: Touched): void {
    touchNames(kind, id, touched)
    const survivor = standIn(kind, id)
    if (survivor === id) return
    const place = placeOf(kind, survivor)
    if (place?.dossier !== null) touched.dossiers.add(place?.dossier ?? dossierOfMissing(kind, survivor))
  }

  /** Marks where a record was or is as touched. */
  function touch({ kind, id, dossier, parent_kind, parent_id }: Placed, touched: Touched): void {
    if (dossier !== null) touched.dossiers.add(dossier)
    else if (parent_kind === null || parent_id === null) touched.context.add(headOf(kind, id))
    else touched.context.add(headOf(parent_kind, parent_id))
  }

  /** Brings everything that hangs below a record, or below one merged into it, to where it now belongs. */
  function moveChildren(kind: string, id: string, touched: Touched): void {
    const heads: Name[] = [{ kind, id }]
    const merged = new Set<string>()
    for (let head = heads.pop(); head !== undefined; head = heads.pop()) {
      for (const loser of mergedInto(head.kind, head.id)) {
        const name = headOf(loser.kind, loser.id)
        if (!merged.has(name)) heads.push(loser)
        merged.add(name)
      }
      for (const one of linkedTo(head.kind, head.id)) {
        const place = placeOf(one.kind, one.id)
        if (place === undefined || place.dossier === null) {
          const name = headOf(one.kind, one.id)
          if (!merged.has(name)) heads.push(one)
          merged.add(name)
        } else if (moveHeld(place, touched)) heads.push(one)
      }
      for (const child of [...nearChildren(head.kind, head.id), ...deepChildren(head.kind, head.id)]) {
        if (moveHeld(child, touched)) heads.push(child)
      }
    }
  }

  /** Brings one record that is held to where it now belongs; answers whether it was elsewhere. */
  function moveHeld(place: PlaceRow, touched: Touched): boolean {
    const dossier = dossierBelow(place.kind, place.id, above(place))
    if (place.dossier === null || place.dossier === dossier) return false
    moveRecord(dossier, place.dossier, place.kind, place.at, place.id)
    moveTo(dossier, place.kind, place.id)
    touched.dossiers.add(place.dossier).add(dossier)
    return true
  }

  return {
    /** Which source holds a record of this kind and id; `undefined` when none does. */
    holder: (kind: string, id: string): string | undefined => placeOf(kind, id)?.source,

    standIn,

    /**
     * Puts a record where it belongs; once it is held, it is merged into no other for its source. Answers whether
     * anything about it changed; dossiers are touched only when one who reads them can see it.
     */
    put(source: string, kind: string, id: string, record: RecordToStore, touched: Touched): boolean {
      const parent = record.place.as === 'root' ? null : (record.place.of ?? null)
      const dossier = record.place.as === 'context' ? null : dossierBelow(kind, id, parent ?? linked({ kind, id }))
      const old = placeOf(kind, id)
      const isAbove = old?.parent_kind === (parent?.kind ?? null) && old.parent_id === (parent?.id ?? null)
      const isSeen =
        old === undefined ||
        old.dossier !== dossier ||
        old.at !== record.at ||
        bodyAt(old) !== record.body ||
        (dossier === null && !isAbove)
      if (!isSeen && isAbove && old.source === source) return false
      let before = old?.dossier ?? headOf(kind, id)
      if (old === undefined && survivorOf(kind, id) !== undefined) {
        before = dossierOfMissing(kind, id)
        touchNames(kind, id, touched)
        removeMerge(kind, id, source)
      } else if (old === undefined && linkOf(kind, id) !== undefined) before = dossierOfMissing(kind, id)
      savePlace(kind, id, source, dossier, record.at, parent?.kind ?? null, parent?.id ?? null)
      if (!isSeen) return true
      if (old !== undefined) {
        touch(old, touched)
        if (old.dossier !== dossier || old.at !== record.at) takeOut(old)
      }
      touch({ kind, id, dossier, parent_kind: parent?.kind ?? null, parent_id: parent?.id ?? null }, touched)
      if (dossier === null) saveContext(kind, id, record.body)
      else saveRecord(dossier, kind, record.at, id, record.body)
      if (before !== (dossier ?? headOf(kind, id))) moveChildren(kind, id, touched)
      return true
    },

    /**
     * Says what an id stands for: the record `target`, nobody can say which (`null`, with the reason), or, with no reason,
     * itself again. Whatever hangs on it is brought along. What names a parent stays with that.
     */
    link(kind: string, id: string, target: string | null, reason: string | null, touched: Touched): void {
      const old = placeOf(kind, id)
      const before = old === undefined ? dossierOfMissing(kind, id) : (old.dossier ?? headOf(kind, id))
      const stoodFor = standIn(kind, id)
      if (reason === null) removeLink(kind, id)
      else saveLink(kind, id, target, reason)
      if (stoodFor !== standIn(kind, id)) touchStandIn(kind, id, touched)
      if (old !== undefined) {
        if (moveHeld(old, touched)) moveChildren(kind, id, touched)
      } else if (before !== dossierOfMissing(kind, id)) moveChildren(kind, id, touched)
    },

    /**
     * Takes a record away, known or not, that its source merged into `survivor` or (`null`) into none; its children stay
     * where their naming it puts them. Answers whether it was there.
     */
    remove(source: string, kind: string, id: string, survivor: string | null, touched: Touched): boolean {
      const old = placeOf(kind, id)
      if (old === undefined && survivor === null && survivorOf(kind, id) === undefined) return false
      const isOurs = old?.source === source
      const before = old === undefined ? dossierOfMissing(kind, id) : (old.dossier ?? headOf(kind, id))
      const stoodFor = standIn(kind, id)
      if (survivor === null) removeMerge(kind, id, source)
      else saveMerge(kind, id, source, survivor)
      if (isOurs) {
        touch(old, touched)
        takeOut(old)
        removePlace(kind, id)
      }
      // Held by another source it stands for itself, whatever this one says.
      if (old !== undefined && !isOurs) return false
      if (stoodFor !== standIn(kind, id)) touchStandIn(kind, id, touched)
      if (before !== dossierOfMissing(kind, id)) moveChildren(kind, id, touched)
      return isOurs
    },
  }
}
