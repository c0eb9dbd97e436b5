import type { RecordMapping } from '../mapping/mapping.ts'
import type { CallOptions } from '../platform/call-options.ts'
import { Fault } from '../platform/errors.ts'
import { OBJECT_ABSENT, type ObjectDescription, type ObjectNeed, type Source } from '../source/source.ts'

/** What can be asked for of what a record mapping reads. */
export interface Present {
  /** `null`: the object is optional, and the source does not have it. */
  readonly description: ObjectDescription | null
  /** What is mapped, but for optional fields that the source does not have. */
  readonly fields: readonly string[]
  /** Those optional fields. */
  readonly absent: readonly string[]
  readonly requests: number
  readonly sharedRequests: number
}

/** Describes an object, which is read next as `reads` says. What is not there and not optional either is left for that read to miss. */
export async function presentOf(
  source: Pick<Source, 'describe'>,
  { object, optional, optionalReads, reads: mapped }: RecordMapping,
  place: string,
  reads: NonNullable<ObjectNeed['reads']> | null,
  options?: CallOptions,
): Promise<Present> {
  try {
    const description = await source.describe(
      { object, fields: mapped, place, ...(reads === null ? {} : { reads }) },
      options,
    )
    const there = new Set(description.asked.map(({ name }) => name))
    const absent = optionalReads.filter((field) => !there.has(field))
    const fields = mapped.filter((field) => !absent.includes(field))
    const { requests, sharedRequests } = description
    return { description, fields, absent, requests, sharedRequests }
  } catch (error) {
    if (!optional || !(error instanceof Fault) || !OBJECT_ABSENT.has(error.code)) throw error
    return { description: null, fields: [], absent: [], requests: 1, sharedRequests: 0 }
  }
}
