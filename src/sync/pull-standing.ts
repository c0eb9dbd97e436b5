import type { RecordMapping } from '../mapping/mapping.ts'
import type { Cursor } from '../source/source.ts'
import type { ReadState, Store, Stream } from '../store/store.ts'
import { digestOf } from './digest.ts'
import { readKnownFields } from './fields.ts'

/** Where reading of a stream stands. */
export interface PullStanding {
  /** As it was saved; `null`: never. */
  readonly state: ReadState | null
  /** What is asked for: everything mapped, but for optional fields that the source lacks. */
  readonly fields: readonly string[]
  /** Digest of what is asked for. */
  readonly request: string
  /** Where to go on; `null`: at the beginning, also where the last read was for another request. */
  readonly cursor: Cursor | null
  /** The object is optional, and was not there when it was last looked for. */
  readonly isAbsent: boolean
}

/** Stands in the store once a stream was read to its end for the first time, or was found to be optional and absent. */
export function readWholeNote({ source, kind }: Stream): string {
  return `read whole ${source} ${kind}`
}

/** Stands in the store once reading a stream went wrong in a way that a person has to mend. */
export function stuckNote({ source, kind }: Stream): string {
  return `stuck ${source} ${kind}`
}

/** Where it stands as far as the store knows: optional fields count as there when they were when last looked at. */
export async function readStanding(
  store: Pick<Store, 'readState' | 'note'>,
  source: string,
  record: RecordMapping,
): Promise<PullStanding> {
  const stream = { source, kind: record.kind }
  const state = await store.readState(stream)
  const known = await readKnownFields(store, stream)
  const isThere = (field: string) => known?.mapped[field] !== undefined || !record.optionalReads.includes(field)
  const isAbsent = record.optional && state === null && (await store.note(readWholeNote(stream))) !== null
  return { ...standingOf(state, record, known === null ? record.reads : record.reads.filter(isThere)), isAbsent }
}

/** Where it stands for a request of these fields. */
export function standingOf(state: ReadState | null, record: RecordMapping, fields: readonly string[]): PullStanding {
  const request = digestOf([record.object, record.where ?? '', ...fields, JSON.stringify(record.reading)])
  const isSame = state !== null && state.request === request && state.object === record.object
  return { state, fields, request, cursor: isSame ? state.cursor : null, isAbsent: false }
}
